//! name-addr and addr-spec with header parameters: From, To, Contact, Route, Record-Route (RFC 3261 §20.10).

use super::{ParseError, Uri, Writer, is_token_byte, param, trim, unquote};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// As written, quotes kept; empty: none.
    pub display: &'a [u8],
    /// As written, without brackets.
    pub uri: &'a [u8],
    /// Header parameters as written, without the leading `;`.
    pub params: &'a [u8],
}

impl<'a> NameAddr<'a> {
    pub fn parse(value: &'a [u8], header: &'static str) -> Result<NameAddr<'a>, ParseError> {
        let wrong = |remedy| ParseError::header(header, remedy);
        let value = trim(value);
        let open = match value.first() {
            Some(b'"') => {
                let end = quoted_end(value).ok_or(wrong("close the quoted display name"))?;
                let after = value[end..].iter().position(|b| !b.is_ascii_whitespace()).map(|at| at + end);
                Some(after.filter(|&at| value[at] == b'<').ok_or(wrong("a URI in <> follows the display name"))?)
            }
            _ => value.iter().position(|&b| b == b'<'),
        };
        let Some(open) = open else { return Self::bare(value, header) };
        let display = trim(&value[..open]);
        let quoted = display.first() == Some(&b'"');
        if !quoted && !display.iter().all(|&b| is_token_byte(b) || b >= 0x80 || b.is_ascii_whitespace()) {
            return Err(wrong("quote the display name"));
        }
        let inside = &value[open + 1..];
        let close = inside.iter().position(|&b| b == b'>').ok_or(wrong("close the URI with >"))?;
        let params = trim(&inside[close + 1..]);
        let params = match params {
            [] => params,
            [b';', rest @ ..] => rest,
            _ => return Err(wrong("only ;parameters may follow the URI")),
        };
        let uri = &inside[..close];
        Uri::parse(uri).ok_or(wrong("the URI is not valid"))?;
        Ok(NameAddr { display, uri, params })
    }

    /// RFC 3261 §20: "If the URI contains a comma, question mark or semicolon, the URI MUST be enclosed in angle
    /// brackets"; without them what follows a `;` is a header parameter.
    fn bare(value: &'a [u8], header: &'static str) -> Result<NameAddr<'a>, ParseError> {
        let end = value.iter().position(|&b| b == b';').unwrap_or(value.len());
        let uri = trim(&value[..end]);
        if uri.iter().any(|&b| b == b',' || b == b'?') {
            return Err(ParseError::header(header, "enclose a URI with a comma or question mark in <>"));
        }
        Uri::parse(uri).ok_or(ParseError::header(header, "the URI is not valid"))?;
        Ok(NameAddr { display: b"", uri, params: value.get(end + 1..).unwrap_or_default() })
    }

    pub fn uri(&self) -> Option<Uri<'a>> {
        Uri::parse(self.uri)
    }

    pub fn tag(&self) -> Option<&'a [u8]> {
        param(self.params, "tag").flatten().filter(|tag| !tag.is_empty())
    }

    pub fn display_text(&self) -> String {
        unquote(self.display)
    }

    pub fn write(&self, out: &mut Writer) {
        if !self.display.is_empty() {
            out.put(self.display);
            out.put(b" ");
        }
        out.put(b"<");
        out.put(self.uri);
        out.put(b">");
        if !self.params.is_empty() {
            out.put(b";");
            out.put(self.params);
        }
    }
}

/// Index after the closing quote.
fn quoted_end(value: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (at, &b) in value.iter().enumerate().skip(1) {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_uris_and_parameters_are_told_apart() {
        let a = NameAddr::parse(b"\"J Rosenberg \\\\\\\"\"  <sip:j@example.com;lr> ; tag = 98asjd8", "From").unwrap();
        assert_eq!(a.display_text(), "J Rosenberg \\\"");
        assert_eq!((a.uri, a.tag()), (&b"sip:j@example.com;lr"[..], Some(&b"98asjd8"[..])));
        let a = NameAddr::parse(b"sip:vivekg@chair.example.com ;   tag    = 1918181833n", "To").unwrap();
        assert_eq!((a.uri, a.tag()), (&b"sip:vivekg@chair.example.com"[..], Some(&b"1918181833n"[..])));
        let a = NameAddr::parse(b"caller<sip:c@e>;tag=1", "From").unwrap();
        assert_eq!(a.display_text(), "caller");
    }

    #[test]
    fn ambiguous_or_broken_addresses_are_refused_with_the_header_named() {
        for raw in [
            "\"Mr. J. User <sip:j@e>",
            "Bell, Alexander <sip:a@b>",
            "\"Joe\" < sip:joe@e>",
            "sip:user@e?Route=%3Csip:x%3E",
            "<sip:a@b",
            "<sip:a@b> x",
            "",
        ] {
            let error = NameAddr::parse(raw.as_bytes(), "To").unwrap_err();
            assert!(error.to_string().starts_with("To: "), "{raw}");
        }
    }
}
