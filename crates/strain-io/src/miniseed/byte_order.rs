use std::ops::Range;

use super::header2::{Header2, STEIM_1, STEIM_2};

/// Fields of the fixed header that are numbers: year, day, ten-thousandths, samples, rate factor and
/// multiplier, time correction, start of the data and of the blockettes.
const NUMBERS: [Range<usize>; 9] =
    [20..22, 22..24, 28..30, 30..32, 32..34, 34..36, 40..44, 44..46, 46..48];
const FIXED: usize = 48;
/// Bytes of a frame of Steim's compression: a control word and 15 words of differences.
const FRAME: usize = 64;

/// Turns a header of version 2 and its blockettes, if they are little-endian, into the big-endian
/// ones that the decoder takes for granted; samples stay as they are.
///
/// No field says in which order a header is. As in the reference library, it is the one in which year
/// and day are a date; where both are, big-endian.
pub(super) fn to_big_endian(head: &mut [u8]) {
    if head.len() < FIXED || is_date(head, u16::from_be_bytes) || !is_date(head, u16::from_le_bytes)
    {
        return;
    }
    for number in NUMBERS {
        head[number].reverse();
    }
    let mut end = FIXED;
    let mut next = usize::from(u16::from_be_bytes([head[46], head[47]]));
    // A chain that turns back or leaves the record is refused when the header is read.
    while next >= end && next + 8 <= head.len() {
        head[next..next + 2].reverse();
        head[next + 2..next + 4].reverse();
        if head[next..next + 2] == 100_u16.to_be_bytes() {
            head[next + 4..next + 8].reverse();
        }
        end = next + 8;
        next = usize::from(u16::from_be_bytes([head[next + 2], head[next + 3]]));
    }
}

/// Turns little-endian frames of Steim's compression into big-endian ones, and says so in blockette
/// 1000: the decoder swaps whole words, but what a word holds four or two of keeps its order.
///
/// *SEED Reference Manual* 2.4, appendix B; the reference library writes and reads them so.
pub(super) fn steim_to_big_endian(bytes: &mut [u8], header: &Header2) {
    if bytes[header.order_at] == 1 || ![STEIM_1, STEIM_2].contains(&header.encoding) {
        return;
    }
    bytes[header.order_at] = 1;
    let frames = bytes.get_mut(header.data_at..).unwrap_or_default().chunks_exact_mut(FRAME);
    for (index, frame) in frames.enumerate() {
        frame[..4].reverse();
        let control = u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]);
        for (number, word) in frame.chunks_exact_mut(4).enumerate().skip(1) {
            // The first and the last sample stand before the differences.
            let sample = index == 0 && number <= 2;
            match control >> (30 - 2 * number) & 0b11 {
                0b01 if !sample => {}
                0b10 if !sample && header.encoding == STEIM_1 => {
                    word[..2].reverse();
                    word[2..].reverse();
                }
                _ => word.reverse(),
            }
        }
    }
}

fn is_date(head: &[u8], word: fn([u8; 2]) -> u16) -> bool {
    let (year, day) = (word([head[20], head[21]]), word([head[22], head[23]]));
    (1900..=2100).contains(&year) && (1..=366).contains(&day)
}
