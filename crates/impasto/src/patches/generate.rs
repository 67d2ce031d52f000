//! New pictures from a single one, without training.
//!
//! After Granot and others, "Drop the GAN: In Defense of Patches Nearest Neighbors as Single Image Generative Models", 2022:
//! from coarse to fine, each patch of the new picture becomes its nearest patch of the given one, which is made dearer the
//! more it is used, so that all of the given picture comes to appear. Noise at the coarsest level makes the new pictures
//! differ. Differs from the paper: matches are found by `nearest` and begin at those of the coarser level; how coarse the
//! coarsest level is, how faint the picture there and how loud the noise follows from a strength; and patches can go around
//! the edges, which gives tiles.

use impasto_random::Random;

use super::PatchError;
use super::codes::{Codes, SIDE, sum_of_squares};
use super::finer::finer;
use super::nearest::{Field, Keys, SETTLED, Search};
use super::raster::Raster;
use super::resize::{Edge, Filter};
use super::vote::Vote;

/// The shorter side of the coarsest level, for a strength of 1 and of 0.
const COARSEST: [f64; 2] = [16.0, 64.0];
/// A level's size over that of the next finer one.
const STEP: f64 = 0.75;
/// How loud the noise is at a strength of 1, in deviations of the picture.
const LOUD: f64 = 6.0;
/// How much fainter the picture itself is then.
const FAINT: f64 = 0.75;
/// How little a patch that is used already may cost, as a mean of squares: less of this, and more of the picture must appear.
const ALPHA: f32 = 0.005;

/// What is to be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// Pixels across,
    pub width: usize,
    /// and down.
    pub height: usize,
    /// 0: the picture itself; 1: a new order of all its parts.
    pub strength: f64,
    /// Whether copies side by side shall show no seam.
    pub tileable: bool,
    /// What the noise is drawn from.
    pub seed: u64,
}

/// Makes a new picture of a given one. `told` hears which share of the work is done; where it says no, nothing is made.
pub fn generate(
    source: &Raster,
    wish: &Wish,
    told: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Raster>, PatchError> {
    let levels = levels(source, wish)?;
    let edge = if wish.tileable { Edge::Wrapped } else { Edge::Still };
    let work: f64 = levels.iter().map(Level::work).sum();
    let mut done = 0.0;
    let mut made: Option<(Raster, Field)> = None;
    for (number, level) in levels.iter().enumerate() {
        let own = source.resized(level.own[0], level.own[1], Filter::Cubic, Edge::Still);
        let [width, height] = level.new;
        let (guess, start, blurred) = match &made {
            None => (first(source, level, wish), None, own.clone()),
            Some((made, field)) => {
                let before = &levels[number - 1];
                let start = finer(field, [before.own, before.new], [level.own, level.new], wish.tileable);
                let coarse = source.resized(before.own[0], before.own[1], Filter::Cubic, Edge::Still);
                let blurred = coarse.resized(level.own[0], level.own[1], Filter::Cubic, Edge::Still);
                (made.resized(width, height, Filter::Cubic, edge), Some(start), blurred)
            }
        };
        made = Some(level.refine([&own, &blurred], guess, start, wish, number as u64));
        done += level.work();
        if !told(done / work) {
            return Ok(None);
        }
    }
    Ok(made.map(|(made, _)| made))
}

/// One size of the pyramid.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Level {
    /// Width and height of the given picture,
    own: [usize; 2],
    /// and of the new one.
    new: [usize; 2],
    /// How often matches are found and counted.
    turns: usize,
}

/// From coarse to fine.
fn levels(source: &Raster, wish: &Wish) -> Result<Vec<Level>, PatchError> {
    let (own, new) = ([source.width(), source.height()], [wish.width, wish.height]);
    let short = own.into_iter().chain(new).min().unwrap_or(0);
    if short < SIDE {
        return Err(PatchError::TooSmall { width: source.width(), height: source.height(), least: SIDE });
    }
    let [strong, weak] = COARSEST;
    let coarsest = (strong * (weak / strong).powf(1.0 - wish.strength)).min(short as f64);
    let count = ((short as f64 / coarsest).ln() / (1.0 / STEP).ln()).round() as usize;
    let least = SIDE.max(coarsest.round() as usize).min(short);
    let level = |number: usize| {
        let scale = STEP.powi((count - number) as i32);
        let sides = |sides: [usize; 2]| sides.map(|side| ((side as f64 * scale).round() as usize).max(least));
        let turns = match sides(new)[0] * sides(new)[1] {
            0..10_000 => 8,
            10_000..SETTLED => 4,
            _ => 2,
        };
        Level { own: sides(own), new: sides(new), turns }
    };
    Ok((0..=count).map(level).collect())
}

/// What the coarsest level begins with: the picture squeezed into the new size, fainter the stronger the wish is, and noise
/// that is measured by the picture's own contrast.
fn first(source: &Raster, level: &Level, wish: &Wish) -> Raster {
    let [width, height] = level.new;
    let mut guess = source.resized(width, height, Filter::Cubic, Edge::Still);
    let count = guess.values().len();
    let mean = guess.values().iter().sum::<f32>() / count as f32;
    let variance = guess.values().iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count as f32;
    let faint = (FAINT * wish.strength * wish.strength) as f32;
    let loud = (LOUD * wish.strength.sqrt()) as f32 * variance.sqrt();
    let noise = Random::new(wish.seed, "patch noise", 0).normals(count);
    for (value, noise) in guess.values_mut().iter_mut().zip(noise) {
        *value += faint * (mean - *value) + loud * noise;
    }
    guess
}

impl Level {
    fn work(&self) -> f64 {
        (self.new[0] * self.new[1] * self.turns) as f64
    }

    /// Replaces the guess by patches of the picture, several times.
    fn refine(
        &self,
        [own, blurred]: [&Raster; 2],
        mut guess: Raster,
        mut start: Option<Vec<u32>>,
        wish: &Wish,
        number: u64,
    ) -> (Raster, Field) {
        let [sharp, blurred] = [own, blurred].map(Codes::of);
        let alpha = sum_of_squares(ALPHA, own.channels());
        let mut turn = 0;
        loop {
            let around = if wish.tileable { guess.wrapped(SIDE - 1) } else { guess };
            let queries = Codes::of(&around);
            // At first both sides are blurred, then both are sharp.
            let codes = if turn == 0 { &blurred } else { &sharp };
            let seek = |queries, keys: &Keys<'_>, start: Option<&[u32]>, side: u64| {
                let number = (number * 100 + turn as u64) * 2 + side;
                let rounds = if start.is_some() { 2 } else { 4 };
                Search { queries, keys, wanted: None, rounds, seed: wish.seed, number }.run(start)
            };
            let mut keys = Keys::all(codes);
            if self.new[0] * self.new[1] < SETTLED {
                let back = seek(codes, &Keys::all(&queries), None, 1);
                keys = keys.wanted_by(&back, alpha);
            }
            let field = seek(&queries, &keys, start.as_deref(), 0);
            guess = Vote { source: own, field: &field, wrapped: wish.tileable }.count(|_, _| 1.0);
            turn += 1;
            if turn == self.turns {
                return (guess, field);
            }
            start = Some(field.matches.iter().map(|found| found.place).collect());
        }
    }
}
