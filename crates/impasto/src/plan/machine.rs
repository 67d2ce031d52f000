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
        let memory = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| free_memory(&text));
        Self { threads: rayon::current_num_threads(), quickest: Precision::quickest(), memory }
    }
}

/// Seconds of a real step of these settings on noise, on this machine.
pub fn time_of_step(config: &Config, classes: usize, device: &Device) -> Result<f64, ConfigError> {
    seconds_of_step(config, classes, device, TIMING)
}

/// From Linux's `/proc/meminfo`; other systems say it only to `unsafe` code.
fn free_memory(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_memory_is_read_where_it_is_told() {
        let text = "MemTotal:  24000000 kB\nMemAvailable:   22000 kB\nBuffers: 1 kB\n";
        assert_eq!(free_memory(text), Some(22_528_000));
        assert_eq!(free_memory("MemAvailable: much"), None);
        assert_eq!(free_memory(""), None);
    }
}
