//! Logs to stderr and metrics for Prometheus. Neither ever holds a phone number, a digit, a password or a token.

use crate::config;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use tracing_subscriber::{EnvFilter, fmt};

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("log.level: `{level}` is not a level or filter; use error, warn, info, debug or trace")]
    Filter { level: String },
}

/// Starts logging for this process; once.
pub fn start(config: &config::Log) -> Result<(), LogError> {
    let filter =
        EnvFilter::builder().parse(&config.level).map_err(|_| LogError::Filter { level: config.level.clone() })?;
    let plain = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(true);
    // A second start (in tests) leaves the first one in place.
    let _ = if config.json { plain.json().try_init() } else { plain.with_ansi(false).try_init() };
    metrics();
    Ok(())
}

/// The process's metrics.
pub fn metrics() -> &'static PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // Another recorder may be installed by whoever embeds us; then this one stays empty.
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}
