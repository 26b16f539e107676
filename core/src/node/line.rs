//! One stream as messages: read and written whole, within bounds.

use core::time::Duration;
use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use agnostic_lite::RuntimeLite;
use bytes::Bytes;
use futures_util::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::clock::within;
use super::command::Claims;
use super::error::Down;
use super::metrics;
use super::progress::Progress;
use super::share::Share;
use crate::engine::{MergeError, StreamCodec, StreamError};
use crate::frame::OpenError;
use crate::types::limits::{LABEL_BYTES_MAX, PUSH_PULL_BYTES_MAX};
use crate::types::{Address, Id};
use crate::wire::{Ack, Ping, RemoteState, StreamMessage, Wire};

/// How long a stream may stay silent before its first byte, handshake included. Whoever opens a
/// stream has something to say; a few round trips and a retransmission fit.
const FIRST_BYTE: Duration = Duration::from_secs(5);

/// Bytes that are read at a time: at least and at most. A stream that trickles holds no more than
/// the least in advance; at most, so that memory grows with what has arrived, not with what is
/// claimed.
const CHUNK_MIN: usize = 4 * 1024;
const CHUNK_MAX: usize = 64 * 1024;

/// Bytes that are read and thrown away after an error was told, so that the connection is not reset
/// before the other side has read it.
const LINGER_BYTES: usize = 64 * 1024;

/// How often a stream that waits for memory looks again. Nobody tells it: those that are stuck give
/// way when somebody asks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What a peer is told when there is no memory for what it asks.
const BUSY: &str = "busy, try again";

/// Bytes that tell who is talking: the longest label with its header.
const FRONT_BYTES: usize = LABEL_BYTES_MAX + 2;

/// Why an exchange over a stream came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the stream ended without a message")]
    Silent,
    #[error(transparent)]
    Malformed(#[from] StreamError),
    #[error("the answer is of the wrong kind")]
    Unexpected,
    #[error("all streams together hold too many bytes")]
    OverMemory,
    #[error(transparent)]
    Refused(MergeError),
    #[error("no answer in time")]
    TimedOut,
    #[error(transparent)]
    Down(#[from] Down),
}

impl ExchangeError {
    /// Whether the other side was there and ended the stream without a word, or was busy: it is
    /// worth another try.
    pub(super) fn is_passing(&self) -> bool {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        match self {
            Self::Silent => true,
            Self::Malformed(StreamError::Remote(words)) => words == BUSY,
            Self::Io(error) => matches!(
                error.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
            ),
            _ => false,
        }
    }
}

/// A message that has arrived and borrows nothing.
pub(super) enum Received<I, A> {
    Ping(Ping<I, A>),
    Ack(Ack<'static>),
    PushPull { claims: Claims<I, A>, user_state: Bytes, join: bool },
    User(Bytes),
    Error(String),
}

impl<I, A> From<StreamMessage<'_, I, A>> for Received<I, A> {
    fn from(message: StreamMessage<'_, I, A>) -> Self {
        match message {
            StreamMessage::Ping(ping) => Self::Ping(ping),
            StreamMessage::Ack(Ack { seq, payload }) => {
                Self::Ack(Ack { seq, payload: Cow::Owned(payload.into_owned()) })
            }
            StreamMessage::PushPull(state) => Self::PushPull {
                claims: Arc::new(state.states.into_iter().map(RemoteState::into_owned).collect()),
                user_state: state.user_state.into_owned().into(),
                join: state.join,
            },
            StreamMessage::User(payload) => Self::User(payload.into_owned().into()),
            StreamMessage::Error(words) => Self::Error(words.into_owned()),
        }
    }
}

impl<I, A> Received<I, A> {
    /// Bytes that it takes, the small ones not counted: a claim takes up to five times what it took
    /// on the wire.
    fn memory(&self) -> usize {
        match self {
            Self::PushPull { claims, user_state, .. } => {
                let meta = claims.iter().map(|state| state.claim.meta.len()).sum::<usize>();
                size_of_val(&claims[..]) + meta + user_state.len()
            }
            Self::User(payload) => payload.len(),
            Self::Ping(_) | Self::Ack(_) | Self::Error(_) => 0,
        }
    }
}

/// One stream of this node.
pub(super) struct Line<S, I, A, W> {
    stream: S,
    codec: StreamCodec<I, A, W>,
    /// Whether this side opened it.
    dialled: bool,
    /// What has arrived, and its share of what all streams may hold together.
    buffer: Vec<u8>,
    memory: Share,
}

impl<S, I, A, W> Line<S, I, A, W>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    I: Id,
    A: Address,
    W: Wire<I, A>,
{
    pub(super) const fn new(
        stream: S,
        codec: StreamCodec<I, A, W>,
        dialled: bool,
        memory: Share,
    ) -> Self {
        Self { stream, codec, dialled, buffer: Vec::new(), memory }
    }

    /// Writes one message: a small one, or one that this node sends of its own accord. It does not
    /// count to what streams may hold together.
    pub(super) async fn send(
        &mut self,
        message: &StreamMessage<'_, I, A>,
    ) -> Result<(), ExchangeError> {
        let bytes = self.seal(message)?;
        self.write(&bytes).await
    }

    /// The bytes of one message, to [`write`](Self::write).
    pub(super) fn seal(&self, message: &StreamMessage<'_, I, A>) -> Result<Vec<u8>, ExchangeError> {
        Ok(self.codec.seal(message, self.dialled)?)
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), ExchangeError> {
        for chunk in bytes.chunks(CHUNK_MAX) {
            self.stream.write_all(chunk).await?;
            self.memory.note_moved(chunk.len());
        }
        self.stream.flush().await?;
        self.memory.counters().stream_bytes_sent.add(bytes.len() as u64);
        metrics::stream_sent(bytes.len());
        Ok(())
    }

    /// Takes so much more of what streams may hold together, as soon as there is so much.
    pub(super) async fn take_memory<R: RuntimeLite>(
        &mut self,
        more: usize,
    ) -> Result<(), ExchangeError> {
        let until = self.memory.now() + self.memory.longest_wait();
        while !self.memory.grow(more) {
            if self.memory.now() >= until {
                return Err(self.over_memory());
            }
            R::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// What was set aside for something is more, or less, than it takes; false if there is no more.
    pub(super) fn settle_memory(&mut self, aside: usize, takes: usize) -> bool {
        self.memory.shrink(aside.saturating_sub(takes));
        self.memory.grow(takes.saturating_sub(aside))
    }

    pub(super) fn give_back(&mut self, less: usize) {
        self.memory.shrink(less);
    }

    /// Reads what the other side opened the stream for: its first byte must not be long in coming.
    pub(super) async fn receive_first<R: RuntimeLite>(
        &mut self,
    ) -> Result<Received<I, A>, ExchangeError> {
        let first = within::<R, _>(FIRST_BYTE, self.read::<R>(1)).await;
        first.ok_or(ExchangeError::TimedOut)??;
        self.receive::<R>().await
    }

    /// Reads one message. The caller sets the deadline.
    pub(super) async fn receive<R: RuntimeLite>(
        &mut self,
    ) -> Result<Received<I, A>, ExchangeError> {
        loop {
            if let Some(message) = self.open()? {
                self.memory.progress().set(Progress::SERVING);
                self.hold(&message)?;
                return Ok(message);
            }
            let wants = self.codec.wants(&self.buffer, self.dialled);
            self.read::<R>(wants).await?;
        }
    }

    /// Tells the other side what was wrong and gives it some time to read that.
    pub(super) async fn refuse(&mut self, error: &StreamError) -> Result<(), ExchangeError> {
        let words = match error {
            StreamError::Frame(OpenError::OverMemory) => BUSY.to_owned(),
            error => self.codec.explain(error, self.front()),
        };
        self.dismiss(words).await
    }

    /// Tells the other side to try again.
    pub(super) async fn put_off(&mut self) -> Result<(), ExchangeError> {
        self.dismiss(BUSY.to_owned()).await
    }

    async fn dismiss(&mut self, words: String) -> Result<(), ExchangeError> {
        self.memory.progress().set(Progress::READING);
        self.drop_request();
        self.send(&StreamMessage::Error(words.into())).await?;
        self.stream.close().await?;
        let mut ignored = vec![0; CHUNK_MIN];
        for _ in 0..LINGER_BYTES / CHUNK_MIN {
            if self.stream.read(&mut ignored).await? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Nothing is left of what has arrived but its front.
    fn drop_request(&mut self) {
        self.buffer = self.front().to_vec();
        self.memory.shrink(usize::MAX);
    }

    /// The other side has its answer: this one may take its time.
    pub(super) fn note_answered(&self) {
        self.memory.progress().set(Progress::ANSWERED);
    }

    /// Ends what this side says.
    pub(super) async fn close(&mut self) -> Result<(), ExchangeError> {
        Ok(self.stream.close().await?)
    }

    /// The first bytes of what has arrived, as they came.
    pub(super) fn front(&self) -> &[u8] {
        &self.buffer[..self.buffer.len().min(FRONT_BYTES)]
    }

    fn open(&mut self) -> Result<Option<Received<I, A>>, ExchangeError> {
        if self.buffer.is_empty() {
            return Ok(None);
        }
        let memory = &mut self.memory;
        let mut grow = |more| memory.grow(more);
        Ok(self.codec.open(&mut self.buffer, self.dialled, &mut grow)?.map(Received::from))
    }

    /// What was read is a message now: that counts instead, until the stream ends.
    fn hold(&mut self, message: &Received<I, A>) -> Result<(), ExchangeError> {
        let bytes = core::mem::take(&mut self.buffer);
        if !self.memory.grow(message.memory()) {
            return Err(self.over_memory());
        }
        self.memory.shrink(bytes.len());
        Ok(())
    }

    fn over_memory(&self) -> ExchangeError {
        self.memory.counters().streams_over_memory.one();
        ExchangeError::OverMemory
    }

    /// Reads at least `wants` bytes more.
    async fn read<R: RuntimeLite>(&mut self, wants: usize) -> Result<(), ExchangeError> {
        let enough = self.buffer.len().saturating_add(wants.max(1));
        while self.buffer.len() < enough {
            let chunk = (enough - self.buffer.len()).clamp(CHUNK_MIN, CHUNK_MAX);
            self.read_chunk::<R>(chunk).await?;
        }
        Ok(())
    }

    async fn read_chunk<R: RuntimeLite>(&mut self, chunk: usize) -> Result<(), ExchangeError> {
        let len = self.buffer.len();
        // The frame has stricter limits; this one holds whatever the codec says.
        if len > 2 * PUSH_PULL_BYTES_MAX {
            return Err(self.over_memory());
        }
        self.take_memory::<R>(chunk).await?;
        self.buffer.resize(len + chunk, 0);
        let read = self.stream.read(&mut self.buffer[len..]).await;
        let read_len = read.as_ref().map_or(0, |read_len| *read_len);
        self.buffer.truncate(len + read_len);
        self.memory.shrink(chunk - read_len);
        match read? {
            0 if len == 0 => Err(ExchangeError::Silent),
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            read_len => {
                self.note_read(read_len);
                Ok(())
            }
        }
    }

    fn note_read(&self, len: usize) {
        self.memory.counters().stream_bytes_received.add(len as u64);
        self.memory.note_moved(len);
        if self.memory.progress().get() == Progress::SILENT {
            self.memory.progress().set(Progress::READING);
        }
    }
}

#[cfg(test)]
mod tests {
    use agnostic_lite::tokio::TokioRuntime;
    use futures_util::io::Cursor;
    use smol_str::SmolStr;

    use super::*;
    use crate::frame::Framer;
    use crate::node::clock::Clock;
    use crate::node::seats::Seats;
    use crate::types::{Incarnation, Node, StartId, State};
    use crate::wire::{Alive, Lpe, PushPull};

    type Name = SmolStr;

    fn state(no: usize) -> RemoteState<'static, Name, Name> {
        let name: Name = format!("n{no}").into();
        let claim = Alive {
            incarnation: Incarnation::new(1),
            node: Node::new(name.clone(), name),
            meta: Cow::Borrowed(&[7; 3]),
            versions: None,
            start: StartId::new(1),
        };
        RemoteState { claim, state: State::Alive }
    }

    /// Reads a full exchange of 100 members with so much memory for it; what it holds then.
    async fn read(memory: usize) -> Result<usize, ExchangeError> {
        let states = (0..100).map(state).collect();
        let exchange = PushPull { join: true, states, user_state: vec![0; 50].into() };
        let codec = StreamCodec::<Name, Name, Lpe>::new(Framer::default());
        let bytes = codec.seal(&StreamMessage::PushPull(exchange), false)?;
        let clock = Clock::<TokioRuntime>::start();
        let timeout = Duration::from_secs(10);
        let seats = Seats::new(memory, timeout, Arc::default(), move || clock.now());
        let share = Share::new(seats, Arc::default());
        let mut line = Line::new(Cursor::new(bytes), codec, true, share);
        let received = line.receive::<TokioRuntime>().await?;
        assert!(matches!(received, Received::PushPull { .. }) && line.buffer.is_empty());
        Ok(line.memory.amount())
    }

    /// The claims count for as long as the stream lives, the bytes that they came from no more.
    #[tokio::test(start_paused = true)]
    async fn claims_count_as_long_as_they_are_there() {
        let claims = 100 * (size_of::<RemoteState<'_, Name, Name>>() + 3) + 50;
        assert_eq!(read(usize::MAX / 2).await.unwrap(), claims);
        assert!(matches!(read(claims).await, Err(ExchangeError::OverMemory)));
    }
}
