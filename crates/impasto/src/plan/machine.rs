//! What the machine has, as far as a plan depends on it.

use std::time::Duration;

use burn::tensor::Device;
use impasto_nn::Precision;
use serde::Serialize;

use crate::bench::seconds_of_step;
use crate::config::Config;
use crate::settings::ConfigError;

/// What the machine has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// Threads that compute.
    pub threads: usize,
    /// What it multiplies quickest.
    pub quickest: Precision,
    /// Bytes of memory that are free, where the system says so.
    pub memory: Option<u64>,
}

/// Timing one kind of step takes about this long; a few kinds are timed.
const TIMING: Duration = Duration::from_millis(300);

impl Machine {
    /// This one.
    pub fn here() -> Self {
        let memory = impasto_system::available();
        Self { threads: rayon::current_num_threads(), quickest: Precision::quickest(), memory }
    }
}

/// Seconds of a real step of these settings on noise, on this machine.
pub fn time_of_step(config: &Config, classes: usize, device: &Device) -> Result<f64, ConfigError> {
    seconds_of_step(config, classes, device, TIMING)
}
