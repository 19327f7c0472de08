//! The message vocabulary: methods and reason phrases. The only file that names rsip; its parsers never see network
//! bytes (they match methods without regard to case and refuse unknown ones), so reading is done here, exactly.

pub use rsip::Method;

/// What we take inside or outside a call, as written in `Allow`.
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO";

/// RFC 3261 §7.1: method names are case-sensitive. `None`: a method we have no name for.
pub fn method_from_token(token: &[u8]) -> Option<Method> {
    Some(match token {
        b"ACK" => Method::Ack,
        b"BYE" => Method::Bye,
        b"CANCEL" => Method::Cancel,
        b"INFO" => Method::Info,
        b"INVITE" => Method::Invite,
        b"MESSAGE" => Method::Message,
        b"NOTIFY" => Method::Notify,
        b"OPTIONS" => Method::Options,
        b"PRACK" => Method::PRack,
        b"PUBLISH" => Method::Publish,
        b"REFER" => Method::Refer,
        b"REGISTER" => Method::Register,
        b"SUBSCRIBE" => Method::Subscribe,
        b"UPDATE" => Method::Update,
        _ => return None,
    })
}

pub fn method_token(method: Method) -> &'static str {
    match method {
        Method::Ack => "ACK",
        Method::Bye => "BYE",
        Method::Cancel => "CANCEL",
        Method::Info => "INFO",
        Method::Invite => "INVITE",
        Method::Message => "MESSAGE",
        Method::Notify => "NOTIFY",
        Method::Options => "OPTIONS",
        Method::PRack => "PRACK",
        Method::Publish => "PUBLISH",
        Method::Refer => "REFER",
        Method::Register => "REGISTER",
        Method::Subscribe => "SUBSCRIBE",
        Method::Update => "UPDATE",
    }
}

/// The reason phrase of a status, in words: rsip's name of the status with its parts set apart.
pub fn reason_phrase(status: u16) -> std::borrow::Cow<'static, str> {
    match status {
        100 => "Trying".into(),
        180 => "Ringing".into(),
        183 => "Session Progress".into(),
        200 => "OK".into(),
        401 => "Unauthorized".into(),
        408 => "Request Timeout".into(),
        480 => "Temporarily Unavailable".into(),
        481 => "Call/Transaction Does Not Exist".into(),
        486 => "Busy Here".into(),
        487 => "Request Terminated".into(),
        488 => "Not Acceptable Here".into(),
        _ => spaced(&rsip::StatusCode::from(status)).into(),
    }
}

/// `404 NotFound` → `Not Found`.
fn spaced(status: &rsip::StatusCode) -> String {
    let shown = status.to_string();
    let name = shown.split_once(' ').map_or("", |(_, name)| name);
    let mut out = String::with_capacity(name.len() + 4);
    let mut previous_lower = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && previous_lower {
            out.push(' ');
        }
        previous_lower = letter.is_ascii_lowercase();
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_reads_back_as_itself_and_case_matters() {
        for method in Method::all() {
            assert_eq!(method_from_token(method_token(method).as_bytes()), Some(method));
        }
        assert_eq!(method_from_token(b"invite"), None);
    }

    #[test]
    fn reasons_are_words() {
        assert_eq!(reason_phrase(200), "OK");
        assert_eq!(reason_phrase(404), "Not Found");
        assert_eq!(reason_phrase(500), "Server Internal Error");
        assert_eq!(reason_phrase(491), "Request Pending");
        assert_eq!(reason_phrase(699), "Other");
    }
}
