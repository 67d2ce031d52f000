//! The part of Python's pickle format that tensors need, and no more.
//!
//! A pickle is a program for a small stack machine. A general reader can be told to call anything; this one knows no
//! calls at all: it builds nodes that say what was asked for, [`globals`](super::globals) knows the handful of names that
//! may be asked for, and every other opcode and name is an error. Nothing is ever executed.
//!
//! Nodes live in one list and refer to each other by number, so a pickle that contains itself is harmless here.
//! No opcode makes more than one node, each node and each step is taken from the [`Budget`], and texts and bytes stay in
//! the file, so memory and time are bounded whatever the bytes say.
//!
//! Reference: CPython's documentation of `pickletools`, protocols 0 to 5. Left out: everything of protocol 0 that is
//! written in decimal digits, sets, buffers out of band, extensions, and whatever makes instances of classes, except for
//! the plain containers of TorchScript.

use std::collections::HashMap;

use super::ReadError;
use super::budget::Budget;
use super::cursor::Cursor;
use super::globals::{self, Function};
use super::nodes::{Id, Node, Nodes};

/// Names of functions and classes are shorter.
const LONGEST_NAME: usize = 256;
/// An entry of the memo, and what the table has in reserve when it grows.
const MEMO_BYTES: u64 = 32;

/// A pickle that was read.
#[derive(Debug)]
pub(super) struct Pickle<'a> {
    pub(super) nodes: Nodes<'a>,
    /// What it is a pickle of.
    pub(super) root: Id,
    /// The first byte behind it.
    pub(super) end: usize,
}

impl<'a> Pickle<'a> {
    /// Reads the pickle that begins at byte `from`.
    pub(super) fn read(bytes: &'a [u8], from: usize, budget: &mut Budget) -> Result<Self, ReadError> {
        let mut machine = Machine::new(Cursor::new(bytes, from), budget);
        loop {
            machine.budget.step(1)?;
            let code = machine.cursor.opcode()?;
            if code == b'.' {
                let root = machine.pop()?;
                return Ok(Self { nodes: machine.nodes, root, end: machine.cursor.at });
            }
            machine.run(code)?;
        }
    }
}

/// The stack machine.
pub(super) struct Machine<'a, 'b> {
    cursor: Cursor<'a>,
    pub(super) budget: &'b mut Budget,
    pub(super) nodes: Nodes<'a>,
    stack: Vec<Id>,
    /// How much lies on the stack below each mark; no more than `Id` can number.
    marks: Vec<Id>,
    memo: HashMap<u32, Id>,
}

impl<'a, 'b> Machine<'a, 'b> {
    fn new(cursor: Cursor<'a>, budget: &'b mut Budget) -> Self {
        let (stack, marks, memo) = Default::default();
        Self { cursor, budget, nodes: Nodes::new(), stack, marks, memo }
    }

    /// One opcode, its arguments behind it.
    fn run(&mut self, code: u8) -> Result<(), ReadError> {
        match code {
            // The protocol's number and the length of a frame say nothing that the opcodes don't.
            0x80 => self.cursor.skip(1),
            0x95 => self.cursor.skip(8),
            b'(' => {
                self.marks.push(self.stack.len() as Id);
                Ok(())
            }
            b'0' => self.pop().map(drop),
            b'1' => self.since_mark().map(drop),
            b'2' => self.top().map(|top| self.stack.push(top)),
            b'N' | 0x88 | 0x89 | b')' => {
                self.stack.push(constant(code));
                Ok(())
            }
            b'J' | b'K' | b'M' | 0x8a | b'G' => self.number(code),
            b'X' | 0x8c | 0x8d | b'U' | b'T' | b'B' | b'C' | 0x8e => self.letters(code),
            0x85..=0x87 => self.short_tuple(usize::from(code - 0x84)),
            b't' => {
                let items = self.since_mark()?;
                self.push(Node::Tuple(items))
            }
            b']' => self.push(Node::List(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            b'a' | b'e' => self.append(code),
            b's' | b'u' => self.set(code),
            b'q' | b'r' | 0x94 => self.remember(code),
            b'h' | b'j' => self.recall(code),
            b'c' | 0x93 | b'R' | 0x81 | b'b' | b'Q' => self.made(code),
            _ => Err(self.cursor.refused(code, name_of(code))),
        }
    }

    fn number(&mut self, code: u8) -> Result<(), ReadError> {
        let number = match code {
            b'J' => Some(i64::from(i32::from_le_bytes(self.cursor.array()?))),
            b'K' => Some(i64::from(self.cursor.byte()?)),
            b'M' => Some(i64::from(u16::from_le_bytes(self.cursor.array()?))),
            b'G' => {
                self.cursor.skip(8)?;
                None
            }
            _ => {
                let length = usize::from(self.cursor.byte()?);
                small_int(self.cursor.slice(length)?)
            }
        };
        self.push(number.map_or(Node::Number, Node::Int))
    }

    fn letters(&mut self, code: u8) -> Result<(), ReadError> {
        let length = match code {
            b'X' | b'T' | b'B' => u64::from(u32::from_le_bytes(self.cursor.array()?)),
            0x8c | b'U' | b'C' => u64::from(self.cursor.byte()?),
            _ => u64::from_le_bytes(self.cursor.array()?),
        };
        let bytes = self.cursor.slice(usize::try_from(length).map_err(|_| ReadError::Ends)?)?;
        if matches!(code, b'B' | b'C' | 0x8e) {
            return self.push(Node::Bytes(bytes));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => self.push(Node::Text(text)),
            // Python 2 wrote both kinds like this.
            Err(_) if matches!(code, b'T' | b'U') => self.push(Node::Bytes(bytes)),
            Err(_) => Err(self.odd("a text that is not UTF-8")),
        }
    }

    fn short_tuple(&mut self, length: usize) -> Result<(), ReadError> {
        let from = self.stack.len().checked_sub(length).filter(|&from| from >= self.bottom());
        let from = from.ok_or_else(|| self.odd("a tuple of more than there is"))?;
        let items = self.stack.drain(from..).collect();
        self.push(Node::Tuple(items))
    }

    fn append(&mut self, code: u8) -> Result<(), ReadError> {
        let items = if code == b'a' { vec![self.pop()?] } else { self.since_mark()? };
        let top = self.top()?;
        match self.nodes.get_mut(top) {
            Node::List(list) => list.extend(items),
            _ => return Err(self.odd("something is appended to what is no list")),
        }
        Ok(())
    }

    fn set(&mut self, code: u8) -> Result<(), ReadError> {
        let items = if code == b's' { vec![self.pop()?, self.pop()?] } else { self.since_mark()? };
        let top = self.top()?;
        let (pairs, rest) = items.as_chunks::<2>();
        // A single pair was popped, the value first.
        let pairs = pairs.iter().map(|&[a, b]| if code == b's' { (b, a) } else { (a, b) });
        match self.nodes.get_mut(top) {
            Node::Dict(dict) if rest.is_empty() => dict.extend(pairs),
            _ => return Err(self.odd("pairs are put into what is no dictionary")),
        }
        Ok(())
    }

    fn remember(&mut self, code: u8) -> Result<(), ReadError> {
        let place = match code {
            b'q' => u32::from(self.cursor.byte()?),
            b'r' => u32::from_le_bytes(self.cursor.array()?),
            _ => self.memo.len() as u32,
        };
        let top = self.top()?;
        if self.memo.insert(place, top).is_none() {
            self.budget.take(MEMO_BYTES, "its pickle remembers more than a file of its size can need")?;
        }
        Ok(())
    }

    fn recall(&mut self, code: u8) -> Result<(), ReadError> {
        let place = match code {
            b'h' => u32::from(self.cursor.byte()?),
            _ => u32::from_le_bytes(self.cursor.array()?),
        };
        let id = self.memo.get(&place).copied();
        self.stack.push(id.ok_or_else(|| self.odd("something is recalled that is not known"))?);
        Ok(())
    }

    /// The opcodes that make things by name. What they may make is decided in `globals`.
    fn made(&mut self, code: u8) -> Result<(), ReadError> {
        match code {
            b'c' => {
                let (module, name) = (self.cursor.line()?, self.cursor.line()?);
                self.named(module, name)
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Some(module), Some(name)) = (self.nodes.text(module), self.nodes.text(name)) else {
                    return Err(self.odd("a name that is no text"));
                };
                self.named(module, name)
            }
            b'R' | 0x81 => {
                let (arguments, callee) = (self.pop()?, self.pop()?);
                let node = globals::called(self, callee, arguments, code == 0x81)?;
                self.push(node)
            }
            b'b' => {
                let (state, top) = (self.pop()?, self.top()?);
                globals::built(self, top, state)
            }
            _ => {
                let what = self.pop()?;
                let node = globals::persistent(self, what)?;
                self.push(node)
            }
        }
    }

    fn named(&mut self, module: &str, name: &str) -> Result<(), ReadError> {
        let full = format!("{}.{}", cut(module), cut(name));
        let short = module.len().max(name.len()) <= LONGEST_NAME;
        match Function::named(&full) {
            Some(function) if short => self.push(Node::Function(function)),
            _ => Err(self.cursor.unknown(&full)),
        }
    }

    fn push(&mut self, node: Node<'a>) -> Result<(), ReadError> {
        let id = match node {
            Node::Number => Nodes::NUMBER,
            node => self.nodes.add(node, self.budget)?,
        };
        self.stack.push(id);
        Ok(())
    }

    /// Takes the top; what lies below a mark stays out of reach.
    fn pop(&mut self) -> Result<Id, ReadError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn top(&self) -> Result<Id, ReadError> {
        let reachable = self.stack.get(self.bottom()..).unwrap_or_default();
        reachable.last().copied().ok_or_else(|| self.odd("something is taken of an empty stack"))
    }

    /// Where the reachable part of the stack begins.
    fn bottom(&self) -> usize {
        self.marks.last().map_or(0, |&mark| mark as usize)
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, ReadError> {
        let mark = self.marks.pop().map(|mark| mark as usize).filter(|&mark| mark <= self.stack.len());
        let mark = mark.ok_or_else(|| self.odd("there is no mark"))?;
        self.budget.step(self.stack.len() - mark)?;
        // Not split off: what is kept should hold no more room than it needs.
        Ok(self.stack.drain(mark..).collect())
    }

    pub(super) fn odd(&self, what: &'static str) -> ReadError {
        self.cursor.odd(what)
    }
}

/// What an opcode stands for that needs no node of its own.
fn constant(code: u8) -> Id {
    match code {
        0x88 => Nodes::TRUE,
        0x89 => Nodes::FALSE,
        b')' => Nodes::EMPTY,
        _ => Nodes::NOTHING,
    }
}

/// As much of a name as is worth printing.
fn cut(name: &str) -> &str {
    name.char_indices().nth(LONGEST_NAME).map_or(name, |(end, _)| &name[..end])
}

/// Two's complement, lowest byte first.
fn small_int(bytes: &[u8]) -> Option<i64> {
    let fill = if bytes.last().is_some_and(|&byte| byte >= 0x80) { 0xff } else { 0 };
    let mut all = [fill; 8];
    all.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(all))
}

/// What an opcode is called, where it is one.
fn name_of(code: u8) -> &'static str {
    match code {
        b'i' => "INST",
        b'o' => "OBJ",
        b'P' => "PERSID",
        0x92 => "NEWOBJ_EX",
        0x82..=0x84 => "EXT",
        0x8f..=0x91 => "a set",
        0x96..=0x98 => "a buffer",
        b'I' | b'L' | b'F' | b'S' | b'V' | b'p' | b'g' => "text of protocol 0",
        b'l' => "LIST",
        b'd' => "DICT",
        0x8b => "LONG4",
        _ => "unknown",
    }
}
