//! `impasto tune`: finds settings for a folder by trying some.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{SettingsRequest, TuneReport, TuneRequest, changes};
use impasto::shell::{Command, typed_path};
use impasto::tune::Standing;

use super::train::flags::{Settings, positive};
use crate::job::{self, OnDevice};
use crate::stop::STOPPING;
use crate::voice::Voice;
use crate::words::{count, duration, short, table};

/// Find settings for a folder of pictures by trying some
///
/// Successive halving: many trials begin, and after each rung only the best third goes on, three times as far. Trials are
/// judged by the kernel distance (KID, of whitened builtin features) between their paintings and pictures that were held
/// out (sets of fewer than 200 hold out none, so there the learned ones must do), and each stands with its best
/// checkpoint. The first trial is the plan that `impasto train` would make; the others differ from it in some of the ways
/// below.
///
/// Each trial is an ordinary run in DIR. After Ctrl-C, a kill or a power cut the same command goes on where it was. The
/// result is DIR/config.toml. Short trials favour what learns quickly, so give it at least as long as the training.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Tune {
    /// The pictures, as for `impasto train`
    folder: PathBuf,
    /// Minutes of training that all trials take together (judging and saving come on top)
    #[arg(long, value_name = "M", value_parser = positive, required_unless_present = "steps")]
    minutes: Option<f64>,
    /// The same in steps, however long they take
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "minutes")]
    steps: Option<u64>,
    /// How many trials begin [default: 3 below half an hour, 27 from four hours on, else 9]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    trials: Option<u16>,
    /// Where all of it goes; left out: runs/tune-NAME
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Any setting by name; may be given many times (`impasto recipes NAME` lists them)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    device: OnDevice,
    #[command(flatten)]
    settings: Settings,
}

const EXAMPLES: &str = "\
What is tried, where the recipe has it:
  rate           rate and critic_rate times 1/2, 1 or 2
  penalties      r1 and r2 times 1/5, 1 or 5
  width          width and widest times 1/2, 1 or 2
  augmentation   augment_target less or plus 0.15; augment_strength times 1/2, 1 or 2 where it is fixed

Examples:
  impasto tune my-pictures --minutes 240
  impasto tune my-pictures --minutes 60 --size 32 --out runs/tuned
  impasto train --config runs/tuned/config.toml --minutes 480

With --json one object is printed:
  {\"folder\",\"finished\",\"config\",\"best\",\"trials\":[{\"trial\",\"run\",\"settings\":{},\"rungs\",\"steps\",\"seconds\",
   \"score\",\"failed\"}]}
in which \"config\" and \"best\" (a trial's number) are null while it is not finished.";

impl Tune {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &self.device.workshop()?, STOPPING, voice)?;
        voice.result(&report, &in_words(&report))
    }

    fn request(&self) -> TuneRequest {
        let settings = SettingsRequest {
            data: Some(self.folder.clone()),
            settings: self.settings.table(),
            set: self.set.clone(),
            ..SettingsRequest::default()
        };
        TuneRequest {
            settings,
            minutes: self.minutes,
            steps: self.steps,
            trials: self.trials.map(usize::from),
            out: self.out.clone(),
        }
    }
}

fn in_words(report: &TuneReport) -> String {
    let mut trials: Vec<&Standing> = report.trials.iter().collect();
    let score = |standing: &Standing| match &standing.failed {
        Some(_) => f64::INFINITY,
        None => standing.score.unwrap_or(f64::MAX),
    };
    trials.sort_by(|one, other| {
        let is_best = |standing: &Standing| Some(standing.trial) != report.best;
        is_best(one).cmp(&is_best(other)).then(score(one).total_cmp(&score(other)))
    });
    let head = ["trial", "rungs", "steps", "time", "score", "settings"].map(String::from).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(trials.into_iter().map(row)).collect();
    let end = match &report.config {
        Some(config) => {
            let train = Command::new("train").with_path("--config", config);
            format!("the best:\n  {}\nnext:\n  {train}", typed_path(config))
        }
        None => "stopped before its end; the same command goes on".to_owned(),
    };
    format!("{}\n\n{end}", table(&rows))
}

fn row(standing: &Standing) -> Vec<String> {
    let Standing { trial, settings, rungs, steps, seconds, score, failed, .. } = standing;
    let score = match (failed, score) {
        (Some(_), _) => "given up".to_owned(),
        (None, Some(score)) => short(*score),
        (None, None) => "-".to_owned(),
    };
    vec![
        (trial + 1).to_string(),
        rungs.to_string(),
        count(*steps),
        duration(*seconds),
        score,
        changes(settings),
    ]
}
