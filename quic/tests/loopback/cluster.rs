//! Whole nodes over QUIC.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use async_channel::Receiver;
use bytes::Bytes;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use memberlist_core::config::Options;
use memberlist_core::delegate::{
    AliveDelegate, Candidate, ChannelDelegate, CompositeDelegate, Plane, Refused, Told,
};
use memberlist_core::node::{Builder, Memberlist};
use memberlist_core::transport::Transport;
use memberlist_core::types::{Incarnation, Label, Meta, Node, StartId, State};
use memberlist_core::wire::{Alive, Lpe, PushPull, RemoteState, StreamMessage, Wire};
use memberlist_net::NetOptions;
use memberlist_quic::{Peers, QuicTransport};
use smol_str::SmolStr;

use crate::certificates::{Authority, CLUSTER};
use crate::hostile::client;
use crate::support::*;

type Heard = Told<SmolStr, SocketAddr>;

/// Options under which a busy machine makes nobody late: nobody is probed, and streams have as long
/// as the test.
fn calm() -> Options {
    let mut options = Options::local();
    options.probe_interval = Duration::from_secs(3_600);
    options.gossip_interval = Duration::from_millis(20);
    options.stream_timeout = BOUND;
    options
}

/// The same, but a failure is found in a few seconds.
fn quick() -> Options {
    let mut options = calm();
    options.probe_interval = Duration::from_millis(500);
    options.probe_timeout = Duration::from_millis(250);
    options
}

async fn builder<C: Cell>(
    id: &str,
    authority: &Authority,
    net: NetOptions,
) -> Builder<SmolStr, Quic<C>> {
    Builder::new(id.into(), bind::<C>(authority, net, options()).await).options(calm())
}

async fn start<C: Cell>(id: &str, authority: &Authority) -> Memberlist {
    builder::<C>(id, authority, anywhere()).await.start().await.unwrap()
}

async fn meet_as_nodes<C: Cell>(seed: &Memberlist, joiner: &Memberlist) {
    let joined = within::<C, _>("a join", joiner.join([*seed.advertised()])).await.unwrap();
    assert_eq!(joined.reached(), 1);
    for (at, other) in [(seed, joiner), (joiner, seed)] {
        knows::<C>(at, other.local().id(), State::Alive).await;
    }
}

async fn knows<C: Cell>(at: &Memberlist, id: &str, state: State) {
    let known = || at.member(&id.into()).is_some_and(|member| member.state() == state);
    until::<C>(&format!("{id} is {state:?}"), known).await;
}

async fn down<C: Cell>(nodes: impl IntoIterator<Item = Memberlist>) {
    for node in nodes {
        within::<C, _>("a shutdown", node.shutdown()).await;
    }
}

fn stat(node: &Memberlist, name: &str) -> u64 {
    node.stats().get(name).unwrap_or_default()
}

pub(crate) async fn join_update_leave_and_come_back<C: Cell>() {
    let authority = Authority::new();
    let (a, b) = (start::<C>("a", &authority).await, start::<C>("b", &authority).await);
    meet_as_nodes::<C>(&a, &b).await;
    let news = Meta::try_from("news").unwrap();
    within::<C, _>("an update", b.update_meta(news.clone())).await.unwrap();
    let told = || *a.member(&"b".into()).unwrap().meta() == news;
    until::<C>("the update has arrived", told).await;

    let left = within::<C, _>("the goodbye", b.leave(BOUND)).await.unwrap();
    assert_eq!(left.heard_by, 1);
    knows::<C>(&a, "b", State::Left).await;
    meet_as_nodes::<C>(&a, &b).await;

    // Gone with a goodbye, then back at the same place at once.
    let place = *b.advertised();
    within::<C, _>("the goodbye", b.leave(BOUND)).await.unwrap();
    down::<C>([b]).await;
    let b = builder::<C>("b", &authority, NetOptions::new([place])).await.start().await.unwrap();
    meet_as_nodes::<C>(&a, &b).await;
    assert_eq!(stat(&a, "connections_open"), 1);
    down::<C>([a, b]).await;
}

pub(crate) async fn who_vanishes_is_found<C: Cell>() {
    let authority = Authority::new();
    let a = builder::<C>("a", &authority, anywhere()).await.options(quick()).start().await.unwrap();
    let b = start::<C>("b", &authority).await;
    meet_as_nodes::<C>(&a, &b).await;
    down::<C>([b]).await;
    knows::<C>(&a, "b", State::Dead).await;
    assert_eq!(a.num_members(), 1);
    down::<C>([a]).await;
}

async fn message<C: Cell>(heard: &Receiver<Heard>) -> (Bytes, Plane) {
    loop {
        if let Told::Message(message) = within::<C, _>("a message", heard.recv()).await.unwrap() {
            return (message.payload.clone(), message.plane);
        }
    }
}

pub(crate) async fn a_megabyte_and_many_broadcasts<C: Cell>() {
    let authority = Authority::new();
    let (delegate, heard) = ChannelDelegate::new(4_096);
    let a = builder::<C>("a", &authority, anywhere()).await.delegate(delegate);
    let a = a.start().await.unwrap();
    let b = start::<C>("b", &authority).await;
    meet_as_nodes::<C>(&a, &b).await;
    let long: Bytes = (0..1 << 20).map(|at| (at >> 8) as u8).collect();
    within::<C, _>("it is sent", b.send(&"a".into(), long.clone())).await.unwrap();
    assert_eq!(message::<C>(&heard).await, (long, Plane::Stream));
    let all: BTreeSet<Bytes> = (0..=255).map(|at| format!("message {at}").into()).collect();
    for payload in all.clone() {
        drop(b.broadcast(payload).await.unwrap());
    }
    let mut got = BTreeSet::new();
    while got.len() < all.len() {
        let (payload, plane) = message::<C>(&heard).await;
        assert_eq!(plane, Plane::Broadcast);
        assert!(got.insert(payload), "it came twice");
    }
    assert_eq!(got, all);
    down::<C>([a, b]).await;
}

/// What somebody says who knows so many members, as bytes of a stream.
fn exchange(members: u16) -> Vec<u8> {
    let state = |number: u16| {
        let [high, low] = number.to_be_bytes();
        let address = SocketAddr::from(([127, 99, high, low], 7946));
        let node = Node::new(SmolStr::from(format!("member-{number}")), address);
        let claim = Alive {
            incarnation: Incarnation::new(1),
            node,
            meta: Cow::Borrowed(b"some metadata"),
            versions: None,
            start: StartId::new(0),
        };
        RemoteState { claim, state: State::Alive }
    };
    let states = (0..members).map(state).collect();
    let everything = PushPull { join: true, states, user_state: Cow::Borrowed(b"") };
    let mut bytes = Vec::new();
    Lpe::encode_stream(&StreamMessage::PushPull(everything), &mut bytes);
    bytes
}

pub(crate) async fn two_thousand_members_are_told_at_once<C: Cell>() {
    let authority = Authority::new();
    let mut still = calm();
    still.gossip_nodes = 1;
    let a = builder::<C>("a", &authority, anywhere()).await.options(still.clone());
    let a = a.start().await.unwrap();
    let teller = bind::<C>(&authority, anywhere(), options()).await;
    let tell = async {
        let mut stream = teller.dial(a.advertised()).await.unwrap();
        stream.write_all(&exchange(2_000)).await.unwrap();
        stream.close().await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(!answer.is_empty());
    };
    within::<C, _>("the exchange", tell).await;
    until::<C>("all are known", || a.num_members() == 2_001).await;
    let b = builder::<C>("b", &authority, anywhere()).await.options(still);
    let b = b.start().await.unwrap();
    meet_as_nodes::<C>(&a, &b).await;
    until::<C>("all are known", || b.num_members() == 2_002).await;
    down::<C>([a, b]).await;
}

pub(crate) async fn another_label_is_refused<C: Cell>() {
    let authority = Authority::new();
    let labelled = async |id: &str, label: &str| {
        let label = Label::try_from(label).unwrap();
        builder::<C>(id, &authority, anywhere()).await.label(label).start().await.unwrap()
    };
    let (a, b) = (labelled("a", "red").await, labelled("b", "blue").await);
    let joining = b.join([*a.advertised()]);
    within::<C, _>("a refusal", joining).await.expect_err("another label");
    until::<C>("it is counted", || stat(&a, "streams_malformed") == 1).await;
    assert_eq!((a.num_members(), b.num_members()), (1, 1));
    down::<C>([a, b]).await;
}

pub(crate) async fn a_connection_that_breaks_in_an_exchange<C: Cell>() {
    let authority = Authority::new();
    let (a, b) = (start::<C>("a", &authority).await, start::<C>("b", &authority).await);
    meet_as_nodes::<C>(&a, &b).await;
    let rude = client::<C>(&authority.sign(&[CLUSTER]));
    let request = exchange(2_000);
    for part in [1, request.len() / 2, request.len() - 1] {
        let talk = async {
            let connection = rude.connect(*a.advertised(), CLUSTER).unwrap().await.unwrap();
            let (mut send, mut receive) = connection.open_bi().await.unwrap();
            send.write_all(&[1, 4, 127, 0, 0, 1, 0, 0]).await.unwrap();
            assert_eq!(receive.read_to_end(8).await.unwrap(), [1]);
            let (mut send, _receive) = connection.open_bi().await.unwrap();
            send.write_all(&request[..part]).await.unwrap();
            let accepted = stat(&a, "streams_accepted");
            until::<C>("the stream is taken", || stat(&a, "streams_accepted") > accepted).await;
            connection.close(0_u32.into(), b"");
        };
        let accepted = stat(&a, "streams_accepted");
        within::<C, _>("a talk", talk).await;
        assert!(stat(&a, "streams_accepted") > accepted);
    }
    until::<C>("only the good one is left", || stat(&a, "connections_open") == 1).await;
    assert_eq!((a.num_members(), b.num_members()), (2, 2));
    // A busy machine may lose some.
    let answered = async { while b.ping_to(*a.advertised()).await.is_err() {} };
    within::<C, _>("others are served", answered).await;
    down::<C>([a, b]).await;
}

/// Believes a claim only if the certificate of who is at its address carries its name.
struct Certified(Peers);

impl AliveDelegate<SmolStr, SocketAddr> for Certified {
    fn notify_alive(&self, claim: &Candidate<'_, SmolStr, SocketAddr>) -> Result<(), Refused> {
        let name = format!("{}.{CLUSTER}", claim.node.id());
        match self.0.carries(claim.node.address(), &name) {
            Some(false) => Err(Refused(format!("the certificate is not that of {name}"))),
            // With whom there is no connection yet is asked about again when there is.
            Some(true) | None => Ok(()),
        }
    }
}

pub(crate) async fn nobody_speaks_for_another<C: Cell>() {
    let authority = Authority::new();
    let node = async |id: &str, certified: &str| {
        let own = format!("{certified}.{CLUSTER}");
        let layer = C::layer(authority.sign(&[CLUSTER, &own]));
        let transport = QuicTransport::bind(layer, anywhere(), options()).await.unwrap();
        let certified = CompositeDelegate::new().with_alive(Certified(transport.peers()));
        let builder = Builder::new(SmolStr::from(id), transport).options(calm());
        builder.delegate(certified).start().await.unwrap()
    };
    let (a, b) = (node("a", "a").await, node("b", "b").await);
    meet_as_nodes::<C>(&a, &b).await;
    let mallory = node("c", "mallory").await;
    let refused = async {
        while stat(&a, "refused_claim") == 0 {
            // It is answered: the claim is refused, not the one who makes it.
            let _ = mallory.join([*a.advertised()]).await;
        }
    };
    within::<C, _>("the claim is refused", refused).await;
    assert!(a.member(&"c".into()).is_none() && b.member(&"c".into()).is_none());
    let honest = node("c", "c").await;
    meet_as_nodes::<C>(&a, &honest).await;
    down::<C>([a, b, mallory, honest]).await;
}
