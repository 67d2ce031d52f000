//! Dropout (Srivastava and others, 2014): drawn, applied and recorded in one pass.
//!
//! No mask is kept for the backward. What is dropped becomes 0, and a zero that is kept becomes -0, which is the same
//! number; so the output itself tells which values were dropped.

use std::mem::MaybeUninit;

use burn::tensor::{Tensor, TensorData};

use crate::covers;
use crate::dispatch::vectorised;
use crate::record::{Operand, record};
use crate::room::{BLOCK, written};

/// Random bytes that decide each value.
const BYTES: usize = 2;

/// Sets a share of the values to zero and scales the others so that the mean stays.
///
/// Sixteen random bits decide each value, so the share is rounded to the nearest multiple of 2^-16 (but not up to 1).
/// `draw` fills the bytes for the block of this number; it must give the same bytes for the same number.
pub fn dropout<const D: usize>(x: Tensor<D>, share: f64, draw: impl Fn(u64, &mut [u8]) + Sync) -> Tensor<D> {
    let (shape, device) = (x.dims(), x.device().inner());
    let drops = Drops::new(share);
    if !covers(&device) {
        let ones = vec![1.0; shape.iter().product()];
        let mask = drops.forward(&ones, draw);
        return x * Tensor::from_data(TensorData::new(mask, shape), &device);
    }
    let x = Operand::new(x);
    let output = drops.forward(x.slice(), draw);
    record([x], output, shape, move |gradient, output, _| [Some(drops.backward(gradient, output))])
}

/// Which values fall out, and what the others are multiplied by.
#[derive(Clone, Copy)]
struct Drops {
    below: u16,
    factor: f32,
}

impl Drops {
    fn new(share: f64) -> Self {
        let steps = f64::from(u16::MAX) + 1.0;
        // A float that is too large for the type becomes the largest of it.
        let below = (share * steps).round() as u16;
        Self { below, factor: (steps / (steps - f64::from(below))) as f32 }
    }

    fn forward(self, x: &[f32], draw: impl Fn(u64, &mut [u8]) + Sync) -> Vec<f32> {
        let write = |at: usize, place: &mut [MaybeUninit<f32>]| {
            let mut bytes = [0; BYTES * BLOCK];
            let bytes = &mut bytes[..BYTES * place.len()];
            draw((at / BLOCK) as u64, bytes);
            drop_block(self, bytes.as_chunks().0, &x[at..at + place.len()], place);
        };
        // SAFETY: values and bytes are as many as the place has.
        unsafe { written(x.len(), write) }
    }

    fn backward(self, gradient: &[f32], output: &[f32]) -> Vec<f32> {
        assert_eq!(gradient.len(), output.len(), "a gradient and its output");
        let write = |at: usize, place: &mut [MaybeUninit<f32>]| {
            let block = at..at + place.len();
            pass_block(self, &gradient[block.clone()], &output[block], place);
        };
        // SAFETY: the blocks are as long as the place.
        unsafe { written(gradient.len(), write) }
    }
}

vectorised! {
    fn drop_block(drops: Drops, bytes: &[[u8; BYTES]], x: &[f32], place: &mut [MaybeUninit<f32>]) {
        for ((place, &bytes), &x) in place.iter_mut().zip(bytes).zip(x) {
            let scaled = x * drops.factor;
            let marked = if scaled == 0.0 { -0.0 } else { scaled };
            place.write(if u16::from_le_bytes(bytes) < drops.below { 0.0 } else { marked });
        }
    }
}

vectorised! {
    fn pass_block(drops: Drops, gradient: &[f32], output: &[f32], place: &mut [MaybeUninit<f32>]) {
        for ((place, &gradient), &output) in place.iter_mut().zip(gradient).zip(output) {
            place.write(if output.to_bits() == 0 { 0.0 } else { gradient * drops.factor });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_random::Random;

    fn draw(block: u64, bytes: &mut [u8]) {
        Random::new(1, "dropout", block).bytes(bytes);
    }

    fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_into_vec().expect("values of type f32")
    }

    #[test]
    fn the_share_falls_out_and_the_mean_stays() {
        for share in [0.001, 0.3, 0.9] {
            let out = Drops::new(share).forward(&vec![1.0; 1 << 20], draw);
            let zeros = out.iter().filter(|&&v| v == 0.0).count() as f64 / out.len() as f64;
            let mean = out.iter().map(|&v| f64::from(v)).sum::<f64>() / out.len() as f64;
            assert!((zeros - share).abs() < 2e-3 && (mean - 1.0).abs() < 1e-2, "{zeros} zeros, mean {mean}");
        }
    }

    #[test]
    fn the_gradient_passes_where_the_value_was_kept_even_where_it_was_zero() {
        let device = Device::flex().autodiff();
        let x =
            Tensor::<1>::from_data([[0.0f32, -0.0, 2.0, -3.0]; 1000].as_flattened(), &device).require_grad();
        let y = dropout(x.clone(), 0.25, draw);
        let passed = read(x.grad(&y.clone().sum().backward()).expect("a gradient"));
        let mask = Drops::new(0.25).forward(&[1.0; 4000], draw);
        assert_eq!(passed, mask);
        let y = read(y);
        assert!((0..4000).all(|at| y[at] == [0.0, -0.0, 2.0, -3.0][at % 4] * mask[at]));
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| Drops::new(0.5).forward(&[1.0; 100_001], draw))
        };
        assert_eq!(with(1), with(2));
    }

    #[test]
    fn any_size_is_decided_value_by_value_there_and_back() {
        for size in [0, 1, 15, 16, 17, BLOCK + 1] {
            let (drops, x) = (Drops::new(0.4), Random::new(2, "x", size as u64).normals(size));
            let out = drops.forward(&x, draw);
            assert_eq!(drops.backward(&x, &out), out, "{size}");
            for (block, (x, out)) in x.chunks(BLOCK).zip(out.chunks(BLOCK)).enumerate() {
                let mut bytes = vec![0; BYTES * x.len()];
                draw(block as u64, &mut bytes);
                let falls = bytes.as_chunks().0.iter().map(|&pair| u16::from_le_bytes(pair) < drops.below);
                let expected = falls.zip(x).map(|(falls, x)| if falls { 0.0 } else { x * drops.factor });
                assert!(expected.eq(out.iter().copied()), "{size}");
            }
        }
    }

    #[test]
    fn nothing_or_nearly_everything_may_fall_out() {
        assert_eq!(Drops::new(0.0).forward(&[1.0; 5], draw), [1.0; 5]);
        let out = Drops::new(0.999_999_9).forward(&[1.0; 5000], draw);
        assert!(out.iter().all(|v| v.is_finite()));
    }

    #[test]
    fn what_is_not_a_number_stays_so_where_it_is_kept() {
        let out = Drops::new(0.5).forward(&[f32::NAN; 1000], draw);
        assert!(out.iter().any(|v| v.is_nan()));
    }
}
