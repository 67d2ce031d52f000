//! How a run went, from its folder alone: also while it trains, after it was killed, and with parts missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::events::{Event, in_effect};
use super::reading::read_events;
use super::{About, Best, Run, RunError, number};

/// All that a run has told of itself.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The folder.
    pub path: PathBuf,
    /// Where the run comes from.
    pub about: About,
    /// Its settings; empty when they can't be read.
    pub config: toml::Table,
    /// How the training ended; "unfinished" while it runs, or when it was killed.
    pub state: String,
    /// Losses and speed, the oldest first.
    pub moments: Vec<Moment>,
    /// What was measured, the oldest first.
    pub looks: Vec<Look>,
    /// What was wrong, the oldest first.
    pub alarms: Vec<Raised>,
    /// What was done about it, the oldest first.
    pub remedies: Vec<Remedied>,
    /// How many checkpoints there are.
    pub checkpoints: usize,
    /// The best of them.
    pub best: Option<Best>,
    /// The newest sheet.
    pub sheet: Option<PathBuf>,
    /// The sheet of real pictures.
    pub reals: Option<PathBuf>,
}

/// Where the training stood at some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Steps done.
    pub step: u64,
    /// Pictures seen.
    pub images: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Pictures seen in a second.
    pub images_per_second: f64,
    /// The parts of the loss by name.
    pub losses: BTreeMap<String, f64>,
}

/// What was measured at some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Steps done.
    pub step: u64,
    /// Pictures seen.
    pub images: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// What was measured, by name.
    pub measures: BTreeMap<String, f64>,
}

/// An alarm that was raised.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Raised {
    /// Steps done.
    pub step: u64,
    /// Which alarm.
    pub kind: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// What was done about an alarm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Remedied {
    /// Steps done.
    pub step: u64,
    /// The alarm.
    pub kind: String,
    /// What was done.
    pub action: String,
}

impl History {
    /// Reads a run's history; changes nothing in its folder.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let run = Run::open(path)?;
        let mut history = Self {
            path: path.to_path_buf(),
            about: run.about().clone(),
            config: run.config().ok().and_then(|text| text.parse().ok()).unwrap_or_default(),
            state: "unfinished".to_owned(),
            checkpoints: run.checkpoints().len(),
            best: run.best(),
            sheet: newest_sheet(&run),
            reals: Some(path.join("reals.png")).filter(|path| path.is_file()),
            ..Self::default()
        };
        let events = run.events_path();
        if events.exists() {
            in_effect(read_events(&events)?).into_iter().for_each(|event| history.note(event));
        }
        history.place_looks();
        Ok(history)
    }

    /// The folder's name.
    pub fn name(&self) -> String {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The last moment.
    pub fn last(&self) -> Option<&Moment> {
        self.moments.last()
    }

    /// Losses over the last tenth of the moments, so that one batch's luck does not decide.
    pub fn last_losses(&self) -> BTreeMap<String, f64> {
        let tail = &self.moments[self.moments.len() - self.moments.len().div_ceil(10)..];
        let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for (name, value) in tail.iter().flat_map(|moment| &moment.losses) {
            let (sum, count) = sums.entry(name.clone()).or_default();
            (*sum, *count) = (*sum + value, *count + 1.0);
        }
        sums.into_iter().map(|(name, (sum, count))| (name, sum / count)).collect()
    }

    /// The last of each measure: not every look measures all.
    pub fn last_measures(&self) -> BTreeMap<String, f64> {
        self.looks.iter().flat_map(|look| look.measures.clone()).collect()
    }

    /// Pictures in a second over the whole training.
    pub fn images_per_second(&self) -> f64 {
        self.last().filter(|last| last.seconds > 0.0).map_or(0.0, |last| last.images as f64 / last.seconds)
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Step { step, images, seconds, images_per_second, losses, .. } => {
                self.moments.push(Moment { step, images, seconds, images_per_second, losses });
            }
            Event::Watch { step, measures } => {
                self.looks.push(Look { step, images: 0, seconds: 0.0, measures });
            }
            Event::Alarm { step, kind, message, remedy } => {
                self.alarms.push(Raised { step, kind, message, remedy });
            }
            Event::Remedy { step, kind, action } => self.remedies.push(Remedied { step, kind, action }),
            Event::End { reason, .. } => self.state = reason,
            Event::Resume { .. } => self.state = "unfinished".to_owned(),
            _ => {}
        }
    }

    /// Looks are told by step only; moments know the pictures and seconds.
    fn place_looks(&mut self) {
        let Some(last) = self.moments.last().cloned() else { return };
        let per_step = last.images as f64 / last.step.max(1) as f64;
        // The highest step so far, which only grows: the first moment that is as far as a look is found by halving.
        let mut highest = 0;
        let reached = self.moments.iter().map(|moment| {
            highest = moment.step.max(highest);
            highest
        });
        let reached: Vec<u64> = reached.collect();
        for look in &mut self.looks {
            look.images = (look.step as f64 * per_step).round() as u64;
            let after = reached.partition_point(|&step| step < look.step);
            look.seconds = self.moments.get(after).unwrap_or(&last).seconds;
        }
    }
}

/// The sheet with the highest number, whatever the events say: they may be torn, and sheets may be gone.
fn newest_sheet(run: &Run) -> Option<PathBuf> {
    let sheets = impasto_system::list(&run.path().join("samples")).unwrap_or_default();
    let is_sheet = |path: &PathBuf| path.to_string_lossy().ends_with("k.png");
    sheets.into_iter().rfind(is_sheet)
}

/// For `serialize_with`: numbers by name; those that aren't finite are written as words.
pub fn finite_or_word<S: serde::Serializer>(
    values: &BTreeMap<String, f64>,
    to: S,
) -> Result<S::Ok, S::Error> {
    number::map::serialize(values, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Events;
    use std::fs;

    fn run(folder: &Path) -> Run {
        Run::create(folder, "size = 8\n", &About { recipe: "vae".into(), ..About::default() }).unwrap()
    }

    fn step(step: u64, loss: f64) -> Event {
        let losses = BTreeMap::from([("loss".to_owned(), loss)]);
        let (images, seconds) = (step * 8, step as f64 / 2.0);
        Event::Step { step, images, seconds, step_ms: 1.0, images_per_second: 16.0, losses }
    }

    #[test]
    fn a_run_that_has_told_nothing_yet_has_a_history() {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path());
        let history = History::read(folder.path()).unwrap();
        assert_eq!((history.state.as_str(), history.last(), &history.sheet), ("unfinished", None, &None));
        assert!(history.last_losses().is_empty() && history.images_per_second() == 0.0);
        assert!(History::read(&folder.path().join("nowhere")).is_err());
    }

    #[test]
    fn looks_stand_where_the_training_stood_and_a_torn_line_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path());
        let mut events = Events::open(&run.events_path()).unwrap();
        let measures = BTreeMap::from([("diversity".to_owned(), 0.2)]);
        for event in [step(1, 9.0), step(50, 1.0), Event::Watch { step: 50, measures }, step(100, 0.5)] {
            events.write(&event).unwrap();
        }
        let mut text = fs::read(run.events_path()).unwrap();
        text.extend_from_slice(b"{\"event\":\"end\",\"st");
        fs::write(run.events_path(), text).unwrap();
        let history = History::read(folder.path()).unwrap();
        assert_eq!((history.looks[0].images, history.looks[0].seconds), (400, 25.0));
        assert_eq!((history.state.as_str(), history.images_per_second()), ("unfinished", 16.0));
        assert_eq!(history.last_losses()["loss"], 0.5);
    }

    #[test]
    fn the_newest_sheet_is_no_sheet_of_reconstructions() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path());
        for name in ["000001.000k.png", "000002.000k.png", "000002.000k-reconstructions.png", "notes.txt"] {
            fs::write(run.path().join("samples").join(name), b"").unwrap();
        }
        let sheet = History::read(folder.path()).unwrap().sheet.unwrap();
        assert!(sheet.ends_with("samples/000002.000k.png"), "{sheet:?}");
    }
}
