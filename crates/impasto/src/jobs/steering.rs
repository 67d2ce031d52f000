//! How what is painted is steered: of which class, how near to the middle, mixed with other points, moved along axes.

use impasto_system::{Monitor, Stage, Unit, Warning, WarningKind};
use serde::{Deserialize, Serialize};

use impasto_data::Picture;

use crate::error::{Error, Hint, Result};
use crate::paint::{AT_ONCE, Painter, Point, Taste};
use crate::recipe::Prior;
use crate::steer::{Handles, Mix, Move, Source, Wish, point_of};

use super::Choice;

/// How what is painted is steered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Steering {
    /// Only this class, or a mixture: `rose:0.7,daisy:0.3`.
    pub class: Option<String>,
    /// Parts of other points come in, one after the other.
    pub mix: Vec<Mix>,
    /// Then the point moves along axes.
    #[serde(rename = "move")]
    pub moves: Vec<Move>,
    /// Below 1: seeds are drawn nearer to the middle, safer and less varied.
    pub truncation: f64,
    /// What seeds are drawn from.
    pub prior: Prior,
}

impl Default for Steering {
    fn default() -> Self {
        let Taste { truncation, prior } = Taste::default();
        Self { class: None, mix: Vec::new(), moves: Vec::new(), truncation, prior }
    }
}

impl Choice for Prior {
    const ALL: &'static [Self] = &[Self::Fitted, Self::Plain];

    fn name(self) -> &'static str {
        Self::name(self)
    }

    fn about(self) -> &'static str {
        match self {
            Self::Fitted => "what the recipe has found to be best",
            Self::Plain => "the plain normal distribution",
        }
    }
}

impl Steering {
    /// It, made ready for a run: files are read, axes are looked up.
    pub(crate) fn open(&self, painter: &Painter, monitor: &mut dyn Monitor) -> Result<Steered> {
        if !(0.0..=2.0).contains(&self.truncation) {
            return Err(Error::usage(format!("truncation is {}: it must be from 0 to 2", self.truncation)));
        }
        let taste = Taste { truncation: self.truncation, prior: self.prior };
        let weights = self.class.as_deref().map(|text| painter.class_weights(text)).transpose()?;
        let wish = Wish { mixes: self.mix.clone(), moves: self.moves.clone() };
        let handles = Handles::new(&wish, painter, weights.as_deref(), taste, monitor)?;
        Ok(Steered { class: self.class.clone(), weights, taste, wish, handles })
    }
}

/// A steering for a run.
pub(crate) struct Steered {
    /// The class as it was asked for,
    pub(crate) class: Option<String>,
    /// and its weight, and that of all others.
    weights: Option<Vec<f32>>,
    pub(crate) taste: Taste,
    wish: Wish,
    handles: Handles,
}

impl Steered {
    /// Refuses a taste that would count for nothing: seeds are drawn by it, and latents are painted as they are.
    pub(crate) fn check_taste(&self, sources: &[Source], monitor: &mut dyn Monitor) -> Result<()> {
        let key = match (self.taste, Taste::default()) {
            (taste, usual) if taste == usual => return Ok(()),
            (taste, usual) if taste.truncation != usual.truncation => "truncation",
            _ => "prior",
        };
        let all = || sources.iter().chain(self.wish.mixes.iter().map(|mix| &mix.with));
        if !all().any(|source| matches!(source, Source::Seed(_))) {
            let sentence = format!("{key} is about how seeds are drawn, and latents are painted as they are");
            return Err(Error::usage(sentence).hint(Hint::unset("paint them", key)));
        }
        if all().any(|source| matches!(source, Source::File(_))) {
            let sentence = format!("{key} counts for the seeds alone: latents are painted as they are");
            monitor.warn(&Warning::new(WarningKind::Ignored, sentence));
        }
        Ok(())
    }

    /// The point that a source names, steered.
    pub(crate) fn point(
        &self,
        source: &Source,
        painter: &Painter,
        monitor: &mut dyn Monitor,
    ) -> Result<Point> {
        Ok(self.handles.turn(point_of(source, painter, self.weights.as_deref(), self.taste, monitor)?))
    }

    /// How it differs from what a seed alone paints, in words; none where it doesn't.
    pub(crate) fn words(&self, source: &Source) -> Option<String> {
        let from = match source {
            Source::Seed(_) if self.wish.is_empty() => return None,
            Source::Seed(seed) => format!("seed {seed}"),
            Source::File(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let turned = self.wish.words();
        Some(if turned.is_empty() { from } else { format!("{from}, {turned}") })
    }
}

/// The seeds that follow this one.
pub(crate) fn seeds(first: u64, count: usize) -> impl Iterator<Item = Source> {
    (0..count as u64).map(move |number| Source::Seed(first.wrapping_add(number)))
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
