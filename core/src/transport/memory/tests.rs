use core::future::poll_fn;
use std::io;

use agnostic_lite::tokio::TokioRuntime;
use futures_util::FutureExt;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::transport::Transport;

type Node = MemoryTransport<u64, TokioRuntime>;

fn pair() -> (MemoryNetwork<u64>, Node, Node) {
    let network = MemoryNetwork::new(1);
    let (a, b) = (network.bind(1).unwrap(), network.bind(2).unwrap());
    (network, a, b)
}

/// Everything here is decided at once: what is not ready waits for something that the test does.
fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("ready")
}

fn waits<T>(work: impl Future<Output = T>) -> bool {
    work.now_or_never().is_none()
}

fn send(from: &Node, to: u64, datagram: &[u8]) -> io::Result<()> {
    now(poll_fn(|cx| from.poll_send(cx, &to, datagram)))
}

async fn receive(at: &Node) -> io::Result<(Vec<u8>, u64)> {
    let mut buf = [0; 100];
    let (len, from) = poll_fn(|cx| at.poll_recv(cx, &mut buf)).await?;
    Ok((buf[..len].to_vec(), from))
}

fn connect(from: &Node, to: &Node) -> (MemoryStream, MemoryStream) {
    let dialled = now(from.dial(to.advertised())).unwrap();
    let (accepted, peer) = now(to.accept()).unwrap();
    assert_eq!(peer, *from.advertised());
    (dialled, accepted)
}

#[test]
fn datagrams_arrive_in_order_with_their_sender() {
    let (network, a, b) = pair();
    send(&a, 2, b"one").unwrap();
    send(&a, 2, b"two").unwrap();
    assert_eq!(now(receive(&b)).unwrap(), (b"one".to_vec(), 1));
    assert_eq!(now(receive(&b)).unwrap(), (b"two".to_vec(), 1));
    assert!(waits(receive(&b)));
    assert_eq!((network.delivered(), network.lost()), (2, 0));
}

#[tokio::test]
async fn a_waiting_reader_is_woken() {
    let (_, a, b) = pair();
    let late = async { send(&a, 2, b"late").unwrap() };
    let (heard, ()) = futures_util::join!(receive(&b), late);
    assert_eq!(heard.unwrap().0, b"late");
}

#[test]
fn datagrams_are_cut_to_the_buffer_and_refused_over_the_limit() {
    let (_, a, b) = pair();
    send(&a, 2, &[7; 200]).unwrap();
    assert_eq!(now(receive(&b)).unwrap().0, [7; 100]);
    let error = send(&a, 2, &vec![7; a.max_datagram() + 1]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn empty_datagrams_and_those_to_nobody_are_lost() {
    let (network, a, b) = pair();
    send(&a, 2, b"").unwrap();
    send(&a, 3, b"anybody?").unwrap();
    assert!(waits(receive(&b)));
    assert_eq!(network.lost(), 2);
}

#[test]
fn a_full_queue_loses_what_comes_last() {
    let (network, a, b) = pair();
    for _ in 0..5_000 {
        send(&a, 2, b"x").unwrap();
    }
    assert_eq!((network.delivered(), network.lost()), (4_096, 904));
    for _ in 0..4_096 {
        now(receive(&b)).unwrap();
    }
    send(&a, 2, &[0; 65_507]).unwrap();
    for _ in 0..40 {
        send(&a, 2, &[0; 65_507]).unwrap();
    }
    assert_eq!(network.delivered(), 4_096 + 32, "2 MiB hold 32 of the largest");
}

#[test]
fn a_cut_holds_in_its_direction_until_it_is_healed() {
    let (network, a, b) = pair();
    network.cut(&1, &2, Cut::Datagrams);
    send(&a, 2, b"lost").unwrap();
    send(&b, 1, b"back").unwrap();
    assert!(waits(receive(&b)));
    assert_eq!(now(receive(&a)).unwrap().0, b"back");
    connect(&a, &b);
    network.heal(&1, &2);
    send(&a, 2, b"again").unwrap();
    assert_eq!(now(receive(&b)).unwrap().0, b"again");
}

#[test]
fn a_loss_of_one_loses_all_and_the_seed_decides_in_between() {
    let run = |seed, loss| {
        let network = MemoryNetwork::new(seed);
        let a: Node = network.bind(1).unwrap();
        let _b: Node = network.bind(2).unwrap();
        network.set_loss(loss);
        (0..1_000).map(|_| (send(&a, 2, b"x").unwrap(), network.lost()).1).collect::<Vec<_>>()
    };
    assert_eq!(run(1, 1.0).last(), Some(&1_000));
    assert_eq!(run(1, 0.0).last(), Some(&0));
    assert_eq!(run(7, 0.2), run(7, 0.2));
    assert_ne!(run(7, 0.2), run(8, 0.2));
    assert!((150..250).contains(run(7, 0.2).last().unwrap()));
}

#[test]
fn an_injected_datagram_passes_every_fault() {
    let (network, _a, b) = pair();
    network.cut(&1, &2, Cut::All);
    network.set_loss(1.0);
    assert!(network.inject(1, &2, b"\xFFgarbage"));
    assert!(!network.inject(1, &3, b"nobody"));
    assert!(!network.inject(1, &2, b""));
    assert_eq!(now(receive(&b)).unwrap(), (b"\xFFgarbage".to_vec(), 1));
}

#[test]
fn each_side_of_a_stream_ends_on_its_own() {
    let (_, a, b) = pair();
    let (mut near, mut far) = connect(&a, &b);
    now(near.write_all(b"question")).unwrap();
    now(near.close()).unwrap();
    let mut heard = Vec::new();
    now(far.read_to_end(&mut heard)).unwrap();
    assert_eq!(heard, b"question");
    now(far.write_all(b"answer")).unwrap();
    drop(far);
    let mut heard = Vec::new();
    now(near.read_to_end(&mut heard)).unwrap();
    assert_eq!(heard, b"answer");
    assert_eq!(now(near.write(b"x")).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn writing_to_a_stream_that_the_peer_dropped_is_a_broken_pipe() {
    let (_, a, b) = pair();
    let (mut near, far) = connect(&a, &b);
    drop(far);
    assert_eq!(now(near.write(b"x")).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(now(near.read(&mut [0])).unwrap(), 0);
}

#[tokio::test]
async fn a_writer_waits_for_the_reader_and_everything_arrives() {
    let (_, a, b) = pair();
    let (mut near, mut far) = connect(&a, &b);
    let sent: Vec<_> = (0..1_000_000_u32).map(|n| n as u8).collect();
    assert!(waits(near.write_all(&vec![0; 65_537])), "64 KiB fit");
    let mut start = vec![0; 65_536];
    far.read_exact(&mut start).await.unwrap();
    let write = async {
        near.write_all(&sent).await.unwrap();
        near.close().await.unwrap();
    };
    let mut got = Vec::new();
    let (read, ()) = futures_util::join!(far.read_to_end(&mut got), write);
    read.unwrap();
    assert!(got == sent);
}

#[test]
fn dialling_nobody_is_refused() {
    let (_, a, b) = pair();
    assert_eq!(now(a.dial(&3)).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    now(b.shutdown());
    assert_eq!(now(a.dial(&2)).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn too_many_that_wait_to_be_accepted_are_refused() {
    let (_, a, _b) = pair();
    let waiting: Vec<_> = (0..1_024).map(|_| now(a.dial(&2)).unwrap()).collect();
    assert_eq!(now(a.dial(&2)).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    drop(waiting);
}

#[test]
fn a_cut_of_everything_holds_up_streams_and_dials() {
    let (network, a, b) = pair();
    let (mut near, mut far) = connect(&a, &b);
    network.cut_both(&1, &2, Cut::All);
    now(near.write_all(b"through")).unwrap();
    now(near.close()).unwrap();
    assert!(waits(far.read(&mut [0; 10])));
    let mut dial = Box::pin(a.dial(&2));
    assert!(waits(&mut dial));
    network.heal_all();
    let mut heard = Vec::new();
    now(far.read_to_end(&mut heard)).unwrap();
    assert_eq!(heard, b"through");
    now(dial).unwrap();
}

#[tokio::test]
async fn healing_wakes_who_waits() {
    let (network, a, b) = pair();
    let (mut near, mut far) = connect(&a, &b);
    network.cut(&1, &2, Cut::All);
    near.write_all(b"x").await.unwrap();
    let mut byte = [0];
    let heal = async { network.heal(&1, &2) };
    let (dialled, read, ()) = futures_util::join!(a.dial(&2), far.read_exact(&mut byte), heal);
    dialled.unwrap();
    read.unwrap();
}

#[test]
fn an_address_is_one_nodes_until_it_shuts_down_or_is_dropped() {
    let (network, a, b) = pair();
    assert_eq!(network.bind::<TokioRuntime>(1).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    now(a.shutdown());
    let again: Node = network.bind(1).unwrap();
    // The old one is long gone and must not take the new one down.
    drop(a);
    send(&b, 1, b"x").unwrap();
    assert!(now(receive(&again)).is_ok());
    drop(again);
    network.bind::<TokioRuntime>(1).unwrap();
}

#[tokio::test]
async fn shutdown_ends_whoever_waits_and_all_further_calls() {
    let (_, a, b) = pair();
    let undelivered = a.dial(&2).await.unwrap();
    drop(b.accept().await.unwrap());
    let shutdown = async { b.shutdown().await };
    let (accepted, received, ()) = futures_util::join!(b.accept(), receive(&b), shutdown);
    assert_eq!(accepted.unwrap_err().kind(), io::ErrorKind::NotConnected);
    assert_eq!(received.unwrap_err().kind(), io::ErrorKind::NotConnected);
    assert_eq!(b.dial(&1).await.unwrap_err().kind(), io::ErrorKind::NotConnected);
    assert_eq!(send(&b, 1, b"x").unwrap_err().kind(), io::ErrorKind::NotConnected);
    drop(undelivered);
}

#[test]
fn a_stream_nobody_accepted_ends_with_the_node() {
    let (_, a, b) = pair();
    let mut dialled = now(a.dial(&2)).unwrap();
    assert!(waits(dialled.read(&mut [0])));
    now(b.shutdown());
    assert_eq!(now(dialled.read(&mut [0])).unwrap(), 0);
}
