//! Golden bytes (the Go library's own where it has them), exact sizes, hostile packets.

mod matrix;
#[cfg(all(feature = "aes-gcm", feature = "crc32", feature = "lzw"))]
mod vectors;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::types::Label;
use crate::types::limits::COMPOUND_PARTS_MAX;

const NACK: &[u8] = &[0x0b, 0x81, 0xa5, 0x53, 0x65, 0x71, 0x4e, 0x6f, 0x2a];

fn framer(label: &str, checksum: bool) -> Framer {
    let label = Label::try_from(label).unwrap();
    let checksum = checksum.then_some(Checksum::Crc32);
    Framer::new(Layers { label, checksum, ..Layers::default() })
}

fn parts<'p>(messages: impl IntoIterator<Item = &'p [u8]>) -> Parts {
    let mut parts = Parts::new();
    messages.into_iter().for_each(|message| parts.push(message));
    parts
}

fn seal(framer: &Framer, parts: &Parts) -> Vec<u8> {
    let mut out = vec![1, 2, 3];
    framer.seal(parts, &mut out).unwrap();
    out
}

type Items<'a> = Vec<Result<&'a [u8], OpenError>>;

/// The room that it takes is not given back: what is plain takes none, and a test ends soon.
fn open<'a>(framer: &Framer, packet: &'a [u8]) -> Result<Items<'a>, OpenError> {
    let scratch = Box::leak(Box::<Scratch>::default());
    Ok(framer.open(packet, scratch)?.messages().collect())
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

/// Vectors `label` and `crc_nack` of the Go library, and a compound.
#[test]
fn golden() {
    let one = parts([NACK]);
    assert_eq!(seal(&framer("", false), &one), NACK);
    assert_eq!(seal(&framer("dc1", false), &one), unhex("f403646331 0b81a55365714e6f2a"));
    assert_eq!(seal(&framer("", true), &one), unhex("0ca5cfa817 0b81a55365714e6f2a"));
    let both = unhex("f403646331 0ca5cfa817 0b81a55365714e6f2a");
    assert_eq!(seal(&framer("dc1", true), &one), both);
    let two = parts([&[0, 1, 2][..], &[3, 4]]);
    assert_eq!(seal(&framer("", false), &two), unhex("07 02 0003 0002 000102 0304"));
    assert_eq!(seal(&framer("dc1", true), &Parts::new()), b"");
}

#[test]
fn either_form_is_accepted_whether_checksums_are_on_or_not() {
    for packet in [unhex("0ca5cfa817 0b81a55365714e6f2a"), NACK.to_vec()] {
        for on in [true, false] {
            assert_eq!(open(&framer("", on), &packet), Ok(vec![Ok(NACK)]));
        }
    }
    let mut damaged = unhex("0ca5cfa817 0b81a55365714e6f2a");
    for byte in 1..damaged.len() {
        damaged[byte] ^= 1;
        assert_eq!(open(&framer("", false), &damaged), Err(OpenError::Checksum));
        damaged[byte] ^= 1;
    }
    for len in 1..=5 {
        assert_eq!(open(&framer("", true), &damaged[..len]), Err(OpenError::ChecksumTruncated));
    }
}

/// Missing, other, double and broken labels are refused.
#[test]
fn a_packet_of_another_cluster_is_refused() {
    let ours = framer("dc1", false);
    let refused = |framer: &Framer, hex: &str| open(framer, &unhex(hex)).unwrap_err();
    assert_eq!(open(&ours, &unhex("f403646331 0b2a")), Ok(vec![Ok(&[0x0b, 0x2a][..])]));
    assert_eq!(refused(&ours, "0b2a"), OpenError::LabelMissing);
    assert_eq!(refused(&ours, "f403646332 0b2a"), OpenError::LabelOther);
    assert_eq!(refused(&ours, "f4026463 0b2a"), OpenError::LabelOther);
    assert_eq!(refused(&ours, "f403646331 f403646331 0b2a"), OpenError::LabelDouble);
    assert_eq!(refused(&ours, "f400 0b2a"), OpenError::LabelInvalid);
    assert_eq!(refused(&ours, "f4036463"), OpenError::LabelInvalid);
    assert_eq!(refused(&ours, "f4"), OpenError::LabelInvalid);
    assert_eq!(refused(&ours, "f403646331"), OpenError::Empty);
    assert_eq!(refused(&framer("", false), "f403646331 0b2a"), OpenError::LabelOther);
    assert_eq!(refused(&framer("", false), ""), OpenError::Empty);
    assert_eq!(OpenError::LabelOther.fault(), Fault::OtherCluster);
    assert_eq!(OpenError::Checksum.fault(), Fault::Network);
    assert_eq!(OpenError::TooDeep.fault(), Fault::Sender);
}

#[test]
fn what_is_whole_in_a_truncated_compound_is_given() {
    let plain = framer("", false);
    let packet = unhex("07 03 0002 0001 0002 0b01 0b 0b03");
    let (two, one) = (&[0x0b, 1][..], &[0x0b][..]);
    assert_eq!(open(&plain, &packet), Ok(vec![Ok(two), Ok(one), Ok(&[0x0b, 3])]));
    let lost = |n| Err(OpenError::PartsLost(n));
    assert_eq!(open(&plain, &packet[..12]), Ok(vec![Ok(two), Ok(one), lost(1)]));
    assert_eq!(open(&plain, &packet[..10]), Ok(vec![Ok(two), lost(2)]));
    assert_eq!(open(&plain, &packet[..8]), Ok(vec![lost(3)]));
    for len in 1..8 {
        assert_eq!(open(&plain, &packet[..len]), Ok(vec![Err(OpenError::CompoundTruncated)]));
    }
    let surplus = unhex("07 01 0001 0b ffff");
    assert_eq!(open(&plain, &surplus), Ok(vec![Ok(one)]), "surplus bytes are ignored, as Go does");
    let hole = unhex("07 02 0000 0001 0b");
    assert_eq!(open(&plain, &hole), Ok(vec![Err(OpenError::PartEmpty), Ok(one)]));
    assert_eq!(open(&plain, &unhex("07 00")), Ok(vec![]));
    let inside = unhex("07 01 0002 0982");
    assert_eq!(open(&plain, &inside), Ok(vec![Err(OpenError::Compressed)]));
    assert_eq!(open(&plain, &unhex("09 82")), Err(OpenError::CompressionInvalid));
}

#[test]
fn compounds_in_compounds_are_taken_apart_as_deep_as_allowed() {
    let plain = framer("", false);
    let wrap = |inner: &[u8]| seal(&plain, &parts([inner, b"\x0b!"]));
    let once = wrap(b"\x0b0");
    let twice = wrap(&once);
    let thrice = wrap(&twice);
    let (zero, bang) = (Ok(&b"\x0b0"[..]), Ok(&b"\x0b!"[..]));
    assert_eq!(open(&plain, &once), Ok(vec![zero, bang]));
    assert_eq!(open(&plain, &twice), Ok(vec![zero, bang, bang]));
    assert_eq!(open(&plain, &thrice), Ok(vec![Err(OpenError::TooDeep), bang, bang]));
}

#[test]
fn what_a_compound_cannot_say_is_not_sealed() {
    let mut out = Vec::new();
    let plain = framer("", false);
    let most = parts([&[0x0b][..]; COMPOUND_PARTS_MAX]);
    assert_eq!(open(&plain, &seal(&plain, &most)).unwrap().len(), COMPOUND_PARTS_MAX);
    let many = parts([&[0x0b][..]; COMPOUND_PARTS_MAX + 1]);
    assert_eq!(plain.seal(&many, &mut out), Err(SealError::TooMany(256)));
    let long = vec![0x0b; 65_536];
    assert_eq!(plain.seal(&parts([&long[..]]), &mut out), Err(SealError::TooLong(65_536)));
    assert!(out.is_empty());
}

/// The arithmetic is exact for every combination of layers, number of parts and lengths.
#[test]
fn the_predicted_size_is_the_size() {
    for label in ["", "x", "a longer name", &"l".repeat(255)] {
        for checksum in [false, true] {
            let framer = framer(label, checksum);
            for count in [1, 2, 3, 17, 255] {
                for len in [1, 2, 100, 1000] {
                    let message = vec![0x0b; len];
                    let parts = parts(vec![&message[..]; count]);
                    let packed = overhead::packed(count, count * len);
                    let sealed = seal(&framer, &parts);
                    assert_eq!(sealed.len(), framer.overhead() + packed);
                    let budget = framer.budget(sealed.len());
                    assert_eq!(budget, packed);
                    if count > 1 {
                        let free = overhead::free(budget, count - 1, (count - 1) * len);
                        assert_eq!(free, len + overhead::COMPOUND_PART);
                    }
                }
            }
        }
    }
}

#[test]
fn the_label_leads_a_stream_from_the_one_that_dialled_only() {
    let ours = framer("dc1", true);
    let mut out = Vec::new();
    ours.seal_stream(false, &mut out, |out| out.push(6)).unwrap();
    assert_eq!(out, [6]);
    out.clear();
    ours.seal_stream(true, &mut out, |out| out.push(6)).unwrap();
    assert_eq!(out, unhex("f403646331 06"));
    assert_eq!(ours.open_stream(&[], false), Ok(StreamHead::Needs(1)));
    assert_eq!(ours.open_stream(&out[..1], false), Ok(StreamHead::Needs(2)));
    for len in 2..5 {
        assert_eq!(ours.open_stream(&out[..len], false), Ok(StreamHead::Needs(5)));
    }
    assert_eq!(ours.open_stream(&out[..5], false), Ok(StreamHead::Needs(6)));
    assert_eq!(ours.open_stream(&out, false), Ok(StreamHead::Ends(5)));
    let refused = |framer: &Framer, hex: &str| framer.open_stream(&unhex(hex), false).unwrap_err();
    assert_eq!(refused(&ours, "06"), OpenError::LabelMissing);
    assert_eq!(refused(&ours, "f402"), OpenError::LabelOther);
    assert_eq!(refused(&ours, "f403646332"), OpenError::LabelOther);
    assert_eq!(refused(&ours, "f400"), OpenError::LabelInvalid);
    assert_eq!(refused(&ours, "f403646331f4"), OpenError::LabelDouble);
    assert_eq!(refused(&framer("", true), "f403"), OpenError::LabelOther);
    assert_eq!(framer("", true).open_stream(&[6], false), Ok(StreamHead::Ends(0)));
    assert_eq!(ours.open_stream(&[], true), Ok(StreamHead::Needs(1)));
    assert_eq!(ours.open_stream(&[6], true), Ok(StreamHead::Ends(0)));
    assert_eq!(ours.open_stream(&[244, 3], true), Err(OpenError::LabelOther));
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 1..200).prop_map(|mut bytes| {
        // A kind that the frame leaves alone.
        bytes[0] = bytes[0] & 0x7f | 0x10;
        bytes
    })
}

/// Nothing is written to disk: a failure prints what it takes to see it again.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..Default::default() }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn open_gives_back_what_seal_took(
        messages in vec(message(), 1..20),
        label in "[a-z]{0,9}",
        checksum: bool,
    ) {
        let framer = framer(&label, checksum);
        let sealed = seal(&framer, &parts(messages.iter().map(Vec::as_slice)));
        let opened: Result<Vec<_>, _> = open(&framer, &sealed).unwrap().into_iter().collect();
        prop_assert_eq!(opened.unwrap(), messages);
    }

    /// With a checksum no truncation and no flipped bit behind the label goes unseen, but for the
    /// flip that makes the checksum's own kind byte another kind: then it is a message that nobody
    /// knows.
    #[test]
    fn a_damaged_packet_is_seen(
        messages in vec(message(), 1..5),
        bit in any::<prop::sample::Index>(),
    ) {
        let framer = framer("", true);
        let mut sealed = seal(&framer, &parts(messages.iter().map(Vec::as_slice)));
        for len in 0..sealed.len() {
            prop_assert!(open(&framer, &sealed[..len]).is_err());
        }
        let bit = 8 + bit.index((sealed.len() - 1) * 8);
        sealed[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(open(&framer, &sealed), Err(OpenError::Checksum));
    }

    #[test]
    fn random_bytes_never_panic_and_never_multiply(
        mut bytes in vec(prop_oneof![any::<u8>(), Just(0), Just(1), Just(7)], 1..300),
        compound: bool,
    ) {
        if compound {
            bytes[0] = 7;
        }
        let framer = framer("", false);
        if let Ok(opened) = framer.open(&bytes, &mut Scratch::default()) {
            let given: usize = opened.messages().filter_map(Result::ok).map(<[u8]>::len).sum();
            prop_assert!(given <= bytes.len());
        }
    }
}
