//! From what a pickle made to named tensors: names are the keys on the way, with dots between them.
//!
//! First all tensors are found and what they will take is summed up; only then are numbers read, one storage after the
//! other, each once.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::ReadError;
use super::budget::Budget;
use super::globals::{Array, LONGEST_KEY, Raw, Storage, Tensor, bytes_of};
use super::nodes::{Id, Node};
use super::pickle::Pickle;
use super::view::View;
use crate::run::Stored;

/// Deeper than any weights lie.
const DEEPEST: usize = 32;
/// What a tensor takes beside its name and its numbers.
const TENSOR_BYTES: u64 = 384;

/// Where the values of a storage are.
pub(super) trait Storages<'a> {
    /// All bytes of a storage.
    fn bytes(&mut self, key: &str, budget: &mut Budget) -> Result<Cow<'a, [u8]>, ReadError>;
}

/// For pickles that hold their numbers themselves.
pub(super) struct NoStorages;

impl Storages<'_> for NoStorages {
    fn bytes(&mut self, _: &str, _: &mut Budget) -> Result<Cow<'static, [u8]>, ReadError> {
        Err(ReadError::Kind("its tensors lie in other files; give the whole file that PyTorch saved"))
    }
}

/// All tensors below the root.
pub(super) fn tensors<'a>(
    pickle: &Pickle<'_>,
    storages: &mut dyn Storages<'a>,
    budget: &mut Budget,
) -> Result<BTreeMap<String, Stored>, ReadError> {
    let mut walk = Walk { pickle, budget, path: Vec::new(), found: BTreeMap::new() };
    walk.visit(pickle.root)?;
    let found = walk.found;
    for thing in found.values() {
        budget.numbers(&thing.shape(pickle)?)?;
    }
    let mut tensors = BTreeMap::new();
    let mut by_storage: BTreeMap<&str, Vec<(String, Tensor)>> = BTreeMap::new();
    for (name, thing) in found {
        match thing {
            Thing::Array(array) => {
                tensors.insert(name, of_array(pickle, &array, budget)?);
            }
            Thing::Tensor(tensor) => {
                let key = pickle.nodes.text(storage(pickle, &tensor)?.key).unwrap_or_default();
                by_storage.entry(key).or_default().push((name, tensor));
            }
        }
    }
    for (key, views) in by_storage {
        let bytes = storages.bytes(key, budget)?;
        for (name, tensor) in views {
            tensors.insert(name, of_storage(pickle, &tensor, &bytes)?);
        }
    }
    Ok(tensors)
}

/// What has a name in the end.
#[derive(Debug, Clone, Copy)]
enum Thing {
    Tensor(Tensor),
    Array(Array),
}

impl Thing {
    fn shape(&self, pickle: &Pickle<'_>) -> Result<Vec<usize>, ReadError> {
        match self {
            Self::Tensor(tensor) => sizes(pickle, tensor.shape),
            Self::Array(array) => sizes(pickle, array.shape),
        }
    }
}

/// A key on the way.
#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Key(&'a str),
    Number(i64),
}

struct Walk<'p, 'a, 'b> {
    pickle: &'p Pickle<'a>,
    budget: &'b mut Budget,
    /// One for each level; an instance's state is a level whose key is empty.
    path: Vec<Part<'a>>,
    found: BTreeMap<String, Thing>,
}

impl<'a> Walk<'_, 'a, '_> {
    fn visit(&mut self, id: Id) -> Result<(), ReadError> {
        self.budget.step(1)?;
        if self.path.len() > DEEPEST {
            return Err(ReadError::TooMuch("its parts lie in each other deeper than those of weights"));
        }
        let pickle = self.pickle;
        match pickle.nodes.get(id) {
            Node::Dict(pairs) => pairs.iter().try_for_each(|&(key, value)| self.entry(key, value)),
            Node::List(items) | Node::Tuple(items) => {
                (0..).zip(items).try_for_each(|(place, &item)| self.inside(Part::Number(place), item))
            }
            // An instance is what its state is; its name is that of the thing itself.
            Node::Object(Some(state)) => self.inside(Part::Key(""), *state),
            Node::Tensor(tensor) => self.find(Thing::Tensor(*tensor)),
            Node::Array(Some(array)) => self.find(Thing::Array(*array)),
            _ => Ok(()),
        }
    }

    /// A pair of a dictionary; what has no key that a name could be made of is no weight.
    fn entry(&mut self, key: Id, value: Id) -> Result<(), ReadError> {
        self.budget.step(1)?;
        match *self.pickle.nodes.get(key) {
            Node::Int(number) => self.inside(Part::Number(number), value),
            Node::Text(key) if key.len() <= LONGEST_KEY => self.inside(Part::Key(key), value),
            _ => Ok(()),
        }
    }

    fn inside(&mut self, part: Part<'a>, id: Id) -> Result<(), ReadError> {
        self.path.push(part);
        let visited = self.visit(id);
        self.path.pop();
        visited
    }

    /// A tensor. Its name is paid for before it is put together.
    fn find(&mut self, thing: Thing) -> Result<(), ReadError> {
        const LONGEST_NUMBER: usize = 20;
        let length = |part: &Part<'_>| match part {
            Part::Key(key) => key.len() + 1,
            Part::Number(_) => LONGEST_NUMBER + 1,
        };
        let length: usize = self.path.iter().map(length).sum();
        let bytes = TENSOR_BYTES + 2 * length as u64;
        self.budget.take(bytes, "its tensors have more names, or longer ones, than the file can hold")?;
        self.found.insert(name(&self.path), thing);
        Ok(())
    }
}

fn name(path: &[Part<'_>]) -> String {
    let mut name = String::new();
    for part in path.iter().filter(|part| !matches!(part, Part::Key(""))) {
        if !name.is_empty() {
            name.push('.');
        }
        match part {
            Part::Key(key) => name.push_str(key),
            Part::Number(number) => name.push_str(&number.to_string()),
        }
    }
    name
}

/// The pickle reader has seen that it is one.
fn sizes(pickle: &Pickle<'_>, shape: Id) -> Result<Vec<usize>, ReadError> {
    pickle.nodes.sizes(shape).ok_or(ReadError::Kind("one of its tensors has no shape"))
}

fn storage(pickle: &Pickle<'_>, tensor: &Tensor) -> Result<Storage, ReadError> {
    match pickle.nodes.get(tensor.storage) {
        Node::Storage(storage) => Ok(*storage),
        _ => Err(ReadError::Kind("one of its tensors has no storage")),
    }
}

fn of_storage(pickle: &Pickle<'_>, tensor: &Tensor, bytes: &[u8]) -> Result<Stored, ReadError> {
    let Storage { element, count, .. } = storage(pickle, tensor)?;
    if bytes.len() / element.size() < count {
        return Err(ReadError::Kind("one of its storages is shorter than it says"));
    }
    let (shape, strides) = (sizes(pickle, tensor.shape)?, sizes(pickle, tensor.strides)?);
    let view = View { offset: tensor.offset, shape, strides };
    let values = view.numbers(element, bytes);
    let values = values.ok_or(ReadError::Kind("one of its tensors reaches beyond its storage"))?;
    Ok(Stored { shape: view.shape, values })
}

fn of_array(pickle: &Pickle<'_>, array: &Array, budget: &mut Budget) -> Result<Stored, ReadError> {
    let view = View::whole(sizes(pickle, array.shape)?, array.columns_first);
    let count: usize = view.shape.iter().product();
    let raw = bytes_of(&pickle.nodes, array.bytes).unwrap_or(Raw::Bytes(&[]));
    let length = match raw {
        Raw::Bytes(bytes) => bytes.len(),
        Raw::Letters(text) => text.chars().count(),
    };
    if Some(length) != count.checked_mul(array.element.size()) {
        return Err(ReadError::Kind("one of its arrays has another number of values than its shape says"));
    }
    let bytes = match raw {
        Raw::Bytes(bytes) => Cow::Borrowed(bytes),
        Raw::Letters(text) => {
            budget.take(length as u64, "its arrays have more values than the file can hold")?;
            Cow::Owned(text.chars().map(|letter| letter as u32 as u8).collect())
        }
    };
    let values = view.numbers(array.element, &bytes).unwrap_or_default();
    Ok(Stored { shape: view.shape, values })
}
