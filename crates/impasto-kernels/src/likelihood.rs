//! The likelihood of pictures that are chances of ink, in one pass each way.

use std::mem::MaybeUninit;

use burn::tensor::{Tensor, activation};
use rayon::prelude::*;

use crate::covers;
use crate::dispatch::vectorised;
use crate::exponential::{sigmoid, softplus};
use crate::record::{Operand, record};
use crate::room::written;

/// `-ln p(x)` for each row, `[n]`: the sum of `ln(1 + exp(l)) - x l`, where `x` in [0, 1] are chances and `l` logits.
///
/// # Panics
/// When the shapes differ.
pub fn bernoulli(logits: Tensor<2>, x: Tensor<2>) -> Tensor<1> {
    assert_eq!(logits.dims(), x.dims(), "logits and chances");
    if !covers(&logits.device().inner()) {
        return composed(logits, x);
    }
    let [rows, width] = logits.dims();
    let [logits, x] = [Operand::new(logits), Operand::new(x)];
    let of_row = |at: usize| {
        let [logits, x] = [&logits, &x].map(|values| &values.slice()[at * width..][..width]);
        row(logits, x) as f32
    };
    let output = (0..rows).into_par_iter().map(of_row).collect();
    let kept = [logits.kept(), x.kept()];
    record([logits, x], output, [rows], move |gradient, _, wanted| {
        let [logits, x] = kept.each_ref().map(|kept| kept.slice());
        let of_logits = wanted[0].then(|| back(gradient, width, logits, x));
        let of_x = || logits.iter().enumerate().map(|(at, l)| -l * gradient[at / width]).collect();
        [of_logits, wanted[1].then(of_x)]
    })
}

/// The same of Burn's operations.
fn composed(logits: Tensor<2>, x: Tensor<2>) -> Tensor<1> {
    let softplus = activation::log_sigmoid(logits.clone().neg()).neg();
    (softplus - x * logits).sum_dim(1).squeeze_dim(1)
}

vectorised! {
    /// In sixteen sums, so that the order of additions is the same however wide the vectors are.
    fn row(logits: &[f32], x: &[f32]) -> f64 {
        let mut total = 0.0;
        for (logits, x) in logits.chunks(1024).zip(x.chunks(1024)) {
            let mut sums = [0f32; 16];
            let ((logits, rest), (x, rest_of_x)) = (logits.as_chunks::<16>(), x.as_chunks::<16>());
            for (logits, x) in logits.iter().zip(x) {
                for lane in 0..16 {
                    sums[lane] += softplus(logits[lane]) - x[lane] * logits[lane];
                }
            }
            let rest = rest.iter().zip(rest_of_x).map(|(&l, &x)| f64::from(softplus(l) - x * l));
            total += sums.iter().copied().map(f64::from).sum::<f64>() + rest.sum::<f64>();
        }
        total
    }
}

/// `(1 / (1 + exp(-l)) - x) * g` with the gradient `g` of the row.
fn back(gradient: &[f32], width: usize, logits: &[f32], x: &[f32]) -> Vec<f32> {
    let write = |at: usize, place: &mut [MaybeUninit<f32>]| {
        // A block may begin and end inside of a row.
        let mut start = 0;
        while start < place.len() {
            let row = (at + start) / width;
            let end = place.len().min((row + 1) * width - at);
            let part = at + start..at + end;
            back_part(gradient[row], &logits[part.clone()], &x[part], &mut place[start..end]);
            start = end;
        }
    };
    // SAFETY: the parts cover the block.
    unsafe { written(logits.len(), write) }
}

vectorised! {
    fn back_part(gradient: f32, logits: &[f32], x: &[f32], place: &mut [MaybeUninit<f32>]) {
        for ((place, &l), &x) in place.iter_mut().zip(logits).zip(x) {
            place.write((sigmoid(l) - x) * gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use impasto_random::Random;

    fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_into_vec().expect("values of type f32")
    }

    /// Value and both gradients, each row weighed differently.
    fn run([rows, width]: [usize; 2], of: fn(Tensor<2>, Tensor<2>) -> Tensor<1>) -> Vec<f32> {
        let device = Device::flex().autodiff();
        let mut random = Random::new(1, "likelihood", 0);
        let leaf =
            |values| Tensor::<2>::from_data(TensorData::new(values, [rows, width]), &device).require_grad();
        let logits = leaf(random.normals(rows * width).iter().map(|v| 5.0 * v).collect::<Vec<_>>());
        let x = leaf(random.uniforms(rows * width, 0.0, 1.0));
        let weights = Tensor::<1>::from_data(TensorData::new(random.normals(rows), [rows]), &device);
        let value = of(logits.clone(), x.clone());
        let gradients = (value.clone() * weights).sum().backward();
        let gradient = |leaf: Tensor<2>| read(leaf.grad(&gradients).expect("a gradient"));
        [read(value), gradient(logits), gradient(x)].concat()
    }

    #[test]
    fn values_and_gradients_are_those_of_burn() {
        for shape in [[1, 1], [3, 15], [15, 16], [17, 17], [5, 784], [7, 3001], [2, 20_000]] {
            let (ours, theirs) = (run(shape, bernoulli), run(shape, composed));
            let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5 * b.abs().max(1.0);
            assert!(ours.len() == theirs.len() && ours.iter().zip(&theirs).all(close), "{shape:?}");
        }
    }

    #[test]
    fn logits_of_any_size_are_safe_and_what_is_no_number_shows() {
        let device = Device::flex();
        let of = |logits: [f32; 2]| {
            let x = Tensor::<2>::from_data([[1.0, 0.0]], &device);
            read(bernoulli(Tensor::from_data([logits], &device), x))[0]
        };
        assert_eq!(of([1e4, -1e4]), 0.0);
        assert_eq!(of([-1e4, 1e4]), 2e4);
        assert!(of([f32::NAN, 0.0]).is_nan() && !of([0.0, f32::INFINITY]).is_finite());
    }
}
