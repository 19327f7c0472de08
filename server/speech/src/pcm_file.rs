//! The one file format between engines, cache and us: mono 16-bit PCM WAV. Sizes in it are not believed, since a program
//! that writes to a pipe cannot know them.

use crate::Pcm;

/// Reads a mono 16-bit WAV file; what is there of a cut-off one.
pub(crate) fn read(bytes: &[u8]) -> Result<Pcm, &'static str> {
    if !bytes.starts_with(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
        return Err("it is no WAV file");
    }
    let mut rest = bytes.get(12..).unwrap_or_default();
    let mut rate = None;
    // A handful of chunks at most come before the sound.
    for _ in 0..32 {
        let Some(([i0, i1, i2, i3, l0, l1, l2, l3], body)) = rest.split_first_chunk::<8>() else { break };
        let claimed = u32::from_le_bytes([*l0, *l1, *l2, *l3]) as usize;
        match &[*i0, *i1, *i2, *i3] {
            b"fmt " => match body.get(..16) {
                Some(&[1, 0, 1, 0, r0, r1, r2, r3, _, _, _, _, _, _, 16, 0]) => {
                    rate = Some(u32::from_le_bytes([r0, r1, r2, r3]));
                }
                _ => return Err("it is not mono 16-bit PCM"),
            },
            b"data" => {
                let rate = rate.ok_or("its format is missing")?;
                if !(8_000..=48_000).contains(&rate) {
                    return Err("its sample rate is not between 8,000 and 48,000 Hz");
                }
                let (samples, _) = body[..claimed.min(body.len())].as_chunks::<2>();
                let samples: Vec<i16> = samples.iter().map(|b| i16::from_le_bytes(*b)).collect();
                return if samples.is_empty() { Err("it is empty") } else { Ok(Pcm { samples, rate }) };
            }
            _ => {}
        }
        rest = body.get(claimed.saturating_add(claimed & 1)..).unwrap_or_default();
    }
    Err("its sound is missing")
}

pub(crate) fn write(pcm: &Pcm) -> Vec<u8> {
    let data = (pcm.samples.len() * 2).min(0xffff_0000) as u32;
    let mut out = Vec::with_capacity(44 + data as usize);
    out.extend(b"RIFF");
    out.extend((data + 36).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend(pcm.rate.to_le_bytes());
    out.extend((pcm.rate * 2).to_le_bytes());
    out.extend(b"\x02\0\x10\0data");
    out.extend(data.to_le_bytes());
    out.extend(pcm.samples.iter().flat_map(|s| s.to_le_bytes()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_reads_back_equal() {
        let pcm = Pcm { samples: vec![1, -2, i16::MAX], rate: 22_050 };
        assert_eq!(read(&write(&pcm)), Ok(pcm));
    }

    #[test]
    fn sizes_of_a_pipe_are_not_believed() {
        let mut file = write(&Pcm { samples: vec![5, 6], rate: 22_050 });
        file[4..8].copy_from_slice(&0x7fff_f024u32.to_le_bytes());
        file[40..44].copy_from_slice(&0x7fff_f000u32.to_le_bytes());
        assert_eq!(read(&file).unwrap().samples, [5, 6]);
    }

    #[test]
    fn other_files_are_refused() {
        let mut stereo = write(&Pcm { samples: vec![5, 6], rate: 22_050 });
        stereo[22] = 2;
        assert_eq!(read(&stereo), Err("it is not mono 16-bit PCM"));
        assert_eq!(read(b"hello"), Err("it is no WAV file"));
        assert_eq!(read(&write(&Pcm { samples: vec![], rate: 8_000 })), Err("it is empty"));
        assert!(read(&write(&Pcm { samples: vec![1], rate: 8 })).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), wav: bool) {
            if wav {
                bytes.splice(0..0, *b"RIFF\0\0\0\0WAVE");
            }
            let _ = read(&bytes);
        }
    }
}
