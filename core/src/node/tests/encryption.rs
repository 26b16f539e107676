//! Clusters with keys: joined, refused, turned round and moved, under traffic.

use bytes::Bytes;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::delegate::{ChannelDelegate, Told};
use crate::frame::{
    Checksum, Cipher, Compress, Compression, Encryption, EncryptionStatus, Framer, Keyring, Layers,
    SecretKey,
};
use crate::transport::Transport as _;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn key(byte: u8) -> SecretKey {
    SecretKey::try_from(&[byte; 32][..]).unwrap()
}

fn keyring(keys: &[u8]) -> Keyring {
    Keyring::new(Cipher::AesGcm, keys.iter().copied().map(key)).unwrap()
}

fn encrypted(keys: &[u8]) -> Encryption {
    Encryption::new(keyring(keys))
}

async fn start_encrypted(network: &Network, name: &str, encryption: Encryption) -> Node {
    let builder = builder(network, name).resolver(ParseResolver).encryption(encryption);
    builder.start().await.expect("it starts")
}

type Channel = async_channel::Receiver<Told<Name, Name>>;

/// Four nodes that know one another, and what each is told.
async fn cluster(network: &Network, encryption: impl Fn() -> Encryption) -> Vec<(Node, Channel)> {
    let mut nodes: Vec<(Node, Channel)> = Vec::new();
    for name in NAMES {
        let (delegate, channel) = ChannelDelegate::new(65_536);
        let builder = builder(network, name).encryption(encryption()).delegate(delegate);
        let node = builder.start().await.expect("it starts");
        if let Some((first, _)) = nodes.first() {
            meet(first, &node).await;
        }
        nodes.push((node, channel));
    }
    for (node, _) in &nodes {
        soon(node.wait_for(|members| members.len() == NAMES.len())).await.unwrap();
    }
    nodes
}

/// Each sends each of the others a message on each plane; all of them arrive.
async fn everybody_is_heard(nodes: &[(Node, Channel)], round: u32) {
    let mut expected = 0;
    for (node, _) in nodes {
        for name in NAMES.into_iter().filter(|name| node.local().id() != *name) {
            let payload = Bytes::from(format!("{round} from {}", node.local().id()));
            soon(node.send(&name.into(), payload.clone())).await.unwrap();
            soon(node.send_packet(&name.into(), payload)).await.unwrap();
        }
        expected += 2;
    }
    for (_, channel) in nodes {
        let mut heard = 0;
        while heard < expected - 2 {
            if let Told::Message(message) = soon(channel.recv()).await.expect("the node is up") {
                assert!(message.payload.starts_with(round.to_string().as_bytes()));
                heard += 1;
            }
        }
    }
}

fn nothing_was_refused(nodes: &[(Node, Channel)]) {
    for (node, _) in nodes {
        for (name, value) in node.stats().iter() {
            let is_refusal = name.starts_with("frame_") || name == "streams_malformed";
            assert!(!is_refusal || value == 0, "{name} is {value}");
        }
        assert_eq!(node.num_members(), NAMES.len());
    }
}

#[tokio::test(start_paused = true)]
async fn those_with_the_key_meet_and_others_are_told_why_not() {
    let network = network();
    let a = start_encrypted(&network, "a", encrypted(&[1])).await;
    let b = start_encrypted(&network, "b", encrypted(&[2, 1])).await;
    let c = start_encrypted(&network, "c", encrypted(&[3])).await;
    let plain = start(&network, "d").await;

    // It seals with a key that `a` does not have.
    let words = soon(b.join([a.advertised().clone()])).await.unwrap_err().to_string();
    assert!(words.contains("no key opens it"), "{words}");
    b.encryption().unwrap().keyring().use_key(&key(1)).unwrap();
    meet(&a, &b).await;

    let words = soon(c.join([a.advertised().clone()])).await.unwrap_err().to_string();
    assert!(words.contains("no key opens it"), "{words}");
    counted(&a, "frame_undecryptable", 2).await;
    let words = soon(plain.join([a.advertised().clone()])).await.unwrap_err().to_string();
    assert!(words.contains("this node has no key"), "{words}");
    counted(&a, "frame_not_encrypted", 1).await;
    assert_eq!(names(&a.members()), ["a", "b"]);
    assert!(a.encryption_status().is_enforced());
    assert_eq!(plain.encryption_status(), EncryptionStatus::NONE);
}

/// Keys that are lost turn nothing off: what is to be encrypted stays unsaid and unheard.
#[tokio::test(start_paused = true)]
async fn a_ring_without_keys_neither_speaks_nor_listens_in_the_clear() {
    let network = network();
    let none = builder(&network, "z").resolver(ParseResolver).encryption(encrypted(&[]));
    let words = none.start().await.unwrap_err().to_string();
    assert!(words.starts_with("the keyring is empty and plain text is refused"), "{words}");

    let a = start_encrypted(&network, "a", encrypted(&[1])).await;
    let plain = start(&network, "b").await;
    a.encryption().unwrap().keyring().replace([]).unwrap();
    let words = soon(plain.join([a.advertised().clone()])).await.unwrap_err().to_string();
    assert!(!words.is_empty() && a.members().len() == 1, "{words}");
    counted(&a, "frame_not_encrypted", 1).await;
    let words = soon(a.join([plain.advertised().clone()])).await.unwrap_err().to_string();
    assert!(words.contains("the primary key cannot seal"), "{words}");
    assert_eq!(names(&plain.members()), ["b"]);
}

/// Install, use, remove, one node after the other, with messages on both planes after each step.
#[tokio::test(start_paused = true)]
async fn turning_the_keys_under_traffic_loses_nothing() {
    let network = network();
    let nodes = cluster(&network, || encrypted(&[1])).await;
    let mut round = 0;
    for (old, new) in [(1, 2), (2, 3), (3, 1)] {
        let steps: [&dyn Fn(&Keyring); 3] = [
            &|ring| assert!(ring.install(key(new)).unwrap()),
            &|ring| ring.use_key(&key(new)).unwrap(),
            &|ring| assert!(ring.remove(&key(old)).unwrap()),
        ];
        for step in steps {
            for (node, _) in &nodes {
                step(node.encryption().unwrap().keyring());
                round += 1;
                everybody_is_heard(&nodes, round).await;
            }
            nothing_was_refused(&nodes);
        }
        for (node, _) in &nodes {
            assert_eq!(node.encryption().unwrap().keyring().keys(), [key(new)]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_plain_cluster_is_moved_to_an_encrypted_one_and_back_while_it_runs() {
    let network = network();
    let plain = || encrypted(&[]).verify_incoming(false).verify_outgoing(false);
    let nodes = cluster(&network, plain).await;
    everybody_is_heard(&nodes, 1).await;
    let steps: [&dyn Fn(&Encryption); 6] = [
        &|encryption| assert!(encryption.keyring().install(key(1)).unwrap()),
        &|encryption| encryption.set_verify_outgoing(true),
        &|encryption| encryption.set_verify_incoming(true),
        &|encryption| encryption.set_verify_incoming(false),
        &|encryption| encryption.set_verify_outgoing(false),
        &|encryption| encryption.keyring().replace([]).unwrap(),
    ];
    let mut round = 1;
    for (at, step) in steps.into_iter().enumerate() {
        for (node, _) in &nodes {
            step(node.encryption().unwrap());
            round += 1;
            everybody_is_heard(&nodes, round).await;
        }
        nothing_was_refused(&nodes);
        let enforced = nodes.iter().filter(|(node, _)| node.encryption_status().is_enforced());
        assert_eq!(enforced.count(), if at == 2 { NAMES.len() } else { 0 });
    }
}

/// Nodes that chose differently in everything read one another.
#[tokio::test(start_paused = true)]
async fn a_ring_of_mixed_choices_is_one_cluster() {
    let network = network();
    let compressions: Vec<_> =
        Compression::ALL.into_iter().filter(|algorithm| algorithm.is_built_in()).collect();
    let checksums: Vec<_> =
        Checksum::ALL.into_iter().filter(|checksum| checksum.is_built_in()).collect();
    let mut nodes: Vec<Node> = Vec::new();
    for at in 0..12 {
        let compression = compressions.get(at % (compressions.len() + 1)).copied();
        let compress = compression.map(Compress::from);
        let chacha = at % 2 == 1 && Cipher::ChaCha20Poly1305.is_built_in();
        let cipher = if chacha { Cipher::ChaCha20Poly1305 } else { Cipher::AesGcm };
        let encryption = Encryption::new(Keyring::new(cipher, [key(1)]).unwrap());
        let builder = builder(&network, &format!("node-{at}"))
            .checksum(checksums.get(at % (checksums.len() + 1)).copied())
            .compress_packets(compress)
            .compress_streams(compress)
            .encryption(encryption);
        let node = builder.start().await.expect("it starts");
        if let Some(first) = nodes.first() {
            meet(first, &node).await;
        }
        nodes.push(node);
    }
    for node in &nodes {
        soon(node.wait_for(|members| members.len() == 12)).await.unwrap();
    }
    for from in &nodes {
        for to in &nodes {
            soon(from.ping(to.local().id())).await.unwrap();
            soon(from.send(to.local().id(), vec![7; 5_000].into())).await.unwrap();
        }
        assert_eq!(from.stats().get("streams_malformed"), Some(0));
    }
}

/// What a stranger with nothing but a compressor can do: errors, counted, on both planes. With a
/// key nothing is inflated for it.
#[tokio::test(start_paused = true)]
async fn bombs_are_counted_and_nothing_is_inflated_without_the_key() {
    let network = network();
    let plain = start(&network, "a").await;
    let locked = start_encrypted(&network, "b", encrypted(&[1])).await;
    let stranger: Transport = network.bind("stranger".into()).unwrap();
    for to in [&plain, &locked] {
        network.inject("stranger".into(), to.advertised(), &bomb(2 * 1024 * 1024));
        let mut stream = soon(stranger.dial(to.advertised())).await.unwrap();
        soon(stream.write_all(&bomb(40 * 1024 * 1024))).await.unwrap();
        let mut answer = Vec::new();
        soon(stream.read_to_end(&mut answer)).await.unwrap();
        assert!(!answer.is_empty(), "it says what is wrong");
    }
    counted(&plain, "frame_inflated_too_large", 1).await;
    // What is in it claims 134 MB more.
    counted(&plain, "wire_too_large", 1).await;
    counted(&locked, "frame_not_encrypted", 2).await;
}

/// So many bytes, all the same, in a compressed message of a thousandth of that.
fn bomb(len: usize) -> Vec<u8> {
    let streams = Some(Compression::Lzw.into());
    let framer = Framer::new(Layers { streams, ..Layers::default() });
    let mut bomb = Vec::new();
    framer.seal_stream(false, &mut bomb, |out| out.resize(len, 8)).unwrap();
    bomb
}
