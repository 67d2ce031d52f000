//! `impasto bench`: how long the parts of training take on this machine.

use clap::Args;
use impasto::bench::{Piece, Precision};
use impasto::error::Result;
use impasto::jobs::{BenchReport, BenchRequest};
use serde::Serialize;

use super::sample::one_or_more;
use crate::job::{self, OnDevice, STOPPING, choices};
use crate::voice::Voice;
use crate::words::{count, rate, short, table};

/// Time training steps, single convolutions, and the network of FID
///
/// A step is the very code that `impasto train` runs, on pictures of noise; of convolutions, forward and backward are
/// timed apart. The median of many is what counts: on a busy machine single times wander. `bench/README.md` in the
/// source says how the figures are compared with those of PyTorch.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Bench {
    /// What to time; `dcgan-28/` is all convolutions of dcgan-28 [default: everything]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// How often each is timed
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = one_or_more)]
    steps: usize,
    /// How often each is done before, untimed
    #[arg(long, default_value_t = 5, value_name = "N")]
    warmup: usize,
    /// What is multiplied
    #[arg(long, value_name = "PRECISION", default_value = Precision::default().name(), value_parser = choices::<Precision>())]
    precision: Precision,
    /// List what can be timed, and time nothing
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    device: OnDevice,
}

const EXAMPLES: &str = "\
Examples:
  impasto bench dcgan-28 vae-28
  impasto bench dcgan-64/ --steps 50
  impasto bench --json > figures.json";

/// What there is to measure.
#[derive(Debug, Serialize)]
struct Listed {
    name: &'static str,
    summary: String,
}

impl Bench {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let request = self.request();
        if self.list {
            return list(&request.pieces()?, voice);
        }
        let workshop = self.device.workshop()?;
        let report = job::done(&request, &workshop, STOPPING, voice)?;
        voice.result(&report, &in_words(&report))
    }

    fn request(&self) -> BenchRequest {
        let Self { names, steps, warmup, precision, .. } = self;
        BenchRequest { names: names.clone(), steps: *steps, warmup: *warmup, precision: *precision }
    }
}

fn list(pieces: &[Piece], voice: &Voice) -> Result<()> {
    let listed: Vec<Listed> =
        pieces.iter().map(|piece| Listed { name: piece.name, summary: piece.summary() }).collect();
    let rows: Vec<Vec<String>> =
        listed.iter().map(|one| vec![one.name.to_owned(), one.summary.clone()]).collect();
    voice.results(&listed, &table(&rows))
}

fn in_words(report: &BenchReport) -> String {
    let head = ["name", "part", "median", "10 %", "90 %", "pictures/s", "GFLOP/s"].map(str::to_owned);
    let rows = report.timings.iter().map(|timing| {
        vec![
            timing.name.to_owned(),
            timing.part.to_owned(),
            short(timing.ms_median),
            short(timing.ms_p10),
            short(timing.ms_p90),
            rate(timing.pictures_per_second),
            timing.gflops.map_or_else(String::new, rate),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(head.to_vec()).chain(rows).collect();
    let BenchReport { instructions, threads, precision, steps, warmup, .. } = report;
    format!(
        "{}\n\nmilliseconds; {} timed after {} untimed, {threads} threads, {instructions}, {}",
        table(&rows),
        count(*steps as u64),
        count(*warmup as u64),
        precision.name()
    )
}
