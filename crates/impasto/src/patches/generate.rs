//! New pictures from a single one, without training.
//!
//! After Granot and others, "Drop the GAN: In Defense of Patches Nearest Neighbors as Single Image Generative Models", 2022:
//! from coarse to fine, each patch of the new picture becomes its nearest patch of the given one, which is made dearer the
//! more it is used, so that all of the given picture comes to appear. Noise at the coarsest level makes the new pictures
//! differ. Differs from the paper: matches are found by `nearest` and begin at those of the coarser level; patches would best
//! come from near their own place (`drift`), the more so the smaller the strength, from which also follows how coarse the
//! coarsest level is and how loud the noise; another shape begins with a layout of its own (`layout`); and patches can go
//! around the edges, which gives tiles.

use impasto_random::Random;
use impasto_system::Span;

use super::PatchError;
use super::codes::{Codes, SIDE, sum_of_squares};
use super::drift::{Drift, contrast};
use super::finer::finer;
use super::layout::Layout;
use super::nearest::{Field, Keys, SETTLED, Search};
use super::raster::Raster;
use super::resize::{Edge, Filter};
use super::vote::Vote;

/// The shorter side of the coarsest level, for a strength of 1 and of 0, and at most for another shape.
const COARSEST: [f64; 3] = [24.0, 96.0, 64.0];
/// A level's size over that of the next finer one.
const STEP: f64 = 0.75;
/// How loud the noise is at a strength of 1, in deviations of the picture.
const LOUD: f64 = 6.0;
/// How much fainter the picture itself is then.
const FAINT: f64 = 0.75;
/// How little a patch that is used already may cost, as a mean of squares, for strengths up to a half and of 1: less of this, and more of
/// the picture must appear.
const ALPHA: [f32; 2] = [0.02, 0.005];
/// For so many turns of the coarsest level parts are held where they were moved.
const HELD: usize = 4;

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

/// Makes a new picture of a given one; nothing where the work is stopped.
pub fn generate(source: &Raster, wish: &Wish, span: &mut Span<'_>) -> Result<Option<Raster>, PatchError> {
    if wish.strength == 0.0
        && !wish.tileable
        && [wish.width, wish.height] == [source.width(), source.height()]
    {
        return Ok(span.reached(1.0).then(|| source.clone()));
    }
    let source = &no_larger(source, wish);
    let levels = levels(source, wish)?;
    let edge = if wish.tileable { Edge::Wrapped } else { Edge::Still };
    let coarsest = source.resized(levels[0].own[0], levels[0].own[1], Filter::Cubic, Edge::Still);
    let drift = Drift::new(Layout::fitted(&coarsest, levels[0].new), wish.strength, wish.seed);
    let work: f64 = levels.iter().map(Level::work).sum();
    let mut done = 0.0;
    let mut made: Option<(Raster, Field)> = None;
    for (number, level) in levels.iter().enumerate() {
        let own = source.resized(level.own[0], level.own[1], Filter::Cubic, Edge::Still);
        let [width, height] = level.new;
        let (guess, start, blurred) = match &made {
            None => (first(&own, level, wish, &drift), None, own.clone()),
            Some((made, field)) => {
                let before = &levels[number - 1];
                let start = finer(field, [before.own, before.new], [level.own, level.new], wish.tileable);
                let coarse = source.resized(before.own[0], before.own[1], Filter::Cubic, Edge::Still);
                let blurred = coarse.resized(level.own[0], level.own[1], Filter::Cubic, Edge::Still);
                (made.resized(width, height, Filter::Cubic, edge), Some(start), blurred)
            }
        };
        made = Some(level.refine([&own, &blurred], guess, start, wish, &drift, number as u64));
        done += level.work();
        if !span.reached(done / work) {
            return Ok(None);
        }
    }
    Ok(made.map(|(made, _)| made))
}

/// The picture made small enough for one of its sides to fit, where both are too long: things then keep their shape, and the
/// other side is what is left to be cut.
fn no_larger(source: &Raster, wish: &Wish) -> Raster {
    let scale =
        f64::max(wish.width as f64 / source.width() as f64, wish.height as f64 / source.height() as f64);
    let side = |side: usize| ((side as f64 * scale.min(1.0)).round() as usize).max(1);
    source.resized(side(source.width()), side(source.height()), Filter::Cubic, Edge::Still)
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
    let [strong, weak, other] = COARSEST;
    let coarsest = (strong * (weak / strong).powf(1.0 - wish.strength)).min(short as f64);
    let coarsest = if own == new { coarsest } else { coarsest.min(other) };
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

/// What the coarsest level begins with: the picture with its parts moved, fainter the stronger the wish is, and noise that is
/// measured by the contrast around each place, and for strong wishes by the whole picture's.
fn first(own: &Raster, level: &Level, wish: &Wish, drift: &Drift) -> Raster {
    let mut guess = drift.moved(own, level.new);
    let count = guess.values().len();
    let mean = guess.values().iter().sum::<f32>() / count as f32;
    let variance = guess.values().iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count as f32;
    let faint = (FAINT * wish.strength.powi(2)) as f32;
    let loud = (LOUD * wish.strength.sqrt()) as f32;
    let whole = wish.strength.powi(3) as f32;
    let local = contrast(&guess);
    let noise = Random::new(wish.seed, "patch noise", 0).normals(count);
    for ((value, noise), local) in guess.values_mut().iter_mut().zip(noise).zip(local.values()) {
        let deviation = (local.max(0.0) * (1.0 - whole) + whole * variance).sqrt();
        *value += faint * (mean - *value) + loud * deviation * noise;
    }
    guess
}

/// [`ALPHA`] of a strength.
fn alpha(strength: f64) -> f32 {
    let [weak, strong] = ALPHA;
    weak * (strong / weak).powf((2.0 * strength - 1.0).clamp(0.0, 1.0) as f32)
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
        drift: &Drift,
        number: u64,
    ) -> (Raster, Field) {
        let [sharp, blurred] = [own, blurred].map(Codes::of);
        let alpha = sum_of_squares(alpha(wish.strength), own.channels());
        let is_settled = self.new[0] * self.new[1] >= SETTLED;
        let wide = self.new.map(|side| if wish.tileable { side + SIDE - 1 } else { side });
        let homes = |is_moved| {
            let mut homes = drift.homes(wide, self.new, own, is_moved);
            // Where used patches are dearer, costs are counted in what one costs that is used.
            homes.toll = homes.toll.map(|toll| if is_settled { toll } else { toll / alpha });
            homes
        };
        let (moved, kept) = ((number == 0).then(|| homes(true)), homes(false));
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
            if !is_settled {
                let back = seek(codes, &Keys::all(&queries), None, 1);
                keys = keys.wanted_by(&back, alpha);
            }
            let keys = keys.near(moved.as_ref().filter(|_| turn < HELD).unwrap_or(&kept));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn made(source: &Raster, size: [usize; 2], strength: f64, seed: u64) -> Raster {
        let wish = Wish { width: size[0], height: size[1], strength, tileable: false, seed };
        generate(source, &wish, &mut Span::unwatched()).unwrap().unwrap()
    }

    /// Clouds above, a tower in the middle, and grass below.
    fn landscape() -> Raster {
        let (width, height) = (108, 72);
        let clouds = Raster::new(9, 6, 1, Random::new(1, "clouds", 0).uniforms(54, 0.0, 0.35));
        let clouds = clouds.resized(width, height, Filter::Cubic, Edge::Still);
        let grass = Random::new(2, "grass", 0).uniforms(width * height, -0.12, 0.12);
        let pixel = |at: usize| {
            let (x, y) = (at % width, at / width);
            match (x, y) {
                (45..60, 24..48) if x % 6 < 2 && y % 8 < 4 => [0.2, 0.15, 0.2],
                (45..60, 24..48) => [0.7, 0.55, 0.45],
                (_, 0..42) => [0.3 + clouds.values()[at], 0.5 + 0.7 * clouds.values()[at], 0.9],
                _ => [0.25 + grass[at], 0.45 + grass[at], 0.12],
            }
        };
        Raster::new(width, height, 3, (0..width * height).flat_map(pixel).collect())
    }

    /// How much of these rows is sky.
    fn sky(picture: &Raster, rows: std::ops::Range<usize>) -> f64 {
        let row = picture.width() * 3;
        let pixels = picture.values()[rows.start * row..rows.end * row].as_chunks::<3>().0;
        pixels.iter().filter(|[_, green, blue]| blue > green).count() as f64 / pixels.len() as f64
    }

    #[test]
    fn what_is_above_stays_above_at_small_and_middling_strengths() {
        let picture = landscape();
        for strength in [0.2, 0.5] {
            let keeps = |seed: &u64| {
                let made = made(&picture, [108, 72], strength, *seed);
                sky(&made, 0..18) > 0.9 && sky(&made, 54..72) < 0.1
            };
            let kept = (1..=20).filter(keeps).count();
            assert!(kept >= 19, "strength {strength}: {kept} of 20 keep their order");
        }
    }

    #[test]
    fn the_stronger_the_farther_from_the_picture() {
        let picture = landscape();
        let apart = |strength: f64| {
            let far = |seed: u64| {
                let made = made(&picture, [108, 72], strength, seed);
                let apart = made.with(&picture, |a, b| (a - b).abs());
                f64::from(apart.values().iter().sum::<f32>()) / apart.values().len() as f64
            };
            (1..=4).map(far).sum::<f64>() / 4.0
        };
        let all: Vec<f64> = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].into_iter().map(apart).collect();
        assert!(all[0] < 0.002 && all[1] > 0.01, "{all:?}");
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
    }

    #[test]
    fn seeds_differ_and_threads_change_nothing() {
        let picture = landscape();
        let with = |threads, seed| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| made(&picture, [108, 72], 0.3, seed))
        };
        assert!(with(1, 1) == with(3, 1));
        assert!(with(2, 1) != with(2, 2));
    }

    /// Widths and heights of what is not white, without what is cut by the edge.
    fn things(picture: &Raster) -> Vec<[usize; 2]> {
        let (width, height) = (picture.width(), picture.height());
        let mut is_left: Vec<bool> =
            picture.values().as_chunks::<3>().0.iter().map(|pixel| pixel[2] < 0.6).collect();
        let mut found = Vec::new();
        for start in 0..width * height {
            let mut todo = vec![start];
            let (mut low, mut high) = ([usize::MAX; 2], [0; 2]);
            while let Some(at) = todo.pop() {
                if std::mem::take(&mut is_left[at]) {
                    let place = [at % width, at / width];
                    (low, high) =
                        ([0, 1].map(|n| low[n].min(place[n])), [0, 1].map(|n| high[n].max(place[n])));
                    let near = [at.saturating_sub(1), at + 1, at.saturating_sub(width), at + width];
                    todo.extend(near.into_iter().filter(|&near| near < width * height && is_left[near]));
                }
            }
            let is_whole = low.iter().all(|&low| low > 0) && high[0] + 1 < width && high[1] + 1 < height;
            if is_whole && high[0] > low[0] + 6 {
                found.push([0, 1].map(|side| high[side] - low[side] + 1));
            }
        }
        found
    }

    #[test]
    fn discs_stay_round_in_another_shape() {
        let (width, height) = (180, 120);
        let pixel = |at: usize| {
            let (x, y) = (at % width, at / width);
            let (column, row) = (x / 45, y / 40);
            let far = (x as f32 - column as f32 * 45.0 - 22.0).hypot(y as f32 - row as f32 * 40.0 - 20.0);
            if far < 14.0 { [0.9, 0.6 - 0.03 * far, 0.1 + 0.02 * far] } else { [0.97; 3] }
        };
        let picture = Raster::new(width, height, 3, (0..width * height).flat_map(pixel).collect());
        assert_eq!(things(&picture).len(), 12);
        for size in [[270, 120], [126, 120], [180, 100], [120, 170]] {
            let things = things(&made(&picture, size, 0.0, 1));
            let aspect = |[across, down]: &[usize; 2]| *across as f64 / *down as f64;
            let round = things.iter().filter(|thing| (0.85..1.15).contains(&aspect(thing))).count();
            assert!(round >= 5 && round * 10 >= things.len() * 9, "{size:?}: {things:?}");
        }
    }
}
