//! No datagram is one byte over its size, and what is said to fit fits.

use bytes::Bytes;

use super::*;
use crate::swim::Token;

const PACKET: usize = 1400;

fn with_members(app: App, count: u16) -> (TestEngine, Arc<App>) {
    let (mut engine, app) = engine("a", 1, app);
    for port in 2..2 + count {
        take(&mut engine, port, Packet::Alive(alive(&format!("node-{port}"), port)));
    }
    (engine, app)
}

/// The datagrams of some seconds.
fn run(engine: &mut TestEngine, seconds: u64) -> Vec<Vec<u8>> {
    let end = NOW + core::time::Duration::from_secs(seconds);
    let mut datagrams: Vec<_> = drain(engine).into_iter().map(|(_, bytes)| bytes).collect();
    while let Some(due) = engine.poll_timeout().filter(|&due| due < end) {
        engine.handle_timeout(due);
        datagrams.extend(drain(engine).into_iter().map(|(_, bytes)| bytes));
    }
    datagrams
}

fn payloads(datagrams: &[Vec<u8>]) -> usize {
    let users = |bytes: &Vec<u8>| {
        messages(bytes).iter().filter(|message| matches!(message, Packet::User(_))).count()
    };
    datagrams.iter().map(users).sum()
}

#[test]
fn the_largest_payload_fills_the_packet_and_one_byte_more_is_refused() {
    let mut engine = node_a();
    let max = engine.max_packet_payload();
    engine.send_packet(at(2), &vec![7; max]).unwrap();
    let [(to, bytes)] = &drain(&mut engine)[..] else { panic!("one datagram") };
    assert_eq!((*to, bytes.len()), (at(2), PACKET));
    assert_eq!(engine.send_packet(at(2), &vec![7; max + 1]), Err(TooLarge { len: max + 1, max }));
    assert_eq!(drain(&mut engine), []);
}

#[test]
fn the_largest_broadcast_is_sent_and_one_byte_more_is_refused() {
    for key_len in [0, 1, 200] {
        let (mut engine, _) = with_members(App::default(), 3);
        let key = Bytes::from(vec![1; key_len]);
        let max = engine.max_broadcast_payload(key_len);
        let largest = Bytes::from(vec![7; max]);
        engine.broadcast(Token(1), key.clone(), largest.clone()).unwrap();
        let sent = run(&mut engine, 3);
        assert!(sent.iter().all(|bytes| bytes.len() <= PACKET));
        let carries = |bytes: &&Vec<u8>| {
            let is_it = |message| matches!(message, Packet::Broadcast(b) if *b.payload == largest);
            messages(bytes).into_iter().any(is_it)
        };
        assert!(sent.iter().filter(carries).count() >= 3, "to each of the others");
        let over = engine.broadcast(Token(2), key, Bytes::from(vec![7; max + 1]));
        assert_eq!(over, Err(TooLarge { len: max + 1, max }));
    }
    let refused = node_a().broadcast(Token(1), vec![1; PACKET].into(), Bytes::new());
    assert_eq!(refused, Err(TooLarge { len: 0, max: 0 }));
}

/// More membership gossip, broadcasts and user data than packets can carry.
#[test]
fn no_datagram_is_over_its_size_however_much_there_is_to_say() {
    let broadcasts = (0..60).map(|n| Bytes::from(vec![n; 5 + usize::from(n)])).collect();
    let (mut engine, app) = with_members(App { broadcasts, ..App::default() }, 300);
    for n in 0..100 {
        engine.broadcast(Token(n), Bytes::new(), Bytes::from(vec![3; 40])).unwrap();
    }
    take(&mut engine, 2, ping(1, "a"));
    let sent = run(&mut engine, 2);
    let largest = sent.iter().map(Vec::len).max().unwrap();
    assert!(largest <= PACKET && largest > PACKET - 100, "{largest}");
    let asked = app.asked_broadcasts.lock();
    assert!(asked.iter().all(|&(overhead, limit)| overhead == 3 && limit > 4));
    assert!(payloads(&sent) > sent.len(), "the application has its share");
    assert!(stat(&engine, "hook_broadcast_message_too_large") > 0);
    assert_eq!(stat(&engine, "packets_sent"), sent.len() as u64);
    assert_eq!(stat(&engine, "bytes_sent"), sent.iter().map(|bytes| bytes.len() as u64).sum());
}

/// A quarter of 1393 bytes is 348: what is asked for when claims would fill the packet.
#[test]
fn claims_leave_the_application_its_share() {
    let (mut engine, app) = with_members(App::default(), 300);
    drain(&mut engine);
    let asked = app.asked_broadcasts.lock();
    assert_eq!(asked.first(), Some(&(3, 348)));
}

#[test]
fn what_the_application_says_rides_though_nothing_else_is_to_be_said() {
    let broadcasts = vec![Bytes::from_static(b"user data")];
    let (mut engine, _) = with_members(App { broadcasts, ..App::default() }, 3);
    let early = run(&mut engine, 4).len();
    let late = run(&mut engine, 6);
    assert!(payloads(&late) > 0, "{early} before, {} after", late.len());
}

/// Nobody can have such an id, so nobody would answer; the packet would be over its size.
#[test]
fn a_ping_to_an_impossible_id_is_not_sent() {
    let mut engine = node_a();
    engine.ping(NOW, Token(1), Some("x".repeat(10_000).into()), at(2));
    assert_eq!(drain(&mut engine), []);
    assert_eq!(stat(&engine, "packet_too_large"), 1);
}
