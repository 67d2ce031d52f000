//! `impasto translate`: pictures made of pictures by a run that has learned it.

use std::path::{Path, PathBuf};

use clap::Args;
use impasto::error::{Error, Result};
use impasto::picture::{Origin, PictureRecipe, side_by_side, write_painting};
use impasto::recipe::Given;
use impasto::shell::typed_path;
use impasto::translate::{Translator, Way, shown};
use impasto_data::{Channels, Picture};
use impasto_system::{Existing, Span, Stage, Unit};
use serde::Serialize;

use crate::console::Console;
use crate::painting::Brush;
use crate::voice::Voice;
use crate::words::{counted, info_of, listed};
use crate::{translating, works};

/// Translate pictures with a run that has learned it: grey to colour, edges to pictures, small to large, pictures with
/// holes to whole ones, whatever its pairs were, or one kind of pictures to another
///
/// Pictures of any size are taken, in overlapping tiles where they are large. Train such a run with --recipe paired, repair,
/// enlarge or, without pairs, unpaired; `impasto info RUN` says what it translates from, and other pictures are refused. With --make that is made of
/// ordinary pictures first: see what a run makes of the grey version of a photograph. Ctrl-C keeps those that are done.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TranslateVerb {
    /// The pictures, or folders of them
    #[arg(required = true, value_name = "PICTURE|FOLDER")]
    pictures: Vec<PathBuf>,
    /// The run that translates
    #[arg(long)]
    run: PathBuf,
    /// One picture: a file that ends in .png; several: a folder for them
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// First make of each picture what the run translates from: its grey version, its edges, a smaller one, holes at random
    #[arg(long)]
    make: bool,
    /// For runs that fill holes: a picture of the same size that is white where holes are
    #[arg(long, value_name = "FILE", conflicts_with = "make")]
    mask: Option<PathBuf>,
    /// What is random (--make with holes or pieces; variations) depends on it
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Show what was given, to the left of what was made of it
    #[arg(long)]
    beside: bool,
    /// Overwrite files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    brush: Brush,
}

const EXAMPLES: &str = "\
Examples:
  impasto train flowers --recipe paired --out runs/colours
  impasto translate old-photograph.jpg --run runs/colours --out coloured.png
  impasto translate photographs --run runs/colours --make --beside --out seen
  impasto train flowers --recipe repair --out runs/repair
  impasto translate torn.png --mask holes.png --run runs/repair --out whole.png
  impasto train flowers --recipe enlarge --preset four --out runs/enlarge
  impasto translate small.png --run runs/enlarge --out large.png
  impasto train pictures --recipe unpaired --out runs/paintings     (in pictures: the folders photos and paintings)
  impasto translate photo.jpg --run runs/paintings --out painting.png";

/// Between what was given and what was made.
const GAP: usize = 2;

/// A picture that was opened.
struct Opened {
    path: PathBuf,
    picture: Picture,
    origin: Origin,
}

/// One picture that was written.
#[derive(Debug, Serialize)]
struct Translated {
    path: String,
    picture: String,
    run: String,
    checkpoint: String,
    /// What it was translated from, in words.
    given: String,
    width: usize,
    height: usize,
}

impl TranslateVerb {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let translator = Translator::new(self.brush.open(&self.run, voice)?)?;
        let files = works::files(&self.pictures)?;
        let names: Vec<String> = files.iter().map(|file| works::stem(file)).collect();
        let places = works::places(&self.out, "png", &names, self.force)?;
        let mask = self.mask()?;
        let way = match &mask {
            Some(mask) => Way::Masked(&mask.picture),
            None if self.make => Way::Made(self.seed),
            None if matches!(translator.given()?, Given::Pasted(_)) => Way::Varied(self.seed, 1.0),
            None => Way::AsItIs,
        };
        let opened: Vec<Opened> =
            files.iter().map(|file| opened(file, &translator)).collect::<Result<_>>()?;
        // All of them before the first is translated: a wrong one is known at once.
        for Opened { path, picture, .. } in &opened {
            translator.input(&path.display().to_string(), picture, way)?;
        }
        works::make_room_for(&places)?;
        let mut console = Console::stoppable(voice, translating::STOPPING);
        let mut span = Span::new(&mut console, Stage::Translating, Unit::Pictures, opened.len());
        let mut all = Vec::with_capacity(opened.len());
        for (one, place) in opened.iter().zip(&places) {
            let mut part = span.unit(all.len());
            if !part.reached(0.0) {
                break;
            }
            all.push(self.translate(&translator, one, mask.as_ref(), way, place, &mut part)?);
        }
        console.finish();
        let left = opened.len() - all.len();
        if left > 0 {
            voice.incomplete(&format!(
                "stopped: {} not translated",
                counted(left, "picture was", "pictures were")
            ));
        }
        voice.results(&all, &in_words(&all))
    }

    /// Translates a picture and writes what came of it.
    fn translate(
        &self,
        translator: &Translator,
        one: &Opened,
        mask: Option<&Opened>,
        way: Way<'_>,
        place: &Path,
        span: &mut Span<'_>,
    ) -> Result<Translated> {
        let given = translator.given()?;
        let input = translator.input(&one.path.display().to_string(), &one.picture, way)?;
        let mut made = translator.translate(input.clone(), span)?;
        let (width, height) = (made.width(), made.height());
        if self.beside {
            let before = shown(input, given, made.channels());
            let before = before.first().and_then(|column| column.first());
            made = before.map_or(made.clone(), |before| side_by_side(before, &made, GAP));
        }
        write_painting(place, &made, &self.recipe(translator, one, mask), Existing::forced(self.force))?;
        let (run, checkpoint) = translating::names(translator);
        Ok(Translated {
            path: place.display().to_string(),
            picture: one.path.display().to_string(),
            run,
            checkpoint,
            given: given.words(),
            width,
            height,
        })
    }

    /// What a picture carries.
    fn recipe(&self, translator: &Translator, one: &Opened, mask: Option<&Opened>) -> PictureRecipe {
        let make = self.make.then(|| "--make".to_owned());
        let mask = mask.map(|mask| format!("--mask {}", typed_path(&mask.origin.file)));
        let beside = self.beside.then(|| "--beside".to_owned());
        let settings: Vec<String> = [make, mask, beside].into_iter().flatten().collect();
        let origin = std::slice::from_ref(&one.origin);
        translator.painter().made_recipe("translate", origin, self.seed, &settings.join(" "))
    }

    fn mask(&self) -> Result<Option<Opened>> {
        let Some(path) = &self.mask else { return Ok(None) };
        let (picture, origin) = works::open(path, Channels::Grey, [0; 3])?;
        if !picture.pixels().iter().any(|&pixel| pixel >= 128) {
            return Err(Error::refused(format!(
                "{} has no white pixels, so there are no holes to fill; paint them white on black",
                path.display()
            )));
        }
        Ok(Some(Opened { path: path.clone(), picture, origin }))
    }
}

/// A picture with the colours that the run knows.
fn opened(path: &Path, translator: &Translator) -> Result<Opened> {
    let preparation = translator.painter().config().preparation();
    let mut channels = preparation.channels;
    if channels == Channels::Grey && matches!(translator.given()?, Given::Grey | Given::Lines) {
        // Whether a picture has colours is seen only with them.
        channels = Channels::Rgb;
    }
    let (picture, origin) = works::open(path, channels, preparation.background)?;
    let picture = picture.straight();
    Ok(Opened { path: path.to_path_buf(), picture, origin })
}

fn in_words(all: &[Translated]) -> String {
    let told =
        |one: &Translated| format!("{}: {} x {}, from {}", one.path, one.width, one.height, one.picture);
    let lines: Vec<String> = all.iter().map(told).collect();
    let next =
        all.first().map_or_else(String::new, |first| format!("\n\nits recipe: {}", info_of(&first.path)));
    format!("{}{next}", listed(&lines))
}
