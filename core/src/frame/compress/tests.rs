//! LZW against what Go's `compress/lzw` made of the same inputs.

use super::*;

/// Numbers that look random: 32 bits of xorshift, of each step the second byte behind a mask.
fn noise(len: usize, mask: u8, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as u8 & mask
    };
    (0..len).map(step).collect()
}

fn compressed(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    lzw::compress(plain, &mut out);
    out
}

fn inflated(compressed: &[u8], limit: usize) -> Result<Vec<u8>, OpenError> {
    let mut out = Vec::new();
    lzw::inflate(compressed, &mut Output::new(&mut out, limit, &mut |_| true))?;
    Ok(out)
}

/// Length and mask of the noise, length and CRC-32 of what Go 1.26 makes of it. The table is full
/// after some 3,800 bytes of true noise.
const GO: &[(usize, u8, usize, u32)] = &[
    (0, 0, 3, 0x3a62ebfd),
    (1, 0, 4, 0x4387b436),
    (1, 1, 4, 0x4387b436),
    (1, 15, 4, 0x448e1cea),
    (1, 255, 4, 0x2e8b7405),
    (2, 0, 5, 0xb89c9242),
    (2, 1, 5, 0x12955ac9),
    (2, 15, 5, 0x81d16eee),
    (2, 255, 5, 0x3f71f185),
    (253, 0, 27, 0x36f10262),
    (253, 1, 81, 0x56995c42),
    (253, 15, 221, 0x0385a815),
    (253, 255, 287, 0x5d619e68),
    (254, 0, 29, 0x9a6ce06b),
    (254, 1, 80, 0x461756e9),
    (254, 15, 223, 0x593fb03c),
    (254, 255, 286, 0x68891acf),
    (255, 0, 29, 0x7a9b91dc),
    (255, 1, 81, 0x92e14fa8),
    (255, 15, 223, 0xd7e36117),
    (255, 255, 290, 0x68b3a587),
    (256, 0, 29, 0x97c227e7),
    (256, 1, 81, 0x89a0e543),
    (256, 15, 223, 0x84e22df2),
    (256, 255, 291, 0x5382c45f),
    (257, 0, 29, 0x78dd2f85),
    (257, 1, 80, 0xcfd7a713),
    (257, 15, 225, 0x065a62c6),
    (257, 255, 292, 0x7f5e694f),
    (511, 0, 39, 0xbd6f604c),
    (511, 1, 134, 0x1cec9123),
    (511, 15, 408, 0x4fb0cafd),
    (511, 255, 608, 0x14682147),
    (512, 0, 39, 0xaa158401),
    (512, 1, 135, 0x7a61ffda),
    (512, 15, 412, 0x11cb652c),
    (512, 255, 607, 0x5f9d4937),
    (513, 0, 39, 0xabd7ee36),
    (513, 1, 137, 0x8b8832c1),
    (513, 15, 407, 0x202ccc67),
    (513, 255, 611, 0x3e0c4355),
    (1023, 0, 53, 0xc33d48b8),
    (1023, 1, 232, 0xdba4b2c4),
    (1023, 15, 740, 0xf96515e5),
    (1023, 255, 1260, 0x8c885571),
    (1400, 0, 62, 0xd2266007),
    (1400, 1, 296, 0xadfa7f2a),
    (1400, 15, 970, 0x9ba141c1),
    (1400, 255, 1782, 0xa787b179),
    (2047, 0, 75, 0x14b0dd77),
    (2047, 1, 407, 0x428f675c),
    (2047, 15, 1397, 0xe8e38731),
    (2047, 255, 2678, 0xb8d81402),
    (3800, 0, 101, 0x93d097c5),
    (3800, 1, 700, 0x98db2d6e),
    (3800, 15, 2473, 0xf14e6c25),
    (3800, 255, 5188, 0x7113184c),
    (3837, 0, 102, 0x3ef4fc4e),
    (3837, 1, 706, 0x868a6f74),
    (3837, 15, 2503, 0x83d3cd1f),
    (3837, 255, 5254, 0x222350c4),
    (3838, 0, 102, 0x3cb24217),
    (3838, 1, 707, 0x679e9249),
    (3838, 15, 2501, 0x2cbd8bf3),
    (3838, 255, 5249, 0x00bf07ef),
    (3839, 0, 102, 0x3d702820),
    (3839, 1, 706, 0x2cb60b05),
    (3839, 15, 2507, 0xc0b43ff2),
    (3839, 255, 5252, 0xacb4e4b5),
    (3840, 0, 102, 0x383f3ea5),
    (3840, 1, 708, 0x6ca91e6e),
    (3840, 15, 2477, 0xf98108b1),
    (3840, 255, 5258, 0xd9e75d56),
    (4095, 0, 104, 0x7e9834b1),
    (4095, 1, 745, 0x9d5b2c3a),
    (4095, 15, 2668, 0x46de464e),
    (4095, 255, 5573, 0xf0935132),
    (4096, 0, 105, 0xffa52d26),
    (4096, 1, 748, 0x79087c11),
    (4096, 15, 2660, 0xec52c9f5),
    (4096, 255, 5579, 0xdb1950a5),
    (5000, 0, 115, 0x8bef14c0),
    (5000, 1, 888, 0x652174cc),
    (5000, 15, 3232, 0xcfdc5465),
    (5000, 255, 6686, 0x6b63d7b6),
    (10000, 0, 161, 0xf2508c41),
    (10000, 1, 1670, 0xf6d8be20),
    (10000, 15, 6359, 0x2bb7fcad),
    (10000, 255, 13576, 0x931baba4),
    (65536, 0, 423, 0xdbe82499),
    (65536, 1, 10082, 0x0ff5466b),
    (65536, 15, 41089, 0xd9e99346),
    (65536, 255, 89674, 0xa26b4dd8),
    (300000, 0, 941, 0x8913876f),
    (300000, 1, 46068, 0xd91f7d65),
    (300000, 15, 187889, 0xa199b65a),
    (300000, 255, 411026, 0x4f61cb86),
];

#[test]
fn lzw_is_byte_for_byte_what_go_writes() {
    for &(len, mask, go_len, go_sum) in GO {
        let plain = noise(len, mask, len as u32 * 4 + u32::from(mask) + 1);
        let ours = compressed(&plain);
        assert_eq!((ours.len(), crc32fast::hash(&ours)), (go_len, go_sum), "{len} bytes & {mask}");
        assert_eq!(inflated(&ours, len), Ok(plain));
        if let Some(below) = len.checked_sub(1) {
            assert_eq!(inflated(&ours, below), Err(OpenError::InflatedTooLarge));
        }
    }
}

#[test]
fn lzw_without_the_leading_clear_is_read_and_without_an_end_refused() {
    assert_eq!(inflated(&[0x61, 0x02, 0x02], 1), Ok(vec![0x61]), "as older Go writes it");
    let whole = compressed(b"abababab");
    assert_eq!(inflated(&[&whole[..], b"behind the end"].concat(), 8), Ok(b"abababab".to_vec()));
    for len in 0..whole.len() {
        assert_eq!(inflated(&whole[..len], 8), Err(OpenError::CompressionInvalid));
    }
    // The first code behind a clear must be a literal: 256, then 258.
    assert_eq!(inflated(&[0x00, 0x05, 0x02], 8), Err(OpenError::CompressionInvalid));
}

/// Codes that never clear: what comes when all 4,096 are given out adds nothing more.
#[test]
fn a_full_table_that_is_not_cleared_is_still_read() {
    // 4,000 times the code 97, each wide enough for the number that comes next.
    let (mut bits, mut bytes) = (0u64, Vec::new());
    let (mut held, mut next, mut width) = (0, 257, 9);
    let mut put = |code: u64, width: u32| {
        bits |= code << held;
        held += width;
        while held >= 8 {
            bytes.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
        if code == 257 {
            bytes.push(bits as u8);
        }
    };
    for _ in 0..5_000 {
        put(97, width);
        next = (next + 1).min(4_095);
        if next == 1 << width {
            width += 1;
        }
    }
    put(257, width);
    assert_eq!(inflated(&bytes, 5_000), Ok(vec![97; 5_000]));
}

/// 64 MiB of zeros are 50,258 bytes: all that is held is what the limit allows.
#[test]
fn no_bomb_holds_more_than_the_limit() {
    let limit = 4 * 1024 * 1024;
    for algorithm in Compression::ALL.into_iter().filter(|algorithm| algorithm.is_built_in()) {
        let wrapped = Compress::from(algorithm).wrap(&vec![0; limit]).unwrap();
        let mut out = Vec::new();
        unwrap(&wrapped, &mut Output::new(&mut out, limit, &mut |_| true)).unwrap();
        assert_eq!(out.len(), limit, "{algorithm:?}");

        let over = Compress::from(algorithm).wrap(&vec![0; limit + 1]).unwrap();
        let (mut out, mut asked) = (Vec::new(), 0);
        let mut grow = |more| {
            asked += more;
            true
        };
        let error = unwrap(&over, &mut Output::new(&mut out, limit, &mut grow)).unwrap_err();
        assert_eq!(error, OpenError::InflatedTooLarge, "{algorithm:?}");
        assert!(out.len() <= limit && asked <= limit);

        let mut out = Vec::new();
        let mut steps = 3;
        let mut grow = |_| {
            steps -= 1;
            steps > 0
        };
        let error = unwrap(&over, &mut Output::new(&mut out, 2 * limit, &mut grow)).unwrap_err();
        assert_eq!(error, OpenError::OverMemory, "{algorithm:?}");
        assert!(out.len() <= 128 * 1024, "{algorithm:?} holds {}", out.len());
    }
}

/// The keys of the map in any order, in any form, with others among them.
#[test]
fn the_map_is_read_as_leniently_as_go_reads_it() {
    let whole = |map: &[u8]| {
        let mut out = Vec::new();
        let wrapped = [&[COMPRESSED], map].concat();
        unwrap(&wrapped, &mut Output::new(&mut out, 100, &mut |_| true)).map(|()| out)
    };
    let buffer = b"\x00\xc3\x08\x0c\x13\x10";
    let of = |parts: &[&[u8]]| whole(&parts.concat());
    let aaaa = Ok(b"aaaa".to_vec());
    assert_eq!(of(&[b"\x82\xa4Algo\x00\xa3Buf\xa6", buffer]), aaaa);
    assert_eq!(of(&[b"\x82\xa3Buf\xa6", buffer, b"\xa4Algo\xcc\x00"]), aaaa);
    assert_eq!(of(&[b"\x81\xa3Buf\xd9\x06", buffer]), aaaa, "no algorithm is 0");
    assert_eq!(of(&[b"\xde\x00\x02\xa4Algo\xc0\xc4\x03Buf\xc5\x00\x06", buffer]), aaaa);
    assert_eq!(of(&[b"\x82\xa1x\x92\x81\xa1y\xcb12345678\xc2\xa3Buf\xa6", buffer, b"..."]), aaaa);
    let unknown = Err(OpenError::CompressionUnknown(9));
    assert_eq!(of(&[b"\x82\xa4Algo\x09\xa3Buf\xa6", buffer]), unknown);
    let invalid = Err(OpenError::CompressionInvalid);
    for map in [
        &b"\xa4Algo"[..],
        b"\x82\xa4Algo\xa1x\xa3Buf\xa0",
        b"\x81\x01\xa3Buf",
        b"\x81\xa3Buf\x07",
        b"\x81\xa3Buf\xdb\xff\xff\xff\xff",
        b"\x81\xa1x\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\x82\xa1x\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x00\xa3Buf\xa0",
        b"\x81\xa3Buf\xc0",
        b"\x81\xc1",
        b"",
    ] {
        assert_eq!(whole(map), invalid, "{map:x?}");
    }
}
