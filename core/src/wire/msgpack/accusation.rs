//! ```text
//! suspect    03 │ From, Incarnation, Node
//! dead       05 │ From, Incarnation, Node
//! ```

use std::borrow::Cow;

use smol_str::SmolStr;

use super::fields::{INCARNATION, NODE, id, put_number, put_text, take_text};
use crate::codec::Reader;
use crate::codec::msgpack::{put_map, take_struct, take_u32};
use crate::types::Incarnation;
use crate::wire::{Accusation, DecodeError};

/// The order in which Go declares them.
const FIELDS: &[(&str, Field)] =
    &[(INCARNATION, Field::Incarnation), (NODE, Field::Node), (FROM, Field::From)];

const FROM: &str = "From";

#[derive(Clone, Copy)]
enum Field {
    Incarnation,
    Node,
    From,
}

pub(super) fn put(kind: u8, accusation: &Accusation<SmolStr>, out: &mut Vec<u8>) {
    out.push(kind);
    put_map(3, out);
    put_text(FROM, &accusation.from, out);
    put_number(INCARNATION, accusation.incarnation.get(), out);
    put_text(NODE, &accusation.node, out);
}

pub(super) fn take(reader: &mut Reader<'_>) -> Result<Accusation<SmolStr>, DecodeError> {
    let (mut incarnation, mut node, mut from) = (0, Cow::default(), Cow::default());
    take_struct(reader, FIELDS, |field, reader| {
        match field {
            Field::Incarnation => incarnation = take_u32(reader, "incarnation")?,
            Field::Node => node = take_text(reader)?,
            Field::From => from = take_text(reader)?,
        }
        Ok(())
    })?;
    let incarnation = Incarnation::new(incarnation);
    Ok(Accusation { incarnation, node: id(&node)?, from: id(&from)? })
}
