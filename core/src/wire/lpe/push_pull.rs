//! ```text
//! push/pull    06 │ length u32 │ flags │ count varint │ state × count │ user state │ [tagged]
//!
//! state        length varint │ state │ body of an alive
//! flags        bit 0: the one that dialled is joining; the others mean nothing yet
//! ```
//!
//! Each state has its own length, so that its tagged fields can grow.

use std::borrow::Cow;

use super::fields::Tagged;
use super::{alive, user};
use crate::codec::{Reader, put_bytes, put_prefixed, put_varint};
use crate::types::State;
use crate::types::limits::PUSH_PULL_MEMBERS_MAX;
use crate::wire::{DecodeError, PushPull, RemoteState, WireValue};

const JOIN: u8 = 1;

pub(super) fn put<I: WireValue, A: WireValue>(push_pull: &PushPull<'_, I, A>, out: &mut Vec<u8>) {
    out.push(if push_pull.join { JOIN } else { 0 });
    put_varint(push_pull.states.len() as u64, out);
    for state in &push_pull.states {
        put_prefixed(out, |out| put_state(state, out));
    }
    put_bytes(&push_pull.user_state, out);
}

pub(super) fn take<'a, I: WireValue, A: WireValue>(
    mut reader: Reader<'a>,
) -> Result<PushPull<'a, I, A>, DecodeError> {
    let join = reader.u8()? & JOIN != 0;
    let states = take_states(&mut reader)?;
    let user_state = Cow::Borrowed(user::limited(reader.bytes()?, "user state")?);
    Tagged::rest_of(&mut reader).skip()?;
    Ok(PushPull { join, states, user_state })
}

/// The list grows as it is read: a count is only a claim.
fn take_states<'a, I: WireValue, A: WireValue>(
    reader: &mut Reader<'a>,
) -> Result<Vec<RemoteState<'a, I, A>>, DecodeError> {
    let count = reader.varint()?;
    if count > PUSH_PULL_MEMBERS_MAX as u64 {
        return Err(DecodeError::TooLarge("number of members"));
    }
    let mut states = Vec::new();
    for _ in 0..count {
        states.push(take_state(Reader::new(reader.bytes()?))?);
    }
    Ok(states)
}

fn put_state<I: WireValue, A: WireValue>(state: &RemoteState<'_, I, A>, out: &mut Vec<u8>) {
    out.push(state.state.as_u8());
    alive::put(&state.claim, out);
}

fn take_state<'a, I: WireValue, A: WireValue>(
    mut reader: Reader<'a>,
) -> Result<RemoteState<'a, I, A>, DecodeError> {
    let state = State::from_u8(reader.u8()?).ok_or(DecodeError::Invalid("state"))?;
    Ok(RemoteState { state, claim: alive::take(reader)? })
}
