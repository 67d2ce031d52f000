//! What teaches a network one style, or any: how far pictures that it makes are from their contents in a style, and the
//! gradient of that for their pixels.
//!
//! It is the goal of [`stylise`](super::stylise) without masks. One style is gathered once; where each picture has a style of
//! its own, the content is what AdaIN makes of both (Huang and Belongie 2017).

use std::sync::Arc;

use burn::tensor::Device;
use impasto_data::Picture;
use impasto_nn::Precision;

use super::goal::{Apart, Content, Goal, Region, seen_whole};
use super::loss::Loss;
use super::sight::Sight;
use super::tiles::Tile;
use super::{SMOOTH, StyleError, adain, colour, size_of_style};
use crate::features::map::Map;

/// What a recipe that learns a style is given beside pictures.
#[derive(Debug)]
pub struct Aids {
    /// A picture in the style, where it is one.
    pub style: Option<Picture>,
    /// What looks at it.
    pub sight: Sight,
}

impl Aids {
    /// A drawn style and the network that is always there: where only the work counts, and no result.
    pub(crate) fn drawn(device: &Device) -> Self {
        let shades = (0..64 * 64 * 3).map(|at: usize| ((at / 3 % 64) * (1 + at % 3) + at / 768 * 16) as u8);
        Self { style: Some(Picture::new(64, 64, 3, shades.collect())), sight: Sight::builtin(device) }
    }
}

/// How a style is to be learned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lesson {
    pub(crate) loss: Loss,
    /// 0 is the content, 1 the style alone.
    pub(crate) strength: f64,
    /// The longest side at which the style is looked at, in pixels.
    pub(crate) style_size: usize,
    /// Height and width of the pictures that are learned from.
    pub(crate) size: [usize; 2],
}

/// The style, and what looks at pictures.
pub(crate) struct Teacher {
    sight: Sight,
    loss: Loss,
    region: Region,
    /// What the content counts.
    content: f64,
    precision: Precision,
}

impl Teacher {
    /// Looks at the style.
    ///
    /// # Errors
    /// When it, or the pictures that are learned from, are too small for the network.
    pub(crate) fn new(aids: Aids, lesson: &Lesson) -> Result<Self, StyleError> {
        let Aids { style: Some(style), sight } = aids else { return Err(StyleError::Nothing) };
        let (least, network) = (sight.least(), sight.name());
        let [height, width] = lesson.size;
        if height.min(width) < least {
            return Err(StyleError::Small { width, height, least, network });
        }
        let [width, height] = [style.width(), style.height()];
        if height.min(width) < least {
            return Err(StyleError::SmallStyle { width, height, least, network });
        }
        let size = size_of_style(&style, lesson.style_size, 1.0, least);
        let precision = Precision::quickest();
        let map = colour::numbers(&style, size);
        let (statistics, _) = seen_whole(&sight, &map, lesson.loss, precision, false);
        let targets = statistics.into_iter().map(|all| all.target()).collect();
        let region = Region { counts: 1.0, masks: vec![None; sight.style.len()], targets };
        let strength = lesson.strength.clamp(1e-3, 1.0);
        let content = sight.balance * (1.0 - strength) / strength;
        Ok(Self { loss: lesson.loss, region, content, precision, sight })
    }

    /// How far each picture is from its content in the style, and the gradient for its pixels; all of one size, in [0, 1].
    /// `seed` draws what a loss draws.
    pub(crate) fn look(&self, made: &[Map], contents: Vec<Map>, seed: (u64, u64)) -> Vec<(Apart, Map)> {
        let Some(first) = made.first() else { return Vec::new() };
        let whole = Tile::whole(first.size());
        let mut goal = Goal {
            sight: &self.sight,
            loss: self.loss,
            precision: self.precision,
            tiles: vec![whole.clone()],
            content: Content::new(0.0, Arc::default()),
            regions: vec![self.region.clone()],
            smooth: SMOOTH,
            seed: seed.0,
        };
        let mut one = |(made, content): (&Map, Map)| {
            let Sight { chain, content: layer, .. } = &self.sight;
            let seen = self.precision.during(|| chain.forward(content, *layer, None, &mut |_, _| ()));
            goal.content = Content::new(self.content, seen);
            goal.look_once(made, &whole, seed.1)
        };
        made.iter().zip(contents).map(&mut one).collect()
    }
}

/// What teaches a decoder to paint in any style what an encoder has seen.
pub(crate) struct AnyTeacher {
    sight: Sight,
    /// What styles count, against contents.
    style: f64,
    precision: Precision,
}

/// What is to become of a content in a style.
pub(crate) struct Aim {
    /// What the encoder sees of the content, with the moments of the style: what is painted from.
    pub(crate) mixed: Arc<Map>,
    region: Region,
}

impl AnyTeacher {
    pub(crate) fn new(sight: Sight, style: f64) -> Self {
        Self { sight: sight.for_one_pass(), style, precision: Precision::quickest() }
    }

    /// A content and a style, in [0, 1]; both are continued by their mirror images until the encoder sees all of them.
    pub(crate) fn aim(&self, content: &Map, style: &Map) -> Aim {
        let look = |map: &Map| {
            let map = adain::continued(map, self.sight.chain.stride(self.sight.content));
            seen_whole(&self.sight, &map, Loss::MeanStd, self.precision, true)
        };
        let ((_, content), (statistics, style)) = (look(content), look(style));
        let everywhere = vec![vec![1.0; content.area()]];
        let mixed = adain::mixed(&content, &[adain::moments(&style)], &everywhere, 1.0);
        let targets: Vec<_> = statistics.into_iter().map(|all| all.target()).collect();
        let region = Region { counts: self.style, masks: vec![None; targets.len()], targets };
        Aim { mixed: Arc::new(mixed), region }
    }

    /// How far a picture in [0, 1], as large as what the encoder saw, is from that, and the gradient for its pixels.
    pub(crate) fn look(&self, made: &Map, aim: &Aim) -> (Apart, Map) {
        let whole = Tile::whole(made.size());
        let goal = Goal {
            sight: &self.sight,
            loss: Loss::MeanStd,
            precision: self.precision,
            tiles: vec![whole.clone()],
            content: Content::new(1.0, aim.mixed.clone()),
            regions: vec![aim.region.clone()],
            smooth: 0.0,
            seed: 0,
        };
        goal.look_once(made, &whole, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn aids() -> Aids {
        Aids::drawn(&Device::flex())
    }

    fn lesson() -> Lesson {
        Lesson { loss: Loss::Gram, strength: 0.5, style_size: 48, size: [24, 32] }
    }

    #[test]
    fn the_style_itself_is_near_the_style_and_noise_is_not() {
        let teacher = Teacher::new(aids(), &Lesson { size: [48, 48], ..lesson() }).unwrap();
        let style = colour::numbers(&aids().style.unwrap(), [48, 48]);
        let noise = Map::new(Random::new(1, "noise", 0).uniforms(3 * 48 * 48, 0.0, 1.0), [3, 48, 48]);
        let looks = teacher.look(&[style.clone(), noise.clone()], vec![style, noise], (1, 0));
        assert!(looks[0].0.style < 1e-3 && looks[1].0.style > 0.1, "{:?}, {:?}", looks[0].0, looks[1].0);
        assert!(looks[0].0.content < 1e-3 && looks[1].0.content < 1e-3, "each is its own content");
        assert!(looks[0].1.values.iter().any(|slope| *slope != 0.0));
    }

    #[test]
    fn what_the_network_cannot_see_is_refused_with_both_sides() {
        let refused = |aids: Aids, size: [usize; 2]| {
            Teacher::new(aids, &Lesson { size, ..lesson() })
                .err()
                .map_or_else(String::new, |error| error.to_string())
        };
        let narrow = Aids { style: Some(Picture::filled(40, 6, &[1, 2, 3])), ..aids() };
        assert!(
            refused(aids(), [6, 32]).contains("32 x 6 is too small for the network builtin, which needs 8")
        );
        assert!(refused(narrow, [24, 32]).contains("40 x 6, and the network builtin needs 8"));
    }
}
