//! What the Go library's writer writes: the format of old, where texts and bytes are the same, and
//! numbers as short as their kind allows.

/// Appends the head of a map of so many entries: at most 15.
pub fn put_map(entries: u8, out: &mut Vec<u8>) {
    debug_assert!(entries < 16, "longer heads are never written");
    out.push(0x80 | entries);
}

/// Appends the name of a field: at most 31 bytes.
pub fn put_key(name: &[u8], out: &mut Vec<u8>) {
    debug_assert!(name.len() < 32, "longer names are never written");
    put_str(name, out);
}

/// Appends a text, or bytes that are there.
pub fn put_str(bytes: &[u8], out: &mut Vec<u8>) {
    let len = bytes.len();
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(short), _) if short < 32 => out.push(0xa0 | short),
        (_, Ok(middle)) => {
            out.push(0xda);
            out.extend_from_slice(&middle.to_be_bytes());
        }
        _ => {
            // What is longer than four bytes can say is longer than anybody takes.
            out.push(0xdb);
            out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
    out.extend_from_slice(bytes);
}

/// Appends bytes, or that there are none.
pub fn put_bin(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes {
        Some(bytes) => put_str(bytes, out),
        None => out.push(0xc0),
    }
}

/// Appends a number of an unsigned kind.
pub fn put_uint(value: u32, out: &mut Vec<u8>) {
    match (u8::try_from(value), u16::try_from(value)) {
        (Ok(byte), _) if byte < 0x80 => out.push(byte),
        (Ok(byte), _) => out.extend_from_slice(&[0xcc, byte]),
        (_, Ok(short)) => {
            out.push(0xcd);
            out.extend_from_slice(&short.to_be_bytes());
        }
        _ => {
            out.push(0xce);
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
}

/// Appends a number of Go's signed kind, which here is never negative.
pub fn put_int(value: u64, out: &mut Vec<u8>) {
    match (i8::try_from(value), i16::try_from(value), i32::try_from(value)) {
        (Ok(byte), ..) => out.push(byte.to_be_bytes()[0]),
        (_, Ok(short), _) => {
            out.push(0xd1);
            out.extend_from_slice(&short.to_be_bytes());
        }
        (.., Ok(middle)) => {
            out.push(0xd2);
            out.extend_from_slice(&middle.to_be_bytes());
        }
        _ => {
            out.push(0xd3);
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
}

/// Appends yes or no.
pub fn put_bool(value: bool, out: &mut Vec<u8>) {
    out.push(if value { 0xc3 } else { 0xc2 });
}
