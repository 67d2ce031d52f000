//! Painting from a run, for the verbs that do.

use std::path::Path;

use burn::tensor::Device;
use clap::Args;
use impasto::error::{Error, Result};
use impasto::paint::{AT_ONCE, Painter, Point, Taste};
use impasto::recipe::Prior;
use impasto_data::Picture;
use impasto_system::{Monitor, Stage, Unit};

use crate::console::Console;
use crate::voice::Voice;

/// What a run paints with.
#[derive(Debug, Args)]
pub(crate) struct Brush {
    /// Use this checkpoint: best, last, or a name such as 000010.240k [default: best; the last if none was judged]
    #[arg(long, value_name = "NAME")]
    checkpoint: Option<String>,
    /// Where to compute: auto, cpu, gpu or gpu:1
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: String,
}

impl Brush {
    /// Where to compute.
    pub(crate) fn device(&self) -> Result<Device> {
        impasto::device::open(&self.device)
    }

    /// Opens a run; what is wrong with its checkpoints is told.
    pub(crate) fn open(&self, run: &Path, voice: &Voice) -> Result<Painter> {
        open(run, self.checkpoint.as_deref(), &self.device()?, voice)
    }
}

/// Opens a run; what is wrong with its checkpoints is told.
pub(crate) fn open(run: &Path, checkpoint: Option<&str>, device: &Device, voice: &Voice) -> Result<Painter> {
    Ok(Painter::open(run, checkpoint, device, &mut Console::new(voice))?)
}

/// Paints points.
pub(crate) fn paint(painter: &Painter, points: &[Point], monitor: &mut dyn Monitor) -> Result<Vec<Picture>> {
    let mut pictures = Vec::with_capacity(points.len());
    for some in points.chunks(AT_ONCE) {
        pictures.extend(painter.paint(some)?);
        if !monitor.count(Stage::Sampling, Unit::Pictures, pictures.len(), points.len()) {
            return Err(Error::cancelled("stopped before all was painted"));
        }
    }
    Ok(pictures)
}

/// The points of these seeds.
pub(crate) fn points(
    painter: &Painter,
    seeds: impl Iterator<Item = u64>,
    class: Option<usize>,
    taste: Taste,
) -> Result<Vec<Point>> {
    seeds.map(|seed| Ok(painter.point(seed, class, taste)?)).collect()
}

/// The seeds that follow this one.
pub(crate) fn seeds(first: u64, count: usize) -> impl Iterator<Item = u64> + Clone {
    (0..count as u64).map(move |number| first.wrapping_add(number))
}

/// The prior of this name.
pub(crate) fn prior(name: &str) -> Prior {
    if name == Prior::Plain.name() { Prior::Plain } else { Prior::Fitted }
}
