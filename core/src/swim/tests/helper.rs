//! Answering pings, pinging for others, and pings that the application asks for: the Go suite's
//! `HandlePing*`, `HandleIndirectPing`, `*AckHandler` and `Ping`, and what it leaves out.

use core::time::Duration;

use bytes::Bytes;

use super::claims::{Message, ack, ack_with, address, alive, dead, indirect, nack, ping, suspect};
use super::harness::{Lone, Packet, millis, secs};
use crate::config::Options;
use crate::swim::{Outcome, Token};
use crate::time::Instant;
use crate::types::SequenceNumber;
use crate::types::limits::RELAYS_MAX;
use crate::wire::Ping;

fn seq(number: u32) -> SequenceNumber {
    SequenceNumber::new(number)
}

fn sent(to: u64, message: Message) -> Packet {
    Packet { to, said: vec![message], gossip: vec![] }
}

/// A ping with number 42 from a stranger: an ack with 42 returns to where it came from.
#[test]
fn handle_ping() {
    let mut a = Lone::quiet();
    let bare = Ping { seq: seq(42), target: Some("a".into()), source: None, reply_to: None };
    a.hear_from(500, [Message::Ping(bare)]);
    assert_eq!(a.packets(), [sent(500, ack(seq(42)))]);
}

/// Three of them in one packet: three acks.
#[test]
fn handle_compound_ping() {
    let mut a = Lone::quiet();
    a.hear_from(address("b"), [0; 3].map(|_| ping(seq(42), Some("a"), "b")));
    assert_eq!(a.packets(), [0; 3].map(|_| sent(address("b"), ack(seq(42)))));
}

/// A ping that names somebody else: nothing comes back. One that names nobody is for whoever gets
/// it.
#[test]
fn handle_ping_wrong_node() {
    let mut a = Lone::quiet();
    a.hear_from(address("b"), [ping(seq(42), Some("a-bad"), "b")]);
    a.expect_nothing();
    assert_eq!(a.stat("pings_misdirected"), 1);
    a.hear_from(address("b"), [ping(seq(42), None, "b")]);
    assert_eq!(a.packets().len(), 1);
}

/// One queued alive: the answer to a member's ping is the ack first, that alive second.
#[test]
fn send_msg_piggyback() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(alive("c", 10));
    a.packets.clear();
    a.hear_from(address("b"), [ping(seq(42), Some("a"), "b")]);
    let packets = a.packets();
    assert_eq!(packets[0].said, [ack(seq(42))]);
    assert_eq!(packets[0].gossip[0], alive("c", 10));
    a.hear_from(address("b"), [ping(seq(43), Some("a"), "b")]);
    assert_eq!(a.packets()[0].gossip, [alive("c", 10)], "c need not hear it, so b is everybody");
}

/// Who is held suspect or dead and asks hears so in the answer, and only where it is known to be.
#[test]
fn who_is_accused_and_asks_hears_of_it() {
    let mut a = Lone::knowing(&["b", "c", "d", "e"]);
    for (accusation, answer) in
        [(suspect("b", 1, "z"), suspect("b", 1, "a")), (dead("b", 1, "z"), dead("b", 1, "a"))]
    {
        a.hear(accusation);
        a.ignore();
        a.hear_from(address("b"), [ping(seq(1), Some("a"), "b")]);
        assert_eq!(
            a.packets(),
            [Packet { to: address("b"), said: vec![ack(seq(1)), answer], gossip: vec![] }]
        );
        a.hear_from(500, [ping(seq(2), Some("a"), "b")]);
        assert_eq!(a.packets()[0].said[0], ack(seq(2)));
    }
}

/// A stranger's pings do not use up the sends of the queue, and do not send answers elsewhere.
#[test]
fn strangers_get_a_bare_ack_where_they_are() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(alive("c", 10));
    a.packets.clear();
    a.hear_from(500, [ping(seq(1), Some("a"), "x")]);
    assert_eq!(a.packets(), [sent(500, ack(seq(1)))], "not to where x says it lives");
    a.hear_from(500, [ping(seq(2), Some("a"), "b")]);
    let [answer] = &a.packets()[..] else { panic!("one answer") };
    assert_eq!(answer.to, address("b"), "a member's home is known, its packets may come otherwise");
}

/// An indirect ping, number 100, that names the receiver itself: the ack with 100 at once.
#[test]
fn handle_indirect_ping() {
    let mut a = Lone::quiet();
    a.hear_from(address("c"), [indirect(seq(100), "a", true, "c")]);
    assert_eq!(a.packets(), [sent(address("c"), ack(seq(100)))]);
    a.wait(secs(10));
    assert_eq!(a.packets(), []);
}

/// The helper pings with a number of its own, and passes the ack on with the asker's and without
/// what the target added. Then it owes nothing more.
#[test]
fn a_helper_passes_the_ack_on() {
    let mut a = Lone::quiet();
    a.hear_from(address("c"), [indirect(seq(100), "d", true, "c")]);
    let [asked] = &a.packets()[..] else { panic!("one ping") };
    let own = asked.seq().unwrap();
    assert_eq!(*asked, sent(address("d"), ping(own, Some("d"), "a")));
    assert_ne!(own, seq(100));
    a.wait(millis(399));
    a.hear_from(address("d"), [ack_with(own, "load")]);
    assert_eq!(a.packets(), [sent(address("c"), ack(seq(100)))]);
    a.hear_from(address("d"), [ack(own)]);
    a.wait(secs(10));
    a.expect_nothing();
    assert_eq!(a.stat("acks_unexpected"), 1);
}

/// The nack leaves 0.8 * min(timeout, interval - timeout) after the request: so it arrives while
/// the asker still waits, which asked one timeout after its probe began. Go's LAN and WAN nacks are
/// late.
#[test]
fn the_nack_is_in_time() {
    for (options, after, since_probe, interval) in [
        (Options::lan(), 400, 900, 1_000),
        (Options::wan(), 1_600, 4_600, 5_000),
        (Options::local(), 160, 360, 1_000),
    ] {
        assert_eq!(options.probe_timeout + millis(after), millis(since_probe));
        assert_eq!(options.probe_interval, millis(interval));
        let mut a = Lone::start("a", options, 1, Instant::ZERO).unprobing();
        a.hear_from(address("c"), [indirect(seq(100), "d", true, "c")]);
        a.ignore();
        a.wait(millis(after) - Duration::from_nanos(1));
        assert_eq!(a.packets(), []);
        a.wait(Duration::from_nanos(1));
        assert_eq!(a.packets(), [sent(address("c"), nack(seq(100)))]);
        a.wait(secs(100));
        assert_eq!(a.packets(), [], "once");
    }
}

#[test]
fn a_nack_is_sent_only_if_asked_for() {
    let mut a = Lone::quiet();
    a.hear_from(address("c"), [indirect(seq(100), "d", false, "c")]);
    a.ignore();
    a.wait(secs(10));
    assert_eq!(a.packets(), []);
}

/// After the nack the ack still helps, to the end of the asker's interval: a stretched one lasts
/// longer.
#[test]
fn set_ack_handler_ends_after_an_interval() {
    for (wait, passed_on) in [(999, 1), (1_000, 0)] {
        let mut a = Lone::quiet();
        a.hear_from(address("c"), [indirect(seq(100), "d", true, "c")]);
        let own = a.packets()[0].seq().unwrap();
        a.wait(millis(wait));
        a.ignore();
        a.hear_from(address("d"), [ack(own)]);
        assert_eq!(a.packets().len(), passed_on, "{wait}");
        assert_eq!(a.stat("relays_pending"), 0);
    }
}

#[test]
fn relays_are_bounded() {
    let mut a = Lone::quiet();
    for number in 0..RELAYS_MAX as u32 + 5 {
        a.hear_from(500, [indirect(seq(number), "d", true, "x")]);
    }
    let counts = ["relays", "relays_pending", "relays_refused"].map(|name| a.stat(name));
    assert_eq!(counts, [RELAYS_MAX as u64, RELAYS_MAX as u64, 5]);
    assert!(a.packets().iter().all(Packet::has_ping));
    a.wait(millis(400));
    let nacks = a.packets();
    assert!(nacks.iter().all(|packet| packet.to == 500), "not to where x says it lives");
    a.wait(secs(1));
    assert_eq!(a.stat("relays_pending"), 0);
}

/// Timeout 1 s, interval 10 s: the right name at its address answers, with the time it took; the
/// name "bad" at the same address is not answered, which is said after the timeout.
#[test]
fn user_ping() {
    let mut a = Lone::with(|options| {
        options.probe_timeout = secs(1);
        options.probe_interval = secs(10);
    })
    .unprobing();
    a.act(|swim, now| swim.ping(now, Token(1), Some("b".into()), address("b")));
    let own = a.packets()[0].seq().unwrap();
    a.wait(millis(3));
    a.hear_from(address("b"), [ack_with(own, "load")]);
    let pong = Outcome::Pong { round_trip: millis(3), payload: Bytes::from_static(b"load") };
    assert_eq!(a.outcome(1), Some(pong));
    a.act(|swim, now| swim.ping(now, Token(2), Some("bad".into()), address("b")));
    let mut b = Lone::start("b", Options::lan(), 2, Instant::ZERO);
    b.hear_from(address("a"), a.packets().remove(0).said);
    assert_eq!(b.packets(), []);
    a.wait(millis(999));
    assert_eq!(a.outcome(2), None);
    a.wait(millis(1));
    assert_eq!(a.outcome(2), Some(Outcome::NoAnswer));
    assert_eq!((a.swim.health(), a.stat("probes_failed")), (0, 0), "it judges nobody");
}

#[test]
fn a_cancelled_ping_ends_without_a_word() {
    let mut a = Lone::quiet().unprobing();
    a.act(|swim, now| swim.ping(now, Token(1), None, address("b")));
    let own = a.packets()[0].seq().unwrap();
    a.act(|swim, _| swim.cancel(Token(1)));
    a.hear_from(address("b"), [ack(own)]);
    a.wait(secs(10));
    a.expect_nothing();
    a.hear(suspect("b", 1, "z"));
}
