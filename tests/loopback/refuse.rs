//! Who is kept out: by networks, by hooks, by a name that is taken.

use std::net::{SocketAddr, TcpListener};

use memberlist::delegate::CompositeDelegate;
use memberlist::node::{JoinError, SeedError};
use memberlist::{BuildError, Cidrs};
use smol_str::SmolStr;

use crate::hooks::*;
use crate::support::*;

/// A node at any port of an address, which takes nobody but those of `networks`.
async fn at<C: Cell>(id: &str, address: &str, networks: &[&str]) -> Node {
    let address: SocketAddr = format!("{address}:0").parse().unwrap();
    let allowed = Cidrs::only(networks.iter().copied()).unwrap();
    builder_at::<C>(id, address).allowed(allowed).start().await.expect("the node starts")
}

/// Whether this machine has more of 127/8 than 127.0.0.1; says so if it has not, as on macOS.
fn has_networks() -> bool {
    let there = TcpListener::bind("127.0.1.1:0").is_ok();
    if !there {
        println!("not checked: this machine has no 127.0.1.1");
    }
    there
}

pub(crate) async fn one_network_may_span_two<C: Cell>() {
    if !has_networks() {
        return;
    }
    let a = at::<C>("a", "127.0.0.1", &["127.0.0.0/8"]).await;
    let b = at::<C>("b", "127.0.1.1", &["127.0.0.0/8"]).await;
    meet::<C>(&a, &b).await;
    down::<C>([a, b]).await;
}

pub(crate) async fn who_is_in_no_network_is_no_member<C: Cell>() {
    if !has_networks() {
        return;
    }
    let networks = ["127.0.0.0/24", "127.0.1.0/24"];
    let a = at::<C>("a", "127.0.0.1", &networks).await;
    let b = at::<C>("b", "127.0.1.1", &networks).await;
    meet::<C>(&a, &b).await;

    let c = at::<C>("c", "127.0.2.1", &["127.0.0.0/8"]).await;
    let joining = c.join([*a.advertised()]);
    within::<C, _>("the join", joining).await.expect("whoever asks from 127.0.0.1 is answered");
    sees::<C>(&c, 3).await;
    let refused = || count(&a, "refused_address") > 0;
    until::<C>("the stranger's claims are counted", refused).await;
    until::<C>("gossip went on meanwhile", || count(&b, "packets_received") > 20).await;
    assert_eq!((names(&a), names(&b)), (vec!["a".into(), "b".into()], names(&a)));
    down::<C>([a, b, c]).await;
}

/// Over QUIC a node asks from where it is bound, and is not even let in.
#[cfg(any(feature = "quinn", feature = "s2n"))]
pub(crate) async fn who_is_in_no_network_has_no_connection<C: Cell>() {
    if !has_networks() {
        return;
    }
    let networks = ["127.0.0.0/24", "127.0.1.0/24"];
    let a = at::<C>("a", "127.0.0.1", &networks).await;
    let b = at::<C>("b", "127.0.1.1", &networks).await;
    meet::<C>(&a, &b).await;

    let c = at::<C>("c", "127.0.2.1", &["127.0.0.0/8"]).await;
    let joined = within::<C, _>("the join", c.join([*a.advertised()])).await;
    assert!(matches!(joined, Err(JoinError::Unreached(_))), "{joined:?}");
    assert!(count(&a, "connections_not_allowed") > 0);
    assert_eq!(count(&b, "connections_not_allowed"), 0);
    assert_eq!((names(&a), names(&b)), (vec!["a".into(), "b".into()], names(&a)));
    assert_eq!(names(&c), ["c"]);
    down::<C>([a, b, c]).await;
}

/// Go starts it, and nobody ever sees it.
pub(crate) async fn who_excludes_itself_is_told_at_once<C: Cell>() {
    let allowed = Cidrs::only(["10.0.0.0/8"]).unwrap();
    let error = builder::<C>("a").allowed(allowed).start().await.unwrap_err();
    assert!(matches!(error, BuildError::Setup(_)), "{error}");
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
}

pub(crate) async fn merge_hooks_refuse_on_both_sides<C: Cell>() {
    let (tell, asked) = async_channel::bounded(64);
    let node = async |id: &str| {
        let delegate = CompositeDelegate::new().with_merge(MergesNothing(tell.clone()));
        builder::<C>(id).delegate(delegate).start().await.unwrap()
    };
    let (a, b) = (node("a").await, node("b").await);
    let joining = b.join([*a.advertised()]);
    let JoinError::Unreached(joined) = within::<C, _>("the join", joining).await.unwrap_err()
    else {
        panic!("the node is up")
    };
    let (_, error) = joined.errors().next().unwrap();
    assert!(matches!(error, SeedError::Refused(words) if words.contains("canceled")), "{error}");
    let mut both = [next::<C, _>("a merge", &asked).await, next::<C, _>("a merge", &asked).await];
    both.sort();
    assert_eq!(both, [["a"], ["b"]], "each side was asked about the other");
    assert_eq!((names(&a), names(&b)), (vec!["a".into()], vec!["b".into()]));
    until::<C>("both count it", || [&a, &b].iter().all(|node| count(node, "refused_merge") == 1))
        .await;
    down::<C>([a, b]).await;
}

pub(crate) async fn alive_hooks_refuse_without_a_word<C: Cell>() {
    let node = async |id: &'static str| {
        let only_me = Believes(move |claimed: &SmolStr| claimed == id);
        let delegate = CompositeDelegate::new().with_alive(only_me);
        builder::<C>(id).delegate(delegate).start().await.unwrap()
    };
    let (a, b) = (node("a").await, node("b").await);
    let joined = within::<C, _>("the join", b.join([*a.advertised()])).await;
    assert_eq!(joined.expect("the exchange itself succeeds").reached(), 1);
    for (node, id) in [(&a, "a"), (&b, "b")] {
        until::<C>("the claim is refused", || count(node, "refused_claim") > 0).await;
        assert_eq!(names(node), [id]);
    }
    down::<C>([a, b]).await;
}

pub(crate) async fn a_name_that_is_taken_is_told<C: Cell>() {
    let (tell, told) = async_channel::bounded(64);
    let a = start::<C>("same").await;
    let delegate = CompositeDelegate::new().with_conflicts(Conflicts(tell));
    let b = builder::<C>("same").delegate(delegate).start().await.unwrap();
    // Whether the other one is reached is not the question: it refuses us as well.
    let _ = within::<C, _>("the join", b.join([*a.advertised()])).await;
    let (existing, other) = next::<C, _>("a conflict", &told).await;
    assert_eq!((existing.id().as_str(), other.id().as_str()), ("same", "same"));
    assert_eq!((existing.address(), other.address()), (b.advertised(), a.advertised()));
    assert_eq!((a.num_members(), b.num_members()), (1, 1));
    down::<C>([a, b]).await;
}
