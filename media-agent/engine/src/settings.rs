//! What the media agent remembers between starts: its device key, the server it is paired with, the chosen devices.

use crate::state::DeviceRole;
use rcgen::{CertificateParams, KeyPair};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// SHA-256 of a certificate (DER).
pub type Fingerprint = [u8; 32];

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the data directory {path} cannot be used")]
    Directory { path: PathBuf, source: io::Error },
    #[error("{path} cannot be written")]
    Write { path: PathBuf, source: io::Error },
    #[error("{path} cannot be read")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} is damaged ({reason}): remove it to start afresh, then pair again")]
    Damaged { path: PathBuf, reason: String },
    #[error("the device key cannot be made: {0}")]
    Key(#[from] rcgen::Error),
}

/// The device key and its self-signed certificate. The server knows this endpoint by the certificate's fingerprint.
#[derive(Clone)]
pub struct Identity {
    pub certificate: Vec<u8>,
    /// PKCS #8.
    pub key: Vec<u8>,
}

impl Identity {
    pub fn fingerprint(&self) -> Fingerprint {
        fingerprint(&self.certificate)
    }
}

/// SHA-256 over a DER certificate.
pub fn fingerprint(certificate: &[u8]) -> Fingerprint {
    Sha256::digest(certificate).into()
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    #[serde(default)]
    server: String,
    /// Hex of the paired server's certificate fingerprint.
    #[serde(default)]
    server_fingerprint: Option<String>,
    #[serde(default)]
    microphone: Option<String>,
    #[serde(default)]
    speaker: Option<String>,
    #[serde(default)]
    ringer: Option<String>,
}

/// The data directory, read once and written on every change.
pub struct Settings {
    directory: PathBuf,
    kept: Kept,
}

impl Settings {
    pub fn open(directory: &Path) -> Result<Self, SettingsError> {
        create_private_directory(directory)
            .map_err(|source| SettingsError::Directory { path: directory.to_owned(), source })?;
        let path = directory.join("agent.json");
        let kept = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| SettingsError::Damaged { path: path.clone(), reason: error.to_string() })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kept::default(),
            Err(source) => return Err(SettingsError::Read { path, source }),
        };
        Ok(Self { directory: directory.to_owned(), kept })
    }

    /// The device key, made on first use.
    pub fn identity(&self) -> Result<Identity, SettingsError> {
        let (certificate_path, key_path) = (self.directory.join("device.crt"), self.directory.join("device.key"));
        match (fs::read(&certificate_path), fs::read(&key_path)) {
            (Ok(certificate), Ok(key)) => Ok(Identity { certificate, key }),
            (Err(one), _) | (_, Err(one)) if one.kind() == io::ErrorKind::NotFound => {
                let pair = KeyPair::generate()?;
                let certificate = CertificateParams::new(vec!["twinline-agent".to_owned()])?.self_signed(&pair)?;
                let identity = Identity { certificate: certificate.der().to_vec(), key: pair.serialize_der() };
                write_private(&key_path, &identity.key)?;
                write_private(&certificate_path, &identity.certificate)?;
                Ok(identity)
            }
            (Err(source), _) => Err(SettingsError::Read { path: certificate_path, source }),
            (_, Err(source)) => Err(SettingsError::Read { path: key_path, source }),
        }
    }

    pub fn server(&self) -> &str {
        &self.kept.server
    }

    pub fn set_server(&mut self, server: &str) -> Result<(), SettingsError> {
        if self.kept.server == server {
            return Ok(());
        }
        self.kept.server = server.to_owned();
        // Another server is another trust: its certificate is pinned when it is paired with.
        self.kept.server_fingerprint = None;
        self.write()
    }

    /// The certificate the server must show; `None` before pairing.
    pub fn pin(&self) -> Option<Fingerprint> {
        let bytes = hex::decode(self.kept.server_fingerprint.as_ref()?).ok()?;
        bytes.try_into().ok()
    }

    pub fn set_pin(&mut self, pin: Option<Fingerprint>) -> Result<(), SettingsError> {
        let text = pin.map(hex::encode);
        if self.kept.server_fingerprint == text {
            return Ok(());
        }
        self.kept.server_fingerprint = text;
        self.write()
    }

    pub fn device(&self, role: DeviceRole) -> Option<&str> {
        match role {
            DeviceRole::Microphone => self.kept.microphone.as_deref(),
            DeviceRole::Speaker => self.kept.speaker.as_deref(),
            DeviceRole::Ringer => self.kept.ringer.as_deref(),
        }
    }

    pub fn set_device(&mut self, role: DeviceRole, id: Option<String>) -> Result<(), SettingsError> {
        match role {
            DeviceRole::Microphone => self.kept.microphone = id,
            DeviceRole::Speaker => self.kept.speaker = id,
            DeviceRole::Ringer => self.kept.ringer = id,
        }
        self.write()
    }

    fn write(&self) -> Result<(), SettingsError> {
        let text = serde_json::to_vec_pretty(&self.kept).expect("plain strings serialise");
        write_private(&self.directory.join("agent.json"), &text)
    }
}

fn create_private_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Only our own subdirectory is narrowed; a directory shared on purpose stays as it is when it is not ours.
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o700));
    }
    Ok(())
}

/// Written beside and renamed, readable by the owner alone: a crash leaves the old file or the new one.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), SettingsError> {
    let fail = |source| SettingsError::Write { path: path.to_owned(), source };
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&beside).map_err(fail)?;
    io::Write::write_all(&mut file, bytes).map_err(fail)?;
    file.sync_all().map_err(fail)?;
    fs::rename(&beside, path).map_err(fail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("twinline-settings-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        path
    }

    #[test]
    fn the_device_key_is_made_once_and_only_its_owner_may_read_it() {
        let path = directory("key");
        let first = Settings::open(&path).unwrap().identity().unwrap();
        let second = Settings::open(&path).unwrap().identity().unwrap();
        assert_eq!(first.fingerprint(), second.fingerprint());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(path.join("device.key")).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn pairing_and_devices_survive_a_restart_and_another_server_ends_the_trust() {
        let path = directory("kept");
        let mut settings = Settings::open(&path).unwrap();
        settings.set_server("one:8443").unwrap();
        settings.set_pin(Some([7; 32])).unwrap();
        settings.set_device(DeviceRole::Ringer, Some("bell".into())).unwrap();
        let mut again = Settings::open(&path).unwrap();
        assert_eq!(
            (again.server(), again.pin(), again.device(DeviceRole::Ringer)),
            ("one:8443", Some([7; 32]), Some("bell"))
        );
        again.set_server("two:8443").unwrap();
        assert_eq!(again.pin(), None);
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_damaged_file_is_refused_with_the_remedy() {
        let path = directory("damaged");
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("agent.json"), b"{ not json").unwrap();
        let error = Settings::open(&path).err().unwrap().to_string();
        assert!(error.contains("remove it"), "{error}");
        fs::remove_dir_all(path).unwrap();
    }
}
