//! Which pictures are learned, and which are held out to judge by. Decided by the seed alone.

use impasto_random::Random;

/// Fewer than these are nothing to judge by: then all pictures are learned.
const FEWEST: usize = 50;
/// More than these make no judgement better.
const MOST: usize = 2048;

/// A set in two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    /// In the order of the set; none: all of them.
    learned: Option<Vec<u32>>,
    held_out: Vec<u32>,
    len: usize,
}

impl Split {
    /// Holds out this share of `len` pictures, or none where that would be too few.
    pub(super) fn new(len: usize, share: f64, seed: u64) -> Self {
        let count = ((len as f64 * share) as usize).min(MOST);
        if count < FEWEST {
            return Self { learned: None, held_out: Vec::new(), len };
        }
        let mut order = Random::new(seed, "held-out", 0).permutation(len);
        let mut learned = order.split_off(count);
        learned.sort_unstable();
        order.sort_unstable();
        Self { learned: Some(learned), held_out: order, len }
    }

    /// How many are learned.
    pub(super) fn count(&self) -> usize {
        self.learned.as_ref().map_or(self.len, Vec::len)
    }

    /// Those that are never learned.
    pub(super) fn held_out(&self) -> &[u32] {
        &self.held_out
    }

    /// Places among the learned ones as places in the set.
    pub(super) fn places(&self, mut indices: Vec<u32>) -> Vec<u32> {
        if let Some(learned) = &self.learned {
            indices.iter_mut().for_each(|index| *index = learned[*index as usize]);
        }
        indices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_picture_is_learned_or_held_out() {
        let split = Split::new(2000, 0.05, 7);
        let mut all = split.places((0..split.count() as u32).collect());
        assert_eq!((all.len(), split.held_out().len()), (1900, 100));
        all.extend(split.held_out());
        all.sort_unstable();
        assert_eq!(all, (0..2000).collect::<Vec<u32>>());
        assert_eq!(split, Split::new(2000, 0.05, 7));
        assert_ne!(split, Split::new(2000, 0.05, 8));
    }

    #[test]
    fn small_sets_are_learned_whole_and_large_ones_hold_out_enough() {
        for (len, share) in [(60, 0.05), (999, 0.05), (2000, 0.0)] {
            let split = Split::new(len, share, 1);
            assert_eq!((split.count(), split.held_out()), (len, &[][..]));
            assert_eq!(split.places(vec![3, 1]), [3, 1]);
        }
        assert_eq!(Split::new(1_000_000, 0.05, 1).held_out().len(), MOST);
    }
}
