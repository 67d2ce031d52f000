//! Convolutions whose weights never change: those of trained networks that only look.

use std::sync::{Arc, OnceLock};

use burn::tensor::{Tensor, TensorData};

use crate::activation::Activation;
use crate::conv::{Finish, Geometry, Panels, Pictures, Squares};
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
                let squares =
                    self.made.down.get_or_init(|| Squares::down(&self.values(), channels, [high, wide]));
                return squares.of(pictures, geometry.padding, size, finish);
            }
            let words = Products::now().words();
            let panels = &self.made.panels[usize::from(words == Words::Pairs)];
            let panels = panels.get_or_init(|| Panels::new(words, &self.values(), &geometry, channels));
            panels.correlate(pictures, &geometry, size, finish)
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
            let squares = self.made.up.get_or_init(|| Squares::up(&self.values(), channels, [high, wide]));
            squares.of(Pictures { values, shape }, padding, size, finish)
        })
    }

    fn values(&self) -> Vec<f32> {
        Operand::new(self.values.clone()).slice().to_vec()
    }
}

/// Whether pictures are only looked at, by the kernels here.
fn looks(x: &Tensor<4>) -> bool {
    !x.is_autodiff() && covers(&x.device())
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
