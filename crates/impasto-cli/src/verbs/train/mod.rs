//! `impasto train`: learns a folder of pictures, or goes on with a run.

pub(super) mod flags;
mod planning;
pub(super) mod request;
pub(super) mod session;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use clap::Args;
use impasto::config::{Config, Request, no_toml};
use impasto::error::{Error, ErrorKind, Result};
use impasto::recipe::Given;
use impasto::run::{Run, RunError, next_run_path};
use impasto::shell::Command;
use impasto::train::{Summary, Training, check_style};

use crate::voice::Voice;
use crate::words::{duration, named, table};
use crate::{pictures, words};
use flags::{Limits, Settings};
use request::Typed;
use session::Watch;

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
    /// Go on with this run; its settings stay, only a limit may be new
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
    /// Where to compute: auto, cpu, gpu or gpu:1
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: String,
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
        let device = impasto::device::open(&self.device)?;
        if self.plan {
            return self.show_plan(&device, voice);
        }
        let summary = match &self.resume {
            Some(run) => self.go_on(run, &device, voice)?,
            None => self.begin(&device, voice)?,
        };
        voice.result(&summary, &self.told(&summary))
    }

    fn show_plan(&self, device: &Device, voice: &Voice) -> Result<()> {
        let request = self.request()?;
        if !request::is_planned(&request) {
            return Err(Error::usage(
                "with a recipe nothing is planned: leave out --set recipe=... or --plan",
            ));
        }
        let (_, plan) = planning::planned(&request, device, voice)?;
        plan.warnings.iter().for_each(|warning| voice.uncertain(warning));
        voice.result(&plan, &planning::lines(&plan).join("\n"))
    }

    fn begin(&self, device: &Device, voice: &Voice) -> Result<Summary> {
        self.refuse_taken_folder()?;
        let config = request::resolved(self.request()?, device, voice)?;
        let folder = self.out_folder(&config)?;
        check_style(&config)?;
        let data = pictures::open(&config, self.verbose, voice)?;
        let mut watch = Watch::new(voice, config.budget());
        let training = Training::start(config, data, &folder, device, &mut watch)?;
        training.origin().into_iter().for_each(|origin| voice.note(origin));
        if let Some([from, to]) = training.between() {
            voice.note(&format!("pictures like those in {from} become such as in {to}"));
        }
        voice.note(&format!("training in {}", folder.display()));
        session::complete(training, watch)
    }

    fn go_on(&self, path: &Path, device: &Device, voice: &Voice) -> Result<Summary> {
        self.refuse_settings(path)?;
        let run = Run::resume(path)?;
        let config = self.config_of(&run)?;
        let data = pictures::open(&config, self.verbose, voice)?;
        let mut watch = Watch::new(voice, config.budget());
        let training = Training::resume(config, run, data, device, &mut watch)?;
        let before = training.steps();
        voice.note(&format!("going on with {} from step {}", path.display(), words::count(before)));
        let summary = session::complete(training, watch)?;
        if summary.steps == before && !summary.interrupted {
            voice.note("its limit was reached before: give it a new one, such as --minutes 60");
        }
        Ok(summary)
    }

    /// The run's own settings, with a new limit if there is one.
    fn config_of(&self, run: &Run) -> Result<Config> {
        let unusable = |why: String| {
            let file = run.path().join("config.toml");
            Error::new(
                ErrorKind::Corrupt,
                format!("the settings in {} cannot be used: {why}", file.display()),
            )
        };
        let mut table: toml::Table = run.config()?.parse().map_err(|error| unusable(no_toml(&error)))?;
        if self.limits.any() {
            table.extend(flags::no_limits());
            table.extend(self.limits.table());
        }
        Config::from_table(table).map_err(|error| unusable(error.to_string()))
    }

    fn refuse_settings(&self, run: &Path) -> Result<()> {
        let folder = self.folder.is_some().then_some("another FOLDER");
        let out = self.out.is_some().then_some("--out");
        let config = self.config.is_some().then_some("--config");
        let set = (!self.set.is_empty()).then_some("--set").or(self.from.is_some().then_some("--from"));
        match folder.or(out).or(config).or(set).or(self.settings.first_given()) {
            None => Ok(()),
            Some(given) => Err(Error::usage(format!(
                "a resumed run keeps its settings, so {given} can't go with --resume; for other settings start a new \
                 run: {} ...",
                Command::new("train").with_path("--config", run.join("config.toml")).with("--out", "NEW")
            ))),
        }
    }

    fn out_folder(&self, config: &Config) -> Result<PathBuf> {
        let name = Path::new(&config.common.data).file_stem().unwrap_or_default().to_string_lossy();
        let next = || next_run_path(Path::new("runs"), &name, &config.common.recipe, config.common.size);
        Ok(self.out.clone().map_or_else(next, Ok)?)
    }

    /// Asked again when the run is created; asked here because planning and preparing the pictures may take long.
    fn refuse_taken_folder(&self) -> Result<()> {
        match &self.out {
            Some(path) if path.join("run.json").exists() => {
                Err(RunError::NotEmpty { path: path.clone() }.into())
            }
            _ => Ok(()),
        }
    }

    fn request(&self) -> Result<Request> {
        let Self { folder, config, from, set, .. } = self;
        let (settings, limits) = (self.settings.table(), self.limits.table());
        Typed {
            folder: folder.as_deref(),
            file: config.as_deref(),
            from: from.as_deref(),
            settings,
            limits,
            set,
        }
        .request()
    }

    fn told(&self, summary: &Summary) -> String {
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
