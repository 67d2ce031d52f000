//! A look at how a training goes: sheets of pictures, and cheap measures of their variety.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::Device;
use impasto_data::{Dataset, Picture};
use impasto_random::Random;
use impasto_system::Existing;
use serde_json::Value;

use super::TrainError;
use super::translations::Translations;
use crate::config::Config;
use crate::measure::{CollapseWatch, diversity, entropy_of_counts, picture_entropy, position_entropy};
use crate::paint::{nth_point, paint, pictures};
use crate::picture::{Kind, PictureRecipe, contact_sheet, square_columns, write_painting, write_png};
use crate::recipe::{Batch, Prior, Progress, Recipe, Skills, Translate};
use crate::run::{Run, images_name};

/// Pictures on a sheet; a few less where that many don't fill the last row.
const SHEET: usize = 64;
/// Pictures of each class that a look compares, where it is between classes that a recipe translates.
const OF_A_CLASS: usize = 128;
/// Pairs of a picture and its reconstruction on a sheet.
const PAIRS: usize = 32;

/// What stays the same from sheet to sheet, so that sheets can be compared.
pub(super) struct Look {
    reals: Vec<Picture>,
    batch: impasto_data::Batch,
    /// How many classes there are to paint; 0 without classes.
    classes: usize,
    /// Whether the pictures are held out: those of a recipe that translates, where there are such.
    held_out: bool,
    watch: CollapseWatch,
    /// Of the real ones, to stand beside those of painted ones.
    real: BTreeMap<String, f64>,
}

/// A sheet's path relative to the run folder, what was measured, and how paintings have collapsed, if they have.
type Seen = (String, BTreeMap<String, f64>, Option<String>);

impl Look {
    /// A look at all of the data, or at pictures that are held out, where some are named; at as many of each class, where
    /// that is asked for.
    pub(super) fn new(
        data: &Dataset,
        config: &Config,
        held_out: &[u32],
        by_class: bool,
    ) -> Result<Self, TrainError> {
        let mut random = Random::new(config.common.seed, "reals", 0);
        // With a class of which nothing is held out, there is nothing to compare.
        let held_out = if by_class && !has_each(data, held_out) { &[] } else { held_out };
        let mut chosen = match held_out {
            [] => random.permutation(data.len()),
            some => random.permutation(some.len()).iter().map(|&place| some[place as usize]).collect(),
        };
        match by_class {
            true => chosen = in_turns(&chosen, data.labels()),
            false => chosen.truncate(SHEET),
        }
        let batch = data.plain(&chosen)?;
        let reals: Vec<Picture> = (0..batch.count.min(SHEET)).map(|index| batch.picture(index)).collect();
        let classes = if config.common.conditional { data.classes().len() } else { 0 };
        let mut real = measures("real_", &reals);
        if !data.classes().is_empty() {
            let mut counts = vec![0; data.classes().len()];
            data.labels().iter().for_each(|&label| counts[label as usize] += 1);
            real.insert("real_class_entropy".into(), entropy_of_counts(&counts));
        }
        let watch = CollapseWatch::new(real["real_diversity"], real["real_position_entropy"]);
        Ok(Self { reals, batch, classes, held_out: !held_out.is_empty(), watch, real })
    }

    /// `reals.png`: real pictures, as the model sees them.
    pub(super) fn write_reals(&self, run: &Run) -> Result<(), TrainError> {
        Ok(write_png(&run.path().join("reals.png"), &grid(&self.reals), &[], Existing::Replace)?)
    }

    /// Paints the sheet (and reconstructions, where the recipe can) and measures it.
    pub(super) fn paint(
        &mut self,
        run: &Run,
        recipe: &dyn Recipe,
        at: Progress,
        device: &Device,
    ) -> Result<Seen, TrainError> {
        let Skills { paint: painter, encode, translate, .. } = recipe.skills();
        if let Some(skill) = translate {
            return self.translate(run, skill, at, device);
        }
        let Some(painter) = painter else { return Ok((String::new(), BTreeMap::new(), None)) };
        let point = |place| nth_point(painter, at.seed, "sheet", place, self.classes);
        let columns = self.columns();
        let count = columns * (SHEET / columns);
        let painted = paint(painter, &(0..count).map(point).collect::<Vec<_>>(), device);
        let whole = contact_sheet(&painted, columns);
        write_painting(&run.sample_path(at.images), &whole, &recipe_of(run, at), Existing::Replace)?;
        if let Some(encoder) = encode {
            let Batch { pictures: real, classes } = Batch::from_data(&self.batch, self.classes, device);
            let again = pictures(painter.paint(encoder.encode(real, classes.clone()), classes));
            let name = format!("{}-reconstructions.png", images_name(at.images));
            let pairs = self.reals.iter().zip(&again).take(PAIRS).flat_map(|(real, again)| [real, again]);
            let path = run.path().join("samples").join(name);
            write_painting(
                &path,
                &grid(&pairs.cloned().collect::<Vec<_>>()),
                &recipe_of(run, at),
                Existing::Replace,
            )?;
        }
        let mut seen = measures("", &painted);
        let collapse = self.watch.look(seen["diversity"], seen["position_entropy"]);
        seen.extend(self.real.clone());
        Ok((format!("samples/{}.png", images_name(at.images)), seen, collapse))
    }

    /// What the model makes of the pictures, and how far that is from what it should make.
    pub(super) fn translations(&self, skill: &dyn Translate, seed: u64, device: &Device) -> Translations {
        Translations::of(skill, &self.batch, self.classes, seed, device)
    }

    fn translate(
        &self,
        run: &Run,
        skill: &dyn Translate,
        at: Progress,
        device: &Device,
    ) -> Result<Seen, TrainError> {
        let made = self.translations(skill, at.seed, device);
        write_painting(&run.sample_path(at.images), &made.sheet(), &recipe_of(run, at), Existing::Replace)?;
        Ok((format!("samples/{}.png", images_name(at.images)), made.measures(self.held_out), None))
    }

    /// What an exact resume needs.
    pub(super) fn state(&self) -> Value {
        self.watch.state().into()
    }

    /// Goes on from a saved state.
    pub(super) fn restore(&mut self, state: Option<&Value>) {
        let numbers =
            state.and_then(Value::as_array).map(|all| all.iter().filter_map(Value::as_f64).collect());
        let numbers: Vec<f64> = numbers.unwrap_or_default();
        self.watch.restore(&numbers);
    }

    /// With few classes each has a column of its own.
    fn columns(&self) -> usize {
        if (4..=16).contains(&self.classes) { self.classes } else { square_columns(SHEET) }
    }
}

/// Whether there are pictures of every class at these places.
fn has_each(data: &Dataset, places: &[u32]) -> bool {
    let labels: BTreeSet<u32> = places.iter().map(|&place| data.labels()[place as usize]).collect();
    labels.len() == data.classes().len()
}

/// Some pictures of each class, one of each by turns.
fn in_turns(places: &[u32], labels: &[u32]) -> Vec<u32> {
    let classes = labels.iter().max().map_or(0, |&last| last + 1);
    let of = |class: u32| places.iter().copied().filter(move |&place| labels[place as usize] == class);
    let sides: Vec<Vec<u32>> = (0..classes).map(|class| of(class).take(OF_A_CLASS).collect()).collect();
    (0..OF_A_CLASS).flat_map(|row| sides.iter().filter_map(move |side| side.get(row).copied())).collect()
}

fn grid(pictures: &[Picture]) -> Picture {
    contact_sheet(pictures, square_columns(pictures.len()))
}

fn measures(prefix: &str, pictures: &[Picture]) -> BTreeMap<String, f64> {
    [
        ("diversity", diversity(pictures)),
        ("picture_entropy", picture_entropy(pictures)),
        ("position_entropy", position_entropy(pictures)),
    ]
    .map(|(name, value)| (format!("{prefix}{name}"), value))
    .into()
}

fn recipe_of(run: &Run, at: Progress) -> PictureRecipe {
    PictureRecipe {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        kind: Kind::Sheet,
        run: run.about().id.clone(),
        images: at.images,
        recipe: run.about().recipe.clone(),
        seed: at.seed,
        truncation: 1.0,
        prior: Prior::Fitted.name().to_owned(),
        ..PictureRecipe::default()
    }
}
