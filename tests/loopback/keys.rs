//! Clusters with keys on real sockets.

use bytes::Bytes;
use memberlist::{Cipher, Compression, Encryption, Keyring, Label, SecretKey};

use crate::support::*;

pub(crate) fn key(byte: u8, len: usize) -> SecretKey {
    SecretKey::try_from(&vec![byte; len][..]).unwrap()
}

pub(crate) fn encryption(key: SecretKey) -> Encryption {
    Encryption::new(Keyring::new(Cipher::AesGcm, [key]).unwrap())
}

async fn locked<C: Cell>(id: &str, key: SecretKey, version: u8) -> Node {
    let mut options = quick();
    options.protocol_version = version;
    let builder = builder::<C>(id).options(options).label(Label::try_from("locked").unwrap());
    let builder = builder.compress_streams(Compression::Lzw).compress_packets(Compression::Lzw);
    builder.encryption(encryption(key)).start().await.expect("the node starts")
}

/// Keys of each length, with nodes of the padded and of the other version.
pub(crate) async fn nodes_with_one_key_meet_and_others_are_told_why_not<C: Cell>() {
    for len in [16, 24, 32] {
        let a = locked::<C>("a", key(1, len), 1).await;
        let b = locked::<C>("b", key(1, len), 2).await;
        meet::<C>(&a, &b).await;
        let payload = Bytes::from(vec![7; 200_000]);
        for (from, to) in [(&a, "b"), (&b, "a")] {
            within::<C, _>("a ping", from.ping(&to.into())).await.expect("it answers");
            within::<C, _>("a message", from.send(&to.into(), payload.clone())).await.unwrap();
        }
        let c = locked::<C>("c", key(2, len), 2).await;
        let joining = c.join([*a.advertised()]);
        let error = within::<C, _>("the refusal", joining).await.expect_err("another key");
        assert!(error.to_string().contains("no key opens it"), "{error}");
        until::<C>("it is counted", || count(&a, "frame_undecryptable") >= 1).await;
        assert_eq!((names(&a), names(&c)), (vec!["a".into(), "b".into()], vec!["c".into()]));
        down::<C>([a, b, c]).await;
    }
}

/// Each step on one node after the other; pings and full exchanges go on all the time.
pub(crate) async fn keys_are_turned_under_traffic<C: Cell>() {
    let nodes = [
        locked::<C>("a", key(1, 32), 2).await,
        locked::<C>("b", key(1, 32), 2).await,
        locked::<C>("c", key(1, 32), 2).await,
    ];
    meet::<C>(&nodes[0], &nodes[1]).await;
    meet::<C>(&nodes[0], &nodes[2]).await;
    let new = key(2, 16);
    let steps: [&dyn Fn(&Keyring); 3] = [
        &|ring| assert!(ring.install(new.clone()).unwrap()),
        &|ring| ring.use_key(&new).unwrap(),
        &|ring| assert!(ring.remove(&key(1, 32)).unwrap()),
    ];
    for step in steps {
        for node in &nodes {
            step(node.encryption().expect("it has a ring").keyring());
            for (from, to) in [(0, "b"), (1, "c"), (2, "a")] {
                let (from, to) = (&nodes[from], to.into());
                within::<C, _>("a ping", from.ping(&to)).await.expect("it answers");
                let sending = from.send(&to, Bytes::from_static(b"x"));
                within::<C, _>("a message", sending).await.expect("it is written");
            }
        }
        // What is still under way between two steps was sealed with the key of the last one.
        for node in &nodes {
            let exchanged = count(node, "exchanges_merged");
            until::<C>("an exchange", || count(node, "exchanges_merged") > exchanged).await;
        }
    }
    for node in &nodes {
        let refused = count(node, "frame_undecryptable") + count(node, "streams_malformed");
        assert_eq!((refused, node.num_members()), (0, 3));
        assert_eq!(node.encryption_status().primary_len, Some(16));
    }
    down::<C>(nodes).await;
}
