//! Holes in pictures, filled with what the rest is made of.
//!
//! After Wexler, Shechtman and Irani, "Space-Time Completion of Video", 2007, with the search of Barnes and others, 2009: from
//! coarse to fine, every patch that touches the hole becomes its nearest patch of what is known, and each pixel of the hole
//! the mean of what those patches say of it, the nearer to the known the weightier. Differs from the papers: how similar a patch
//! is has no weight (flat patches are similar to everything flat, and would spread); a patch is dearer the more it is
//! used, as in `generate`; the first guess is peeled (see there); and a finer level begins with the matches of the coarser
//! one instead of its pixels, so nothing is ever blurred.

use impasto_data::Picture;

use super::PatchError;
use super::codes::{Codes, SIDE, sum_of_squares};
use super::finer::finer;
use super::nearest::{Field, Keys, Match, SETTLED, Search};
use super::peel::peel;
use super::raster::Raster;
use super::resize::{Edge, Filter};
use super::vote::Vote;

/// A level's size over that of the next finer one.
const STEP: f64 = 0.66;
/// How often matches are found and counted at the coarsest level and at the finest.
const TURNS: [usize; 2] = [6, 3];
/// The shorter side of the coarsest level.
const COARSEST: f64 = 20.0;
/// So few known patches are too few for a level.
const FEW: usize = 200;
/// How little a patch that is used already may cost, as a mean of squares.
const ALPHA: f32 = 0.03;
/// With so many known patches, only some of them are tried for the first guess.
const MANY: usize = 20_000;
/// What a step away from the known takes of the trust in a patch.
const FADING: f32 = 1.3;

/// Which pixels of a picture are meant, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Pixels across,
    pub width: usize,
    /// and down.
    pub height: usize,
    /// Whether each one is meant.
    pub meant: Vec<bool>,
}

impl Mask {
    /// The pixels of a rectangle.
    pub fn rectangle([width, height]: [usize; 2], [left, top, across, down]: [usize; 4]) -> Self {
        let inside = |at: usize| {
            let (x, y) = (at % width, at / width);
            (left..left + across).contains(&x) && (top..top + down).contains(&y)
        };
        Self { width, height, meant: (0..width * height).map(inside).collect() }
    }

    /// How many pixels are meant.
    pub fn count(&self) -> usize {
        self.meant.iter().filter(|&&one| one).count()
    }

    /// The same in another size: a pixel is meant where any part of it is.
    fn resized(&self, width: usize, height: usize) -> Self {
        let mut meant = vec![false; width * height];
        for at in (0..self.meant.len()).filter(|&at| self.meant[at]) {
            let (x, y) = (at % self.width, at / self.width);
            let span = |at: usize, old: usize, new: usize| at * new / old..=((at + 1) * new - 1) / old;
            for y in span(y, self.height, height) {
                span(x, self.width, width).for_each(|x| meant[y * width + x] = true);
            }
        }
        Self { width, height, meant }
    }

    /// For each patch, row by row, whether it has such a pixel.
    fn touched(&self) -> Vec<bool> {
        let row =
            |line: &[bool]| -> Vec<bool> { line.windows(SIDE).map(|some| some.contains(&true)).collect() };
        let rows: Vec<Vec<bool>> = self.meant.chunks_exact(self.width).map(row).collect();
        let column = |rows: &[Vec<bool>], x: usize| rows.iter().any(|row| row[x]);
        rows.windows(SIDE)
            .flat_map(|rows| (0..rows[0].len()).map(|x| column(rows, x)).collect::<Vec<_>>())
            .collect()
    }
}

/// Fills the pixels that are meant; all others stay as they are. `told` hears which share of the work is done; where it
/// says no, nothing is made.
pub fn fill(
    picture: &Raster,
    hole: &Mask,
    seed: u64,
    told: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Raster>, PatchError> {
    assert_eq!(
        [picture.width(), picture.height()],
        [hole.width, hole.height],
        "a mask of the picture's size"
    );
    let levels = levels(hole)?;
    let count = levels.len();
    let base = smooth(picture, hole);
    let mut made: Option<Coarser> = None;
    for (number, [width, height]) in levels.into_iter().enumerate() {
        let mask = hole.resized(width, height);
        let known = base.resized(width, height, Filter::Cubic, Edge::Still);
        let (touched, number) = (mask.touched(), number as u64);
        let level = Level { known: &known, mask: &mask, touched, seed, number };
        let start = made.map(|made| {
            let size = [made.filled.width(), made.filled.height()];
            finer(&made.field, [size; 2], [[width, height]; 2], false)
        });
        let guess = start.as_ref().map_or_else(|| level.first(), |start| level.voted_for(start));
        let share = number as f64 / (count.max(2) - 1) as f64;
        let turns = TURNS[0] as f64 + share * (TURNS[1] as f64 - TURNS[0] as f64);
        let (filled, field) = level.refine(guess, start, turns.round() as usize);
        made = Some(Coarser { filled, field });
        // Each level has about twice as many pixels as the one before.
        if !told(0.5f64.powi((count - 1) as i32 - number as i32)) {
            return Ok(None);
        }
    }
    Ok(made.map(|made| over(&made.filled, picture, hole)))
}

/// What a level leaves to the next one.
struct Coarser {
    filled: Raster,
    field: Field,
}

/// The same for a picture of bytes: those of pixels that are not meant stay what they are.
pub fn repaired(
    picture: &Picture,
    hole: &Mask,
    seed: u64,
    told: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Picture>, PatchError> {
    let Some(filled) = fill(&Raster::of(picture), hole, seed, told)? else { return Ok(None) };
    let (mut made, filled) = (picture.clone(), filled.picture());
    let channels = made.channels();
    let pixels = made.pixels_mut().chunks_exact_mut(channels).zip(filled.pixels().chunks_exact(channels));
    pixels.zip(&hole.meant).filter(|(_, meant)| **meant).for_each(|((own, new), _)| own.copy_from_slice(new));
    Ok(Some(made))
}

/// Sizes from coarse to fine, each with some patch of known pixels.
fn levels(hole: &Mask) -> Result<Vec<[usize; 2]>, PatchError> {
    let (width, height) = (hole.width, hole.height);
    let short = width.min(height);
    if short < SIDE {
        return Err(PatchError::TooSmall { width, height, least: SIDE });
    }
    if hole.touched().iter().all(|&touched| touched) {
        return Err(PatchError::NothingKnown { side: SIDE });
    }
    let mut sizes = vec![[width, height]];
    loop {
        let scale = STEP.powi(sizes.len() as i32);
        let [across, down] = [width, height].map(|side| (side as f64 * scale).round() as usize);
        let is_too_coarse = (across.min(down) as f64) < COARSEST;
        // A few known patches only would be repeated all over the hole.
        let known = || hole.resized(across, down).touched().iter().filter(|&&touched| !touched).count();
        if is_too_coarse || known() < FEW {
            break;
        }
        sizes.push([across, down]);
    }
    sizes.reverse();
    Ok(sizes)
}

/// One size of the picture.
struct Level<'a> {
    /// What is known, and something smooth where nothing is.
    known: &'a Raster,
    mask: &'a Mask,
    /// Which patches touch it.
    touched: Vec<bool>,
    seed: u64,
    number: u64,
}

impl Level<'_> {
    /// Something to begin with, from the edge of the hole inwards.
    fn first(&self) -> Raster {
        let (width, across) = (self.mask.width, self.mask.width - SIDE + 1);
        let untouched = self.touched.iter().enumerate().filter(|(_, touched)| !**touched);
        let mut places: Vec<usize> = untouched.map(|(n, _)| n / across * width + n % across).collect();
        if places.len() > MANY {
            places = places.iter().step_by(places.len().div_ceil(MANY)).copied().collect();
        }
        peel(self.known, &distances(self.mask), &places)
    }

    /// Replaces the guess by known patches, several times.
    fn refine(&self, mut guess: Raster, mut start: Option<Vec<u32>>, turns: usize) -> (Raster, Field) {
        let codes = Codes::of(self.known);
        let trust = self.trust();
        let mut turn = 0;
        loop {
            let queries = Codes::of(&guess);
            let field = self.matched(&queries, &codes, start.as_deref(), turn as u64);
            let weight = |number: usize, _: &Match| trust[number];
            let voted = Vote { source: self.known, field: &field, wrapped: false }.count(weight);
            guess = over(&voted, self.known, self.mask);
            turn += 1;
            if turn == turns {
                return (guess, field);
            }
            start = Some(field.matches.iter().map(|found| found.place).collect());
        }
    }

    /// What matches of a coarser level make of this one: their patches are known sharply here, so nothing is blurred.
    fn voted_for(&self, places: &[u32]) -> Raster {
        let across = self.mask.width - SIDE + 1;
        let (matches, trust) =
            (places.iter().map(|&place| Match { place, cost: 0.0 }).collect(), self.trust());
        let field = Field { across, down: self.mask.height - SIDE + 1, matches };
        let is_known =
            |place: usize| !self.touched[place / self.mask.width * across + place % self.mask.width];
        let weight =
            |number: usize, found: &Match| if is_known(found.place as usize) { trust[number] } else { 1e-9 };
        over(&Vote { source: self.known, field: &field, wrapped: false }.count(weight), self.known, self.mask)
    }

    /// A known patch for each that touches the hole; the others stay what they are.
    fn matched(&self, queries: &Codes, known: &Codes, start: Option<&[u32]>, turn: u64) -> Field {
        let (width, across) = (self.mask.width, self.mask.width - SIDE + 1);
        let place = |number: usize| number / across * width + number % across;
        let touches = |place: usize| self.touched[place / width * across + place % width];
        let seek = |queries, keys: &Keys<'_>, wanted: &[bool], start: Option<&[u32]>, side: u64| {
            let rounds = if start.is_some() { 3 } else { 5 };
            let number = (self.number * 100 + turn) * 2 + side;
            Search { queries, keys, wanted: Some(wanted), rounds, seed: self.seed, number }.run(start)
        };
        let mut keys = Keys::those(known, |place| !touches(place));
        if self.mask.meant.len() < SETTLED {
            let untouched: Vec<bool> = self.touched.iter().map(|touched| !touched).collect();
            let back = seek(known, &Keys::those(queries, touches), &untouched, None, 1);
            let alpha = sum_of_squares(ALPHA, self.known.channels());
            keys = keys.wanted_by(&back, alpha);
        }
        let mut field = seek(queries, &keys, &self.touched, start, 0);
        for (number, own) in field.matches.iter_mut().enumerate().filter(|(n, _)| !self.touched[*n]) {
            *own = Match { place: place(number) as u32, cost: 0.0 };
        }
        field
    }

    /// How much each patch is trusted: the less, the farther its middle is from what is known.
    fn trust(&self) -> Vec<f32> {
        let far = distances(self.mask);
        let across = self.mask.width - SIDE + 1;
        let middle =
            |number: usize| far[(number / across + SIDE / 2) * self.mask.width + number % across + SIDE / 2];
        let patches = across * (self.mask.height - SIDE + 1);
        (0..patches).map(|number| FADING.powf(-(middle(number) as f32)).max(1e-6)).collect()
    }
}

/// For each pixel how many steps it is to the nearest one that is not meant, straight or aslant.
fn distances(mask: &Mask) -> Vec<u32> {
    let (width, height) = (mask.width as i64, mask.height as i64);
    let mut far: Vec<u32> = mask.meant.iter().map(|&meant| if meant { u32::MAX / 2 } else { 0 }).collect();
    let mut look = |at: i64, around: [(i64, i64); 4]| {
        let (x, y) = (at % width, at / width);
        let inside = |&(right, down): &(i64, i64)| {
            (0..width).contains(&(x + right)) && (0..height).contains(&(y + down))
        };
        let nearest = around
            .iter()
            .filter(|step| inside(step))
            .map(|(right, down)| far[(at + down * width + right) as usize] + 1);
        far[at as usize] = nearest.min().unwrap_or(u32::MAX).min(far[at as usize]);
    };
    (0..width * height).for_each(|at| look(at, [(-1, 0), (0, -1), (-1, -1), (1, -1)]));
    (0..width * height).rev().for_each(|at| look(at, [(1, 0), (0, 1), (1, 1), (-1, 1)]));
    far
}

/// The first where the mask is, the second elsewhere.
fn over(inside: &Raster, outside: &Raster, mask: &Mask) -> Raster {
    let mut made = outside.clone();
    let channels = made.channels();
    let pixels = made.values_mut().chunks_exact_mut(channels).zip(inside.values().chunks_exact(channels));
    pixels.zip(&mask.meant).filter(|(_, meant)| **meant).for_each(|((own, new), _)| own.copy_from_slice(new));
    made
}

/// The picture with something smooth in its hole: means of what is around, from ever coarser levels (the pull and push of Gortler and
/// others, "The Lumigraph", 1996).
fn smooth(picture: &Raster, hole: &Mask) -> Raster {
    if hole.count() == 0 || hole.count() == hole.meant.len() {
        return picture.clone();
    }
    let (width, height) = (hole.width.div_ceil(2), hole.height.div_ceil(2));
    let channels = picture.channels();
    let mut sums = Raster::zeros(width, height, channels);
    let mut counts = vec![0u32; width * height];
    for at in (0..hole.meant.len()).filter(|&at| !hole.meant[at]) {
        let (x, y) = (at % hole.width, at / hole.width);
        counts[y / 2 * width + x / 2] += 1;
        let own = picture.pixel(x, y);
        sums.pixel_mut(x / 2, y / 2).iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
    }
    for (pixel, &count) in sums.values_mut().chunks_exact_mut(channels).zip(&counts) {
        pixel.iter_mut().for_each(|value| *value /= count.max(1) as f32);
    }
    let coarse = Mask { width, height, meant: counts.iter().map(|&count| count == 0).collect() };
    let coarse = smooth(&sums, &coarse);
    over(&coarse.resized(hole.width, hole.height, Filter::Cubic, Edge::Still), picture, hole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    /// A weave of period 12 by 8.
    fn weave(width: usize, height: usize) -> Raster {
        let turn = std::f32::consts::TAU;
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x as f32, y as f32)));
        let values = pixels.flat_map(|(x, y)| {
            let (a, b) = ((turn * x / 12.0).sin(), (turn * y / 8.0).cos());
            [0.5 + 0.3 * a, 0.5 + 0.25 * a * b, 0.5 - 0.4 * b]
        });
        Raster::new(width, height, 3, values.collect())
    }

    #[test]
    fn a_hole_in_a_weave_is_woven_again_and_nothing_else_is_touched() {
        let whole = weave(96, 80);
        let mask = Mask::rectangle([96, 80], [30, 24, 28, 26]);
        let mut torn = whole.clone();
        let noise = Random::new(1, "torn", 0).uniforms(96 * 80 * 3, 0.0, 1.0);
        let torn_pixels = torn.values_mut().chunks_exact_mut(3).zip(noise.chunks_exact(3)).zip(&mask.meant);
        torn_pixels.filter(|(_, meant)| **meant).for_each(|((own, noise), _)| own.copy_from_slice(noise));
        let filled = fill(&torn, &mask, 1, &mut |_| true).unwrap().unwrap();
        let mut square = 0.0;
        for (at, meant) in mask.meant.iter().enumerate() {
            let [own, new] = [&whole, &filled].map(|raster| raster.pixel(at % 96, at / 96));
            square += own.iter().zip(new).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
            assert!(*meant || own == new);
        }
        let psnr = -10.0 * (square / (3 * mask.count()) as f32).log10();
        assert!(psnr > 30.0, "{psnr} decibels inside");
    }

    #[test]
    fn a_mask_keeps_every_part_of_it_in_every_size_and_knows_its_patches() {
        let mask = Mask::rectangle([20, 16], [9, 7, 1, 1]);
        assert_eq!(
            (mask.count(), mask.touched().iter().filter(|&&touched| touched).count()),
            (1, SIDE * SIDE)
        );
        assert_eq!(mask.resized(10, 8), Mask::rectangle([10, 8], [4, 3, 1, 1]));
        assert!((7..20).all(|side| mask.resized(side, side).count() >= 1));
    }

    #[test]
    fn distances_grow_towards_the_middle() {
        let mask = Mask::rectangle([9, 9], [1, 1, 7, 7]);
        let far = distances(&mask);
        assert_eq!((far[0], far[10], far[4 * 9 + 4], far[4 * 9 + 2]), (0, 1, 4, 2));
    }

    #[test]
    fn a_picture_without_a_known_patch_is_refused() {
        let picture = weave(20, 20);
        let error = fill(&picture, &Mask::rectangle([20, 20], [6, 6, 8, 8]), 1, &mut |_| true).unwrap_err();
        assert!(matches!(error, PatchError::NothingKnown { side: SIDE }));
    }
}
