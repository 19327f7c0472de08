//! The listening socket: so many connections and no more, headers within ten seconds, HTTP/1.1 with upgrades.

use super::{Shared, router};
use axum::{Router, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::Service;

const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// After a failed accept (no file handles left), so that it does not spin.
const AFTER_FAILURE: Duration = Duration::from_millis(100);
/// Time for pages to hear that the server goes.
const FAREWELL: Duration = Duration::from_millis(300);

/// Serves until `stop` resolves. Pages are told that we are going.
pub async fn run(app: Shared, listener: TcpListener, stop: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(usize::try_from(app.config.http.max_connections).unwrap_or(usize::MAX >> 4)));
    let router = router(app.clone());
    tokio::pin!(stop);
    loop {
        let slot = tokio::select! {
            () = &mut stop => break,
            slot = slots.clone().acquire_owned() => slot,
        };
        let Ok(slot) = slot else { break };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    connection(router, stream, peer).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "accepting a connection");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
    app.closing.send_replace(true);
    tokio::time::sleep(FAREWELL).await;
}

async fn connection(router: Router, stream: TcpStream, peer: SocketAddr) {
    // Small messages must not wait for company.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_buf_size(64 * 1_024)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "connection");
    }
}
