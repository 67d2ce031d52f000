//! How long the parts of training take on this machine.

use impasto_nn::instructions;
use impasto_system::{Monitor, Span, Stage, Unit};
use serde::{Deserialize, Serialize};

use super::{Choice, Job, Workshop};
use crate::bench::{Piece, Precision, Settings, Timing, all, find};
use crate::error::{Error, Result};

/// Time training steps, single convolutions, and the network of FID.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BenchRequest {
    /// What is timed; none: everything.
    pub names: Vec<String>,
    /// How often each is timed.
    pub steps: usize,
    /// How often each is done before, untimed.
    pub warmup: usize,
    /// What is multiplied.
    pub precision: Precision,
}

impl Default for BenchRequest {
    fn default() -> Self {
        Self { names: Vec::new(), steps: 30, warmup: 5, precision: Precision::default() }
    }
}

/// What was measured, and how.
#[derive(Debug, Serialize)]
pub struct BenchReport {
    /// The version of Impasto.
    pub version: &'static str,
    /// Where it was computed.
    pub device: String,
    /// What the processor was asked to do.
    pub instructions: &'static str,
    /// On how many threads.
    pub threads: usize,
    /// What was multiplied.
    pub precision: Precision,
    /// How often each was timed,
    pub steps: usize,
    /// and done before, untimed.
    pub warmup: usize,
    /// Each in turn.
    pub timings: Vec<Timing>,
}

impl Choice for Precision {
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        Self::name(self)
    }

    fn about(self) -> &'static str {
        match self {
            Self::F32 => "everywhere",
            Self::Bf16 => "on processors that have it: quicker",
        }
    }
}

impl Job for BenchRequest {
    const NAME: &'static str = "bench";
    type Report = BenchReport;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        if self.steps == 0 {
            return Err(Error::usage("steps must be above 0"));
        }
        let pieces = self.pieces()?;
        let settings = Settings {
            steps: self.steps,
            warm_up: self.warmup,
            precision: self.precision,
            device: workshop.device().clone(),
        };
        let mut span = Span::new(monitor, Stage::Timing, Unit::Steps, pieces.len());
        let mut timings = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            timings.extend(piece.time(&settings, &mut span.unit(number))?);
            if !span.goes_on() {
                break;
            }
        }
        Ok(BenchReport {
            version: env!("CARGO_PKG_VERSION"),
            device: workshop.device_name().to_owned(),
            instructions: instructions(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            precision: self.precision,
            steps: self.steps,
            warmup: self.warmup,
            timings,
        })
    }
}

impl BenchRequest {
    /// Those that were asked for, in the order of the list, each once.
    pub fn pieces(&self) -> Result<Vec<Piece>> {
        let mut asked = Vec::new();
        for name in &self.names {
            asked.extend(find(name)?.iter().map(|piece| piece.name));
        }
        let is_asked = |piece: &Piece| self.names.is_empty() || asked.contains(&piece.name);
        Ok(all().into_iter().filter(is_asked).collect())
    }
}
