//! A small network that tells the classes of the real pictures apart, trained here on them and kept in the cache.
//!
//! It is asked what generated pictures show, so what matters is that it is right on pictures it has not seen: a tenth of
//! them is held back and its accuracy there is part of every figure that it makes. Which ones is decided by their pixels,
//! so that equal pictures are never on both sides.

mod learn;
mod lesson;
mod network;
#[cfg(test)]
mod tests;

use impasto_system::Monitor;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use impasto_nn::{Init, Mode, exchange, values};
use serde::Serialize;

use super::store::{read_sealed, write_sealed};
use crate::judge::JudgeError;
use crate::run::{Stored, decode, encode, sha256};
pub use learn::few_labels;
use learn::learn;
pub use lesson::Lesson;
use lesson::{batch, signed};
use network::Net;

/// Below this share of right answers a classifier is not to be trusted.
pub const TRUSTED: f64 = 0.8;
/// The longest side of what it looks at.
pub(super) const LONGEST: usize = 64;
/// Part of every name in the cache: another network or another training never meets old files.
const VERSION: u32 = 2;
const SEED: u64 = 1;
const BATCH: usize = 64;
/// How often each picture is seen, within these numbers of steps.
const ROUNDS: usize = 30;
const STEPS: std::ops::RangeInclusive<usize> = 300..=1500;
const LARGEST: u64 = 64 << 20;
/// Pictures in a pass without training.
const AT_ONCE: usize = 256;

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
    pub(super) fn of(
        folder: &Path,
        name: &str,
        shape: Shape,
        device: &Device,
        lesson: impl FnOnce(&mut dyn Monitor) -> Result<Lesson, JudgeError>,
        monitor: &mut dyn Monitor,
    ) -> Result<(Self, Option<String>), JudgeError> {
        let path = file(folder, name, shape);
        let known = read_sealed(&path, LARGEST).and_then(|bytes| decode(&bytes).ok());
        if let Some(known) = known.and_then(|tensors| Self::from(&tensors, shape, device)) {
            return Ok((known, None));
        }
        let lesson = lesson(monitor)?;
        let steps = steps(lesson.labels.len());
        let tensors = learn(&lesson, steps, device, monitor).ok_or(JudgeError::Cancelled)?;
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

fn file(folder: &Path, name: &str, shape: Shape) -> PathBuf {
    let key = &sha256(format!("{VERSION} {shape:?} {name}").as_bytes())[..32];
    folder.join(format!("{key}.classifier"))
}
