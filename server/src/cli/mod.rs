//! The command line: `twinline <noun> <verb>`. Tables for people, `--json` on stdout, messages on stderr.
//! Exit codes: 0 ok, 1 error (or findings), 2 usage.

mod backup;
mod config;
mod doctor;
mod flow;
mod people;
mod seed;
pub mod serve;

use crate::config::{Config, Loaded};
use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode, sync::Arc};
use twinline_store::Store;

#[derive(Parser)]
#[command(name = "twinline", version, about = "A contact centre whose voice never crosses the VDI protocol")]
struct Command {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    what: What,
}

/// Where settings and data are.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// Settings file (TOML); without it twinline.toml in the working directory, when there is one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data directory; wins over the settings
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

#[derive(Subcommand)]
enum What {
    /// Run the server
    Serve,
    /// Make a first call with demo data and show what happened
    Demo(DemoArgs),
    /// Look for what would go wrong
    Doctor {
        #[arg(long)]
        json: bool,
    },
    /// Bring the database up to date
    Migrate,
    /// Fill in data
    #[command(subcommand)]
    Seed(Seed),
    /// Settings
    #[command(subcommand)]
    Config(ConfigWhat),
    /// Users
    #[command(subcommand)]
    User(User),
    /// Tokens for programs
    #[command(subcommand)]
    Token(Token),
    /// Flows
    #[command(subcommand)]
    Flow(Flow),
    /// Copy database, keys, prompts and recordings into a new directory while the server runs
    Backup {
        directory: PathBuf,
        /// Leave the recordings out
        #[arg(long)]
        without_recordings: bool,
    },
    /// Put a backup into an empty data directory
    Restore {
        directory: PathBuf,
        /// Only check that the backup is whole and readable
        #[arg(long)]
        verify: bool,
    },
}

/// Arguments of `twinline demo`.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// Stop after the call; exit 1 when any step failed
    #[arg(long)]
    pub once: bool,
    /// One JSON object on stdout
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
enum Seed {
    /// A small Korean/English centre with three agents; adds only what is missing
    Demo {
        /// Where outbound calls go
        #[arg(long, default_value = crate::app::demo::OUTBOUND, value_name = "HOST:PORT")]
        outbound: String,
    },
}

#[derive(Subcommand)]
enum ConfigWhat {
    /// All settings in force
    Show {
        /// With where each value came from
        #[arg(long)]
        origin: bool,
    },
}

#[derive(Subcommand)]
enum User {
    /// Add a user; the password is read from TWINLINE_PASSWORD, or from standard input
    Add {
        username: String,
        /// agent, supervisor, vdi_team or admin; more than once for several
        #[arg(long = "role", required = true, value_name = "ROLE",
            value_parser = ["agent", "supervisor", "vdi_team", "admin"])]
        roles: Vec<String>,
        #[arg(long, default_value = "")]
        first_name: String,
        #[arg(long, default_value = "")]
        last_name: String,
        /// Name of the routing profile; agents need one
        #[arg(long)]
        routing_profile: Option<String>,
        #[arg(long, default_value = "ko")]
        language: String,
    },
}

#[derive(Subcommand)]
enum Token {
    /// Make a bearer token that acts as a user; printed once
    Create {
        username: String,
        #[arg(long, default_value = "command line")]
        name: String,
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: u32,
    },
}

#[derive(Subcommand)]
enum Flow {
    /// Check flow files; exit 0 fine, 1 findings, 2 a file cannot be read
    Lint {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[arg(long)]
        json: bool,
        /// Kind of the flows where the file does not say
        #[arg(long, default_value = "CONTACT_FLOW")]
        kind: String,
    },
}

/// Parses, runs, reports.
pub fn main() -> ExitCode {
    let command = Command::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("twinline: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("twinline: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    let place = command.place;
    match command.what {
        What::Serve => serve::run(&load(&place)?.config).await,
        What::Demo(DemoArgs { once, json }) => {
            let succeeded = crate::demo::run(crate::demo::Options { once, json, data: place.data }).await?;
            Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        What::Doctor { json } => doctor::run(&load(&place)?.config, json).await,
        What::Migrate => seed::migrate(&load(&place)?.config).await,
        What::Seed(Seed::Demo { outbound }) => seed::demo(&load(&place)?.config, &outbound).await,
        What::Config(ConfigWhat::Show { origin }) => config::show(&load(&place)?, origin),
        What::User(User::Add { username, roles, first_name, last_name, routing_profile, language }) => {
            let person = people::NewUser { username, roles, first_name, last_name, routing_profile, language };
            people::add(&load(&place)?.config, person).await
        }
        What::Token(Token::Create { username, name, days }) => {
            people::token(&load(&place)?.config, &username, &name, days).await
        }
        What::Flow(Flow::Lint { files, json, kind }) => flow::lint(&load(&place)?.config, &files, &kind, json).await,
        What::Backup { directory, without_recordings } => {
            backup::backup(&load(&place)?.config, &directory, !without_recordings).await
        }
        What::Restore { directory, verify: true } => backup::verify(&directory).await,
        What::Restore { directory, verify: false } => backup::restore(&load(&place)?.config, &directory).await,
    }
}

/// Settings from file, environment and command line.
pub fn load(place: &Place) -> Result<Loaded> {
    let beside = PathBuf::from("twinline.toml");
    let file = place.config.clone().or_else(|| beside.exists().then_some(beside));
    Ok(Loaded::load(file.as_deref(), std::env::vars(), place.data.as_deref())?)
}

pub(crate) fn database(config: &Config) -> PathBuf {
    config.data.dir.join("twinline.db")
}

/// Opens the store as the one process that uses it.
pub(crate) async fn open(config: &Config) -> Result<Store> {
    let dir = &config.data.dir;
    std::fs::create_dir_all(dir).with_context(|| format!("data directory {}", dir.display()))?;
    Ok(Store::open(database(config)).await?)
}

/// An `App` for commands that change the configuration: the rules and the audit of the API, without calls.
pub(crate) async fn app_without_calls(config: &Config) -> Result<crate::app::App> {
    let store = open(config).await?;
    let centre = Arc::new(crate::app::instance::ensure(&store).await?);
    let (switchboard, _, _) = crate::switchboard::port::Switchboard::new(1);
    let clock = crate::clock::Clock::start();
    Ok(crate::app::App::new(store, switchboard, clock, Arc::new(config.clone()), centre))
}
