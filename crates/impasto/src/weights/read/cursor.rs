//! A pickle's bytes, one after the other.

use super::ReadError;

/// Where reading has come to.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    /// Where the current opcode stands.
    begin: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, begin: at }
    }

    /// The next byte, as the beginning of a new opcode.
    pub(super) fn opcode(&mut self) -> Result<u8, ReadError> {
        self.begin = self.at;
        self.byte()
    }

    pub(super) fn byte(&mut self) -> Result<u8, ReadError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        self.slice(N)?.try_into().map_err(|_| ReadError::Ends)
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), ReadError> {
        self.slice(count).map(drop)
    }

    /// The next bytes, which must be there.
    pub(super) fn slice(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        let end = self.at.checked_add(count).ok_or(ReadError::Ends)?;
        let slice = self.bytes.get(self.at..end).ok_or(ReadError::Ends)?;
        self.at = end;
        Ok(slice)
    }

    pub(super) fn line(&mut self) -> Result<&'a str, ReadError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or(ReadError::Ends)?;
        self.at += length + 1;
        std::str::from_utf8(&rest[..length]).map_err(|_| self.odd("a name that is not UTF-8"))
    }

    pub(super) fn odd(&self, what: &'static str) -> ReadError {
        ReadError::Odd { what, at: self.begin }
    }

    pub(super) fn refused(&self, code: u8, name: &'static str) -> ReadError {
        ReadError::Opcode { code, name, at: self.begin }
    }

    pub(super) fn unknown(&self, name: &str) -> ReadError {
        ReadError::Global { name: name.escape_debug().to_string(), at: self.begin }
    }
}
