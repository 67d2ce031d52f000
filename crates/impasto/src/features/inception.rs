//! The Inception network of the Fréchet Inception Distance, up to its last pooling: 2048 numbers for a picture.
//!
//! Papers: Szegedy et al., "Rethinking the Inception Architecture" (2015); Heusel et al., "GANs Trained by a Two
//! Time-Scale Update Rule" (2017). It is the network that TensorFlow published on 2015-12-05, and differs from
//! torchvision's Inception in these points: the means in its towers leave out what lies outside of the picture, the last
//! block takes maxima instead of means, and its batch norms have no factor.
//!
//! Pictures are enlarged or shrunk to 299x299 as TensorFlow 1 did, see `resize`, and become
//! `(x - 128) / 128`. Differs from TensorFlow: batch norms are folded into the convolutions when the network is loaded.

use burn::tensor::{Device, Tensor};
use impasto_data::Picture;
use impasto_nn::layers::{FixedConv, max_pool, mean_pool};
use impasto_nn::{tensor, values};

use super::resize::bilinear;
use super::{FeatureNetwork, Features};
use crate::picture::{as_rgb, planes};
use crate::run::Stored;
use crate::weights::{About, Network, Weights, WeightsError};

/// What pictures are resized to.
const SIDE: usize = 299;
/// The batch norms' own small number.
const EPSILON: f32 = 1e-3;
/// Pictures that pass through together: enough for whole tiles of the smallest layers, few enough for the caches.
const TOGETHER: usize = 8;

/// The network, ready to look.
#[derive(Debug)]
pub struct Inception {
    stem: Vec<Step>,
    blocks: Vec<Vec<Tower>>,
    about: About,
    device: Device,
}

/// One after the other.
#[derive(Debug)]
enum Step {
    Conv(Box<FixedConv>),
    /// With windows of 3, and this stride and padding.
    Max(usize, usize),
    Mean,
}

/// Steps, and layers that look at what comes out of them side by side; none means that it is the result.
#[derive(Debug)]
struct Tower {
    steps: Vec<Step>,
    ends: Vec<FixedConv>,
}

impl Inception {
    /// How many numbers a picture becomes.
    pub const DIMS: usize = 2048;

    /// Loads the network that the user added.
    ///
    /// # Errors
    /// When it was not added, or what is stored is damaged.
    pub fn load(weights: &Weights, device: &Device) -> Result<Self, WeightsError> {
        Ok(Self::new(weights.read("inception")?, device))
    }

    /// The network with weights that are drawn: it sees nothing, and takes as long.
    pub fn drawn(device: &Device) -> Self {
        let network = crate::weights::made_up("inception", |name, at, shape| {
            let fan = shape.iter().skip(1).product::<usize>().max(1) as f32;
            match name.rsplit('.').next() {
                Some("weight") => (at as f32 * 0.7).sin() * (2.0 / fan).sqrt(),
                Some("var") => 1.0 - EPSILON,
                _ => 0.0,
            }
        });
        Self::new(network, device)
    }

    fn new(network: Network, device: &Device) -> Self {
        let Network { mut tensors, about } = network;
        let mut loader = Loader { take: |name: String| tensors.remove(&name).unwrap_or_default(), device };
        let stem = vec![
            loader.valid("conv", 2),
            loader.valid("conv_1", 1),
            loader.same("conv_2"),
            Step::Max(2, 0),
            loader.same("conv_3"),
            loader.valid("conv_4", 1),
            Step::Max(2, 0),
        ];
        let mut blocks: Vec<_> = ["mixed", "mixed_1", "mixed_2"].map(|name| loader.block_a(name)).into();
        blocks.push(loader.block_b("mixed_3"));
        blocks.extend(["mixed_4", "mixed_5", "mixed_6", "mixed_7"].map(|name| loader.block_c(name)));
        blocks.push(loader.block_d("mixed_8"));
        blocks.push(loader.block_e("mixed_9", Step::Mean));
        blocks.push(loader.block_e("mixed_10", Step::Max(1, 1)));
        Self { stem, blocks, about, device: device.clone() }
    }

    /// Where the weights come from, and their checksum.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The features of pictures, 2048 numbers for each: bytes, `[n, 1 or 3, height, width]`.
    ///
    /// A picture's features are the same whatever other pictures are described with it.
    ///
    /// # Panics
    /// When there are not as many bytes as the shape says, or neither one channel nor three.
    pub fn of_bytes(&self, pictures: &[u8], shape: [usize; 4]) -> Vec<f32> {
        let [n, channels, height, width] = shape;
        assert_eq!(pictures.len(), n * channels * height * width, "the bytes of pictures of shape {shape:?}");
        assert!(matches!(channels, 1 | 3), "grey or colour pictures, not {channels} channels");
        let each = (channels * height * width).max(1);
        pictures.chunks(TOGETHER * each).flat_map(|some| self.look(some, [channels, height, width])).collect()
    }

    fn look(&self, pictures: &[u8], [channels, height, width]: [usize; 3]) -> Vec<f32> {
        let resized = bilinear(pictures, [height, width], [SIDE; 2], |value| (value - 128.0) / 128.0);
        let resized = in_colour(resized, channels, SIDE * SIDE);
        let x = tensor(resized, [pictures.len() / (channels * height * width), 3, SIDE, SIDE], &self.device);
        let x = self.stem.iter().fold(x, |x, step| step.forward(x));
        let x = self.blocks.iter().fold(x, |x, block| forward(block, x));
        let [_, _, height, width] = x.dims();
        let area = height * width;
        let mean = |plane: &[f32]| plane.iter().sum::<f32>() / area as f32;
        values(x).chunks_exact(area).map(mean).collect()
    }
}

impl FeatureNetwork for Inception {
    fn name(&self) -> &str {
        "inception"
    }

    fn dims(&self) -> usize {
        Self::DIMS
    }

    fn protocol(&self) -> String {
        format!(
            "Inception of 2015-12-05, last pooling, {} numbers, weights {}; pictures brought to {SIDE} x {SIDE} as TensorFlow \
             1 does (bilinear, no half pixels), (x - 128) / 128",
            Self::DIMS,
            self.about.sha256
        )
    }

    fn is_standard(&self) -> bool {
        true
    }

    /// Each picture goes to the network at its own size.
    fn describe(&self, pictures: &[Picture]) -> Features {
        let size = |picture: &Picture| [picture.height(), picture.width()];
        let look = |some: &[Picture]| {
            let [height, width] = size(&some[0]);
            let bytes = |picture| planes(&as_rgb(picture, [255; 3])).collect::<Vec<u8>>();
            self.of_bytes(&some.iter().flat_map(bytes).collect::<Vec<u8>>(), [some.len(), 3, height, width])
        };
        let of_one_size = pictures.chunk_by(|one, other| size(one) == size(other));
        Features::new(Self::DIMS, of_one_size.flat_map(|same| same.chunks(TOGETHER)).flat_map(look).collect())
    }
}

/// Grey planes three times each.
pub(super) fn in_colour(planes: Vec<f32>, channels: usize, area: usize) -> Vec<f32> {
    if channels == 3 {
        return planes;
    }
    planes.chunks_exact(area).flat_map(|plane| plane.repeat(3)).collect()
}

/// All towers look at the same, and their results lie one behind the other.
fn forward(block: &[Tower], x: Tensor<4>) -> Tensor<4> {
    let results = block.iter().flat_map(|tower| {
        let y = tower.steps.iter().fold(x.clone(), |x, step| step.forward(x));
        match tower.ends.as_slice() {
            [] => vec![y],
            ends => ends.iter().map(|end| end.forward(y.clone())).collect(),
        }
    });
    Tensor::cat(results.collect(), 1)
}

impl Step {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Conv(conv) => conv.forward(x),
            &Self::Max(stride, padding) => max_pool(x, 3, stride, padding),
            Self::Mean => mean_pool(x, 3, 1, 1),
        }
    }
}

impl Tower {
    fn of<const N: usize>(steps: [Step; N]) -> Self {
        Self { steps: steps.into(), ends: Vec::new() }
    }
}

/// Makes layers of the tensors of a network, which `take` hands out. Their shapes were checked when they were read.
struct Loader<'a, F> {
    take: F,
    device: &'a Device,
}

impl<F: FnMut(String) -> Stored> Loader<'_, F> {
    /// A convolution that keeps the size.
    fn same(&mut self, name: &str) -> Step {
        Step::Conv(Box::new(self.conv(name, 1, true)))
    }

    /// A convolution whose windows lie inside of the picture.
    fn valid(&mut self, name: &str, stride: usize) -> Step {
        Step::Conv(Box::new(self.conv(name, stride, false)))
    }

    /// The batch norm `(y - mean) / sqrt(var + e) + beta` is folded into the weight and a bias.
    fn conv(&mut self, name: &str, stride: usize, keeps_size: bool) -> FixedConv {
        let mut take = |what: &str| (self.take)(format!("layers.{name}.{what}"));
        let [weight, beta, mean, var] = ["weight", "beta", "mean", "var"].map(&mut take);
        let shape: [usize; 4] = weight.shape.try_into().expect("four dimensions, which was checked");
        let factors: Vec<f32> = var.values.iter().map(|var| 1.0 / (var + EPSILON).sqrt()).collect();
        let each = shape[1] * shape[2] * shape[3];
        let weight = weight.values.iter().enumerate().map(|(at, w)| w * factors[at / each]).collect();
        let bias = beta.values.iter().zip(&mean.values).zip(&factors).map(|((b, m), f)| b - m * f).collect();
        let padding = if keeps_size { [shape[2] / 2, shape[3] / 2] } else { [0, 0] };
        FixedConv::new(weight, shape, bias, stride, padding, self.device)
    }

    /// Convolutions that keep the size, named after the first: `conv`, `conv_1`, ...
    fn row<const N: usize>(&mut self, name: &str) -> Vec<Step> {
        (0..N)
            .map(|number| match number {
                0 => self.same(&format!("{name}.conv")),
                _ => self.same(&format!("{name}.conv_{number}")),
            })
            .collect()
    }

    /// At 35x35.
    fn block_a(&mut self, name: &str) -> Vec<Tower> {
        vec![
            Tower::of([self.same(&format!("{name}.conv"))]),
            Tower { steps: self.row::<2>(&format!("{name}.tower")), ends: Vec::new() },
            Tower { steps: self.row::<3>(&format!("{name}.tower_1")), ends: Vec::new() },
            Tower::of([Step::Mean, self.same(&format!("{name}.tower_2.conv"))]),
        ]
    }

    /// From 35x35 to 17x17.
    fn block_b(&mut self, name: &str) -> Vec<Tower> {
        let mut steps = self.row::<2>(&format!("{name}.tower"));
        steps.push(self.valid(&format!("{name}.tower.conv_2"), 2));
        vec![
            Tower::of([self.valid(&format!("{name}.conv"), 2)]),
            Tower { steps, ends: Vec::new() },
            Tower::of([Step::Max(2, 0)]),
        ]
    }

    /// At 17x17.
    fn block_c(&mut self, name: &str) -> Vec<Tower> {
        vec![
            Tower::of([self.same(&format!("{name}.conv"))]),
            Tower { steps: self.row::<3>(&format!("{name}.tower")), ends: Vec::new() },
            Tower { steps: self.row::<5>(&format!("{name}.tower_1")), ends: Vec::new() },
            Tower::of([Step::Mean, self.same(&format!("{name}.tower_2.conv"))]),
        ]
    }

    /// From 17x17 to 8x8.
    fn block_d(&mut self, name: &str) -> Vec<Tower> {
        let mut short = self.row::<1>(&format!("{name}.tower"));
        short.push(self.valid(&format!("{name}.tower.conv_1"), 2));
        let mut long = self.row::<3>(&format!("{name}.tower_1"));
        long.push(self.valid(&format!("{name}.tower_1.conv_3"), 2));
        vec![
            Tower { steps: short, ends: Vec::new() },
            Tower { steps: long, ends: Vec::new() },
            Tower::of([Step::Max(2, 0)]),
        ]
    }

    /// At 8x8. The two blocks differ in what their last towers begin with.
    fn block_e(&mut self, name: &str, pool: Step) -> Vec<Tower> {
        let mut ends = |tower: &str| {
            ["mixed_conv", "mixed_conv_1"]
                .map(|end| self.conv(&format!("{name}.{tower}_{end}"), 1, true))
                .into()
        };
        let (short, long) = (ends("tower"), ends("tower_1"));
        let mut same = |inner: &str| self.same(&format!("{name}.{inner}"));
        vec![
            Tower::of([same("conv")]),
            Tower { steps: vec![same("tower_conv")], ends: short },
            Tower { steps: vec![same("tower_1_conv"), same("tower_1_conv_1")], ends: long },
            Tower::of([pool, same("tower_2_conv")]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    #[test]
    fn a_picture_becomes_2048_numbers_whatever_lies_beside_it() {
        let inception = Inception::drawn(&Device::flex());
        let mut random = Random::new(2, "pictures", 0);
        let pictures: Vec<u8> = (0..3 * 3 * 32 * 24).map(|_| random.below(256) as u8).collect();
        let together = inception.of_bytes(&pictures, [3, 3, 32, 24]);
        assert_eq!(together.len(), 3 * Inception::DIMS);
        assert!(together.iter().all(|value| value.is_finite()) && together.iter().any(|&value| value > 0.0));
        let alone = inception.of_bytes(&pictures[3 * 32 * 24..][..3 * 32 * 24], [1, 3, 32, 24]);
        assert_eq!(alone, together[Inception::DIMS..][..Inception::DIMS]);
        assert!(inception.of_bytes(&[], [0, 3, 32, 24]).is_empty());
        let grey = &pictures[..32 * 24];
        let colour = [grey, grey, grey].concat();
        assert_eq!(inception.of_bytes(grey, [1, 1, 32, 24]), inception.of_bytes(&colour, [1, 3, 32, 24]));
    }

    #[test]
    fn pictures_of_several_sizes_go_to_the_network_as_they_are() {
        let inception = Inception::drawn(&Device::flex());
        let drawn = |width: usize, height: usize, channels: usize, key| {
            let mut pixels = vec![0; width * height * channels];
            Random::new(4, "pictures", key).bytes(&mut pixels);
            Picture::new(width, height, channels, pixels)
        };
        let pictures = [drawn(8, 6, 3, 1), drawn(8, 6, 1, 2), drawn(5, 9, 3, 3)];
        let found = inception.describe(&pictures);
        assert_eq!((found.len(), found.dims()), (3, Inception::DIMS));
        let last: Vec<u8> = planes(&pictures[2]).collect();
        assert_eq!(found.row(2), inception.of_bytes(&last, [1, 3, 9, 5]));
        assert_eq!(found.row(1), inception.of_bytes(pictures[1].pixels(), [1, 1, 6, 8]));
        assert!(inception.describe(&[]).is_empty());
        assert!(inception.is_standard() && inception.protocol().contains("299 x 299"));
    }
}
