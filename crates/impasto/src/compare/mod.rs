//! Several runs side by side: where each one stands, which settings differ, and a page with their curves and sheets.
//!
//! Runs of different recipes have different losses; what one has and another doesn't is left open, never made up.

mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

pub use page::page;

use crate::run::{Best, History, Raised, Remedied, RunError, finite_or_word};

/// Runs and what was compared of them.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// The runs, in the order in which they were named.
    pub runs: Vec<Compared>,
    /// Settings that are not the same in all: for each run its value, null where it has no such setting.
    pub settings: BTreeMap<String, Vec<Value>>,
}

/// Some of a run's figures by name.
pub type Figures = fn(&Compared) -> &BTreeMap<String, f64>;

/// Losses, and measures.
pub const FIGURES: [Figures; 2] = [|run| &run.losses, |run| &run.measures];

/// One of the runs.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// A name that no other of the runs has.
    pub name: String,
    /// The folder.
    pub run: PathBuf,
    /// The recipe's name.
    pub recipe: String,
    /// How the training ended, or "unfinished".
    pub state: String,
    /// Steps done.
    pub steps: u64,
    /// Pictures seen.
    pub images: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Pictures in a second over the whole training.
    pub images_per_second: f64,
    /// Means over the last tenth of what was told.
    #[serde(serialize_with = "finite_or_word")]
    pub losses: BTreeMap<String, f64>,
    /// The last ones.
    #[serde(serialize_with = "finite_or_word")]
    pub measures: BTreeMap<String, f64>,
    /// What was wrong.
    pub alarms: Vec<Raised>,
    /// What was done about it.
    pub remedies: Vec<Remedied>,
    /// The best checkpoint, where they were judged.
    pub best: Option<Best>,
    /// The newest sheet.
    pub sheet: Option<PathBuf>,
    /// Everything over time.
    pub curves: Curves,
    #[serde(skip)]
    reals: Option<PathBuf>,
}

/// A run over time; numbers that aren't finite are null in JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Curves {
    /// Pictures seen, for losses and speed.
    pub images: Vec<u64>,
    /// Seconds of training, likewise.
    pub seconds: Vec<f64>,
    /// Pictures in a second.
    pub images_per_second: Vec<f64>,
    /// By name; NaN where a loss was not told.
    pub losses: BTreeMap<String, Vec<f64>>,
    /// Pictures seen, for measures.
    pub measured_images: Vec<u64>,
    /// Seconds of training, likewise.
    pub measured_seconds: Vec<f64>,
    /// By name; NaN where it was not measured.
    pub measures: BTreeMap<String, Vec<f64>>,
}

impl Comparison {
    /// Reads the runs in these folders; changes nothing.
    pub fn read(paths: &[PathBuf]) -> Result<Self, RunError> {
        let histories: Vec<History> =
            paths.iter().map(|path| History::read(path)).collect::<Result<_, _>>()?;
        let names = names(&histories);
        let settings = differing(&histories);
        let runs = histories.into_iter().zip(names).map(|(history, name)| Compared::new(history, name));
        Ok(Self { runs: runs.collect(), settings })
    }

    /// The names of all losses or measures that any of the runs has.
    pub fn names_of(&self, figures: Figures) -> BTreeSet<&String> {
        self.runs.iter().flat_map(|run| figures(run).keys()).collect()
    }
}

impl Compared {
    fn new(history: History, name: String) -> Self {
        let last = history.last().cloned();
        Self {
            name,
            recipe: history.about.recipe.clone(),
            steps: last.as_ref().map_or(0, |last| last.step),
            images: last.as_ref().map_or(0, |last| last.images),
            seconds: last.as_ref().map_or(0.0, |last| last.seconds),
            images_per_second: history.images_per_second(),
            losses: history.last_losses(),
            measures: history.last_measures(),
            curves: Curves::of(&history),
            run: history.path,
            state: history.state,
            alarms: history.alarms,
            remedies: history.remedies,
            best: history.best,
            sheet: history.sheet,
            reals: history.reals,
        }
    }
}

impl Curves {
    fn of(history: &History) -> Self {
        let (moments, looks) = (&history.moments, &history.looks);
        Self {
            images: moments.iter().map(|one| one.images).collect(),
            seconds: moments.iter().map(|one| one.seconds).collect(),
            images_per_second: moments.iter().map(|one| one.images_per_second).collect(),
            losses: columns(moments.iter().map(|one| &one.losses)),
            measured_images: looks.iter().map(|one| one.images).collect(),
            measured_seconds: looks.iter().map(|one| one.seconds).collect(),
            measures: columns(looks.iter().map(|one| &one.measures)),
        }
    }
}

fn columns<'a>(rows: impl Iterator<Item = &'a BTreeMap<String, f64>> + Clone) -> BTreeMap<String, Vec<f64>> {
    let names: BTreeSet<&String> = rows.clone().flat_map(BTreeMap::keys).collect();
    let column = |name: &String| rows.clone().map(|row| row.get(name).copied().unwrap_or(f64::NAN)).collect();
    names.into_iter().map(|name| (name.clone(), column(name))).collect()
}

/// Folder names; where two are the same, the whole paths; where those are, a number.
fn names(histories: &[History]) -> Vec<String> {
    let mut names: Vec<String> = histories.iter().map(History::name).collect();
    if has_equals(&names) {
        names = histories.iter().map(|history| history.path.display().to_string()).collect();
    }
    let plain = names.clone();
    for (place, name) in names.iter_mut().enumerate() {
        let before = plain[..place].iter().filter(|one| *one == name).count();
        if before > 0 {
            *name = format!("{name} ({})", before + 1);
        }
    }
    names
}

fn has_equals(names: &[String]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() < names.len()
}

fn differing(histories: &[History]) -> BTreeMap<String, Vec<Value>> {
    let keys: BTreeSet<&String> = histories.iter().flat_map(|history| history.config.keys()).collect();
    let values = |key: &String| histories.iter().map(|history| json!(history.config.get(key))).collect();
    let all = keys.into_iter().map(|key| (key.clone(), values(key)));
    all.filter(|(_, values): &(String, Vec<Value>)| values.iter().any(|value| *value != values[0])).collect()
}

/// No sheet of a run is larger.
const LARGEST_PICTURE: u64 = 64 << 20;

/// The file of a picture that can be shown: a whole PNG.
fn png_at(path: Option<&Path>) -> Option<Vec<u8>> {
    let path = path?;
    crate::picture::read_png(path).ok()?;
    impasto_system::read_bounded(path, LARGEST_PICTURE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(path: &str, config: &str) -> History {
        History { path: path.into(), config: config.parse().unwrap(), ..History::default() }
    }

    #[test]
    fn every_run_has_a_name_of_its_own() {
        let names_of =
            |paths: &[&str]| names(&paths.iter().map(|path| history(path, "")).collect::<Vec<_>>());
        assert_eq!(names_of(&["runs/a", "runs/b"]), ["a", "b"]);
        assert_eq!(names_of(&["old/a", "new/a"]), ["old/a", "new/a"]);
        assert_eq!(names_of(&["runs/a", "runs/a", "runs/a"]), ["runs/a", "runs/a (2)", "runs/a (3)"]);
    }

    #[test]
    fn only_settings_that_differ_are_told_and_missing_ones_are_null() {
        let runs = [history("a", "rate = 0.1\nsize = 8\nlatent = 2"), history("b", "rate = 0.2\nsize = 8")];
        let settings = differing(&runs);
        assert_eq!(settings.keys().collect::<Vec<_>>(), ["latent", "rate"]);
        assert_eq!(settings["latent"], [json!(2), Value::Null]);
        assert!(differing(&runs[..1]).is_empty());
    }

    #[test]
    fn what_was_not_told_is_a_gap() {
        let row = |name: &str| BTreeMap::from([(name.to_owned(), 1.0)]);
        let rows = [row("a"), row("b")];
        let columns = columns(rows.iter());
        assert!(columns["a"][0] == 1.0 && columns["a"][1].is_nan() && columns["b"][0].is_nan());
    }
}
