//! What recipes have in common that are taught by a network which looks at styles: pictures on their way to it, and its
//! gradients on their way back.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::{Average, Optimiser, tensor, values};

use crate::features::map::Map;
use crate::recipe::{Falls, Losses, Scene, Signs};
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
pub(super) fn batched(maps: &[Map], like: &Tensor<4>) -> Tensor<4> {
    let [channels, height, width] = maps.first().map_or([0; 3], Map::shape);
    let all = maps.iter().flat_map(|map| map.values.iter().copied()).collect();
    tensor(all, [maps.len(), channels, height, width], &like.device())
}

/// A step down the mean of these gradients for what was `seen` of a network's pictures; the length of the network's own.
pub(super) fn step_down<M: Module>(
    looks: &[(Apart, Map)],
    seen: Tensor<4>,
    (net, optimiser, average): (&mut M, &mut Optimiser, &mut Average<M>),
    step: u64,
) -> Losses {
    let share = 1.0 / looks.len().max(1) as f64;
    let gradients: Vec<Map> = looks.iter().map(|(_, gradient)| gradient.clone()).collect();
    let gradient = batched(&gradients, &seen.clone().inner()).mul_scalar(share);
    // The gradient of this for what is seen is the one that the teacher gave.
    let pull = (seen * gradient.autodiff()).sum();
    let norm = optimiser.step_averaged(net, pull.backward(), average, step);
    let mean = |part: fn(&Apart) -> f64| looks.iter().map(|(apart, _)| part(apart)).sum::<f64>() * share;
    vec![
        ("loss", mean(|apart| apart.sum())),
        ("style", mean(|apart| apart.style)),
        ("content", mean(|apart| apart.content)),
        ("smooth", mean(|apart| apart.smooth)),
        ("gradient", norm),
    ]
}

/// What of that a doctor watches.
pub(super) const SIGNS: Signs =
    Signs { critic: None, falls: Some(Falls { name: "loss", from: 0 }), losses: &["loss"] };

/// How far pictures are on average.
pub(super) fn mean_of(looks: &[(Apart, Map)]) -> f64 {
    looks.iter().map(|(apart, _)| apart.sum()).sum::<f64>() / looks.len().max(1) as f64
}
