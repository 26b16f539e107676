//! Who is not let in, and what both sides hear of it.

use std::io::Error;
use std::sync::Arc;
use std::time::Duration;

use memberlist_core::transport::Transport;
use memberlist_core::types::Cidrs;
use memberlist_quic::rustls::ClientConfig;
use memberlist_quic::{QuicTransport, TlsConfig};

use crate::certificates::{Authority, CLUSTER};
use crate::support::*;

/// The error of a stranger that dials, which `at` must have counted too.
async fn refusal<C: Cell>(stranger: &Quic<C>, at: &Quic<C>) -> Error {
    let error = within::<C, _>("a refusal", stranger.dial(at.advertised())).await.err().unwrap();
    counted::<C>(at, "handshakes_failed", 1).await;
    assert_eq!(count(stranger, "connections_failed"), 1);
    for at in [stranger, at] {
        assert_eq!(count(at, "connections_open"), 0);
    }
    error
}

pub(crate) async fn a_certificate_of_another_authority<C: Cell>() {
    let a = bind::<C>(&Authority::new(), anywhere(), options()).await;
    let stranger = bind::<C>(&Authority::new(), anywhere(), options()).await;
    let error = refusal::<C>(&stranger, &a).await.to_string();
    assert!(error.to_lowercase().contains("certificate"), "{error}");
}

pub(crate) async fn no_certificate<C: Cell>() {
    let authority = Authority::new();
    let a = bind::<C>(&authority, anywhere(), options()).await;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = authority.sign(&[CLUSTER]).server().clone();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.certificate()).unwrap();
    let anonymous = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = TlsConfig::new(Arc::new(anonymous), server).server_name(CLUSTER).unwrap();
    let layer = C::layer(config);
    let stranger = QuicTransport::bind(layer, anywhere(), options()).await.unwrap();
    let error = refusal::<C>(&stranger, &a).await.to_string();
    assert!(error.to_lowercase().contains("certificate"), "{error}");
}

pub(crate) async fn a_certificate_of_another_name<C: Cell>() {
    let authority = Authority::new();
    let layer = C::layer(authority.sign(&["other.test"]));
    let a = QuicTransport::bind(layer, anywhere(), options()).await.unwrap();
    let b = bind::<C>(&authority, anywhere(), options()).await;
    let error = refusal::<C>(&b, &a).await.to_string();
    let tells = error.contains(CLUSTER) && error.contains("other.test");
    assert!(tells || (C::TERSE && error.contains("certificate")), "{error}");
}

pub(crate) async fn who_is_not_allowed_gets_no_answer<C: Cell>() {
    let authority = Authority::new();
    let elsewhere = anywhere().allowed(Cidrs::only(["10.0.0.0/8"]).unwrap());
    let a = bind::<C>(&authority, elsewhere, options()).await;
    let mut hasty = options();
    hasty.handshake_timeout = Duration::from_millis(300);
    let b = bind::<C>(&authority, anywhere(), hasty).await;
    let error = within::<C, _>("a refusal", b.dial(a.advertised())).await.err().unwrap();
    assert!(error.kind() == std::io::ErrorKind::TimedOut || C::TERSE, "{error}");
    assert!(count(&a, "connections_not_allowed") > 0);
    assert_eq!(count(&a, "connections_accepted"), 0);
}
