//! Who watches long work, and may stop it: one way for all of it, whether a terminal, a page or a script is watching.

mod recorder;
mod span;
mod stage;
mod warning;

pub use recorder::Recorder;
pub use span::Span;
pub use stage::{Stage, Unit};
pub use warning::{Warning, WarningKind};

/// Watches long work. Nothing has to be watched: `()` lets everything pass.
pub trait Monitor {
    /// A stage of the work has come so far.
    fn progress(&mut self, _progress: &Progress<'_>) {}

    /// Something good to know, in a sentence.
    fn note(&mut self, _sentence: &str) {}

    /// Something that ought to be known, also by those who want no notes.
    fn warn(&mut self, _warning: &Warning) {}

    /// How long a stage will take, where that is long, before it begins.
    fn estimate(&mut self, _estimate: &Estimate) {}

    /// Whether a preview would be looked at now; making one takes time.
    fn wants_preview(&self) -> bool {
        false
    }

    /// What the result looks like so far.
    fn preview(&mut self, _preview: &Preview<'_>) {}

    /// Something was written that stays, before the work is over.
    fn saved(&mut self, _saved: &Saved<'_>) {}

    /// Whether the work is to end before its next piece. What is finished is kept.
    fn should_stop(&self) -> bool {
        false
    }
}

impl Monitor for () {}

/// How far a stage of the work is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a> {
    /// What is being done.
    pub stage: Stage,
    /// How much of it is done; parts of a unit count.
    pub done: f64,
    /// How much there is to do, where that is known.
    pub total: Option<f64>,
    /// What is counted.
    pub unit: Unit,
    /// What was measured on the way, by name: a loss, a size.
    pub figures: &'a [(&'a str, f64)],
}

impl Progress<'_> {
    /// The share of the stage that is done; 0 where nobody knows.
    pub fn share(&self) -> f64 {
        self.total.filter(|&total| total > 0.0).map_or(0.0, |total| (self.done / total).clamp(0.0, 1.0))
    }
}

impl<'m> dyn Monitor + 'm {
    /// Says that so many of so many are done, 0 where nobody knows how many there are; the answer is whether to go on.
    pub fn count(&mut self, stage: Stage, unit: Unit, done: usize, total: usize) -> bool {
        let total = (total > 0).then_some(total as f64);
        self.progress(&Progress { stage, done: done as f64, total, unit, figures: &[] });
        !self.should_stop()
    }
}

/// How long a stage will take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// What is to be done.
    pub stage: Stage,
    /// How much of it there is, in its unit.
    pub units: usize,
    /// Seconds, by a short trial.
    pub seconds: f64,
    /// What would be quicker, by its name, and how many seconds that would take.
    pub quicker: Option<(&'static str, f64)>,
}

/// A picture as it is so far: bytes, row by row, the channels of a pixel together.
#[derive(Debug, Clone, Copy)]
pub struct Preview<'a> {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// 1, 3 or 4.
    pub channels: usize,
    /// All values.
    pub pixels: &'a [u8],
}

/// Something that was written while the work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved<'a> {
    /// What it is.
    pub kind: SavedKind,
    /// After so many steps.
    pub step: u64,
    /// Where it is: in a training, relative to the run's folder.
    pub path: &'a str,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SavedKind {
    /// A sheet of samples.
    Sample,
    /// A checkpoint.
    Checkpoint,
}

impl SavedKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sample, Self::Checkpoint];

    /// Its name in machine-readable events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Checkpoint => "checkpoint",
        }
    }
}
