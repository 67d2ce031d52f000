//! The picture so far, written every few seconds, beside what whoever watches does.

use std::cell::RefCell;
use std::path::Path;
use std::time::{Duration, Instant};

use impasto_data::Picture;
use impasto_system::{Estimate, Existing, Monitor, Preview, Progress, Warning};

use crate::picture::{PictureError, PictureRecipe, write_painting};

/// From one preview to the next, at least.
const BETWEEN: Duration = Duration::from_secs(3);

/// What the previews are of, and whether one failed.
#[derive(Default)]
pub(super) struct Current {
    /// What the picture carries that is being painted.
    pub(super) recipe: RefCell<PictureRecipe>,
    /// Why a preview could not be written: then the work ends.
    pub(super) failed: RefCell<Option<PictureError>>,
}

/// Watches for another monitor and writes previews.
pub(super) struct Previews<'a> {
    monitor: &'a mut dyn Monitor,
    path: Option<&'a Path>,
    current: &'a Current,
    next: Instant,
}

impl<'a> Previews<'a> {
    pub(super) fn new(monitor: &'a mut dyn Monitor, path: Option<&'a Path>, current: &'a Current) -> Self {
        Self { monitor, path, current, next: Instant::now() + BETWEEN }
    }
}

impl Monitor for Previews<'_> {
    fn progress(&mut self, progress: &Progress<'_>) {
        self.monitor.progress(progress);
    }

    fn note(&mut self, sentence: &str) {
        self.monitor.note(sentence);
    }

    fn warn(&mut self, warning: &Warning) {
        self.monitor.warn(warning);
    }

    fn estimate(&mut self, estimate: &Estimate) {
        self.monitor.estimate(estimate);
    }

    fn wants_preview(&self) -> bool {
        self.path.is_some() && Instant::now() >= self.next || self.monitor.wants_preview()
    }

    fn preview(&mut self, preview: &Preview<'_>) {
        self.monitor.preview(preview);
        let Some(path) = self.path.filter(|_| Instant::now() >= self.next) else { return };
        let &Preview { width, height, channels, pixels } = preview;
        let (begun, picture) = (Instant::now(), Picture::new(width, height, channels, pixels.to_vec()));
        let written = write_painting(path, &picture, &self.current.recipe.borrow(), Existing::Replace);
        if let Err(error) = written {
            self.current.failed.replace(Some(error));
        }
        // One of a large picture takes seconds itself.
        self.next = Instant::now() + BETWEEN.max(9 * begun.elapsed());
    }

    fn should_stop(&self) -> bool {
        self.current.failed.borrow().is_some() || self.monitor.should_stop()
    }
}
