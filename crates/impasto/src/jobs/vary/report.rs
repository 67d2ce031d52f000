//! What came of it.

use std::path::PathBuf;

use impasto_data::Picture;
use serde::Serialize;

use super::helper::Helper;
use super::make::Made;
use super::plan::Plan;
use super::{Item, Original, VaryMethod, VaryRequest};
use crate::error::Result;
use crate::jobs::{RunUsed, Workshop};
use crate::measure::seam;
use crate::picture::Origin;
use crate::steer::{PerceptualMetric, Similarity};

/// What was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VaryReport {
    /// The way that was taken,
    pub method: VaryMethod,
    /// and why.
    pub why: &'static str,
    /// The run that helped.
    #[serde(flatten)]
    pub run: Option<RunUsed>,
    /// How far they went from their originals.
    pub strength: f64,
    /// What was written, in order.
    pub outputs: Vec<Variation>,
    /// How many variations were left when the work was stopped.
    pub left: usize,
    /// Where the sheet is.
    pub sheet: Option<String>,
    /// What measured: LPIPS where it was added, else the network that comes with the program.
    pub metric: &'static str,
    /// The mean distance of variations from their originals,
    pub closeness: Option<f64>,
    /// and of variations from each other.
    pub diversity: Option<f64>,
}

/// A variation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Variation {
    /// Where it was written.
    pub path: String,
    /// Its seed.
    pub seed: u64,
    /// Its width and height.
    pub size: [usize; 2],
    /// The first is the one that it is most like.
    pub originals: Vec<Origin>,
    /// How far it is from that one.
    pub distance: f64,
    /// The jump of gradients along a collage's joins, before a run has painted it again, or after it has made one picture of
    /// it: about 1 can't be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jump: Option<f64>,
    /// How visible the seam between copies of a tile is: about 1 can't be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seam: Option<f64>,
}

impl VaryReport {
    pub(super) fn of(
        request: &VaryRequest,
        plan: Plan,
        originals: &[Item<Original>],
        all: &[Made],
        [places, sheet]: [&[PathBuf]; 2],
        helper: Option<&Helper>,
        workshop: &Workshop,
    ) -> Result<Self> {
        let metric = PerceptualMetric::usual(workshop.weights()?, workshop.device())?;
        let pairs: Vec<(&Picture, &Picture)> =
            all.iter().map(|made| (&made.picture, &originals[made.originals[0]].content.picture)).collect();
        let similarity = Similarity::of(&metric, &pairs, workshop.device());
        let variation = |((made, path), distance): ((&Made, &PathBuf), &f64)| Variation {
            path: path.display().to_string(),
            seed: made.recipe.seed,
            size: [made.picture.width(), made.picture.height()],
            originals: made
                .originals
                .iter()
                .map(|&original| originals[original].content.origin.clone())
                .collect(),
            distance: *distance,
            jump: made.jump,
            seam: request.tileable.then(|| seam(&made.picture)),
        };
        Ok(Self {
            method: plan.method,
            why: why(request, originals.len()),
            run: helper.map(Helper::run),
            strength: plan.strength,
            outputs: all.iter().zip(places).zip(&similarity.from_original).map(variation).collect(),
            left: plan.count - all.len(),
            sheet: sheet.first().map(|path| path.display().to_string()),
            metric: metric.name(),
            closeness: similarity.closeness(),
            diversity: similarity.between,
        })
    }
}

fn why(request: &VaryRequest, originals: usize) -> &'static str {
    match () {
        () if request.method.is_some() => "as asked for",
        () if request.tileable => "the way to tiles",
        () if request.run.is_some() => "with a run",
        () if originals > 1 => "several pictures, no run",
        () => "a single picture, no run",
    }
}
