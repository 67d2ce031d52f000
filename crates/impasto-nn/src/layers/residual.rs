//! A residual block, and the slopes that a network of straight pieces leaves behind on its way forward.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_kernels::bend;
use impasto_random::Random;

use super::{Conv, ConvShape, dropout};
use crate::{Activation, Fill, Init, Mode};

/// What a network of convolutions, leaky relus, sums and linear resampling keeps for its input gradient.
///
/// Between the kinks of its relus such a network is linear, and the gradient of its output for its input is a chain of
/// adjoints: the same weights, transposed, and the relus' slopes where they were. That chain is made of ordinary
/// operations, so it can be differentiated once more for the weights, exactly almost everywhere.
#[derive(Debug, Default)]
pub struct Trace {
    kept: Option<Vec<Tensor<4>>>,
    /// The share that falls out, and what is drawn from; only for what has not been looked at yet.
    dropout: f64,
    random: Option<Random>,
}

impl Trace {
    /// Keeps what is needed.
    pub fn kept() -> Self {
        Self { kept: Some(Vec::new()), ..Self::default() }
    }

    /// The same, for a network of which a share of the values falls out.
    pub fn dropping(self, share: f64, random: Random) -> Self {
        Self { dropout: share, random: Some(random), ..self }
    }

    /// Lets values fall out, if any are to: a factor for each, which is noted.
    pub fn dropped(&mut self, x: Tensor<4>) -> Tensor<4> {
        let Some(random) = self.random.as_mut().filter(|_| self.dropout > 0.0) else { return x };
        let all = Tensor::ones(x.dims(), &x.device());
        let factors = dropout(all, self.dropout, &mut Mode::Training(random));
        if let Some(kept) = &mut self.kept {
            kept.push(factors.clone());
        }
        if x.is_autodiff() { x * factors.autodiff() } else { x * factors }
    }

    /// A gradient goes back through what fell out, if anything did.
    pub fn undropped(&mut self, g: Tensor<4>) -> Tensor<4> {
        if self.dropout <= 0.0 {
            return g;
        }
        let factors = self.pop();
        if g.is_autodiff() { g * factors.autodiff() } else { g * factors }
    }

    /// Notes the output of a leaky relu, as a constant.
    pub fn keep(&mut self, y: &Tensor<4>) {
        if let Some(kept) = &mut self.kept {
            kept.push(if y.is_autodiff() { y.clone().inner() } else { y.clone() });
        }
    }

    /// The same for some of the pictures.
    pub fn of(&self, pictures: Range<usize>) -> Self {
        let some = |y: &Tensor<4>| y.clone().slice([pictures.clone()]);
        let kept = self.kept.as_ref().map(|kept| kept.iter().map(some).collect());
        Self { kept, dropout: self.dropout, random: None }
    }

    /// A gradient goes back through the last leaky relu that has not been passed yet.
    ///
    /// # Panics
    /// When all have been passed, or nothing was kept.
    pub fn back(&mut self, g: Tensor<4>, activation: Activation) -> Tensor<4> {
        bend(g, self.pop(), activation.into())
    }

    fn pop(&mut self) -> Tensor<4> {
        self.kept.as_mut().and_then(Vec::pop).expect("what was kept on the way forward")
    }
}

/// `x + second(leaky(first(x)))`, without normalisation.
///
/// It starts as the identity: the second convolution is zero, the first is scaled by the number of blocks, after Zhang
/// and others, "Fixup initialization", 2019 (two layers in a branch).
#[derive(Module, Debug)]
pub struct Residual {
    first: Conv,
    second: Conv,
}

const LEAKY: Activation = Activation::Leaky;

impl Residual {
    /// A block of this width, one of so many that follow each other; of tiles, or not.
    pub fn new(width: usize, blocks: usize, wraps: bool, init: &mut Init) -> Self {
        let shape = ConvShape::same(width, width, 3, 1).wrapping(wraps);
        let share = (blocks.max(1) as f64).sqrt().recip();
        Self {
            first: Conv::new(shape, Fill::HeTimes(share), init),
            second: Conv::new(shape.without_bias(), Fill::Constant(0.0), init),
        }
    }

    /// `[n, width, h, w]` to the same shape.
    pub fn forward(&self, x: Tensor<4>, trace: &mut Trace) -> Tensor<4> {
        let inner = self.first.activated(x.clone(), LEAKY);
        trace.keep(&inner);
        x + self.second.forward(inner)
    }

    /// The gradient of the input from that of the output.
    pub fn adjoint(&self, g: Tensor<4>, trace: &mut Trace) -> Tensor<4> {
        let [.., height, width] = g.dims();
        let inner = trace.back(self.second.adjoint(g.clone(), [height, width]), LEAKY);
        g + self.first.adjoint(inner, [height, width])
    }
}
