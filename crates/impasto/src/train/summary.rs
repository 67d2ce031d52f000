//! What is said of a training before it and after it.

use burn::tensor::Device;
use impasto_data::Dataset;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::config::Config;
use crate::recipe::Given;
use crate::run::About;

/// What came of a training.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The run folder.
    pub run: String,
    /// The recipe's name.
    pub recipe: String,
    /// Steps done.
    pub steps: u64,
    /// Pictures seen.
    pub images: u64,
    /// Seconds of training, those before a resume included.
    pub seconds: f64,
    /// The median over the steps of this session.
    pub step_ms_median: f64,
    /// The same, as pictures in a second.
    pub images_per_second: f64,
    /// The last step's losses.
    pub losses: Map<String, Value>,
    /// The last checkpoint, relative to the run folder.
    pub checkpoint: String,
    /// The best one by the judge's score, likewise; the last one while there was no judge.
    pub best: String,
    /// That score: lower is better.
    pub score: Option<f64>,
    /// Whether it was stopped before its time.
    pub interrupted: bool,
    /// What the model translates from, where it translates pictures instead of painting from seeds.
    #[serde(skip)]
    pub translates: Option<Given>,
}

/// What stands in the run folder of it.
pub(super) fn about(config: &Config, data: &Dataset, device: &Device) -> About {
    About {
        id: config.identity(data.fingerprint()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        recipe: config.common.recipe.clone(),
        device: format!("{device:?}").trim_start_matches("Device<").trim_end_matches('>').to_owned(),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        seed: config.common.seed,
        data: config.common.data.clone(),
        fingerprint: data.fingerprint().to_owned(),
        pictures: data.len() as u64,
        classes: data.classes().to_vec(),
    }
}
