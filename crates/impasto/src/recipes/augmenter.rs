//! What a GAN does to pictures before its critic sees them: the settings, and the strength as it is now.
//!
//! What may happen to a picture, and where that comes from, stands in [`impasto_nn::augment`].

use impasto_nn::augment::{Adaptive, Drawn, HIGHEST, Policy};
use serde::{Deserialize, Serialize};

use crate::recipe::{Losses, Progress, Scene, Visitor};
use crate::settings::{from_to, one_of, settings, within};

settings! {
    /// How pictures are augmented before the discriminator sees them.
    #[derive(Copy, PartialEq)]
    #[serde(default)]
    pub(super) struct AugmentConfig {
        /// Whether the discriminator sees pictures as they are, altered by chance, or altered as often as it learns them by heart: for
        /// small sets.
        @basic
        augment: Augment = Augment::Off, one_of(&["off", "fixed", "adaptive"]);
        /// The chance of each kind of change; where it adapts, the chance that it begins with. Not above 0.8: a generator would
        /// take what is done to every picture for a part of the pictures.
        @basic
        augment_strength: f64 = 0.3, from_to(0.0, HIGHEST);
        /// Where it adapts: the sign of the discriminator on real pictures (or on pairs) that it is kept at.
        augment_target: f64 = 0.6, within(-1.0..1.0);
        /// Mirror left and right. Not for pictures that mean something else then, such as digits.
        @basic
        augment_mirror: bool = Policy::default().mirror;
        /// Move by up to this share of a side.
        augment_translate: f64 = Policy::default().translate, within(0.0..1.0);
        /// Turn by up to so many degrees.
        augment_rotate: f64 = Policy::default().rotate, from_to(0.0, 180.0);
        /// Make larger or smaller by up to this factor.
        augment_scale: f64 = Policy::default().scale, within(1.0..4.0);
        /// Change brightness, contrast and saturation by up to this.
        augment_colour: f64 = Policy::default().colour, within(0.0..1.0);
        /// Hide a rectangle of this share of the sides.
        augment_cutout: f64 = Policy::default().cutout, within(0.0..1.0);
    }
}

/// When pictures are augmented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Augment {
    #[default]
    Off,
    Fixed,
    Adaptive,
}

impl AugmentConfig {
    fn policy(&self) -> Policy {
        Policy {
            mirror: self.augment_mirror,
            translate: self.augment_translate,
            rotate: self.augment_rotate,
            scale: self.augment_scale,
            colour: self.augment_colour,
            cutout: self.augment_cutout,
        }
    }
}

/// Alters pictures, and remembers how strongly.
pub(super) struct Augmenter {
    when: Augment,
    policy: Policy,
    /// Channels, height and width.
    shape: [usize; 3],
    strength: Adaptive,
}

impl Augmenter {
    pub(super) fn new(config: &AugmentConfig, scene: &Scene) -> Self {
        Self {
            when: config.augment,
            policy: config.policy(),
            shape: [scene.channels, scene.height, scene.width],
            strength: Adaptive::new(config.augment_strength, config.augment_target),
        }
    }

    /// One that never alters anything.
    pub(super) fn off(scene: &Scene) -> Self {
        Self::new(&AugmentConfig::default(), scene)
    }

    /// Whether pictures may be altered at all.
    pub(super) fn is_on(&self) -> bool {
        self.when != Augment::Off
    }

    /// What happens to so many pictures at this step; every purpose has changes of its own.
    pub(super) fn draw(&self, at: Progress, purpose: &str, count: usize) -> Drawn {
        if !self.is_on() {
            return Drawn::nothing();
        }
        let mut random = at.random(&format!("augment {purpose}"));
        self.policy.draw(&mut random, count, self.shape, self.strength())
    }

    /// Takes how the critic did: the share of real pictures, or of pairs, that it was right about, less the share that it
    /// was wrong about.
    pub(super) fn observe(&mut self, sign: f64, count: usize) {
        if self.when == Augment::Adaptive {
            self.strength.observe(sign, count);
        }
    }

    /// The chance of each kind of change; 0 when it is off.
    pub(super) fn strength(&self) -> f64 {
        if self.is_on() { self.strength.strength() } else { 0.0 }
    }

    /// Adds what there is to report, if it is on.
    pub(super) fn report(&self, losses: &mut Losses) {
        if self.is_on() {
            losses.push(("augmentation", self.strength()));
        }
    }

    /// Begins as strongly as another has come to be.
    pub(super) fn begin_like(&mut self, other: &Self) {
        self.strength = other.strength.clone();
    }

    /// Augments more from now on; false where it is off or can't be more.
    pub(super) fn raise(&mut self) -> bool {
        self.is_on() && self.strength.raise()
    }

    /// Shows all that must be kept; nothing, if it is off.
    pub(super) fn visit(&mut self, visitor: &mut dyn Visitor) {
        if self.is_on() {
            let mut counter = |name: &str, value: &mut u64| {
                visitor.counter(&format!("augmentation.{name}"), value);
            };
            self.strength.exchange(&mut counter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use impasto_nn::{tensor, values};

    const AT: Progress = Progress { seed: 1, step: 3, images: 0 };

    fn augmenter(augment: Augment) -> Augmenter {
        let device = Device::flex();
        let scene = Scene { width: 12, height: 8, channels: 3, classes: 0, seed: Some(1), device };
        Augmenter::new(&AugmentConfig { augment, ..AugmentConfig::default() }, &scene)
    }

    #[test]
    fn what_is_off_does_nothing_and_shows_nothing() {
        let (mut off, mut losses) = (augmenter(Augment::Off), Losses::new());
        assert_eq!(off.draw(AT, "real", 9), Drawn::nothing());
        off.observe(1.0, 10_000);
        off.report(&mut losses);
        assert_eq!((off.strength(), off.raise(), losses), (0.0, false, Losses::new()));
    }

    #[test]
    fn every_purpose_and_step_has_changes_of_its_own() {
        let augmenter = augmenter(Augment::Fixed);
        let drawn = augmenter.draw(AT, "real", 9);
        assert_eq!(drawn, augmenter.draw(AT, "real", 9));
        assert_ne!(drawn, augmenter.draw(AT, "painted", 9));
        assert_ne!(drawn, augmenter.draw(Progress { step: 4, ..AT }, "real", 9));
        let x = tensor(vec![0.5; 9 * 3 * 8 * 12], [9, 3, 8, 12], &Device::flex());
        assert_ne!(values(drawn.apply(x.clone())), values(x));
    }

    #[test]
    fn only_an_adaptive_strength_follows_the_critic() {
        for (augment, expected) in [(Augment::Fixed, 0.3), (Augment::Adaptive, 0.4)] {
            let (mut augmenter, mut losses) = (augmenter(augment), Losses::new());
            (0..40).for_each(|_| augmenter.observe(0.9, 256));
            augmenter.report(&mut losses);
            let [("augmentation", told)] = losses[..] else { panic!("{losses:?}") };
            assert!((told - expected).abs() < 0.01, "{augment:?}: {told}");
            assert!(augmenter.raise() && augmenter.strength() > told + 0.09);
        }
    }
}
