//! A server and a caller's end for the tests: the link's other side over real QUIC, and a WebRTC peer that hears and
//! speaks, both on loopback.
#![allow(dead_code, clippy::unwrap_used, clippy::disallowed_methods)]

pub mod peer;

use quinn::{Endpoint, RecvStream, SendStream};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use twinline_api::ws::media_agent::{ALPN, FromMediaAgent, LINK_VERSION, Person, ToMediaAgent};
use twinline_media_engine::{Engine, EngineConfig, EngineState, SoundFiles};
use twinline_model::{AgentId, ContactId, DeviceId, LegId};

pub const LIMIT: Duration = Duration::from_secs(20);

pub fn wall_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

/// An empty directory of this test alone, removed at the end.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("twinline-{name}-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn person() -> Person {
    Person {
        agent: AgentId::from_bits(11),
        username: "kim".into(),
        name: "Kim Seoyeon".into(),
        language: "ko".into(),
        desktop: Some("SEOUL-DT-114".into()),
    }
}

pub fn contact(n: u128) -> ContactId {
    ContactId::from_bits(n)
}

pub fn leg(n: u128) -> LegId {
    LegId::from_bits(n)
}

pub fn ring(n: u128, auto_accept: bool) -> ToMediaAgent {
    ToMediaAgent::Ring {
        contact: contact(n),
        leg: leg(n),
        caller: "+821012345678".into(),
        caller_name: "Kim J.".into(),
        queue: "Billing".into(),
        expires_ms: wall_ms() + 20_000,
        auto_accept,
    }
}

pub fn paired() -> ToMediaAgent {
    ToMediaAgent::Paired { device: DeviceId::from_bits(5), person: person() }
}

/// Starts an engine with files as devices (or whatever `files` says).
pub fn engine(directory: &Directory, server: SocketAddr, files: SoundFiles) -> Engine {
    Engine::start(EngineConfig {
        data: directory.0.join("data"),
        server: Some(server.to_string()),
        files,
        host_name: "test-endpoint".into(),
        version: "test".into(),
    })
    .unwrap()
}

/// Waits until the state fulfils something.
pub async fn until(
    state: &mut watch::Receiver<Arc<EngineState>>,
    what: &str,
    fulfils: impl Fn(&EngineState) -> bool,
) -> Arc<EngineState> {
    let found = match timeout(LIMIT, state.wait_for(|state| fulfils(state))).await {
        Ok(Ok(found)) => Some(found.clone()),
        _ => None,
    };
    found.unwrap_or_else(|| panic!("never came: {what}; the state is {:#?}", state.borrow()))
}

/// The server's end of the link.
pub struct Server {
    pub address: SocketAddr,
    endpoint: Endpoint,
    pub certificate: (Vec<u8>, Vec<u8>),
}

/// A greeted media agent.
pub struct Client {
    pub connection: quinn::Connection,
    writer: SendStream,
    heard: mpsc::Receiver<FromMediaAgent>,
    pub certificate: Vec<u8>,
}

pub fn certificate() -> (Vec<u8>, Vec<u8>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = rcgen::CertificateParams::new(vec!["twinline".to_owned()]).unwrap().self_signed(&key).unwrap();
    (cert.der().to_vec(), key.serialize_der())
}

impl Server {
    pub fn start() -> Self {
        Self::on(([127, 0, 0, 1], 0).into(), certificate())
    }

    pub fn on(address: SocketAddr, certificate: (Vec<u8>, Vec<u8>)) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(Arc::new(AnyDevice(provider)))
            .with_single_cert(
                vec![CertificateDer::from(certificate.0.clone())],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certificate.1.clone())),
            )
            .unwrap();
        tls.alpn_protocols = vec![ALPN.to_vec()];
        let quic = quinn::crypto::rustls::QuicServerConfig::try_from(tls).unwrap();
        let endpoint = Endpoint::server(quinn::ServerConfig::with_crypto(Arc::new(quic)), address).unwrap();
        Self { address: endpoint.local_addr().unwrap(), endpoint, certificate }
    }

    /// The next connection whose hello was answered.
    pub async fn welcome(&self, person: Option<Person>) -> Client {
        let mut client = self.accept().await;
        match client.next().await {
            FromMediaAgent::Hello { version, .. } => assert_eq!(version, LINK_VERSION),
            other => panic!("began with {other:?}"),
        }
        client.say(ToMediaAgent::Welcome { version: LINK_VERSION, now_ms: wall_ms(), person }).await;
        client
    }

    /// The next connection, its hello unanswered.
    pub async fn accept(&self) -> Client {
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let incoming = timeout(left, self.endpoint.accept()).await.expect("no media agent came").unwrap();
            let Ok(connection) = incoming.await else { continue };
            let certificate = connection
                .peer_identity()
                .and_then(|identity| identity.downcast::<Vec<CertificateDer<'static>>>().ok())
                .map(|chain| chain[0].to_vec())
                .unwrap();
            let (writer, reader) = timeout(LIMIT, connection.accept_bi()).await.unwrap().unwrap();
            let (say, heard) = mpsc::channel(256);
            tokio::spawn(read(reader, say));
            return Client { connection, writer, heard, certificate };
        }
    }

    /// True when somebody tries within `time` and gets through the handshake.
    pub async fn is_called_within(&self, time: Duration) -> bool {
        match timeout(time, self.endpoint.accept()).await {
            Ok(Some(incoming)) => incoming.await.is_ok(),
            _ => false,
        }
    }

    pub fn stop(self) -> SocketAddr {
        self.endpoint.close(0u32.into(), b"stop");
        self.address
    }
}

async fn read(mut reader: RecvStream, say: mpsc::Sender<FromMediaAgent>) {
    loop {
        let mut header = [0; 4];
        if reader.read_exact(&mut header).await.is_err() {
            return;
        }
        let mut bytes = vec![0; u32::from_be_bytes(header) as usize];
        if reader.read_exact(&mut bytes).await.is_err() {
            return;
        }
        if say.send(serde_json::from_slice(&bytes).unwrap()).await.is_err() {
            return;
        }
    }
}

impl Client {
    pub async fn say(&mut self, message: ToMediaAgent) {
        let json = serde_json::to_vec(&message).unwrap();
        self.raw(&json).await;
    }

    pub async fn raw(&mut self, json: &[u8]) {
        let mut bytes = (json.len() as u32).to_be_bytes().to_vec();
        bytes.extend_from_slice(json);
        self.writer.write_all(&bytes).await.unwrap();
    }

    /// The next message that is no ping (those are answered) and no report of devices or quality.
    pub async fn next(&mut self) -> FromMediaAgent {
        self.find("a message", |message| {
            !matches!(message, FromMediaAgent::Devices { .. } | FromMediaAgent::Quality { .. })
        })
        .await
    }

    /// The next message that fulfils something; pings are answered meanwhile.
    pub async fn find(&mut self, what: &str, wanted: impl Fn(&FromMediaAgent) -> bool) -> FromMediaAgent {
        let search = async {
            loop {
                match self.heard.recv().await.unwrap_or_else(|| panic!("the link ended before {what}")) {
                    FromMediaAgent::Ping { at_ms } => {
                        self.say(ToMediaAgent::Pong { at_ms, now_ms: wall_ms() }).await;
                    }
                    message if wanted(&message) => return message,
                    _ => {}
                }
            }
        };
        timeout(LIMIT, search).await.unwrap_or_else(|_| panic!("never came: {what}"))
    }

    /// Answers pings for a while.
    pub async fn idle(&mut self, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        while let Ok(Some(message)) = tokio::time::timeout_at(until, self.heard.recv()).await {
            if let FromMediaAgent::Ping { at_ms } = message {
                self.say(ToMediaAgent::Pong { at_ms, now_ms: wall_ms() }).await;
            }
        }
    }
}

/// Takes every device; who it is, is read from the certificate.
#[derive(Debug)]
struct AnyDevice(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyDevice {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
