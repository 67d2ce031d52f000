//! A small network that tells the classes of the real pictures apart, trained here on them and kept in the cache.
//!
//! It is asked what generated pictures show, so what matters is that it is right on pictures it has not seen: a tenth of
//! them is held back and its accuracy there is part of every figure that it makes. Which ones is decided by their pixels,
//! so that equal pictures are never on both sides.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::{Device, Tensor, activation};
use impasto_nn::layers::{Conv, ConvShape, Dense, Norm};
use impasto_nn::{
    Activation, Fill, Init, Mode, Optimiser, OptimiserKind, OptimiserSettings, Precision, exchange, one_hot,
    tensor, values,
};
use impasto_random::Random;
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::side::Told;
use super::store::{read_sealed, write_sealed};
use crate::run::{Stored, decode, encode, sha256};

/// Below this share of right answers a classifier is not to be trusted.
pub const TRUSTED: f64 = 0.8;
/// The longest side of what it looks at.
pub(super) const LONGEST: usize = 64;
/// Part of every name in the cache: another network or another training never meets old files.
const VERSION: u32 = 2;
const SEED: u64 = 1;
const BATCH: usize = 64;
/// Channels after each halving; the last one serves for all that follow.
const WIDTHS: [usize; 3] = [32, 64, 128];
/// The side at which halving ends.
const SMALLEST: usize = 4;
const RATE: f64 = 2e-3;
/// How often each picture is seen, within these numbers of steps.
const ROUNDS: usize = 30;
const STEPS: std::ops::RangeInclusive<usize> = 300..=1500;
/// Pictures are shifted by up to a part of their side.
const SHIFT: usize = 14;
const LARGEST: u64 = 64 << 20;
/// Pictures in a pass without training.
const AT_ONCE: usize = 256;

/// What there is to learn: bytes of `[channels, side, side]`, one picture after the other, and a kind for each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lesson {
    /// The bytes.
    pub pixels: Vec<u8>,
    /// The kinds.
    pub labels: Vec<u32>,
    /// 1 grey, 3 RGB.
    pub channels: usize,
    /// Pixels across and down.
    pub side: usize,
    /// How many kinds there are.
    pub kinds: usize,
}

/// How far a classifier can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Trust {
    /// The share of the pictures held back whose class it finds.
    pub accuracy: f64,
    /// How many pictures were held back.
    pub held_back: usize,
    /// How many it has learned from.
    pub learned: usize,
}

/// The network, ready to look.
pub(super) struct Classifier {
    net: Net,
    shape: Shape,
    pub(super) trust: Trust,
    device: Device,
}

/// What a network is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) channels: usize,
    pub(super) side: usize,
    pub(super) kinds: usize,
}

type Tensors = BTreeMap<String, Stored>;
const TRUST: &str = "trust";

impl Classifier {
    /// The classifier of this name from the cache; or what `lesson` teaches, kept for the next time. Also why it could not be
    /// kept.
    pub(super) fn of<E>(
        folder: &Path,
        name: &str,
        shape: Shape,
        device: &Device,
        lesson: impl FnOnce(Told<'_>) -> Result<Lesson, E>,
        told: Told<'_>,
    ) -> Result<(Self, Option<String>), E> {
        let path = file(folder, name, shape);
        let known = read_sealed(&path, LARGEST).and_then(|bytes| decode(&bytes).ok());
        if let Some(known) = known.and_then(|tensors| Self::from(&tensors, shape, device)) {
            return Ok((known, None));
        }
        let lesson = lesson(&mut *told)?;
        let steps = steps(lesson.labels.len());
        let tensors = learn(&lesson, steps, device, told);
        // Our own tensors have the shapes that they say.
        let bytes = encode(&tensors).unwrap_or_default();
        let not_kept = write_sealed(&path, bytes).err().map(|error| error.to_string());
        let learned = Self::from(&tensors, shape, device);
        Ok((learned.expect("what was just learned has its own shape"), not_kept))
    }

    fn from(tensors: &Tensors, shape: Shape, device: &Device) -> Option<Self> {
        let mut net = Net::new(shape, &mut Init::empty(device));
        let mut fits = true;
        exchange(&mut net, "", &mut |name, dims, _| {
            let found = tensors.get(name.trim_start_matches('.')).filter(|stored| stored.shape == dims);
            fits &= found.is_some();
            found.map(|stored| stored.values.clone())
        });
        let [accuracy, held_back, learned] = *tensors.get(TRUST)?.values.as_slice() else { return None };
        let (held_back, learned) = (held_back as usize, learned as usize);
        // From counts: an f32 of 0.95 is no f64 of 0.95.
        let accuracy = f64::from(accuracy) / held_back.max(1) as f64;
        fits.then(|| Self {
            net,
            shape,
            trust: Trust { accuracy, held_back, learned },
            device: device.clone(),
        })
    }

    /// The chances of each kind for each picture, row by row. Bytes of `[channels, side, side]`.
    pub(super) fn chances(&self, pixels: &[u8]) -> Vec<f64> {
        let Shape { channels, side, kinds } = self.shape;
        let mut net = self.net.clone();
        let mut chances = Vec::new();
        for some in pixels.chunks(AT_ONCE * channels * side * side) {
            let x = batch(some.iter().map(|&byte| signed(byte)).collect(), channels, side, &self.device);
            let logits = values(net.forward(x, &Mode::Painting));
            chances.extend(logits.chunks_exact(kinds).flat_map(softmax));
        }
        chances
    }
}

fn softmax(logits: &[f32]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let raised: Vec<f64> = logits.iter().map(|&logit| f64::from(logit - most).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|value| value / sum).collect()
}

/// The place of the greatest value.
pub(super) fn best(chances: &[f64]) -> usize {
    (0..chances.len()).rev().max_by(|&a, &b| chances[a].total_cmp(&chances[b])).unwrap_or(0)
}

/// Steps of training for so many pictures.
fn steps(pictures: usize) -> usize {
    (pictures * ROUNDS / BATCH).clamp(*STEPS.start(), *STEPS.end())
}

/// How it is trained, in words.
pub(super) fn protocol(shape: Shape, trust: Trust) -> String {
    let Shape { channels, side, kinds } = shape;
    let Trust { accuracy, held_back, learned } = trust;
    format!(
        "classifier {VERSION}: {kinds} kinds from {side} x {side} x {channels}, 3 x 3 convolutions, {} steps of {BATCH} on \
         {learned} real pictures; right on {:.1}% of {held_back} that were held back",
        steps(learned + held_back),
        100.0 * accuracy
    )
}

/// 3 x 3 convolutions that halve the side down to 4, one more that looks around, and a dense layer on the means.
#[derive(Module, Debug)]
struct Net {
    convs: Vec<Conv>,
    norms: Vec<Norm>,
    head: Dense,
}

impl Net {
    fn new(shape: Shape, init: &mut Init) -> Self {
        let mut table = Vec::new();
        let (mut side, mut inputs) = (shape.side, shape.channels);
        while side > SMALLEST {
            let outputs = WIDTHS[table.len().min(WIDTHS.len() - 1)];
            table.push((inputs, outputs, 2));
            (side, inputs) = (side.div_ceil(2), outputs);
        }
        let last = WIDTHS[WIDTHS.len() - 1];
        table.push((inputs, last, 1));
        let conv = |&(inputs, outputs, stride): &(usize, usize, usize)| {
            Conv::new(ConvShape::same(inputs, outputs, 3, stride).without_bias(), Fill::He, init)
        };
        let convs = table.iter().map(conv).collect();
        let norms = table.iter().map(|&(_, outputs, _)| Norm::new(outputs, init)).collect();
        Self { convs, norms, head: Dense::new(last, shape.kinds, Fill::Glorot, init) }
    }

    /// `[n, channels, side, side]` to logits `[n, kinds]`.
    fn forward(&mut self, x: Tensor<4>, mode: &Mode<'_>) -> Tensor<2> {
        let mut x = x;
        for (conv, norm) in self.convs.iter().zip(&mut self.norms) {
            x = norm.forward(conv.forward(x), Activation::Leaky, mode);
        }
        let [n, channels, height, width] = x.dims();
        let means = x.reshape([n, channels, height * width]).mean_dim(2).reshape([n, channels]);
        self.head.forward(means)
    }
}

/// Trains a network; the same lesson gives the same one.
pub(super) fn learn(lesson: &Lesson, steps: usize, device: &Device, told: Told<'_>) -> Tensors {
    let shape = lesson.shape();
    let (held_back, learned) = lesson.split();
    let mut net = trained(lesson, &learned, steps, SEED, device, told);
    let mut tensors = stored(&mut net, [0, held_back.len(), learned.len()]);
    if let Some(classifier) = Classifier::from(&tensors, shape, device) {
        let right = lesson.right(&held_back, &classifier);
        tensors.insert(TRUST.to_owned(), counted([right, held_back.len(), learned.len()]));
    }
    tensors
}

/// A network, and how many it gets right, of how many that were held back, and how many it has learned from.
fn stored(net: &mut Net, counts: [usize; 3]) -> Tensors {
    let mut tensors = Tensors::from([(TRUST.to_owned(), counted(counts))]);
    exchange(net, "", &mut |name, shape, values| {
        let stored = Stored { shape: shape.to_vec(), values: values() };
        tensors.insert(name.trim_start_matches('.').to_owned(), stored);
        None
    });
    tensors
}

fn counted(counts: [usize; 3]) -> Stored {
    Stored { shape: vec![3], values: counts.map(|count| count as f32).to_vec() }
}

/// Trains a network on a whole lesson, nothing held back, and gives the share of another one that it is right on: for
/// experiments with what is learned from. The seed decides the first weights and what is seen when.
///
/// # Panics
/// When the two are of different shapes, or a lesson is empty.
pub fn few_labels(
    lesson: &Lesson,
    exam: &Lesson,
    steps: usize,
    seed: u64,
    device: &Device,
    told: Told<'_>,
) -> f64 {
    let shape = lesson.shape();
    assert_eq!(shape, exam.shape(), "a lesson and its exam");
    let [learned, asked] = [lesson, exam].map(|one| (0..one.labels.len()).collect::<Vec<usize>>());
    let mut net = trained(lesson, &learned, steps, seed, device, told);
    let classifier = Classifier::from(&stored(&mut net, [0, 0, learned.len()]), shape, device);
    let classifier = classifier.expect("what was just learned has its own shape");
    exam.right(&asked, &classifier) as f64 / asked.len() as f64
}

fn trained(
    lesson: &Lesson,
    learned: &[usize],
    steps: usize,
    seed: u64,
    device: &Device,
    told: Told<'_>,
) -> Net {
    let shape = lesson.shape();
    let mut net = Net::new(shape, &mut Init::drawn(Random::new(seed, "classifier", 0), device)).train();
    let mut optimiser = Optimiser::new(OptimiserSettings {
        kind: OptimiserKind::Adam,
        rate: RATE,
        beta1: 0.9,
        beta2: 0.999,
        ..OptimiserSettings::default()
    });
    for step in 0..steps {
        let mut random = Random::new(seed, "classifier step", step as u64);
        let chosen: Vec<usize> = (0..BATCH).map(|_| *random.pick(learned)).collect();
        let pixels =
            chosen.iter().flat_map(|&at| shifted(lesson.picture(at), shape.side, &mut random)).collect();
        let labels: Vec<u32> = chosen.iter().map(|&at| lesson.labels[at]).collect();
        let x = batch(pixels, shape.channels, shape.side, device);
        let right = one_hot(&labels, shape.kinds, device).autodiff();
        // Down to nothing along a cosine (Loshchilov and Hutter, 2017).
        optimiser.set_share(0.5 + 0.5 * (std::f64::consts::PI * step as f64 / steps as f64).cos());
        Precision::F32.during(|| {
            let logits = net.forward(x, &Mode::Training(&mut random));
            let loss = (activation::log_softmax(logits, 1) * right).sum().neg().div_scalar(BATCH as f64);
            optimiser.step(&mut net, loss.backward());
        });
        told("learning the classes from", (step + 1) * BATCH, steps * BATCH);
    }
    net
}

impl Lesson {
    fn shape(&self) -> Shape {
        Shape { channels: self.channels, side: self.side, kinds: self.kinds }
    }

    fn picture(&self, at: usize) -> &[u8] {
        let size = self.channels * self.side * self.side;
        &self.pixels[at * size..(at + 1) * size]
    }

    /// A tenth of the different pictures, to be held back, and all others.
    fn split(&self) -> (Vec<usize>, Vec<usize>) {
        let mark = |at: usize| {
            let digest = Sha256::digest(self.picture(at));
            digest.iter().take(8).fold(0u64, |mark, &byte| mark << 8 | u64::from(byte))
        };
        let marks: Vec<u64> = (0..self.labels.len()).into_par_iter().map(mark).collect();
        let different: BTreeSet<u64> = marks.iter().copied().collect();
        let last = different.iter().nth(different.len().div_ceil(10) - 1).copied().unwrap_or(0);
        let (held_back, learned): (Vec<usize>, Vec<usize>) =
            (0..marks.len()).partition(|&at| marks[at] <= last);
        // One picture again and again leaves nothing to learn from.
        if learned.is_empty() { (held_back.clone(), held_back) } else { (held_back, learned) }
    }

    /// How many of these it gets right.
    fn right(&self, chosen: &[usize], classifier: &Classifier) -> usize {
        let pixels: Vec<u8> = chosen.iter().flat_map(|&at| self.picture(at)).copied().collect();
        let chances = classifier.chances(&pixels);
        let rows = chances.chunks_exact(self.kinds).zip(chosen);
        rows.filter(|(row, at)| best(row) == self.labels[**at] as usize).count()
    }
}

fn signed(byte: u8) -> f32 {
    f32::from(byte) / 127.5 - 1.0
}

fn batch(pixels: Vec<f32>, channels: usize, side: usize, device: &Device) -> Tensor<4> {
    let count = pixels.len() / (channels * side * side);
    tensor(pixels, [count, channels, side, side], device)
}

/// A picture moved by chance; its edges are drawn out.
fn shifted(picture: &[u8], side: usize, random: &mut Random) -> Vec<f32> {
    let most = side / SHIFT;
    let [across, down] = [(); 2].map(|()| random.below(2 * most + 1));
    let from = |at: usize, by: usize| (at + by).saturating_sub(most).min(side - 1);
    let place = |at: usize| {
        at / (side * side) * side * side + from(at / side % side, down) * side + from(at % side, across)
    };
    (0..picture.len()).map(|at| signed(picture[place(at)])).collect()
}

fn file(folder: &Path, name: &str, shape: Shape) -> PathBuf {
    let key = &sha256(format!("{VERSION} {shape:?} {name}").as_bytes())[..32];
    folder.join(format!("{key}.classifier"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SIDE: usize = 12;

    /// Bright bars: standing, lying, or none, with noise.
    fn bars(count: usize) -> Lesson {
        let mut random = Random::new(3, "bars", 0);
        let mut lesson = Lesson { channels: 1, side: SIDE, kinds: 3, ..Lesson::default() };
        for at in 0..count {
            let (kind, place) = (at % 3, 2 + random.below(SIDE - 4));
            let lit = |pixel: usize| match kind {
                0 => pixel % SIDE == place,
                1 => pixel / SIDE == place,
                _ => false,
            };
            let value = |pixel| random.below(60) as u8 + if lit(pixel) { 180 } else { 0 };
            lesson.pixels.extend((0..SIDE * SIDE).map(value));
            lesson.labels.push(kind as u32);
        }
        lesson
    }

    fn quiet(_: &str, _: usize, _: usize) {}

    #[test]
    fn kinds_are_learned_and_training_is_the_same_every_time() {
        let (lesson, device) = (bars(300), Device::flex());
        let tensors = learn(&lesson, 60, &device, &mut quiet);
        assert_eq!(tensors, learn(&lesson, 60, &device, &mut quiet));
        let classifier = Classifier::from(&tensors, lesson.shape(), &device).unwrap();
        let Trust { accuracy, held_back, learned } = classifier.trust;
        assert_eq!((held_back, learned), (30, 270));
        assert!(accuracy > 0.9, "{accuracy}");
        let fresh = bars(330);
        let new: Vec<usize> = (300..330).collect();
        assert!(fresh.right(&new, &classifier) >= 27);
    }

    #[test]
    fn equal_pictures_are_never_on_both_sides() {
        let mut lesson = bars(100);
        lesson.pixels.extend(lesson.pixels.clone());
        lesson.labels.extend(lesson.labels.clone());
        let (held_back, learned) = lesson.split();
        assert_eq!((held_back.len(), learned.len()), (20, 180));
        assert!(
            held_back
                .iter()
                .all(|&one| learned.iter().all(|&other| lesson.picture(one) != lesson.picture(other)))
        );
        let same = Lesson { pixels: [7; 5 * SIDE * SIDE].to_vec(), labels: vec![1; 5], ..bars(0) };
        assert_eq!(same.split(), ((0..5).collect(), (0..5).collect()));
    }

    #[test]
    fn it_is_taught_once_and_again_when_the_file_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let mut lesson = bars(40);
        lesson.labels.truncate(40);
        let shape = lesson.shape();
        let taught = std::cell::Cell::new(0);
        let get = |name: &str| {
            let give = |_: Told<'_>| {
                taught.set(taught.get() + 1);
                Ok::<_, ()>(lesson.clone())
            };
            let (classifier, not_kept) =
                Classifier::of(folder.path(), name, shape, &Device::flex(), give, &mut quiet).unwrap();
            assert_eq!(not_kept, None);
            (classifier.chances(&lesson.pixels), classifier.trust)
        };
        let first = get("a set");
        assert_eq!((get("a set"), taught.get()), (first.clone(), 1));
        let path = file(folder.path(), "a set", shape);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!((get("a set"), taught.get()), (first, 2));
        get("another");
        assert_eq!(taught.get(), 3);
    }

    #[test]
    fn a_shift_moves_every_channel_alike() {
        let picture: Vec<u8> = (0..2 * 28 * 28).map(|at| (at % (28 * 28) / 28) as u8).collect();
        for seed in 0..20 {
            let moved = shifted(&picture, 28, &mut Random::new(seed, "shift", 0));
            assert_eq!(moved[..28 * 28], moved[28 * 28..]);
            assert!((moved[14 * 28] - signed(14)).abs() <= 2.0 / 127.5 + 1e-6);
        }
    }
}
