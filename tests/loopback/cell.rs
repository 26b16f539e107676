//! One cell of the table: what carries packets and streams, on a runtime.

use core::marker::PhantomData;

use memberlist::agnostic::Runtime;
use memberlist::net::{StreamLayer, Tcp};
use memberlist::{Builder, Carrier, Layered};

/// What one test runs on.
pub(crate) trait Cell {
    type Runtime: Runtime;
    type Layer: Carrier<Self::Runtime>;

    /// A node that gets on with every other one of the cell.
    fn builder(id: &str) -> Layered<Self::Runtime, Self::Layer>;
}

/// `L` on the runtime `R`.
pub(crate) struct On<R, L>(PhantomData<(R, L)>);

impl<R: Runtime, L: Over<R>> Cell for On<R, L> {
    type Runtime = R;
    type Layer = L::Carrier;

    fn builder(id: &str) -> Layered<R, L::Carrier> {
        L::builder(id)
    }
}

/// What names a column of the table.
pub(crate) trait Over<R: Runtime> {
    type Carrier: Carrier<R>;

    fn builder(id: &str) -> Layered<R, Self::Carrier>;
}

/// Packets may go in the clear: they are not what layers are about.
impl<R: Runtime, L: Layer> Over<R> for L {
    type Carrier = L;

    fn builder(id: &str) -> Layered<R, L> {
        Builder::over(id.into(), L::any()).allow_plain_datagrams(true)
    }
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

/// QUIC by a library on a runtime.
#[cfg(any(feature = "quinn", feature = "s2n"))]
mod quic {
    use std::sync::LazyLock;

    use memberlist::quic::{Quic, QuicLayer, TlsConfig};
    use memberlist::{Builder, Layered};

    use super::Over;
    use crate::certs::Authority;

    static COMMON: LazyLock<Authority> = LazyLock::new(|| Authority::new("common"));

    fn tls() -> TlsConfig {
        crate::certs::config(&[&COMMON], &COMMON.sign())
    }

    fn over<L: QuicLayer>(id: &str, layer: L) -> Layered<L::Runtime, Quic<L>> {
        Builder::over(id.into(), Quic::new(layer))
    }

    #[cfg(feature = "quinn")]
    pub(crate) struct Quinn;

    #[cfg(feature = "quinn")]
    impl<R: memberlist::agnostic::Runtime> Over<R> for Quinn {
        type Carrier = Quic<memberlist::quic::Quinn<R>>;

        fn builder(id: &str) -> Layered<R, Self::Carrier> {
            over(id, memberlist::quic::Quinn::new(tls()).unwrap())
        }
    }

    #[cfg(feature = "s2n")]
    pub(crate) struct S2n;

    #[cfg(feature = "s2n")]
    impl Over<memberlist::tokio::Runtime> for S2n {
        type Carrier = Quic<memberlist::quic::S2n>;

        fn builder(id: &str) -> Layered<memberlist::tokio::Runtime, Self::Carrier> {
            over(id, memberlist::quic::S2n::new(tls()).unwrap())
        }
    }
}

#[cfg(feature = "quinn")]
pub(crate) use quic::Quinn;
#[cfg(feature = "s2n")]
pub(crate) use quic::S2n;

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
        use memberlist::net::Tls;

        use super::*;
        use crate::certs::config;

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
