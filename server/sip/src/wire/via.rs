//! Via (RFC 3261 §20.42, RFC 3581).

use super::{Host, ParseError, Writer, is_token, param, trim};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// `2.0`; another is kept so that its sender can be told 505.
    pub version: &'a [u8],
    /// `UDP`, `TCP`, …, as written.
    pub transport: &'a [u8],
    pub host: Host<'a>,
    pub port: Option<u16>,
    /// As written, without the leading `;`.
    pub params: &'a [u8],
}

impl<'a> Via<'a> {
    /// One value (the caller splits comma lists).
    pub fn parse(value: &'a [u8]) -> Result<Via<'a>, ParseError> {
        let wrong = || ParseError::header("Via", "write SIP/2.0/TRANSPORT host[:port];branch=…");
        let (protocol, rest) = split_slash(value).ok_or_else(wrong)?;
        let (version, rest) = split_slash(rest).ok_or_else(wrong)?;
        if !protocol.eq_ignore_ascii_case(b"SIP") || !is_token(version) {
            return Err(wrong());
        }
        let rest = rest.trim_ascii_start();
        let blank = rest.iter().position(u8::is_ascii_whitespace).ok_or_else(wrong)?;
        let (transport, rest) = (&rest[..blank], trim(&rest[blank..]));
        if !is_token(transport) {
            return Err(wrong());
        }
        let end = rest.iter().position(|&b| b == b';').unwrap_or(rest.len());
        let (host, port) = sent_by(&rest[..end]).ok_or_else(wrong)?;
        Ok(Via { version, transport, host, port, params: rest.get(end + 1..).map(trim).unwrap_or_default() })
    }

    pub fn branch(&self) -> Option<&'a [u8]> {
        param(self.params, "branch").flatten()
    }

    pub fn write(&self, out: &mut Writer) {
        out.put(b"SIP/");
        out.put(self.version);
        out.put(b"/");
        out.put(self.transport);
        out.put(b" ");
        self.host.write(out);
        if let Some(port) = self.port {
            out.put(b":");
            out.number(u64::from(port));
        }
        if !self.params.is_empty() {
            out.put(b";");
            out.put(self.params);
        }
    }
}

fn split_slash(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = value.iter().position(|&b| b == b'/')?;
    Some((trim(&value[..at]), &value[at + 1..]))
}

/// Blanks may stand around the colon of `host : port`.
fn sent_by(raw: &[u8]) -> Option<(Host<'_>, Option<u16>)> {
    let raw = trim(raw);
    if !raw.iter().any(u8::is_ascii_whitespace) {
        return Host::parse_with_port(raw);
    }
    let colon = raw.iter().rposition(|&b| b == b':')?;
    let (host, none) = Host::parse_with_port(trim(&raw[..colon]))?;
    let port = std::str::from_utf8(trim(&raw[colon + 1..])).ok()?.parse().ok()?;
    none.is_none().then_some((host, Some(port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_everywhere_and_ipv6_are_read() {
        let via = Via::parse(b"SIP  / 2.0  / TCP     spindle.example.com :5062   ; branch  =   z9hG4bK9ikj8").unwrap();
        assert_eq!((via.transport, via.port), (&b"TCP"[..], Some(5062)));
        assert_eq!(via.host, Host::Name(b"spindle.example.com"));
        assert_eq!(via.branch(), Some(&b"z9hG4bK9ikj8"[..]));
        let via = Via::parse(b"SIP/2.0/UDP [2001:db8::9:1]:5061;received=[2001:db8::9:255];rport").unwrap();
        assert_eq!(via.host.ip(), "2001:db8::9:1".parse().ok());
        assert_eq!(param(via.params, "rport"), Some(None));
    }

    #[test]
    fn another_protocol_or_no_host_is_refused() {
        for raw in ["SIP/2.0/UDP", "HTTP/2.0/UDP h", "SIP/2.0/UDP ;branch=x", "SIP/2.0/UDP h:x", ""] {
            assert!(Via::parse(raw.as_bytes()).is_err(), "{raw}");
        }
    }
}
