//! One cell of the table: a layer around streams on a runtime.

use core::marker::PhantomData;

use memberlist::agnostic::Runtime;
use memberlist::net::{StreamLayer, Tcp};

/// What one test runs on.
pub(crate) trait Cell {
    type Runtime: Runtime;
    type Layer: Layer;
}

/// The layer `L` on the runtime `R`.
pub(crate) struct On<R, L>(PhantomData<(R, L)>);

impl<R: Runtime, L: Layer> Cell for On<R, L> {
    type Runtime = R;
    type Layer = L;
}

/// A layer that tests can make.
pub(crate) trait Layer: StreamLayer + Sized {
    /// One that gets on with every other that is made so.
    fn any() -> Self;
}

impl Layer for Tcp {
    fn any() -> Self {
        Self
    }
}

/// A layer with certificates.
#[cfg(any(feature = "tls", feature = "native-tls"))]
pub(crate) use guarded::Guarded;

#[cfg(any(feature = "tls", feature = "native-tls"))]
mod guarded {
    use std::sync::LazyLock;

    use super::Layer;
    use crate::certs::{Authority, Identity};

    /// The authority of all layers that need not be told apart.
    static COMMON: LazyLock<Authority> = LazyLock::new(|| Authority::new("common"));

    pub(crate) trait Guarded: Layer + Clone {
        /// Whether the accepting side asks for a certificate too.
        const MUTUAL: bool;

        /// Shows `identity`, trusts what `authorities` have signed.
        fn with(authorities: &[&Authority], identity: &Identity) -> Self;

        /// Does so from now on.
        fn change(&self, authorities: &[&Authority], identity: &Identity);
    }

    #[cfg(feature = "tls")]
    mod rustls {
        use std::sync::Arc;

        use memberlist::net::rustls::crypto::ring;
        use memberlist::net::rustls::pki_types::pem::PemObject;
        use memberlist::net::rustls::pki_types::{CertificateDer, PrivateKeyDer};
        use memberlist::net::{Tls, TlsConfig};

        use super::*;

        fn config(authorities: &[&Authority], identity: &Identity) -> TlsConfig {
            let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
            let trusted = authorities.iter().map(|authority| certificate(&authority.pem()));
            let (provider, chain) = (ring::default_provider(), vec![certificate(&identity.cert)]);
            TlsConfig::mutual(Arc::new(provider), trusted, chain, key).unwrap()
        }

        impl Layer for Tls {
            fn any() -> Self {
                Self::with(&[&COMMON], &COMMON.sign())
            }
        }

        impl Guarded for Tls {
            const MUTUAL: bool = true;

            fn with(authorities: &[&Authority], identity: &Identity) -> Self {
                Self::new(config(authorities, identity))
            }

            fn change(&self, authorities: &[&Authority], identity: &Identity) {
                self.reload(config(authorities, identity));
            }
        }
    }

    #[cfg(feature = "native-tls")]
    mod system {
        use memberlist::net::{NativeTls, NativeTlsConfig};

        use super::*;

        fn config(authorities: &[&Authority], identity: &Identity) -> NativeTlsConfig {
            let ca: String = authorities.iter().map(|authority| authority.pem()).collect();
            let Identity { cert, key } = identity;
            NativeTlsConfig::from_pem(ca.as_bytes(), cert.as_bytes(), key.as_bytes()).unwrap()
        }

        impl Layer for NativeTls {
            fn any() -> Self {
                Self::with(&[&COMMON], &COMMON.sign())
            }
        }

        impl Guarded for NativeTls {
            const MUTUAL: bool = false;

            fn with(authorities: &[&Authority], identity: &Identity) -> Self {
                Self::new(config(authorities, identity))
            }

            fn change(&self, authorities: &[&Authority], identity: &Identity) {
                self.reload(config(authorities, identity));
            }
        }
    }
}
