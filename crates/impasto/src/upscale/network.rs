//! The networks, on tensors: a picture in [0, 1], `[1, 3, h, w]`, becomes one that is four times as large.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use impasto_nn::layers::FixedConv;
use impasto_nn::{Activation, tensor, values};
use rayon::prelude::*;

use super::TIMES;
use crate::features::map::Map;
use crate::run::Stored;
use crate::weights::esrgan::PLAIN;

/// Convolutions of 3 x 3 one after another, each but the last with an activation that has a slope for each channel (PReLU); what they
/// make is added to the picture, whose pixels are repeated.
#[derive(Debug)]
pub(super) struct Plain {
    convs: Vec<FixedConv>,
    slopes: Vec<Vec<f32>>,
}

impl Plain {
    pub(super) fn new(tensors: &BTreeMap<String, Stored>, device: &Device) -> Self {
        let slope = |number| values_of(tensors, &format!("prelu{number}.slope"));
        Self {
            convs: (0..PLAIN).map(|number| conv(tensors, number, Activation::None, device)).collect(),
            slopes: (0..PLAIN - 1).map(slope).collect(),
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        let device = x.device();
        let picture = values(x.clone());
        let mut x = x;
        for (number, conv) in self.convs.iter().enumerate() {
            x = conv.forward(x);
            if let Some(slopes) = self.slopes.get(number) {
                let shape = x.dims();
                let mut rows = values(x);
                bend(&mut rows, slopes);
                x = tensor(rows, shape, &device);
            }
        }
        let mut made = shuffled(&values(x), [height, width]);
        made.par_chunks_mut(TIMES * width).enumerate().for_each(|(row, made)| {
            let from = &picture[row / TIMES * width..][..width];
            made.chunks_exact_mut(TIMES)
                .zip(from)
                .for_each(|(made, value)| made.iter_mut().for_each(|made| *made += value));
        });
        tensor(made, [1, 3, TIMES * height, TIMES * width], &device)
    }
}

/// What is below zero times the slope of its channel.
fn bend(values: &mut [f32], slopes: &[f32]) {
    let area = values.len() / slopes.len();
    values.par_chunks_mut(area.max(1)).zip(slopes).for_each(|(plane, slope)| {
        plane.iter_mut().for_each(|value| *value = value.max(0.0) + slope * value.min(0.0));
    });
}

/// `[3 * 4 * 4, h, w]` to `[3, 4 h, 4 w]`: of 16 channels each makes one pixel in a square of 4 x 4.
fn shuffled(values: &[f32], [height, width]: [usize; 2]) -> Vec<f32> {
    let mut made = vec![0.0; values.len()];
    made.par_chunks_mut((TIMES * width).max(1)).enumerate().for_each(|(number, row)| {
        let (channel, y) = (number / (TIMES * height), number % (TIMES * height));
        for step in 0..TIMES {
            let plane = channel * TIMES * TIMES + y % TIMES * TIMES + step;
            let from = &values[(plane * height + y / TIMES) * width..][..width];
            row.iter_mut().skip(step).step_by(TIMES).zip(from).for_each(|(made, value)| *made = *value);
        }
    });
    made
}

/// Blocks of three dense blocks each (RRDB; Wang and others, "ESRGAN", 2018), then twice a picture twice as large.
#[derive(Debug)]
pub(super) struct Residual {
    first: FixedConv,
    blocks: Vec<[Dense; 3]>,
    body: FixedConv,
    up: [FixedConv; 2],
    last: [FixedConv; 2],
}

/// Five convolutions; each sees what all before it have made.
#[derive(Debug)]
struct Dense([FixedConv; 5]);

/// How much a block adds to what it is given.
const SHARE: f32 = 0.2;
/// Rows that are made larger at once, and those around them that are seen.
const ROWS: usize = 48;
const AROUND: usize = 4;

impl Residual {
    pub(super) fn new(blocks: usize, tensors: &BTreeMap<String, Stored>, device: &Device) -> Self {
        let mut number = 0;
        let mut next = |after| {
            number += 1;
            conv(tensors, number - 1, after, device)
        };
        let first = next(Activation::None);
        let mut dense = || {
            Dense(std::array::from_fn(|at| next(if at == 4 { Activation::None } else { Activation::Leaky })))
        };
        let blocks = (0..blocks).map(|_| std::array::from_fn(|_| dense())).collect();
        let body = next(Activation::None);
        let up = std::array::from_fn(|_| next(Activation::Leaky));
        let last = [next(Activation::Leaky), next(Activation::None)];
        Self { first, blocks, body, up, last }
    }

    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let first = self.first.forward(x);
        let block = |x: Tensor<4>, block: &[Dense; 3]| {
            let made = block.iter().fold(x.clone(), |x, dense| dense.forward(x));
            x + made * SHARE
        };
        let body = self.blocks.iter().fold(first.clone(), block);
        self.larger(first + self.body.forward(body))
    }

    /// A band of rows at a time: large pictures of 64 channels take much memory.
    pub(super) fn larger(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, _, height, _] = x.dims();
        let band = |start: usize| {
            let end = (start + ROWS).min(height);
            let (top, bottom) = (start.saturating_sub(AROUND), (end + AROUND).min(height));
            let made = self.band(x.clone().narrow(2, top, bottom - top));
            made.narrow(2, TIMES * (start - top), TIMES * (end - start))
        };
        Tensor::cat((0..height).step_by(ROWS).map(band).collect(), 2)
    }

    pub(super) fn band(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.up.iter().fold(x, |x, up| up.forward(doubled(x)));
        self.last.iter().fold(x, |x, conv| conv.forward(x))
    }
}

impl Dense {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut seen = x.clone();
        for conv in &self.0[..4] {
            let made = conv.forward(seen.clone());
            seen = Tensor::cat(vec![seen, made], 1);
        }
        x + self.0[4].forward(seen) * SHARE
    }
}

/// Each pixel twice in both directions.
fn doubled(x: Tensor<4>) -> Tensor<4> {
    let ([_, channels, height, width], device) = (x.dims(), x.device());
    let large = Map::new(values(x), [channels, height, width]).enlarged();
    tensor(large.values, [1, channels, 2 * height, 2 * width], &device)
}

fn conv(tensors: &BTreeMap<String, Stored>, number: usize, after: Activation, device: &Device) -> FixedConv {
    let weight = values_of(tensors, &format!("conv{number}.weight"));
    let bias = values_of(tensors, &format!("conv{number}.bias"));
    let shape = [bias.len(), weight.len() / (9 * bias.len()).max(1), 3, 3];
    FixedConv::new(weight, shape, bias, 1, [1; 2], device).with(after)
}

/// The numbers of a tensor; a network that was read has all of them.
fn values_of(tensors: &BTreeMap<String, Stored>, name: &str) -> Vec<f32> {
    tensors.get(name).map(|stored| stored.values.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_channels_become_squares_of_pixels() {
        // Channel by channel: 16 values of a picture of 1 x 2.
        let values: Vec<f32> = (0..3 * 16 * 2).map(|at| at as f32).collect();
        let made = shuffled(&values, [1, 2]);
        // The second row of the first colour: channels 4 to 7 of the first pixel, then of the second.
        assert_eq!(made[8..16], [8.0, 10.0, 12.0, 14.0, 9.0, 11.0, 13.0, 15.0]);
        assert_eq!(made[32], 32.0);
    }

    #[test]
    fn each_channel_has_its_own_slope() {
        let mut values = vec![-1.0, 2.0, -1.0, 3.0];
        bend(&mut values, &[0.5, -0.25]);
        assert_eq!(values, [-0.5, 2.0, 0.25, 3.0]);
    }
}
