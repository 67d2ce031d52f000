//! Holes in pictures, continued smoothly by what lies around.
//!
//! Small blocks of a hole, each for itself, get what their windows show of it (`spectrum`), and where blocks overlap the mean counts. A
//! hole that is deeper than a window sees is first filled in a picture of half the size; what comes of it has a small weight in
//! the windows of the larger one. So no block waits for another, as in the papers: all of a size are made at once.

use impasto_system::Span;
use rayon::prelude::*;

use super::mask::Mask;
use super::raster::Raster;
use super::resize::{Edge, Filter};
use super::spectrum::{WINDOW, Window};

/// Pixels on each side of a block,
const BLOCK: usize = 4;
/// and how far what is made of it overlaps its neighbours.
const OVERLAP: usize = 2;
/// Pixels on each side of what is made.
const MADE: usize = BLOCK + 2 * OVERLAP;
/// How far a block's word reaches, as the deviation of a bell, in pixels.
const BELL: f32 = 2.0;
/// What a pixel's weight is multiplied by for every step away from the middle of the window.
const DECAY: f32 = 0.6;
/// The weight of a pixel that is only guessed, where one that is known has 1.
const GUESSED: f32 = 0.1;
/// So many steps from what is known windows still see enough.
const DEEPEST: u32 = 8;
/// Blocks between two reports.
const PORTION: usize = 512;

/// The picture with its hole continued; nothing where the work is stopped.
///
/// # Panics
/// When nothing is known.
pub(super) fn continued(picture: &Raster, hole: &Mask, span: &mut Span<'_>) -> Option<Raster> {
    assert!(hole.count() < hole.meant.len(), "something is known");
    let coarser = coarser(picture, hole);
    let mut levels = vec![(picture, hole)];
    levels.extend(coarser.iter().map(|(picture, hole)| (picture, hole)));
    let passes: Vec<usize> = levels.iter().map(|(_, mask)| blocks(mask).len()).collect();
    // The coarsest level is looked at twice: without a guess and with one.
    let total = passes.iter().sum::<usize>() + passes.last().copied().unwrap_or(0);
    let mut done = 0;
    let mut report = |blocks: usize| {
        done += blocks;
        span.reached(done as f64 / total.max(1) as f64)
    };
    let (picture, hole) = *levels.last()?;
    let mut made = Pass { picture, hole, guessed: 0.0 }.run(&mut report)?;
    for (picture, hole) in levels.into_iter().rev() {
        let guess = made.resized(hole.width, hole.height, Filter::Cubic, Edge::Still);
        let guess = over(&guess, picture, hole);
        made = Pass { picture: &guess, hole, guessed: GUESSED }.run(&mut report)?;
    }
    Some(made)
}

/// The first where the mask is, the second elsewhere.
pub(super) fn over(inside: &Raster, outside: &Raster, mask: &Mask) -> Raster {
    let mut made = outside.clone();
    let channels = made.channels();
    let pixels = made.values_mut().chunks_exact_mut(channels).zip(inside.values().chunks_exact(channels));
    pixels.zip(&mask.meant).filter(|(_, meant)| **meant).for_each(|((own, new), _)| own.copy_from_slice(new));
    made
}

/// The picture in ever smaller sizes, until windows see enough from everywhere in the hole.
fn coarser(picture: &Raster, hole: &Mask) -> Vec<(Raster, Mask)> {
    let mut levels: Vec<(Raster, Mask)> = Vec::new();
    loop {
        let (picture, hole) = levels.last().map_or((picture, hole), |(picture, hole)| (picture, hole));
        if hole.distances().into_iter().max() <= Some(DEEPEST) {
            return levels;
        }
        levels.push(halved(picture, hole));
    }
}

/// Half the size: means of what is known, and a hole where nothing is.
fn halved(picture: &Raster, hole: &Mask) -> (Raster, Mask) {
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
    (sums, Mask { width, height, meant: counts.iter().map(|&count| count == 0).collect() })
}

/// The upper left corners of blocks that have pixels of the hole, row by row.
fn blocks(hole: &Mask) -> Vec<[usize; 2]> {
    let across = hole.width.div_ceil(BLOCK);
    let mut has = vec![false; across * hole.height.div_ceil(BLOCK)];
    for at in (0..hole.meant.len()).filter(|&at| hole.meant[at]) {
        has[at / hole.width / BLOCK * across + at % hole.width / BLOCK] = true;
    }
    (0..has.len()).filter(|&at| has[at]).map(|at| [at % across * BLOCK, at / across * BLOCK]).collect()
}

/// All blocks of a hole, once.
struct Pass<'a> {
    picture: &'a Raster,
    hole: &'a Mask,
    /// The weight of what the picture has in its hole.
    guessed: f32,
}

impl Pass<'_> {
    fn run(&self, report: &mut dyn FnMut(usize) -> bool) -> Option<Raster> {
        let channels = self.picture.channels();
        let mut sums = Raster::zeros(self.hole.width, self.hole.height, channels);
        let mut weights = vec![0.0; self.hole.meant.len()];
        let (decay, bell) = (decay(), bell());
        for portion in blocks(self.hole).chunks(PORTION) {
            let made: Vec<_> = portion.par_iter().map(|&block| self.window(block, &decay).model()).collect();
            for (&block, planes) in portion.iter().zip(made) {
                planes
                    .into_iter()
                    .for_each(|planes| self.add(block, &planes, &bell, &mut sums, &mut weights));
            }
            if !report(portion.len()) {
                return None;
            }
        }
        for (pixel, weight) in sums.values_mut().chunks_exact_mut(channels).zip(&weights) {
            pixel.iter_mut().for_each(|value| *value /= weight.max(f32::MIN_POSITIVE));
        }
        Some(over(&sums, self.picture, self.hole))
    }

    /// Adds what was made of a block to its pixels and to those beside it.
    fn add(
        &self,
        block: [usize; 2],
        planes: &[Vec<f32>],
        bell: &[f32],
        sums: &mut Raster,
        weights: &mut [f32],
    ) {
        const FIRST: usize = (WINDOW - MADE) / 2;
        for (number, bell) in bell.iter().enumerate() {
            let (across, down) = (number % MADE, number / MADE);
            let place = [block[0] + across, block[1] + down];
            let Some([x, y]) = self.inside(place, OVERLAP) else { continue };
            let at = (FIRST + down) * WINDOW + FIRST + across;
            let values = sums.pixel_mut(x, y).iter_mut().zip(planes);
            values.for_each(|(sum, plane)| *sum += bell * plane[at]);
            weights[y * self.hole.width + x] += bell;
        }
    }

    /// What is seen around a block.
    fn window(&self, block: [usize; 2], decay: &[f32]) -> Window {
        let mut window = Window {
            weights: vec![0.0; WINDOW * WINDOW],
            planes: vec![vec![0.0; WINDOW * WINDOW]; self.picture.channels()],
        };
        for at in 0..WINDOW * WINDOW {
            let place = [block[0] + at % WINDOW, block[1] + at / WINDOW];
            let Some([x, y]) = self.inside(place, WINDOW / 2 - BLOCK / 2) else { continue };
            let trust = if self.hole.meant[y * self.hole.width + x] { self.guessed } else { 1.0 };
            window.weights[at] = trust * decay[at];
            for (plane, value) in window.planes.iter_mut().zip(self.picture.pixel(x, y)) {
                plane[at] = *value;
            }
        }
        window
    }

    /// A place that is counted from so many pixels before the picture, where it lies within.
    fn inside(&self, place: [usize; 2], before: usize) -> Option<[usize; 2]> {
        let [x, y] = place.map(|at| at.checked_sub(before));
        Some([x.filter(|&x| x < self.hole.width)?, y.filter(|&y| y < self.hole.height)?])
    }
}

/// The weight of each pixel of a window by its place.
fn decay() -> Vec<f32> {
    let middle = (WINDOW as f32 - 1.0) / 2.0;
    let far = |at: usize| ((at % WINDOW) as f32 - middle).hypot((at / WINDOW) as f32 - middle);
    (0..WINDOW * WINDOW).map(|at| DECAY.powf(far(at))).collect()
}

/// The weight of each pixel that is made of a block.
fn bell() -> Vec<f32> {
    let middle = (MADE as f32 - 1.0) / 2.0;
    let far = |at: usize| ((at % MADE) as f32 - middle).powi(2) + ((at / MADE) as f32 - middle).powi(2);
    (0..MADE * MADE).map(|at| (-far(at) / (2.0 * BELL * BELL)).exp()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_system::{Recorder, Stage};

    /// A slope in one channel, and waves in another.
    fn picture(width: usize, height: usize) -> Raster {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x as f32, y as f32)));
        let values =
            pixels.flat_map(|(x, y)| [0.2 + 0.005 * x + 0.003 * y, 0.5 + 0.3 * (0.5 * x + 0.3 * y).sin()]);
        Raster::new(width, height, 2, values.collect())
    }

    fn worst(mask: &Mask) -> f32 {
        let whole = picture(mask.width, mask.height);
        let torn = over(&Raster::zeros(mask.width, mask.height, 2), &whole, mask);
        let made = continued(&torn, mask, &mut Span::unwatched()).unwrap();
        assert!(over(&whole, &made, mask) == whole, "what is known stays");
        made.values().iter().zip(whole.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn thin_holes_are_continued_also_at_the_edge() {
        let far = worst(&Mask::rectangle([60, 50], [20, 10, 4, 30]));
        assert!(far < 0.03, "{far}");
        let far = worst(&Mask::rectangle([60, 50], [0, 20, 60, 3]));
        assert!(far < 0.06, "{far}");
    }

    #[test]
    fn a_single_pixel_is_enough_and_spreads() {
        for [width, height] in [[1, 70], [40, 3], [33, 41]] {
            let mut mask = Mask::rectangle([width, height], [0, 0, width, height]);
            mask.meant[width * height - 1] = false;
            let mut torn = Raster::zeros(width, height, 2);
            torn.pixel_mut(width - 1, height - 1).copy_from_slice(&[0.25, 0.75]);
            let made = continued(&torn, &mask, &mut Span::unwatched()).unwrap();
            let plain = made
                .values()
                .chunks_exact(2)
                .all(|p| (p[0] - 0.25).abs() < 1e-3 && (p[1] - 0.75).abs() < 1e-3);
            assert!(plain, "{width} x {height}");
        }
    }

    #[test]
    fn threads_change_nothing_and_the_work_can_be_stopped() {
        let mask = Mask::rectangle([70, 60], [10, 10, 30, 40]);
        let torn = over(&Raster::zeros(70, 60, 2), &picture(70, 60), &mask);
        let made = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| continued(&torn, &mask, &mut Span::unwatched()))
        };
        assert_eq!(made(1), made(3));
        let mut heard = Recorder::default();
        continued(&torn, &mask, &mut Span::whole(&mut heard, Stage::Repairing));
        let shares = heard.done();
        assert!(shares.is_sorted() && shares.last() == Some(&1.0), "{shares:?}");
        assert!(
            continued(&torn, &mask, &mut Span::whole(&mut Recorder::stopping_after(1), Stage::Repairing))
                .is_none()
        );
    }
}
