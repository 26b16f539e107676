//! What the layers around a packet and a stream cost, one at a time: sealed and opened.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use memberlist_benches::alive;
use memberlist_core::codec::Parts;
use memberlist_core::frame::{
    Checksum, Cipher, Compress, Compression, Encryption, Framer, Keyring, Layers, Scratch,
    SecretKey, StreamHead,
};
use memberlist_core::wire::{Lpe, Message, Wire};

/// Claims of members one after the other, as a full packet or a full exchange has them.
fn gossip(len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for n in 0.. {
        Lpe::encode(&Message::Alive(alive(n, 1)), &mut bytes);
        if bytes.len() >= len {
            break;
        }
    }
    bytes.truncate(len);
    bytes
}

fn encryption(cipher: Cipher, len: usize) -> Option<Encryption> {
    let key = SecretKey::try_from(&vec![7; len][..]).ok()?;
    Some(Encryption::new(Keyring::new(cipher, [key]).ok()?))
}

fn choices() -> Vec<(String, Layers)> {
    let mut choices = vec![("none".to_owned(), Layers::default())];
    for checksum in Checksum::ALL {
        let layers = Layers { checksum: Some(checksum), ..Layers::default() };
        choices.push((checksum.name().to_owned(), layers));
    }
    for compression in Compression::ALL {
        let compress = Some(Compress::from(compression));
        let layers = Layers { packets: compress, streams: compress, ..Layers::default() };
        choices.push((compression.name().to_owned(), layers));
    }
    for len in [16, 24, 32] {
        let encryption = encryption(Cipher::AesGcm, len);
        choices.push((format!("aes-{}-gcm", len * 8), Layers { encryption, ..Layers::default() }));
    }
    let encryption = encryption(Cipher::ChaCha20Poly1305, 32);
    choices.push(("chacha20-poly1305".to_owned(), Layers { encryption, ..Layers::default() }));
    choices
}

fn packets(criterion: &mut Criterion) {
    let mut parts = Parts::new();
    parts.push(&gossip(1_400));
    for (name, layers) in choices() {
        let framer = Framer::new(layers);
        let mut group = criterion.benchmark_group(format!("frame/1400/{name}"));
        group.throughput(Throughput::Bytes(1_400));
        let mut out = Vec::new();
        group.bench_function("seal", |bencher| {
            bencher.iter(|| framer.seal(black_box(&parts), &mut out));
        });
        framer.seal(&parts, &mut out).expect("it is one short message");
        let mut scratch = Scratch::default();
        group.bench_function("open", |bencher| {
            bencher.iter(|| {
                let opened = framer.open(black_box(&out), &mut scratch);
                opened.expect("it was sealed a moment ago").messages().count()
            });
        });
    }
}

fn streams(criterion: &mut Criterion) {
    let message = gossip(65_536);
    for (name, layers) in choices().into_iter().filter(|(_, layers)| layers.checksum.is_none()) {
        let framer = Framer::new(layers);
        let seal = |out: &mut Vec<u8>| {
            out.clear();
            framer.seal_stream(false, out, |out| out.extend_from_slice(&message))
        };
        let mut group = criterion.benchmark_group(format!("frame/65536/{name}"));
        group.throughput(Throughput::Bytes(65_536));
        let mut out = Vec::new();
        group.bench_function("seal", |bencher| bencher.iter(|| seal(&mut out)));
        seal(&mut out).expect("it is within every limit");
        let (mut copy, mut inflated) = (Vec::new(), Vec::new());
        group.bench_function("open", |bencher| {
            bencher.iter(|| {
                // Decrypted where it stands, so each turn needs a fresh copy.
                copy.clone_from(&out);
                match framer.open_stream(&copy, true).expect("it is ours") {
                    StreamHead::Wrapped(range) => {
                        let wrapped = &mut copy[range];
                        let opened = framer.unwrap_stream(wrapped, &mut inflated, &mut |_| true);
                        opened.expect("it was sealed a moment ago").len()
                    }
                    StreamHead::Ends(start) => copy.len() - start,
                    StreamHead::Needs(_) => 0,
                }
            });
        });
    }
}

criterion_group!(benches, packets, streams);
criterion_main!(benches);
