//! The stream plane over each layer.

use agnostic::Runtime;
use futures_util::future::join;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use memberlist_core::transport::Transport;
use memberlist_net::{NetOptions, NetTransport, StreamLayer, Tcp};

use crate::support::{address, count, within};

/// More than the buffers of a connection hold.
const LARGE: usize = 4 << 20;

/// A layer that gets on with every other that is made so.
pub(crate) trait Layer: StreamLayer + Sized {
    fn any() -> Self;
}

impl Layer for Tcp {
    fn any() -> Self {
        Self
    }
}

#[cfg(any(feature = "tls-ring", feature = "native-tls"))]
mod guarded {
    use std::sync::LazyLock;

    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::Layer;

    static AUTHORITY: LazyLock<CertifiedIssuer<'static, KeyPair>> = LazyLock::new(|| {
        let mut params = CertificateParams::default();
        // Under one name with what it signs, OpenSSL would take that for signed by itself.
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    });

    /// A certificate for the loopback and its key.
    fn identity() -> (rcgen::Certificate, KeyPair) {
        let (params, key) = (CertificateParams::new(["127.0.0.1".to_owned()]), KeyPair::generate());
        let (params, key) = (params.unwrap(), key.unwrap());
        (params.signed_by(&key, &*AUTHORITY).unwrap(), key)
    }

    #[cfg(feature = "tls-ring")]
    impl Layer for memberlist_net::Tls {
        fn any() -> Self {
            use memberlist_net::rustls::crypto::ring::default_provider;
            use memberlist_net::rustls::pki_types::PrivateKeyDer;

            let (cert, key) = identity();
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            let (ca, chain) = (AUTHORITY.der().clone(), vec![cert.der().clone()]);
            let provider = default_provider().into();
            Self::new(memberlist_net::TlsConfig::mutual(provider, [ca], chain, key).unwrap())
        }
    }

    #[cfg(feature = "native-tls")]
    impl Layer for memberlist_net::NativeTls {
        fn any() -> Self {
            let (cert, key) = identity();
            let (ca, cert, key) = (AUTHORITY.pem(), cert.pem(), key.serialize_pem());
            let parts = (ca.as_bytes(), cert.as_bytes(), key.as_bytes());
            let config = memberlist_net::NativeTlsConfig::from_pem(parts.0, parts.1, parts.2);
            Self::new(config.unwrap())
        }
    }
}

async fn over<R: Runtime, L: Layer>() -> NetTransport<L, R> {
    let options = NetOptions::new([address("127.0.0.1:0")]);
    NetTransport::bind_with(L::any(), options).await.unwrap()
}

pub(crate) async fn the_dialling_side_ends_and_is_still_answered<R: Runtime, L: Layer>() {
    let (a, b) = (over::<R, L>().await, over::<R, L>().await);
    let ask = async {
        let mut dialled = a.dial(b.advertised()).await.unwrap();
        dialled.write_all(b"a question").await.unwrap();
        dialled.close().await.unwrap();
        let mut got = Vec::new();
        dialled.read_to_end(&mut got).await.unwrap();
        assert!(got == vec![9; LARGE], "{}", got.len());
    };
    let answer = async {
        let (mut accepted, _) = b.accept().await.unwrap();
        let mut heard = Vec::new();
        accepted.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"a question");
        accepted.write_all(&vec![9; LARGE]).await.unwrap();
        accepted.close().await.unwrap();
    };
    within::<R, _>(join(ask, answer)).await;
    if L::any().guards_streams() {
        assert_eq!((count(&b, "handshakes"), count(&b, "handshakes_failed")), (1, 0));
    }
}

/// Nothing that the accepting side sends by itself may reset a stream that was written, closed and
/// dropped.
pub(crate) async fn what_was_written_arrives_after_the_writer_is_gone<R: Runtime, L: Layer>() {
    let (a, b) = (over::<R, L>().await, over::<R, L>().await);
    let say = async {
        let mut dialled = a.dial(b.advertised()).await.unwrap();
        dialled.write_all(&vec![7; LARGE]).await.unwrap();
        dialled.close().await.unwrap();
    };
    let hear = async {
        let (mut accepted, _) = b.accept().await.unwrap();
        let mut heard = Vec::new();
        accepted.read_to_end(&mut heard).await.unwrap();
        assert!(heard == vec![7; LARGE], "{}", heard.len());
    };
    within::<R, _>(join(say, hear)).await;
}
