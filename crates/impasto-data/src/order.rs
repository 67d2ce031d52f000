//! In which order a training sees the pictures: each once an epoch, and always the same for a seed.

use std::sync::{Arc, Mutex, PoisonError};

use impasto_random::Random;

/// The order of a set of pictures: a pure function of the seed.
#[derive(Debug)]
pub struct Order {
    len: usize,
    seed: u64,
    /// The permutations used last, with their epochs: a batch touches one or two.
    recent: Mutex<Vec<(u64, Arc<Vec<u32>>)>>,
}

impl Order {
    /// The order of `len` pictures.
    pub fn new(len: usize, seed: u64) -> Self {
        Self { len, seed, recent: Mutex::new(Vec::new()) }
    }

    /// The pictures of batch number `step`, counted from 0. Batches run on across the ends of epochs.
    pub fn batch(&self, step: u64, size: usize) -> Vec<u32> {
        if self.len == 0 {
            return Vec::new();
        }
        let (mut batch, len) = (Vec::with_capacity(size), self.len as u128);
        let mut position = u128::from(step) * size as u128;
        while batch.len() < size {
            let epoch = self.epoch((position / len) as u64);
            let rest = &epoch[(position % len) as usize..];
            let taken = &rest[..rest.len().min(size - batch.len())];
            batch.extend_from_slice(taken);
            position += taken.len() as u128;
        }
        batch
    }

    fn epoch(&self, epoch: u64) -> Arc<Vec<u32>> {
        // Only finished permutations are stored, so a panic elsewhere can't have left half of one.
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = recent.iter().find(|(e, _)| *e == epoch) {
            return Arc::clone(known);
        }
        let fresh = Arc::new(Random::new(self.seed, "order", epoch).permutation(self.len));
        recent.truncate(1);
        recent.insert(0, (epoch, Arc::clone(&fresh)));
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_epoch_visits_each_picture_once_and_in_another_order() {
        let order = Order::new(10, 7);
        let epochs: Vec<Vec<u32>> = (0..4).map(|e| order.batch(e, 10)).collect();
        for epoch in &epochs {
            let mut sorted = epoch.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10).collect::<Vec<u32>>());
        }
        assert_ne!(epochs[0], epochs[1]);
    }

    #[test]
    fn batches_run_on_across_the_ends_of_epochs() {
        let order = Order::new(10, 7);
        let threes: Vec<u32> = (0..20).flat_map(|step| order.batch(step, 3)).collect();
        let tens: Vec<u32> = (0..6).flat_map(|step| order.batch(step, 10)).collect();
        assert_eq!(threes, tens);
    }

    #[test]
    fn a_batch_does_not_depend_on_those_before_it() {
        let walked = Order::new(1000, 3);
        let batches: Vec<Vec<u32>> = (0..50).map(|step| walked.batch(step, 64)).collect();
        assert_eq!(Order::new(1000, 3).batch(49, 64), batches[49]);
        assert_ne!(Order::new(1000, 4).batch(49, 64), batches[49]);
    }

    #[test]
    fn batches_may_be_larger_than_the_set() {
        let batch = Order::new(3, 1).batch(0, 8);
        assert_eq!(batch.len(), 8);
        assert!((0..3).all(|picture| batch.iter().filter(|&&p| p == picture).count() >= 2));
        assert!(Order::new(0, 1).batch(5, 8).is_empty());
        assert_eq!(Order::new(1, 1).batch(u64::MAX, 2), [0, 0]);
    }
}
