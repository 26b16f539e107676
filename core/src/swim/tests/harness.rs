//! One machine on a clock that stands still until the test moves it, and the effects of what it is
//! fed.

use core::time::Duration;

use bytes::Bytes;
use smol_str::SmolStr;

use super::claims::{Message, ack, address, alive, node};
use crate::codec::Parts;
use crate::config::Options;
use crate::swim::cluster::Timer;
use crate::swim::gossip::Gossip;
use crate::swim::output::{Action, Event};
use crate::swim::transmit::Transmit;
use crate::swim::{Budget, Setup, Swim, Token};
use crate::time::Instant;
use crate::types::{Member, Meta, SequenceNumber, StartId, State};
use crate::wire::{Lpe, Wire};

pub(super) type Machine = Swim<SmolStr, u64>;
pub(super) type Happening = Event<SmolStr, u64>;
pub(super) type Deed = Action<SmolStr, u64>;

/// A packet as its receiver reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) to: u64,
    /// What it was made for.
    pub(super) said: Vec<Message>,
    /// What rode along.
    pub(super) gossip: Vec<Message>,
}

impl Packet {
    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.said.iter().chain(&self.gossip)
    }

    /// The number of the ping or indirect ping in it.
    pub(super) fn seq(&self) -> Option<SequenceNumber> {
        self.said.iter().find_map(|message| match message {
            Message::Ping(ping) => Some(ping.seq),
            Message::IndirectPing(request) => Some(request.seq),
            _ => None,
        })
    }

    pub(super) fn has_ping(&self) -> bool {
        self.said.iter().any(|message| matches!(message, Message::Ping(_)))
    }

    pub(super) fn has_request(&self) -> bool {
        self.said.iter().any(|message| matches!(message, Message::IndirectPing(_)))
    }
}

/// One node, called "a" unless a test wants another name.
pub(super) struct Lone {
    pub(super) swim: Machine,
    pub(super) now: Instant,
    pub(super) packets: Vec<Packet>,
    pub(super) actions: Vec<Deed>,
    pub(super) events: Vec<Happening>,
}

/// What the frame leaves of a packet of 1,400 bytes.
pub(super) const BUDGET: Budget = Budget { bytes: 1_400, head: 2, part: 2, parts: 255 };

/// Nobody sits in this slot: it sees all that is queued without being sent anything.
const OBSERVER: u32 = u32::MAX;

impl Lone {
    /// LAN options without gossip and full exchanges of its own: nothing happens but what is fed.
    pub(super) fn quiet() -> Self {
        Self::with(|_| ())
    }

    /// The same with some options changed.
    pub(super) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::lan();
        options.gossip_interval = Duration::ZERO;
        options.push_pull_interval = Duration::ZERO;
        change(&mut options);
        Self::start("a", options, 1, Instant::ZERO).and(&[])
    }

    /// A quiet node of another name.
    pub(super) fn named(name: &str) -> Self {
        let mut options = Options::lan();
        options.gossip_interval = Duration::ZERO;
        options.push_pull_interval = Duration::ZERO;
        Self::start(name, options, 2, Instant::ZERO).and(&[])
    }

    /// A node of this name that starts now. Its start id is its seed.
    pub(super) fn start(name: &str, options: Options, seed: u32, now: Instant) -> Self {
        Self::born(name, options, seed, Meta::EMPTY, now)
    }

    pub(super) fn born(name: &str, options: Options, seed: u32, meta: Meta, now: Instant) -> Self {
        let setup = Setup {
            config: options.check().expect("tests use sound options"),
            node: node(name),
            meta,
            start: StartId::new(seed),
            seed: u64::from(seed),
            encode: <Lpe as Wire<SmolStr, u64>>::encode,
            relays_broadcasts: true,
            packet: BUDGET,
            ticks_idle: true,
        };
        let (packets, actions, events) = (Vec::new(), Vec::new(), Vec::new());
        let mut lone = Self { swim: Swim::new(setup, now), now, packets, actions, events };
        lone.drain();
        lone
    }

    /// The same with these members, alive at incarnation 1, and no effect of that left.
    pub(super) fn knowing(names: &[&str]) -> Self {
        Self::quiet().and(names)
    }

    pub(super) fn and(mut self, names: &[&str]) -> Self {
        for name in names {
            self.hear(alive(name, 1));
        }
        self.ignore();
        self
    }

    /// It probes nobody, so that time alone passes.
    pub(super) fn unprobing(mut self) -> Self {
        self.swim.cluster.timers.clear(Timer::ProbeTick);
        self
    }

    // ---- input ---------------------------------------------------------------------------------

    /// Something arrives from an address that is nobody's.
    pub(super) fn hear(&mut self, message: Message) {
        self.hear_from(9_999, [message]);
    }

    /// One packet arrives.
    pub(super) fn hear_from(&mut self, from: u64, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            self.handle(from, message);
        }
        self.drain();
    }

    fn handle(&mut self, from: u64, message: Message) {
        let (swim, now) = (&mut self.swim, self.now);
        match message {
            Message::Ping(ping) => swim.handle_ping(from, &ping, Bytes::new()),
            Message::IndirectPing(request) => swim.handle_indirect_ping(now, from, &request),
            Message::Ack(ack) => swim.handle_ack(now, ack.seq, &ack.payload),
            Message::Nack(nack) => swim.handle_nack(&from, nack.seq),
            Message::Suspect(suspect) => swim.handle_suspect(now, &suspect),
            Message::Alive(alive) => swim.handle_alive(now, &alive),
            Message::Dead(dead) => swim.handle_dead(now, &dead),
            Message::User(_) => (),
            Message::Broadcast(broadcast) => swim.handle_broadcast(now, &broadcast),
        }
    }

    /// A command, or an input that is no packet.
    pub(super) fn act<T>(&mut self, act: impl FnOnce(&mut Machine, Instant) -> T) -> T {
        let result = act(&mut self.swim, self.now);
        self.drain();
        result
    }

    // ---- time ----------------------------------------------------------------------------------

    /// Time passes, and each deadline is met when it is due.
    pub(super) fn wait(&mut self, span: Duration) {
        self.wait_until(self.now + span);
    }

    pub(super) fn wait_until(&mut self, until: Instant) {
        while self.swim.poll_timeout().is_some_and(|due| due <= until) {
            self.step();
        }
        self.now = until;
    }

    /// To the next deadline.
    pub(super) fn step(&mut self) {
        let due = self.swim.poll_timeout().expect("something is due");
        self.now = self.now.max(due);
        self.act(|swim, now| swim.handle_timeout(now));
    }

    /// To the next probe; gives its packet.
    pub(super) fn until_ping(&mut self) -> Packet {
        self.packets.clear();
        for _ in 0..10_000 {
            self.step();
            if let Some(packet) = self.packets.iter().find(|packet| packet.has_ping()) {
                return packet.clone();
            }
        }
        panic!("no probe in 10,000 deadlines");
    }

    /// To the next probe of this member; others are answered at once.
    pub(super) fn until_ping_to(&mut self, name: &str) -> SequenceNumber {
        for _ in 0..1_000 {
            let packet = self.until_ping();
            let seq = packet.seq().expect("a ping has a number");
            if packet.to == address(name) {
                self.ignore();
                return seq;
            }
            self.hear_from(packet.to, [ack(seq)]);
        }
        panic!("{name} is never probed");
    }

    // ---- effects -------------------------------------------------------------------------------

    pub(super) fn drain(&mut self) {
        while let Some(transmit) = self.swim.poll_transmit(self.now) {
            self.packets.extend(read(&mut self.swim, &transmit));
        }
        self.actions.extend(core::iter::from_fn(|| self.swim.poll_action()));
        self.events.extend(core::iter::from_fn(|| self.swim.poll_event()));
    }

    /// Packets since the last look.
    pub(super) fn packets(&mut self) -> Vec<Packet> {
        core::mem::take(&mut self.packets)
    }

    /// What was asked for since the last look.
    pub(super) fn actions(&mut self) -> Vec<Deed> {
        core::mem::take(&mut self.actions)
    }

    /// Events since the last look, each change of a member as "name: old > new".
    pub(super) fn events(&mut self) -> Vec<String> {
        core::mem::take(&mut self.events).iter().map(in_words).collect()
    }

    /// What was queued for gossip since the last look.
    pub(super) fn news(&mut self) -> Vec<Message> {
        let mut news = Vec::new();
        loop {
            let packet = read(&mut self.swim, &Transmit::gossip(0, OBSERVER, 0));
            match packet {
                Some(packet) => news.extend(packet.gossip),
                None => return news,
            }
        }
    }

    /// Nothing so far matters: no effect is left, and nothing waits to be gossiped.
    pub(super) fn ignore(&mut self) {
        self.packets.clear();
        self.actions.clear();
        self.events.clear();
        let config = &self.swim.cluster.config;
        let (eager, share) = (config.eager_gossip, config.user_share_percent);
        let (key, depth) = (self.swim.cluster.members.key(), config.broadcast_queue_depth);
        self.swim.cluster.gossip = Gossip::new(key, eager, share, depth);
    }

    /// Nothing has happened since the last look.
    pub(super) fn expect_nothing(&mut self) {
        assert_eq!(self.events(), [""; 0]);
        assert_eq!(self.packets(), []);
        assert_eq!(self.actions(), []);
        assert_eq!(self.news(), []);
    }

    /// State and incarnation of a member.
    pub(super) fn view(&self, name: &str) -> Option<(State, u32)> {
        self.member(name).map(|member| (member.state(), member.incarnation().get()))
    }

    pub(super) fn member(&self, name: &str) -> Option<&Member<SmolStr, u64>> {
        self.swim.member(&name.into()).map(|member| &**member)
    }

    pub(super) fn stat(&self, name: &str) -> u64 {
        let stats = self.swim.stats();
        stats.into_iter().find(|(key, _)| *key == name).expect("a counter of that name").1
    }

    /// How the command with this token ended, if it did.
    pub(super) fn outcome(&mut self, token: u64) -> Option<crate::swim::Outcome> {
        let mut outcomes = self.actions.iter().filter_map(|action| match action {
            Action::Complete { token: Token(ended), outcome } if *ended == token => Some(outcome),
            _ => None,
        });
        let outcome = outcomes.next().cloned();
        assert_eq!(outcomes.next(), None, "a command ends once");
        outcome
    }
}

/// What the receiver of this packet reads; `None` if it stays empty and is not sent.
fn read(swim: &mut Machine, transmit: &Transmit<SmolStr, u64>) -> Option<Packet> {
    let mut parts = Parts::new();
    for message in &transmit.messages {
        parts.push_with(|out| Lpe::encode(message, out));
    }
    let own = parts.len();
    swim.fill(transmit, &mut parts);
    assert!(parts.len() < 2 || 2 + 2 * parts.len() + parts.byte_len() <= BUDGET.bytes);
    let mut said: Vec<_> = parts.iter().map(decoded).collect();
    let gossip = said.split_off(own);
    (!parts.is_empty()).then_some(Packet { to: transmit.to, said, gossip })
}

fn decoded(bytes: &[u8]) -> Message {
    let message = <Lpe as Wire<SmolStr, u64>>::decode(bytes).expect("what we wrote can be read");
    match message {
        crate::wire::Message::Ping(ping) => Message::Ping(ping),
        crate::wire::Message::IndirectPing(request) => Message::IndirectPing(request),
        crate::wire::Message::Ack(ack) => Message::Ack(crate::wire::Ack {
            seq: ack.seq,
            payload: ack.payload.into_owned().into(),
        }),
        crate::wire::Message::Nack(nack) => Message::Nack(nack),
        crate::wire::Message::Suspect(suspect) => Message::Suspect(suspect),
        crate::wire::Message::Alive(alive) => Message::Alive(alive.into_owned()),
        crate::wire::Message::Dead(dead) => Message::Dead(dead),
        crate::wire::Message::User(bytes) => Message::User(bytes.into_owned().into()),
        crate::wire::Message::Broadcast(broadcast) => Message::Broadcast(crate::wire::Broadcast {
            key: broadcast.key.into_owned().into(),
            payload: broadcast.payload.into_owned().into(),
            ..broadcast
        }),
    }
}

fn in_words(event: &Happening) -> String {
    let state = |member: &Option<std::sync::Arc<Member<SmolStr, u64>>>| {
        member.as_ref().map_or("unknown".to_owned(), |member| {
            format!("{}@{}", member.state(), member.incarnation())
        })
    };
    match event {
        Event::Member { old, new } => {
            let id = old.as_ref().or(new.as_ref()).expect("one of the two").id();
            format!("{id}: {} > {}", state(old), state(new))
        }
        Event::Conflict { existing, other } => {
            format!(
                "conflict: {} is at {}, not {}",
                existing.id(),
                existing.address(),
                other.address()
            )
        }
        Event::Broadcast { origin, payload } => {
            format!("{origin} says {}", String::from_utf8_lossy(payload))
        }
        Event::Pinged { member, round_trip, .. } => {
            format!("{} answered in {round_trip:?}", member.id())
        }
        Event::Health(score) => format!("health {score}"),
    }
}

pub(super) const fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub(super) const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
