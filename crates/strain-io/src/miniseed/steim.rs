use super::header2::{Header2, STEIM_1};
use crate::bad_row::RowProblem;

/// Bytes of a frame: a control word and 15 words of differences.
const FRAME: usize = 64;

/// The samples of a record of version 2 in Steim's compression, in either byte order.
///
/// *SEED Reference Manual* 2.4, appendix B. The first frame states the first sample, to which the first
/// difference leads, and the last: version 2 has no checksum, and one changed bit moves all samples
/// after it. The library that decodes all else could do this too, in half as much time again and not in
/// little-endian words that hold several differences.
pub(super) fn decode(data: &[u8], header: &Header2, little: bool) -> Result<Vec<f64>, RowProblem> {
    let wrong = |problem: String| RowProblem::Undecodable { problem };
    let Some(stated) = data.get(4..12) else {
        return Err(wrong("no frame of samples".to_owned()));
    };
    let (stated, _) = stated.as_chunks();
    let [first, last] = [stated[0], stated[1]].map(|word| ordered(word, little).cast_signed());
    let wanted = usize::from(header.samples);
    // The last word may hold differences more than there are samples.
    let mut sums = Sums { samples: Vec::with_capacity(wanted + 6), sum: 0, first };
    for (index, frame) in data.chunks_exact(FRAME).enumerate() {
        let (words, _) = frame.as_chunks();
        let control = ordered(words[0], little);
        // The first and the last sample stand before the differences.
        let before = if index == 0 { 3 } else { 1 };
        for (number, &word) in words.iter().enumerate().skip(before) {
            if sums.samples.len() >= wanted {
                break;
            }
            let kind = control >> (30 - 2 * number) & 0b11;
            let known = match header.encoding {
                STEIM_1 => sums.add_steim_1(word, kind, little),
                _ => sums.add_steim_2(word, kind, little),
            };
            known.ok_or_else(|| wrong(format!("a word of differences of no kind: {word:02x?}")))?;
        }
    }
    let mut samples = sums.samples;
    samples.truncate(wanted);
    match samples.last() {
        _ if samples.len() < wanted => {
            let got = samples.len();
            Err(wrong(format!(
                "sample count mismatch: its header announces {wanted}, it has {got}"
            )))
        }
        Some(&found) if found != f64::from(last) => {
            Err(wrong(format!("its last sample is {found} where its first frame states {last}")))
        }
        _ => Ok(samples),
    }
}

/// Sums of differences, one after another.
struct Sums {
    samples: Vec<f64>,
    sum: i32,
    first: i32,
}

impl Sums {
    /// Adds what a word of Steim 1 holds; nothing where it is of no kind.
    fn add_steim_1(&mut self, word: [u8; 4], kind: u32, little: bool) -> Option<()> {
        let value = ordered(word, little);
        match kind {
            0 => {}
            1 => self.add(split::<4, 8>(u32::from_be_bytes(word))),
            // Each of the two is in the order of the record, the first comes first in any.
            2 if little => self.add(split::<2, 16>(value.rotate_left(16))),
            2 => self.add(split::<2, 16>(value)),
            _ => self.add(split::<1, 32>(value)),
        }
        Some(())
    }

    /// Adds what a word of Steim 2 holds; nothing where it is of no kind.
    fn add_steim_2(&mut self, word: [u8; 4], kind: u32, little: bool) -> Option<()> {
        let value = ordered(word, little);
        match (kind, value >> 30) {
            (0, _) => {}
            (1, _) => self.add(split::<4, 8>(u32::from_be_bytes(word))),
            (2, 1) => self.add(split::<1, 30>(value)),
            (2, 2) => self.add(split::<2, 15>(value)),
            (2, 3) => self.add(split::<3, 10>(value)),
            (3, 0) => self.add(split::<5, 6>(value)),
            (3, 1) => self.add(split::<6, 5>(value)),
            (3, 2) => self.add(split::<7, 4>(value)),
            _ => return None,
        }
        Some(())
    }

    fn add<const COUNT: usize>(&mut self, differences: [i32; COUNT]) {
        if self.samples.is_empty() {
            self.sum = self.first.wrapping_sub(differences[0]);
        }
        // Only the sums of a damaged record overflow, whose last sample then is not the stated one.
        let samples = differences.map(|difference| {
            self.sum = self.sum.wrapping_add(difference);
            f64::from(self.sum)
        });
        self.samples.extend_from_slice(&samples);
    }
}

/// The signed numbers of `BITS` bits that `word` ends with, the foremost first.
fn split<const COUNT: usize, const BITS: u32>(word: u32) -> [i32; COUNT] {
    std::array::from_fn(|place| {
        let foremost = word << (32 - BITS * (COUNT - place) as u32);
        foremost.cast_signed() >> (32 - BITS)
    })
}

fn ordered(word: [u8; 4], little: bool) -> u32 {
    if little { u32::from_le_bytes(word) } else { u32::from_be_bytes(word) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniseed_rs::{EncodingFormat, MseedRecord, Samples, encode};
    use proptest::prelude::*;

    use crate::miniseed::header2;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// The library decodes its big-endian records alike; what is damaged is decoded to what the
        /// library gives, or refused.
        #[test]
        fn samples_are_those_of_the_library(
            start in -1_000_000_000_i32..1_000_000_000,
            steps in prop::collection::vec((0_u32..29, -1.0..1.0_f64), 0..300),
            steim_1 in any::<bool>(),
            damage in prop::option::of((64_usize..4096, any::<u8>())),
            announced in prop::option::of(1_u16..400),
        ) {
            let mut values = vec![start];
            for (bits, share) in steps {
                let last = values[values.len() - 1];
                values.push(last.wrapping_add((share * f64::from(1_i32 << bits)) as i32));
            }
            // Differences of sums that wrapped have more bits than a word holds.
            prop_assume!(values.windows(2).all(|pair| pair[0].abs_diff(pair[1]) < 1 << 29));
            let encoding = if steim_1 { EncodingFormat::Steim1 } else { EncodingFormat::Steim2 };
            let record = MseedRecord::new()
                .with_nslc("CI", "WNM", "00", "LS1")
                .with_record_length(4096)
                .with_encoding(encoding)
                .with_samples(Samples::Int(values.clone()));
            let mut bytes = encode(&record).unwrap();
            if let Some((place, byte)) = damage {
                bytes[place] = byte;
            }
            if let Some(announced) = announced {
                bytes[30..32].copy_from_slice(&announced.to_be_bytes());
            }
            let header = header2::parse(&bytes).unwrap();
            let found = decode(&bytes[header.data_at..], &header, false);
            // Sums that overflow end it where overflow is checked.
            let library = std::panic::catch_unwind(|| miniseed_rs::decode(&bytes).ok()).ok().flatten();
            if let (Ok(found), Some(library)) = (&found, library) {
                let Samples::Int(expected) = library.samples else { panic!("not whole numbers") };
                let expected: Vec<f64> = expected.into_iter().map(f64::from).collect();
                prop_assert_eq!(found, &expected);
            }
            if damage.is_none() && announced.is_none() {
                let values: Vec<f64> = values.into_iter().map(f64::from).collect();
                prop_assert_eq!(found.unwrap(), values);
            }
        }
    }

    #[test]
    fn a_word_is_split_from_its_front() {
        assert_eq!(split::<4, 8>(0x01ff_7f80), [1, -1, 127, -128]);
        assert_eq!(split::<7, 4>(0xa123_4567), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(split::<1, 30>(0x7fff_ffff), [-1]);
        assert_eq!(split::<1, 32>(u32::MAX), [-1]);
    }
}
