//! What goes around packets and streams, from flags.

use memberlist::Checksum;
use memberlist::Cipher;
use memberlist::Compression;
use memberlist::Encryption;
use memberlist::Keyring;
use memberlist::Label;
use memberlist::SecretKey;
use memberlist::frame::Compress;
use memberlist::frame::Layers;

use crate::flags;
use crate::flags::Flags;
use crate::flags::Wire;

/// Packets shorter than this are left as they are: the header alone takes 14 bytes.
const PACKET_BYTES_MIN: usize = 64;

/// What the flags ask for; the error says which flag to change.
pub(crate) fn layers(flags: &Flags) -> Result<Layers, String> {
    let label = Label::try_from(flags.label.as_deref().unwrap_or_default());
    let compression = compression(flags);
    let packets = compression.map(|algorithm| Compress { algorithm, min_bytes: PACKET_BYTES_MIN });
    Ok(Layers {
        label: label.map_err(|error| format!("--label: {error}"))?,
        checksum: checksum(flags),
        packets,
        streams: compression.map(Compress::from),
        encryption: encryption(flags)?,
    })
}

fn checksum(flags: &Flags) -> Option<Checksum> {
    match flags.checksum {
        // With this format it goes only to those who are known to read it.
        None => Some(Checksum::Crc32),
        Some(flags::Checksum::None) => None,
        Some(flags::Checksum::Crc32) => Some(Checksum::Crc32),
        Some(flags::Checksum::XxHash32) => Some(Checksum::XxHash32),
        Some(flags::Checksum::XxHash64) => Some(Checksum::XxHash64),
        Some(flags::Checksum::Murmur3) => Some(Checksum::Murmur3),
    }
}

fn compression(flags: &Flags) -> Option<Compression> {
    match flags.compress {
        None => (flags.wire == Wire::Msgpack).then_some(Compression::Lzw),
        Some(flags::Compress::None) => None,
        Some(flags::Compress::Lzw) => Some(Compression::Lzw),
        Some(flags::Compress::Lz4) => Some(Compression::Lz4),
        Some(flags::Compress::Snappy) => Some(Compression::Snappy),
        Some(flags::Compress::Zstd) => Some(Compression::Zstd),
        Some(flags::Compress::Brotli) => Some(Compression::Brotli),
    }
}

/// A keyring if there is a key or one may come: whoever switches the checks off means to move a
/// plain cluster to an encrypted one.
fn encryption(flags: &Flags) -> Result<Option<Encryption>, String> {
    let is_moving = flags.verify_incoming == Some(false) || flags.verify_outgoing == Some(false);
    if flags.key.is_empty() && !is_moving {
        return match (flags.verify_incoming, flags.verify_outgoing) {
            (None, None) => Ok(None),
            _ => Err("--verify-incoming and --verify-outgoing need a key: add --key".to_owned()),
        };
    }
    let cipher = match flags.cipher {
        flags::Cipher::AesGcm => Cipher::AesGcm,
        flags::Cipher::ChaCha20Poly1305 => Cipher::ChaCha20Poly1305,
    };
    let keys: Result<Vec<_>, _> = flags.key.iter().map(|key| SecretKey::from_base64(key)).collect();
    let keys = keys.map_err(|error| format!("--key: {error}"))?;
    let keyring = Keyring::new(cipher, keys).map_err(|error| format!("--key: {error}"))?;
    let encryption = Encryption::new(keyring)
        .verify_incoming(flags.verify_incoming.unwrap_or(true))
        .verify_outgoing(flags.verify_outgoing.unwrap_or(true));
    Ok(Some(encryption))
}
