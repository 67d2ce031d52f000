//! How near variations are to their originals, and how far from each other.

use burn::tensor::{Device, Tensor};
use impasto_data::{Picture, squeezed};
use impasto_nn::{number, tensor};

use super::metric::PerceptualMetric;
use crate::picture::{as_rgb, to_chw};

/// Pictures are looked at no larger than this.
const LONGEST: usize = 256;
/// Of so many variations all pairs are compared, and no more.
const COMPARED: usize = 8;

/// Distances by a perceptual metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Similarity {
    /// Of each variation from its original.
    pub from_original: Vec<f64>,
    /// Of the first variations from each other; none for a single one.
    pub between: Option<f64>,
}

impl Similarity {
    /// Looks at variations, each with its original. All are brought to the shape of the first, and none is looked at in more
    /// than 256 pixels.
    pub fn of(metric: &PerceptualMetric, made: &[(&Picture, &Picture)], device: &Device) -> Self {
        let Some((first, _)) = made.first() else {
            return Self { from_original: Vec::new(), between: None };
        };
        let scale = (LONGEST as f64 / first.width().max(first.height()) as f64).min(1.0);
        let [width, height] =
            [first.width(), first.height()].map(|side| ((side as f64 * scale).round() as usize).max(1));
        let look = |picture: &Picture| {
            let picture = squeezed(as_rgb(picture, [255; 3]), width, height);
            metric.look(tensor::<4>(to_chw(&picture), [1, 3, height, width], device))
        };
        let variations: Vec<Tensor<2>> = made.iter().map(|(variation, _)| look(variation)).collect();
        let from_original = variations
            .iter()
            .zip(made)
            .map(|(variation, (_, original))| apart(variation, &look(original)))
            .collect();
        let compared = &variations[..variations.len().min(COMPARED)];
        let pairs = compared
            .iter()
            .enumerate()
            .flat_map(|(at, one)| compared[..at].iter().map(move |two| (one, two)));
        let between: Vec<f64> = pairs.map(|(one, two)| apart(one, two)).collect();
        Self { from_original, between: mean(&between) }
    }

    /// The mean distance from the originals; none without variations.
    pub fn closeness(&self) -> Option<f64> {
        mean(&self.from_original)
    }
}

fn apart(one: &Tensor<2>, two: &Tensor<2>) -> f64 {
    number((one.clone() - two.clone()).square().sum())
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_picture_is_no_way_from_itself_and_others_are() {
        let device = Device::flex();
        let metric = PerceptualMetric::builtin(&device);
        let drawn = |grey: u8, width: usize| {
            let pixels =
                (0..width * 40).flat_map(|at| [grey, (at * 7) as u8, (at / width * 5) as u8]).collect();
            Picture::new(width, 40, 3, pixels)
        };
        let (one, other) = (drawn(10, 50), drawn(240, 50));
        let near = Similarity::of(&metric, &[(&one, &one), (&other, &one)], &device);
        assert_eq!(near.from_original[0], 0.0);
        assert!(near.from_original[1] > 0.01 && near.between == Some(near.from_original[1]), "{near:?}");
        assert_eq!(Similarity::of(&metric, &[], &device).closeness(), None);
        let alone = Similarity::of(&metric, &[(&one, &drawn(10, 60))], &device);
        assert!(alone.between.is_none() && alone.closeness().is_some_and(|far| far > 0.0), "another shape");
    }
}
