//! The label header: `f4 │ length u8 │ label`.

use super::OpenError;
use crate::codec::Reader;
use crate::types::Label;

/// The first byte of what has a label. No message kind and no encryption version has this number.
const HAS_LABEL: u8 = 244;

/// Where the message of a stream begins, or how many bytes in all are needed to tell.
pub(super) type Head = Result<usize, usize>;

/// Appends the header; nothing for the empty label.
pub(super) fn put(label: &Label, out: &mut Vec<u8>) {
    let bytes = label.as_bytes();
    if let Ok(len @ 1..) = u8::try_from(bytes.len()) {
        out.extend_from_slice(&[HAS_LABEL, len]);
        out.extend_from_slice(bytes);
    }
}

/// What is behind the header, if it is ours.
pub(super) fn strip<'a>(own: &Label, packet: &'a [u8]) -> Result<&'a [u8], OpenError> {
    let mut reader = Reader::new(packet);
    if reader.peek() != Some(HAS_LABEL) {
        return if own.is_empty() { Ok(packet) } else { Err(OpenError::LabelMissing) };
    }
    let label = take(&mut reader).ok_or(OpenError::LabelInvalid)?;
    if label != own.as_bytes() {
        return Err(OpenError::LabelOther);
    }
    if reader.peek() == Some(HAS_LABEL) {
        return Err(OpenError::LabelDouble);
    }
    Ok(reader.rest())
}

/// The same for a stream that a peer opened, of which more may come.
pub(super) fn strip_stream(own: &Label, head: &[u8]) -> Result<Head, OpenError> {
    let header = match head {
        [] => return Ok(Err(1)),
        [HAS_LABEL] => return Ok(Err(2)),
        [HAS_LABEL, 0, ..] => return Err(OpenError::LabelInvalid),
        [HAS_LABEL, len, ..] => 2 + usize::from(*len),
        [..] if own.is_empty() => return Ok(Ok(0)),
        [..] => return Err(OpenError::LabelMissing),
    };
    // A label of another length is another's: there is no need to wait for it.
    if header != 2 + own.as_bytes().len() {
        return Err(OpenError::LabelOther);
    }
    match head.get(2..header) {
        None => Ok(Err(header)),
        Some(label) if label != own.as_bytes() => Err(OpenError::LabelOther),
        Some(_) if head.get(header) == Some(&HAS_LABEL) => Err(OpenError::LabelDouble),
        Some(_) => Ok(Ok(header)),
    }
}

/// The same for a reply, which must have none.
pub(super) fn refuse(head: &[u8]) -> Result<Head, OpenError> {
    match head.first() {
        None => Ok(Err(1)),
        Some(&HAS_LABEL) => Err(OpenError::LabelOther),
        Some(_) => Ok(Ok(0)),
    }
}

/// The label of a packet or of what is there of a stream, whosever it is.
pub(super) fn peek(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(bytes);
    (reader.peek() == Some(HAS_LABEL)).then(|| take(&mut reader)).flatten()
}

fn take<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let [_, len] = reader.array().ok()?;
    let label = reader.take(usize::from(len)).ok()?;
    (!label.is_empty()).then_some(label)
}
