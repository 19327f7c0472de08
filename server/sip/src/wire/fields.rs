//! The small typed values: numbers, CSeq, RAck, Session-Expires, token lists, the digit of an INFO body.

use super::{ParseError, is_token, param, split_list, trim};

/// RFC 3261 §8.1.1.5: "The sequence number value MUST be expressible as a 32-bit unsigned integer and MUST be less
/// than 2**31."
const MAX_CSEQ: u32 = (1 << 31) - 1;

/// A decimal number up to `max`, leading zeros allowed.
pub fn number(value: &[u8], header: &'static str, max: u32) -> Result<u32, ParseError> {
    let wrong = || ParseError::header(header, "write a decimal number in its range");
    if value.is_empty() || value.len() > 64 {
        return Err(wrong());
    }
    let mut n: u64 = 0;
    for b in value {
        if !b.is_ascii_digit() {
            return Err(wrong());
        }
        n = n.saturating_mul(10).saturating_add(u64::from(b - b'0'));
    }
    u32::try_from(n).ok().filter(|n| *n <= max).ok_or_else(wrong)
}

/// Delta-seconds, parameters and comments after it ignored.
pub fn delta_seconds(value: &[u8], header: &'static str) -> Result<u32, ParseError> {
    let end = value.iter().position(|b| matches!(b, b';' | b'(' | b' ')).unwrap_or(value.len());
    number(trim(&value[..end]), header, u32::MAX)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq<'a> {
    pub number: u32,
    pub method: &'a [u8],
}

impl<'a> CSeq<'a> {
    pub fn parse(value: &'a [u8]) -> Result<CSeq<'a>, ParseError> {
        let (digits, method) = two(value).ok_or(ParseError::header("CSeq", "write a number and a method"))?;
        if !is_token(method) {
            return Err(ParseError::header("CSeq", "the method is no token"));
        }
        Ok(CSeq { number: number(digits, "CSeq", MAX_CSEQ)?, method })
    }
}

/// RFC 3262 §7.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RAck<'a> {
    pub rseq: u32,
    pub cseq: u32,
    pub method: &'a [u8],
}

impl<'a> RAck<'a> {
    pub fn parse(value: &'a [u8]) -> Result<RAck<'a>, ParseError> {
        let wrong = ParseError::header("RAck", "write RSeq number, CSeq number and method");
        let (rseq, rest) = two(value).ok_or(wrong.clone())?;
        let (cseq, method) = two(rest).ok_or(wrong)?;
        Ok(RAck { rseq: number(rseq, "RAck", u32::MAX)?, cseq: number(cseq, "RAck", MAX_CSEQ)?, method })
    }
}

/// RFC 4028 §4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// Seconds.
    pub interval: u32,
    /// `Some(true)`: the UAC of the transaction refreshes.
    pub uac_refreshes: Option<bool>,
}

impl SessionExpires {
    pub fn parse(value: &[u8]) -> Result<SessionExpires, ParseError> {
        let interval = delta_seconds(value, "Session-Expires")?;
        let at = value.iter().position(|&b| b == b';').map_or(value.len(), |at| at + 1);
        let uac_refreshes = param(&value[at..], "refresher").flatten().and_then(|who| match who {
            who if who.eq_ignore_ascii_case(b"uac") => Some(true),
            who if who.eq_ignore_ascii_case(b"uas") => Some(false),
            _ => None,
        });
        Ok(SessionExpires { interval, uac_refreshes })
    }
}

/// Whether a list of option tags or methods (Supported, Require, Allow), over all its lines, holds this one.
pub fn tokens<'a>(lines: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = &'a [u8]> {
    lines.flat_map(split_list)
}

/// The digit of an `application/dtmf-relay` (`Signal=5`) or `application/dtmf` (`5`) body.
pub fn info_digit(body: &[u8]) -> Option<char> {
    let line = body.split(|&b| b == b'\n').map(trim).find(|line| !line.is_empty())?;
    let signal = body
        .split(|&b| b == b'\n')
        .filter_map(|line| line.iter().position(|&b| b == b'=').map(|at| (trim(&line[..at]), trim(&line[at + 1..]))))
        .find(|(name, _)| name.eq_ignore_ascii_case(b"signal"))
        .map(|(_, value)| value)
        .unwrap_or(line);
    // Some peers write the RFC 4733 event number of the star and the pound.
    match signal {
        b"10" => Some('*'),
        b"11" => Some('#'),
        [b] if b.is_ascii_digit() || matches!(b, b'*' | b'#') => Some(char::from(*b)),
        [b] if matches!(b.to_ascii_uppercase(), b'A'..=b'D') => Some(char::from(b.to_ascii_uppercase())),
        _ => None,
    }
}

/// Parted at the first blank.
fn two(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let value = trim(value);
    let at = value.iter().position(u8::is_ascii_whitespace)?;
    Some((&value[..at], trim(&value[at..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_to_their_range() {
        assert_eq!(number(b"0068", "Max-Forwards", 255), Ok(68));
        assert!(number(b"300", "Max-Forwards", 255).is_err());
        assert!(number(b"-1", "x", 9).is_err());
        assert!(number(b"99999999999999999999999999", "x", u32::MAX).is_err());
        assert_eq!(CSeq::parse(b"0009  INVITE").unwrap(), CSeq { number: 9, method: b"INVITE" });
        assert!(CSeq::parse(b"36893488147419103232 REGISTER").is_err());
        assert_eq!(RAck::parse(b"776656 1 INVITE").unwrap(), RAck { rseq: 776_656, cseq: 1, method: b"INVITE" });
    }

    #[test]
    fn the_refresher_is_read_in_any_case() {
        let got = SessionExpires::parse(b"1800;Refresher=UAC;x=y").unwrap();
        assert_eq!(got, SessionExpires { interval: 1_800, uac_refreshes: Some(true) });
    }

    #[test]
    fn interop_21_both_info_bodies_give_their_digit() {
        assert_eq!(info_digit(b"Signal= 5\r\nDuration= 160\r\n"), Some('5'));
        assert_eq!(info_digit(b"signal=*\nduration=1"), Some('*'));
        assert_eq!(info_digit(b"d"), Some('D'));
        assert_eq!(info_digit(b"11"), Some('#'));
        assert_eq!(info_digit(b"Signal=hello"), None);
        assert_eq!(info_digit(b""), None);
    }
}
