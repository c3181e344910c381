//! Reads the bodies of responses, up to a limit.

use reqwest::Response;

/// Bytes of a response at most, unpacked. A prompt of 128k tokens that comes back with its log-probabilities is
/// about 13 MB; what is far larger is no answer.
pub const MAX_RESPONSE_BYTES: usize = 64 << 20;
/// Bytes of an error body that are read; only its first sentence is shown.
pub const MAX_ERROR_BYTES: usize = 64 << 10;

/// Why a body could not be read.
pub enum Unread {
    /// The connection broke.
    Broken(reqwest::Error),
    /// It is larger than the limit.
    TooLarge,
}

/// The whole body.
pub async fn read(response: &mut Response, limit: usize) -> Result<Vec<u8>, Unread> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if announced > limit {
        return Err(Unread::TooLarge);
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(piece) = response.chunk().await.map_err(Unread::Broken)? {
        if body.len() + piece.len() > limit {
            return Err(Unread::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// The beginning of a body, as far as it can be had.
pub async fn read_beginning(response: &mut Response, limit: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        body.extend_from_slice(&piece[..piece.len().min(limit - body.len())]);
        if body.len() == limit {
            break;
        }
    }
    body
}
