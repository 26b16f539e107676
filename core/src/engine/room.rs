//! What fits a packet, to the byte.

/// The largest payload with which `encode` writes at most `room` bytes; `None` if not even an empty
/// one fits. `encode` may add more to a longer payload, never less.
pub(super) fn largest_payload(room: usize, encode: impl Fn(&[u8], &mut Vec<u8>)) -> Option<usize> {
    let zeros = vec![0; room];
    let mut out = Vec::new();
    let mut excess = |payload: usize| {
        out.clear();
        encode(&zeros[..payload], &mut out);
        out.len().saturating_sub(room)
    };
    let mut fits = room;
    loop {
        match excess(fits) {
            0 => break,
            _ if fits == 0 => return None,
            over => fits = fits.saturating_sub(over),
        }
    }
    // A shorter payload can have a shorter length in front of it: then there is room for more.
    while fits < room && excess(fits + 1) == 0 {
        fits += 1;
    }
    Some(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::put_bytes;

    #[test]
    fn one_byte_more_would_not_fit() {
        for head in [0, 1, 20] {
            let encode = |payload: &[u8], out: &mut Vec<u8>| {
                out.resize(out.len() + head, 0);
                put_bytes(payload, out);
            };
            let len = |payload: usize| {
                let mut out = Vec::new();
                encode(&vec![0; payload], &mut out);
                out.len()
            };
            for room in 0..400 {
                match largest_payload(room, encode) {
                    Some(max) => assert!(len(max) <= room && len(max + 1) > room, "{head} {room}"),
                    None => assert!(len(0) > room, "{head} {room}"),
                }
            }
        }
    }
}
