use super::*;

fn queue(items: &[(&'static str, &str)]) -> Queue<&'static str> {
    let mut queue = Queue::new((1, 2));
    for (id, (name, text)) in items.iter().enumerate() {
        queue.push(id as u64 + 1, item(name, text));
    }
    queue
}

fn item(name: &'static str, text: &str) -> Item<&'static str> {
    let name = (!name.is_empty()).then_some(name);
    Item::new(name, text.as_bytes().into(), None)
}

fn waiting(token: u64) -> Terms {
    Terms { token: Some(Token(token)), ..Terms::default() }
}

fn to(slot: Slot, peers: usize, limit: u32) -> Fetch {
    Fetch { to: slot, peers, limit, from: 0, counts: true }
}

fn room(bytes: usize, part: usize) -> Room {
    Room { bytes, part, parts: 255 }
}

fn fetched(queue: &mut Queue<&'static str>, fetch: Fetch, room: Room) -> Vec<String> {
    let mut parts = Parts::new();
    queue.fetch(fetch, room, &mut parts, &mut Vec::new());
    parts.iter().map(|part| String::from_utf8(part.to_vec()).unwrap()).collect()
}

const WIDE: usize = 10_000;

/// Go's tests, ordering: fewer transmits, then longer, then newer.
#[test]
fn fewer_transmissions_then_longer_then_newer() {
    let mut all = queue(&[("a", "aa"), ("b", "bb"), ("c", "ccc")]);
    assert_eq!(fetched(&mut all, to(1, 9, 8), room(WIDE, 2)), ["ccc", "bb", "aa"]);
    all.push(9, item("d", "d"));
    assert_eq!(fetched(&mut all, to(2, 9, 8), room(WIDE, 2)), ["d", "ccc", "bb", "aa"]);
}

/// GetBroadcasts: four of 18 bytes into 80, each with 2 added: four; with 3 added: three.
#[test]
fn what_each_part_adds_is_counted() {
    let texts =
        ["1. this is a test.", "2. this is a test.", "3. this is a test.", "4. this is a test."];
    let items = texts.map(|text| ("", text));
    assert_eq!(fetched(&mut queue(&items), to(1, 9, 8), room(80, 2)).len(), 4);
    assert_eq!(fetched(&mut queue(&items), to(1, 9, 8), room(80, 3)).len(), 3);
}

/// GetBroadcasts_Limit: each may go out twice; successive fetches give 3, 3, 2, 0.
#[test]
fn each_goes_out_as_often_as_the_limit_says() {
    let texts =
        ["1. this is a test.", "2. this is a test.", "3. this is a test.", "4. this is a test."];
    let mut all = queue(&texts.map(|text| ("", text)));
    for expected in [3, 3, 2, 0] {
        assert_eq!(fetched(&mut all, to(1, 1, 2), room(80, 3)).len(), expected);
    }
    assert_eq!((all.len(), all.bytes()), (0, 0));
}

/// TransmitLimited_Queue: three in order, re-queuing one keeps three and moves it.
#[test]
fn a_newer_one_of_the_same_name_takes_the_place() {
    let mut all = queue(&[("test", "test1"), ("foo", "foo11"), ("bar", "bar11")]);
    assert_eq!(all.push(4, item("test", "test2").on(waiting(7))), None);
    assert_eq!(all.len(), 3);
    assert_eq!(all.push(5, item("test", "test3")), Some(Token(7)), "its waiter is told");
    assert_eq!(fetched(&mut all, to(1, 1, 1), room(WIDE, 2)), ["test3", "bar11", "foo11"]);
}

#[test]
fn an_older_one_of_the_same_name_does_not_take_the_place() {
    let edition =
        |start, number| Terms { edition: (StartId::new(start), number), ..waiting(number) };
    let mut all = Queue::new((1, 2));
    all.push(1, item("key", "5").on(edition(1, 5)));
    let late = item("key", "4").on(edition(1, 4));
    assert_eq!(all.push(2, late), Some(Token(4)), "its waiter is told");
    assert_eq!(fetched(&mut all, to(1, 9, 8), room(WIDE, 2)), ["5"]);
    all.push(3, item("key", "1").on(edition(2, 1)));
    assert_eq!(fetched(&mut all, to(1, 9, 8), room(WIDE, 2)), ["1"], "another start counts anew");
    assert_eq!((all.len(), all.bytes()), (1, 1));
}

/// Prune: what was sent most often goes, and its waiters are told.
#[test]
fn pruning_drops_the_oldest_and_tells_their_waiters() {
    let mut all = Queue::new((1, 2));
    assert_eq!(all.prune(0), [], "also when nothing was ever in it");
    for (id, name) in [(1, "foo"), (2, "bar"), (3, "baz"), (4, "qux")] {
        all.push(id, item(name, name).on(waiting(id)));
    }
    assert_eq!(all.prune(2), [Token(1), Token(2)]);
    assert_eq!(fetched(&mut all, to(1, 1, 1), room(WIDE, 2)), ["qux", "baz"]);
}

#[test]
fn nobody_gets_it_twice_before_everybody_had_it() {
    let mut all = queue(&[("a", "a")]);
    let got: Vec<_> = [1, 1, 2, 1, 3, 2, 2, 3]
        .map(|slot| fetched(&mut all, to(slot, 3, 5), room(WIDE, 2)).len())
        .into();
    assert_eq!(got, [1, 0, 1, 0, 1, 1, 0, 1], "then a second round, up to five sends");
    assert_eq!(all.len(), 0);
}

#[test]
fn what_is_too_long_does_not_stop_what_fits() {
    let mut all = queue(&[("long", "0123456789"), ("mid", "01234"), ("short", "0")]);
    assert_eq!(fetched(&mut all, to(1, 9, 8), room(9, 2)), ["01234"]);
    assert_eq!(fetched(&mut all, to(2, 9, 8), room(10, 2)), ["0", "01234"]);
}

#[test]
fn sends_to_the_dead_do_not_count_and_are_not_repeated() {
    let mut all = queue(&[("a", "a")]);
    let dead = Fetch { counts: false, ..to(9, 1, 1) };
    assert_eq!(fetched(&mut all, dead, room(WIDE, 2)).len(), 1);
    assert_eq!(fetched(&mut all, dead, room(WIDE, 2)).len(), 0);
    assert_eq!(fetched(&mut all, to(1, 1, 1), room(WIDE, 2)).len(), 1);
    assert_eq!(all.len(), 0);
}

#[test]
fn an_item_with_a_reach_is_sent_until_all_in_reach_had_it() {
    let mut all = Queue::new((1, 2));
    all.push(1, item("a", "a").on(Terms { reach: 8, ..waiting(1) }));
    let mut spent = Vec::new();
    for slot in 1..=8 {
        assert_eq!(spent, [], "before {slot}");
        all.fetch(to(slot, 8, 4), room(WIDE, 2), &mut Parts::new(), &mut spent);
    }
    assert_eq!(spent, [Token(1)]);
}

#[test]
fn older_items_can_be_left_out() {
    let mut all = queue(&[("a", "a"), ("b", "b"), ("c", "c")]);
    let recent = Fetch { from: 3, ..to(1, 9, 8) };
    assert!(all.has_for(recent));
    assert_eq!(fetched(&mut all, recent, room(WIDE, 2)), ["c"]);
    assert!(!all.has_for(recent), "this one has it now");
    assert!(!all.has_for(Fetch { from: 4, ..to(2, 9, 8) }));
}

#[test]
fn parts_are_bounded_too() {
    let mut all = queue(&[("a", "a"), ("b", "b"), ("c", "c")]);
    let two = Room { parts: 2, ..room(WIDE, 2) };
    assert_eq!(fetched(&mut all, to(1, 9, 8), two).len(), 2);
}

/// Of three peers one had it and dies: the two that are left get it before anybody does again, and
/// whoever takes the dead one's slot gets it, too.
#[test]
fn who_has_died_has_had_nothing() {
    let mut all = queue(&[("a", "a")]);
    assert_eq!(fetched(&mut all, to(1, 3, 9), room(WIDE, 2)), ["a"]);
    assert_eq!(fetched(&mut all, to(2, 3, 9), room(WIDE, 2)), ["a"]);
    all.forget(1);
    assert_eq!(fetched(&mut all, to(2, 2, 9), room(WIDE, 2)), [""; 0]);
    assert_eq!(fetched(&mut all, to(3, 2, 9), room(WIDE, 2)), ["a"]);
    assert_eq!(fetched(&mut all, to(1, 3, 9), room(WIDE, 2)), ["a"]);
}

/// A slot is given to a newcomer who says something, before anything is sent.
#[test]
fn who_comes_after_the_dead_has_had_what_it_said() {
    let mut all = queue(&[("a", "a")]);
    all.forget(1);
    all.push(2, Item::new(Some("b"), Box::from(*b"b"), Some(1)));
    assert_eq!(fetched(&mut all, to(1, 3, 9), room(WIDE, 2)), ["a"]);
    assert_eq!(fetched(&mut all, to(2, 3, 9), room(WIDE, 2)), ["b", "a"]);
}
