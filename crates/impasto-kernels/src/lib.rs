//! Fast loops for the CPU: convolutions, dense layers, norms, activations and the steps of optimisers, as functions on
//! Burn's tensors with gradients of their own.
//!
//! On any other device than the CPU, and with `IMPASTO_KERNELS=off` in the environment, each function is made of Burn's
//! own operations. `IMPASTO_KERNELS=avx2` or `plain` asks for less than the processor has. Results don't depend on the
//! number of threads. This is the only crate with `unsafe` code.

mod activation;
mod awake;
mod conv;
mod dense;
mod dispatch;
mod dropout;
mod exponential;
mod fixed;
mod flip;
mod gain;
mod likelihood;
mod limit;
#[cfg(feature = "mimalloc")]
mod memory;
mod modulate;
mod narrow;
mod norm;
mod ops;
mod picture;
mod pool;
mod products;
mod record;
mod resample;
mod room;
mod sum;
mod tile;
mod update;
mod warp;

pub use activation::{Activation, activate};
pub use awake::awake;
pub use conv::Geometry;
pub use dropout::dropout;
pub use fixed::FixedWeight;
pub use gain::pairs_are_faster;
pub use likelihood::bernoulli;
#[cfg(feature = "mimalloc")]
pub use memory::keep_memory;
pub use modulate::{bend, modulate};
pub use norm::{batch_norm_apply, batch_norm_train};
pub use ops::{conv_transpose2d, conv2d, linear};
pub use pool::{Pool, pool2d};
pub use products::{Products, with_products};
pub use record::{covers, enabled};
pub use resample::{Beyond, Resample};
pub use tile::{has_pairs, instructions};
pub use update::{Beside, Rule, blend, step};
pub use warp::{Plan, warp};
