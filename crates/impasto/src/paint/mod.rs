//! Painting from a trained run: seeds and classes become points, points become pictures.

mod error;
mod point;

use std::fmt::Display;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use impasto_data::Picture;
use impasto_nn::{tensor, values};
use impasto_random::Random;
use impasto_system::{Monitor, Warning, WarningKind};

use crate::config::{Config, no_toml};
use crate::picture::{Kind, Origin, PictureRecipe, from_chw};
use crate::recipe::{Paint, Prior, Recipe, Scene, Skills};
use crate::recipes::{self, Purpose};
use crate::run::{Run, Weights, images_name};
use crate::{steer, stored};

pub use error::PaintError;
pub use point::{Point, closed_walk};

/// Pictures are always painted this many at once, the last few in company of copies. A picture that is painted again
/// alone comes out with the same pixels only if the sums behind it are made in the same order, and that depends on the
/// shape of the batch.
pub const AT_ONCE: usize = 16;

/// Paints points with any model that paints.
pub fn paint(painter: &dyn Paint, points: &[Point], device: &Device) -> Vec<Picture> {
    points.chunks(AT_ONCE).flat_map(|points| paint_batch(painter, points, device)).collect()
}

fn paint_batch(painter: &dyn Paint, points: &[Point], device: &Device) -> Vec<Picture> {
    let mut batch = points.to_vec();
    batch.resize(AT_ONCE, points[0].clone());
    let classes = (!points[0].classes.is_empty()).then(|| rows(&batch, |point| &point.classes, device));
    let level = |level| rows(&batch, |point| point.at(level), device);
    let mut painted = if points.iter().all(|point| point.levels.is_empty()) {
        pictures(painter.paint(level(0), classes))
    } else {
        let latents: Vec<_> = (0..painter.levels()).map(level).collect();
        pictures(painter.paint_levels(&latents, classes))
    };
    painted.truncate(points.len());
    painted
}

fn rows(points: &[Point], row: impl Fn(&Point) -> &[f32], device: &Device) -> Tensor<2> {
    let width = points.first().map_or(0, |point| row(point).len());
    let values = points.iter().flat_map(|point| row(point).iter().copied()).collect();
    tensor(values, [points.len(), width], device)
}

/// `[n, channels, height, width]` in [-1, 1] to pictures.
pub fn pictures(painted: Tensor<4>) -> Vec<Picture> {
    let [_, channels, height, width] = painted.dims();
    let values = values(painted);
    values.chunks_exact(channels * height * width).map(|v| from_chw(v, channels, height, width)).collect()
}

/// The weights of one class among `count`.
pub fn only(class: usize, count: usize) -> Vec<f32> {
    (0..count).map(|other| if other == class { 1.0 } else { 0.0 }).collect()
}

/// Point number `place` of a row that is the same every time, with all classes in turn where there are some.
pub(crate) fn nth_point(
    painter: &dyn Paint,
    seed: u64,
    purpose: &str,
    place: usize,
    classes: usize,
) -> Point {
    let latent = painter.latent(&mut Random::new(seed, purpose, place as u64), 1.0, Prior::Fitted);
    Point::new(latent, if classes > 0 { only(place % classes, classes) } else { Vec::new() })
}

/// How pictures are drawn, besides their seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taste {
    /// Below 1: nearer to the middle, safer and less varied.
    pub truncation: f64,
    /// Where latents come from.
    pub prior: Prior,
}

impl Default for Taste {
    fn default() -> Self {
        Self { truncation: 1.0, prior: Prior::Fitted }
    }
}

/// A trained run, ready to paint.
pub struct Painter {
    run: Run,
    config: Config,
    recipe: Box<dyn Recipe>,
    device: Device,
    hash: String,
    images: u64,
}

impl Painter {
    /// Loads a run's weights: of the checkpoint of this name, of the "last", or of the "best". Where nothing is said
    /// that is the best; where no checkpoint was judged, the best is the last. Damaged ones that were passed over are
    /// told to `warn`.
    pub fn open(
        path: &Path,
        checkpoint: Option<&str>,
        device: &Device,
        monitor: &mut dyn Monitor,
    ) -> Result<Self, PaintError> {
        let run = Run::open(path)?;
        let bad = |why: &dyn Display| PaintError::BadConfig { path: path.into(), why: why.to_string() };
        let table = run.config()?.parse::<toml::Table>().map_err(|error| bad(&no_toml(&error)))?;
        let config = Config::from_table(table).map_err(|error| bad(&error))?;
        let scene = scene(&config, run.about().classes.len(), None, device);
        // Before a weight is read or made.
        let numbers = recipes::numbers(&config, &scene, Purpose::Painting).map_err(|error| bad(&error))?;
        let run = run.of_networks(numbers);
        let weights = find_weights(&run, checkpoint, monitor)?;
        let mut recipe = (config.entry.build)(&config.table, &scene).map_err(|error| bad(&error))?;
        stored::load_weights(recipe.as_mut(), &weights)
            .map_err(|why| PaintError::OtherModel { path: path.into(), why })?;
        let Weights { hash, images, .. } = weights;
        Ok(Self { run, config, recipe, device: device.clone(), hash, images })
    }

    /// The classes that can be asked for; none for a model without.
    pub fn classes(&self) -> &[String] {
        if self.config.common.conditional { &self.run.about().classes } else { &[] }
    }

    /// The run that it paints from.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The settings of the run.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The hash of the weights that it paints with.
    pub fn weights_hash(&self) -> &str {
        &self.hash
    }

    /// Pictures seen in training up to those weights.
    pub fn images(&self) -> u64 {
        self.images
    }

    /// Where it computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// All that its model can do.
    pub fn skills(&self) -> Skills<'_> {
        self.recipe.skills()
    }

    /// The number of the class of this name.
    pub fn class_number(&self, name: &str) -> Result<usize, PaintError> {
        let classes = self.classes();
        classes.iter().position(|class| class == name).ok_or_else(|| match classes {
            [] => PaintError::NoClasses { run: self.run.name() },
            known => PaintError::UnknownClass { name: name.to_owned(), known: known.join(", ") },
        })
    }

    /// The class that a seed paints when none was asked for: classes take turns.
    pub fn class_of(&self, seed: u64) -> Option<usize> {
        let count = self.classes().len() as u64;
        (count > 0).then(|| (seed % count) as usize)
    }

    /// Weights of classes as they may be asked for: `rose`, or `rose:0.7,daisy:0.3`; those that hardly count are left out.
    pub fn class_words(&self, weights: &[f32]) -> Option<String> {
        let told = weights.iter().zip(self.classes()).filter(|(weight, _)| **weight >= 0.005);
        let all: Vec<(f32, &String)> = told.map(|(weight, name)| (*weight, name)).collect();
        match &all[..] {
            [] => None,
            [(_, name)] => Some((*name).clone()),
            several => {
                let words = several.iter().map(|(weight, name)| format!("{name}:{weight:.2}"));
                Some(words.collect::<Vec<_>>().join(","))
            }
        }
    }

    /// The point that a seed names.
    pub fn point(&self, seed: u64, class: Option<usize>, taste: Taste) -> Result<Point, PaintError> {
        let painter = self.skill()?;
        let latent = painter.latent(&mut Random::new(seed, "sample", 0), taste.truncation, taste.prior);
        let class = class.or_else(|| self.class_of(seed));
        Ok(Point::new(latent, class.map_or_else(Vec::new, |class| only(class, self.classes().len()))))
    }

    /// The weights of the classes in `rose`, or in `rose:0.7,daisy:0.3`; they add up to 1.
    pub fn class_weights(&self, text: &str) -> Result<Vec<f32>, PaintError> {
        steer::classes::weights(self, text)
    }

    /// Paints points.
    pub fn paint(&self, points: &[Point]) -> Result<Vec<Picture>, PaintError> {
        Ok(paint(self.skill()?, points, &self.device))
    }

    /// What a picture of this seed carries.
    pub fn picture_recipe(&self, kind: Kind, seed: u64, class: Option<usize>, taste: Taste) -> PictureRecipe {
        // On sheets and walks the classes take turns where none was asked for.
        let class = if kind == Kind::Sample { class.or_else(|| self.class_of(seed)) } else { class };
        PictureRecipe {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            kind,
            run: self.run.about().id.clone(),
            checkpoint: self.hash.clone(),
            images: self.images,
            recipe: self.config.common.recipe.clone(),
            seed,
            class: class.and_then(|class| self.classes().get(class).cloned()),
            truncation: taste.truncation,
            prior: taste.prior.name().to_owned(),
            ..PictureRecipe::default()
        }
    }

    /// What a picture carries that a job made of others with this run.
    pub fn made_recipe(
        &self,
        verb: &str,
        from: &[Origin],
        seed: u64,
        settings: impl Into<serde_json::Value>,
    ) -> PictureRecipe {
        let mut recipe = PictureRecipe::made(verb, &self.config.common.recipe, from, seed, settings);
        self.sign(&mut recipe);
        recipe
    }

    /// Puts the run and its checkpoint into what a picture carries.
    pub fn sign(&self, recipe: &mut PictureRecipe) {
        recipe.run.clone_from(&self.run.about().id);
        recipe.checkpoint.clone_from(&self.hash);
        recipe.images = self.images;
    }

    /// How it paints.
    pub fn skill(&self) -> Result<&dyn Paint, PaintError> {
        let skills = self.recipe.skills();
        skills.paint.ok_or_else(|| match skills.translate {
            Some(_) => PaintError::Translates { run: self.run.path().into() },
            None => PaintError::CannotPaint { recipe: self.config.common.recipe.clone() },
        })
    }
}

/// The checkpoint with the lowest score, as it is asked for.
pub const BEST: &str = "best";
/// The newest checkpoint that is whole, as it is asked for.
pub const LAST: &str = "last";

fn find_weights(run: &Run, name: Option<&str>, monitor: &mut dyn Monitor) -> Result<Weights, PaintError> {
    let name = match name {
        None | Some(BEST) => match best_weights(run, monitor) {
            Some(weights) => return Ok(weights),
            None => LAST,
        },
        Some(name) => name,
    };
    if name == LAST {
        let (weights, damaged) = run.latest_weights()?;
        for damaged in damaged {
            monitor.warn(&Warning::new(WarningKind::Damaged, damaged.to_string()));
        }
        return Ok(weights);
    }
    let known = run.checkpoints();
    match known.iter().find(|(images, _)| images_name(*images) == name) {
        Some((_, path)) => Ok(run.load_weights(path)?),
        None => Err(PaintError::NoSuchCheckpoint {
            name: name.to_owned(),
            known: known.iter().map(|(images, _)| images_name(*images)).collect::<Vec<_>>().join(", "),
        }),
    }
}

/// The best checkpoint's weights; none, with a warning, where they are damaged.
fn best_weights(run: &Run, monitor: &mut dyn Monitor) -> Option<Weights> {
    let best = run.best()?;
    let loaded = run.load_weights(&run.checkpoint_path(best.images));
    let passed_over = |error| {
        let sentence = format!("the best checkpoint is passed over: {error}");
        monitor.warn(&Warning::new(WarningKind::Damaged, sentence));
    };
    loaded.map_err(passed_over).ok()
}

/// What a recipe is built for, by a run's settings.
pub(crate) fn scene(config: &Config, classes: usize, seed: Option<u64>, device: &Device) -> Scene {
    let preparation = config.preparation();
    Scene {
        width: preparation.width,
        height: preparation.height,
        channels: preparation.channels.count(),
        classes: if config.common.conditional { classes } else { 0 },
        seed,
        device: device.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(latent: &[f32]) -> Point {
        Point::new(latent.to_vec(), Vec::new())
    }

    /// Paints two pixels: the first number of the first level, and the second of the second.
    struct TwoLevels;

    impl Paint for TwoLevels {
        fn latent_size(&self) -> usize {
            2
        }

        fn paint(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<4> {
            self.paint_levels(&[latents.clone(), latents], classes)
        }

        fn levels(&self) -> usize {
            2
        }

        fn paint_levels(&self, latents: &[Tensor<2>], _: Option<Tensor<2>>) -> Tensor<4> {
            let [coarse, fine] = [0, 1].map(|level| latents[level].clone().narrow(1, level, 1));
            Tensor::cat(vec![coarse, fine], 1).reshape([-1, 1, 1, 2])
        }
    }

    #[test]
    fn each_level_is_painted_from_its_own_latent_in_any_company() {
        let plain = point(&[1.0, -1.0]);
        let levels = vec![vec![1.0, 9.0], vec![9.0, 1.0]];
        let fine = Point { levels, ..point(&[1.0, 9.0]) };
        let pixels = |points: &[Point]| -> Vec<Vec<u8>> {
            let painted = paint(&TwoLevels, points, &Device::flex());
            painted.into_iter().map(Picture::into_pixels).collect()
        };
        assert_eq!(pixels(std::slice::from_ref(&plain)), [[255, 0]]);
        assert_eq!(pixels(&[plain.clone(), fine.clone()]), [[255, 0], [255, 255]]);
        let half = plain.towards(&fine, 0.0);
        assert_eq!(pixels(&[half, fine]), [[255, 0], [255, 255]], "a way begins where it begins");
    }
}
