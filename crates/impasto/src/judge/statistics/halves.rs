//! How many kinds of pictures a set reaches that lacks nothing: one half of the real pictures, beside kinds that the other
//! half was sorted into.
//!
//! Real pictures always reach their own clusters, since these were made of them: one that is unlike all others is a cluster
//! of its own, which no new picture falls into. So a new set is never compared with that, but with real pictures that had
//! no part in the clusters either. A half has half as many clusters, so that chance has the same weight.

use serde::Serialize;

use super::clusters::{Clusters, Shares, shares};
use super::neighbours::nearest;
use crate::features::Features;
use impasto_random::Random;

/// Ways in which the real set is halved.
const SPLITS: u64 = 4;

/// Less than this share of what real pictures reach, or so much more divergence, is a lack of variety.
const REACHED: f64 = 0.8;
const DIVERGED: f64 = 0.3;

/// What real pictures reach of kinds that they had no part in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Expected {
    /// The share of the kinds that occur, on average over several halves; outliers are no kinds.
    pub reached: f64,
    /// The least share of any half.
    pub reached_least: f64,
    /// The divergence, on average.
    pub divergence: f64,
    /// The largest divergence of any half.
    pub divergence_most: f64,
}

impl Expected {
    /// Whether a set lacks kinds: it reaches clearly less than real pictures do, and less than any half of them did.
    pub fn is_missed_by(&self, shares: &Shares) -> bool {
        let few = shares.reach() < (REACHED * self.reached).min(self.reached_least);
        few || shares.divergence > (DIVERGED + self.divergence).max(self.divergence_most)
    }
}

/// What as many real pictures as there are generated ones reach of the clusters.
pub fn expected_of_clusters(real: &Features, generated: usize, seed: u64) -> Expected {
    over_halves(real, generated, seed, |one, other| {
        let [one, other] = [one, other].map(|half| real.pick(half));
        let clusters = Clusters::of(&one, Clusters::fitting(one.len()), seed);
        shares(&clusters.assign(&other), &clusters.assign(&one), clusters.len())
    })
}

/// The same of the classes, where a picture is of the class of the nearest real one.
pub fn expected_of_classes(
    real: &Features,
    (count, classes): (usize, &[usize]),
    generated: usize,
    seed: u64,
) -> Expected {
    over_halves(real, generated, seed, |one, other| {
        let near = nearest(&real.pick(other), &real.pick(one));
        let class = |index: u32| classes[index as usize];
        let found: Vec<usize> = near.iter().map(|near| class(one[near.index])).collect();
        shares(&found, &one.iter().map(|&index| class(index)).collect::<Vec<_>>(), count)
    })
}

fn over_halves(
    real: &Features,
    generated: usize,
    seed: u64,
    compared: impl Fn(&[u32], &[u32]) -> Shares,
) -> Expected {
    let splits = (0..SPLITS).map(|split| {
        let order = Random::new(seed, "halves", split).permutation(real.len());
        let (one, other) = order.split_at(real.len() / 2);
        let shares = compared(one, &other[..(generated / 2).clamp(1, other.len())]);
        [shares.reach(), shares.divergence]
    });
    let found: Vec<[f64; 2]> = splits.collect();
    let mean = |figure: usize| found.iter().map(|of| of[figure]).sum::<f64>() / found.len() as f64;
    Expected {
        reached: mean(0),
        reached_least: found.iter().map(|of| of[0]).fold(1.0, f64::min),
        divergence: mean(1),
        divergence_most: found.iter().map(|of| of[1]).fold(0.0, f64::max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows in heaps of unequal sizes, with tails as heavy as a network's features have: a few rows lie far from all others.
    fn heavy(seed: u64, count: usize, heaps: usize) -> Features {
        const DIMS: usize = 24;
        let centres = Random::new(9, "centres", 0).normals(heaps * DIMS);
        let mut random = Random::new(seed, "rows", 0);
        let row = |_| {
            let heap = random.below(heaps).min(random.below(heaps));
            // A normal over the root of a gamma: a t distribution of two degrees.
            let scale = 0.4 / (-random.unit().max(1e-6).ln()).sqrt().max(0.05);
            let noise = random.normals(DIMS);
            let centre = &centres[heap * DIMS..][..DIMS];
            centre.iter().zip(noise).map(|(at, off)| at + scale as f32 * off).collect::<Vec<f32>>()
        };
        Features::new(DIMS, (0..count).flat_map(row).collect())
    }

    #[test]
    fn a_half_of_the_real_set_reaches_what_is_expected_of_it() {
        for (count, seed) in [(60, 1), (200, 2), (200, 3), (1000, 4)] {
            let (real, new) = (heavy(seed, count, 12), heavy(seed + 100, count, 12));
            let clusters = Clusters::of(&real, Clusters::fitting(count), seed);
            let found = shares(&clusters.assign(&new), &clusters.assign(&real), clusters.len());
            let expected = expected_of_clusters(&real, count, seed);
            let reached = found.reach();
            assert!(expected.reached_least <= expected.reached && expected.reached <= 1.0, "{expected:?}");
            assert!((reached - expected.reached).abs() < 0.2, "{count}: {reached} beside {expected:?}");
        }
    }

    #[test]
    fn one_real_set_beside_another_lacks_no_variety_and_one_without_most_heaps_does() {
        for count in [40, 120, 400, 1000] {
            for seed in 1..=4 {
                let real = heavy(seed, count, 12);
                let clusters = Clusters::of(&real, Clusters::fitting(count), seed);
                let expected = expected_of_clusters(&real, count, seed);
                let beside =
                    |set: &Features| shares(&clusters.assign(set), &clusters.assign(&real), clusters.len());
                let other = beside(&heavy(seed + 50, count, 12));
                assert!(!expected.is_missed_by(&other), "{count} {seed}: {other:?} {expected:?}");
                let collapsed = beside(&heavy(seed + 50, count, 12).pick(&vec![7; count]));
                assert!(count < 100 || expected.is_missed_by(&collapsed), "{count} {seed}: {collapsed:?}");
                let poor = beside(&heavy(seed + 50, count, 2));
                assert!(count < 400 || expected.is_missed_by(&poor), "{count} {seed}: {poor:?} {expected:?}");
            }
        }
    }

    #[test]
    fn of_few_pictures_no_more_is_expected_than_they_can_reach() {
        let real = heavy(1, 1000, 12);
        let expected = expected_of_clusters(&real, 16, 1);
        assert!(expected.reached < 0.7, "8 pictures of so many kinds: {expected:?}");
        let classes: Vec<usize> = (0..1000).map(|at| at % 12).collect();
        let of_classes = expected_of_classes(&real, (12, &classes), 1000, 1);
        assert!(of_classes.reached > 0.99, "{of_classes:?}");
    }
}
