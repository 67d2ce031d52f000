//! A factor and a summand for each channel of each picture, and an activation behind them, in one pass.

use std::mem::MaybeUninit;

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::activation::{Activation, activate, with_activation};
use crate::dispatch::vectorised;
use crate::ops::{bent, plane_sum};
use crate::record::{Operand, covers, record};
use crate::room::planes;

/// `activation(x (1 + scale) + shift)`: `[n, c, h, w]` with `[n, c]` and `[n, c]`.
///
/// # Panics
/// When there are not as many factors and summands as planes.
pub fn modulate(x: Tensor<4>, scale: Tensor<2>, shift: Tensor<2>, activation: Activation) -> Tensor<4> {
    let shape @ [n, channels, height, width] = x.dims();
    assert_eq!([scale.dims(), shift.dims()], [[n, channels]; 2], "factors and summands for {shape:?}");
    if !covers(&x.device()) {
        let plane = |values: Tensor<2>| values.reshape([n, channels, 1, 1]);
        return activate(x * plane(scale).add_scalar(1.0) + plane(shift), activation);
    }
    let (count, area) = (n * channels, height * width);
    let (x, scale, shift) = (Operand::new(x), Operand::new(scale), Operand::new(shift));
    let summands = Some(shift.slice());
    let output = scaled_planes(activation, x.slice(), scale.slice(), summands, area);
    let (kept_x, kept_scale) = (x.kept(), scale.kept());
    record([x, scale, shift], output, shape, move |gradient, y, wanted| {
        let gradient = &bent(gradient, y, activation)[..];
        let plane = |plane: usize| plane * area..(plane + 1) * area;
        let for_x = || scaled_planes(Activation::None, gradient, kept_scale.slice(), None, area);
        let for_scale = || each(count, |at| product(&gradient[plane(at)], &kept_x.slice()[plane(at)]));
        let for_shift = || each(count, |at| plane_sum(&gradient[plane(at)]));
        [wanted[0].then(for_x), wanted[1].then(for_scale), wanted[2].then(for_shift)]
    })
}

/// The gradient before an activation whose output was `y`: what goes back through it. `y` is a constant.
///
/// # Panics
/// When the shapes differ.
pub fn bend<const D: usize>(gradient: Tensor<D>, y: Tensor<D>, activation: Activation) -> Tensor<D> {
    assert_eq!(gradient.dims(), y.dims(), "a gradient and its output");
    let y = if y.is_autodiff() { y.inner() } else { y };
    if !covers(&gradient.device()) {
        let slope = slope(y, activation);
        return if gradient.is_autodiff() { gradient * slope.autodiff() } else { gradient * slope };
    }
    let shape = gradient.dims();
    let (gradient, y) = (Operand::new(gradient), Operand::new(y).kept());
    let output = activation.back(gradient.slice(), y.slice());
    record([gradient], output, shape, move |gradient, _, _| [Some(activation.back(gradient, y.slice()))])
}

/// The derivative where the output is `y`, of Burn's operations.
fn slope<const D: usize>(y: Tensor<D>, activation: Activation) -> Tensor<D> {
    match activation {
        Activation::None => y.ones_like(),
        Activation::Leaky(slope) => {
            let above = y.greater_elem(0.0).float();
            above.mul_scalar(1.0 - slope).add_scalar(slope)
        }
        Activation::Tanh(scale) => y.square().neg().add_scalar(1.0).mul_scalar(scale),
    }
}

/// Each plane times `1 + scale`, plus its summand.
fn scaled_planes(
    activation: Activation,
    x: &[f32],
    scale: &[f32],
    summands: Option<&[f32]>,
    area: usize,
) -> Vec<f32> {
    // SAFETY: a plane of `x` is as long as the room for it.
    unsafe {
        planes(scale.len(), area, 0, |plane, _, out| {
            let summand = summands.map_or(0.0, |summands| summands[plane]);
            scaled(activation, &x[plane * area..][..area], 1.0 + scale[plane], summand, out);
        })
    }
}

/// A number for each plane.
fn each(count: usize, of: impl Fn(usize) -> f32 + Send + Sync) -> Vec<f32> {
    (0..count).into_par_iter().with_min_len(64).map(of).collect()
}

vectorised! {
    fn scaled(activation: Activation, x: &[f32], factor: f32, summand: f32, out: &mut [MaybeUninit<f32>]) {
        with_activation!(activation, |of| {
            out.iter_mut().zip(x).for_each(|(place, &x)| _ = place.write(of(x * factor + summand)));
        })
    }
}

vectorised! {
    /// The sum of products.
    fn product(values: &[f32], others: &[f32]) -> f32 {
        let ((blocks, tail), (others, last)) = (values.as_chunks::<16>(), others.as_chunks::<16>());
        let mut sums = [0f32; 16];
        for (block, other) in blocks.iter().zip(others) {
            sums.iter_mut().zip(block.iter().zip(other)).for_each(|(sum, (a, b))| *sum += a * b);
        }
        sums.iter().sum::<f32>() + tail.iter().zip(last).map(|(a, b)| a * b).sum::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use impasto_random::Random;

    fn drawn<const D: usize>(name: &str, shape: [usize; D]) -> Tensor<D> {
        let values = Random::new(1, name, 0).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), &Device::flex().autodiff()).require_grad()
    }

    fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_into_vec().expect("values of type f32")
    }

    fn near(ours: Vec<f32>, theirs: Vec<f32>, what: &str) {
        assert_eq!(ours.len(), theirs.len(), "{what}");
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            assert!((ours - theirs).abs() < 1e-5 * theirs.abs().max(1.0), "{what}: {ours}, {theirs}");
        }
    }

    #[test]
    fn values_and_gradients_are_those_of_the_formula() {
        for (area, activation) in [
            ([5, 7], Activation::Leaky(0.2)),
            ([1, 1], Activation::None),
            ([4, 8], Activation::Tanh(1.0)),
            ([3, 5], Activation::None),
            ([16, 1], Activation::Leaky(0.0)),
            ([1, 17], Activation::Tanh(0.5)),
        ] {
            let [x, weights] = ["x", "weights"].map(|name| drawn(name, [3, 6, area[0], area[1]]));
            let [scale, shift] = ["scale", "shift"].map(|name| drawn(name, [3, 6]));
            let run = |y: Tensor<4>| {
                let gradients = (y.clone() * weights.clone()).sum().backward();
                let of_planes = [&scale, &shift].map(|t| read(t.grad(&gradients).expect("a gradient")));
                (read(y), read(x.grad(&gradients).expect("a gradient")), of_planes)
            };
            let plane = |values: &Tensor<2>| values.clone().reshape([3, 6, 1, 1]);
            let ours = run(modulate(x.clone(), scale.clone(), shift.clone(), activation));
            let formula = x.clone() * plane(&scale).add_scalar(1.0) + plane(&shift);
            let theirs = run(activate(formula, activation));
            near(ours.0, theirs.0, "output");
            near(ours.1, theirs.1, "gradient of pictures");
            for (ours, theirs) in ours.2.into_iter().zip(theirs.2) {
                near(ours, theirs, "gradient of planes");
            }
        }
    }

    #[test]
    fn bending_is_the_way_back_through_an_activation_and_linear() {
        for activation in [Activation::Leaky(0.2), Activation::Tanh(0.5), Activation::None] {
            let (x, weights) = (drawn("x", [40, 7]), drawn("g", [40, 7]));
            let y = activate(x.clone(), activation);
            let gradients = (y.clone() * weights.clone().detach()).sum().backward();
            let back = bend(weights.clone(), y.clone(), activation);
            near(read(back.clone()), read(x.grad(&gradients).expect("a gradient")), "the way back");
            let by_hand = slope(y.inner(), activation);
            let gradients = back.sum().backward();
            near(read(weights.grad(&gradients).expect("a gradient")), read(by_hand), "its own gradient");
        }
    }
}
