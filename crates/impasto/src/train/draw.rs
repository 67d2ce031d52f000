//! Which pictures a step learns: a pure function of the seed and the step's number.

use impasto_data::Order;
use impasto_random::Random;

use super::split::Split;

/// One order of all that is learned, or one for each class, of which every batch has as many pictures.
pub(super) struct Draw {
    orders: Vec<(Order, Vec<u32>)>,
}

impl Draw {
    /// All pictures that are learned, each once an epoch.
    pub(super) fn all(split: &Split, seed: u64) -> Self {
        let learned = learned(split);
        Self { orders: vec![(Order::new(learned.len(), seed), learned)] }
    }

    /// As many of each class in every batch: those of a small class come again sooner.
    pub(super) fn by_class(split: &Split, labels: &[u32], seed: u64) -> Self {
        let classes = labels.iter().max().map_or(0, |&last| last + 1);
        let learned = learned(split);
        let all: Vec<u32> = (0..labels.len() as u32).collect();
        let of = |class: u32| {
            let of_class = |places: &[u32]| -> Vec<u32> {
                places.iter().copied().filter(|&place| labels[place as usize] == class).collect()
            };
            let mut places = of_class(&learned);
            if places.is_empty() {
                // A class so small that all of it is held out is learned all the same.
                places = of_class(&all);
            }
            // An order of its own, or classes of one length would go in step.
            let seed = Random::new(seed, "order of a class", u64::from(class)).bits();
            (Order::new(places.len(), seed), places)
        };
        Self { orders: (0..classes).map(of).collect() }
    }

    /// The places in the set of the pictures of batch number `step`.
    pub(super) fn batch(&self, step: u64, size: usize) -> Vec<u32> {
        let classes = self.orders.len();
        let mut batch = Vec::with_capacity(size);
        for (number, (order, places)) in self.orders.iter().enumerate() {
            let count = (size + number) / classes;
            batch.extend(order.batch(step, count).into_iter().map(|place| places[place as usize]));
        }
        batch
    }
}

fn learned(split: &Split) -> Vec<u32> {
    split.places((0..split.count() as u32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_batch_has_as_many_of_each_class() {
        // A hundred of one class, 1,900 of the other, in turns of no pattern.
        let labels: Vec<u32> = (0..2000).map(|place| u32::from(place % 20 != 7)).collect();
        let split = Split::new(2000, 0.05, 3);
        let draw = Draw::by_class(&split, &labels, 3);
        let mut seen = std::collections::BTreeSet::new();
        for step in 0..300 {
            for (size, most) in [(16, 8), (7, 4)] {
                let batch = draw.batch(step, size);
                let of_small = batch.iter().filter(|&&place| labels[place as usize] == 0).count();
                assert_eq!((batch.len(), of_small.max(size - of_small)), (size, most));
                assert!(batch.iter().all(|place| !split.held_out().contains(place)));
                seen.extend(batch);
            }
        }
        assert_eq!(seen.len(), split.count(), "all that is learned is seen");
        assert_eq!(draw.batch(5, 16), Draw::by_class(&split, &labels, 3).batch(5, 16));
    }

    #[test]
    fn classes_of_one_length_do_not_go_in_step() {
        let labels: Vec<u32> = (0..40).map(|place| place / 20).collect();
        let draw = Draw::by_class(&Split::new(40, 0.0, 1), &labels, 1);
        let batch = draw.batch(0, 40);
        let (first, second) = batch.split_at(20);
        assert!(first.iter().zip(second).any(|(a, b)| a + 20 != *b), "{batch:?}");
    }

    #[test]
    fn without_classes_it_is_the_order_of_the_set() {
        let split = Split::new(2000, 0.05, 7);
        let order = Order::new(split.count(), 7);
        assert_eq!(Draw::all(&split, 7).batch(9, 16), split.places(order.batch(9, 16)));
    }

    #[test]
    fn a_class_that_is_held_out_whole_is_learned_all_the_same() {
        let split = Split::new(2000, 0.05, 7);
        let alone = split.held_out()[0];
        let labels: Vec<u32> = (0..2000).map(|place| u32::from(place == alone)).collect();
        assert_eq!(Draw::by_class(&split, &labels, 7).batch(0, 4)[2..], [alone, alone]);
    }
}
