//! A palette of at most 256 colours for many frames, and their pixels in it.
//!
//! Where the frames hold no more colours than that (all grey ones do), the palette is exact. Otherwise it is fitted to
//! all frames (`quantise`), and pixels are dithered by an ordered pattern: unlike error diffusion it stays
//! where it is from frame to frame, so that still parts of an animation don't flicker.

use std::collections::BTreeMap;

use impasto_data::Picture;

use super::quantise::{Counted, quantise};

/// Colours for all frames of an animation.
pub(super) struct Palette {
    colours: Vec<[u8; 3]>,
    lookup: Lookup,
}

enum Lookup {
    Exact(BTreeMap<[u8; 3], u8>),
    /// The nearest colour by the upper bits of each channel, and how far the pattern reaches.
    Nearest {
        table: Vec<u8>,
        reach: f32,
    },
}

const MOST: usize = 256;
/// 6 bits for each channel: finer than any palette of 256 colours.
const BITS: u32 = 6;
/// Each channel has the pattern in another place, so that colours are mixed in all directions and not only lighter
/// and darker ones.
const SHIFTS: [[usize; 2]; 3] = [[0, 0], [3, 5], [6, 2]];

impl Palette {
    /// A palette for RGB frames.
    pub(super) fn of(frames: &[Picture]) -> Self {
        match few_colours(frames) {
            Some(exact) => Self { colours: exact.keys().copied().collect(), lookup: Lookup::Exact(exact) },
            None => Self::fitted(frames),
        }
    }

    /// The colours as a GIF wants them.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.colours.concat()
    }

    /// The pixels of an RGB frame as numbers of colours.
    pub(super) fn index(&self, frame: &Picture) -> Vec<u8> {
        let width = frame.width().max(1);
        let pixels = frame.pixels().as_chunks::<3>().0;
        match &self.lookup {
            Lookup::Exact(exact) => {
                pixels.iter().map(|colour| exact.get(colour).copied().unwrap_or(0)).collect()
            }
            Lookup::Nearest { table, reach } => {
                let dithered = pixels.iter().enumerate().map(|(at, colour)| {
                    std::array::from_fn(|channel| {
                        let [right, down] = SHIFTS[channel];
                        let push = threshold(at % width + right, at / width + down) * reach;
                        (f32::from(colour[channel]) + push).round() as u8
                    })
                });
                dithered.map(|colour| table[key(colour)]).collect()
            }
        }
    }

    fn fitted(frames: &[Picture]) -> Self {
        let colours = quantise(&counted(frames), MOST);
        let table = (0..1 << (3 * BITS)).map(|key| nearest(&colours, middle(key))).collect();
        let reach = spacing(&colours);
        Self { colours, lookup: Lookup::Nearest { table, reach } }
    }
}

/// The colours of all frames when they are few.
fn few_colours(frames: &[Picture]) -> Option<BTreeMap<[u8; 3], u8>> {
    let mut found = BTreeMap::new();
    let mut last = None;
    for colour in frames.iter().flat_map(|frame| frame.pixels().as_chunks::<3>().0) {
        if last != Some(colour) && found.insert(*colour, 0).is_none() && found.len() > MOST {
            return None;
        }
        last = Some(colour);
    }
    found.values_mut().enumerate().for_each(|(number, place)| *place = number as u8);
    Some(found)
}

/// The pixels of all frames, those of one key together.
fn counted(frames: &[Picture]) -> Vec<Counted> {
    let mut sums = vec![[0u64; 4]; 1 << (3 * BITS)];
    for colour in frames.iter().flat_map(|frame| frame.pixels().as_chunks::<3>().0) {
        let [red, green, blue, count] = &mut sums[key(*colour)];
        *red += u64::from(colour[0]);
        *green += u64::from(colour[1]);
        *blue += u64::from(colour[2]);
        *count += 1;
    }
    let used = sums.into_iter().filter(|[_, _, _, count]| *count > 0);
    used.map(|[red, green, blue, count]| {
        let count = count as f64;
        Counted { colour: [red, green, blue].map(|sum| sum as f64 / count), count }
    })
    .collect()
}

fn key(colour: [u8; 3]) -> usize {
    colour.iter().fold(0, |key, &part| key << BITS | usize::from(part >> (8 - BITS)))
}

/// The colour in the middle of those that share a key.
fn middle(key: usize) -> [u8; 3] {
    [2, 1, 0].map(|channel| {
        let upper = key >> (channel * BITS) & ((1 << BITS) - 1);
        (upper << (8 - BITS) | 1 << (7 - BITS)) as u8
    })
}

fn nearest(colours: &[[u8; 3]], wanted: [u8; 3]) -> u8 {
    let numbered = colours.iter().enumerate();
    numbered.min_by_key(|(_, colour)| distance(**colour, wanted)).map_or(0, |(number, _)| number as u8)
}

fn distance(one: [u8; 3], two: [u8; 3]) -> u32 {
    (0..3).map(|channel| u32::from(one[channel].abs_diff(two[channel])).pow(2)).sum()
}

/// The median distance of a colour to its nearest neighbour: a pattern that reaches so far mixes neighbours and no
/// more.
fn spacing(colours: &[[u8; 3]]) -> f32 {
    let to_neighbour = |one: &[u8; 3]| {
        colours.iter().filter(|two| *two != one).map(|two| distance(*one, *two)).min().unwrap_or(0)
    };
    let mut distances: Vec<u32> = colours.iter().map(to_neighbour).collect();
    distances.sort_unstable();
    (distances.get(distances.len() / 2).copied().unwrap_or(0) as f32).sqrt()
}

/// Bayer's 8 x 8 pattern, within (-0.5, 0.5): the bits of x ^ y and y, interleaved and reversed.
fn threshold(x: usize, y: usize) -> f32 {
    let (crossed, y) = (x ^ y, y);
    let bit = |of: usize, from: usize, to: usize| (of >> from & 1) << to;
    let place =
        (0..3).map(|level| bit(crossed, level, 5 - 2 * level) | bit(y, level, 4 - 2 * level)).sum::<usize>();
    (place as f32 + 0.5) / 64.0 - 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_are_kept_exactly() {
        let pixels = (0..=255u8).flat_map(|grey| [grey; 3]).collect();
        let frame = Picture::new(16, 16, 3, pixels);
        let palette = Palette::of(std::slice::from_ref(&frame));
        let back: Vec<u8> =
            palette.index(&frame).iter().flat_map(|&at| palette.colours[usize::from(at)]).collect();
        assert_eq!(back, frame.pixels());
    }

    #[test]
    fn many_colours_keep_their_local_mean() {
        let wave = |x: usize, y: usize| [x * 4, y * 4, 255 - (x + y) * 2].map(|part| part as u8);
        let pixels = (0..64 * 64).flat_map(|at| wave(at % 64, at / 64)).collect();
        let frame = Picture::new(64, 64, 3, pixels);
        let palette = Palette::of(std::slice::from_ref(&frame));
        let index = palette.index(&frame);
        let block_mean = |of: &dyn Fn(usize) -> f64, left: usize, top: usize| {
            (0..64).map(|at| of((top + at / 8) * 64 + left + at % 8)).sum::<f64>() / 64.0
        };
        for (left, top) in (0..64).map(|block| (block % 8 * 8, block / 8 * 8)) {
            for channel in 0..3 {
                let was = block_mean(&|at| f64::from(frame.pixels()[at * 3 + channel]), left, top);
                let is =
                    block_mean(&|at| f64::from(palette.colours[usize::from(index[at])][channel]), left, top);
                assert!((was - is).abs() < 10.0, "at {left}, {top} channel {channel}: {was} became {is}");
            }
        }
    }

    #[test]
    fn the_pattern_holds_every_threshold_once() {
        let mut places: Vec<i32> =
            (0..64).map(|at| (threshold(at % 8, at / 8) * 64.0 + 31.5) as i32).collect();
        places.sort_unstable();
        assert_eq!(places, (0..64).collect::<Vec<i32>>());
        assert_eq!(threshold(3, 5), threshold(11, 13));
    }
}
