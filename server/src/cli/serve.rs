//! `twinline serve`: the parts put together, until told to stop.

use crate::{
    app::{App, instance},
    clock::Clock,
    config::Config,
    edge::{media::MediaConfig, sip::Limits},
    http, jobs, telemetry,
    wiring::{self, Edges, Running},
};
use anyhow::{Context, Result};
use std::{net::SocketAddr, process::ExitCode, sync::Arc};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use twinline_speech::Synthesizer;

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
        let running = wiring::start(edges(&config), store.clone(), speech(&config)).await?;
        let centre = store.load_centre().await?.context("the instance is gone")?;
        let clock = Clock::start();
        let app = Arc::new(App::new(store, running.switchboard.clone(), clock, Arc::new(config), Arc::new(centre)));
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
    eprintln!("Console  http://{}/\nCCP      http://{}/ccp\nAPI      http://{}/api/docs", server.http, server.http, server.http);
    if server.app.centre().agents.is_empty() {
        eprintln!("Nobody can sign in yet. Stop and run: twinline user add NAME --role admin   (or: twinline seed demo)");
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

fn edges(config: &Config) -> Edges {
    let advertised = config.rtp.advertised;
    let listen = config.sip.listen.first().map(SocketAddr::ip);
    let bind = listen.filter(|_| advertised.is_unspecified()).unwrap_or(advertised);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Edges {
        data: config.data.dir.clone(),
        sip_listen: config.sip.listen.clone(),
        advertised: if advertised.is_unspecified() { Vec::new() } else { vec![advertised] },
        limits: Limits {
            calls: usize::try_from(config.limits.contacts).unwrap_or(usize::MAX),
            half_open: usize::try_from(config.sip.max_half_open).unwrap_or(usize::MAX),
        },
        media: MediaConfig {
            advertised: bind,
            bind: listen.unwrap_or(bind),
            rtp_base: config.rtp.first_port,
            rtp_ports: config.rtp.last_port - config.rtp.first_port + 1,
            webrtc_base: config.webrtc.base_port,
            workers: if config.workers.media == 0 { cores } else { usize::from(config.workers.media) },
        },
        quic_listen: config.quic.listen,
    }
}

fn speech(_config: &Config) -> Arc<dyn Synthesizer> {
    Arc::new(Unspoken)
}

/// Until a speech engine is built in: texts are not spoken, and the flow is told so.
struct Unspoken;

impl Synthesizer for Unspoken {
    fn synthesize(&self, _request: &twinline_speech::Request) -> Result<twinline_speech::Pcm, twinline_speech::SpeechError> {
        Err(twinline_speech::SpeechError::Engine("no engine is built in".to_owned()))
    }
}
