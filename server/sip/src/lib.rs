//! SIP without I/O: bytes and time go in at [`endpoint::Endpoint`], bytes and events come out.
//!
//! No socket, thread, clock or randomness is used here: the driver owns the sockets, passes `Instant`s and a seed, and
//! drains [`Endpoint::poll_transmit`](endpoint::Endpoint::poll_transmit) and
//! [`Endpoint::poll_event`](endpoint::Endpoint::poll_event) after every call. Bodies stay sealed: this crate carries
//! SDP and never reads it.
//!
//! ```text
//! endpoint      the door: peers, calls, transports
//! dialog session auth registrar   RFC 3261 §12; offers and RFC 4028; digest; bindings
//! transaction   RFC 3261 §17 with RFC 6026, as tables
//! wire          bytes <-> typed values; untrusted bytes are checked once, here
//! message       the vocabulary borrowed from rsip
//! ```
#![forbid(unsafe_code)]

mod auth;
mod dialog;
pub mod endpoint;
pub mod message;
mod random;
mod registrar;
mod session;
mod timers;
pub mod transaction;
pub mod wire;

/// Reads bytes as everything they could be; for fuzzing. Never panics, whatever they are.
pub fn fuzz_message(data: &[u8]) {
    use wire::{CSeq, Challenge, DigestResponse, NameAddr, RAck, SessionExpires, Uri, Via, Writer};
    let mut framer = wire::Framer::default();
    framer.push(data);
    while let Ok(Some(_)) = framer.poll() {}
    let Ok(message) = wire::lex(data) else { return };
    for value in message.headers.iter().flat_map(|header| wire::split_list(&header.value)) {
        let mut out = Writer::default();
        if let Ok(address) = NameAddr::parse(value, "Contact") {
            address.write(&mut out);
            let _ = (address.display_text(), address.tag());
        }
        if let Ok(via) = Via::parse(value) {
            via.write(&mut out);
        }
        if let Some(uri) = Uri::parse(value) {
            uri.write(&mut out);
            let _ = uri.user_text();
        }
        if let Some(response) = DigestResponse::parse(value) {
            let _ = response.expected("password", "INVITE", message.body);
        }
        let _ = (Challenge::parse(value), CSeq::parse(value), RAck::parse(value), SessionExpires::parse(value));
    }
    let _ = wire::info_digit(message.body);
}
