//! The colours of a picture as a mean and a covariance, and the linear map that takes those of one to those of another with the least
//! change: Pitié and Kokaram, "The Linear Monge-Kantorovitch Linear Colour Mapping for Example-Based Colour Transfer", 2007.

use super::raster::Raster;

/// What red, green and blue give to the light.
pub(crate) const LIGHT: [f32; 3] = [0.299, 0.587, 0.114];

type Matrix = [[f64; 3]; 3];

/// Keeps pictures of one colour from being divided by nothing.
const LEAST: f64 = 1e-5;

/// How the colours of a picture lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Palette {
    mean: [f64; 3],
    covariance: Matrix,
}

/// A map of colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mapping {
    from: [f64; 3],
    to: [f64; 3],
    matrix: Matrix,
}

impl Palette {
    /// That of a picture in red, green and blue.
    pub(super) fn of(raster: &Raster) -> Self {
        let pixels = raster.values().as_chunks::<3>().0;
        let count = pixels.len().max(1) as f64;
        let sum = |of: &dyn Fn(&[f32; 3]) -> f64| pixels.iter().map(of).sum::<f64>() / count;
        let mean = [0, 1, 2].map(|c| sum(&|pixel| f64::from(pixel[c])));
        let apart = |pixel: &[f32; 3], c: usize| f64::from(pixel[c]) - mean[c];
        let mut covariance = [[0.0; 3]; 3];
        for (a, b) in (0..3).flat_map(|a| (0..3).map(move |b| (a, b))) {
            covariance[a][b] =
                sum(&|pixel| apart(pixel, a) * apart(pixel, b)) + if a == b { LEAST } else { 0.0 };
        }
        Self { mean, covariance }
    }

    /// That of several pictures, each with its weight.
    pub(super) fn mixed(parts: &[(f64, Self)]) -> Self {
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        let sum = |of: &dyn Fn(&Self) -> f64| {
            parts.iter().map(|(weight, own)| weight / total * of(own)).sum::<f64>()
        };
        let mean = [0, 1, 2].map(|c| sum(&|own| own.mean[c]));
        let spread = |own: &Self, a: usize, b: usize| (own.mean[a] - mean[a]) * (own.mean[b] - mean[b]);
        let covariance =
            [0, 1, 2].map(|a| [0, 1, 2].map(|b| sum(&|own| own.covariance[a][b] + spread(own, a, b))));
        Self { mean, covariance }
    }

    /// The map to another one: `A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2`.
    pub(super) fn toward(&self, other: &Self) -> Mapping {
        let root = power(&self.covariance, 0.5);
        let back = power(&self.covariance, -0.5);
        let middle = power(&product(&product(&root, &other.covariance), &root), 0.5);
        Mapping { from: self.mean, to: other.mean, matrix: product(&product(&back, &middle), &back) }
    }
}

impl Mapping {
    /// The picture in its new colours, which stay within black and white.
    pub(super) fn applied(&self, raster: &Raster) -> Raster {
        let mut made = raster.clone();
        for pixel in made.values_mut().as_chunks_mut::<3>().0 {
            let apart = [0, 1, 2].map(|c| f64::from(pixel[c]) - self.from[c]);
            *pixel = [0, 1, 2].map(|row| {
                let moved = (0..3).map(|c| self.matrix[row][c] * apart[c]).sum::<f64>();
                (self.to[row] + moved).clamp(0.0, 1.0) as f32
            });
        }
        made
    }
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let at = |row: usize, column: usize| (0..3).map(|k| a[row][k] * b[k][column]).sum();
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| at(row, column)))
}

/// A power of a symmetric matrix without negative eigenvalues, by Jacobi's rotations.
fn power(matrix: &Matrix, exponent: f64) -> Matrix {
    let (mut a, mut vectors) = (*matrix, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    for _ in 0..24 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if a[p][q].abs() < 1e-15 {
                continue;
            }
            let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let t = if theta == 0.0 { 1.0 } else { t };
            let c = 1.0 / (t * t + 1.0).sqrt();
            let s = t * c;
            let mut turn = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
            (turn[p][p], turn[q][q], turn[p][q], turn[q][p]) = (c, c, s, -s);
            a = product(&product(&transposed(&turn), &a), &turn);
            vectors = product(&vectors, &turn);
        }
    }
    let mut scaled = vectors;
    for row in &mut scaled {
        row.iter_mut().enumerate().for_each(|(c, value)| *value *= a[c][c].max(1e-12).powf(exponent));
    }
    product(&scaled, &transposed(&vectors))
}

fn transposed(matrix: &Matrix) -> Matrix {
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| matrix[column][row]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn drawn(key: u64, matrix: [[f32; 3]; 3], offset: f32) -> Raster {
        let mut random = Random::new(1, "palette", key);
        let pixels = (0..400).flat_map(|_| {
            let drawn: Vec<f32> = random.uniforms(3, -0.1, 0.1);
            matrix.map(|row| offset + row.iter().zip(&drawn).map(|(a, b)| a * b).sum::<f32>())
        });
        Raster::new(20, 20, 3, pixels.collect())
    }

    fn apart(one: &Palette, other: &Palette) -> f64 {
        let means = one.mean.iter().zip(other.mean).map(|(a, b)| (a - b).abs());
        let spreads = one
            .covariance
            .as_flattened()
            .iter()
            .zip(other.covariance.as_flattened())
            .map(|(a, b)| (a - b).abs());
        means.chain(spreads).fold(0.0, f64::max)
    }

    #[test]
    fn a_picture_takes_the_mean_and_the_covariance_of_another() {
        let one = drawn(1, [[1.0, 0.2, 0.0], [0.0, 0.5, 0.1], [0.3, 0.0, 0.8]], 0.4);
        let other = drawn(2, [[0.4, 0.4, 0.4], [1.0, -0.5, 0.0], [0.0, 0.2, 1.2]], 0.6);
        let [from, to] = [&one, &other].map(Palette::of);
        let made = Palette::of(&from.toward(&to).applied(&one));
        assert!(apart(&made, &to) < 1e-4, "{made:?} and {to:?}");
        let same = from.toward(&from).applied(&one).with(&one, |a, b| (a - b).abs());
        assert!(same.values().iter().all(|&apart| apart < 1e-4));
    }

    #[test]
    fn one_colour_becomes_one_colour_and_mixtures_have_both() {
        let flat = Raster::new(4, 4, 3, vec![0.3; 48]);
        let other = drawn(3, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 0.5);
        let made = Palette::of(&flat).toward(&Palette::of(&other)).applied(&flat);
        assert!(made.values().iter().all(|value| value.is_finite() && (value - 0.5).abs() < 0.05));
        let light = Palette::of(&Raster::new(4, 4, 3, vec![0.7; 48]));
        let mixed = Palette::mixed(&[(1.0, Palette::of(&flat)), (3.0, light)]);
        assert!((mixed.mean[0] - 0.6).abs() < 1e-6 && (mixed.covariance[0][0] - 0.03 - LEAST).abs() < 1e-6);
    }
}
