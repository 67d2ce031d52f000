//! `impasto train`: learns a folder of pictures, or goes on with a run.

pub(super) mod flags;

use std::path::{Path, PathBuf};

use clap::Args;
use impasto::error::{Action, Error, Hint, Result};
use impasto::jobs::{PlanRequest, ResumeRequest, SettingsRequest, TrainRequest};
use impasto::recipe::Given;
use impasto::shell::Command;
use impasto::train::Summary;

use crate::job::{self, OnDevice, run_named};
use crate::stop::STOPPING;
use crate::voice::Voice;
use crate::words::{self, duration, named, table};
use flags::{Limits, Settings};

const NOT_WRITTEN: &str = "stopping: nothing is written; Ctrl-C once more leaves at once";

/// Learn a folder of pictures
///
/// What is not said is planned: the program looks at the pictures (how many, how large, classes, colours) and times a few
/// steps on this machine (two seconds or so), chooses preset, size, batch and the rest for the minutes that there are, and
/// says why in three lines. What was chosen stands in the run's config.toml. With --recipe or --config nothing is
/// planned: then what is not said is the recipe's default (pictures of 64 pixels in colour, or the set's own size).
///
/// The run goes into a folder of its own: settings, events, sheets of samples and checkpoints. Ctrl-C finishes the
/// step, saves, says how to go on, and counts as success; a second Ctrl-C leaves at once. After a power cut or a
/// kill, `--resume` goes on from the last checkpoint as if nothing had happened.
///
/// When something goes wrong an alarm says what, and what to do: mode collapse, a critic that is too strong or too
/// weak, losses that grow without bound, no progress, copies. With --auto-remedy it is done: a rate is halved, the
/// training goes back to its last good checkpoint (three times at most), or augmentation is raised where it is on.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Train {
    /// The pictures: a folder (sub-folders are classes), a .zip or .tar, an IDX file, or CIFAR-10's files
    folder: Option<PathBuf>,
    /// Where the run goes; left out: runs/NNNN-NAME-RECIPE-SIZE
    #[arg(long, value_name = "RUN")]
    out: Option<PathBuf>,
    /// Go on with this run; its settings stay, only a limit may be new, and FOLDER where its pictures were moved
    #[arg(long, value_name = "RUN")]
    resume: Option<PathBuf>,
    /// Start from the settings of another run: the path of its config.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Start from the weights of another run (its best checkpoint), and from its settings where nothing else is said: a
    /// short way to pictures of another kind, or to more of the same
    #[arg(long, value_name = "RUN")]
    from: Option<PathBuf>,
    /// Only print the plan: train nothing, write nothing
    #[arg(long, conflicts_with_all = ["resume", "config", "from", "recipe", "out"])]
    plan: bool,
    /// Any setting by name; may be given many times (`impasto recipes NAME` lists them)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    device: OnDevice,
    /// Name every picture that is left out
    #[arg(long)]
    verbose: bool,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    settings: Settings,
}

const EXAMPLES: &str = "\
Examples:
  impasto train my-pictures
  impasto train my-pictures --minutes 480 --plan
  impasto train my-pictures --out runs/mine --minutes 30
  impasto train flowers --recipe vae --preset conv --size 64
  impasto train flowers --conditional --set rate=1e-4
  impasto train photographs --size 96x64 --flip
  impasto train icons --alpha --size 64
  impasto train photographs --recipe paired --preset colour
  impasto train photographs --recipe fast-style --set style=starry-night.jpg
  impasto train few-pictures --from runs/mine --set augment=adaptive
  impasto train --resume runs/mine --minutes 60
  impasto train --config runs/mine/config.toml --seed 2 --out runs/again

With --json the last line is
  {\"run\",\"recipe\",\"steps\",\"images\",\"seconds\",\"step_ms_median\",\"images_per_second\",
   \"losses\":{},\"checkpoint\",\"best\",\"score\",\"interrupted\"}
in which \"interrupted\" is true when Ctrl-C stopped it before its limit, \"best\" is the checkpoint with the
lowest score, and \"score\" is null while nothing was judged (then the best is the last).
With --plan it is
  {\"pictures\":{},\"machine\":{},\"settings\":{},\"reasons\":{},\"bound\",\"step_seconds\",\"steps\",\"images\",
   \"seconds\",\"warnings\":[]}
in which \"settings\" are those that were planned or given, and \"bound\" is what keeps pictures and networks from
being larger: asked, pictures, time or memory.";

impl Train {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let workshop = self.device.workshop()?;
        if self.plan {
            let plan = job::done(&PlanRequest(self.settings_request()), &workshop, NOT_WRITTEN, voice)?;
            return voice.result(&plan, &plan.lines().join("\n"));
        }
        let summary = match &self.resume {
            Some(run) => job::done(&self.resume_request(&run_named(run))?, &workshop, STOPPING, voice),
            None => job::done(&self.request(), &workshop, STOPPING, voice),
        }?;
        voice.result(&summary, &self.in_words(&summary))
    }

    fn request(&self) -> TrainRequest {
        TrainRequest { settings: self.settings_request(), out: self.out.clone(), verbose: self.verbose }
    }

    fn settings_request(&self) -> SettingsRequest {
        SettingsRequest {
            data: self.folder.clone(),
            config: self.config.clone(),
            from: self.from.as_deref().map(run_named),
            settings: self.settings.table(),
            limits: self.limits.table(),
            set: self.set.clone(),
        }
    }

    /// Refuses flags that a run has decided when it began.
    fn resume_request(&self, run: &Path) -> Result<ResumeRequest> {
        let out = self.out.is_some().then_some("--out");
        let config = self.config.is_some().then_some("--config");
        let set = (!self.set.is_empty()).then_some("--set").or(self.from.is_some().then_some("--from"));
        match out.or(config).or(set).or(self.settings.first_given()) {
            None => Ok(ResumeRequest {
                run: run.to_path_buf(),
                data: self.folder.clone(),
                limits: self.limits.table(),
                verbose: self.verbose,
            }),
            Some(given) => Err(Error::usage(format!(
                "a resumed run keeps its settings, so {given} can't go with --resume"
            ))
            .hint(Hint::new("start a new run with others", Action::RepeatRun { run: run.to_path_buf() }))),
        }
    }

    fn in_words(&self, summary: &Summary) -> String {
        let Summary { run, steps, images, seconds, checkpoint, best, score, interrupted, .. } = summary;
        let head = format!(
            "{}: {} after {} steps, {} pictures, {}",
            named(run),
            if *interrupted { "stopped" } else { "done" },
            words::count(*steps),
            words::count(*images),
            duration(*seconds)
        );
        let path = Path::new(run);
        let name = Path::new(checkpoint).file_name().unwrap_or_default();
        let sheet = path.join("samples").join(format!("{}.png", name.to_string_lossy()));
        let mut rows = vec![
            ["  last sheet".to_owned(), sheet.display().to_string()],
            ["  checkpoint".to_owned(), path.join(checkpoint).display().to_string()],
        ];
        if let Some(score) = score {
            let best = format!("{} (score {})", path.join(best).display(), words::short(*score));
            rows.push(["  best".to_owned(), best]);
        }
        let rows: Vec<Vec<String>> = rows.into_iter().map(Vec::from).collect();
        format!("{head}\n{}\n\nnext:\n{}", table(&rows), self.next(path, summary))
    }

    fn next(&self, run: &Path, summary: &Summary) -> String {
        let resume = Command::new("train").with_path("--resume", run);
        let resume = match summary.interrupted {
            true => self.limits.typed(resume),
            false => resume.with("--minutes", 60),
        };
        let sample = Command::new("sample").path(run).with("--count", 16).word("--sheet");
        let walk = Command::new("walk").path(run).with("--out", "walk.gif");
        let rows = match summary.translates {
            Some(given) => {
                let what = match given {
                    Given::Any => "any picture in this style",
                    Given::Styled => "any picture in any style",
                    _ => "see what it does",
                };
                vec![(words::first_use(given, run), what), (resume, "go on")]
            }
            None => vec![(sample, "new pictures"), (walk, "a film"), (resume, "go on")],
        };
        let rows: Vec<Vec<String>> =
            rows.into_iter().map(|(command, what)| vec![command.to_string(), what.to_owned()]).collect();
        words::indented(&table(&rows))
    }
}
