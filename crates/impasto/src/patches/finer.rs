//! Matches of a coarse level, carried over to the next finer one.

use super::codes::SIDE;
use super::nearest::Field;

const HALF: f64 = (SIDE / 2) as f64;

/// Where each patch of a finer level can begin to look, by the matches of a coarser one. Of both levels come the width and height of the
/// picture where matches are, and of the one whose patches look.
pub(super) fn finer(
    field: &Field,
    coarse: [[usize; 2]; 2],
    fine: [[usize; 2]; 2],
    wrapped: bool,
) -> Vec<u32> {
    let ([own, new], more) = (fine, if wrapped { 0 } else { SIDE - 1 });
    let (across, down) = (new[0] - more, new[1] - more);
    let along = |side: usize, patches: usize| Along {
        scale: new[side] as f64 / coarse[1][side] as f64,
        there: own[side] as f64 / coarse[0][side] as f64,
        most: own[side] - SIDE,
        patches,
    };
    let (columns, rows) = (along(0, field.across), along(1, field.down));
    let place = |number: usize| {
        let (x, y) = (number % across, number / across);
        let (left, top) = (columns.coarse(x), rows.coarse(y));
        let there = field.matches[top * field.across + left].place as usize;
        let (u, v) = (there % coarse[0][0], there / coarse[0][0]);
        (rows.fine(v, y, top) * own[0] + columns.fine(u, x, left)) as u32
    };
    (0..across * down).map(place).collect()
}

/// One direction of it. Middles of patches correspond to each other.
struct Along {
    /// How much finer the picture is whose patches look,
    scale: f64,
    /// and the one where matches are.
    there: f64,
    /// The last place there.
    most: usize,
    /// Coarse patches.
    patches: usize,
}

impl Along {
    /// The coarse patch at this place of a fine one.
    fn coarse(&self, at: usize) -> usize {
        let middle = (at as f64 + HALF + 0.5) / self.scale - 0.5 - HALF;
        (middle.round().max(0.0) as usize).min(self.patches - 1)
    }

    /// The fine match of a patch at a place, whose coarse one has this match: patches that share it lie beside each other.
    fn fine(&self, coarse_match: usize, at: usize, coarse: usize) -> usize {
        let beside = at as f64 + HALF + 0.5 - (coarse as f64 + HALF + 0.5) * self.scale;
        let there = (coarse_match as f64 + HALF + 0.5) * self.there - 0.5 - HALF + beside;
        (there.round().max(0.0) as usize).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::super::nearest::Match;
    use super::*;

    #[test]
    fn a_shift_is_a_larger_shift() {
        let (across, down) = (20 - SIDE + 1, 16 - SIDE + 1);
        let at = |number: usize| (number / across + 2) * 30 + number % across + 5;
        let matches = (0..across * down).map(|n| Match { place: at(n) as u32, cost: 0.0 }).collect();
        let field = Field { across, down, matches };
        let places = finer(&field, [[30, 24], [20, 16]], [[60, 48], [40, 32]], false);
        let wide = 40 - SIDE + 1;
        for (number, place) in places.iter().enumerate() {
            let (x, y) = (number % wide, number / wide);
            let (right, down) = (*place as usize % 60 - x, *place as usize / 60 - y);
            assert_eq!((right, down), (10, 4), "of {x}, {y}");
        }
    }
}
