//! `twinline user add` and `twinline token create`.

use crate::{
    app::{access, actor::Actor, random_bits},
    clock::Clock,
    config::Config,
};
use anyhow::{Context, Result, bail};
use std::{io::BufRead, process::ExitCode, time::Duration};
use twinline_api::rest::users::UserSpec;
use twinline_model::Role;
use twinline_store::{Store, Token};

pub(super) struct NewUser {
    pub username: String,
    pub roles: Vec<String>,
    pub first_name: String,
    pub last_name: String,
    pub routing_profile: Option<String>,
    pub language: String,
}

pub(super) async fn add(config: &Config, user: NewUser) -> Result<ExitCode> {
    let app = super::app_without_calls(config).await?;
    let centre = app.centre();
    let routing_profile = match &user.routing_profile {
        None => None,
        Some(name) => {
            let profile = centre.routing_profiles.values().find(|profile| profile.name == *name);
            Some(profile.with_context(|| format!("there is no routing profile named {name}"))?.id)
        }
    };
    let spec = UserSpec {
        username: user.username,
        first_name: user.first_name,
        last_name: user.last_name,
        roles: user.roles.iter().map(|role| role_named(role)).collect::<Result<_>>()?,
        routing_profile,
        auto_accept: false,
        acw_limit_s: 0,
        language: user.language,
        desk_phone: None,
        password: Some(password()?),
    };
    let (id, _) = app.create_user(&Actor::command_line(), spec).await?;
    println!("{id}");
    Ok(ExitCode::SUCCESS)
}

fn role_named(name: &str) -> Result<Role> {
    serde_json::from_value(serde_json::Value::String(name.to_owned()))
        .with_context(|| format!("`{name}` is no role: agent, supervisor, vdi_team or admin"))
}

/// Never an argument: those are seen by everybody on the machine.
fn password() -> Result<String> {
    if let Ok(password) = std::env::var("TWINLINE_PASSWORD") {
        return Ok(password);
    }
    eprintln!("Password (10 to 256 characters), then Enter:");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        bail!("no password was given");
    }
    Ok(password)
}

/// Works beside a running server: it looks tokens up when they are used.
pub(super) async fn token(config: &Config, username: &str, name: &str, days: u32) -> Result<ExitCode> {
    let store = Store::open_beside(super::database(config)).await?;
    let centre = store.load_centre().await?.context("there is no instance yet")?;
    let agent = centre.agent_named(username).with_context(|| format!("there is no user named {username}"))?;
    let token = format!("{:032x}{:032x}", random_bits()?, random_bits()?);
    let now = Clock::start().now();
    let stored = Token {
        hash: access::token_hash(&token),
        agent: agent.id,
        kind: "api".to_owned(),
        name: name.to_owned(),
        created: now,
        used: now,
        expires: now + Duration::from_secs(u64::from(days) * 86_400),
    };
    store.put_token(stored).await?;
    eprintln!("Acts as {username} for {days} days. It is shown only now:");
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}
