//! Two nodes, a and b; the table is the one of a unless the test says otherwise.

use super::*;

const WINDOW: Duration = Duration::from_secs(5);

fn a() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 7946))
}

fn b() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 2], 7946))
}

fn peer(number: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 1, number], 7946))
}

fn table(own: SocketAddr, max: usize) -> Table<&'static str> {
    Table::new(own, max, WINDOW)
}

fn number(want: Want<&'static str>) -> (u64, Waiting<&'static str>) {
    match want {
        Want::Dial(waiting, number, _) => (number, waiting),
        _ => panic!("there is something already"),
    }
}

fn names(links: &[Arc<Link<&'static str>>]) -> Vec<&'static str> {
    links.iter().map(|link| link.connection).collect()
}

fn used(table: &Table<&'static str>, peer: SocketAddr) -> Option<&'static str> {
    table.find(peer).map(|link| link.connection)
}

#[test]
fn who_comes_later_waits_for_the_same_dial() {
    let mut table = table(a(), 8);
    let (_, mut first) = number(table.want(b()));
    let Want::Wait(mut second) = table.want(b()) else { panic!("a second dial") };
    assert!(matches!(table.send(b(), b"x"), Sent::Queued));
    let admitted = table.admit(b(), "ours", true, Instant::now()).unwrap();
    assert_eq!((admitted.queued.len(), admitted.waiters.len()), (1, 2));
    for waiter in admitted.waiters {
        waiter.send(Ok(admitted.link.clone())).ok().unwrap();
    }
    for waiting in [&mut first, &mut second] {
        assert_eq!(waiting.try_recv().unwrap().unwrap().unwrap().connection, "ours");
    }
    assert!(matches!(table.want(b()), Want::Open(_)));
}

#[test]
fn datagrams_wait_in_a_bounded_queue() {
    let mut table = table(a(), 8);
    assert!(matches!(table.send(b(), b"x"), Sent::Dial(..)));
    for _ in 1..QUEUED_MAX {
        assert!(matches!(table.send(b(), b"x"), Sent::Queued));
    }
    assert!(matches!(table.send(b(), b"x"), Sent::Full));
}

/// Every order in which the two connections may come about on both sides leaves the same one.
#[test]
fn of_two_dials_both_sides_keep_the_one_of_the_smaller_address() {
    for ours_first in [true, false] {
        for (own, other, keep) in [(a(), b(), "ours"), (b(), a(), "theirs")] {
            let now = Instant::now();
            let mut table = table(own, 8);
            let _waiting = number(table.want(other));
            let mut retired = Vec::new();
            let order = [("ours", true), ("theirs", false)];
            let order = if ours_first { order } else { [order[1], order[0]] };
            for (name, dialled) in order {
                let admitted = table.admit(other, name, dialled, now).unwrap();
                retired.extend(names(admitted.retired.as_slice()));
            }
            assert_eq!(used(&table, other), Some(keep), "at {own}, ours first: {ours_first}");
            // Each closes only what it dialled itself.
            let expected: &[&str] = if keep == "ours" { &[] } else { &["ours"] };
            assert_eq!(retired, expected, "at {own}, ours first: {ours_first}");
        }
    }
}

#[test]
fn the_spare_one_takes_over_when_the_main_one_ends() {
    let (mut table, now) = (table(a(), 8), Instant::now());
    let _waiting = number(table.want(b()));
    let theirs = table.admit(b(), "theirs", false, now).unwrap();
    assert!(theirs.waiters.is_empty(), "our own is worth waiting for");
    assert_eq!(used(&table, b()), None);
    let ours = table.admit(b(), "ours", true, now).unwrap();
    assert_eq!((ours.waiters.len(), used(&table, b())), (1, Some("ours")));
    table.remove(b(), &ours.link);
    assert_eq!(used(&table, b()), Some("theirs"));
    table.remove(b(), &theirs.link);
    assert_eq!(table.peers.len(), 0);
}

#[test]
fn a_failed_dial_leaves_the_connection_of_the_peer() {
    let (mut table, now) = (table(a(), 8), Instant::now());
    let (dial, _waiting) = number(table.want(b()));
    table.admit(b(), "theirs", false, now).unwrap();
    let (_, waiters, link) = table.give_up(b(), dial);
    assert_eq!((waiters.len(), link.unwrap().connection), (1, "theirs"));
    assert_eq!(used(&table, b()), Some("theirs"));
    let (dial, _waiting) = number(table.want(peer(1)));
    let (_, waiters, link) = table.give_up(peer(1), dial);
    assert!(waiters.len() == 1 && link.is_none());
    assert_eq!(table.peers.len(), 1);
}

/// A peer that has lost its memory dials again, and is not kept waiting by what is left.
#[test]
fn a_later_connection_replaces_an_old_one() {
    let (mut table, now) = (table(a(), 8), Instant::now());
    table.admit(b(), "old", true, now).unwrap();
    let admitted = table.admit(b(), "new", false, now + WINDOW).unwrap();
    assert_eq!(names(admitted.retired.as_slice()), ["old"]);
    assert_eq!(used(&table, b()), Some("new"));
    let admitted = table.admit(b(), "newer", false, now + WINDOW).unwrap();
    assert_eq!(names(admitted.retired.as_slice()), ["new"]);
    assert_eq!(names(admitted.surplus.as_slice()), ["old"], "one at a time");
    assert_eq!(used(&table, b()), Some("newer"));
}

/// Nor does it gain a place by closing the one that is used.
#[test]
fn what_ends_soon_takes_up_a_place() {
    let (mut table, now) = (table(a(), 1), Instant::now());
    let old = table.admit(b(), "old", false, now).unwrap();
    let new = table.admit(b(), "new", false, now).unwrap();
    assert_eq!(names(new.retired.as_slice()), ["old"]);
    table.remove(b(), &new.link);
    assert_eq!(used(&table, b()), None);
    assert!(table.admit(peer(1), "1", false, now).is_none(), "no room yet");
    table.remove(b(), &old.link);
    assert_eq!(table.peers.len(), 0);
    assert!(table.admit(peer(1), "1", false, now).is_some());
    assert_eq!(names(&table.close()), ["1"]);
}

#[test]
fn the_idlest_one_gives_way() {
    let (mut table, now) = (table(a(), 2), Instant::now());
    let first = table.admit(peer(1), "1", true, now).unwrap();
    table.admit(peer(2), "2", true, now).unwrap();
    assert_eq!(used(&table, peer(1)), Some("1"));
    let admitted = table.admit(peer(3), "3", false, now).unwrap();
    assert_eq!(names(&admitted.evicted), ["2"]);
    let hold = first.link.streams.clone();
    let admitted = table.admit(peer(4), "4", false, now).unwrap();
    assert_eq!(names(&admitted.evicted), ["3"]);
    let _hold = admitted.link.streams.clone();
    assert!(table.admit(peer(5), "5", false, now).is_none(), "all are busy");
    assert!(matches!(table.want(peer(5)), Want::Full));
    drop(hold);
    assert!(matches!(table.want(peer(5)), Want::Dial(..)));
    assert_eq!(names(&table.admit(peer(5), "5", true, now).unwrap().evicted), ["1"]);
}

#[test]
fn after_its_end_nothing_is_taken_in() {
    let mut table = table(a(), 2);
    let (_, mut waiting) = number(table.want(b()));
    table.close();
    assert!(waiting.try_recv().is_err());
    assert!(table.is_closed() && matches!(table.want(b()), Want::Full));
    assert!(table.admit(b(), "late", false, Instant::now()).is_none());
}
