//! What all tests use.

use core::future::poll_fn;
use core::time::Duration;
use std::io;
use std::net::{Ipv6Addr, SocketAddr, TcpListener};

use agnostic::Runtime;
use memberlist_core::transport::Transport;
use memberlist_net::{NetOptions, NetTransport, Tcp};

pub(crate) type Net<R> = NetTransport<Tcp, R>;

/// No test waits longer than this for one thing.
pub(crate) const BOUND: Duration = Duration::from_secs(10);

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Binds at each of `addresses`.
pub(crate) async fn net<R: Runtime>(addresses: &[&str]) -> Net<R> {
    let options = NetOptions::new(addresses.iter().map(|text| address(text)));
    Net::<R>::bind(options).await.unwrap()
}

pub(crate) async fn within<R: Runtime, T: Send>(work: impl Future<Output = T> + Send) -> T {
    R::timeout(BOUND, work).await.unwrap_or_else(|_| panic!("nothing happened within {BOUND:?}"))
}

pub(crate) async fn send<T: Transport>(
    from: &T,
    to: &T::Address,
    datagram: &[u8],
) -> io::Result<()> {
    within_of::<T, _>(poll_fn(|cx| from.poll_send(cx, to, datagram))).await
}

pub(crate) async fn receive<T: Transport>(at: &T) -> io::Result<(Vec<u8>, T::Address)> {
    let mut buf = vec![0; 65_535];
    loop {
        let received = within_of::<T, _>(poll_fn(|cx| at.poll_recv(cx, &mut buf))).await;
        match received {
            // A run of others was dropped: the next one is behind them.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            received => {
                let (len, from) = received?;
                buf.truncate(len);
                return Ok((buf, from));
            }
        }
    }
}

async fn within_of<T: Transport, O: Send>(work: impl Future<Output = O> + Send) -> O {
    use agnostic::RuntimeLite;
    T::Runtime::timeout(BOUND, work).await.unwrap_or_else(|_| panic!("nothing within {BOUND:?}"))
}

pub(crate) fn count<T: Transport>(at: &T, name: &str) -> u64 {
    let counters = at.counters();
    counters.iter().find(|(key, _)| *key == name).unwrap_or_else(|| panic!("no {name}")).1
}

/// Waits until a counter has a value.
pub(crate) async fn counted<T: Transport>(at: &T, name: &str, value: u64) {
    use agnostic::RuntimeLite;
    within_of::<T, _>(async {
        while count(at, name) < value {
            T::Runtime::yield_now().await;
        }
    })
    .await;
    assert_eq!(count(at, name), value, "{name}");
}

/// The addresses of this machine's loopback that tests with several use; says so if there is only
/// one, as on macOS.
pub(crate) fn several() -> Vec<&'static str> {
    let there = |address: &&str| TcpListener::bind(address).is_ok();
    let all = ["127.0.0.1:0", "127.0.0.2:0", "127.0.0.3:0"];
    let found: Vec<_> = all.into_iter().filter(there).collect();
    if found.len() < all.len() {
        println!("not checked in full: this machine has no 127.0.0.2 or 127.0.0.3");
    }
    found
}

/// Whether this machine has `::1`; says so if it has not.
pub(crate) fn has_ipv6() -> bool {
    let there = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    if !there {
        println!("not checked: this machine has no ::1");
    }
    there
}
