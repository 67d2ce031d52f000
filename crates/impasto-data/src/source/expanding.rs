//! How much may come out of how little: a packed file that unpacks to absurdly much more than its size would keep the
//! machine busy for hours, and its entries would fill the memory.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// Unpacked bytes for each packed one: even plain surfaces in one colour are packed by less on the whole.
const TIMES: u64 = 250;
/// So much may come out of any file.
const FREE: u64 = 1 << 30;
/// Packed bytes of a picture or file: less is not even a name.
const LEAST: u64 = 16;
/// So many pictures may be in any file.
const FEW: u64 = 100_000;

/// Bytes that may come out of a packed file of this length.
pub(super) fn most_bytes(packed: u64) -> u64 {
    packed.saturating_mul(TIMES).saturating_add(FREE)
}

/// How many pictures, or files, may be in a file.
pub(super) fn plausible(path: &Path) -> io::Result<u64> {
    Ok(fs::metadata(path)?.len() / LEAST + FEW)
}

/// What is unpacked, with an error where it becomes too much.
pub(super) struct Expanding<R> {
    reader: R,
    left: u64,
}

impl<R> Expanding<R> {
    /// What is unpacked from a file of this length.
    pub(super) fn new(reader: R, packed: u64) -> Self {
        Self { reader, left: most_bytes(packed) }
    }
}

impl<R: Read> Read for Expanding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(absurd)?;
        Ok(read)
    }
}

fn absurd() -> io::Error {
    io::Error::other(format!("it unpacks to more than {TIMES} times its size, which no pictures do"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_from_little_is_an_error() {
        let read = |packed| {
            let mut reader = Expanding::new(io::repeat(0).take(FREE + 10 * TIMES), packed);
            io::copy(&mut reader, &mut io::sink())
        };
        assert!(read(10).is_ok());
        assert!(read(9).unwrap_err().to_string().contains("250 times"));
    }
}
