//! What streams have to bear, over each layer.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join;
use memberlist::delegate::CompositeDelegate;
use socket2::SockRef;

use crate::breaker::{Way, breaker};
use crate::hooks::*;
use crate::keys;
use crate::support::*;

/// Clients that connect and say nothing.
const SILENT: usize = 500;

/// What a member with half of the largest metadata takes in an exchange, roughly.
const MEMBER_BYTES: usize = 320;

/// Bytes after which a connection breaks: far more than a handshake has.
const BROKEN_AFTER: usize = 16 * 1024;

/// How a TLS handshake begins; for plain streams it is noise.
const BEGINNING: [u8; 5] = [0x16, 3, 1, 0, 200];

pub(crate) async fn a_message_of_a_megabyte_arrives_whole<C: Cell>() {
    let (delegate, heard) = listener();
    let a = builder::<C>("a").delegate(delegate).start().await.unwrap();
    let b = start::<C>("b").await;
    meet::<C>(&a, &b).await;
    let payload: Bytes = (0..1_u32 << 18).flat_map(u32::to_le_bytes).collect();
    let to = "a".into();
    // Whoever sends does not wait until it is read: what it has written must not get lost.
    for _ in 0..4 {
        let sending = b.send(&to, payload.clone());
        within::<C, _>("the sending", sending).await.expect("it is written");
        assert!(message::<C>(&heard).await.payload == payload);
    }
    down::<C>([a, b]).await;
}

/// Both ways at once, each way more than the buffers of a connection hold.
pub(crate) async fn exchanges_as_large_as_of_two_thousand_members_work<C: Cell>() {
    let state = Bytes::from(vec![7; 2_000 * MEMBER_BYTES]);
    let node = async |id: &str| {
        let (tell, heard) = async_channel::unbounded();
        let delegate =
            CompositeDelegate::new().with_node(HasState { state: state.clone(), heard: tell });
        (builder::<C>(id).delegate(delegate).start().await.unwrap(), heard)
    };
    let ((a, at_a), (b, at_b)) = (node("a").await, node("b").await);
    meet::<C>(&a, &b).await;
    for heard in [&at_a, &at_b] {
        for is_join in [true, false] {
            assert!(next::<C, _>("a state", heard).await == (state.clone(), is_join));
        }
    }
    down::<C>([a, b]).await;
}

pub(crate) async fn five_hundred_silent_ones_delay_nobody<C: Cell>() {
    let seed = start::<C>("seed").await;
    let at = *seed.advertised();
    let silent: Vec<_> = (0..SILENT).map(|_| TcpStream::connect(at).unwrap()).collect();
    until::<C>("all are taken", || count(&seed, "streams_accepted") >= SILENT as u64).await;
    let good = start::<C>("good").await;
    meet::<C>(&seed, &good).await;
    // None had to go: they are fewer than there are places.
    drop(silent);
    down::<C>([seed, good]).await;
}

/// The peer goes away, without a word, as soon as the exchange has begun.
pub(crate) async fn a_reset_in_the_middle_of_an_exchange_harms_nobody<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let reset = async {
        let mut caught = None;
        until::<C>("it has dialled", || {
            caught = trap.accept().ok();
            caught.is_some()
        })
        .await;
        let (stream, _) = caught.expect("it was just there");
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    };
    let (joined, ()) = join(a.join([trap.local_addr().unwrap()]), reset).await;
    joined.expect_err("nobody answered");
    // The other way round: a request that breaks off.
    for len in [0, 1, 5] {
        let mut stream = TcpStream::connect(*a.advertised()).unwrap();
        stream.write_all(&BEGINNING[..len]).unwrap();
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
    let merged = count(&a, "exchanges_merged");
    until::<C>("an exchange", || count(&a, "exchanges_merged") > merged).await;
    assert_eq!((names(&a), names(&b)), (vec!["a".into(), "b".into()], names(&a)));
    down::<C>([a, b]).await;
}

/// Both ways carry more than that, in one sealed piece; it breaks in the middle.
pub(crate) async fn a_reset_inside_an_encrypted_exchange_harms_nobody<C: Cell>() {
    let state = Bytes::from(vec![7; 4 * BROKEN_AFTER]);
    let node = async |id: &str| {
        let (tell, heard) = async_channel::unbounded();
        let delegate =
            CompositeDelegate::new().with_node(HasState { state: state.clone(), heard: tell });
        let encryption = keys::encryption(keys::key(1, 32));
        let mut options = quick();
        // No exchanges but those of this test.
        options.push_pull_interval = Duration::ZERO;
        let builder = builder::<C>(id).options(options).delegate(delegate).encryption(encryption);
        (builder.start().await.unwrap(), heard)
    };
    let ((a, _at_a), (b, _at_b), (c, at_c)) = (node("a").await, node("b").await, node("c").await);
    meet::<C>(&a, &b).await;

    let broken = breaker(*a.advertised(), Way::Request, BROKEN_AFTER);
    within::<C, _>("an end", c.join([broken])).await.expect_err("the request breaks");
    until::<C>("it is counted", || count(&a, "streams_broken") > 0).await;
    assert_eq!(names(&a), ["a", "b"], "nobody has heard of the third");

    let broken = breaker(*a.advertised(), Way::Answer, BROKEN_AFTER);
    within::<C, _>("an end", c.join([broken])).await.expect_err("the answer breaks");
    assert!(at_c.is_empty(), "nothing of the answer is taken");
    assert_eq!(count(&c, "exchanges_merged"), 0);

    meet::<C>(&a, &c).await;
    assert!(next::<C, _>("a state", &at_c).await == (state, true));
    for node in [&a, &b, &c] {
        sees::<C>(node, 3).await;
        assert_eq!(count(node, "frame_undecryptable"), 0);
    }
    down::<C>([a, b, c]).await;
}

pub(crate) async fn the_port_is_taken_again_at_once<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let at = *b.advertised();
    for _ in 0..3 {
        within::<C, _>("a message", a.send(&"b".into(), Bytes::from_static(b"x"))).await.unwrap();
    }
    down::<C>([b]).await;
    let again = builder_at::<C>("b", at);
    let again = again.start().await.expect("the port is free");
    assert_eq!(*again.advertised(), at);
    meet::<C>(&a, &again).await;
    down::<C>([a, again]).await;
}
