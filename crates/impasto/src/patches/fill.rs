//! Holes in pictures, filled with patches of what the rest is made of.
//!
//! After Wexler, Shechtman and Irani, "Space-Time Completion of Video", 2007, with the search of Barnes and others, 2009: from
//! coarse to fine, every patch that touches the hole becomes its nearest patch of what is known, and each pixel of the hole
//! the mean of what those patches say of it, the nearer to the known the weightier. Differs from the papers: how similar a patch
//! is has no weight (flat patches are similar to everything flat, and would spread); it begins with a smooth guess (`smooth`), which goes
//! on drawing at the light and the colours of what is looked for near the known, and not at its details, so that edges go on and
//! nothing foreign comes in; and a finer level begins with the matches of the coarser one instead of its pixels, so nothing is ever
//! blurred. That each known patch must appear, as in `generate`, is wrong for holes: it makes cheap whatever is unlike them.

use impasto_system::Span;

use super::PatchError;
use super::codes::{Codes, SIDE};
use super::finer::finer;
use super::mask::Mask;
use super::nearest::{Field, Keys, Match, Search};
use super::raster::Raster;
use super::resize::{Edge, Filter};
use super::smooth::over;
use super::vote::Vote;

/// A level's size over that of the next finer one.
const STEP: f64 = 0.66;
/// How often matches are found and counted at the coarsest level and at the finest.
const TURNS: [f64; 2] = [6.0, 3.0];
/// How far what is looked for is drawn to the guess, at the coarsest level and at the finest.
const DRAWN: [f64; 2] = [1.0, 0.2];
/// So many steps from what is known the guess draws a third as much: deep in a hole it is smoother than anything known, and would
/// call for what is flat.
const REACH: f32 = 8.0;
/// It is drawn to it in a picture so many times smaller: by what is larger than a patch.
const LARGER: usize = 8;
/// The shorter side of the coarsest level.
const COARSEST: f64 = 20.0;
/// So few known patches are too few for a level.
const FEW: usize = 200;
/// What a step away from the known takes of the trust in a patch.
const FADING: f32 = 1.3;

/// A hole to be filled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    /// The picture, with a guess in its hole.
    pub(super) guess: &'a Raster,
    /// The pixels to be filled.
    pub(super) hole: &'a Mask,
    /// The pixels that no patch may be taken from: these and maybe more.
    pub(super) unknown: &'a Mask,
    pub(super) seed: u64,
}

impl Task<'_> {
    /// Refuses what leaves no patch.
    pub(super) fn check(unknown: &Mask) -> Result<(), PatchError> {
        let Mask { width, height, .. } = *unknown;
        if width.min(height) < SIDE {
            return Err(PatchError::TooSmall { width, height, least: SIDE });
        }
        match unknown.touched().iter().all(|&touched| touched) {
            true => Err(PatchError::NothingKnown { side: SIDE }),
            false => Ok(()),
        }
    }

    /// The picture with its hole filled; all other pixels stay as they are. Nothing is made where the work is stopped.
    pub(super) fn fill(&self, span: &mut Span<'_>) -> Result<Option<Raster>, PatchError> {
        let levels = levels(self.unknown)?;
        let count = levels.len();
        let mut made: Option<Coarser> = None;
        for (number, [width, height]) in levels.into_iter().enumerate() {
            let mask = self.hole.resized(width, height);
            let guess = self.guess.resized(width, height, Filter::Cubic, Edge::Still);
            let (touched, closed) = (mask.touched(), self.unknown.resized(width, height).touched());
            let share = number as f64 / (count.max(2) - 1) as f64;
            let between = |[coarse, fine]: [f64; 2]| coarse + share * (fine - coarse);
            let level = Level {
                guess: &guess,
                mask: &mask,
                far: mask.distances(),
                touched,
                closed,
                drawn: between(DRAWN) as f32,
                seed: self.seed,
                number: number as u64,
            };
            let start = made.map(|made| {
                let size = [made.filled.width(), made.filled.height()];
                finer(&made.field, [size; 2], [[width, height]; 2], false)
            });
            let first = start.as_ref().map_or_else(|| guess.clone(), |start| level.voted_for(start));
            let (filled, field) = level.refine(first, start, between(TURNS).round() as usize);
            made = Some(Coarser { filled, field });
            // Each level has about twice as many pixels as the one before.
            if !span.reached(0.5f64.powi((count - 1) as i32 - number as i32)) {
                return Ok(None);
            }
        }
        Ok(made.map(|made| over(&made.filled, self.guess, self.hole)))
    }
}

/// What a level leaves to the next one.
struct Coarser {
    filled: Raster,
    field: Field,
}

/// Sizes from coarse to fine, each with some patch of known pixels.
fn levels(unknown: &Mask) -> Result<Vec<[usize; 2]>, PatchError> {
    Task::check(unknown)?;
    let mut sizes = vec![[unknown.width, unknown.height]];
    loop {
        let scale = STEP.powi(sizes.len() as i32);
        let [across, down] = sizes[0].map(|side| (side as f64 * scale).round() as usize);
        let is_too_coarse = (across.min(down) as f64) < COARSEST;
        // A few known patches only would be repeated all over the hole.
        let known = || unknown.resized(across, down).touched().iter().filter(|&&touched| !touched).count();
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
    /// The picture, with the smooth guess in its hole.
    guess: &'a Raster,
    mask: &'a Mask,
    /// How far each pixel of the hole is from what is known.
    far: Vec<u32>,
    /// Which patches touch the hole,
    touched: Vec<bool>,
    /// and which ones something unknown.
    closed: Vec<bool>,
    /// How far what is looked for is drawn to the guess.
    drawn: f32,
    seed: u64,
    number: u64,
}

impl Level<'_> {
    /// Replaces the hole by known patches, several times.
    fn refine(&self, mut filled: Raster, mut start: Option<Vec<u32>>, turns: usize) -> (Raster, Field) {
        let codes = Codes::of(self.guess);
        let trust = self.trust();
        let mut turn = 0;
        loop {
            let queries = Codes::of(&self.drawn(&filled));
            let field = self.matched(&queries, &codes, start.as_deref(), turn as u64);
            let weight = |number: usize, _: &Match| trust[number];
            let voted = Vote { source: self.guess, field: &field, wrapped: false }.count(weight);
            filled = over(&voted, self.guess, self.mask);
            turn += 1;
            if turn == turns {
                return (filled, field);
            }
            start = Some(field.matches.iter().map(|found| found.place).collect());
        }
    }

    /// The same with the light and the colours of the guess, in a part: the less, the deeper in the hole.
    fn drawn(&self, filled: &Raster) -> Raster {
        let (width, height) = (filled.width(), filled.height());
        let apart = filled.with(self.guess, |own, guess| guess - own);
        let small =
            apart.resized(width.div_ceil(LARGER), height.div_ceil(LARGER), Filter::Cubic, Edge::Still);
        let apart = small.resized(width, height, Filter::Cubic, Edge::Still);
        let mut made = filled.clone();
        let pixels = made
            .values_mut()
            .chunks_exact_mut(filled.channels())
            .zip(apart.values().chunks_exact(filled.channels()));
        for ((own, apart), &far) in pixels.zip(&self.far).filter(|(_, far)| **far > 0) {
            let drawn = self.drawn * (-(far as f32 - 1.0) / REACH).exp();
            own.iter_mut().zip(apart).for_each(|(own, apart)| *own += drawn * apart);
        }
        made
    }

    /// What matches of a coarser level make of this one: their patches are known sharply here, so nothing is blurred.
    fn voted_for(&self, places: &[u32]) -> Raster {
        let across = self.mask.width - SIDE + 1;
        let (matches, trust) =
            (places.iter().map(|&place| Match { place, cost: 0.0 }).collect(), self.trust());
        let field = Field { across, down: self.mask.height - SIDE + 1, matches };
        let is_known =
            |place: usize| !self.closed[place / self.mask.width * across + place % self.mask.width];
        let weight =
            |number: usize, found: &Match| if is_known(found.place as usize) { trust[number] } else { 1e-9 };
        over(&Vote { source: self.guess, field: &field, wrapped: false }.count(weight), self.guess, self.mask)
    }

    /// A known patch for each that touches the hole; the others stay what they are.
    fn matched(&self, queries: &Codes, known: &Codes, start: Option<&[u32]>, turn: u64) -> Field {
        let (width, across) = (self.mask.width, self.mask.width - SIDE + 1);
        let place = |number: usize| number / across * width + number % across;
        let keys = Keys::those(known, |place| !self.closed[place / width * across + place % width]);
        let search = Search {
            queries,
            keys: &keys,
            wanted: Some(&self.touched),
            rounds: if start.is_some() { 3 } else { 5 },
            seed: self.seed,
            number: self.number * 100 + turn,
        };
        let mut field = search.run(start);
        for (number, own) in field.matches.iter_mut().enumerate().filter(|(n, _)| !self.touched[*n]) {
            *own = Match { place: place(number) as u32, cost: 0.0 };
        }
        field
    }

    /// How much each patch is trusted: the less, the farther its middle is from what is known.
    fn trust(&self) -> Vec<f32> {
        let across = self.mask.width - SIDE + 1;
        let middle = |number: usize| {
            self.far[(number / across + SIDE / 2) * self.mask.width + number % across + SIDE / 2]
        };
        let patches = across * (self.mask.height - SIDE + 1);
        (0..patches).map(|number| FADING.powf(-(middle(number) as f32)).max(1e-6)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let torn = over(&Raster::new(96, 80, 3, vec![0.5; 96 * 80 * 3]), &whole, &mask);
        let task = Task { guess: &torn, hole: &mask, unknown: &mask, seed: 1 };
        let filled = task.fill(&mut Span::unwatched()).unwrap().unwrap();
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
    fn light_and_colours_are_drawn_to_the_guess_and_details_are_not() {
        let guess = Raster::new(64, 64, 1, vec![0.75; 64 * 64]);
        let filled = Raster::new(64, 64, 1, (0..64 * 64).map(|at| (at % 2) as f32 * 0.5).collect());
        let mask = Mask::rectangle([64, 64], [1, 1, 62, 62]);
        let touched = mask.touched();
        let level = Level {
            guess: &guess,
            mask: &mask,
            far: mask.distances(),
            closed: touched.clone(),
            touched,
            drawn: 1.0,
            seed: 1,
            number: 0,
        };
        let drawn = level.drawn(&filled);
        let pair = |x: usize| [drawn.pixel(x, 32)[0], drawn.pixel(x + 1, 32)[0]];
        for (x, light) in [(8, 0.45), (30, 0.26)] {
            let [one, other] = pair(x);
            assert!(
                ((one + other) / 2.0 - light).abs() < 0.05 && (other - one - 0.5).abs() < 0.05,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn no_patch_is_taken_from_what_is_unknown_though_it_is_not_filled() {
        let plain = |value: f32| Raster::new(64, 48, 1, vec![value; 64 * 48]);
        let (hole, unknown) =
            (Mask::rectangle([64, 48], [20, 16, 16, 16]), Mask::rectangle([64, 48], [20, 16, 30, 16]));
        let guess = over(&plain(0.5), &over(&plain(0.6), &plain(0.25), &unknown), &hole);
        let filled =
            Task { guess: &guess, hole: &hole, unknown: &unknown, seed: 1 }.fill(&mut Span::unwatched());
        let filled = filled.unwrap().unwrap();
        assert!((filled.pixel(24, 24)[0] - 0.25).abs() < 0.01, "{:?}", filled.pixel(24, 24));
        assert_eq!(filled.pixel(45, 24), [0.6]);
    }

    #[test]
    fn a_picture_without_a_known_patch_is_refused() {
        let picture = weave(20, 20);
        let mask = Mask::rectangle([20, 20], [6, 6, 8, 8]);
        let error = Task { guess: &picture, hole: &mask, unknown: &mask, seed: 1 }
            .fill(&mut Span::unwatched())
            .unwrap_err();
        assert!(matches!(error, PatchError::NothingKnown { side: SIDE }));
    }
}
