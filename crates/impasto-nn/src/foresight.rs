//! How large networks would be, without making them.
//!
//! Settings can come from a stranger, and a few of them can ask for more than any machine has. So networks are first made
//! as outlines: the same layers in the same order, each weight a single number, and the numbers that they stand for are
//! counted where weights are made, which every layer goes through.

use std::cell::Cell;

/// How large networks would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Foreseen {
    /// Numbers in all of their weights.
    pub numbers: u64,
    /// Values in the largest map that they make of one picture, as far as the recipe tells.
    pub map: u64,
}

thread_local! {
    /// What has been counted; none while networks are made in earnest.
    static COUNTED: Cell<Option<Foreseen>> = const { Cell::new(None) };
}

/// Does this with networks that are only outlines, and tells how large they would be. An outline tells what a network can
/// do; it computes nothing and holds nothing worth saving.
pub fn foreseen<T>(make: impl FnOnce() -> T) -> (T, Foreseen) {
    /// Puts back what was there, however the work ends.
    struct Restore(Option<Foreseen>);
    impl Drop for Restore {
        fn drop(&mut self) {
            COUNTED.set(self.0);
        }
    }
    let _restore = Restore(COUNTED.replace(Some(Foreseen::default())));
    let made = make();
    (made, COUNTED.get().unwrap_or_default())
}

/// Does this only while outlines are made: for networks that come later than the recipe that needs them.
pub fn foresee<T>(make: impl FnOnce() -> T) {
    if COUNTED.get().is_some() {
        make();
    }
}

/// Notes a map that a network will make of each picture: channels, height and width.
pub fn foresee_map(shape: [usize; 3]) {
    let taller = |before: Foreseen| Foreseen { map: before.map.max(product(&shape)), ..before };
    COUNTED.set(COUNTED.get().map(taller));
}

/// Whether only an outline of so many numbers is to be made, which are then counted.
pub(crate) fn is_outline(shape: &[usize]) -> bool {
    let Some(before) = COUNTED.get() else { return false };
    let numbers = before.numbers.saturating_add(product(shape));
    COUNTED.set(Some(Foreseen { numbers, ..before }));
    true
}

fn product(shape: &[usize]) -> u64 {
    shape.iter().fold(1, |count: u64, &side| count.saturating_mul(side as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Conv, ConvShape, Dense, Norm};
    use crate::{Fill, Init, Mixture, parameter_count};
    use burn::tensor::Device;

    #[test]
    fn an_outline_counts_what_the_layers_would_hold() {
        let layers = || {
            let mut init = Init::empty(&Device::flex());
            let conv = Conv::new(ConvShape::same(3, 5, 3, 1), Fill::He, &mut init);
            [
                parameter_count(&conv),
                parameter_count(&Dense::new(7, 2, Fill::He, &mut init)),
                parameter_count(&Norm::new(4, &mut init)),
            ]
        };
        let (outline, foreseen) = foreseen(layers);
        let real = layers();
        assert_eq!(real.iter().sum::<usize>() as u64, foreseen.numbers);
        assert_eq!(outline, [2, 2, 4], "one number for each tensor");
    }

    #[test]
    fn what_no_machine_holds_is_counted_without_being_made() {
        let huge = usize::MAX / 2;
        let make = || Dense::without_bias(huge, huge, Fill::He, &mut Init::empty(&Device::flex()));
        assert_eq!(foreseen(make).1.numbers, u64::MAX);
        assert_eq!(
            foreseen(|| Mixture::standard(1 << 20, 1 << 20)).1.numbers,
            (1 << 20) * ((1 << 20) + (1 << 40) + 1)
        );
    }

    #[test]
    fn what_comes_later_is_made_only_as_an_outline() {
        let (inner, counted) = foreseen(|| {
            foresee(|| Dense::without_bias(10, 10, Fill::He, &mut Init::empty(&Device::flex())));
            foreseen(|| drop(Norm::new(1, &mut Init::empty(&Device::flex())))).1
        });
        let inside = (inner.numbers, counted.numbers);
        assert_eq!(inside, (4, 100), "one inside another counts for itself");
        foresee(|| panic!("not in earnest"));
    }

    #[test]
    fn the_largest_map_is_the_one_that_counts() {
        let maps = [[3, 8, 8], [16, 4, 4], [usize::MAX, 2, 2]];
        assert_eq!(foreseen(|| maps[..2].iter().copied().for_each(foresee_map)).1.map, 256);
        assert_eq!(foreseen(|| maps.into_iter().for_each(foresee_map)).1.map, u64::MAX);
        foresee_map(maps[0]);
        assert_eq!(foreseen(|| ()).1, Foreseen::default());
    }
}
