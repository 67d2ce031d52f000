//! Dropout (Srivastava and others, 2014).

use burn::tensor::Tensor;
use impasto_random::Random;

use crate::Mode;

/// Sets a share of the values to zero while training and scales the others so that the mean stays.
///
/// The share is rounded to the nearest multiple of 2^-16.
pub fn dropout<const D: usize>(x: Tensor<D>, share: f64, mode: &mut Mode<'_>) -> Tensor<D> {
    let Mode::Training(random) = mode else { return x };
    if share <= 0.0 {
        return x;
    }
    // Each block of values has a stream of its own, so that they can be drawn side by side.
    let seed = random.bits();
    let draw = |block, room: &mut [u8]| Random::new(seed, "dropout block", block).bytes(room);
    impasto_kernels::dropout(x, share, draw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;
    use burn::tensor::Device;

    #[test]
    fn the_share_falls_out_and_the_mean_stays() {
        let x = Tensor::<2>::ones([100, 1001], &Device::flex());
        let mut random = Random::new(1, "dropout", 0);
        let out = values(dropout(x, 0.3, &mut Mode::Training(&mut random)));
        let zeros = out.iter().filter(|&&v| v == 0.0).count() as f64 / out.len() as f64;
        let mean = out.iter().map(|&v| f64::from(v)).sum::<f64>() / out.len() as f64;
        assert!((zeros - 0.3).abs() < 0.01 && (mean - 1.0).abs() < 0.01, "{zeros} zeros, mean {mean}");
    }

    #[test]
    fn painting_drops_nothing() {
        let x = Tensor::<2>::ones([2, 3], &Device::flex());
        assert_eq!(values(dropout(x, 0.9, &mut Mode::Painting)), [1.0; 6]);
    }
}
