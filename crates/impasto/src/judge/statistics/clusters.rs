//! How evenly the pictures of a set are spread over kinds of pictures: clusters of the real ones, or their classes.
//!
//! Clusters are k-means (Lloyd, 1982) with k-means++ starts (Arthur and Vassilvitskii, 2007), drawn by a seed.

use impasto_random::Random;
use rayon::prelude::*;
use serde::Serialize;

use super::neighbours::nearest;
use super::squared_distance;
use crate::features::Features;
use crate::measure::entropy_of_counts;

/// Rounds after which the centres are taken as they are.
const ROUNDS: usize = 25;

/// The centres of clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    centres: Features,
}

impl Clusters {
    /// As many clusters as a set of this size can fill well: 2 to 50, about 20 pictures in each.
    pub fn fitting(pictures: usize) -> usize {
        (pictures / 20).clamp(2, 50)
    }

    /// At most `count` clusters of the set; fewer where it has fewer different pictures.
    ///
    /// # Panics
    /// When the set is empty.
    pub fn of(set: &Features, count: usize, seed: u64) -> Self {
        let mut centres = starts(set, count, seed);
        for _ in 0..ROUNDS {
            let next = moved(set, &centres);
            if next == centres {
                break;
            }
            centres = next;
        }
        Self { centres }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.centres.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.centres.is_empty()
    }

    /// The cluster of each picture.
    pub fn assign(&self, set: &Features) -> Vec<usize> {
        nearest(set, &self.centres).into_iter().map(|centre| centre.index).collect()
    }
}

/// Pictures far from each other: each is drawn with a chance in proportion to the squared distance to those before.
fn starts(set: &Features, count: usize, seed: u64) -> Features {
    let mut random = Random::new(seed, "clusters", 0);
    let mut centres = set.pick(&[random.below(set.len()) as u32]);
    let mut squared = vec![f64::INFINITY; set.len()];
    while centres.len() < count {
        let last = centres.row(centres.len() - 1).to_vec();
        squared.par_iter_mut().enumerate().for_each(|(at, least)| {
            *least = least.min(squared_distance(set.row(at), &last));
        });
        let total: f64 = squared.iter().sum();
        if total <= 0.0 {
            break;
        }
        let mut left = random.unit() * total;
        let chosen = squared.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        centres.append(&set.pick(&[chosen.unwrap_or(set.len() - 1) as u32]));
    }
    centres
}

/// Each centre becomes the mean of its pictures; one without pictures stays where it is.
fn moved(set: &Features, centres: &Features) -> Features {
    let dims = set.dims();
    let mut sums = vec![0f64; centres.len() * dims];
    let mut counts = vec![0usize; centres.len()];
    for (row, centre) in set.rows().zip(nearest(set, centres)) {
        counts[centre.index] += 1;
        let sum = &mut sums[centre.index * dims..][..dims];
        sum.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    let mean = |(at, &sum): (usize, &f64)| match counts[at / dims] {
        0 => centres.values()[at],
        count => (sum / count as f64) as f32,
    };
    Features::new(dims, sums.iter().enumerate().map(mean).collect())
}

/// How generated and real pictures are spread over the same kinds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shares {
    /// How many of the generated pictures are of each kind.
    pub generated: Vec<u64>,
    /// How many of the real ones.
    pub real: Vec<u64>,
    /// How many kinds there are among the real pictures.
    pub kinds: usize,
    /// How many of them are among the generated ones.
    pub reached: usize,
    /// The entropy of the generated histogram, in bits.
    pub generated_entropy: f64,
    /// Of the real one.
    pub real_entropy: f64,
    /// The divergence of the generated histogram from the real one, in nats: 0 when they agree.
    pub divergence: f64,
}

/// Fewer real pictures than this are outliers and no kind that a set could lack.
const SETTLED: u64 = 3;

impl Shares {
    /// How many kinds are reached, and how many there are, of those with more than a few real pictures.
    pub fn settled(&self) -> [usize; 2] {
        let both = self.real.iter().zip(&self.generated);
        let settled = || both.clone().filter(|(real, _)| **real >= SETTLED);
        [settled().filter(|(_, generated)| **generated > 0).count(), settled().count()]
    }

    /// The share of these kinds that are reached; all where there are none.
    pub fn reach(&self) -> f64 {
        let [reached, kinds] = self.settled();
        if kinds == 0 { 1.0 } else { reached as f64 / kinds as f64 }
    }
}

/// Compares two lists of kinds, numbered from 0 to below `kinds`.
pub fn shares(generated: &[usize], real: &[usize], kinds: usize) -> Shares {
    let (ours, theirs) = (counted(generated, kinds), counted(real, kinds));
    let of = real.len().max(1) as f64;
    // Kinds that are not among the real ones don't count.
    let present = theirs.iter().zip(&ours).filter(|(real, _)| **real > 0).map(|(_, ours)| *ours);
    let shares: Vec<f64> = theirs.iter().map(|&count| count as f64 / of).collect();
    Shares {
        kinds: present.clone().count(),
        reached: present.filter(|ours| *ours > 0).count(),
        generated_entropy: entropy_of_counts(&ours),
        real_entropy: entropy_of_counts(&theirs),
        divergence: divergence(&ours, &shares),
        generated: ours,
        real: theirs,
    }
}

/// How often each kind occurs in a list.
pub fn counted(list: &[usize], kinds: usize) -> Vec<u64> {
    let mut counts = vec![0; kinds];
    list.iter().for_each(|&kind| counts[kind] += 1);
    counts
}

/// KL of a histogram from shares, in nats; kinds with a share of 0 don't count.
pub fn divergence(counts: &[u64], shares: &[f64]) -> f64 {
    let total = counts.iter().sum::<u64>().max(1) as f64;
    let term = |(&count, &share): (&u64, &f64)| {
        let p = count as f64 / total;
        if count == 0 || share == 0.0 { 0.0 } else { p * (p / share).ln() }
    };
    counts.iter().zip(shares).map(term).sum::<f64>().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heaps of 30 around the corners of a square.
    fn heaps(corners: &[[f32; 2]]) -> Features {
        let mut random = Random::new(2, "heaps", 0);
        let mut values = Vec::new();
        for corner in corners {
            (0..30).for_each(|_| values.extend(corner.map(|at| at + 0.1 * random.normal() as f32)));
        }
        Features::new(2, values)
    }

    const CORNERS: [[f32; 2]; 4] = [[0.0, 0.0], [0.0, 9.0], [9.0, 0.0], [9.0, 9.0]];

    #[test]
    fn heaps_are_found_and_a_collapse_is_seen() {
        let real = heaps(&CORNERS);
        let clusters = Clusters::of(&real, 4, 1);
        let own = clusters.assign(&real);
        assert!((0..4).all(|heap| own[heap * 30..heap * 30 + 30].iter().all(|&c| c == own[heap * 30])));
        let found = shares(&clusters.assign(&heaps(&CORNERS[1..2])), &own, clusters.len());
        assert_eq!((found.kinds, found.reached), (4, 1));
        assert!((found.real_entropy - 2.0).abs() < 1e-12 && found.generated_entropy == 0.0);
        assert!((found.divergence - 4f64.ln()).abs() < 1e-12);
        let same = shares(&own, &own, 4);
        assert_eq!((same.reached, same.divergence), (4, 0.0));
    }

    #[test]
    fn equal_pictures_make_one_cluster() {
        let clusters = Clusters::of(&Features::new(2, vec![1.0; 60]), 5, 1);
        assert_eq!(clusters.len(), 1);
    }

    #[test]
    fn kinds_that_are_not_among_the_real_ones_do_not_count() {
        let found = shares(&[0, 1, 1, 2], &[0, 0, 1, 1], 3);
        assert_eq!((found.kinds, found.reached, found.generated[2]), (2, 2, 1));
        assert!(found.divergence.is_finite());
    }

    #[test]
    fn a_histogram_that_agrees_has_no_divergence_and_a_collapse_has_the_most() {
        assert_eq!(divergence(&[10, 30], &[0.25, 0.75]), 0.0);
        assert!((divergence(&[0, 7, 0, 0], &[0.25; 4]) - 4f64.ln()).abs() < 1e-12);
        let by_hand = 0.9 * (0.9f64 / 0.5).ln() + 0.1 * (0.1f64 / 0.5).ln();
        assert!((divergence(&[9, 1], &[0.5, 0.5]) - by_hand).abs() < 1e-12);
    }
}
