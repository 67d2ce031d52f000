//! Whether the paintings are copies of what was learned. A judge tells the share; until there is one, nothing is told.

use serde::{Deserialize, Serialize};

use super::Trouble;

/// More copies than this share are too many: held-out pictures of most sets have a few near twins in the rest.
pub(super) const MANY: f64 = 0.1;
/// So many looks in a row.
pub(super) const PATIENCE: u64 = 3;

/// Watches the share of painted pictures that are copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MemoryWatch {
    many_in_a_row: u64,
    is_sounding: bool,
}

impl MemoryWatch {
    /// Takes the share of copies at a look; one that isn't finite is no look.
    pub fn look(&mut self, copies: f64) -> Option<(Trouble, String)> {
        if !copies.is_finite() {
            return None;
        }
        self.many_in_a_row = if copies > MANY { self.many_in_a_row + 1 } else { 0 };
        self.is_sounding &= self.many_in_a_row > 0;
        if self.many_in_a_row < PATIENCE || self.is_sounding {
            return None;
        }
        self.is_sounding = true;
        let message = format!(
            "{:.0}% of the painted pictures are copies of pictures that it learns from",
            100.0 * copies
        );
        Some((Trouble::Memorising, message))
    }
}
