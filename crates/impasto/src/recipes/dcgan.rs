//! `dcgan`: a GAN of convolutions.
//!
//! Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional generative adversarial
//! networks", 2015. Two layouts: `tutorial`, the small 5x5 net of the TensorFlow tutorial, and `classic`, the
//! paper's table of 4x4 kernels with batch norm on both sides.
//!
//! Differs from the paper: other sizes than 64 start from size / 4 (tutorial) or from 4 or 7 pixels (classic); an
//! averaged generator paints. With `--conditional` the class stands beside the latent, and the critic adds the
//! projection of its features on an embedding of the class (Miyato and Koyama, 2018) to its logit.

use std::iter::repeat_n;

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::layers::{Conv, ConvShape, ConvTranspose, Dense, Norm, dropout};
use impasto_nn::{Activation, Fill, Mode, foresee_map};
use serde::{Deserialize, Serialize};

use super::adversarial::{Critic, Game, GameConfig, Generator};
use super::parts::{halvings, inputs, with_classes};
use super::{Entry, Preset};
use crate::recipe::{Entrance, Scene};
use crate::settings::{ConfigError, Declared, defaults_of, from_to, one_of, settings, settings_from, within};

pub(super) const ENTRY: Entry = Entry {
    name: "dcgan",
    summary: "a GAN of convolutions, for pictures of 28 to 128 pixels",
    paper: "Radford et al. 2015, Unsupervised representation learning with DCGANs",
    presets: &[
        Preset {
            name: "tutorial",
            summary: "5x5 kernels, 256-128-64 channels, dropout in the critic",
            settings: "",
        },
        Preset {
            name: "classic",
            summary: "the paper's table: 4x4 kernels with stride 2, batch norm on both sides",
            settings: "layout = 'classic'\ndropout = 0.0",
        },
        Preset {
            name: "small",
            summary: "the paper's table with a quarter of the channels and a higher rate, for a quick look",
            settings:
                "layout = 'classic'\nwidth = 16\nlatent = 32\ndropout = 0.25\nrate = 5e-4\ncritic_rate = 5e-4
                batch = 32",
        },
    ],
    settings: Config::declared,
    defaults: || defaults_of::<Config>(""),
    build: |table, scene| {
        let config: Config = settings_from(table)?;
        let plan = Plan::new(&config, scene)?;
        let generator = DcGenerator::new(&config, &plan, scene);
        let critic = DcCritic::new(&config, &plan, scene);
        Ok(Box::new(Game::new(config.game, scene, generator, critic)))
    },
};

settings! {
    /// The settings of this recipe.
    struct Config {
        /// Which table of layers: a small one that many learned with, or that of the paper.
        layout: Layout = Layout::Tutorial, one_of(&["tutorial", "classic"]);
        /// Channels nearest to the picture; deeper layers have multiples of it. Wider nets paint more detail and are much slower.
        @basic
        width: usize = 64, from_to(1.0, 1024.0);
        /// The share that falls out after each layer of the discriminator: against learning by heart.
        dropout: f64 = 0.3, within(0.0..1.0);
        ..game: GameConfig = GameConfig::default();
    }
}

/// Which table of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Layout {
    Tutorial,
    Classic,
}

/// The table: what the generator starts from, and the channels of each layer.
struct Plan {
    /// Side of the first feature map.
    base: [usize; 2],
    /// Channels from the first feature map to the last before the picture, and the stride out of each.
    steps: Vec<(usize, usize)>,
    kernel: usize,
    fill: Fill,
}

impl Plan {
    fn new(config: &Config, scene: &Scene) -> Result<Self, ConfigError> {
        let size = [scene.height, scene.width];
        let width = config.width;
        foresee_map([width, size[0] / 2, size[1] / 2]);
        match config.layout {
            Layout::Tutorial if size.iter().all(|side| side % 4 == 0 && *side >= 8) => Ok(Self {
                base: size.map(|side| side / 4),
                steps: vec![(4 * width, 1), (2 * width, 2), (width, 2)],
                kernel: 5,
                fill: Fill::Glorot,
            }),
            Layout::Classic if size.iter().all(|&side| side % 4 == 0 && side >= 16) => {
                let maps = halvings([scene.channels, scene.height, scene.width], width);
                let [_, height, across] = maps[maps.len() - 1];
                let steps = maps[1..].iter().rev().map(|&[channels, ..]| (channels, 2)).collect();
                Ok(Self { base: [height, across], steps, kernel: 4, fill: Fill::Normal(0.02) })
            }
            _ => Err(ConfigError::Value(format!(
                "size {} x {} does not fit dcgan: both sides must be a multiple of 4 (28, 32, 64, 96x64), at least 8 for \
                 the tutorial layout and 16 for the classic one",
                scene.width, scene.height
            ))),
        }
    }
}

#[derive(Module, Debug)]
struct DcGenerator {
    first: Dense,
    first_norm: Norm,
    ups: Vec<ConvTranspose>,
    norms: Vec<Norm>,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    base: [usize; 3],
    /// The tutorial normalises the dense layer's outputs one by one, the paper by channel.
    #[module(skip)]
    norm_by_channel: bool,
}

impl DcGenerator {
    fn new(config: &Config, plan: &Plan, scene: &Scene) -> Self {
        let mut init = scene.init("generator");
        let [height, width] = plan.base;
        let features = plan.steps[0].0;
        let norm_by_channel = config.layout == Layout::Classic;
        let dense = height * width * features;
        let first = Dense::without_bias(inputs(config.game.latent, scene), dense, plan.fill, &mut init);
        let first_norm = Norm::new(if norm_by_channel { features } else { dense }, &mut init);
        let (mut ups, mut norms) = (Vec::new(), Vec::new());
        for (number, &(from, stride)) in plan.steps.iter().enumerate() {
            let to = plan.steps.get(number + 1).map(|&(channels, _)| channels);
            let shape = ConvShape::same(from, to.unwrap_or(scene.channels), plan.kernel, stride);
            ups.push(ConvTranspose::new(shape.without_bias(), plan.fill, &mut init));
            norms.extend(to.map(|channels| Norm::new(channels, &mut init)));
        }
        let activation = if norm_by_channel { Activation::Relu } else { Activation::LeakyThird };
        let base = [features, height, width];
        Self { first, first_norm, ups, norms, activation, base, norm_by_channel }
    }
}

impl DcGenerator {
    /// The first feature map.
    fn base(&mut self, z: Tensor<2>, classes: Option<Tensor<2>>, mode: &mut Mode<'_>) -> Tensor<4> {
        let [n, _] = z.dims();
        let [features, height, width] = self.base;
        let activation = self.activation;
        let dense = self.first.forward(with_classes(z, classes));
        if self.norm_by_channel {
            self.first_norm.forward(dense.reshape([n, features, height, width]), activation, mode)
        } else {
            self.first_norm.forward(dense, activation, mode).reshape([n, features, height, width])
        }
    }
}

impl Generator for DcGenerator {
    fn paint(&mut self, z: Tensor<2>, classes: Option<Tensor<2>>, mode: &mut Mode<'_>) -> Tensor<4> {
        let activation = self.activation;
        let mut x = self.base(z, classes, mode);
        let mut norms = self.norms.iter_mut();
        for up in &self.ups {
            x = up.forward(x); // [n, fewer channels, larger, larger]
            if let Some(norm) = norms.next() {
                x = norm.forward(x, activation, mode);
            }
        }
        Activation::Tanh.forward(x)
    }

    fn entrances(&self, latent: usize) -> Vec<Entrance> {
        let [_, height, width] = self.base;
        let together = if self.norm_by_channel { height * width } else { 1 };
        let gains = self.first_norm.gains();
        let scales: Vec<f32> = gains.iter().flat_map(|&gain| repeat_n(gain, together)).collect();
        vec![Entrance::through(0, &self.first, latent, &scales)]
    }

    fn first(&mut self, z: Tensor<2>, classes: Option<Tensor<2>>) -> Option<Tensor<2>> {
        Some(self.base(z, classes, &mut Mode::Painting).flatten(1, 3))
    }
}

#[derive(Module, Debug)]
struct DcCritic {
    downs: Vec<Conv>,
    norms: Vec<Norm>,
    last: Dense,
    embedding: Option<Dense>,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    dropout: f64,
}

impl DcCritic {
    fn new(config: &Config, plan: &Plan, scene: &Scene) -> Self {
        let mut init = scene.init("critic");
        let classic = config.layout == Layout::Classic;
        let (mut downs, mut norms) = (Vec::new(), Vec::new());
        let mut channels = scene.channels;
        // The generator's table backwards; the tutorial's critic has no twin of the stride 1 layer.
        for &(to, stride) in plan.steps.iter().rev().filter(|&&(_, stride)| stride == 2) {
            let shape = ConvShape::same(channels, to, plan.kernel, stride);
            let normed = classic && !downs.is_empty();
            downs.push(Conv::new(if normed { shape.without_bias() } else { shape }, plan.fill, &mut init));
            if normed {
                norms.push(Norm::new(to, &mut init));
            }
            channels = to;
        }
        let features = channels * plan.base[0] * plan.base[1];
        let embedding = (scene.classes > 0)
            .then(|| Dense::without_bias(scene.classes, features, Fill::Normal(0.02), &mut init));
        Self {
            downs,
            norms,
            last: Dense::new(features, 1, plan.fill, &mut init),
            embedding,
            activation: if classic { Activation::Leaky } else { Activation::LeakyThird },
            dropout: config.dropout,
        }
    }
}

impl Critic for DcCritic {
    fn judge(&mut self, mut x: Tensor<4>, classes: Option<Tensor<2>>, mode: &mut Mode<'_>) -> Tensor<2> {
        for (number, down) in self.downs.iter().enumerate() {
            x = down.forward(x); // [n, more channels, h / 2, w / 2]
            x = match number.checked_sub(1).and_then(|before| self.norms.get_mut(before)) {
                Some(norm) => norm.forward(x, self.activation, mode),
                None => self.activation.forward(x),
            };
            x = dropout(x, self.dropout, mode);
        }
        let features: Tensor<2> = x.flatten(1, 3);
        let logit = self.last.forward(features.clone());
        match (&self.embedding, classes) {
            (Some(embedding), Some(classes)) => logit + (embedding.forward(classes) * features).sum_dim(1),
            _ => logit,
        }
    }
}
