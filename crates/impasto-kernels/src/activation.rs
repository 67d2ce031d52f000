//! What follows a sum, applied where the sum is still in the cache.

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

impl Activation {
    /// Applies it in place.
    #[inline]
    pub(crate) fn apply(self, values: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Leaky(slope) => values.iter_mut().for_each(|v| *v *= if *v > 0.0 { 1.0 } else { slope }),
            Self::Tanh(scale) => values.iter_mut().for_each(|v| *v = (*v * scale).tanh()),
        }
    }

    /// The derivative where the output is `y`.
    #[inline]
    pub(crate) fn slope(self, y: f32) -> f32 {
        match self {
            Self::None => 1.0,
            Self::Leaky(slope) => {
                if y > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Self::Tanh(scale) => scale * (1.0 - y * y),
        }
    }
}
