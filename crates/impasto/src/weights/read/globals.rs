//! The functions and classes that a pickle of tensors names, and what becomes of them: plain descriptions.

use super::ReadError;
use super::element::Element;
use super::nodes::{Id, Node, Nodes};
use super::pickle::Machine;

/// Keys of dictionaries and storages are shorter.
pub(super) const LONGEST_KEY: usize = 256;

/// Where PyTorch keeps values: a file of its own, by key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storage {
    pub(super) element: Element,
    /// A text of at most [`LONGEST_KEY`] bytes.
    pub(super) key: Id,
    pub(super) count: usize,
}

/// A tensor of PyTorch: a view of a storage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tensor {
    pub(super) storage: Id,
    pub(super) offset: usize,
    /// Sizes, and as many strides.
    pub(super) shape: Id,
    pub(super) strides: Id,
}

/// What a numpy array consists of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) element: Element,
    pub(super) big_endian: bool,
}

/// A numpy array.
#[derive(Debug, Clone, Copy)]
pub(super) struct Array {
    pub(super) element: Element,
    /// Sizes.
    pub(super) shape: Id,
    /// Whether the first dimension is the fastest.
    pub(super) columns_first: bool,
    /// Bytes, or a text that stands for some.
    pub(super) bytes: Id,
}

/// A name that may stand in a pickle of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Tensor,
    Parameter,
    Ordered,
    Encode,
    Dtype,
    /// The class of numpy's arrays; `NewArray` is called with it.
    Ndarray,
    NewArray,
    FromBuffer,
    /// Makes a list of settings.
    List,
    /// Classes of a TorchScript: here, bags of named values. Their code lies beside them and is not looked at.
    Script,
    Storage(Element),
}

impl Function {
    /// By its full name: `module.name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "torch._utils._rebuild_tensor_v2" => Self::Tensor,
            "torch._utils._rebuild_parameter" => Self::Parameter,
            "collections.OrderedDict" => Self::Ordered,
            "_codecs.encode" => Self::Encode,
            "numpy.dtype" => Self::Dtype,
            "numpy.ndarray" => Self::Ndarray,
            "numpy.core.multiarray._reconstruct" | "numpy._core.multiarray._reconstruct" => Self::NewArray,
            "numpy.core.numeric._frombuffer" | "numpy._core.numeric._frombuffer" => Self::FromBuffer,
            "torch.jit._pickle.build_intlist"
            | "torch.jit._pickle.build_doublelist"
            | "torch.jit._pickle.build_boollist"
            | "torch.jit._pickle.build_tensorlist" => Self::List,
            name if name.starts_with("__torch__.") => Self::Script,
            name => {
                let storage = name.strip_prefix("torch.")?.strip_suffix("Storage")?;
                Self::Storage(Element::of_storage(storage)?)
            }
        })
    }
}

/// What REDUCE (a call) or NEWOBJ (a new instance) leaves on the stack.
pub(super) fn called<'a>(
    machine: &mut Machine<'a, '_>,
    callee: Id,
    arguments: Id,
    instance: bool,
) -> Result<Node<'a>, ReadError> {
    let nodes = &machine.nodes;
    let (&Node::Function(function), Some(arguments)) = (nodes.get(callee), nodes.items(arguments)) else {
        return Err(machine.odd("a call of what is no function"));
    };
    match (function, arguments) {
        (Function::Ordered, []) => Ok(Node::Dict(Vec::new())),
        (Function::Ordered, &[pairs]) if !instance => ordered(machine, pairs),
        (Function::Script, []) if instance => Ok(Node::Object(None)),
        _ if instance => Err(machine.odd("a new instance of something that weights have not")),
        (Function::Tensor, &[storage, offset, shape, strides, ..]) => {
            tensor(machine, storage, offset, shape, strides)
        }
        (Function::Parameter, &[tensor, ..]) => match nodes.get(tensor) {
            Node::Tensor(tensor) => Ok(Node::Tensor(*tensor)),
            _ => Err(machine.odd("a parameter of no tensor")),
        },
        // Settings of layers; the numbers that count are in the tensors.
        (Function::List, [_]) => Ok(Node::Number),
        (Function::Encode, &[text, coding]) => latin(machine, text, coding),
        (Function::Dtype, &[spelling, ..]) => kind(machine, spelling),
        (Function::NewArray, _) => Ok(Node::Array(None)),
        (Function::FromBuffer, &[bytes, kind, shape, order]) => {
            let columns_first = nodes.text(order) == Some("F");
            array(machine, shape, kind, columns_first, bytes)
        }
        _ => Err(machine.odd("a call with other arguments than weights have")),
    }
}

/// Python 2 made its ordered dictionaries of a list of pairs.
fn ordered<'a>(machine: &mut Machine<'a, '_>, pairs: Id) -> Result<Node<'a>, ReadError> {
    let Node::List(pairs) = machine.nodes.get_mut(pairs) else {
        return Err(machine.odd("a dictionary of no list"));
    };
    // Taken, not copied: a list could be asked for again and again.
    let pairs = std::mem::take(pairs);
    machine.budget.step(pairs.len())?;
    let pair = |&pair: &Id| match machine.nodes.get(pair) {
        Node::List(two) | Node::Tuple(two) => <[Id; 2]>::try_from(two.as_slice()).ok().map(|[k, v]| (k, v)),
        _ => None,
    };
    let pairs: Option<Vec<(Id, Id)>> = pairs.iter().map(pair).collect();
    pairs.map(Node::Dict).ok_or_else(|| machine.odd("a dictionary of what are no pairs"))
}

/// What BUILD does: it gives the state to a thing that was made before.
pub(super) fn built(machine: &mut Machine<'_, '_>, thing: Id, state: Id) -> Result<(), ReadError> {
    let nodes = &machine.nodes;
    let node = match nodes.get(thing) {
        Node::Object(None) => Node::Object(Some(state)),
        // Attributes of a dictionary: PyTorch keeps version numbers there.
        Node::Dict(_) => return Ok(()),
        Node::Kind(kind) => endian(machine, *kind, state)?,
        Node::Array(None) => {
            let Some(&[_, shape, kind, order, bytes]) = nodes.items(state) else {
                return Err(machine.odd("an array whose state is not numpy's"));
            };
            let columns_first = matches!(nodes.get(order), Node::Truth(true));
            array(machine, shape, kind, columns_first, bytes)?
        }
        _ => return Err(machine.odd("a state for what has none")),
    };
    *machine.nodes.get_mut(thing) = node;
    Ok(())
}

/// What BINPERSID stands for: `("storage", class, key, place, count, ...)`.
pub(super) fn persistent<'a>(machine: &Machine<'a, '_>, what: Id) -> Result<Node<'a>, ReadError> {
    let nodes = &machine.nodes;
    let Some(&[word, class, key, _, count, ..]) = nodes.items(what) else {
        return Err(machine.odd("a storage without its five parts"));
    };
    let known_by = nodes.text(key).filter(|key| key.len() <= LONGEST_KEY);
    let (Some("storage"), &Node::Function(Function::Storage(element)), Some(_)) =
        (nodes.text(word), nodes.get(class), known_by)
    else {
        return Err(machine.odd("a storage that is none"));
    };
    let count = nodes.size(count).ok_or_else(|| machine.odd("a storage without a size"))?;
    Ok(Node::Storage(Storage { element, key, count }))
}

fn tensor<'a>(
    machine: &Machine<'a, '_>,
    storage: Id,
    offset: Id,
    shape: Id,
    strides: Id,
) -> Result<Node<'a>, ReadError> {
    let nodes = &machine.nodes;
    let sizes = (nodes.size(offset), nodes.sizes(shape), nodes.sizes(strides));
    match (nodes.get(storage), sizes) {
        (Node::Storage(_), (Some(offset), Some(sides), Some(steps))) if sides.len() == steps.len() => {
            Ok(Node::Tensor(Tensor { storage, offset, shape, strides }))
        }
        _ => Err(machine.odd("a tensor without a storage or a size")),
    }
}

fn latin<'a>(machine: &Machine<'a, '_>, text: Id, coding: Id) -> Result<Node<'a>, ReadError> {
    match (machine.nodes.text(text), machine.nodes.text(coding)) {
        (Some(text), Some("latin1")) => Ok(Node::Latin(text)),
        _ => Err(machine.odd("bytes in another coding than latin1")),
    }
}

fn kind<'a>(machine: &Machine<'a, '_>, spelling: Id) -> Result<Node<'a>, ReadError> {
    let element = machine.nodes.text(spelling).and_then(Element::of_numpy);
    let element = element.ok_or_else(|| machine.odd("an array of something else than plain numbers"))?;
    Ok(Node::Kind(Kind { element, big_endian: false }))
}

/// The state of a dtype: a version, the order of bytes, and fields that plain numbers have not.
fn endian<'a>(machine: &Machine<'a, '_>, kind: Kind, state: Id) -> Result<Node<'a>, ReadError> {
    match machine.nodes.items(state) {
        Some(&[_, order, ..]) => {
            Ok(Node::Kind(Kind { big_endian: machine.nodes.text(order) == Some(">"), ..kind }))
        }
        _ => Err(machine.odd("a kind of numbers without an order of bytes")),
    }
}

fn array<'a>(
    machine: &Machine<'a, '_>,
    shape: Id,
    kind: Id,
    columns_first: bool,
    bytes: Id,
) -> Result<Node<'a>, ReadError> {
    let nodes = &machine.nodes;
    if bytes_of(nodes, bytes).is_none() {
        return Err(machine.odd("an array without bytes"));
    }
    let (&Node::Kind(kind), Some(_)) = (nodes.get(kind), nodes.sizes(shape)) else {
        return Err(machine.odd("an array without a shape or a kind"));
    };
    if kind.big_endian {
        return Err(machine.odd("an array with the highest byte first"));
    }
    Ok(Node::Array(Some(Array { element: kind.element, shape, columns_first, bytes })))
}

/// What an array is made of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Raw<'a> {
    Bytes(&'a [u8]),
    /// Each letter stands for a byte.
    Letters(&'a str),
}

/// Python 2 wrote bytes as it wrote texts.
pub(super) fn bytes_of<'a>(nodes: &Nodes<'a>, id: Id) -> Option<Raw<'a>> {
    match nodes.get(id) {
        Node::Bytes(bytes) => Some(Raw::Bytes(bytes)),
        Node::Text(text) => Some(Raw::Bytes(text.as_bytes())),
        Node::Latin(text) => Some(Raw::Letters(text)),
        _ => None,
    }
}
