//! Figures over features, in f64: pure functions that know nothing of pictures.

mod bootstrap;
mod clusters;
mod copies;
mod frechet;
mod halves;
mod kid;
mod matrix;
mod neighbours;
pub mod numpy;
mod singular;
mod whitening;

pub use bootstrap::{Interval, interval_of_mean};
pub use clusters::{Clusters, Shares, counted, divergence, shares};
pub use copies::{Calibration, Copies};
pub use frechet::frechet_distance;
pub use halves::{Expected, expected_of_classes, expected_of_clusters};
pub use kid::{Kid, SUBSET_SIZE, SUBSETS, kid, kid_error, kid_of_all, kid_of_subsets};
pub use neighbours::{
    Cover, K_DENSITY, K_PRECISION, Nearest, cover, nearer, nearest, nearest_other, nearest_other_of, within,
};
pub use whitening::Whitening;

/// How far apart two rows are, squared.
pub(crate) fn squared_distance(one: &[f32], other: &[f32]) -> f64 {
    one.iter().zip(other).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum()
}
