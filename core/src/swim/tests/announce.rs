//! News of this node itself that somebody is to have heard: leaving, metadata, coming back.

use std::collections::BTreeSet;

use super::claims::{
    ack, address, alive, alive_since, alive_with, dead, left, number, ping, suspect,
};
use super::harness::{Lone, Packet, millis, secs};
use crate::swim::{Outcome, Token};
use crate::types::{Meta, SequenceNumber, State};
use crate::wire::Message;

fn leave(a: &mut Lone, token: u64) {
    a.act(|swim, now| swim.leave(now, Token(token)));
}

fn meta(text: &str) -> Meta {
    Meta::try_from(text).unwrap()
}

/// The pings of an announcement, each with the news in front of it.
fn announced(packets: &[Packet], news: &Message<'static, smol_str::SmolStr, u64>) -> BTreeSet<u64> {
    let told = packets.iter().filter(|packet| packet.has_ping());
    told.map(|packet| {
        assert_eq!((&packet.said[0], packet.said.len()), (news, 2), "news, then ping");
        assert_eq!(packet.gossip, []);
        packet.to
    })
    .collect()
}

/// Three live members are told, together with a ping. The first ack is the proof; the others are
/// late.
#[test]
fn leave_ends_with_the_first_ack() {
    let mut a = Lone::knowing(&["b", "c", "d", "e", "f"]);
    leave(&mut a, 1);
    assert_eq!(a.view("a"), Some((State::Left, 1)));
    assert_eq!(a.events(), ["a: alive@1 > left@1"]);
    assert_eq!(a.news(), [left("a", 1)]);
    let packets = a.packets();
    assert_eq!(announced(&packets, &left("a", 1)).len(), 3);
    assert_eq!(a.outcome(1), None);
    for packet in &packets {
        a.hear_from(packet.to, [ack(packet.seq().unwrap())]);
    }
    assert_eq!(a.outcome(1), Some(Outcome::Heard(1)));
    assert_eq!(a.stat("acks_unexpected"), 2);
    a.ignore();
    a.wait(secs(100));
    a.expect_nothing();
}

/// Who does not answer within the probe timeout is not waited for: three are told again, by chance
/// others, until one answers. An ack that comes late still counts.
#[test]
fn leave_is_tried_with_others_until_one_answers() {
    let names = ["b", "c", "d", "e", "f", "g", "h", "i"];
    let mut a = Lone::knowing(&names);
    leave(&mut a, 1);
    let first = a.packets();
    let mut told = announced(&first, &left("a", 1));
    for _ in 0..20 {
        a.wait(millis(499));
        assert_eq!(a.packets(), []);
        a.wait(millis(1));
        let again = announced(&a.packets(), &left("a", 1));
        assert_eq!(again.len(), 3);
        told.extend(again);
    }
    assert_eq!(told.len(), names.len());
    assert_eq!(a.outcome(1), None);
    a.hear_from(first[0].to, [ack(first[0].seq().unwrap())]);
    assert_eq!(a.outcome(1), Some(Outcome::Heard(1)));
}

#[test]
fn alone_leave_ends_at_once() {
    let mut a = Lone::quiet();
    leave(&mut a, 1);
    assert_eq!(a.outcome(1), Some(Outcome::Heard(0)));
    let mut a = Lone::knowing(&["b", "c"]);
    a.hear(dead("b", 1, "z"));
    a.hear(left("c", 1));
    leave(&mut a, 1);
    assert_eq!(a.outcome(1), Some(Outcome::Heard(0)), "nobody there to hear it");
}

/// Suspects may be alive, so they are told; it is not over before one answers or nobody is left.
#[test]
fn suspects_are_told_too_and_the_end_comes_with_the_last_of_them() {
    let mut a = Lone::knowing(&["b", "c"]);
    a.hear(suspect("b", 1, "z"));
    a.hear(suspect("c", 1, "z"));
    a.ignore();
    leave(&mut a, 1);
    let told = announced(&a.packets(), &left("a", 1));
    assert_eq!(told, [address("b"), address("c")].into());
    a.wait(secs(10));
    assert_eq!(a.outcome(1), None);
    a.hear(dead("b", 1, "z"));
    a.hear(dead("c", 1, "z"));
    a.wait(millis(500));
    assert_eq!(a.outcome(1), Some(Outcome::Heard(0)));
}

/// A second leave has its own proof. In Go it succeeds at once, even if the first one timed out.
#[test]
fn leaving_twice_says_it_twice() {
    let mut a = Lone::knowing(&["b"]);
    leave(&mut a, 1);
    a.act(|swim, _| swim.cancel(Token(1)));
    a.ignore();
    leave(&mut a, 2);
    let packets = a.packets();
    assert_eq!(announced(&packets, &left("a", 1)), [address("b")].into());
    assert_eq!(a.events(), [""; 0]);
    a.hear_from(address("b"), [ack(packets[0].seq().unwrap())]);
    assert_eq!((a.outcome(1), a.outcome(2)), (None, Some(Outcome::Heard(1))));
}

/// Who is back says so with its next tries: their acks are no proof that anybody has heard the
/// goodbye.
#[test]
fn a_return_ends_a_goodbye_unheard() {
    let mut a = Lone::knowing(&["b"]).unprobing();
    leave(&mut a, 1);
    leave(&mut a, 2);
    let goodbyes = a.packets();
    assert_eq!((goodbyes.len(), a.outcome(1), a.outcome(2)), (2, None, None));
    a.act(|swim, now| swim.rejoin(now));
    assert_eq!((a.outcome(1), a.outcome(2)), (Some(Outcome::NoAnswer), Some(Outcome::NoAnswer)));
    a.hear_from(goodbyes[0].to, [ack(goodbyes[0].seq().unwrap())]);
    assert_eq!(a.stat("acks_unexpected"), 1);
    a.ignore();
    a.wait(secs(10));
    assert_eq!(a.packets().iter().filter(|packet| packet.has_ping()).count(), 0);
    assert_eq!((a.outcome(1), a.view("a")), (None, Some((State::Alive, 2))));
}

/// The same the other way round: a goodbye that is heard proves nothing for metadata.
#[test]
fn a_goodbye_ends_an_update_unheard() {
    let mut a = Lone::knowing(&["b"]).unprobing();
    a.act(|swim, now| swim.update_meta(now, Token(1), meta("x")));
    leave(&mut a, 2);
    assert_eq!((a.outcome(1), a.outcome(2)), (Some(Outcome::NoAnswer), None));
}

/// While sends block, an announcement that was due and has ended meanwhile does not begin again.
#[test]
fn what_has_ended_while_sends_blocked_is_not_tried_again() {
    let mut a = Lone::knowing(&["b"]).unprobing();
    leave(&mut a, 1);
    a.ignore();
    a.act(|swim, _| swim.hold());
    a.wait(secs(1));
    a.act(|swim, _| swim.cancel(Token(1)));
    a.act(|swim, now| swim.release(now));
    assert_eq!((a.packets(), a.outcome(1)), (vec![], None));
}

#[test]
fn a_cancelled_leave_goes_on_without_a_word() {
    let mut a = Lone::knowing(&["b"]);
    leave(&mut a, 1);
    let told = a.packets();
    a.act(|swim, _| swim.cancel(Token(1)));
    a.hear_from(address("b"), [ack(told[0].seq().unwrap())]);
    a.wait(secs(100));
    assert_eq!((a.outcome(1), a.packets()), (None, vec![]));
    assert_eq!(a.view("a"), Some((State::Left, 1)));
}

/// Whoever has left is deaf to claims about itself and answers whoever asks.
#[test]
fn after_leaving_claims_about_oneself_are_ignored_and_pings_answered() {
    let mut a = Lone::knowing(&["b"]);
    leave(&mut a, 1);
    a.ignore();
    for claim in
        [alive("a", 1), alive("a", 9), suspect("a", 1, "b"), dead("a", 9, "b"), left("a", 1)]
    {
        a.hear(claim);
    }
    a.expect_nothing();
    assert_eq!(a.view("a"), Some((State::Left, 1)));
    a.hear_from(address("b"), [ping(SequenceNumber::new(7), Some("a"), "b")]);
    assert_eq!(a.packets()[0].said, [ack(SequenceNumber::new(7))]);
}

#[test]
fn update_meta_ends_with_the_first_ack() {
    let mut a = Lone::knowing(&["b", "c", "d", "e"]);
    a.act(|swim, now| swim.update_meta(now, Token(1), meta("new")));
    assert_eq!(a.events(), ["a: alive@1 > alive@2"]);
    let Message::Alive(mut told) = alive_with("a", 2, "new") else { unreachable!() };
    told.start = crate::types::StartId::new(1);
    let told = Message::Alive(told);
    assert_eq!(a.news(), std::slice::from_ref(&told));
    let packets = a.packets();
    assert_eq!(announced(&packets, &told).len(), 3);
    a.hear_from(packets[1].to, [ack(packets[1].seq().unwrap())]);
    assert_eq!(a.outcome(1), Some(Outcome::Heard(1)));
    assert_eq!(a.swim.health(), 0, "nothing was refuted");
}

#[test]
fn update_meta_is_tried_again_and_alone_it_ends_at_once() {
    let mut a = Lone::quiet();
    a.act(|swim, now| swim.update_meta(now, Token(1), meta("x")));
    assert_eq!(a.outcome(1), Some(Outcome::Heard(0)));
    let mut a = Lone::knowing(&["b"]).unprobing();
    a.act(|swim, now| swim.update_meta(now, Token(1), meta("x")));
    assert_eq!(a.packets().len(), 1);
    a.act(|swim, now| swim.update_meta(now, Token(2), meta("y")));
    assert_eq!(a.packets().len(), 1);
    a.wait(millis(500));
    let again = a.packets();
    assert_eq!(again.len(), 2);
    for packet in &again {
        let Message::Alive(alive) = &packet.said[0] else { panic!("{packet:?}") };
        assert_eq!(&*alive.meta, b"y", "what holds now");
        a.hear_from(address("b"), [ack(packet.seq().unwrap())]);
    }
    let heard = Some(Outcome::Heard(1));
    assert_eq!((a.outcome(1), a.outcome(2)), (heard.clone(), heard));
}

/// After leaving, nobody is to hear of it; it is told with the return.
#[test]
fn metadata_that_changes_while_away_is_told_on_return() {
    let mut a = Lone::knowing(&["b"]).unprobing();
    leave(&mut a, 1);
    a.act(|swim, _| swim.cancel(Token(1)));
    a.ignore();
    a.act(|swim, now| swim.update_meta(now, Token(2), meta("new")));
    assert_eq!(a.outcome(2), Some(Outcome::Heard(0)));
    assert_eq!((a.packets(), a.news(), a.view("a")), (vec![], vec![], Some((State::Left, 1))));
    a.act(|swim, now| swim.rejoin(now));
    let Message::Alive(mut told) = alive_with("a", 2, "new") else { unreachable!() };
    told.start = crate::types::StartId::new(1);
    assert_eq!(a.news(), [Message::Alive(told)]);
}

/// Back with a higher number, which others that hold it left at the old one take; it probes again.
#[test]
fn rejoin_raises_the_incarnation() {
    let mut a = Lone::knowing(&["b"]);
    a.act(|swim, now| swim.rejoin(now));
    a.expect_nothing();
    leave(&mut a, 1);
    a.wait(secs(1));
    a.ignore();
    a.act(|swim, now| swim.rejoin(now));
    assert_eq!(a.events(), ["a: left@1 > alive@2"]);
    assert_eq!(a.news(), [alive_since("a", 2, 1)]);
    assert_eq!(a.swim.local().since(), a.now);
    assert_eq!(a.until_ping().to, address("b"));
    let mut b = Lone::named("b").and(&["a"]);
    b.hear(left("a", 1));
    b.hear(alive("a", 2));
    assert_eq!(b.view("a"), Some((State::Alive, 2)));
    assert_eq!(number(1).next(), Some(number(2)));
}

/// Nor is it passed on again and again, as often as the claim comes round.
#[test]
fn a_suspicion_that_ran_out_while_away_is_not_passed_on_anew() {
    let mut a = Lone::knowing(&["b", "c"]).unprobing();
    a.hear(suspect("b", 1, "c"));
    leave(&mut a, 1);
    a.act(|swim, _| swim.cancel(Token(1)));
    a.wait(secs(100));
    let stale = a.stat("claims_stale");
    a.news();
    a.hear(suspect("b", 1, "c"));
    assert_eq!(a.news(), []);
    assert_eq!((a.view("b"), a.stat("claims_stale")), (Some((State::Suspect, 1)), stale + 1));
}

/// A suspicion whose time ran out while this node was away does not kill on return; it runs anew
/// when somebody asks again.
#[test]
fn a_suspicion_that_ran_out_while_away_begins_anew() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(suspect("b", 1, "z"));
    leave(&mut a, 1);
    a.act(|swim, _| swim.cancel(Token(1)));
    a.wait(secs(100));
    assert_eq!(a.view("b"), Some((State::Suspect, 1)));
    a.act(|swim, now| swim.rejoin(now));
    let began = a.now;
    a.until_ping();
    a.wait(secs(1));
    let accused = a.now;
    assert!(accused - began <= secs(2));
    a.wait(millis(3_999));
    assert_eq!(a.view("b"), Some((State::Suspect, 1)));
    a.wait(millis(1));
    assert_eq!(a.view("b"), Some((State::Dead, 1)));
}
