//! What the application decides, adds and is told.

use bytes::Bytes;

use super::*;
use crate::delegate::{Plane, UserMessage};
use crate::swim::Event;
use crate::types::limits::ACK_PAYLOAD_BYTES_MAX;
use crate::wire::{Accusation, Ack, Broadcast};

fn acks(engine: &mut TestEngine) -> Vec<(SocketAddr, Bytes)> {
    let mut acks = Vec::new();
    for (to, bytes) in drain(engine) {
        for message in messages(&bytes) {
            if let Packet::Ack(Ack { payload, .. }) = message {
                acks.push((to, Bytes::copy_from_slice(&payload)));
            }
        }
    }
    acks
}

#[test]
fn a_claim_is_asked_about_while_it_is_news() {
    let (mut engine, app) = engine("a", 1, App { refuses: Some("evil"), ..App::default() });
    take(&mut engine, 2, Packet::Alive(alive("b", 2)));
    take(&mut engine, 3, Packet::Alive(alive("b", 2)));
    take(&mut engine, 2, Packet::Alive(alive("evil", 3)));
    assert_eq!(*app.asked_alive.lock(), ["a", "b", "evil"]);
    assert!(knows(&engine, "b"));
    assert!(!knows(&engine, "evil"));
    assert_eq!(stat(&engine, "refused_claim"), 1);
}

#[test]
fn an_address_that_is_not_allowed_is_not_even_asked_about() {
    let app = Arc::new(App::default());
    let allowed = Cidrs::only(["10.0.0.0/24"]).unwrap();
    let mut engine = TestEngine::new(Setup { allowed, ..setup("a", 1) }, app.clone(), NOW).unwrap();
    let far = SocketAddr::from(([10, 0, 1, 1], 2));
    let mut claim = alive("far", 2);
    claim.node = Node::new("far".into(), far);
    take(&mut engine, 2, Packet::Alive(claim));
    take(&mut engine, 2, Packet::Alive(alive("near", 2)));
    assert!(!knows(&engine, "far"));
    assert!(knows(&engine, "near"));
    assert_eq!(*app.asked_alive.lock(), ["a", "near"]);
    let Packet::Ping(ping) = ping(1, "a") else { unreachable!() };
    drain(&mut engine);
    take(&mut engine, 2, Packet::Ping(Ping { reply_to: Some(far), ..ping }));
    assert_eq!(acks(&mut engine), [], "no answer is sent where nobody may be");
    assert_eq!(stat(&engine, "refused_address"), 2);
}

#[test]
fn an_ack_carries_what_the_application_adds_if_it_fits() {
    let payload = Bytes::from(vec![7; ACK_PAYLOAD_BYTES_MAX]);
    let (mut a, app) = engine("a", 1, App { ack_payload: payload.clone(), ..App::default() });
    take(&mut a, 2, ping(1, "a"));
    assert_eq!(acks(&mut a), [(at(2), payload)]);
    take(&mut a, 2, ping(1, "somebody else"));
    assert_eq!(acks(&mut a), []);
    assert_eq!(*app.asked_payload.lock(), 1, "only for a ping that is meant");
    let payload = Bytes::from(vec![7; ACK_PAYLOAD_BYTES_MAX + 1]);
    let (mut a, _) = engine("a", 1, App { ack_payload: payload, ..App::default() });
    take(&mut a, 2, ping(1, "a"));
    assert_eq!(acks(&mut a), [(at(2), Bytes::new())]);
    assert_eq!(stat(&a, "hook_ack_payload_too_large"), 1);
}

/// What this node holds against the asker goes with its ack, unless the application's payload
/// leaves no room: the ack comes all the same.
#[test]
fn an_ack_comes_also_when_the_accusation_does_not_fit_beside_it() {
    let config = Options { packet_size: 900, ..Options::lan() }.check().unwrap();
    for (len, accuses) in [(800, true), (886, false)] {
        let ack_payload = Bytes::from(vec![7; len]);
        let app = Arc::new(App { ack_payload: ack_payload.clone(), ..App::default() });
        let setup = Setup { config: config.clone(), ..setup("a", 1) };
        let mut engine = TestEngine::new(setup, app, NOW).unwrap();
        take(&mut engine, 2, Packet::Alive(alive("b", 2)));
        let (incarnation, node) = (Incarnation::new(1), "b".into());
        take(&mut engine, 3, Packet::Suspect(Accusation { incarnation, node, from: "c".into() }));
        drain(&mut engine);
        let Packet::Ping(ping) = ping(1, "a") else { unreachable!() };
        take(&mut engine, 2, Packet::Ping(Ping { source: Some("b".into()), ..ping }));
        let datagrams = drain(&mut engine);
        let [(to, bytes)] = &datagrams[..] else { panic!("one answer") };
        let said = messages(bytes);
        assert!(matches!(&said[0], Packet::Ack(ack) if *ack.payload == *ack_payload));
        assert_eq!((*to, said.len()), (at(2), 1 + usize::from(accuses)));
    }
}

/// A member that comes before a message in the same packet is told before it.
#[test]
fn messages_are_told_in_the_order_in_which_they_came() {
    let mut engine = node_a();
    notices(&mut engine);
    let broadcast = Packet::Broadcast(Broadcast {
        origin: "b".into(),
        start: StartId::new(9),
        number: 1,
        key: Cow::Borrowed(b""),
        payload: Cow::Borrowed(b"to all"),
    });
    let user = Packet::User(Cow::Borrowed(b"to a"));
    let bytes = datagram(&[Packet::Alive(alive("b", 2)), broadcast.clone(), user, broadcast]);
    engine.handle_datagram(NOW, at(3), &bytes);
    let told = notices(&mut engine);
    let [Notice::Machine(Event::Member { old: None, new: Some(new) }), first, second] = &told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!(new.id(), "b");
    let message = |payload: &'static [u8], sender: Option<&str>, plane| {
        let (payload, sender) = (Bytes::from_static(payload), sender.map(SmolStr::from));
        Notice::Message(UserMessage { payload, sender, address: Some(at(3)), plane })
    };
    assert_eq!(*first, message(b"to all", Some("b"), Plane::Broadcast));
    assert_eq!(*second, message(b"to a", None, Plane::Packet));
}

#[test]
fn a_stream_ping_that_the_application_does_not_want_is_left_out() {
    for no_stream_pings in [false, true] {
        let (mut engine, _) = engine("a", 1, App { no_stream_pings, ..App::default() });
        take(&mut engine, 2, Packet::Alive(alive("b", 2)));
        let mut stream_pings = 0;
        let end = NOW + core::time::Duration::from_secs(5);
        while let Some(due) = engine.poll_timeout().filter(|&due| due < end) {
            engine.handle_timeout(due);
            drain(&mut engine);
            while let Some(action) = engine.poll_action() {
                stream_pings += u64::from(matches!(action, Action::StreamPing { .. }));
            }
        }
        let left_out = stat(&engine, "stream_ping_disabled");
        assert_eq!((stream_pings > 0, left_out > 0), (!no_stream_pings, no_stream_pings));
    }
}
