//! A node before it starts.

use core::marker::PhantomData;
use core::net::SocketAddr;
use std::io;

use agnostic::Runtime;
use memberlist_core::config::Options;
use memberlist_core::delegate::{Delegate, VoidDelegate};
use memberlist_core::frame::{Checksum, Compress, Encryption, Layers};
use memberlist_core::node::{self, BuildError, Memberlist, WeakMemberlist};
use memberlist_core::transport::{SeedResolver, Transport};
use memberlist_core::types::{Cidrs, Id, Label, Meta};
use memberlist_core::wire::{Lpe, Wire};
use memberlist_net::resolve::HostResolver;
use memberlist_net::{NetOptions, StreamLayer, Tcp};

use crate::bind::{BindAddress, DEFAULT_PORT, EVERYWHERE};
use crate::carrier::Carrier;

type MakeDelegate<I, D> = Box<dyn FnOnce(WeakMemberlist<I, SocketAddr>) -> D + Send>;
type MakeResolver<S> = Box<dyn FnOnce(u16) -> S + Send>;

/// The choices that a node is built from: its name `I`, the runtime `R`, the wire format `W`, the
/// delegate `D`, the resolver of seeds `S` and what carries it, `C`: a layer around streams over
/// TCP, or QUIC. None of them but the name is in the type of the node.
///
/// Made by `tcp`, `tls`, `native_tls` or `quic` in the module of a runtime. Every choice has a
/// default. For a transport of your own see [`with_transport`](crate::with_transport).
#[must_use = "a builder does nothing until it is started"]
pub struct Builder<I: Id, R: Runtime, W = Lpe, D = VoidDelegate, S = HostResolver<R>, C = Tcp> {
    id: I,
    settings: Settings,
    delegate: MakeDelegate<I, D>,
    resolver: MakeResolver<S>,
    pub(crate) carrier: C,
    kinds: PhantomData<fn() -> (R, W)>,
}

/// A builder with a layer around streams, or QUIC, and every other choice at its default.
pub type Layered<R, C, I = smol_str::SmolStr> =
    Builder<I, R, Lpe, VoidDelegate, HostResolver<R>, C>;

/// The choices that are plain values.
struct Settings {
    binds: io::Result<Vec<SocketAddr>>,
    net: NetOptions,
    options: Options,
    meta: Meta,
    layers: Layers,
    plain_datagrams: bool,
    seed: Option<u64>,
}

impl<I: Id, R: Runtime> Builder<I, R> {
    /// A node of that name with every choice at its default, streams over plain TCP.
    pub fn tcp(id: I) -> Self {
        Self::over(id, Tcp)
    }
}

impl<I: Id, R: Runtime, C> Layered<R, C, I> {
    /// A node of that name over `carrier` with every other choice at its default.
    pub fn over(id: I, carrier: C) -> Self {
        let settings = Settings {
            binds: Ok(Vec::new()),
            net: NetOptions::new([]),
            options: Options::lan(),
            meta: Meta::EMPTY,
            layers: Layers { checksum: Checksum::DEFAULT, ..Layers::default() },
            plain_datagrams: false,
            seed: None,
        };
        let delegate = Box::new(|_| VoidDelegate);
        let resolver = Box::new(HostResolver::new);
        Self { id, settings, delegate, resolver, carrier, kinds: PhantomData }
    }
}

impl<I: Id, R: Runtime, W, D, S, C> Builder<I, R, W, D, S, C> {
    /// Listens there, for packets and streams alike. May be called several times. Port 0 is any
    /// free port, the same one for both planes; a missing port is
    /// [`DEFAULT_PORT`](crate::DEFAULT_PORT). Default: `0.0.0.0:7946`.
    pub fn bind(mut self, address: impl BindAddress) -> Self {
        self.settings.binds = self.settings.binds.and_then(|mut binds| {
            binds.push(address.bind_address()?);
            Ok(binds)
        });
        self
    }

    /// What others are told, where that is not the first bound address: behind a NAT, or when an
    /// unspecified address is bound. Port 0 stands for the bound port.
    pub fn advertise(mut self, address: SocketAddr) -> Self {
        self.settings.net.advertise = Some(address);
        self
    }

    /// Everything else about the sockets: buffers, the longest datagram. What was said by
    /// [`bind`](Self::bind) holds beside the addresses in `net`; `advertise` and `allowed` are
    /// taken from it.
    pub fn net(mut self, net: NetOptions) -> Self {
        self.settings.net = net;
        self
    }

    /// The protocol's knobs. Default: [`Options::lan`].
    pub fn options(mut self, options: Options) -> Self {
        self.settings.options = options;
        self
    }

    /// What this node tells about itself, unless the delegate's `node_meta` hook says otherwise.
    /// Default: nothing.
    pub fn meta(mut self, meta: Meta) -> Self {
        self.settings.meta = meta;
        self
    }

    /// The cluster's name: packets and streams with another one are dropped. Default: none.
    pub fn label(mut self, label: Label) -> Self {
        self.settings.layers.label = label;
        self
    }

    /// Whose packets and streams are taken, and which addresses members may have. Default: any.
    pub fn allowed(mut self, networks: Cidrs) -> Self {
        self.settings.net.allowed = networks;
        self
    }

    /// How packets are guarded against damage; `None`: not at all. Default: CRC-32, if it is built
    /// in.
    pub fn checksum(mut self, checksum: impl Into<Option<Checksum>>) -> Self {
        self.settings.layers.checksum = checksum.into();
        self
    }

    /// How packets are compressed, those that get shorter by it; `None`: not at all, the default.
    /// Takes a [`Compression`](crate::Compression), or a [`Compress`] with a threshold.
    pub fn compress_packets(mut self, compress: impl Into<Option<Compress>>) -> Self {
        self.settings.layers.packets = compress.into();
        self
    }

    /// How streams are compressed; `None`: not at all, the default.
    pub fn compress_streams(mut self, compress: impl Into<Option<Compress>>) -> Self {
        self.settings.layers.streams = compress.into();
        self
    }

    /// How packets and streams are encrypted; `None`: not at all, the default. Keep a clone to
    /// change keys later, or ask the node for it.
    pub fn encryption(mut self, encryption: impl Into<Option<Encryption>>) -> Self {
        self.settings.layers.encryption = encryption.into();
        self
    }

    /// Label, checksum, compression and encryption at once.
    pub fn layers(mut self, layers: Layers) -> Self {
        self.settings.layers = layers;
        self
    }

    /// Fixes the seed of all random choices, for tests. Default: another one at each start.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// The application's hooks. Default: none.
    pub fn delegate<D2: Send + 'static>(self, delegate: D2) -> Builder<I, R, W, D2, S, C> {
        self.delegate_with(|_| delegate)
    }

    /// The application's hooks, made from a handle to the node that they will serve: for hooks that
    /// call back. The handle does not keep the node alive.
    pub fn delegate_with<D2>(
        self,
        make: impl FnOnce(WeakMemberlist<I, SocketAddr>) -> D2 + Send + 'static,
    ) -> Builder<I, R, W, D2, S, C> {
        let Self { id, settings, resolver, carrier, kinds, .. } = self;
        Builder { id, settings, delegate: Box::new(make), resolver, carrier, kinds }
    }

    /// What turns the names of seeds into addresses. Default: the system, with the bound port where
    /// a name gives none.
    pub fn resolver<S2: Send + 'static>(self, resolver: S2) -> Builder<I, R, W, D, S2, C> {
        self.resolver_with(|_| resolver)
    }

    /// The same, made from the port that is bound: for names that give none.
    pub fn resolver_with<S2>(
        self,
        make: impl FnOnce(u16) -> S2 + Send + 'static,
    ) -> Builder<I, R, W, D, S2, C> {
        let Self { id, settings, delegate, carrier, kinds, .. } = self;
        Builder { id, settings, delegate, resolver: Box::new(make), carrier, kinds }
    }

    /// How messages look in bytes. Default: [`Lpe`], memberlist's own format;
    /// [`Msgpack`](crate::Msgpack) is the Go library's. All members of a cluster need the same one.
    pub fn wire<W2>(self) -> Builder<I, R, W2, D, S, C> {
        let Self { id, settings, delegate, resolver, carrier, .. } = self;
        Builder { id, settings, delegate, resolver, carrier, kinds: PhantomData }
    }
}

impl<I: Id, R: Runtime, W, D, S, C: StreamLayer> Builder<I, R, W, D, S, C> {
    /// Lets datagrams go in the clear, and takes those of others, although streams are guarded by
    /// TLS: without it, such a node starts only with an [`encryption`](Self::encryption) that is
    /// enforced. Default: false.
    pub fn allow_plain_datagrams(mut self, allow: bool) -> Self {
        self.settings.plain_datagrams = allow;
        self
    }

    /// What is between TCP and the node: TLS, or a layer of your own. Default: [`Tcp`], nothing.
    pub fn stream_layer<C2: StreamLayer>(self, layer: C2) -> Builder<I, R, W, D, S, C2> {
        let Self { id, settings, delegate, resolver, kinds, .. } = self;
        Builder { id, settings, delegate, resolver, carrier: layer, kinds }
    }
}

impl<I, R, W, D, S, C> Builder<I, R, W, D, S, C>
where
    I: Id,
    R: Runtime,
    W: Wire<I, SocketAddr>,
    D: Delegate<I, SocketAddr>,
    S: SeedResolver<SocketAddr>,
    C: Carrier<R>,
{
    /// Binds the ports, checks everything and starts the node's tasks. Must be called inside the
    /// runtime. The node is a cluster of one until it [joins](Memberlist::join).
    ///
    /// # Errors
    ///
    /// An option out of its range, parts that do not fit together, or a port in use (an
    /// [`io::Error`] of kind `AddrInUse`). Nothing runs and no port is held then.
    pub async fn start(self) -> Result<Memberlist<I, SocketAddr>, BuildError> {
        let Settings { binds, mut net, options, meta, layers, plain_datagrams, seed } =
            self.settings;
        net.bind.extend(binds?);
        if net.bind.is_empty() {
            net.bind.push(EVERYWHERE);
        }
        let allowed = net.allowed.clone();
        let transport = self.carrier.bind(net).await;
        let transport = transport.map_err(|error| io::Error::new(error.kind(), error))?;
        let port = transport.bound().first().map_or(DEFAULT_PORT, SocketAddr::port);
        let mut builder = node::Builder::new(self.id, transport)
            .wire::<W>()
            .options(options)
            .meta(meta)
            .layers(layers)
            .allowed(allowed)
            .allow_plain_datagrams(plain_datagrams)
            .delegate_with(self.delegate)
            .resolver((self.resolver)(port));
        if let Some(seed) = seed {
            builder = builder.seed(seed);
        }
        builder.start().await
    }
}
