//! What is sent to both kinds to see whether they make the same of it: whole, then harmed.

use memberlist::Cipher;
use memberlist::Compress;
use memberlist::Compression;
use memberlist::Encryption;
use memberlist::Keyring;
use memberlist::SecretKey;
use memberlist::frame::Framer;
use memberlist::frame::Layers;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODw==";

/// A node that has the key, and takes what is not encrypted as well.
pub(crate) const KEYED: &[&str] = &["--key", KEY, "--verify-incoming", "false"];

/// Marsaglia's xorshift: the same on every run.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("it is below a usize")
    }
}

/// Harms bytes in one of the ways in which they come to harm, or in which somebody means it.
pub(crate) fn harm(rng: &mut Rng, mut bytes: Vec<u8>) -> Vec<u8> {
    let at = rng.below(bytes.len());
    match rng.below(7) {
        0 => bytes.truncate(at),
        1 | 2 => bytes[at] ^= 1 << rng.below(8),
        3 => bytes[at] = rng.next().to_be_bytes()[0],
        4 => bytes.insert(at, rng.next().to_be_bytes()[0]),
        5 => drop(bytes.remove(at)),
        _ => bytes[at] = [0xc0, 0xc1, 0xd9, 0xdb, 0xdd, 0xdf, 0xc9, 0x80, 0x90][rng.below(9)],
    }
    bytes
}

/// All ways of wrapping that Go knows: not at all, compressed, encrypted, both.
pub(crate) fn framers() -> Vec<Framer> {
    let key = SecretKey::from_base64(KEY).expect("it is a key");
    let ring = Keyring::new(Cipher::AesGcm, [key]).expect("it is built in");
    let encryption = Encryption::new(ring).verify_incoming(false);
    let compress = Compress { algorithm: Compression::Lzw, min_bytes: 0 };
    let choices = [(false, false), (true, false), (false, true), (true, true)];
    let layers = choices.map(|(compressed, encrypted)| Layers {
        packets: compressed.then_some(compress),
        streams: compressed.then_some(compress),
        encryption: encrypted.then(|| encryption.clone()),
        ..Layers::default()
    });
    layers.map(Framer::new).to_vec()
}
