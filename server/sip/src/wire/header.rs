//! Header names: canonical form, compact form, and which may stand only once.

/// A header this crate gives a meaning to; everything else is `Other` and keeps its name as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    Accept,
    AcceptEncoding,
    Allow,
    AllowEvents,
    Authorization,
    CSeq,
    CallId,
    Contact,
    ContentDisposition,
    ContentEncoding,
    ContentLength,
    ContentType,
    Date,
    Event,
    Expires,
    From,
    InfoPackage,
    MaxForwards,
    MinExpires,
    MinSe,
    PAssertedIdentity,
    Privacy,
    ProxyAuthenticate,
    ProxyAuthorization,
    ProxyRequire,
    RAck,
    RSeq,
    RecordRoute,
    ReferTo,
    Require,
    RetryAfter,
    Route,
    Server,
    SessionExpires,
    Subject,
    Supported,
    To,
    Unsupported,
    UserAgent,
    Via,
    WwwAuthenticate,
    Other,
}

/// Name, canonical spelling, compact form (RFC 3261 §7.3.3; 0: none), may stand only once.
const TABLE: [(Name, &str, u8, bool); 41] = [
    (Name::Via, "Via", b'v', false),
    (Name::From, "From", b'f', true),
    (Name::To, "To", b't', true),
    (Name::CallId, "Call-ID", b'i', true),
    (Name::CSeq, "CSeq", 0, true),
    (Name::MaxForwards, "Max-Forwards", 0, true),
    (Name::Contact, "Contact", b'm', false),
    (Name::ContentLength, "Content-Length", b'l', true),
    (Name::ContentType, "Content-Type", b'c', true),
    (Name::Allow, "Allow", 0, false),
    (Name::Supported, "Supported", b'k', false),
    (Name::UserAgent, "User-Agent", 0, true),
    (Name::Accept, "Accept", 0, false),
    (Name::AcceptEncoding, "Accept-Encoding", 0, false),
    (Name::AllowEvents, "Allow-Events", b'u', false),
    (Name::Authorization, "Authorization", 0, false),
    (Name::ContentDisposition, "Content-Disposition", 0, true),
    (Name::ContentEncoding, "Content-Encoding", b'e', false),
    (Name::Date, "Date", 0, true),
    (Name::Event, "Event", b'o', true),
    (Name::Expires, "Expires", 0, true),
    (Name::InfoPackage, "Info-Package", 0, true),
    (Name::MinExpires, "Min-Expires", 0, true),
    (Name::MinSe, "Min-SE", 0, true),
    (Name::PAssertedIdentity, "P-Asserted-Identity", 0, false),
    (Name::Privacy, "Privacy", 0, false),
    (Name::ProxyAuthenticate, "Proxy-Authenticate", 0, false),
    (Name::ProxyAuthorization, "Proxy-Authorization", 0, false),
    (Name::ProxyRequire, "Proxy-Require", 0, false),
    (Name::RAck, "RAck", 0, true),
    (Name::RSeq, "RSeq", 0, true),
    (Name::RecordRoute, "Record-Route", 0, false),
    (Name::ReferTo, "Refer-To", b'r', true),
    (Name::Require, "Require", 0, false),
    (Name::RetryAfter, "Retry-After", 0, true),
    (Name::Route, "Route", 0, false),
    (Name::Server, "Server", 0, true),
    (Name::SessionExpires, "Session-Expires", b'x', true),
    (Name::Subject, "Subject", b's', true),
    (Name::Unsupported, "Unsupported", 0, false),
    (Name::WwwAuthenticate, "WWW-Authenticate", 0, false),
];

impl Name {
    /// RFC 3261 §7.3.1: header names are case-insensitive.
    pub fn from_bytes(bytes: &[u8]) -> Name {
        if let [letter] = bytes {
            let letter = letter.to_ascii_lowercase();
            return TABLE.iter().find(|row| row.2 == letter && row.2 != 0).map_or(Name::Other, |row| row.0);
        }
        TABLE
            .iter()
            .find(|row| row.1.len() == bytes.len() && row.1.as_bytes().eq_ignore_ascii_case(bytes))
            .map_or(Name::Other, |row| row.0)
    }

    /// Canonical spelling; `""` for `Other`.
    pub fn as_str(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    pub(crate) fn only_once(self) -> bool {
        TABLE.iter().find(|row| row.0 == self).is_some_and(|row| row.3)
    }

    /// Every name, for tests.
    pub fn all() -> impl Iterator<Item = Name> {
        TABLE.iter().map(|row| row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_and_odd_case_names_are_known() {
        assert_eq!(Name::from_bytes(b"v"), Name::Via);
        assert_eq!(Name::from_bytes(b"X"), Name::SessionExpires);
        assert_eq!(Name::from_bytes(b"mAx-fOrWaRdS"), Name::MaxForwards);
        assert_eq!(Name::from_bytes(b"X-Thing"), Name::Other);
        for name in Name::all() {
            assert_eq!(Name::from_bytes(name.as_str().as_bytes()), name);
        }
    }
}
