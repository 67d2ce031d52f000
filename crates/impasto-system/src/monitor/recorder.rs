//! A monitor that remembers.

use super::{Monitor, Preview, Progress, Stage, Warning};

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
