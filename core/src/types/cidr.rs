//! Which IP addresses may take part.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// Networks whose addresses may take part. Checked at the edge of both planes and for the address
/// inside each claim. IPv4-mapped IPv6 counts as IPv4.
///
/// [`Cidrs::any`] allows everything; an empty list allows nothing (the Go library's empty list
/// allows everything, against its own documentation).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cidrs(Option<Vec<IpNet>>);

/// A text that is no network in CIDR notation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network such as `10.0.0.0/8` or `fd00::/8`")]
pub struct InvalidCidr(pub String);

impl Cidrs {
    /// Every address.
    pub const fn any() -> Self {
        Self(None)
    }

    /// Only addresses inside one of `networks`, each in CIDR notation.
    ///
    /// # Errors
    ///
    /// The first text that is no network.
    pub fn only<'t>(networks: impl IntoIterator<Item = &'t str>) -> Result<Self, InvalidCidr> {
        let parse =
            |text: &str| IpNet::from_str(text.trim()).map_err(|_| InvalidCidr(text.to_owned()));
        networks.into_iter().map(parse).collect::<Result<_, _>>().map(|nets| Self(Some(nets)))
    }

    /// Whether `ip` may take part.
    pub fn allows(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.as_ref().is_none_or(|nets| nets.iter().any(|net| net.contains(&ip)))
    }

    /// Whether every address may take part.
    pub const fn is_any(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Go's tests: nil allows all; lists allow what they hold; here an empty one
    /// nothing.
    #[test]
    fn only_what_is_listed_is_allowed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let local = Cidrs::only(["127.0.0.0/8", "::1/128"]).unwrap();
        assert!(Cidrs::any().allows(ip("8.8.8.8")));
        assert!(local.allows(ip("127.0.0.5")));
        assert!(local.allows(ip("::ffff:127.0.0.5")));
        assert!(local.allows(ip("::1")));
        assert!(!local.allows(ip("::2")));
        assert!(!local.allows(ip("10.0.0.1")));
        assert!(!Cidrs::only([]).unwrap().allows(ip("127.0.0.1")));
        assert_eq!(Cidrs::only(["10.0.0.0/33"]), Err(InvalidCidr("10.0.0.0/33".into())));
    }
}
