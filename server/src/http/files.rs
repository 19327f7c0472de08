//! Sending a file, whole or one range of it (RFC 9110 §14), in pieces.

use crate::app::error::{Kind, Refused};
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use std::{
    io::{ErrorKind, SeekFrom},
    path::Path,
};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use twinline_model::Refusal;

/// Bytes read at once.
const PIECE: usize = 64 * 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// First and last byte.
    Range(u64, u64),
    Outside,
}

pub async fn send(path: &Path, media: &'static str, headers: &HeaderMap) -> Result<Response, Refused> {
    let mut file = tokio::fs::File::open(path).await.map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let refusal = Refusal::new("sound_missing", "The sound file is not there.");
            Refused::new(Kind::NotFound, refusal.remedy("`twinline doctor` names missing files."))
        }
        _ => Refused::internal(error),
    })?;
    let length = file.metadata().await.map_err(Refused::internal)?.len();
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, first, count) = match range.map_or(Part::Whole, |range| part_of(range, length)) {
        Part::Whole => (StatusCode::OK, 0, length),
        Part::Range(first, last) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Part::Outside => {
            let refusal = Refusal::new("range", "The range lies outside the file.").field("Range");
            return Err(Refused::new(Kind::Range { length }, refusal.remedy("Ask for bytes within its length.")));
        }
    };
    file.seek(SeekFrom::Start(first)).await.map_err(Refused::internal)?;
    let fixed = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_LENGTH, count.to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    let mut response = (status, fixed, Body::from_stream(pieces(file, count))).into_response();
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(value) = format!("bytes {first}-{}/{length}", first + count - 1).parse()
    {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

fn pieces(file: tokio::fs::File, count: u64) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> {
    futures_util::stream::try_unfold((file, count), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let want = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let mut piece = vec![0; want];
        let got = file.read(&mut piece).await?;
        if got == 0 {
            return Err(std::io::Error::new(ErrorKind::UnexpectedEof, "the file became shorter"));
        }
        piece.truncate(got);
        Ok(Some((Bytes::from(piece), (file, left - got as u64))))
    })
}

/// One range is honoured; several, or what is not understood, is answered with the whole (RFC 9110 §14.2 allows it).
fn part_of(range: &str, length: u64) -> Part {
    let Some(set) = range.trim().strip_prefix("bytes=") else { return Part::Whole };
    let Some((first, last)) = set.split_once('-').filter(|_| !set.contains(',')) else { return Part::Whole };
    let (first, last) = (first.trim(), last.trim());
    let number = |text: &str| text.parse::<u64>().ok();
    match (first.is_empty(), number(first), last.is_empty(), number(last)) {
        (false, Some(first), true, _) if first < length => Part::Range(first, length - 1),
        (false, Some(first), false, Some(last)) if first < length && first <= last => {
            Part::Range(first, last.min(length - 1))
        }
        (false, Some(first), false, Some(last)) if first > last => Part::Whole,
        (true, _, false, Some(suffix)) if suffix > 0 && length > 0 => {
            Part::Range(length.saturating_sub(suffix), length - 1)
        }
        (false, Some(_), _, _) | (true, _, false, Some(_)) => Part::Outside,
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        for (range, wanted) in [
            ("bytes=0-", Part::Range(0, 99)),
            ("bytes=10-19", Part::Range(10, 19)),
            ("bytes=90-1000", Part::Range(90, 99)),
            ("bytes=-10", Part::Range(90, 99)),
            ("bytes=-1000", Part::Range(0, 99)),
            ("bytes=100-", Part::Outside),
            ("bytes=100-200", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=20-10", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("bytes=-", Part::Whole),
        ] {
            assert_eq!(part_of(range, 100), wanted, "{range}");
        }
        assert_eq!(part_of("bytes=0-", 0), Part::Outside);
    }
}
