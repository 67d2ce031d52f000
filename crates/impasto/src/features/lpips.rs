//! How alike two pictures look: the learned perceptual distance LPIPS, version 0.1.
//!
//! Paper: Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric" (2018). The pictures pass
//! through AlexNet or VGG16; at five depths, each pixel's channels are scaled to length one, and the squared differences
//! are weighted by channel, averaged over the picture and added up.
//!
//! All of that is a squared distance between rows of numbers, so a picture is embedded once and then compared with any
//! other. Differs from the paper's program: pictures with a side under 32 pixels, which the networks can't see, have each
//! pixel repeated until they are large enough.

use burn::tensor::{Device, Tensor};
use impasto_nn::layers::{FixedConv, max_pool};
use impasto_nn::{tensor, values};

use super::builtin::of_length_one;
use super::inception::in_colour;
use crate::run::Stored;
use crate::weights::{About, Network, Weights, WeightsError};

/// What the pictures' channels are shifted and divided by.
pub(super) const SHIFT: [f32; 3] = [-0.030, -0.088, -0.188];
pub(super) const SCALE: [f32; 3] = [0.458, 0.448, 0.450];
/// Keeps pixels without any activation from being divided by zero.
const EPSILON: f32 = 1e-10;
/// The smallest side that AlexNet can see.
const LEAST: usize = 32;
/// Values of the largest layer that are in memory at a time, about: 200 MB.
const MOST_VALUES: usize = 50_000_000;

/// Which network looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backbone {
    /// Quick, and closest to what people say.
    AlexNet,
    /// The usual one for training and style.
    Vgg16,
}

/// The backbones, as they are asked for; the usual one first.
pub const BACKBONES: [&str; 2] = ["alexnet", "vgg16"];

impl Backbone {
    /// The backbone of this name; anything that is not VGG16 is AlexNet.
    pub fn named(name: &str) -> Self {
        if name == BACKBONES[1] { Self::Vgg16 } else { Self::AlexNet }
    }

    /// Its name in the literature.
    pub fn title(self) -> &'static str {
        match self {
            Self::AlexNet => "AlexNet",
            Self::Vgg16 => "VGG16",
        }
    }
}

/// A network with its heads, ready to look.
#[derive(Debug)]
pub struct Lpips {
    backbone: Backbone,
    parts: Vec<Part>,
    /// The square roots of the heads' weights.
    heads: Vec<Vec<f32>>,
    about: About,
    device: Device,
}

/// What lies between two depths at which the network is tapped.
#[derive(Debug)]
struct Part {
    /// Window and stride.
    pool: Option<[usize; 2]>,
    convs: Vec<FixedConv>,
}

/// Pictures as rows of numbers whose squared distance is LPIPS. Rows of pictures of different sizes can't be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    /// Numbers in a row.
    pub dims: usize,
    /// Row after row.
    pub values: Vec<f32>,
}

impl Embeddings {
    /// A picture's numbers.
    pub fn row(&self, picture: usize) -> &[f32] {
        &self.values[picture * self.dims..][..self.dims]
    }

    /// LPIPS between two of these pictures.
    pub fn distance(&self, one: usize, other: usize) -> f64 {
        squared_distance(self.row(one), self.row(other))
    }
}

/// LPIPS between two embedded pictures.
///
/// # Panics
/// When the rows are of different lengths.
pub fn squared_distance(one: &[f32], other: &[f32]) -> f64 {
    assert_eq!(one.len(), other.len(), "embeddings of pictures of the same size");
    let square = |(a, b): (&f32, &f32)| (a - b) * (a - b);
    // Short sums in f32, which are quick, added up in f64, which is exact enough for millions of numbers.
    let short = |(a, b): (&[f32], &[f32])| f64::from(a.iter().zip(b).map(square).sum::<f32>());
    one.chunks(256).zip(other.chunks(256)).map(short).sum()
}

impl Lpips {
    /// Loads the network that the user added.
    ///
    /// # Errors
    /// When it was not added, or what is stored is damaged.
    pub fn load(weights: &Weights, backbone: Backbone, device: &Device) -> Result<Self, WeightsError> {
        Ok(Self::new(weights.read(network_of(backbone))?, backbone, device))
    }

    fn new(network: Network, backbone: Backbone, device: &Device) -> Self {
        let Network { mut tensors, about } = network;
        let mut take = |name: String| tensors.remove(&name).unwrap_or_default();
        let (counts, pools): ([usize; 5], _) = match backbone {
            Backbone::AlexNet => ([1; 5], [None, Some([3, 2]), Some([3, 2]), None, None]),
            Backbone::Vgg16 => {
                ([2, 2, 3, 3, 3], [None, Some([2, 2]), Some([2, 2]), Some([2, 2]), Some([2, 2])])
            }
        };
        let mut number = 0..;
        let mut part = |(count, pool): (usize, Option<[usize; 2]>)| {
            let convs = number.by_ref().take(count).map(|number| conv(&mut take, number, device)).collect();
            Part { pool, convs }
        };
        let parts = counts.into_iter().zip(pools).map(&mut part).collect();
        let roots = |head: Stored| head.values.iter().map(|weight| weight.max(0.0).sqrt()).collect();
        let heads = (0..counts.len()).map(|number| roots(take(format!("head{number}")))).collect();
        Self { backbone, parts, heads, about, device: device.clone() }
    }

    /// Which network looks.
    pub fn backbone(&self) -> Backbone {
        self.backbone
    }

    /// Where the weights come from, and their checksum.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// LPIPS between each picture of one batch and the picture at the same place of the other: bytes, `[n, 1 or 3, height,
    /// width]`.
    ///
    /// # Panics
    /// When there are not as many bytes as the shape says, or neither one channel nor three.
    pub fn distance(&self, one: &[u8], other: &[u8], shape: [usize; 4]) -> Vec<f64> {
        let [one, other] = [one, other].map(|pictures| self.embed(pictures, shape));
        (0..shape[0]).map(|n| squared_distance(one.row(n), other.row(n))).collect()
    }

    /// The pictures as rows of numbers: bytes, `[n, 1 or 3, height, width]`.
    ///
    /// # Panics
    /// When there are not as many bytes as the shape says, or neither one channel nor three.
    pub fn embed(&self, pictures: &[u8], shape: [usize; 4]) -> Embeddings {
        let [n, channels, height, width] = shape;
        assert_eq!(pictures.len(), n * channels * height * width, "the bytes of pictures of shape {shape:?}");
        assert!(matches!(channels, 1 | 3), "grey or colour pictures, not {channels} channels");
        let times = LEAST.div_ceil(height.min(width).max(1));
        let [tall, wide] = [height, width].map(|side| side * times);
        let together = (MOST_VALUES / (64 * tall * wide).max(1)).clamp(1, 64);
        let each = (channels * height * width).max(1);
        let mut values = Vec::new();
        for some in pictures.chunks(together * each) {
            let x = in_colour(scaled(some, [channels, height, width], times), channels, tall * wide);
            let count = some.len() / each;
            values.extend(self.look(tensor(x, [count, 3, tall, wide], &self.device)));
        }
        Embeddings { dims: values.len() / n.max(1), values }
    }

    /// The same numbers, layer by layer, of pictures in [-1, 1], `[n, 3, height, width]`; gradients pass through them.
    pub(crate) fn trace(&self, x: Tensor<4>) -> Vec<Tensor<4>> {
        let [_, _, height, width] = x.dims();
        let times = LEAST.div_ceil(height.min(width).max(1));
        let mut x = shifted(repeated(x, times), &self.device);
        let mut layers = Vec::with_capacity(self.parts.len());
        for (part, roots) in self.parts.iter().zip(&self.heads) {
            if let Some([window, stride]) = part.pool {
                x = max_pool(x, window, stride, 0);
            }
            x = part.convs.iter().fold(x, |x, conv| conv.forward(x));
            let roots = tensor::<4>(roots.clone(), [1, roots.len(), 1, 1], &self.device);
            layers.push(of_length_one(x.clone()) * roots);
        }
        layers
    }

    fn look(&self, x: Tensor<4>) -> Vec<f32> {
        let n = x.dims()[0];
        let mut rows: Vec<Vec<f32>> = vec![Vec::new(); n];
        let mut x = shifted(x, &self.device);
        for (part, roots) in self.parts.iter().zip(&self.heads) {
            if let Some([window, stride]) = part.pool {
                x = max_pool(x, window, stride, 0);
            }
            x = part.convs.iter().fold(x, |x, conv| conv.forward(x));
            let [_, channels, height, width] = x.dims();
            let area = height * width;
            let mut layer = values(x.clone());
            for (picture, row) in layer.chunks_exact_mut(channels * area).zip(&mut rows) {
                weigh(picture, roots, area);
                row.extend_from_slice(picture);
            }
        }
        rows.concat()
    }
}

/// Its name among the networks that users add.
fn network_of(backbone: Backbone) -> &'static str {
    match backbone {
        Backbone::AlexNet => "lpips-alexnet",
        Backbone::Vgg16 => "lpips-vgg16",
    }
}

/// AlexNet's first convolutions have padding 2, which is what keeps the size of the second; all others keep it too.
fn conv(take: &mut impl FnMut(String) -> Stored, number: usize, device: &Device) -> FixedConv {
    let [weight, bias] = ["weight", "bias"].map(|what| take(format!("conv{number}.{what}")));
    let shape: [usize; 4] = weight.shape.try_into().expect("four dimensions, which was checked");
    let (stride, padding) = if shape[2] == 11 { (4, 2) } else { (1, shape[2] / 2) };
    FixedConv::new(weight.values, shape, bias.values, stride, [padding; 2], device)
}

/// Bytes to values in [-1, 1], each pixel `times` times in both directions.
fn scaled(pictures: &[u8], [_, height, width]: [usize; 3], times: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(pictures.len() * times * times);
    for plane in pictures.chunks_exact((height * width).max(1)) {
        for row in plane.chunks_exact(width) {
            let start = out.len();
            for &byte in row {
                out.extend(std::iter::repeat_n(f32::from(byte) / 127.5 - 1.0, times));
            }
            let end = out.len();
            (1..times).for_each(|_| out.extend_from_within(start..end));
        }
    }
    out
}

/// Each pixel `times` times in both directions.
fn repeated(x: Tensor<4>, times: usize) -> Tensor<4> {
    if times == 1 {
        return x;
    }
    let [n, channels, height, width] = x.dims();
    let x = x.reshape([n * channels * height * width, 1]).repeat_dim(1, times);
    let x: Tensor<3> = x.reshape([n * channels * height, 1, width * times]).repeat_dim(1, times);
    x.reshape([n, channels, height * times, width * times])
}

/// `(x - shift) / scale` for each channel.
fn shifted(x: Tensor<4>, device: &Device) -> Tensor<4> {
    let channel = |values: [f32; 3]| tensor(values.to_vec(), [1, 3, 1, 1], device);
    (x - channel(SHIFT)) / channel(SCALE)
}

/// Scales each pixel's channels to length one, weighs them by the heads' roots, and spreads the mean over the area.
fn weigh(picture: &mut [f32], roots: &[f32], area: usize) {
    let mut lengths = vec![0f32; area];
    for plane in picture.chunks_exact(area) {
        lengths.iter_mut().zip(plane).for_each(|(sum, value)| *sum += value * value);
    }
    let spread = 1.0 / (area as f32).sqrt();
    lengths.iter_mut().for_each(|length| *length = spread / (length.sqrt() + EPSILON));
    for (plane, root) in picture.chunks_exact_mut(area).zip(roots) {
        plane.iter_mut().zip(&lengths).for_each(|(value, factor)| *value *= factor * root);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn made_up(backbone: Backbone) -> Lpips {
        let network = crate::weights::made_up(network_of(backbone), |name, at, shape| {
            let fan = shape.iter().skip(1).product::<usize>() as f32;
            let drawn = (at as f32 * 0.7).sin();
            if name.starts_with("head") { drawn.abs() } else { drawn * (2.0 / fan).sqrt() }
        });
        Lpips::new(network, backbone, &Device::flex())
    }

    fn noise(count: usize, key: u64) -> Vec<u8> {
        let mut random = Random::new(3, "noise", key);
        (0..count).map(|_| random.below(256) as u8).collect()
    }

    #[test]
    fn distances_are_those_of_the_embeddings_with_either_network() {
        [Backbone::AlexNet, Backbone::Vgg16]
            .map(made_up)
            .iter()
            .for_each(distances_are_those_of_the_embeddings);
    }

    fn distances_are_those_of_the_embeddings(lpips: &Lpips) {
        let shape = [2, 3, 40, 36];
        let (one, other) = (noise(2 * 3 * 40 * 36, 1), noise(2 * 3 * 40 * 36, 2));
        let distances = lpips.distance(&one, &other, shape);
        let both = lpips.embed(&[one.clone(), other].concat(), [4, 3, 40, 36]);
        assert_eq!(distances, [both.distance(0, 2), both.distance(1, 3)]);
        assert!(distances.iter().all(|&distance| distance > 0.0));
        assert_eq!(lpips.distance(&one, &one, shape), [0.0, 0.0]);
    }

    #[test]
    fn what_gradients_pass_through_is_the_same_distance() {
        let lpips = made_up(Backbone::AlexNet);
        for (height, width) in [(40, 36), (20, 17)] {
            let (one, other) = (noise(3 * height * width, 1), noise(3 * height * width, 2));
            let shape = [1, 3, height, width];
            let exact = lpips.distance(&one, &other, shape)[0];
            let pixels = |bytes: &[u8]| bytes.iter().map(|&byte| f32::from(byte) / 127.5 - 1.0).collect();
            let [one, other] = [one, other].map(|bytes| tensor::<4>(pixels(&bytes), shape, &lpips.device));
            let one = one.autodiff().require_grad();
            let layers = lpips.trace(one.clone()).into_iter().zip(lpips.trace(other));
            let squares = layers.map(|(a, b)| (a - b).square().sum());
            let traced = squares.reduce(|sum, next| sum + next).expect("five layers");
            let gradient = one.grad(&traced.clone().backward()).expect("a gradient");
            let found = impasto_nn::number(traced.inner());
            assert!((found - exact).abs() < 1e-3 * exact, "{found} against {exact}");
            assert!(values(gradient).iter().any(|value| *value != 0.0));
        }
    }

    #[test]
    fn the_embedding_is_the_papers_formula() {
        // Two channels of two pixels; one pixel is dark, which must not divide by zero.
        let mut picture = [3.0, 0.0, 4.0, 0.0];
        weigh(&mut picture, &[1.0, 2.0], 2);
        let spread = 1.0 / 2f32.sqrt();
        for (found, expected) in picture.iter().zip([0.6 * spread, 0.0, 1.6 * spread, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{picture:?}");
        }
    }

    #[test]
    fn small_and_grey_pictures_can_be_seen() {
        let lpips = made_up(Backbone::AlexNet);
        let grey = noise(2 * 28 * 28, 4);
        assert!(lpips.distance(&grey[..784], &grey[784..], [1, 1, 28, 28])[0] > 0.0);
        assert_eq!(scaled(&[0, 255], [1, 1, 2], 2), [-1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0]);
        assert_eq!(lpips.embed(&[], [0, 3, 64, 64]), Embeddings { dims: 0, values: vec![] });
    }
}
