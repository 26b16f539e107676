//! The stream plane.

use core::future::pending;
use std::io;
use std::net::{SocketAddr, TcpStream};

use agnostic::Runtime;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use memberlist_core::transport::Transport;
use memberlist_core::types::Cidrs;
use memberlist_net::{Handshake, NetOptions, NetTransport, RawStream, StreamLayer};
use socket2::SockRef;

use crate::support::{Net, address, counted, net, within};

pub(crate) async fn bytes_go_both_ways_and_each_side_ends_on_its_own<R: Runtime>() {
    let (a, b) = (net::<R>(&["127.0.0.1:0"]).await, net::<R>(&["127.0.0.1:0"]).await);
    let mut dialled = within::<R, _>(a.dial(b.advertised())).await.unwrap();
    let (mut accepted, from) = within::<R, _>(b.accept()).await.unwrap();
    assert_eq!(from.ip(), a.advertised().ip());
    within::<R, _>(async {
        dialled.write_all(b"a question").await.unwrap();
        dialled.close().await.unwrap();
        let mut heard = Vec::new();
        accepted.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"a question");
        // The dialling side has ended, the accepting one still answers, with more than buffers
        // hold.
        let answer = vec![9; 4 << 20];
        let write = async {
            accepted.write_all(&answer).await.unwrap();
            accepted.close().await.unwrap();
        };
        let mut got = Vec::new();
        let (read, ()) = futures_util::join!(dialled.read_to_end(&mut got), write);
        assert_eq!(read.unwrap(), answer.len());
        assert_eq!(got, answer);
    })
    .await;
}

pub(crate) async fn nobody_there_is_connection_refused<R: Runtime>() {
    let a = net::<R>(&["127.0.0.1:0"]).await;
    let b = net::<R>(&["127.0.0.1:0"]).await;
    b.shutdown().await;
    let error = within::<R, _>(a.dial(b.advertised())).await.err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

pub(crate) async fn strangers_are_cut_off_and_counted<R: Runtime>() {
    let allowed = Cidrs::only(["127.0.0.2/32", "10.0.0.0/8"]).unwrap();
    let options = NetOptions::new([address("127.0.0.1:0")]).allowed(allowed);
    let a = Net::<R>::bind(options).await.unwrap();
    let b = net::<R>(&["127.0.0.1:0"]).await;
    let mut stream = within::<R, _>(b.dial(a.advertised())).await.unwrap();
    let mut heard = Vec::new();
    // Either an end or a reset, depending on who is faster.
    let _ = within::<R, _>(stream.read_to_end(&mut heard)).await;
    assert!(heard.is_empty());
    counted(&a, "streams_not_allowed", 1).await;
    assert_eq!(crate::support::count(&a, "connections_accepted"), 0);
}

pub(crate) async fn a_thousand_that_connect_and_reset_keep_nobody_out<R: Runtime>() {
    let (a, b) = (net::<R>(&["127.0.0.1:0"]).await, net::<R>(&["127.0.0.1:0"]).await);
    let to = *b.advertised();
    let reset = within::<R, _>(R::spawn_blocking(move || {
        for _ in 0..1_000 {
            let stream = TcpStream::connect(to).unwrap();
            // Closing with a linger of zero sends a reset.
            SockRef::from(&stream).set_linger(Some(core::time::Duration::ZERO)).unwrap();
        }
    }));
    // The node takes what comes until the flood is over.
    let taking = async {
        loop {
            drop(b.accept().await);
        }
    };
    let taking = core::pin::pin!(taking);
    futures_util::future::select(core::pin::pin!(reset), taking).await;
    let mut dialled = within::<R, _>(a.dial(b.advertised())).await.unwrap();
    within::<R, _>(dialled.write_all(b"still there?")).await.unwrap();
    within::<R, _>(async {
        loop {
            let Ok((mut stream, _)) = b.accept().await else { continue };
            let mut heard = [0; 12];
            if stream.read_exact(&mut heard).await.is_ok() {
                assert_eq!(&heard, b"still there?");
                return;
            }
        }
    })
    .await;
}

/// A layer whose accepting side waits for a first byte, `!`, before anything else.
struct Knock;

impl StreamLayer for Knock {
    type Stream<S: RawStream> = Handshake<S>;

    async fn dial<S: RawStream>(&self, tcp: S, _: SocketAddr) -> io::Result<Handshake<S>> {
        Ok(Handshake::done(tcp))
    }

    fn accept<S: RawStream>(&self, mut tcp: S, _: SocketAddr) -> Handshake<S> {
        Handshake::new(async move {
            let mut knock = [0];
            tcp.read_exact(&mut knock).await?;
            if knock == *b"!" { Ok(tcp) } else { Err(io::ErrorKind::InvalidData.into()) }
        })
    }
}

async fn knocked_on<R: Runtime>() -> NetTransport<Knock, R> {
    NetTransport::bind_with(Knock, NetOptions::new([address("127.0.0.1:0")])).await.unwrap()
}

pub(crate) async fn a_silent_handshake_keeps_nobody_out<R: Runtime>() {
    let (a, b) = (net::<R>(&["127.0.0.1:0"]).await, knocked_on::<R>().await);
    let silent = within::<R, _>(a.dial(b.advertised())).await.unwrap();
    let mut polite = within::<R, _>(a.dial(b.advertised())).await.unwrap();
    within::<R, _>(polite.write_all(b"!hello")).await.unwrap();
    let mut answered = Vec::new();
    for _ in 0..2 {
        let (mut stream, _) = within::<R, _>(b.accept()).await.unwrap();
        answered.push(Box::pin(async move {
            let mut heard = [0; 5];
            if stream.read_exact(&mut heard).await.is_err() {
                pending::<()>().await;
            }
            heard
        }));
    }
    let (heard, _, _) = within::<R, _>(futures_util::future::select_all(answered)).await;
    assert_eq!(&heard, b"hello");
    drop(silent);
}

pub(crate) async fn a_failed_handshake_fails_for_good<R: Runtime>() {
    let (a, b) = (net::<R>(&["127.0.0.1:0"]).await, knocked_on::<R>().await);
    let mut rude = within::<R, _>(a.dial(b.advertised())).await.unwrap();
    within::<R, _>(rude.write_all(b"?hello")).await.unwrap();
    let (mut stream, _) = within::<R, _>(b.accept()).await.unwrap();
    let mut heard = [0; 5];
    for _ in 0..2 {
        let error = within::<R, _>(stream.read(&mut heard)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
