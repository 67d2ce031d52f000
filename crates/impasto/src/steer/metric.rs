//! A look at pictures that gradients pass through: how far two of them are apart in what a feature network sees, place by
//! place. LPIPS where the user has it, the network that comes with the program where not.

use burn::tensor::{Device, Tensor};

use crate::features::Builtin;
use crate::features::lpips::{Backbone, Lpips};
use crate::weights::{Weights, WeightsError};

/// Who looks.
#[derive(Debug)]
pub enum PerceptualMetric {
    /// The small network that comes with the program.
    Builtin(Box<Builtin>),
    /// LPIPS with AlexNet, which the user has added.
    Lpips(Box<Lpips>),
}

impl PerceptualMetric {
    /// The better one that there is.
    pub fn usual(weights: &Weights, device: &Device) -> Result<Self, WeightsError> {
        if weights.has("lpips-alexnet") { Self::lpips(weights, device) } else { Ok(Self::builtin(device)) }
    }

    /// The one that the user has to add.
    pub fn lpips(weights: &Weights, device: &Device) -> Result<Self, WeightsError> {
        Ok(Self::Lpips(Box::new(Lpips::load(weights, Backbone::AlexNet, device)?)))
    }

    /// The one that is always there.
    pub fn builtin(device: &Device) -> Self {
        Self::Builtin(Box::new(Builtin::new(device)))
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Builtin(_) => "builtin",
            Self::Lpips(_) => "lpips-alexnet",
        }
    }

    /// `[n, channels, height, width]` in [-1, 1] to rows whose squared distance is the distance of pictures.
    pub(super) fn look(&self, pictures: Tensor<4>) -> Tensor<2> {
        let pictures = in_colour(pictures);
        let maps = match self {
            Self::Builtin(network) => network.look(pictures),
            Self::Lpips(network) => network.trace(pictures),
        };
        Tensor::cat(maps.into_iter().map(|map| map.flatten(1, 3)).collect(), 1)
    }
}

/// Three channels: grey three times; colours that are multiplied by alpha on white, as a judge sees them.
fn in_colour(x: Tensor<4>) -> Tensor<4> {
    match x.dims()[1] {
        1 => Tensor::cat(vec![x; 3], 1),
        3 => x,
        _ => {
            // What alpha leaves open, of the way from -1 to 1: white shines through.
            let open = x.clone().narrow(1, 3, 1).neg() + 1.0;
            x.narrow(1, 0, 3) + Tensor::cat(vec![open; 3], 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_nn::{number, tensor, values};
    use impasto_random::Random;

    #[test]
    fn gradients_pass_through_the_builtin_network() {
        let device = Device::flex();
        let eye = PerceptualMetric::builtin(&device);
        let mut random = Random::new(1, "eye", 0);
        for (channels, side) in [(1, 28), (3, 20), (3, 96)] {
            let shape = [1, channels, side, side];
            let mut drawn =
                |size: f64| tensor::<4>(random.uniforms(channels * side * side, -size, size), shape, &device);
            let (x, other, way) = (drawn(1.0), drawn(1.0), drawn(1.0));
            let there = eye.look(other);
            let far = |x: Tensor<4>| (eye.look(x) - there.clone()).square().sum();
            let tracked = x.clone().autodiff().require_grad();
            let gradient = tracked.grad(&far(tracked.clone()).backward()).expect("a gradient");
            let along = number((gradient * way.clone()).sum());
            let at = |step: f64| number(far(x.clone() + way.clone() * step));
            let found = (at(1e-3) - at(-1e-3)) / 2e-3;
            assert!((along - found).abs() < 0.1 * found.abs() + 1e-3, "{shape:?}: {along} against {found}");
            assert!(values(there.clone()).iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn transparent_pictures_are_seen_on_white() {
        let device = Device::flex();
        // Opaque red, nothing at all, and half of blue (colours are multiplied by alpha).
        let x = vec![1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 0.0, 1.0, -1.0, 0.0];
        let seen = values(in_colour(tensor(x, [1, 4, 1, 3], &device)));
        assert_eq!(seen, [1.0, 1.0, 0.0, -1.0, 1.0, 0.0, -1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_picture_is_no_way_from_itself_and_nearer_to_its_like() {
        let device = Device::flex();
        let eye = PerceptualMetric::builtin(&device);
        let flower = |number| {
            let motif = &impasto_data::synth::motifs()[1];
            let drawn = impasto_data::synth::draw(motif, 0, 32, &mut Random::new(1, "p", number));
            tensor::<4>(crate::picture::to_chw(&drawn), [1, 3, 32, 32], &device)
        };
        let far = |a: Tensor<4>, b: Tensor<4>| number((eye.look(a) - eye.look(b)).square().sum());
        let noise =
            tensor(Random::new(2, "noise", 0).uniforms(3 * 32 * 32, -1.0, 1.0), [1, 3, 32, 32], &device);
        assert_eq!(far(flower(1), flower(1)), 0.0);
        assert!(far(flower(1), flower(1) * 0.9) < far(flower(1), flower(2)));
        assert!(far(flower(1), flower(2)) < far(flower(1), noise));
    }
}
