//! Reading tar archives from strangers: long names and extensions are read into memory before anybody sees them, so
//! that the headers of one file must not be longer than any honest ones.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use tar::{Archive, Entry};

/// Bytes that the headers of one file may have, long names and extensions included.
const HEADERS: u64 = 1 << 20;

/// A file on the tape.
pub(crate) type File<'a, R> = Entry<'a, Guarded<R>>;

/// Reads what is on the tape, but only so much until it is told otherwise.
pub(crate) struct Guarded<R> {
    reader: R,
    left: Rc<Cell<u64>>,
}

/// Shows every file of an archive in turn; what isn't read of it is passed over. `broken` makes errors of what can't be
/// read.
pub(crate) fn each<R: Read, E>(
    reader: R,
    broken: impl Fn(io::Error) -> E,
    mut visit: impl FnMut(&mut File<'_, R>) -> Result<(), E>,
) -> Result<(), E> {
    let left = Rc::new(Cell::new(HEADERS));
    let mut archive = Archive::new(Guarded { reader, left: Rc::clone(&left) });
    for file in archive.entries().map_err(&broken)? {
        let mut file = file.map_err(&broken)?;
        left.set(u64::MAX);
        visit(&mut file)?;
        pass_over(&mut file).map_err(&broken)?;
        // Only headers come now.
        left.set(HEADERS);
    }
    Ok(())
}

/// Reads a file to its end.
pub(crate) fn pass_over(file: &mut impl Read) -> io::Result<()> {
    io::copy(file, &mut io::sink()).map(drop)
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        match self.left.get().checked_sub(read as u64) {
            Some(rest) => self.left.set(rest),
            None => return Err(io::Error::other("a file's headers are absurdly long")),
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tar::{EntryType, Header};

    fn header(kind: EntryType, size: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_cksum();
        header
    }

    #[test]
    fn headers_without_end_are_an_error_and_content_without_end_is_none() {
        for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader] {
            let tape = header(kind, 1 << 40);
            let endless = tape.as_bytes().chain(io::repeat(b'a'));
            let error = each(endless, |error| error, |_| Ok(())).unwrap_err().to_string();
            assert!(error.contains("absurdly long"), "{kind:?}: {error}");
        }
        let file = header(EntryType::Regular, 8 * HEADERS);
        let mut seen = 0;
        let tape = file.as_bytes().chain(io::repeat(0).take(9 * HEADERS));
        let mut count = |_: &mut File<'_, _>| {
            seen += 1;
            Ok(())
        };
        each(tape, |error: io::Error| error, &mut count).unwrap();
        assert_eq!(seen, 1);
    }
}
