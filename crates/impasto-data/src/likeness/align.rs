//! Where in one picture lies what another one shows: scaled and moved a little, brighter or of more contrast.
//!
//! Found by Gauss-Newton steps on the differences of brightness (Lucas and Kanade, 1981), coarse to fine, with gain and
//! bias among the unknowns (as Bartoli, 2008), and axes that are scaled each for itself.

use super::plane::Plane;

/// Steps on each level, the coarse one first.
const STEPS: [usize; 2] = [8, 5];
/// A step that moves nothing by more than this (of half the length) is the last one.
const ENOUGH: f32 = 0.002;
/// How far a picture may be scaled and moved.
const SCALES: [f32; 2] = [0.8, 1.25];
const FARTHEST: f32 = 0.3;
/// How much the contrast may be multiplied by.
pub(super) const GAINS: [f32; 2] = [0.6, 1.6];
/// From here on, brightness is cut off.
pub(super) const SATURATED: f32 = 0.97;
/// Unknowns of a step: gain, bias, and for each axis shift and scale.
const UNKNOWNS: usize = 6;
/// Of each pixel, so that what nothing depends on stays where it is.
const DAMPING: f32 = 1e-4;

/// Where in the other picture each place lies: both axes scaled, then moved. The middle is 0, edges are at -1 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    scale: [f32; 2],
    shift: [f32; 2],
}

/// A channel with its slopes, for alignment.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) plane: Plane,
    slopes: [Plane; 2],
}

impl Level {
    pub(super) fn of(plane: Plane) -> Self {
        Self { slopes: plane.slopes(), plane }
    }
}

impl Placement {
    /// Each place where it is.
    pub(super) const SAME: Self = Self { scale: [1.0; 2], shift: [0.0; 2] };

    /// The middle of a pixel, in pixels of a plane with so many on each side.
    pub(super) fn of(&self, x: usize, y: usize, side: usize) -> [f32; 2] {
        let half = side as f32 / 2.0;
        let on = |axis: usize, at: usize| {
            (self.scale[axis] * middle(at, half) + self.shift[axis] + 1.0) * half - 0.5
        };
        [on(0, x), on(1, y)]
    }

    fn moved(&self, [shift_x, scale_x, shift_y, scale_y]: [f32; 4]) -> Self {
        let scale = |old: f32, by: f32| (old + by).clamp(SCALES[0], SCALES[1]);
        let shift = |old: f32, by: f32| (old + by).clamp(-FARTHEST, FARTHEST);
        Self {
            scale: [scale(self.scale[0], scale_x), scale(self.scale[1], scale_y)],
            shift: [shift(self.shift[0], shift_x), shift(self.shift[1], shift_y)],
        }
    }
}

/// Where the middle of a pixel lies between -1 and 1.
fn middle(at: usize, half: f32) -> f32 {
    (at as f32 + 0.5) / half - 1.0
}

/// Where `there` shows what `here` shows; levels of brightness, the coarse one first.
pub(super) fn aligned(here: &[Level; 2], there: &[Level; 2]) -> Placement {
    let (mut place, mut light) = (Placement::SAME, [1.0, 0.0]);
    for ((here, there), steps) in here.iter().zip(there).zip(STEPS) {
        for _ in 0..steps {
            let Some([gain, bias, by @ ..]) = step(&here.plane, there, place, light) else { break };
            light = [(light[0] + gain).clamp(GAINS[0], GAINS[1]), light[1] + bias];
            place = place.moved(by);
            if by.iter().all(|change| change.abs() < ENOUGH) {
                break;
            }
        }
    }
    place
}

/// A Gauss-Newton step; nothing where there is nothing to hold on to.
fn step(here: &Plane, there: &Level, place: Placement, [gain, bias]: [f32; 2]) -> Option<[f32; UNKNOWNS]> {
    let half = here.side as f32 / 2.0;
    let mut normal = [[0f32; UNKNOWNS]; UNKNOWNS];
    let mut right = [0f32; UNKNOWNS];
    for (at, &own) in here.values.iter().enumerate() {
        let (x, y) = (at % here.side, at / here.side);
        let at = place.of(x, y, here.side);
        let Some(value) = there.plane.at(at) else { continue };
        let seen = gain * value + bias;
        // White stays white however bright a picture is made.
        if own > SATURATED && seen > SATURATED {
            continue;
        }
        let [across, down] = [0, 1].map(|axis| there.slopes[axis].at(at).unwrap_or(0.0) * gain * half);
        let row = [value, 1.0, across, across * middle(x, half), down, down * middle(y, half)];
        for (i, one) in row.iter().enumerate() {
            right[i] += one * (own - seen);
            (0..=i).for_each(|j| normal[i][j] += one * row[j]);
        }
    }
    let damping = DAMPING * here.values.len() as f32;
    normal.iter_mut().enumerate().for_each(|(i, row)| row[i] += damping);
    solved(normal, right)
}

/// The solution of a symmetric positive system by Cholesky; only the lower half is read.
fn solved(mut matrix: [[f32; UNKNOWNS]; UNKNOWNS], mut right: [f32; UNKNOWNS]) -> Option<[f32; UNKNOWNS]> {
    for i in 0..UNKNOWNS {
        for j in 0..=i {
            let sum = matrix[i][j] - (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum::<f32>();
            if i == j && sum <= 0.0 {
                return None;
            }
            matrix[i][j] = if i == j { sum.sqrt() } else { sum / matrix[j][j] };
        }
    }
    for i in 0..UNKNOWNS {
        right[i] = (right[i] - (0..i).map(|k| matrix[i][k] * right[k]).sum::<f32>()) / matrix[i][i];
    }
    for i in (0..UNKNOWNS).rev() {
        let rest = (i + 1..UNKNOWNS).map(|k| matrix[k][i] * right[k]).sum::<f32>();
        right[i] = (right[i] - rest) / matrix[i][i];
    }
    right.iter().all(|value| value.is_finite()).then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_one_without_a_solution_is_not() {
        let mut matrix = [[0.0; UNKNOWNS]; UNKNOWNS];
        (0..UNKNOWNS).for_each(|i| (0..=i).for_each(|j| matrix[i][j] = if i == j { 4.0 } else { 1.0 }));
        let full = |i: usize, j: usize| if i == j { 4.0 } else { 1.0 };
        let solution = [1.0, -2.0, 0.5, 3.0, 0.0, 7.0];
        let right = std::array::from_fn(|i| (0..UNKNOWNS).map(|j| full(i, j) * solution[j]).sum());
        let found = solved(matrix, right).unwrap();
        assert!(found.iter().zip(solution).all(|(found, right)| (found - right).abs() < 1e-4), "{found:?}");
        assert_eq!(solved([[0.0; UNKNOWNS]; UNKNOWNS], [1.0; UNKNOWNS]), None);
    }

    #[test]
    fn a_blob_that_is_moved_and_scaled_is_found() {
        let blob = |scale: f32, shift: f32| {
            let value = |at: usize| {
                let [x, y] = [at % 32, at / 32].map(|at| (middle(at, 16.0) - shift) / scale);
                0.2 + 0.6 * (-3.0 * (x * x + 2.0 * y * y)).exp()
            };
            let fine = Plane { side: 32, values: (0..32 * 32).map(value).collect() };
            [Level::of(fine.halved()), Level::of(fine)]
        };
        let found = aligned(&blob(1.0, 0.0), &blob(0.9, 0.1));
        assert!(found.scale.iter().all(|scale| (scale - 0.9).abs() < 0.02), "{found:?}");
        assert!(found.shift.iter().all(|shift| (shift - 0.1).abs() < 0.02), "{found:?}");
    }
}
