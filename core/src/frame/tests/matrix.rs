//! Every compression with every checksum with every cipher, both planes, and every pair of nodes
//! that made other choices.

use super::*;

fn ciphers() -> Vec<Option<(Cipher, usize)>> {
    let choices = [
        (Cipher::AesGcm, 16),
        (Cipher::AesGcm, 24),
        (Cipher::AesGcm, 32),
        (Cipher::ChaCha20Poly1305, 32),
    ];
    let built_in = choices.into_iter().filter(|(cipher, _)| cipher.is_built_in()).map(Some);
    [None].into_iter().chain(built_in).collect()
}

fn compressions() -> Vec<Option<Compression>> {
    let built_in = Compression::ALL.into_iter().filter(|algorithm| algorithm.is_built_in());
    [None].into_iter().chain(built_in.map(Some)).collect()
}

fn checksums() -> Vec<Option<Checksum>> {
    let built_in = Checksum::ALL.into_iter().filter(|algorithm| algorithm.is_built_in());
    [None].into_iter().chain(built_in.map(Some)).collect()
}

fn key(len: usize) -> SecretKey {
    SecretKey::try_from(&vec![len as u8; len][..]).unwrap()
}

/// A ring with all keys whose primary one has `len` bytes.
fn ring(cipher: Cipher, len: usize) -> Encryption {
    let others = [16, 24, 32].into_iter().filter(|&other| other != len);
    let keys = [len].into_iter().chain(others).map(key);
    Encryption::new(Keyring::new(cipher, keys).unwrap())
}

/// All choices that a node can make, with both versions of the protocol.
fn nodes(version: u8) -> Vec<Framer> {
    let mut nodes = Vec::new();
    for cipher in ciphers() {
        for compression in compressions() {
            for checksum in checksums() {
                let compress = compression.map(Compress::from);
                let layers = Layers {
                    label: Label::try_from("dc1").unwrap(),
                    checksum,
                    packets: compress,
                    streams: compress,
                    encryption: cipher.map(|(cipher, len)| ring(cipher, len)),
                };
                nodes.push(Framer::new(layers).for_protocol(version));
            }
        }
    }
    nodes
}

/// One that reads whatever the others write: all keys, and plain text too.
fn readers() -> Vec<Framer> {
    let label = Label::try_from("dc1").unwrap();
    let built_in = ciphers().into_iter().flatten();
    let reader = |(cipher, len)| {
        let encryption = Some(ring(cipher, len).verify_incoming(false));
        Framer::new(Layers { label: label.clone(), encryption, ..Layers::default() })
    };
    let mut readers: Vec<_> = built_in.map(reader).collect();
    if readers.is_empty() {
        readers.push(Framer::new(Layers { label, ..Layers::default() }));
    }
    readers
}

fn messages() -> impl Strategy<Value = Vec<Vec<u8>>> {
    // Some that compress well, some that do not.
    let dull = (0x20u8..0x30, 1usize..300).prop_map(|(byte, len)| vec![byte; len]);
    vec(prop_oneof![message(), dull], 1..8)
}

fn stream(framer: &Framer, message: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::new();
    framer.seal_stream(true, &mut sealed, |out| out.extend_from_slice(message)).unwrap();
    sealed
}

fn open_stream(framer: &Framer, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    let mut sealed = sealed.to_vec();
    match framer.open_stream(&sealed, false)? {
        StreamHead::Needs(_) => Err(OpenError::Empty),
        StreamHead::Ends(start) => Ok(sealed[start..].to_vec()),
        StreamHead::Wrapped(range) => {
            let mut inflated = Vec::new();
            let wrapped = &mut sealed[range];
            let message = framer.unwrap_stream(wrapped, &mut inflated, &mut |_| true)?;
            Ok(message.to_vec())
        }
    }
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn whatever_a_node_chose_every_other_one_reads_it(messages in messages(), old: bool) {
        let all = parts(messages.iter().map(Vec::as_slice));
        let expected: Vec<_> = messages.iter().map(|message| Ok(&message[..])).collect();
        let readers = readers();
        for writer in nodes(if old { 1 } else { 2 }) {
            let packet = seal(&writer, &all);
            let plain = overhead::packed(all.len(), all.byte_len());
            prop_assert!(packet.len() <= plain + writer.overhead(), "{:?}", writer);
            let sealed = stream(&writer, &messages[0]);
            for reader in readers.iter().chain([&writer]) {
                let mut scratch = Scratch::default();
                let opened = reader.open(&packet, &mut scratch).map(|opened| {
                    opened.messages().map(|m| m.map(<[u8]>::to_vec)).collect::<Vec<_>>()
                });
                let opened = opened.unwrap_or_else(|error| panic!("{writer:?}: {error}"));
                let opened: Vec<_> = opened.iter().map(|m| m.as_deref().map_err(|e| *e)).collect();
                prop_assert_eq!(&opened, &expected);
                prop_assert_eq!(open_stream(reader, &sealed), Ok(messages[0].clone()));
            }
        }
    }

    /// Truncated anywhere, a flipped bit anywhere: never a panic, and never taken in where there is
    /// a key.
    #[test]
    fn damage_never_panics_and_never_passes_a_key(
        messages in messages(),
        cut in any::<prop::sample::Index>(),
        bit in any::<prop::sample::Index>(),
    ) {
        let all = parts(messages.iter().map(Vec::as_slice));
        for writer in nodes(1).iter().chain(&nodes(2)) {
            let is_sealed = writer.layers().encryption.is_some();
            let (packet, sealed) = (seal(writer, &all), stream(writer, &messages[0]));
            for (whole, is_stream) in [(packet, false), (sealed, true)] {
                let opens = |bytes: &[u8]| if is_stream {
                    open_stream(writer, bytes).is_ok()
                } else {
                    open(writer, bytes).is_ok_and(|items| {
                        items.iter().all(Result::is_ok)
                    })
                };
                let at = cut.index(whole.len());
                prop_assert!(!(opens(&whole[..at]) && is_sealed), "cut at {}", at);
                let mut damaged = whole.clone();
                let bit = bit.index(whole.len() * 8);
                damaged[bit / 8] ^= 1 << (bit % 8);
                // Whether the text is padded is not authenticated: so it is in the Go library.
                let version = if is_stream { 10 } else { 5 };
                let is_padding = bit == version * 8;
                let passes = opens(&damaged);
                prop_assert!(!(passes && is_sealed) || is_padding, "bit {}", bit);
            }
        }
    }

    /// What each inflater makes of noise, and of a good message that was changed.
    #[test]
    fn inflaters_never_panic_and_never_exceed(
        mut noise in vec(any::<u8>(), 0..400),
        plain in vec(0u8..4, 1..2_000),
        bit in any::<prop::sample::Index>(),
    ) {
        for algorithm in compressions().into_iter().flatten() {
            let wrapped = Compress::from(algorithm).wrap(&plain).unwrap();
            let mut damaged = wrapped.clone();
            let at = bit.index(wrapped.len() * 8);
            damaged[at / 8] ^= 1 << (at % 8);
            noise.splice(..noise.len().min(12), wrapped[..12].iter().copied());
            for bytes in [&damaged, &noise] {
                let mut out = Vec::new();
                let limit = 4_000;
                let _ = compress::unwrap(bytes, &mut Output::new(&mut out, limit, &mut |_| true));
                prop_assert!(out.len() <= limit, "{:?}", algorithm);
            }
        }
    }
}
