//! ```text
//! suspect    03 │ From, Incarnation, Node
//! dead       05 │ From, Incarnation, Node
//! ```

use std::borrow::Cow;

use smol_str::SmolStr;

use super::fields::{INCARNATION, NODE, id, put_number, put_text, take_text};
use crate::codec::Reader;
use crate::codec::msgpack::{Field as Declared, put_map, take_struct, take_u32};
use crate::types::Incarnation;
use crate::wire::{Accusation, DecodeError};

const FROM: &[u8] = b"From";

#[derive(Clone, Copy)]
enum Field {
    Incarnation,
    Node,
    From,
}

impl Declared for Field {
    const DECLARED: &'static [Self] = &[Self::Incarnation, Self::Node, Self::From];

    #[inline]
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            INCARNATION => Self::Incarnation,
            NODE => Self::Node,
            FROM => Self::From,
            _ => return None,
        })
    }
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
    take_struct(reader, |field, reader| {
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
