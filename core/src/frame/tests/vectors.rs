//! The Go library's bytes, both ways: the key is 00 to 0f, the nonce a0 to ab.

use super::*;

const NACK_HEX: &str = "0b81a55365714e6f2a";
const KEY_HEX: &str = "000102030405060708090a0b0c0d0e0f";

fn nonce() -> Result<[u8; 12], SealError> {
    Ok(core::array::from_fn(|at| 0xa0 + at as u8))
}

fn encryption() -> Encryption {
    let key = SecretKey::try_from(&unhex(KEY_HEX)[..]).unwrap();
    Encryption::new(Keyring::new(Cipher::AesGcm, [key]).unwrap()).with_nonce(nonce)
}

/// Label, checksum, compression, and the protocol version of a node that encrypts.
fn node(label: &str, checksum: bool, compress: bool, version: Option<u8>) -> Framer {
    let compress = compress.then_some(Compress { algorithm: Compression::Lzw, min_bytes: 0 });
    Framer::new(Layers {
        label: Label::try_from(label).unwrap(),
        checksum: checksum.then_some(Checksum::Crc32),
        packets: compress,
        streams: compress,
        encryption: version.map(|_| encryption()),
    })
    .for_protocol(version.unwrap_or(2))
}

fn assert_packet(name: &str, framer: &Framer, message: &str, hex: &str) {
    let (message, expected) = (unhex(message), unhex(hex));
    assert_eq!(seal(framer, &parts([&message[..]])), expected, "{name}");
    assert_eq!(open(framer, &expected), Ok(vec![Ok(&message[..])]), "{name}");
}

fn assert_stream(name: &str, framer: &Framer, message: &str, dialled: bool, hex: &str) {
    let (message, mut expected) = (unhex(message), unhex(hex));
    let mut sealed = Vec::new();
    framer.seal_stream(dialled, &mut sealed, |out| out.extend_from_slice(&message)).unwrap();
    assert_eq!(sealed, expected, "{name}");
    let StreamHead::Wrapped(range) = framer.open_stream(&expected, !dialled).unwrap() else {
        panic!("{name} is wrapped");
    };
    assert_eq!(range.end, expected.len(), "{name}");
    let mut inflated = Vec::new();
    let opened = framer.unwrap_stream(&mut expected[range], &mut inflated, &mut |_| true);
    assert_eq!(opened, Ok(&message[..]), "{name}");
}

#[test]
fn packets() {
    let compound = "0702001500270082a44e6f6465a66e6f64652d62a55365714e6f2a0383a446726f6da66e6f6465\
                    2d61ab496e6361726e6174696f6e02a44e6f6465a66e6f64652d62";
    let plain = node("", false, false, None);
    let two = [&unhex(&compound[12..54])[..], &unhex(&compound[54..])];
    assert_eq!(seal(&plain, &parts(two)), unhex(compound));
    assert_eq!(open(&plain, &unhex(compound)), Ok(two.map(Ok).to_vec()));

    let crc = node("", true, false, None);
    assert_packet("crc_nack", &crc, NACK_HEX, "0ca5cfa8170b81a55365714e6f2a");
    let ack = "0282a75061796c6f6164c0a55365714e6f2a";
    assert_packet("crc_ack", &crc, ack, &format!("0ced14719a{ack}"));
    let label = node("dc1", false, false, None);
    assert_packet("label", &label, NACK_HEX, "f4036463310b81a55365714e6f2a");
    assert_packet(
        "enc_v1",
        &node("", false, false, Some(2)),
        NACK_HEX,
        "01a0a1a2a3a4a5a6a7a8a9aaaba1079de81bf87d65a0010ce7d4a4da00c33b3016c2aff0aaf8",
    );
    assert_packet(
        "enc_v1_aad_dc1",
        &node("dc1", false, false, Some(2)),
        NACK_HEX,
        "f403646331\
         01a0a1a2a3a4a5a6a7a8a9aaaba1079de81bf87d65a067d44a5ab643eb61bdcd215393c97678",
    );
    assert_packet(
        "enc_v0",
        &node("", false, false, Some(1)),
        NACK_HEX,
        "00a0a1a2a3a4a5a6a7a8a9aaaba1079de81bf87d65a07fb2074115b767eb3b84bbbf3b213a8c3a0df206\
         8199e6",
    );
    assert_packet(
        "label_enc_crc",
        &node("dc1", true, false, Some(2)),
        NACK_HEX,
        "f40364633101a0a1a2a3a4a5a6a7a8a9aaaba623f7136982b2afd91dc44e29389f80bc52df777fd1ab38\
         dc6487f8\
         d41a",
    );
}

/// A user message of 60 times the same letter: 61 bytes become 29, 34 with the checksum. What does
/// not get shorter is sent as it is.
#[test]
fn packets_are_compressed_if_that_makes_them_shorter() {
    let compressed = "0cce9eb9a30982a4416c676f00a3427566b00011841948b0a0c18308132a5c683020";
    let user = format!("08{}", "61".repeat(60));
    assert_packet("compressed", &node("", true, true, None), &user, compressed);
    let all = node("", false, true, None);
    assert_packet("compress_nack", &all, NACK_HEX, NACK_HEX);
}

/// On streams compression is unconditional, so these show its bytes.
#[test]
fn streams() {
    let compress = node("", false, true, None);
    for (name, plain, hex) in [
        ("compress_a", "61", "0982a4416c676f00a3427566a400c30404"),
        ("compress_aaaa", "61616161", "0982a4416c676f00a3427566a600c3080c1310"),
        ("compress_abx4", "6162616261626162", "0982a4416c676f00a3427566a800c3881148504c40"),
        (
            "compress_z20",
            "7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a",
            "0982a4416c676f00a3427566a900f5081c48b060c180",
        ),
        ("compress_nack", NACK_HEX, "0982a4416c676f00a3427566ad0017042a35a54c1c276f540404"),
    ] {
        assert_stream(name, &compress, plain, true, hex);
    }
    let mut empty = Vec::new();
    compress.seal_stream(true, &mut empty, |_| {}).unwrap();
    assert_eq!(empty, unhex("0982a4416c676f00a3427566a3000302"), "compress_empty");
    let opened =
        compress.unwrap_stream(&mut empty, &mut Vec::new(), &mut |_| true).map(<[u8]>::to_vec);
    assert_eq!(opened, Err(OpenError::Empty));

    for (name, label, version, hex) in [
        (
            "stream_v1",
            "",
            2,
            "0a0000002601a0a1a2a3a4a5a6a7a8a9aaaba1079de81bf87d65a0ee324be89052e413e131c5238f\
             204105",
        ),
        (
            "stream_v1_dc1",
            "dc1",
            2,
            "0a0000002601a0a1a2a3a4a5a6a7a8a9aaaba1079de81bf87d65a01c80d2cdd5aaf93ff7a1cad1b0\
             f6116d",
        ),
        (
            "stream_v0",
            "",
            1,
            "0a0000002d00a0a1a2a3a4a5a6a7a8a9aaaba1079de81bf87d65a07fb2074115b767956fb8f8ef3a1d8688\
             24188e0d3d6e0b",
        ),
    ] {
        // An answer: it has no label in front, and the label is authenticated all the same.
        assert_stream(name, &node(label, false, false, Some(version)), NACK_HEX, false, hex);
    }
    assert_stream(
        "user_stream_all",
        &node("dc1", false, true, Some(2)),
        "0881aa557365724d73674c656e0568656c6c6f",
        true,
        "f4036463310a0000004201a0a1a2a3a4a5a6a7a8a9aaaba3049cfa12ee5c0a293ac066fe12a16401bb46\
         469a2e70\
         49b971235d0f8cbbcd42133c221fc1defb2abdb0f83e0ad299cbe2698501",
    );
}
