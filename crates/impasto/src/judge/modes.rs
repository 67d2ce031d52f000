//! Which classes of the real pictures a set paints, how often, and how surely: mode coverage, as a classifier that is
//! trained on the real pictures sees it.
//!
//! A stacked set has a class for every triple of digits; there one classifier reads each channel by itself, as in the
//! protocol of Metz and others, 2017.

use std::collections::HashMap;

use burn::tensor::Device;
use impasto_data::stack::Stack;
use impasto_data::{Picture, cache_folder, squeezed};
use impasto_random::Random;
use rayon::prelude::*;
use serde::Serialize;

use super::classifier::{self, Classifier, LONGEST, Lesson, Shape, TRUSTED, Trust, best};
use super::figures::Both;
use super::side::{Common, Side, Told};
use super::statistics::{counted, divergence};
use super::verdict::{Finding, Matter};
use super::{JudgeError, Order};
use crate::measure::entropy_of_counts;
use crate::picture::planes;

/// Pictures that are read of a stacked set where nothing else is asked for, as in the papers.
pub const STACKED_COUNT: usize = 25_600;
/// Bytes of pictures that a classifier learns from.
const MOST_BYTES: usize = 256 << 20;
/// Pictures in memory at once.
const AT_ONCE: usize = 256;
/// A class with less than this part of its real share is missing or nearly so, where so many pictures are expected.
const LACKING: f64 = 0.1;
const EXPECTED: f64 = 5.0;
/// Draws from the real classes behind the expected divergence.
const DRAWS: u64 = 20;
/// Missing classes that are named in a sentence.
const NAMED: usize = 12;

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

/// A figure in words: its name, its value, what to compare it with, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InWords {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// The same for real pictures.
    pub real: String,
    /// One sentence.
    pub says: &'static str,
}

/// The classes of a real set, and how pictures are read.
struct Reader<'a> {
    stack: Option<&'a Stack>,
    common: Common,
    shape: Shape,
    names: Vec<String>,
    /// Real pictures of each class.
    counts: Vec<u64>,
    /// The share of each class; never 0.
    shares: Vec<f64>,
}

/// What was read.
struct Reading {
    modes: Vec<usize>,
    /// Exp of what a picture says about its class on average.
    score: f64,
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
    told: Told<'_>,
    warnings: &mut Vec<String>,
) -> Result<Modes, JudgeError> {
    let reader = Reader::new(real, common)?;
    let [width, height] = common.size;
    let name = format!("{} {width}x{height} {}", real.identity(), reader.common.is_grey);
    let folder = order.cache.clone().unwrap_or_else(cache_folder).join("classifiers");
    let (classifier, not_kept) =
        Classifier::of(&folder, &name, reader.shape, device, |told| reader.lesson(real, told), told)?;
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
    let ours = reader.read(generated, count, &classifier, told)?;
    let theirs = reader.read(real, count.min(real.most()), &classifier, told)?;
    Ok(reader.modes(generated, order.seed, [&ours, &theirs], trust))
}

impl<'a> Reader<'a> {
    fn new(real: &'a Side, common: Common) -> Result<Self, JudgeError> {
        let (classes, labels) =
            real.labels().ok_or_else(|| JudgeError::NoClasses { path: real.path.clone() })?;
        let mut by_class = vec![0u64; classes.len()];
        labels.iter().for_each(|&label| by_class[label as usize] += 1);
        let side = common.size[0].min(common.size[1]).min(LONGEST);
        // A note that doesn't fit the folders beside it is no note.
        let stack = real.stack().filter(|stack| classes.iter().all(|name| stack.kinds_of(name).is_some()));
        let Some(stack) = stack else {
            let total = labels.len() as f64;
            return Ok(Self {
                stack: None,
                common,
                shape: Shape { channels: 3, side, kinds: classes.len() },
                names: classes.to_vec(),
                shares: by_class.iter().map(|&count| count as f64 / total).collect(),
                counts: by_class,
            });
        };
        let kinds = stack.kinds.len();
        let mut counts = vec![0; stack.classes()];
        let mut of_kinds = vec![0u64; kinds];
        for (name, &count) in classes.iter().zip(&by_class) {
            let Some((number, digits)) = stack.kinds_of(name) else { continue };
            counts[number] += count;
            digits.iter().for_each(|&digit| of_kinds[digit] += count);
        }
        // Channels are drawn one by one, so shares multiply; a kind that never occurs counts as half a picture.
        let total: f64 = of_kinds.iter().map(|&count| (count as f64).max(0.5)).sum();
        let share = |digit: usize| (of_kinds[digit] as f64).max(0.5) / total;
        Ok(Self {
            names: (0..stack.classes()).map(|class| stack.name(class)).collect(),
            shares: (0..stack.classes())
                .map(|class| stack.digits(class).map(share).iter().product())
                .collect(),
            counts,
            // Colours say which digit is which.
            common: Common { is_grey: false, ..common },
            shape: Shape { channels: 1, side, kinds },
            stack: Some(stack),
        })
    }

    /// How many pictures the classifier sees in one.
    fn layers(&self) -> usize {
        3 / self.shape.channels
    }

    /// Bytes of `[3, side, side]` for each picture: three of one channel, or one of three.
    fn pixels(&self, pictures: &[Picture]) -> Vec<u8> {
        let side = self.shape.side;
        let bytes = |picture: &Picture| match [picture.width(), picture.height()] == [side; 2] {
            true => planes(picture).collect::<Vec<u8>>(),
            false => planes(&squeezed(picture.clone(), side, side)).collect(),
        };
        pictures.par_iter().map(bytes).collect::<Vec<_>>().concat()
    }

    /// What there is to learn of the real set: all of it, as far as memory goes.
    fn lesson(&self, real: &Side, told: Told<'_>) -> Result<Lesson, JudgeError> {
        let Shape { channels, side, kinds } = self.shape;
        let (classes, labels) =
            real.labels().ok_or_else(|| JudgeError::NoClasses { path: real.path.clone() })?;
        let mut numbers = Random::new(1, "lesson", 0).permutation(real.most());
        numbers.truncate(MOST_BYTES / (3 * side * side));
        let mut lesson = Lesson { channels, side, kinds, ..Lesson::default() };
        for (number, some) in numbers.chunks(AT_ONCE).enumerate() {
            lesson.pixels.extend(self.pixels(&real.numbered(some, self.common)?));
            for &index in some {
                let class = labels[index as usize];
                match self.stack.and_then(|stack| stack.kinds_of(&classes[class as usize])) {
                    Some((_, digits)) => lesson.labels.extend(digits.map(|digit| digit as u32)),
                    None => lesson.labels.push(class),
                }
            }
            told(
                "reading for the classifier:",
                (number * AT_ONCE + some.len()).min(numbers.len()),
                numbers.len(),
            );
        }
        Ok(lesson)
    }

    fn read(
        &self,
        side: &Side,
        count: usize,
        classifier: &Classifier,
        told: Told<'_>,
    ) -> Result<Reading, JudgeError> {
        let (layers, kinds) = (self.layers(), self.shape.kinds);
        let mut modes = Vec::with_capacity(count);
        let mut sureness = 0.0;
        let mut all = vec![0.0; self.names.len()];
        for first in (0..count).step_by(AT_ONCE) {
            let last = count.min(first + AT_ONCE);
            let pictures = side.pictures(first..last, self.common)?;
            let chances = classifier.chances(&self.pixels(&pictures));
            sureness += chances.iter().map(|&p| negentropy(p)).sum::<f64>();
            for rows in chances.chunks_exact(layers * kinds) {
                let rows: Vec<&[f64]> = rows.chunks_exact(kinds).collect();
                modes.push(rows.iter().fold(0, |mode, row| mode * kinds + best(row)));
                add_product(&mut all, &rows);
            }
            told("classifying", last, count);
        }
        let mean = |value: f64| value / count.max(1) as f64;
        let together: f64 = all.into_iter().map(|sum| negentropy(mean(sum))).sum();
        Ok(Reading { modes, score: (mean(sureness) - together).max(0.0).exp() })
    }

    fn modes(&self, generated: &Side, seed: u64, [ours, theirs]: [&Reading; 2], trust: Trust) -> Modes {
        let counts = counted(&ours.modes, self.names.len());
        let pictures = ours.modes.len();
        let total = pictures.max(1) as f64;
        let is_missing = |at: &usize| {
            let expected = total * self.shares[*at];
            expected >= EXPECTED && (counts[*at] as f64) < LACKING * expected
        };
        Modes {
            pictures,
            kinds: self.names.len(),
            hit: counts.iter().filter(|&&count| count > 0).count(),
            hit_expected: self.shares.iter().map(|share| 1.0 - (1.0 - share).powf(total)).sum(),
            missing: (0..counts.len()).filter(is_missing).map(|at| self.names[at].clone()).collect(),
            divergence: divergence(&counts, &self.shares),
            divergence_expected: self.divergence_of_draws(pictures, seed),
            entropy: Both {
                generated: entropy_of_counts(&counts),
                real: -self.shares.iter().map(|&share| negentropy(share)).sum::<f64>() / 2f64.ln(),
            },
            score: Both { generated: ours.score, real: theirs.score },
            as_asked: self.as_asked(generated, &ours.modes),
            as_asked_expected: trust.accuracy.powi(self.layers() as i32),
            classifier: trust,
            protocol: self.protocol(trust, pictures, theirs.modes.len()),
            histogram: Histogram { names: self.names.clone(), generated: counts, real: self.counts.clone() },
        }
    }

    /// What the divergence is on average for so many pictures of the real classes.
    fn divergence_of_draws(&self, pictures: usize, seed: u64) -> f64 {
        let mut sum = 0.0;
        let up_to: Vec<f64> = self
            .shares
            .iter()
            .map(|share| {
                sum += share;
                sum
            })
            .collect();
        let one = |draw| {
            let mut random = Random::new(seed, "classes", draw);
            let mut class = || {
                let at = random.unit();
                up_to.partition_point(|&end| end <= at).min(up_to.len() - 1)
            };
            let drawn: Vec<usize> = (0..pictures).map(|_| class()).collect();
            divergence(&counted(&drawn, up_to.len()), &self.shares)
        };
        let draws: Vec<f64> = (0..DRAWS).into_par_iter().map(one).collect();
        draws.iter().sum::<f64>() / DRAWS as f64
    }

    /// The share of pictures that show what they were asked for, of those that were asked for one of these classes.
    fn as_asked(&self, generated: &Side, modes: &[usize]) -> Option<f64> {
        let numbers: HashMap<&str, usize> = self.names.iter().map(String::as_str).zip(0..).collect();
        let asked = modes.iter().enumerate().filter_map(|(index, &mode)| {
            numbers.get(generated.asked(index)?).map(|&class| f64::from(u8::from(class == mode)))
        });
        let right: Vec<f64> = asked.collect();
        (!right.is_empty()).then(|| right.iter().sum::<f64>() / right.len() as f64)
    }

    fn protocol(&self, trust: Trust, ours: usize, theirs: usize) -> String {
        let way = match self.stack {
            Some(stack) => format!(
                "stacked set of {} classes after Metz et al. 2017: one classifier of {} kinds reads each channel; ",
                self.names.len(),
                stack.kinds.len()
            ),
            None => String::new(),
        };
        format!(
            "{way}{}; {ours} generated pictures and {theirs} real ones read; real shares from {} labels{}; KL(generated || \
             real) in nats",
            classifier::protocol(self.shape, trust),
            self.counts.iter().sum::<u64>(),
            if self.stack.is_some() { ", channel by channel" } else { "" }
        )
    }
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

impl Modes {
    /// Every figure with what it says.
    pub fn in_words(&self) -> Vec<InWords> {
        let tell = |name, value: String, real: String, says| InWords { name, value, real, says };
        let percent = |share: f64| format!("{:.1}%", 100.0 * share);
        let number = |value: f64| format!("{value:.3}");
        let mut all = vec![
            tell(
                "modes",
                format!("{} of {}", self.hit, self.kinds),
                format!("{:.1}", self.hit_expected),
                "classes that at least one picture shows; beside it, how many as many real pictures show",
            ),
            tell(
                "mode divergence",
                number(self.divergence),
                number(self.divergence_expected),
                "KL(generated || real) in nats: how far the shares of the classes are from the real ones; 0 is best",
            ),
            tell(
                "mode entropy",
                number(self.entropy.generated),
                number(self.entropy.real),
                "bits: how evenly the classes occur; it falls when a model keeps to a few of them",
            ),
            tell(
                "classifier score",
                number(self.score.generated),
                number(self.score.real),
                "how sure the classifier is of each picture while all classes occur: 1 is worst, the number of classes best",
            ),
        ];
        all.extend(self.as_asked.map(|share| {
            tell(
                "as asked",
                percent(share),
                percent(self.as_asked_expected),
                "share of pictures that show the class they were asked for; beside it, as the classifier sees real pictures that it has not learned",
            )
        }));
        all
    }

    /// What is to be said about missing classes, if there are any.
    pub(super) fn finding(&self) -> Option<Finding> {
        let missing = self.missing.len();
        if missing == 0 {
            return None;
        }
        let mut names: Vec<&str> = self.missing.iter().take(NAMED).map(String::as_str).collect();
        let more = format!("{} more", missing.saturating_sub(NAMED));
        if missing > NAMED {
            names.push(&more);
        }
        let (last, others) = names.split_last()?;
        let listed =
            if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) };
        let doubt = match self.classifier.accuracy < TRUSTED {
            true => format!(
                " (by a classifier that is right only {:.0}% of the time)",
                100.0 * self.classifier.accuracy
            ),
            false => String::new(),
        };
        Some(Finding {
            matter: Matter::MissingClasses,
            text: format!(
                "{missing} of {} classes are missing or nearly: {listed}; each has less than a tenth of its real share{doubt}",
                self.kinds
            ),
        })
    }
}

/// `p ln p`.
fn negentropy(p: f64) -> f64 {
    if p > 0.0 { p * p.ln() } else { 0.0 }
}

/// Adds the chances of all combinations of rows that are independent of each other.
fn add_product(sum: &mut [f64], rows: &[&[f64]]) {
    let product = rows.iter().fold(vec![1.0], |all: Vec<f64>, row| {
        all.iter().flat_map(|&chance| row.iter().map(move |&next| chance * next)).collect()
    });
    sum.iter_mut().zip(product).for_each(|(sum, chance)| *sum += chance);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_rows_are_in_the_order_of_the_names() {
        let mut sum = vec![0.0; 8];
        add_product(&mut sum, &[&[0.0, 1.0], &[1.0, 0.0], &[0.25, 0.75]]);
        assert_eq!(sum, [0.0, 0.0, 0.0, 0.0, 0.25, 0.75, 0.0, 0.0]);
    }
}
