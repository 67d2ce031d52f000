//! What follows a sum, applied where the sum is still in the cache.

use std::mem::MaybeUninit;

use burn::tensor::{Tensor, activation};

use crate::covers;
use crate::dispatch::vectorised;
use crate::exponential::tanh;
use crate::record::{Operand, record};
use crate::room::written;

/// Runs the body with `$of`, the activation as a function of one number. The choice is made outside of its loops.
macro_rules! with_activation {
    ($activation:expr, |$of:ident| $body:expr) => {
        match $activation {
            $crate::Activation::None => {
                let $of = |z: f32| z;
                $body
            }
            $crate::Activation::Leaky(slope) => {
                let $of = |z: f32| if z > 0.0 { z } else { z * slope };
                $body
            }
            $crate::Activation::Tanh(scale) => {
                let $of = |z: f32| $crate::exponential::tanh(z * scale);
                $body
            }
        }
    };
}
pub(crate) use with_activation;

/// Runs the body with `$bend`, which makes the gradient before the activation from the gradient after it, the
/// activation's input and its output. What is not needed of these is never loaded.
macro_rules! with_derivative {
    ($activation:expr, |$bend:ident| $body:expr) => {
        match $activation {
            $crate::Activation::None => {
                let $bend = |g: f32, _z: f32, _y: f32| g;
                $body
            }
            $crate::Activation::Leaky(slope) => {
                let $bend = |g: f32, z: f32, _y: f32| if z > 0.0 { g } else { g * slope };
                $body
            }
            $crate::Activation::Tanh(scale) => {
                let $bend = |g: f32, _z: f32, y: f32| g * (scale * (1.0 - y * y));
                $body
            }
        }
    };
}
pub(crate) use with_derivative;

/// A function of one value whose derivative can be read from its output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// Nothing.
    None,
    /// `x` above zero, `slope * x` below; a slope of 0 is relu.
    Leaky(f32),
    /// `tanh(scale * x)`; with a scale of 0.5 it is a sigmoid stretched to (-1, 1).
    Tanh(f32),
}

/// Applies it to every value.
pub fn activate<const D: usize>(x: Tensor<D>, activation: Activation) -> Tensor<D> {
    if activation == Activation::None {
        return x;
    }
    if !covers(&x.device()) {
        return composed(x, activation);
    }
    let shape = x.dims();
    let x = Operand::new(x);
    let output = activation.of(x.slice());
    record([x], output, shape, move |gradient, output, _| [Some(activation.back(gradient, output))])
}

/// The same of Burn's operations.
pub(crate) fn composed<const D: usize>(x: Tensor<D>, activation: Activation) -> Tensor<D> {
    match activation {
        Activation::None => x,
        Activation::Leaky(0.0) => activation::relu(x),
        Activation::Leaky(slope) => activation::leaky_relu(x, f64::from(slope)),
        Activation::Tanh(1.0) => x.tanh(),
        Activation::Tanh(scale) => x.mul_scalar(scale).tanh(),
    }
}

impl Activation {
    /// Applies it in place.
    #[inline]
    pub(crate) fn apply(self, values: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Leaky(slope) => apply_leaky(values, slope),
            Self::Tanh(scale) => apply_tanh(values, scale),
        }
    }

    /// Of every value.
    fn of(self, x: &[f32]) -> Vec<f32> {
        // SAFETY: the block of `x` is as long as the place.
        unsafe { written(x.len(), |at, place| write_values(self, &x[at..at + place.len()], place)) }
    }

    /// The gradient of the inputs, where the outputs are `y`.
    pub(crate) fn back(self, gradient: &[f32], y: &[f32]) -> Vec<f32> {
        assert_eq!(gradient.len(), y.len(), "a gradient and its output");
        let write = |at: usize, place: &mut [MaybeUninit<f32>]| {
            let block = at..at + place.len();
            write_gradient(self, &gradient[block.clone()], &y[block], place);
        };
        // SAFETY: the blocks are as long as the place.
        unsafe { written(gradient.len(), write) }
    }
}

vectorised! {
    fn apply_leaky(values: &mut [f32], slope: f32) {
        values.iter_mut().for_each(|v| *v *= if *v > 0.0 { 1.0 } else { slope });
    }
}

vectorised! {
    fn apply_tanh(values: &mut [f32], scale: f32) {
        values.iter_mut().for_each(|v| *v = tanh(*v * scale));
    }
}

vectorised! {
    fn write_values(activation: Activation, x: &[f32], place: &mut [MaybeUninit<f32>]) {
        with_activation!(activation, |of| place.iter_mut().zip(x).for_each(|(place, &x)| _ = place.write(of(x))))
    }
}

vectorised! {
    fn write_gradient(activation: Activation, gradient: &[f32], y: &[f32], place: &mut [MaybeUninit<f32>]) {
        // In these, the sign of the input is that of the output.
        with_derivative!(activation, |bend| {
            let values = gradient.iter().zip(y);
            place.iter_mut().zip(values).for_each(|(place, (&g, &y))| _ = place.write(bend(g, y, y)));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use impasto_random::Random;

    const ALL: [Activation; 5] = [
        Activation::None,
        Activation::Leaky(0.0),
        Activation::Leaky(0.2),
        Activation::Tanh(1.0),
        Activation::Tanh(0.5),
    ];

    fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_into_vec().expect("values of type f32")
    }

    #[test]
    fn values_and_gradients_are_those_of_burn() {
        let device = Device::flex().autodiff();
        for (activation, len) in ALL.into_iter().flat_map(|a| [1, 15, 16, 17, 5 * 4096 + 3].map(|n| (a, n))) {
            let drawn = Random::new(1, "x", len as u64).normals(2 * len);
            let [x, weights] = [0, len].map(|at| TensorData::new(drawn[at..at + len].to_vec(), [len]));
            let weights = Tensor::<1>::from_data(weights, &device);
            let run = |forward: &dyn Fn(Tensor<1>) -> Tensor<1>| {
                let x = Tensor::<1>::from_data(x.clone(), &device).require_grad();
                let y = forward(x.clone());
                let gradients = (y.clone() * weights.clone()).sum().backward();
                [read(y), read(x.grad(&gradients).expect("a gradient"))]
            };
            let (ours, theirs) = (run(&|x| activate(x, activation)), run(&|x| composed(x, activation)));
            for (ours, theirs) in ours.into_iter().flatten().zip(theirs.into_iter().flatten()) {
                assert!(
                    (ours - theirs).abs() < 1e-6 * theirs.abs().max(1.0),
                    "{activation:?}: {ours}, {theirs}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        for activation in ALL {
            let x = Tensor::<1>::from_data([1.0, f32::NAN, f32::INFINITY], &Device::flex());
            let y = read(activate(x, activation));
            assert!(y[1].is_nan() && !y[2].is_nan(), "{activation:?}: {y:?}");
        }
    }
}
