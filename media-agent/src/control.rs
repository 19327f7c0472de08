//! The control socket of the headless program: every line in is one command as JSON (`{"do":"accept"}`), every line
//! out is the state as JSON, or `{"error": …}` for a line that is no command. Readable and writable by its owner only.

use std::{io, os::unix::fs::PermissionsExt, path::Path};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
};
use tracing::warn;
use twinline_media_engine::{Engine, EngineCommand};

/// Longest command line, bytes.
const LINE_LIMIT: usize = 4_096;
/// Programs connected at once.
const CLIENTS: usize = 8;

/// Opens the socket and serves it for as long as the engine runs.
pub fn listen(path: &Path, engine: Engine) -> io::Result<()> {
    // A socket file of an earlier run is in the way; anything else there is not ours to remove.
    if let Ok(metadata) = std::fs::symlink_metadata(path) {
        use std::os::unix::fs::FileTypeExt;
        if !metadata.file_type().is_socket() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is no socket"));
        }
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    tokio::spawn(async move {
        let places = std::sync::Arc::new(Semaphore::new(CLIENTS));
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((client, _)) => {
                    let engine = engine.clone();
                    tokio::spawn(async move {
                        if let Err(error) = serve(client, engine).await {
                            warn!(%error, "control client");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    warn!(%error, "control socket");
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                }
            }
        }
    });
    Ok(())
}

async fn serve(client: UnixStream, engine: Engine) -> io::Result<()> {
    let (reader, mut writer) = client.into_split();
    let mut lines = BufReader::new(reader);
    let mut state = engine.state();
    let mut line = Vec::new();
    let first = state.borrow_and_update().clone();
    send(&mut writer, &*first).await?;
    loop {
        tokio::select! {
            read = lines.read_until(b'\n', &mut line) => {
                if read? == 0 {
                    return Ok(());
                }
                match serde_json::from_slice::<EngineCommand>(&line) {
                    Ok(command) => engine.command(command).await,
                    Err(error) => {
                        let refusal = serde_json::json!({ "error": "not_a_command", "detail": error.to_string() });
                        send(&mut writer, &refusal).await?;
                    }
                }
                line.clear();
            }
            changed = state.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let now = state.borrow_and_update().clone();
                send(&mut writer, &*now).await?;
            }
        }
        if line.len() > LINE_LIMIT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a command line is too long"));
        }
    }
}

async fn send(writer: &mut tokio::net::unix::OwnedWriteHalf, value: &impl serde::Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(value).map_err(io::Error::other)?;
    bytes.push(b'\n');
    writer.write_all(&bytes).await
}
