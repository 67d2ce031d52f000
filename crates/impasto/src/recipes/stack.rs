//! `stack`: two stages, one after the other. The first paints small, the second paints that anew, larger.
//!
//! Zhang and others, "StackGAN: text to photo-realistic image synthesis with stacked generative adversarial networks",
//! 2017: what belongs where, and in which colours, is learned at a small size, where that is quick; details are learned by
//! a second net, to which the small picture is given.
//!
//! Differs from the paper: a class instead of a sentence; the game and the networks of `painter`; stage two adds to the
//! small picture brought up, instead of painting all of it, hands features across from its encoder, and gets the latent
//! again, as a style. Its critic sees the large picture alone, as in the paper: were the small one beside it, the critic
//! would know paintings by the flaws of stage one, which stage two can't mend. So it is `painter`'s critic, and its
//! penalties stay exact. What a burn-in changes has changed by the end of stage one, which learns no more then.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::layers::{Conv, ConvShape, Trace};
use impasto_nn::{Beyond, Fill, Resample, foresee};
use impasto_random::Random;

use super::duel::{Duel, DuelConfig, Generator, limited};
use super::painter::{
    self, Discriminator, DiscriminatorStage, INNERMOST, LEAKY, Painter, PainterStage, Plan,
};
use super::parts::{inputs, with_classes};
use super::{Entry, Preset};
use crate::recipe::{
    Batch, Entrance, Losses, Paint, Part, Progress, Recipe, Scene, Side, Signs, Skills, Visitor,
};
use crate::settings::{
    ABOVE_0, ConfigError, Declared, defaults_of, from_to, settings, settings_from, within,
};

pub(super) const ENTRY: Entry = Entry {
    name: "stack",
    summary: "two stages of painter: one paints small, then one paints that anew, larger",
    paper: "Zhang et al. 2017, StackGAN: text to photo-realistic image synthesis",
    presets: &[
        Preset {
            name: "small",
            summary: "32 channels at the picture, up to 256 inside, in each stage",
            settings: "widths = [32, 64, 128, 256]",
        },
        Preset {
            name: "tiny",
            summary: "half as wide: for two cores and pictures of 64 pixels",
            settings: "widths = [16, 32, 64, 128]",
        },
    ],
    settings: Config::declared,
    defaults: || defaults_of::<Config>("batch = 64"),
    build: |table, scene| {
        let config: Config = settings_from(table)?;
        config.check(scene)?;
        Ok(Box::new(Stack::new(config, scene)))
    },
};

settings! {
    /// The settings of this recipe.
    struct Config {
        /// Thousands of pictures that stage one learns from; all that follow are stage two's. A quarter of the time is good.
        @basic
        stage_one: f64 = 300.0, within(ABOVE_0..1e9);
        /// How many times smaller stage one paints: 2 or 4.
        shrink: usize = 2, from_to(2.0, 4.0);
        ..painter: painter::Config = painter::Config::default();
    }
}

impl Config {
    fn check(&self, scene: &Scene) -> Result<(), ConfigError> {
        self.painter.check()?;
        if self.painter.duel.tileable {
            return Err(ConfigError::Value("tileable is for recipe painter: stack has no tiles".into()));
        }
        let Self { shrink, .. } = *self;
        if ![2, 4].contains(&shrink) {
            return Err(ConfigError::Value(format!("shrink is {shrink}: it must be 2 or 4")));
        }
        let [height, width] = [scene.height, scene.width].map(|side| side.div_ceil(shrink));
        if height.min(width) <= INNERMOST {
            let (least, first) = (INNERMOST + 1, INNERMOST * shrink + 1);
            return Err(ConfigError::Value(format!(
                "pictures of {} x {} are too small for two stages: stage one would paint {width} x {height}, and no \
                 side may be below {least}; take sides of {first} and more, or recipe painter, which has one stage",
                scene.width, scene.height
            )));
        }
        Ok(())
    }

    /// Pictures after which stage two begins.
    fn switch(&self) -> u64 {
        (self.stage_one * 1000.0).ceil() as u64
    }
}

/// The way between the two sizes: halves with a low-pass filter, and back.
#[derive(Debug, Clone)]
struct Scale {
    halves: Vec<Resample>,
}

impl Scale {
    fn new(scene: &Scene, shrink: usize) -> Self {
        let first = Resample::half([scene.height, scene.width], Beyond::Border);
        let next = |half: &Resample| Some(Resample::half(half.to, Beyond::Border));
        Self { halves: std::iter::successors(Some(first), next).take(shrink.ilog2() as usize).collect() }
    }

    fn down(&self, x: Tensor<4>) -> Tensor<4> {
        self.halves.iter().fold(x, |x, half| half.forward(x))
    }

    fn up(&self, x: Tensor<4>) -> Tensor<4> {
        let back = |half: &Resample| Resample::back_to(half.from, Beyond::Border);
        self.halves.iter().rev().fold(x, |x, half| back(half).forward(x))
    }

    /// What stage one paints.
    fn small(&self, scene: &Scene) -> Scene {
        let [height, width] = self.halves.last().map_or([scene.height, scene.width], |half| half.to);
        Scene { height, width, ..scene.clone() }
    }
}

/// Stage two: paints stage one's picture anew, larger.
#[derive(Module, Debug)]
struct Repainter {
    /// Stage one as it was when stage two began; it learns no more, and is saved with its own stage.
    #[module(skip)]
    small: Painter,
    first: Conv,
    inwards: Vec<DiscriminatorStage>,
    outwards: Vec<PainterStage>,
    last: Conv,
    #[module(skip)]
    scale: Scale,
}

/// The encoder halves stage one's picture so often, if it can: as often as in the paper.
const INWARDS: usize = 2;

impl Repainter {
    fn new(config: &painter::Config, small: Painter, scale: &Scale, scene: &Scene) -> Self {
        let (plan, mut init) = (Plan::new(config, scene), scene.init("generator"));
        let from = scale.halves.len();
        let to = (from + INWARDS).min(plan.stages.len() - 1);
        let latent = inputs(config.duel.latent, scene);
        let conv = |from, to| ConvShape::same(from, to, 3, 1);
        Self {
            small,
            first: Conv::new(conv(scene.channels, plan.stages[from].0), Fill::He, &mut init),
            inwards: (from..to).map(|number| plan.inwards(number, &mut init)).collect(),
            outwards: (0..=to).rev().map(|number| plan.outwards(number, latent, &mut init)).collect(),
            // It begins with the small picture brought up.
            last: Conv::new(conv(plan.stages[0].0, scene.channels), Fill::Constant(0.0), &mut init),
            scale: scale.clone(),
        }
    }
}

impl Generator for Repainter {
    /// Those of stage one come first.
    fn levels(&self) -> usize {
        self.small.levels() + self.outwards.len()
    }

    fn entrances(&self, latent: usize) -> Vec<Entrance> {
        let ours = self.outwards.iter().zip(self.small.levels()..);
        let ours = ours.map(|(stage, level)| stage.entrance(level, latent));
        self.small.entrances(latent).into_iter().chain(ours).collect()
    }

    fn first(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<2> {
        self.small.first(latents, classes)
    }

    fn paint(&self, latents: &[Tensor<2>], classes: Option<Tensor<2>>) -> Tensor<4> {
        let entering = |level: usize| {
            let level = (self.small.levels() + level).min(latents.len() - 1);
            with_classes(latents[level].clone(), classes.clone())
        };
        let small = limited(self.small.paint(latents, classes.clone()));
        let mut x = self.first.activated(small.clone(), LEAKY);
        let mut across = Vec::new();
        for stage in &self.inwards {
            across.push(x.clone());
            x = stage.forward(x, &mut Trace::default()); // [n, more channels, smaller, smaller]
        }
        for (level, stage) in self.outwards.iter().enumerate() {
            x = stage.forward(x, entering(level)); // [n, fewer channels, larger, larger]
            x = across.pop().into_iter().fold(x, |x, same_size| x + same_size);
        }
        let detail = self.last.forward(LEAKY.forward(x));
        let large = self.scale.up(small);
        if detail.is_autodiff() && !large.is_autodiff() { large.autodiff() + detail } else { large + detail }
    }
}

/// Both stages; the second is made when its turn comes.
struct Stack {
    config: Config,
    scene: Scene,
    scale: Scale,
    one: Duel<Painter, Discriminator>,
    two: Option<Duel<Repainter, Discriminator>>,
    /// Steps of stage two so far.
    steps: u64,
    shares: [(Side, f64); 2],
}

impl Stack {
    fn new(config: Config, scene: &Scene) -> Self {
        let scale = Scale::new(scene, config.shrink);
        let (small, nets) = (scale.small(scene), &config.painter);
        let plan = Plan::new(nets, &small);
        let critic = Discriminator::new(&plan, &small).frozen(nets.freeze);
        let generator = Painter::new(nets, &plan, &small);
        let duel = DuelConfig { burn_in: nets.duel.burn_in.min(config.stage_one), ..nets.duel.clone() };
        let stack = Self {
            one: Duel::new(duel, &small, generator, critic),
            two: None,
            steps: 0,
            shares: [(Side::Painter, 1.0), (Side::Critic, 1.0)],
            scale,
            scene: scene.clone(),
            config,
        };
        foresee(|| stack.stage_two(None));
        stack
    }

    /// Stage two with first weights of this seed, or with none, to be loaded.
    fn stage_two(&self, seed: Option<u64>) -> Duel<Repainter, Discriminator> {
        let (scene, nets) = (Scene { seed, ..self.scene.clone() }, &self.config.painter);
        let generator = Repainter::new(nets, self.one.painter(), &self.scale, &scene);
        // It starts from no other run, so nothing of it is frozen.
        let critic = Discriminator::new(&Plan::new(nets, &scene), &scene);
        let mut two = Duel::new(nets.duel.clone(), &scene, generator, critic);
        two.augment_like(&self.one);
        for (side, share) in self.shares {
            two.set_rate(side, share);
        }
        two
    }

    /// The stage that paints.
    fn painter(&self) -> &dyn Paint {
        match &self.two {
            Some(two) => two,
            None => &self.one,
        }
    }

    fn step_one(&mut self, batch: &Batch, at: Progress) -> Losses {
        let pictures = self.scale.down(batch.pictures.clone());
        self.one.step(&Batch { pictures, classes: batch.classes.clone() }, at)
    }

    /// A training of its own: its rates, penalties and random numbers begin anew.
    fn step_two(&mut self, batch: &Batch, at: Progress) -> Losses {
        let seed = Random::new(at.seed, "stage two", 0).bits();
        let at = Progress { seed, step: self.steps, images: at.images - self.config.switch() };
        let mut two = self.two.take().unwrap_or_else(|| self.stage_two(Some(seed)));
        let losses = two.step(batch, at);
        self.two = Some(two);
        self.steps += 1;
        losses
    }
}

/// What each stage tells under a name of its own. The rest is one figure all through: how often the critic is right, which
/// the doctor watches, and how much is augmented.
const OF_A_STAGE: &[(&str, [&str; 2])] = &[
    ("generator", ["generator_one", "generator_two"]),
    ("critic", ["critic_one", "critic_two"]),
    ("r1", ["r1_one", "r1_two"]),
    ("r2", ["r2_one", "r2_two"]),
    ("generator_gradient", ["generator_gradient_one", "generator_gradient_two"]),
    ("critic_gradient", ["critic_gradient_one", "critic_gradient_two"]),
];

fn named(losses: Losses, stage: usize) -> Losses {
    let name =
        |name| OF_A_STAGE.iter().find(|(known, _)| *known == name).map_or(name, |(_, stages)| stages[stage]);
    losses.into_iter().map(|(known, value)| (name(known), value)).collect()
}

impl Recipe for Stack {
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses {
        if at.images < self.config.switch() {
            named(self.step_one(batch, at), 0)
        } else {
            named(self.step_two(batch, at), 1)
        }
    }

    fn signs(&self) -> Signs {
        let losses = &["generator_one", "critic_one", "generator_two", "critic_two"];
        Signs { losses, ..self.one.signs() }
    }

    fn set_rate(&mut self, side: Side, share: f64) -> bool {
        self.shares.iter_mut().filter(|(known, _)| *known == side).for_each(|known| known.1 = share);
        if let Some(two) = &mut self.two {
            two.set_rate(side, share);
        }
        self.one.set_rate(side, share)
    }

    fn raise_augmentation(&mut self) -> bool {
        match &mut self.two {
            Some(two) => two.raise_augmentation(),
            None => self.one.raise_augmentation(),
        }
    }

    /// Stage two is shown once it has begun. That it has is a tensor among the weights, since those are all that painting
    /// reads. A training that starts from another run takes that run's stage one: its stage two repaints what that paints.
    fn visit(&mut self, visitor: &mut dyn Visitor) {
        let stages = if self.two.is_some() { 2.0 } else { 1.0 };
        let found = visitor.tensor(Part::Standing, "stages", &[1], &|| vec![stages]);
        self.one.visit(&mut Under { stage: "one", visitor });
        if let Some(found) = found {
            // Loaded weights of stage one come first: stage two holds a handle to them.
            self.two = found.first().is_some_and(|&stages| stages > 1.0).then(|| self.stage_two(None));
        }
        if let Some(two) = &mut self.two {
            two.visit(&mut Under { stage: "two", visitor });
        }
        visitor.counter("two.steps", &mut self.steps);
    }

    fn skills(&self) -> Skills<'_> {
        Skills { paint: Some(self), ..Skills::default() }
    }
}

/// Puts the stage before every name.
struct Under<'a> {
    stage: &'static str,
    visitor: &'a mut dyn Visitor,
}

impl Visitor for Under<'_> {
    fn tensor(
        &mut self,
        part: Part,
        name: &str,
        shape: &[usize],
        values: &dyn Fn() -> Vec<f32>,
    ) -> Option<Vec<f32>> {
        self.visitor.tensor(part, &format!("{}.{name}", self.stage), shape, values)
    }

    fn counter(&mut self, name: &str, value: &mut u64) {
        self.visitor.counter(&format!("{}.{name}", self.stage), value);
    }
}

impl Paint for Stack {
    fn latent_size(&self) -> usize {
        self.one.latent_size()
    }

    fn paint(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Tensor<4> {
        self.paint_levels(&[latents], classes)
    }

    fn levels(&self) -> usize {
        self.painter().levels()
    }

    /// Until stage two begins: stage one's picture, brought up.
    fn paint_levels(&self, latents: &[Tensor<2>], classes: Option<Tensor<2>>) -> Tensor<4> {
        let painted = self.painter().paint_levels(latents, classes);
        if self.two.is_some() { painted } else { self.scale.up(painted) }
    }

    fn entrances(&self) -> Vec<Entrance> {
        self.painter().entrances()
    }

    fn first(&self, latents: Tensor<2>, classes: Option<Tensor<2>>) -> Option<Tensor<2>> {
        self.painter().first(latents, classes)
    }
}

#[cfg(test)]
#[path = "stack_tests.rs"]
mod tests;
