//! How the filters that come with the program were learned: least squares over pairs of a picture and the same made small.

use super::super::raster::Raster;
use super::edges::{KINDS, places};
use super::filters::{Factors, Filters, MADE, REACH, SEEN, SIDE, framed};

/// What of the mean filter is mixed into one that is rarely seen, as a sum of squares.
const PRIOR: f64 = 0.3;
/// Noise, in squares, that no picture is free of: it keeps factors small.
const NOISE: f64 = 1.5e-5;

/// Sums of products over all pairs that were seen.
#[derive(Debug)]
pub struct Lesson {
    kinds: Vec<Sums>,
}

#[derive(Debug, Clone)]
struct Sums {
    count: f64,
    /// Of what is seen with itself, and with what is made.
    seen: Vec<[f64; SEEN]>,
    made: Vec<[f64; MADE]>,
}

impl Sums {
    fn new() -> Self {
        Self { count: 0.0, seen: vec![[0.0; SEEN]; SEEN], made: vec![[0.0; MADE]; SEEN] }
    }

    fn add(&mut self, seen: &[f32; SEEN], made: &[f32; MADE]) {
        self.count += 1.0;
        for (at, &value) in seen.iter().enumerate() {
            let value = f64::from(value);
            self.seen[at].iter_mut().zip(seen).for_each(|(sum, &other)| *sum += value * f64::from(other));
            self.made[at].iter_mut().zip(made).for_each(|(sum, &other)| *sum += value * f64::from(other));
        }
    }

    fn add_all(&mut self, other: &Self) {
        self.count += other.count;
        let add = |sum: &mut f64, more: &f64| *sum += more;
        self.seen
            .iter_mut()
            .flatten()
            .zip(other.seen.iter().flatten())
            .for_each(|(sum, more)| add(sum, more));
        self.made
            .iter_mut()
            .flatten()
            .zip(other.made.iter().flatten())
            .for_each(|(sum, more)| add(sum, more));
    }

    /// With each pair upside down too.
    fn both_ways(&self) -> Self {
        let mut sums = self.clone();
        let last = SEEN - 1;
        for at in 0..SEEN {
            (0..SEEN).for_each(|to| sums.seen[at][to] += self.seen[last - at][last - to]);
            (0..MADE).for_each(|to| sums.made[at][to] += self.made[last - at][MADE - 1 - to]);
        }
        sums.count *= 2.0;
        sums
    }

    /// The filter of the least squared error, drawn to another one with a certain weight.
    fn solved(&self, weight: f64, other: &[[f64; MADE]]) -> Vec<[f64; MADE]> {
        let (mut left, mut right) = (self.seen.clone(), self.made.clone());
        for at in 0..SEEN {
            left[at][at] += NOISE * self.count + weight;
            (0..MADE).for_each(|to| right[at][to] += weight * other[at][to]);
        }
        solve(left, right)
    }
}

impl Default for Lesson {
    fn default() -> Self {
        Self { kinds: vec![Sums::new(); KINDS] }
    }
}

impl Lesson {
    /// Sees a picture of one channel, and what twice its size looks like.
    pub fn see(&mut self, small: &Raster, large: &Raster) {
        let (places, framed, stride) = (places(small), framed(small), small.width() + 2 * REACH);
        for (number, place) in places.iter().enumerate() {
            let (x, y) = (number % small.width(), number / small.width());
            let middle = framed[(y + REACH) * stride + x + REACH];
            let (mut seen, mut made) = ([0.0; SEEN], [0.0; MADE]);
            for (at, moved) in moves(place.turn, SIDE) {
                seen[moved] = framed[(y + at / SIDE) * stride + x + at % SIDE] - middle;
            }
            for (at, moved) in moves(place.turn, 2) {
                made[moved] = large.pixel(2 * x + at % 2, 2 * y + at / 2)[0] - middle;
            }
            self.kinds[usize::from(place.kind)].add(&seen, &made);
        }
    }

    /// The filters that would have been best.
    pub fn learned(&self) -> Filters {
        let mut all = Sums::new();
        self.kinds.iter().for_each(|sums| all.add_all(sums));
        let mean = all.both_ways().solved(0.0, &[[0.0; MADE]; SEEN]);
        let factors: Factors = self
            .kinds
            .iter()
            .map(|sums| {
                let solved = sums.both_ways().solved(PRIOR, &mean);
                std::array::from_fn(|at| solved[at].map(|factor| factor as f32))
            })
            .collect();
        Filters::new(&factors)
    }
}

fn moves(turn: super::edges::Turn, side: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..side * side).map(move |at| {
        let [row, column] = turn.moved([at / side, at % side], side);
        (at, row * side + column)
    })
}

/// `x` of `left x = right`, by elimination; `left` is symmetric and positive.
fn solve(mut left: Vec<[f64; SEEN]>, mut right: Vec<[f64; MADE]>) -> Vec<[f64; MADE]> {
    for at in 0..SEEN {
        let (pivot, own) = (left[at], right[at]);
        for row in at + 1..SEEN {
            let factor = left[row][at] / pivot[at].max(f64::MIN_POSITIVE);
            left[row].iter_mut().zip(pivot).skip(at).for_each(|(value, above)| *value -= factor * above);
            right[row].iter_mut().zip(own).for_each(|(value, above)| *value -= factor * above);
        }
    }
    for at in (0..SEEN).rev() {
        let known: [f64; MADE] =
            std::array::from_fn(|made| (at + 1..SEEN).map(|to| left[at][to] * right[to][made]).sum());
        let pivot = left[at][at].max(f64::MIN_POSITIVE);
        right[at].iter_mut().zip(known).for_each(|(value, known)| *value = (*value - known) / pivot);
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    #[test]
    fn a_rule_that_is_a_filter_is_learned() {
        // Each new pixel is the old one and a part of its neighbour above.
        let small = Raster::new(60, 60, 1, Random::new(1, "lesson", 0).uniforms(3600, 0.0, 1.0));
        let rule = |x: usize, y: usize| {
            let above = small.pixel(x / 2, (y / 2).saturating_sub(1))[0];
            0.7 * small.pixel(x / 2, y / 2)[0] + 0.3 * above
        };
        let large = Raster::new(120, 120, 1, (0..14_400).map(|n| rule(n % 120, n / 120)).collect());
        let mut lesson = Lesson::default();
        // Upside down it would be the neighbour below, so half of both is the best.
        lesson.see(&small, &large);
        let made = lesson.learned().doubled(&small);
        let mean = |a: f32, b: f32| (a - b).abs();
        let far = made.with(&large, mean).values().iter().sum::<f32>() / 14_400.0;
        assert!(far < 0.08, "{far}");
    }
}
