//! Losses. All of them take logits and are safe for logits of any size.
//!
//! The adversarial ones come by name; the critic's logit is high for pictures that it takes for real.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use crate::mean;

/// Below it the slope of [`softplus`] is none, not some 1e-14, which no optimiser would notice.
const FLAT: f32 = -32.0;

/// `ln(1 + exp(x))`, without overflow. It is flat at last: slopes of 1e-40 are numbers with few bits, and with them Intel's
/// processors compute many times slower, all through the networks.
pub fn softplus<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    activation::log_sigmoid(x.clamp_min(FLAT).neg()).neg()
}

/// The game between generator and critic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adversarial {
    /// Goodfellow and others, 2014, section 3: the generator raises the chance of its pictures being taken for real.
    #[default]
    NonSaturating,
    /// The same paper's equation 1: the generator lowers the chance of its pictures being found out. Its gradient
    /// fades when the critic wins.
    Minimax,
    /// Mao and others, 2017: squared distance to 1 for real and 0 for painted.
    LeastSquares,
    /// Lim and Ye, 2017: the critic stops caring beyond a margin of 1.
    Hinge,
    /// Jolicoeur-Martineau, 2018, the pairing form: each painted picture is compared with one real picture.
    Relativistic,
}

impl Adversarial {
    /// What all of them are called in settings.
    pub const NAMES: [&'static str; 5] =
        ["non-saturating", "minimax", "least-squares", "hinge", "relativistic"];

    /// What the critic makes small.
    pub fn critic(self, real: Tensor<2>, fake: Tensor<2>) -> Tensor<1> {
        match self {
            Self::NonSaturating | Self::Minimax => mean(softplus(real.neg())) + mean(softplus(fake)),
            Self::LeastSquares => (mean(real.sub_scalar(1.0).square()) + mean(fake.square())).mul_scalar(0.5),
            Self::Hinge => {
                mean(activation::relu(real.neg().add_scalar(1.0)))
                    + mean(activation::relu(fake.add_scalar(1.0)))
            }
            Self::Relativistic => mean(softplus(fake - real)),
        }
    }

    /// What the generator makes small. Only the relativistic game asks for `real`.
    pub fn generator(self, fake: Tensor<2>, real: impl FnOnce() -> Tensor<2>) -> Tensor<1> {
        match self {
            Self::NonSaturating => mean(softplus(fake.neg())),
            Self::Minimax => mean(softplus(fake)).neg(),
            Self::LeastSquares => mean(fake.sub_scalar(1.0).square()).mul_scalar(0.5),
            Self::Hinge => mean(fake).neg(),
            Self::Relativistic => mean(softplus(real() - fake)),
        }
    }

    /// Where the critic's decision lies: logits above it are taken for real.
    pub fn boundary(self) -> f32 {
        if self == Self::LeastSquares { 0.5 } else { 0.0 }
    }
}

/// `-ln p(x)` in nats for each picture, `[n]`: `x` in [0, 1] are chances of ink, `logits` the model's.
pub fn bernoulli(logits: Tensor<2>, x: Tensor<2>) -> Tensor<1> {
    // -x ln s(l) - (1 - x) ln (1 - s(l)) = softplus(l) - x l
    impasto_kernels::bernoulli(logits, x)
}

/// `-ln p(x)` in nats for each picture, `[n]`, under a normal density of this deviation around `mean`.
pub fn gaussian(mean: Tensor<2>, x: Tensor<2>, deviation: f64) -> Tensor<1> {
    let constant = deviation.ln() + 0.5 * std::f64::consts::TAU.ln();
    let scaled = (x - mean).div_scalar(deviation).square().mul_scalar(0.5);
    scaled.add_scalar(constant).sum_dim(1).squeeze_dim(1)
}

/// The divergence, in nats, of a diagonal normal from the standard one, for each latent: `[n, latent]`.
pub fn divergence(mean: Tensor<2>, log_variance: Tensor<2>) -> Tensor<2> {
    (mean.square() + log_variance.clone().exp() - log_variance).sub_scalar(1.0).mul_scalar(0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{number, tensor, values};
    use burn::tensor::Device;

    const ALL: [Adversarial; 5] = [
        Adversarial::NonSaturating,
        Adversarial::Minimax,
        Adversarial::LeastSquares,
        Adversarial::Hinge,
        Adversarial::Relativistic,
    ];

    fn column(values: &[f32]) -> Tensor<2> {
        tensor(values.to_vec(), [values.len(), 1], &Device::flex())
    }

    fn plain_softplus(x: f64) -> f64 {
        x.exp().ln_1p()
    }

    #[test]
    fn adversarial_losses_are_their_formulas() {
        let (real, fake) = ([0.3f32, -1.2], [0.8f32, -0.5]);
        let pairs = || real.iter().zip(&fake).map(|(&r, &f)| (f64::from(r), f64::from(f)));
        let mean_of = |term: &dyn Fn((f64, f64)) -> f64| pairs().map(term).sum::<f64>() / 2.0;
        let softplus = plain_softplus;
        let expected = [
            (mean_of(&|(r, f)| softplus(-r) + softplus(f)), mean_of(&|(_, f)| softplus(-f))),
            (mean_of(&|(r, f)| softplus(-r) + softplus(f)), mean_of(&|(_, f)| -softplus(f))),
            (
                mean_of(&|(r, f)| 0.5 * ((r - 1.0).powi(2) + f * f)),
                mean_of(&|(_, f)| 0.5 * (f - 1.0).powi(2)),
            ),
            (mean_of(&|(r, f)| (1.0 - r).max(0.0) + (1.0 + f).max(0.0)), mean_of(&|(_, f)| -f)),
            (mean_of(&|(r, f)| softplus(f - r)), mean_of(&|(r, f)| softplus(r - f))),
        ];
        for (game, (critic, generator)) in ALL.into_iter().zip(expected) {
            let got = number(game.critic(column(&real), column(&fake)));
            assert!((got - critic).abs() < 1e-6, "{game:?}: critic {got}, by hand {critic}");
            let got = number(game.generator(column(&fake), || column(&real)));
            assert!((got - generator).abs() < 1e-6, "{game:?}: generator {got}, by hand {generator}");
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences_also_at_zero() {
        for game in ALL {
            for at in [-2.0f32, 0.0, 0.7] {
                if game == Adversarial::Hinge && at == 0.0 {
                    continue;
                }
                let loss = |value: f32| number(game.critic(column(&[0.4]), column(&[value])));
                let slope = (loss(at + 1e-2) - loss(at - 1e-2)) / 2e-2;
                let x = column(&[at]).autodiff().require_grad();
                let gradients = game.critic(column(&[0.4]), x.clone()).backward();
                let got = x.grad(&gradients).map(values).unwrap_or_default()[0];
                assert!((f64::from(got) - slope).abs() < 2e-3, "{game:?} at {at}: {got} against {slope}");
            }
        }
    }

    #[test]
    fn gradients_are_full_numbers_or_zero_whoever_wins() {
        for game in ALL {
            for lead in (-120..=120).map(|lead| lead as f32) {
                let [real, fake] = [-lead / 2.0, lead / 2.0].map(|x| column(&[x]).autodiff().require_grad());
                let fixed = column(&[-lead / 2.0]).autodiff();
                let slopes = game.critic(real.clone(), fake.clone()).backward();
                let of_generator = game.generator(fake.clone(), || fixed).backward();
                let all = [real.grad(&slopes), fake.grad(&slopes), fake.grad(&of_generator)];
                for slope in all.into_iter().flatten().flat_map(values) {
                    assert!(slope == 0.0 || slope.is_normal(), "{game:?}, {lead}: {slope:e}");
                }
            }
        }
    }

    #[test]
    fn huge_logits_stay_finite() {
        for game in ALL {
            let (high, low) = (column(&[500.0]), column(&[-500.0]));
            assert!(number(game.critic(low.clone(), high.clone())).is_finite());
            assert!(number(game.generator(low, || high)).is_finite());
        }
        assert!(values(bernoulli(column(&[1e4]), column(&[0.0])))[0].is_finite());
    }

    #[test]
    fn likelihoods_are_their_closed_forms() {
        let got = values(bernoulli(column(&[0.7]), column(&[0.25])))[0];
        let s = 1.0 / (1.0 + (-0.7f64).exp());
        let by_hand = -(0.25 * s.ln() + 0.75 * (1.0 - s).ln());
        assert!((f64::from(got) - by_hand).abs() < 1e-6);
        let got = values(gaussian(column(&[0.1]), column(&[0.4]), 0.5))[0];
        let by_hand = 0.5 * (0.3f64 / 0.5).powi(2) + (0.5 * std::f64::consts::TAU.sqrt()).ln();
        assert!((f64::from(got) - by_hand).abs() < 1e-6);
    }

    #[test]
    fn divergence_is_zero_at_the_prior_and_its_formula_elsewhere() {
        assert_eq!(values(divergence(column(&[0.0]), column(&[0.0]))), [0.0]);
        let got = f64::from(values(divergence(column(&[1.5]), column(&[-0.4])))[0]);
        let by_hand = 0.5 * (1.5f64.powi(2) + (-0.4f64).exp() + 0.4 - 1.0);
        assert!((got - by_hand).abs() < 1e-6);
    }
}
