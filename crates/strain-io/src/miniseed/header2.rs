use crate::bad_row::RowProblem;

/// Bytes of the fixed header of a record of version 2.
const FIXED: usize = 48;
/// How far into a record a blockette may begin.
const LAST_BLOCKETTE: usize = 4096;
/// Codes of blockette 1000 for differences between samples.
pub(super) const STEIM_1: u8 = 10;
pub(super) const STEIM_2: u8 = 11;
/// The smallest and the largest record, as powers of two.
const LENGTHS: std::ops::RangeInclusive<u8> = 7..=20;

/// What of a record of version 2 the decoder does not look at, or takes on trust.
///
/// *SEED Reference Manual* 2.4, chapter 8: fixed section of data header, blockettes 100, 1000 and
/// 1001.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Header2 {
    /// Bytes of the record.
    pub(super) length: usize,
    /// How samples are encoded; 0 is text.
    pub(super) encoding: u8,
    /// Samples announced.
    pub(super) samples: u16,
    /// Byte of the record at which they begin.
    pub(super) data_at: usize,
    /// The byte of blockette 1000 that says in which order samples are: 1 is big-endian.
    pub(super) order_at: usize,
    /// To be added to the start, ns: the correction that is not applied yet, and microseconds.
    pub(super) correction: i64,
    /// The rate of blockette 100, which counts more than that of the header.
    pub(super) rate: Option<f64>,
}

/// Reads the header at the start of `bytes`, which reach as far as the file does or at least as far
/// as blockettes may.
pub(super) fn parse(bytes: &[u8]) -> Result<Header2, RowProblem> {
    let wrong = |problem: String| RowProblem::Undecodable { problem };
    if bytes.len() < FIXED {
        return Err(RowProblem::Truncated { expected: FIXED as u64, got: bytes.len() as u64 });
    }
    let word = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let (samples, data_at) = (word(30), usize::from(word(44)));
    if word(28) > 9_999 {
        return Err(wrong(format!("a start with {} ten-thousandths of a second", word(28))));
    }
    let unapplied = bytes[36] & 0b10 == 0;
    let tenths = i32::from_be_bytes([bytes[40], bytes[41], bytes[42], bytes[43]]);
    let mut correction = if unapplied { i64::from(tenths) * 100_000 } else { 0 };
    let mut described = None;
    let mut rate = None;
    let mut next = usize::from(word(46));
    let mut end = FIXED;
    while next != 0 {
        // Blockettes follow one another; a chain that turns back would never end.
        if next < end || next > LAST_BLOCKETTE {
            return Err(wrong(format!("a blockette at {next} after one that ends at {end}")));
        }
        if bytes.len() < next + 8 {
            return Err(RowProblem::Truncated {
                expected: next as u64 + 8,
                got: bytes.len() as u64,
            });
        }
        match word(next) {
            100 => {
                let bits = &bytes[next + 4..next + 8];
                let actual = f32::from_be_bytes([bits[0], bits[1], bits[2], bits[3]]);
                rate = Some(f64::from(actual)).filter(|&rate| rate > 0.0);
            }
            1000 => described = Some((next + 5, bytes[next + 4], bytes[next + 6])),
            1001 => correction += i64::from(bytes[next + 5].cast_signed()) * 1000,
            _ => {}
        }
        end = next + 8;
        next = usize::from(word(next + 2));
    }
    let (order_at, encoding, power) =
        described.ok_or_else(|| wrong("no blockette 1000".to_owned()))?;
    if !LENGTHS.contains(&power) {
        return Err(wrong(format!("a record of 2^{power} bytes, 2^7 to 2^20 are possible")));
    }
    let length = 1_usize << power;
    if end > length {
        return Err(wrong(format!("blockettes up to byte {end} of a record of {length}")));
    }
    if samples > 0 && !(FIXED..=length).contains(&data_at) {
        return Err(wrong(format!("data at byte {data_at} of a record of {length}")));
    }
    Ok(Header2 { length, encoding, samples, data_at, order_at, correction, rate })
}
