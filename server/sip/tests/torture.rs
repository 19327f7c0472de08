//! RFC 4475 (49 messages, from the corpus) and RFC 5118 (12, transcribed here): each is sent to an endpoint and treated
//! as its section says. `cargo test -p twinline-sip --test torture -- --nocapture` prints the table.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod common;
#[path = "rfc5118/messages.rs"]
mod rfc5118;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;
use twinline_sip::endpoint::*;
use twinline_sip::wire::{CSeq, Name, Start, lex};

/// What an endpoint that trusts everybody does with one datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// A call comes in.
    Call,
    /// A final answer.
    Answer(u16),
    /// A well-formed response to nothing we asked: read, and dropped.
    Stray,
    /// Not answered, not acted upon.
    Dropped,
}

use Verdict::{Answer, Call, Dropped, Stray};

fn treat(bytes: &[u8], local: &str, remote: &str) -> Verdict {
    let now = Instant::now();
    let (local, remote): (SocketAddr, SocketAddr) = (local.parse().unwrap(), remote.parse().unwrap());
    let mut endpoint = Endpoint::new(common::config(local), now, [5; 32]);
    let sources = vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
    endpoint.set_peers(now, vec![Peer { sources, ..Peer::new(PeerKey(1), "everybody") }]);
    endpoint.handle_datagram(now, local, remote, bytes);
    let mut answer = None;
    while let Some(transmit) = endpoint.poll_transmit() {
        let Transmit::Udp { bytes, .. } = transmit else { continue };
        let reply = lex(&bytes).expect("what we write is a message");
        assert_eq!(reply.flaw, None);
        if let Start::Response { status: status @ 200.., .. } = reply.start {
            answer = Some(Answer(status));
        }
    }
    let incoming = std::iter::from_fn(|| endpoint.poll_event()).any(|event| matches!(event, Event::Incoming(_)));
    let stray = lex(bytes).is_ok_and(|message| {
        let cseq = message.first(Name::CSeq).is_some_and(|value| CSeq::parse(value).is_ok());
        matches!(message.start, Start::Response { .. }) && message.flaw.is_none() && cseq
    });
    match answer {
        Some(answer) => answer,
        None if incoming => Call,
        None if stray => Stray,
        None => Dropped,
    }
}

/// Section, file, verdict, and why where it is not plain.
const RFC4475: [(&str, &str, Verdict, &str); 49] = [
    ("3.1.1.1", "wsinv", Answer(481), "well-formed, tortuous; its To tag names no dialog of ours"),
    ("3.1.1.2", "intmeth", Answer(501), "well-formed; a method nobody knows"),
    ("3.1.1.3", "esc01", Call, "escapes in URIs"),
    ("3.1.1.4", "escnull", Answer(200), "well-formed REGISTER, escaped nulls"),
    ("3.1.1.5", "esc02", Answer(501), "well-formed; % is part of the method"),
    ("3.1.1.6", "lwsdisp", Answer(200), "no blank before <"),
    ("3.1.1.7", "longreq", Call, "long values"),
    ("3.1.1.8", "dblreq", Answer(200), "octets after the body are dropped"),
    ("3.1.1.9", "semiuri", Answer(200), "semicolon in the user part"),
    ("3.1.1.10", "transports", Answer(200), "unknown transports in Via"),
    ("3.1.1.11", "mpart01", Answer(405), "multipart body in a MESSAGE, which we don't take"),
    ("3.1.1.12", "unreason", Stray, "unusual reason phrase"),
    ("3.1.1.13", "noreason", Stray, "empty reason phrase"),
    ("3.1.2.1", "badinv01", Answer(400), "stray separators"),
    ("3.1.2.2", "clerr", Answer(400), "Content-Length above the datagram"),
    ("3.1.2.3", "ncl", Answer(400), "negative Content-Length"),
    ("3.1.2.4", "scalar02", Answer(400), "overlarge scalars in a request"),
    ("3.1.2.5", "scalarlg", Dropped, "overlarge scalars in a response"),
    ("3.1.2.6", "quotbal", Answer(400), "open quote"),
    ("3.1.2.7", "ltgtruri", Answer(400), "<> around the Request-URI"),
    ("3.1.2.8", "lwsruri", Answer(400), "blank in the Request-URI"),
    ("3.1.2.9", "lwsstart", Answer(400), "several blanks in the request line"),
    ("3.1.2.10", "trws", Answer(400), "blanks at the end of the request line"),
    ("3.1.2.11", "escruri", Answer(400), "headers in the Request-URI"),
    ("3.1.2.12", "baddate", Answer(400), "Date not in GMT"),
    ("3.1.2.13", "regbadct", Answer(400), "Contact URI with headers, not in <>"),
    ("3.1.2.14", "badaspec", Answer(400), "blanks in the addr-spec"),
    ("3.1.2.15", "baddn", Answer(400), "display name that needs quotes"),
    ("3.1.2.16", "badvers", Answer(505), "SIP/7.0"),
    ("3.1.2.17", "mismatch01", Answer(400), "CSeq names another method"),
    ("3.1.2.18", "mismatch02", Answer(400), "unknown method, CSeq names another (400 or 501)"),
    ("3.1.2.19", "bigcode", Dropped, "status above 699"),
    ("3.2.1", "badbranch", Answer(200), "branch is the bare cookie: told apart as RFC 2543 does"),
    ("3.3.1", "insuf", Answer(400), "Call-ID, From and To missing"),
    ("3.3.2", "unkscm", Answer(416), "unknown scheme"),
    ("3.3.3", "novelsc", Answer(416), "known scheme that is none for calls"),
    ("3.3.4", "unksm2", Answer(400), "To of a REGISTER is no SIP URI"),
    ("3.3.5", "bext01", Answer(420), "Require with unknown tags"),
    ("3.3.6", "invut", Answer(415), "unknown Content-Type"),
    ("3.3.7", "regaut01", Answer(200), "unknown Authorization scheme: as if there were none"),
    ("3.3.8", "multi01", Answer(400), "single-value headers twice"),
    ("3.3.9", "mcl01", Answer(400), "two Content-Lengths"),
    ("3.3.10", "bcast", Stray, "response with a foreign Via: dropped"),
    ("3.3.11", "zeromf", Answer(200), "Max-Forwards 0 at its target: answered"),
    ("3.3.12", "cparam01", Answer(200), "Contact with a header parameter"),
    ("3.3.13", "cparam02", Answer(200), "Contact with a URI parameter"),
    ("3.3.14", "regescrt", Answer(200), "Contact with an escaped Route"),
    ("3.3.15", "sdp01", Answer(406), "Accept that we can't satisfy"),
    ("3.4.1", "inv2543", Call, "RFC 2543 syntax"),
];

#[test]
fn rfc_4475_torture_messages_are_treated_as_their_sections_say() {
    let root = std::env::var_os("TWINLINE_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    let folder = root.join("sip/rfc4475");
    if !folder.is_dir() {
        println!("RFC 4475: skipped, no corpus at {} (set TWINLINE_CORPUS)", folder.display());
        return;
    }
    let mut wrong = Vec::new();
    println!("{:<10} {:<12} {:<12} {:<12} note", "RFC 4475", "message", "verdict", "wanted");
    for (section, name, want, note) in RFC4475 {
        let bytes = std::fs::read(folder.join(format!("{name}.dat"))).unwrap();
        let got = treat(&bytes, "192.0.2.1:5060", "192.0.2.99:5060");
        println!("{section:<10} {name:<12} {:<12} {:<12} {note}", format!("{got:?}"), format!("{want:?}"));
        if got != want {
            wrong.push((name, got, want));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn rfc_5118_ipv6_messages_are_treated_as_their_sections_say() {
    let mut wrong = Vec::new();
    println!("{:<10} {:<24} {:<12} {:<12}", "RFC 5118", "message", "verdict", "wanted");
    for (section, name, status, text) in rfc5118::MESSAGES {
        let want = match status {
            0 => Stray,
            1 => Call,
            status => Answer(status),
        };
        let bytes = text.trim_start().replace('\n', "\r\n").into_bytes();
        let got = treat(&bytes, "[2001:db8::1]:5060", "[2001:db8::99]:5060");
        println!("{section:<10} {name:<24} {:<12} {:<12}", format!("{got:?}"), format!("{want:?}"));
        if got != want {
            wrong.push((name, got, want));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
