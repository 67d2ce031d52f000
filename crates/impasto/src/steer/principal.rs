//! The few directions in which a matrix does most.

use burn::tensor::{Device, Tensor};
use impasto_nn::{tensor, values};
use impasto_random::Random;

/// Directions that are followed beyond those that are asked for: the last of them settle slowest.
const SPARE: usize = 8;
const ROUNDS: usize = 40;

/// A direction, and how much of the matrix's squares lies in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Principal {
    pub(super) share: f64,
    /// Of length 1; its largest number is positive.
    pub(super) direction: Vec<f64>,
}

/// The right singular vectors of `[rows, columns]` with the largest values, at most `count`, the largest first: a block
/// of vectors is multiplied by the matrix and its transpose again and again (subspace iteration).
pub(super) fn principal(matrix: &Tensor<2>, count: usize) -> Vec<Principal> {
    let [rows, columns] = matrix.dims();
    let device = matrix.device();
    let width = (count + SPARE).min(columns).min(rows);
    let mut random = Random::new(1, "principal", 0);
    let mut block: Vec<Vec<f64>> =
        (0..width).map(|_| (0..columns).map(|_| random.normal()).collect()).collect();
    orthonormalise(&mut block);
    for _ in 0..ROUNDS {
        let images = matrix.clone().matmul(side_by_side(&block, &device)); // [rows, width]
        block = apart(matrix.clone().transpose().matmul(images));
        orthonormalise(&mut block);
    }
    let images = apart(matrix.clone().matmul(side_by_side(&block, &device)));
    let small: Vec<Vec<f64>> = images.iter().map(|a| images.iter().map(|b| dot(a, b)).collect()).collect();
    let total: f64 = values(matrix.clone().square().sum_dim(1)).iter().copied().map(f64::from).sum();
    let turned = |(value, mix): (f64, Vec<f64>)| {
        let at = |place: usize| mix.iter().zip(&block).map(|(share, vector)| share * vector[place]).sum();
        let direction = upright((0..columns).map(at).collect());
        Principal { share: value / total.max(f64::MIN_POSITIVE), direction }
    };
    let is_real = |principal: &Principal| principal.share > 1e-9;
    eigen(small).into_iter().take(count).map(turned).filter(is_real).collect()
}

/// Vectors as the columns of a matrix.
fn side_by_side(vectors: &[Vec<f64>], device: &Device) -> Tensor<2> {
    let all = vectors.iter().flatten().map(|&value| value as f32).collect();
    tensor::<2>(all, [vectors.len(), vectors[0].len()], device).transpose()
}

/// The columns of a matrix as vectors.
fn apart(matrix: Tensor<2>) -> Vec<Vec<f64>> {
    let [rows, _] = matrix.dims();
    let all = values(matrix.transpose());
    all.chunks_exact(rows).map(|column| column.iter().copied().map(f64::from).collect()).collect()
}

/// Gram and Schmidt's way, twice, which is enough for all digits. A vector with nothing of its own becomes 0.
fn orthonormalise(vectors: &mut [Vec<f64>]) {
    for place in 0..vectors.len() {
        let (before, rest) = vectors.split_at_mut(place);
        let vector = &mut rest[0];
        let length = dot(vector, vector).sqrt();
        for other in before.iter().chain(before.iter()) {
            let along = dot(vector, other);
            vector.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
        }
        let left = dot(vector, vector).sqrt();
        let factor = if left > 1e-9 * length { 1.0 / left } else { 0.0 };
        vector.iter_mut().for_each(|value| *value *= factor);
    }
}

/// Values and vectors of a symmetric matrix, the largest first, by Jacobi's rotations.
fn eigen(mut matrix: Vec<Vec<f64>>) -> Vec<(f64, Vec<f64>)> {
    let size = matrix.len();
    let mut vectors: Vec<Vec<f64>> =
        (0..size).map(|row| (0..size).map(|column| f64::from(u8::from(row == column))).collect()).collect();
    for _ in 0..30 {
        for (p, q) in (0..size).flat_map(|p| (p + 1..size).map(move |q| (p, q))) {
            rotate(&mut matrix, &mut vectors, p, q);
        }
    }
    let mut found: Vec<(f64, Vec<f64>)> =
        vectors.into_iter().enumerate().map(|(place, vector)| (matrix[place][place], vector)).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found
}

/// Turns rows and columns `p` and `q` so that what they share becomes 0. The vectors are rows.
fn rotate(matrix: &mut [Vec<f64>], vectors: &mut [Vec<f64>], p: usize, q: usize) {
    let shared = matrix[p][q];
    if shared == 0.0 {
        return;
    }
    let angle = 0.5 * (2.0 * shared).atan2(matrix[p][p] - matrix[q][q]);
    let (sine, cosine) = angle.sin_cos();
    let turn = |a: &mut f64, b: &mut f64| (*a, *b) = (cosine * *a + sine * *b, cosine * *b - sine * *a);
    for row in matrix.iter_mut() {
        let (left, right) = row.split_at_mut(q);
        turn(&mut left[p], &mut right[0]);
    }
    for rows in [matrix, vectors] {
        let (above, below) = rows.split_at_mut(q);
        above[p].iter_mut().zip(&mut below[0]).for_each(|(a, b)| turn(a, b));
    }
}

/// Of the two directions along a line, the one whose largest number is positive.
fn upright(mut direction: Vec<f64>) -> Vec<f64> {
    let largest = direction.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(0.0);
    let factor = largest.signum() / dot(&direction, &direction).sqrt().max(f64::MIN_POSITIVE);
    direction.iter_mut().for_each(|value| *value *= factor);
    direction
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directions_that_a_matrix_was_made_of_are_found_in_their_order() {
        // Rows are sums of four orthogonal directions, each with a weight of its own.
        let mut random = Random::new(5, "matrix", 0);
        let drawn = |random: &mut Random, count: usize, size: usize| {
            let mut vectors: Vec<Vec<f64>> =
                (0..count).map(|_| (0..size).map(|_| random.normal()).collect()).collect();
            orthonormalise(&mut vectors);
            vectors
        };
        let (left, right) = (drawn(&mut random, 4, 30), drawn(&mut random, 4, 20));
        let weights = [8.0, 4.0, 2.0, 1.0];
        let value = |row: usize, column: usize| -> f64 {
            (0..4).map(|k| weights[k] * left[k][row] * right[k][column]).sum()
        };
        let all = (0..600).map(|at| value(at / 20, at % 20) as f32).collect();
        let found = principal(&tensor(all, [30, 20], &Device::flex()), 6);
        assert_eq!(found.len(), 4, "no more directions than it has");
        for (k, principal) in found.iter().enumerate() {
            assert!(dot(&principal.direction, &right[k]).abs() > 0.9999, "direction {k}");
            assert!((principal.share - weights[k] * weights[k] / 85.0).abs() < 1e-5, "direction {k}");
            assert!(principal.direction.iter().copied().fold(0.0, f64::max) > 0.2, "upright");
        }
    }
}
