//! Whether pairs of bf16 are worth rounding for: processors that multiply them are not all quicker at it.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::limit::steps;
use crate::tile::{Tile, Words, tiles};

/// Rounding to bf16 and packing cost time too, and sums of f32 may share products: a smaller gain than this is none.
/// EPYC has 2 here, and steps of a training take two thirds of the time; Xeon has 0.8, and they take half as long again.
const WORTH: f64 = 1.3;
/// Words of a sum, so that all of it stays in the nearest memory, ...
const COUNT: usize = 64;
/// ... how often it is computed to be timed, about a tenth of a millisecond, ...
const SUMS: usize = 200;
/// ... and how often that is done.
const TIMES: usize = 8;

/// Whether this processor multiplies pairs of bf16 clearly faster than f32. It is measured once, in two milliseconds.
pub fn pairs_are_faster() -> bool {
    static FASTER: OnceLock<bool> = OnceLock::new();
    *FASTER.get_or_init(|| gain().is_some_and(|gain| gain >= WORTH))
}

/// How many products of bf16 are computed in the time of one of f32.
fn gain() -> Option<f64> {
    let [single, pairs] = [Words::Single, Words::Pairs].map(|words| tiles(words).map(|tiles| &tiles[0]));
    let (single, pairs) = (single?, pairs?);
    let mut shortest = [Duration::MAX; 2];
    // In turns, and only the shortest counts: what else the machine does makes times longer, never shorter.
    for _ in 0..TIMES {
        for (shortest, tile) in shortest.iter_mut().zip([single, pairs]) {
            *shortest = time(tile).min(*shortest);
        }
    }
    let [single, pairs] = shortest.map(|time| time.as_secs_f64().max(1e-9));
    Some(2.0 * single / pairs)
}

/// The same for both: f32 and pairs have tiles of the same sizes.
fn time(tile: &Tile) -> Duration {
    let left = vec![ONES; COUNT];
    let panel = vec![ONES; COUNT * tile.columns];
    let steps = steps("a sum", COUNT, 1);
    let rows = vec![left.as_ptr(); tile.rows];
    let mut sums = vec![0f32; tile.rows * tile.columns];
    let start = Instant::now();
    for _ in 0..SUMS {
        // SAFETY: each row has `COUNT` words, which the steps stay below, the panel as many for each column, the output a
        // float for each; and `tiles` has only tiles of this processor.
        unsafe {
            (tile.run)(
                rows.as_ptr(),
                steps.as_ptr(),
                COUNT,
                panel.as_ptr(),
                sums.as_mut_ptr(),
                tile.columns,
                false,
            );
        }
    }
    start.elapsed()
}

/// Two bf16 that are one; nearly one as an f32.
const ONES: u32 = 0x3f80_3f80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_is_a_number_where_there_are_pairs_and_stays_the_same() {
        assert_eq!(gain().is_some(), crate::has_pairs());
        assert!(gain().is_none_or(|gain| gain > 0.1 && gain < 10.0), "{:?}", gain());
        assert!(!pairs_are_faster() || crate::has_pairs());
        assert_eq!(pairs_are_faster(), pairs_are_faster());
    }

    #[test]
    fn twice_the_work_takes_longer() {
        let Some(tile) = tiles(Words::Single).and_then(<[Tile]>::first) else { return };
        let shortest = |times: usize| (0..20).map(|_| (0..times).map(|_| time(tile)).sum()).min();
        let [one, four] = [1, 4].map(|times| shortest(times).unwrap_or(Duration::ZERO));
        assert!(one > Duration::ZERO && four > one, "{one:?} {four:?}");
    }
}
