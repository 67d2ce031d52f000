//! Which classes of the real pictures a set paints, how often, and how surely: mode coverage, as a classifier that is
//! trained on the real pictures sees it.
//!
//! A stacked set has a class for every triple of digits; there one classifier reads each channel by itself, as in the
//! protocol of Metz and others, 2017.

mod reader;
#[cfg(test)]
mod tests;
mod words;

use impasto_system::Monitor;

use burn::tensor::Device;
use impasto_data::cache_folder;
use serde::Serialize;

use super::classifier::{Classifier, TRUSTED, Trust};
use super::figures::Both;
use super::side::{Common, Side};
use super::{JudgeError, Order};
use reader::Reader;
pub use words::InWords;

/// Pictures that are read of a stacked set where nothing else is asked for, as in the papers.
pub const STACKED_COUNT: usize = 25_600;

/// How a set is spread over the classes of the real one, by a classifier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Modes {
    /// Generated pictures that were read.
    pub pictures: usize,
    /// How many classes the real set has.
    pub kinds: usize,
    /// How many of them at least one generated picture shows.
    pub hit: usize,
    /// How many as many real pictures show on average.
    pub hit_expected: f64,
    /// Classes with less than a tenth of their real share, where there are pictures enough to tell.
    pub missing: Vec<String>,
    /// KL(generated || real) of the class histograms, in nats.
    pub divergence: f64,
    /// What it is for as many real pictures on average.
    pub divergence_expected: f64,
    /// The entropy of the class histograms, in bits.
    pub entropy: Both,
    /// `exp(mean KL(p(class | picture) || p(class)))`, the Inception score with this classifier, over as many real pictures as
    /// there are, at most as many as were read of the generated set.
    pub score: Both,
    /// The share of the pictures that show the class they were asked for; none for a set without classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_asked: Option<f64>,
    /// What the classifier makes of that share for real pictures that it has not seen: all layers of a stacked one right.
    pub as_asked_expected: f64,
    /// How far the classifier can be trusted.
    pub classifier: Trust,
    /// How it was made.
    pub protocol: String,
    /// How often each class occurs.
    pub histogram: Histogram,
}

/// How often each class occurs, in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Histogram {
    /// The classes.
    pub names: Vec<String>,
    /// Generated pictures, as the classifier sees them.
    pub generated: Vec<u64>,
    /// Real pictures, as they are labelled, all of them.
    pub real: Vec<u64>,
}

/// Refuses a real set without classes, before anything is computed.
pub(super) fn check(real: &Side) -> Result<(), JudgeError> {
    match real.labels() {
        Some(_) => Ok(()),
        None => Err(JudgeError::NoClasses { path: real.path.clone() }),
    }
}

/// Trains a classifier on the real set (or finds it) and reads both sides with it.
pub(super) fn modes(
    generated: &Side,
    real: &Side,
    common: Common,
    order: &Order,
    device: &Device,
    monitor: &mut dyn Monitor,
    warnings: &mut Vec<String>,
) -> Result<Modes, JudgeError> {
    let reader = Reader::new(real, common)?;
    let [width, height] = common.size;
    let name = format!("{} {width}x{height} {}", real.identity(), reader.common.is_grey);
    let folder = order.cache.clone().map_or_else(cache_folder, Ok)?.join("classifiers");
    let (classifier, not_kept) = Classifier::of(
        &folder,
        &name,
        reader.shape,
        device,
        |monitor| reader.lesson(real, monitor),
        monitor,
    )?;
    warnings.extend(not_kept.map(|why| format!("the classifier could not be kept for the next time: {why}")));
    let trust = classifier.trust;
    if trust.accuracy < TRUSTED {
        warnings.push(format!(
            "the classifier finds the class of {:.0}% of {} real pictures that it has not seen: its figures (modes, class \
             entropy, score) say little below {:.0}%; more labelled pictures help",
            100.0 * trust.accuracy,
            trust.held_back,
            100.0 * TRUSTED
        ));
    }
    let usual = if reader.stack.is_some() { STACKED_COUNT } else { generated.len() };
    let count = order.count.unwrap_or(usual).min(generated.most());
    let ours = reader.read(generated, count, &classifier, monitor)?;
    let theirs = reader.read(real, count.min(real.most()), &classifier, monitor)?;
    Ok(reader.modes(generated, order.seed, [&ours, &theirs], trust))
}

impl Histogram {
    /// Each class with its share of the generated pictures and of the real ones.
    pub fn shares(&self) -> impl Iterator<Item = (&str, [f64; 2])> {
        let totals = [&self.generated, &self.real].map(|counts| counts.iter().sum::<u64>().max(1) as f64);
        let both = self.generated.iter().zip(&self.real);
        self.names.iter().zip(both).map(move |(name, (&ours, &theirs))| {
            (name.as_str(), [ours as f64 / totals[0], theirs as f64 / totals[1]])
        })
    }
}
