//! `twinline migrate` and `twinline seed demo`.

use crate::{app::demo, clock::Clock, config::Config};
use anyhow::Result;
use std::process::ExitCode;

pub(super) async fn migrate(config: &Config) -> Result<ExitCode> {
    super::open(config).await?;
    println!("{} has schema {}", super::database(config).display(), twinline_store::NEWEST);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn demo(config: &Config, outbound: &str) -> Result<ExitCode> {
    let store = super::open(config).await?;
    let seeded = demo::seed(&store, &Clock::start(), &config.data.dir, outbound).await?;
    println!("{} things added to {}", seeded.added, config.data.dir.display());
    println!("Numbers: {}", demo::NUMBERS.join(", "));
    println!("Users, all with the password {} (demo only):", demo::PASSWORD);
    for (username, roles) in seeded.users {
        let roles: Vec<_> = roles.iter().filter_map(|role| serde_json::to_value(role).ok()).collect();
        let roles: Vec<_> = roles.iter().filter_map(|role| role.as_str()).collect();
        println!("  {username:12} {}", roles.join(", "));
    }
    println!("Next: twinline serve --data {}", config.data.dir.display());
    Ok(ExitCode::SUCCESS)
}
