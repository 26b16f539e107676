//! The text of a seed: `[name/]host[:port]`.

use std::io;
use std::net::IpAddr;

/// A seed taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seed<'t> {
    pub(super) host: &'t str,
    pub(super) port: Option<u16>,
}

impl<'t> Seed<'t> {
    /// Takes `[name/]host[:port]` apart. The node's name is ignored: nothing in the protocol checks
    /// it. IPv6 may stand in brackets, and must where a port follows.
    pub(super) fn parse(text: &'t str) -> io::Result<Self> {
        let address = match text.split_once('/') {
            Some(("", _)) => return Err(invalid(text, "the name before the `/` is empty")),
            Some((_, address)) => address,
            None => text,
        };
        let (host, port) = split_port(address);
        let host = unbracketed(host);
        if host.is_empty() {
            return Err(invalid(text, "there is no host"));
        }
        let port = match port {
            Some(port) => Some(
                parse_port(port)
                    .ok_or_else(|| invalid(text, "the port is no number from 0 to 65535"))?,
            ),
            None => None,
        };
        Ok(Self { host, port })
    }

    /// The address, if no name is to be looked up.
    pub(super) fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// The text with `default` as its port if it has none, in brackets where the port needs them.
pub(super) fn with_port(text: &str, default: u16) -> String {
    let (host, port) = split_port(text);
    match port {
        Some(_) => text.to_owned(),
        None if unbracketed(host).contains(':') => format!("[{}]:{default}", unbracketed(host)),
        None => format!("{}:{default}", unbracketed(host)),
    }
}

/// There is a port if a colon follows the last `]`, or, without brackets, if there is exactly one
/// colon.
fn split_port(text: &str) -> (&str, Option<&str>) {
    let colons = match text.starts_with('[').then(|| text.rfind(']')).flatten() {
        Some(end) => &text[end..],
        None => text,
    };
    match colons.split_once(':') {
        Some((_, port)) if !port.contains(':') => {
            (&text[..text.len() - port.len() - 1], Some(port))
        }
        _ => (text, None),
    }
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn parse_port(port: &str) -> Option<u16> {
    // `u16::from_str` would take a plus sign.
    port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok()).flatten()
}

fn invalid(text: &str, why: &str) -> io::Error {
    let text = format!("`{text}` is no `host`, `host:port` or `name/host:port`: {why}");
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "2001:db8:a0b:12f0::1";

    /// Go's tests, PortFunctions: nine spellings, whether they have a port, and with
    /// 8301 where they have none.
    #[test]
    fn a_missing_port_is_added() {
        let rows = [
            ("", false, ":8301"),
            ("1.2.3.4", false, "1.2.3.4:8301"),
            ("1.2.3.4:1234", true, "1.2.3.4:1234"),
            ("2001:db8:a0b:12f0::1", false, "[2001:db8:a0b:12f0::1]:8301"),
            ("[2001:db8:a0b:12f0::1]", false, "[2001:db8:a0b:12f0::1]:8301"),
            ("[2001:db8:a0b:12f0::1]:1234", true, "[2001:db8:a0b:12f0::1]:1234"),
            ("localhost", false, "localhost:8301"),
            ("localhost:1234", true, "localhost:1234"),
            ("host.example.org", false, "host.example.org:8301"),
            ("a:b:c", false, "[a:b:c]:8301"),
            ("host:", true, "host:"),
        ];
        for (text, has, with) in rows {
            assert_eq!(split_port(text).1.is_some(), has, "{text}");
            assert_eq!(with_port(text, 8301), with, "{text}");
        }
    }

    /// Go's tests, ResolveAddr: eleven spellings, ten of them again behind a name.
    #[test]
    fn seeds_are_taken_apart() {
        let rows = [
            ("localhost", Ok(("localhost", None))),
            ("[::1]:80", Ok(("::1", Some(80)))),
            ("[::1]", Ok(("::1", None))),
            (":80", Err("there is no host")),
            ("localhost:80", Ok(("localhost", Some(80)))),
            ("localhost:80000", Err("0 to 65535")),
            ("127.0.0.1:80", Ok(("127.0.0.1", Some(80)))),
            ("[2001:db8:a0b:12f0::1]:80", Ok((LONG, Some(80)))),
            ("127.0.0.1", Ok(("127.0.0.1", None))),
            ("[2001:db8:a0b:12f0::1]", Ok((LONG, None))),
        ];
        for (text, expected) in rows {
            check(text, expected);
            check(&format!("foo/{text}"), expected);
        }
        check("/127.0.0.1:80", Err("the name before the `/` is empty"));
    }

    #[test]
    fn odd_seeds_are_refused_or_taken_as_they_are() {
        check("::1", Ok(("::1", None)));
        check("fe80::1%7", Ok(("fe80::1%7", None)));
        check("host.example.org.:1", Ok(("host.example.org.", Some(1))));
        for (text, why) in [
            ("", "no host"),
            ("foo/", "no host"),
            ("[]", "no host"),
            ("[]:80", "no host"),
            ("host:", "0 to 65535"),
            ("host:+80", "0 to 65535"),
            ("host:-1", "0 to 65535"),
            ("host:http", "0 to 65535"),
            ("/", "name before"),
        ] {
            check(text, Err(why));
        }
    }

    fn check(text: &str, expected: Result<(&str, Option<u16>), &str>) {
        match (Seed::parse(text), expected) {
            (Ok(seed), Ok((host, port))) => assert_eq!(seed, Seed { host, port }, "{text}"),
            (Err(error), Err(why)) => assert!(error.to_string().contains(why), "{text}: {error}"),
            (got, expected) => panic!("{text}: {got:?} instead of {expected:?}"),
        }
    }
}
