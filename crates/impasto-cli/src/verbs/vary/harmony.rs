//! What a run does for variations: it has learned to make one picture of a collage, or it has latents.

use std::path::Path;

use burn::tensor::Device;
use impasto::error::Result;
use impasto::paint::Painter;
use impasto::picture::{Origin, PictureRecipe};
use impasto::recipe::Given;
use impasto::translate::{TranslateError, Translator, Way};
use impasto_data::Picture;
use impasto_system::Span;

use super::Vary;
use super::latent::Studio;
use crate::voice::Voice;
use crate::{painting, works};

/// A run that helps.
pub(super) enum Helper {
    /// It paints from latents.
    Studio(Studio),
    /// It makes one picture of a collage.
    Harmony(Harmony),
}

impl Helper {
    /// The run that was named, if one was.
    pub(super) fn open(vary: &Vary, device: &Device, voice: &Voice) -> Result<Option<Self>> {
        let Some(run) = &vary.run else { return Ok(None) };
        let painter = painting::open(run, vary.checkpoint.as_deref(), device, voice)?;
        Ok(Some(match painter.skills().translate {
            Some(_) => Self::Harmony(Harmony::new(painter)?),
            None => Self::Studio(Studio::new(painter, vary.steps, voice)?),
        }))
    }

    /// The folder of the run.
    pub(super) fn run(&self) -> String {
        match self {
            Self::Studio(studio) => studio.run(),
            Self::Harmony(harmony) => harmony.painter().run().path().display().to_string(),
        }
    }
}

/// A run that makes one picture of a collage.
pub(super) struct Harmony {
    translator: Translator,
}

impl Harmony {
    fn new(painter: Painter) -> Result<Self> {
        let run = painter.run().name();
        let translator = Translator::new(painter)?;
        match translator.given()? {
            Given::Pasted(_) => Ok(Self { translator }),
            given => Err(TranslateError::NoVariations { run, given: given.words() }.into()),
        }
    }

    pub(super) fn painter(&self) -> &Painter {
        self.translator.painter()
    }

    /// A parent in full size, in the colours of the run.
    pub(super) fn opened(&self, file: &Path) -> Result<(Picture, Origin)> {
        let preparation = self.painter().config().preparation();
        let (picture, origin) = works::open(file, preparation.channels, preparation.background)?;
        Ok((picture.straight(), origin))
    }

    /// A collage as one picture: the seed of the recipe is that of the noise. None where it was stopped.
    pub(super) fn harmonised(
        &self,
        name: &str,
        collage: &Picture,
        strength: f64,
        recipe: &mut PictureRecipe,
        span: &mut Span<'_>,
    ) -> Result<Option<Picture>> {
        self.painter().sign(recipe);
        let input = self.translator.input(name, collage, Way::Varied(recipe.seed, strength))?;
        let made = self.translator.translate(input, span)?;
        Ok(span.goes_on().then_some(made))
    }
}
