//! `impasto tune`: finds settings for a folder by trying some.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Device;
use clap::Args;
use impasto::config::Request;
use impasto::error::{Error, ErrorKind, Result};
use impasto::run::Run;
use impasto::shell::{Command, typed_path};
use impasto::train::{TrainError, Training};
use impasto::tune::{Effort, Job, Standing, Tuning, Turn};
use serde::Serialize;
use toml::{Table, Value};

use super::train::flags::{Settings, positive};
use super::train::request::{Typed, resolved};
use super::train::session::{self, Watch};
use crate::voice::{Voice, complain};
use crate::words::{count, duration, short, table};
use crate::{pictures, stop};

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
    /// Where to compute: auto, cpu, gpu or gpu:1
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: String,
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

/// What is printed as JSON.
#[derive(Serialize)]
struct Told {
    folder: PathBuf,
    finished: bool,
    config: Option<PathBuf>,
    best: Option<usize>,
    trials: Vec<Standing>,
}

impl Tune {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let device = impasto::device::open(&self.device)?;
        let folder = self.out_folder();
        let mut tuning = self.tuning(&folder, &device, voice)?;
        let stop = stop::on_interrupt(stop::STOPPING, complain);
        let best = complete(&mut tuning, &stop, &device, voice)?;
        let config = best.map(|best| tuning.write_result(best)).transpose()?;
        let told = Told { folder, finished: best.is_some(), config, best, trials: tuning.standings() };
        voice.result(&told, &in_words(&told))
    }

    /// The one in the folder, or a new one around a plan.
    fn tuning(&self, folder: &Path, device: &Device, voice: &Voice) -> Result<Tuning> {
        let request = self.request()?;
        let asked = self.asked(&request);
        if let Some(tuning) = Tuning::open(folder, &asked)? {
            voice.note(&format!("going on with the tuning in {}", folder.display()));
            return Ok(tuning);
        }
        let base = resolved(self.for_plan(&request), device, voice)?;
        let pictures = pictures::open(&base, false, voice)?.len();
        let pictures = (!request.says("held_out")).then_some(pictures);
        let (effort, trials) = (self.effort(), self.count());
        let tuning = Tuning::begin(folder, &base, asked, effort, trials, pictures)?;
        let (trials, rungs) = (tuning.trials(), tuning.rungs());
        voice.note(&format!("tuning in {}: {trials} trials on {rungs} rungs", folder.display()));
        Ok(tuning)
    }

    fn request(&self) -> Result<Request> {
        let (folder, set) = (Some(self.folder.as_path()), &self.set);
        Typed { folder, file: None, from: None, settings: self.settings.table(), limits: Table::new(), set }
            .request()
    }

    /// The result is planned for as long as all the trials take.
    fn for_plan(&self, request: &Request) -> Request {
        let mut request = request.clone();
        let limit = match self.effort() {
            Effort::Minutes(minutes) => ("minutes", Value::from(minutes)),
            Effort::Steps(steps) => ("steps", Value::from(i64::try_from(steps).unwrap_or(i64::MAX))),
        };
        request.given.insert(limit.0.into(), limit.1);
        request
    }

    /// All that was typed: another command is another tuning.
    fn asked(&self, request: &Request) -> Table {
        let mut asked = request.given.clone();
        asked.insert("trials".into(), Value::from(self.count() as i64));
        asked.insert("set".into(), self.set.clone().into());
        match self.effort() {
            Effort::Minutes(minutes) => asked.insert("minutes".into(), minutes.into()),
            Effort::Steps(steps) => {
                asked.insert("steps".into(), i64::try_from(steps).unwrap_or(i64::MAX).into())
            }
        };
        asked
    }

    fn effort(&self) -> Effort {
        match (self.steps, self.minutes) {
            (Some(steps), _) => Effort::Steps(steps),
            (None, minutes) => Effort::Minutes(minutes.unwrap_or_default()),
        }
    }

    /// So many that each has some minutes before the first are given up.
    fn count(&self) -> usize {
        self.trials.map_or_else(
            || match self.minutes.unwrap_or(60.0) {
                0.0..30.0 => 3,
                30.0..240.0 => 9,
                _ => 27,
            },
            usize::from,
        )
    }

    fn out_folder(&self) -> PathBuf {
        let name = || {
            let whole = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
            Path::new("runs")
                .join(format!("tune-{}", whole.file_stem().unwrap_or_default().to_string_lossy()))
        };
        self.out.clone().unwrap_or_else(name)
    }
}

/// Trains until one trial is the best; none, when it was stopped before.
fn complete(
    tuning: &mut Tuning,
    stop: &Arc<AtomicBool>,
    device: &Device,
    voice: &Voice,
) -> Result<Option<usize>> {
    loop {
        let job = match tuning.next()? {
            Turn::Done(best) => return Ok(Some(best)),
            Turn::Train(job) => job,
        };
        let trials = tuning.trials();
        let changes = changes(&tuning.standing(job.trial).settings);
        voice.note(&format!(
            "rung {} of {}, trial {} of {trials} ({changes})",
            job.rung + 1,
            tuning.rungs(),
            job.trial + 1
        ));
        match train(&job, job.begun()?, stop, device, voice) {
            Ok(Some(score)) => voice.note(&format!("  score {}", short(score))),
            Ok(None) => {}
            Err(error) => {
                // Double of what was planned may be more than a recipe takes; the plan itself must do.
                let is_refused = matches!(error, TrainError::Config(_)) && job.trial > 0;
                if !is_refused && !matches!(error, TrainError::Diverged { .. }) {
                    return Err(error.into());
                }
                voice.note(&format!("  given up: {error}"));
                tuning.give_up(job.trial, error.to_string())?;
            }
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let standing = tuning.standing(job.trial);
        if standing.failed.is_none() && standing.rungs <= job.rung {
            return Err(Error::new(
                ErrorKind::Corrupt,
                format!(
                    "`{0}` does not say how far it is: was it changed by hand? Remove that folder, and the same command \
                 trains it anew",
                    job.run.display()
                ),
            ));
        }
    }
}

/// Trains a trial up to its rung; gives its score.
fn train(
    job: &Job,
    begun: Option<Run>,
    stop: &Arc<AtomicBool>,
    device: &Device,
    voice: &Voice,
) -> Result<Option<f64>, TrainError> {
    let config = job.config.clone();
    let mut watch = Watch::until(stop, voice, config.budget());
    let data = pictures::open(&config, false, &voice.silenced())?;
    let training = match begun {
        Some(run) => Training::resume(config, run, data, device, &mut watch)?,
        None => Training::start(config, data, &job.run, device, &mut watch)?,
    };
    Ok(session::complete_judged(training, watch)?.score)
}

/// `rate 0.0001, width 8`.
fn changes(settings: &Table) -> String {
    let changes: Vec<String> = settings.iter().map(|(key, value)| format!("{key} {value}")).collect();
    if changes.is_empty() { "as planned".to_owned() } else { changes.join(", ") }
}

fn in_words(told: &Told) -> String {
    let mut trials: Vec<&Standing> = told.trials.iter().collect();
    let score = |standing: &Standing| match &standing.failed {
        Some(_) => f64::INFINITY,
        None => standing.score.unwrap_or(f64::MAX),
    };
    trials.sort_by(|one, other| {
        let is_best = |standing: &Standing| Some(standing.trial) != told.best;
        is_best(one).cmp(&is_best(other)).then(score(one).total_cmp(&score(other)))
    });
    let head = ["trial", "rungs", "steps", "time", "score", "settings"].map(String::from).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(trials.into_iter().map(row)).collect();
    let end = match &told.config {
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
