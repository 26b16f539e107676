//! Streams: bytes to messages and back, outside the engine, so that a stream's own task can do it.

use core::marker::PhantomData;
use core::ops::Range;

use crate::frame::{Framer, OpenError, SealError, StreamHead, label_of};
use crate::types::limits::PUSH_PULL_BYTES_MAX;
use crate::types::{Address, Id};
use crate::wire::{DecodeError, Measure, Progress, StreamMessage, Wire, kind};

/// Bytes of one stream message with what says its kind and length: a little over the largest body.
const MESSAGE_BYTES_MAX: usize = PUSH_PULL_BYTES_MAX + 1_024;

/// The most that [`StreamCodec::wants`] asks for at a time: a usual socket buffer. Whoever sets
/// memory aside for what is wanted sets aside no more than this for a length that a stranger
/// claims.
const WANTS_MAX: usize = 64 * 1024;

/// Why bytes of a stream are not taken. The stream is to be closed; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// What wraps the message is wrong.
    #[error(transparent)]
    Frame(#[from] OpenError),
    /// The message is wrong, or not legal in this direction.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The message to be sent is longer than others take: so many bytes.
    #[error("a stream message of {0} bytes is longer than others take")]
    TooLarge(usize),
    /// The message to be sent cannot be encrypted.
    #[error(transparent)]
    Unsealed(SealError),
    /// The other side answered with an error.
    #[error("the peer answered: {0}")]
    Remote(String),
}

impl StreamError {
    /// The counter's name in `stats`.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Frame(error) => error.reason(),
            Self::Decode(error) => error.reason(),
            Self::TooLarge(_) => "stream_too_large",
            Self::Unsealed(_) => "frame_unsealed",
            Self::Remote(_) => "stream_remote_error",
        }
    }
}

/// Frames and messages of one stream. It remembers how far it has looked, so take one for each
/// stream; a clone begins anew.
#[derive(Debug)]
pub struct StreamCodec<I, A, W> {
    framer: Framer,
    progress: Progress,
    /// What a compressed message was made of.
    inflated: Vec<u8>,
    node: PhantomData<fn() -> (I, A)>,
    wire: PhantomData<fn() -> W>,
}

/// What has been found in the bytes that have arrived.
enum Found {
    /// So many bytes in all are needed before more can be said.
    Needs(usize),
    /// A whole message is here, as it is.
    Message(Range<usize>),
    /// A whole message is here, encrypted or compressed.
    Wrapped(Range<usize>),
}

impl<I, A, W> StreamCodec<I, A, W> {
    pub(crate) fn new(framer: Framer) -> Self {
        let (progress, inflated) = (Progress::default(), Vec::new());
        Self { framer, progress, inflated, node: PhantomData, wire: PhantomData }
    }
}

impl<I, A, W> Clone for StreamCodec<I, A, W> {
    fn clone(&self) -> Self {
        Self::new(self.framer.clone())
    }
}

impl<I: Id, A: Address, W: Wire<I, A>> StreamCodec<I, A, W> {
    /// The bytes to write for one message. `dialled`: this side opened the stream, so the label
    /// leads.
    ///
    /// # Errors
    ///
    /// The message is longer than others take.
    pub fn seal(
        &self,
        message: &StreamMessage<'_, I, A>,
        dialled: bool,
    ) -> Result<Vec<u8>, StreamError> {
        let (mut out, mut is_taken) = (Vec::new(), Ok(()));
        let sealed = self.framer.seal_stream(dialled, &mut out, |out| {
            let start = out.len();
            W::encode_stream(message, out);
            // What others will find is the measure of what they take.
            is_taken = match measure::<I, A, W>(&out[start..]) {
                Ok(len) if start + len == out.len() => Ok(()),
                _ => Err(StreamError::TooLarge(out.len() - start)),
            };
        });
        is_taken?;
        sealed.map_err(|error| match error {
            SealError::StreamTooLong(len) => StreamError::TooLarge(len),
            error => StreamError::Unsealed(error),
        })?;
        Ok(out)
    }

    /// Looks at all that has arrived so far; `None` if more is needed. `dialled`: this side opened
    /// the stream, so this is a reply, and no label leads it. Each call looks at what is new only;
    /// bytes behind the message are not looked at. What is encrypted is decrypted where it stands,
    /// and `grow` is asked before so many bytes more are inflated, so after a message or an error
    /// `buffer` is of no use any more.
    ///
    /// # Errors
    ///
    /// The stream is of another cluster or without the key, the bytes are no message, the message
    /// is not legal in this direction, or it is the other side's error.
    pub fn open<'a>(
        &'a mut self,
        buffer: &'a mut [u8],
        dialled: bool,
        grow: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<StreamMessage<'a, I, A>>, StreamError> {
        let mut progress = self.progress;
        let found = self.find(buffer, dialled, &mut progress)?;
        self.progress = progress;
        let message = match found {
            Found::Needs(_) => return Ok(None),
            Found::Message(range) => &buffer[range],
            Found::Wrapped(range) => {
                let wrapped = &mut buffer[range];
                let message = self.framer.unwrap_stream(wrapped, &mut self.inflated, grow)?;
                check_direction(message[0], dialled)?;
                &message[..measure::<I, A, W>(message)?]
            }
        };
        match W::decode_stream(message)? {
            StreamMessage::Error(text) => Err(StreamError::Remote(printable(&text))),
            message => Ok(Some(message)),
        }
    }

    /// What is wrong, in words for whoever sent it. `front`: its first bytes. If the label is
    /// wrong, both labels are told: they travel in the clear anyway.
    pub fn explain(&self, error: &StreamError, front: &[u8]) -> String {
        match error {
            StreamError::Frame(OpenError::LabelOther | OpenError::LabelMissing) => {
                let theirs = String::from_utf8_lossy(label_of(front).unwrap_or_default());
                let own = &self.framer.layers().label;
                format!("{error}: `{}` is not `{own}`", theirs.escape_debug())
            }
            error => error.to_string(),
        }
    }

    /// Bytes that are worth waiting for before [`open`](StreamCodec::open) is called again: at
    /// least 1, at most 64 KiB whatever the other side claims.
    pub fn wants(&self, buffer: &[u8], dialled: bool) -> usize {
        let mut progress = self.progress;
        match self.find(buffer, dialled, &mut progress) {
            Ok(Found::Needs(total)) => total.saturating_sub(buffer.len()).clamp(1, WANTS_MAX),
            _ => 1,
        }
    }

    fn find(
        &self,
        buffer: &[u8],
        dialled: bool,
        progress: &mut Progress,
    ) -> Result<Found, StreamError> {
        let start = match self.framer.open_stream(buffer, dialled)? {
            StreamHead::Needs(total) => return Ok(Found::Needs(total)),
            StreamHead::Wrapped(range) => return Ok(Found::Wrapped(range)),
            StreamHead::Ends(start) => start,
        };
        let message = &buffer[start..];
        if let Some(&kind) = message.first() {
            check_direction(kind, dialled)?;
        }
        match W::measure_stream(message, progress)? {
            Measure::Needs(len) | Measure::Complete(len) if len > MESSAGE_BYTES_MAX => {
                Err(DecodeError::TooLarge("stream message").into())
            }
            Measure::Needs(len) => Ok(Found::Needs(start + len)),
            Measure::Complete(len) => Ok(Found::Message(start..start + len)),
        }
    }
}

/// Bytes of the message that is all there at the front of `bytes`.
fn measure<I, A, W: Wire<I, A>>(bytes: &[u8]) -> Result<usize, StreamError> {
    match W::measure_stream(bytes, &mut Progress::default()) {
        Ok(Measure::Complete(len)) if len <= MESSAGE_BYTES_MAX.min(bytes.len()) => Ok(len),
        Ok(Measure::Needs(len)) if len <= MESSAGE_BYTES_MAX => Err(DecodeError::Truncated.into()),
        Ok(_) => Err(DecodeError::TooLarge("stream message").into()),
        Err(error) => Err(error.into()),
    }
}

/// Requests go one way, answers the other, a push/pull both.
fn check_direction(kind: u8, dialled: bool) -> Result<(), DecodeError> {
    let legal = match kind {
        kind::PUSH_PULL => true,
        kind::PING | kind::USER => !dialled,
        kind::ACK | kind::ERROR => dialled,
        _ => false,
    };
    if legal { Ok(()) } else { Err(DecodeError::UnknownKind(kind)) }
}

/// What a peer wrote is shown to people: nothing in it moves their cursor or begins a line.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::net::SocketAddr;

    use smol_str::SmolStr;

    use super::*;
    use crate::frame::Layers;
    use crate::types::limits::STREAM_BYTES_MAX;
    use crate::types::{Label, SequenceNumber};
    use crate::wire::{Ack, Lpe, Ping, PushPull};

    type Codec = StreamCodec<SmolStr, SocketAddr, Lpe>;
    type Stream<'a> = StreamMessage<'a, SmolStr, SocketAddr>;

    fn codec(label: &str) -> Codec {
        let label = Label::try_from(label).unwrap();
        Codec::new(Framer::new(Layers { label, ..Layers::default() }))
    }

    fn ping() -> Stream<'static> {
        let seq = SequenceNumber::new(9);
        Stream::Ping(Ping { seq, target: Some("b".into()), source: None, reply_to: None })
    }

    fn ack() -> Stream<'static> {
        Stream::Ack(Ack { seq: SequenceNumber::new(9), payload: Cow::Borrowed(b"") })
    }

    /// What `codec` makes of bytes that it may change.
    fn open(codec: &mut Codec, bytes: &[u8], dialled: bool) -> Result<Option<String>, StreamError> {
        let mut bytes = bytes.to_vec();
        let message = codec.open(&mut bytes, dialled, &mut |_| true)?;
        Ok(message.map(|message| format!("{message:?}")))
    }

    /// The label leads the request and not the answer; every byte may come alone.
    #[test]
    fn a_request_and_its_answer_arrive_byte_by_byte() {
        for (message, dialled) in [(ping(), true), (ack(), false)] {
            let sealed = codec("dc1").seal(&message, dialled).unwrap();
            assert_eq!(sealed[0] == 244, dialled);
            let (mut peer, mut arrived) = (codec("dc1"), 0);
            while arrived < sealed.len() {
                assert_eq!(open(&mut peer, &sealed[..arrived], !dialled), Ok(None));
                let wants = peer.wants(&sealed[..arrived], !dialled);
                assert!((1..=sealed.len() - arrived).contains(&wants), "{arrived}: {wants}");
                arrived += 1;
            }
            assert_eq!(open(&mut peer, &sealed, !dialled), Ok(Some(format!("{message:?}"))));
        }
    }

    #[test]
    fn whoever_reads_what_is_wanted_reads_the_message_and_no_more() {
        let empty = PushPull { join: true, states: vec![], user_state: vec![7; 200_000].into() };
        let message = Stream::PushPull(empty);
        let sealed = codec("").seal(&message, true).unwrap();
        let (mut peer, mut arrived, mut reads) = (codec(""), 0, 0);
        while open(&mut peer, &sealed[..arrived], false).unwrap().is_none() {
            arrived += peer.wants(&sealed[..arrived], false);
            reads += 1;
        }
        assert_eq!(arrived, sealed.len());
        assert_eq!(reads, 2 + sealed.len().div_ceil(WANTS_MAX));
    }

    #[test]
    fn what_goes_the_wrong_way_is_refused_at_its_first_byte() {
        let refused = |bytes: &[u8], dialled| open(&mut codec(""), bytes, dialled).unwrap_err();
        for kind in [kind::ACK, kind::ERROR, kind::ALIVE, kind::BROADCAST] {
            assert_eq!(refused(&[kind], false), DecodeError::UnknownKind(kind).into());
        }
        for kind in [kind::PING, kind::USER, kind::ALIVE] {
            assert_eq!(refused(&[kind], true), DecodeError::UnknownKind(kind).into());
        }
        assert_eq!(open(&mut codec("dc1"), &[0], false), Err(OpenError::LabelMissing.into()));
        assert_eq!(open(&mut codec("dc1"), &[244], true), Err(OpenError::LabelOther.into()));
    }

    #[test]
    fn a_wrong_label_is_explained_with_both() {
        let front = [244, 4, b'b', b'l', b'u', b'e', 8];
        let error = open(&mut codec("red"), &front, false).unwrap_err();
        let words = codec("red").explain(&error, &front);
        assert_eq!(words, "the label is another cluster's: `blue` is not `red`");
    }

    #[test]
    fn an_error_that_is_answered_is_an_error() {
        let sealed = codec("").seal(&Stream::Error("no such key".into()), false).unwrap();
        let error = open(&mut codec(""), &sealed, true).unwrap_err();
        assert_eq!(error, StreamError::Remote("no such key".into()));
        assert_eq!(error.reason(), "stream_remote_error");
    }

    #[test]
    fn a_claimed_length_sets_nothing_aside_and_has_a_limit() {
        let user = |len: usize| {
            let [a, b, c, d] = u32::try_from(len).unwrap().to_be_bytes();
            [kind::USER, a, b, c, d]
        };
        let mut peer = codec("");
        assert_eq!(open(&mut peer, &user(STREAM_BYTES_MAX), false), Ok(None));
        assert_eq!(peer.wants(&user(STREAM_BYTES_MAX), false), WANTS_MAX);
        let over = Err(DecodeError::TooLarge("stream message").into());
        assert_eq!(open(&mut codec(""), &user(STREAM_BYTES_MAX + 1), false), over);
        let message = Stream::User(vec![0; STREAM_BYTES_MAX + 1].into());
        let error = codec("").seal(&message, true).unwrap_err();
        assert_eq!(error, StreamError::TooLarge(STREAM_BYTES_MAX + 6));
    }
}
