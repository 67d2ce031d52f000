//! How a classifier reads a set: picture by picture, or channel by channel of a stacked one.

use impasto_system::{Monitor, Stage, Unit};

use std::collections::HashMap;

use impasto_data::stack::Stack;
use impasto_data::{Picture, squeezed};
use impasto_random::Random;
use rayon::prelude::*;

use super::{Histogram, Modes};
use crate::judge::JudgeError;
use crate::judge::classifier::{self, Classifier, LONGEST, Lesson, Shape, Trust, best};
use crate::judge::figures::Both;
use crate::judge::side::{Common, Side};
use crate::judge::statistics::{counted, divergence};
use crate::measure::entropy_of_counts;
use crate::picture::planes;

/// Bytes of pictures that a classifier learns from.
const MOST_BYTES: usize = 256 << 20;
/// Pictures in memory at once.
const AT_ONCE: usize = 256;
/// A class with less than this part of its real share is missing or nearly so, where so many pictures are expected.
const LACKING: f64 = 0.1;
const EXPECTED: f64 = 5.0;
/// Draws from the real classes behind the expected divergence.
const DRAWS: u64 = 20;

/// The classes of a real set, and how pictures are read.
pub(super) struct Reader<'a> {
    pub(super) stack: Option<&'a Stack>,
    pub(super) common: Common,
    pub(super) shape: Shape,
    names: Vec<String>,
    /// Real pictures of each class.
    counts: Vec<u64>,
    /// The share of each class; never 0.
    shares: Vec<f64>,
}

/// What was read.
pub(super) struct Reading {
    modes: Vec<usize>,
    /// Exp of what a picture says about its class on average.
    score: f64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(real: &'a Side, common: Common) -> Result<Self, JudgeError> {
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
    pub(super) fn lesson(&self, real: &Side, monitor: &mut dyn Monitor) -> Result<Lesson, JudgeError> {
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
            let done = number * AT_ONCE + some.len();
            if !monitor.count(Stage::Reading, Unit::Pictures, done, numbers.len()) {
                return Err(JudgeError::Cancelled);
            }
        }
        Ok(lesson)
    }

    pub(super) fn read(
        &self,
        side: &Side,
        count: usize,
        classifier: &Classifier,
        monitor: &mut dyn Monitor,
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
            if !monitor.count(Stage::Classifying, Unit::Pictures, last, count) {
                return Err(JudgeError::Cancelled);
            }
        }
        let mean = |value: f64| value / count.max(1) as f64;
        let together: f64 = all.into_iter().map(|sum| negentropy(mean(sum))).sum();
        Ok(Reading { modes, score: (mean(sureness) - together).max(0.0).exp() })
    }

    pub(super) fn modes(
        &self,
        generated: &Side,
        seed: u64,
        [ours, theirs]: [&Reading; 2],
        trust: Trust,
    ) -> Modes {
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
