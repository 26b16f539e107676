//! A format that does not tell a message's length up front, as the Go library's does not.

use core::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::wire::{DecodeError, Measure, Progress, StreamMessage, Wire, kind};

/// User messages only: kind, text, and a zero at the end.
struct Terminated;

/// Bytes that were looked at. Only one test uses it.
static LOOKED_AT: AtomicUsize = AtomicUsize::new(0);

impl Wire<SmolStr, SocketAddr> for Terminated {
    const NAME: &'static str = "terminated";
    const RELAYS_BROADCASTS: bool = false;

    fn id_len(id: &SmolStr) -> usize {
        id.len()
    }

    fn encode(_: &Packet<'_>, _: &mut Vec<u8>) {
        unreachable!("no packets here");
    }

    fn decode(_: &[u8]) -> Result<Packet<'_>, DecodeError> {
        unreachable!("no packets here");
    }

    fn encode_stream(message: &StreamMessage<'_, SmolStr, SocketAddr>, out: &mut Vec<u8>) {
        let StreamMessage::User(text) = message else { unreachable!("user messages only") };
        out.push(kind::USER);
        out.extend_from_slice(text);
        out.push(0);
    }

    fn decode_stream(bytes: &[u8]) -> Result<StreamMessage<'_, SmolStr, SocketAddr>, DecodeError> {
        Ok(StreamMessage::User(Cow::Borrowed(&bytes[1..bytes.len() - 1])))
    }

    fn measure_stream(head: &[u8], progress: &mut Progress) -> Result<Measure, DecodeError> {
        let fresh = &head[progress.seen.max(1).min(head.len())..];
        LOOKED_AT.fetch_add(fresh.len(), Ordering::Relaxed);
        if let Some(end) = fresh.iter().position(|&byte| byte == 0) {
            return Ok(Measure::Complete(head.len() - fresh.len() + end + 1));
        }
        progress.seen = head.len();
        Ok(Measure::Needs(head.len() + 1))
    }
}

#[test]
fn each_byte_is_looked_at_once_however_slowly_they_arrive() {
    let mut codec = StreamCodec::<SmolStr, SocketAddr, Terminated>::new(Framer::default());
    let message = StreamMessage::User(Cow::Owned(vec![b'x'; 10_000]));
    let mut bytes = codec.seal(&message, true).unwrap();
    LOOKED_AT.store(0, Ordering::Relaxed);
    for arrived in 0..bytes.len() {
        assert_eq!(codec.open(&mut bytes[..arrived], false, &mut |_| true), Ok(None));
        assert_eq!(codec.wants(&bytes[..arrived], false), 1);
    }
    assert_eq!(codec.open(&mut bytes, false, &mut |_| true), Ok(Some(message)));
    assert_eq!(LOOKED_AT.load(Ordering::Relaxed), 10_001);
}
