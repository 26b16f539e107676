use super::*;
use crate::codec::Reader;

fn written(put: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out);
    out
}

/// What `take` makes of all of `bytes`.
fn read<'a, T>(
    bytes: &'a [u8],
    take: impl FnOnce(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    let mut reader = Reader::new(bytes);
    let value = take(&mut reader)?;
    assert!(reader.is_empty(), "{bytes:02x?}");
    Ok(value)
}

const ODD: Malformed = Malformed::Invalid("value");

/// The same number looks different in a field of a signed kind.
#[test]
fn numbers_are_as_short_as_their_kind_allows() {
    let uint: &[(u32, &[u8])] = &[
        (127, &[0x7f]),
        (128, &[0xcc, 0x80]),
        (256, &[0xcd, 1, 0]),
        (65_536, &[0xce, 0, 1, 0, 0]),
    ];
    for (value, bytes) in uint {
        assert_eq!(written(|out| put_uint(*value, out)), *bytes);
        assert_eq!(read(bytes, |reader| take_u32(reader, "value")), Ok(*value));
    }
    let int: &[(u64, &[u8])] = &[
        (127, &[0x7f]),
        (128, &[0xd1, 0, 0x80]),
        (200, &[0xd1, 0, 0xc8]),
        (32_768, &[0xd2, 0, 0, 0x80, 0]),
        (1 << 31, &[0xd3, 0, 0, 0, 0, 0x80, 0, 0, 0]),
    ];
    for (value, bytes) in int {
        assert_eq!(written(|out| put_int(*value, out)), *bytes);
        assert_eq!(read(bytes, |r| take_int(r, "value")), Ok(i64::try_from(*value).unwrap()));
    }
}

#[test]
fn every_form_of_a_number_is_taken_and_its_range_is_kept() {
    let u16 = |bytes: &[u8]| read(bytes, |reader| take_u16(reader, "value"));
    for form in [&[7][..], &[0xcc, 7], &[0xcd, 0, 7], &[0xce, 0, 0, 0, 7], &[0xd0, 7]] {
        assert_eq!(u16(form), Ok(7), "{form:02x?}");
    }
    assert_eq!(u16(&[0xd3, 0, 0, 0, 0, 0, 0, 0, 7]), Ok(7));
    assert_eq!(u16(&[0xc0]), Ok(0));
    let refused: [&[u8]; 6] =
        [&[0xce, 0, 1, 0, 0], &[0xff], &[0xd0, 0x80], &[0xca, 0, 0, 0, 0], &[0xc3], &[0xa1, 7]];
    for form in refused {
        assert_eq!(u16(form), Err(ODD), "{form:02x?}");
    }
    let int = |bytes: &[u8]| read(bytes, |reader| take_int(reader, "value"));
    assert_eq!(int(&[0xd1, 0xff, 0x7f]), Ok(-129));
    assert_eq!(int(&[0xe0]), Ok(-32));
    let wraps = [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(int(&wraps), Ok(-1), "as in Go");
}

#[test]
fn yes_and_no_may_be_numbers() {
    let bool = |bytes: &[u8]| read(bytes, |reader| take_bool(reader, "value"));
    for (byte, value) in [(0xc2, false), (0xc3, true), (0, false), (1, true), (0xc0, false)] {
        assert_eq!(bool(&[byte]), Ok(value), "{byte:02x}");
    }
    assert_eq!(bool(&[2]), Err(ODD));
    assert_eq!(bool(&[0xff]), Err(ODD));
    assert_eq!(written(|out| put_bool(true, out)), [0xc3]);
}

/// The heads of one byte for lengths from 32 to 255, and those of bytes, are never written.
#[test]
fn bytes_of_every_length_round_trip() {
    for (len, head) in [
        (0, &[0xa0][..]),
        (31, &[0xbf]),
        (32, &[0xda, 0, 32]),
        (255, &[0xda, 0, 255]),
        (65_535, &[0xda, 255, 255]),
        (65_536, &[0xdb, 0, 1, 0, 0]),
    ] {
        let bytes = written(|out| put_str(&vec![7; len], out));
        assert_eq!(bytes[..head.len()], *head);
        let taken = read(&bytes, |reader| take_bytes(reader, "value")).unwrap();
        assert_eq!((taken.len(), matches!(taken, std::borrow::Cow::Borrowed(_))), (len, true));
    }
    assert_eq!(written(|out| put_bin(None, out)), [0xc0]);
    assert_eq!(written(|out| put_bin(Some(b""), out)), [0xa0]);
}

#[test]
fn bytes_may_be_any_sequence() {
    let forms: [&[u8]; 6] = [
        &[0xd9, 2, 1, 2],
        &[0xc4, 2, 1, 2],
        &[0xc5, 0, 2, 1, 2],
        &[0xc6, 0, 0, 0, 2, 1, 2],
        &[0x92, 1, 0xcc, 2],
        &[0x81, 1, 2],
    ];
    for form in forms {
        let taken = read(form, |reader| take_bytes(reader, "value")).unwrap();
        assert_eq!(*taken, [1, 2], "{form:02x?}");
    }
    assert!(read(&[0xc0], |reader| take_bytes(reader, "value")).unwrap().is_empty());
    for form in &forms[..5] {
        assert_eq!(*read(form, |reader| take_text(reader, "value")).unwrap(), [1, 2]);
    }
    assert_eq!(take_text(&mut Reader::new(forms[5]), "value"), Err(ODD), "a text is no map");
    for form in [&[0x91, 0xcd, 1, 0][..], &[0x91, 0xff], &[0x91, 0xa0], &[7]] {
        assert_eq!(read(form, |reader| take_bytes(reader, "value")), Err(ODD), "{form:02x?}");
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    Seq,
    Port,
}

use Asked::{Port, Seq};

impl Field for Asked {
    const DECLARED: &'static [Self] = &[Seq, Port];

    fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"Seq" => Some(Seq),
            b"Port" => Some(Port),
            _ => None,
        }
    }
}

/// Fields that were found, each with its number.
fn fields(bytes: &[u8]) -> Result<Vec<(Asked, u32)>, Malformed> {
    let mut found = Vec::new();
    read(bytes, |reader| {
        take_struct(reader, |field, reader| {
            found.push((field, take_u32(reader, "value")?));
            Ok(())
        })
    })?;
    Ok(found)
}

#[test]
fn a_struct_is_a_map_in_any_order_or_an_array() {
    let map = b"\x84\xa4Port\x05\xa1x\x81\xa1y\x92\x01\xc0\xa3Seq\x07\xa3Seq\x08";
    assert_eq!(fields(map), Ok(vec![(Port, 5), (Seq, 7), (Seq, 8)]));
    assert_eq!(fields(b"\xde\x00\x01\xd9\x03Seq\x07"), Ok(vec![(Seq, 7)]));
    assert_eq!(fields(b"\xdf\x00\x00\x00\x01\xc4\x03Seq\x07"), Ok(vec![(Seq, 7)]));
    assert_eq!(fields(b"\x81\xa3seq\x07"), Ok(vec![]), "case matters");
    assert_eq!(fields(b"\x91\x07"), Ok(vec![(Seq, 7)]));
    assert_eq!(fields(b"\x93\x07\x05\xa1x"), Ok(vec![(Seq, 7), (Port, 5)]));
    assert_eq!(fields(b"\xc0"), Ok(vec![]));
    assert_eq!(fields(b"\x80"), Ok(vec![]));
    for key in [&b"\x81\xa0\x07"[..], b"\x81\xc0\x07", b"\x81\x01\x07"] {
        assert_eq!(fields(key), Err(Malformed::Invalid("name of a field")), "{key:02x?}");
    }
    assert_eq!(fields(b"\xa3Seq"), Err(Malformed::Invalid("struct")));
    assert_eq!(fields(b"\xc1"), Err(Malformed::Invalid("type")));
}

#[test]
fn nothing_is_set_aside_from_a_claim() {
    let claims: [&[u8]; 7] = [
        b"\xdd\xff\xff\xff\xff\x01",
        b"\xdf\xff\xff\xff\xff\xa1x\x01",
        b"\xdb\xff\xff\xff\xffx",
        b"\xc6\xff\xff\xff\xffx",
        b"\xc9\xff\xff\xff\xff\xffx",
        b"\xc9\x20\x00\x00\x00\xff",
        b"\xd8\x00",
    ];
    for claim in claims {
        assert_eq!(skip(&mut Reader::new(claim)), Err(Malformed::Truncated), "{claim:02x?}");
        let bytes = take_bytes(&mut Reader::new(claim), "value");
        assert!(bytes.is_err(), "{claim:02x?}");
        assert_eq!(fields(&[b"\x81\xa1x", claim].concat()), Err(Malformed::Truncated));
    }
}

#[test]
fn all_that_is_skipped_has_its_length() {
    let values: [&[u8]; 14] = [
        &[0xc0],
        &[0xca, 0, 0, 0, 0],
        &[0xcb, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0xd4, 1, 2],
        &[0xd8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0xc7, 1, 9, 9],
        &[0xc8, 0, 1, 9, 9],
        &[0xc9, 0, 0, 0, 1, 9, 9],
        &[0x92, 0x91, 1, 0x81, 0xa1, b'x', 2],
        &[0xdc, 0, 1, 0xc2],
        &[0xdd, 0, 0, 0, 1, 0xc2],
        &[0xde, 0, 1, 1, 2],
        &[0xdf, 0, 0, 0, 1, 1, 2],
        &[0x90],
    ];
    for value in values {
        assert_eq!(read(value, skip), Ok(()), "{value:02x?}");
        for len in 0..value.len() {
            let mut reader = Reader::new(&value[..len]);
            assert_eq!(skip(&mut reader), Err(Malformed::Truncated), "{value:02x?}");
            let mut reader = Reader::new(&value[..len]);
            let left = skip_some(&mut reader, 1).unwrap();
            assert!(left > 0 && len - reader.len() <= len);
            let mut rest = Reader::new(&value[len - reader.len()..]);
            assert_eq!((skip_some(&mut rest, left), rest.len()), (Ok(0), 0), "{value:02x?}");
        }
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| [vec![0x91; depth], vec![0xc0]].concat();
    assert_eq!(read(&nested(1_022), skip), Ok(()));
    assert_eq!(skip(&mut Reader::new(&nested(1_023))), Err(Malformed::Invalid("nesting")));
    assert!(skip(&mut Reader::new(&nested(1_000_000))).is_err());
}
