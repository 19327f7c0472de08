//! `twinline backup` and `twinline restore`: a directory with a consistent copy of the database, the keys, the prompts
//! and the recordings, and a manifest with the SHA-256 of each file.

use crate::config::Config;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Component, Path, PathBuf},
    process::ExitCode,
};
use twinline_store::Store;

const MANIFEST: &str = "manifest.json";
const DATABASE: &str = "twinline.db";

pub(super) async fn backup(config: &Config, to: &Path, recordings: bool) -> Result<ExitCode> {
    let data = &config.data.dir;
    if to.exists() && fs::read_dir(to)?.next().is_some() {
        bail!("{} is not empty: name a new directory", to.display());
    }
    private_directory(to)?;
    let store = Store::open_beside(data.join(DATABASE)).await?;
    store.backup(&to.join(DATABASE)).await?;
    let mut parts = vec!["keys", "prompts"];
    if recordings {
        parts.push("recordings");
    }
    for part in parts {
        copy(&data.join(part), &to.join(part))?;
    }
    let mut files = BTreeMap::new();
    list(to, to, &mut files)?;
    fs::write(to.join(MANIFEST), serde_json::to_string_pretty(&files)?)?;
    println!("{} files in {}", files.len(), to.display());
    eprintln!("Check it with: twinline restore --verify {}", to.display());
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn verify(from: &Path) -> Result<ExitCode> {
    let problems = problems(from).await?;
    for problem in &problems {
        eprintln!("twinline: {problem}");
    }
    if problems.is_empty() {
        println!("{} is whole", from.display());
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

pub(super) async fn restore(config: &Config, from: &Path) -> Result<ExitCode> {
    if let Some(problem) = problems(from).await?.first() {
        bail!("the backup is not whole: {problem}");
    }
    let data = &config.data.dir;
    if data.join(DATABASE).exists() {
        bail!("{} holds data already: name an empty directory with --data", data.display());
    }
    private_directory(data)?;
    for part in ["keys", "prompts", "recordings"] {
        copy(&from.join(part), &data.join(part))?;
    }
    // Last: without it the directory does not count as restored.
    fs::copy(from.join(DATABASE), data.join(DATABASE))?;
    println!("Restored into {}", data.display());
    eprintln!("Next: twinline doctor --data {}", data.display());
    Ok(ExitCode::SUCCESS)
}

async fn problems(from: &Path) -> Result<Vec<String>> {
    let manifest =
        fs::read_to_string(from.join(MANIFEST)).with_context(|| format!("{} in {}", MANIFEST, from.display()))?;
    let wanted: BTreeMap<String, String> = serde_json::from_str(&manifest).context("the manifest cannot be read")?;
    let mut problems = Vec::new();
    for (name, digest) in &wanted {
        if Path::new(name).components().any(|part| !matches!(part, Component::Normal(_))) {
            problems.push(format!("the manifest names {name}, which lies outside"));
            continue;
        }
        match digest_of(&from.join(name)) {
            Ok(found) if found == *digest => {}
            Ok(_) => problems.push(format!("{name} was changed")),
            Err(error) => problems.push(format!("{name}: {error}")),
        }
    }
    if !wanted.contains_key(DATABASE) {
        problems.push("the database is missing".to_owned());
    } else if problems.is_empty()
        && let Err(error) = twinline_store::verify(&from.join(DATABASE)).await
    {
        problems.push(error.to_string());
    }
    Ok(problems)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
    private_directory(to)?;
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        } else if kind.is_file() {
            // Keeps the file's rights: keys stay private.
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn private_directory(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| path.display().to_string())
}

fn list(root: &Path, at: &Path, files: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(at)? {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            list(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
            files.insert(name, digest_of(&path)?);
        }
    }
    Ok(())
}

fn digest_of(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 * 1_024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(hash.finalize())),
            count => hash.update(piece.get(..count).unwrap_or_default()),
        }
    }
}
