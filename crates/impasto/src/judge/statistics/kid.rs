//! The kernel distance between two sets (KID; Bińkowski and others, 2018): the unbiased estimate of the squared maximum
//! mean discrepancy under the kernel `(x·y / d + 1)³`. Unlike the Fréchet distance it is right on average for any number
//! of pictures, and so may come out a little below zero for equal sets.
//!
//! The figure is the mean over subsets, as in the package torch-fidelity (100 subsets of 1000). The deviation of subsets
//! says little about the error of their mean, so the interval comes from a bootstrap over pictures instead.

use impasto_random::Random;

use super::matrix::Matrix;
use crate::features::Features;

/// Subsets that are drawn.
pub const SUBSETS: usize = 100;
/// Pictures in each, where there are so many.
pub const SUBSET_SIZE: usize = 1000;
/// Sets that the bootstrap draws.
const DRAWS: usize = 200;
/// Rows of a kernel that are in memory at once.
const BLOCK: usize = 512;

/// A kernel distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kid {
    /// The mean over the subsets.
    pub mean: f64,
    /// The deviation of the subsets.
    pub deviation: f64,
    /// Pictures in a subset.
    pub size: usize,
}

/// The distance, with subsets that the seed names.
///
/// # Panics
/// When a set has fewer than two pictures, or features of another network.
pub fn kid(generated: &Features, real: &Features, seed: u64) -> Kid {
    let size = SUBSET_SIZE.min(generated.len()).min(real.len());
    let draw = |side: &str, number: u64, count: usize| {
        let mut order = Random::new(seed, side, number).permutation(count);
        order.truncate(size);
        order
    };
    let pairs = (0..SUBSETS as u64)
        .map(|number| [draw("kid generated", number, generated.len()), draw("kid real", number, real.len())]);
    kid_of_subsets(generated, real, pairs)
}

/// The distance over these subsets: rows of the generated set, and as many of the real one.
///
/// # Panics
/// As [`kid`], and when there are no subsets.
pub fn kid_of_subsets(
    generated: &Features,
    real: &Features,
    subsets: impl IntoIterator<Item = [Vec<u32>; 2]>,
) -> Kid {
    let mut size = 0;
    let values: Vec<f64> = subsets
        .into_iter()
        .map(|[ours, theirs]| {
            size = ours.len();
            discrepancy(&Matrix::of(&generated.pick(&ours)), &Matrix::of(&real.pick(&theirs)))
        })
        .collect();
    assert!(!values.is_empty() && size > 1, "subsets of two pictures and more");
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    Kid { mean, deviation, size }
}

/// The distance of all pictures of one set to all of another; none where a set has fewer than two, which have no
/// distance among each other.
///
/// # Panics
/// When the sets have features of different networks.
pub fn kid_of_all(generated: &Features, real: &Features) -> Option<f64> {
    let are_sets = generated.len().min(real.len()) > 1;
    are_sets.then(|| discrepancy(&Matrix::of(generated), &Matrix::of(real)))
}

/// The unbiased estimate for two sets, of all their pictures.
fn discrepancy(one: &Matrix, other: &Matrix) -> f64 {
    let within = |set: &Matrix| {
        let kernel = kernel(set, set);
        let diagonal: f64 = (0..set.rows).map(|i| kernel.row(i)[i]).sum();
        (kernel.values.iter().sum::<f64>() - diagonal) / (set.rows * (set.rows - 1)) as f64
    };
    let between = kernel(one, other).values.iter().sum::<f64>() / (one.rows * other.rows) as f64;
    within(one) + within(other) - 2.0 * between
}

fn kernel(one: &Matrix, other: &Matrix) -> Matrix {
    let mut products = one.times_transposed(other);
    let dims = one.columns as f64;
    products.values.iter_mut().for_each(|value| *value = (*value / dims + 1.0).powi(3));
    products
}

/// How far the distance of all pictures strays when both sets are drawn anew from themselves (Efron, 1979), as a standard
/// deviation. A picture that is drawn twice is not compared with itself.
pub fn kid_error(generated: &Features, real: &Features, seed: u64) -> f64 {
    let (one, other) = (Matrix::of(generated), Matrix::of(real));
    let weights =
        [("generated", one.rows), ("real", other.rows)].map(|(side, count)| drawn(side, count, seed));
    let within = [own_forms(&one, &weights[0]), own_forms(&other, &weights[1])];
    let between = forms(&one, &weights[0], &other, &weights[1]);
    let count = (one.rows * other.rows) as f64;
    let values: Vec<f64> =
        (0..DRAWS).map(|draw| within[0][draw] + within[1][draw] - 2.0 * between[draw] / count).collect();
    let mean = values.iter().sum::<f64>() / DRAWS as f64;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (DRAWS - 1) as f64).sqrt()
}

/// The mean kernel between different pictures of a set, for each draw.
fn own_forms(set: &Matrix, weights: &Matrix) -> Vec<f64> {
    let count = (set.rows * set.rows) as f64;
    let parts = forms(set, weights, set, weights).into_iter().zip(diagonals(set, weights));
    let parts = parts.zip(weights.squares());
    parts.map(|((sum, own), equal)| (sum - own) / (count - equal)).collect()
}

/// How often each picture is drawn, a row for each draw.
fn drawn(side: &str, count: usize, seed: u64) -> Matrix {
    let mut weights = vec![0.0; DRAWS * count];
    for (draw, row) in weights.chunks_exact_mut(count).enumerate() {
        let mut random = Random::new(seed, &format!("bootstrap {side}"), draw as u64);
        (0..count).for_each(|_| row[random.below(count)] += 1.0);
    }
    Matrix::new(DRAWS, count, weights)
}

/// `aᵀ K b` for each draw, where `K` is the kernel between the sets; a block of rows of `K` at a time.
fn forms(one: &Matrix, a: &Matrix, other: &Matrix, b: &Matrix) -> Vec<f64> {
    let mut sums = vec![0.0; DRAWS];
    for first in (0..one.rows).step_by(BLOCK) {
        let kernel = kernel(&one.part(first, BLOCK), other);
        let weighted = b.times_transposed(&kernel);
        for (draw, sum) in sums.iter_mut().enumerate() {
            *sum += super::matrix::dot(weighted.row(draw), &a.row(draw)[first..first + kernel.rows]);
        }
    }
    sums
}

/// What a picture's kernel with itself adds to each draw.
fn diagonals(set: &Matrix, weights: &Matrix) -> Vec<f64> {
    let own: Vec<f64> =
        set.squares().into_iter().map(|square| (square / set.columns as f64 + 1.0).powi(3)).collect();
    let sum = |draw| weights.row(draw).iter().zip(&own).map(|(weight, own)| weight * weight * own).sum();
    (0..DRAWS).map(sum).collect()
}

#[cfg(test)]
mod tests {
    use super::super::numpy::RandomState;
    use super::*;

    fn waves(count: usize, dims: usize, step: f64) -> Features {
        let value = |at: usize| ((at as f64 * step).sin() + 0.3 * ((at % dims) as f64 * 0.9).cos()) as f32;
        Features::new(dims, (0..count * dims).map(value).collect())
    }

    fn drawn(name: &str, number: u64, count: usize, shift: f32) -> Features {
        let values = Random::new(number, name, 0).normals(count * 4);
        Features::new(4, values.into_iter().map(|value| value + shift).collect())
    }

    #[test]
    fn numpy_finds_the_same() {
        let (one, other) = (waves(50, 7, 1.7), waves(50, 7, 2.3));
        let whole: Vec<u32> = (0..50).collect();
        let part = [(0..20).collect(), (5..25).collect()];
        let found = kid_of_subsets(&one, &other, [[whole.clone(), whole.clone()]]);
        assert!((found.mean - WHOLE).abs() < 1e-12 && found.deviation == 0.0, "{found:?}");
        let found = kid_of_subsets(&one, &other, [[whole.clone(), whole], part]);
        assert!((found.mean - 0.5 * (WHOLE + PART)).abs() < 1e-12, "{found:?}");
        assert!((found.deviation - 0.5 * (WHOLE - PART).abs()).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn with_numpys_draws_it_is_the_figure_of_torch_fidelity() {
        let (one, other) = (waves(120, 7, 1.7), waves(150, 7, 2.3));
        let mut state = RandomState::new(2020);
        let subsets = (0..10).map(|_| [state.choice(120, 64), state.choice(150, 64)]);
        let found = kid_of_subsets(&one, &other, subsets);
        assert!((found.mean - 0.6138329571971857).abs() < 1e-12, "{found:?}");
        assert!((found.deviation - 0.042886708885391325).abs() < 1e-12, "{found:?}");
    }

    const WHOLE: f64 = 0.5536083950350528;
    const PART: f64 = 0.4401341731336328;

    #[test]
    fn subsets_are_named_by_the_seed() {
        let (one, other) = (drawn("one", 0, 1200, 0.0), drawn("other", 0, 1300, 0.1));
        assert_eq!(kid(&one, &other, 3), kid(&one, &other, 3));
        assert_ne!(kid(&one, &other, 3), kid(&one, &other, 4));
        assert_eq!(kid(&one, &other, 3).size, 1000);
        assert!(kid(&one, &other, 3).mean > 0.0);
    }

    #[test]
    fn the_error_is_that_of_other_draws_from_the_same_source() {
        let pairs = 60;
        let sets = |number| [drawn("one", number, 200, 0.0), drawn("other", number, 200, 0.5)];
        let values: Vec<f64> = (0..pairs)
            .map(|number| {
                let [one, other] = sets(number);
                discrepancy(&Matrix::of(&one), &Matrix::of(&other))
            })
            .collect();
        let mean = values.iter().sum::<f64>() / pairs as f64;
        let right = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (pairs - 1) as f64).sqrt();
        let found = (0..6).map(sets).map(|[a, b]| kid_error(&a, &b, 1)).sum::<f64>() / 6.0;
        assert!((0.7..1.4).contains(&(found / right)), "{found} against {right}");
    }
}
