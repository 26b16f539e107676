//! Push/pull, ping and user messages over streams.

use bytes::Bytes;

use super::*;
use crate::delegate::{Plane, UserMessage};
use crate::engine::Side;
use crate::types::State;
use crate::types::limits::STREAM_BYTES_MAX;
use crate::wire::{Ack, RemoteState, StreamMessage};

/// What `from` says in a push/pull goes into `to`, over the bytes of a stream.
fn exchange(
    from: &mut TestEngine,
    to: &mut TestEngine,
    dialled: bool,
    join: bool,
) -> Result<(), MergeError> {
    let state = from.local_state(join);
    let message = StreamMessage::PushPull(state.message());
    let mut bytes = from.stream_codec().seal(&message, dialled).unwrap();
    let side = if dialled { Side::Accepted } else { Side::Dialled };
    let mut codec = to.stream_codec();
    let Some(StreamMessage::PushPull(heard)) =
        codec.open(&mut bytes, !dialled, &mut |_| true).unwrap()
    else {
        panic!("a whole push/pull");
    };
    assert_eq!(heard.join, join);
    let admitted = to.begin_merge(*from.local().address(), side, &heard.states, join)?;
    heard.states.chunks(1).for_each(|slice| to.merge(NOW, &admitted, slice));
    to.end_merge(NOW, &admitted, Bytes::copy_from_slice(&heard.user_state));
    Ok(())
}

#[test]
fn a_join_brings_both_sides_together_and_carries_their_state() {
    let (mut a, app) = engine("a", 1, App { local_state: "of a".into(), ..App::default() });
    let (mut b, _) = engine("b", 2, App::default());
    take(&mut b, 3, Packet::Alive(alive("c", 3)));
    exchange(&mut a, &mut b, true, true).unwrap();
    exchange(&mut b, &mut a, false, true).unwrap();
    for engine in [&a, &b] {
        assert!(["a", "b", "c"].iter().all(|name| knows(engine, name)));
    }
    assert_eq!(*app.asked_merge.lock(), [3]);
    let told = notices(&mut b);
    let state = Notice::RemoteState { state: "of a".into(), join: true };
    assert_eq!(told.last(), Some(&state), "after the members");
    let is_state = |notice: &Notice<_, _>| matches!(notice, Notice::RemoteState { .. });
    assert!(!notices(&mut a).iter().any(is_state), "an empty state is not told");
}

#[test]
fn the_application_may_refuse_a_join_and_is_not_asked_otherwise() {
    let (mut a, app) = engine("a", 1, App { refuses_merge: true, ..App::default() });
    let (mut b, _) = engine("b", 2, App::default());
    let refused = exchange(&mut b, &mut a, true, true);
    assert_eq!(refused, Err(MergeError::Refused("not this cluster".into())));
    assert!(!knows(&a, "b"));
    assert_eq!(stat(&a, "refused_merge"), 1);
    exchange(&mut b, &mut a, true, false).unwrap();
    assert!(knows(&a, "b"));
    assert_eq!(app.asked_merge.lock().len(), 1);
}

#[test]
fn versions_that_do_not_fit_stop_a_merge() {
    let mut a = node_a();
    let mut claim = alive("b", 2);
    claim.versions =
        Some(Versions { protocol_min: 9, protocol_max: 9, protocol: 9, ..Versions::DEFAULT });
    let states = [RemoteState { claim, state: State::Alive }];
    assert!(matches!(
        a.begin_merge(at(9), Side::Accepted, &states, true),
        Err(MergeError::Versions(_))
    ));
    assert_eq!(stat(&a, "refused_versions"), 1);
}

/// Two names that somebody made up, each of which fits this node, and not the other.
#[test]
fn made_up_members_do_not_stop_a_join() {
    let (mut a, mut b) = (node_a(), engine("b", 2, App::default()).0);
    for (name, greatest, spoken) in [("g", 5, 5), ("h", 2, 2)] {
        let versions = Some(Versions::from_bytes([1, greatest, spoken, 0, 0, 0]));
        take(&mut a, 9, Packet::Alive(Alive { versions, ..alive(name, 9) }));
    }
    exchange(&mut b, &mut a, true, true).unwrap();
    exchange(&mut a, &mut b, false, true).unwrap();
    for engine in [&a, &b] {
        assert!(["a", "b", "g", "h"].iter().all(|name| knows(engine, name)));
        assert_eq!(stat(engine, "refused_versions"), 0);
    }
}

#[test]
fn alive_entries_are_asked_about_as_claims_in_packets_are() {
    let (mut a, app) = engine("a", 1, App { refuses: Some("evil"), ..App::default() });
    let state = |name, port, state| RemoteState { claim: alive(name, port), state };
    let states = [
        state("b", 2, State::Alive),
        state("evil", 3, State::Alive),
        state("b", 2, State::Alive),
        state("gone", 4, State::Dead),
    ];
    let admitted = a.begin_merge(at(9), Side::Accepted, &states, false).unwrap();
    a.merge(NOW, &admitted, &states);
    assert_eq!(*app.asked_alive.lock(), ["a", "b", "evil"]);
    assert!(knows(&a, "b") && !knows(&a, "evil"));
}

#[test]
fn a_local_state_over_its_limit_counts_as_empty() {
    let local_state = Bytes::from(vec![0; STREAM_BYTES_MAX + 1]);
    let (mut a, _) = engine("a", 1, App { local_state, ..App::default() });
    assert!(a.local_state(false).user_state.is_empty());
    assert_eq!(stat(&a, "hook_local_state_too_large"), 1);
}

#[test]
fn a_stream_ping_is_answered_by_the_one_that_is_meant() {
    let mut a = node_a();
    let Packet::Ping(ping) = ping(9, "a") else { unreachable!() };
    let ack = Ack { seq: SequenceNumber::new(9), payload: Cow::Borrowed(b"") };
    assert_eq!(a.handle_stream_ping(&ping), Some(ack.clone()));
    assert_eq!(a.handle_stream_ping(&Ping { target: None, ..ping.clone() }), Some(ack));
    assert_eq!(a.handle_stream_ping(&Ping { target: Some("b".into()), ..ping }), None);
    assert_eq!(stat(&a, "stream_ping_foreign"), 1);
}

/// An empty one too: it was sent.
#[test]
fn a_user_message_over_a_stream_is_told() {
    let mut a = node_a();
    notices(&mut a);
    a.handle_stream_user(at(2), Bytes::new());
    let (payload, sender, address) = (Bytes::new(), None, Some(at(2)));
    let message = UserMessage { payload, sender, address, plane: Plane::Stream };
    assert_eq!(notices(&mut a), [Notice::Message(message)]);
}

/// What a peer wrote ends on somebody's screen.
#[test]
fn the_words_of_a_peer_move_no_cursor() {
    let mut codec = engine("a", 1, App::default()).0.stream_codec();
    let forged = StreamMessage::Error("no\nERROR all is lost\u{1b}[2J".into());
    let mut bytes = codec.seal(&forged, false).unwrap();
    let error = codec.open(&mut bytes, true, &mut |_| true).unwrap_err();
    assert_eq!(error.to_string(), "the peer answered: no\u{fffd}ERROR all is lost\u{fffd}[2J");
}
