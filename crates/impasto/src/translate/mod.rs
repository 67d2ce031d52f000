//! Pictures to pictures with a trained run: a picture of any size becomes what the run was trained to be given, and that
//! is translated, tile by tile where it is large.

mod colours;
mod enlarge;
mod error;
mod holes;
pub mod make;
mod repair;
mod tiles;

use impasto_system::Span;

use burn::tensor::Tensor;
use impasto_data::Picture;
use impasto_nn::tensor;
use impasto_random::Random;

pub use error::TranslateError;
pub use holes::holes;
pub use tiles::Tiling;

use crate::paint::{PaintError, Painter, pictures};
use crate::picture::{magnified, to_chw};
use crate::recipe::{Batch, Given, Translate};

/// Shortest and longest side of a translated picture.
const SIDES: [usize; 2] = [8, 16_384];
/// A picture with colours has more than this share of pixels
const COLOURED: f64 = 0.001;
/// whose channels differ by more than this; grey pictures that were stored as JPEG have a few.
const APART: u8 = 16;
/// In a drawing this share is at least as light
const LIGHT_SHARE: f64 = 0.5;
/// as this.
const LIGHT: u8 = 160;

/// A run that translates.
pub struct Translator {
    painter: Painter,
}

/// What is to become of a picture before it is translated.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    /// It is what the run is given.
    AsItIs,
    /// Its holes are where this grey picture is white.
    Masked(&'a Picture),
    /// What the run is given is made of it; what is random depends on this.
    Made(u64),
    /// It is what the run is given but for the noise, which depends on this seed, and for how strongly it may be changed, 0 to
    /// 1.
    Varied(u64, f64),
}

impl Translator {
    /// One with this run, if it translates.
    pub fn new(painter: Painter) -> Result<Self, TranslateError> {
        if painter.skills().translate.is_none() {
            let recipe = painter.config().common.recipe.clone();
            return Err(TranslateError::Paints { run: painter.run().path().into(), recipe });
        }
        Ok(Self { painter })
    }

    /// One with this run, if what it translates from is `wanted`; `recipe` names the one to train.
    pub fn of_kind(
        painter: Painter,
        recipe: &'static str,
        wanted: impl Fn(Given) -> bool,
    ) -> Result<Self, TranslateError> {
        let given = painter.skills().translate.map(Translate::given);
        if given.is_some_and(wanted) {
            return Ok(Self { painter });
        }
        let does = match given {
            Some(given) => format!("translates from {}", given.words()),
            None => "paints from seeds".to_owned(),
        };
        let own = painter.config().common.recipe.clone();
        Err(TranslateError::OtherKind { run: painter.run().name(), recipe: own, does, wanted: recipe })
    }

    /// The run.
    pub fn painter(&self) -> &Painter {
        &self.painter
    }

    /// What it translates from.
    pub fn given(&self) -> Result<Given, PaintError> {
        Ok(self.skill()?.given())
    }

    /// What is given for a picture, which has the channels of the run: `[1, given, h, w]`. `name` is for errors.
    pub fn input(&self, name: &str, picture: &Picture, way: Way<'_>) -> Result<Tensor<4>, TranslateError> {
        let (given, run) = (self.given()?, self.painter.run().name());
        self.check_size(name, picture, given, way)?;
        let pixels = to_chw(picture);
        let shape = [1, picture.channels(), picture.height(), picture.width()];
        let x = tensor(pixels, shape, self.painter.device());
        let picture_name = name.to_owned();
        match (given, way) {
            (Given::Styled, _) => Err(TranslateError::NoStyle { run: self.painter.run().path().into() }),
            (Given::Holes, Way::Masked(mask)) => Ok(make::with_holes(x, self.mask(name, picture, mask)?)),
            (_, Way::Masked(_)) => Err(TranslateError::UselessMask { run, given: given.words() }),
            (Given::Any | Given::Picture, Way::Made(_)) => Err(TranslateError::NothingToMake { run }),
            (_, Way::Made(seed)) => self.made(x, given, seed),
            (Given::Pasted(noise), Way::Varied(seed, strength)) => Ok(with_noise(x, noise, seed, strength)),
            (Given::Pasted(noise), Way::AsItIs) => Ok(with_noise(x, noise, 0, 1.0)),
            (_, Way::Varied(..)) => {
                let folder = self.painter.run().path().to_path_buf();
                Err(TranslateError::NoVariations { run: folder, name: run, given: given.words() })
            }
            (Given::Any | Given::Picture | Given::Small(_), Way::AsItIs) => Ok(x),
            (Given::Holes, Way::AsItIs) => Err(TranslateError::NoMask { picture: picture_name, run }),
            (Given::Grey | Given::Lines, Way::AsItIs) if is_coloured(picture) => {
                Err(TranslateError::Colours { picture: picture_name, run, given: given.words() })
            }
            (Given::Grey, Way::AsItIs) => Ok(make::grey(x)),
            (_, Way::AsItIs) => {
                let light = share(picture, |pixel| pixel.iter().all(|&part| part >= LIGHT));
                if light < LIGHT_SHARE {
                    let bright = (100.0 * light) as usize;
                    return Err(TranslateError::NoLines { picture: picture_name, run, bright });
                }
                Ok(make::grey(x).narrow(1, 0, 1))
            }
        }
    }

    /// Translates what [`input`](Self::input) gave. A picture that was begun is finished, whoever would stop it.
    pub fn translate(&self, input: Tensor<4>, span: &mut Span<'_>) -> Result<Picture, PaintError> {
        let skill = self.skill()?;
        let mut work = skill.for_parts_of(&input);
        let made = skill.tiling().apply(input, skill.given().times(), &mut work, span);
        Ok(pictures(made).remove(0))
    }

    /// As an ordinary picture is seen by the run: what it is given, made of it.
    fn made(&self, picture: Tensor<4>, given: Given, seed: u64) -> Result<Tensor<4>, TranslateError> {
        let [_, channels, height, width] = picture.dims();
        let whole = |side: usize| side / given.times() * given.times();
        let picture = picture.slice([0..1, 0..channels, 0..whole(height), 0..whole(width)]);
        let batch = Batch { pictures: picture, classes: None };
        Ok(self.skill()?.examples(&batch, &mut Random::new(seed, "translate", 0)).given)
    }

    fn mask(&self, name: &str, picture: &Picture, mask: &Picture) -> Result<Tensor<4>, TranslateError> {
        let size = |picture: &Picture| [picture.width(), picture.height()];
        if size(picture) != size(mask) {
            let picture_name = name.to_owned();
            return Err(TranslateError::MaskSize {
                picture: picture_name,
                of: size(picture),
                mask: size(mask),
            });
        }
        let open = mask.pixels().iter().step_by(mask.channels());
        let open = open.map(|&pixel| if pixel >= 128 { 1.0 } else { -1.0 }).collect();
        Ok(tensor(open, [1, 1, mask.height(), mask.width()], self.painter.device()))
    }

    fn check_size(
        &self,
        name: &str,
        picture: &Picture,
        given: Given,
        way: Way<'_>,
    ) -> Result<(), TranslateError> {
        // What is made smaller first comes back to its size.
        let times = if matches!(way, Way::Made(_)) { 1 } else { given.times() };
        let of = [picture.width(), picture.height()];
        let [least, most] = SIDES;
        let to = of.map(|side| side * times);
        if to.iter().all(|side| (least..=most).contains(side)) {
            return Ok(());
        }
        Err(TranslateError::Size { picture: name.to_owned(), of, to, least, most })
    }

    fn skill(&self) -> Result<&dyn Translate, PaintError> {
        let recipe = || self.painter.config().common.recipe.clone();
        self.painter.skills().translate.ok_or_else(|| PaintError::CannotPaint { recipe: recipe() })
    }
}

/// What is given as pictures that can be looked at, as large as what is made of them: a column, or two where there are styles.
/// Holes are grey.
pub fn shown(input: Tensor<4>, given: Given, channels: usize) -> Vec<Vec<Picture>> {
    let seen = match given {
        Given::Styled => {
            let column = |from| pictures(input.clone().narrow(1, from, channels));
            return vec![column(0), column(channels)];
        }
        Given::Any | Given::Picture | Given::Small(_) => input,
        Given::Grey => make::in_channels(input, channels),
        Given::Lines => input,
        Given::Holes | Given::Pasted(_) => input.narrow(1, 0, channels),
    };
    vec![pictures(seen).iter().map(|picture| magnified(picture, given.times())).collect()]
}

fn with_noise(collage: Tensor<4>, noise: usize, seed: u64, strength: f64) -> Tensor<4> {
    make::pasted(collage, &[strength as f32], noise, &mut Random::new(seed, "noise", 0))
}

fn is_coloured(picture: &Picture) -> bool {
    picture.channels() > 1
        && share(picture, |pixel| {
            let (low, high) =
                pixel[..3].iter().fold((255, 0), |(low, high), &part| (part.min(low), part.max(high)));
            high - low > APART
        }) > COLOURED
}

/// The share of pixels for which this is true.
fn share(picture: &Picture, is: impl Fn(&[u8]) -> bool) -> f64 {
    let pixels = picture.pixels().chunks_exact(picture.channels());
    let count = pixels.len().max(1);
    pixels.filter(|pixel| is(pixel)).count() as f64 / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_stray_pixels_make_no_colours() {
        let mut picture = Picture::filled(50, 50, &[90, 90, 90]);
        assert!(!is_coloured(&picture) && !is_coloured(&Picture::filled(4, 4, &[7])));
        picture.pixels_mut()[0] = 120;
        assert!(!is_coloured(&picture), "one of 2,500");
        picture.pixels_mut().iter_mut().step_by(3).take(100).for_each(|red| *red = 120);
        assert!(is_coloured(&picture));
    }
}
