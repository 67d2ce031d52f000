//! A critic that looks at patches of pictures: a verdict for every place, by what lies around it.
//!
//! Isola and others, 2017. Differs from the paper: no normalisation, so that its verdict on a picture does not depend on
//! others, and so that it is made of straight pieces and has an exact adjoint, see [`Trace`].

use std::ops::Range;

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::layers::{Conv, ConvShape, Trace};
use impasto_nn::loss::Adversarial;
use impasto_nn::{Activation, Fill, Init, frozen, mean, number, values};

const LEAKY: Activation = Activation::Leaky;

/// The critic.
#[derive(Module, Debug)]
pub(super) struct Patches {
    convs: Vec<Conv>,
    last: Conv,
    /// Height and width of what each convolution sees, and of the verdicts.
    #[module(skip)]
    sizes: Vec<[usize; 2]>,
}

/// Side of the kernel and step of those that halve, and of those that don't.
const HALF: [usize; 2] = [4, 2];
const SAME: [usize; 2] = [3, 1];
/// The penalties look at one picture of so many.
const PENALISED: usize = 4;

/// What came of a lesson.
pub(super) struct Lesson {
    pub(super) loss: f64,
    pub(super) penalty: f64,
    /// The share of places where the real picture is ahead.
    pub(super) right: f64,
    /// What the critic makes small: the loss, and so much of the penalty.
    pub(super) total: Tensor<1>,
}

impl Patches {
    /// For pictures of so many channels and this `[height, width]`, which it halves `layers` times, unless they are small by
    /// then. The first convolution has `width` channels, each further one twice as many.
    pub(super) fn new(
        channels: usize,
        size: [usize; 2],
        width: usize,
        layers: usize,
        init: &mut Init,
    ) -> Self {
        let (mut convs, mut sizes, mut inputs) = (Vec::new(), vec![size], channels);
        let mut inner = size;
        let mut add = |[kernel, stride]: [usize; 2], inner: [usize; 2]| {
            let outputs = width << convs.len();
            convs.push(Conv::new(ConvShape::same(inputs, outputs, kernel, stride), Fill::He, init));
            sizes.push(inner);
            inputs = outputs;
        };
        for _ in 0..layers {
            if inner.iter().any(|&side| side < 8) {
                break;
            }
            inner = inner.map(|side| side / 2);
            add(HALF, inner);
        }
        add(SAME, inner);
        // A bias would be the same for real and made pictures, which are compared.
        let last = Conv::new(ConvShape::same(inputs, 1, 3, 1).without_bias(), Fill::Glorot, init);
        Self { convs, last, sizes }
    }

    /// `[n, channels, h, w]` to verdicts `[n, places]`, high for real.
    pub(super) fn judge(&self, mut x: Tensor<4>, trace: &mut Trace) -> Tensor<2> {
        for conv in &self.convs {
            x = conv.activated(x, LEAKY);
            trace.keep(&x);
        }
        self.last.forward(x).flatten(1, 3)
    }

    /// The gradients of each picture's verdicts together, for the pictures that left this trace.
    pub(super) fn slope(&self, verdicts: Tensor<2>, trace: &mut Trace) -> Tensor<4> {
        let count = verdicts.dims()[0];
        let [height, width] = self.sizes[self.convs.len()];
        let ones = verdicts.ones_like().reshape([count, 1, height, width]);
        let mut slope = self.last.adjoint(ones, [height, width]);
        for (conv, &size) in self.convs.iter().zip(&self.sizes).rev() {
            slope = conv.adjoint(trace.back(slope, LEAKY), size);
        }
        slope
    }

    /// A lesson on made and real pictures, as many of each: what it makes of them, compared place by place, and how steep it
    /// is there. `own` are the channels in which steepness counts.
    pub(super) fn lesson(
        &self,
        game: Adversarial,
        penalty: f64,
        [made, real]: [Tensor<4>; 2],
        own: Range<usize>,
    ) -> Lesson {
        let n = made.dims()[0];
        let mut trace = Trace::kept();
        let verdicts = self.judge(Tensor::cat(vec![made, real], 0).autodiff(), &mut trace);
        let [on_made, on_real] = [0, n].map(|at| verdicts.clone().narrow(0, at, n));
        let ahead = values((on_real.clone() - on_made.clone()).inner());
        let loss = game.critic(on_real, on_made);

        let some = n.div_ceil(PENALISED);
        let (from, places) = (n - some, verdicts.dims()[1]);
        let mut trace = trace.of(from..n + some);
        let slope = self.slope(verdicts.narrow(0, from, 2 * some), &mut trace);
        let squares: Tensor<2> = slope.narrow(1, own.start, own.len()).square().flatten(1, 3);
        let steep = mean(squares.sum_dim(1)).div_scalar(places as f64);
        let total = loss.clone() + steep.clone().mul_scalar(penalty);
        let right = ahead.iter().filter(|&&ahead| ahead > 0.0).count() as f64 / ahead.len().max(1) as f64;
        let [loss, penalty] = [loss, steep].map(|figure| number(figure.inner()));
        Lesson { loss, penalty, right, total }
    }

    /// What it says of made pictures: low where they pass for real. Gradients reach the pictures, and its weights are
    /// constants.
    pub(super) fn opinion(&self, game: Adversarial, [made, real]: [Tensor<4>; 2]) -> Tensor<1> {
        let critic = frozen(self);
        let on = |x: Tensor<4>| critic.judge(x, &mut Trace::default());
        game.generator(on(made), || on(real.autodiff()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_nn::{tensor, values};
    use impasto_random::Random;

    #[test]
    fn the_slope_is_the_gradient_of_the_verdicts_for_odd_sizes_too() {
        let device = Device::flex();
        for size in [[16, 16], [19, 30]] {
            let mut init = Init::drawn(Random::new(1, "critic", 0), &device);
            let critic = Patches::new(2, size, 3, 2, &mut init);
            let shape = [1, 2, size[0], size[1]];
            let pixels = Random::new(2, "x", 0).normals(shape.iter().product());
            let x = tensor(pixels, shape, &device).autodiff().require_grad();
            let mut trace = Trace::kept();
            let verdicts = critic.judge(x.clone(), &mut trace);
            let slope = values(critic.slope(verdicts.clone(), &mut trace));
            let gradient = x.grad(&verdicts.sum().backward()).map(values).unwrap_or_default();
            assert_eq!(gradient.len(), slope.len());
            let far = gradient.iter().zip(&slope).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(far < 1e-4, "{size:?}: {far}");
        }
    }

    #[test]
    fn it_looks_at_patches_only() {
        let device = Device::flex();
        let critic = Patches::new(1, [64, 64], 4, 2, &mut Init::drawn(Random::new(1, "c", 0), &device));
        let mut pixels = vec![0.0; 64 * 64];
        let of = |pixels: Vec<f32>| {
            values(critic.judge(tensor(pixels, [1, 1, 64, 64], &device), &mut Trace::default()))
        };
        let before = of(pixels.clone());
        assert_eq!(before.len(), 256);
        pixels[0] = 1.0;
        let after = of(pixels);
        assert!(before[0] != after[0] && before[255] == after[255] && before[8] == after[8]);
    }
}
