//! The part of Python's pickle format that tensors need, and no more.
//!
//! A pickle is a program for a small stack machine. A general reader can be told to call anything; this one knows no
//! calls at all: it builds nodes that say what was asked for, [`globals`](super::globals) knows the handful of names that
//! may be asked for, and every other opcode and name is an error. Nothing is ever executed.
//!
//! Nodes live in one list and refer to each other by number, so a pickle that contains itself is harmless here.
//! No opcode makes more than one node or copies more than eight numbers, there are at most [`MOST_STEPS`] of them, and
//! texts and bytes stay in the file, so memory is bounded whatever the bytes say.
//!
//! Reference: CPython's documentation of `pickletools`, protocols 0 to 5. Left out: everything of protocol 0 that is
//! written in decimal digits, sets, buffers out of band, extensions, and whatever makes instances of classes, except for
//! the plain containers of TorchScript.

use std::collections::HashMap;
use std::ops::Range;

use super::ReadError;
use super::globals;

/// The number of a node.
pub(super) type Id = usize;

/// Opcodes: more than any file of weights has. What they make takes some hundred megabytes at most.
const MOST_STEPS: usize = 2_000_000;
/// Names of functions and classes are shorter.
const LONGEST_NAME: usize = 256;

/// Something that a pickle made.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Nothing,
    Truth(bool),
    Int(i64),
    /// A number that nothing here asks for: a float, or an integer of more than 64 bits.
    Number,
    /// UTF-8, somewhere in the file.
    Text(Range<usize>),
    Bytes(Range<usize>),
    /// Bytes that were written as a text whose letters are their values; protocol 2 has no other way.
    Latin(Range<usize>),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A function or class: `module.name`.
    Global(String),
    /// An instance of a class of TorchScript, with its state.
    Object(Option<Id>),
    Storage(globals::Storage),
    Tensor(globals::Tensor),
    /// What a numpy array's elements are, in numpy's short spelling.
    Kind(globals::Kind),
    /// A numpy array, once its state is known.
    Array(Option<globals::Array>),
}

/// A pickle that was read.
#[derive(Debug)]
pub(super) struct Pickle<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) nodes: Vec<Node>,
    /// What it is a pickle of.
    pub(super) root: Id,
    /// The first byte behind it.
    pub(super) end: usize,
}

impl<'a> Pickle<'a> {
    /// Reads the pickle that begins at byte `from`.
    pub(super) fn read(bytes: &'a [u8], from: usize) -> Result<Self, ReadError> {
        let mut machine = Machine::new(bytes, from);
        for _ in 0..MOST_STEPS {
            machine.begin = machine.at;
            let code = machine.byte()?;
            if code == b'.' {
                let root = machine.pop()?;
                return Ok(Self { bytes, nodes: machine.nodes, root, end: machine.at });
            }
            machine.run(code)?;
        }
        Err(ReadError::TooMuch("its pickle has more than two million steps"))
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    /// The text of a node that is one.
    pub(super) fn text(&self, id: Id) -> Option<&'a str> {
        text(self.bytes, &self.nodes[id])
    }
}

fn text<'a>(bytes: &'a [u8], node: &Node) -> Option<&'a str> {
    match node {
        Node::Text(range) => std::str::from_utf8(&bytes[range.clone()]).ok(),
        _ => None,
    }
}

/// The stack machine.
pub(super) struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the current opcode stands.
    begin: usize,
    pub(super) nodes: Vec<Node>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
}

impl<'a> Machine<'a> {
    fn new(bytes: &'a [u8], from: usize) -> Self {
        let (nodes, stack, marks, memo) = Default::default();
        Self { bytes, at: from, begin: from, nodes, stack, marks, memo }
    }

    /// One opcode, its arguments behind it.
    fn run(&mut self, code: u8) -> Result<(), ReadError> {
        match code {
            // The protocol's number and the length of a frame say nothing that the opcodes don't.
            0x80 => self.skip(1),
            0x95 => self.skip(8),
            b'(' => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => self.pop().map(drop),
            b'1' => self.since_mark().map(drop),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
                Ok(())
            }
            b'N' => self.push(Node::Nothing),
            0x88 => self.push(Node::Truth(true)),
            0x89 => self.push(Node::Truth(false)),
            b'J' | b'K' | b'M' | 0x8a | b'G' => self.number(code),
            b'X' | 0x8c | 0x8d | b'U' | b'T' | b'B' | b'C' | 0x8e => self.letters(code),
            b')' => self.push(Node::Tuple(Vec::new())),
            0x85..=0x87 => self.short_tuple(usize::from(code - 0x84)),
            b't' => {
                let items = self.since_mark()?;
                self.push(Node::Tuple(items))
            }
            b']' => self.push(Node::List(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])
            }
            b'e' => {
                let items = self.since_mark()?;
                self.append(items)
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(vec![key, value])
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set(items)
            }
            b'q' | b'r' | b'h' | b'j' | 0x94 => self.remember(code),
            b'c' | 0x93 | b'R' | 0x81 | b'b' | b'Q' => self.made(code),
            _ => Err(ReadError::Opcode { code, name: name_of(code), at: self.begin }),
        }
    }

    fn number(&mut self, code: u8) -> Result<(), ReadError> {
        let node = match code {
            b'J' => Node::Int(i64::from(i32::from_le_bytes(self.array()?))),
            b'K' => Node::Int(i64::from(self.byte()?)),
            b'M' => Node::Int(i64::from(u16::from_le_bytes(self.array()?))),
            b'G' => {
                self.skip(8)?;
                Node::Number
            }
            _ => {
                let length = usize::from(self.byte()?);
                let range = self.range(length)?;
                small_int(&self.bytes[range]).map_or(Node::Number, Node::Int)
            }
        };
        self.push(node)
    }

    fn letters(&mut self, code: u8) -> Result<(), ReadError> {
        let length = match code {
            b'X' | b'T' | b'B' => u64::from(u32::from_le_bytes(self.array()?)),
            0x8c | b'U' | b'C' => u64::from(self.byte()?),
            _ => u64::from_le_bytes(self.array()?),
        };
        let length = usize::try_from(length).map_err(|_| ReadError::Ends)?;
        let range = self.range(length)?;
        let is_text = std::str::from_utf8(&self.bytes[range.clone()]).is_ok();
        match code {
            b'B' | b'C' | 0x8e => self.push(Node::Bytes(range)),
            // Python 2 wrote both kinds like this.
            b'T' | b'U' if !is_text => self.push(Node::Bytes(range)),
            _ if is_text => self.push(Node::Text(range)),
            _ => Err(self.odd("a text that is not UTF-8")),
        }
    }

    fn short_tuple(&mut self, length: usize) -> Result<(), ReadError> {
        let mark = self.marks.last().copied().unwrap_or(0);
        let from = self.stack.len().checked_sub(length).filter(|&from| from >= mark);
        let from = from.ok_or_else(|| self.odd("a tuple of more than there is"))?;
        let items = self.stack.split_off(from);
        self.push(Node::Tuple(items))
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), ReadError> {
        let top = self.top()?;
        match &mut self.nodes[top] {
            Node::List(list) => list.extend(items),
            _ => return Err(self.odd("something is appended to what is no list")),
        }
        Ok(())
    }

    fn set(&mut self, items: Vec<Id>) -> Result<(), ReadError> {
        let top = self.top()?;
        let (pairs, rest) = items.as_chunks::<2>();
        match &mut self.nodes[top] {
            Node::Dict(dict) if rest.is_empty() => {
                dict.extend(pairs.iter().map(|&[key, value]| (key, value)))
            }
            _ => return Err(self.odd("pairs are put into what is no dictionary")),
        }
        Ok(())
    }

    fn remember(&mut self, code: u8) -> Result<(), ReadError> {
        let place = match code {
            b'q' | b'h' => u64::from(self.byte()?),
            b'r' | b'j' => u64::from(u32::from_le_bytes(self.array()?)),
            _ => self.memo.len() as u64,
        };
        if matches!(code, b'h' | b'j') {
            let id =
                *self.memo.get(&place).ok_or_else(|| self.odd("something is recalled that is not known"))?;
            self.stack.push(id);
        } else {
            let top = self.top()?;
            self.memo.insert(place, top);
        }
        Ok(())
    }

    /// The opcodes that make things by name. What they may make is decided in `globals`.
    fn made(&mut self, code: u8) -> Result<(), ReadError> {
        match code {
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.named(module, name)
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Some(module), Some(name)) = (self.text(module), self.text(name)) else {
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
        if module.len().max(name.len()) > LONGEST_NAME || !globals::is_known(&full) {
            return Err(ReadError::Global { name: full.escape_debug().to_string(), at: self.begin });
        }
        self.push(Node::Global(full))
    }

    fn push(&mut self, node: Node) -> Result<(), ReadError> {
        self.stack.push(self.nodes.len());
        self.nodes.push(node);
        Ok(())
    }

    /// Takes the top; what lies below a mark stays out of reach.
    fn pop(&mut self) -> Result<Id, ReadError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn top(&self) -> Result<Id, ReadError> {
        let mark = self.marks.last().copied().unwrap_or(0);
        self.stack[mark.min(self.stack.len())..]
            .last()
            .copied()
            .ok_or_else(|| self.odd("something is taken of an empty stack"))
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, ReadError> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len());
        mark.map(|mark| self.stack.split_off(mark)).ok_or_else(|| self.odd("there is no mark"))
    }

    fn byte(&mut self) -> Result<u8, ReadError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let range = self.range(N)?;
        self.bytes[range].try_into().map_err(|_| ReadError::Ends)
    }

    fn skip(&mut self, count: usize) -> Result<(), ReadError> {
        self.range(count).map(drop)
    }

    /// The next bytes, which must be there.
    fn range(&mut self, count: usize) -> Result<Range<usize>, ReadError> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.bytes.len()).ok_or(ReadError::Ends)?;
        Ok(std::mem::replace(&mut self.at, end)..end)
    }

    fn line(&mut self) -> Result<&'a str, ReadError> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or(ReadError::Ends)?;
        self.at += length + 1;
        std::str::from_utf8(&rest[..length]).map_err(|_| self.odd("a name that is not UTF-8"))
    }

    pub(super) fn odd(&self, what: &'static str) -> ReadError {
        ReadError::Odd { what, at: self.begin }
    }

    pub(super) fn text(&self, id: Id) -> Option<&'a str> {
        text(self.bytes, &self.nodes[id])
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
