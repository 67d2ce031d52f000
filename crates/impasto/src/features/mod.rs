//! Pictures as rows of numbers, so that sets of them can be compared: near rows are pictures that look alike.
//!
//! A network that makes such rows is a [`FeatureNetwork`]. What it makes depends on its weights and on how pictures are
//! brought to its size, so each one says both in its protocol, and figures are comparable only where protocols agree.

pub mod builtin;
pub(crate) mod chain;
pub mod inception;
pub mod lpips;
pub(crate) mod map;
mod resize;
pub(crate) mod vgg;

pub use builtin::Builtin;
pub use inception::Inception;

use burn::tensor::Device;
use impasto_data::Picture;

use crate::weights::{Weights, WeightsError};

/// The networks that can be asked for by name.
pub const NETWORKS: [&str; 2] = ["builtin", "inception"];

/// The network that is used where none is asked for: the one of published figures where the user has it.
pub fn usual(weights: &Weights) -> &'static str {
    if weights.has("inception") { "inception" } else { "builtin" }
}

/// The network of this name, one of [`NETWORKS`].
///
/// # Errors
/// When the user has not added its weights, or they are damaged.
pub fn load(name: &str, weights: &Weights, device: &Device) -> Result<Box<dyn FeatureNetwork>, WeightsError> {
    Ok(match name {
        "builtin" => Box::new(Builtin::new(device)),
        _ => Box::new(Inception::load(weights, device)?),
    })
}

/// A row of numbers for each picture of a set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features {
    dims: usize,
    values: Vec<f32>,
}

impl Features {
    /// Rows of `dims` numbers, one after the other.
    ///
    /// # Panics
    /// When the last row is not full, or rows have no numbers.
    pub fn new(dims: usize, values: Vec<f32>) -> Self {
        assert!(dims > 0 && values.len().is_multiple_of(dims), "{} values in rows of {dims}", values.len());
        Self { dims, values }
    }

    /// Numbers in a row.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.dims.max(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The features of one picture.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.dims..(index + 1) * self.dims]
    }

    /// One row after the other.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dims.max(1))
    }

    /// All numbers, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// These rows, in this order.
    pub fn pick(&self, indices: &[u32]) -> Self {
        let values = indices.iter().flat_map(|&index| self.row(index as usize)).copied().collect();
        Self { dims: self.dims, values }
    }

    /// The first rows; all of them where there are not more.
    pub fn first(&self, count: usize) -> Self {
        Self { dims: self.dims, values: self.values[..count.min(self.len()) * self.dims].to_vec() }
    }

    /// Rows of another set behind these.
    ///
    /// # Panics
    /// When they are of another width.
    pub fn append(&mut self, more: &Self) {
        assert_eq!(self.dims, more.dims, "rows of different widths");
        self.values.extend_from_slice(&more.values);
    }

    /// Whether every number is finite.
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }
}

/// A network that describes pictures.
pub trait FeatureNetwork {
    /// What it is asked for by.
    fn name(&self) -> &str;

    /// Numbers that it gives for a picture.
    fn dims(&self) -> usize;

    /// All that its numbers depend on, in words: the network, the hash of its weights, and how pictures are brought to
    /// its size. Cached features are found again by it.
    fn protocol(&self) -> String;

    /// Whether figures made with it are those that papers publish.
    fn is_standard(&self) -> bool {
        false
    }

    /// A row for each picture; pictures may be of any size, grey or RGB.
    fn describe(&self, pictures: &[Picture]) -> Features;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Action, Error};

    #[test]
    fn rows_are_picked_and_joined() {
        let mut features = Features::new(2, vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((features.len(), features.row(1)), (3, &[2.0, 3.0][..]));
        assert_eq!(features.pick(&[2, 0]).values(), [4.0, 5.0, 0.0, 1.0]);
        assert_eq!(features.first(9), features);
        features.append(&features.first(1));
        assert_eq!(features.rows().last(), Some(&[0.0, 1.0][..]));
        assert!(features.is_finite() && !Features::new(1, vec![f32::NAN]).is_finite());
    }

    #[test]
    fn without_weights_the_builtin_network_is_the_usual_one_and_asking_for_the_other_names_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let weights = Weights::at(folder.path());
        assert_eq!(usual(&weights), "builtin");
        assert_eq!(load("builtin", &weights, &Device::flex()).unwrap().name(), "builtin");
        let fetch = |replace| Action::FetchWeights { name: "inception", replace };
        let hinted = |weights: &Weights| {
            let error = Error::from(load("inception", weights, &Device::flex()).err().unwrap());
            error.hints()[0].action.clone()
        };
        assert_eq!(hinted(&weights), fetch(false));
        std::fs::create_dir(folder.path().join("inception")).unwrap();
        assert_eq!(usual(&weights), "inception", "damaged weights are not passed over in silence");
        assert_eq!(hinted(&weights), fetch(true));
    }

    #[test]
    #[should_panic(expected = "5 values in rows of 2")]
    fn half_a_row_is_a_mistake() {
        Features::new(2, vec![0.0; 5]);
    }
}
