//! Errors of s2n-quic in words.

use std::io;

use s2n_quic::connection::Error;

/// An error in words: s2n-quic gives numbers for what TLS has to say.
pub(super) fn words(error: Error) -> io::Error {
    let kind = io::Error::from(error).kind();
    match error {
        Error::Transport { code, initiator, .. } if (0x100..0x200).contains(&code.as_u64()) => {
            let alert = rustls::AlertDescription::from((code.as_u64() & 0xff) as u8);
            let who = if initiator.is_remote() { "the peer" } else { "this node" };
            let words = format!("{who} refused the certificate or another part of TLS: {alert:?}");
            io::Error::new(io::ErrorKind::PermissionDenied, words)
        }
        error => io::Error::new(kind, error.to_string()),
    }
}
