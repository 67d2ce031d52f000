//! Which seeds become pictures of a set: each class gets its number, and what is refused is replaced.

use impasto_data::Picture;
use serde::{Deserialize, Serialize};

use crate::judge::{Originals, Refusal};

/// So many refusals of one class without a picture between them end the work.
pub const PATIENCE: usize = 200;
/// Pictures that are painted and looked at together.
const TOGETHER: usize = 256;

/// A seed, and the class that it paints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The seed.
    pub seed: u64,
    /// The number of the class; none without classes.
    pub class: Option<usize>,
}

/// How many were refused, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Refused {
    /// Copies of training pictures.
    pub copies: usize,
    /// Pictures that repeat another one of the set.
    pub repeats: usize,
}

/// How the work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Every picture is there.
    Done,
    /// It was stopped.
    Stopped,
    /// Nearly everything was refused, of the class of this place.
    GaveUp(usize),
}

/// What is still missing, and where to look for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    next: u64,
    classes: usize,
    /// Of each class; one number without classes.
    missing: Vec<usize>,
    /// Refusals of each class since its last picture.
    in_a_row: Vec<usize>,
    refused: Refused,
}

impl Wanted {
    /// All classes get the same number; where it does not divide, the first ones get one more.
    pub(super) fn new(seed: u64, count: usize, per_class: bool, classes: usize) -> Self {
        let kinds = classes.max(1);
        let of = |kind: usize| if per_class { count } else { (count + kinds - 1 - kind) / kinds };
        Self {
            next: seed,
            classes,
            missing: (0..kinds).map(of).collect(),
            in_a_row: vec![0; kinds],
            refused: Refused::default(),
        }
    }

    pub(super) fn missing(&self) -> usize {
        self.missing.iter().sum()
    }

    pub(super) fn missing_of(&self, class: usize) -> usize {
        self.missing[class]
    }

    pub(super) fn next_seed(&self) -> u64 {
        self.next
    }

    pub(super) fn refused(&self) -> Refused {
        self.refused
    }

    /// The next seeds of classes that still miss pictures, no more of each than it misses.
    fn candidates(&mut self) -> Vec<Candidate> {
        let mut open = self.missing.clone();
        let mut candidates = Vec::new();
        while candidates.len() < TOGETHER && open.iter().any(|&count| count > 0) {
            // The class that the seed paints anyway, so that `sample` paints the same.
            let kind = (self.next % open.len() as u64) as usize;
            if open[kind] > 0 {
                open[kind] -= 1;
                candidates.push(Candidate { seed: self.next, class: (self.classes > 0).then_some(kind) });
            }
            self.next = self.next.wrapping_add(1);
        }
        candidates
    }

    fn hear(&mut self, candidate: Candidate, refusal: Option<Refusal>) {
        let kind = candidate.class.unwrap_or(0);
        match refusal {
            None => {
                self.missing[kind] -= 1;
                self.in_a_row[kind] = 0;
                return;
            }
            Some(Refusal::Copy) => self.refused.copies += 1,
            Some(Refusal::Repeat) => self.refused.repeats += 1,
        }
        self.in_a_row[kind] += 1;
    }

    /// A class of which nearly everything is refused.
    fn hopeless(&self) -> Option<usize> {
        (0..self.missing.len()).find(|&kind| self.missing[kind] > 0 && self.in_a_row[kind] >= PATIENCE)
    }
}

/// Paints until nothing is missing, `keep` says no, or a class is hopeless. `keep` gets what was taken of each portion.
pub(super) fn choose<E>(
    wanted: &mut Wanted,
    originals: &mut Originals,
    mut paint: impl FnMut(&[Candidate]) -> Result<Vec<Picture>, E>,
    mut keep: impl FnMut(&[(Candidate, Picture)], &Wanted) -> Result<bool, E>,
) -> Result<Ended, E> {
    while wanted.missing() > 0 {
        if let Some(kind) = wanted.hopeless() {
            return Ok(Ended::GaveUp(kind));
        }
        let candidates = wanted.candidates();
        let pictures = paint(&candidates)?;
        let refusals = originals.consider(&pictures);
        let mut kept = Vec::new();
        for ((candidate, picture), refusal) in candidates.into_iter().zip(pictures).zip(refusals) {
            wanted.hear(candidate, refusal);
            if refusal.is_none() {
                kept.push((candidate, picture));
            }
        }
        if !keep(&kept, wanted)? && wanted.missing() > 0 {
            return Ok(Ended::Stopped);
        }
    }
    Ok(Ended::Done)
}
