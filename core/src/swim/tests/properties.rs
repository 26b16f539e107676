//! Whatever is fed in whatever order: nothing panics, and what must always hold does.

use core::time::Duration;
use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::claims::{
    Message, ack, address, alive_at, alive_since, alive_with, dead, indirect, left, nack, ping,
    remote, said, suspect,
};
use super::harness::{Deed, Happening, Lone};
use crate::config::Options;
use crate::swim::Token;
use crate::time::Instant;
use crate::types::limits::OUTBOX_PACKETS_MAX;
use crate::types::{Meta, SequenceNumber, State};

/// One thing that is done to a node.
#[derive(Clone, Debug)]
enum Step {
    Hear(u64, Vec<Message>),
    /// An answer to one of its own last pings: an ack, a nack or a stream ack.
    Answer(usize, u8),
    Report(&'static str, u32, State),
    /// Time passes, and every deadline is met.
    Wait(Duration),
    /// Time passes, and the deadlines are met late.
    Sleep(Duration),
    Leave,
    Rejoin,
    UpdateMeta,
    Broadcast(&'static str),
    Ping(&'static str),
    Forget(&'static str),
    /// Of so many commands ago.
    Cancel(u64),
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn name() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&NAMES[..])
}

/// Small numbers, and those at the ends.
fn incarnation() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0..6u32, 1 => (1u32 << 24) - 2..(1 << 24) + 3, 1 => u32::MAX - 2..=u32::MAX]
}

fn message() -> impl Strategy<Value = Message> {
    let number = any::<u32>().prop_map(SequenceNumber::new);
    let key = proptest::sample::select(&["", "k"][..]);
    prop_oneof![
        (name(), incarnation(), 0..3u32).prop_map(|(n, i, start)| alive_since(n, i, start)),
        (name(), incarnation()).prop_map(|(n, i)| alive_at(n, i, 50)),
        (name(), incarnation()).prop_map(|(n, i)| alive_with(n, i, "meta")),
        (name(), incarnation(), name()).prop_map(|(n, i, from)| suspect(n, i, from)),
        (name(), incarnation(), name()).prop_map(|(n, i, from)| dead(n, i, from)),
        (name(), incarnation()).prop_map(|(n, i)| left(n, i)),
        (number.clone(), name()).prop_map(|(seq, from)| ping(seq, Some("a"), from)),
        (number.clone(), name(), name())
            .prop_map(|(seq, target, from)| indirect(seq, target, true, from)),
        number.clone().prop_map(ack),
        number.prop_map(nack),
        (name(), 0..4u64, key).prop_map(|(origin, number, key)| said(origin, number, key, "text")),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let state =
        proptest::sample::select(&[State::Alive, State::Suspect, State::Dead, State::Left][..]);
    let millis = |most: u64| (0..most).prop_map(Duration::from_millis);
    prop_oneof![
        20 => (0..60u64, vec(message(), 1..4)).prop_map(|(from, heard)| Step::Hear(from, heard)),
        8 => (0..4usize, 0..3u8).prop_map(|(which, kind)| Step::Answer(which, kind)),
        4 => (name(), incarnation(), state).prop_map(|(n, i, state)| Step::Report(n, i, state)),
        8 => millis(3_000).prop_map(Step::Wait),
        1 => millis(100_000).prop_map(Step::Sleep),
        1 => Just(Step::Leave),
        1 => Just(Step::Rejoin),
        1 => Just(Step::UpdateMeta),
        2 => proptest::sample::select(&["", "k"][..]).prop_map(Step::Broadcast),
        1 => name().prop_map(Step::Ping),
        1 => name().prop_map(Step::Forget),
        1 => (0..4u64).prop_map(Step::Cancel),
    ]
}

/// A node, and what is known of the commands that it was given.
struct Run {
    node: Lone,
    /// The numbers of its last pings.
    pings: Vec<SequenceNumber>,
    commands: u64,
    /// How each ended; a cancelled one counts as ended.
    ended: BTreeMap<u64, String>,
}

impl Run {
    fn new(seed: u32) -> Self {
        let node = Lone::start("a", Options::lan(), seed, Instant::ZERO);
        Self { node, pings: Vec::new(), commands: 0, ended: BTreeMap::new() }
    }

    fn command(&mut self) -> Token {
        self.commands += 1;
        Token(self.commands)
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Hear(from, messages) => self.node.hear_from(from, messages),
            Step::Answer(which, kind) => self.answer(which, kind),
            Step::Report(name, incarnation, state) => {
                let report = remote(name, incarnation, state);
                self.node.act(|swim, now| swim.handle_remote_state(now, &report, false));
            }
            Step::Wait(span) => self.node.wait(span),
            Step::Sleep(span) => {
                self.node.now = self.node.now + span;
                self.node.act(|swim, now| swim.handle_timeout(now));
            }
            Step::Rejoin => self.node.act(|swim, now| swim.rejoin(now)),
            Step::Forget(name) => {
                self.node.act(|swim, now| swim.forget(now, &name.into()));
            }
            Step::Cancel(ago) => {
                let token = self.commands.saturating_sub(ago);
                self.node.act(|swim, _| swim.cancel(Token(token)));
                self.ended.entry(token).or_insert_with(|| "cancelled".into());
            }
            command => self.give(command),
        }
    }

    fn give(&mut self, command: Step) {
        let token = self.command();
        self.node.act(|swim, now| match command {
            Step::Leave => swim.leave(now, token),
            Step::UpdateMeta => swim.update_meta(now, token, Meta::EMPTY),
            Step::Broadcast(key) => swim.broadcast(token, key.as_bytes(), b"mine"),
            Step::Ping(name) => swim.ping(now, token, Some(name.into()), address(name)),
            other => unreachable!("{other:?} takes no token"),
        });
    }

    fn answer(&mut self, which: usize, kind: u8) {
        let Some(&seq) = self.pings.iter().rev().nth(which) else { return };
        match kind {
            0 => self.node.hear_from(address("b"), [ack(seq)]),
            1 => self.node.hear_from(address("c"), [nack(seq)]),
            _ => self.node.act(|swim, now| swim.handle_stream_ack(now, seq)),
        }
    }

    /// What must hold after every step.
    fn check(&mut self) {
        let packets = self.node.packets();
        self.pings.extend(packets.iter().filter_map(super::harness::Packet::seq));
        self.check_own_number();
        for action in self.node.actions() {
            if let Deed::Complete { token, outcome } = action {
                let before = self.ended.insert(token.0, format!("{outcome:?}"));
                assert_eq!(before, None, "{token:?} ended twice or was cancelled");
            }
        }
        let swim = &self.node.swim;
        let me = swim.member(&"a".into()).expect("a node never forgets itself");
        assert_eq!(me, swim.local());
        assert!(matches!(me.state(), State::Alive | State::Left));
        self.check_lengths();
    }

    /// It rises, and only after the last comes the first.
    fn check_own_number(&mut self) {
        for event in core::mem::take(&mut self.node.events) {
            let Happening::Member { old: Some(old), new: Some(new) } = event else { continue };
            if new.id() == "a" {
                let (was, is) = (old.incarnation(), new.incarnation());
                assert!(is >= was || (was.get(), is.get()) == (u32::MAX, 1), "{was} > {is}");
            }
        }
    }

    fn check_lengths(&self) {
        let (node, stat) = (&self.node, |name| self.node.stat(name));
        let count = |fits: fn(State) -> bool| {
            node.swim.members().filter(|member| fits(member.state())).count() as u64
        };
        assert_eq!(stat("members_known"), count(|_| true));
        assert_eq!(stat("members_live"), count(State::is_live));
        let suspects = count(|state| state == State::Suspect);
        assert!(stat("suspicions") <= suspects);
        assert!(stat("queue_updates") <= NAMES.len() as u64, "one claim per member");
        assert!(stat("queue_broadcasts") <= 4_096);
        assert!(node.swim.cluster.outbox.len() <= OUTBOX_PACKETS_MAX);
        assert!(node.swim.health() < 8);
        assert!(node.swim.poll_timeout().is_some(), "a node always has a next deadline");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn nothing_breaks_a_node(seed in 1..1_000u32, steps in vec(step(), 1..120)) {
        let mut run = Run::new(seed);
        for step in steps {
            run.take(step);
            run.check();
        }
    }

    /// As long as it has not left, every suspect has its timer, and no one else has.
    #[test]
    fn every_suspect_has_its_time(seed in 1..1_000u32, steps in vec(step(), 1..120)) {
        let mut run = Run::new(seed);
        for step in steps.into_iter().filter(|step| !matches!(step, Step::Leave)) {
            run.take(step);
            run.check();
            let members = run.node.swim.members();
            let suspects = members.filter(|member| member.state() == State::Suspect).count();
            prop_assert_eq!(run.node.stat("suspicions"), suspects as u64);
        }
    }

    /// Left alone, a node comes to rest: every command has ended, the unanswering are gone and
    /// forgotten, and nothing waits to be sent.
    #[test]
    fn every_command_ends(seed in 1..1_000u32, steps in vec(step(), 1..60)) {
        let mut run = Run::new(seed);
        for step in steps.into_iter().filter(|step| !matches!(step, Step::Leave)) {
            run.take(step);
            run.check();
        }
        run.node.wait(Duration::from_secs(1_000));
        run.check();
        prop_assert_eq!(run.node.swim.members().count(), 1);
        for token in 1..=run.commands {
            prop_assert!(run.ended.contains_key(&token), "{} of {}", token, run.commands);
        }
    }
}
