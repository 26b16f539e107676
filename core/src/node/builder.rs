//! The choices that a node is built from.

use core::marker::PhantomData;

use super::links::MEMORY_MAX;
use super::memberlist::WeakMemberlist;
use super::seed::NoResolver;
use crate::config::Options;
use crate::delegate::VoidDelegate;
use crate::frame::{Checksum, Compress, Encryption, Layers};
use crate::transport::Transport;
use crate::types::{Cidrs, Id, Label, Meta};
use crate::wire::Lpe;

/// Makes the delegate from a handle to the node that it will serve.
type MakeDelegate<I, A, D> = Box<dyn FnOnce(WeakMemberlist<I, A>) -> D + Send>;

/// The choices that a node is built from: a name `I`, a transport `T`, a wire format `W`, a
/// delegate `D` and a resolver of seeds `S`. None of them but ids and addresses is in the type of
/// the node.
#[must_use = "a builder does nothing until it is started"]
pub struct Builder<I: Id, T: Transport, W = Lpe, D = VoidDelegate, S = NoResolver> {
    pub(super) id: I,
    pub(super) transport: T,
    pub(super) settings: Settings,
    pub(super) delegate: MakeDelegate<I, T::Address, D>,
    pub(super) resolver: S,
    pub(super) wire: PhantomData<fn() -> W>,
}

/// The choices that are plain values.
pub(super) struct Settings {
    pub(super) options: Options,
    pub(super) meta: Meta,
    pub(super) layers: Layers,
    pub(super) allowed: Cidrs,
    pub(super) plain_datagrams: bool,
    pub(super) seed: Option<u64>,
    /// Bytes that all streams may hold together; less in tests that spend them.
    pub(super) stream_memory: usize,
}

impl<I: Id, T: Transport> Builder<I, T> {
    /// A node of that name on that transport: options for a local network, no metadata, no label,
    /// every address allowed, CRC-32 on packets (if built in), no delegate, no resolver.
    pub fn new(id: I, transport: T) -> Self {
        let settings = Settings {
            options: Options::lan(),
            meta: Meta::EMPTY,
            layers: Layers { checksum: Checksum::DEFAULT, ..Layers::default() },
            allowed: Cidrs::any(),
            plain_datagrams: false,
            seed: None,
            stream_memory: MEMORY_MAX,
        };
        let delegate = Box::new(|_| VoidDelegate);
        Self { id, transport, settings, delegate, resolver: NoResolver, wire: PhantomData }
    }
}

impl<I: Id, T: Transport, W, D, S> Builder<I, T, W, D, S> {
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

    /// Which IP addresses members may have. Default: any.
    pub fn allowed(mut self, allowed: Cidrs) -> Self {
        self.settings.allowed = allowed;
        self
    }

    /// How packets are guarded against damage; `None`: not at all. Default: CRC-32, if it is built
    /// in.
    pub fn checksum(mut self, checksum: impl Into<Option<Checksum>>) -> Self {
        self.settings.layers.checksum = checksum.into();
        self
    }

    /// How packets are compressed, those that get shorter by it; `None`: not at all, the default.
    /// Takes a [`Compression`](crate::frame::Compression), or a [`Compress`] with a threshold.
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

    /// Lets datagrams go in the clear, and takes those of others, although the transport guards
    /// streams: without it, a node on such a transport starts only with an
    /// [`encryption`](Self::encryption) that is enforced. Default: false.
    pub fn allow_plain_datagrams(mut self, allow: bool) -> Self {
        self.settings.plain_datagrams = allow;
        self
    }

    /// Fixes the seed of all random choices, for tests. Default: another one at each start.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// The application's hooks. Default: none.
    pub fn delegate<D2: Send + 'static>(self, delegate: D2) -> Builder<I, T, W, D2, S> {
        self.delegate_with(|_| delegate)
    }

    /// The application's hooks, made from a handle to the node that they will serve: for hooks that
    /// call back. The handle does not keep the node alive. While `make` runs, reads show an empty
    /// cluster and actions wait for the start.
    pub fn delegate_with<D2>(
        self,
        make: impl FnOnce(WeakMemberlist<I, T::Address>) -> D2 + Send + 'static,
    ) -> Builder<I, T, W, D2, S> {
        let Self { id, transport, settings, resolver, wire, .. } = self;
        Builder { id, transport, settings, delegate: Box::new(make), resolver, wire }
    }

    /// What turns the names of seeds into addresses. Default: [`NoResolver`].
    pub fn resolver<S2>(self, resolver: S2) -> Builder<I, T, W, D, S2> {
        let Self { id, transport, settings, delegate, wire, .. } = self;
        Builder { id, transport, settings, delegate, resolver, wire }
    }

    /// How messages look in bytes. Default: [`Lpe`].
    pub fn wire<W2>(self) -> Builder<I, T, W2, D, S> {
        let Self { id, transport, settings, delegate, resolver, .. } = self;
        Builder { id, transport, settings, delegate, resolver, wire: PhantomData }
    }
}

impl Settings {
    /// Whether datagrams are guarded by a key, or go in the clear on purpose.
    pub(super) fn are_datagrams_settled(&self) -> bool {
        let encryption = self.layers.encryption.as_ref();
        self.plain_datagrams || encryption.is_some_and(|it| it.status().is_enforced())
    }
}
