//! Axes along which a run's pictures change, found without labels, shown, and named.

use std::path::{Path, PathBuf};

use impasto_system::{Existing, Monitor, Warning, WarningKind, make_room};
use serde::{Deserialize, Serialize};

use super::steering::{Steering, paint};
use super::{Choice, Job, UseRun, Workshop};
use crate::error::{Error, Hint, Result};
use crate::paint::{Painter, Point};
use crate::picture::{Kind, check_free, contact_sheet, write_painting};
use crate::run::Run;
use crate::steer::{Axis, Directions, Levels, Method, Source, SteerError, moved, remember};

/// Find what can be changed in a run's pictures, show it, and name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectionsRequest {
    /// The run.
    pub run: UseRun,
    /// Names that axes are given: `axis3=smile`.
    #[serde(default)]
    pub names: Vec<String>,
    /// How to look; by itself in the weights alone, where the model allows it.
    #[serde(default)]
    pub method: Option<Method>,
    /// How many axes, up to 64; by itself 8.
    #[serde(default)]
    pub count: Option<usize>,
    /// The seed whose picture is moved on the sheet.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
    /// The class of that picture; by itself the seed's.
    #[serde(default)]
    pub class: Option<String>,
    /// The sheet; by itself `RUN/directions.png` when axes are found, or listed and it is missing; else none.
    #[serde(default)]
    pub out: Option<PathBuf>,
    /// Whether to look again, in the place of the axes that are known.
    #[serde(default)]
    pub again: bool,
    /// Whether the sheet may be overwritten.
    #[serde(default)]
    pub force: bool,
}

/// The axes as they are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DirectionsReport {
    /// The run.
    pub run: String,
    /// Where they are kept.
    pub path: String,
    /// Whether they were looked for now.
    pub is_new: bool,
    /// How they were looked for,
    pub method: &'static str,
    /// in these weights.
    pub checkpoint: String,
    /// Whether the run's weights are others by now.
    pub stale: bool,
    /// The sheet that was painted.
    pub sheet: Option<String>,
    /// All of them.
    pub axes: Vec<AxisReport>,
}

/// An axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AxisReport {
    /// Its number, from 1.
    pub number: usize,
    /// Its name, if it was given one.
    pub name: Option<String>,
    /// What it is called where it has to be named: its name, or `axis` and its number.
    pub title: String,
    /// Its share of the variation.
    pub share: f64,
    /// How far latents are usually spread along it.
    pub deviation: f64,
}

/// Steps to each side on the sheet.
pub const DIRECTION_STEPS: i32 = 3;
const COUNT: usize = 8;
const MOST: usize = 64;
const SHEET: &str = "directions.png";

impl Choice for Method {
    const ALL: &'static [Self] = &[Self::ClosedForm, Self::Pca];

    fn name(self) -> &'static str {
        Self::name(self)
    }

    fn about(self) -> &'static str {
        match self {
            Self::ClosedForm => "in the weights alone",
            Self::Pca => "in what the weights make of 2048 latents",
        }
    }
}

impl Job for DirectionsRequest {
    const NAME: &'static str = "directions";
    type Report = DirectionsReport;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let run = Run::open(&self.run.path)?;
        let known = if self.again { None } else { Directions::of(&run)? };
        self.check(&run, known.is_some())?;
        let painter = self.run.open(workshop, monitor)?;
        self.class.as_deref().map_or(Ok(()), |class| painter.class_weights(class).map(|_| ()))?;
        let sheet = self.sheet(known.is_some());
        if let Some(sheet) = &sheet {
            // The sheet in the run's folder belongs to the axes that go.
            check_free(sheet, self.force || self.again && self.out.is_none())?;
        }
        let is_new = known.is_none();
        let directions = match known {
            Some(known) => self.named(known)?,
            None => Directions::find(&painter, self.method, self.count.unwrap_or(COUNT))?,
        };
        let stale = directions.staleness(&painter);
        stale.iter().for_each(|stale| monitor.warn(&Warning::new(WarningKind::Uncertain, stale.clone())));
        if let Some(sheet) = &sheet {
            self.paint(&painter, &directions, sheet, monitor)?;
        }
        // Last of all: what fails before leaves the axes and names that are there.
        if is_new || !self.names.is_empty() {
            directions.write(&run)?;
        }
        Ok(self.report(&run, &directions, is_new, stale.is_some(), sheet))
    }
}

impl DirectionsRequest {
    fn check(&self, run: &Run, is_known: bool) -> Result<()> {
        if self.count.is_some_and(|count| !(1..=MOST).contains(&count)) {
            return Err(Error::usage(format!("count must be from 1 to {MOST}")));
        }
        if is_known && (self.method.is_some() || self.count.is_some()) {
            let sentence = format!("axes are known already ({})", Directions::path(run).display());
            let again = Hint::set("find others, which forgets the names of these", "again", None);
            return Err(Error::usage(sentence).hint(again));
        }
        if !is_known && !self.names.is_empty() {
            return Err(SteerError::NoDirections { run: self.run.path.clone() }.into());
        }
        Ok(())
    }

    /// Where the sheet goes, if one is wanted.
    fn sheet(&self, is_known: bool) -> Option<PathBuf> {
        let usual = self.run.path.join(SHEET);
        let is_wanted = !is_known || self.names.is_empty() && !usual.exists();
        self.out.clone().or_else(|| is_wanted.then_some(usual))
    }

    /// The axes with the names that they are given.
    fn named(&self, mut directions: Directions) -> Result<Directions> {
        for pair in &self.names {
            let Some((axis, name)) = pair.split_once('=') else {
                return Err(Error::usage(format!(
                    "\"{pair}\" names nothing: give an axis and its name, axis3=smile"
                )));
            };
            directions.call(axis.trim(), name.trim())?;
        }
        Ok(directions)
    }

    /// Paints each axis in a row.
    fn paint(
        &self,
        painter: &Painter,
        directions: &Directions,
        out: &Path,
        monitor: &mut dyn Monitor,
    ) -> Result<()> {
        directions.check(painter)?;
        let steered = Steering { class: self.class.clone(), ..Steering::default() }.open(painter, monitor)?;
        let start = steered.point(&Source::Seed(self.seed), painter, monitor)?;
        let levels = painter.skill()?.levels();
        let step = |axis, by: i32| moved(&start, axis, f64::from(by), Levels::default(), levels);
        let row = |axis| (-DIRECTION_STEPS..=DIRECTION_STEPS).map(move |by| step(axis, by));
        let points: Vec<Point> = directions.axes.iter().flat_map(row).collect();
        make_room(out)?;
        let painted = paint(painter, &points, monitor)?;
        let columns = 2 * DIRECTION_STEPS as usize + 1;
        let mut recipe = painter.picture_recipe(Kind::Sheet, self.seed, None, steered.taste);
        recipe.class = painter.class_words(&start.classes);
        recipe.extra.insert("count".into(), points.len().into());
        recipe.extra.insert("columns".into(), columns.into());
        let titles: Vec<String> = (0..directions.axes.len()).map(|place| directions.title(place)).collect();
        let words = format!(
            "seed {} from -{DIRECTION_STEPS} to +{DIRECTION_STEPS} along {}",
            self.seed,
            titles.join(", ")
        );
        remember(&mut recipe, &words, &points);
        Ok(write_painting(out, &contact_sheet(&painted, columns), &recipe, Existing::Replace)?)
    }

    fn report(
        &self,
        run: &Run,
        directions: &Directions,
        is_new: bool,
        stale: bool,
        sheet: Option<PathBuf>,
    ) -> DirectionsReport {
        let axis = |(place, axis): (usize, &Axis)| AxisReport {
            number: place + 1,
            name: axis.name.clone(),
            title: directions.title(place),
            share: axis.share,
            deviation: axis.deviation,
        };
        DirectionsReport {
            run: self.run.path.display().to_string(),
            path: Directions::path(run).display().to_string(),
            is_new,
            method: directions.method.name(),
            checkpoint: directions.checkpoint.clone(),
            stale,
            sheet: sheet.map(|sheet| sheet.display().to_string()),
            axes: directions.axes.iter().enumerate().map(axis).collect(),
        }
    }
}
