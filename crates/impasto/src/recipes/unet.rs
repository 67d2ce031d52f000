//! A network from pictures to pictures: inwards to few large features and outwards again, each stage on the way out
//! joined by its twin on the way in.
//!
//! Ronneberger, Fischer and Brox, "U-Net", 2015. Differs from the paper: residual blocks without normalisation, so that
//! what becomes of a picture depends neither on others beside it nor on what lies far away in it; resampling with a
//! low-pass filter, so that sides of any length, odd ones too, come out as they went in.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::layers::{Conv, ConvShape, Residual, Trace};
use impasto_nn::{Activation, Beyond, Fill, Init, Resample};

/// The network.
#[derive(Module, Debug)]
pub(super) struct UNet {
    first: Conv,
    inwards: Vec<Inward>,
    innermost: Vec<Residual>,
    /// From the inside outwards.
    outwards: Vec<Outward>,
    last: Conv,
}

/// Stages are halved until a side is at most this long.
const INNERMOST: usize = 8;

/// Channels of every stage for pictures of this `[height, width]`; the last of the widths holds for all further stages.
pub(super) fn stages(size: [usize; 2], widths: &[usize]) -> Vec<usize> {
    let shorter = size[0].min(size[1]);
    let stages = (0..).take_while(|&halved| shorter >> halved > INNERMOST).count() + 1;
    (0..stages).map(|stage| widths[stage.min(widths.len() - 1)]).collect()
}

/// A stage on the way in, and to the next smaller one.
#[derive(Module, Debug)]
struct Inward {
    blocks: Vec<Residual>,
    onward: Conv,
}

/// A stage on the way out: joined with its twin, then worked on.
#[derive(Module, Debug)]
struct Outward {
    join: Conv,
    blocks: Vec<Residual>,
}

impl UNet {
    /// From `inputs` to `outputs` channels. `widths` are the channels of each stage, from the picture inwards: one stage more
    /// than the picture is halved; `blocks` are the residual blocks in each stage, on either way.
    pub(super) fn new(
        [inputs, outputs]: [usize; 2],
        widths: &[usize],
        blocks: usize,
        init: &mut Init,
    ) -> Self {
        let depth = blocks * (2 * widths.len() - 1);
        let residuals = |width: usize, init: &mut Init| -> Vec<Residual> {
            (0..blocks).map(|_| Residual::new(width, depth, false, init)).collect()
        };
        let first = Conv::new(ConvShape::same(inputs, widths[0], 3, 1), Fill::He, init);
        let ways: Vec<[usize; 2]> = widths.windows(2).map(|pair| [pair[0], pair[1]]).collect();
        let inward = |&[own, next]: &[usize; 2], init: &mut Init| Inward {
            blocks: residuals(own, init),
            onward: pointwise(own, next, init),
        };
        let outward = |&[own, inner]: &[usize; 2], init: &mut Init| Outward {
            join: pointwise(own + inner, own, init),
            blocks: residuals(own, init),
        };
        let inwards = ways.iter().map(|way| inward(way, init)).collect();
        let innermost = residuals(widths[widths.len() - 1], init);
        let outwards = ways.iter().rev().map(|way| outward(way, init)).collect();
        let last = ConvShape::same(widths[0], outputs, 3, 1);
        let last = Conv::new(last, Fill::HeTimes(0.5f64.sqrt()), init);
        Self { first, inwards, innermost, outwards, last }
    }

    /// `[n, inputs, h, w]` of any size to `[n, outputs, h, w]`.
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.finish(self.features(x))
    }

    /// What it makes of a picture on the way in, a stage after the other: the features of each have half the height and
    /// width of those before.
    pub(super) fn features(&self, x: Tensor<4>) -> Vec<Tensor<4>> {
        let mut x = self.first.activated(x, Activation::Leaky);
        let mut kept = Vec::with_capacity(self.inwards.len() + 1);
        for Inward { blocks, onward } in &self.inwards {
            x = through(blocks, x);
            kept.push(x.clone());
            x = onward.forward(Resample::half(size(&x), Beyond::Border).forward(x)); // [n, more channels, h / 2, w / 2]
        }
        kept.push(through(&self.innermost, x));
        kept
    }

    /// The way out, from the features of the way in: `[n, outputs, h, w]`.
    ///
    /// # Panics
    /// When there are no features.
    pub(super) fn finish(&self, mut features: Vec<Tensor<4>>) -> Tensor<4> {
        let mut x = features.pop().expect("the features of the innermost stage");
        for Outward { join, blocks } in &self.outwards {
            let Some(twin) = features.pop() else { break };
            x = Resample::back_to(size(&twin), Beyond::Border).forward(x);
            x = through(blocks, join.forward(Tensor::cat(vec![x, twin], 1))); // [n, fewer channels, 2 h, 2 w]
        }
        self.last.forward(Activation::Leaky.forward(x))
    }
}

fn through(blocks: &[Residual], x: Tensor<4>) -> Tensor<4> {
    blocks.iter().fold(x, |x, block| block.forward(x, &mut Trace::default()))
}

fn size(x: &Tensor<4>) -> [usize; 2] {
    let [.., height, width] = x.dims();
    [height, width]
}

fn pointwise(from: usize, to: usize, init: &mut Init) -> Conv {
    // Half the variance of a layer before a relu: there is none behind this one.
    Conv::new(ConvShape::same(from, to, 1, 1).without_bias(), Fill::HeTimes(0.5f64.sqrt()), init)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_nn::{tensor, values};
    use impasto_random::Random;

    #[test]
    fn stages_follow_the_shorter_side() {
        let of = |size| stages(size, &[4, 6]);
        assert_eq!(of([64, 64]), [4, 6, 6, 6]);
        assert_eq!(of([64, 16]), [4, 6]);
        assert_eq!(of([8, 8]), [4]);
    }

    #[test]
    fn sides_of_any_length_come_out_as_they_went_in() {
        let device = Device::flex();
        let net = UNet::new([2, 3], &[4, 6, 8], 1, &mut Init::drawn(Random::new(1, "net", 0), &device));
        for [height, width] in [[16, 16], [17, 30], [9, 64], [1, 5], [33, 7]] {
            let x =
                tensor(Random::new(2, "x", 0).normals(2 * height * width), [1, 2, height, width], &device);
            let out = net.forward(x);
            assert_eq!(out.dims(), [1, 3, height, width]);
            assert!(values(out).iter().all(|value| value.is_finite()));
        }
    }
}
