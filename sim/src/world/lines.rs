//! Streams: dialling, carrying, and what each side does with what it hears.

use core::time::Duration;

use memberlist_core::engine::Side;
use memberlist_core::time::Instant;
use memberlist_core::types::limits::MERGE_SLICE;
use memberlist_core::wire::{PushPull, StreamMessage};

use super::{Event, World};
use crate::host::{SimEngine, Status};
use crate::observe::{Observer, Seen};
use crate::plan::host_at;
use crate::stream::{Bane, End, Errand, Input, Stream, StreamNo};
use crate::{Addr, HostNo, Id};

/// How long TCP waits before it tries to connect once more; doubled each time.
const CONNECT_AGAIN: Duration = Duration::from_secs(1);

/// How long TCP waits before it sends bytes once more; doubled each time.
const SEND_AGAIN: Duration = Duration::from_millis(200);

/// Time between the pieces of a stream that trickles.
const TRICKLE: Duration = Duration::from_millis(100);

/// Bytes per microsecond of a stream: 1 Gbit/s.
const BYTES_PER_MICRO: usize = 125;

/// How often, and after how long, a join whose stream was dropped is tried again: as the driver.
const JOIN_TRIES: u32 = 4;
const JOIN_AGAIN: Duration = Duration::from_millis(200);

/// Messages of a stream that one side takes in: what is to be done next.
enum Next {
    /// More bytes are needed.
    Wait,
    /// This side is done.
    Done,
    /// This side says something.
    Say(Vec<u8>),
}

impl<O: Observer> World<O> {
    /// A host opens a stream, and gives it up at `until`.
    pub(super) fn dial(&mut self, host: HostNo, to: Addr, errand: Errand, until: Instant) {
        let Some(engine) = self.codec_of(host) else { return };
        self.see(&Seen::Dialled { host, to, purpose: errand.purpose() });
        let no = self.next_stream;
        self.next_stream += 1;
        let epoch = self.hosts[host as usize].epoch;
        let dialler = End { host, epoch, peer: to, codec: engine, buffer: Vec::new(), done: false };
        let bane = self.draw_bane();
        let stream = Stream { errand, dialler, acceptor: None, to, bane, carried: 0 };
        self.streams.insert(no, stream);
        self.agenda.add(self.now, Event::Dial { no, again: CONNECT_AGAIN });
        self.agenda.add(until.max(self.now), Event::GiveUp { no, dialled: true });
    }

    /// All codecs are alike: no label, no keys. An engine that is at work is not there to ask.
    fn codec_of(&self, host: HostNo) -> Option<crate::stream::Codec> {
        let own = self.hosts[host as usize].engine();
        let any = || self.hosts.iter().find_map(|host| host.engine());
        own.or_else(any).map(SimEngine::stream_codec)
    }

    fn draw_bane(&mut self) -> Bane {
        let weather = self.network.weather.clone();
        let dice = self.network.dice();
        let reset = dice.chance(weather.reset).then(|| dice.between(1, 200));
        let silent = dice.chance(weather.half_open).then(|| dice.between(0, 200));
        let piece = dice.chance(weather.trickle).then(|| dice.between(1, 40));
        let refuse = dice.chance(weather.refuse);
        Bane { refuse, reset_after: reset, silent_after: silent, piece }
    }

    pub(super) fn on_dial(&mut self, no: StreamNo, again: Duration) {
        let Some(stream) = self.streams.get(&no) else { return };
        let from = stream.dialler.host;
        let Some((to, _)) = host_at(&stream.to) else { return };
        if to as usize >= self.hosts.len() {
            return;
        }
        match self.network.try_stream(from, to) {
            Some(delay) => self.agenda.add(self.now + delay, Event::Knock { no }),
            None => {
                let next = Event::Dial { no, again: again * 2 };
                self.agenda.add(self.now + again, next);
            }
        }
    }

    /// The try has arrived at the host: its kernel answers, whatever its process does.
    pub(super) fn on_knock(&mut self, no: StreamNo) {
        let Some(stream) = self.streams.get(&no) else { return };
        let (from, refuse) = (stream.dialler.host, stream.bane.refuse);
        let Some((to, moves)) = host_at(&stream.to) else { return };
        let host = &self.hosts[to as usize];
        if host.status() == (Status::Down { silent: true }) {
            return;
        }
        let Some(back) = self.network.try_stream(to, from) else {
            return self.agenda.add(self.now + CONNECT_AGAIN, Event::Knock { no });
        };
        let host = &self.hosts[to as usize];
        let listens = host.is_running() && host.is_at(moves) && !refuse;
        let (epoch, limit) = (host.epoch, host.plan().config.stream_timeout);
        let peer = Addr::new(self.hosts[from as usize].address().ip(), 40_000);
        let codec = self.codec_of(to);
        let Some(stream) = self.streams.get_mut(&no) else { return };
        let dialler = (stream.dialler.host, stream.dialler.epoch);
        let input = match codec {
            Some(codec) if listens => {
                let end = End { host: to, epoch, peer, codec, buffer: Vec::new(), done: false };
                stream.acceptor = Some(end);
                self.agenda.add(self.now + limit, Event::GiveUp { no, dialled: false });
                Input::Connected(no)
            }
            _ => Input::Broken { no, dropped: false },
        };
        self.hear(back, dialler, input);
    }

    fn hear(&mut self, after: Duration, (host, epoch): (HostNo, u32), input: Input) {
        self.agenda.add(self.now + after, Event::Heard { host, epoch, input });
    }

    /// One try to bring bytes across.
    pub(super) fn on_carry(
        &mut self,
        no: StreamNo,
        dialled: bool,
        mut bytes: Vec<u8>,
        again: Duration,
    ) {
        let Some(stream) = self.streams.get(&no) else { return };
        let here = if dialled { Some(stream.dialler.host) } else { stream.other(true) };
        let (Some(from), Some(to)) = (here, stream.other(dialled)) else { return };
        let Some(delay) = self.network.try_stream(from, to) else {
            let next = Event::Carry { no, dialled, bytes, again: again * 2 };
            return self.agenda.add(self.now + again, next);
        };
        let Some(stream) = self.streams.get_mut(&no) else { return };
        let bane = stream.bane;
        let before = stream.carried;
        stream.carried += bytes.len();
        if let Some(after) = bane.silent_after {
            bytes.truncate(after.saturating_sub(before));
        }
        let reset = bane.reset_after.filter(|after| *after < before + bytes.len());
        if let Some(after) = reset {
            bytes.truncate(after.saturating_sub(before));
        }
        let whole = delay + Duration::from_micros((bytes.len() / BYTES_PER_MICRO) as u64);
        let last = self.bring(no, dialled, bytes, whole);
        if reset.is_some() {
            self.break_off(no, last);
        }
    }

    /// Bytes arrive, in pieces if the stream trickles; when the last one does.
    fn bring(&mut self, no: StreamNo, dialled: bool, bytes: Vec<u8>, delay: Duration) -> Duration {
        let Some(stream) = self.streams.get_mut(&no) else { return delay };
        let piece = stream.bane.piece.unwrap_or(usize::MAX).max(1);
        let end = if dialled { stream.acceptor.as_ref() } else { Some(&stream.dialler) };
        let Some(to) = end.map(|end| (end.host, end.epoch)) else { return delay };
        let mut at = delay;
        for part in bytes.chunks(piece.min(bytes.len().max(1))) {
            self.hear(at, to, Input::Bytes { no, bytes: part.to_vec() });
            at += TRICKLE;
        }
        at
    }

    /// The stream is reset: both sides hear it.
    fn break_off(&mut self, no: StreamNo, after: Duration) {
        let Some(stream) = self.streams.get(&no) else { return };
        let dialler = Some(&stream.dialler);
        let ends: Vec<_> = dialler
            .into_iter()
            .chain(stream.acceptor.as_ref())
            .map(|end| (end.host, end.epoch))
            .collect();
        for end in ends {
            self.hear(after, end, Input::Broken { no, dropped: true });
        }
    }

    pub(super) fn on_give_up(&mut self, no: StreamNo, dialled: bool) {
        let Some(stream) = self.streams.get_mut(&no) else { return };
        if dialled {
            stream.dialler.done = true;
        } else if let Some(end) = &mut stream.acceptor {
            end.done = true;
        }
        self.forget_if_done(no);
    }

    fn forget_if_done(&mut self, no: StreamNo) {
        let Some(stream) = self.streams.get(&no) else { return };
        if stream.dialler.done && stream.acceptor.as_ref().is_none_or(|end| end.done) {
            self.streams.remove(&no);
        }
    }

    /// A process has ended: its kernel resets its streams, unless the machine went down as well.
    pub(super) fn drop_streams(&mut self, host: HostNo, silent: bool) {
        let epoch = self.hosts[host as usize].epoch;
        let has = |(no, stream): (&StreamNo, &mut Stream)| {
            stream.end_of(host, epoch).map(|(end, _)| end.done = true).map(|()| *no)
        };
        let own: Vec<_> = self.streams.iter_mut().filter_map(has).collect();
        for no in own {
            if !silent {
                self.break_off(no, self.network.weather.latency.most());
            }
            self.forget_if_done(no);
        }
    }

    /// A process takes in what its kernel tells of a stream.
    pub(super) fn on_stream(&mut self, host: HostNo, input: Input) {
        match input {
            Input::Connected(no) => self.on_connected(host, no),
            Input::Bytes { no, bytes } => self.on_bytes(host, no, &bytes),
            Input::Broken { no, dropped } => self.on_broken(host, no, dropped),
        }
    }

    fn on_connected(&mut self, host: HostNo, no: StreamNo) {
        let Some(mut engine) = self.host(host).engine.take() else { return };
        let sealed = self.streams.get(&no).filter(|stream| !stream.dialler.done).map(|stream| {
            let codec = &stream.dialler.codec;
            match &stream.errand {
                Errand::PushPull { join, .. } => {
                    let state = engine.local_state(*join);
                    codec.seal(&StreamMessage::PushPull(state.message()), true)
                }
                Errand::Ping(ping) => codec.seal(&StreamMessage::Ping(ping.clone()), true),
            }
        });
        self.host(host).engine = Some(engine);
        if let Some(Ok(bytes)) = sealed {
            self.say(host, no, true, bytes);
        }
    }

    fn say(&mut self, host: HostNo, no: StreamNo, dialled: bool, bytes: Vec<u8>) {
        self.see(&Seen::StreamSent { host, len: bytes.len() });
        self.agenda.add(self.now, Event::Carry { no, dialled, bytes, again: SEND_AGAIN });
    }

    fn on_bytes(&mut self, host: HostNo, no: StreamNo, bytes: &[u8]) {
        self.see(&Seen::StreamReceived { host, len: bytes.len() });
        let epoch = self.hosts[host as usize].epoch;
        let Some(mut stream) = self.streams.remove(&no) else { return };
        let Some((end, dialled)) = stream.end_of(host, epoch).filter(|(end, _)| !end.done) else {
            self.streams.insert(no, stream);
            return;
        };
        end.buffer.extend_from_slice(bytes);
        let Some(mut engine) = self.host(host).engine.take() else { return };
        let join = matches!(stream.errand, Errand::PushPull { join: true, .. });
        let end = if dialled { Some(&mut stream.dialler) } else { stream.acceptor.as_mut() };
        let next = match end {
            Some(end) => self.listen(&mut engine, end, dialled, join),
            None => Next::Done,
        };
        self.host(host).engine = Some(engine);
        let Some((end, _)) = stream.end_of(host, epoch) else { return };
        end.done = !matches!(next, Next::Wait);
        self.streams.insert(no, stream);
        if let Next::Say(bytes) = next {
            self.say(host, no, dialled, bytes);
        }
        // Once this side is done, nothing that it says is waited for here; the other side ends by
        // itself.
        let said_last = dialled;
        if said_last {
            self.forget_if_done(no);
        }
    }

    /// Takes in what is complete in an end's buffer.
    fn listen(&mut self, engine: &mut SimEngine, end: &mut End, dialled: bool, join: bool) -> Next {
        let mut buffer = core::mem::take(&mut end.buffer);
        let (host, peer, sealer) = (end.host, end.peer, end.codec.clone());
        let message = match end.codec.open(&mut buffer, dialled, &mut |_| true) {
            Ok(Some(message)) => message,
            Ok(None) => {
                end.buffer = buffer;
                return Next::Wait;
            }
            Err(_) => return Next::Done,
        };
        match message {
            StreamMessage::PushPull(theirs) if dialled => {
                self.merge(engine, (host, peer), Side::Dialled, theirs, join);
                Next::Done
            }
            StreamMessage::PushPull(theirs) => {
                let join = theirs.join;
                let state = engine.local_state(join);
                let ours = sealer.seal(&StreamMessage::PushPull(state.message()), false);
                self.merge(engine, (host, peer), Side::Accepted, theirs, join);
                ours.map_or(Next::Done, Next::Say)
            }
            StreamMessage::Ping(ping) => {
                let ack = engine.handle_stream_ping(&ping).map(StreamMessage::Ack);
                let sealed = ack.and_then(|ack| sealer.seal(&ack, false).ok());
                sealed.map_or(Next::Done, Next::Say)
            }
            StreamMessage::Ack(ack) => {
                engine.handle_stream_ack(self.hosts[host as usize].clock.read(self.now), &ack);
                self.see(&Seen::StreamPonged { host });
                Next::Done
            }
            StreamMessage::User(payload) => {
                engine.handle_stream_user(peer, payload.into_owned().into());
                Next::Done
            }
            _ => Next::Done,
        }
    }

    fn merge(
        &mut self,
        engine: &mut SimEngine,
        (host, from): (HostNo, Addr),
        side: Side,
        theirs: PushPull<'_, Id, Addr>,
        join: bool,
    ) {
        let now = self.hosts[host as usize].clock.read(self.now);
        let Ok(admitted) = engine.begin_merge(from, side, &theirs.states, join) else { return };
        for slice in theirs.states.chunks(MERGE_SLICE) {
            engine.merge(now, &admitted, slice);
        }
        engine.end_merge(now, &admitted, theirs.user_state.into_owned().into());
        self.see(&Seen::Merged { host, from, side });
    }

    fn on_broken(&mut self, host: HostNo, no: StreamNo, dropped: bool) {
        let epoch = self.hosts[host as usize].epoch;
        let Some(stream) = self.streams.get_mut(&no) else { return };
        let Some((end, dialled)) = stream.end_of(host, epoch) else { return };
        let was_done = core::mem::replace(&mut end.done, true);
        let to = stream.to;
        let again = match stream.errand {
            Errand::PushPull { join: true, tries } if dialled && dropped && !was_done => {
                (tries + 1 < JOIN_TRIES).then_some(tries + 1)
            }
            _ => None,
        };
        self.forget_if_done(no);
        if let Some(tries) = again {
            let errand = Errand::PushPull { join: true, tries };
            let until = self.now + self.hosts[host as usize].plan().config.stream_timeout;
            let redial = Event::Redial { host, epoch, to, errand, until };
            self.agenda.add(self.now + JOIN_AGAIN, redial);
        }
    }
}
