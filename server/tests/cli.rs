//! The command line as an operator meets it: exit codes, JSON on stdout, messages on stderr.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::{
    path::Path,
    process::{Command, Output},
};

fn twinline(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twinline"))
        .current_dir(dir)
        .args(arguments)
        .env("TWINLINE__DATA__DIR", "data")
        .env("TWINLINE_PASSWORD", "a-long-password")
        // Away from whatever runs on this machine.
        .env("TWINLINE__HTTP__LISTEN", "127.0.0.1:0")
        .env("TWINLINE__QUIC__LISTEN", "127.0.0.1:0")
        .env("TWINLINE__SIP__LISTEN", "127.0.0.1:0")
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_operator_seeds_looks_adds_people_and_keeps_a_copy() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let seeded = twinline(dir, &["seed", "demo"]);
    assert_eq!(code(&seeded), 0, "{}", err(&seeded));
    assert!(out(&seeded).contains("+82 2-555-0100") && out(&seeded).contains("kim"));
    let again = twinline(dir, &["seed", "demo"]);
    assert!(out(&again).starts_with("0 things added"), "{}", out(&again));

    let doctor = twinline(dir, &["doctor", "--json"]);
    let report: Value = serde_json::from_str(&out(&doctor)).unwrap();
    let verdict = |name: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).unwrap()["verdict"].clone()
    };
    for name in ["data directory", "database", "clock", "people", "prompts", "flows", "numbers", "references", "trunks"]
    {
        assert_eq!(verdict(name), "fine", "{name}: {report:#}");
    }
    std::fs::remove_file(dir.join("data/prompts/hold-music.wav")).unwrap();
    let sick = twinline(dir, &["doctor"]);
    assert_eq!(code(&sick), 1);
    assert!(out(&sick).contains("Hold music"), "a missing prompt is found before a caller meets it: {}", out(&sick));

    let added = twinline(dir, &["user", "add", "mina", "--role", "agent", "--routing-profile", "Everybody"]);
    assert_eq!(code(&added), 0, "{}", err(&added));
    let taken = twinline(dir, &["user", "add", "mina", "--role", "admin"]);
    assert!(code(&taken) == 1 && err(&taken).contains("name_taken"), "{}", err(&taken));
    let token = twinline(dir, &["token", "create", "mina"]);
    assert_eq!(out(&token).trim().len(), 64);
    assert_eq!(code(&twinline(dir, &["token", "create", "nobody"])), 1);

    assert_eq!(code(&twinline(dir, &["backup", "copy"])), 0);
    assert_eq!(code(&twinline(dir, &["backup", "copy"])), 1, "a copy is not overwritten");
    assert_eq!(code(&twinline(dir, &["restore", "--verify", "copy"])), 0);
    assert_eq!(code(&twinline(dir, &["restore", "copy"])), 1, "there is data already");
    assert_eq!(code(&twinline(dir, &["--data", "other", "restore", "copy"])), 0);
    assert_eq!(code(&twinline(dir, &["--data", "other", "token", "create", "mina"])), 0);
    let database = dir.join("copy/twinline.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[5_000] ^= 1;
    std::fs::write(&database, bytes).unwrap();
    let broken = twinline(dir, &["restore", "--verify", "copy"]);
    assert!(code(&broken) == 1 && err(&broken).contains("twinline.db was changed"), "{}", err(&broken));
}

#[test]
fn settings_tell_where_they_come_from_and_mistakes_are_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("twinline.toml"), "[http]\nsession_hours = 8\n").unwrap();
    let shown = out(&twinline(dir.path(), &["config", "show", "--origin"]));
    let line = |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(line("http.session_hours = 8").ends_with("twinline.toml"));
    assert!(line("http.listen").ends_with("environment TWINLINE__HTTP__LISTEN"));
    assert!(line("data.dir").ends_with("environment TWINLINE__DATA__DIR"));
    std::fs::write(dir.path().join("twinline.toml"), "[http]\nsesion_hours = 8\n").unwrap();
    let refused = twinline(dir.path(), &["config", "show"]);
    assert!(code(&refused) == 1 && err(&refused).contains("did you mean `http.session_hours`"), "{}", err(&refused));
    assert_eq!(code(&twinline(dir.path(), &["no-such-command"])), 2);
}

#[test]
fn flows_are_checked_file_by_file() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let good = r#"{"Version":"2019-10-30","StartAction":"a","Metadata":{},"Actions":[
        {"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}"#;
    std::fs::write(dir.join("good.json"), good).unwrap();
    std::fs::write(dir.join("bad.json"), good.replace("DisconnectParticipant", "PlayPrompt")).unwrap();
    assert_eq!(code(&twinline(dir, &["flow", "lint", "good.json"])), 0);
    let bad = twinline(dir, &["flow", "lint", "--json", "good.json", "bad.json"]);
    assert_eq!(code(&bad), 1);
    let report: Value = serde_json::from_str(&out(&bad)).unwrap();
    assert_eq!(report["fine"], false);
    assert_eq!(report["files"][0]["findings"], serde_json::json!([]));
    assert!(report["files"][1]["findings"].to_string().contains("MessageParticipant"), "says what was meant");
    assert_eq!(code(&twinline(dir, &["flow", "lint", "missing.json"])), 2);
}
