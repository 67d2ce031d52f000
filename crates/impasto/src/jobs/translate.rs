//! Pictures made of pictures by a run that has learned it.

use std::path::{Path, PathBuf};

use impasto_data::{Channels, Picture};
use impasto_system::{Monitor, Span, Stage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::batch::{BatchReport, Files, Item, make_all};
use super::open::open;
use super::{Job, RunUsed, UseRun, Workshop};
use crate::error::{Error, Result};
use crate::picture::{Origin, PictureRecipe, side_by_side, write_painting};
use crate::recipe::Given;
use crate::translate::{Translator, Way, shown};

/// Translate pictures with a run that has learned it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranslateRequest {
    /// What goes in and out.
    pub files: Files,
    /// The run that translates.
    pub run: UseRun,
    /// Whether what the run translates from is made of each picture first.
    #[serde(default)]
    pub make: bool,
    /// For runs that fill holes: a picture of the same size that is white where holes are.
    #[serde(default)]
    pub mask: Option<PathBuf>,
    /// What is random depends on it.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
    /// Whether what was given stands to the left of what was made of it.
    #[serde(default)]
    pub beside: bool,
}

/// A picture that was translated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TranslatedPicture {
    /// Where it was written.
    pub path: String,
    /// What it was made of.
    pub picture: String,
    /// By which run.
    #[serde(flatten)]
    pub run: RunUsed,
    /// What it was translated from, in words.
    pub given: String,
    /// Pixels across,
    pub width: usize,
    /// and down.
    pub height: usize,
}

/// Between what was given and what was made.
const GAP: usize = 2;

/// A picture that was opened.
struct Opened {
    picture: Picture,
    origin: Origin,
}

impl Job for TranslateRequest {
    const NAME: &'static str = "translate";
    type Report = BatchReport<TranslatedPicture>;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let translator = Translator::new(self.run.open(workshop, monitor)?)?;
        let mask = self.mask.as_deref().map(opened_mask).transpose()?;
        let way = self.way(&translator, mask.as_ref())?;
        let items = self.files.open(monitor, |file| opened(file, &translator))?;
        // A wrong one is known before the first is translated.
        items
            .iter()
            .try_for_each(|item| translator.input(&item.shown(), &item.content.picture, way).map(|_| ()))?;
        let places = self.files.places(&items, "png")?;
        make_all(Stage::Translating, &places, monitor, |number, place, span| {
            let item = &items[number];
            if !span.reached(0.0) {
                return Ok(None);
            }
            let made = self.translated(&translator, item, way, span)?;
            let recipe = self.recipe(&translator, &item.content, mask.as_ref());
            write_painting(place, &made.shown, &recipe, self.files.existing())?;
            Ok(Some(TranslatedPicture {
                path: place.display().to_string(),
                picture: item.shown(),
                run: RunUsed::of(translator.painter()),
                given: translator.given()?.words(),
                width: made.size[0],
                height: made.size[1],
            }))
        })
    }
}

/// What came of a picture.
struct Made {
    /// What is written.
    shown: Picture,
    /// Of what was made, without what was given beside it.
    size: [usize; 2],
}

impl TranslateRequest {
    fn way<'a>(&self, translator: &Translator, mask: Option<&'a Opened>) -> Result<Way<'a>> {
        Ok(match mask {
            Some(mask) => Way::Masked(&mask.picture),
            None if self.make => Way::Made(self.seed),
            None if matches!(translator.given()?, Given::Pasted(_)) => Way::Varied(self.seed, 1.0),
            None => Way::AsItIs,
        })
    }

    fn translated(
        &self,
        translator: &Translator,
        item: &Item<Opened>,
        way: Way<'_>,
        span: &mut Span<'_>,
    ) -> Result<Made> {
        let input = translator.input(&item.shown(), &item.content.picture, way)?;
        let made = translator.translate(input.clone(), span)?;
        let size = [made.width(), made.height()];
        if !self.beside {
            return Ok(Made { shown: made, size });
        }
        let columns = shown(input, translator.given()?, made.channels());
        let before = columns.first().and_then(|column| column.first());
        let shown = before.map(|before| side_by_side(before, &made, GAP)).unwrap_or(made);
        Ok(Made { shown, size })
    }

    /// What a picture carries.
    fn recipe(&self, translator: &Translator, one: &Opened, mask: Option<&Opened>) -> PictureRecipe {
        let mut settings = Map::new();
        let flags = [("make", self.make), ("beside", self.beside)];
        settings.extend(flags.into_iter().filter(|(_, on)| *on).map(|(key, on)| (key.to_owned(), json!(on))));
        if let Some(mask) = mask {
            settings.insert("mask".into(), json!(mask.origin.file));
        }
        let origin = std::slice::from_ref(&one.origin);
        translator.painter().made_recipe(Self::NAME, origin, self.seed, Value::Object(settings))
    }
}

fn opened_mask(path: &Path) -> Result<Opened> {
    let (picture, origin) = open(path, Channels::Grey, [0; 3])?;
    if !picture.pixels().iter().any(|&pixel| pixel >= 128) {
        return Err(Error::refused(format!(
            "{} has no white pixels, so there are no holes to fill; paint them white on black",
            path.display()
        )));
    }
    Ok(Opened { picture, origin })
}

/// A picture with the colours that the run knows.
fn opened(path: &Path, translator: &Translator) -> Result<Opened> {
    let preparation = translator.painter().config().preparation();
    let mut channels = preparation.channels;
    if channels == Channels::Grey && matches!(translator.given()?, Given::Grey | Given::Lines) {
        // Whether a picture has colours is seen only with them.
        channels = Channels::Rgb;
    }
    let (picture, origin) = open(path, channels, preparation.background)?;
    Ok(Opened { picture: picture.straight(), origin })
}
