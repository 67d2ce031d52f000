//! What a pickle made: nodes that refer to each other by number. Texts and bytes stay in the file.

use super::ReadError;
use super::budget::Budget;
use super::globals::{Array, Function, Kind, Storage, Tensor};

/// More dimensions than any weight has.
const MOST_DIMENSIONS: usize = 8;
/// A node, its place on the stack, and what the two lists have in reserve when they grow.
const NODE_BYTES: u64 = 96;

/// The number of a node. Files are smaller than 2^32 bytes, and so are the numbers of what they make.
pub(super) type Id = u32;

/// Something that a pickle made.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Nothing,
    Truth(bool),
    Int(i64),
    /// A number that nothing here asks for: a float, or an integer of more than 64 bits.
    Number,
    /// Seen to be UTF-8 once, when it was read.
    Text(&'a str),
    Bytes(&'a [u8]),
    /// Bytes that were written as a text whose letters are their values; protocol 2 has no other way.
    Latin(&'a str),
    /// Never changed once it is made.
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A function or class.
    Function(Function),
    /// An instance of a class of TorchScript, with its state.
    Object(Option<Id>),
    Storage(Storage),
    Tensor(Tensor),
    /// What a numpy array's elements are, in numpy's short spelling.
    Kind(Kind),
    /// A numpy array, once its state is known.
    Array(Option<Array>),
}

/// All that a pickle made.
#[derive(Debug)]
pub(super) struct Nodes<'a>(Vec<Node<'a>>);

impl<'a> Nodes<'a> {
    /// Of these, one is enough: opcodes of a single byte ask for them.
    pub(super) const NOTHING: Id = 0;
    pub(super) const TRUE: Id = 1;
    pub(super) const FALSE: Id = 2;
    pub(super) const NUMBER: Id = 3;
    pub(super) const EMPTY: Id = 4;

    pub(super) fn new() -> Self {
        let (yes, no) = (Node::Truth(true), Node::Truth(false));
        Self(vec![Node::Nothing, yes, no, Node::Number, Node::Tuple(Vec::new())])
    }

    pub(super) fn add(&mut self, node: Node<'a>, budget: &mut Budget) -> Result<Id, ReadError> {
        const WHAT: &str = "its pickle makes more things than a file of its size can need";
        budget.take(NODE_BYTES, WHAT)?;
        let id = Id::try_from(self.0.len()).map_err(|_| ReadError::TooMuch(WHAT))?;
        self.0.push(node);
        Ok(id)
    }

    pub(super) fn get(&self, id: Id) -> &Node<'a> {
        &self.0[id as usize]
    }

    pub(super) fn get_mut(&mut self, id: Id) -> &mut Node<'a> {
        &mut self.0[id as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Node<'a>> {
        self.0.iter()
    }

    /// The text of a node that is one.
    pub(super) fn text(&self, id: Id) -> Option<&'a str> {
        match self.get(id) {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn size(&self, id: Id) -> Option<usize> {
        match *self.get(id) {
            Node::Int(value) => usize::try_from(value).ok(),
            _ => None,
        }
    }

    /// A shape, or the strides of one.
    pub(super) fn sizes(&self, id: Id) -> Option<Vec<usize>> {
        let items = self.items(id).filter(|items| items.len() <= MOST_DIMENSIONS)?;
        items.iter().map(|&id| self.size(id)).collect()
    }
}
