//! Random numbers without hidden state.
//!
//! Every stream of numbers is named by three things: the run's seed, what the numbers are for, and a counter
//! (the training step, the epoch, the number of a picture). The same name always gives the same numbers, on every
//! machine and in any order, so a training that is interrupted and resumed draws what it would have drawn, and
//! nothing about randomness has to be saved.
//!
//! The generator is ChaCha8, whose output is fixed by its specification; names become keys by two rounds of the
//! SplitMix64 finaliser, and normal deviates come from Box and Muller's transform. Both are ours, so that an update of
//! a dependency can't change what a seed paints.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// A named stream of random numbers.
#[derive(Debug, Clone)]
pub struct Random {
    source: ChaCha8Rng,
    /// The second deviate of the last Box-Muller pair.
    spare: Option<f64>,
}

impl Random {
    /// The stream for `purpose` at `counter` of the run that has this `seed`.
    pub fn new(seed: u64, purpose: &str, counter: u64) -> Self {
        let mut key = [0u8; 32];
        let mut state = scramble(seed);
        for byte in purpose.bytes() {
            state = scramble(state ^ u64::from(byte));
        }
        state = scramble(state ^ purpose.len() as u64);
        state = scramble(state ^ counter);
        for chunk in key.chunks_exact_mut(8) {
            state = scramble(state);
            chunk.copy_from_slice(&state.to_le_bytes());
        }
        Self { source: ChaCha8Rng::from_seed(key), spare: None }
    }

    /// A whole number below 2^64.
    pub fn bits(&mut self) -> u64 {
        self.source.next_u64()
    }

    /// Fills the room: the same bits as [`bits`](Self::bits) gives, lowest byte first, but many at a time.
    pub fn bytes(&mut self, room: &mut [u8]) {
        self.source.fill_bytes(room);
    }

    /// A number in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A number in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number in `[0, bound)`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        // Multiply and shift: the bias is below bound / 2^64, which no picture will show.
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A normal deviate: mean 0, variance 1.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let (sine, cosine) = (TAU * self.unit()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// `count` normal deviates.
    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.normal() as f32).collect()
    }

    /// `count` numbers in `[low, high)`.
    pub fn uniforms(&mut self, count: usize, low: f64, high: f64) -> Vec<f32> {
        (0..count).map(|_| self.between(low, high) as f32).collect()
    }

    /// The numbers `0..count` in random order (Fisher and Yates).
    pub fn permutation(&mut self, count: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count as u32).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }

    /// One of the items.
    ///
    /// # Panics
    /// When there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): every input bit reaches every output bit.
fn scramble(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_always_gives_the_same_numbers() {
        let mut one = Random::new(7, "latents", 3);
        let mut two = Random::new(7, "latents", 3);
        assert_eq!(one.normals(100), two.normals(100));
    }

    #[test]
    fn bytes_are_the_bits_one_after_another() {
        let mut one = Random::new(7, "bytes", 0);
        let mut two = one.clone();
        let mut room = [0; 400];
        one.bytes(&mut room);
        assert!(room.as_chunks().0.iter().all(|&bytes| u64::from_le_bytes(bytes) == two.bits()));
    }

    #[test]
    fn seed_purpose_and_counter_each_change_the_numbers() {
        let first = |seed, purpose, counter| Random::new(seed, purpose, counter).bits();
        let base = first(7, "latents", 3);
        assert_ne!(base, first(8, "latents", 3));
        assert_ne!(base, first(7, "dropout", 3));
        assert_ne!(base, first(7, "latents", 4));
        assert_ne!(first(1, "", 0), first(0, "", 1));
    }

    #[test]
    fn numbers_are_pinned_so_that_old_seeds_repaint_old_pictures() {
        let mut random = Random::new(1, "pinned", 2);
        let numbers = [random.bits(), random.bits()];
        assert_eq!(numbers, PINNED, "a change here repaints every picture ever made");
    }

    const PINNED: [u64; 2] = [15_031_423_893_135_070_794, 5_507_436_431_613_713_602];

    #[test]
    fn normal_deviates_have_mean_zero_and_variance_one() {
        let values = Random::new(1, "normal", 0).normals(200_000);
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let variance = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
        let kurtosis = values.iter().map(|&v| (f64::from(v) - mean).powi(4)).sum::<f64>() / n;
        assert!(mean.abs() < 0.01, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.015, "variance {variance}");
        assert!((kurtosis - 3.0).abs() < 0.1, "fourth moment {kurtosis}");
    }

    #[test]
    fn below_reaches_every_value_about_equally() {
        let mut random = Random::new(2, "below", 0);
        let mut counts = [0usize; 7];
        (0..70_000).for_each(|_| counts[random.below(7)] += 1);
        assert!(counts.iter().all(|&c| (9_500..10_500).contains(&c)), "{counts:?}");
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        let mut order = Random::new(3, "order", 0).permutation(1000);
        assert_ne!(order, (0..1000).collect::<Vec<u32>>());
        order.sort_unstable();
        assert_eq!(order, (0..1000).collect::<Vec<u32>>());
        assert!(Random::new(3, "order", 0).permutation(0).is_empty());
    }
}
