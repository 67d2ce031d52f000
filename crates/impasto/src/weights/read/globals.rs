//! The functions and classes that a pickle of tensors names, and what becomes of them: plain descriptions.

use std::ops::Range;

use super::ReadError;
use super::element::Element;
use super::pickle::{Id, Machine, Node};

/// More dimensions than any weight has.
const MOST_DIMENSIONS: usize = 8;

/// Where PyTorch keeps values: a file of its own, by key.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    pub(super) element: Element,
    /// A text.
    pub(super) key: Id,
    pub(super) count: usize,
}

/// A tensor of PyTorch: a view of a storage.
#[derive(Debug, Clone)]
pub(super) struct Tensor {
    pub(super) storage: Id,
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

/// What a numpy array consists of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) element: Element,
    pub(super) big_endian: bool,
}

/// A numpy array.
#[derive(Debug, Clone)]
pub(super) struct Array {
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    /// Whether the first dimension is the fastest.
    pub(super) columns_first: bool,
    pub(super) bytes: Range<usize>,
    /// Whether the bytes are written as the letters of a text.
    pub(super) latin: bool,
}

const TENSOR: &str = "torch._utils._rebuild_tensor_v2";
const PARAMETER: &str = "torch._utils._rebuild_parameter";
const ORDERED: &str = "collections.OrderedDict";
const ENCODE: &str = "_codecs.encode";
const NDARRAY: &str = "numpy.ndarray";
const DTYPE: &str = "numpy.dtype";
const ARRAYS: [&str; 2] = ["numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"];
const BUFFERS: [&str; 2] = ["numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer"];
const LISTS: [&str; 4] = ["intlist", "doublelist", "boollist", "tensorlist"];

/// Whether a name may stand in a pickle of weights.
pub(super) fn is_known(name: &str) -> bool {
    [TENSOR, PARAMETER, ORDERED, ENCODE, NDARRAY, DTYPE].contains(&name)
        || ARRAYS.contains(&name)
        || BUFFERS.contains(&name)
        || is_list(name)
        || is_script(name)
        || storage_element(name).is_some()
}

/// Classes of a TorchScript: here, bags of named values. Their code lies beside them and is not looked at.
fn is_script(name: &str) -> bool {
    name.starts_with("__torch__.")
}

fn is_list(name: &str) -> bool {
    name.strip_prefix("torch.jit._pickle.build_").is_some_and(|kind| LISTS.contains(&kind))
}

fn storage_element(name: &str) -> Option<Element> {
    Element::of_storage(name.strip_prefix("torch.")?.strip_suffix("Storage")?)
}

/// What REDUCE (a call) or NEWOBJ (a new instance) leaves on the stack.
pub(super) fn called(
    machine: &mut Machine<'_>,
    callee: Id,
    arguments: Id,
    instance: bool,
) -> Result<Node, ReadError> {
    let (Node::Global(name), Node::Tuple(arguments)) = (&machine.nodes[callee], &machine.nodes[arguments])
    else {
        return Err(machine.odd("a call of what is no function"));
    };
    match (name.as_str(), arguments.as_slice()) {
        (ORDERED, []) => Ok(Node::Dict(Vec::new())),
        (ORDERED, &[pairs]) if !instance => ordered(machine, pairs),
        (name, []) if instance && is_script(name) => Ok(Node::Object(None)),
        _ if instance => Err(machine.odd("a new instance of something that weights have not")),
        (TENSOR, [storage, offset, shape, strides, ..]) => {
            tensor(machine, [*storage, *offset, *shape, *strides])
        }
        (PARAMETER, [tensor, ..]) => match &machine.nodes[*tensor] {
            Node::Tensor(tensor) => Ok(Node::Tensor(tensor.clone())),
            _ => Err(machine.odd("a parameter of no tensor")),
        },
        // Settings of layers; the numbers that count are in the tensors.
        (name, [_]) if is_list(name) => Ok(Node::Number),
        (ENCODE, &[text, coding]) => latin(machine, text, coding),
        (DTYPE, [spelling, ..]) => kind(machine, *spelling),
        (name, _) if ARRAYS.contains(&name) => Ok(Node::Array(None)),
        (name, &[bytes, kind, shape, order]) if BUFFERS.contains(&name) => {
            let columns_first = machine.text(order) == Some("F");
            array(machine, shape, kind, columns_first, bytes)
        }
        _ => Err(machine.odd("a call with other arguments than weights have")),
    }
}

/// Python 2 made its ordered dictionaries of a list of pairs.
fn ordered(machine: &mut Machine<'_>, pairs: Id) -> Result<Node, ReadError> {
    let Node::List(pairs) = &mut machine.nodes[pairs] else {
        return Err(machine.odd("a dictionary of no list"));
    };
    // Taken, not copied: a list could be asked for again and again.
    let pairs = std::mem::take(pairs);
    let pair = |&pair: &Id| match &machine.nodes[pair] {
        Node::List(two) | Node::Tuple(two) => <[Id; 2]>::try_from(two.as_slice()).ok().map(|[k, v]| (k, v)),
        _ => None,
    };
    let pairs: Option<Vec<(Id, Id)>> = pairs.iter().map(pair).collect();
    pairs.map(Node::Dict).ok_or_else(|| machine.odd("a dictionary of what are no pairs"))
}

/// What BUILD does: it gives the state to a thing that was made before.
pub(super) fn built(machine: &mut Machine<'_>, thing: Id, state: Id) -> Result<(), ReadError> {
    let node = match &machine.nodes[thing] {
        Node::Object(None) => Node::Object(Some(state)),
        // Attributes of a dictionary: PyTorch keeps version numbers there.
        Node::Dict(_) => return Ok(()),
        Node::Kind(kind) => endian(machine, *kind, state)?,
        Node::Array(None) => {
            let Some(&[_, shape, kind, order, bytes]) = items(machine, state) else {
                return Err(machine.odd("an array whose state is not numpy's"));
            };
            let columns_first = matches!(machine.nodes[order], Node::Truth(true));
            array(machine, shape, kind, columns_first, bytes)?
        }
        _ => return Err(machine.odd("a state for what has none")),
    };
    machine.nodes[thing] = node;
    Ok(())
}

/// What BINPERSID stands for: `("storage", class, key, place, count, ...)`.
pub(super) fn persistent(machine: &Machine<'_>, what: Id) -> Result<Node, ReadError> {
    let Some(&[word, class, key, _, count, ..]) = items(machine, what) else {
        return Err(machine.odd("a storage without its five parts"));
    };
    let element = match &machine.nodes[class] {
        Node::Global(name) => storage_element(name),
        _ => None,
    };
    let (Some("storage"), Some(element), Some(_)) = (machine.text(word), element, machine.text(key)) else {
        return Err(machine.odd("a storage that is none"));
    };
    let count = size(machine, count).ok_or_else(|| machine.odd("a storage without a size"))?;
    Ok(Node::Storage(Storage { element, key, count }))
}

fn tensor(machine: &Machine<'_>, [storage, offset, shape, strides]: [Id; 4]) -> Result<Node, ReadError> {
    let sizes = (size(machine, offset), sizes(machine, shape), sizes(machine, strides));
    match (&machine.nodes[storage], sizes) {
        (Node::Storage(_), (Some(offset), Some(shape), Some(strides))) if shape.len() == strides.len() => {
            Ok(Node::Tensor(Tensor { storage, offset, shape, strides }))
        }
        _ => Err(machine.odd("a tensor without a storage or a size")),
    }
}

fn latin(machine: &Machine<'_>, text: Id, coding: Id) -> Result<Node, ReadError> {
    match (&machine.nodes[text], machine.text(coding)) {
        (Node::Text(range), Some("latin1")) => Ok(Node::Latin(range.clone())),
        _ => Err(machine.odd("bytes in another coding than latin1")),
    }
}

fn kind(machine: &Machine<'_>, spelling: Id) -> Result<Node, ReadError> {
    let element = machine.text(spelling).and_then(Element::of_numpy);
    let element = element.ok_or_else(|| machine.odd("an array of something else than plain numbers"))?;
    Ok(Node::Kind(Kind { element, big_endian: false }))
}

/// The state of a dtype: a version, the order of bytes, and fields that plain numbers have not.
fn endian(machine: &Machine<'_>, kind: Kind, state: Id) -> Result<Node, ReadError> {
    match items(machine, state) {
        Some([_, order, ..]) => {
            Ok(Node::Kind(Kind { big_endian: machine.text(*order) == Some(">"), ..kind }))
        }
        _ => Err(machine.odd("a kind of numbers without an order of bytes")),
    }
}

fn array(
    machine: &Machine<'_>,
    shape: Id,
    kind: Id,
    columns_first: bool,
    bytes: Id,
) -> Result<Node, ReadError> {
    let (range, latin) = match &machine.nodes[bytes] {
        Node::Bytes(range) => (range.clone(), false),
        // Python 2 wrote bytes as it wrote texts.
        Node::Text(range) => (range.clone(), false),
        Node::Latin(range) => (range.clone(), true),
        _ => return Err(machine.odd("an array without bytes")),
    };
    let (Node::Kind(kind), Some(shape)) = (&machine.nodes[kind], sizes(machine, shape)) else {
        return Err(machine.odd("an array without a shape or a kind"));
    };
    if kind.big_endian {
        return Err(machine.odd("an array with the highest byte first"));
    }
    Ok(Node::Array(Some(Array { element: kind.element, shape, columns_first, bytes: range, latin })))
}

fn items<'m>(machine: &'m Machine<'_>, id: Id) -> Option<&'m [Id]> {
    match &machine.nodes[id] {
        Node::Tuple(items) => Some(items),
        _ => None,
    }
}

fn size(machine: &Machine<'_>, id: Id) -> Option<usize> {
    match machine.nodes[id] {
        Node::Int(value) => usize::try_from(value).ok(),
        _ => None,
    }
}

fn sizes(machine: &Machine<'_>, id: Id) -> Option<Vec<usize>> {
    let items = items(machine, id)?;
    if items.len() > MOST_DIMENSIONS { None } else { items.iter().map(|&id| size(machine, id)).collect() }
}
