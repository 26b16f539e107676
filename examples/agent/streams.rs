//! What carries the streams, from flags.

use std::sync::Arc;

use memberlist::net::Tls;
use memberlist::net::TlsConfig;
use memberlist::net::TlsFiles;
use memberlist::net::rustls::crypto::ring;

use crate::flags::Flags;
use crate::flags::Transport;

/// What is between TCP and the node.
pub(crate) enum Streams {
    Tcp,
    Tls(Tls),
    #[cfg(feature = "native-tls")]
    NativeTls(memberlist::net::NativeTls),
}

/// What the flags ask for; the error says which flag to change.
pub(crate) fn streams(flags: &Flags) -> Result<Streams, String> {
    match flags.transport {
        Transport::Tcp if has_tls_flags(flags) => {
            Err("the --tls flags need a --transport with certificates: leave them out".to_owned())
        }
        Transport::Tcp => Ok(Streams::Tcp),
        Transport::Tls => certificates(flags).map(|config| Streams::Tls(Tls::new(config))),
        Transport::NativeTls => native(flags),
        Transport::Quinn | Transport::S2n => {
            Err("this --transport is not built in: leave it out, or use --transport tls".to_owned())
        }
    }
}

fn has_tls_flags(flags: &Flags) -> bool {
    let files = [&flags.tls_ca, &flags.tls_cert, &flags.tls_key];
    files.into_iter().any(Option::is_some) || flags.tls_name.is_some()
}

/// The three files that every transport with TLS needs.
fn files(flags: &Flags) -> Result<TlsFiles, String> {
    match (&flags.tls_ca, &flags.tls_cert, &flags.tls_key) {
        (Some(ca), Some(cert), Some(key)) => {
            Ok(TlsFiles { ca: ca.clone(), cert: cert.clone(), key: key.clone() })
        }
        _ => {
            let words = "this --transport needs --tls-ca, --tls-cert and --tls-key: give all \
                         three, or leave it out";
            Err(words.to_owned())
        }
    }
}

/// What rustls is made with, over TCP and in QUIC.
pub(crate) fn certificates(flags: &Flags) -> Result<TlsConfig, String> {
    let config = TlsConfig::from_files(Arc::new(ring::default_provider()), &files(flags)?);
    let mut config = config.map_err(|error| format!("--tls-ca, --tls-cert, --tls-key: {error}"))?;
    if let Some(name) = &flags.tls_name {
        config = config.server_name(name).map_err(|error| format!("--tls-name: {error}"))?;
    }
    Ok(config)
}

#[cfg(feature = "native-tls")]
fn native(flags: &Flags) -> Result<Streams, String> {
    use memberlist::net::NativeTls;
    use memberlist::net::NativeTlsConfig;

    let config = NativeTlsConfig::from_files(&files(flags)?);
    let mut config = config.map_err(|error| format!("--transport native-tls: {error}"))?;
    if let Some(name) = &flags.tls_name {
        config = config.server_name(name);
    }
    Ok(Streams::NativeTls(NativeTls::new(config)))
}

#[cfg(not(feature = "native-tls"))]
fn native(_: &Flags) -> Result<Streams, String> {
    Err("--transport native-tls is not built in: build with `--features native-tls`, or use \
         --transport tls"
        .to_owned())
}
