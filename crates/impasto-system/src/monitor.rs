//! Who watches long work, and may stop it: one way for all of it, whether a terminal, a page or a script is watching.

use std::fmt;
use std::ops::Range;

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

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Pictures of a set are read and brought to their size.
    Preparing,
    /// Pictures are read, nothing else.
    Reading,
    /// A package client fetches something.
    Fetching,
    /// A checksum is computed.
    Verifying,
    /// Files are unpacked.
    Unpacking,
    /// Synthetic pictures are drawn.
    Drawing,
    /// Pictures are written.
    Writing,
    /// A network describes pictures by features.
    Encoding,
    /// Figures are computed.
    Measuring,
    /// Pictures are compared with each other.
    Comparing,
    /// A network learns.
    Training,
    /// A classifier reads pictures.
    Classifying,
    /// A run paints.
    Sampling,
    /// Pictures are translated by a run.
    Translating,
    /// Holes are filled.
    Repairing,
    /// Pictures become larger.
    Enlarging,
    /// Variations are made.
    Varying,
    /// Pictures are painted in another's style.
    Styling,
    /// A latent is sought for a picture.
    Inverting,
    /// Directions of a latent space are sought.
    Exploring,
    /// Pieces of work are timed.
    Timing,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Preparing,
        Self::Reading,
        Self::Fetching,
        Self::Verifying,
        Self::Unpacking,
        Self::Drawing,
        Self::Writing,
        Self::Encoding,
        Self::Measuring,
        Self::Comparing,
        Self::Training,
        Self::Classifying,
        Self::Sampling,
        Self::Translating,
        Self::Repairing,
        Self::Enlarging,
        Self::Varying,
        Self::Styling,
        Self::Inverting,
        Self::Exploring,
        Self::Timing,
    ];

    /// Its name, in machine-readable events and in sentences: `encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Reading => "reading",
            Self::Fetching => "fetching",
            Self::Verifying => "verifying",
            Self::Unpacking => "unpacking",
            Self::Drawing => "drawing",
            Self::Writing => "writing",
            Self::Encoding => "encoding",
            Self::Measuring => "measuring",
            Self::Comparing => "comparing",
            Self::Training => "training",
            Self::Classifying => "classifying",
            Self::Sampling => "sampling",
            Self::Translating => "translating",
            Self::Repairing => "repairing",
            Self::Enlarging => "enlarging",
            Self::Varying => "varying",
            Self::Styling => "styling",
            Self::Inverting => "inverting",
            Self::Exploring => "exploring",
            Self::Timing => "timing",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Pictures.
    Pictures,
    /// Files.
    Files,
    /// Steps of an optimisation.
    Steps,
    /// Nothing: how much there is to do counts as one.
    Share,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pictures, Self::Files, Self::Steps, Self::Share];

    /// Its name, in machine-readable events and in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pictures => "pictures",
            Self::Files => "files",
            Self::Steps => "steps",
            Self::Share => "share",
        }
    }
}

/// Something that ought to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// What is to be known.
    pub sentence: String,
}

impl Warning {
    /// One of this kind.
    pub fn new(kind: WarningKind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into() }
    }
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WarningKind {
    /// A file is damaged, and the work goes on without it.
    Damaged,
    /// Something was not done, or not wholly.
    Incomplete,
    /// The result is less certain than it seems.
    Uncertain,
    /// Something that was asked for has no effect.
    Ignored,
}

impl WarningKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Damaged, Self::Incomplete, Self::Uncertain, Self::Ignored];

    /// Its name in machine-readable events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Incomplete => "incomplete",
            Self::Uncertain => "uncertain",
            Self::Ignored => "ignored",
        }
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

/// Keeps what it hears: for callers who look afterwards, and for tests.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    /// Stages, how much of them was done, and of how much.
    pub progress: Vec<(Stage, f64, Option<f64>)>,
    /// What was measured, as often.
    pub figures: Vec<Vec<(String, f64)>>,
    /// Whether previews are asked for.
    pub wants_previews: bool,
    /// Width and height of previews.
    pub previews: Vec<[usize; 2]>,
    /// Notes.
    pub notes: Vec<String>,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// After so many reports of progress the work is to stop.
    pub stop_after: Option<usize>,
}

impl Recorder {
    /// One that stops the work after so many reports of progress.
    pub fn stopping_after(reports: usize) -> Self {
        Self { stop_after: Some(reports), ..Self::default() }
    }

    /// How much was done, report by report.
    pub fn done(&self) -> Vec<f64> {
        self.progress.iter().map(|&(_, done, _)| done).collect()
    }
}

impl Monitor for Recorder {
    fn progress(&mut self, progress: &Progress<'_>) {
        self.progress.push((progress.stage, progress.done, progress.total));
        self.figures.push(progress.figures.iter().map(|&(name, value)| (name.to_owned(), value)).collect());
    }

    fn wants_preview(&self) -> bool {
        self.wants_previews
    }

    fn preview(&mut self, preview: &Preview<'_>) {
        self.previews.push([preview.width, preview.height]);
    }

    fn note(&mut self, sentence: &str) {
        self.notes.push(sentence.to_owned());
    }

    fn warn(&mut self, warning: &Warning) {
        self.warnings.push(warning.clone());
    }

    fn should_stop(&self) -> bool {
        self.stop_after.is_some_and(|most| self.progress.len() >= most)
    }
}

/// A stage of the work, or a part of one: whoever does it says which share of the part is done, and the monitor hears what
/// that means for the whole.
pub struct Span<'a> {
    monitor: &'a mut dyn Monitor,
    stage: Stage,
    unit: Unit,
    total: f64,
    /// Of the whole, in units.
    range: Range<f64>,
}

impl<'a> Span<'a> {
    /// A stage with so many units.
    pub fn new(monitor: &'a mut dyn Monitor, stage: Stage, unit: Unit, total: usize) -> Self {
        let total = total as f64;
        Self { monitor, stage, unit, total, range: 0.0..total }
    }

    /// A stage of which nothing can be counted.
    pub fn whole(monitor: &'a mut dyn Monitor, stage: Stage) -> Self {
        Self::new(monitor, stage, Unit::Share, 1)
    }

    /// Work that nobody watches.
    pub fn unwatched() -> Span<'static> {
        // Nothing is leaked: it has no size.
        Span::whole(Box::leak(Box::new(())), Stage::Measuring)
    }

    /// One of the units, counted from 0.
    pub fn unit(&mut self, number: usize) -> Span<'_> {
        let start = self.range.start + number as f64;
        self.over(start..start + 1.0)
    }

    /// A part, given by its shares.
    pub fn part(&mut self, shares: Range<f64>) -> Span<'_> {
        let at = |share: f64| self.range.start + share * (self.range.end - self.range.start);
        let range = at(shares.start)..at(shares.end);
        self.over(range)
    }

    fn over(&mut self, range: Range<f64>) -> Span<'_> {
        Span { monitor: &mut *self.monitor, stage: self.stage, unit: self.unit, total: self.total, range }
    }

    /// Says that this share of it is done; the answer is whether to go on.
    pub fn reached(&mut self, share: f64) -> bool {
        self.measured(share, &[])
    }

    /// The same, with what was measured on the way.
    pub fn measured(&mut self, share: f64, figures: &[(&str, f64)]) -> bool {
        let done = self.range.start + share * (self.range.end - self.range.start);
        let (stage, unit, total) = (self.stage, self.unit, Some(self.total));
        self.monitor.progress(&Progress { stage, done, total, unit, figures });
        !self.monitor.should_stop()
    }

    /// Whether to go on.
    pub fn goes_on(&self) -> bool {
        !self.monitor.should_stop()
    }

    /// Who is watching.
    pub fn monitor(&mut self) -> &mut dyn Monitor {
        self.monitor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_parts_are_shares_of_the_whole() {
        let mut seen = Recorder::default();
        let mut span = Span::new(&mut seen, Stage::Repairing, Unit::Pictures, 4);
        assert!(span.reached(0.0));
        let mut second = span.unit(1);
        assert!(second.reached(0.5) && second.part(0.5..1.0).reached(0.5) && second.goes_on());
        assert!(span.reached(1.0));
        assert_eq!(seen.done(), [0.0, 1.5, 1.75, 4.0]);
    }

    #[test]
    fn who_watches_says_when_to_stop() {
        let mut seen = Recorder::stopping_after(2);
        let mut span = Span::whole(&mut seen, Stage::Varying);
        assert!(span.reached(0.4) && !span.reached(0.5) && !span.goes_on());
        assert!(Span::unwatched().reached(1.0), "nobody stops anything");
    }

    #[test]
    fn what_cannot_be_counted_has_no_share() {
        let progress =
            Progress { stage: Stage::Unpacking, done: 7.0, total: None, unit: Unit::Files, figures: &[] };
        assert_eq!(progress.share(), 0.0);
        assert_eq!(Progress { total: Some(14.0), ..progress }.share(), 0.5);
        assert_eq!(Progress { total: Some(0.0), ..progress }.share(), 0.0);
    }
}
