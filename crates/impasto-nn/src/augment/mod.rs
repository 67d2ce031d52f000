//! Augmentation for GANs: the critic sees real and painted pictures moved, recoloured and partly hidden, so that it can't
//! learn a small set by heart; gradients flow back through all of it.
//!
//! Zhao and others, "Differentiable augmentation for data-efficient GAN training", 2020: translation, cut-out and colour.
//! Karras and others, "Training generative adversarial networks with limited data", 2020: each kind has a chance of its
//! own, and [that chance follows the critic](Adaptive).
//!
//! Differs from both: small rotations and scales, no turns by right angles, no noise and no filters; one bilinear look-up
//! without an upsampled copy; what comes in from outside repeats the border; contrast pivots at mid grey (the former:
//! at each picture's mean).

mod adaptive;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use burn::tensor::Tensor;
use impasto_kernels::{Plan, warp};
use impasto_random::Random;
use serde::{Deserialize, Serialize};

pub use adaptive::Adaptive;

/// No kind is applied with a higher chance than this. A painter can hide behind an augmentation that is always there:
/// painting every picture shifted would go unnoticed. As long as a fifth of all pictures stays without it, the
/// critic can tell, so paintings stay free of it (Karras and others found the limit near 0.8).
pub const HIGHEST: f64 = 0.8;

/// What may happen to a picture. Each kind is applied to a picture with the same chance, independently.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Mirror left and right, every other time: only for pictures that may be mirrored; digits may not.
    pub mirror: bool,
    /// Move by up to this share of a side, by whole pixels (0: never).
    pub translate: f64,
    /// Turn by up to so many degrees (0: never).
    pub rotate: f64,
    /// Make larger or smaller by up to this factor (1: never).
    pub scale: f64,
    /// Change brightness, contrast and saturation by up to this (0: never).
    pub colour: f64,
    /// Hide a rectangle whose sides are this share of the picture's (0: never).
    pub cutout: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { mirror: false, translate: 0.125, rotate: 10.0, scale: 1.2, colour: 0.5, cutout: 0.5 }
    }
}

impl Policy {
    /// Draws what happens to so many pictures of `[channels, height, width]`; each kind has a chance of `strength`, and
    /// of [`HIGHEST`] at most. A higher strength adds to what a lower one would have drawn.
    pub fn draw(&self, random: &mut Random, count: usize, shape: [usize; 3], strength: f64) -> Drawn {
        if strength <= 0.0 {
            return Drawn::nothing();
        }
        let chance = strength.min(HIGHEST);
        let plans: Arc<[Plan]> =
            (0..count).map(|_| self.plan(&mut Kinds { random, chance }, shape)).collect();
        Drawn(plans.iter().any(|plan| *plan != Plan::NOTHING).then_some(plans))
    }

    fn plan(&self, kinds: &mut Kinds<'_>, [channels, height, width]: [usize; 3]) -> Plan {
        let place = self.place(kinds, [height, width].map(|side| side as f64));
        let colours = self.colours(kinds, channels);
        let ([x, y], share) = kinds.draw().map_or(([0.0; 2], 0.0), |centre| (centre, self.cutout));
        let hole = [(x, width), (y, height)].map(|(centre, side)| {
            let (length, centre) = ((share * side as f64).round(), (centre + 1.0) / 2.0 * side as f64);
            let start = (centre - length / 2.0).round();
            start.max(0.0) as usize..(start + length).clamp(0.0, side as f64) as usize
        });
        let hole = if hole.iter().any(|side| side.is_empty()) { [0..0, 0..0] } else { hole };
        Plan { place, colours, hole }
    }

    /// Where each pixel comes from: moved back, turned and scaled about the middle, mirrored.
    fn place(&self, kinds: &mut Kinds<'_>, [height, width]: [f64; 2]) -> [f32; 6] {
        let flipped = kinds.draw().is_some_and(|[side]| self.mirror && side < 0.0);
        let [right, down] = kinds.draw().unwrap_or_default();
        let [right, down] = [right * width, down * height].map(|step| (step * self.translate).round());
        let [[angle], [larger]] = [(); 2].map(|()| kinds.draw().unwrap_or_default());
        let (angle, larger) = (angle * self.rotate.to_radians(), (larger * self.scale.max(1.0).ln()).exp());
        let ((sine, cosine), side) = (angle.sin_cos(), if flipped { -1.0 } else { 1.0 });
        let [xx, xy, yx, yy] = [side * cosine, side * sine, -sine, cosine].map(|v| v / larger);
        let [middle_x, middle_y] = [(width - 1.0) / 2.0, (height - 1.0) / 2.0];
        let [from_x, from_y] = [middle_x + right, middle_y + down];
        let x = middle_x - xx * from_x - xy * from_y;
        let y = middle_y - yx * from_x - yy * from_y;
        [xx, xy, x, yx, yy, y].map(|v| v as f32)
    }

    /// A row for each channel. Alpha, the fourth, says where a picture is, not what colour it has: it stays.
    ///
    /// The three changes are one kind: with a chance of its own for each, hardly a picture would keep its ground's colour
    /// at the highest strength, and paintings would take on others.
    fn colours(&self, kinds: &mut Kinds<'_>, channels: usize) -> Vec<f32> {
        let drawn = kinds.draw().filter(|_| self.colour > 0.0);
        let tinted = match channels {
            1 => 1,
            3 | 4 => 3,
            _ => return Vec::new(),
        };
        let Some(drawn) = drawn else {
            return Vec::new();
        };
        let [brightness, contrast, saturation] = drawn.map(|by: f64| by * self.colour);
        let (contrast, saturation) = (1.0 + contrast, (1.0 + 2.0 * saturation).max(0.0));
        // Saturation moves each channel away from the mean of them, or towards it.
        let others = contrast * (1.0 - saturation) / tinted as f64;
        let share = |row: usize, column: usize| match (row == column, row < tinted && column < tinted) {
            (same, true) => others + if same { contrast * saturation } else { 0.0 },
            (same, false) => f64::from(u8::from(same)),
        };
        let row = |row: usize| {
            let added = if row < tinted { brightness } else { 0.0 };
            (0..channels).map(move |column| share(row, column)).chain([added])
        };
        (0..channels).flat_map(row).map(|v| v as f32).collect()
    }
}

/// Draws kind by kind. As many numbers are drawn whether a kind happens or not, so that the strength changes nothing but
/// what happens.
struct Kinds<'a> {
    random: &'a mut Random,
    chance: f64,
}

impl Kinds<'_> {
    /// So many numbers from -1 to 1, if the kind happens.
    fn draw<const N: usize>(&mut self) -> Option<[f64; N]> {
        let happens = self.random.chance(self.chance);
        let drawn = [(); N].map(|()| self.random.between(-1.0, 1.0));
        happens.then_some(drawn)
    }
}

/// What happens to each picture of a batch. It can be applied to several tensors, alike.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drawn(Option<Arc<[Plan]>>);

impl Drawn {
    /// Nothing happens, to however many pictures.
    pub fn nothing() -> Self {
        Self(None)
    }

    /// `[n, channels, height, width]`, of the size that it was drawn for; where nothing happens, `x` itself.
    ///
    /// # Panics
    /// When it was drawn for another number of pictures or channels.
    pub fn apply(&self, x: Tensor<4>) -> Tensor<4> {
        match &self.0 {
            Some(plans) => warp(x, plans),
            None => x,
        }
    }
}
