//! Flows that others have published: all of the current format are read, linted and run to an end. The folder is found
//! by `TWINLINE_CORPUS`; where it is absent the test says so and is skipped.

use super::*;
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("TWINLINE_CORPUS").map_or(beside, PathBuf::from);
    let flows = root.join("flows");
    if !flows.is_dir() {
        println!("skipped: there is no {} (set TWINLINE_CORPUS)", flows.display());
        return None;
    }
    Some(flows)
}

/// Every flow of the current format, by folder and file name.
fn flows() -> Vec<(String, String)> {
    let Some(root) = corpus() else { return Vec::new() };
    let mut flows = Vec::new();
    for folder in std::fs::read_dir(root).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let name = file.file_name().into_string().unwrap();
            if name.contains("-new-") {
                let text = std::fs::read_to_string(file.path()).unwrap();
                flows.push((format!("{}/{name}", folder.file_name().to_string_lossy()), text));
            }
        }
    }
    flows.sort();
    flows
}

#[test]
fn published_flows_are_read_and_written_without_loss() {
    for (name, text) in flows() {
        let document = Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(document.to_json(), serde_json::from_str::<Value>(&text).unwrap(), "{name}");
        let findings = lint(&document, FlowKind::ContactFlow, &centre());
        assert!(findings.len() < lint::MAX_FINDINGS, "{name}");
    }
}

#[test]
fn published_flows_run_to_an_end() {
    let patient = [0; 60];
    let keys: Vec<u8> = (0..200).map(|n: u32| (n.wrapping_mul(37) % 255) as u8).collect();
    let silent = [9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0, 9, 0];
    for (name, text) in flows() {
        for kind in [FlowKind::ContactFlow, FlowKind::CustomerQueue, FlowKind::AgentWhisper] {
            for script in [&patient[..], &keys, &silent] {
                let mut world = Rehearsal::new(centre());
                world.contact.target_queue = Some(QueueId::from_bits(SALES));
                let content: Value = serde_json::from_str(&text).unwrap();
                world.add(flow(FLOW, kind, &content)).unwrap_or_else(|error| panic!("{name}: {error}"));
                let execution = Execution::start(FlowId::from_bits(FLOW), 1, kind);
                let mut script = script.to_vec();
                script.push(u8::MAX);
                let last = fuzz::run(&mut world, execution, &script);
                assert!(!matches!(last.state, FlowState::Waiting { .. }), "{name} goes on after it was stopped");
            }
        }
    }
}
