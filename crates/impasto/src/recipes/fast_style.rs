//! `fast-style`: one style in one pass, learned from contents of any kind.
//!
//! Johnson, Alahi and Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution", 2016: a network that
//! makes pictures smaller, works on them in residual blocks and makes them larger again, taught by what a trained network
//! sees; with instance normalisation (Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the missing ingredient for
//! fast stylization", 2016).
//!
//! Differs from the papers: the loss is that of `impasto style` (layers count alike, differences between neighbours are
//! squared); half as many channels; enlarged with a low-pass filter and convolved instead of a transposed convolution, which
//! leaves no checkerboard; pictures are framed by their mirror image; an averaged network paints.
//!
//! It keeps the norms, which our other translators have not: a style must not depend on how bright a content is and how
//! strong its contrast, and that is what the second paper found them to do (a network without them was not tried). A norm
//! looks at the whole picture, so parts of a large one get the statistics of the whole, seen smaller (Chen and others,
//! "Towards ultra-resolution neural style transfer via thumbnail instance normalization", 2022), and show no seams.
//!
//! The style and the network that sees it are handed in for a training (`equip`); a trained run needs neither.

use burn::module::Module;
use burn::tensor::Tensor;
use impasto_nn::layers::Moments;
use impasto_nn::{Beyond, OptimiserSettings, Resample};
use impasto_random::Random;

use super::fast_net::Net;
use super::taught::{self, Pupil};
use super::{Entry, Preset};
use crate::features::map::Map;
use crate::recipe::{
    Batch, Examples, Given, Goal, Losses, Progress, Recipe, Scene, Side, Signs, Skills, Translate, Visitor,
};
use crate::settings::{
    ABOVE_0, Allowed, ConfigError, Declared, defaults_of, from_to, one_of, settings, settings_from, within,
};
use crate::style::{Aids, Apart, Lesson, Loss, StyleError, Teacher};
use crate::translate::Tiling;

pub(super) const ENTRY: Entry = Entry {
    name: "fast-style",
    summary: "one style in one pass, learned from any pictures: --set style=PICTURE",
    paper: "Johnson, Alahi and Fei-Fei 2016, Perceptual losses for real-time style transfer and super-resolution",
    presets: &[
        Preset { name: "half", summary: "half as many channels as the paper: quick", settings: "width = 16" },
        Preset { name: "full", summary: "as many channels as the paper", settings: "width = 32" },
    ],
    settings: Config::declared,
    defaults: || {
        defaults_of::<Config>("size = 128\nbatch = 4\ncrop = 'random'\nflip = true\nsample_every = 500")
    },
    build,
};

fn build(table: &toml::Table, scene: &Scene) -> Result<Box<dyn Recipe>, ConfigError> {
    let config: Config = settings_from(table)?;
    config.check(scene)?;
    Ok(Box::new(FastStyle::new(config, scene)))
}

settings! {
    /// The settings of this recipe.
    struct Config {
        /// A picture in the style: the path of its file.
        @basic
        style: String = String::new();
        /// What sees styles; empty: the first of them that is there.
        network: String = String::new(), one_of(&["", "vgg19", "vgg16", "builtin"]);
        /// The longest side at which the style is looked at: smaller makes smaller strokes.
        @basic
        style_size: usize = 256, from_to(16.0, 4096.0);
        /// How much of the style: 0 is the content, 1 the style alone.
        @basic
        strength: f64 = 0.15, from_to(0.0, 1.0);
        /// What a style is.
        loss: Loss = Loss::Gram, one_of(&Loss::NAMES);
        /// Channels at full size; twice as many at half, four times at a quarter.
        width: usize = 16, Allowed::Widths;
        /// Residual blocks at a quarter of the size.
        blocks: usize = 5, from_to(1.0, 64.0);
        /// Learning rate.
        @basic
        rate: f64 = 1e-3, within(ABOVE_0..1.0);
        /// How much of the running mean of gradients is kept each step.
        beta1: f64 = 0.9, within(0.0..1.0);
        /// How much of the running mean of their squares is kept each step.
        beta2: f64 = 0.999, within(0.0..1.0);
        /// The most that is kept of the averaged network each step; early steps keep less.
        average: f64 = 0.99, within(0.0..1.0);
    }
}

impl Config {
    fn check(&self, scene: &Scene) -> Result<(), ConfigError> {
        taught::check(scene, &self.network)
    }
}

struct FastStyle {
    config: Config,
    /// Height and width of the pictures that are learned from.
    size: [usize; 2],
    pupil: Pupil<Net>,
    teacher: Option<Teacher>,
}

impl FastStyle {
    fn new(config: Config, scene: &Scene) -> Self {
        let colours = scene.channels.min(3);
        let net =
            Net::new([scene.channels, colours], config.width, config.blocks, &mut scene.init("net")).train();
        let Config { rate, beta1, beta2, average, .. } = config;
        let settings = OptimiserSettings { rate, beta1, beta2, ..Default::default() };
        Self {
            pupil: Pupil::new(net, settings, average),
            size: [scene.height, scene.width],
            teacher: None,
            config,
        }
    }

    /// How far pictures are from their contents in the style, and the gradients for what is seen of them.
    fn apart(teacher: &Teacher, content: &Tensor<4>, seen: &Tensor<4>, at: (u64, u64)) -> Vec<(Apart, Map)> {
        let contents = taught::maps(&taught::seen(content.clone()));
        teacher.look(&taught::maps(seen), contents, at)
    }
}

impl Recipe for FastStyle {
    fn equip(&mut self, aids: Aids) -> Result<(), StyleError> {
        let Config { loss, strength, style_size, .. } = self.config;
        self.teacher = Some(Teacher::new(aids, &Lesson { loss, strength, style_size, size: self.size })?);
        Ok(())
    }

    /// # Panics
    /// When it was not equipped.
    fn step(&mut self, batch: &Batch, at: Progress) -> Losses {
        let teacher = self.teacher.as_ref().expect("a style to learn, from `equip`");
        let content = &batch.pictures;
        let colours = self.pupil.net.forward(content.clone(), &mut Moments::Own);
        let seen = taught::seen(taught::picture(content, colours));
        let looks = Self::apart(teacher, content, &seen.clone().inner(), (at.seed, at.step));
        self.pupil.learn(&looks, seen, at.step)
    }

    fn signs(&self) -> Signs {
        taught::SIGNS
    }

    fn set_rate(&mut self, side: Side, share: f64) -> bool {
        self.pupil.set_rate(side, share)
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.pupil.visit(visitor);
    }

    fn skills(&self) -> Skills<'_> {
        Skills { translate: Some(self), ..Skills::default() }
    }
}

/// Larger pictures are cut up.
const WHOLE: Tiling = Tiling { side: 1536, overlap: 128 };

impl Translate for FastStyle {
    fn given(&self) -> Given {
        Given::Any
    }

    fn translate(&self, pictures: Tensor<4>) -> Tensor<4> {
        let made = self.pupil.average.network().forward(pictures.clone(), &mut Moments::Own);
        taught::picture(&pictures, made)
    }

    fn examples(&self, batch: &Batch, _: &mut Random) -> Examples {
        Examples { given: batch.pictures.clone(), goal: Goal::Own }
    }

    fn away(&self, given: &Tensor<4>, made: &Tensor<4>) -> Option<f64> {
        let seen = taught::seen(made.clone());
        let looks = Self::apart(self.teacher.as_ref()?, given, &seen, (0, 0));
        Some(taught::mean_of(&looks, Apart::sum))
    }

    fn tiling(&self) -> Tiling {
        WHOLE
    }

    fn for_parts_of(&self, whole: &Tensor<4>) -> Box<dyn Fn(Tensor<4>) -> Tensor<4> + '_> {
        let [.., height, width] = whole.dims();
        if height.max(width) <= WHOLE.side {
            return Box::new(|picture| self.translate(picture));
        }
        let net = self.pupil.average.network();
        let moments = net.moments(smaller(whole.clone(), WHOLE.side));
        Box::new(move |part| {
            let made = net.forward(part.clone(), &mut Moments::Given(moments.iter().cloned().collect()));
            taught::picture(&part, made)
        })
    }
}

/// Halved until its longest side is at most this long.
fn smaller(x: Tensor<4>, side: usize) -> Tensor<4> {
    let [.., height, width] = x.dims();
    match height.max(width) > side {
        true => smaller(Resample::half([height, width], Beyond::Border).forward(x), side),
        false => x,
    }
}

#[cfg(test)]
#[path = "fast_style_tests.rs"]
mod tests;
