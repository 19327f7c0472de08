//! What we write we read back equal, 10^5 times; and no bytes make us panic.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod common;

use std::time::Instant;
use twinline_sip::endpoint::*;
use twinline_sip::message::Method;
use twinline_sip::wire::*;

const SEED: u64 = 0x7477_696e_6c69_6e65;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.roll(from.len())]
    }

    fn text(&mut self, from: &[u8], longest: usize) -> Vec<u8> {
        (0..1 + self.roll(longest)).map(|_| from[self.roll(from.len())]).collect()
    }

    fn token(&mut self) -> Vec<u8> {
        self.text(b"abcXYZ019-.!%*_+`'~", 12)
    }

    fn uri(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        match self.roll(8) {
            0 => {
                out.extend_from_slice(b"tel:+");
                out.extend(self.text(b"0123456789-", 12));
                out.extend_from_slice(b"1;phone-context=+1");
            }
            1 => out.extend_from_slice(b"urn:service:sos"),
            kind => {
                out.extend_from_slice(if kind == 2 { b"sips:" } else { b"sip:" });
                if kind != 3 {
                    out.extend(self.text(b"abc019+-_.!~*'()&=$,;?/%41", 14));
                    out.extend_from_slice(self.pick(&[&b"@"[..], b":pw@"]));
                }
                let hosts = [&b"example.com"[..], b"192.0.2.1", b"[2001:db8::1]", b"[::ffff:192.0.2.7]", b"h-1.x"];
                out.extend_from_slice(self.pick(&hosts));
                let ends = [&b""[..], b":5060", b":65535;transport=tcp", b";lr", b";x=%41;y", b";a?b=c&d=%20e"];
                out.extend_from_slice(self.pick(&ends));
            }
        }
        out
    }

    fn display(&mut self) -> String {
        let letters = ["a", "Z", " ", "\"", "\\", ",", "<", ">", ";", "é", "한", "@", "\t"];
        (0..self.roll(10)).map(|_| self.pick(&letters)).collect()
    }
}

/// One generated message: what it is made of, and its bytes.
struct Made {
    bytes: Vec<u8>,
    method: Method,
    uri: Vec<u8>,
    from: (String, Vec<u8>, Vec<u8>),
    cseq: u32,
    via: (Vec<u8>, u16),
    others: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
}

fn make(dice: &mut Dice) -> Made {
    let method = Method::all()[dice.roll(14)];
    let plain_uri = loop {
        let uri = dice.uri();
        if Uri::parse(&uri).is_some() {
            break uri;
        }
    };
    let uri = plain_uri;
    let mut out = Writer::request(method, &uri);
    let via = (dice.token(), 1 + dice.roll(65_535) as u16);
    out.begin(Name::Via);
    out.put(b"SIP/2.0/UDP [2001:db8::5]:");
    out.number(u64::from(via.1));
    out.put(b";branch=z9hG4bK");
    out.put(&via.0);
    out.end();
    let from = (dice.display(), loop_uri(dice), dice.token());
    out.begin(Name::From);
    out.quoted(&from.0);
    out.put(b" <");
    out.put(&from.1);
    out.put(b">;tag=");
    out.put(&from.2);
    out.end();
    let cseq = dice.roll(1 << 31) as u32;
    out.begin(Name::CSeq);
    out.number(u64::from(cseq));
    out.put(b" ");
    out.put(twinline_sip::message::method_token(method).as_bytes());
    out.end();
    let mut others = Vec::new();
    for n in 0..dice.roll(8) {
        let mut name = dice.token();
        name.extend_from_slice(format!("-x{n}").as_bytes());
        let value: Vec<u8> = (0..dice.roll(40)).map(|_| dice.roll(256) as u8).collect();
        out.other(&name, &value);
        // The one thing a value can't keep: line breaks, and blanks at its ends.
        let kept: Vec<u8> = value.iter().map(|&b| if matches!(b, b'\r' | b'\n') { b' ' } else { b }).collect();
        others.push((name, kept.trim_ascii().to_vec()));
    }
    let body: Vec<u8> = (0..dice.roll(300)).map(|_| dice.roll(256) as u8).collect();
    let bytes = out.finish(Some(("application/sdp", &body)));
    Made { bytes, method, uri, from, cseq, via, others, body }
}

fn loop_uri(dice: &mut Dice) -> Vec<u8> {
    loop {
        let uri = dice.uri();
        if Uri::parse(&uri).is_some() {
            return uri;
        }
    }
}

#[test]
fn a_hundred_thousand_generated_messages_read_back_as_they_were_written() {
    let mut dice = Dice(SEED);
    for n in 0..100_000 {
        let made = make(&mut dice);
        let message = lex(&made.bytes).unwrap_or_else(|error| panic!("message {n} of seed {SEED:#x}: {error}"));
        assert_eq!(message.flaw, None, "message {n}");
        let method = twinline_sip::message::method_token(made.method).as_bytes();
        assert_eq!(message.start, Start::Request { method, uri: &made.uri });
        let via = Via::parse(message.first(Name::Via).unwrap()).unwrap();
        assert_eq!(via.port, Some(made.via.1));
        assert_eq!(via.branch().unwrap(), [b"z9hG4bK", &made.via.0[..]].concat());
        let from = NameAddr::parse(message.first(Name::From).unwrap(), "From").unwrap();
        assert_eq!(from.display_text(), made.from.0, "message {n}");
        assert_eq!((from.uri, from.tag().unwrap()), (&made.from.1[..], &made.from.2[..]));
        assert_eq!(CSeq::parse(message.first(Name::CSeq).unwrap()).unwrap(), CSeq { number: made.cseq, method });
        for (name, value) in &made.others {
            let header = message.headers.iter().find(|h| h.written == &name[..]).unwrap();
            assert_eq!(header.value.as_ref(), &value[..]);
        }
        assert_eq!(message.body, &made.body[..]);
        assert_eq!(message.headers.len(), 5 + made.others.len(), "no header was smuggled in");
    }
}

#[test]
fn uris_and_addresses_are_written_as_they_were_read() {
    let mut dice = Dice(SEED + 1);
    for _ in 0..100_000 {
        let raw = loop_uri(&mut dice);
        let uri = Uri::parse(&raw).unwrap();
        let mut out = Writer::default();
        uri.write(&mut out);
        let again = out.into_bytes();
        assert_eq!(Uri::parse(&again), Some(uri));
    }
}

const SAMPLES: [&str; 4] = [
    "INVITE sip:+4930@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n\
     Max-Forwards: 70\r\nFrom: \"A\" <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\
     Contact: <sip:a@192.0.2.1:5060>\r\nSupported: 100rel, timer\r\nSession-Expires: 1800;refresher=uac\r\n\
     Record-Route: <sip:192.0.2.7;lr>, <sip:192.0.2.8;lr>\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n",
    "REGISTER sip:192.0.2.2 SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2\r\nf: <sip:a@b>;tag=1\r\n\
     t: <sip:a@b>\r\ni: y\r\nCSeq: 2 REGISTER\r\nm: <sip:a@192.0.2.1>;expires=60\r\n\
     Authorization: Digest username=\"u\", realm=\"twinline\", nonce=\"00\", uri=\"sip:x\", response=\"00\", qop=auth, nc=00000001, cnonce=\"c\"\r\n\r\n",
    "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK0000000000000001;rport\r\n\
     From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\
     WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth,auth-int\"\r\nContent-Length: 0\r\n\r\n",
    "CANCEL sip:+4930@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n\
     From: \"A\" <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: x\r\nCSeq: 1 CANCEL\r\n\r\n",
];

#[test]
fn no_mutated_message_makes_an_endpoint_panic_or_grow_without_bound() {
    let mut dice = Dice(SEED + 2);
    let now = Instant::now();
    let (local, remote) = ("192.0.2.2:5060".parse().unwrap(), "192.0.2.1:5060".parse().unwrap());
    let mut endpoint = Endpoint::new(common::config(local), now, [1; 32]);
    let credentials = Some(Credentials { username: "u".into(), password: "p".into() });
    endpoint.set_peers(now, vec![Peer { credentials, ..common::peer(remote) }]);
    let mut at = now;
    for n in 0..60_000 {
        let mut bytes = SAMPLES[dice.roll(SAMPLES.len())].as_bytes().to_vec();
        for _ in 0..dice.roll(6) {
            if bytes.len() < 2 {
                break;
            }
            let position = dice.roll(bytes.len());
            match dice.roll(5) {
                0 => bytes[position] = dice.roll(256) as u8,
                1 => drop(bytes.remove(position)),
                2 => bytes.insert(position, *dice.pick(&[&b'\r', &b'\n', &b' ', &b'"', &b'<', &b',', &b';', &b'%'])),
                3 => bytes.truncate(position.max(1)),
                _ => {
                    let copy = bytes[position..(position + dice.roll(40)).min(bytes.len())].to_vec();
                    bytes.splice(position..position, copy);
                }
            }
        }
        twinline_sip::fuzz_message(&bytes);
        endpoint.handle_datagram(at, local, remote, &bytes);
        if n % 100 == 0 {
            at += std::time::Duration::from_secs(7);
            endpoint.handle_timeout(at);
        }
        while let Some(Transmit::Udp { bytes, .. }) = endpoint.poll_transmit() {
            assert_eq!(lex(&bytes).expect("what we write is a message").flaw, None);
        }
        while endpoint.poll_event().is_some() {}
    }
    at += std::time::Duration::from_secs(600);
    for _ in 0..20 {
        endpoint.handle_timeout(at);
        while endpoint.poll_transmit().is_some() {}
        at += std::time::Duration::from_secs(60);
    }
    assert_eq!(endpoint.load().transactions + endpoint.load().calls, 0, "{:?}", endpoint.load());
}

#[test]
fn no_bytes_of_a_stream_make_an_endpoint_panic() {
    let mut dice = Dice(SEED + 3);
    let now = Instant::now();
    let (local, remote) = ("192.0.2.2:5060".parse().unwrap(), "192.0.2.1:40000".parse().unwrap());
    let mut endpoint = Endpoint::new(common::config(local), now, [1; 32]);
    endpoint.set_peers(now, vec![common::peer(remote)]);
    for n in 1..2_000 {
        endpoint.connection_opened(now, ConnectionId(n), local, remote, true);
        for _ in 0..6 {
            let mut bytes = SAMPLES[dice.roll(SAMPLES.len())].as_bytes().to_vec();
            let position = dice.roll(bytes.len());
            bytes[position] = dice.roll(256) as u8;
            endpoint.handle_stream(now, ConnectionId(n), &bytes[dice.roll(4)..]);
        }
        endpoint.connection_closed(now, ConnectionId(n));
        while endpoint.poll_transmit().is_some() {}
        while endpoint.poll_event().is_some() {}
    }
    assert_eq!(endpoint.load().connections, 0);
}
