//! The engine, bytes to bytes: what each kind of message costs in a cluster of 1,000 and of 10,000,
//! one round of probes, the broadcast queue, and a full exchange.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use memberlist_benches::{
    BenchMessage, QUEUE_DEPTH, accusation, address, alive, drain, engine, packet, ping,
    remote_states,
};
use memberlist_core::engine::Side;
use memberlist_core::swim::Token;
use memberlist_core::time::Instant;
use memberlist_core::wire::Message;

const SIZES: [u32; 2] = [1_000, 10_000];

/// When those that said goodbye at once have been forgotten.
const FORGOTTEN: Instant = Instant::from_millis(31_000);

/// What changes nothing, as most of what arrives: the same packet again and again.
fn known(criterion: &mut Criterion) {
    for n in SIZES {
        let mut engine = engine(n);
        let mut group = criterion.benchmark_group(format!("machine/{n}"));
        let claims: Vec<BenchMessage<'_>> =
            (1..=40).map(|i| Message::Alive(alive(i * (n / 40), 1))).collect();
        let cases = [
            ("ping", 1, packet(&[Message::Ping(ping(7, 1))])),
            ("known_alive_x40", 40, packet(&claims)),
            ("stale_suspect", 1, packet(&[Message::Suspect(accusation(5, 0, 6))])),
            ("stale_dead", 1, packet(&[Message::Dead(accusation(5, 0, 6))])),
            ("user_200_bytes", 1, packet(&[Message::User(vec![7; 200].into())])),
        ];
        for (name, messages, bytes) in cases {
            group.throughput(Throughput::Elements(messages));
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    engine.handle_datagram(Instant::ZERO, address(1), black_box(&bytes));
                    drain(&mut engine, Instant::ZERO)
                });
            });
        }
    }
}

/// What changes a member: a suspicion and its refutation, each with a higher number.
fn news(criterion: &mut Criterion) {
    for n in SIZES {
        let mut engine = engine(n);
        let mut incarnation = 1;
        let mut group = criterion.benchmark_group(format!("machine/{n}"));
        group.throughput(Throughput::Elements(2));
        group.bench_function("suspect_then_alive", |bencher| {
            bencher.iter(|| {
                let suspect = packet(&[Message::Suspect(accusation(5, incarnation, 6))]);
                incarnation += 1;
                let refute = packet(&[Message::Alive(alive(5, incarnation))]);
                engine.handle_datagram(Instant::ZERO, address(6), &suspect);
                engine.handle_datagram(Instant::ZERO, address(5), &refute);
                drain(&mut engine, Instant::ZERO)
            });
        });
    }
}

fn probe_round(criterion: &mut Criterion) {
    for n in SIZES {
        let mut engine = engine(n);
        let mut now = Instant::ZERO;
        let mut group = criterion.benchmark_group(format!("machine/{n}"));
        group.bench_function("next_timer", |bencher| {
            bencher.iter(|| {
                now = engine.poll_timeout().expect("there is always a next probe");
                engine.handle_timeout(now);
                drain(&mut engine, now)
            });
        });
    }
}

/// One packet filled from 10,000 broadcasts that wait.
fn broadcast_queue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("machine/queue_10000");
    group.bench_function("queue_and_fill", |bencher| {
        let mut engine = engine(1_000);
        for token in 0..QUEUE_DEPTH {
            let payload = Bytes::from(format!("message {token:>5}"));
            engine.broadcast(Token(token), Bytes::new(), payload).expect("it fits");
        }
        let bytes = packet(&[Message::Ping(ping(7, 1))]);
        let mut from = 1;
        bencher.iter(|| {
            from = from % 1_000 + 1;
            let payload = Bytes::from_static(b"one more of them");
            engine.broadcast(Token(9_999), Bytes::new(), payload).expect("it fits");
            engine.handle_datagram(Instant::ZERO, address(from), black_box(&bytes));
            drain(&mut engine, Instant::ZERO)
        });
    });
}

fn merge(criterion: &mut Criterion) {
    let states = remote_states(10_000);
    let mut group = criterion.benchmark_group("machine/merge_10000");
    group.throughput(Throughput::Elements(10_000));
    group.sample_size(20);
    group.bench_function("all_known", |bencher| {
        let mut engine = engine(10_000);
        bencher.iter(|| {
            let admitted = engine
                .begin_merge(address(1), Side::Accepted, &states, false)
                .expect("versions fit");
            engine.merge(Instant::ZERO, &admitted, black_box(&states));
        });
    });
    group.bench_function("all_new", |bencher| {
        bencher.iter_batched_ref(
            || engine(0),
            |engine| {
                let admitted = engine
                    .begin_merge(address(1), Side::Accepted, &states, false)
                    .expect("versions fit");
                engine.merge(Instant::ZERO, &admitted, black_box(&states));
            },
            BatchSize::LargeInput,
        );
    });
}

/// Members that gossip tells, that say goodbye, and that are forgotten: as many as a stranger likes
/// to make up. What one of them costs must not grow with their number.
fn come_and_go(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("machine/come_and_go");
    group.sample_size(10);
    for n in [10_000, 40_000] {
        let claims = |claim: &dyn Fn(u32) -> BenchMessage<'static>| {
            let all: Vec<_> = (1..=n).map(claim).collect();
            all.chunks(40).map(packet).collect::<Vec<_>>()
        };
        let come = claims(&|i| Message::Alive(alive(i, 1)));
        let go = claims(&|i| Message::Dead(accusation(i, 1, i)));
        group.throughput(Throughput::Elements(u64::from(n)));
        group.bench_function(n.to_string(), |bencher| {
            bencher.iter_batched_ref(
                || engine(0),
                |engine| {
                    for bytes in come.iter().chain(&go) {
                        engine.handle_datagram(Instant::ZERO, address(1), bytes);
                        drain(engine, Instant::ZERO);
                    }
                    let mut now = Instant::ZERO;
                    while now < FORGOTTEN {
                        now = engine.poll_timeout().expect("there is always a next probe");
                        engine.handle_timeout(now);
                        drain(engine, now);
                    }
                    assert_eq!(engine.members().count(), 1, "all others are forgotten");
                },
                BatchSize::PerIteration,
            );
        });
    }
}

criterion_group!(benches, known, news, probe_round, broadcast_queue, merge, come_and_go);
criterion_main!(benches);
