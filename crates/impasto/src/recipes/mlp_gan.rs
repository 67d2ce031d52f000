//! `mlp-gan`: a GAN of dense layers, the first kind there was.
//!
//! Goodfellow and others, "Generative adversarial nets", 2014; with `--conditional`, Mirza and Osindero,
//! "Conditional generative adversarial nets", 2014: the class stands beside the latent and beside the picture.
//!
//! Differs from the papers: Adam instead of momentum, no maxout, no dropout; a sigmoid output is stretched to
//! [-1, 1], the range that pictures have everywhere here; an averaged generator paints.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::layers::{Conv, ConvShape, Dense, Norm};
use impasto_nn::{Activation, Fill, Mode};

use super::adversarial::{Critic, Game, GameConfig, Generator};
use super::parts::{inputs, stack, with_classes};
use super::{Entry, Preset};
use crate::recipe::{Entrance, Scene};
use crate::settings::{Allowed, Declared, defaults_of, one_of, settings, settings_from};

pub(super) const ENTRY: Entry = Entry {
    name: "mlp-gan",
    summary: "a GAN of dense layers: small, quick, for learning how GANs behave",
    paper: "Goodfellow et al. 2014, Generative adversarial nets",
    presets: &[
        Preset { name: "small", summary: "128-128 leaky relu on both sides", settings: "" },
        Preset {
            name: "wide",
            summary: "generator 4096-2048-1024, critic 2048-1024, relu",
            // At one rate for all, these wide layers drive the tanh into its corners or paint one cloud for ever.
            settings: "generator = [4096, 2048, 1024]\ncritic = [2048, 1024]\nactivation = 'relu'
                rate = 3e-4\ncritic_rate = 3e-4\nfull_rate_inputs = 128",
        },
        Preset {
            name: "deep",
            summary: "generator 128-256-512-1024 with batch norm and sigmoid, convolutional critic 64-128-256",
            settings: "generator = [128, 256, 512, 1024]\nactivation = 'relu'\nbatch_norm = true
                output = 'sigmoid'\nconvolutional_critic = true\ncritic = [64, 128, 256]",
        },
    ],
    settings: Config::declared,
    defaults: || defaults_of::<Config>("size = 28\nsample_every = 500\ncheckpoint_every = 2000"),
    build: |table, scene| {
        let config: Config = settings_from(table)?;
        let generator = MlpGenerator::new(&config, scene);
        let critic = MlpCritic::new(&config, scene);
        Ok(Box::new(Game::new(config.game, scene, generator, critic)))
    },
};

settings! {
    /// The settings of this recipe.
    struct Config {
        /// Widths of the generator's hidden layers.
        @basic
        generator: Vec<usize> = vec![128, 128], Allowed::Widths;
        /// Widths of the discriminator's hidden layers, or channels where it is convolutional.
        @basic
        critic: Vec<usize> = vec![128, 128], Allowed::Widths;
        /// After every hidden layer of both (a convolutional discriminator is always leaky).
        activation: Activation = Activation::Leaky, one_of(&Activation::NAMES);
        /// Batch norm after the generator's hidden layers.
        batch_norm: bool = false;
        /// After the generator's last layer.
        output: Activation = Activation::Tanh, one_of(&["tanh", "sigmoid"]);
        /// A discriminator of 3x3 convolutions with stride 2.
        convolutional_critic: bool = false;
        ..game: GameConfig = GameConfig::default();
    }
}

#[derive(Module, Debug)]
struct MlpGenerator {
    hidden: Vec<Dense>,
    norms: Vec<Norm>,
    last: Dense,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    output: Activation,
    #[module(skip)]
    shape: [usize; 3],
}

impl MlpGenerator {
    fn new(config: &Config, scene: &Scene) -> Self {
        let mut init = scene.init("generator");
        let hidden = stack(inputs(config.game.latent, scene), &config.generator, &mut init);
        let width = config.generator[config.generator.len() - 1];
        let normed: &[usize] = if config.batch_norm { &config.generator } else { &[] };
        Self {
            hidden,
            norms: normed.iter().map(|&width| Norm::new(width, &mut init)).collect(),
            last: Dense::new(width, scene.pixels(), Fill::Glorot, &mut init),
            activation: config.activation,
            output: config.output,
            shape: [scene.channels, scene.height, scene.width],
        }
    }
}

impl MlpGenerator {
    /// One of the hidden layers, with its norm.
    fn hide(&mut self, number: usize, x: Tensor<2>, mode: &mut Mode<'_>) -> Tensor<2> {
        let x = self.hidden[number].forward(x);
        match self.norms.get_mut(number) {
            Some(norm) => norm.forward(x, self.activation, mode),
            None => self.activation.forward(x),
        }
    }
}

impl Generator for MlpGenerator {
    fn paint(&mut self, z: Tensor<2>, classes: Option<Tensor<2>>, mode: &mut Mode<'_>) -> Tensor<4> {
        let mut x = with_classes(z, classes); // [n, latent + classes]
        for number in 0..self.hidden.len() {
            x = self.hide(number, x, mode);
        }
        let [channels, height, width] = self.shape;
        self.last.activated(x, self.output).reshape([-1, channels as i32, height as i32, width as i32])
    }

    fn entrances(&self, latent: usize) -> Vec<Entrance> {
        let layer = &self.hidden[0];
        let scales = self.norms.first().map_or_else(|| vec![1.0; layer.weight().dims()[1]], Norm::gains);
        vec![Entrance::through(0, layer, latent, &scales)]
    }

    fn first(&mut self, z: Tensor<2>, classes: Option<Tensor<2>>) -> Option<Tensor<2>> {
        Some(self.hide(0, with_classes(z, classes), &mut Mode::Painting))
    }
}

#[derive(Module, Debug)]
struct MlpCritic {
    convolutions: Vec<Conv>,
    norms: Vec<Norm>,
    hidden: Vec<Dense>,
    last: Dense,
    #[module(skip)]
    activation: Activation,
}

impl MlpCritic {
    fn new(config: &Config, scene: &Scene) -> Self {
        let mut init = scene.init("critic");
        let (mut convolutions, mut norms) = (Vec::new(), Vec::new());
        let (mut channels, mut width, mut height) = (scene.channels, scene.width, scene.height);
        if config.convolutional_critic {
            for (number, &next) in config.critic.iter().enumerate() {
                convolutions.push(Conv::new(ConvShape::same(channels, next, 3, 2), Fill::He, &mut init));
                // As in DCGAN, the first layer is left as it is: a norm there would hide the colours.
                if number > 0 {
                    norms.push(Norm::new(next, &mut init));
                }
                (channels, width, height) = (next, width.div_ceil(2), height.div_ceil(2));
            }
        }
        let widths: &[usize] = if config.convolutional_critic { &[] } else { &config.critic };
        let features = inputs(channels * width * height, scene);
        let hidden = stack(features, widths, &mut init);
        let last = Dense::new(widths.last().copied().unwrap_or(features), 1, Fill::Glorot, &mut init);
        let activation = if config.convolutional_critic { Activation::Leaky } else { config.activation };
        Self { convolutions, norms, hidden, last, activation }
    }
}

impl Critic for MlpCritic {
    fn judge(&mut self, mut x: Tensor<4>, classes: Option<Tensor<2>>, mode: &mut Mode<'_>) -> Tensor<2> {
        for (number, layer) in self.convolutions.iter().enumerate() {
            x = layer.forward(x);
            x = match number.checked_sub(1).and_then(|before| self.norms.get_mut(before)) {
                Some(norm) => norm.forward(x, self.activation, mode),
                None => self.activation.forward(x),
            };
        }
        let mut x = with_classes(x.flatten(1, 3), classes);
        for layer in &self.hidden {
            x = layer.activated(x, self.activation);
        }
        self.last.forward(x)
    }
}
