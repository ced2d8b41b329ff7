//! How large a pickle's objects grow, before anything builds them.
//!
//! candle's reader copies a whole object each time it is remembered or recalled, so a few hundred
//! bytes that pair an object with itself again and again describe more than any memory holds. This
//! walks the same instructions over sizes alone.

use std::collections::HashMap;

/// Bytes that one object takes at least.
const OBJECT: u64 = 64;

/// Most bytes of objects and their copies together, for a network of so many tensors. PyTorch's own
/// pickles copy each byte about forty times, and have a few hundred bytes for a tensor.
fn most_bytes(tensors: usize) -> u64 {
    (1 << 25) + (1 << 14) * tensors as u64
}

/// Deepest nesting: copies are made and freed recursively. A state dictionary nests about ten deep.
const DEEPEST: u32 = 1000;

/// Why a pickle is not read.
type Refused = &'static str;

const CUT: Refused = "its pickle is cut short";
const EMPTY: Refused = "its pickle is damaged: it takes more objects than it has made";

/// An object by its size.
#[derive(Clone, Copy)]
struct Sized {
    bytes: u64,
    depth: u32,
    mark: bool,
}

/// Refuses a pickle whose objects would be too large or too deep, or that is damaged.
pub(crate) fn check(pickle: &[u8], tensors: usize) -> Result<(), Refused> {
    let (stack, memo, most) = (Vec::new(), HashMap::new(), most_bytes(tensors));
    let mut machine = Machine { rest: pickle, stack, memo, spent: 0, most };
    while machine.step()? {}
    Ok(())
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Sized>,
    memo: HashMap<u32, Sized>,
    /// Bytes of all objects and copies made so far.
    spent: u64,
    most: u64,
}

impl Machine<'_> {
    /// One instruction; false at the end.
    fn step(&mut self) -> Result<bool, Refused> {
        match self.take(1)?[0] {
            0x80 => drop(self.take(1)?), // protocol
            b'.' => return Ok(false),
            b'c' => {
                let text = self.line()? + self.line()?;
                self.make(text)?;
            }
            b'X' => {
                let len = self.number(4)?;
                self.take(len as usize)?;
                self.make(u64::from(len))?;
            }
            b')' | b']' | b'}' | b'd' | b'N' | 0x88 | 0x89 => self.make(0)?,
            b'J' => self.value(4)?,
            b'K' => self.value(1)?,
            b'M' => self.value(2)?,
            b'G' => self.value(8)?,
            0x8a => {
                let len = self.number(1)?;
                self.value(len as usize)?;
            }
            b'(' => {
                self.make(0)?;
                self.last()?.mark = true;
            }
            b'q' => self.remember(1)?,
            b'r' => self.remember(4)?,
            b'h' => self.recall(1)?,
            b'j' => self.recall(4)?,
            code => return self.join(code).map(|()| true),
        }
        Ok(true)
    }

    /// Instructions that put objects into another.
    fn join(&mut self, code: u8) -> Result<(), Refused> {
        let first = match code {
            b't' | b'e' | b'u' => {
                let mark = self.stack.iter().rposition(|object| object.mark);
                mark.ok_or("its pickle is damaged: a mark is missing")? + 1
            }
            b'Q' | b'a' | 0x85 => self.before(1)?,
            b'R' | b'b' | b's' | 0x81 | 0x86 => self.before(2)?,
            0x87 => self.before(3)?,
            _ => return Err("its pickle has instructions that PyTorch does not write"),
        };
        let parts = self.stack.split_off(first);
        if matches!(code, b't' | b'e' | b'u') {
            self.stack.pop(); // the mark
        }
        if !matches!(code, b'e' | b'u' | b'a' | b's') {
            self.make(0)?;
        }
        let whole = self.last()?;
        for part in parts {
            whole.bytes += part.bytes;
            whole.depth = whole.depth.max(part.depth + 1);
        }
        if whole.depth > DEEPEST {
            return Err("its pickle nests deeper than a network's");
        }
        Ok(())
    }

    fn before(&self, count: usize) -> Result<usize, Refused> {
        self.stack.len().checked_sub(count).ok_or(EMPTY)
    }

    fn last(&mut self) -> Result<&mut Sized, Refused> {
        self.stack.last_mut().ok_or(EMPTY)
    }

    fn make(&mut self, text: u64) -> Result<(), Refused> {
        let bytes = OBJECT + text;
        self.spend(bytes)?;
        self.stack.push(Sized { bytes, depth: 0, mark: false });
        Ok(())
    }

    fn value(&mut self, len: usize) -> Result<(), Refused> {
        self.take(len)?;
        self.make(0)
    }

    fn remember(&mut self, width: usize) -> Result<(), Refused> {
        let (key, object) = (self.number(width)?, *self.last()?);
        self.spend(object.bytes)?;
        self.memo.insert(key, object);
        Ok(())
    }

    fn recall(&mut self, width: usize) -> Result<(), Refused> {
        let key = self.number(width)?;
        let object = self.memo.get(&key).copied();
        let object = object.ok_or("its pickle is damaged: it recalls what it has not kept")?;
        self.spend(object.bytes)?;
        self.stack.push(object);
        Ok(())
    }

    fn spend(&mut self, bytes: u64) -> Result<(), Refused> {
        self.spent += bytes;
        if self.spent > self.most {
            return Err("its pickle grows far beyond what a network's needs");
        }
        Ok(())
    }

    fn take(&mut self, len: usize) -> Result<&[u8], Refused> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(CUT)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A little-endian number of one, two or four bytes.
    fn number(&mut self, width: usize) -> Result<u32, Refused> {
        let bytes = self.take(width)?;
        Ok(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }

    /// Length of what stands before the next line feed.
    fn line(&mut self) -> Result<u64, Refused> {
        let len = self.rest.iter().position(|&byte| byte == b'\n').ok_or(CUT)?;
        self.take(len + 1)?;
        Ok(len as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::Refused;

    fn check(pickle: &[u8]) -> Result<(), Refused> {
        super::check(pickle, 0)
    }

    #[test]
    fn pairs_of_pairs_are_refused_while_they_are_small() {
        let pairs = |count| [b"\x80\x02)", &b"q\0h\0\x86".repeat(count)[..], b"."].concat();
        assert_eq!(check(&pairs(10)), Ok(()));
        assert!(check(&pairs(40)).unwrap_err().contains("grows"));
        // Lists, dictionaries and recalled texts grow as well.
        let lists = [b"]", &b"q\0h\0a".repeat(40)[..], b"."].concat();
        assert!(check(&lists).unwrap_err().contains("grows"));
        let dictionaries = [b"}", &b"q\0(Nh\0u".repeat(40)[..], b"."].concat();
        assert!(check(&dictionaries).unwrap_err().contains("grows"));
        let texts = [b"X\0\0\x01\0", &[b'a'; 1 << 16][..], b"q\0", &b"h\0".repeat(600), b"."];
        assert!(check(&texts.concat()).unwrap_err().contains("grows"));
    }

    #[test]
    fn what_is_deep_or_damaged_is_refused() {
        let deep = |count| [b")", &b"\x85".repeat(count)[..], b"."].concat();
        assert_eq!(check(&deep(1000)), Ok(()));
        assert!(check(&deep(1001)).unwrap_err().contains("deeper"));
        for (pickle, word) in [
            (&b""[..], "cut"),
            (b"X\xff\xff\xff\xff.", "cut"),
            (b"ctorch", "cut"),
            (b"R.", "more objects"),
            (b")t.", "mark"),
            (b"h\x07.", "recalls"),
            (b"I1\n.", "instructions"),
        ] {
            assert!(check(pickle).unwrap_err().contains(word), "{pickle:?}");
        }
    }
}
