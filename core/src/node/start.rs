//! From a builder to a running node.

use core::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::builder::{Builder, Settings};
use super::clock::Clock;
use super::command::Input;
use super::driver::Driver;
use super::error::BuildError;
use super::incoming;
use super::index::Index;
use super::links::Links;
use super::memberlist::Memberlist;
use super::shared::{Guard, Shared};
use super::signal::Shares;
use super::stack::Parts;
use super::told::{self, Told};
use super::watch::{Watched, is_void};
use crate::config::Options;
use crate::delegate::Delegate;
use crate::engine::{Engine, Setup};
use crate::frame::Encryption;
use crate::time::Instant;
use crate::transport::{SeedResolver, Transport};
use crate::types::{Address, CheapClone, Id, Incarnation, Member, Meta, Node, StartId, State};
use crate::wire::Wire;

impl<I, T, W, D, S> Builder<I, T, W, D, S>
where
    I: Id,
    T: Transport,
    W: Wire<I, T::Address>,
    D: Delegate<I, T::Address>,
    S: SeedResolver<T::Address>,
{
    /// Checks everything and starts the node's tasks on the transport's runtime. Must be called
    /// where that runtime's tasks can be spawned. The node is a cluster of one until it joins.
    ///
    /// # Errors
    ///
    /// See [`BuildError`]. Nothing runs and the transport is closed then.
    pub async fn start(self) -> Result<Memberlist<I, T::Address>, BuildError> {
        let Self { id, transport, settings, delegate, resolver, .. } = self;
        let encryption = settings.layers.encryption.clone();
        let transport = Arc::new(transport);
        let clock = Clock::<T::Runtime>::start();
        let advertised = transport.advertised().cheap_clone();
        let (shared, inputs) = share(id, advertised, encryption, move || clock.now());
        let handle = Memberlist::new(Arc::clone(&shared));
        let begin = || {
            let delegate = Arc::new(delegate(handle.downgrade()));
            let transport = Arc::clone(&transport);
            let shared = Arc::clone(&shared);
            Prepared { transport, shared, inputs, delegate, resolver }.run::<W>(settings)
        };
        match shared.span.in_scope(begin) {
            Ok(()) => Ok(handle),
            Err(error) => {
                transport.shutdown().await;
                handle.shared().ended.raise();
                Err(error)
            }
        }
    }
}

type Inputs<I, A> = async_channel::Receiver<Input<I, A>>;

fn share<I: Id, A: Address>(
    id: I,
    advertised: A,
    encryption: Option<Encryption>,
    clock: impl Fn() -> Instant + Send + Sync + 'static,
) -> (Arc<Shared<I, A>>, Inputs<I, A>) {
    let node = Node::new(id, advertised.cheap_clone());
    Shared::new(Index::new(unborn(node)), advertised, encryption, Box::new(clock))
}

/// What a handle reads of its own node before the machine has begun.
fn unborn<I, A>(node: Node<I, A>) -> Arc<Member<I, A>> {
    Arc::new(Member {
        node,
        meta: Meta::EMPTY,
        state: State::Alive,
        incarnation: Incarnation::default(),
        start: StartId::default(),
        versions: None,
        since: Instant::ZERO,
        round_trip: None,
    })
}

/// A number that differs from one start to the next: the standard library's own source of them.
fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// Everything that a node is made of, before its engine.
struct Prepared<I: Id, T: Transport, D, S> {
    transport: Arc<T>,
    shared: Arc<Shared<I, T::Address>>,
    inputs: Inputs<I, T::Address>,
    delegate: Arc<D>,
    resolver: S,
}

impl<I, T, D, S> Prepared<I, T, D, S>
where
    I: Id,
    T: Transport,
    D: Delegate<I, T::Address>,
    S: SeedResolver<T::Address>,
{
    /// An empty ring is for a cluster that begins to encrypt later.
    fn check_keys(&self) -> Result<(), BuildError> {
        let Some(encryption) = &self.shared.encryption else { return Ok(()) };
        let status = encryption.status();
        if status.keys > 0 {
            return Ok(());
        }
        if status.verify_incoming || status.verify_outgoing {
            return Err(BuildError::NoKey);
        }
        tracing::warn!("the keyring is empty: nothing is encrypted until a key is installed");
        Ok(())
    }

    fn run<W: Wire<I, T::Address>>(self, settings: Settings) -> Result<(), BuildError> {
        if self.transport.guards_streams_only() && !settings.are_datagrams_settled() {
            return Err(BuildError::PlainDatagrams);
        }
        self.check_keys()?;
        let (counters, limits) = (Arc::clone(&self.shared.counters), limits(&settings.options));
        let timeout = settings.options.stream_timeout;
        let memory = settings.stream_memory;
        let setup = self.setup(settings)?;
        let watched = Arc::new(Watched::new(Arc::clone(&self.delegate), Arc::clone(&counters)));
        let engine = Engine::<_, _, W, _>::new(setup, watched, self.shared.now())?;

        let told = (!is_void::<D>()).then(|| Arc::new(Told::new(limits, counters)));
        let (shares, share) = Shares::new();
        let guard = Guard::new(Arc::clone(&self.shared), Some(share));
        let unshared = Guard::new(Arc::clone(&self.shared), None);
        let codec = engine.stream_codec();
        let links = Links::<Parts<I, T, W, D, S>>::new(
            Arc::clone(&self.transport),
            self.resolver,
            codec,
            guard,
            timeout,
            memory,
        );
        let mut driver = Driver::new(engine, Arc::clone(&links), self.inputs, told.clone());
        driver.begin();

        links.guard.spawn_to_end::<T::Runtime>(poll_fn(move |cx| driver.poll(cx)));
        links.spawn(incoming::accept(Arc::clone(&links)));
        if let Some(told) = told {
            let (delegate, shared) = (self.delegate, Arc::clone(&self.shared));
            unshared.spawn_to_end::<T::Runtime>(async move {
                told::run(told, delegate, &shared.stop).await;
            });
        }
        unshared.spawn_to_end::<T::Runtime>(end(shares, self.transport, self.shared));
        Ok(())
    }

    fn setup(&self, settings: Settings) -> Result<Setup<I, T::Address>, BuildError> {
        let local = self.shared.index.local();
        Ok(Setup {
            config: settings.options.check()?,
            node: local.node().cheap_clone(),
            meta: settings.meta,
            start: StartId::new(random() as u32 | 1),
            allowed: settings.allowed,
            layers: settings.layers,
            max_datagram: self.transport.max_datagram(),
            seed: settings.seed.unwrap_or_else(random),
        })
    }
}

const fn limits(options: &Options) -> told::Limits {
    told::Limits { messages: options.handoff_queue_depth, bytes: options.handoff_queue_bytes }
}

/// Waits for the node's tasks, frees the ports and lets those go on who wait for that: also if the
/// runtime drops this task, begun or not, or the transport panics.
fn end<I: Id, T: Transport>(
    shares: Shares,
    transport: Arc<T>,
    shared: Arc<Shared<I, T::Address>>,
) -> impl Future<Output = ()> + Send {
    let ended = RaiseOnDrop(shared);
    async move {
        let _ended = ended;
        shares.gone().await;
        transport.shutdown().await;
    }
}

struct RaiseOnDrop<I, A>(Arc<Shared<I, A>>);

impl<I, A> Drop for RaiseOnDrop<I, A> {
    fn drop(&mut self) {
        self.0.ended.raise();
    }
}
