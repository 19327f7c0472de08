//! Configuration: defaults, one commented TOML file, the environment (`TWINLINE__SECTION__KEY`, or
//! `TWINLINE__SECTION__KEY_FILE` naming a file with the value), the command line. Later wins, and every value knows
//! where it came from. Unknown keys are refused with the nearest name that exists.

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};
use toml::{Table, Value};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub data: Data,
    pub http: Http,
    pub quic: Quic,
    pub sip: Sip,
    pub rtp: Rtp,
    pub webrtc: Webrtc,
    pub workers: Workers,
    pub speech: Speech,
    pub limits: Limits,
    pub log: Log,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Data {
    pub dir: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Http {
    pub listen: SocketAddr,
    /// Host names, beside the listening address and loopback, under which the pages are reached.
    pub hosts: Vec<String>,
    /// Origins, beside our own, whose pages may write and open sockets (`https://crm.example`).
    pub origins: Vec<String>,
    /// The server is reached over TLS (a proxy in front): cookies are marked Secure.
    pub behind_tls: bool,
    /// Hours until an unused sign-in ends, 1–720.
    pub session_hours: u32,
    /// Connections at once.
    pub max_connections: u32,
    /// Lets a scraper on another host read /metrics; empty: this host and administrators only.
    pub metrics_token: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quic {
    pub listen: SocketAddr,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sip {
    /// Each address is served over UDP and TCP.
    pub listen: Vec<SocketAddr>,
    /// Calls that are neither answered nor refused, from all sources together.
    pub max_half_open: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rtp {
    pub first_port: u16,
    pub last_port: u16,
    /// Address written into SDP; 0.0.0.0: the one the call came in on.
    pub advertised: IpAddr,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Webrtc {
    /// One UDP port a media worker, counted from here.
    pub base_port: u16,
    pub listen: IpAddr,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workers {
    /// Media workers; 0: one per core.
    pub media: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speech {
    /// Program that speaks prompt texts.
    pub espeak: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Contacts under way at most; more calls are told to try later.
    pub contacts: u32,
    /// Bytes of a request body.
    pub body_bytes: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,twinline_sip=debug`.
    pub level: String,
    /// One JSON object a line.
    pub json: bool,
}

impl Default for Config {
    fn default() -> Self {
        let loopback = IpAddr::from([127, 0, 0, 1]);
        Self {
            data: Data { dir: PathBuf::from("data") },
            http: Http {
                listen: SocketAddr::new(loopback, 8080),
                hosts: Vec::new(),
                origins: Vec::new(),
                behind_tls: false,
                session_hours: 12,
                max_connections: 16_000,
                metrics_token: String::new(),
            },
            quic: Quic { listen: SocketAddr::new(loopback, 8443) },
            sip: Sip {
                listen: vec![SocketAddr::new(loopback, 5060), SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 5060))],
                max_half_open: 2_000,
            },
            rtp: Rtp { first_port: 20_000, last_port: 29_999, advertised: IpAddr::from([0, 0, 0, 0]) },
            webrtc: Webrtc { base_port: 19_000, listen: loopback },
            workers: Workers { media: 0 },
            speech: Speech { espeak: PathBuf::from("espeak-ng") },
            limits: Limits { contacts: 10_000, body_bytes: 2 * 1_024 * 1_024 },
            log: Log { level: "info".to_owned(), json: false },
        }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File(PathBuf),
    Environment(String),
    CommandLine(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::CommandLine(option) => write!(f, "command line {option}"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path}: {detail}")]
    Syntax { path: PathBuf, detail: String },
    #[error("{origin}: there is no setting `{key}`; did you mean `{nearest}`?")]
    Unknown { origin: Origin, key: String, nearest: String },
    #[error("{origin}: `{key}`: {detail}")]
    Value { origin: Origin, key: String, detail: String },
}

/// The configuration with the origin of each value.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    values: BTreeMap<String, (Value, Origin)>,
}

const PREFIX: &str = "TWINLINE__";
/// Never printed.
const SECRETS: [&str; 1] = ["http.metrics_token"];

impl Loaded {
    /// `environment`: all variables; those without our prefix are ignored.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        data_dir: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let mut values = defaults();
        if let Some(path) = file {
            overlay_file(&mut values, path)?;
        }
        overlay_environment(&mut values, environment)?;
        if let Some(dir) = data_dir {
            let value = Value::String(dir.to_string_lossy().into_owned());
            values.insert("data.dir".to_owned(), (value, Origin::CommandLine("--data")));
        }
        let config = build(&values)?;
        check(&config, &values)?;
        Ok(Self { config, values })
    }

    /// Each setting with its value and origin, secrets hidden.
    pub fn describe(&self) -> Vec<(String, String, String)> {
        let shown = |key: &str, value: &Value| match value {
            Value::String(text) if SECRETS.contains(&key) && !text.is_empty() => "\"(hidden)\"".to_owned(),
            value => value.to_string(),
        };
        self.values.iter().map(|(key, (value, origin))| (key.clone(), shown(key, value), origin.to_string())).collect()
    }
}

fn defaults() -> BTreeMap<String, (Value, Origin)> {
    let table = Table::try_from(Config::default()).expect("the defaults are plain values");
    let mut values = BTreeMap::new();
    flatten("", &table, &mut |key, value| {
        values.insert(key, (value, Origin::Default));
    });
    values
}

fn flatten(prefix: &str, table: &Table, found: &mut impl FnMut(String, Value)) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) => flatten(&key, inner, found),
            value => found(key, value.clone()),
        }
    }
}

fn overlay_file(values: &mut BTreeMap<String, (Value, Origin)>, path: &Path) -> Result<(), ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    let table = text
        .parse::<Table>()
        .map_err(|error| ConfigError::Syntax { path: path.to_owned(), detail: error.to_string() })?;
    let mut given = Vec::new();
    flatten("", &table, &mut |key, value| given.push((key, value)));
    for (key, value) in given {
        set(values, key, value, Origin::File(path.to_owned()))?;
    }
    Ok(())
}

fn overlay_environment(
    values: &mut BTreeMap<String, (Value, Origin)>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (name, text) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let key = rest.to_lowercase().replace("__", ".");
        let origin = Origin::Environment(name.clone());
        let (key, text) = match key.strip_suffix("_file") {
            Some(key) if !values.contains_key(&format!("{key}_file")) => {
                let read = std::fs::read_to_string(&text)
                    .map_err(|source| ConfigError::Read { path: PathBuf::from(&text), source })?;
                (key.to_owned(), read.trim_end_matches(['\r', '\n']).to_owned())
            }
            _ => (key, text),
        };
        let value = match values.get(&key) {
            None => return Err(unknown(values, key, origin)),
            Some((before, _)) => typed(before, &text).map_err(|detail| ConfigError::Value {
                origin: origin.clone(),
                key: key.clone(),
                detail,
            })?,
        };
        set(values, key, value, origin)?;
    }
    Ok(())
}

/// Reads a variable's text as the type that the default has.
fn typed(like: &Value, text: &str) -> Result<Value, String> {
    match like {
        Value::Integer(_) => text.parse().map(Value::Integer).map_err(|_| format!("`{text}` is not a whole number")),
        Value::Boolean(_) => text.parse().map(Value::Boolean).map_err(|_| format!("`{text}` is not true or false")),
        Value::Array(_) => Ok(Value::Array(
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(|item| item.to_owned().into()).collect(),
        )),
        _ => Ok(Value::String(text.to_owned())),
    }
}

fn set(
    values: &mut BTreeMap<String, (Value, Origin)>,
    key: String,
    value: Value,
    origin: Origin,
) -> Result<(), ConfigError> {
    match values.get_mut(&key) {
        None => Err(unknown(values, key, origin)),
        Some((before, _)) if before.type_str() != value.type_str() => Err(ConfigError::Value {
            origin,
            key,
            detail: format!("{} is wanted, {} is given", before.type_str(), value.type_str()),
        }),
        Some(slot) => {
            *slot = (value, origin);
            Ok(())
        }
    }
}

fn unknown(values: &BTreeMap<String, (Value, Origin)>, key: String, origin: Origin) -> ConfigError {
    let nearest = values
        .keys()
        .max_by(|a, b| strsim::jaro_winkler(a, &key).total_cmp(&strsim::jaro_winkler(b, &key)))
        .cloned()
        .unwrap_or_default();
    ConfigError::Unknown { origin, key, nearest }
}

fn build(values: &BTreeMap<String, (Value, Origin)>) -> Result<Config, ConfigError> {
    let mut table = Table::new();
    for (key, (value, origin)) in values {
        let Some((section, name)) = key.split_once('.') else { continue };
        // One at a time, so that a value of the wrong form is named with its origin.
        let mut alone = Table::try_from(Config::default()).expect("the defaults are plain values");
        put(&mut alone, section, name, value.clone());
        if let Err(error) = alone.try_into::<Config>() {
            let detail = error.message().to_owned();
            return Err(ConfigError::Value { origin: origin.clone(), key: key.clone(), detail });
        }
        put(&mut table, section, name, value.clone());
    }
    table.try_into().map_err(|error: toml::de::Error| ConfigError::Value {
        origin: Origin::Default,
        key: String::new(),
        detail: error.message().to_owned(),
    })
}

fn put(table: &mut Table, section: &str, name: &str, value: Value) {
    let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(inner) = inner {
        inner.insert(name.to_owned(), value);
    }
}

fn check(config: &Config, values: &BTreeMap<String, (Value, Origin)>) -> Result<(), ConfigError> {
    let wrong = |key: &str, detail: &str| {
        let origin = values.get(key).map_or(Origin::Default, |(_, origin)| origin.clone());
        Err(ConfigError::Value { origin, key: key.to_owned(), detail: detail.to_owned() })
    };
    if !(1..=720).contains(&config.http.session_hours) {
        return wrong("http.session_hours", "1 to 720 hours are possible");
    }
    if config.http.max_connections == 0 {
        return wrong("http.max_connections", "at least one connection is needed");
    }
    if config.rtp.first_port < 1_024 || config.rtp.last_port <= config.rtp.first_port {
        return wrong("rtp.first_port", "a range from 1024 up, first below last, is needed");
    }
    if config.sip.listen.is_empty() {
        return wrong("sip.listen", "at least one address is needed");
    }
    if config.limits.body_bytes < 65_536 {
        return wrong("limits.body_bytes", "at least 65536 bytes are needed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("twinline.toml");
        std::fs::write(&path, text).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Loaded::load(Some(&path), environment, None)
    }

    fn origin_of(loaded: &Loaded, key: &str) -> String {
        loaded.describe().into_iter().find(|(name, _, _)| name == key).unwrap().2
    }

    #[test]
    fn the_environment_wins_over_the_file_and_both_are_named() {
        let text = "[http]\nlisten = \"127.0.0.1:9000\"\nsession_hours = 8\n";
        let loaded = load(text, &[("TWINLINE__HTTP__LISTEN", "127.0.0.1:9001"), ("PATH", "/bin")]).unwrap();
        assert_eq!(loaded.config.http.listen.port(), 9001);
        assert_eq!(loaded.config.http.session_hours, 8);
        assert_eq!(origin_of(&loaded, "http.listen"), "environment TWINLINE__HTTP__LISTEN");
        assert!(origin_of(&loaded, "http.session_hours").ends_with("twinline.toml"));
        assert_eq!(origin_of(&loaded, "quic.listen"), "default");
    }

    #[test]
    fn a_misspelt_key_is_refused_with_the_nearest_name() {
        let error = load("[http]\nlistne = \"127.0.0.1:9000\"\n", &[]).unwrap_err().to_string();
        assert!(error.contains("http.listne") && error.contains("did you mean `http.listen`"), "{error}");
        let error = load("", &[("TWINLINE__SIP__LISTN", "x")]).unwrap_err().to_string();
        assert!(error.contains("`sip.listen`"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_form_is_named_with_where_it_came_from() {
        let error = load("[http]\nlisten = \"nowhere\"\n", &[]).unwrap_err().to_string();
        assert!(error.contains("http.listen") && error.contains("twinline.toml"), "{error}");
        let error = load("", &[("TWINLINE__HTTP__SESSION_HOURS", "long")]).unwrap_err().to_string();
        assert!(error.contains("TWINLINE__HTTP__SESSION_HOURS"), "{error}");
        assert!(load("[http]\nsession_hours = 0\n", &[]).is_err());
        assert!(load("[http\n", &[]).is_err());
    }

    #[test]
    fn a_secret_comes_from_a_file_and_is_never_printed() {
        let dir = tempfile::tempdir().unwrap();
        let secret = dir.path().join("secret");
        std::fs::write(&secret, "s3cret-token\n").unwrap();
        let loaded = load("", &[("TWINLINE__HTTP__METRICS_TOKEN_FILE", secret.to_str().unwrap())]).unwrap();
        assert_eq!(loaded.config.http.metrics_token, "s3cret-token");
        assert!(!format!("{:?}", loaded.describe()).contains("s3cret"));
    }

    #[test]
    fn the_commented_example_is_complete_and_holds_the_defaults() {
        let text = include_str!("../twinline.example.toml");
        let loaded = load(text, &[]).unwrap();
        assert_eq!(loaded.config, Config::default());
        let missing: Vec<_> = loaded.describe().into_iter().filter(|(_, _, origin)| origin == "default").collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
