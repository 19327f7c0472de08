//! The QUIC door for media agents: TLS 1.3 both ways with certificates made on first start, one stream per link,
//! length-prefixed JSON frames (`api::ws::media_agent`). What the messages mean is the switchboard's business.

use crate::switchboard::{LinkEvent, LinkId, Mailbox};
use anyhow::{Context, Result};
use quinn::crypto::rustls::QuicServerConfig;
use rustls::{
    DigitallySignedStruct, DistinguishedName, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use sha2::{Digest, Sha256};
use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;
use tracing::{debug, info, warn};
use twinline_api::ws::media_agent::{ALPN, FromMediaAgent, MAX_FRAME, ToMediaAgent};

/// Messages that may wait for one media agent; a link that falls further behind is closed and comes back clean.
const OUTBOX: usize = 256;
/// Links at once; more are refused by QUIC itself.
const LINKS: usize = 20_000;

static NEXT_LINK: AtomicU64 = AtomicU64::new(1);

/// Opens the door. Links are served until the endpoint is dropped.
pub fn listen(address: SocketAddr, keys: &Path, mailbox: Mailbox) -> Result<quinn::Endpoint> {
    let (certificate, key) = own_identity(keys)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(AnyDeviceKey { algorithms: provider.signature_verification_algorithms }))
        .with_single_cert(vec![certificate], key)?;
    tls.alpn_protocols = vec![ALPN.to_vec()];
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls)?));
    config.max_incoming(1_000);
    let mut transport = quinn::TransportConfig::default();
    transport.max_idle_timeout(Some(Duration::from_secs(15).try_into()?));
    transport.keep_alive_interval(Some(Duration::from_secs(5)));
    transport.max_concurrent_bidi_streams(1u32.into());
    transport.max_concurrent_uni_streams(0u32.into());
    config.transport_config(Arc::new(transport));
    let endpoint = quinn::Endpoint::server(config, address).with_context(|| format!("QUIC port {address}"))?;
    info!(address = %endpoint.local_addr()?, "media agents are expected");
    tokio::spawn(accept(endpoint.clone(), mailbox));
    Ok(endpoint)
}

async fn accept(endpoint: quinn::Endpoint, mailbox: Mailbox) {
    while let Some(incoming) = endpoint.accept().await {
        if endpoint.open_connections() > LINKS {
            incoming.refuse();
            continue;
        }
        let mailbox = mailbox.clone();
        tokio::spawn(async move {
            if let Err(error) = serve(incoming, mailbox).await {
                debug!(%error, "a media agent link ended");
            }
        });
    }
}

async fn serve(incoming: quinn::Incoming, mailbox: Mailbox) -> Result<()> {
    let connection = tokio::time::timeout(Duration::from_secs(10), incoming).await??;
    let fingerprint = device_fingerprint(&connection).context("the device showed no certificate")?;
    let (send, mut receive) = tokio::time::timeout(Duration::from_secs(10), connection.accept_bi()).await??;
    let link = LinkId(NEXT_LINK.fetch_add(1, Ordering::Relaxed));
    let (outbox, inbox) = mpsc::channel(OUTBOX);
    mailbox.link(link, LinkEvent::Up { fingerprint, outbox }).await?;
    let writer = tokio::spawn(write_frames(send, inbox));
    let result = read_frames(&mut receive, link, &mailbox).await;
    mailbox.link(link, LinkEvent::Down).await?;
    writer.abort();
    connection.close(0u32.into(), b"bye");
    result
}

async fn read_frames(receive: &mut quinn::RecvStream, link: LinkId, mailbox: &Mailbox) -> Result<()> {
    let mut frame = Vec::new();
    loop {
        let mut length = [0u8; 4];
        receive.read_exact(&mut length).await?;
        let length = u32::from_be_bytes(length) as usize;
        anyhow::ensure!(length <= MAX_FRAME, "a frame of {length} bytes is longer than {MAX_FRAME}");
        frame.resize(length, 0);
        receive.read_exact(&mut frame).await?;
        match serde_json::from_slice::<FromMediaAgent>(&frame) {
            Ok(message) => mailbox.link(link, LinkEvent::Message(message)).await?,
            // A message of a newer media agent that we do not know: say so in the log, keep the link.
            Err(error) => warn!(%error, "a media agent sent a message that is not understood"),
        }
        if frame.capacity() > 4_096 {
            frame = Vec::new();
        }
    }
}

async fn write_frames(mut send: quinn::SendStream, mut inbox: mpsc::Receiver<ToMediaAgent>) -> Result<()> {
    while let Some(message) = inbox.recv().await {
        let body = serde_json::to_vec(&message)?;
        let length = u32::try_from(body.len())?;
        let mut frame = Vec::with_capacity(body.len() + 4);
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&body);
        send.write_all(&frame).await?;
    }
    send.finish()?;
    Ok(())
}

fn device_fingerprint(connection: &quinn::Connection) -> Option<String> {
    let identity = connection.peer_identity()?;
    let chain = identity.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    chain.first().map(|certificate| hex::encode(Sha256::digest(certificate)))
}

/// The server's certificate and key below `keys`, made on first use.
fn own_identity(keys: &Path) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>)> {
    let certificate_file = keys.join("link.der");
    let key_file = keys.join("link.key.der");
    if !key_file.exists() {
        std::fs::create_dir_all(keys).with_context(|| format!("the folder {}", keys.display()))?;
        let made = rcgen::generate_simple_self_signed(vec!["twinline".to_owned(), "localhost".to_owned()])?;
        write_private(&key_file, &made.signing_key.serialize_der())?;
        std::fs::write(&certificate_file, made.cert.der())?;
    }
    let certificate = CertificateDer::from(
        std::fs::read(&certificate_file).with_context(|| format!("the certificate {}", certificate_file.display()))?,
    );
    let key = PrivatePkcs8KeyDer::from(std::fs::read(&key_file).context("the link key")?);
    Ok((certificate, key.into()))
}

fn write_private(file: &Path, bytes: &[u8]) -> Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut out = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    Ok(())
}

/// Takes every device key, as long as the device proves that it holds it. Whether a device may do anything is decided
/// by its fingerprint, after the handshake.
#[derive(Debug)]
struct AnyDeviceKey {
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for AnyDeviceKey {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// One crypto provider for the whole process; a second install is harmless.
pub fn install_crypto() {
    let _ = CryptoProvider::install_default(rustls::crypto::ring::default_provider());
}
