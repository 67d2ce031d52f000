//! The network of `fast-style`: pictures become smaller, are worked on in residual blocks and become larger again, with
//! instance normalisation; after Johnson, Alahi and Fei-Fei, 2016. What differs is said in `fast_style`.

use burn::module::Module;
use burn::tensor::{Int, Tensor};
use impasto_nn::layers::{Conv, ConvShape, InstanceNorm, Moments};
use impasto_nn::{Activation, Beyond, Fill, Init, Resample};

/// The network.
#[derive(Module, Debug)]
pub(super) struct Net {
    /// To all sizes from the full one to a quarter.
    inwards: Vec<Normed>,
    /// Two and two.
    blocks: Vec<[Normed; 2]>,
    outwards: Vec<Normed>,
    last: Conv,
}

/// A convolution and its norm.
#[derive(Module, Debug)]
struct Normed {
    conv: Conv,
    norm: InstanceNorm,
}

/// Sides of the first and the last kernel.
const WIDE: usize = 9;
/// Pixels of mirror image on each side; a multiple of the next.
const FRAME: usize = 16;
/// Pixels in a row or column for one value of the residual blocks.
const STEP: usize = 4;

impl Net {
    pub(super) fn new([inputs, outputs]: [usize; 2], width: usize, blocks: usize, init: &mut Init) -> Self {
        let normed = |(inputs, outputs, kernel, stride): (usize, usize, usize, usize), init: &mut Init| {
            let shape = ConvShape::same(inputs, outputs, kernel, stride).without_bias();
            Normed { conv: Conv::new(shape, Fill::He, init), norm: InstanceNorm::new(outputs, init) }
        };
        let [full, half, quarter] = [width, 2 * width, 4 * width];
        let inwards = [(inputs, full, WIDE, 1), (full, half, 3, 2), (half, quarter, 3, 2)];
        let same = (quarter, quarter, 3, 1);
        let outwards = [(quarter, half, 3, 1), (half, full, 3, 1)];
        Self {
            inwards: inwards.map(|layer| normed(layer, init)).into(),
            blocks: (0..blocks).map(|_| [normed(same, init), normed(same, init)]).collect(),
            outwards: outwards.map(|layer| normed(layer, init)).into(),
            last: Conv::new(ConvShape::same(full, outputs, WIDE, 1), Fill::HeTimes(0.5), init),
        }
    }

    /// `[n, inputs, h, w]` in [-1, 1], of any size, to `[n, outputs, h, w]` in (-1, 1).
    pub(super) fn forward(&self, x: Tensor<4>, moments: &mut Moments) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        let mut x = framed(x);
        for layer in &self.inwards {
            x = layer.forward(x, Activation::Relu, moments); // [n, 4 width, h / 4, w / 4] in the end
        }
        for [first, second] in &self.blocks {
            let inner = first.forward(x.clone(), Activation::Relu, moments);
            x = x + second.forward(inner, Activation::None, moments);
        }
        for layer in &self.outwards {
            let [.., height, width] = x.dims();
            let larger = Resample::back_to([2 * height, 2 * width], Beyond::Border).forward(x);
            x = layer.forward(larger, Activation::Relu, moments);
        }
        let out = self.last.activated(x, Activation::Tanh);
        out.narrow(2, FRAME, height).narrow(3, FRAME, width)
    }

    /// What each norm sees of a picture.
    pub(super) fn moments(&self, x: Tensor<4>) -> Vec<[Tensor<1>; 2]> {
        let mut moments = Moments::Kept(Vec::new());
        self.forward(x, &mut moments);
        if let Moments::Kept(kept) = moments { kept } else { Vec::new() }
    }
}

impl Normed {
    fn forward(&self, x: Tensor<4>, activation: Activation, moments: &mut Moments) -> Tensor<4> {
        self.norm.forward(self.conv.forward(x), activation, moments)
    }
}

/// With its mirror image around it, and some more below and to the right, so that both sides can be halved twice.
fn framed(x: Tensor<4>) -> Tensor<4> {
    let device = x.device();
    [2, 3].into_iter().fold(x, |x, axis| {
        let side = x.dims()[axis];
        let places = (0..(side + 2 * FRAME).next_multiple_of(STEP)).map(|at| mirrored(at, side));
        x.select(axis, Tensor::<1, Int>::from_ints(places.collect::<Vec<i64>>().as_slice(), &device))
    })
}

/// Which pixel of `side` a pixel of the framed picture is.
fn mirrored(framed: usize, side: usize) -> i64 {
    let period = (2 * (side as i64 - 1)).max(1);
    let at = (framed as i64 - FRAME as i64).rem_euclid(period);
    at.min(period - at).min(side as i64 - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_mirror_images_however_narrow_a_picture_is() {
        let row =
            |side: usize| (FRAME - 4..FRAME + side + 3).map(|at| mirrored(at, side)).collect::<Vec<_>>();
        assert_eq!(row(4), [2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert_eq!(row(1), [0; 8]);
        assert_eq!(row(2), [0, 1, 0, 1, 0, 1, 0, 1, 0]);
    }
}
