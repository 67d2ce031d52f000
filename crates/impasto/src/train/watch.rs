//! What whoever watches hears of a training's events.

use impasto_system::{Monitor, Progress, Saved, SavedKind, Stage, Unit, Warning, WarningKind};

use crate::config::Budget;
use crate::format::count;
use crate::run::Event;

/// Says what has happened in a training with this budget.
pub(super) fn tell(event: &Event, budget: &Budget, monitor: &mut dyn Monitor) {
    let alarm = |sentence: String| Warning::new(WarningKind::Alarm, sentence);
    match event {
        Event::Step { step, images, seconds, images_per_second, losses, .. } => {
            let mut figures = vec![("step", *step as f64), ("images", *images as f64)];
            figures.push(("images_per_second", *images_per_second));
            let share = budget.share_spent(*step, *images, *seconds);
            // Of training alone: judging and saving come on top.
            if share > 0.0 {
                figures.push(("seconds_left", seconds * (1.0 - share).max(0.0) / share));
            }
            figures.extend(losses.iter().map(|(name, value)| (&name[..], *value)));
            let done = share;
            let (stage, unit) = (Stage::Training, Unit::Share);
            monitor.progress(&Progress { stage, done, total: Some(1.0), unit, figures: &figures });
        }
        Event::Sample { step, path } => {
            monitor.saved(&Saved { kind: SavedKind::Sample, step: *step, path });
        }
        Event::Checkpoint { step, path } => {
            monitor.saved(&Saved { kind: SavedKind::Checkpoint, step: *step, path });
        }
        Event::Alarm { step, kind, message, remedy } => {
            monitor.warn(&alarm(format!("step {}: {kind}: {message}; {remedy}", count(*step))));
        }
        Event::Remedy { step, kind, action } => {
            monitor.warn(&alarm(format!("step {}: remedy for {kind}: {action}", count(*step))));
        }
        _ => {}
    }
}
