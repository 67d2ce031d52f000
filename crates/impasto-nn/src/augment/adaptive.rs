//! How strong augmentation must be, found out while training (Karras and others, 2020, section 3).
//!
//! A critic that learns its pictures by heart is right about nearly all of them. The sign of that is -1 where it is
//! always wrong and 1 where it is always right: the mean sign of its logits on real pictures or, for a critic that only
//! compares (Jolicoeur-Martineau, "The relativistic discriminator", 2018), the same of pairs. Above the target, augmentation
//! grows; below, it shrinks.
//!
//! Differs from the paper: windows are counted in pictures, not in steps; from nothing to everything takes a fifth as
//! many pictures, because trainings here are shorter; the strength ends at [`HIGHEST`]; and it has a floor.
//!
//! The state is whole numbers, so a resumed training goes on exactly.

use super::HIGHEST;

/// Pictures from a strength of 0 to one of 1: it moves by 0.01 in a thousand pictures.
const PICTURES: u64 = 100_000;
/// The sign is averaged over as many pictures at least.
const WINDOW: u64 = 256;
/// How much the floor is lifted.
const STEP: f64 = 0.1;

/// A strength that follows the critic.
#[derive(Debug, Clone, PartialEq)]
pub struct Adaptive {
    target: f64,
    /// The strength, times [`PICTURES`].
    strength: u64,
    /// The least of it, likewise.
    floor: u64,
    /// Pictures in the present window.
    seen: u64,
    /// Those of them that the critic was right about.
    right: u64,
}

impl Adaptive {
    /// Begins at this strength, and moves the sign of the critic towards this target, 0.6 in the paper.
    pub fn new(strength: f64, target: f64) -> Self {
        Self { target, strength: whole(strength), floor: 0, seen: 0, right: 0 }
    }

    /// The chance of each kind.
    pub fn strength(&self) -> f64 {
        self.strength as f64 / PICTURES as f64
    }

    /// Takes the sign of the critic, -1 to 1, over so many pictures (or pairs).
    pub fn observe(&mut self, sign: f64, count: usize) {
        self.seen += count as u64;
        self.right += ((sign.clamp(-1.0, 1.0) + 1.0) / 2.0 * count as f64).round() as u64;
        if self.seen < WINDOW {
            return;
        }
        let sign = 2.0 * self.right as f64 / self.seen as f64 - 1.0;
        let moved = if sign > self.target {
            self.strength.saturating_add(self.seen)
        } else {
            self.strength.saturating_sub(self.seen)
        };
        self.strength = moved.clamp(self.floor, whole(HIGHEST));
        (self.seen, self.right) = (0, 0);
    }

    /// Lifts the strength by a step, never to fall below that again; false when it is as high as it may be.
    pub fn raise(&mut self) -> bool {
        let lifted = (self.strength + whole(STEP)).min(whole(HIGHEST));
        let is_higher = lifted > self.strength;
        (self.strength, self.floor) = (lifted, lifted);
        is_higher
    }

    /// All that must be kept, by name. What is put there is taken as it is, but for impossible strengths.
    pub fn exchange(&mut self, counter: &mut dyn FnMut(&str, &mut u64)) {
        counter("strength", &mut self.strength);
        counter("floor", &mut self.floor);
        counter("seen", &mut self.seen);
        counter("right", &mut self.right);
        self.floor = self.floor.min(whole(HIGHEST));
        self.strength = self.strength.clamp(self.floor, whole(HIGHEST));
        self.seen = self.seen.min(WINDOW);
        self.right = self.right.min(self.seen);
    }
}

fn whole(strength: f64) -> u64 {
    (strength.clamp(0.0, HIGHEST) * PICTURES as f64).round() as u64
}
