//! How unlike two pictures are, once one is laid over the other.

use super::align::{GAINS, Level, Placement, SATURATED, aligned};
use super::plane::Plane;
use super::thumbnail::{SIDE, Thumbnail};

/// Pixels at the edges that don't count: moving a picture brings in what it didn't show.
const EDGE: usize = SIDE / 32;
/// Brightness that may be added or taken.
const BIAS: f32 = 0.25;
/// Variance that noise alone makes.
const NOISE: f32 = (2.0 / 255.0) * (2.0 / 255.0);
/// Pixels on each side of a cell that is looked at on its own.
const CELL: usize = 8;
/// Below this brightness, black is cut off.
const BLACK: f32 = 0.03;
/// So little is left of nothing but the same picture.
const CERTAIN: f32 = 1e-3;
/// What pictures with nothing in common have; also what too little in common is taken for.
pub const NOTHING_ALIKE: f32 = 2.0;

/// A thumbnail, ready to be compared with many.
#[derive(Debug)]
pub struct Prepared {
    colours: [Plane; 3],
    /// Brightness, coarse first.
    levels: [Level; 2],
}

impl Prepared {
    /// Of a thumbnail.
    pub fn of(thumbnail: &Thumbnail) -> Self {
        let colours = thumbnail.planes();
        let luma = |at: usize| {
            0.299 * colours[0].values[at] + 0.587 * colours[1].values[at] + 0.114 * colours[2].values[at]
        };
        let fine = Plane { side: SIDE, values: (0..SIDE * SIDE).map(luma).collect() }.halved();
        Self { colours, levels: [Level::of(fine.halved()), Level::of(fine)] }
    }

    /// The share of what this picture shows that another one doesn't show, wherever it lies there and however bright: 0
    /// for the same picture, about 1 for unlike ones.
    pub fn unlikeness(&self, other: &Self) -> f32 {
        let laid_over = self.beside(other, aligned(&self.levels, &other.levels));
        if laid_over < CERTAIN { laid_over } else { laid_over.min(self.beside(other, Placement::SAME)) }
    }

    /// By how much the pictures differ in the cell where they differ most, of 1, when one is laid over the other as bright
    /// as it is.
    pub fn largest_difference(&self, other: &Self) -> f32 {
        let of = |place: Placement| largest_difference(&self.overlap(other, place));
        of(aligned(&self.levels, &other.levels)).min(of(Placement::SAME))
    }

    fn beside(&self, other: &Self, place: Placement) -> f32 {
        let overlap = self.overlap(other, place);
        if 2 * overlap.len() < SIDE * SIDE {
            return NOTHING_ALIKE;
        }
        let [gain, bias] = light(&overlap);
        let seen = |value: f32| (gain * value + bias).clamp(0.0, 1.0);
        let mut variances = [Sums::default(); 2];
        let mut missing = [0, 1, 2].map(|_| Plane { side: SIDE, values: vec![0.0; SIDE * SIDE] });
        for Both { at, own, other } in &overlap {
            for (channel, (&own, &other)) in own.iter().zip(other).enumerate() {
                let other = seen(other);
                missing[channel].values[*at] = own - other;
                variances[0].add(own, own);
                variances[1].add(other, other);
            }
        }
        let missing = missing.map(|plane| plane.softened());
        let squares =
            overlap.iter().flat_map(|both| missing.iter().map(|plane| plane.values[both.at].powi(2)));
        let missing = squares.sum::<f32>() / (3 * overlap.len()) as f32;
        let variance = (variances[0].covariance() + variances[1].covariance()) as f32 / 2.0;
        (missing / (variance + NOISE)).min(NOTHING_ALIKE)
    }

    /// What both pictures show, without the edges and what lies beyond the other one.
    fn overlap(&self, other: &Self, place: Placement) -> Vec<Both> {
        let inside = EDGE..SIDE - EDGE;
        let places = inside.clone().flat_map(|y| inside.clone().map(move |x| (x, y)));
        let both = |(x, y): (usize, usize)| {
            let there = place.of(x, y, SIDE);
            let [red, green, blue] = other.colours.each_ref().map(|plane| plane.at(there));
            let at = y * SIDE + x;
            Some(Both {
                at,
                own: self.colours.each_ref().map(|plane| plane.values[at]),
                other: [red?, green?, blue?],
            })
        };
        places.filter_map(both).collect()
    }
}

/// The colours of a pixel and those that lie over it.
struct Both {
    /// Its place in a plane.
    at: usize,
    own: [f32; 3],
    other: [f32; 3],
}

/// Sums of two variables, for means and covariances.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    one: f64,
    other: f64,
    products: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, one: f32, other: f32) {
        let (one, other) = (f64::from(one), f64::from(other));
        self.count += 1.0;
        self.one += one;
        self.other += other;
        self.products += one * other;
        self.squares += other * other;
    }

    fn covariance(&self) -> f64 {
        let count = self.count.max(1.0);
        (self.products - self.one * self.other / count) / count
    }

    /// Gain and bias that make the other variable the one.
    fn line(&self) -> [f32; 2] {
        let count = self.count.max(1.0);
        let variance = (self.squares - self.other * self.other / count) / count;
        let gain = ((self.covariance() as f32 + NOISE) / (variance as f32 + NOISE)).clamp(GAINS[0], GAINS[1]);
        let bias = (self.one / count) as f32 - gain * (self.other / count) as f32;
        [gain, bias.clamp(-BIAS, BIAS)]
    }
}

/// Gain and bias that make the other picture as bright as this one, by what is neither black nor white.
fn light(overlap: &[Both]) -> [f32; 2] {
    let (mut middle, mut all) = (Sums::default(), Sums::default());
    for (&own, &other) in overlap.iter().flat_map(|both| both.own.iter().zip(&both.other)) {
        all.add(own, other);
        if (BLACK..SATURATED).contains(&own) {
            middle.add(own, other);
        }
    }
    if middle.count > (SIDE * SIDE / 8) as f64 { middle.line() } else { all.line() }
}

/// The largest mean difference of a cell in any channel; cells that are hardly covered don't count.
fn largest_difference(overlap: &[Both]) -> f32 {
    const ACROSS: usize = SIDE / CELL;
    let mut sums = vec![([0f32; 3], 0); ACROSS * ACROSS];
    for Both { at, own, other } in overlap {
        let (sum, count) = &mut sums[at / SIDE / CELL * ACROSS + at % SIDE / CELL];
        sum.iter_mut().zip(own).zip(other).for_each(|((sum, own), other)| *sum += own - other);
        *count += 1;
    }
    let covered = sums.iter().filter(|(_, count)| 2 * count >= CELL * CELL);
    covered.flat_map(|(sum, count)| sum.map(|sum| sum.abs() / *count as f32)).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::{draw, motifs};
    use crate::{Picture, squeezed};
    use impasto_random::Random;

    fn drawn(seed: u64) -> Picture {
        draw(&motifs()[0], 0, 96, &mut Random::new(seed, "likeness", 0))
    }

    fn unlikeness(one: &Picture, other: &Picture) -> f32 {
        let [one, other] = [one, other].map(|picture| Prepared::of(&Thumbnail::of(picture)));
        one.unlikeness(&other)
    }

    /// The part from so many pixels on, at the same size again.
    fn cropped(picture: &Picture, left: usize, top: usize, side: usize) -> Picture {
        let place = |at: usize| picture.pixel(left + at % side, top + at / side).to_vec();
        squeezed(Picture::new(side, side, 3, (0..side * side).flat_map(place).collect()), 96, 96)
    }

    #[test]
    fn a_picture_is_found_in_a_part_of_itself_and_brighter_and_others_are_unlike() {
        for seed in 0..6 {
            let picture = drawn(seed);
            assert_eq!(unlikeness(&picture, &picture), 0.0);
            let part = unlikeness(&cropped(&picture, 8, 2, 87), &picture);
            assert!(part < 0.02, "{seed}: {part}");
            let lit = |&byte: &u8| (f32::from(byte) * 1.15 + 10.0).min(255.0) as u8;
            let brighter = Picture::new(96, 96, 3, picture.pixels().iter().map(lit).collect());
            let lighter = unlikeness(&brighter, &picture);
            assert!(lighter < 0.02, "{seed}: {lighter}");
            let other = unlikeness(&drawn(seed + 100), &picture);
            assert!(other > 5.0 * part.max(lighter).max(0.01), "{seed}: {other} beside {part}");
        }
    }

    #[test]
    fn plain_grounds_and_single_pixels_have_an_unlikeness() {
        let plain = |value: u8| Picture::filled(9, 5, &[value]);
        assert!(unlikeness(&plain(90), &plain(90)) < 1e-3);
        assert!(unlikeness(&plain(0), &plain(255)) > 1.0);
        let transparent = Picture::filled(1, 1, &[0, 0, 0, 0]);
        assert!(unlikeness(&transparent, &plain(255)) < 1e-3, "seen on white");
    }
}
