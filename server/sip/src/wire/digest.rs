//! Digest challenges and answers (RFC 3261 §22, RFC 8760): MD5 and SHA-256, their `-sess` forms, qop lists, stale.

use super::{Writer, is_token_byte, unquote};
use md5::Md5;
use sha2::{Digest, Sha256};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Md5,
    Md5Sess,
    Sha256,
    Sha256Sess,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop {
    Auth,
    AuthInt,
}

/// What a 401 or 407 asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub realm: String,
    pub nonce: String,
    pub opaque: Option<String>,
    pub algorithm: Algorithm,
    /// The best of those offered (`auth` before `auth-int`); `None`: RFC 2069 style.
    pub qop: Option<Qop>,
    pub stale: bool,
}

/// What Authorization answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestResponse {
    pub username: String,
    pub realm: String,
    pub nonce: String,
    pub uri: String,
    pub response: String,
    pub algorithm: Algorithm,
    pub opaque: Option<String>,
    /// qop, nonce count and client nonce go together.
    pub qop: Option<(Qop, u32, String)>,
}

impl Algorithm {
    /// `None`: one we can't compute; RFC 8760 §2.4: such a challenge is passed over.
    fn parse(text: &str) -> Option<Self> {
        [Self::Md5, Self::Md5Sess, Self::Sha256, Self::Sha256Sess]
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(text))
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
        }
    }

    fn hash(self, parts: &[&[u8]]) -> String {
        fn run<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut digest = D::new();
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    digest.update(b":");
                }
                digest.update(part);
            }
            digest.finalize().to_vec()
        }
        hex::encode(match self {
            Self::Md5 | Self::Md5Sess => run::<Md5>(parts),
            Self::Sha256 | Self::Sha256Sess => run::<Sha256>(parts),
        })
    }
}

impl Qop {
    fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

impl Challenge {
    /// `None`: not Digest, an unknown algorithm or qop, or without realm and nonce.
    pub fn parse(value: &[u8]) -> Option<Challenge> {
        let fields = fields(value)?;
        let get = |name: &str| fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone());
        let qop = match get("qop") {
            None => None,
            Some(list) => {
                let has = |what: &str| list.split(',').any(|q| q.trim().eq_ignore_ascii_case(what));
                Some(if has("auth") {
                    Qop::Auth
                } else if has("auth-int") {
                    Qop::AuthInt
                } else {
                    return None;
                })
            }
        };
        Some(Challenge {
            realm: get("realm")?,
            nonce: get("nonce")?,
            opaque: get("opaque"),
            algorithm: get("algorithm").map_or(Some(Algorithm::Md5), |text| Algorithm::parse(&text))?,
            qop,
            stale: get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }

    pub fn write(&self, out: &mut Writer) {
        out.put(b"Digest realm=");
        out.quoted(&self.realm);
        out.put(b", nonce=");
        out.quoted(&self.nonce);
        if let Some(opaque) = &self.opaque {
            out.put(b", opaque=");
            out.quoted(opaque);
        }
        out.put(b", algorithm=");
        out.text(self.algorithm.as_str());
        if let Some(qop) = self.qop {
            out.put(b", qop=");
            out.quoted(qop.as_str());
        }
        if self.stale {
            out.put(b", stale=true");
        }
    }
}

impl DigestResponse {
    pub fn parse(value: &[u8]) -> Option<DigestResponse> {
        let fields = fields(value)?;
        let get = |name: &str| fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone());
        let qop = match get("qop") {
            None => None,
            Some(text) => {
                let qop = [Qop::Auth, Qop::AuthInt].into_iter().find(|q| q.as_str().eq_ignore_ascii_case(&text))?;
                let nc = get("nc").filter(|nc| nc.len() == 8).and_then(|nc| u32::from_str_radix(&nc, 16).ok())?;
                Some((qop, nc, get("cnonce")?))
            }
        };
        Some(DigestResponse {
            username: get("username")?,
            realm: get("realm")?,
            nonce: get("nonce")?,
            uri: get("uri")?,
            response: get("response")?,
            algorithm: get("algorithm").map_or(Some(Algorithm::Md5), |text| Algorithm::parse(&text))?,
            opaque: get("opaque"),
            qop,
        })
    }

    pub fn write(&self, out: &mut Writer) {
        out.put(b"Digest username=");
        out.quoted(&self.username);
        for (name, value) in
            [("realm", &self.realm), ("nonce", &self.nonce), ("uri", &self.uri), ("response", &self.response)]
        {
            out.put(b", ");
            out.text(name);
            out.put(b"=");
            out.quoted(value);
        }
        out.put(b", algorithm=");
        out.text(self.algorithm.as_str());
        if let Some(opaque) = &self.opaque {
            out.put(b", opaque=");
            out.quoted(opaque);
        }
        if let Some((qop, nc, cnonce)) = &self.qop {
            out.put(b", qop=");
            out.text(qop.as_str());
            out.text(&format!(", nc={nc:08x}, cnonce="));
            out.quoted(cnonce);
        }
    }

    /// RFC 2617 §3.2.2: what `response` has to be.
    pub fn expected(&self, password: &str, method: &str, body: &[u8]) -> String {
        let hash = |parts: &[&[u8]]| self.algorithm.hash(parts);
        let mut a1 = hash(&[self.username.as_bytes(), self.realm.as_bytes(), password.as_bytes()]);
        if let (Algorithm::Md5Sess | Algorithm::Sha256Sess, Some((_, _, cnonce))) = (self.algorithm, &self.qop) {
            a1 = hash(&[a1.as_bytes(), self.nonce.as_bytes(), cnonce.as_bytes()]);
        }
        let a2 = match self.qop {
            Some((Qop::AuthInt, ..)) => {
                hash(&[method.as_bytes(), self.uri.as_bytes(), self.algorithm.hash(&[body]).as_bytes()])
            }
            _ => hash(&[method.as_bytes(), self.uri.as_bytes()]),
        };
        match &self.qop {
            Some((qop, nc, cnonce)) => hash(&[
                a1.as_bytes(),
                self.nonce.as_bytes(),
                format!("{nc:08x}").as_bytes(),
                cnonce.as_bytes(),
                qop.as_str().as_bytes(),
                a2.as_bytes(),
            ]),
            None => hash(&[a1.as_bytes(), self.nonce.as_bytes(), a2.as_bytes()]),
        }
    }
}

/// `Digest a="b", c=d` as pairs; `None` when the scheme is another or a name stands twice.
fn fields(value: &[u8]) -> Option<Vec<(String, String)>> {
    let (scheme, rest) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"Digest") || !rest.first()?.is_ascii_whitespace() {
        return None;
    }
    let mut out: Vec<(String, String)> = Vec::new();
    for part in super::split_list(rest) {
        let eq = part.iter().position(|&b| b == b'=')?;
        let name = super::trim(&part[..eq]);
        if !name.iter().all(|&b| is_token_byte(b)) || out.len() > 32 {
            return None;
        }
        let name = String::from_utf8_lossy(name).into_owned();
        if out.iter().any(|(n, _)| n.eq_ignore_ascii_case(&name)) {
            return None;
        }
        out.push((name, unquote(super::trim(&part[eq + 1..]))));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_2617_comes_out_right() {
        let answer = DigestResponse::parse(
            br#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
             uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b",
             response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
        )
        .unwrap();
        assert_eq!(answer.expected("Circle Of Life", "GET", b""), answer.response);
    }

    #[test]
    fn the_sha_256_example_of_rfc_7616_comes_out_right() {
        let answer = DigestResponse {
            username: "Mufasa".into(),
            realm: "http-auth@example.org".into(),
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v".into(),
            uri: "/dir/index.html".into(),
            response: String::new(),
            algorithm: Algorithm::Sha256,
            opaque: None,
            qop: Some((Qop::Auth, 1, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ".into())),
        };
        let want = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert_eq!(answer.expected("Circle of Life", "GET", b""), want);
    }

    #[test]
    fn interop_16_qop_lists_and_stale_are_read_and_unknown_algorithms_passed_over() {
        let c = Challenge::parse(
            br#"Digest realm="a \"b\"", nonce="n", qop="auth,auth-int", algorithm=SHA-256, stale=TRUE"#,
        )
        .unwrap();
        assert_eq!(
            (c.realm.as_str(), c.qop, c.algorithm, c.stale),
            ("a \"b\"", Some(Qop::Auth), Algorithm::Sha256, true)
        );
        assert_eq!(Challenge::parse(br#"Digest realm="a", nonce="n", algorithm=SHA-512-256"#), None);
        assert_eq!(Challenge::parse(br#"NoOneKnowsThis realm="a", nonce="n""#), None);
        let mut out = Writer::default();
        c.write(&mut out);
        assert_eq!(Challenge::parse(&out.into_bytes()), Some(c));
    }
}
