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
    decoder: MultiGzDecoder<Counted<R>>,
    /// Bytes that may still come.
    allowance: u64,
}

impl<R: BufRead> Unpack<R> {
    /// Unpacks `packed` bytes of gzip.
    pub(super) fn new(reader: R, packed: u64) -> Self {
        let allowance = packed.saturating_mul(MOST_PER_BYTE).max(FREE);
        Self { decoder: MultiGzDecoder::new(Counted { reader, taken: 0 }), allowance }
    }
}

impl<R: BufRead> Read for Unpack<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.decoder.read(buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(at_byte(&error, self.decoder.get_ref().taken)),
        };
        let left = self.allowance.checked_sub(read as u64);
        self.allowance = left.ok_or_else(|| {
            let problem = "it unpacks to more than 300 times its size; unpack it beforehand if \
                           it is what it should be";
            Error::new(ErrorKind::InvalidData, problem)
        })?;
        Ok(read)
    }
}

/// Says where in the packed file it cannot be unpacked.
fn at_byte(error: &Error, byte: u64) -> Error {
    let problem = match error.kind() {
        ErrorKind::UnexpectedEof => "its gzip breaks off".to_owned(),
        _ => format!("its gzip cannot be unpacked ({error})"),
    };
    Error::new(error.kind(), format!("{problem} at byte {byte}; fetch the file again"))
}

/// Counts the packed bytes that were taken.
struct Counted<R> {
    reader: R,
    taken: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.taken += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.taken += amount as u64;
        self.reader.consume(amount);
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

    #[test]
    fn damage_is_located_by_its_byte() {
        let text: String = (0..50_000).map(|line| format!("{line},{}\n", line * 7919)).collect();
        let whole = packed(text.as_bytes());
        assert_eq!(unpacked(&whole).unwrap(), text.len() as u64);
        // In the first member, in its trailer, in the header of a second one.
        let two = [whole.as_slice(), &whole].concat();
        for end in [whole.len() / 2, whole.len() - 3, whole.len() + 5] {
            let error = unpacked(&two[..end]).unwrap_err();
            let said = format!("its gzip breaks off at byte {end}; fetch the file again");
            assert_eq!((error.kind(), error.to_string()), (ErrorKind::UnexpectedEof, said));
        }
        let mut wrong = whole.clone();
        let sum = whole.len() - 8;
        wrong[sum] ^= 1;
        let error = unpacked(&wrong).unwrap_err().to_string();
        assert!(error.contains(&format!("at byte {}; fetch", whole.len())), "{error}");
    }
}
