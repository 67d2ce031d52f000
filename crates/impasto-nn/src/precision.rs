//! How exactly products are computed.

use impasto_kernels::{Products, awake, has_pairs, pairs_are_faster, with_products};
use serde::{Deserialize, Serialize};

/// What is multiplied in convolutions and dense layers. Sums, weights and everything else are f32 always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// All 24 bits of an f32.
    #[default]
    F32,
    /// The upper 8 bits: twice as many products at once, on processors that are built for it.
    Bf16,
}

impl Precision {
    /// Every one that there is.
    pub const ALL: [Self; 2] = [Self::F32, Self::Bf16];

    /// Its name, as it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        }
    }

    /// Whether this processor can.
    pub fn is_available(self) -> bool {
        self == Self::F32 || has_pairs()
    }

    /// What this processor is quickest with: bf16 only where it multiplies that clearly faster, which is measured once.
    pub fn quickest() -> Self {
        if pairs_are_faster() { Self::Bf16 } else { Self::F32 }
    }

    /// Does the work of a step with this precision, gradients included, on threads that stay awake for it.
    ///
    /// # Panics
    /// When it is not available.
    pub fn during<T>(self, work: impl FnOnce() -> T) -> T {
        let products = match self {
            Self::F32 => Products::Shared,
            Self::Bf16 => Products::Pairs,
        };
        awake(|| with_products(products, work))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Dense;
    use crate::{Fill, Init, tensor, values};
    use burn::tensor::Device;
    use impasto_random::Random;

    #[test]
    fn the_quickest_is_one_that_there_is() {
        assert!(Precision::quickest().is_available());
    }

    #[test]
    fn bf16_is_close_to_f32_but_not_equal_and_ends_with_the_work() {
        if !Precision::Bf16.is_available() {
            return;
        }
        let device = Device::flex();
        let mut random = Random::new(1, "precision", 0);
        let x = tensor(random.normals(8 * 64), [8, 64], &device);
        let layer = Dense::new(64, 32, Fill::He, &mut Init::drawn(random, &device));
        let exact = values(layer.forward(x.clone()));
        let rough = Precision::Bf16.during(|| values(layer.forward(x.clone())));
        assert_ne!(exact, rough);
        assert!(exact.iter().zip(&rough).all(|(a, b)| (a - b).abs() < 0.1));
        assert_eq!(exact, values(layer.forward(x)));
    }
}
