//! What networks are made of, on Burn: layers, losses, optimisers, averaging, initialisation, mixtures.
//!
//! Opens no file and prints nothing. Every random number comes from [`impasto_random`], handed in by the caller;
//! Burn's own generator keeps its state inside the device, where it can't be saved, and is not used.

mod activation;
pub mod augment;
mod average;
mod foresight;
mod init;
pub mod layers;
pub mod loss;
mod mixture;
mod mode;
mod optimiser;
mod parameters;
mod precision;

pub use activation::Activation;
pub use average::Average;
pub use foresight::{Foreseen, foresee, foresee_map, foreseen};
pub use init::{Fill, Init};
pub use mixture::Mixture;
pub use mode::Mode;
pub use optimiser::{Optimiser, OptimiserKind, OptimiserSettings};
pub use parameters::{Exchange, exchange, frozen, parameter_count};
pub use precision::Precision;

pub use impasto_kernels::{Beyond, Resample, bend, instructions, modulate};

use burn::tensor::{Device, Tensor, TensorData};

/// A tensor from values that lie in memory.
///
/// # Panics
/// When the shape asks for another number of values.
pub fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The values of a tensor, in row-major order.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    // Every tensor in Impasto is made from f32 values, so the conversion can't meet another type.
    tensor.into_data().convert::<f32>().try_into_vec().unwrap_or_default()
}

/// The only value of a tensor that has one.
pub fn number(tensor: Tensor<1>) -> f64 {
    values(tensor).first().copied().map_or(f64::NAN, f64::from)
}

/// The mean over everything, summed picture by picture first: Burn's own total of more than four million values is
/// added up in an order that depends on the threads.
pub fn mean<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let pictures = tensor.dims()[0];
    let each = tensor.shape().num_elements() / pictures.max(1);
    tensor.reshape([pictures, each]).mean_dim(1).mean()
}

/// One row per label, 1 at the label's place: `[n, classes]`.
pub fn one_hot(labels: &[u32], classes: usize, device: &Device) -> Tensor<2> {
    let mut rows = vec![0.0; labels.len() * classes];
    for (row, &label) in rows.chunks_exact_mut(classes.max(1)).zip(labels) {
        if let Some(place) = row.get_mut(label as usize) {
            *place = 1.0;
        }
    }
    tensor(rows, [labels.len(), classes], device)
}
