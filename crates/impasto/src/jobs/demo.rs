//! The whole path in minutes, with pictures that are drawn here: draw, learn, paint.

use std::path::{Path, PathBuf};

use impasto_data::{Picture, cache_folder, synth};
use impasto_random::Random;
use impasto_system::{Existing, FileError, Monitor};
use serde::{Deserialize, Serialize};
use toml::Table;

use super::train::{complete, open_data};
use super::{Job, Workshop};
use crate::config::{Config, Request};
use crate::error::{Error, Result};
use crate::format::duration;
use crate::paint::{Painter, Point, Taste};
use crate::picture::{Kind, contact_sheet, side_by_side, square_columns, write_painting};
use crate::train::{Summary, Training};

/// Draw flowers, learn them, and paint new ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoRequest {
    /// Where the run goes; when it is there already, the next free name.
    pub out: PathBuf,
    /// Minutes of training; by itself 1,500 steps.
    #[serde(default)]
    pub minutes: Option<f64>,
    /// The side of the pictures.
    #[serde(default = "size")]
    pub size: u32,
    /// Everything random depends on it.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
}

/// What was done.
#[derive(Debug, Serialize)]
pub struct DemoReport {
    /// Where the flowers are.
    pub data: PathBuf,
    /// How many there are.
    pub pictures: usize,
    /// Where the run is.
    pub run: PathBuf,
    /// New pictures beside real ones.
    pub sheet: PathBuf,
    /// How many there are on each side.
    pub shown: usize,
    /// How the training went.
    pub training: Summary,
}

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

fn size() -> u32 {
    32
}

impl Job for DemoRequest {
    const NAME: &'static str = "demo";
    type Report = DemoReport;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let run = free_name(&self.out);
        let flowers = flowers(self.size, monitor)?;
        let config = self.config(&flowers)?;
        let data = open_data(&config, false, monitor)?;
        let mut chosen = Random::new(1, "demo", 0).permutation(data.len());
        chosen.truncate(SHOWN);
        let batch = data.plain(&chosen)?;
        let reals: Vec<Picture> = (0..batch.count).map(|index| batch.picture(index)).collect();
        let time = duration(config.budget().seconds);
        monitor.note(&format!("training in {} for {time}", run.display()));
        let training = complete(Training::start(config, data, &run, workshop.device(), monitor)?, monitor)?;
        let sheet = paint(&run, &reals, workshop, monitor)?;
        Ok(DemoReport { data: flowers, pictures: PICTURES, run, sheet, shown: SHOWN, training })
    }
}

impl DemoRequest {
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
        let given = Table::from_iter([("data".to_owned(), data.into())]);
        Ok(Config::resolve(&Request { given, set, ..Request::default() })?)
    }
}

/// New pictures beside real ones.
fn paint(run: &Path, reals: &[Picture], workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<PathBuf> {
    let painter = Painter::open(run, None, workshop.device(), monitor)?;
    let point = |seed| Ok(painter.point(seed, None, Taste::default())?);
    let points: Vec<Point> = (1..=SHOWN as u64).map(point).collect::<Result<_>>()?;
    let painted = painter.paint(&points)?;
    let mut recipe = painter.picture_recipe(Kind::Sheet, 1, None, Taste::default());
    recipe.extra.insert("left".into(), "real pictures".into());
    let path = run.join("demo.png");
    write_painting(&path, &side_by_side(&grid(reals), &grid(&painted), GAP), &recipe, Existing::Keep)?;
    Ok(path)
}

/// `runs/demo`, `runs/demo-2`, `runs/demo-3`: the first that is not there.
fn free_name(out: &Path) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let numbered = (2u32..).map(|number| out.with_file_name(format!("{name}-{number}")));
    let mut names = std::iter::once(out.to_path_buf()).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| out.to_path_buf())
}

/// The folder of flowers: drawn once, kept where everything is kept that can be made again.
fn flowers(size: u32, monitor: &mut dyn Monitor) -> Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let folder = cache_folder()?.join("demo").join(format!("{MOTIF}-{size}-{PICTURES}-{version}"));
    let folder = std::path::absolute(&folder).map_err(FileError::at("find", &folder))?;
    if !folder.exists() {
        let written = synth::write(MOTIF, &folder, PICTURES, size, 1, monitor);
        // Another demo may have been quicker; both have drawn the same.
        if !folder.exists() {
            written?;
        }
    }
    Ok(folder)
}

fn grid(pictures: &[Picture]) -> Picture {
    contact_sheet(pictures, square_columns(pictures.len()))
}
