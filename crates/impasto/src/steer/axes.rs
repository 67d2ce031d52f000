//! Axes that nobody had to label: directions in which a model's latents do most.
//!
//! Two ways. Closed form (Shen and Zhou, "Closed-form factorization of latent semantics in GANs", 2021): the principal
//! directions of the weights that a latent meets first. By pictures (Härkönen and others, "GANSpace", 2020): the
//! principal components of what the first layer makes of many latents, brought back to latents by regression.
//!
//! Differs from the papers: a norm behind the weights is counted in with them; classes take turns among the many
//! latents, and what tells them apart is left out.

use burn::tensor::{Device, Tensor};
use impasto_nn::{tensor, values};
use impasto_random::Random;
use serde::{Deserialize, Serialize};

use super::principal::{Principal, dot, principal};
use crate::paint::only;
use crate::recipe::{Entrance, Paint, Prior};

/// Latents that are drawn to see how far they spread, and what the first layer makes of them.
const DRAWN: usize = 2048;

/// How axes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// From the weights alone.
    ClosedForm,
    /// From what the first layer makes of many latents.
    Pca,
}

impl Method {
    /// Its name, as it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClosedForm => "closed-form",
            Self::Pca => "pca",
        }
    }

    /// What a model lacks that has no axes of this kind.
    pub(super) fn lacks(self) -> &'static str {
        match self {
            Self::ClosedForm => "its latents enter through no matrix of weights",
            Self::Pca => "none of its layers is the first that latents meet",
        }
    }
}

/// A direction in which latents do something.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What somebody saw in it.
    pub name: Option<String>,
    /// Of length 1.
    pub direction: Vec<f32>,
    /// How far latents spread along it: the step that is called 1.
    pub deviation: f64,
    /// How much of all that latents do lies in it, as the method sees it.
    pub share: f64,
}

/// The axes along which a model with so many classes does most, at most `count`; none where it has no such axes.
pub fn find_axes(
    painter: &dyn Paint,
    classes: usize,
    method: Method,
    count: usize,
    device: &Device,
) -> Option<Vec<Axis>> {
    let latents = Drawn::new(painter, device);
    let found = match method {
        Method::ClosedForm => by_weights(&painter.entrances(), painter.latent_size(), count, device)?,
        Method::Pca => by_pictures(painter, &latents, classes, count)?,
    };
    let axis = |Principal { share, direction }: Principal| Axis {
        name: None,
        deviation: latents.deviation(&direction),
        direction: direction.into_iter().map(|value| value as f32).collect(),
        share,
    };
    Some(found.into_iter().map(axis).collect())
}

/// The principal directions of all entrances together.
fn by_weights(entrances: &[Entrance], size: usize, count: usize, device: &Device) -> Option<Vec<Principal>> {
    let matrix = |Entrance { outputs, weight, .. }: &Entrance| {
        tensor::<2>(weight.clone(), [size, *outputs], device).transpose()
    };
    let all: Vec<Tensor<2>> = entrances.iter().map(matrix).collect();
    if all.is_empty() { None } else { Some(principal(&Tensor::cat(all, 0), count)) }
}

/// Principal components of the first layer, and the latents that go with them.
fn by_pictures(painter: &dyn Paint, drawn: &Drawn, classes: usize, count: usize) -> Option<Vec<Principal>> {
    let rows = drawn.tensor.dims()[0];
    let device = drawn.tensor.device();
    let weights = (0..rows).flat_map(|row| only(row % classes.max(1), classes)).collect();
    let given = (classes > 0).then(|| tensor(weights, [rows, classes], &device));
    let first = painter.first(drawn.tensor.clone(), given.clone())?;
    // What tells classes apart is no doing of the latents.
    let members = given.unwrap_or_else(|| Tensor::ones([rows, 1], &device));
    let shares = members.clone().div(members.clone().sum_dim(0));
    let first = first.clone() - members.matmul(shares.transpose().matmul(first));
    let regressed = |Principal { share, direction }: Principal| {
        let component = direction.iter().map(|&value| value as f32).collect();
        let component = tensor::<2>(component, [direction.len(), 1], &device);
        let scores = first.clone().matmul(component); // [rows, 1]
        let back = drawn.centred.clone().transpose().matmul(scores);
        let back: Vec<f64> = values(back).into_iter().map(f64::from).collect();
        let length = dot(&back, &back).sqrt();
        let direction: Vec<f64> = back.iter().map(|value| value / length.max(f64::MIN_POSITIVE)).collect();
        (length > 0.0).then_some(Principal { share, direction })
    };
    Some(principal(&first, count).into_iter().filter_map(regressed).collect())
}

/// Many latents.
struct Drawn {
    /// `[DRAWN, latent]`
    tensor: Tensor<2>,
    /// The same around 0.
    centred: Tensor<2>,
}

impl Drawn {
    fn new(painter: &dyn Paint, device: &Device) -> Self {
        let latent = |number| painter.latent(&mut Random::new(1, "directions", number), 1.0, Prior::Fitted);
        let all = (0..DRAWN as u64).flat_map(latent).collect();
        let tensor = tensor::<2>(all, [DRAWN, painter.latent_size()], device);
        Self { centred: tensor.clone() - tensor.clone().mean_dim(0), tensor }
    }

    fn deviation(&self, direction: &[f64]) -> f64 {
        let column = direction.iter().map(|&value| value as f32).collect();
        let along = self.centred.clone().matmul(tensor(column, [direction.len(), 1], &self.tensor.device()));
        (values(along).into_iter().map(|v| f64::from(v) * f64::from(v)).sum::<f64>() / DRAWN as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Latents of 4 numbers, of which the third does most and the first something; the others do nothing. All are drawn
    /// twice as far as usual.
    struct Puppet {
        weight: Vec<f32>,
    }

    impl Puppet {
        fn new() -> Self {
            Self { weight: vec![0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 3.0, 0.0, 0.0, 0.0] }
        }
    }

    impl Paint for Puppet {
        fn latent_size(&self) -> usize {
            4
        }

        fn latent(&self, random: &mut Random, _: f64, _: Prior) -> Vec<f32> {
            random.normals(4).into_iter().map(|value| 2.0 * value).collect()
        }

        fn paint(&self, latents: Tensor<2>, _: Option<Tensor<2>>) -> Tensor<4> {
            let n = latents.dims()[0];
            latents.matmul(tensor(self.weight.clone(), [4, 3], &Device::flex())).reshape([n, 3, 1, 1])
        }

        fn entrances(&self) -> Vec<Entrance> {
            vec![Entrance { level: 0, outputs: 3, weight: self.weight.clone() }]
        }

        fn first(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Option<Tensor<2>> {
            let first = self.paint(latents, None).flatten(1, 3);
            // Classes do more than any latent.
            Some(match classes {
                Some(classes) => first + classes.mul_scalar(50.0),
                None => first,
            })
        }
    }

    #[test]
    fn both_ways_find_what_latents_do_most_and_measure_it_in_their_own_spread() {
        for (method, classes) in [(Method::ClosedForm, 0), (Method::Pca, 0), (Method::Pca, 3)] {
            let mut found = find_axes(&Puppet::new(), classes, method, 5, &Device::flex()).unwrap();
            // Rounding leaves a little of what the classes do.
            found.retain(|axis| axis.share > 1e-6);
            assert_eq!(found.len(), 2, "{method:?}");
            for (axis, (place, share)) in found.iter().zip([(2, 18.0 / 19.0), (0, 1.0 / 19.0)]) {
                assert!(axis.direction[place] > 0.99, "{method:?}: {axis:?}");
                assert!((axis.deviation - 2.0).abs() < 0.1, "{method:?}: {axis:?}");
                assert!((axis.share - share).abs() < 0.01, "{method:?}: {axis:?}");
            }
        }
    }

    #[test]
    fn a_model_without_a_first_layer_has_no_axes() {
        struct Blank;
        impl Paint for Blank {
            fn latent_size(&self) -> usize {
                2
            }

            fn paint(&self, latents: Tensor<2>, _: Option<Tensor<2>>) -> Tensor<4> {
                latents.reshape([-1, 2, 1, 1])
            }
        }
        for method in [Method::ClosedForm, Method::Pca] {
            assert_eq!(find_axes(&Blank, 0, method, 3, &Device::flex()), None);
        }
    }
}
