//! Whether the critic is a match for the painter.
//!
//! A critic that is right about nearly everything gives the painter nothing to hold on to (Arjovsky and Bottou,
//! "Towards principled methods for training generative adversarial networks", 2017); one that guesses tells it
//! nothing. In some thirty trainings of the presets here, of 1,000 to 6,000 steps, it was right about more than 99 % on
//! both sides for 83 steps in a row at most, at the beginning, when paintings are still noise; and about less than 55 %
//! for 129 at most. Hence 500 steps, and 52 %, which is as near to guessing as the luck of 50 batches allows. In theory
//! a perfect game ends with a critic that guesses; none of these ever came near that.

use serde::{Deserialize, Serialize};

use super::Trouble;

/// Both sides above this: the critic is never wrong.
pub(super) const STRONG: f64 = 0.99;
/// The mean of both sides below this: the critic guesses.
pub(super) const WEAK: f64 = 0.52;
/// So many windows in a row raise an alarm; one between the two ends it.
pub(super) const PATIENCE: u64 = 10;

/// Watches how often a critic is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CriticWatch {
    strong_in_a_row: u64,
    weak_in_a_row: u64,
    is_strong: bool,
    is_weak: bool,
}

impl CriticWatch {
    /// Takes the shares of real and of painted pictures that the critic was right about.
    pub fn window(&mut self, real: f64, painted: f64) -> Option<(Trouble, String)> {
        let both = (real + painted) / 2.0;
        self.strong_in_a_row = if real.min(painted) > STRONG { self.strong_in_a_row + 1 } else { 0 };
        self.weak_in_a_row = if both < WEAK { self.weak_in_a_row + 1 } else { 0 };
        self.is_strong &= self.strong_in_a_row > 0;
        self.is_weak &= self.weak_in_a_row > 0;
        if self.strong_in_a_row >= PATIENCE && !self.is_strong {
            self.is_strong = true;
            return Some((Trouble::CriticTooStrong, too_strong(real, painted)));
        }
        if self.weak_in_a_row >= PATIENCE && !self.is_weak {
            self.is_weak = true;
            return Some((Trouble::CriticTooWeak, too_weak(both)));
        }
        None
    }

    pub(super) fn begin_again(&mut self) {
        *self = Self::default();
    }
}

fn too_strong(real: f64, painted: f64) -> String {
    format!(
        "the critic is right about {:.1}% of the real and {:.1}% of the painted pictures, so the generator hardly learns \
         from it any more",
        100.0 * real,
        100.0 * painted
    )
}

fn too_weak(both: f64) -> String {
    format!(
        "the critic is right about {:.0}% of the pictures, which is hardly better than guessing, so the generator is led \
         nowhere",
        100.0 * both
    )
}
