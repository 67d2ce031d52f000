//! `builtin`: features that come with the program, for judging without a download.
//!
//! A small network of six convolutions that we have trained ourselves on small pictures (see
//! `examples/builtin_features`): it tells classes apart, and how pictures were damaged. Each picture is brought to
//! 32 x 32 RGB; its features are the means of two layers over the picture, one of textures and one of whole things,
//! brought to mean 0 and deviation 1 over the pictures that it was trained on.
//!
//! What it sees differs from what Inception sees, so its figures are not those that papers publish.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use impasto_data::{Picture, squeezed};
use impasto_nn::layers::{Conv, ConvShape};
use impasto_nn::{Activation, Fill, Init, exchange, tensor, values};
use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors};

use super::chain::{Chain, Numbers};
use super::{FeatureNetwork, Features, vgg};
use crate::picture::{as_rgb, to_chw};

/// Pixels on each side of what the network sees.
pub const SIDE: usize = 32;
/// Channels in, channels out and stride of each 3 x 3 convolution; a leaky ReLU follows.
pub const LAYERS: [(usize, usize, usize); 6] =
    [(3, 32, 1), (32, 64, 2), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 128, 2)];
/// The layers whose means are features.
pub const TAPS: [usize; 2] = [2, 5];
/// Numbers for each picture.
pub const DIMS: usize = LAYERS[TAPS[0]].1 + LAYERS[TAPS[1]].1;
/// What follows each convolution.
pub const ACTIVATION: Activation = Activation::Leaky;

const WEIGHTS: &[u8] = include_bytes!("builtin.safetensors");
const AT_ONCE: usize = 64;
/// Larger pictures are made smaller for [`Builtin::look`]: the network knows small ones.
const LARGEST_LOOK: usize = 64;

/// The network.
#[derive(Debug)]
pub struct Builtin {
    trunk: Trunk,
    /// Over the pictures of the training, for each feature.
    mean: Vec<f32>,
    deviation: Vec<f32>,
    hash: String,
    device: Device,
}

#[derive(Module, Debug)]
struct Trunk {
    convs: Vec<Conv>,
}

impl Builtin {
    /// The network that the program was built with.
    pub fn new(device: &Device) -> Self {
        // The blob is part of the program, and a test reads it.
        Self::from_bytes(WEIGHTS, device).expect("the weights in the program are whole")
    }

    /// A network of this shape from a safetensors file; the error is a sentence.
    pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<Self, String> {
        let mut tensors = read(bytes)?;
        let mut init = Init::empty(device);
        let conv = |&(inputs, outputs, stride): &(usize, usize, usize)| {
            Conv::new(ConvShape::same(inputs, outputs, 3, stride), Fill::He, &mut init)
        };
        let mut trunk = Trunk { convs: LAYERS.iter().map(conv).collect() };
        let mut problems = Vec::new();
        let mut take = |name: &str, count: usize| match tensors.remove(name) {
            Some(values) if values.len() == count => Some(values),
            _ => {
                problems.push(format!("`{name}` with {count} values is missing"));
                None
            }
        };
        exchange(&mut trunk, "", &mut |name, shape, _| {
            take(name.trim_start_matches('.'), shape.iter().product())
        });
        let [mean, deviation] = ["mean", "deviation"].map(|name| take(name, DIMS).unwrap_or_default());
        match problems.first() {
            Some(problem) => Err(problem.clone()),
            None => {
                let hash = crate::run::sha256(bytes)[..12].to_owned();
                Ok(Self { trunk, mean, deviation, hash, device: device.clone() })
            }
        }
    }

    /// What two of its layers see, place by place: `[n, 3, height, width]` in [-1, 1], which gradients pass through. The
    /// channels of each place have length one, and the sum over the places is a mean.
    pub(crate) fn look(&self, pictures: Tensor<4>) -> Vec<Tensor<4>> {
        let [_, _, height, width] = pictures.dims();
        let longest = height.max(width).max(1);
        let mut x = match longest > LARGEST_LOOK {
            true => reduced(pictures, [height, width].map(|side| (side * LARGEST_LOOK / longest).max(1))),
            false => pictures,
        };
        let mut seen = Vec::with_capacity(TAPS.len());
        for (number, conv) in self.trunk.convs.iter().enumerate() {
            x = conv.activated(x, ACTIVATION);
            if TAPS.contains(&number) {
                seen.push(of_length_one(x.clone()));
            }
        }
        seen
    }

    /// The features of one batch before they are brought to mean 0 and deviation 1.
    fn raw(&self, pictures: &[Picture]) -> Vec<f32> {
        let pixels: Vec<f32> = pictures.par_iter().flat_map_iter(|picture| to_chw(&small(picture))).collect();
        let x = tensor(pixels, [pictures.len(), 3, SIDE, SIDE], &self.device);
        let mut taps = Vec::with_capacity(TAPS.len());
        let mut x: Tensor<4> = x;
        for (number, conv) in self.trunk.convs.iter().enumerate() {
            x = conv.activated(x, ACTIVATION);
            if TAPS.contains(&number) {
                taps.push(means(x.clone()));
            }
        }
        let widths = TAPS.map(|tap| LAYERS[tap].1);
        let row = |index: usize| {
            let parts = taps.iter().zip(widths);
            parts.flat_map(move |(tap, width)| tap[index * width..(index + 1) * width].iter().copied())
        };
        (0..pictures.len()).flat_map(row).collect()
    }
}

impl FeatureNetwork for Builtin {
    fn name(&self) -> &str {
        "builtin"
    }

    fn dims(&self) -> usize {
        DIMS
    }

    fn protocol(&self) -> String {
        format!(
            "builtin features {}, {DIMS} numbers from whole pictures at {SIDE} x {SIDE} RGB (Lanczos); not \
             comparable with published figures",
            self.hash
        )
    }

    fn describe(&self, pictures: &[Picture]) -> Features {
        let mut values: Vec<f32> = pictures.chunks(AT_ONCE).flat_map(|some| self.raw(some)).collect();
        for row in values.chunks_exact_mut(DIMS) {
            for ((value, mean), deviation) in row.iter_mut().zip(&self.mean).zip(&self.deviation) {
                *value = (*value - mean) / deviation.max(1e-6);
            }
        }
        Features::new(DIMS, values)
    }
}

/// Its convolutions as a chain that looks at pictures in [0, 1] of any size, with layers `layer1` to `layer6`.
pub(crate) fn chain(device: &Device) -> Chain {
    // The blob is part of the program, and a test reads it.
    let mut tensors = read(WEIGHTS).unwrap_or_default();
    let mut chain = Chain::new(device);
    for (number, &(.., stride)) in LAYERS.iter().enumerate() {
        let mut take = |what: &str| tensors.remove(&format!("convs.{number}.{what}")).unwrap_or_default();
        let numbers = Numbers { weight: take("weight"), bias: take("bias") };
        let numbers = if number == 0 { vgg::folded(numbers, TO_RANGE) } else { numbers };
        chain = chain.conv(&format!("layer{}", number + 1), numbers, stride, ACTIVATION);
    }
    chain
}

/// From [0, 1] to [-1, 1].
const TO_RANGE: ([[f32; 3]; 3], [f32; 3]) = ([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]], [-1.0; 3]);

/// A picture as the network wants it: all of it, so one that is not square is squeezed.
pub fn small(picture: &Picture) -> Picture {
    squeezed(as_rgb(picture, [255; 3]), SIDE, SIDE)
}

/// Each place's channels brought to length one, and divided so that a sum over the places is a mean.
pub(super) fn of_length_one(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    // A root has no slope at 0.
    let lengths = x.clone().square().sum_dim(1).add_scalar(1e-12).sqrt();
    x / lengths.mul_scalar(((height * width) as f64).sqrt())
}

/// Pictures made smaller: each new pixel is the mean of what it covers.
fn reduced(x: Tensor<4>, [new_height, new_width]: [usize; 2]) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    let device = x.device().inner();
    let rows = x.reshape([n * channels * height, width]).matmul(covering(width, new_width, &device));
    let columns = rows.reshape([n * channels, height, new_width]).swap_dims(1, 2);
    let columns = columns.reshape([n * channels * new_width, height]);
    let small = columns.matmul(covering(height, new_height, &device));
    small.reshape([n, channels, new_width, new_height]).swap_dims(2, 3)
}

/// `[old, new]`: how much of each new pixel is each old one.
fn covering(old: usize, new: usize, device: &Device) -> Tensor<2> {
    let scale = old as f64 / new as f64;
    let part = |at: usize| {
        let (from, pixel) = ((at / new) as f64, (at % new) as f64);
        let (low, high) = ((pixel * scale).max(from), ((pixel + 1.0) * scale).min(from + 1.0));
        ((high - low).max(0.0) / scale) as f32
    };
    tensor((0..old * new).map(part).collect(), [old, new], device)
}

/// `[n, channels, h, w]` to the mean of each plane, `[n, channels]`.
pub fn means(x: Tensor<4>) -> Vec<f32> {
    let [_, _, height, width] = x.dims();
    let area = height * width;
    let mean = |plane: &[f32]| plane.iter().sum::<f32>() / area as f32;
    values(x).par_chunks_exact(area).map(mean).collect()
}

/// Tensors of 32 bits, or of 16 (`BF16`: the upper half of the 32).
fn read(bytes: &[u8]) -> Result<BTreeMap<String, Vec<f32>>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.iter() {
        let values = match view.dtype() {
            Dtype::F32 => view.data().as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect(),
            Dtype::BF16 => {
                view.data().as_chunks().0.iter().map(|&two| wide(u16::from_le_bytes(two))).collect()
            }
            other => return Err(format!("tensor `{name}` holds {other}, and only F32 and BF16 are read")),
        };
        tensors.insert(name.to_owned(), values);
    }
    Ok(tensors)
}

fn wide(upper: u16) -> f32 {
    f32::from_bits(u32::from(upper) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_data::synth::{draw, motifs};
    use impasto_random::Random;

    fn network() -> Builtin {
        Builtin::new(&Device::flex())
    }

    fn distance(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
    }

    #[test]
    fn the_weights_in_the_program_are_whole_and_small() {
        assert!(WEIGHTS.len() < 2 << 20);
        let Builtin { mean, deviation, .. } = network();
        assert!(
            mean.iter().all(|v| v.is_finite()) && deviation.iter().filter(|&&v| v > 1e-3).count() > DIMS / 2
        );
        assert!(Builtin::from_bytes(b"not weights", &Device::flex()).is_err());
        assert!(Builtin::from_bytes(&WEIGHTS[..WEIGHTS.len() - 9], &Device::flex()).is_err());
    }

    #[test]
    fn a_picture_has_the_same_features_in_any_company_and_nearly_so_at_another_size() {
        let network = network();
        let drawn: Vec<Picture> =
            (0..70).map(|i| draw(&motifs()[1], 0, 32, &mut Random::new(1, "p", i))).collect();
        let all = network.describe(&drawn);
        let alone = network.describe(&drawn[66..67]);
        assert_eq!((all.len(), all.dims()), (70, DIMS));
        assert!(distance(all.row(66), alone.row(0)) < 1e-3);
        let larger = draw(&motifs()[1], 0, 128, &mut Random::new(1, "p", 66));
        let larger = network.describe(&[larger]);
        let others = (0..70).filter(|&i| i != 66).map(|i| distance(all.row(i), larger.row(0)));
        assert!(others.fold(f32::INFINITY, f32::min) > distance(all.row(66), larger.row(0)));
    }

    #[test]
    fn a_smaller_picture_has_the_means_of_what_its_pixels_cover() {
        let x = tensor::<4>((0..12).map(|v| v as f32).collect(), [1, 1, 2, 6], &Device::flex());
        assert_eq!(values(reduced(x.clone(), [1, 3])), [3.5, 5.5, 7.5]);
        let half = values(reduced(x, [2, 4]));
        let expected = [1.0 / 3.0, 5.0 / 3.0, 10.0 / 3.0, 14.0 / 3.0];
        assert!(half.iter().zip(expected).all(|(v, e): (&f32, f32)| (v - e).abs() < 1e-5), "{half:?}");
    }

    #[test]
    fn grey_pictures_and_odd_sizes_will_do() {
        let pictures = [
            Picture::filled(1, 1, &[9]),
            Picture::filled(300, 7, &[1, 2, 3]),
            Picture::filled(28, 28, &[0; 4]),
        ];
        assert!(network().describe(&pictures).is_finite());
    }
}
