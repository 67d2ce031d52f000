//! What there is to learn, what is held back of it, and how a picture becomes a tensor.

use std::collections::BTreeSet;

use burn::tensor::{Device, Tensor};
use impasto_nn::tensor;
use impasto_random::Random;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Classifier, Shape, best};

/// Pictures are shifted by up to a part of their side.
const SHIFT: usize = 14;

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

impl Lesson {
    pub(super) fn shape(&self) -> Shape {
        Shape { channels: self.channels, side: self.side, kinds: self.kinds }
    }

    pub(super) fn picture(&self, at: usize) -> &[u8] {
        let size = self.channels * self.side * self.side;
        &self.pixels[at * size..(at + 1) * size]
    }

    /// A tenth of the different pictures, to be held back, and all others.
    pub(super) fn split(&self) -> (Vec<usize>, Vec<usize>) {
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
    pub(super) fn right(&self, chosen: &[usize], classifier: &Classifier) -> usize {
        let pixels: Vec<u8> = chosen.iter().flat_map(|&at| self.picture(at)).copied().collect();
        let chances = classifier.chances(&pixels);
        let rows = chances.chunks_exact(self.kinds).zip(chosen);
        rows.filter(|(row, at)| best(row) == self.labels[**at] as usize).count()
    }
}

pub(super) fn signed(byte: u8) -> f32 {
    f32::from(byte) / 127.5 - 1.0
}

pub(super) fn batch(pixels: Vec<f32>, channels: usize, side: usize, device: &Device) -> Tensor<4> {
    let count = pixels.len() / (channels * side * side);
    tensor(pixels, [count, channels, side, side], device)
}

/// A picture moved by chance; its edges are drawn out.
pub(super) fn shifted(picture: &[u8], side: usize, random: &mut Random) -> Vec<f32> {
    let most = side / SHIFT;
    let [across, down] = [(); 2].map(|()| random.below(2 * most + 1));
    let from = |at: usize, by: usize| (at + by).saturating_sub(most).min(side - 1);
    let place = |at: usize| {
        at / (side * side) * side * side + from(at / side % side, down) * side + from(at % side, across)
    };
    (0..picture.len()).map(|at| signed(picture[place(at)])).collect()
}
