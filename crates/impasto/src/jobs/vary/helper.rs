//! What a run does for variations: it has learned to make one picture of a collage, or it has latents.

use std::path::Path;

use impasto_data::Picture;
use impasto_system::{Monitor, Span};

use super::VaryRequest;
use super::latent::LatentPainter;
use crate::error::Result;
use crate::jobs::open::open;
use crate::jobs::{RunUsed, Workshop};
use crate::paint::Painter;
use crate::picture::{Origin, PictureRecipe};
use crate::recipe::Given;
use crate::translate::{TranslateError, Translator, Way};

/// A run that helps.
pub(super) enum Helper {
    /// It paints from latents.
    Painter(LatentPainter),
    /// It makes one picture of a collage.
    Harmoniser(Harmoniser),
}

impl Helper {
    /// The run that was named, if one was.
    pub(super) fn open(
        request: &VaryRequest,
        workshop: &Workshop,
        monitor: &mut dyn Monitor,
    ) -> Result<Option<Self>> {
        let Some(run) = &request.run else { return Ok(None) };
        let painter = run.open(workshop, monitor)?;
        Ok(Some(match painter.skills().translate {
            Some(_) => Self::Harmoniser(Harmoniser::new(painter)?),
            None => Self::Painter(LatentPainter::new(painter, request.steps, workshop, monitor)?),
        }))
    }

    /// The run.
    pub(super) fn run(&self) -> RunUsed {
        RunUsed::of(match self {
            Self::Painter(painter) => painter.painter(),
            Self::Harmoniser(harmoniser) => harmoniser.painter(),
        })
    }
}

/// A run that makes one picture of a collage.
pub(super) struct Harmoniser {
    translator: Translator,
}

impl Harmoniser {
    fn new(painter: Painter) -> Result<Self> {
        let (run, name) = (painter.run().path().to_path_buf(), painter.run().name());
        let translator = Translator::new(painter)?;
        match translator.given()? {
            Given::Pasted(_) => Ok(Self { translator }),
            given => Err(TranslateError::NoVariations { run, name, given: given.words() }.into()),
        }
    }

    fn painter(&self) -> &Painter {
        self.translator.painter()
    }

    /// An original in full size, in the colours of the run.
    pub(super) fn opened(&self, file: &Path) -> Result<(Picture, Origin)> {
        let preparation = self.painter().config().preparation();
        let (picture, origin) = open(file, preparation.channels, preparation.background)?;
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
