//! Which pictures of a set may show the same as others, by their layouts.

use rayon::prelude::*;

use super::thumbnail::LAYOUT;

/// Where a picture is light, dark and coloured: [`Thumbnail::layout`](super::Thumbnail::layout).
pub type Layout = [f32; LAYOUT];

/// Pictures that are looked for at once, so that the set is read fewer times.
const AT_ONCE: usize = 16;

/// A picture of a set that is near to another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Its number in the set.
    pub index: usize,
    /// The squared distance of the layouts: 0 to 4.
    pub squared: f32,
}

/// For each of `wanted` the nearest ones of the set that are nearer than `within` (squared), the nearest first, and at
/// most so many. `counts` says whether a picture of the set, the second number, may be named for one of the wanted.
pub fn nearest(
    wanted: &[Layout],
    set: &[Layout],
    within: f32,
    most: usize,
    counts: &(dyn Fn(usize, usize) -> bool + Sync),
) -> Vec<Vec<Near>> {
    let some = |(chunk, layouts): (usize, &[Layout])| {
        let mut found: Vec<Vec<Near>> = vec![Vec::new(); layouts.len()];
        for (index, other) in set.iter().enumerate() {
            for (at, layout) in layouts.iter().enumerate() {
                let squared = squared_distance(layout, other);
                let near = &mut found[at];
                let last =
                    if near.len() < most { within } else { near.last().map_or(0.0, |last| last.squared) };
                if squared < last && counts(chunk * AT_ONCE + at, index) {
                    near.truncate(most.saturating_sub(1));
                    let place = near.partition_point(|one| one.squared <= squared);
                    near.insert(place, Near { index, squared });
                }
            }
        }
        found
    };
    wanted.par_chunks(AT_ONCE).enumerate().flat_map_iter(some).collect()
}

/// In eight sums side by side that the compiler keeps in vectors.
fn squared_distance(one: &Layout, other: &Layout) -> f32 {
    let mut sums = [0f32; 8];
    for (a, b) in one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_those_too_far_away_not_at_all() {
        let layout = |value: f32| std::array::from_fn(|at| if at == 0 { value } else { 0.0 });
        let set: Vec<Layout> = [0.9, 0.1, 0.5, 0.2, 0.0].map(layout).to_vec();
        let found = nearest(&[layout(0.0); 40], &set, 0.5, 3, &|own, index| own != 7 || index != 4);
        let of = |own: usize| found[own].iter().map(|near| near.index).collect::<Vec<_>>();
        assert_eq!(of(0), [4, 1, 3]);
        assert_eq!(of(7), [1, 3, 2]);
        assert_eq!(nearest(&[layout(0.0)], &set, 0.02, 3, &|_, _| true)[0].len(), 2);
        assert!(nearest(&[layout(0.0)], &[], 1.0, 3, &|_, _| true)[0].is_empty());
    }
}
