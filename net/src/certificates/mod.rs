//! What TLS by rustls is made with, in streams over TCP and in QUIC.

mod config;
mod error;

pub use config::TlsConfig;
pub use error::TlsError;
