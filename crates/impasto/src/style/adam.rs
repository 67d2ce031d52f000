//! The optimiser of pixels: Adam (Kingma and Ba 2015) on a pyramid, pixels kept in [0, 1], and the mean of where it has been.
//!
//! Each step is the sum of steps at the picture's own size and at sizes halved again and again, as if the picture were a sum of
//! pictures of those sizes (Kolkin and others, "Style Transfer by Relaxed Optimal Transport and Self-Similarity", 2019, who do
//! that with RMSprop). Pixel by pixel Adam takes steps of one length whatever is far and whatever is near, so grain comes first
//! and broad strokes last; on a pyramid a stroke moves as one. Differs from the paper: the picture itself is kept, not its
//! parts, and finer steps are shorter ([`FINER`]).
//!
//! The mean forgets (decay 0.9 a step, corrected for its start), and is what is shown: single steps are noisy, their mean is
//! not. That it makes better pictures at no cost is an observation of Crowson's style-transfer-pytorch. Differs from Adam: the
//! least slope is a share of the whole picture's.

use burn::tensor::Device;
use impasto_nn::{Beyond, Resample, tensor, values};
use rayon::prelude::*;

use crate::features::map::Map;

const BETAS: [f32; 2] = [0.9, 0.99];
/// What is added to a pixel's own slope, as a share of the whole picture's: where next to nothing pulls, next to nothing moves.
const LEAST: f32 = 0.05;
const DECAY: f32 = 0.9;
const BLOCK: usize = 1 << 14;
/// A picture is halved at most so often,
const HALVINGS: usize = 4;
/// and not below this side.
const SMALLEST: usize = 8;
/// A step against that of half the size.
const FINER: f32 = 0.7;

/// Pixels on their way.
#[derive(Debug)]
pub(super) struct Walk {
    /// Where they are.
    pub(super) pixels: Map,
    /// From the picture's own size down.
    levels: Vec<Level>,
    average: Vec<f32>,
    steps: i32,
}

/// What moves the pixels at one size.
#[derive(Debug)]
struct Level {
    /// Step length against the longest.
    share: f32,
    mean: Vec<f32>,
    square: Vec<f32>,
}

impl Walk {
    /// From here.
    pub(super) fn new(pixels: Map) -> Self {
        let [channels, height, width] = pixels.shape();
        let mut size = [height, width];
        let mut levels = Vec::new();
        while levels.len() <= HALVINGS && (levels.is_empty() || *size.iter().min().unwrap_or(&0) >= SMALLEST)
        {
            let nothing = vec![0.0; channels * size[0] * size[1]];
            levels.push(Level { share: 1.0, mean: nothing.clone(), square: nothing });
            size = size.map(|side| side.div_ceil(2));
        }
        let mut share = 1.0;
        for level in levels.iter_mut().rev() {
            level.share = share;
            share *= FINER;
        }
        let average = vec![0.0; pixels.values.len()];
        Self { pixels, levels, average, steps: 0 }
    }

    /// A step down the gradient, which is taken: large pictures leave no room for copies.
    pub(super) fn step(&mut self, gradient: Map, rate: f32) {
        self.steps += 1;
        let [first, second] = BETAS;
        let rate = rate / (1.0 - first.powi(self.steps)) * (1.0 - second.powi(self.steps)).sqrt();
        let mut slopes = vec![gradient];
        while slopes.len() < self.levels.len() {
            slopes.extend(slopes.last().map(halved));
        }
        // From the smallest up: each is enlarged and added to the next one.
        let mut sum: Option<Map> = None;
        for level in self.levels.iter_mut().rev() {
            let Some(mut finer) = slopes.pop() else { break };
            level.step(&mut finer, rate);
            if let Some(coarser) = sum.take() {
                add_doubled(&mut finer, &coarser);
            }
            sum = Some(finer);
        }
        let sum = sum.unwrap_or_default();
        let places = self.pixels.values.par_chunks_mut(BLOCK).zip(self.average.par_chunks_mut(BLOCK));
        places.zip(sum.values.par_chunks(BLOCK)).for_each(|((pixels, average), moves)| {
            for ((pixel, average), step) in pixels.iter_mut().zip(average.iter_mut()).zip(moves) {
                *pixel = (*pixel - step).clamp(0.0, 1.0);
                *average += (1.0 - DECAY) * (*pixel - *average);
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

impl Level {
    /// Makes of the gradient how far to go against it.
    fn step(&mut self, gradient: &mut Map, rate: f32) {
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
        let rate = rate * self.share;
        let moments = self.mean.par_iter().zip(&self.square);
        let moves = gradient.values.par_iter_mut().zip(moments);
        moves.for_each(|(step, (mean, square))| *step = rate * mean / (square.sqrt() + floor));
    }
}

/// Half the size, through a low-pass filter. Box means would let the grid of a network's pools through, and it would stand in
/// the picture.
fn halved(map: &Map) -> Map {
    let half = Resample::half(map.size(), Beyond::Border);
    let planes = map.values.chunks_exact(map.area());
    let values = planes.flat_map(|plane| resampled(plane, map.size(), &half)).collect();
    Map::new(values, [map.shape()[0], half.to[0], half.to[1]])
}

/// Adds what is half as large.
fn add_doubled(map: &mut Map, half: &Map) {
    let whole = Resample::back_to(map.size(), Beyond::Border);
    let area = map.area();
    for (plane, half_plane) in map.values.chunks_exact_mut(area).zip(half.values.chunks_exact(half.area())) {
        let more = resampled(half_plane, half.size(), &whole);
        plane.par_iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }
}

/// A plane at a time: large pictures leave no room for copies.
fn resampled(plane: &[f32], [height, width]: [usize; 2], how: &Resample) -> Vec<f32> {
    values(how.forward(tensor(plane.to_vec(), [1, 1, height, width], &Device::flex())))
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
            walk.step(Map::new(slopes, [3, 1, 1]), 0.02);
        }
        for (value, goal) in walk.average().values.iter().zip([0.3, 0.9, 0.0]) {
            assert!((value - goal).abs() < 0.02, "{value}, not {goal}");
        }
    }

    #[test]
    fn the_mean_is_that_of_the_steps() {
        let mut walk = Walk::new(Map::new(vec![0.5], [1, 1, 1]));
        walk.step(Map::new(vec![1.0], [1, 1, 1]), 0.1);
        assert!((walk.average().values[0] - walk.pixels.values[0]).abs() < 1e-6);
        // A whole step, but for the share that is added to the slope.
        assert!((walk.pixels.values[0] - (0.5 - 0.1 / (1.0 + LEAST))).abs() < 1e-5);
    }

    #[test]
    fn what_is_the_same_everywhere_stays_so_at_any_size() {
        let flat = Map::new(vec![0.7; 2 * 5 * 7], [2, 5, 7]);
        let half = halved(&flat);
        assert_eq!(half.shape(), [2, 3, 4]);
        let mut again = Map::zeros([2, 5, 7]);
        add_doubled(&mut again, &half);
        assert!(half.values.iter().chain(&again.values).all(|value| (value - 0.7).abs() < 1e-6));
        let ramp = Map::new((0..16).map(|x| x as f32).collect(), [1, 1, 16]);
        let mut again = Map::zeros([1, 1, 16]);
        add_doubled(&mut again, &halved(&ramp));
        for (x, value) in again.values.iter().enumerate().skip(4).take(8) {
            assert!((value - x as f32).abs() < 1e-5, "{again:?}");
        }
    }

    #[test]
    fn broad_strokes_are_found_before_grain() {
        let mut walk = Walk::new(Map::new(vec![0.5; 32 * 32], [1, 32, 32]));
        // A light half beside a dark one, and twice as strong a pattern of single pixels.
        let goal = |at: usize| {
            let grain = if (at % 32 + at / 32).is_multiple_of(2) { 0.1 } else { -0.1 };
            0.5 + grain + if at % 32 < 16 { 0.05 } else { -0.05 }
        };
        for _ in 0..3 {
            let slope = |(at, value): (usize, &f32)| value - goal(at);
            let slopes = walk.pixels.values.iter().enumerate().map(slope).collect();
            walk.step(Map::new(slopes, [1, 32, 32]), 0.01);
        }
        let values = &walk.pixels.values;
        let stroke = (0..16).map(|y| values[32 * y + 4] + values[32 * y + 5]).sum::<f32>() / 32.0 - 0.5;
        let grain = (0..16).map(|y| values[32 * 2 * y + 4] - values[32 * 2 * y + 5]).sum::<f32>() / 32.0;
        assert!(stroke > 0.02 && stroke > 2.0 * grain.abs(), "stroke {stroke}, grain {grain}");
    }
}
