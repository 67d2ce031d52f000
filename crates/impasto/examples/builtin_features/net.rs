//! The network in training, and how it becomes the file that the program is built with.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use impasto::features::builtin::{ACTIVATION, Builtin, DIMS, LAYERS, TAPS};
use impasto_nn::layers::{Conv, ConvShape, Dense, Norm};
use impasto_nn::{Activation, Fill, Init, Mode, exchange, values};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::damage::KINDS;
use crate::diet::Diet;

/// The layers with norms between them, and the two heads.
#[derive(Module, Debug)]
pub(crate) struct Net {
    convs: Vec<Conv>,
    norms: Vec<Norm>,
    classes: Dense,
    damages: Dense,
}

/// As in `impasto_nn::layers::Norm`.
const EPSILON: f32 = 1e-5;

impl Net {
    /// With first weights.
    pub(crate) fn new(classes: usize, init: &mut Init) -> Self {
        let mut conv = |&(inputs, outputs, stride): &(usize, usize, usize)| {
            Conv::new(ConvShape::same(inputs, outputs, 3, stride).without_bias(), Fill::He, init)
        };
        let convs = LAYERS.iter().map(&mut conv).collect();
        let norms = LAYERS.iter().map(|&(_, outputs, _)| Norm::new(outputs, init)).collect();
        let mut head = |outputs| Dense::new(DIMS, outputs, Fill::Glorot, init);
        Self { convs, norms, classes: head(classes), damages: head(KINDS) }
    }

    /// The features, and what the two heads say.
    pub(crate) fn forward(&mut self, x: Tensor<4>, mode: &mut Mode<'_>) -> (Tensor<2>, [Tensor<2>; 2]) {
        let (mut x, mut taps) = (x, Vec::new());
        for (number, (conv, norm)) in self.convs.iter().zip(&mut self.norms).enumerate() {
            x = norm.forward(conv.activated(x, Activation::None), ACTIVATION, mode);
            if TAPS.contains(&number) {
                let [n, channels, height, width] = x.dims();
                let mean = x.clone().reshape([n, channels, height * width]).mean_dim(2);
                taps.push(mean.reshape([n, channels]));
            }
        }
        let features = Tensor::cat(taps, 1);
        let heads = [&self.classes, &self.damages].map(|head| head.forward(features.clone()));
        (features, heads)
    }
}

/// Folds the norms into the convolutions, measures the features over the diet, and writes it all.
pub(crate) fn write(net: &Net, diet: &Diet, device: &Device, path: &Path) -> Result<(), Box<dyn Error>> {
    let mut tensors = folded(net);
    let mut features: Vec<f32> = Vec::new();
    let mut probe = net.clone();
    for number in 0..100 {
        let pictures = diet.plain_meal(number, device);
        features.extend(values(probe.forward(pictures, &mut Mode::Painting).0));
    }
    let rows = (features.len() / DIMS) as f64;
    let over = |feature: usize, power: i32, from: f64| {
        let column = features.iter().skip(feature).step_by(DIMS);
        column.map(|&value| (f64::from(value) - from).powi(power)).sum::<f64>() / rows
    };
    let mean: Vec<f32> = (0..DIMS).map(|feature| over(feature, 1, 0.0) as f32).collect();
    let deviation =
        mean.iter().enumerate().map(|(feature, &mean)| over(feature, 2, f64::from(mean)).sqrt() as f32);
    tensors.insert("deviation".into(), (vec![DIMS], deviation.collect()));
    tensors.insert("mean".into(), (vec![DIMS], mean));
    let bytes = encode(&tensors)?;
    Builtin::from_bytes(&bytes, device)?;
    println!("{} bytes to {}", bytes.len(), path.display());
    Ok(fs::write(path, bytes)?)
}

type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Convolutions with biases that do what convolutions and norms did.
fn folded(net: &Net) -> Tensors {
    let mut all = Tensors::new();
    exchange(&mut net.clone(), "", &mut |name, shape, values| {
        all.insert(name.trim_start_matches('.').to_owned(), (shape.to_vec(), values()));
        None
    });
    let mut tensors = Tensors::new();
    for number in 0..LAYERS.len() {
        let norm = |part: &str| &all[&format!("norms.{number}.{part}")].1;
        let (scale, shift, mean, variance) = (norm("scale"), norm("shift"), norm("mean"), norm("variance"));
        let factor: Vec<f32> = scale.iter().zip(variance).map(|(s, v)| s / (v + EPSILON).sqrt()).collect();
        let (shape, weight) = all[&format!("convs.{number}.weight")].clone();
        let each = weight.len() / factor.len();
        let weight =
            weight.chunks(each).zip(&factor).flat_map(|(w, f)| w.iter().map(move |w| w * f)).collect();
        let bias: Vec<f32> = (0..factor.len()).map(|at| shift[at] - mean[at] * factor[at]).collect();
        tensors.insert(format!("convs.{number}.weight"), (shape, weight));
        tensors.insert(format!("convs.{number}.bias"), (vec![bias.len()], bias));
    }
    tensors
}

/// Kernels as BF16, all else as F32.
fn encode(tensors: &Tensors) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = BTreeMap::new();
    for (name, (shape, values)) in tensors {
        let (dtype, data): (_, Vec<u8>) = match name.ends_with("weight") {
            true => (Dtype::BF16, values.iter().flat_map(|&value| half(value).to_le_bytes()).collect()),
            false => (Dtype::F32, values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        };
        bytes.insert(name.clone(), (dtype, shape.clone(), data));
    }
    let views: Result<Vec<_>, _> = bytes
        .iter()
        .map(|(name, (dtype, shape, data))| {
            TensorView::new(*dtype, shape.clone(), data).map(|view| (name.clone(), view))
        })
        .collect();
    Ok(safetensors::serialize(views?, None)?)
}

/// The upper half, rounded to the nearest, to even in the middle.
fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
}
