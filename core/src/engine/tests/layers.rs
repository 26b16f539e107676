//! Every choice of layers keeps to the packet size, and what peers cannot read is refused.

use super::*;
use crate::engine::Side;
use crate::frame::{Cipher, Compress, Compression, Encryption, Keyring, SecretKey};
use crate::types::{Label, State};
use crate::wire::{DecodeError, Measure, Progress, RemoteState, StreamMessage, Wire};

const PACKET: usize = 1400;

/// The default format, as if those who speak it knew the Go library's algorithms only.
struct LikeGo;

impl Wire<SmolStr, SocketAddr> for LikeGo {
    const NAME: &'static str = "like-go";
    const RELAYS_BROADCASTS: bool = false;
    const GO_ALGORITHMS_ONLY: bool = true;

    fn id_len(id: &SmolStr) -> usize {
        <Lpe as Wire<SmolStr, SocketAddr>>::id_len(id)
    }

    fn encode(message: &Packet<'_>, out: &mut Vec<u8>) {
        Lpe::encode(message, out);
    }

    fn decode(bytes: &[u8]) -> Result<Packet<'_>, DecodeError> {
        Lpe::decode(bytes)
    }

    fn encode_stream(message: &StreamMessage<'_, SmolStr, SocketAddr>, out: &mut Vec<u8>) {
        Lpe::encode_stream(message, out);
    }

    fn decode_stream(bytes: &[u8]) -> Result<StreamMessage<'_, SmolStr, SocketAddr>, DecodeError> {
        Lpe::decode_stream(bytes)
    }

    fn measure_stream(head: &[u8], progress: &mut Progress) -> Result<Measure, DecodeError> {
        <Lpe as Wire<SmolStr, SocketAddr>>::measure_stream(head, progress)
    }
}

fn encryption(cipher: Cipher) -> Encryption {
    let key = SecretKey::try_from(&[1; 32][..]).unwrap();
    Encryption::new(Keyring::new(cipher, [key]).unwrap())
}

fn build<W: Wire<SmolStr, SocketAddr>>(
    layers: Layers,
    protocol_version: u8,
) -> Result<Engine<SmolStr, SocketAddr, W, App>, SetupError> {
    let mut options = Options::lan();
    options.protocol_version = protocol_version;
    let config = options.check().unwrap();
    Engine::new(Setup { config, layers, ..setup("a", 1) }, Arc::new(App::default()), NOW)
}

fn ciphers() -> impl Iterator<Item = Option<Cipher>> {
    let ciphers = [Cipher::AesGcm, Cipher::ChaCha20Poly1305];
    [None].into_iter().chain(ciphers.into_iter().filter(|cipher| cipher.is_built_in()).map(Some))
}

/// The largest payload fills a packet to the byte, but for what padding may leave free.
#[test]
fn whatever_wraps_a_packet_it_keeps_to_its_size() {
    for version in [1, 2] {
        for cipher in ciphers() {
            for checksum in Checksum::ALL.into_iter().filter(|checksum| checksum.is_built_in()) {
                let layers = Layers {
                    label: Label::try_from("a label").unwrap(),
                    checksum: Some(checksum),
                    encryption: cipher.map(encryption),
                    ..Layers::default()
                };
                let mut engine = build::<Lpe>(layers, version).unwrap();
                let max = engine.max_packet_payload();
                engine.send_packet(at(2), &vec![7; max]).unwrap();
                let mut out = Vec::new();
                let to = engine.poll_datagram(NOW, &mut out);
                assert_eq!(to, Some(at(2)));
                let pads = version == 1 && cipher == Some(Cipher::AesGcm);
                let slack = if pads { 16 } else { 1 };
                assert!((PACKET - slack + 1..=PACKET).contains(&out.len()), "{}", out.len());
                assert!(engine.send_packet(at(2), &vec![7; max + 1]).is_err());
            }
        }
    }
}

#[test]
fn room_for_encryption_is_kept_before_there_is_a_key() {
    if !Cipher::AesGcm.is_built_in() {
        return;
    }
    let ring = Keyring::new(Cipher::AesGcm, []).unwrap();
    let encryption = Encryption::new(ring.clone()).verify_outgoing(false);
    let layers = Layers { encryption: Some(encryption.clone()), ..Layers::default() };
    let mut engine = build::<Lpe>(layers, 2).unwrap();
    let max = engine.max_packet_payload();
    let sent = |engine: &mut Engine<_, _, Lpe, App>| {
        engine.send_packet(at(2), &vec![7; max]).unwrap();
        let mut out = Vec::new();
        assert!(engine.poll_datagram(NOW, &mut out).is_some());
        out.len()
    };
    assert_eq!(sent(&mut engine), PACKET - 29);
    ring.install(SecretKey::try_from(&[1; 16][..]).unwrap()).unwrap();
    encryption.set_verify_outgoing(true);
    assert_eq!(sent(&mut engine), PACKET);
}

#[test]
fn what_peers_could_not_read_is_refused_with_its_name() {
    let crc = Some(Checksum::Crc32).filter(|checksum| checksum.is_built_in());
    let of = |compression: Compression| Layers {
        checksum: crc,
        streams: Some(Compress::from(compression)),
        ..Layers::default()
    };
    for compression in Compression::ALL {
        let layers = of(compression);
        let ours = build::<Lpe>(layers.clone(), 2).err();
        let go = build::<LikeGo>(layers, 2).err();
        let name = compression.name();
        if !compression.is_built_in() {
            assert_eq!(ours, Some(SetupError::NotBuiltIn(name)));
            assert_eq!(go, Some(SetupError::NotBuiltIn(name)));
        } else if compression == Compression::Lzw {
            assert_eq!((ours, go), (None, None));
        } else {
            assert_eq!(ours, None);
            assert_eq!(go, Some(SetupError::BeyondGo { wire: "like-go", name }));
        }
    }
    if Cipher::ChaCha20Poly1305.is_built_in() {
        let encryption = Some(encryption(Cipher::ChaCha20Poly1305));
        let go = build::<LikeGo>(Layers { encryption, ..Layers::default() }, 2).err().unwrap();
        assert_eq!(
            go.to_string(),
            "the wire format like-go goes with lzw, crc32 and aes-gcm, not with chacha20-poly1305"
        );
    }
}

/// The Go library's nodes read checksums from protocol version 5 on, and may be older.
#[test]
fn a_go_node_gets_a_checksum_only_if_it_is_known_to_read_it() {
    let probe_has_checksum = |greatest| {
        let mut engine = build::<LikeGo>(layers(), 2).unwrap();
        let versions = Some(Versions::from_bytes([1, greatest, 2, 0, 0, 0]));
        take_as(&mut engine, Packet::Alive(Alive { versions, ..alive("b", 2) }));
        let mut out = Vec::new();
        while engine.poll_datagram(NOW, &mut out).is_some() {}
        loop {
            let due = engine.poll_timeout().unwrap();
            engine.handle_timeout(due);
            if engine.poll_datagram(due, &mut out).is_some() {
                return out[0] == 12;
            }
        }
    };
    assert!(!probe_has_checksum(4));
    assert!(probe_has_checksum(5));
    let mut engine = build::<LikeGo>(layers(), 2).unwrap();
    engine.send_packet(at(9), b"to a stranger").unwrap();
    let mut out = Vec::new();
    engine.poll_datagram(NOW, &mut out).unwrap();
    assert_eq!(out[0], 8, "a user message without a checksum");
}

fn take_as<W: Wire<SmolStr, SocketAddr>>(
    engine: &mut Engine<SmolStr, SocketAddr, W, App>,
    message: Packet<'_>,
) {
    engine.handle_datagram(NOW, at(2), &datagram(&[message]));
}

/// Both labels are in the one warning; here only that the packets are counted as what they are.
#[test]
fn another_cluster_is_counted_by_what_is_wrong_with_its_label() {
    let mut engine =
        build::<Lpe>(Layers { label: Label::try_from("ours").unwrap(), ..layers() }, 2).unwrap();
    for _ in 0..100 {
        engine.handle_datagram(NOW, at(2), &[244, 6, b't', b'h', b'e', b'i', b'r', b's', 0, 1]);
        engine.handle_datagram(NOW, at(2), &[0, 1]);
    }
    let stat = |name| engine.stats().find(|(known, _)| *known == name).map_or(0, |(_, n)| n);
    assert_eq!(stat("frame_label_other"), 100);
    assert_eq!(stat("frame_label_missing"), 100);
}

/// Passed on, such a member would stop all full exchanges between nodes of the Go library.
#[test]
fn like_go_a_member_without_versions_is_none() {
    let mut ours = build::<Lpe>(layers(), 2).unwrap();
    let mut like_go = build::<LikeGo>(layers(), 2).unwrap();
    let claim = Alive { versions: None, ..alive("b", 2) };
    let bytes = datagram(&[Packet::Alive(claim.clone())]);
    ours.handle_datagram(NOW, at(2), &bytes);
    like_go.handle_datagram(NOW, at(2), &bytes);
    let states = [RemoteState { claim, state: State::Alive }];
    let admitted = like_go.begin_merge(at(2), Side::Dialled, &states, false).unwrap();
    like_go.merge(NOW, &admitted, &states);
    assert!(knows(&ours, "b") && like_go.swim.member(&"b".into()).is_none());
    let refused = like_go.stats().find(|(name, _)| *name == "refused_versionless");
    assert_eq!(refused, Some(("refused_versionless", 2)));
}
