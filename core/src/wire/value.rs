//! What an id or an address must be able to do to travel.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use nodecraft::NodeId;
use smol_str::SmolStr;

use super::DecodeError;
use crate::codec::Reader;

/// An id or an address as [`Lpe`](super::Lpe) writes it: bytes whose length the format keeps.
///
/// Implement it for your own type in two functions. The rules:
///
/// - `take` of what `put` wrote gives an equal value.
/// - `put` writes the same bytes for equal ids, on every machine.
/// - 1 to [`ID_BYTES_MAX`](crate::types::limits::ID_BYTES_MAX) bytes for an id, at most
///   [`ADDRESS_BYTES_MAX`](crate::types::limits::ADDRESS_BYTES_MAX) for an address. The format
///   checks the length before it calls `take`.
/// - `take` sees what strangers send: it refuses what it does not know and never panics.
///
/// ```
/// use memberlist_core::wire::{DecodeError, WireValue};
///
/// /// A rack and a slot in it.
/// #[derive(Debug, PartialEq)]
/// struct Place { rack: u16, slot: u8 }
///
/// impl WireValue for Place {
///     fn put(&self, out: &mut Vec<u8>) {
///         out.extend_from_slice(&self.rack.to_be_bytes());
///         out.push(self.slot);
///     }
///
///     fn take(bytes: &[u8]) -> Result<Self, DecodeError> {
///         let &[high, low, slot] = bytes else {
///             return Err(DecodeError::Invalid("place"));
///         };
///         Ok(Self { rack: u16::from_be_bytes([high, low]), slot })
///     }
/// }
///
/// let mut out = Vec::new();
/// Place { rack: 300, slot: 7 }.put(&mut out);
/// assert_eq!(Place::take(&out), Ok(Place { rack: 300, slot: 7 }));
/// ```
pub trait WireValue: Sized {
    /// Appends the value's bytes, without their length.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads the value from all of `bytes`.
    ///
    /// # Errors
    ///
    /// `bytes` are no such value.
    fn take(bytes: &[u8]) -> Result<Self, DecodeError>;
}

fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    core::str::from_utf8(bytes).map_err(|_| DecodeError::Invalid("text"))
}

macro_rules! texts {
    ($($type:ty),*) => {$(
        /// UTF-8.
        impl WireValue for $type {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(self.as_bytes());
            }

            fn take(bytes: &[u8]) -> Result<Self, DecodeError> {
                text(bytes).map(Self::from)
            }
        }
    )*};
}

texts!(SmolStr, String, Arc<str>);

/// UTF-8, 1 to `N` bytes.
impl<const N: usize> WireValue for NodeId<N> {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }

    fn take(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::new(text(bytes)?).map_err(|_| DecodeError::Invalid("node id"))
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        /// Big-endian, all of its bytes.
        impl WireValue for $type {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn take(bytes: &[u8]) -> Result<Self, DecodeError> {
                let bytes = bytes.try_into().map_err(|_| DecodeError::Invalid("number"))?;
                Ok(Self::from_be_bytes(bytes))
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64);

/// 4 or 16 bytes of the IP address, then 2 of the port, big-endian. The two forms stay apart: an
/// IPv4-mapped IPv6 address travels as 16 bytes. Scope and flow of an IPv6 address mean something
/// on one machine only and do not travel.
impl WireValue for SocketAddr {
    fn put(&self, out: &mut Vec<u8>) {
        match self.ip() {
            IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
            IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
        }
        out.extend_from_slice(&self.port().to_be_bytes());
    }

    fn take(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let ip = match bytes.len() {
            6 => IpAddr::V4(Ipv4Addr::from(reader.array::<4>()?)),
            18 => IpAddr::V6(Ipv6Addr::from(reader.array::<16>()?)),
            _ => return Err(DecodeError::Invalid("socket address")),
        };
        Ok(Self::new(ip, reader.u16()?))
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Debug;

    use super::*;

    fn round_trip<V: WireValue + PartialEq + Debug>(value: V, hex: &[u8]) {
        let mut out = Vec::new();
        value.put(&mut out);
        assert_eq!(out, hex);
        assert_eq!(V::take(&out), Ok(value));
    }

    #[test]
    fn values_round_trip() {
        round_trip(SmolStr::new("näme"), "näme".as_bytes());
        round_trip(String::from("a"), b"a");
        round_trip(Arc::<str>::from("a"), b"a");
        round_trip(NodeId::<255>::new("node-a").unwrap(), b"node-a");
        round_trip(7u8, &[7]);
        round_trip(0x0102u16, &[1, 2]);
        round_trip(0x0102_0304u32, &[1, 2, 3, 4]);
        round_trip(0x0102_0304_0506_0708u64, &[1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn the_two_forms_of_an_ipv4_address_stay_apart() {
        let four: SocketAddr = "10.0.0.1:7946".parse().unwrap();
        round_trip(four, &[10, 0, 0, 1, 0x1f, 0x0a]);
        let mapped: SocketAddr = "[::ffff:10.0.0.1]:7946".parse().unwrap();
        round_trip(mapped, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1, 0x1f, 0x0a]);
    }

    #[test]
    fn what_is_no_value_is_refused() {
        assert_eq!(SmolStr::take(&[0xff]), Err(DecodeError::Invalid("text")));
        assert_eq!(NodeId::<3>::take(b"four"), Err(DecodeError::Invalid("node id")));
        assert_eq!(u16::take(&[1]), Err(DecodeError::Invalid("number")));
        for len in [0, 4, 5, 7, 16, 17, 19] {
            let refused = Err(DecodeError::Invalid("socket address"));
            assert_eq!(SocketAddr::take(&vec![1; len]), refused, "{len}");
        }
    }
}
