//! The latent that repaints a picture.
//!
//! The search begins at what the recipe's encoder says, where it has one, and at the best of many random latents; the few
//! best then walk down the gradient of the distance of pixels and of features, with a gentle pull to the length that
//! latents have (Abdal and others, "Image2StyleGAN", 2019; the pull as in Menon and others, "PULSE", 2020, but soft).

use impasto_system::Span;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use impasto_data::Picture;
use impasto_nn::{Optimiser, OptimiserKind, OptimiserSettings, Precision, tensor, values};
use impasto_random::Random;

use super::SteerError;
use super::metric::PerceptualMetric;
use crate::paint::{AT_ONCE, Painter, Point, only};
use crate::picture::to_chw;
use crate::recipe::{Paint, Prior};

/// Latents that walk side by side; the best one is the answer.
const WALKERS: usize = 4;
/// What a distance of features counts beside one of pixels.
const FEATURES: f64 = 0.1;
/// What a length counts that no latent has.
const PULL: f64 = 0.01;
const RATE: f64 = 0.1;

/// How long to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search {
    /// Steps of the walk.
    pub steps: usize,
    /// Random latents that are tried before it.
    pub starts: usize,
    /// What those are drawn from.
    pub seed: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self { steps: 300, starts: 256, seed: 1 }
    }
}

/// How near a painted picture is to the one that was given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// In decibels: of equal pictures it is infinite.
    pub psnr: f64,
    /// The distance of what the eye sees: of equal pictures it is 0.
    pub distance: f64,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The point.
    pub point: Point,
    /// What it paints.
    pub picture: Picture,
    /// How near that is.
    pub near: Near,
    /// How near the best start was.
    pub start: Near,
    /// Steps that were walked.
    pub steps: usize,
}

/// Looks for the point that repaints a picture, which must be of the size that the run paints. The span hears after each step
/// how near the best is, as `psnr`; where the work is stopped, the best so far is the answer.
pub fn invert(
    painter: &Painter,
    eye: &PerceptualMetric,
    picture: &Picture,
    classes: Option<&[f32]>,
    search: &Search,
    span: &mut Span<'_>,
) -> Result<Found, SteerError> {
    let skill = painter.skill()?;
    let sight = Sight::new(painter, eye, picture);
    let drawn = drawn(skill, painter.classes().len(), classes, search);
    let lengths = drawn.iter().map(|point| squares(&point.latent)).sum::<f64>() / drawn.len() as f64;
    let mut starts = encoded(painter, &sight, classes);
    starts.extend(drawn);
    let mut scored = sight.scored(skill, starts);
    scored.retain(|start| start.cost.is_finite());
    scored.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    scored.truncate(WALKERS);
    let start = scored.first().cloned().ok_or_else(|| SteerError::NoNumbers {
        weights: painter.weights_hash().to_owned(),
        images: painter.images(),
    })?;
    let (best, steps) = walk(skill, &sight, scored, lengths, search.steps, span);
    let picture = painter.paint(std::slice::from_ref(&best.point))?.remove(0);
    let near = Near { psnr: psnr(&picture, sight.picture), distance: best.distance };
    Ok(Found { point: best.point, picture, near, start: start.near(), steps })
}

/// The picture that is looked for, as both judges see it.
struct Sight<'a> {
    painter: &'a Painter,
    eye: &'a PerceptualMetric,
    picture: &'a Picture,
    /// `[1, channels, height, width]`
    pixels: Tensor<4>,
    /// `[1, features]`
    features: Tensor<2>,
}

/// A point, and how far its picture is.
#[derive(Debug, Clone)]
struct Scored {
    point: Point,
    cost: f64,
    /// The mean of squares of pixels in [-1, 1].
    pixels: f64,
    distance: f64,
}

impl Scored {
    fn near(&self) -> Near {
        Near { psnr: decibels(self.pixels), distance: self.distance }
    }
}

impl<'a> Sight<'a> {
    fn new(painter: &'a Painter, eye: &'a PerceptualMetric, picture: &'a Picture) -> Self {
        let shape = [1, picture.channels(), picture.height(), picture.width()];
        let pixels = tensor::<4>(to_chw(picture), shape, painter.device());
        Self { painter, eye, picture, features: eye.look(pixels.clone()), pixels }
    }

    /// How far each picture is, `[n, 1]` both: the mean square of pixels, and the distance of features.
    fn apart(&self, painted: Tensor<4>) -> [Tensor<2>; 2] {
        let features = (self.eye.look(painted.clone()) - self.features.clone()).square().sum_dim(1);
        let pixels: Tensor<2> = (painted - self.pixels.clone()).square().flatten(1, 3);
        [pixels.mean_dim(1), features]
    }

    fn scored(&self, skill: &dyn Paint, points: Vec<Point>) -> Vec<Scored> {
        let score = |points: &[Point]| {
            let [latents, classes] = self.tensors(points);
            let apart = self.apart(skill.paint(latents, has_values(classes)));
            notes(points.iter().cloned(), apart)
        };
        points.chunks(AT_ONCE).flat_map(score).collect()
    }

    /// Latents and classes.
    fn tensors(&self, points: &[Point]) -> [Tensor<2>; 2] {
        let rows = |row: fn(&Point) -> &Vec<f32>| {
            let values: Vec<f32> = points.iter().flat_map(|point| row(point).iter().copied()).collect();
            let width = values.len() / points.len().max(1);
            tensor::<2>(values, [points.len(), width], self.painter.device())
        };
        [rows(|point| &point.latent), rows(|point| &point.classes)]
    }
}

/// Classes, for a model that has some.
fn has_values(classes: Tensor<2>) -> Option<Tensor<2>> {
    Some(classes).filter(|classes| classes.dims()[1] > 0)
}

/// Points with how far their pictures are.
fn notes(points: impl Iterator<Item = Point>, apart: [Tensor<2>; 2]) -> Vec<Scored> {
    let [pixels, features] = apart.map(values);
    let all = points.zip(pixels).zip(features);
    all.map(|((point, pixels), features)| {
        let (pixels, distance) = (f64::from(pixels), f64::from(features));
        Scored { point, cost: pixels + FEATURES * distance, pixels, distance }
    })
    .collect()
}

/// Random points. Where no classes are given they take turns.
fn drawn(skill: &dyn Paint, count: usize, classes: Option<&[f32]>, search: &Search) -> Vec<Point> {
    let point = |number: usize| {
        let latent = skill.latent(&mut Random::new(search.seed, "invert", number as u64), 1.0, Prior::Fitted);
        let turn = || only(number % count.max(1), count);
        Point::new(latent, classes.map_or_else(turn, <[f32]>::to_vec))
    };
    (0..search.starts.max(1)).map(point).collect()
}

/// What the recipe's encoder says, in each class where none are given.
fn encoded(painter: &Painter, sight: &Sight<'_>, classes: Option<&[f32]>) -> Vec<Point> {
    let Some(encoder) = painter.skills().encode else { return Vec::new() };
    let count = painter.classes().len();
    let tried: Vec<Vec<f32>> = match classes {
        Some(classes) => vec![classes.to_vec()],
        None => (0..count.max(1)).map(|class| only(class, count)).collect(),
    };
    let encode = |classes: Vec<f32>| {
        let given = (count > 0).then(|| tensor(classes.clone(), [1, count], painter.device()));
        Point::new(values(encoder.encode(sight.pixels.clone(), given)), classes)
    };
    tried.into_iter().map(encode).collect()
}

/// The latents on their way.
#[derive(Module, Debug)]
struct Walkers {
    /// `[n, latent]`
    latents: Param<Tensor<2>>,
}

/// Walks from each start; gives the nearest point that was passed, and how many steps were walked.
fn walk(
    skill: &dyn Paint,
    sight: &Sight<'_>,
    starts: Vec<Scored>,
    length: f64,
    steps: usize,
    span: &mut Span<'_>,
) -> (Scored, usize) {
    let points: Vec<Point> = starts.iter().map(|start| start.point.clone()).collect();
    let [latents, classes] = sight.tensors(&points);
    let classes = has_values(classes);
    let size = skill.latent_size();
    let mut walkers = Walkers { latents: Param::from_tensor(latents) }.train();
    let settings = OptimiserSettings {
        kind: OptimiserKind::Adam,
        rate: RATE,
        beta1: 0.9,
        beta2: 0.99,
        ..OptimiserSettings::default()
    };
    let mut optimiser = Optimiser::new(settings);
    let mut best = starts[0].clone();
    for step in 0..=steps {
        // Where they are is looked at before each step, and after the last.
        let latents = walkers.latents.val();
        let apart = Precision::F32.during(|| sight.apart(skill.trace(latents.clone(), classes.clone())));
        let here = values(latents.clone().inner());
        let here = here.chunks_exact(size).zip(&points);
        let here = here.map(|(latent, point)| Point::new(latent.to_vec(), point.classes.clone()));
        let passed = notes(here, apart.clone().map(Tensor::inner));
        let passed = passed.into_iter().filter(|passed| passed.cost < best.cost);
        best = passed.min_by(|a, b| a.cost.total_cmp(&b.cost)).unwrap_or(best);
        let done = step as f64 / steps.max(1) as f64;
        if step == steps || !span.measured(done, &[("psnr", decibels(best.pixels))]) {
            return (best, step);
        }
        let pull = latents.square().sum_dim(1).div_scalar(length).sub_scalar(1.0).square();
        let [pixels, features] = apart;
        let loss = pixels + features.mul_scalar(FEATURES) + pull.mul_scalar(PULL);
        optimiser.set_share(share(step as f64 / steps as f64));
        Precision::F32.during(|| optimiser.step(&mut walkers, loss.sum().backward()));
    }
    (best, steps)
}

/// The share of the rate after this share of the steps: half a cosine, down to nothing.
fn share(done: f64) -> f64 {
    0.5 + 0.5 * (std::f64::consts::PI * done).cos()
}

fn squares(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value) * f64::from(value)).sum()
}

/// The peak signal-to-noise ratio of two pictures of one shape, in decibels.
///
/// # Panics
/// When they are of different shapes.
pub fn psnr(one: &Picture, other: &Picture) -> f64 {
    let (one, other) = (one.pixels(), other.pixels());
    assert_eq!(one.len(), other.len(), "pictures of one shape");
    let square = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
    let mean = one.iter().zip(other).map(square).sum::<f64>() / one.len().max(1) as f64;
    decibels(mean * 4.0 / (255.0 * 255.0))
}

/// A mean of squares of values in [-1, 1] as a PSNR.
fn decibels(mean: f64) -> f64 {
    10.0 * (4.0 / mean).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Request};
    use crate::error::{Action, Classify, ErrorKind};
    use crate::run::{About, Run};
    use burn::tensor::Device;
    use impasto_system::{Recorder, Stage, Unit};

    /// A run that was never trained: its first weights paint pictures, too.
    fn painter(folder: &tempfile::TempDir, recipe: &str) -> Painter {
        painter_of(folder, recipe, &|value| value)
    }

    /// The same with each weight turned into another.
    fn painter_of(folder: &tempfile::TempDir, recipe: &str, turned: &dyn Fn(f32) -> f32) -> Painter {
        let set = [&format!("recipe={recipe}"), "size=16", "conditional=true"].map(String::from);
        let config = Config::resolve(&Request { set: set.to_vec(), ..Request::default() }).unwrap();
        let classes = vec!["rose".to_owned(), "tulip".to_owned()];
        let device = Device::flex();
        let scene = crate::paint::scene(&config, classes.len(), Some(3), &device);
        let mut recipe = (config.entry.build)(&config.table, &scene).unwrap();
        let about = About { id: "id".into(), classes, ..About::default() };
        let run = Run::create(&folder.path().join("run"), &config.table.to_string(), &about).unwrap();
        let mut checkpoint = crate::stored::save(recipe.as_mut());
        let weights = checkpoint.weights.values_mut().flat_map(|stored| &mut stored.values);
        weights.for_each(|value| *value = turned(*value));
        run.save(&checkpoint).unwrap();
        Painter::open(run.path(), None, &device, &mut ()).unwrap()
    }

    #[test]
    fn the_latent_of_a_painted_picture_is_found_again() {
        for recipe in ["mlp-gan", "vae"] {
            let folder = tempfile::tempdir().unwrap();
            let painter = painter(&folder, recipe);
            let point = painter.point(77, Some(1), Default::default()).unwrap();
            let picture = painter.paint(&[point]).unwrap().remove(0);
            let eye = PerceptualMetric::builtin(painter.device());
            let search = Search { steps: 60, starts: 32, seed: 1 };
            let mut heard = Recorder::default();
            let span = &mut Span::new(&mut heard, Stage::Inverting, Unit::Steps, 60);
            let found = invert(&painter, &eye, &picture, None, &search, span).unwrap();
            let steps: Vec<usize> = heard.progress.iter().map(|(_, done, _)| done.round() as usize).collect();
            let (start, end) = (found.start.psnr, found.near.psnr);
            assert!(end > start + 3.0, "{recipe}: from {start} to {end} decibels");
            assert!(found.near.distance < found.start.distance, "{recipe}");
            assert_eq!((found.steps, steps), (60, (0..60).collect()));
            let again = painter.paint(&[found.point]).unwrap().remove(0);
            assert_eq!(psnr(&again, &picture), end, "{recipe}: what is told is what is painted");
        }
    }

    #[test]
    fn a_search_that_is_stopped_keeps_the_best_so_far() {
        let folder = tempfile::tempdir().unwrap();
        let painter = painter(&folder, "mlp-gan");
        let point = painter.point(5, Some(0), Default::default()).unwrap();
        let picture = painter.paint(&[point]).unwrap().remove(0);
        let eye = PerceptualMetric::builtin(painter.device());
        let search = Search { steps: 30, starts: 16, seed: 1 };
        let mut heard = Recorder::stopping_after(11);
        let span = &mut Span::whole(&mut heard, Stage::Inverting);
        let found = invert(&painter, &eye, &picture, Some(&[1.0, 0.0]), &search, span).unwrap();
        assert_eq!((found.steps, found.point.classes), (10, vec![1.0, 0.0]));
        assert!(found.near.psnr > found.start.psnr);
    }

    #[test]
    fn weights_that_are_no_numbers_are_said_to_be() {
        for recipe in ["mlp-gan", "vae"] {
            let folder = tempfile::tempdir().unwrap();
            let painter = painter_of(&folder, recipe, &|_| f32::NAN);
            let picture = Picture::filled(16, 16, &[90, 20, 40]);
            let search = Search { steps: 2, starts: 4, seed: 1 };
            let eye = PerceptualMetric::builtin(painter.device());
            let error = invert(&painter, &eye, &picture, None, &search, &mut Span::unwatched()).unwrap_err();
            assert!(error.to_string().contains("paints no numbers"), "{recipe}: {error}");
            assert_eq!(error.class().kind, ErrorKind::Refused);
            let error = crate::steer::Directions::find(&painter, None, 3).unwrap_err();
            assert!(error.to_string().contains("no axes were found"), "{recipe}: {error}");
            let action = error.class().hints.remove(0).action;
            assert!(matches!(action, Action::Set { key, .. } if key == "checkpoint"));
        }
    }

    #[test]
    fn equal_pictures_are_infinitely_near() {
        let (black, white) = (Picture::filled(2, 2, &[0]), Picture::filled(2, 2, &[255]));
        assert_eq!((psnr(&black, &black), psnr(&black, &white)), (f64::INFINITY, 0.0));
    }
}
