//! `twinline serve`: the parts put together, until told to stop.

use crate::{
    app::{App, instance},
    clock::Clock,
    config::Config,
    http, jobs, telemetry,
    wiring::{self, Edges, Running},
};
use anyhow::{Context, Result};
use std::{net::SocketAddr, process::ExitCode, sync::Arc};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use twinline_speech::{CachedSynthesizer, EspeakNg, Synthesizer};

/// Spoken texts kept on disk, in bytes.
const SPEECH_CACHE_BYTES: u64 = 256 << 20;

/// A running server.
pub struct Server {
    pub app: Arc<App>,
    /// Where the pages are.
    pub http: SocketAddr,
    pub running: Running,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Starts everything in this process. Port 0 anywhere means that the system chooses.
    pub async fn start(config: Config) -> Result<Server> {
        let store = super::open(&config).await?;
        instance::ensure(&store).await?;
        let listener = TcpListener::bind(config.http.listen)
            .await
            .with_context(|| format!("http.listen {} cannot be opened", config.http.listen))?;
        let http = listener.local_addr()?;
        let clock = Clock::start();
        let running = wiring::start(Edges::of(&config)?, clock, store.clone(), speech(&config)).await?;
        let centre = running.centre.clone();
        let app = Arc::new(App::new(store, running.switchboard.clone(), clock, Arc::new(config), centre));
        tokio::spawn(jobs::relay::run(app.clone()));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn({
            let app = app.clone();
            async move {
                http::serve::run(app, listener, async move {
                    // Dropped without a word means stop as well.
                    let _ = stopped.await;
                })
                .await;
            }
        });
        Ok(Server { app, http, running, stop: Some(stop), serving })
    }

    /// Tells the pages and ends.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Err(error) = self.serving.await {
            tracing::error!(%error, "the HTTP server ended badly");
        }
    }
}

pub(super) async fn run(config: &Config) -> Result<ExitCode> {
    telemetry::start(&config.log)?;
    let server = Server::start(config.clone()).await?;
    let sip: Vec<String> = server.running.sip.iter().map(ToString::to_string).collect();
    tracing::info!(http = %server.http, sip = sip.join(" "), quic = %server.running.quic, "twinline serves");
    eprintln!(
        "Console  http://{}/\nCCP      http://{}/ccp\nAPI      http://{}/api/docs",
        server.http, server.http, server.http
    );
    if server.app.centre().agents.is_empty() {
        eprintln!(
            "Nobody can sign in yet. Stop and run: twinline user add NAME --role admin   (or: twinline seed demo)"
        );
    }
    told_to_stop().await?;
    tracing::info!("stopping");
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

async fn told_to_stop() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

fn speech(config: &Config) -> Arc<dyn Synthesizer> {
    let engine = EspeakNg::new(&config.speech.espeak);
    Arc::new(CachedSynthesizer::new(engine, config.data.dir.join("speech"), SPEECH_CACHE_BYTES))
}
