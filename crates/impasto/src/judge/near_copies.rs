//! Which generated pictures are copies of real ones, or nearly so: the same picture moved, cropped a little, in a mirror,
//! brighter, compressed.
//!
//! Features tell what a picture shows, and not whether it is the same one; so this looks at pixels. Real pictures whose
//! layouts are near are laid over each generated one, and what is left of it is its unlikeness. A plain sky lies near to
//! every other plain sky, so the unlikeness is set beside that of the real picture to the one nearest to it in its own set.
//!
//! How little is too little is read off the real set: one real picture in a hundred is as near to another one. Real
//! pictures that occur twice have no part in that, or nothing would ever be a copy.

use impasto_system::{Monitor, Stage, Unit};

use std::collections::{BTreeSet, HashMap};

use impasto_data::likeness::{Layout, NOTHING_ALIKE, Prepared, Thumbnail, nearest};
use rayon::prelude::*;

/// Real pictures that are laid over each picture, at most.
const LAID_OVER: usize = 5;
/// Layouts that are further apart, squared, never belong to the same picture.
const WITHIN: f32 = 1.0;
/// Real pictures that are less unlike than this are the same picture twice.
const TWINS: f32 = 0.002;
/// Scores below are always copies, and real pictures as near as that have no part in the threshold: no eye tells them apart.
const ALWAYS: f64 = 0.008;
/// Scores from here on are never copies, however far apart the real pictures are: any eye tells them apart.
const NEVER: f64 = 0.15;
/// The share of the other real pictures that are as near to each other as the threshold.
const EXPECTED: f64 = 0.01;
/// Real pictures that the threshold is read off.
const CALIBRATED: usize = 2_000;
/// Pictures between two reports of progress.
const AT_ONCE: usize = 256;

/// A generated picture and the real one that it is a copy of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CopiedPair {
    /// The number of the generated picture.
    pub generated: usize,
    /// The number of the real one.
    pub real: usize,
    /// Whether one shows the other in a mirror.
    pub mirrored: bool,
    /// How unlike they are: 0 for the same picture.
    pub score: f64,
}

/// All copies that were found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NearCopies {
    /// In the order of the generated pictures.
    pub pairs: Vec<CopiedPair>,
    /// The score below which a picture is a copy.
    pub threshold: f64,
    /// The share of real pictures that are copies of another real one by the same rule.
    pub of_real: f64,
}

/// A real picture laid over another one.
#[derive(Debug, Clone, Copy)]
struct Beside {
    index: usize,
    mirrored: bool,
    unlikeness: f32,
}

/// The real set, ready to be laid over pictures.
struct Originals<'a> {
    thumbnails: &'a [Thumbnail],
    layouts: Vec<Layout>,
}

/// Looks for copies of the real pictures among the generated ones; nothing where the work is stopped.
pub(super) fn near_copies(
    generated: &[Thumbnail],
    real: &[Thumbnail],
    monitor: &mut dyn Monitor,
) -> Option<NearCopies> {
    let layouts = real.par_iter().map(Thumbnail::layout).collect();
    let originals = Originals { thumbnails: real, layouts };
    // Real pictures are in an order of chance, so the first ones are a fair sample.
    let calibrated = real.len().min(CALIBRATED);
    let all = generated.len() + calibrated;
    let mut done = 0;
    let mut compare = |pictures: &[Thumbnail], are_real: bool| {
        let mut found = Vec::with_capacity(pictures.len());
        for some in pictures.chunks(AT_ONCE) {
            let first = found.len();
            found.extend(originals.laid_over(some, |at| are_real.then_some(first + at)));
            done += some.len();
            if !monitor.count(Stage::Comparing, Unit::Pictures, done, all) {
                return None;
            }
        }
        Some(found)
    };
    let ours = compare(generated, false)?;
    let theirs = compare(&real[..calibrated], true)?;
    let known = originals.neighbours(ours.iter().chain(&theirs));
    let own: Vec<f64> = theirs
        .iter()
        .enumerate()
        .map(|(own, beside)| best(beside, Some(own), &known).map_or(1.0, |(_, score)| score))
        .collect();
    let threshold = threshold(&own);
    let pair = |(generated, beside): (usize, &Vec<Beside>)| {
        let (Beside { index: real, mirrored, .. }, score) = best(beside, None, &known)?;
        (score < threshold).then_some(CopiedPair { generated, real, mirrored, score })
    };
    let of_real = own.iter().filter(|&&score| score < threshold).count() as f64 / own.len().max(1) as f64;
    Some(NearCopies { pairs: ours.iter().enumerate().filter_map(pair).collect(), threshold, of_real })
}

fn threshold(own: &[f64]) -> f64 {
    let mut different: Vec<f64> = own.iter().copied().filter(|&score| score >= ALWAYS).collect();
    different.sort_by(f64::total_cmp);
    let place = (EXPECTED * different.len() as f64) as usize;
    different.get(place).map_or(ALWAYS, |score| score.min(NEVER))
}

/// The real pictures that each known one is compared with in its own set.
type Neighbours = HashMap<usize, Vec<Beside>>;

/// The real picture with the lowest score, which may not be the `own` one where that is real itself.
fn best(beside: &[Beside], own: Option<usize>, known: &Neighbours) -> Option<(Beside, f64)> {
    let score = |one: &Beside| {
        let others = known.get(&one.index).into_iter().flatten();
        let others = others.filter(|other| Some(other.index) != own && other.unlikeness > TWINS);
        let usual = others.map(|other| other.unlikeness).fold(1.0, f32::min);
        (*one, f64::from(one.unlikeness / usual.cbrt()))
    };
    beside.iter().map(score).min_by(|a, b| a.1.total_cmp(&b.1))
}

impl Originals<'_> {
    /// The real pictures that may be the same as each of these, laid over it; `own` is the number that a picture has among
    /// the real ones.
    fn laid_over(
        &self,
        pictures: &[Thumbnail],
        own: impl Fn(usize) -> Option<usize> + Sync,
    ) -> Vec<Vec<Beside>> {
        let turned: Vec<Thumbnail> = pictures.par_iter().map(Thumbnail::mirrored).collect();
        let [plain, mirrored] = [pictures, &turned].map(|these| {
            let layouts: Vec<Layout> = these.par_iter().map(Thumbnail::layout).collect();
            let counts = |at: usize, index: usize| own(at) != Some(index);
            nearest(&layouts, &self.layouts, WITHIN, LAID_OVER, &counts)
        });
        let compared = |at: usize| {
            let both = [(&pictures[at], &plain[at], false), (&turned[at], &mirrored[at], true)];
            let mut near: Vec<_> = both
                .into_iter()
                .flat_map(|(picture, near, turned)| near.iter().map(move |near| (near, picture, turned)))
                .collect();
            near.sort_by(|a, b| a.0.squared.total_cmp(&b.0.squared));
            near.truncate(LAID_OVER);
            let beside = |(near, picture, mirrored): (&impasto_data::likeness::Near, &Thumbnail, bool)| {
                let index = near.index;
                let unlikeness = Prepared::of(picture).unlikeness(&Prepared::of(&self.thumbnails[index]));
                Beside { index, mirrored, unlikeness }
            };
            near.into_iter().map(beside).collect()
        };
        (0..pictures.len()).into_par_iter().map(compared).collect()
    }

    /// What lies beside those real pictures that something may be a copy of.
    fn neighbours<'b>(&self, found: impl Iterator<Item = &'b Vec<Beside>>) -> Neighbours {
        // Dividing by what is usual makes a score at most so much smaller.
        let may_be = |one: &&Beside| f64::from(one.unlikeness) < NEVER * f64::from(NOTHING_ALIKE).cbrt();
        let wanted: BTreeSet<usize> = found.flatten().filter(may_be).map(|one| one.index).collect();
        let wanted: Vec<usize> = wanted.into_iter().collect();
        let pictures: Vec<Thumbnail> = wanted.iter().map(|&index| self.thumbnails[index].clone()).collect();
        let found = self.laid_over(&pictures, |at| Some(wanted[at]));
        wanted.into_iter().zip(found).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_pictures_that_occur_twice_do_not_hide_copies() {
        let own =
            |twins: usize| [vec![0.0; twins], (0..400).map(|at| 0.03 + at as f64 * 1e-3).collect()].concat();
        assert_eq!(threshold(&own(0)), threshold(&own(100)));
        assert!((0.03..0.04).contains(&threshold(&own(100))));
    }

    #[test]
    fn the_threshold_has_bounds() {
        assert_eq!(threshold(&[0.5; 100]), NEVER);
        assert_eq!(threshold(&[]), ALWAYS);
        assert_eq!(threshold(&[0.001; 100]), ALWAYS);
    }
}
