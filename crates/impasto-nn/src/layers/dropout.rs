//! Dropout (Srivastava and others, 2014).

use burn::tensor::Tensor;

use crate::{Mode, tensor};

/// Sets a share of the values to zero while training and scales the others so that the mean stays.
pub fn dropout<const D: usize>(x: Tensor<D>, share: f64, mode: &mut Mode<'_>) -> Tensor<D> {
    let Mode::Training(random) = mode else { return x };
    if share <= 0.0 {
        return x;
    }
    let shape = x.dims();
    let keep = (1.0 / (1.0 - share)) as f32;
    // 32 bits decide each value; a threshold on them is `share` to within 2^-32.
    let threshold = (share * f64::from(u32::MAX)) as u32;
    let count: usize = shape.iter().product();
    let mut mask = Vec::with_capacity(count + 1);
    while mask.len() < count {
        let bits = random.bits();
        for half in [bits as u32, (bits >> 32) as u32] {
            mask.push(if half < threshold { 0.0 } else { keep });
        }
    }
    mask.truncate(count);
    let device = x.device().inner();
    x * tensor(mask, shape, &device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;
    use burn::tensor::Device;
    use impasto_random::Random;

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
