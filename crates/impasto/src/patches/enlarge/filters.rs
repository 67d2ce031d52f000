//! Filters that make four pixels of one, a set for each kind of place, learned from pictures of random leaves.
//!
//! After RAISR (Romano, Isidoro and Milanfar, 2017). Differs from the paper: surroundings are turned and mirrored before a filter is
//! chosen, so that an eighth of the circle has to be learned; what is learned are differences from the pixel in the middle; all four
//! new pixels are made at once from the small picture.

use std::sync::LazyLock;

use rayon::prelude::*;

use super::super::raster::Raster;
use super::edges::{KINDS, Turn, places};

/// Pixels to each side that a filter sees.
pub(super) const REACH: usize = 3;
/// Pixels on a side of what it sees,
pub(super) const SIDE: usize = 2 * REACH + 1;
/// and all of them.
pub(super) const SEEN: usize = SIDE * SIDE;
/// What is made of a pixel: two by two.
pub(super) const MADE: usize = 4;

/// The factors of all filters: for each kind of place and each value that is seen, its part in each of the four that are made.
pub(super) type Factors = Vec<[[f32; MADE]; SEEN]>;

/// Filters for every kind of place, and for each of its turns.
#[derive(Debug, Clone)]
pub struct Filters {
    /// By kind, then turn.
    turned: Factors,
}

const LEARNED: &[u8] = include_bytes!("learned.filters");
/// What 1 is in the file.
const UNIT: f32 = 4096.0;

/// The filters that come with the program.
pub(super) fn builtin() -> &'static Filters {
    // The file is part of the program, and a test reads it.
    static FILTERS: LazyLock<Filters> =
        LazyLock::new(|| Filters::from_bytes(LEARNED).expect("the filters in the program are whole"));
    &FILTERS
}

impl Filters {
    /// From factors for surroundings that are turned as all of their kind.
    pub(super) fn new(factors: &Factors) -> Self {
        let turned = factors.iter().flat_map(|filter| Turn::ALL.map(|turn| unturned(filter, turn))).collect();
        Self { turned }
    }

    /// The filters in a file's bytes: whole numbers of 16 bits, of half of the values that are seen, since a picture upside down
    /// is no other kind.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        if !rest.is_empty() || pairs.len() != KINDS * SEEN * MADE / 2 {
            return None;
        }
        let numbers: Vec<f32> =
            pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / UNIT).collect();
        let filter = |numbers: &[f32]| {
            let mut filter = [[0.0; MADE]; SEEN];
            for (seen, pair) in numbers.as_chunks::<2>().0.iter().enumerate() {
                filter[seen][..2].copy_from_slice(pair);
                [filter[SEEN - 1 - seen][3], filter[SEEN - 1 - seen][2]] = *pair;
            }
            filter
        };
        Some(Self::new(&numbers.chunks_exact(SEEN * MADE / 2).map(filter).collect()))
    }

    /// The bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let filters = self.turned.iter().step_by(Turn::ALL.len());
        let numbers = filters.flat_map(|filter| filter.iter().flat_map(|factors| [factors[0], factors[1]]));
        numbers.flat_map(|number| ((number * UNIT).round() as i16).to_le_bytes()).collect()
    }

    /// A picture twice as large on each side.
    pub fn doubled(&self, picture: &Raster) -> Raster {
        let (width, channels) = (picture.width(), picture.channels());
        let places = places(picture);
        let framed = framed(picture);
        let stride = (width + 2 * REACH) * channels;
        let mut made = Raster::zeros(2 * width, 2 * picture.height(), channels);
        let rows = made.values_mut().par_chunks_mut(4 * width * channels).zip(places.par_chunks(width));
        rows.enumerate().for_each(|(y, (two, places))| {
            let (upper, lower) = two.split_at_mut(2 * width * channels);
            for (x, place) in places.iter().enumerate() {
                let filter = &self.turned[usize::from(place.kind) * Turn::ALL.len() + place.turn.number()];
                for channel in 0..channels {
                    let seen = &framed[y * stride + x * channels + channel..];
                    let [a, b, c, d] = filtered(seen, [stride, channels], filter);
                    let at = 2 * x * channels + channel;
                    (upper[at], upper[at + channels], lower[at], lower[at + channels]) = (a, b, c, d);
                }
            }
        });
        made
    }
}

/// The filter for surroundings as they are instead of turned.
fn unturned(filter: &[[f32; MADE]; SEEN], turn: Turn) -> [[f32; MADE]; SEEN] {
    let moved = |at: usize, side: usize| {
        let [row, column] = turn.moved([at / side, at % side], side);
        row * side + column
    };
    std::array::from_fn(|seen| std::array::from_fn(|made| filter[moved(seen, SIDE)][moved(made, 2)]))
}

/// The four values from what lies around a pixel; `seen` begins at the first of it.
fn filtered(seen: &[f32], [stride, step]: [usize; 2], filter: &[[f32; MADE]; SEEN]) -> [f32; MADE] {
    let middle = seen[REACH * stride + REACH * step];
    let mut made = [middle; MADE];
    for (row, factors) in filter.chunks_exact(SIDE).enumerate() {
        let line = &seen[row * stride..][..(SIDE - 1) * step + 1];
        for (value, factors) in line.iter().step_by(step).zip(factors) {
            made.iter_mut().zip(factors).for_each(|(made, factor)| *made += factor * (value - middle));
        }
    }
    made
}

/// The values of a picture with its last pixels repeated around it.
pub(super) fn framed(picture: &Raster) -> Vec<f32> {
    let (width, height) = (picture.width(), picture.height());
    let inside = |at: usize, side: usize| at.saturating_sub(REACH).min(side - 1);
    let pixels = (0..height + 2 * REACH).flat_map(|y| (0..width + 2 * REACH).map(move |x| (x, y)));
    pixels.flat_map(|(x, y)| picture.pixel(inside(x, width), inside(y, height))).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_in_the_program_are_whole_and_come_back_from_their_bytes() {
        assert_eq!(builtin().to_bytes(), LEARNED);
        assert!(Filters::from_bytes(&LEARNED[1..]).is_none() && Filters::from_bytes(&[]).is_none());
    }

    #[test]
    fn a_picture_turned_or_mirrored_becomes_the_same_turned_or_mirrored() {
        // No edge runs straight along a side, where mirroring says nothing.
        let at = |x: f32, y: f32| {
            0.5 + 0.2 * (0.9 * x + 0.31 * y).sin() + 0.15 * (0.23 * x - 0.71 * y + 0.4).cos()
        };
        let one = Raster::new(16, 16, 1, (0..256).map(|n| at((n % 16) as f32, (n / 16) as f32)).collect());
        for turn in Turn::ALL {
            let moved = |raster: &Raster| {
                let mut out = raster.clone();
                for (n, value) in raster.values().iter().enumerate() {
                    let side = raster.width();
                    let [row, column] = turn.moved([n / side, n % side], side);
                    out.pixel_mut(column, row)[0] = *value;
                }
                out
            };
            let (a, b) = (builtin().doubled(&moved(&one)), moved(&builtin().doubled(&one)));
            let far = a.with(&b, |a, b| (a - b).abs()).values().iter().copied().fold(0.0, f32::max);
            assert!(far < 1e-4, "{turn:?}: {far}");
        }
    }
}
