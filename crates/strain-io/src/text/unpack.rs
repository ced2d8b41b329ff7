use std::io::{self, BufRead, Error, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

/// What may be unpacked in any case.
const FREE: u64 = 64 << 20;
/// Beyond it, how many bytes may come of one packed byte: a year of one and the same value packs to
/// a hundredth, a file made to fill memory to a thousandth.
const MOST_PER_BYTE: u64 = 300;

/// Gzip that is unpacked while it is read, and given up where it unpacks to more than a recording
/// would.
pub(super) struct Unpack<R> {
    decoder: MultiGzDecoder<R>,
    /// Bytes that may still come.
    allowance: u64,
}

impl<R: BufRead> Unpack<R> {
    /// Unpacks `packed` bytes of gzip.
    pub(super) fn new(reader: R, packed: u64) -> Self {
        let allowance = packed.saturating_mul(MOST_PER_BYTE).max(FREE);
        Self { decoder: MultiGzDecoder::new(reader), allowance }
    }
}

impl<R: BufRead> Read for Unpack<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer)?;
        let left = self.allowance.checked_sub(read as u64);
        self.allowance = left.ok_or_else(|| {
            let problem = "it unpacks to more than 300 times its size; unpack it beforehand if \
                           it is what it should be";
            Error::new(ErrorKind::InvalidData, problem)
        })?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(gzip: &[u8]) -> io::Result<u64> {
        io::copy(&mut Unpack::new(gzip, gzip.len() as u64), &mut io::sink())
    }

    #[test]
    fn a_record_of_one_value_is_unpacked_and_a_bomb_is_not() {
        let line =
            |minute: u32| format!("2009022{:03}{:04} 999999.0\n", minute / 1440, minute % 1440);
        let text: String = (0..400_000).map(line).collect();
        assert_eq!(unpacked(&packed(text.as_bytes())).unwrap(), text.len() as u64);
        let bomb = packed(&vec![b'0'; FREE as usize + 1]);
        assert!((bomb.len() as u64) * MOST_PER_BYTE < FREE);
        let error = unpacked(&bomb).unwrap_err().to_string();
        assert!(error.contains("300 times its size"), "{error}");
    }
}
