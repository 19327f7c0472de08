//! `twinline config show`.

use crate::config::Loaded;
use anyhow::Result;
use std::process::ExitCode;

pub(super) fn show(loaded: &Loaded, origin: bool) -> Result<ExitCode> {
    let lines = loaded.describe();
    let width = lines.iter().map(|(key, value, _)| key.len() + value.len() + 3).max().unwrap_or(0);
    for (key, value, from) in lines {
        let setting = format!("{key} = {value}");
        if origin {
            println!("{setting:width$}  # {from}");
        } else {
            println!("{setting}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
