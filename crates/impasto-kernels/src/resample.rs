//! Half or twice as large, with a low-pass filter: `[1 3 3 1] / 8` along each side before every second value is left out,
//! and the same filter, which is linear interpolation, between values that are set apart. It is linear, so it has an
//! exact adjoint, which is another such pass.

use std::mem::MaybeUninit;

use burn::tensor::{Tensor, TensorData};

use crate::dispatch::vectorised;
use crate::limit::count;
use crate::record::{Operand, covers, record};
use crate::room::planes;

/// Outputs that are made side by side.
const LANES: usize = 16;

/// What lies beyond the border of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// The nearest value inside.
    Border,
    /// The other side: the picture is a tile.
    OtherSide,
}

/// From one size to another, height first. Each side is halved (rounding up), doubled (or one less than that), or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resample {
    /// The size before.
    pub from: [usize; 2],
    /// The size after.
    pub to: [usize; 2],
    /// What lies beyond the border.
    pub beyond: Beyond,
}

impl Resample {
    /// Half the size, rounded up.
    pub fn half(from: [usize; 2], beyond: Beyond) -> Self {
        Self { from, to: from.map(|side| side.div_ceil(2)), beyond }
    }

    /// The size of which this is [`half`](Self::half).
    pub fn back_to(to: [usize; 2], beyond: Beyond) -> Self {
        Self { from: to.map(|side| side.div_ceil(2)), to, beyond }
    }

    /// `[n, c, from]` to `[n, c, to]`.
    ///
    /// # Panics
    /// When the picture has another size, or the sizes are not those of a half, a double or the same.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [.., height, width] = x.dims();
        assert_eq!([height, width], self.from, "the size of a picture to be resampled");
        applied(self.taps(), x)
    }

    /// The adjoint, `[n, c, to]` to `[n, c, from]`: what the gradient goes through on its way back.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn adjoint(&self, x: Tensor<4>) -> Tensor<4> {
        let [.., height, width] = x.dims();
        assert_eq!([height, width], self.to, "the size of a resampled picture");
        applied(self.taps().map(|taps| taps.turned()), x)
    }

    fn taps(&self) -> [Taps; 2] {
        [0, 1].map(|side| Taps::new(self.from[side], self.to[side], self.beyond))
    }
}

/// One side of it: what each output is a sum of.
#[derive(Debug, Clone, PartialEq)]
struct Taps {
    inputs: usize,
    /// For each output its inputs and their weights, every input once.
    outputs: Vec<Vec<(usize, f32)>>,
}

impl Taps {
    fn new(from: usize, to: usize, beyond: Beyond) -> Self {
        let is_kept = from == to;
        let fits = is_kept || from.min(to) > 0 && (to == from.div_ceil(2) || from == to.div_ceil(2));
        assert!(fits, "{from} values are neither half nor double of {to}");
        let mut taps = Self { inputs: from, outputs: vec![Vec::new(); to] };
        let place = |place: isize| match beyond {
            Beyond::Border => place.clamp(0, from as isize - 1) as usize,
            Beyond::OtherSide => place.rem_euclid(from as isize) as usize,
        };
        for output in 0..to {
            let at = output as isize;
            if is_kept {
                taps.add(output, output, 1.0);
            } else if to == from.div_ceil(2) {
                for (step, weight) in [0.125, 0.375, 0.375, 0.125].into_iter().enumerate() {
                    taps.add(output, place(2 * at - 1 + step as isize), weight);
                }
            } else {
                let neighbour = if at % 2 == 0 { at / 2 - 1 } else { at / 2 + 1 };
                taps.add(output, place(at / 2), 0.75);
                taps.add(output, place(neighbour), 0.25);
            }
        }
        taps
    }

    fn add(&mut self, output: usize, input: usize, weight: f32) {
        let row = &mut self.outputs[output];
        match row.iter_mut().find(|(known, _)| *known == input) {
            Some((_, sum)) => *sum += weight,
            None => row.push((input, weight)),
        }
    }

    /// The transposed matrix.
    fn turned(&self) -> Self {
        let mut turned = Self { inputs: self.outputs.len(), outputs: vec![Vec::new(); self.inputs] };
        for (output, row) in self.outputs.iter().enumerate() {
            row.iter().for_each(|&(input, weight)| turned.outputs[input].push((output, weight)));
        }
        turned
    }

    /// The matrix, `[outputs, inputs]`.
    fn matrix(&self) -> TensorData {
        let mut values = vec![0f32; self.outputs.len() * self.inputs];
        for (row, taps) in values.chunks_exact_mut(self.inputs.max(1)).zip(&self.outputs) {
            taps.iter().for_each(|&(input, weight)| row[input] = weight);
        }
        TensorData::new(values, [self.outputs.len(), self.inputs])
    }

    /// The same for [`LANES`] outputs at a time: all inputs that any of them needs, with a weight for each.
    fn blocks(&self) -> Vec<Block> {
        let blocks = self.outputs.chunks(LANES).map(|outputs| {
            let mut block = Block::new();
            for (lane, taps) in outputs.iter().enumerate() {
                for &(input, weight) in taps {
                    let at = block.iter().position(|(known, _)| *known == input).unwrap_or_else(|| {
                        block.push((input, [0.0; LANES]));
                        block.len() - 1
                    });
                    block[at].1[lane] = weight;
                }
            }
            block
        });
        blocks.collect()
    }
}

/// Inputs, and what each adds to the outputs side by side.
type Block = Vec<(usize, [f32; LANES])>;

/// Both matrices applied: `[n, c, h, w]` to `[n, c, outputs down, outputs across]`.
fn applied(taps: [Taps; 2], x: Tensor<4>) -> Tensor<4> {
    if !covers(&x.device()) {
        return composed(&taps, x);
    }
    let [n, channels, ..] = x.dims();
    let shape = [n, channels, taps[0].outputs.len(), taps[1].outputs.len()];
    count("resampled pictures", &shape);
    let x = Operand::new(x);
    let output = resampled(&taps, x.slice());
    record([x], output, shape, move |gradient, _, _| {
        [Some(resampled(&taps.each_ref().map(Taps::turned), gradient))]
    })
}

/// The same of Burn's operations.
fn composed([down, across]: &[Taps; 2], x: Tensor<4>) -> Tensor<4> {
    let device = x.device();
    let matrix = |taps: &Taps| Tensor::<2>::from_data(taps.matrix(), &device);
    let down: Tensor<4> = matrix(down).unsqueeze_dims(&[0, 0]);
    let across: Tensor<4> = matrix(across).transpose().unsqueeze_dims(&[0, 0]);
    down.matmul(x).matmul(across)
}

fn resampled([down, across]: &[Taps; 2], values: &[f32]) -> Vec<f32> {
    let blocks = across.blocks();
    let (before, after) = (down.inputs * across.inputs, down.outputs.len() * across.outputs.len());
    let count = values.len() / before.max(1);
    // SAFETY: every value of a plane is written, in blocks of each row.
    unsafe {
        planes(count, after, across.inputs, |plane, line, out| {
            resample_plane(down, &blocks, &values[plane * before..][..before], line, out);
        })
    }
}

vectorised! {
    fn resample_plane(
        down: &Taps,
        blocks: &[Block],
        values: &[f32],
        line: &mut [f32],
        out: &mut [MaybeUninit<f32>],
    ) {
        let width = line.len();
        let across = out.len() / down.outputs.len();
        for (taps, out) in down.outputs.iter().zip(out.chunks_exact_mut(across)) {
            line.fill(0.0);
            for &(row, weight) in taps {
                let row = &values[row * width..][..width];
                line.iter_mut().zip(row).for_each(|(sum, &value)| *sum += weight * value);
            }
            for (block, out) in blocks.iter().zip(out.chunks_mut(LANES)) {
                let mut sums = [0f32; LANES];
                for (input, weights) in block {
                    let value = line[*input];
                    sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * value);
                }
                out.iter_mut().zip(sums).for_each(|(place, sum)| _ = place.write(sum));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_random::Random;

    const WAYS: [([usize; 2], [usize; 2]); 9] = [
        ([8, 28], [4, 14]),
        ([7, 5], [4, 3]),
        ([7, 7], [14, 14]),
        ([4, 3], [7, 6]),
        ([1, 33], [1, 17]),
        ([20, 40], [40, 80]),
        ([1, 1], [1, 2]),
        ([15, 16], [8, 16]),
        ([17, 9], [9, 17]),
    ];

    fn pictures(seed: u64, shape: [usize; 4]) -> Tensor<4> {
        let values = Random::new(seed, "x", 0).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }

    fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_into_vec().expect("values of type f32")
    }

    fn each(test: impl Fn(Resample)) {
        for (from, to) in WAYS {
            for beyond in [Beyond::Border, Beyond::OtherSide] {
                test(Resample { from, to, beyond });
            }
        }
    }

    #[test]
    fn it_is_the_product_with_its_matrices() {
        each(|way| {
            let x = pictures(1, [3, 5, way.from[0], way.from[1]]);
            let (ours, theirs) = (read(way.forward(x.clone())), read(composed(&way.taps(), x)));
            assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-5), "{way:?}");
        });
    }

    #[test]
    fn the_adjoint_is_the_gradient() {
        each(|way| {
            let x = pictures(1, [2, 3, way.from[0], way.from[1]]).autodiff().require_grad();
            let weights = pictures(2, [2, 3, way.to[0], way.to[1]]);
            let gradients = (way.forward(x.clone()) * weights.clone().autodiff()).sum().backward();
            let gradient = read(x.grad(&gradients).expect("a gradient"));
            let adjoint = read(way.adjoint(weights));
            assert!(gradient.iter().zip(&adjoint).all(|(a, b)| (a - b).abs() < 1e-6), "{way:?}");
        });
    }

    #[test]
    fn even_pictures_stay_even_and_tiles_keep_their_mean() {
        each(|way| {
            let ones = Tensor::<4>::ones([1, 1, way.from[0], way.from[1]], &Device::flex());
            assert!(read(way.forward(ones)).iter().all(|v| (v - 1.0).abs() < 1e-6), "{way:?}");
        });
        let way = Resample::half([8, 12], Beyond::OtherSide);
        let x = pictures(3, [1, 1, 8, 12]);
        let mean = |values: Vec<f32>| values.iter().sum::<f32>() / values.len() as f32;
        assert!((mean(read(x.clone())) - mean(read(way.forward(x)))).abs() < 1e-6);
    }

    #[test]
    fn the_finest_stripes_vanish_instead_of_turning_into_coarse_ones() {
        let stripes: Vec<f32> = (0..16).map(|x| if x % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let x = Tensor::<4>::from_data(TensorData::new(stripes, [1, 1, 1, 16]), &Device::flex());
        let half = read(Resample::half([1, 16], Beyond::OtherSide).forward(x));
        assert!(half.iter().all(|v| v.abs() < 1e-6), "{half:?}");
    }
}
