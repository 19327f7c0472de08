//! Stories of offers and answers, and hostile text.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn local() -> Local {
    Local::new("192.0.2.1:20000".parse().unwrap(), 77, SrtpKey([7; 30]))
}

fn at(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

fn offer_with(lines: &str) -> String {
    format!("v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n{lines}")
}

fn answered(lines: &str, policy: &CodecPolicy) -> Result<(Agreement, String), SdpError> {
    answer(&parse(&offer_with(lines))?, &mut local(), policy, Direction::SendRecv)
}

#[test]
fn an_answer_in_full() {
    let (agreement, text) = answered(
        "m=audio 4000 RTP/AVP 8 0 101 13\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtcp-mux\r\n",
        &CodecPolicy::default(),
    )
    .unwrap();
    assert_eq!(
        text,
        "v=0\r\no=- 77 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio 20000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
         a=fmtp:101 0-16\r\na=ptime:20\r\na=rtcp-mux\r\na=sendrecv\r\n"
    );
    assert_eq!(agreement.remote, at("198.51.100.7:4000"));
    assert_eq!(agreement.remote_rtcp, agreement.remote);
}

#[test]
fn the_offerers_order_decides_unless_ours_is_asked_for() {
    let lines = "m=audio 4000 RTP/AVP 111 8 0\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n";
    let chosen = |policy: CodecPolicy| answered(lines, &policy).unwrap().0.voice.send;
    assert_eq!(chosen(CodecPolicy::default()), Payload { payload_type: 111, codec: Codec::Opus });
    let ours = CodecPolicy { prefer_ours: true, ..CodecPolicy::default() };
    assert_eq!(chosen(ours).codec, Codec::Pcmu);
    let narrow = CodecPolicy { allowed: vec![Codec::Pcmu, Codec::Pcma], prefer_ours: false };
    assert_eq!(chosen(narrow).codec, Codec::Pcma);
    let none = CodecPolicy { allowed: vec![Codec::G722], prefer_ours: false };
    assert_eq!(answered(lines, &none).unwrap_err(), SdpError::NoCommonCodec { allowed: "G722".to_owned() });
}

#[test]
fn interop_26_an_rtpmap_says_what_a_static_number_means() {
    let (agreement, text) =
        answered("m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 G722/8000\r\n", &CodecPolicy::default()).unwrap();
    assert_eq!(agreement.voice.send, Payload { payload_type: 0, codec: Codec::G722 });
    assert!(text.contains("a=rtpmap:0 G722/8000\r\n"));
    let (agreement, _) = answered("m=audio 4000 RTP/AVP 9\r\n", &CodecPolicy::default()).unwrap();
    assert_eq!(agreement.voice.send.codec, Codec::G722);
}

#[test]
fn interop_26_other_lines_are_refused_in_their_places() {
    let lines = "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 4000 RTP/AVP 0\r\nm=audio 4010 RTP/AVP 0\r\nm=image 6000 udptl t38\r\n";
    let mut ours = local();
    let (_, text) =
        answer(&parse(&offer_with(lines)).unwrap(), &mut ours, &CodecPolicy::default(), Direction::SendRecv).unwrap();
    let media: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        media,
        ["m=video 0 RTP/AVP 96", "m=audio 20000 RTP/AVP 0", "m=audio 0 RTP/AVP 0", "m=image 0 udptl t38"]
    );
    // Our own later offer has the same lines.
    let (_, _, text) = offer(&mut ours, &CodecPolicy::default(), None, Direction::SendOnly);
    assert!(text.contains("o=- 77 2 "), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("m=")).count(), 4);
    assert!(text.find("m=video 0").unwrap() < text.find("m=audio 20000").unwrap());
}

#[test]
fn the_answer_mirrors_the_direction() {
    for (theirs, ours) in
        [("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")]
    {
        let (agreement, text) =
            answered(&format!("m=audio 4000 RTP/AVP 0\r\na={theirs}\r\n"), &CodecPolicy::default()).unwrap();
        assert!(text.ends_with(&format!("a={ours}\r\n")), "{theirs}: {text}");
        assert_eq!(agreement.voice.direction.name(), ours);
    }
    // At session level it holds for every line that says nothing itself.
    let (agreement, _) = answer(
        &parse("v=0\nc=IN IP6 2001:db8::7\na=sendonly\nm=audio 4000 RTP/AVP 0\n").unwrap(),
        &mut local(),
        &CodecPolicy::default(),
        Direction::SendRecv,
    )
    .unwrap();
    assert_eq!(agreement.voice.direction, Direction::RecvOnly);
    assert_eq!(agreement.remote, at("[2001:db8::7]:4000"));
}

#[test]
fn interop_02_payload_types_keep_their_meaning_in_our_re_offers() {
    let lines = "m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/48000\r\n";
    let mut ours = local();
    let policy = CodecPolicy::default();
    let (agreement, _) = answer(&parse(&offer_with(lines)).unwrap(), &mut ours, &policy, Direction::SendRecv).unwrap();
    let (payloads, events, text) = offer(&mut ours, &policy, Some(&agreement.voice), Direction::SendRecv);
    assert!(text.contains("m=audio 20000 RTP/AVP 96 0 8 9 97 101\r\n"), "{text}");
    let answer =
        offer_with("m=audio 4002 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/48000\r\n");
    let agreed = accept_answer(&parse(&answer).unwrap(), &ours, &payloads, &events, Direction::SendRecv).unwrap();
    assert_eq!(agreed.voice.send, agreement.voice.send);
    assert_eq!(agreed.voice.send_event, Some(EventPayload { payload_type: 97, clock_rate: 48_000 }));
}

#[test]
fn interop_21_events_follow_the_clock_of_the_sound() {
    let lines = "m=audio 4000 RTP/AVP 111 0 101 110\r\na=rtpmap:111 opus/48000/2\r\n\
                 a=rtpmap:101 telephone-event/8000\r\na=rtpmap:110 telephone-event/48000\r\n";
    let (agreement, text) = answered(lines, &CodecPolicy::default()).unwrap();
    assert_eq!(agreement.voice.send_event, Some(EventPayload { payload_type: 110, clock_rate: 48_000 }));
    assert!(text.contains("RTP/AVP 111 110\r\n"));
    let only_8k = lines.replace(" 110\r\n", "\r\n").replace("a=rtpmap:110 telephone-event/48000\r\n", "");
    let (agreement, _) = answered(&only_8k, &CodecPolicy::default()).unwrap();
    assert_eq!(agreement.voice.send_event, Some(EventPayload { payload_type: 101, clock_rate: 8_000 }));
}

#[test]
fn an_answer_with_its_own_numbers_is_sent_them_and_sends_us_ours() {
    let mut ours = local();
    let policy = CodecPolicy::default();
    let (payloads, events, _) = offer(&mut ours, &policy, None, Direction::SendRecv);
    let theirs = offer_with("m=audio 4000 RTP/AVP 120\r\na=rtpmap:120 OPUS/48000/2\r\na=rtcp:4005\r\n");
    let agreed = accept_answer(&parse(&theirs).unwrap(), &ours, &payloads, &events, Direction::SendRecv).unwrap();
    assert_eq!(agreed.voice.send, Payload { payload_type: 120, codec: Codec::Opus });
    assert_eq!(agreed.voice.receive, [Payload { payload_type: 111, codec: Codec::Opus }]);
    assert_eq!(agreed.remote_rtcp, at("198.51.100.7:4005"));
    let refused = offer_with("m=audio 0 RTP/AVP 0\r\n");
    let read = |text: &str| accept_answer(&parse(text).unwrap(), &ours, &payloads, &events, Direction::SendRecv);
    assert_eq!(read(&refused).unwrap_err(), SdpError::AudioRefused);
    let two = offer_with("m=audio 4000 RTP/AVP 0\r\nm=video 0 RTP/AVP 96\r\n");
    assert_eq!(read(&two).unwrap_err(), SdpError::LineCount { ours: 1, theirs: 2 });
}

#[test]
fn a_protected_offer_is_answered_with_our_key_and_stays_protected() {
    let key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
    let lines = format!(
        "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:{key}AAAA\r\n\
         a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20|1:4\r\n\
         a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20\r\n"
    );
    let mut ours = local();
    let policy = CodecPolicy::default();
    let (agreement, text) =
        answer(&parse(&offer_with(&lines)).unwrap(), &mut ours, &policy, Direction::SendRecv).unwrap();
    let our_line = "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\r\n";
    assert!(text.contains("m=audio 20000 RTP/SAVP 0\r\n") && text.contains(our_line), "{text}");
    assert_eq!(agreement.key.unwrap().text(), key);
    let (payloads, events, text) = offer(&mut ours, &policy, Some(&agreement.voice), Direction::SendOnly);
    assert!(text.contains("RTP/SAVP 0 8 9 111") && text.contains(our_line), "{text}");
    let plain = offer_with("m=audio 4000 RTP/AVP 0\r\n");
    let read = accept_answer(&parse(&plain).unwrap(), &ours, &payloads, &events, Direction::SendOnly);
    assert_eq!(read.unwrap_err(), SdpError::AudioRefused);
}

#[test]
fn bad_lines_are_named() {
    let line = |text: &str| match parse(text) {
        Err(SdpError::Line { line, .. }) => line,
        other => panic!("{text:?}: {other:?}"),
    };
    assert_eq!(line("hello"), 1);
    assert_eq!(line("v=1\r\n"), 1);
    assert_eq!(line("v=0\r\nnonsense\r\n"), 2);
    assert_eq!(line("v=0\r\nc=IN IP4 host.example\r\n"), 2);
    assert_eq!(line("v=0\r\nc=IN IP4 224.1.1.1/127\r\n"), 2);
    assert_eq!(line("v=0\r\nc=IN IP6 192.0.2.1\r\n"), 2);
    assert_eq!(line("v=0\r\n\r\nm=audio 70000 RTP/AVP 0\r\n"), 3);
    assert_eq!(line("v=0\r\nm=audio 4000 RTP/AVP\r\n"), 2);
    assert_eq!(line("v=0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:128 PCMU/8000\r\n"), 3);
    assert_eq!(line("v=0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/0\r\n"), 3);
    assert_eq!(parse(&"v=0\r\n".repeat(1_001)), Err(SdpError::TooManyLines { line: 1_001 }));
    assert_eq!(parse(&"x".repeat(MAX_BYTES + 1)), Err(SdpError::TooLong { bytes: MAX_BYTES + 1 }));
    let without = "v=0\r\nm=audio 4000 RTP/AVP 0\r\n";
    let refused = answer(&parse(without).unwrap(), &mut local(), &CodecPolicy::default(), Direction::SendRecv);
    assert_eq!(refused.unwrap_err(), SdpError::NoAddress { line: 2 });
    assert_eq!(answered("m=audio 4000 RTP/SAVP 0\r\n", &CodecPolicy::default()).unwrap_err(), SdpError::NoAudio);
}

#[test]
fn a_strange_video_line_does_not_spoil_the_audio() {
    let lines = "m=audio 4000 RTP/AVP 0\r\nm=video 5000 RTP/AVP 96\r\na=rtpmap:999 nonsense\r\na=fmtp:x\r\n";
    assert!(answered(lines, &CodecPolicy::default()).is_ok());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,400}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_mutation_of_an_offer_makes_it_panic(at in 0usize..300, with in "[ -~\r\n]{0,8}", cut in 0usize..8) {
        let text = offer_with("m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=rtcp:5 IN IP4 1.2.3.4\r\n");
        let at = at.min(text.len());
        let end = (at + cut).min(text.len());
        let mutated = format!("{}{with}{}", &text[..at], &text[end..]);
        if let Ok(description) = parse(&mutated) {
            let mut ours = local();
            if let Ok((agreement, written)) = answer(&description, &mut ours, &CodecPolicy::default(), Direction::SendRecv) {
                // What we write we can read, line for line.
                prop_assert_eq!(parse(&written).unwrap().media.len(), description.media.len());
                offer(&mut ours, &CodecPolicy::default(), Some(&agreement.voice), Direction::SendRecv);
            }
        }
    }
}
