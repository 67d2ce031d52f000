//! Painted pictures on their way into files: their names, their recipes, and nothing overwritten.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use impasto_data::Picture;
use impasto_system::{Existing, Monitor, Stage, Unit, Warning, WarningKind, make_room};

use super::{How, Order, SampleReport, SampledFile};
use crate::error::{Error, Hint, Result};
use crate::jobs::RunUsed;
use crate::paint::{AT_ONCE, Painter, Point};
use crate::picture::{
    ContactSheet, Kind, PictureRecipe, check_free, is_picture_file, write_painting, write_paintings,
};
use crate::steer::{Source, remember};

/// The longest class in a name, in bytes: systems refuse names of more than 255.
const LONGEST: usize = 80;

/// What is painted, and how the files are called.
pub(super) struct Writer<'a> {
    pub(super) painter: &'a Painter,
    pub(super) order: &'a Order,
    /// The class that was asked for: it stands in the names.
    pub(super) class: Option<&'a str>,
    pub(super) force: bool,
}

impl Writer<'_> {
    /// Paints into a folder, or into one file.
    pub(super) fn write(&self, target: &Path, monitor: &mut dyn Monitor) -> Result<SampleReport> {
        let paths = self.paths(target);
        // All of them before any is painted: a refusal leaves nothing half done.
        refuse_twice(&paths)?;
        paths.iter().try_for_each(|path| check_free(path, self.force))?;
        paths.first().map_or(Ok(()), |path| make_room(path))?;
        let outputs = match self.order.sheet {
            Some(columns) => self.write_sheet(&paths[0], columns, monitor)?,
            None => self.write_each(&paths, monitor)?,
        };
        let asked = self.order.sources.len();
        let left = asked - outputs.iter().map(|file| file.pictures).sum::<usize>();
        if left > 0 {
            let sentence = format!("stopped: {left} of {asked} pictures are left");
            monitor.warn(&Warning::new(WarningKind::Incomplete, sentence));
        }
        Ok(SampleReport { run: RunUsed::of(self.painter), outputs, left })
    }

    fn paths(&self, target: &Path) -> Vec<PathBuf> {
        match self.order.sheet {
            _ if is_picture_file(target) => vec![target.to_path_buf()],
            Some(_) => vec![target.join("sheet.png")],
            None => self.order.sources.iter().map(|source| target.join(self.name(source))).collect(),
        }
    }

    /// `000007.png`, `face.png`, or `sunflower-000007.png`.
    fn name(&self, source: &Source) -> String {
        let name = match source {
            Source::Seed(seed) => format!("{seed:06}"),
            Source::File(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        };
        match self.class {
            Some(class) => {
                let safe = |letter: char| if letter.is_alphanumeric() { letter } else { '-' };
                let class: String = class.chars().map(safe).collect();
                format!("{}-{name}.png", &class[..class.floor_char_boundary(LONGEST)])
            }
            None => format!("{name}.png"),
        }
    }

    fn write_each(&self, paths: &[PathBuf], monitor: &mut dyn Monitor) -> Result<Vec<SampledFile>> {
        let sources = &self.order.sources;
        let mut files = Vec::with_capacity(sources.len());
        for (paths, some) in paths.chunks(AT_ONCE).zip(sources.chunks(AT_ONCE)) {
            let points = self.points(files.len(), some, monitor)?;
            let painted = self.painter.paint(&points)?;
            let recipes: Vec<PictureRecipe> =
                some.iter().zip(&points).map(|(source, point)| self.recipe(source, point)).collect();
            let paintings: Vec<_> = paths
                .iter()
                .zip(&painted)
                .zip(&recipes)
                .map(|((path, picture), recipe)| (path.as_path(), picture, recipe))
                .collect();
            write_paintings(&paintings, Existing::forced(self.force))?;
            files.extend(paths.iter().zip(some).zip(recipes).map(|((path, source), recipe)| SampledFile {
                path: path.display().to_string(),
                seed: recipe.seed,
                from: from(source),
                class: recipe.class,
                pictures: 1,
            }));
            if !monitor.count(Stage::Sampling, Unit::Pictures, files.len(), sources.len()) {
                break;
            }
        }
        Ok(files)
    }

    fn write_sheet(
        &self,
        path: &Path,
        columns: usize,
        monitor: &mut dyn Monitor,
    ) -> Result<Vec<SampledFile>> {
        let sources = &self.order.sources;
        let points = self.points(0, sources, monitor)?;
        let recipe = self.recipe_of_sheet(columns, &points);
        write_painting(path, &self.sheet(&points, columns, monitor)?, &recipe, Existing::forced(self.force))?;
        let path = path.display().to_string();
        let from = from(&sources[0]);
        Ok(vec![SampledFile { path, seed: recipe.seed, from, class: recipe.class, pictures: sources.len() }])
    }

    /// All on one sheet; no more than a few pictures are kept beside it.
    fn sheet(&self, points: &[Point], columns: usize, monitor: &mut dyn Monitor) -> Result<Picture> {
        let mut sheet = None;
        for (number, some) in points.chunks(AT_ONCE).enumerate() {
            let painted = self.painter.paint(some)?;
            let sheet = sheet.get_or_insert_with(|| ContactSheet::new(&painted[0], points.len(), columns));
            painted.iter().for_each(|picture| sheet.add(picture));
            if !monitor.count(Stage::Sampling, Unit::Pictures, number * AT_ONCE + some.len(), points.len())
                && number * AT_ONCE + some.len() < points.len()
            {
                return Err(Error::cancelled("stopped before the sheet was painted"));
            }
        }
        sheet.map(ContactSheet::picture).ok_or_else(|| Error::usage("a sheet of no pictures was asked for"))
    }

    /// The points of some sources, of which the first stands at this place of the order.
    fn points(&self, place: usize, some: &[Source], monitor: &mut dyn Monitor) -> Result<Vec<Point>> {
        match &self.order.how {
            How::Steered(steered) if self.order.held.is_empty() => {
                some.iter().map(|source| steered.point(source, self.painter, monitor)).collect()
            }
            _ => Ok(self.order.held[place..place + some.len()].to_vec()),
        }
    }

    /// What one picture carries.
    fn recipe(&self, source: &Source, point: &Point) -> PictureRecipe {
        let steered = match &self.order.how {
            How::Again(recipe) => return (**recipe).clone(),
            How::Steered(steered) => steered,
        };
        let mut recipe = self.painter.picture_recipe(Kind::Sample, seed(source), None, steered.taste);
        if let Some(words) = steered.words(source) {
            remember(&mut recipe, &words, std::slice::from_ref(point));
            recipe.class = self.painter.class_words(&point.classes);
        }
        recipe.class = steered.class.clone().or(recipe.class);
        recipe
    }

    /// What a sheet carries.
    fn recipe_of_sheet(&self, columns: usize, points: &[Point]) -> PictureRecipe {
        let steered = match &self.order.how {
            How::Again(recipe) => return (**recipe).clone(),
            How::Steered(steered) => steered,
        };
        let first = &self.order.sources[0];
        let mut recipe = self.painter.picture_recipe(Kind::Sheet, seed(first), None, steered.taste);
        recipe.class = steered.class.clone();
        recipe.extra.insert("count".into(), points.len().into());
        recipe.extra.insert("columns".into(), columns.into());
        if let Some(words) = steered.words(first) {
            let words = if points.len() > 1 { format!("{words} (the first)") } else { words };
            remember(&mut recipe, &words, points);
        }
        recipe
    }
}

/// The seed in a recipe; 0 where no seed named the point.
fn seed(source: &Source) -> u64 {
    match source {
        Source::Seed(seed) => *seed,
        Source::File(_) => 0,
    }
}

/// The file that a picture comes from, if it does from one.
fn from(source: &Source) -> Option<String> {
    match source {
        Source::Seed(_) => None,
        Source::File(path) => Some(path.display().to_string()),
    }
}

/// Two latents of one name would be painted over each other.
fn refuse_twice(paths: &[PathBuf]) -> Result<()> {
    let mut seen = BTreeSet::new();
    match paths.iter().find(|path| !seen.insert(*path)) {
        Some(path) => {
            let sentence =
                format!("two of the pictures would be called {}: paint them one by one", path.display());
            Err(Error::usage(sentence).hint(Hint::set("have both on a sheet", "sheet", None)))
        }
        None => Ok(()),
    }
}
