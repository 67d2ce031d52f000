//! Where each patch of a new picture would best come from: its own place in the layout, and parts of the picture moved as a whole.
//!
//! A prior of position keeps the order of a picture while its parts change. Small strengths move parts a little, and sideways
//! rather than up or down, because what lies above what is what a picture shows.

use impasto_random::Random;

use super::codes::{SIDE, sum_of_squares};
use super::layout::Layout;
use super::nearest::Homes;
use super::raster::Raster;
use super::resize::{Edge, Filter};

/// Parts across and down that are moved, each by its own drift.
const PARTS: [usize; 2] = [5, 4];
/// How far parts move across and down, in shares of the picture, as deviations: what grows with the strength, and what grows with
/// a power of it.
const FAR: [[f64; 3]; 2] = [[0.07, 0.4, 3.0], [0.03, 0.4, 5.0]];
/// How far from its home a patch may be taken at little cost, in such deviations, and in shares of the picture at least.
const REACH: [f64; 2] = [2.0, 0.01];
/// What that costs at such a distance, as a share of the contrast around it.
const TOLL: f32 = 0.5;
/// The least contrast, as a mean of squares: a deviation of a hundredth.
const FAINTEST: f32 = 1e-4;
/// How much coarser the means are from which contrast is measured.
const COARSER: usize = 5;

/// Parts of a picture, moved.
#[derive(Debug, Clone)]
pub(super) struct Drift {
    layout: Layout,
    /// The middle of each part, in shares of the picture, and its move.
    parts: Vec<[[f32; 2]; 2]>,
    /// How far patches may go once parts lie where they lie.
    reach: [f64; 2],
}

impl Drift {
    /// Drawn for a layout of the coarsest level.
    pub(super) fn new(layout: Layout, strength: f64, seed: u64) -> Self {
        let mut random = Random::new(seed, "patch drift", 0);
        let far = FAR.map(|[first, then, power]| first * strength + then * strength.powf(power));
        let part = |number: usize| {
            let cell = [number % PARTS[0], number / PARTS[0]];
            let middle =
                [0, 1].map(|side| (cell[side] as f64 + random.between(0.1, 0.9)) / PARTS[side] as f64);
            let moved = far.map(|far| far * random.normal());
            [middle, moved].map(|pair| pair.map(|value| value as f32))
        };
        let parts = (0..PARTS[0] * PARTS[1]).map(part).collect();
        Self { layout, parts, reach: far.map(|far| REACH[0] * far + REACH[1]) }
    }

    /// Where a place of the new picture comes from, of whose size and the given picture's; moved or not.
    fn home(&self, place: [usize; 2], sizes: [[usize; 2]; 2], is_moved: bool) -> [f32; 2] {
        let [new, own] = sizes;
        let layout = [self.layout.width, self.layout.height];
        let scale = [0, 1].map(|side| new[side] as f32 / layout[side] as f32);
        let home = self.layout.at(place.map(|at| at as f32), scale);
        if !is_moved {
            return home;
        }
        let share = [0, 1].map(|side| place[side] as f32 / new[side] as f32);
        let apart =
            |[middle, _]: &&[[f32; 2]; 2]| (middle[0] - share[0]).powi(2) + (middle[1] - share[1]).powi(2);
        let part = self.parts.iter().min_by(|a, b| apart(a).total_cmp(&apart(b)));
        let moved = part.map_or([0.0; 2], |[_, moved]| *moved);
        [0, 1].map(|side| home[side] + moved[side] * own[side] as f32)
    }

    /// What the drift makes of a picture.
    pub(super) fn moved(&self, own: &Raster, new: [usize; 2]) -> Raster {
        let size = [own.width(), own.height()];
        let mut made = Raster::zeros(new[0], new[1], own.channels());
        for (x, y) in (0..new[1]).flat_map(|y| (0..new[0]).map(move |x| (x, y))) {
            let home = self.home([x, y], [new, size], true);
            let [u, v] = [0, 1].map(|side| (home[side].round().max(0.0) as usize).min(size[side] - 1));
            made.pixel_mut(x, y).copy_from_slice(own.pixel(u, v));
        }
        made
    }

    /// The homes of a picture's patches in another picture, where parts are moved and where they have settled. A width of more than `new`
    /// is for patches that go around the edges.
    pub(super) fn homes(&self, wide: [usize; 2], new: [usize; 2], own: &Raster, is_moved: bool) -> Homes {
        let size = [own.width(), own.height()];
        let local = contrast(own);
        let home = |at: usize| {
            let home = self.home([at % wide[0], at / wide[0]], [new, size], is_moved);
            let [x, y] = [0, 1].map(|side| home[side].clamp(0.0, (size[side] - SIDE) as f32));
            let there = local.pixel(x as usize + SIDE / 2, y as usize + SIDE / 2);
            [x, y, there.iter().sum::<f32>().max(0.0) / there.len() as f32 + FAINTEST]
        };
        let reach = if is_moved { self.reach.map(|reach| reach / REACH[0]) } else { self.reach };
        let toll = [0, 1].map(|side| {
            sum_of_squares(TOLL, own.channels()) / (reach[side] * size[side] as f64).powi(2) as f32
        });
        Homes { places: (0..wide[0] * wide[1]).map(home).collect(), toll }
    }
}

/// For every value how much the picture varies around it, as a mean of squares.
pub(super) fn contrast(picture: &Raster) -> Raster {
    let (width, height) = (picture.width(), picture.height());
    let smooth = |raster: &Raster| {
        let [across, down] = [width, height].map(|side| side.div_ceil(COARSER));
        let coarse = raster.resized(across, down, Filter::Cubic, Edge::Still);
        coarse.resized(width, height, Filter::Cubic, Edge::Still)
    };
    smooth(&picture.with(&smooth(picture), |own, mean| (own - mean).powi(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_strengths_move_parts_a_little_and_sideways() {
        let mean = |strength: f64, side: usize| {
            let moves = (0..50).flat_map(|seed| Drift::new(Layout::whole(40, 30), strength, seed).parts);
            moves.map(|[_, moved]| f64::from(moved[side].abs())).sum::<f64>() / 1000.0
        };
        assert_eq!([mean(0.0, 0), mean(0.0, 1)], [0.0; 2]);
        assert!(mean(0.2, 0) > 0.01 && mean(0.2, 1) < 0.4 * mean(0.2, 0));
        assert!(mean(0.5, 1) < 0.03 && mean(1.0, 1) > 0.2);
    }

    #[test]
    fn without_strength_every_patch_is_at_home() {
        let own = Raster::new(20, 15, 1, (0..300).map(|at| (at % 7) as f32 / 7.0).collect());
        let drift = Drift::new(Layout::whole(20, 15), 0.0, 1);
        assert_eq!(drift.moved(&own, [20, 15]), own);
        let homes = drift.homes([20, 15], [20, 15], &own, true);
        assert_eq!(homes.places[3 * 20 + 5][..2], [5.0, 3.0]);
    }
}
