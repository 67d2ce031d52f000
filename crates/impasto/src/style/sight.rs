//! The network that a style is seen with: which of its layers see style, and which one sees what is shown.

use burn::tensor::Device;

use crate::features::chain::Chain;
use crate::features::{builtin, vgg};
use crate::weights::{Weights, WeightsError};

/// A network that looks at styles.
#[derive(Debug)]
pub struct Sight {
    pub(super) chain: Chain,
    /// The layers that see style, and what each counts.
    pub(super) style: Vec<(usize, f64)>,
    /// The layer that sees what a picture shows.
    pub(super) content: usize,
    /// What that counts where nothing else is asked for.
    pub(super) balance: f64,
    /// The longest side of the first, coarsest picture, at most.
    pub(super) coarsest: usize,
    name: &'static str,
}

/// The networks that can be asked for by name.
pub const SIGHTS: [&str; 3] = ["vgg19", "vgg16", "builtin"];

/// The name of the best one that there is.
pub(crate) fn usual(weights: &Weights) -> &'static str {
    match (weights.has("vgg19"), weights.has("lpips-vgg16")) {
        (true, _) => "vgg19",
        (_, true) => "vgg16",
        _ => "builtin",
    }
}

/// Channels of the layer that styles in one pass are painted from, and how often pictures are halved up to it, by the network's
/// name; where that is not known yet, as for the one in this program.
pub(crate) fn one_pass(name: &str) -> [usize; 2] {
    match name {
        "vgg19" | "vgg16" => [512, 3],
        _ => {
            let layers = &builtin::LAYERS[..4];
            let halved = layers.iter().filter(|(.., stride)| *stride == 2).count();
            [layers[3].1, halved]
        }
    }
}

/// Whether the network of this name, one of [`SIGHTS`], can be had.
pub(crate) fn is_there(name: &str, weights: &Weights) -> Result<(), WeightsError> {
    match name {
        "vgg19" => weights.check("vgg19"),
        "vgg16" => weights.check("lpips-vgg16"),
        _ => Ok(()),
    }
}

impl Sight {
    /// The best one that there is: VGG19, VGG16, or the one in this program.
    ///
    /// # Errors
    /// When one that was added is damaged.
    pub fn usual(weights: &Weights, device: &Device) -> Result<Self, WeightsError> {
        Self::named(usual(weights), weights, device)
    }

    /// The one of this name, one of [`SIGHTS`].
    ///
    /// # Errors
    /// When the user has not added it, or it is damaged.
    pub fn named(name: &str, weights: &Weights, device: &Device) -> Result<Self, WeightsError> {
        Ok(match name {
            "vgg19" => Self::vgg("vgg19", vgg::vgg19(weights, "relu5_1", device)?),
            "vgg16" => Self::vgg("vgg16", vgg::vgg16(weights, "relu5_1", device)?),
            _ => Self::builtin(device),
        })
    }

    /// The one that is always there.
    pub fn builtin(device: &Device) -> Self {
        let style = ["layer1", "layer2", "layer3", "layer4", "layer5"].map(|layer| (layer, 1.0));
        Self::of("builtin", builtin::chain(device), &style, "layer4", BALANCE_BUILTIN, COARSEST)
    }

    fn vgg(name: &'static str, chain: Chain) -> Self {
        // Deep layers see strokes and swirls, shallow ones grain: were they to count most, flat parts would become mazes.
        let style =
            [("relu1_1", 1.0), ("relu2_1", 1.0), ("relu3_1", 2.0), ("relu4_1", 4.0), ("relu5_1", 4.0)];
        Self::of(name, chain, &style, "relu4_2", BALANCE_VGG, COARSEST)
    }

    pub(super) fn of(
        name: &'static str,
        chain: Chain,
        style: &[(&str, f64)],
        content: &str,
        balance: f64,
        coarsest: usize,
    ) -> Self {
        let place = |layer: &str| chain.layer(layer).unwrap_or_default();
        let total: f64 = style.iter().map(|(_, counts)| counts).sum();
        let style = style.iter().map(|&(layer, counts)| (place(layer), counts / total)).collect();
        let content = place(content);
        Self { style, content, balance, coarsest, name, chain }
    }

    /// The same for styles in one pass: the deepest layer but one of those that see style is what a decoder paints from, and
    /// the layers up to that one count alike.
    pub(super) fn for_one_pass(self) -> Self {
        let layers = self.style.len().saturating_sub(1).max(1);
        let style: Vec<_> =
            self.style.into_iter().take(layers).map(|(layer, _)| (layer, 1.0 / layers as f64)).collect();
        let content = style.last().map_or(self.content, |(layer, _)| *layer);
        Self { style, content, ..self }
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The last layer that is looked at.
    pub(super) fn last(&self) -> usize {
        self.style.iter().map(|(layer, _)| *layer).fold(self.content, usize::max)
    }

    /// The least side of a picture that it can see.
    pub(super) fn least(&self) -> usize {
        2 * self.chain.stride(self.last())
    }

    /// Bytes that a look with gradients takes for each pixel, about: what is kept of the layers that are compared, a bit for
    /// each other value, and at the widest place a few copies.
    pub(super) fn bytes_per_pixel(&self) -> u64 {
        let each = |layer: usize| {
            let stride = self.chain.stride(layer);
            self.chain.channels(layer) as f64 / (stride * stride) as f64
        };
        let looked =
            |layer: &usize| self.style.iter().any(|(style, _)| style == layer) || *layer == self.content;
        let kept: f64 = (0..=self.last()).filter(looked).map(each).sum();
        let bits: f64 = (0..=self.last()).map(each).sum::<f64>() / 32.0;
        let widest = (0..=self.last()).map(each).fold(0.0, f64::max);
        (4.0 * (kept + bits + COPIES * widest)).ceil() as u64
    }
}

/// Copies of the widest layer that are in memory at a time.
const COPIES: f64 = 4.0;
/// What is painted on much smaller pictures lies in cells of the deepest layer, and stays as panels.
const COARSEST: usize = 256;
const BALANCE_VGG: f64 = 0.05;
const BALANCE_BUILTIN: f64 = 0.075;
