//! Messages to bytes and back.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use memberlist_benches::{BenchMessage, accusation, alive, ping, remote_states};
use memberlist_core::wire::{Ack, Lpe, Message, Msgpack, Progress, PushPull, StreamMessage, Wire};

type BenchStream<'m> = StreamMessage<'m, smol_str::SmolStr, std::net::SocketAddr>;

/// A format for names and socket addresses.
trait BenchWire: Wire<smol_str::SmolStr, std::net::SocketAddr> {}

impl<W: Wire<smol_str::SmolStr, std::net::SocketAddr>> BenchWire for W {}

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

fn packets<W: BenchWire>(criterion: &mut Criterion) {
    for (kind, message) in messages() {
        let mut bytes = Vec::new();
        W::encode(&message, &mut bytes);
        let mut group = criterion.benchmark_group(format!("{}/{kind}", W::NAME));
        group.throughput(Throughput::Elements(1));
        group.bench_function("encode", |bencher| {
            let mut out = Vec::with_capacity(256);
            bencher.iter(|| {
                out.clear();
                W::encode(black_box(&message), &mut out);
                out.len()
            });
        });
        group.bench_function("decode", |bencher| {
            bencher.iter(|| -> BenchMessage<'_> {
                W::decode(black_box(&bytes)).expect("it was encoded a moment ago")
            });
        });
    }
}

fn push_pull<W: BenchWire>(criterion: &mut Criterion) {
    for members in [1_000, 10_000] {
        let (states, user_state) = (remote_states(members), [].as_slice().into());
        let message: BenchStream<'_> =
            StreamMessage::PushPull(PushPull { join: false, states, user_state });
        let mut bytes = Vec::new();
        W::encode_stream(&message, &mut bytes);
        let name = format!("{}/push_pull_{members}", W::NAME);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(members.into()));
        group.bench_function("encode", |bencher| {
            let mut out = Vec::with_capacity(bytes.len());
            bencher.iter(|| {
                out.clear();
                W::encode_stream(black_box(&message), &mut out);
                out.len()
            });
        });
        group.bench_function("measure", |bencher| {
            bencher.iter(|| W::measure_stream(black_box(&bytes), &mut Progress::default()));
        });
        group.bench_function("decode", |bencher| {
            bencher.iter(|| -> BenchStream<'_> {
                W::decode_stream(black_box(&bytes)).expect("it was encoded a moment ago")
            });
        });
    }
}

criterion_group!(lpe, packets::<Lpe>, push_pull::<Lpe>);
criterion_group!(msgpack, packets::<Msgpack>, push_pull::<Msgpack>);
criterion_main!(lpe, msgpack);
