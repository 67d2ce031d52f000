//! `impasto demo`: the whole path in minutes, with pictures that it draws itself.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use clap::Args;
use impasto::config::{Config, Request};
use impasto::error::{Error, Result};
use impasto::paint::Taste;
use impasto::picture::{Kind, contact_sheet, side_by_side, square_columns, write_painting};
use impasto::shell::Command;
use impasto::train::{Summary, Training};
use impasto_data::{Dataset, Picture, cache_folder, synth};
use impasto_random::Random;
use impasto_system::{Existing, FileError};
use serde_json::json;

use super::train::session::{self, Watch};
use crate::console::Console;
use crate::voice::Voice;
use crate::words::{count, counted, duration, indented, named};
use crate::{painting, pictures};

/// What is drawn.
const MOTIF: &str = "flowers";
const PICTURES: usize = 3000;
/// How it is learned: settings of the training, over the recipe's defaults.
const SETTINGS: &[&str] =
    &["recipe=dcgan", "preset=small", "conditional=true", "sample_every=500", "checkpoint_every=1000"];
/// How long, unless told otherwise: after some thousand steps the small net repeats itself within a class.
const STEPS: u64 = 1500;
/// Pictures on each side of the sheet.
const SHOWN: usize = 64;
/// Pixels between the two halves of the sheet.
const GAP: usize = 24;

/// Draw flowers, learn them, and paint new ones: minutes, no downloads
///
/// Ctrl-C ends the training early; the sheet is painted with what was learned by then.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  impasto demo\n  impasto demo --minutes 10 --size 64 --out runs/flowers")]
pub(crate) struct Demo {
    /// Where the run goes; when it is there already, the next free name
    #[arg(long, default_value = "runs/demo", value_name = "RUN")]
    out: PathBuf,
    /// Minutes of training [default: 1,500 steps, which take less than a minute on two cores]
    #[arg(long, value_name = "M", value_parser = super::train::flags::positive)]
    minutes: Option<f64>,
    /// Side of the pictures in pixels
    #[arg(long, default_value_t = 32, value_name = "N", value_parser = clap::value_parser!(u32).range(8..=256))]
    size: u32,
    /// Everything random depends on it
    #[arg(long, default_value_t = 1, value_name = "S", value_parser = clap::value_parser!(i64).range(0..))]
    seed: i64,
}

impl Demo {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let folder = free_name(&self.out);
        let device = Device::flex();
        let flowers = flowers(self.size, voice)?;
        let config = self.config(&flowers)?;
        let data = pictures::open(&config, false, voice)?;
        let reals = reals(&data)?;
        let summary = train(config, data, &folder, &device, voice)?;
        let sheet = self.paint(&folder, &reals, &device, voice)?;
        let value = json!({ "data": flowers, "sheet": sheet, "training": summary });
        voice.result(&value, &told(&flowers, &folder, &sheet, &summary))
    }

    fn config(&self, flowers: &Path) -> Result<Config> {
        let mut set: Vec<String> = SETTINGS.iter().map(|text| (*text).to_owned()).collect();
        set.push(format!("size={}", self.size));
        set.push(format!("seed={}", self.seed));
        match self.minutes {
            Some(minutes) => set.push(format!("minutes={minutes:?}")),
            None => set.push(format!("steps={STEPS}")),
        }
        let data = flowers
            .to_str()
            .ok_or_else(|| Error::refused(format!("{} is not Unicode", flowers.display())))?;
        let given = [("data".to_owned(), data.into())].into_iter().collect();
        Ok(Config::resolve(&Request { given, set, ..Request::default() })?)
    }

    /// New pictures beside real ones.
    fn paint(&self, run: &Path, reals: &[Picture], device: &Device, voice: &Voice) -> Result<PathBuf> {
        let painter = painting::open(run, None, device, voice)?;
        let points = painting::points(&painter, painting::seeds(1, SHOWN), None, Taste::default())?;
        let painted = painting::paint(&painter, &points, &mut ())?;
        let mut recipe = painter.picture_recipe(Kind::Sheet, 1, None, Taste::default());
        recipe.extra.insert("left".into(), "real pictures".into());
        let path = run.join("demo.png");
        write_painting(&path, &side_by_side(&grid(reals), &grid(&painted), GAP), &recipe, Existing::Keep)?;
        Ok(path)
    }
}

/// `runs/demo`, `runs/demo-2`, `runs/demo-3`: the first that is not there.
fn free_name(out: &Path) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let numbered = (2u32..).map(|number| out.with_file_name(format!("{name}-{number}")));
    let mut names = std::iter::once(out.to_path_buf()).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| out.to_path_buf())
}

/// The folder of flowers: drawn once, kept where everything is kept that can be made again.
fn flowers(size: u32, voice: &Voice) -> Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let folder = cache_folder()?.join("demo").join(format!("{MOTIF}-{size}-{PICTURES}-{version}"));
    let folder = std::path::absolute(&folder).map_err(FileError::at("find", &folder))?;
    if !folder.exists() {
        let mut console = Console::new(voice);
        let written = synth::write(MOTIF, &folder, PICTURES, size, 1, &mut console);
        console.finish();
        // Another demo may have been quicker; both have drawn the same.
        if !folder.exists() {
            written?;
        }
    }
    Ok(folder)
}

fn reals(data: &Dataset) -> Result<Vec<Picture>> {
    let mut chosen = Random::new(1, "demo", 0).permutation(data.len());
    chosen.truncate(SHOWN);
    let batch = data.plain(&chosen)?;
    Ok((0..batch.count).map(|index| batch.picture(index)).collect())
}

fn train(config: Config, data: Dataset, folder: &Path, device: &Device, voice: &Voice) -> Result<Summary> {
    let mut watch = Watch::new(voice, config.budget());
    voice.note(&format!("training in {} for {}", folder.display(), duration(config.budget().seconds)));
    let training = Training::start(config, data, folder, device, &mut watch)?;
    session::complete(training, watch)
}

fn grid(pictures: &[Picture]) -> Picture {
    contact_sheet(pictures, square_columns(pictures.len()))
}

fn told(flowers: &Path, folder: &Path, sheet: &Path, summary: &Summary) -> String {
    let steps = format!("{} steps, {} pictures", count(summary.steps), count(summary.images));
    let next = [
        Command::new("sample").path(folder).with("--count", 64).word("--sheet"),
        Command::new("walk").path(folder).with("--out", "walk.gif"),
        Command::new("train").with_path("--resume", folder).with("--minutes", 30),
        Command::new("train").word("YOUR-PICTURES"),
    ]
    .map(|command| command.to_string());
    format!(
        "drew     {} of {MOTIF} into {}\nlearned  them for {} ({steps})\nkept     the run in {}\npainted  {} new ones \
         beside real ones (real left, new right)\nlook at  {}\n\nnext:\n{}",
        counted(PICTURES, "picture", "pictures"),
        named(flowers.display()),
        duration(summary.seconds),
        named(folder.display()),
        count(SHOWN as u64),
        named(sheet.display()),
        indented(&next.join("\n"))
    )
}
