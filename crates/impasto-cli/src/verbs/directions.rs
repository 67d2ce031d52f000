//! `impasto directions`: axes along which a run's pictures change, found without labels, shown, and named.

use std::path::{Path, PathBuf};

use clap::Args;
use impasto::error::{Error, Result};
use impasto::paint::{Painter, Point, Taste};
use impasto::picture::{Kind, PictureError, check_free, contact_sheet, write_painting};
use impasto::run::Run;
use impasto::shell::Command;
use impasto::steer::{Directions, Levels, Method, SteerError, Wish, moved, remember};
use impasto_system::{Existing, make_room};
use serde::Serialize;

use crate::console::Console;
use crate::painting::{self, Brush};
use crate::steering::{Class, Way};
use crate::voice::Voice;
use crate::words::{counted, named, table};

/// Find what can be turned in a run's pictures: axes, shown on a sheet, to be named and moved along
///
/// The first time it looks for axes, keeps them in the run's folder (directions.json) and paints a sheet: each row is an
/// axis, each column a step along it, from -3 to +3. After that it lists them. Move along them with `impasto sample RUN
/// --move axis3=+2`, by number or by the name that you give them.
#[derive(Debug, Args)]
#[command(name = "directions", after_help = EXAMPLES)]
pub(crate) struct DirectionsVerb {
    /// The run
    run: PathBuf,
    /// Give an axis a name
    #[arg(long = "name", value_name = "AXIS=NAME", value_delimiter = ',', conflicts_with_all = ["method", "count"])]
    names: Vec<String>,
    /// How to look: closed-form takes the weights alone, pca what they make of 2048 latents [default: closed-form, where
    /// the model allows it]
    #[arg(long, value_parser = ["closed-form", "pca"])]
    method: Option<String>,
    /// How many axes, up to 64 [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    count: Option<u8>,
    /// The seed whose picture is moved on the sheet
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The class of that picture (else the seed's)
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// The sheet [default: RUN/directions.png when axes are found, or listed and it is missing; else none]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Look again, and put what is found in the place of the old axes, their names and RUN/directions.png
    #[arg(long, conflicts_with = "names")]
    again: bool,
    /// Overwrite the sheet
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    brush: Brush,
}

const EXAMPLES: &str = "\
Examples:
  impasto directions runs/mine                           find 8 axes, or list those that are known
  impasto directions runs/mine --name axis3=smile
  impasto directions runs/mine --seed 12 --out 12.png    the same axes on another picture
  impasto directions runs/mine --method pca --count 12 --again
  impasto sample runs/mine --seed 12 --count 1 --move smile=+2";

/// Steps to each side on the sheet.
const STEPS: i32 = 3;
const COUNT: u8 = 8;
const SHEET: &str = "directions.png";

/// The axes as they are.
#[derive(Debug, Serialize)]
struct Told {
    run: String,
    path: String,
    method: &'static str,
    checkpoint: String,
    /// Whether the run's weights are others by now.
    stale: bool,
    sheet: Option<String>,
    axes: Vec<ToldAxis>,
}

#[derive(Debug, Serialize)]
struct ToldAxis {
    number: usize,
    name: Option<String>,
    share: f64,
    deviation: f64,
}

impl DirectionsVerb {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let run = Run::open(&self.run)?;
        let known = if self.again { None } else { Directions::of(&run)? };
        if known.is_some() && (self.method.is_some() || self.count.is_some()) {
            return Err(self.known(&run));
        }
        if known.is_none() && !self.names.is_empty() {
            return Err(SteerError::NoDirections { run: self.run.clone() }.into());
        }
        let painter = self.brush.open(&self.run, voice)?;
        let class = Class::of(self.class.as_deref(), &painter)?;
        let sheet = self.sheet(known.is_some());
        if let Some(sheet) = &sheet {
            self.refuse_existing(sheet)?;
        }
        let is_new = known.is_none();
        let directions = match known {
            Some(known) => self.called(known)?,
            None => self.find(&painter)?,
        };
        let stale = directions.staleness(&painter);
        stale.iter().for_each(|stale| voice.uncertain(stale));
        if let Some(sheet) = &sheet {
            self.paint(&painter, &directions, class, sheet, voice)?;
        }
        // Last of all: what fails before leaves the axes and names that are there.
        if is_new || !self.names.is_empty() {
            directions.write(&run)?;
        }
        if is_new {
            voice.note(&format!("kept in {}", Directions::path(&run).display()));
        }
        let told = self.told(&run, &directions, stale.is_some(), sheet);
        voice.result(&told, &in_words(&told, &directions, &self.run))
    }

    /// Where the sheet goes, if one is wanted.
    fn sheet(&self, is_known: bool) -> Option<PathBuf> {
        let usual = self.run.join(SHEET);
        let is_wanted = !is_known || self.names.is_empty() && !usual.exists();
        self.out.clone().or_else(|| is_wanted.then_some(usual))
    }

    /// The axes with the names that they are given.
    fn called(&self, mut directions: Directions) -> Result<Directions> {
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

    fn known(&self, run: &Run) -> Error {
        Error::usage(format!(
            "axes are known already ({}): --again finds others and forgets the names of these",
            Directions::path(run).display()
        ))
    }

    /// Looks for axes.
    fn find(&self, painter: &Painter) -> Result<Directions> {
        let method = self.method.as_deref().map(|name| match name {
            "pca" => Method::Pca,
            _ => Method::ClosedForm,
        });
        Ok(Directions::find(painter, method, usize::from(self.count.unwrap_or(COUNT)))?)
    }

    fn refuse_existing(&self, path: &Path) -> Result<(), PictureError> {
        // The sheet in the run's folder belongs to the axes that go.
        check_free(path, self.force || self.again && self.out.is_none())
    }

    /// Paints each axis in a row.
    fn paint(
        &self,
        painter: &Painter,
        directions: &Directions,
        class: Option<Class>,
        out: &Path,
        voice: &Voice,
    ) -> Result<()> {
        directions.check(painter)?;
        let way = Way::new(painter, class, Taste::default(), Wish::default(), voice)?;
        let source = impasto::steer::Source::Seed(self.seed);
        let start = way.point(&source, painter, voice)?;
        let levels = painter.skill()?.levels();
        let step = |axis, by: i32| moved(&start, axis, f64::from(by), Levels::default(), levels);
        let row = |axis| (-STEPS..=STEPS).map(move |by| step(axis, by));
        let points: Vec<Point> = directions.axes.iter().flat_map(row).collect();
        make_room(out)?;
        let mut console = Console::new(voice);
        let painted = painting::paint(painter, &points, &mut console);
        console.finish();
        let columns = 2 * STEPS as usize + 1;
        let mut recipe = painter.picture_recipe(Kind::Sheet, self.seed, None, way.taste);
        recipe.class = painter.class_words(&start.classes);
        recipe.extra.insert("count".into(), points.len().into());
        recipe.extra.insert("columns".into(), columns.into());
        let titles: Vec<String> = (0..directions.axes.len()).map(|place| directions.title(place)).collect();
        let words = format!("seed {} from -{STEPS} to +{STEPS} along {}", self.seed, titles.join(", "));
        remember(&mut recipe, &words, &points);
        Ok(write_painting(out, &contact_sheet(&painted?, columns), &recipe, Existing::Replace)?)
    }

    fn told(&self, run: &Run, directions: &Directions, stale: bool, sheet: Option<PathBuf>) -> Told {
        let axis = |(place, axis): (usize, &impasto::steer::Axis)| ToldAxis {
            number: place + 1,
            name: axis.name.clone(),
            share: axis.share,
            deviation: axis.deviation,
        };
        Told {
            run: self.run.display().to_string(),
            path: Directions::path(run).display().to_string(),
            method: directions.method.name(),
            checkpoint: directions.checkpoint.clone(),
            stale,
            sheet: sheet.map(|sheet| sheet.display().to_string()),
            axes: directions.axes.iter().enumerate().map(axis).collect(),
        }
    }
}

fn in_words(told: &Told, directions: &Directions, run: &Path) -> String {
    let head =
        format!("{} by {} in {}", counted(told.axes.len(), "axis", "axes"), told.method, named(&told.path));
    let share = |share: f64| format!("{:.1} % of what latents do", 100.0 * share);
    let row = |axis: &ToldAxis| {
        let title = directions.title(axis.number - 1);
        vec![format!("  {}", axis.number), title, share(axis.share)]
    };
    let rows = table(&told.axes.iter().map(row).collect::<Vec<_>>());
    let sheet = told.sheet.as_ref().map_or_else(String::new, |sheet| {
        format!("\n\n{}: a row for each axis, from -{STEPS} to +{STEPS} in steps of its spread", named(sheet))
    });
    let name = Command::new("directions").path(run).with("--name", "axis1=WORD");
    let sample = Command::new("sample").path(run).with("--count", 1);
    let sample = sample.with("--move", format!("{}=+2", directions.title(0))).with("--out", "moved.png");
    format!("{head}\n{rows}{sheet}\n\nnext:\n  {name}\n  {sample}")
}
