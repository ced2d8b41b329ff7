use std::io::Read;
use std::path::Path;

use crate::bad_row::{BadRow, RowProblem};
use crate::text::open;
use crate::{Result, StrainIoError};

const HEADER: usize = 40;
/// The most samples that one bottle may announce: ten days at 100 Hz.
const MOST_SAMPLES: i32 = 86_400_000;
/// Starts from 1990 to 2100, in seconds; other values mean that the byte order is misread.
const STARTS: std::ops::Range<f64> = 631_152_000.0..4_102_444_800.0;

/// Whether a file begins as a bottle does: the number 0x015D in either byte order.
pub(crate) fn is_bottle(head: &[u8]) -> bool {
    head.starts_with(&[0x5d, 1, 0, 0]) || head.starts_with(&[1, 0x5d, 0, 0])
        // A big-endian header whose magic is one number of four bytes.
        || head.starts_with(&[0, 0, 1, 0x5d])
}

/// A bottle: consecutive samples of one channel.
#[derive(Debug)]
pub(super) struct Bottle {
    /// Instant of the first sample, ns since 1970.
    pub(super) start: i64,
    /// From sample to sample, ns.
    pub(super) step: i64,
    /// The samples, NaN where the bottle's null stands.
    pub(super) samples: Vec<f64>,
    /// Offset of the first sample in the file, bytes.
    pub(super) data_at: usize,
    /// Bytes of a sample.
    pub(super) width: usize,
}

/// What the 40 bytes say, in the file's order.
struct Header {
    big_endian: bool,
    data_at: usize,
    start: i64,
    step: i64,
    count: usize,
    kind: SampleKind,
}

#[derive(Clone, Copy)]
enum SampleKind {
    Int16,
    Int32,
    Float32,
}

impl SampleKind {
    fn bytes(self) -> usize {
        match self {
            Self::Int16 => 2,
            Self::Int32 | Self::Float32 => 4,
        }
    }

    /// The number that stands for a missing sample.
    fn null(self) -> f64 {
        match self {
            Self::Int16 => 32_767.0,
            Self::Int32 | Self::Float32 => 999_999.0,
        }
    }
}

/// Reads a bottle, plain or gzip; what is wrong with it otherwise.
pub(super) fn read_bottle(path: &Path) -> Result<Result<Bottle, BadRow>> {
    let failed = |source| StrainIoError::Io { action: "read", path: path.to_owned(), source };
    let mut reader = open(path)?;
    let mut head = Vec::new();
    reader.by_ref().take(HEADER as u64).read_to_end(&mut head).map_err(failed)?;
    let header = match Header::parse(&head) {
        Ok(header) => header,
        Err(reason) => return Ok(Err(BadRow::at_byte(path, 0, reason, "bottle header"))),
    };
    let (skipped, wanted) = (header.data_at - HEADER, header.count * header.kind.bytes());
    // One byte more than announced shows that the file goes on.
    let mut bytes = Vec::new();
    let limit = (skipped + wanted + 1) as u64;
    reader.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    let data = bytes.get(skipped..).unwrap_or_default();
    if data.len() < wanted {
        let (expected, got) = (wanted as u64, data.len() as u64);
        let reason = RowProblem::Truncated { expected, got };
        return Ok(Err(BadRow::at_byte(path, header.data_at as u64, reason, "bottle")));
    }
    if data.len() > wanted {
        let problem = format!("bytes follow after the {} samples of its header", header.count);
        let at = (header.data_at + wanted) as u64;
        return Ok(Err(BadRow::at_byte(path, at, RowProblem::Undecodable { problem }, "bottle")));
    }
    Ok(header.samples(data).map_err(|(index, problem)| {
        let at = header.data_at + index * header.kind.bytes();
        BadRow::at_byte(path, at as u64, problem, "sample")
    }))
}

impl Header {
    fn parse(head: &[u8]) -> Result<Self, RowProblem> {
        if head.len() < HEADER {
            let (expected, got) = (HEADER as u64, head.len() as u64);
            return Err(RowProblem::Truncated { expected, got });
        }
        let wrong = |problem: String| RowProblem::Undecodable { problem };
        if !is_bottle(head) {
            return Err(wrong("it does not begin with 0x015D in either byte order".to_owned()));
        }
        let big_endian = head[0] != 0x5d;
        let field = |at: usize| {
            let bytes = [head[at], head[at + 1], head[at + 2], head[at + 3]];
            if big_endian { i32::from_be_bytes(bytes) } else { i32::from_le_bytes(bytes) }
        };
        let size = field(4);
        let data_at = usize::try_from(size).ok().filter(|size| (HEADER..=4096).contains(size));
        let data_at = data_at
            .ok_or_else(|| wrong(format!("a header of {size} bytes, 40 to 4096 are possible")))?;
        let mut start = [0; 8];
        start.copy_from_slice(&head[8..16]);
        let start = if big_endian { f64::from_be_bytes(start) } else { f64::from_le_bytes(start) };
        if !STARTS.contains(&start) {
            return Err(wrong(format!("a start of {start} s since 1970")));
        }
        let interval = f32::from_bits(field(16).cast_unsigned());
        let step = step(interval).ok_or_else(|| wrong(format!("an interval of {interval} s")))?;
        let count = field(20);
        if !(1..=MOST_SAMPLES).contains(&count) {
            return Err(wrong(format!("{count} samples, 1 to {MOST_SAMPLES} are possible")));
        }
        let kind = match field(24) {
            0 => SampleKind::Int16,
            1 => SampleKind::Int32,
            2 => SampleKind::Float32,
            kind => return Err(wrong(format!("samples of type {kind}, 0 to 2 are known"))),
        };
        // A f64 holds seconds since 1970 to a quarter of a microsecond.
        let start = (start * 1e6).round() as i64 * 1000;
        Ok(Self { big_endian, data_at, start, step, count: count as usize, kind })
    }

    /// The samples, or the index of one that is not finite.
    fn samples(&self, data: &[u8]) -> Result<Bottle, (usize, RowProblem)> {
        let order = |mut bytes: [u8; 4]| {
            if self.big_endian {
                bytes.reverse();
            }
            bytes
        };
        let null = self.kind.null();
        let mut samples = Vec::with_capacity(self.count);
        for (index, bytes) in data.chunks_exact(self.kind.bytes()).enumerate() {
            let value = match (self.kind, bytes) {
                (SampleKind::Int16, &[a, b]) if self.big_endian => {
                    i16::from_be_bytes([a, b]).into()
                }
                (SampleKind::Int16, &[a, b]) => i16::from_le_bytes([a, b]).into(),
                (SampleKind::Int32, &[a, b, c, d]) => {
                    i32::from_le_bytes(order([a, b, c, d])).into()
                }
                (_, &[a, b, c, d]) => f32::from_le_bytes(order([a, b, c, d])).into(),
                _ => f64::INFINITY,
            };
            if !value.is_finite() {
                return Err((index, RowProblem::NotFinite));
            }
            samples.push(if value == null { f64::NAN } else { value });
        }
        let (data_at, width) = (self.data_at, self.kind.bytes());
        Ok(Bottle { start: self.start, step: self.step, samples, data_at, width })
    }
}

/// An interval in ns: the decimal number that the f32 stands for (0.05 s), not its binary value.
fn step(interval: f32) -> Option<i64> {
    let seconds: f64 = interval.to_string().parse().ok()?;
    let nanos = (seconds * 1e9).round();
    (1e3..=1e14).contains(&nanos).then_some(nanos as i64)
}
