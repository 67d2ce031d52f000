//! Points that no seed names, kept whole: in `.latent` files, and in the recipes of pictures.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{SteerError, hex};
use crate::paint::{Painter, Point, Taste};
use crate::picture::{Kind, PictureRecipe, read_recipe};
use crate::recipe::Prior;
use impasto_system::{Existing, FileError, Monitor, Warning, WarningKind, read_bounded, write_atomically};

/// The key of the points among what a picture's recipe also holds.
pub const POINTS: &str = "points";
/// The key of the words that say how they were come by.
pub const STEERED: &str = "steered";

const LARGEST: u64 = 64 << 20;

/// A point as text, every bit of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StoredPoint {
    /// The latent, or one for each level: eight hexadecimal digits for a number.
    pub latents: Vec<String>,
    /// The weights of the classes, in the same way; empty for a model without classes.
    #[serde(default)]
    pub classes: String,
}

impl From<&Point> for StoredPoint {
    fn from(point: &Point) -> Self {
        let latents = match &point.levels[..] {
            [] => vec![hex::written(&point.latent)],
            levels => levels.iter().map(|latent| hex::written(latent)).collect(),
        };
        Self { latents, classes: hex::written(&point.classes) }
    }
}

impl StoredPoint {
    /// The point; an error in words where it is damaged.
    pub fn point(&self) -> Result<Point, String> {
        let latents: Option<Vec<Vec<f32>>> = self.latents.iter().map(|latent| hex::read(latent)).collect();
        let (latents, classes) = latents.zip(hex::read(&self.classes)).ok_or("its numbers are damaged")?;
        let latent = latents.first().filter(|latent| !latent.is_empty()).ok_or("it holds no latent")?.clone();
        let levels = if latents.len() > 1 { latents } else { Vec::new() };
        Ok(Point { latent, classes, levels })
    }
}

/// Notes in a recipe what its picture, or each picture of a sheet, was painted from, and in words how it was steered.
pub fn remember(recipe: &mut PictureRecipe, words: &str, points: &[Point]) {
    let stored: Vec<StoredPoint> = points.iter().map(StoredPoint::from).collect();
    recipe.extra.insert(STEERED.into(), words.into());
    // Nothing but strings in lists: there is nothing to fail.
    recipe.extra.insert(POINTS.into(), serde_json::to_value(stored).unwrap_or_default());
}

/// The points that a recipe holds for a model; none where seeds name them.
pub fn remembered(recipe: &PictureRecipe, painter: &Painter) -> Result<Option<Vec<Point>>, String> {
    let Some(points) = recipe.extra.get(POINTS) else { return Ok(None) };
    let stored = Vec::<StoredPoint>::deserialize(points).map_err(|error| error.to_string())?;
    let point = |stored: &StoredPoint| stored.point().and_then(|point| fitting(point, painter));
    stored.iter().map(point).collect::<Result<_, _>>().map(Some)
}

/// The point, if the model can paint it.
fn fitting(point: Point, painter: &Painter) -> Result<Point, String> {
    let skill = painter.skill().map_err(|error| error.to_string())?;
    let (size, levels, classes) = (skill.latent_size(), skill.levels(), painter.classes().len());
    if [&point.latent].into_iter().chain(&point.levels).any(|latent| latent.len() != size) {
        return Err(format!("its latent has {} numbers, and the model wants {size}", point.latent.len()));
    }
    if !point.levels.is_empty() && point.levels.len() != levels {
        return Err(format!("it has {} levels, and the model has {levels}", point.levels.len()));
    }
    if point.classes.len() != classes {
        return Err(format!("it knows {} classes, and the model {classes}", point.classes.len()));
    }
    Ok(point)
}

/// A `.latent` file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LatentFile {
    /// "latent": what kind of file it is.
    pub impasto: String,
    /// The version of Impasto.
    pub version: String,
    /// The run's id.
    pub run: String,
    /// The hash of the weights that it was found for.
    pub checkpoint: String,
    /// Pictures seen in training up to those.
    pub images: u64,
    /// The name of the model's recipe.
    pub recipe: String,
    /// The name of the picture that it repaints.
    pub source: String,
    /// The classes that were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// How near it came, as a PSNR in decibels.
    pub psnr: f64,
    /// How near it came in features, and of what.
    pub distance: f64,
    /// The network that saw that distance.
    pub eye: String,
    /// The point.
    pub point: StoredPoint,
}

const KIND: &str = "latent";

impl LatentFile {
    /// A file for a point of this painter; the rest is for the caller to fill in.
    pub fn new(painter: &Painter, point: &Point) -> Self {
        Self {
            impasto: KIND.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run: painter.run().about().id.clone(),
            checkpoint: painter.weights_hash().to_owned(),
            images: painter.images(),
            recipe: painter.config().common.recipe.clone(),
            point: StoredPoint::from(point),
            ..Self::default()
        }
    }

    /// Reads one.
    pub fn read(path: &Path) -> Result<Self, SteerError> {
        let not_one = |why: String| SteerError::NotALatent { path: path.to_path_buf(), why };
        match () {
            () if path.is_dir() => return Err(not_one("it is a folder".into())),
            () if !path.exists() => return Err(not_one("there is no such file".into())),
            () => {}
        }
        let bytes = read_bounded(path, LARGEST)?;
        let file: Self = serde_json::from_slice(&bytes).map_err(|error| not_one(error.to_string()))?;
        if file.impasto == KIND { Ok(file) } else { Err(not_one("it says nothing of a latent".into())) }
    }

    /// Writes it, wholly or not at all.
    pub fn write(&self, path: &Path, existing: Existing) -> Result<(), SteerError> {
        let json = serde_json::to_vec_pretty(self).map_err(std::io::Error::from);
        Ok(write_atomically(path, &json.map_err(FileError::at("write", path))?, existing)?)
    }

    /// Its point, for a painter of the same run; that its weights are others is a warning.
    pub fn open(path: &Path, painter: &Painter, monitor: &mut dyn Monitor) -> Result<Point, SteerError> {
        let file = Self::read(path)?;
        check_origin(path, [&file.run, &file.checkpoint], painter, monitor)?;
        let point = file.point.point().and_then(|point| fitting(point, painter));
        point.map_err(|why| SteerError::NotALatent { path: path.to_path_buf(), why })
    }
}

/// The point that a picture was painted from, for a painter of the same run: its seed's, or the one that it holds.
pub(super) fn of_picture(
    path: &Path,
    painter: &Painter,
    monitor: &mut dyn Monitor,
) -> Result<Point, SteerError> {
    let not_one = |why: String| SteerError::NotALatent { path: path.to_path_buf(), why };
    let recipe = read_recipe(path).map_err(|error| not_one(error.to_string()))?;
    match recipe.kind {
        Kind::Sample => {}
        Kind::Made if recipe.extra.contains_key(POINTS) => {}
        Kind::Made => return Err(not_one("no run has painted it".into())),
        _ => return Err(not_one("it holds more than one picture".into())),
    }
    check_origin(path, [&recipe.run, &recipe.checkpoint], painter, monitor)?;
    if let Some(points) = remembered(&recipe, painter).map_err(not_one)? {
        return points.into_iter().next().ok_or_else(|| not_one("it holds no latent".into()));
    }
    let prior = if recipe.prior == Prior::Plain.name() { Prior::Plain } else { Prior::Fitted };
    let mut point = painter.point(recipe.seed, None, Taste { truncation: recipe.truncation, prior })?;
    if let Some(class) = &recipe.class {
        point.classes = painter.class_weights(class)?;
    }
    Ok(point)
}

/// Refuses what is of another run; that it is of other weights of this one is told.
fn check_origin(
    path: &Path,
    [run, checkpoint]: [&String; 2],
    painter: &Painter,
    monitor: &mut dyn Monitor,
) -> Result<(), SteerError> {
    let ours = &painter.run().about().id;
    if run != ours {
        let (theirs, ours) = (run.clone(), ours.clone());
        let (path, run) = (path.to_path_buf(), painter.run().path().to_path_buf());
        return Err(SteerError::OtherRun { path, theirs, ours, run });
    }
    if checkpoint != painter.weights_hash() {
        let sentence = format!(
            "{} is of other weights of this run ({checkpoint}) than these ({}): it will not paint quite the same",
            path.display(),
            painter.weights_hash(),
        );
        monitor.warn(&Warning::new(WarningKind::Uncertain, sentence));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_back_to_the_bit() {
        let plain = Point::new(vec![0.1, -2.5e-9], vec![0.3, 0.7]);
        let levels = vec![vec![1.0, 2.0], vec![0.1, 0.2], vec![3.0, -0.0]];
        let fine = Point { latent: levels[0].clone(), classes: vec![], levels };
        for point in [plain, fine] {
            let stored = StoredPoint::from(&point);
            let json = serde_json::to_string(&stored).unwrap();
            assert_eq!(serde_json::from_str::<StoredPoint>(&json).unwrap().point().unwrap(), point);
        }
    }

    #[test]
    fn garbage_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.latent");
        for garbage in ["", "seed 7", "{}", "[1, 2]", r#"{"impasto": "latent", "psnr": "much"}"#] {
            std::fs::write(&path, garbage).unwrap();
            let told = LatentFile::read(&path).unwrap_err().to_string();
            assert!(
                told.contains("a.latent") && told.contains("give a seed, a .latent file"),
                "{garbage}: {told}"
            );
        }
        for (path, why) in [(folder.path().to_path_buf(), "a folder"), (path.join("b"), "no such file")] {
            let told = LatentFile::read(&path).unwrap_err().to_string();
            assert!(told.contains(why) && told.contains("give a seed"), "{told}");
        }
        for (latents, classes) in
            [(vec![], ""), (vec![""], ""), (vec!["7fc00000"], ""), (vec!["3f800000"], "3")]
        {
            let latents = latents.into_iter().map(str::to_owned).collect();
            let stored = StoredPoint { latents, classes: classes.to_owned() };
            assert!(stored.point().is_err(), "{stored:?}");
        }
    }
}
