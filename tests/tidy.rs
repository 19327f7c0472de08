//! House rules as a test: which crate may import which, what every file must have, what no file may have.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The crate edges of our own crates, as drawn in ARCHITECTURE.md. An edge that is missing here is not allowed.
const EDGES: &[(&str, &[&str])] = &[
    ("server/model", &[]),
    ("server/core", &["twinline-model"]),
    ("server/sip", &[]),
    ("server/media", &[]),
    ("server/speech", &[]),
    ("server/api", &["twinline-model"]),
    ("server/store", &["twinline-model"]),
    (
        "server",
        &[
            "twinline-api",
            "twinline-core",
            "twinline-media",
            "twinline-model",
            "twinline-sip",
            "twinline-speech",
            "twinline-store",
        ],
    ),
    ("media-agent/engine", &["twinline-api", "twinline-media", "twinline-model"]),
    ("media-agent", &["twinline-media-engine"]),
];

/// Crates without I/O: words that would let the world in.
const SANS_IO: &[&str] = &["server/model/src", "server/core/src", "server/sip/src", "server/media/src"];
const WORLD: &[&str] = &[
    "std::net::UdpSocket",
    "std::net::TcpStream",
    "std::fs::",
    "std::thread",
    "tokio::",
    "Instant::now(",
    "SystemTime::now(",
    "getrandom::",
];

/// Foreign crates that are named in one file (or folder) only.
const NAMED_ONCE: &[(&str, &[&str])] = &[
    ("rsip::", &["server/sip/src/message.rs", "server/sip/src/message/"]),
    ("rtc::", &["server/media/src/webrtc.rs", "server/media/src/webrtc/"]),
    ("sqlx::", &["server/store/src/"]),
];

const BANNED_FILE_NAMES: &[&str] =
    &["utils", "util", "helpers", "helper", "manager", "managers", "service", "services"];
const LONGEST_FILE: usize = 800;
const LONGEST_FUNCTION: usize = 70;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Source files below `folder` with one of the endings, paths relative to the root.
fn sources(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", "node_modules", "dist", ".git", ".venv", ".node", "gen"].contains(&name.as_str()) {
                    walk(&path, endings, found);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), endings, &mut found);
    found.sort();
    found
        .into_iter()
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            let name = path.strip_prefix(root()).ok()?.to_string_lossy().into_owned();
            Some((name, text))
        })
        .collect()
}

fn is_test_file(name: &str) -> bool {
    name.contains("/tests/") || name.starts_with("tests/") || name.ends_with("tests.rs") || name.contains(".test.")
}

/// The part of a file before its unit tests.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]").next().unwrap_or(text)
}

fn complain(rule: &str, findings: Vec<String>) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}

#[test]
fn a_crate_imports_only_storeys_below_it() {
    let mut findings = Vec::new();
    for (folder, allowed) in EDGES {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("a crate of the list exists");
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for line in dependencies.lines().filter(|line| line.starts_with("twinline-")) {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if !allowed.contains(&name) {
                findings.push(format!("{folder} imports {name}"));
            }
        }
    }
    complain("edges that are not drawn", findings);
}

#[test]
fn machines_do_not_touch_the_world() {
    let mut findings = Vec::new();
    for folder in SANS_IO {
        for (name, text) in sources(folder, &[".rs"]).into_iter().filter(|(name, _)| !is_test_file(name)) {
            for (number, line) in without_tests(&text).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                if let Some(word) = WORLD.iter().find(|word| code.contains(**word)) {
                    findings.push(format!("{name}:{}: {word}", number + 1));
                }
            }
        }
    }
    complain("sans-I/O crates reach out", findings);
}

#[test]
fn a_foreign_crate_is_named_in_one_place() {
    let mut findings = Vec::new();
    for (name, text) in sources("server", &[".rs"]).into_iter().filter(|(name, _)| !is_test_file(name)) {
        for (word, places) in NAMED_ONCE {
            let named = without_tests(&text).lines().any(|line| {
                let code = line.split("//").next().unwrap_or_default();
                code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                    .any(|token| token.starts_with(word))
            });
            if named && !places.iter().any(|place| name.starts_with(place)) {
                findings.push(format!("{name} names {word}"));
            }
        }
    }
    complain("foreign types passed our door", findings);
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut findings = Vec::new();
    for (name, text) in sources("", &[".rs"]) {
        if !text.starts_with("//!") && !text.starts_with("#!") {
            findings.push(name);
        }
    }
    for (name, text) in sources("", &[".ts", ".svelte", ".mjs"]) {
        let start = text.trim_start();
        let told = ["//", "/*", "<!--", "#!"].iter().any(|mark| start.starts_with(mark));
        if !told && !name.ends_with(".d.ts") && !name.contains("schema.ts") {
            findings.push(name);
        }
    }
    complain("files without a first line that says what they are for", findings);
}

#[test]
fn no_drawer_for_odds_and_ends() {
    let findings = sources("", &[".rs", ".ts", ".svelte", ".mjs"])
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| {
            Path::new(name).iter().any(|part| {
                let part = part.to_string_lossy().to_lowercase();
                BANNED_FILE_NAMES.contains(&part.split('.').next().unwrap_or_default())
            })
        })
        .collect();
    complain("names that say nothing", findings);
}

#[test]
fn files_have_one_subject() {
    let findings = sources("", &[".rs", ".ts", ".svelte"])
        .into_iter()
        .filter(|(name, _)| !is_test_file(name) && !name.contains("schema.ts"))
        .map(|(name, text)| (name, without_tests(&text).lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .map(|(name, lines)| format!("{name}: {lines} lines, at most {LONGEST_FILE}"))
        .collect();
    complain("files that grew too long", findings);
}

#[test]
fn functions_fit_on_a_page() {
    let mut findings = Vec::new();
    for (name, text) in sources("", &[".rs"]).into_iter().filter(|(name, _)| !is_test_file(name)) {
        let mut open: Vec<(usize, usize, String)> = Vec::new();
        for (number, line) in without_tests(&text).lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let code = line.trim_start();
            let starts = [
                "fn ",
                "pub fn ",
                "pub(crate) fn ",
                "pub(super) fn ",
                "async fn ",
                "pub async fn ",
                "const fn ",
                "pub const fn ",
            ];
            if starts.iter().any(|start| code.starts_with(start)) && !code.ends_with(';') && !code.ends_with('}') {
                open.push((indent, number, code.chars().take(60).collect()));
            }
            if code == "}"
                && let Some(&(started_indent, started, _)) = open.last()
                && started_indent == indent
            {
                let (_, _, title) = open.pop().unwrap_or_default();
                if number - started > LONGEST_FUNCTION {
                    findings.push(format!("{name}:{}: {} lines: {title}", started + 1, number - started));
                }
            }
        }
    }
    complain("functions longer than 70 lines", findings);
}

#[test]
fn nothing_unfinished_and_no_place_of_ours_is_in_the_tree() {
    let marks = ["todo!(", "unimplemented!(", "dbg!("];
    let words = ["TODO", "FIXME", "XXX:"];
    let mut findings = Vec::new();
    for (name, text) in sources("", &[".rs", ".ts", ".svelte", ".mjs"]) {
        if name == "tests/tidy.rs" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            if marks.iter().chain(&words).any(|mark| line.contains(mark)) {
                findings.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    complain("unfinished work", findings);
}

#[test]
fn the_written_list_of_edges_names_every_crate_of_the_house() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace manifest");
    let listed: BTreeMap<_, _> = EDGES.iter().copied().collect();
    let members = manifest.split("members = [").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
    let findings = members
        .split(',')
        .map(|member| member.trim().trim_matches('"'))
        .filter(|member| !member.is_empty() && !["perf", "tests"].contains(member))
        .filter(|member| !listed.contains_key(member))
        .map(str::to_owned)
        .collect();
    complain("crates that are not in the list", findings);
}
