//! `painter`: today's GAN recipe for small folders and small machines.
//!
//! Huang and others, "The GAN is dead; long live the GAN! A modern GAN baseline" (R3GAN), 2024: a relativistic loss with
//! both gradient penalties, residual networks without normalisation, resampling with a low-pass filter.
//!
//! Differs from the paper: blocks of two 3x3 convolutions, which our kernels do fastest, instead of 1x1, grouped 3x3 and
//! 1x1; the latent also enters at every stage as factors and summands of the channels, so that stages can be mixed; the
//! critic ends in a dense layer; the penalties look at a share of each batch. See `duel` for the game.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::layers::{Conv, ConvShape, Dense, Residual, Trace};
use impasto_nn::{Activation, Beyond, Fill, Init, Resample, foresee_map, modulate};

use super::duel::{Critic, Duel, DuelConfig, Generator};
use super::parts::{inputs, with_classes};
use super::{Entry, Preset};
use crate::recipe::{Entrance, Scene};
use crate::settings::{ConfigError, Declared, defaults_of, from_to, settings, settings_from};

pub(super) const ENTRY: Entry = Entry {
    name: "painter",
    summary: "a GAN of residual networks with exact gradient penalties, for small folders",
    paper: "Huang et al. 2024, The GAN is dead; long live the GAN! (R3GAN)",
    presets: &[
        Preset {
            name: "small",
            summary: "32 channels at the picture, up to 256 inside",
            settings: "widths = [32, 64, 128, 256]",
        },
        Preset {
            name: "tiny",
            summary: "half as wide: for two cores and pictures of 64 pixels",
            settings: "widths = [16, 32, 64, 128]",
        },
        Preset {
            name: "base",
            summary: "twice as wide, two blocks a stage: for a GPU, or a night",
            settings: "widths = [64, 128, 256, 512]\nblocks = [2]",
        },
    ],
    settings: Config::declared,
    defaults: || defaults_of::<Config>("batch = 64"),
    build: |table, scene| {
        let config: Config = settings_from(table)?;
        config.check()?;
        let plan = Plan::new(&config, scene);
        plan.check_tiles()?;
        let painter = Painter::new(&config, &plan, scene);
        let eye = Discriminator::new(&plan, scene).frozen(config.freeze);
        Ok(Box::new(Duel::new(config.duel, scene, painter, eye)))
    },
};

settings! {
    /// The settings of this recipe.
    pub(super) struct Config {
        /// Channels of each stage, from the picture inwards; the last number holds for all further stages. Narrower
        /// nets are much quicker.
        @basic
        widths: Vec<usize> = vec![32, 64, 128, 256], from_to(1.0, 4096.0);
        /// Residual blocks in each stage, likewise.
        blocks: Vec<usize> = vec![1], from_to(0.0, 64.0);
        /// So many of the discriminator's stages, from the picture inwards, don't learn: for trainings that start from another run.
        freeze: usize = 0;
        ..duel: DuelConfig = DuelConfig::default();
    }
}

impl Config {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.widths.is_empty() || self.widths.len() > 64 {
            return Err(ConfigError::Value(format!("widths is {:?}: it needs 1 to 64 numbers", self.widths)));
        }
        if self.blocks.is_empty() {
            return Err(ConfigError::Value(
                "blocks is []: it needs a number, which then holds for all stages".into(),
            ));
        }
        Ok(())
    }
}

/// The stages, from the picture inwards: channels and size of each.
pub(super) struct Plan {
    pub(super) stages: Vec<(usize, [usize; 2])>,
    /// Blocks in each.
    blocks: Vec<usize>,
    /// Whether what is painted can be laid side by side.
    tileable: bool,
}

/// Stages are halved until a side is at most this long.
pub(super) const INNERMOST: usize = 7;

impl Plan {
    pub(super) fn new(config: &Config, scene: &Scene) -> Self {
        let of = |list: &[usize], stage: usize| list[stage.min(list.len() - 1)];
        let channels = |stage: usize| of(&config.widths, stage);
        let mut size = [scene.height, scene.width];
        let mut stages = vec![(channels(0), size)];
        while size.iter().all(|&side| side > INNERMOST) {
            size = size.map(|side| side.div_ceil(2));
            stages.push((channels(stages.len()), size));
        }
        stages.iter().for_each(|&(channels, [height, width])| foresee_map([channels, height, width]));
        let blocks = (0..stages.len()).map(|stage| of(&config.blocks, stage)).collect();
        Self { stages, blocks, tileable: config.duel.tileable }
    }

    /// Refuses tiles that would not close: where a side is halved with a rest, both of its ends are the nearer half's.
    fn check_tiles(&self) -> Result<(), ConfigError> {
        let halved = self.stages.len() - 1;
        let is_odd = |(_, size): &(usize, [usize; 2])| size.iter().any(|side| side % 2 == 1);
        if !self.tileable || !self.stages[..halved].iter().any(is_odd) {
            return Ok(());
        }
        let [height, width] = self.stages[0].1;
        let whole = |side: usize| side.next_multiple_of(1 << halved);
        Err(ConfigError::Value(format!(
            "tileable pictures of {width} x {height} would have seams, as they can't be halved {halved} times evenly: \
             choose a size of {}x{}",
            whole(width),
            whole(height)
        )))
    }

    /// Blocks in the whole network, for the scale of the first weights.
    fn depth(&self) -> usize {
        self.blocks.iter().sum()
    }

    fn residuals(&self, stage: usize, wraps: bool, init: &mut Init) -> Vec<Residual> {
        let (width, _) = self.stages[stage];
        (0..self.blocks[stage]).map(|_| Residual::new(width, self.depth(), wraps, init)).collect()
    }

    /// A stage of what paints: with the latent and the class, `latent` numbers, to the next larger stage.
    pub(super) fn outwards(&self, number: usize, latent: usize, init: &mut Init) -> PainterStage {
        let (channels, _) = self.stages[number];
        let next = number.checked_sub(1).map(|next| self.stages[next]);
        let beyond = if self.tileable { Beyond::OtherSide } else { Beyond::Border };
        PainterStage {
            style: Dense::new(latent, 2 * channels, Fill::HeTimes(0.1), init),
            blocks: self.residuals(number, self.tileable, init),
            onward: next.and_then(|(to, _)| pointwise(channels, to, init)),
            larger: next.map(|(_, size)| Resample::back_to(size, beyond)),
        }
    }

    /// A stage of what looks: to the next smaller stage.
    pub(super) fn inwards(&self, number: usize, init: &mut Init) -> DiscriminatorStage {
        let (channels, size) = self.stages[number];
        let next = self.stages.get(number + 1);
        DiscriminatorStage {
            blocks: self.residuals(number, false, init),
            smaller: next.map(|_| Resample::half(size, Beyond::Border)),
            onward: next.and_then(|&(to, _)| pointwise(channels, to, init)),
        }
    }
}

pub(super) const LEAKY: Activation = Activation::Leaky;

fn pointwise(from: usize, to: usize, init: &mut Init) -> Option<Conv> {
    let shape = ConvShape::same(from, to, 1, 1).without_bias();
    // Half the variance of a layer before a relu: there is none behind this one.
    (from != to).then(|| Conv::new(shape, Fill::HeTimes(0.5f64.sqrt()), init))
}

/// What paints: from the innermost stage outwards.
#[derive(Module, Debug)]
pub(super) struct Painter {
    first: Dense,
    stages: Vec<PainterStage>,
    last: Conv,
    #[module(skip)]
    base: [usize; 3],
}

#[derive(Module, Debug)]
pub(super) struct PainterStage {
    /// From the latent: a factor and a summand for each channel.
    style: Dense,
    blocks: Vec<Residual>,
    onward: Option<Conv>,
    #[module(skip)]
    larger: Option<Resample>,
}

impl Painter {
    pub(super) fn new(config: &Config, plan: &Plan, scene: &Scene) -> Self {
        let mut init = scene.init("generator");
        let latent = inputs(config.duel.latent, scene);
        let &(inner, [height, width]) = plan.stages.last().expect("a plan has a stage for the picture");
        let first = Dense::new(latent, inner * height * width, Fill::He, &mut init);
        let stages = 0..plan.stages.len();
        let stages = stages.rev().map(|number| plan.outwards(number, latent, &mut init)).collect();
        let last = ConvShape::same(plan.stages[0].0, scene.channels, 3, 1).wrapping(plan.tileable);
        let last = Conv::new(last, Fill::HeTimes(0.5f64.sqrt()), &mut init);
        Self { first, stages, last, base: [inner, height, width] }
    }
}

impl Generator for Painter {
    fn levels(&self) -> usize {
        self.stages.len()
    }

    fn entrances(&self, latent: usize) -> Vec<Entrance> {
        let styles = self.stages.iter().enumerate().map(|(level, stage)| stage.entrance(level, latent));
        [entrance(0, &self.first, latent)].into_iter().chain(styles).collect()
    }

    fn first(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<2> {
        self.first.activated(with_classes(latents, classes), LEAKY)
    }

    fn paint(&self, latents: &[Tensor<2>], classes: Option<Tensor<2>>) -> Tensor<4> {
        let [channels, height, width] = self.base;
        let [n, _] = latents[0].dims();
        let entering =
            |level: usize| with_classes(latents[level.min(latents.len() - 1)].clone(), classes.clone());
        let mut x = self.first.activated(entering(0), LEAKY).reshape([n, channels, height, width]);
        for (level, stage) in self.stages.iter().enumerate() {
            x = stage.forward(x, entering(level)); // [n, fewer channels, larger, larger]
        }
        self.last.forward(LEAKY.forward(x))
    }
}

fn entrance(level: usize, layer: &Dense, latent: usize) -> Entrance {
    Entrance::through(level, layer, latent, &vec![1.0; layer.weight().dims()[1]])
}

impl PainterStage {
    /// The weights that a latent meets here.
    pub(super) fn entrance(&self, level: usize, latent: usize) -> Entrance {
        entrance(level, &self.style, latent)
    }

    pub(super) fn forward(&self, x: Tensor<4>, entering: Tensor<2>) -> Tensor<4> {
        let channels = x.dims()[1];
        let style = self.style.forward(entering);
        let [scale, shift] = [0, channels].map(|at| style.clone().narrow(1, at, channels));
        let mut x = modulate(x, scale, shift, Activation::None.into());
        for block in &self.blocks {
            x = block.forward(x, &mut Trace::default());
        }
        x = self.onward.iter().fold(x, |x, onward| onward.forward(x));
        match &self.larger {
            Some(larger) => larger.forward(x),
            None => x,
        }
    }
}

/// What looks: from the picture inwards. Straight pieces all through, so it has an exact adjoint.
#[derive(Module, Debug)]
pub(super) struct Discriminator {
    first: Conv,
    stages: Vec<DiscriminatorStage>,
    before_last: Conv,
    last: Dense,
    /// The class's own direction among the last features (Miyato and Koyama, 2018).
    embedding: Option<Dense>,
    #[module(skip)]
    inner: [usize; 3],
}

#[derive(Module, Debug)]
pub(super) struct DiscriminatorStage {
    blocks: Vec<Residual>,
    #[module(skip)]
    smaller: Option<Resample>,
    onward: Option<Conv>,
}

impl Discriminator {
    pub(super) fn new(plan: &Plan, scene: &Scene) -> Self {
        let mut init = scene.init("critic");
        let shape = ConvShape::same(scene.channels, plan.stages[0].0, 3, 1);
        let first = Conv::new(shape, Fill::He, &mut init);
        let stages = (0..plan.stages.len()).map(|number| plan.inwards(number, &mut init)).collect();
        let &(channels, [height, width]) = plan.stages.last().expect("a plan has a stage for the picture");
        let features = channels * height * width;
        let before_last = Conv::new(ConvShape::same(channels, channels, 3, 1), Fill::He, &mut init);
        let last = Dense::new(features, 1, Fill::Glorot, &mut init);
        let embedding = (scene.classes > 0)
            .then(|| Dense::without_bias(scene.classes, features, Fill::Normal(0.02), &mut init));
        Self { first, stages, before_last, last, embedding, inner: [channels, height, width] }
    }

    /// The same with its first stages as constants (Mo and others, "Freeze the discriminator", 2020).
    pub(super) fn frozen(mut self, stages: usize) -> Self {
        if stages > 0 {
            self.first = self.first.no_grad();
        }
        let frozen = |(number, stage): (usize, DiscriminatorStage)| {
            if number < stages { stage.no_grad() } else { stage }
        };
        self.stages = self.stages.into_iter().enumerate().map(frozen).collect();
        self
    }
}

impl Critic for Discriminator {
    fn judge(&self, x: Tensor<4>, classes: Option<Tensor<2>>, trace: &mut Trace) -> Tensor<2> {
        let mut x = self.first.activated(x, LEAKY);
        trace.keep(&x);
        for stage in &self.stages {
            x = stage.forward(x, trace); // [n, more channels, smaller, smaller]
        }
        let x = self.before_last.activated(x, LEAKY);
        trace.keep(&x);
        let x = trace.dropped(x);
        let features: Tensor<2> = x.flatten(1, 3);
        let logit = self.last.forward(features.clone());
        match (&self.embedding, classes) {
            (Some(embedding), Some(classes)) => logit + (embedding.forward(classes) * features).sum_dim(1),
            _ => logit,
        }
    }

    fn slope(&self, ones: Tensor<2>, classes: Option<Tensor<2>>, trace: &mut Trace) -> Tensor<4> {
        let [n, _] = ones.dims();
        let [channels, height, width] = self.inner;
        let mut g = self.last.adjoint(ones);
        if let (Some(embedding), Some(classes)) = (&self.embedding, classes) {
            g = g + embedding.forward(classes);
        }
        let g = trace.undropped(g.reshape([n, channels, height, width]));
        let g = trace.back(g, LEAKY);
        let mut g = self.before_last.adjoint(g, [height, width]);
        for stage in self.stages.iter().rev() {
            g = stage.adjoint(g, trace);
        }
        let g = trace.back(g, LEAKY);
        let [.., height, width] = g.dims();
        self.first.adjoint(g, [height, width])
    }
}

impl DiscriminatorStage {
    pub(super) fn forward(&self, mut x: Tensor<4>, trace: &mut Trace) -> Tensor<4> {
        for block in &self.blocks {
            x = block.forward(x, trace);
        }
        x = self.smaller.iter().fold(x, |x, smaller| smaller.forward(x));
        self.onward.iter().fold(x, |x, onward| onward.forward(x))
    }

    fn adjoint(&self, mut g: Tensor<4>, trace: &mut Trace) -> Tensor<4> {
        let [.., height, width] = g.dims();
        g = self.onward.iter().fold(g, |g, onward| onward.adjoint(g, [height, width]));
        g = self.smaller.iter().fold(g, |g, smaller| smaller.adjoint(g));
        self.blocks.iter().rev().fold(g, |g, block| block.adjoint(g, trace))
    }
}

#[cfg(test)]
#[path = "painter_tests.rs"]
mod tests;
