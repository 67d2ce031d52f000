//! `impasto bench`: how long the parts of training take on this machine.

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use impasto::bench::{Piece, Precision, Settings, Timing, all, find, instructions};
use impasto::error::Result;
use impasto_system::{Span, Stage, Unit};
use serde::Serialize;

use super::sample::one_or_more;
use crate::console::Console;
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
    /// What is multiplied: f32, or bf16 on processors that have it
    #[arg(long, default_value = Precision::default().name(), value_parser = precision())]
    precision: Precision,
    /// List what can be timed, and time nothing
    #[arg(long)]
    list: bool,
    /// Where to compute: auto, cpu, gpu or gpu:1
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: String,
}

const EXAMPLES: &str = "\
Examples:
  impasto bench dcgan-28 vae-28
  impasto bench dcgan-64/ --steps 50
  impasto bench --json > figures.json";

/// What was measured, and how.
#[derive(Debug, Serialize)]
struct Measured {
    version: &'static str,
    device: String,
    instructions: &'static str,
    threads: usize,
    precision: Precision,
    steps: usize,
    warmup: usize,
    timings: Vec<Timing>,
}

/// What there is to measure.
#[derive(Debug, Serialize)]
struct Listed {
    name: &'static str,
    summary: String,
}

impl Bench {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let pieces = self.pieces()?;
        if self.list {
            return list(&pieces, voice);
        }
        let settings = Settings {
            steps: self.steps,
            warm_up: self.warmup,
            precision: self.precision,
            device: impasto::device::open(&self.device)?,
        };
        let timings = time(&pieces, &settings, voice)?;
        let measured = Measured {
            version: env!("CARGO_PKG_VERSION"),
            device: self.device.clone(),
            instructions: instructions(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            precision: self.precision,
            steps: self.steps,
            warmup: self.warmup,
            timings,
        };
        voice.result(&measured, &in_words(&measured))
    }

    /// Those that were asked for, in the order of the list, each once.
    fn pieces(&self) -> Result<Vec<Piece>> {
        let mut asked = Vec::new();
        for name in &self.names {
            asked.extend(find(name)?.iter().map(|piece| piece.name));
        }
        let is_asked = |piece: &Piece| self.names.is_empty() || asked.contains(&piece.name);
        Ok(all().into_iter().filter(is_asked).collect())
    }
}

fn time(pieces: &[Piece], settings: &Settings, voice: &Voice) -> Result<Vec<Timing>> {
    let mut console = Console::new(voice);
    let mut span = Span::new(&mut console, Stage::Timing, Unit::Steps, pieces.len());
    let time = |(number, piece): (usize, &Piece)| piece.time(settings, &mut span.unit(number));
    let timings: Result<Vec<_>, _> = pieces.iter().enumerate().map(time).collect();
    console.finish();
    Ok(timings?.concat())
}

fn list(pieces: &[Piece], voice: &Voice) -> Result<()> {
    let listed: Vec<Listed> =
        pieces.iter().map(|piece| Listed { name: piece.name, summary: piece.summary() }).collect();
    let rows: Vec<Vec<String>> =
        listed.iter().map(|one| vec![one.name.to_owned(), one.summary.clone()]).collect();
    voice.results(&listed, &table(&rows))
}

fn in_words(measured: &Measured) -> String {
    let head = ["name", "part", "median", "10 %", "90 %", "pictures/s", "GFLOP/s"].map(str::to_owned);
    let rows = measured.timings.iter().map(|timing| {
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
    let Measured { instructions, threads, precision, steps, warmup, .. } = measured;
    format!(
        "{}\n\nmilliseconds; {} timed after {} untimed, {threads} threads, {instructions}, {}",
        table(&rows),
        count(*steps as u64),
        count(*warmup as u64),
        precision.name()
    )
}

/// The precisions by name.
fn precision() -> impl TypedValueParser<Value = Precision> {
    let names = PossibleValuesParser::new(Precision::ALL.map(Precision::name));
    names.map(|name| Precision::ALL.into_iter().find(|one| one.name() == name).unwrap_or_default())
}
