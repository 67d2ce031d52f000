//! `impasto directions`: axes along which a run's pictures change, found without labels, shown, and named.

use std::path::{Path, PathBuf};

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{AxisReport, DIRECTION_STEPS, DirectionsReport, DirectionsRequest};
use impasto::shell::Command;
use impasto::steer::Method;

use crate::job::{self, choices};
use crate::painting::Brush;
use crate::voice::Voice;
use crate::words::{counted, named, table};

/// Find what can be changed in a run's pictures: axes, shown on a sheet, to be named and moved along
///
/// The first time it looks for axes, keeps them in the run's folder (directions.json) and paints a sheet: each row is an
/// axis, each column a step along it, from -3 to +3. After that it lists them. Move along them with `impasto sample RUN
/// --move axis3=+2`, by number or by the name that you give them.
#[derive(Debug, Args)]
#[command(name = "directions", after_help = EXAMPLES)]
pub(crate) struct DirectionsVerb {
    /// The run
    run: PathBuf,
    /// Give an axis a name
    #[arg(long = "name", value_name = "AXIS=NAME", value_delimiter = ',', conflicts_with_all = ["method", "count"])]
    names: Vec<String>,
    /// How to look [default: closed-form, where the model allows it]
    #[arg(long, value_name = "METHOD", value_parser = choices::<Method>())]
    method: Option<Method>,
    /// How many axes, up to 64 [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    count: Option<u8>,
    /// The seed whose picture is moved on the sheet
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The class of that picture (else the seed's)
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// The sheet [default: RUN/directions.png when axes are found, or listed and it is missing; else none]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Look again, and put what is found in the place of the old axes, their names and RUN/directions.png
    #[arg(long, alias = "anew", conflicts_with = "names")]
    again: bool,
    /// Overwrite the sheet
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    brush: Brush,
}

const EXAMPLES: &str = "\
Examples:
  impasto directions runs/mine                           find 8 axes, or list those that are known
  impasto directions runs/mine --name axis3=smile
  impasto directions runs/mine --seed 12 --out 12.png    the same axes on another picture
  impasto directions runs/mine --method pca --count 12 --again
  impasto sample runs/mine --seed 12 --count 1 --move smile=+2";

const STOPPING: &str = "stopping: nothing is kept; Ctrl-C once more leaves at once";

impl DirectionsVerb {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &self.brush.workshop()?, STOPPING, voice)?;
        if report.is_new {
            voice.note(&format!("kept in {}", report.path));
        }
        voice.result(&report, &in_words(&report, &self.run))
    }

    fn request(&self) -> DirectionsRequest {
        DirectionsRequest {
            run: self.brush.request(&self.run),
            names: self.names.clone(),
            method: self.method,
            count: self.count.map(usize::from),
            seed: self.seed,
            class: self.class.clone(),
            out: self.out.clone(),
            again: self.again,
            force: self.force,
        }
    }
}

fn in_words(report: &DirectionsReport, run: &Path) -> String {
    let (path, count) = (named(&report.path), counted(report.axes.len(), "axis", "axes"));
    let share = |share: f64| format!("{:.1} % of the variation", 100.0 * share);
    let row = |axis: &AxisReport| vec![format!("  {}", axis.number), axis.title.clone(), share(axis.share)];
    let rows = table(&report.axes.iter().map(row).collect::<Vec<_>>());
    let sheet = report.sheet.as_ref().map_or_else(String::new, |sheet| {
        let (sheet, steps) = (named(sheet), DIRECTION_STEPS);
        format!("\n\n{sheet}: a row for each axis, from -{steps} to +{steps} in steps of its spread")
    });
    let first = report.axes.first().map_or("axis1", |axis| &axis.title);
    let name = Command::new("directions").path(run).with("--name", "axis1=WORD");
    let sample = Command::new("sample").path(run).with("--count", 1);
    let sample = sample.with("--move", format!("{first}=+2")).with("--out", "moved.png");
    format!("{count} by {} in {path}\n{rows}{sheet}\n\nnext:\n  {name}\n  {sample}", report.method)
}
