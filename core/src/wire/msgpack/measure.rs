//! How long a stream message is. The format does not tell: a map has to be read to its end.
//! Each call goes on where the last one stopped, so that all together look at each byte once.
//!
//! ```text
//! Progress    seen      bytes of values that are read over
//!             values    values that are still to come, what open ones hold included
//!             values    values still to come, those that open ones hold included
//! ```

use super::push_pull::take_header;
use super::user::take_len;
use crate::codec::Reader;
use crate::codec::msgpack::skip_some;
use crate::types::limits::{PUSH_PULL_BYTES_MAX, STREAM_BYTES_MAX, STREAM_SMALL_BYTES_MAX};
use crate::wire::{DecodeError, Measure, Progress, kind};

pub(super) fn measure(head: &[u8], progress: &mut Progress) -> Result<Measure, DecodeError> {
    let Some(&kind) = head.first() else {
        return Ok(Measure::Needs(1));
    };
    let max = bytes_max(kind)?;
    if progress.seen == 0 {
        *progress = Progress { seen: 1, values: 1, tail: 0 };
    }
    read_over(head, progress)?;
    if progress.tail == 0 && progress.values == 0 {
        let (values, tail) = behind_header(kind, &head[1..progress.seen])?;
        (progress.values, progress.tail) = (values, tail + 1);
        read_over(head, progress)?;
    }
    let max = if progress.tail == 0 { STREAM_SMALL_BYTES_MAX } else { max };
    let total = least_total(head, progress);
    if total > max {
        return Err(DecodeError::TooLarge("stream message"));
    }
    let whole = progress.values == 0 && total <= head.len();
    Ok(if whole { Measure::Complete(total) } else { Measure::Needs(total) })
}

/// Bytes of the message at least: a value that is still to come takes one, and one that is not
/// whole takes more than there is.
fn least_total(head: &[u8], progress: &Progress) -> usize {
    let Progress { seen, values, tail } = *progress;
    let least = seen.saturating_add(values).saturating_add(tail.saturating_sub(1));
    if values == 0 { least } else { least.max(head.len() + 1) }
}

fn read_over(head: &[u8], progress: &mut Progress) -> Result<(), DecodeError> {
    let mut reader = Reader::new(&head[progress.seen..]);
    progress.values = skip_some(&mut reader, progress.values)?;
    progress.seen = head.len() - reader.len();
    Ok(())
}

/// Values and bytes behind the first map.
fn behind_header(kind: u8, header: &[u8]) -> Result<(usize, usize), DecodeError> {
    let mut reader = Reader::new(header);
    match kind {
        kind::PUSH_PULL => {
            let header = take_header(&mut reader)?;
            Ok((header.nodes, header.user_state))
        }
        kind::USER => Ok((0, take_len(&mut reader)?)),
        _ => Ok((0, 0)),
    }
}

/// Bytes of the longest message of a kind, what says its length included.
fn bytes_max(kind: u8) -> Result<usize, DecodeError> {
    match kind {
        kind::PING | kind::ACK | kind::ERROR => Ok(STREAM_SMALL_BYTES_MAX),
        kind::PUSH_PULL => Ok(PUSH_PULL_BYTES_MAX),
        kind::USER => Ok(STREAM_BYTES_MAX + STREAM_SMALL_BYTES_MAX),
        unknown => Err(DecodeError::UnknownKind(unknown)),
    }
}
