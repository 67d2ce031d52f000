//! `vae`: a variational autoencoder.
//!
//! Kingma and Welling, "Auto-encoding variational Bayes", 2014; beta from Higgins and others, 2017; free bits from
//! Kingma and others, 2016; KL warm-up from Bowman and others, 2016; painting from a mixture fitted to the latents
//! from Ghosh and others, 2020.
//!
//! Differs from the papers: Adam with averaged weights; the Gaussian likelihood has one fixed deviation, and its mean
//! goes through a sigmoid so that it stays a picture; log-variances are kept within +-12. The evidence bound that is
//! reported is the true one, whatever beta, free bits and warm-up make of the loss.

use burn::module::Module;
use burn::tensor::{Tensor, activation};
use impasto_nn::loss::{bernoulli, divergence, gaussian};
use impasto_nn::{
    Activation, Average, Mixture, Optimiser, OptimiserKind, OptimiserSettings, mean, number, tensor, values,
};
use impasto_random::Random;
use serde::{Deserialize, Serialize};

use super::autoencoder::{Autoencoder, Kind, Layout};
use super::{Entry, Preset};
use crate::recipe::{
    Batch, Encode, Entrance, Falls, Losses, Paint, Part, Prior, Progress, Recipe, Scene, Side, Signs, Skills,
    Visitor,
};
use crate::settings::{
    ABOVE_0, Allowed, ConfigError, Declared, defaults_of, from_to, one_of, settings, settings_from, within,
};

pub(super) const ENTRY: Entry = Entry {
    name: "vae",
    summary: "a variational autoencoder: trains in minutes, also turns pictures into latents; a little soft",
    paper: "Kingma and Welling 2014, Auto-encoding variational Bayes",
    presets: &[
        Preset { name: "dense", summary: "dense layers 512-512, 32 latents", settings: "" },
        Preset {
            name: "textbook",
            summary: "one dense layer of 128, 20 latents",
            settings: "widths = [128]\nlatent = 20",
        },
        Preset {
            name: "conv",
            summary: "convolutions, 64 latents: for colour and for more than 28 pixels",
            settings: "network = 'conv'\nwidths = [256]\nlatent = 64",
        },
    ],
    settings: Config::declared,
    defaults: || defaults_of::<Config>("sample_every = 1000\ncheckpoint_every = 5000"),
    build: |table, scene| {
        let config: Config = settings_from(table)?;
        config.check(scene)?;
        Ok(Box::new(Vae::new(config, scene)))
    },
};

settings! {
    /// The settings of this recipe.
    struct Config {
        /// Dense layers, or convolutions.
        network: Kind = Kind::Dense, one_of(&["dense", "conv"]);
        /// Widths of the dense layers of the encoder; the decoder has them backwards.
        @basic
        widths: Vec<usize> = vec![512, 512], Allowed::Widths;
        /// Channels of the first convolution (network = "conv").
        @basic
        width: usize = 32, from_to(1.0, 1024.0);
        /// Numbers in a latent. More keep more of each picture, and leave more of the space empty.
        @basic
        latent: usize = 32, from_to(1.0, 1024.0);
        /// How likely a pixel is beside what is painted: for black and white, or for greys and colours.
        likelihood: Likelihood = Likelihood::Bernoulli, one_of(&["bernoulli", "gaussian"]);
        /// Deviation of the Gaussian likelihood; pictures are in [0, 1]. Lower is sharper, and less like a plain latent space.
        deviation: f64 = 0.1, within(ABOVE_0..10.0);
        /// Draw black or white by each pixel's brightness, again in each step: the protocol of published nats.
        binarise: bool = false;
        /// Weight of the divergence. Above 1 latents are more alike and pictures softer.
        @basic
        beta: f64 = 1.0, within(0.0..1e6);
        /// Nats of divergence in each latent that cost nothing.
        free_bits: f64 = 0.0, within(0.0..1e6);
        /// Steps over which the divergence's weight grows from 0.
        warm_up: u64 = 500;
        /// Parts of the mixture that is fitted to the latents for painting.
        components: usize = 10, from_to(1.0, 1024.0);
        /// How steps follow from gradients.
        optimiser: OptimiserKind = OptimiserKind::Adam, one_of(&OptimiserKind::NAMES);
        /// Learning rate.
        @basic
        rate: f64 = 1e-3, within(ABOVE_0..10.0);
        /// How much of the running mean of gradients is kept each step.
        beta1: f64 = 0.9, within(0.0..1.0);
        /// How much of the running mean of their squares is kept each step.
        beta2: f64 = 0.999, within(0.0..1.0);
        /// How much of the averaged weights is kept each step.
        average: f64 = 0.999, within(0.0..1.0);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Likelihood {
    Bernoulli,
    Gaussian,
}

impl Config {
    fn check(&self, scene: &Scene) -> Result<(), ConfigError> {
        if self.network == Kind::Conv && !(scene.width.is_multiple_of(4) && scene.height.is_multiple_of(4)) {
            return Err(ConfigError::Value(format!(
                "size {} x {} does not fit a convolutional vae: use a multiple of 4",
                scene.width, scene.height
            )));
        }
        Ok(())
    }
}

struct Vae {
    config: Config,
    network: Autoencoder,
    average: Average<Autoencoder>,
    optimiser: Optimiser,
    mixture: Mixture,
}

impl Vae {
    fn new(config: Config, scene: &Scene) -> Self {
        let Config { network: kind, width, latent, .. } = config;
        let layout = Layout { kind, width, widths: &config.widths, latent };
        let network = Autoencoder::new(&layout, scene).train();
        let Config { optimiser: kind, rate, beta1, beta2, .. } = config;
        Self {
            average: Average::new(&network, config.average),
            optimiser: Optimiser::new(OptimiserSettings {
                kind,
                rate,
                beta1,
                beta2,
                ..OptimiserSettings::default()
            }),
            mixture: Mixture::standard(config.latent, config.components),
            config,
            network,
        }
    }

    /// Chances of ink, `[n, pixels]`, from pictures in [-1, 1].
    fn target(&self, pictures: &Tensor<4>, at: Progress) -> Tensor<2> {
        let x: Tensor<2> = pictures.clone().flatten(1, 3).add_scalar(1.0).mul_scalar(0.5);
        if !self.config.binarise {
            return x;
        }
        let [n, pixels] = x.dims();
        let dice = at.random("ink").uniforms(n * pixels, 0.0, 1.0);
        tensor::<2>(dice, [n, pixels], &x.device()).lower(x).float()
    }
}

impl Recipe for Vae {
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses {
        let config = &self.config;
        let x = self.target(&batch.pictures, at);
        let (middle, log_variance) = self.network.encode(x.clone(), batch.classes.clone());
        let noise = at.random("latents").normals(batch.len() * config.latent);
        let noise = tensor(noise, [batch.len(), config.latent], &x.device());
        let z = middle.clone() + log_variance.clone().mul_scalar(0.5).exp() * noise;
        let logits = self.network.decode(z, batch.classes.clone());

        let reconstruction = mean(match config.likelihood {
            Likelihood::Bernoulli => bernoulli(logits, x),
            Likelihood::Gaussian => gaussian(activation::sigmoid(logits), x, config.deviation),
        });
        let latents = divergence(middle, log_variance).mean_dim(0); // [1, latent]
        let charged = latents.clone().clamp_min(config.free_bits).sum();
        let warmth = ((at.step + 1) as f64 / config.warm_up.max(1) as f64).min(1.0);
        let loss = reconstruction.clone() + charged.mul_scalar(config.beta * warmth);
        let gradients = loss.backward();
        let gradient = self.optimiser.step_averaged(&mut self.network, gradients, &mut self.average, at.step);

        let (reconstruction, divergence) = (number(reconstruction.inner()), number(latents.inner().sum()));
        vec![
            ("loss", number(loss.inner())),
            ("elbo", -reconstruction - divergence),
            ("reconstruction", reconstruction),
            ("divergence", divergence),
            ("gradient", gradient),
        ]
    }

    fn settle(&mut self, data: &dyn Fn() -> Vec<Batch>, seed: u64) {
        let Config { latent, components, .. } = self.config;
        let encode = |batch: &Batch| values(self.encode(batch.pictures.clone(), batch.classes.clone()));
        let points: Vec<f32> = data().iter().flat_map(encode).collect();
        let fitted = Mixture::fit(&points, latent, components, &mut Random::new(seed, "mixture", 0));
        // Held as it will be saved, so that pictures before and after a restart are the same to the bit.
        self.mixture = Mixture::from_values(&fitted.to_values(), latent, components);
    }

    fn signs(&self) -> Signs {
        // While the divergence's weight grows, the loss does not say how well it learns.
        let falls = Some(Falls { name: "loss", from: self.config.warm_up });
        Signs { critic: None, falls, losses: &["loss"] }
    }

    fn set_rate(&mut self, side: Side, share: f64) -> bool {
        if side == Side::Painter {
            self.optimiser.set_share(share);
        }
        side == Side::Painter
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.network(Part::Weights, "autoencoder", self.average.network_mut());
        let Config { latent, components, .. } = self.config;
        let shape = [components, Mixture::values_len(latent, 1)];
        if let Some(new) = visitor.tensor(Part::Weights, "mixture", &shape, &|| self.mixture.to_values()) {
            self.mixture = Mixture::from_values(&new, latent, components);
        }
        visitor.network(Part::State, "autoencoder", &mut self.network);
        visitor.optimiser("optimiser", &mut self.optimiser, &self.network);
    }

    fn skills(&self) -> Skills<'_> {
        Skills { paint: Some(self), encode: Some(self), ..Skills::default() }
    }
}

impl Paint for Vae {
    fn latent_size(&self) -> usize {
        self.config.latent
    }

    fn latent(&self, random: &mut Random, truncation: f64, prior: Prior) -> Vec<f32> {
        match prior {
            Prior::Fitted => self.mixture.draw(truncation, random),
            Prior::Plain => {
                random.normals(self.config.latent).into_iter().map(|v| v * truncation as f32).collect()
            }
        }
    }

    fn paint(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<4> {
        let network = self.average.network();
        let logits = network.decode(latents, classes);
        let [n, _] = logits.dims();
        let [channels, height, width] = network.shape();
        Activation::Sigmoid.forward(logits).reshape([n, channels, height, width])
    }

    fn entrances(&self) -> Vec<Entrance> {
        vec![self.average.network().entrance(self.config.latent)]
    }

    fn first(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Option<Tensor<2>> {
        self.average.network().first(latents, classes)
    }
}

impl Encode for Vae {
    fn encode(&self, pictures: Tensor<4>, classes: Option<Tensor<2>>) -> Tensor<2> {
        let x = pictures.flatten(1, 3).add_scalar(1.0).mul_scalar(0.5);
        self.average.network().encode(x, classes).0
    }
}
