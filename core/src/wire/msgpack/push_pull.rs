//! ```text
//! push/pull    06 │ Join, Nodes, UserStateLen │ state × Nodes │ user state
//!
//! state        Addr, Incarnation, Meta, Name, Port, State, Vsn
//! ```
//!
//! Nothing is between the maps. A state that means nothing here is left out, as in Go.

use std::borrow::Cow;
use std::net::SocketAddr;

use smol_str::SmolStr;

use super::alive::{ADDR, Claim, Field, META, VSN, meta_of, put_front, put_versions};
use super::fields::{INCARNATION, PORT};
use super::user::checked;
use crate::codec::Reader;
use crate::codec::msgpack::{
    Field as Declared, Malformed, put_bool, put_int, put_key, put_map, take_bool, take_int,
    take_struct,
};
use crate::types::State;
use crate::types::limits::{PUSH_PULL_MEMBERS_MAX, STREAM_BYTES_MAX};
use crate::wire::{DecodeError, PushPull, RemoteState, kind};

const JOIN: &[u8] = b"Join";
const NODES: &[u8] = b"Nodes";
const USER_STATE_LEN: &[u8] = b"UserStateLen";

#[derive(Clone, Copy)]
enum HeaderField {
    Nodes,
    UserStateLen,
    Join,
}

impl Declared for HeaderField {
    const DECLARED: &'static [Self] = &[Self::Nodes, Self::UserStateLen, Self::Join];

    #[inline]
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            NODES => Self::Nodes,
            USER_STATE_LEN => Self::UserStateLen,
            JOIN => Self::Join,
            _ => return None,
        })
    }
}

const NAME: &[u8] = b"Name";
const STATE: &[u8] = b"State";

#[derive(Clone, Copy)]
enum StateField {
    Claim(Field),
    State,
}

impl Declared for StateField {
    const DECLARED: &'static [Self] = &[
        Self::Claim(Field::Node),
        Self::Claim(Field::Ip),
        Self::Claim(Field::Port),
        Self::Claim(Field::Meta),
        Self::Claim(Field::Incarnation),
        Self::State,
        Self::Claim(Field::Versions),
    ];

    #[inline]
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            NAME => Self::Claim(Field::Node),
            ADDR => Self::Claim(Field::Ip),
            PORT => Self::Claim(Field::Port),
            META => Self::Claim(Field::Meta),
            INCARNATION => Self::Claim(Field::Incarnation),
            STATE => Self::State,
            VSN => Self::Claim(Field::Versions),
            _ => return None,
        })
    }
}

/// Bytes of the shortest state that a Go node writes, rounded down.
const STATE_BYTES_MIN: usize = 56;

pub(super) fn put(push_pull: &PushPull<'_, SmolStr, SocketAddr>, out: &mut Vec<u8>) {
    out.push(kind::PUSH_PULL);
    let (nodes, user_state) = (push_pull.states.len(), push_pull.user_state.len());
    put_header(push_pull.join, nodes as u64, user_state as u64, out);
    for state in &push_pull.states {
        put_state(state, out);
    }
    out.extend_from_slice(&push_pull.user_state);
}

pub(super) fn put_header(join: bool, nodes: u64, user_state: u64, out: &mut Vec<u8>) {
    put_map(3, out);
    put_key(JOIN, out);
    put_bool(join, out);
    put_key(NODES, out);
    put_int(nodes, out);
    put_key(USER_STATE_LEN, out);
    put_int(user_state, out);
}

pub(super) fn put_state(state: &RemoteState<'_, SmolStr, SocketAddr>, out: &mut Vec<u8>) {
    let claim = &state.claim;
    put_map(7, out);
    put_front(claim, meta_of(claim), NAME, out);
    put_key(STATE, out);
    put_int(state.state.as_u8().into(), out);
    put_versions(claim.versions, out);
}

pub(super) fn take<'a>(
    reader: &mut Reader<'a>,
) -> Result<PushPull<'a, SmolStr, SocketAddr>, DecodeError> {
    let Header { join, nodes, user_state } = take_header(reader)?;
    // A count is only a claim: room is made for as many as the bytes that are here can be.
    let mut states = Vec::with_capacity(nodes.min(reader.len() / STATE_BYTES_MIN));
    for _ in 0..nodes {
        take_state(reader, &mut states)?;
    }
    let user_state = Cow::Borrowed(reader.take(user_state)?);
    Ok(PushPull { join, states, user_state })
}

/// What stands before the states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) join: bool,
    pub(super) nodes: usize,
    pub(super) user_state: usize,
}

pub(super) fn take_header(reader: &mut Reader<'_>) -> Result<Header, DecodeError> {
    let (mut nodes, mut user_state, mut join) = (0, 0, false);
    take_struct(reader, |field, reader| {
        match field {
            HeaderField::Nodes => nodes = take_int(reader, "number of members")?,
            HeaderField::UserStateLen => user_state = take_int(reader, "length of the user state")?,
            HeaderField::Join => join = take_bool(reader, "join")?,
        }
        Ok(())
    })?;
    Ok(Header {
        join,
        nodes: checked(nodes, PUSH_PULL_MEMBERS_MAX, "number of members")?,
        user_state: checked(user_state, STREAM_BYTES_MAX, "user state")?,
    })
}

/// Reads one member. One that could be none here is left out: the others count all the same.
pub(super) fn take_state<'a>(
    reader: &mut Reader<'a>,
    states: &mut Vec<RemoteState<'a, SmolStr, SocketAddr>>,
) -> Result<(), Malformed> {
    let (mut claim, mut state) = (Claim::default(), 0);
    take_struct(reader, |field, reader| {
        match field {
            StateField::State => state = take_int(reader, "state")?,
            StateField::Claim(field) => claim.take(field, reader)?,
        }
        Ok(())
    })?;
    let state = u8::try_from(state).ok().and_then(State::from_u8);
    if let (Some(state), Ok(claim)) = (state, claim.end()) {
        states.push(RemoteState { claim, state });
    }
    Ok(())
}
