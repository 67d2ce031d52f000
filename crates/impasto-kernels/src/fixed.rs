//! Convolutions whose weights never change: those of trained networks that only look.

use std::sync::{Arc, OnceLock};

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use crate::activation::Activation;
use crate::conv::{Edge, Finish, Geometry, Panels, Pictures, Squares};
use crate::narrow::FEW;
use crate::ops::{conv_transpose2d, conv2d};
use crate::products::Products;
use crate::record::{Operand, covers};
use crate::tile::Words;

/// A weight that never changes, `[outputs, inputs, kernel, kernel]`, and what is made of it once, when it is first used.
///
/// What pictures become doesn't depend on those beside them.
#[derive(Debug, Clone)]
pub struct FixedWeight {
    values: Tensor<4>,
    made: Arc<Made>,
}

#[derive(Debug, Default)]
struct Made {
    down: OnceLock<Squares>,
    up: OnceLock<Squares>,
    /// For sums of f32, and of pairs of bf16.
    panels: [OnceLock<Panels>; 2],
}

impl FixedWeight {
    /// Takes the weight over.
    pub fn new(values: Tensor<4>) -> Self {
        Self { values, made: Arc::default() }
    }

    /// As [`conv2d`], with one group of channels.
    ///
    /// # Panics
    /// As [`conv2d`].
    pub fn conv2d(
        &self,
        x: Tensor<4>,
        bias: Option<Tensor<1>>,
        geometry: Geometry,
        activation: Activation,
    ) -> Tensor<4> {
        let shape @ [_, inputs, height, width] = x.dims();
        let [outputs, each, high, wide] = self.values.dims();
        let fits = geometry.kernel == [high, wide] && geometry.groups == 1 && inputs == each;
        if !fits || outputs <= FEW || !looks(&x) {
            return conv2d(x, self.values.clone(), bias, geometry, activation);
        }
        let (channels, size) = ([inputs, outputs], geometry.down([height, width]));
        finished(x, outputs, size, (bias, activation), |values, finish| {
            let pictures = Pictures { values, shape };
            if Squares::pay(&geometry, channels, size) {
                return self.down().of(pictures, Edge::Zeros(geometry.padding), size, finish);
            }
            let words = Products::now().words();
            let panels = &self.made.panels[usize::from(words == Words::Pairs)];
            let panels =
                panels.get_or_init(|| Panels::new(words, self.operand().slice(), &geometry, channels));
            panels.correlate(pictures, &geometry, size, finish)
        })
    }

    /// The same of pictures with one more pixel on each side, which mirrors the one next to the border; the geometry has no
    /// padding of its own.
    ///
    /// # Panics
    /// As [`conv2d`].
    pub fn conv2d_mirrored(
        &self,
        x: Tensor<4>,
        bias: Option<Tensor<1>>,
        geometry: Geometry,
        activation: Activation,
    ) -> Tensor<4> {
        assert_eq!(geometry.padding, [0; 2], "a frame around a frame");
        let shape @ [_, inputs, height, width] = x.dims();
        let [outputs, each, high, wide] = self.values.dims();
        let fits = geometry.kernel == [high, wide] && inputs == each && height > 1 && width > 1;
        let (channels, size) = ([inputs, outputs], geometry.down([height + 2, width + 2]));
        if !fits || !looks(&x) || !Squares::pay(&geometry, channels, size) {
            return self.conv2d(mirrored(x), bias, geometry, activation);
        }
        finished(x, outputs, size, (bias, activation), |values, finish| {
            self.down().of(Pictures { values, shape }, Edge::Mirror, size, finish)
        })
    }

    /// As [`conv_transpose2d`] with one group of channels and without a bias.
    ///
    /// # Panics
    /// As [`conv_transpose2d`].
    pub fn conv_transpose2d(&self, x: Tensor<4>, geometry: Geometry, added: [usize; 2]) -> Tensor<4> {
        let shape @ [_, inputs, height, width] = x.dims();
        let [each, outputs, high, wide] = self.values.dims();
        let fits = geometry.kernel == [high, wide] && geometry.groups == 1 && inputs == each;
        let (channels, size) = ([inputs, outputs], geometry.up([height, width], added));
        let inside = geometry.padding[0] < high && geometry.padding[1] < wide;
        if !fits || !inside || !looks(&x) || !Squares::pay(&geometry, channels, size) {
            return conv_transpose2d(x, self.values.clone(), None, geometry, added, Activation::None);
        }
        let padding = [high - 1 - geometry.padding[0], wide - 1 - geometry.padding[1]];
        finished(x, outputs, size, (None, Activation::None), |values, finish| {
            self.up().of(Pictures { values, shape }, Edge::Zeros(padding), size, finish)
        })
    }

    /// The weight of a convolution after its matrix.
    fn down(&self) -> &Squares {
        let [outputs, inputs, high, wide] = self.values.dims();
        let make = || Squares::down(self.operand().slice(), [inputs, outputs], [high, wide]);
        self.made.down.get_or_init(make)
    }

    /// The same of a transposed one.
    fn up(&self) -> &Squares {
        let [inputs, outputs, high, wide] = self.values.dims();
        let make = || Squares::up(self.operand().slice(), [inputs, outputs], [high, wide]);
        self.made.up.get_or_init(make)
    }

    fn operand(&self) -> Operand {
        Operand::new(self.values.clone())
    }
}

/// Whether pictures are only looked at, by the kernels here.
fn looks(x: &Tensor<4>) -> bool {
    !x.is_autodiff() && covers(&x.device())
}

/// Pictures with one more pixel on each side, which mirrors the one next to the border.
fn mirrored(x: Tensor<4>) -> Tensor<4> {
    let ([n, channels, height, width], device) = (x.dims(), x.device());
    let place = |framed: usize, side: usize| match framed {
        0 => 1.min(side - 1),
        at if at > side => side.saturating_sub(2),
        at => at - 1,
    };
    let values = x.into_data().convert::<f32>().try_into_vec::<f32>().unwrap_or_default();
    let line = width + 2;
    let mut out = vec![0f32; n * channels * (height + 2) * line];
    let planes = values.par_chunks_exact(height * width);
    out.par_chunks_exact_mut((height + 2) * line).zip(planes).for_each(|(out, plane)| {
        for (row, out) in out.chunks_exact_mut(line).enumerate() {
            let from = &plane[place(row, height) * width..][..width];
            out[1..=width].copy_from_slice(from);
            out[0] = from[place(0, width)];
            out[width + 1] = from[place(width + 1, width)];
        }
    });
    Tensor::from_data(TensorData::new(out, [n, channels, height + 2, line]), &device)
}

/// What `work` makes of the values.
fn finished(
    x: Tensor<4>,
    outputs: usize,
    [height, width]: [usize; 2],
    (bias, activation): (Option<Tensor<1>>, Activation),
    work: impl FnOnce(&[f32], Finish<'_>) -> Vec<f32>,
) -> Tensor<4> {
    let ([n, ..], device) = (x.dims(), x.device());
    assert!(bias.as_ref().is_none_or(|bias| bias.dims() == [outputs]), "a bias for {outputs} channels");
    let (x, bias) = (Operand::new(x), bias.map(Operand::new));
    let out = work(x.slice(), Finish { bias: bias.as_ref().map(Operand::slice), activation });
    Tensor::from_data(TensorData::new(out, [n, outputs, height, width]), &device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_random::Random;

    #[test]
    fn frames_mirror_what_is_next_to_the_border() {
        let device = Device::flex();
        let line = Tensor::<4>::from_data(TensorData::new(vec![1f32, 2.0, 3.0], [1, 1, 1, 3]), &device);
        let framed = mirrored(line).into_data().try_into_vec::<f32>().unwrap();
        assert_eq!(framed, [2.0, 1.0, 2.0, 3.0, 2.0].repeat(3));
        for (height, width, inputs, outputs) in [
            (24, 24, 32, 32),
            (23, 21, 32, 64),
            (2, 40, 64, 64),
            (31, 2, 64, 64),
            (48, 50, 64, 40),
            (9, 9, 3, 20),
        ] {
            let drawn = |shape: [usize; 4], key| {
                let values = Random::new(4, "fixed", key).normals(shape.iter().product());
                Tensor::<4>::from_data(TensorData::new(values, shape), &device)
            };
            let (x, weight) = (drawn([2, inputs, height, width], 1), drawn([outputs, inputs, 3, 3], 2));
            let geometry = Geometry::square(3, 1, 0);
            let fixed = FixedWeight::new(weight.clone());
            let found = fixed.conv2d_mirrored(x.clone(), None, geometry, Activation::Leaky(0.1));
            let right = conv2d(mirrored(x), weight, None, geometry, Activation::Leaky(0.1));
            let off = (found - right.clone()).abs().max().into_scalar::<f32>();
            let most = right.abs().max().into_scalar::<f32>();
            assert!(off < 2e-5 * most, "{height} x {width}: off by {off} of {most}");
        }
    }
}
