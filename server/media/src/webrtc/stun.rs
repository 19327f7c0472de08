//! The little of STUN (RFC 8489) that the demultiplexer of a shared port must see; `rtc` checks the rest, keys included.

/// Our own ufrag from the USERNAME of a binding request: the part before the colon (RFC 8445 §7.2.2).
pub(crate) fn local_ufrag(bytes: &[u8]) -> Option<&str> {
    const BINDING_REQUEST: [u8; 2] = [0, 1];
    const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
    const USERNAME: u16 = 6;
    if bytes.get(..2)? != BINDING_REQUEST || bytes.get(4..8)? != MAGIC_COOKIE {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
    let mut attributes = bytes.get(20..20 + length)?;
    while let Some((head, rest)) = attributes.split_first_chunk::<4>() {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = rest.get(..length)?;
        if kind == USERNAME {
            return std::str::from_utf8(value).ok()?.split_once(':').map(|(local, _)| local);
        }
        attributes = rest.get(length.next_multiple_of(4)..)?;
    }
    None
}

/// A binding success of ours: whoever gets one has proved to know the password of its session.
pub(crate) fn is_binding_success(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x01, 0x01])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(attributes: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 1, 0, attributes.len() as u8, 0x21, 0x12, 0xa4, 0x42];
        bytes.extend([7; 12]);
        bytes.extend(attributes);
        bytes
    }

    #[test]
    fn the_ufrag_is_found_behind_other_attributes() {
        let bytes = request(b"\x80\x22\x00\x01x\0\0\0\x00\x06\x00\x09ours:them\0\0\0");
        assert_eq!(local_ufrag(&bytes), Some("ours"));
    }

    #[test]
    fn cut_and_lying_requests_have_no_ufrag() {
        let bytes = request(b"\x00\x06\x00\x09ours:them\0\0\0");
        for end in 0..bytes.len() {
            assert_eq!(local_ufrag(&bytes[..end]), None, "cut at {end}");
        }
        assert_eq!(local_ufrag(&request(b"\x00\x06\xff\xffours:them\0\0\0")), None);
        assert_eq!(local_ufrag(&request(b"\x00\x06\x00\x04ours")), None);
    }
}
