//! Certificates that are changed while connections are open.

use memberlist_core::transport::Transport;
use memberlist_quic::{QuicTransport, TlsConfig};

use crate::certificates::{Authority, CLUSTER};
use crate::support::*;

/// A transport and the layer that it was made with.
async fn bind_with<C: Cell>(tls: TlsConfig) -> (Quic<C>, C::Layer) {
    let layer = C::layer(tls);
    (QuicTransport::bind(layer.clone(), anywhere(), options()).await.unwrap(), layer)
}

/// Whether `at` has a connection to `other` whose certificate carries `name`.
fn sees<C: Cell>(at: &Quic<C>, other: &Quic<C>, name: &str) -> Option<bool> {
    at.peers().carries(other.advertised(), name)
}

pub(crate) async fn new_ones_are_shown_and_open_connections_live_on<C: Cell>() {
    let authority = Authority::new();
    let (a, layer) = bind_with::<C>(authority.sign(&[CLUSTER, "old.test"])).await;
    let early = bind::<C>(&authority, anywhere(), options()).await;
    meet::<C>(&early, &a).await;
    assert_eq!(sees::<C>(&early, &a, "old.test"), Some(true));

    C::reload(&layer, authority.sign(&[CLUSTER, "new.test"])).unwrap();
    meet::<C>(&early, &a).await;
    assert_eq!(sees::<C>(&early, &a, "old.test"), Some(true), "the connection is the same");
    assert_eq!(count(&early, "connections_dialled"), 1);
    let late = bind::<C>(&authority, anywhere(), options()).await;
    meet::<C>(&late, &a).await;
    assert_eq!(sees::<C>(&late, &a, "new.test"), Some(true), "to who dials");
    let last = bind::<C>(&authority, anywhere(), options()).await;
    meet::<C>(&a, &last).await;
    assert_eq!(sees::<C>(&last, &a, "new.test"), Some(true), "to who is dialled");
}

/// In this order, each step everywhere before the next, nothing is refused on the way.
pub(crate) async fn authorities_are_changed_in_three_steps<C: Cell>() {
    let (old, new) = (Authority::new(), Authority::new());
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(bind_with::<C>(old.sign(&[CLUSTER])).await);
    }
    let first = bind::<C>(&new, anywhere(), options()).await;
    let refused = within::<C, _>("a refusal", first.dial(nodes[0].0.advertised())).await;
    assert!(refused.is_err(), "the new one is not trusted yet");

    let steps: [(&[&Authority], _, _); 3] =
        [(&[&old, &new], &old, [0, 1]), (&[&old, &new], &new, [1, 2]), (&[&new], &new, [2, 0])];
    for (trusted, signer, [from, to]) in steps {
        for (_, layer) in &nodes {
            C::reload(layer, signer.sign_trusting(trusted, &[CLUSTER])).unwrap();
        }
        // Those two have no connection yet.
        assert_eq!(sees::<C>(&nodes[from].0, &nodes[to].0, CLUSTER), None);
        meet::<C>(&nodes[from].0, &nodes[to].0).await;
    }
    let stranger = bind::<C>(&old, anywhere(), options()).await;
    let refused = within::<C, _>("a refusal", stranger.dial(nodes[0].0.advertised())).await;
    assert!(refused.is_err(), "the old one is not trusted any more");
    let dialled = within::<C, _>("a refusal", nodes[0].0.dial(stranger.advertised())).await;
    assert!(dialled.is_err(), "nor where this side dials");
}

pub(crate) async fn what_was_made_by_hand_is_taken_or_refused<C: Cell>() {
    let authority = Authority::new();
    let made = authority.sign(&[CLUSTER, "old.test"]);
    let by_hand = TlsConfig::new(made.client().clone(), made.server().clone());
    let (a, layer) = bind_with::<C>(by_hand.server_name(CLUSTER).unwrap()).await;
    let reloaded = C::reload(&layer, authority.sign(&[CLUSTER, "new.test"]));
    let name = if reloaded.is_ok() { "new.test" } else { "old.test" };
    assert_eq!(reloaded.is_err(), C::TERSE);
    let b = bind::<C>(&authority, anywhere(), options()).await;
    meet::<C>(&b, &a).await;
    assert_eq!(sees::<C>(&b, &a, name), Some(true));
}
