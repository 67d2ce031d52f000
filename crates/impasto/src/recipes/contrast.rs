//! Places of two pictures, told apart by their features: what stands at a place of one should be nearer to what stands at
//! the same place of the other than to any other place there.
//!
//! Park, Efros, Zhang and Zhu, "Contrastive learning for unpaired image-to-image translation", 2020: PatchNCE. Differs from
//! the paper: fewer places and narrower heads, since pictures and networks are small.

use burn::module::Module;
use burn::tensor::{Int, Tensor, TensorData};
use impasto_nn::layers::Dense;
use impasto_nn::{Activation, Fill, Init, mean};
use impasto_random::Random;

/// One projection for each kind of features.
#[derive(Module, Debug)]
pub(super) struct Heads {
    heads: Vec<Head>,
}

/// Two layers, and what comes out has the length 1.
#[derive(Module, Debug)]
struct Head {
    first: Dense,
    second: Dense,
}

/// Added to squared lengths, so that nothing is divided by 0.
const TINY: f64 = 1e-8;

impl Heads {
    /// For features of these channels, to so many numbers.
    pub(super) fn new(channels: &[usize], width: usize, init: &mut Init) -> Self {
        let head = |&channels: &usize| Head {
            first: Dense::new(channels, width, Fill::He, init),
            second: Dense::new(width, width, Fill::Glorot, init),
        };
        Self { heads: channels.iter().map(head).collect() }
    }

    /// How badly places are told apart, as a mean over the kinds of features: `queries` are features of what was made, and
    /// learn; `keys` are those of what it was made of, constants. `most` places of each are looked at, the same ones in all
    /// pictures.
    pub(super) fn loss(
        &self,
        queries: Vec<Tensor<4>>,
        keys: Vec<Tensor<4>>,
        (most, temperature): (usize, f64),
        random: &mut Random,
    ) -> Tensor<1> {
        let mut of_one = |(head, (query, key)): (&Head, (Tensor<4>, Tensor<4>))| {
            let [.., height, width] = key.dims();
            let mut places = random.permutation(height * width);
            places.truncate(most);
            let keys = head.at(key, &places).inner();
            confusion(head.at(query, &places), keys.autodiff(), temperature)
        };
        let each = self.heads.iter().zip(queries.into_iter().zip(keys)).map(&mut of_one).collect();
        mean(Tensor::cat(each, 0))
    }
}

impl Head {
    /// `[n, channels, h, w]` to `[n, places, width]`.
    fn at(&self, x: Tensor<4>, places: &[u32]) -> Tensor<3> {
        let ([n, channels, height, width], count) = (x.dims(), places.len());
        let x = if x.is_autodiff() { x } else { x.autodiff() };
        let chosen: Vec<i32> = places.iter().map(|&place| place as i32).collect();
        let chosen = Tensor::<1, Int>::from_data(TensorData::new(chosen, [count]), &x.device());
        let rows = x.reshape([n, channels, height * width]).select(2, chosen);
        let rows = rows.swap_dims(1, 2).reshape([n * count, channels]);
        let rows = self.second.forward(self.first.activated(rows, Activation::Leaky));
        let length = rows.clone().square().sum_dim(1).add_scalar(TINY).sqrt();
        let outputs = rows.dims()[1];
        (rows / length).reshape([n, count, outputs])
    }
}

/// The mean of `-ln p`, where `p` is the chance that a place of the queries is given to its own place of the keys, and not to
/// another of the same picture. Both are `[n, places, width]`, each of length 1.
fn confusion(queries: Tensor<3>, keys: Tensor<3>, temperature: f64) -> Tensor<1> {
    // No product of vectors of length 1 is above 1, so nothing overflows after this.
    let logit = |product: Tensor<3>| product.sub_scalar(1.0).div_scalar(temperature);
    let own = logit((queries.clone() * keys.clone()).sum_dim(2)); // [n, places, 1]
    let all = logit(queries.matmul(keys.swap_dims(1, 2))); // [n, places, places]
    mean(all.exp().sum_dim(2).log() - own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_nn::{number, tensor, values};

    fn heads() -> Heads {
        Heads::new(&[3, 5], 8, &mut Init::drawn(Random::new(1, "heads", 0), &Device::flex()))
    }

    fn features(number: u64) -> Vec<Tensor<4>> {
        let of = |channels: usize, side: usize| {
            let values = Random::new(number, "features", side as u64).normals(2 * channels * side * side);
            tensor(values, [2, channels, side, side], &Device::flex())
        };
        vec![of(3, 8), of(5, 4)]
    }

    fn loss(queries: Vec<Tensor<4>>, keys: Vec<Tensor<4>>) -> Tensor<1> {
        heads().loss(queries, keys, (12, 0.2), &mut Random::new(2, "places", 0))
    }

    fn moved(features: Vec<Tensor<4>>) -> Vec<Tensor<4>> {
        let by_one = |x: Tensor<4>| {
            let height = x.dims()[2];
            Tensor::cat(vec![x.clone().narrow(2, 1, height - 1), x.narrow(2, 0, 1)], 2)
        };
        features.into_iter().map(by_one).collect()
    }

    #[test]
    fn places_that_agree_are_told_apart_best() {
        let same = number(loss(features(1), features(1)).inner());
        let shifted = number(loss(moved(features(1)), features(1)).inner());
        let other = number(loss(features(2), features(1)).inner());
        assert!(same < 0.7 * other && same < 0.7 * shifted, "{same}, moved {shifted}, other {other}");
        // A head makes no difference between features that are equal everywhere: then it is chance.
        let flat =
            || vec![Tensor::ones([2, 3, 8, 8], &Device::flex()), Tensor::ones([2, 5, 4, 4], &Device::flex())];
        let chance = number(loss(flat(), flat()).inner());
        assert!((chance - 12f64.ln()).abs() < 1e-4, "{chance}");
    }

    #[test]
    fn the_confusion_is_its_formula() {
        let unit = |angle: f64| [angle.cos() as f32, angle.sin() as f32];
        let (queries, keys) = ([0.3, 2.0, 4.0], [0.5, 1.0, -2.0]);
        let rows = |angles: [f64; 3]| tensor(angles.map(unit).concat(), [1, 3, 2], &Device::flex());
        let logits = queries.map(|query: f64| keys.map(|key: f64| (query - key).cos() / 0.07));
        let chance = |row: usize| logits[row][row] - logits[row].map(f64::exp).iter().sum::<f64>().ln();
        let by_hand = -(0..3).map(chance).sum::<f64>() / 3.0;
        let got = number(confusion(rows(queries), rows(keys), 0.07));
        assert!((got - by_hand).abs() < 1e-4 * by_hand, "{got} against {by_hand}");
    }

    #[test]
    fn its_gradient_agrees_with_finite_differences() {
        let way: Vec<Tensor<4>> = features(7);
        let at = |step: f64| {
            let pairs = features(3).into_iter().zip(way.clone());
            let queries = pairs.map(|(x, way)| x + way * step).collect();
            number(loss(queries, features(1)).inner())
        };
        // A longer step crosses kinks of the heads.
        let slope = (at(1e-3) - at(-1e-3)) / 2e-3;
        let tracked: Vec<Tensor<4>> = features(3).into_iter().map(|x| x.autodiff().require_grad()).collect();
        let gradients = loss(tracked.clone(), features(1)).backward();
        let along: f64 = tracked
            .iter()
            .zip(&way)
            .map(|(x, way)| {
                let gradient = x.grad(&gradients).map(values).unwrap_or_default();
                gradient.iter().zip(values(way.clone())).map(|(a, b)| f64::from(a * b)).sum::<f64>()
            })
            .sum();
        assert!((along - slope).abs() < 0.03 * slope.abs() + 5e-3, "{along} against {slope}");
        assert!(slope.abs() > 0.01, "there is something to compare: {slope}");
    }
}
