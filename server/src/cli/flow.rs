//! `twinline flow lint`.

use crate::{app::flows, config::Config};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use twinline_core::flow::Finding;
use twinline_model::{Centre, FlowKind};
use twinline_store::Store;

const UNREADABLE: u8 = 2;

pub(super) async fn lint(config: &Config, files: &[PathBuf], kind: &str, json: bool) -> Result<ExitCode> {
    let Some(kind) = kind_named(kind) else {
        eprintln!("twinline: `{kind}` is no kind of flow: CONTACT_FLOW, CUSTOMER_QUEUE, CUSTOMER_HOLD …");
        return Ok(ExitCode::from(UNREADABLE));
    };
    let centre = centre(config).await?;
    let mut reports = Vec::new();
    for file in files {
        match std::fs::read_to_string(file) {
            Ok(text) => {
                let kind = kind_in(&text).unwrap_or(kind);
                reports.push((file, flows::findings(&text, kind, centre.as_ref())));
            }
            Err(error) => {
                eprintln!("twinline: {}: {error}", file.display());
                return Ok(ExitCode::from(UNREADABLE));
            }
        }
    }
    let fine = reports.iter().all(|(_, findings)| findings.is_empty());
    if json {
        let files: Vec<Value> = reports.iter().map(|(file, findings)| shown(file, findings)).collect();
        println!("{}", json!({ "fine": fine, "files": files }));
    } else {
        for (file, findings) in &reports {
            for finding in findings {
                println!("{}: {finding}", file.display());
            }
        }
        eprintln!("{} files, {} findings", files.len(), reports.iter().map(|(_, f)| f.len()).sum::<usize>());
    }
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn shown(file: &Path, findings: &[Finding]) -> Value {
    json!({ "file": file.display().to_string(), "findings": findings })
}

/// What flows may refer to, when there is a data directory.
async fn centre(config: &Config) -> Result<Option<Centre>> {
    let path = super::database(config);
    if !path.exists() {
        return Ok(None);
    }
    let store = Store::open_beside(path).await.context("the centre that flows refer to")?;
    Ok(store.load_centre().await?)
}

fn kind_named(name: &str) -> Option<FlowKind> {
    serde_json::from_value(Value::String(name.to_ascii_uppercase())).ok()
}

/// Console exports tell the kind in `Metadata.type`, in words of their own.
fn kind_in(text: &str) -> Option<FlowKind> {
    let document: Value = serde_json::from_str(text).ok()?;
    let word = document["Metadata"]["type"].as_str()?;
    match word {
        "contactFlow" => Some(FlowKind::ContactFlow),
        "customerQueue" => Some(FlowKind::CustomerQueue),
        "customerHold" => Some(FlowKind::CustomerHold),
        "customerWhisper" => Some(FlowKind::CustomerWhisper),
        "agentHold" => Some(FlowKind::AgentHold),
        "agentWhisper" => Some(FlowKind::AgentWhisper),
        "outboundWhisper" => Some(FlowKind::OutboundWhisper),
        "agentTransfer" => Some(FlowKind::AgentTransfer),
        "queueTransfer" => Some(FlowKind::QueueTransfer),
        other => kind_named(other),
    }
}
