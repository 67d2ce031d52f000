//! How fast it goes: seconds of training, the time of a step, and when to tell.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::recipe::{Losses, Progress};
use crate::run::Event;

/// Events of steps come about this often; the first and the last step always have one.
const BETWEEN_EVENTS: Duration = Duration::from_secs(1);

/// The clock of a training.
pub(super) struct Pace {
    /// Seconds of training before this session.
    before: f64,
    /// Seconds of steps in this session. Sheets and checkpoints don't count.
    session: f64,
    step_started: Instant,
    steps_ms: Vec<f32>,
    told: Option<Instant>,
    since: Since,
}

/// What has come in since the last event.
#[derive(Default)]
struct Since {
    steps: u32,
    sums: BTreeMap<String, f64>,
    ms: f64,
}

impl Pace {
    /// A clock that goes on from `seconds`.
    pub(super) fn after(seconds: f64) -> Self {
        Self {
            before: seconds,
            session: 0.0,
            step_started: Instant::now(),
            steps_ms: Vec::new(),
            told: None,
            since: Since::default(),
        }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.before + self.session
    }

    pub(super) fn start_step(&mut self) {
        self.step_started = Instant::now();
    }

    pub(super) fn end_step(&mut self, losses: &Losses) {
        let seconds = self.step_started.elapsed().as_secs_f64();
        self.session += seconds;
        self.steps_ms.push((seconds * 1e3) as f32);
        self.since.ms += seconds * 1e3;
        self.since.steps += 1;
        for (name, value) in losses {
            *self.since.sums.entry((*name).to_owned()).or_default() += value;
        }
    }

    /// The event of the steps since the last one, when it is time.
    pub(super) fn due_event(&mut self, at: Progress, batch: usize, is_last: bool) -> Option<Event> {
        let is_time = self.told.is_none_or(|told| told.elapsed() >= BETWEEN_EVENTS);
        if !is_time && !is_last {
            return None;
        }
        self.told = Some(Instant::now());
        let Since { steps, sums, ms } = std::mem::take(&mut self.since);
        let mean = |sum: f64| sum / f64::from(steps.max(1));
        let step_ms = mean(ms);
        Some(Event::Step {
            step: at.step,
            images: at.images,
            seconds: self.seconds(),
            step_ms,
            images_per_second: per_second(batch, step_ms),
            losses: sums.into_iter().map(|(name, sum)| (name, mean(sum))).collect(),
        })
    }

    /// The median time of a step in this session.
    pub(super) fn median_ms(&self) -> f64 {
        let mut sorted = self.steps_ms.clone();
        sorted.sort_by(f32::total_cmp);
        sorted.get(sorted.len() / 2).copied().map_or(0.0, f64::from)
    }
}

pub(super) fn per_second(batch: usize, step_ms: f64) -> f64 {
    if step_ms > 0.0 { batch as f64 * 1e3 / step_ms } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(pace: &mut Pace, loss: f64) {
        pace.start_step();
        pace.end_step(&vec![("loss", loss)]);
    }

    #[test]
    fn an_event_holds_the_mean_of_the_steps_since_the_last() {
        let mut pace = Pace::after(10.0);
        let at = Progress::default();
        step(&mut pace, 5.0);
        assert!(pace.due_event(at, 4, false).is_some(), "the first step is told at once");
        step(&mut pace, 1.0);
        assert!(pace.due_event(at, 4, false).is_none(), "a second has not passed");
        step(&mut pace, 2.0);
        let Some(Event::Step { losses, seconds, .. }) = pace.due_event(at, 4, true) else {
            panic!("the last step is always told")
        };
        assert_eq!(losses["loss"], 1.5);
        assert!(seconds >= 10.0);
    }

    #[test]
    fn the_median_is_that_of_this_session() {
        let mut pace = Pace::after(1e6);
        assert_eq!(pace.median_ms(), 0.0);
        (0..5).for_each(|_| step(&mut pace, 0.0));
        assert!(pace.median_ms() < 100.0);
    }
}
