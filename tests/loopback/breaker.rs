//! Somebody in the middle who breaks connections.

use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use socket2::SockRef;

use crate::support::BOUND;

/// One way of an exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Request,
    Answer,
}

/// Where connections to `to` are passed on, until so many bytes have gone that way: then both sides
/// are reset.
pub(crate) fn breaker(to: SocketAddr, way: Way, after: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for asker in listener.incoming() {
            let (Ok(asker), Ok(asked)) = (asker, TcpStream::connect(to)) else { continue };
            thread::spawn(move || pass_on(asker, asked, way, after));
        }
    });
    at
}

/// Returns, and closes both, when so many bytes have gone that way, or when both ways have ended.
fn pass_on(asker: TcpStream, asked: TcpStream, way: Way, after: usize) {
    for side in [&asker, &asked] {
        side.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        side.set_write_timeout(Some(BOUND)).unwrap();
    }
    let mut ways =
        [(Way::Request, &asker, &asked, 0, false), (Way::Answer, &asked, &asker, 0, false)];
    while !ways.iter().all(|(.., ended)| *ended) {
        for (which, from, to, passed, ended) in &mut ways {
            match step(from, to) {
                Step::Passed(len) => *passed += len,
                Step::Nothing => {}
                Step::Ended => *ended = true,
            }
            if *which == way && *passed >= after {
                for side in [from, to] {
                    // Closed like this it is a reset.
                    SockRef::from(*side).set_linger(Some(Duration::ZERO)).unwrap();
                }
                return;
            }
        }
    }
}

enum Step {
    Passed(usize),
    Nothing,
    Ended,
}

fn step(mut from: &TcpStream, mut to: &TcpStream) -> Step {
    let mut buf = [0; 4_096];
    match from.read(&mut buf) {
        Ok(0) => {
            let _ = to.shutdown(Shutdown::Write);
            Step::Ended
        }
        Ok(len) if to.write_all(&buf[..len]).is_ok() => Step::Passed(len),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Step::Nothing
        }
        _ => Step::Ended,
    }
}
