//! The latents that repaint pictures.

use std::path::Path;

use impasto_data::{Crop, Picture, Preparation, prepare};
use impasto_system::{Monitor, Stage};
use serde::{Deserialize, Serialize};

use super::batch::{BatchReport, Files, Item, make_all};
use super::open::open;
use super::{Choice, Job, RunUsed, UseRun, Workshop};
use crate::error::{Error, Result};
use crate::paint::Painter;
use crate::steer::{Found, LatentFile, PerceptualMetric, Search, invert};

/// Find the latents that repaint pictures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvertRequest {
    /// What goes in and out.
    pub files: Files,
    /// The run that is to repaint them.
    pub run: UseRun,
    /// Steps of the search.
    #[serde(default = "steps")]
    pub steps: usize,
    /// Random latents that are tried before it.
    #[serde(default = "starts")]
    pub starts: usize,
    /// The seed of those.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
    /// The class of the pictures, or a mixture; by itself the nearest one.
    #[serde(default)]
    pub class: Option<String>,
    /// What says how near it comes; by itself LPIPS where it was added.
    #[serde(default)]
    pub metric: Option<MetricChoice>,
}

/// What says how alike two pictures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetricChoice {
    /// The network that comes with the program.
    Builtin,
    /// LPIPS, which has to be added.
    Lpips,
}

impl Choice for MetricChoice {
    const ALL: &'static [Self] = &[Self::Builtin, Self::Lpips];

    fn name(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Lpips => "lpips",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Builtin => "the network in this program",
            Self::Lpips => "the distance that agrees with people (impasto weights get lpips)",
        }
    }
}

/// A latent that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InvertedPicture {
    /// Where it was written.
    pub path: String,
    /// What it repaints.
    pub picture: String,
    /// By which run.
    #[serde(flatten)]
    pub run: RunUsed,
    /// How near it comes, in decibels; none where the picture was met exactly.
    pub psnr: Option<f64>,
    /// How far it is by the metric,
    pub distance: f64,
    /// which is this one.
    pub metric: &'static str,
    /// The same for the best start, in decibels,
    pub start_psnr: f64,
    /// and by the metric.
    pub start_distance: f64,
    /// Steps that were made.
    pub steps: usize,
    /// The class that it has.
    pub class: Option<String>,
    /// Whether it was stopped before its end.
    pub stopped: bool,
}

/// What stands for infinity in files.
const MOST: f64 = 999.0;

fn steps() -> usize {
    300
}

fn starts() -> usize {
    256
}

impl Job for InvertRequest {
    const NAME: &'static str = "invert";
    type Report = BatchReport<InvertedPicture>;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        if self.steps == 0 || self.starts == 0 {
            return Err(Error::usage("a search needs at least one step and one start"));
        }
        let painter = self.run.open(workshop, monitor)?;
        let class = self.class.as_deref().map(|text| painter.class_weights(text)).transpose()?;
        let metric = self.metric(workshop)?;
        let items = self.files.open(monitor, |path| opened(path, &painter))?;
        let places = self.files.places(&items, "latent")?;
        let search = Search { steps: self.steps, starts: self.starts, seed: self.seed };
        make_all(Stage::Inverting, &places, monitor, |number, place, span| {
            let item = &items[number];
            let found = invert(&painter, &metric, &item.content, class.as_deref(), &search, span)?;
            self.kept(&painter, &metric, item, place, &found, !span.goes_on()).map(Some)
        })
    }
}

impl InvertRequest {
    fn metric(&self, workshop: &Workshop) -> Result<PerceptualMetric> {
        let device = workshop.device();
        Ok(match self.metric {
            Some(MetricChoice::Builtin) => PerceptualMetric::builtin(device),
            Some(MetricChoice::Lpips) => PerceptualMetric::lpips(workshop.weights()?, device)?,
            None => PerceptualMetric::usual(workshop.weights()?, device)?,
        })
    }

    /// Writes what was found.
    fn kept(
        &self,
        painter: &Painter,
        metric: &PerceptualMetric,
        item: &Item<Picture>,
        place: &Path,
        found: &Found,
        stopped: bool,
    ) -> Result<InvertedPicture> {
        let Found { point, near, start, steps, .. } = found;
        let class = self.class.clone().or_else(|| painter.class_words(&point.classes));
        let file = LatentFile {
            source: item.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            class: class.clone(),
            psnr: near.psnr.min(MOST),
            distance: near.distance,
            eye: metric.name().to_owned(),
            ..LatentFile::new(painter, point)
        };
        file.write(place, self.files.existing())?;
        Ok(InvertedPicture {
            path: place.display().to_string(),
            picture: item.shown(),
            run: RunUsed::of(painter),
            psnr: near.psnr.is_finite().then_some(near.psnr),
            distance: near.distance,
            metric: metric.name(),
            start_psnr: start.psnr.min(MOST),
            start_distance: start.distance,
            steps: *steps,
            class,
            stopped,
        })
    }
}

/// A picture as the run would see it.
fn opened(path: &Path, painter: &Painter) -> Result<Picture> {
    let mut preparation = Preparation { flip: false, ..painter.config().preparation() };
    if preparation.crop == Crop::Random {
        // That leaves a window to be chosen, and the middle is as good as any.
        preparation.crop = Crop::Center;
    }
    let (picture, _) = open(path, preparation.channels, preparation.background)?;
    Ok(prepare(picture, &preparation))
}
