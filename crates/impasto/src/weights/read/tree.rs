//! From what a pickle made to named tensors: names are the keys on the way, with dots between them.

use std::collections::{BTreeMap, HashMap};

use super::ReadError;
use super::globals::{Array, Storage, Tensor};
use super::pickle::{Id, Node, Pickle};
use crate::run::Stored;

/// Deeper than any weights lie.
const DEEPEST: usize = 32;
/// More things than are looked at: a small pickle can mean a huge tree by naming the same things again and again.
const MOST_THINGS: usize = 200_000;
/// Keys are shorter.
const LONGEST_KEY: usize = 256;

/// Where the values of a storage are.
pub(super) trait Storages {
    /// The numbers of a storage: at least as many as it says.
    fn values(&mut self, key: &str, storage: &Storage) -> Result<Vec<f32>, ReadError>;
}

/// For pickles that hold their numbers themselves.
pub(super) struct NoStorages;

impl Storages for NoStorages {
    fn values(&mut self, _: &str, _: &Storage) -> Result<Vec<f32>, ReadError> {
        Err(ReadError::Kind("its tensors lie in other files; give the whole file that PyTorch saved"))
    }
}

/// All tensors below the root. Together they have at most `budget` values.
pub(super) fn tensors(
    pickle: &Pickle<'_>,
    storages: &mut dyn Storages,
    budget: usize,
) -> Result<BTreeMap<String, Stored>, ReadError> {
    let mut walk = Walk { pickle, storages, budget, loaded: HashMap::new(), seen: 0, found: BTreeMap::new() };
    walk.visit(pickle.root, &mut Vec::new())?;
    Ok(walk.found)
}

struct Walk<'a, 'b> {
    pickle: &'a Pickle<'b>,
    storages: &'a mut dyn Storages,
    budget: usize,
    loaded: HashMap<String, Vec<f32>>,
    seen: usize,
    found: BTreeMap<String, Stored>,
}

impl Walk<'_, '_> {
    fn visit(&mut self, id: Id, path: &mut Vec<String>) -> Result<(), ReadError> {
        self.seen += 1;
        if path.len() > DEEPEST || self.seen > MOST_THINGS {
            return Err(ReadError::TooMuch(
                "its parts lie in each other deeper, or are more, than weights are",
            ));
        }
        let pickle = self.pickle;
        match pickle.node(id) {
            Node::Dict(pairs) => pairs.iter().try_for_each(|&(key, value)| match self.key(key) {
                Some(key) => self.inside(key, value, path),
                None => Ok(()),
            }),
            Node::List(items) | Node::Tuple(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(place, &item)| self.inside(place.to_string(), item, path)),
            // An instance is what its state is; its name is that of the thing itself.
            Node::Object(Some(state)) => {
                let state = *state;
                path.push(String::new());
                let visited = self.visit(state, path);
                path.pop();
                visited
            }
            Node::Tensor(tensor) => {
                let stored = self.of_storage(tensor)?;
                self.found.insert(name(path), stored);
                Ok(())
            }
            Node::Array(Some(array)) => {
                let stored = self.of_array(array)?;
                self.found.insert(name(path), stored);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn inside(&mut self, key: String, id: Id, path: &mut Vec<String>) -> Result<(), ReadError> {
        path.push(key);
        let visited = self.visit(id, path);
        path.pop();
        visited
    }

    fn key(&self, id: Id) -> Option<String> {
        match self.pickle.node(id) {
            Node::Int(number) => Some(number.to_string()),
            _ => self.pickle.text(id).filter(|key| key.len() <= LONGEST_KEY).map(str::to_owned),
        }
    }

    /// The number of values of a shape, taken from what is left.
    fn spend(&mut self, shape: &[usize]) -> Result<usize, ReadError> {
        let count = shape.iter().try_fold(1usize, |count, &side| count.checked_mul(side));
        let count = count.filter(|&count| count <= self.budget);
        let count = count.ok_or(ReadError::TooMuch("its tensors have more values than the file can hold"))?;
        self.budget -= count;
        Ok(count)
    }

    fn of_storage(&mut self, tensor: &Tensor) -> Result<Stored, ReadError> {
        let count = self.spend(&tensor.shape)?;
        let pickle = self.pickle;
        let Node::Storage(storage) = pickle.node(tensor.storage) else {
            return Err(ReadError::Kind("one of its tensors has no storage"));
        };
        let key = pickle.text(storage.key).unwrap_or_default();
        if !self.loaded.contains_key(key) {
            let values = self.storages.values(key, storage)?;
            self.loaded.insert(key.to_owned(), values);
        }
        let values = gathered(&self.loaded[key], tensor, count);
        let values = values.ok_or(ReadError::Kind("one of its tensors reaches beyond its storage"))?;
        Ok(Stored { shape: tensor.shape.clone(), values })
    }

    fn of_array(&mut self, array: &Array) -> Result<Stored, ReadError> {
        let count = self.spend(&array.shape)?;
        let bytes = &self.pickle.bytes[array.bytes.clone()];
        let letters = || std::str::from_utf8(bytes).unwrap_or_default().chars().map(|c| c as u32 as u8);
        let values = match array.latin {
            true => array.element.floats(&letters().collect::<Vec<u8>>()),
            false => array.element.floats(bytes),
        };
        if values.len() != count {
            return Err(ReadError::Kind(
                "one of its arrays has another number of values than its shape says",
            ));
        }
        let shape = array.shape.clone();
        if !array.columns_first {
            return Ok(Stored { shape, values });
        }
        let strides =
            shape.iter().scan(1, |next, &side| Some(std::mem::replace(next, *next * side))).collect();
        let turned = Tensor { storage: 0, offset: 0, shape, strides };
        let values = gathered(&values, &turned, count).unwrap_or_default();
        Ok(Stored { shape: turned.shape, values })
    }
}

/// The values of a view, last dimension fastest; `None` where it reaches beyond them.
fn gathered(values: &[f32], view: &Tensor, count: usize) -> Option<Vec<f32>> {
    let Tensor { offset, shape, strides, .. } = view;
    if count == 0 {
        return Some(Vec::new());
    }
    let reach =
        |sum: usize, (&side, &stride): (&usize, &usize)| sum.checked_add((side - 1).checked_mul(stride)?);
    let last = shape.iter().zip(strides).try_fold(*offset, reach)?;
    if last >= values.len() {
        return None;
    }
    if last - offset == count - 1 && strides.is_sorted_by(|a, b| a >= b) {
        return Some(values[*offset..=last].to_vec());
    }
    let place = |index: usize| {
        let sides = shape.iter().zip(strides).rev();
        let step = |(rest, at): (usize, usize), (&side, &stride)| (rest / side, at + rest % side * stride);
        sides.fold((index, *offset), step).1
    };
    Some((0..count).map(|index| values[place(index)]).collect())
}

fn name(path: &[String]) -> String {
    path.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(".")
}
