//! The media agent's link without its sound: QUIC with the paired device's key, hello, healthy devices, and every
//! message of the server with the moment it came.

use crate::{centre::Person, datagrams::now_ns};
use anyhow::{Context, Result};
use quinn::{ClientConfig, Connection, Endpoint, SendStream, crypto::rustls::QuicClientConfig};
use rustls::{
    DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime},
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::sync::mpsc;
use twinline_api::ws::media_agent::{ALPN, FromMediaAgent, LINK_VERSION, MAX_FRAME, ToMediaAgent};

/// A message of the server: which link, when (ns since the epoch), what.
pub type Said = (usize, u64, ToMediaAgent);

/// Links of many people through one socket.
pub struct Links {
    _endpoint: Endpoint,
    writers: Vec<(Connection, SendStream)>,
    said: mpsc::Receiver<Said>,
}

impl Links {
    /// Opens a link for each person and reports healthy devices; returns when all are welcomed.
    pub async fn open(server: SocketAddr, people: &[Person]) -> Result<Self> {
        let endpoint = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into())?;
        let (tell, mut said) = mpsc::channel(16_384);
        let mut writers = Vec::new();
        for (index, person) in people.iter().enumerate() {
            let connection = endpoint.connect_with(client(person)?, server, "twinline")?;
            let connection = tokio::time::timeout(Duration::from_secs(10), connection).await?.context("a link")?;
            let (mut writer, reader) = connection.open_bi().await?;
            let name = format!("PC-{index}");
            write(&mut writer, &FromMediaAgent::Hello { version: LINK_VERSION, name, platform: "perf".into() }).await?;
            let device = || Some("file".to_owned());
            let devices = FromMediaAgent::Devices {
                microphone: device(),
                speaker: device(),
                ringer: device(),
                healthy: true,
                problem: None,
            };
            write(&mut writer, &devices).await?;
            tokio::spawn(read(index, reader, tell.clone()));
            writers.push((connection, writer));
        }
        for _ in people {
            let welcome = tokio::time::timeout(Duration::from_secs(10), said.recv()).await?;
            anyhow::ensure!(matches!(welcome, Some((_, _, ToMediaAgent::Welcome { .. }))), "no welcome: {welcome:?}");
        }
        Ok(Self { _endpoint: endpoint, writers, said })
    }

    pub async fn send(&mut self, link: usize, message: &FromMediaAgent) -> Result<()> {
        let (_, writer) = self.writers.get_mut(link).context("a link")?;
        write(writer, message).await
    }

    pub fn next_said(&mut self) -> Option<Said> {
        self.said.try_recv().ok()
    }
}

async fn write(writer: &mut SendStream, message: &FromMediaAgent) -> Result<()> {
    let body = serde_json::to_vec(message)?;
    let mut frame = u32::try_from(body.len())?.to_be_bytes().to_vec();
    frame.extend_from_slice(&body);
    Ok(writer.write_all(&frame).await?)
}

/// Hands on what comes until the link ends.
async fn read(link: usize, mut reader: quinn::RecvStream, tell: mpsc::Sender<Said>) -> Result<()> {
    loop {
        let mut length = [0; 4];
        reader.read_exact(&mut length).await?;
        let length = u32::from_be_bytes(length) as usize;
        anyhow::ensure!(length <= MAX_FRAME, "a frame of {length} bytes");
        let mut body = vec![0; length];
        reader.read_exact(&mut body).await?;
        let at = now_ns();
        if let Ok(message) = serde_json::from_slice(&body) {
            tell.send((link, at, message)).await?;
        }
    }
}

fn client(person: &Person) -> Result<ClientConfig> {
    let device = person.device.as_ref().context("a paired device")?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(device.1.clone()));
    let mut tls = rustls::ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(OwnServer(provider)))
        .with_client_auth_cert(vec![CertificateDer::from(device.0.clone())], key)?;
    tls.alpn_protocols = vec![ALPN.to_vec()];
    let mut config = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?));
    let mut transport = quinn::TransportConfig::default();
    transport.keep_alive_interval(Some(Duration::from_secs(5)));
    config.transport_config(Arc::new(transport));
    Ok(config)
}

/// The server was started by us a second ago on our own loopback: whichever key it shows is its own.
#[derive(Debug)]
struct OwnServer(Arc<CryptoProvider>);

impl ServerCertVerifier for OwnServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
