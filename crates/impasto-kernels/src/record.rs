//! The bridge to Burn: tensors to slices and back, and one function that records an operation with its own backward.
//!
//! Everything here is for Burn's CPU backend, `flex`. Callers ask [`covers`] first; where it says no, because a tensor
//! lives elsewhere or the environment says `IMPASTO_KERNELS=off`, they use Burn's own operations.

use std::sync::{Arc, OnceLock};

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, DispatchDevice, Flex};
use burn::tensor::{Device, Tensor, TensorData};

/// Whether these kernels may be used at all: not when the environment says `IMPASTO_KERNELS=off`.
pub fn enabled() -> bool {
    static ENABLED: OnceLock<bool> = OnceLock::new();
    *ENABLED.get_or_init(|| std::env::var("IMPASTO_KERNELS").map_or(true, |value| value != "off"))
}

/// Whether tensors of this device are computed here.
pub fn covers(device: &Device) -> bool {
    enabled() && matches!(device.clone().inner().as_dispatch(), DispatchDevice::Flex(_))
}

/// A tensor that remembers how it was made.
type Node = FloatTensor<Autodiff<Flex>>;

/// An operand: contiguous values in memory, with a place in the graph when gradients are wanted.
#[derive(Clone)]
pub(crate) struct Operand {
    graph: Option<Node>,
    values: FlexTensor,
}

impl Operand {
    /// Takes the tensor apart.
    pub(crate) fn new<const D: usize>(tensor: Tensor<D>) -> Self {
        if tensor.is_autodiff() {
            let graph = tensor.try_into_primitive::<Autodiff<Flex>>().expect("a tensor of the flex backend");
            let values = contiguous(graph.primitive().clone());
            Self { graph: Some(graph), values }
        } else {
            let values = tensor.try_into_primitive::<Flex>().expect("a tensor of the flex backend");
            Self { graph: None, values: contiguous(values) }
        }
    }

    /// The values, row by row.
    pub(crate) fn slice(&self) -> &[f32] {
        slice(&self.values)
    }

    /// The values as something that a backward can keep.
    pub(crate) fn kept(&self) -> Kept {
        Kept(self.values.clone())
    }
}

/// Values kept for the backward.
#[derive(Clone)]
pub(crate) struct Kept(FlexTensor);

impl Kept {
    pub(crate) fn slice(&self) -> &[f32] {
        slice(&self.0)
    }
}

fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.as_slice::<f32>().is_some() { tensor } else { tensor.to_contiguous() }
}

fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice::<f32>().expect("contiguous values of type f32")
}

/// What the backward gives for each operand: values in the operand's shape, where they are wanted.
pub(crate) type Grads<const N: usize> = [Option<Vec<f32>>; N];

/// Makes a tensor of the output, and records how its gradient goes back to the operands.
///
/// `backward` gets the output's gradient, the output's values, and which operands want a gradient; it is asked only
/// for those, and what it gives for others is dropped.
pub(crate) fn record<const N: usize, const D: usize>(
    operands: [Operand; N],
    output: Vec<f32>,
    shape: [usize; D],
    backward: impl Fn(&[f32], &[f32], [bool; N]) -> Grads<N> + Send + Sync + 'static,
) -> Tensor<D> {
    let output = FlexTensor::from_data(TensorData::new(output, shape));
    if operands.iter().all(|operand| operand.graph.is_none()) {
        return Tensor::from_primitive::<Flex>(output);
    }
    let shapes: [Vec<usize>; N] = operands.each_ref().map(|operand| operand.values.layout().shape().to_vec());
    let parents = operands
        .map(|operand| operand.graph.unwrap_or_else(|| Node::new(operand.values)))
        .map(|parent| parent.node());
    let recorded = match Recorded.prepare::<NoCheckpointing>(parents).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let state = State { shapes, output: Kept(output.clone()), backward: Arc::new(backward) };
            prep.finish(state, output)
        }
        OpsKind::UnTracked(prep) => prep.finish(output),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(recorded)
}

#[derive(Debug)]
struct Recorded;

type BackwardOf<const N: usize> = dyn Fn(&[f32], &[f32], [bool; N]) -> Grads<N> + Send + Sync;

#[derive(Clone)]
struct State<const N: usize> {
    shapes: [Vec<usize>; N],
    output: Kept,
    backward: Arc<BackwardOf<N>>,
}

impl<const N: usize> std::fmt::Debug for State<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("shapes", &self.shapes).finish_non_exhaustive()
    }
}

impl<const N: usize> Backward<Flex, N> for Recorded {
    type State = State<N>;

    fn backward(self, ops: Ops<State<N>, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Ops { parents, node, state } = ops;
        let gradient = contiguous(gradients.consume::<Flex>(&node));
        let wanted = parents.each_ref().map(Option::is_some);
        let (gradient, output) = (slice(&gradient), state.output.slice());
        assert_eq!(gradient.len(), output.len(), "a gradient and its output");
        let found = (state.backward)(gradient, output, wanted);
        for ((parent, values), shape) in parents.into_iter().zip(found).zip(state.shapes) {
            if let (Some(parent), Some(values)) = (parent, values) {
                let values = FlexTensor::from_data(TensorData::new(values, shape));
                gradients.register::<Flex>(parent.id, values);
            }
        }
    }
}
