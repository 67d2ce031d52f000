//! A mixture of normal densities, fitted to points by expectation and maximisation, in f64.
//!
//! Fitted to the latents of a trained autoencoder, it replaces the standard normal prior when painting: the latents
//! of real pictures don't fill the prior, and points between them decode to mush (Ghosh and others, "From variational
//! to deterministic autoencoders", 2020).

use impasto_random::Random;

use crate::foresight::is_outline;

/// Keeps covariances invertible, relative to the average variance of the points.
const RIDGE: f64 = 1e-4;
const ROUNDS: usize = 40;
/// The fit has settled when a round raises the mean log-likelihood by less.
const SETTLED: f64 = 1e-3;

/// A mixture of normal densities with full covariances.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// Numbers in a point.
    size: usize,
    components: Vec<Component>,
}

#[derive(Debug, Clone, PartialEq)]
struct Component {
    weight: f64,
    mean: Vec<f64>,
    /// The lower Cholesky factor of the covariance, `[size, size]`.
    factor: Vec<f64>,
}

impl Mixture {
    /// One standard normal density, the plain prior, held in a mixture of `count` equal parts.
    pub fn standard(size: usize, count: usize) -> Self {
        // Its weight, mean and factor, for each of so many components.
        if is_outline(&[count]) && is_outline(&[count, size]) && is_outline(&[count, size, size]) {
            return Self { size, components: Vec::new() };
        }
        let mut factor = vec![0.0; size * size];
        (0..size).for_each(|i| factor[i * size + i] = 1.0);
        let component = Component { weight: 1.0 / count as f64, mean: vec![0.0; size], factor };
        Self { size, components: vec![component; count] }
    }

    /// Fits `count` parts to the points (rows of `size` numbers), from k-means++ starts drawn from `random`.
    ///
    /// With too few points to say anything about `count` parts, fewer are used in effect; with none at all the
    /// answer is the standard normal.
    pub fn fit(points: &[f32], size: usize, count: usize, random: &mut Random) -> Self {
        let points: Vec<f64> = points.iter().map(|&v| f64::from(v)).collect();
        let rows: Vec<&[f64]> = points.chunks_exact(size.max(1)).collect();
        if rows.len() < 2 || size == 0 || count == 0 {
            return Self::standard(size, count);
        }
        let mut shares = nearest_shares(&rows, &centres(&rows, count, random));
        let ridge = RIDGE * average_variance(&rows).max(1e-12);
        let mut best = f64::NEG_INFINITY;
        let mut mixture = Self::standard(size, count);
        for _ in 0..ROUNDS {
            mixture = Self::maximised(&rows, &shares, size, count, ridge);
            let likelihood = mixture.expect(&rows, &mut shares);
            if likelihood - best < SETTLED {
                break;
            }
            best = likelihood;
        }
        mixture
    }

    /// A point; `spread` below 1 keeps it nearer to the middle of its part.
    pub fn draw(&self, spread: f64, random: &mut Random) -> Vec<f32> {
        let mut ticket = random.unit();
        let part = self.components.iter().find(|part| {
            ticket -= part.weight;
            ticket < 0.0
        });
        let Some(part) = part.or(self.components.last()) else { return vec![0.0; self.size] };
        let noise: Vec<f64> = (0..self.size).map(|_| spread * random.normal()).collect();
        let value = |row: usize| {
            let sum: f64 = (0..=row).map(|k| part.factor[row * self.size + k] * noise[k]).sum();
            (part.mean[row] + sum) as f32
        };
        (0..self.size).map(value).collect()
    }

    /// The mean log-likelihood of points, in nats.
    pub fn log_likelihood(&self, points: &[f32]) -> f64 {
        let points: Vec<f64> = points.iter().map(|&v| f64::from(v)).collect();
        let rows: Vec<&[f64]> = points.chunks_exact(self.size.max(1)).collect();
        let mut shares = vec![0.0; rows.len() * self.components.len()];
        self.expect(&rows, &mut shares)
    }

    /// All numbers in a row, to be saved: for each part its weight, mean and factor.
    pub fn to_values(&self) -> Vec<f32> {
        let parts = self.components.iter();
        parts
            .flat_map(|part| [part.weight].into_iter().chain(part.mean.clone()).chain(part.factor.clone()))
            .map(|value| value as f32)
            .collect()
    }

    /// The same from saved numbers; the standard normal where they are not those of such a mixture.
    pub fn from_values(values: &[f32], size: usize, count: usize) -> Self {
        let each = 1 + size + size * size;
        if values.len() != each * count || values.iter().any(|v| !v.is_finite()) {
            return Self::standard(size, count);
        }
        let number = |values: &[f32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
        let component = |part: &[f32]| Component {
            weight: f64::from(part[0]),
            mean: number(&part[1..=size]),
            factor: number(&part[1 + size..]),
        };
        Self { size, components: values.chunks_exact(each).map(component).collect() }
    }

    /// How many numbers [`Self::to_values`] gives.
    pub fn values_len(size: usize, count: usize) -> usize {
        count * (1 + size + size * size)
    }

    fn maximised(rows: &[&[f64]], shares: &[f64], size: usize, count: usize, ridge: f64) -> Self {
        let component = |k: usize| {
            let share = |row: usize| shares[row * count + k];
            let total = (0..rows.len()).map(share).sum::<f64>().max(1e-9);
            let mut mean = vec![0.0; size];
            for (row, point) in rows.iter().enumerate() {
                mean.iter_mut().zip(*point).for_each(|(m, p)| *m += share(row) * p / total);
            }
            let mut covariance = vec![0.0; size * size];
            let mut offset = vec![0.0; size];
            for (row, point) in rows.iter().enumerate() {
                let share = share(row) / total;
                if share < 1e-12 {
                    continue;
                }
                offset.iter_mut().zip(point.iter().zip(&mean)).for_each(|(o, (p, m))| *o = p - m);
                for i in 0..size {
                    for j in 0..=i {
                        covariance[i * size + j] += share * offset[i] * offset[j];
                    }
                }
            }
            (0..size).for_each(|i| covariance[i * size + i] += ridge);
            Component { weight: total / rows.len() as f64, mean, factor: cholesky(covariance, size) }
        };
        Self { size, components: (0..count).map(component).collect() }
    }

    /// Writes each part's share of each point; gives the mean log-likelihood.
    fn expect(&self, rows: &[&[f64]], shares: &mut [f64]) -> f64 {
        let count = self.components.len();
        let normalisers: Vec<f64> = self.components.iter().map(|part| self.log_normaliser(part)).collect();
        let mut solved = vec![0.0; self.size];
        let mut total = 0.0;
        for (point, shares) in rows.iter().zip(shares.chunks_exact_mut(count)) {
            for (share, (part, normaliser)) in shares.iter_mut().zip(self.components.iter().zip(&normalisers))
            {
                *share = normaliser - 0.5 * self.distance(part, point, &mut solved);
            }
            let highest = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = shares.iter().map(|s| (s - highest).exp()).sum();
            total += highest + sum.ln();
            shares.iter_mut().for_each(|s| *s = (*s - highest).exp() / sum);
        }
        total / rows.len().max(1) as f64
    }

    fn log_normaliser(&self, part: &Component) -> f64 {
        let logs: f64 = (0..self.size).map(|i| part.factor[i * self.size + i].ln()).sum();
        part.weight.max(1e-300).ln() - logs - 0.5 * self.size as f64 * std::f64::consts::TAU.ln()
    }

    /// Mahalanobis' squared distance, by forward substitution with the factor.
    fn distance(&self, part: &Component, point: &[f64], solved: &mut [f64]) -> f64 {
        for i in 0..self.size {
            let row = &part.factor[i * self.size..i * self.size + i + 1];
            let known: f64 = row[..i].iter().zip(solved.iter()).map(|(f, s)| f * s).sum();
            solved[i] = (point[i] - part.mean[i] - known) / row[i];
        }
        solved.iter().map(|s| s * s).sum()
    }
}

/// First centres, far from each other: k-means++ (Arthur and Vassilvitskii, 2007).
fn centres(rows: &[&[f64]], count: usize, random: &mut Random) -> Vec<Vec<f64>> {
    let mut chosen = vec![rows[random.below(rows.len())].to_vec()];
    let mut nearest: Vec<f64> = rows.iter().map(|row| squared(row, &chosen[0])).collect();
    while chosen.len() < count {
        let mut ticket = random.unit() * nearest.iter().sum::<f64>();
        let next = nearest.iter().position(|d| {
            ticket -= d;
            ticket < 0.0
        });
        let centre = rows[next.unwrap_or(rows.len() - 1)].to_vec();
        nearest.iter_mut().zip(rows).for_each(|(d, row)| *d = d.min(squared(row, &centre)));
        chosen.push(centre);
    }
    chosen
}

fn nearest_shares(rows: &[&[f64]], centres: &[Vec<f64>]) -> Vec<f64> {
    let mut shares = vec![0.0; rows.len() * centres.len()];
    for (row, shares) in rows.iter().zip(shares.chunks_exact_mut(centres.len())) {
        let distances: Vec<f64> = centres.iter().map(|centre| squared(row, centre)).collect();
        let nearest = (0..centres.len()).min_by(|&a, &b| distances[a].total_cmp(&distances[b]));
        shares[nearest.unwrap_or(0)] = 1.0;
    }
    shares
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

fn average_variance(rows: &[&[f64]]) -> f64 {
    let size = rows[0].len();
    let count = rows.len() as f64;
    let mut mean = vec![0.0; size];
    rows.iter().for_each(|row| mean.iter_mut().zip(*row).for_each(|(m, v)| *m += v / count));
    rows.iter().map(|row| squared(row, &mean)).sum::<f64>() / (count * size as f64)
}

/// The lower factor of a symmetric matrix of which the lower half is given; its diagonal stays above zero even when
/// rounding has made the matrix slightly indefinite.
fn cholesky(mut matrix: Vec<f64>, size: usize) -> Vec<f64> {
    for i in 0..size {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| matrix[i * size + k] * matrix[j * size + k]).sum();
            let rest = matrix[i * size + j] - known;
            matrix[i * size + j] = if i == j { rest.max(1e-12).sqrt() } else { rest / matrix[j * size + j] };
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two clouds: 70 % around (3, 0) with correlated coordinates, 30 % around (-3, 1).
    fn clouds() -> Vec<f32> {
        let mut random = Random::new(1, "clouds", 0);
        let mut points = Vec::new();
        for _ in 0..4000 {
            let (a, b) = (random.normal(), random.normal());
            let point = if random.chance(0.7) {
                [3.0 + a, 0.8 * a + 0.6 * b]
            } else {
                [-3.0 + 0.5 * a, 1.0 + 0.5 * b]
            };
            points.extend(point.map(|v| v as f32));
        }
        points
    }

    #[test]
    fn two_clouds_are_found_with_their_weights_means_and_correlation() {
        let mixture = Mixture::fit(&clouds(), 2, 2, &mut Random::new(2, "fit", 0));
        let mut parts = mixture.components.clone();
        parts.sort_by(|a, b| a.weight.total_cmp(&b.weight));
        assert!((parts[0].weight - 0.3).abs() < 0.03, "{parts:?}");
        assert!((parts[0].mean[0] + 3.0).abs() < 0.1 && (parts[0].mean[1] - 1.0).abs() < 0.1);
        assert!((parts[1].mean[0] - 3.0).abs() < 0.1);
        // The factor's second row is (0.8, 0.6): covariance 0.8, variance 1.
        assert!((parts[1].factor[2] - 0.8).abs() < 0.05 && (parts[1].factor[3] - 0.6).abs() < 0.05);
    }

    #[test]
    fn a_fitted_mixture_explains_the_points_better_than_the_plain_prior() {
        let points = clouds();
        let fitted = Mixture::fit(&points, 2, 10, &mut Random::new(2, "fit", 0));
        let plain = Mixture::standard(2, 10);
        assert!(fitted.log_likelihood(&points) > plain.log_likelihood(&points) + 2.0);
    }

    #[test]
    fn the_standard_mixture_is_the_standard_normal() {
        let at_zero = Mixture::standard(3, 10).log_likelihood(&[0.0; 3]);
        assert!((at_zero + 1.5 * std::f64::consts::TAU.ln()).abs() < 1e-9);
    }

    #[test]
    fn drawn_points_have_the_moments_of_the_fitted_ones() {
        let mixture = Mixture::fit(&clouds(), 2, 2, &mut Random::new(2, "fit", 0));
        let mut random = Random::new(3, "draw", 0);
        let drawn: Vec<f32> = (0..20_000).flat_map(|_| mixture.draw(1.0, &mut random)).collect();
        let mean = drawn.chunks_exact(2).map(|p| f64::from(p[0])).sum::<f64>() / 20_000.0;
        assert!((mean - (0.7 * 3.0 - 0.3 * 3.0)).abs() < 0.1, "{mean}");
    }

    #[test]
    fn saved_numbers_come_back_and_broken_ones_give_the_plain_prior() {
        let mixture = Mixture::fit(&clouds(), 2, 3, &mut Random::new(2, "fit", 0));
        let saved = mixture.to_values();
        assert_eq!(saved.len(), Mixture::values_len(2, 3));
        assert_eq!(Mixture::from_values(&saved, 2, 3).to_values(), saved);
        assert_eq!(Mixture::from_values(&saved[1..], 2, 3), Mixture::standard(2, 3));
    }

    #[test]
    fn few_and_equal_points_do_no_harm() {
        for points in [vec![], vec![1.0, 2.0], vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0]] {
            let mixture = Mixture::fit(&points, 2, 10, &mut Random::new(1, "few", 0));
            assert!(mixture.draw(1.0, &mut Random::new(1, "draw", 0)).iter().all(|v| v.is_finite()));
        }
    }
}
