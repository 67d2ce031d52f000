//! The optimiser of pixels: Adam (Kingma and Ba 2015), pixels kept in [0, 1], and the mean of where it has been.
//!
//! The mean forgets (decay 0.9 a step, corrected for its start), and is what is shown: single steps are noisy, their mean is
//! not. That it makes better pictures at no cost is an observation of Crowson's style-transfer-pytorch. Differs from Adam: the
//! least slope is a share of the whole picture's.

use rayon::prelude::*;

use crate::features::map::Map;

const BETAS: [f32; 2] = [0.9, 0.99];
/// What is added to a pixel's own slope, as a share of the whole picture's: where next to nothing pulls, next to nothing moves.
const LEAST: f32 = 0.05;
const DECAY: f32 = 0.9;
const BLOCK: usize = 1 << 14;

/// Pixels on their way.
#[derive(Debug)]
pub(super) struct Walk {
    /// Where they are.
    pub(super) pixels: Map,
    mean: Vec<f32>,
    square: Vec<f32>,
    average: Vec<f32>,
    steps: i32,
}

impl Walk {
    /// From here.
    pub(super) fn new(pixels: Map) -> Self {
        let nothing = vec![0.0; pixels.values.len()];
        Self { pixels, mean: nothing.clone(), square: nothing.clone(), average: nothing, steps: 0 }
    }

    /// A step down the gradient.
    pub(super) fn step(&mut self, gradient: &Map, rate: f32) {
        self.steps += 1;
        let [first, second] = BETAS;
        let moments = self.mean.par_chunks_mut(BLOCK).zip(self.square.par_chunks_mut(BLOCK));
        let sums = moments.zip(gradient.values.par_chunks(BLOCK)).map(|((mean, square), gradient)| {
            for ((mean, square), slope) in mean.iter_mut().zip(square.iter_mut()).zip(gradient) {
                *mean += (1.0 - first) * (slope - *mean);
                *square += (1.0 - second) * (slope * slope - *square);
            }
            square.iter().map(|&square| f64::from(square)).sum::<f64>()
        });
        // Added up block by block, so that threads change no bit.
        let whole = sums.collect::<Vec<f64>>().iter().sum::<f64>() / self.square.len().max(1) as f64;
        let floor = LEAST * whole.sqrt() as f32 + f32::MIN_POSITIVE;
        let rate = rate / (1.0 - first.powi(self.steps)) * (1.0 - second.powi(self.steps)).sqrt();
        let moments = self.mean.par_chunks(BLOCK).zip(self.square.par_chunks(BLOCK));
        let places = self.pixels.values.par_chunks_mut(BLOCK).zip(self.average.par_chunks_mut(BLOCK));
        places.zip(moments).for_each(|((pixels, average), (mean, square))| {
            for (at, (mean, square)) in mean.iter().zip(square).enumerate() {
                pixels[at] = (pixels[at] - rate * mean / (square.sqrt() + floor)).clamp(0.0, 1.0);
                average[at] += (1.0 - DECAY) * (pixels[at] - average[at]);
            }
        });
    }

    /// The mean of where they have been; where they are before the first step.
    pub(super) fn average(&self) -> Map {
        if self.steps == 0 {
            return self.pixels.clone();
        }
        let whole = 1.0 - DECAY.powi(self.steps);
        Map::new(self.average.iter().map(|value| value / whole).collect(), self.pixels.shape())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_walks_into_a_bowl_and_stays_in_range() {
        let goal = [0.3, 0.9, -0.5];
        let mut walk = Walk::new(Map::new(vec![0.5; 3], [3, 1, 1]));
        assert_eq!(walk.average(), walk.pixels);
        for _ in 0..200 {
            let slopes = walk.pixels.values.iter().zip(goal).map(|(value, goal)| value - goal).collect();
            walk.step(&Map::new(slopes, [3, 1, 1]), 0.02);
        }
        for (value, goal) in walk.average().values.iter().zip([0.3, 0.9, 0.0]) {
            assert!((value - goal).abs() < 0.02, "{value}, not {goal}");
        }
    }

    #[test]
    fn the_mean_is_that_of_the_steps() {
        let mut walk = Walk::new(Map::new(vec![0.5], [1, 1, 1]));
        walk.step(&Map::new(vec![1.0], [1, 1, 1]), 0.1);
        assert!((walk.average().values[0] - walk.pixels.values[0]).abs() < 1e-6);
        // A whole step, but for the share that is added to the slope.
        assert!((walk.pixels.values[0] - (0.5 - 0.1 / (1.0 + LEAST))).abs() < 1e-5);
    }
}
