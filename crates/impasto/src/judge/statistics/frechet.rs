//! The Fréchet distance between two sets, each taken for a normal distribution (Heusel and others, 2017):
//! `|m1 - m2|² + tr C1 + tr C2 - 2 tr (C1 C2)^½`.
//!
//! With `C1 = A1ᵀ A1` and `C2 = A2ᵀ A2` the last trace is the sum of the singular values of `A1 A2ᵀ`. So no square root of a
//! matrix is needed, and where pictures are fewer than features the covariances, which then have no inverse, are never
//! even formed.

use rayon::prelude::*;

use super::matrix::{Matrix, dot};
use super::singular::nuclear_norm;
use crate::features::Features;

/// Columns of the factorisation that are done at once.
const BLOCK: usize = 64;

/// The distance; with Inception's features it is the FID.
///
/// # Panics
/// When the sets have features of different networks, or one has fewer than two pictures.
pub fn frechet_distance(one: &Features, other: &Features) -> f64 {
    assert_eq!(one.dims(), other.dims(), "features of different networks");
    let (one, other) = (Spread::of(one), Spread::of(other));
    let apart: f64 = one.mean.iter().zip(&other.mean).map(|(a, b)| (a - b).powi(2)).sum();
    let overlap = nuclear_norm(one.factor.times_transposed(&other.factor));
    // Rounding can take a distance of zero below it.
    (apart + one.trace + other.trace - 2.0 * overlap).max(0.0)
}

/// What the distance knows of a set.
struct Spread {
    mean: Vec<f64>,
    /// Of the covariance.
    trace: f64,
    /// The covariance is `factorᵀ factor`.
    factor: Matrix,
}

impl Spread {
    fn of(features: &Features) -> Self {
        assert!(features.len() > 1, "a covariance needs two pictures");
        let (mean, matrix) = centred(features);
        let trace = matrix.values.iter().map(|value| value * value).sum();
        let factor = match matrix.rows <= matrix.columns {
            true => matrix,
            false => lower(matrix.transposed_times(&matrix)).transposed(),
        };
        Self { mean, trace, factor }
    }
}

/// The mean of a set, and a matrix `a` so that its covariance is `aᵀ a`.
pub(super) fn centred(features: &Features) -> (Vec<f64>, Matrix) {
    let mut matrix = Matrix::of(features);
    let (count, dims) = (matrix.rows, matrix.columns);
    let mut mean = vec![0.0; dims];
    matrix.values.chunks_exact(dims).for_each(|row| super::matrix::add(&mut mean, 1.0, row));
    mean.iter_mut().for_each(|value| *value /= count as f64);
    let scale = 1.0 / (count.max(2) as f64 - 1.0).sqrt();
    for row in matrix.values.chunks_exact_mut(dims) {
        row.iter_mut().zip(&mean).for_each(|(value, mean)| *value = (*value - mean) * scale);
    }
    (mean, matrix)
}

/// Cholesky's factor of a covariance: `lower lowerᵀ`. A feature that adds nothing to those before it gets a row of
/// zeros on from there.
pub(super) fn lower(mut covariance: Matrix) -> Matrix {
    let n = covariance.rows;
    let least: Vec<f64> = (0..n).map(|i| covariance.row(i)[i] * 1e-13).collect();
    let a = &mut covariance.values;
    for first in (0..n).step_by(BLOCK) {
        let end = (first + BLOCK).min(n);
        for j in first..end {
            let head = a[j * n + first..j * n + j].to_vec();
            let pivot = a[j * n + j] - dot(&head, &head);
            let inverse = if pivot > least[j] { 1.0 / pivot.sqrt() } else { 0.0 };
            a[j * n..].par_chunks_exact_mut(n).with_min_len(64).for_each(|row| {
                row[j] = (row[j] - dot(&row[first..j], &head)) * inverse;
            });
            a[j * n + j] = pivot * inverse;
        }
        let done: Vec<f64> = (end..n).flat_map(|i| a[i * n + first..i * n + end].to_vec()).collect();
        let done = Matrix::new(n - end, end - first, done);
        let product = done.times_transposed(&done);
        let rest = a[end * n..].par_chunks_exact_mut(n).zip(product.values.par_chunks(done.rows.max(1)));
        rest.for_each(|(row, product)| row[end..].iter_mut().zip(product).for_each(|(a, p)| *a -= p));
    }
    for (i, row) in a.chunks_exact_mut(n).enumerate() {
        row[i + 1..].fill(0.0);
    }
    covariance
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn drawn(count: usize, dims: usize, name: &str, scale: f32, shift: f32) -> Features {
        let values = Random::new(1, name, 0).normals(count * dims);
        Features::new(dims, values.into_iter().map(|v| v * scale + shift).collect())
    }

    /// What `pinned` holds was computed by numpy from the same numbers (see the test).
    fn waves(count: usize, dims: usize, step: f64) -> Features {
        let value = |at: usize| ((at as f64 * step).sin() + 0.3 * ((at % dims) as f64 * 0.9).cos()) as f32;
        Features::new(dims, (0..count * dims).map(value).collect())
    }

    #[test]
    fn a_set_has_no_distance_from_itself() {
        for (count, dims) in [(50, 8), (8, 50), (200, 100)] {
            let set = drawn(count, dims, "self", 2.0, 1.0);
            assert!(frechet_distance(&set, &set) < 1e-9 * dims as f64, "{}", frechet_distance(&set, &set));
        }
    }

    #[test]
    fn in_one_dimension_it_is_the_closed_form() {
        let (one, other) = (drawn(500, 1, "a", 1.0, 0.0), drawn(400, 1, "b", 3.0, 2.0));
        let moments = |set: &Features| {
            let values: Vec<f64> = set.values().iter().map(|&v| f64::from(v)).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
            (mean, square.sqrt())
        };
        let ((m1, s1), (m2, s2)) = (moments(&one), moments(&other));
        let right = (m1 - m2).powi(2) + (s1 - s2).powi(2);
        assert!((frechet_distance(&one, &other) - right).abs() < 1e-10);
    }

    #[test]
    fn numpy_finds_the_same_with_fewer_and_with_more_pictures_than_features() {
        for (counts, dims, right) in PINNED {
            let (one, other) = (waves(counts[0], dims, 1.7), waves(counts[1], dims, 2.3));
            let found = frechet_distance(&one, &other);
            assert!((found - right).abs() < 1e-6 * right, "{counts:?} {dims}: {found} against {right}");
        }
    }

    const PINNED: [([usize; 2], usize, f64); 3] = [
        ([40, 300], 12, 10.65527251482485),
        ([20, 30], 64, 65.57518994893789),
        ([30, 200], 80, 78.44588136820403),
    ];

    #[test]
    fn a_factor_gives_the_covariance_back_also_across_blocks_and_without_full_rank() {
        for (count, dims) in [(300, 6), (400, 150), (90, 70)] {
            let mut values = drawn(count, dims, "factor", 1.0, 0.0).values().to_vec();
            values.chunks_exact_mut(dims).for_each(|row| (row[2], row[5]) = (0.0, row[0] * 2.0));
            let mut matrix = Matrix::of(&Features::new(dims, values));
            matrix.values.iter_mut().for_each(|value| *value /= 30.0);
            let covariance = matrix.transposed_times(&matrix);
            let direct: f64 = (0..count).map(|row| matrix.row(row)[0] * matrix.row(row)[dims - 1]).sum();
            assert!((covariance.row(0)[dims - 1] - direct).abs() < 1e-12, "the product itself");
            let lower = lower(covariance.clone());
            let again = lower.times_transposed(&lower);
            let off = again.values.iter().zip(&covariance.values).map(|(a, b)| (a - b).abs());
            assert!(off.fold(0.0, f64::max) < 1e-12, "{count} x {dims}");
        }
    }

    #[test]
    fn features_that_never_change_do_no_harm() {
        let mut values = drawn(300, 6, "dead", 1.0, 0.0).values().to_vec();
        for row in values.chunks_exact_mut(6) {
            (row[2], row[5]) = (0.0, row[0] * 2.0);
        }
        let set = Features::new(6, values);
        let shifted = Features::new(6, set.values().iter().map(|v| v + 1.0).collect());
        assert!(frechet_distance(&set, &set) < 1e-6);
        assert!((frechet_distance(&set, &shifted) - 6.0).abs() < 1e-5);
    }
}
