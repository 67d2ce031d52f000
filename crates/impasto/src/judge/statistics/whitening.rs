//! Features in which every direction of a set counts about as much.
//!
//! The kernel distance of features as they are is mostly that of their strongest direction, which for small pictures is
//! how light they are as a whole, and a few hundred paintings say little about it. In the coordinates of the real
//! pictures, mean 0 and nearly the same spread in every direction, all that is known of pictures has its say, and the
//! distance strays far less from draw to draw.

use rayon::prelude::*;

use super::frechet::{centred, lower};
use super::matrix::{Matrix, dot};
use crate::features::Features;

/// Added to the variance of every direction, as a share of their mean: weak ones, which few pictures say little about,
/// stay weak, and a few paintings that lie far off along them don't decide (bench/quality.md).
const FLOOR: f64 = 0.3;
/// The least that is added: sets without any spread have coordinates too.
const LEAST: f64 = 1e-6;

/// The coordinates of a set.
#[derive(Debug, Clone)]
pub struct Whitening {
    mean: Vec<f64>,
    /// `lower lowerᵀ` is the covariance with its floor.
    lower: Matrix,
}

impl Whitening {
    /// Those of this set.
    pub fn by(real: &Features) -> Self {
        let (mean, matrix) = centred(real);
        let mut covariance = matrix.transposed_times(&matrix);
        let dims = covariance.rows;
        let diagonal = || (0..dims).map(|i| i * dims + i);
        let variance = diagonal().map(|i| covariance.values[i]).sum::<f64>() / dims as f64;
        diagonal().for_each(|i| covariance.values[i] += (FLOOR * variance).max(LEAST));
        Self { mean, lower: lower(covariance) }
    }

    /// Features in these coordinates.
    ///
    /// # Panics
    /// When they are of another network.
    pub fn of(&self, features: &Features) -> Features {
        let dims = features.dims();
        assert_eq!(dims, self.mean.len(), "features of different networks");
        let place = |row: &[f32]| {
            let mut solved = vec![0.0; dims];
            for (i, (&value, mean)) in row.iter().zip(&self.mean).enumerate() {
                let line = self.lower.row(i);
                solved[i] = (f64::from(value) - mean - dot(&line[..i], &solved[..i])) / line[i];
            }
            solved.into_iter().map(|value| value as f32)
        };
        Features::new(dims, features.values().par_chunks_exact(dims).flat_map_iter(place).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::kid_of_all;
    use super::*;
    use impasto_random::Random;

    const DIMS: usize = 6;

    /// Of correlated features far from the middle: the first ten times as strong as the others, which it is part of.
    fn drawn(name: &str, count: usize, shift: [f32; 2]) -> Features {
        let mut values = Random::new(3, name, 0).normals(count * DIMS);
        for row in values.chunks_exact_mut(DIMS) {
            row[0] = 10.0 * (row[0] + shift[0]);
            row[1] += shift[1];
            let first = row[0];
            row[1..].iter_mut().for_each(|value| *value += 0.2 * first + 3.0);
        }
        Features::new(DIMS, values)
    }

    fn covariance(features: &Features) -> Matrix {
        let (_, matrix) = centred(features);
        matrix.transposed_times(&matrix)
    }

    fn trace(matrix: &Matrix) -> f64 {
        (0..DIMS).map(|i| matrix.row(i)[i]).sum()
    }

    #[test]
    fn strong_directions_lose_their_weight_and_the_mean_goes_to_the_middle() {
        let real = drawn("real", 400, [0.0; 2]);
        let (before, white) = (covariance(&real), Whitening::by(&real).of(&real));
        let (mean, _) = centred(&white);
        assert!(mean.iter().all(|mean| mean.abs() < 1e-5), "{mean:?}");
        let after = covariance(&white);
        let floor = FLOOR * trace(&before) / DIMS as f64;
        assert!(trace(&after) < DIMS as f64 && after.row(0)[0] < 1.0, "{after:?}");
        let strongest = before.row(0)[0] / (before.row(0)[0] + floor);
        assert!((after.row(0)[0] - strongest).abs() < 1e-5, "{} {strongest}", after.row(0)[0]);
    }

    #[test]
    fn products_are_those_of_the_inverse_covariance() {
        let real = drawn("real", 300, [0.0; 2]);
        let (mean, _) = centred(&real);
        let white = Whitening::by(&real).of(&real);
        let mut covariance = covariance(&real);
        let variance = trace(&covariance) / DIMS as f64;
        (0..DIMS).for_each(|i| covariance.values[i * DIMS + i] += FLOOR * variance);
        // For x and y of the set, with u = (C + floor)^-1 (y - m): u gives y - m back, and x . y = (x - m) . u.
        let solve = |goal: &[f64]| {
            let mut u = vec![0.0; DIMS];
            for _ in 0..4000 {
                for i in 0..DIMS {
                    let rest: f64 = (0..DIMS).filter(|&j| j != i).map(|j| covariance.row(i)[j] * u[j]).sum();
                    u[i] = (goal[i] - rest) / covariance.row(i)[i];
                }
            }
            u
        };
        let from_mean = |row: &[f32]| -> Vec<f64> {
            row.iter().zip(&mean).map(|(&value, mean)| f64::from(value) - mean).collect()
        };
        for (x, y) in [(0, 1), (2, 2), (5, 9)] {
            let expected = dot(&from_mean(real.row(x)), &solve(&from_mean(real.row(y))));
            let wide = |row: &[f32]| row.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
            let found = dot(&wide(white.row(x)), &wide(white.row(y)));
            assert!((found - expected).abs() < 1e-4 * (1.0 + expected.abs()), "{found} {expected}");
        }
    }

    #[test]
    fn the_distance_strays_less_and_sees_what_a_strong_direction_hid() {
        let real = drawn("real", 512, [0.0; 2]);
        let white = Whitening::by(&real);
        // How many deviations of equal sets a shift of a weak direction is away from them.
        let seen = |of: &dyn Fn(&Features) -> Features| {
            let far = |name: &str, shift| kid_of_all(&of(&drawn(name, 256, shift)), &of(&real)).unwrap();
            let equal: Vec<f64> = (0..16).map(|number| far(&format!("equal {number}"), [0.0; 2])).collect();
            let mean = equal.iter().sum::<f64>() / 16.0;
            let deviation = (equal.iter().map(|kid| (kid - mean).powi(2)).sum::<f64>() / 15.0).sqrt();
            (far("other", [0.0, 0.7]) - mean) / deviation
        };
        let (plain, evened) = (seen(&Features::clone), seen(&|features| white.of(features)));
        assert!(evened > 5.0 && evened > 3.0 * plain, "{plain} {evened}");
    }

    #[test]
    fn sets_without_spread_have_coordinates() {
        let one = Features::new(2, vec![1.0, 2.0]);
        let white = Whitening::by(&one);
        assert_eq!(white.of(&one).row(0), [0.0, 0.0]);
        assert!(white.of(&Features::new(2, vec![3.0, -1.0])).is_finite());
    }
}
