//! Whether what should fall still falls.
//!
//! A training that is nearly done falls ever more slowly, so patience grows with its length: half of all steps so far,
//! and never less than [`LEAST`].

use serde::{Deserialize, Serialize};

use super::Trouble;

/// Fewer steps than this without progress are never too many.
pub(super) const LEAST: u64 = 5000;
/// It has fallen when it is lower by this share of its lowest; less is the luck of batches.
pub(super) const SHARE: f64 = 1e-3;

/// Watches a figure that falls while a model learns.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProgressWatch {
    lowest: Option<f64>,
    /// The step at which it was that low.
    since: u64,
    is_sounding: bool,
}

impl ProgressWatch {
    /// Takes the figure's mean over a window that ends at this step.
    pub fn window(&mut self, step: u64, value: f64) -> Option<(Trouble, String)> {
        if self.lowest.is_none_or(|lowest| value < lowest - SHARE * lowest.abs()) {
            *self = Self { lowest: Some(value), since: step, is_sounding: false };
            return None;
        }
        let still = step.saturating_sub(self.since);
        if still < LEAST || still < step / 2 || self.is_sounding {
            return None;
        }
        self.is_sounding = true;
        let message = format!("nothing has become better for {still} steps, which is half of the training");
        Some((Trouble::NoProgress, message))
    }
}
