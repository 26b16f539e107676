//! The two forms of an IPv4 address, which Go takes for different ones.

use std::borrow::Cow;
use std::net::SocketAddr;

use memberlist::wire::PushPull;
use memberlist::wire::StreamMessage;

use crate::client::decoded_stream;
use crate::client::encoded_stream;
use crate::client::exchange;
use crate::support::DETECTION;
use crate::support::GO;
use crate::support::OURS;
use crate::support::Ring;
use crate::support::SPREAD;

/// The address of `name` in the form in which the node at `of` tells it.
fn told(of: &str, name: &str) -> SocketAddr {
    let nothing = PushPull { join: false, states: vec![], user_state: Cow::Borrowed(b"") };
    let reply = exchange(of, &encoded_stream(&StreamMessage::PushPull(nothing)));
    let reply = reply.expect("it answers and closes");
    let Ok(StreamMessage::PushPull(known)) = decoded_stream(&reply) else {
        panic!("{:?}", decoded_stream(&reply));
    };
    let state = known.states.iter().find(|state| state.claim.node.id() == name);
    *state.expect("it is known").claim.node.address()
}

/// A node that takes the place of a Go one bound to 0.0.0.0 must tell the form of 16 bytes: all
/// keep the form that they were told, and pass it on.
#[test]
fn the_form_of_an_address_stays_as_its_owner_tells_it() {
    let mut ring = Ring::new(&["--compress", "none"]);
    ring.add(GO, &[]);
    ring.add(OURS, &[]);
    ring.add(OURS, &["--advertise", "[::ffff:127.0.0.1]:0"]);
    ring.add(GO, &[]);
    ring.meet();
    let name = ring.nodes[2].name.clone();
    for at in 0..ring.nodes.len() {
        let bound = ring.agent(at).addr().replace("[::ffff:127.0.0.1]", "127.0.0.1");
        let address = told(&bound, &name);
        assert!(address.is_ipv6(), "{}: {address}", ring.nodes[at].name);
        assert!(told(&bound, "ours-1").is_ipv4() && told(&bound, "go-0").is_ipv4());
    }
    // Both forms are reached: whoever is not would be found dead.
    let killed = ring.take(2);
    killed.agent.crash();
    ring.all_see(DETECTION, &killed.name, "dead");
    ring.all_see(SPREAD, "ours-1", "alive");
    assert!(ring.unread("conflict").is_empty());
}
