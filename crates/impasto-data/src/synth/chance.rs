//! What a motif asks of its random numbers, in the `f32` that drawing works in.

use std::ops::Range;

use impasto_random::Random;

/// Random numbers as drawing wants them.
pub(super) trait Chance {
    /// A number in the range.
    fn within(&mut self, range: Range<f32>) -> f32;
    /// A number at most `spread` away from `middle`; the middle is likelier than the ends.
    fn around(&mut self, middle: f32, spread: f32) -> f32;
    /// A whole number from `least` to `most`, both included.
    fn count(&mut self, least: usize, most: usize) -> usize;
}

impl Chance for Random {
    fn within(&mut self, range: Range<f32>) -> f32 {
        self.between(f64::from(range.start), f64::from(range.end)) as f32
    }

    fn around(&mut self, middle: f32, spread: f32) -> f32 {
        middle + spread * (self.within(-0.5..0.5) + self.within(-0.5..0.5))
    }

    fn count(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }
}
