//! Builds the web pages into `$OUT_DIR/web/{console,ccp}`, from where they are embedded. `TWINLINE_WEB_SKIP=1` writes
//! placeholders instead, so that work on the server alone needs no Node.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Name below `$OUT_DIR/web` and directory of each page.
const PAGES: [(&str, &str); 2] = [("console", "server/web/console"), ("ccp", "signaling-ccp")];
/// What a page is made from.
const SOURCES: [&str; 4] = ["server/web", "signaling-ccp", "package.json", "package-lock.json"];
/// Not sources: changing them must not build anew.
const MADE: [&str; 4] = ["node_modules", "dist", "test-results", ".svelte-kit"];

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("..");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("web");
    println!("cargo::rerun-if-env-changed=TWINLINE_WEB_SKIP");
    println!("cargo::rerun-if-changed=build.rs");
    let skip = env::var_os("TWINLINE_WEB_SKIP").is_some_and(|value| value != "0");
    for (name, directory) in PAGES {
        let page = out.join(name);
        // What an earlier build left must not be embedded beside a placeholder.
        let _ = fs::remove_dir_all(&page);
        fs::create_dir_all(&page).expect("OUT_DIR can be written");
        if skip || !root.join(directory).join("package.json").exists() {
            placeholder(&page, name);
            // Appears when the pages are added.
            println!("cargo::rerun-if-changed={}", root.join(directory).display());
        }
    }
    if skip || !root.join("package.json").exists() {
        return;
    }
    for source in SOURCES {
        watch(&root.join(source));
    }
    let node = node_directory(&root);
    if !root.join("node_modules").exists() {
        npm(&root, node.as_deref(), &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    }
    for (name, directory) in PAGES {
        if root.join(directory).join("package.json").exists() {
            let to = out.join(name);
            let to = to.to_str().expect("OUT_DIR is UTF-8");
            npm(&root, node.as_deref(), &["run", "build", "-w", directory, "--", "--outDir", to, "--emptyOutDir"]);
        }
    }
}

fn placeholder(page: &Path, name: &str) {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Twinline</title>\
         <p>The {name} page was left out of this build (TWINLINE_WEB_SKIP).</p></html>\n"
    );
    fs::write(page.join("index.html"), html).expect("OUT_DIR can be written");
}

/// Each source file, so that what npm makes beside them does not count.
fn watch(path: &Path) {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if MADE.contains(&name) {
        return;
    }
    println!("cargo::rerun-if-changed={}", path.display());
    if let Ok(entries) = fs::read_dir(path) {
        for entry in entries.flatten() {
            watch(&entry.path());
        }
    }
}

/// Where a Node new enough (20.19, or 22.12 and later) lies; `None`: the one on the PATH will do.
fn node_directory(root: &Path) -> Option<PathBuf> {
    if new_enough("node") {
        return None;
    }
    // Debian 12 has Node 18: the npm package `node` brings a newer one, to the place where the set-up puts it too.
    let tools = root.join(".node");
    let bin = tools.join("node_modules/node/bin");
    if !bin.join("node").exists() {
        fs::create_dir_all(&tools).expect("the repository can be written");
        let prefix = tools.to_str().expect("the path is UTF-8");
        // Its own install script fetches the program, so scripts stay on here.
        npm(root, None, &["install", "--prefix", prefix, "--no-save", "--no-audit", "--no-fund", "node@22"]);
    }
    Some(bin)
}

fn new_enough(node: &str) -> bool {
    let Ok(output) = Command::new(node).arg("--version").output() else { return false };
    let version = String::from_utf8_lossy(&output.stdout);
    let mut parts = version.trim().trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    (major, minor) >= (22, 12) || (major == 20 && minor >= 19)
}

fn npm(root: &Path, node: Option<&Path>, arguments: &[&str]) {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(root).env_remove("NODE_OPTIONS");
    if let Some(node) = node {
        let path = env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", node.display()));
    }
    let output = command.output().unwrap_or_else(|error| {
        panic!("npm cannot be started ({error}): install Debian's nodejs and npm, or set TWINLINE_WEB_SKIP=1")
    });
    if !output.status.success() {
        panic!(
            "npm {} failed:\n{}{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
