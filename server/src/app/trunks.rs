//! SIP trunks. Who is on this list may call us; where it says so, we call them. Passwords go in and never come out.

use super::nouns::*;
use std::net::IpAddr;
use twinline_api::rest::trunks::{Trunk as View, TrunkSpec};
use twinline_model::*;

impl Managed for Trunk {
    type Spec = TrunkSpec;
    type View = View;
    const WORD: &'static str = "trunk";

    fn fresh_id(bits: u128) -> TrunkId {
        TrunkId::from_bits(bits)
    }

    fn build(id: TrunkId, spec: TrunkSpec, before: Option<&Self>, _centre: &Centre) -> Result<Self, Refusal> {
        check_name(&spec.name)?;
        check_range("sources", u32::try_from(spec.sources.len()).unwrap_or(u32::MAX), 0..=256)?;
        for (index, source) in spec.sources.iter().enumerate() {
            check_source(&format!("sources[{index}]"), source)?;
        }
        if let Some(target) = &spec.target {
            check_target(target)?;
        }
        if let Some(registrar) = &spec.registrar {
            check_registrar(registrar)?;
        }
        check_range("outbound_prefixes", u32::try_from(spec.outbound_prefixes.len()).unwrap_or(u32::MAX), 0..=1_000)?;
        for (index, prefix) in spec.outbound_prefixes.iter().enumerate() {
            check_number(&format!("outbound_prefixes[{index}]"), prefix)?;
        }
        for (field, text) in [("username", &spec.username), ("password", &spec.password)] {
            check_text(field, text.as_deref().unwrap_or_default(), 256)?;
        }
        let password = match spec.password {
            None => before.and_then(|before| before.password.clone()),
            Some(password) => Some(password).filter(|password| !password.is_empty()),
        };
        if (spec.inbound_auth || spec.registrar.is_some()) && (spec.username.is_none() || password.is_none()) {
            return Err(Refusal::new("credentials_missing", "Signing in needs a username and a password.")
                .field("password")
                .remedy("Give both, or turn inbound_auth off and leave registrar out."));
        }
        Ok(Trunk {
            id,
            name: spec.name,
            sources: spec.sources,
            target: spec.target,
            transport: spec.transport,
            username: spec.username,
            password,
            registrar: spec.registrar,
            inbound_auth: spec.inbound_auth,
            outbound_prefixes: spec.outbound_prefixes,
        })
    }

    fn view(&self, version: u64, centre: &Centre) -> View {
        View {
            id: self.id.to_string(),
            arn: centre.instance.arn_of(TrunkId::KIND, self.id),
            version,
            password_set: self.password.is_some(),
            spec: TrunkSpec {
                name: self.name.clone(),
                sources: self.sources.clone(),
                target: self.target.clone(),
                transport: self.transport,
                username: self.username.clone(),
                password: None,
                registrar: self.registrar.clone(),
                inbound_auth: self.inbound_auth,
                outbound_prefixes: self.outbound_prefixes.clone(),
            },
        }
    }

    fn used_by(_id: TrunkId, _centre: &Centre) -> Vec<String> {
        Vec::new()
    }
}

/// An address, or a block `address/prefix length`. Everybody (`/0`) is refused: no call without a known trunk.
fn check_source(field: &str, source: &str) -> Result<(), Refusal> {
    let (address, length) = source.split_once('/').unwrap_or((source, ""));
    let fits = match (address.parse::<IpAddr>(), length) {
        (Err(_), _) => false,
        (Ok(_), "") => !source.contains('/'),
        (Ok(address), length) => {
            length.parse::<u8>().is_ok_and(|length| length >= 1 && length <= if address.is_ipv4() { 32 } else { 128 })
        }
    };
    if fits {
        return Ok(());
    }
    Err(Refusal::new("invalid_address", "This is neither an address nor a block of addresses.")
        .field(field)
        .remedy("Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32; /0 is not allowed."))
}

/// `host[:port]`, IPv6 in brackets.
fn check_target(target: &str) -> Result<(), Refusal> {
    let (host, port) = match target.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => {
            (host.parse::<std::net::Ipv6Addr>().is_ok(), rest.strip_prefix(':').or(none_if_empty(rest)))
        }
        None => {
            let (host, port) = target.split_once(':').map_or((target, Some("5060")), |(host, port)| (host, Some(port)));
            let fits = !host.is_empty()
                && host.len() <= 253
                && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
            (fits, port)
        }
    };
    if host && port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0)) {
        return Ok(());
    }
    Err(Refusal::new("invalid_address", "This is not a host with an optional port.")
        .field("target")
        .remedy("Write sip.example.net, 203.0.113.7:5060 or [2001:db8::1]:5060."))
}

fn none_if_empty(rest: &str) -> Option<&str> {
    rest.is_empty().then_some("5060")
}

fn check_registrar(registrar: &str) -> Result<(), Refusal> {
    let fits = registrar.strip_prefix("sip:").is_some_and(|host| check_target(host).is_ok());
    if fits {
        return Ok(());
    }
    Err(Refusal::new("invalid_address", "This is not a SIP address to register at.")
        .field("registrar")
        .remedy("Write sip:provider.example."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_addresses_or_blocks_and_never_everybody() {
        for good in ["127.0.0.1", "::1", "203.0.113.0/24", "2001:db8::/32"] {
            assert!(check_source("s", good).is_ok(), "{good}");
        }
        for bad in ["", "example.net", "0.0.0.0/0", "::/0", "1.2.3.4/33", "1.2.3.4/", "1.2.3/8", "1.2.3.4/24/8"] {
            assert!(check_source("s", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn targets_are_hosts_with_an_optional_port() {
        for good in ["sip.example.net", "127.0.0.1:5070", "[::1]:5060", "[::1]"] {
            assert!(check_target(good).is_ok(), "{good}");
        }
        for bad in ["", ":5060", "a b", "::1", "[::1", "host:0", "host:99999", "[::1]5060", "host:5060;transport=tcp"] {
            assert!(check_target(bad).is_err(), "{bad}");
        }
    }
}
