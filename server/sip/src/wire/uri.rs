//! URIs: `sip:`, `sips:`, `tel:`, and any other scheme kept whole (RFC 3261 §19.1, RFC 3966, RFC 5118 for IPv6).

use super::{Writer, param};
use std::net::{IpAddr, Ipv6Addr};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uri<'a> {
    Sip(SipUri<'a>),
    /// Number and parameters, without the `;` between.
    Tel {
        number: &'a [u8],
        params: &'a [u8],
    },
    /// `urn:`, `http:`, … : scheme and all that follows the colon.
    Other {
        scheme: &'a [u8],
        rest: &'a [u8],
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipUri<'a> {
    /// `sips:`
    pub secure: bool,
    pub user: Option<&'a [u8]>,
    pub password: Option<&'a [u8]>,
    pub host: Host<'a>,
    pub port: Option<u16>,
    /// As written, without the leading `;`; empty: none.
    pub params: &'a [u8],
    /// As written, without the `?`.
    pub headers: Option<&'a [u8]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    Name(&'a [u8]),
    Ip(IpAddr),
}

impl<'a> Uri<'a> {
    /// `None`: no URI. Blanks, brackets and quotes are never part of one.
    pub fn parse(raw: &'a [u8]) -> Option<Uri<'a>> {
        if raw.iter().any(|&b| b <= b' ' || b == 0x7f || matches!(b, b'<' | b'>' | b'"')) {
            return None;
        }
        let colon = raw.iter().position(|&b| b == b':')?;
        let (scheme, rest) = (&raw[..colon], &raw[colon + 1..]);
        let [first, more @ ..] = scheme else { return None };
        if !first.is_ascii_alphabetic() || !more.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)) {
            return None;
        }
        if scheme.eq_ignore_ascii_case(b"sip") || scheme.eq_ignore_ascii_case(b"sips") {
            return SipUri::parse(scheme.len() == 4, rest).map(Uri::Sip);
        }
        if rest.is_empty() {
            return None;
        }
        if scheme.eq_ignore_ascii_case(b"tel") {
            let (number, params) = split_at(rest, b';');
            return (!number.is_empty()).then_some(Uri::Tel { number, params: params.unwrap_or_default() });
        }
        Some(Uri::Other { scheme, rest })
    }

    /// The number or name it points to, unescaped, without user parameters (`;phone-context=…`).
    pub fn user_text(&self) -> String {
        let raw = match self {
            Uri::Sip(uri) => uri.user.unwrap_or_default(),
            Uri::Tel { number, .. } => number,
            Uri::Other { .. } => b"",
        };
        String::from_utf8_lossy(&unescape(split_at(raw, b';').0)).into_owned()
    }

    pub fn write(&self, out: &mut Writer) {
        match self {
            Uri::Sip(uri) => uri.write(out),
            Uri::Tel { number, params } => {
                out.put(b"tel:");
                out.put(number);
                if !params.is_empty() {
                    out.put(b";");
                    out.put(params);
                }
            }
            Uri::Other { scheme, rest } => {
                out.put(scheme);
                out.put(b":");
                out.put(rest);
            }
        }
    }
}

impl<'a> SipUri<'a> {
    fn parse(secure: bool, rest: &'a [u8]) -> Option<SipUri<'a>> {
        // A `;` or `?` may stand in the user part (RFC 4475 §3.1.1.9), so the `@` is looked for first.
        let (userinfo, host_on) = match rest.iter().position(|&b| b == b'@') {
            Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        let (user, password) = match userinfo {
            Some([]) => return None,
            Some(info) => {
                let (user, password) = split_at(info, b':');
                (Some(user), password)
            }
            None => (None, None),
        };
        let (before_headers, headers) = split_at(host_on, b'?');
        let (hostport, params) = split_at(before_headers, b';');
        let (host, port) = Host::parse_with_port(hostport)?;
        Some(SipUri { secure, user, password, host, port, params: params.unwrap_or_default(), headers })
    }

    pub fn param(&self, name: &str) -> Option<Option<&'a [u8]>> {
        param(self.params, name)
    }

    fn write(&self, out: &mut Writer) {
        out.put(if self.secure { b"sips:" } else { b"sip:" });
        if let Some(user) = self.user {
            out.put(user);
            if let Some(password) = self.password {
                out.put(b":");
                out.put(password);
            }
            out.put(b"@");
        }
        self.host.write(out);
        if let Some(port) = self.port {
            out.put(b":");
            out.number(u64::from(port));
        }
        if !self.params.is_empty() {
            out.put(b";");
            out.put(self.params);
        }
        if let Some(headers) = self.headers {
            out.put(b"?");
            out.put(headers);
        }
    }
}

impl<'a> Host<'a> {
    /// `host`, `host:port`, `[v6]`, `[v6]:port`. A bare IPv6 address is refused: its port would be ambiguous
    /// (RFC 5118 §4.2).
    pub fn parse_with_port(raw: &'a [u8]) -> Option<(Host<'a>, Option<u16>)> {
        let (host, after) = if raw.first() == Some(&b'[') {
            let end = raw.iter().position(|&b| b == b']')?;
            (Host::Ip(IpAddr::V6(ipv6(&raw[1..end])?)), &raw[end + 1..])
        } else {
            let end = raw.iter().position(|&b| b == b':').unwrap_or(raw.len());
            (Host::name(&raw[..end])?, &raw[end..])
        };
        match after {
            [] => Some((host, None)),
            [b':', digits @ ..] if (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) => {
                let port = std::str::from_utf8(digits).ok()?.parse().ok()?;
                Some((host, Some(port)))
            }
            _ => None,
        }
    }

    fn name(raw: &'a [u8]) -> Option<Host<'a>> {
        if raw.is_empty() || !raw.iter().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(b)) {
            return None;
        }
        let address = std::str::from_utf8(raw).ok()?.parse().ok().map(IpAddr::V4);
        Some(address.map_or(Host::Name(raw), Host::Ip))
    }

    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Host::Ip(ip) => Some(*ip),
            Host::Name(_) => None,
        }
    }

    pub fn write(&self, out: &mut Writer) {
        match self {
            Host::Name(name) => out.put(name),
            Host::Ip(ip) => out.host(*ip),
        }
    }
}

/// An IPv6 address; also with the third colon that RFC 3261's grammar forces before an embedded IPv4 address
/// (RFC 5118 §4.10 asks to accept it).
pub(crate) fn ipv6(raw: &[u8]) -> Option<Ipv6Addr> {
    let text = std::str::from_utf8(raw).ok()?;
    text.parse().ok().or_else(|| text.contains('.').then(|| text.replacen(":::", "::", 1).parse().ok()).flatten())
}

/// `%41` → `A`; anything that is no escape stays.
pub fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&b) = raw.get(at) {
        let pair = (b == b'%').then(|| hex_pair(raw.get(at + 1..at + 3)?)).flatten();
        out.push(pair.unwrap_or(b));
        at += if pair.is_some() { 3 } else { 1 };
    }
    out
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |b: u8| (b as char).to_digit(16);
    let (high, low) = (digit(pair[0])?, digit(pair[1])?);
    u8::try_from(high * 16 + low).ok()
}

/// Before the first `by`, and after it.
fn split_at(raw: &[u8], by: u8) -> (&[u8], Option<&[u8]>) {
    match raw.iter().position(|&b| b == by) {
        Some(at) => (&raw[..at], Some(&raw[at + 1..])),
        None => (raw, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(raw: &str) -> String {
        let mut out = Writer::default();
        Uri::parse(raw.as_bytes()).unwrap_or_else(|| panic!("{raw} is a URI")).write(&mut out);
        String::from_utf8(out.into_bytes()).unwrap()
    }

    #[test]
    fn what_other_parsers_corrupt_is_kept() {
        for raw in [
            "sip:alice@example.com",
            "sips:alice:pw@example.com:5061;transport=tcp;lr?subject=x",
            "sip:[2001:db8::10]:5070",
            "sip:user;par=u%40example.net@example.com",
            "tel:+4930",
            "tel:+4930;phone-context=+49",
            "urn:service:sos",
            "sip:x@example.com;gr=urn:uuid:f8",
        ] {
            assert_eq!(again(raw), raw);
        }
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for raw in
            ["", "sip:", "sip:@x", "sip:a b@c", "sip:2001:db8::10", "sip:a@h:99999", "sip:a@h:", "1x:y", "sip:<a>"]
        {
            assert_eq!(Uri::parse(raw.as_bytes()), None, "{raw}");
        }
    }

    #[test]
    fn a_number_is_read_without_escapes_and_user_parameters() {
        assert_eq!(Uri::parse(b"sip:%2B4930;isub=1@h").unwrap().user_text(), "+4930");
        assert_eq!(Uri::parse(b"tel:+49-30;ext=1").unwrap().user_text(), "+49-30");
        assert_eq!(unescape(b"100%"), b"100%");
        assert_eq!(unescape(b"%00%zz%4"), b"\0%zz%4");
    }
}
