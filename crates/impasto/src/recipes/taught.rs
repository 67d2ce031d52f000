//! What recipes have in common that are taught by a network which looks at styles: pictures on their way to it, and its
//! gradients on their way back.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::{Average, Optimiser, OptimiserSettings, tensor, values};

use crate::features::map::Map;
use crate::recipe::{Falls, Losses, Part, Scene, Side, Signs, Visitor};
use crate::settings::ConfigError;
use crate::style::{Apart, SIGHTS};

/// Refuses classes, and networks that nobody knows.
pub(super) fn check(scene: &Scene, network: &str) -> Result<(), ConfigError> {
    if scene.classes > 0 {
        let why = "a recipe that translates knows no classes: leave out conditional".to_owned();
        return Err(ConfigError::Value(why));
    }
    if !network.is_empty() && !SIGHTS.contains(&network) {
        let why = format!("network is \"{network}\": it must be one of {}", SIGHTS.join(", "));
        return Err(ConfigError::Value(why));
    }
    Ok(())
}

/// Pictures in [-1, 1] as they are looked at: red, green and blue in [0, 1], on white where they are transparent.
pub(super) fn seen(x: Tensor<4>) -> Tensor<4> {
    match x.dims()[1] {
        1 => (x * 0.5 + 0.5).repeat_dim(1, 3),
        3 => x * 0.5 + 0.5,
        _ => {
            let (colours, alpha) = (x.clone().narrow(1, 0, 3), x.narrow(1, 3, 1));
            (colours - alpha) * 0.5 + 1.0
        }
    }
}

/// Colours in [-1, 1] as a picture: with the content's alpha, if that has one.
pub(super) fn picture(content: &Tensor<4>, colours: Tensor<4>) -> Tensor<4> {
    if content.dims()[1] < 4 {
        return colours;
    }
    let alpha = content.clone().narrow(1, 3, 1);
    let alpha = if colours.is_autodiff() { alpha.autodiff() } else { alpha };
    let colours = (colours + 1.0) * (alpha.clone() + 1.0) * 0.5 - 1.0;
    Tensor::cat(vec![colours, alpha], 1)
}

/// Pictures one by one.
pub(super) fn maps(x: &Tensor<4>) -> Vec<Map> {
    let [_, channels, height, width] = x.dims();
    let values = values(x.clone());
    let each = values.chunks_exact(channels * height * width);
    each.map(|values| Map::new(values.to_vec(), [channels, height, width])).collect()
}

/// Maps of one shape together.
pub(super) fn batched<'a>(maps: impl Iterator<Item = &'a Map>, like: &Tensor<4>) -> Tensor<4> {
    let (mut shape, mut values) = ([0; 4], Vec::new());
    for map in maps {
        let [channels, height, width] = map.shape();
        shape = [shape[0] + 1, channels, height, width];
        values.extend_from_slice(&map.values);
    }
    tensor(values, shape, &like.device())
}

/// A network that is taught, and its average, which paints.
pub(super) struct Pupil<N> {
    pub(super) net: N,
    pub(super) average: Average<N>,
    optimiser: Optimiser,
}

impl<N: Module> Pupil<N> {
    /// `keep` is the most that is kept of the average each step.
    pub(super) fn new(net: N, settings: OptimiserSettings, keep: f64) -> Self {
        Self { average: Average::new(&net, keep), optimiser: Optimiser::new(settings), net }
    }

    /// A step down the mean of these gradients for what was `seen` of the network's pictures.
    pub(super) fn learn(&mut self, looks: &[(Apart, Map)], seen: Tensor<4>, step: u64) -> Losses {
        let gradients = batched(looks.iter().map(|(_, gradient)| gradient), &seen.clone().inner());
        let gradients = gradients.mul_scalar(1.0 / looks.len().max(1) as f64);
        // The gradient of this for what is seen is the one that the teacher gave.
        let pull = (seen * gradients.autodiff()).sum();
        let norm = self.optimiser.step_averaged(&mut self.net, pull.backward(), &mut self.average, step);
        vec![
            ("loss", mean_of(looks, Apart::sum)),
            ("style", mean_of(looks, |apart| apart.style)),
            ("content", mean_of(looks, |apart| apart.content)),
            ("smooth", mean_of(looks, |apart| apart.smooth)),
            ("gradient", norm),
        ]
    }

    /// As [`Recipe::set_rate`](crate::recipe::Recipe::set_rate): it has a painter only.
    pub(super) fn set_rate(&mut self, side: Side, share: f64) -> bool {
        let paints = side == Side::Painter;
        if paints {
            self.optimiser.set_share(share);
        }
        paints
    }

    pub(super) fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.network(Part::Weights, "net", self.average.network_mut());
        visitor.network(Part::State, "net", &mut self.net);
        visitor.optimiser("optimiser", &mut self.optimiser, &self.net);
    }
}

/// What of that a doctor watches.
pub(super) const SIGNS: Signs =
    Signs { critic: None, falls: Some(Falls { name: "loss", from: 0 }), losses: &["loss"] };

/// How far pictures are on average.
pub(super) fn mean_of(looks: &[(Apart, Map)], part: impl Fn(Apart) -> f64) -> f64 {
    looks.iter().map(|(apart, _)| part(*apart)).sum::<f64>() / looks.len().max(1) as f64
}

/// Waves of colour, other ones for each key: so many radians to a side, at most.
#[cfg(test)]
pub(super) fn drawn(scene: &Scene, count: usize, key: u64, waves: f32) -> crate::recipe::Batch {
    let Scene { width, height, channels, .. } = *scene;
    let mut random = impasto_random::Random::new(3, "drawn", key);
    let ways = random.uniforms(3 * count * channels, -1.0, 1.0);
    let planes = ways.chunks_exact(3).flat_map(|way| {
        let value = move |at: usize| {
            let (row, column) = (at / width, at % width);
            let [down, across] = [row as f32 / height as f32, column as f32 / width as f32];
            (way[0] + waves * way[1] * down + waves * way[2] * across).sin() * 0.9
        };
        (0..width * height).map(value)
    });
    let pictures = tensor(planes.collect(), [count, channels, height, width], &scene.device);
    crate::recipe::Batch { pictures, classes: None }
}
