//! What the answer says about sound: which payload type is which codec, the first being the one to send.

use twinline_media::codec::Codec;

/// Codecs of the audio section in the answerer's order, each with its payload type. Unknown payloads (DTMF, comfort
/// noise) are left out.
pub fn audio_codecs(sdp: &str) -> Vec<(u8, Codec)> {
    let mut types: Vec<u8> = Vec::new();
    let mut maps: Vec<(u8, &str)> = Vec::new();
    let mut in_audio = false;
    for line in sdp.lines().map(str::trim_end) {
        if let Some(media) = line.strip_prefix("m=") {
            in_audio = media.starts_with("audio ") && types.is_empty();
            if in_audio {
                types = media.split(' ').skip(3).filter_map(|text| text.parse().ok()).collect();
            }
        } else if let Some(map) = line.strip_prefix("a=rtpmap:")
            && in_audio
            && let Some((number, name)) = map.split_once(' ')
            && let Ok(number) = number.parse()
        {
            maps.push((number, name));
        }
    }
    types
        .into_iter()
        .filter_map(|number| {
            let named = maps.iter().find(|(mapped, _)| *mapped == number);
            let codec = match named {
                Some((_, name)) => Codec::from_rtpmap(name),
                None => Codec::from_static_payload_type(number),
            };
            codec.map(|codec| (number, codec))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_payload_is_what_the_answerer_wants() {
        let sdp = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0 101\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n";
        assert_eq!(audio_codecs(sdp), [(111, Codec::Opus), (0, Codec::Pcmu)]);
    }

    #[test]
    fn a_refused_or_missing_section_has_none() {
        assert_eq!(audio_codecs("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n"), []);
        assert_eq!(audio_codecs("not sdp"), []);
    }
}
