//! Messages to bytes and back.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use memberlist_benches::{BenchMessage, accusation, alive, ping, remote_states};
use memberlist_core::wire::{Ack, Lpe, Message, PushPull, StreamMessage, Wire};

type BenchStream<'m> = StreamMessage<'m, smol_str::SmolStr, std::net::SocketAddr>;

fn messages() -> [(&'static str, BenchMessage<'static>); 5] {
    let payload = [].as_slice().into();
    [
        ("ping", Message::Ping(ping(300, 1))),
        ("ack", Message::Ack(Ack { seq: ping(300, 1).seq, payload })),
        ("alive", Message::Alive(alive(123, 1))),
        ("suspect", Message::Suspect(accusation(123, 1, 4))),
        ("user", Message::User(vec![7; 200].into())),
    ]
}

fn packets(criterion: &mut Criterion) {
    for (kind, message) in messages() {
        let mut bytes = Vec::new();
        Lpe::encode(&message, &mut bytes);
        let mut group = criterion.benchmark_group(format!("wire/{kind}"));
        group.throughput(Throughput::Elements(1));
        group.bench_function("encode", |bencher| {
            let mut out = Vec::with_capacity(256);
            bencher.iter(|| {
                out.clear();
                Lpe::encode(black_box(&message), &mut out);
                out.len()
            });
        });
        group.bench_function("decode", |bencher| {
            bencher.iter(|| -> BenchMessage<'_> {
                Lpe::decode(black_box(&bytes)).expect("it was encoded a moment ago")
            });
        });
    }
}

fn push_pull(criterion: &mut Criterion) {
    let states = remote_states(10_000);
    let message: BenchStream<'_> =
        StreamMessage::PushPull(PushPull { join: false, states, user_state: [].as_slice().into() });
    let mut bytes = Vec::new();
    Lpe::encode_stream(&message, &mut bytes);
    let mut group = criterion.benchmark_group("wire/push_pull_10000");
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("encode", |bencher| {
        let mut out = Vec::with_capacity(bytes.len());
        bencher.iter(|| {
            out.clear();
            Lpe::encode_stream(black_box(&message), &mut out);
            out.len()
        });
    });
    group.bench_function("decode", |bencher| {
        bencher.iter(|| -> BenchStream<'_> {
            Lpe::decode_stream(black_box(&bytes)).expect("it was encoded a moment ago")
        });
    });
}

criterion_group!(benches, packets, push_pull);
criterion_main!(benches);
