//! Offer and answer (RFC 3264): from what they wrote and what we allow to an [`Agreement`] and our own text.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use super::crypto::SUITE;
use super::parse::payload_type;
use super::{
    Agreement, CodecPolicy, Description, Direction, EventPayload, Local, MediaLine, Payload, RefusedLine, SdpError,
    SrtpKey, Voice,
};
use crate::codec::Codec;

/// Dynamic payload types we choose from, favourites first.
const DYNAMIC: std::ops::RangeInclusive<u8> = 96..=127;
const OPUS: u8 = 111;
const EVENT_8K: u8 = 101;
const EVENT_48K: u8 = 110;

/// Answers `theirs`. `wanted` is what we would like to do; the answer never goes beyond the mirror of what they offer.
///
/// # Errors
/// No usable audio line, no common codec, or no address.
pub fn answer(
    theirs: &Description,
    local: &mut Local,
    policy: &CodecPolicy,
    wanted: Direction,
) -> Result<(Agreement, String), SdpError> {
    let index = theirs.media.iter().position(is_usable_audio).ok_or(SdpError::NoAudio)?;
    let line = &theirs.media[index];
    let offered = payloads(line);
    let send = choose(&offered, policy).ok_or_else(|| no_common(policy))?;
    let event = choose_event(&event_payloads(line), send.codec);
    let remote = remote_address(line)?;
    let direction = direction(line, remote, wanted);
    let agreement = Agreement {
        remote,
        remote_rtcp: rtcp_address(line, remote),
        rtcp_mux: line.rtcp_mux,
        key: protecting(line).map(|(_, key)| key.clone()),
        voice: Voice {
            send,
            send_event: event,
            receive: vec![send],
            receive_events: event.into_iter().collect(),
            direction,
            opus_fec: wants_fec(line, send.payload_type),
        },
    };
    local.audio_index = index;
    local.crypto_tag = protecting(line).map(|(tag, _)| *tag);
    local.refused =
        theirs.media.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, line)| refuse(line)).collect();
    let text = write(local, &agreement.voice.receive, &agreement.voice.receive_events, direction, line.rtcp_mux);
    Ok((agreement, text))
}

/// Writes an offer. With a previous agreement its payload types keep their meaning (RFC 3264 §8.3.2), and its codec comes
/// first. Returns also what [`accept_answer`] needs to read the answer.
pub fn offer(
    local: &mut Local,
    policy: &CodecPolicy,
    previous: Option<&Voice>,
    direction: Direction,
) -> (Vec<Payload>, Vec<EventPayload>, String) {
    let mut codecs = policy.allowed.clone();
    if let Some(previous) = previous {
        codecs.retain(|codec| *codec != previous.send.codec);
        codecs.insert(0, previous.send.codec);
    }
    let known: &[Payload] = previous.map_or(&[], |voice| &voice.receive);
    let known_events: &[EventPayload] = previous.map_or(&[], |voice| &voice.receive_events);
    let mut taken: Vec<u8> = known.iter().map(|payload| payload.payload_type).collect();
    taken.extend(known_events.iter().map(|event| event.payload_type));

    let mut payloads = Vec::new();
    let mut clocks = Vec::new();
    for codec in codecs {
        let payload_type = known.iter().find(|payload| payload.codec == codec).map(|payload| payload.payload_type);
        let payload_type = payload_type.or_else(|| free_payload_type(favourite(codec), &mut taken));
        let Some(payload_type) = payload_type else { continue };
        if !payloads.iter().any(|payload: &Payload| payload.codec == codec) {
            payloads.push(Payload { payload_type, codec });
        }
        if !clocks.contains(&codec.clock_rate()) {
            clocks.push(codec.clock_rate());
        }
    }
    let mut events = Vec::new();
    for clock_rate in clocks {
        let known = known_events.iter().find(|event| event.clock_rate == clock_rate).map(|event| event.payload_type);
        let favourite = if clock_rate == 8_000 { EVENT_8K } else { EVENT_48K };
        if let Some(payload_type) = known.or_else(|| free_payload_type(favourite, &mut taken)) {
            events.push(EventPayload { payload_type, clock_rate });
        }
    }
    let text = write(local, &payloads, &events, direction, true);
    (payloads, events, text)
}

/// Reads the answer to our offer of `offered` and `events` with `direction`.
///
/// # Errors
/// The answer has other lines than the offer, refuses audio, or chooses no codec we offered.
pub fn accept_answer(
    theirs: &Description,
    local: &Local,
    offered: &[Payload],
    events: &[EventPayload],
    direction_offered: Direction,
) -> Result<Agreement, SdpError> {
    let ours = local.refused.len() + 1;
    if theirs.media.len() != ours {
        return Err(SdpError::LineCount { ours, theirs: theirs.media.len() });
    }
    let line = &theirs.media[local.audio_index];
    if line.kind != "audio" || line.port == 0 {
        return Err(SdpError::AudioRefused);
    }
    // Protected stays protected: an answer must not talk us into sending in the clear what we offered under a key.
    if local.crypto_tag.is_some() != protecting(line).is_some() {
        return Err(SdpError::AudioRefused);
    }
    let chosen = payloads(line);
    let send = chosen.iter().copied().find(|theirs| offered.iter().any(|ours| ours.codec == theirs.codec));
    let send =
        send.ok_or_else(|| SdpError::NoCommonCodec { allowed: names(offered.iter().map(|payload| payload.codec)) })?;
    let send_event = choose_event(&event_payloads(line), send.codec);
    let remote = remote_address(line)?;
    let direction = direction(line, remote, direction_offered);
    // We may be sent anything that both sides named; our own numbers are the ones that arrive (RFC 3264 §5.1).
    let receive: Vec<Payload> =
        offered.iter().copied().filter(|ours| chosen.iter().any(|theirs| theirs.codec == ours.codec)).collect();
    Ok(Agreement {
        remote,
        remote_rtcp: rtcp_address(line, remote),
        rtcp_mux: line.rtcp_mux,
        key: protecting(line).map(|(_, key)| key.clone()),
        voice: Voice {
            send,
            send_event,
            receive,
            receive_events: if send_event.is_some() { events.to_vec() } else { Vec::new() },
            direction,
            opus_fec: wants_fec(line, send.payload_type),
        },
    })
}

/// Chooses from a WebRTC offer (RFC 7874): `prefer` if it is there, else their first that we speak. The answer itself is
/// written by the WebRTC engine.
///
/// # Errors
/// No usable audio line, or no codec of ours in it.
pub fn choose_secure(theirs: &Description, prefer: Option<Codec>) -> Result<Voice, SdpError> {
    let secure = |line: &&MediaLine| line.kind == "audio" && line.protocol == "UDP/TLS/RTP/SAVPF";
    let line = theirs.media.iter().find(secure).ok_or(SdpError::NoAudio)?;
    let offered = payloads(line);
    let preferred = offered.iter().find(|payload| Some(payload.codec) == prefer);
    let policy = CodecPolicy::default();
    let send = preferred.copied().or_else(|| choose(&offered, &policy)).ok_or_else(|| no_common(&policy))?;
    let event = choose_event(&event_payloads(line), send.codec);
    Ok(Voice {
        send,
        send_event: event,
        receive: vec![send],
        receive_events: event.into_iter().collect(),
        direction: line.direction.mirrored(),
        opus_fec: wants_fec(line, send.payload_type),
    })
}

/// The key of a protected line. A key on a plain line protects nothing.
fn protecting(line: &MediaLine) -> Option<&(u32, SrtpKey)> {
    line.crypto.as_ref().filter(|_| line.protocol.starts_with("RTP/SAVP"))
}

fn is_usable_audio(line: &MediaLine) -> bool {
    let usable = match line.protocol.as_str() {
        "RTP/AVP" | "RTP/AVPF" => true,
        "RTP/SAVP" | "RTP/SAVPF" => line.crypto.is_some(),
        _ => false,
    };
    line.kind == "audio" && line.port != 0 && usable
}

/// The codecs of a line in its order. An rtpmap says what a number means even where the number is a static one, for
/// some peers write PT 0 with a G722 rtpmap; static numbers need none (RFC 3551 §6).
pub(super) fn payloads(line: &MediaLine) -> Vec<Payload> {
    let meaning = |payload_type: u8| match line.rtpmaps.iter().find(|map| map.0 == payload_type) {
        Some((_, name, clock)) => codec_named(name, *clock),
        None => match payload_type {
            0 => Some(Codec::Pcmu),
            8 => Some(Codec::Pcma),
            9 => Some(Codec::G722),
            _ => None,
        },
    };
    let numbers = line.formats.iter().filter_map(|format| payload_type(format));
    numbers.filter_map(|payload_type| Some(Payload { payload_type, codec: meaning(payload_type)? })).collect()
}

/// Encoding names are compared without regard to case (RFC 8866 §6.6). Some peers write G722/16000, against RFC 3551.
fn codec_named(name: &str, clock: u32) -> Option<Codec> {
    let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
    match clock {
        8_000 if is("PCMU") => Some(Codec::Pcmu),
        8_000 if is("PCMA") => Some(Codec::Pcma),
        8_000 | 16_000 if is("G722") => Some(Codec::G722),
        48_000 if is("opus") => Some(Codec::Opus),
        _ => None,
    }
}

fn event_payloads(line: &MediaLine) -> Vec<EventPayload> {
    let offered = |number: u8| line.formats.iter().any(|format| payload_type(format) == Some(number));
    let maps = line
        .rtpmaps
        .iter()
        .filter(|(number, name, _)| name.eq_ignore_ascii_case("telephone-event") && offered(*number));
    maps.map(|(payload_type, _, clock_rate)| EventPayload { payload_type: *payload_type, clock_rate: *clock_rate })
        .collect()
}

fn choose(offered: &[Payload], policy: &CodecPolicy) -> Option<Payload> {
    if policy.prefer_ours {
        return policy.allowed.iter().find_map(|codec| offered.iter().copied().find(|payload| payload.codec == *codec));
    }
    offered.iter().copied().find(|payload| policy.allowed.contains(&payload.codec))
}

/// Events share the clock of the audio they interrupt (RFC 4733 §2.1). A peer that offers only the 8 kHz clock beside
/// Opus is taken at its word rather than left without keys.
fn choose_event(offered: &[EventPayload], codec: Codec) -> Option<EventPayload> {
    let fitting = offered.iter().find(|event| event.clock_rate == codec.clock_rate());
    fitting.or_else(|| offered.iter().find(|event| event.clock_rate == 8_000)).copied()
}

fn remote_address(line: &MediaLine) -> Result<SocketAddr, SdpError> {
    let address = line.address.ok_or(SdpError::NoAddress { line: line.line })?;
    Ok(SocketAddr::new(address, line.port))
}

/// The mirror of theirs within ours. An address of 0.0.0.0 is the old way to say "send me nothing" (RFC 3264 §8.4).
fn direction(line: &MediaLine, remote: SocketAddr, wanted: Direction) -> Direction {
    let mirrored = line.direction.mirrored().and(wanted);
    if remote.ip().is_unspecified() { mirrored.and(Direction::RecvOnly) } else { mirrored }
}

fn rtcp_address(line: &MediaLine, remote: SocketAddr) -> SocketAddr {
    if line.rtcp_mux {
        return remote;
    }
    match line.rtcp {
        // Another host than the media's is not followed: it would let an SDP aim our reports at a third party.
        Some((port, address)) if port != 0 && address.is_none_or(|address| address == remote.ip()) => {
            SocketAddr::new(remote.ip(), port)
        }
        _ => SocketAddr::new(remote.ip(), remote.port().checked_add(1).unwrap_or(remote.port())),
    }
}

fn wants_fec(line: &MediaLine, payload_type: u8) -> bool {
    let parameters = line.fmtps.iter().find(|(number, _)| *number == payload_type);
    parameters.is_some_and(|(_, text)| text.split(';').any(|part| part.trim() == "useinbandfec=1"))
}

fn refuse(line: &MediaLine) -> RefusedLine {
    let clean = |text: &str| -> String { text.chars().filter(|c| c.is_ascii_graphic()).take(64).collect() };
    RefusedLine {
        kind: clean(&line.kind),
        protocol: clean(&line.protocol),
        format: line.formats.first().map_or_else(|| "0".to_owned(), |format| clean(format)),
    }
}

fn no_common(policy: &CodecPolicy) -> SdpError {
    SdpError::NoCommonCodec { allowed: names(policy.allowed.iter().copied()) }
}

fn names(codecs: impl Iterator<Item = Codec>) -> String {
    codecs.map(Codec::name).collect::<Vec<_>>().join(", ")
}

fn favourite(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::G722 => 9,
        Codec::Opus => OPUS,
    }
}

fn free_payload_type(favourite: u8, taken: &mut Vec<u8>) -> Option<u8> {
    let free = std::iter::once(favourite).chain(DYNAMIC).find(|number| !taken.contains(number))?;
    taken.push(free);
    Some(free)
}

/// Writes one description of ours and moves the version on.
fn write(local: &mut Local, payloads: &[Payload], events: &[EventPayload], direction: Direction, mux: bool) -> String {
    let (family, ip) = match local.address.ip() {
        IpAddr::V4(ip) => ("IP4", ip.to_string()),
        IpAddr::V6(ip) => ("IP6", ip.to_string()),
    };
    let mut text = String::with_capacity(512);
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "v=0\r\no=- {} {} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n",
        local.session_id, local.version
    );
    let mut refused = local.refused.iter();
    for index in 0..=local.refused.len() {
        if index == local.audio_index.min(local.refused.len()) {
            write_audio(&mut text, local, payloads, events, direction, mux);
        } else if let Some(line) = refused.next() {
            let _ = write!(text, "m={} 0 {} {}\r\n", line.kind, line.protocol, line.format);
        }
    }
    local.version += 1;
    text
}

fn write_audio(
    text: &mut String,
    local: &Local,
    payloads: &[Payload],
    events: &[EventPayload],
    direction: Direction,
    mux: bool,
) {
    let profile = if local.crypto_tag.is_some() { "RTP/SAVP" } else { "RTP/AVP" };
    let _ = write!(text, "m=audio {} {profile}", local.address.port());
    let numbers = payloads.iter().map(|payload| payload.payload_type);
    for number in numbers.chain(events.iter().map(|event| event.payload_type)) {
        let _ = write!(text, " {number}");
    }
    text.push_str("\r\n");
    for Payload { payload_type, codec } in payloads {
        let channels = if *codec == Codec::Opus { "/2" } else { "" };
        let _ = write!(text, "a=rtpmap:{payload_type} {}/{}{channels}\r\n", codec.name(), codec.clock_rate());
        if *codec == Codec::Opus {
            // Telephony needs no stereo; FEC is what makes Opus worth its cost on a bad path (RFC 7587 §6.1).
            let _ = write!(text, "a=fmtp:{payload_type} useinbandfec=1;stereo=0;maxplaybackrate=16000\r\n");
        }
    }
    for EventPayload { payload_type, clock_rate } in events {
        let _ = write!(text, "a=rtpmap:{payload_type} telephone-event/{clock_rate}\r\na=fmtp:{payload_type} 0-16\r\n");
    }
    if let Some(tag) = local.crypto_tag {
        let _ = write!(text, "a=crypto:{tag} {SUITE} inline:{}\r\n", local.key.text());
    }
    let _ = write!(text, "a=ptime:20\r\n");
    if mux {
        text.push_str("a=rtcp-mux\r\n");
    }
    let _ = write!(text, "a={}\r\n", direction.name());
}
