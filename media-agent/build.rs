//! Builds the window's page into `ui/dist` and lets Tauri take it in. `TWINLINE_WEB_SKIP=1` writes a placeholder, so
//! that work on the engine needs no Node; without feature `window` there is nothing to do.

fn main() {
    #[cfg(feature = "window")]
    window::build();
}

#[cfg(feature = "window")]
mod window {
    use std::{
        env, fs,
        path::{Path, PathBuf},
        process::Command,
    };

    /// What the page is made from, relative to this crate.
    const SOURCES: [&str; 6] =
        ["ui/src", "ui/index.html", "ui/package.json", "ui/vite.config.ts", "../server/web/ui", "../package-lock.json"];

    pub fn build() {
        println!("cargo::rerun-if-env-changed=TWINLINE_WEB_SKIP");
        println!("cargo::rerun-if-changed=build.rs");
        let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
        for source in SOURCES {
            watch(&here.join(source));
        }
        let skip = env::var_os("TWINLINE_WEB_SKIP").is_some_and(|value| value != "0");
        if skip {
            placeholder(&here.join("ui/dist"));
        } else {
            page(&here);
        }
        let attributes = tauri_build::Attributes::new()
            .app_manifest(tauri_build::AppManifest::new().commands(&["state", "command"]));
        tauri_build::try_build(attributes).expect("tauri.conf.json and capabilities fit together");
    }

    /// Built in the workspace of all pages where there is one, else alone.
    fn page(here: &Path) {
        let root = here.join("..");
        let ui = here.join("ui");
        let workspace = root.join("package-lock.json").exists();
        let installed = if workspace { root.join("node_modules") } else { ui.join("node_modules") };
        let place = if workspace { &root } else { &ui };
        if !installed.join(".bin").exists() {
            let install = if workspace { "ci" } else { "install" };
            let mut arguments = vec![install, "--ignore-scripts", "--no-audit", "--no-fund"];
            if !workspace {
                arguments.push("--no-package-lock");
            }
            npm(place, &arguments);
        }
        npm(&ui, &["run", "build"]);
    }

    fn npm(place: &Path, arguments: &[&str]) {
        let mut path = vec![];
        // Debian 12's own Node is too old for Vite 8: `make setup` puts a newer one here.
        let newer = place.join("node_modules/.node22/node_modules/node/bin");
        if newer.exists() {
            path.push(newer);
        }
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let status = Command::new(program)
            .args(arguments)
            .current_dir(place)
            .env("PATH", env::join_paths(path).expect("PATH was a PATH"))
            .status();
        match status {
            Ok(status) if status.success() => {}
            other => panic!(
                "npm {} failed ({other:?}): install Node 20.19 or newer, or set TWINLINE_WEB_SKIP=1",
                arguments.join(" ")
            ),
        }
    }

    fn placeholder(dist: &Path) {
        fs::create_dir_all(dist).expect("ui/dist can be written");
        let html = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Twinline</title>\
                    <p>The window's page was left out of this build (TWINLINE_WEB_SKIP).</p></html>\n";
        fs::write(dist.join("index.html"), html).expect("ui/dist can be written");
    }

    /// Files, not directories: what npm writes beside them must not count as a change.
    fn watch(path: &Path) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if matches!(name, "node_modules" | "dist") {
            return;
        }
        println!("cargo::rerun-if-changed={}", path.display());
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            watch(&entry.path());
        }
    }
}
