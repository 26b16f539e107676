//! ```text
//! alive    04 │ incarnation varint │ id │ address
//!             │ [1 start id, 4 bytes] [2 versions] [3 metadata]
//! ```
//!
//! Versions that are not there are the ones that everybody speaks, [`IMPLIED`]; an empty field says
//! that the sender knows none.

use std::borrow::Cow;

use super::fields::{
    Tagged, put_node, put_tagged, put_tagged_bytes, put_u32, start, take_incarnation, take_node,
};
use crate::codec::Reader;
use crate::types::limits::META_BYTES_MAX;
use crate::types::{StartId, Versions};
use crate::wire::{Alive, DecodeError, WireValue};

/// What a claim without versions means, for ever: a constant of the format, not of this release.
const IMPLIED: Versions = Versions::from_bytes([1, 5, 2, 0, 0, 0]);

const START: u8 = 1;
const VERSIONS: u8 = 2;
const META: u8 = 3;

pub(super) fn put<I: WireValue, A: WireValue>(alive: &Alive<'_, I, A>, out: &mut Vec<u8>) {
    put_u32(alive.incarnation.get(), out);
    put_node(&alive.node, out);
    if alive.start.get() != 0 {
        put_tagged(START, out, |out| out.extend_from_slice(&alive.start.get().to_be_bytes()));
    }
    match alive.versions {
        Some(IMPLIED) => {}
        Some(versions) => put_tagged_bytes(VERSIONS, &versions.to_bytes(), out),
        None => put_tagged(VERSIONS, out, |_| {}),
    }
    put_tagged_bytes(META, &alive.meta, out);
}

pub(super) fn take<'a, I: WireValue, A: WireValue>(
    mut reader: Reader<'a>,
) -> Result<Alive<'a, I, A>, DecodeError> {
    let incarnation = take_incarnation(&mut reader)?;
    let node = take_node(&mut reader)?;
    let (mut start_id, mut versions, mut meta) = (StartId::default(), Some(IMPLIED), &[][..]);
    let mut fields = Tagged::rest_of(&mut reader);
    while let Some((tag, bytes)) = fields.next()? {
        match tag {
            START => start_id = start(bytes)?,
            VERSIONS => versions = take_versions(bytes)?,
            META => meta = take_meta(bytes)?,
            _ => {}
        }
    }
    Ok(Alive { incarnation, node, meta: Cow::Borrowed(meta), versions, start: start_id })
}

fn take_versions(bytes: &[u8]) -> Result<Option<Versions>, DecodeError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let bytes = bytes.try_into().map_err(|_| DecodeError::Invalid("versions"))?;
    Ok(Some(Versions::from_bytes(bytes)))
}

fn take_meta(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    if bytes.len() > META_BYTES_MAX {
        return Err(DecodeError::TooLarge("metadata"));
    }
    Ok(bytes)
}
