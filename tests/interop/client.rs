//! A socket that speaks the format of the Go library, message by message, to whoever is there.

use std::borrow::Cow;
use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::net::UdpSocket;
use std::time::Duration;
use std::time::Instant;

use memberlist::Msgpack;
use memberlist::types::Incarnation;
use memberlist::types::Node;
use memberlist::types::SequenceNumber;
use memberlist::types::StartId;
use memberlist::types::Versions;
use memberlist::wire::Alive;
use memberlist::wire::DecodeError;
use memberlist::wire::Message;
use memberlist::wire::Ping;
use memberlist::wire::StreamMessage;
use memberlist::wire::Wire;
use smol_str::SmolStr;

/// What is not there by then does not come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

const COMPOUND: u8 = 7;
const CHECKSUM: u8 = 12;

pub(crate) type Packet = Message<'static, SmolStr, SocketAddr>;
pub(crate) type Stream<'a> = StreamMessage<'a, SmolStr, SocketAddr>;

/// A socket for datagrams that talks to one node.
pub(crate) struct Client {
    socket: UdpSocket,
    node: SocketAddr,
}

impl Client {
    pub(crate) fn to(node: &str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has free ports");
        Self { socket, node: node.parse().expect("it is an address") }
    }

    /// Talks to another node from now on, from the same port.
    pub(crate) fn turn_to(&mut self, node: &str) {
        self.node = node.parse().expect("it is an address");
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.socket.local_addr().expect("it is bound")
    }

    pub(crate) fn send_bytes(&self, bytes: &[u8]) {
        // The node may have ended, and then there is nobody at the port.
        let _ = self.socket.send_to(bytes, self.node);
    }

    pub(crate) fn send(&self, message: &Message<'_, SmolStr, SocketAddr>) {
        self.send_bytes(&encoded(message));
    }

    /// The next datagram, if one comes in time.
    pub(crate) fn receive_bytes(&self, bound: Duration) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 65_536];
        self.socket.set_read_timeout(Some(bound.max(Duration::from_millis(1)))).expect("not 0");
        let len = self.socket.recv(&mut buffer).ok()?;
        buffer.truncate(len);
        Some(buffer)
    }

    /// The messages of the next datagram; none if none comes in time.
    pub(crate) fn receive(&self, bound: Duration) -> Vec<Packet> {
        self.receive_bytes(bound).map(|bytes| messages(&bytes)).unwrap_or_default()
    }

    /// Sends, and waits for the first message that `wanted` takes.
    pub(crate) fn ask<T>(
        &self,
        bytes: &[u8],
        mut wanted: impl FnMut(Packet) -> Option<T>,
    ) -> Option<T> {
        self.send_bytes(bytes);
        let end = Instant::now() + PATIENCE;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if let Some(found) = self.receive(left).into_iter().find_map(&mut wanted) {
                return Some(found);
            }
        }
        None
    }

    /// Pings, and tells the numbers of all acks that come until the one for this ping.
    pub(crate) fn acks_until(&self, seq: u32) -> Vec<u32> {
        let mut acks = Vec::new();
        let last = self.ask(&encoded(&ping(seq, None)), |message| {
            acks.extend(ack(&message));
            (ack(&message) == Some(seq)).then_some(())
        });
        assert_eq!(last, Some(()), "{} does not answer", self.node);
        acks
    }
}

/// The number of an ack.
pub(crate) fn ack(message: &Packet) -> Option<u32> {
    match message {
        Message::Ack(ack) => Some(ack.seq.get()),
        _ => None,
    }
}

pub(crate) fn encoded(message: &Message<'_, SmolStr, SocketAddr>) -> Vec<u8> {
    let mut out = Vec::new();
    Msgpack::encode(message, &mut out);
    out
}

pub(crate) fn ping(seq: u32, target: Option<&str>) -> Packet {
    let seq = SequenceNumber::new(seq);
    let target = target.map(SmolStr::from);
    Message::Ping(Ping { seq, target, source: None, reply_to: None })
}

pub(crate) fn claim(
    name: &str,
    address: SocketAddr,
    incarnation: u32,
) -> Alive<'static, SmolStr, SocketAddr> {
    Alive {
        incarnation: Incarnation::new(incarnation),
        node: Node::new(SmolStr::new(name), address),
        meta: Cow::Borrowed(b""),
        versions: Some(Versions::DEFAULT),
        start: StartId::default(),
    }
}

pub(crate) fn compound(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![COMPOUND, u8::try_from(parts.len()).expect("a few")];
    for part in parts {
        out.extend(u16::try_from(part.len()).expect("short").to_be_bytes());
    }
    out.extend(parts.concat());
    out
}

/// CRC-32 of IEEE 802.3, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// `message` behind its checksum.
pub(crate) fn checked(message: &[u8]) -> Vec<u8> {
    [&[CHECKSUM], &crc32(message).to_be_bytes()[..], message].concat()
}

/// Whether a datagram has a checksum.
pub(crate) fn is_checked(datagram: &[u8]) -> bool {
    datagram.first() == Some(&CHECKSUM)
}

/// The messages in a datagram, compounds taken apart; what is none is left out.
pub(crate) fn messages(datagram: &[u8]) -> Vec<Packet> {
    let parts = parts(datagram);
    parts.into_iter().filter_map(|part| owned(Msgpack::decode(part))).collect()
}

/// The messages as they stand, as far as there are any.
pub(crate) fn parts(datagram: &[u8]) -> Vec<&[u8]> {
    match datagram {
        [CHECKSUM, _, _, _, _, rest @ ..] => parts(rest),
        [COMPOUND, count, rest @ ..] => {
            let Some((lengths, mut rest)) = rest.split_at_checked(2 * usize::from(*count)) else {
                return Vec::new();
            };
            let mut found = Vec::new();
            for length in lengths.chunks(2) {
                let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                let Some((part, behind)) = rest.split_at_checked(length) else {
                    break;
                };
                rest = behind;
                found.extend(parts(part));
            }
            found
        }
        bytes => vec![bytes],
    }
}

pub(crate) fn owned(
    message: Result<Message<'_, SmolStr, SocketAddr>, DecodeError>,
) -> Option<Packet> {
    Some(match message.ok()? {
        Message::Ping(ping) => Message::Ping(ping),
        Message::IndirectPing(ping) => Message::IndirectPing(ping),
        Message::Ack(ack) => {
            let (seq, payload) = (ack.seq, Cow::Owned(ack.payload.into_owned()));
            Message::Ack(memberlist::wire::Ack { seq, payload })
        }
        Message::Nack(nack) => Message::Nack(nack),
        Message::Suspect(suspect) => Message::Suspect(suspect),
        Message::Dead(dead) => Message::Dead(dead),
        Message::Alive(alive) => Message::Alive(alive.into_owned()),
        Message::User(payload) => Message::User(Cow::Owned(payload.into_owned())),
        _ => return None,
    })
}

/// Writes one message, or what looks like one, over a stream, and gives all that comes back until
/// the other side closes; `None` if it does not.
pub(crate) fn exchange(node: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(node).expect("it listens");
    // It may refuse what has come so far before it has all.
    let _ = stream.write_all(bytes);
    rest(stream)
}

/// The same, and says that nothing more comes; `None` also if nobody listens.
pub(crate) fn try_exchange(node: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(node).ok()?;
    let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    rest(stream)
}

fn rest(mut stream: TcpStream) -> Option<Vec<u8>> {
    stream.set_read_timeout(Some(PATIENCE)).expect("not 0");
    let mut reply = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Some(reply),
            Ok(len) => reply.extend_from_slice(&buffer[..len]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                return Some(reply);
            }
            Err(_) => return None,
        }
    }
}

pub(crate) fn encoded_stream(message: &Stream<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    Msgpack::encode_stream(message, &mut out);
    out
}

pub(crate) fn decoded_stream(bytes: &[u8]) -> Result<Stream<'_>, DecodeError> {
    Msgpack::decode_stream(bytes)
}
