//! A training from its first step to its last, told while it happens.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use impasto::config::Budget;
use impasto::error::Result;
use impasto::judge::Onlooker;
use impasto::run::Event;
use impasto::train::{BLOWN_UP, Summary, TrainError, Training, TrainingMonitor};
use impasto_system::{Monitor, Progress, Stage, Unit, Warning};

use crate::console::Console;
use crate::stop::STOPPING;
use crate::voice::Voice;
use crate::words::{count, figures, rate};

/// Watches a training: one bar, or lines in a pipe.
pub(crate) struct Watch {
    console: Console,
    budget: Budget,
}

impl Watch {
    /// Made before the training is: from here on Ctrl-C saves.
    pub(crate) fn new(voice: &Voice, budget: Budget) -> Self {
        Self { console: Console::stoppable(voice, STOPPING), budget }
    }

    /// One of several in turn, all of which end when the flag is raised.
    pub(crate) fn until(stop: &Arc<AtomicBool>, voice: &Voice, budget: Budget) -> Self {
        Self { console: Console::until(voice, stop), budget }
    }
}

impl Monitor for Watch {
    fn note(&mut self, sentence: &str) {
        self.console.note(sentence);
    }

    fn warn(&mut self, warning: &Warning) {
        self.console.warn(warning);
    }

    fn should_stop(&self) -> bool {
        self.console.should_stop()
    }
}

impl TrainingMonitor for Watch {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Step { step, images, seconds, images_per_second, losses, .. } => {
                let share = self.budget.share_spent(*step, *images, *seconds);
                let left = self.console.left(share);
                let speed = rate(*images_per_second);
                // Accuracies and gradients are for the studio and the log; the line has room for the losses.
                let shown = figures(losses.iter().filter(|(name, _)| !name.contains('_')));
                let words = format!("step {}, {speed} pictures/s{left}  {shown}", count(*step));
                let mut figures = vec![("step", *step as f64), ("images", *images as f64)];
                figures.push(("images_per_second", *images_per_second));
                figures.extend(losses.iter().map(|(name, value)| (&name[..], *value)));
                let (stage, unit) = (Stage::Training, Unit::Share);
                let progress = Progress { stage, done: share, total: Some(1.0), unit, figures: &figures };
                self.console.tell_of(&progress, &words);
            }
            Event::Checkpoint { step, path } => {
                self.console.milestone(&format!("step {}: saved {path}", count(*step)));
            }
            // The end of a training that has blown up is told as its error, or by its remedy.
            Event::Alarm { step, kind, message, remedy } if !message.starts_with(BLOWN_UP) => {
                self.console.above(&format!("step {}: {kind}: {message}; {remedy}", count(*step)));
            }
            Event::Remedy { step, kind, action } => {
                self.console.above(&format!("step {}: remedy for {kind}: {action}", count(*step)));
            }
            _ => {}
        }
    }
}

/// Trains until the limit is reached or Ctrl-C stops it.
pub(crate) fn complete(training: Training, mut watch: Watch) -> Result<Summary> {
    let judge = Onlooker::of(&training);
    let note = judge.note().filter(|_| training.paints());
    note.into_iter().for_each(|note| watch.console.note(note));
    Ok(followed(training.judged_by(Box::new(judge)), watch)?)
}

/// The same, with a judge who looks at every checkpoint, however long it takes.
pub(crate) fn complete_judged(training: Training, watch: Watch) -> Result<Summary, TrainError> {
    let judge = Onlooker::of(&training);
    followed(training.judged_always_by(Box::new(judge)), watch)
}

fn followed(training: Training, mut watch: Watch) -> Result<Summary, TrainError> {
    let summary = training.run(&mut watch);
    watch.console.finish();
    summary
}
