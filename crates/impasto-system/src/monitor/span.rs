//! A stage of the work, in parts.

use std::ops::Range;

use super::{Monitor, Progress, Stage, Unit};

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
    use crate::Recorder;

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
