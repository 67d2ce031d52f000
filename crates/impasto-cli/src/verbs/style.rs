//! `impasto style`: a picture in the manner of others.

mod content;
mod flags;
mod pass;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use impasto::error::{Error, Result};
use impasto::paint::Painter;
use impasto::picture::{Origin, PictureError, PictureRecipe, check_free, is_film, write_painting};
use impasto::shell::typed_path;
use impasto::style::{AnyStyle, Sight, Style, Stylised, as_transparent_as, paint_with_patches, stylise};
use impasto::weights::Weights;
use impasto_data::{Channels, Picture};
use impasto_system::{Existing, Monitor, Preview, Progress, Span, Stage, Unit};
use serde::Serialize;

use self::flags::Method;
pub(crate) use self::flags::StyleVerb;
use crate::console::Console;
use crate::voice::Voice;
use crate::words::{counted, duration, info_of, listed, short};
use crate::{painting, works};

const STOPPING: &str = "stopping: the picture so far is kept; Ctrl-C once more leaves at once, without it";
/// From one preview to the next, at least.
const BETWEEN_PREVIEWS: Duration = Duration::from_secs(3);

/// One picture that was written.
#[derive(Debug, Serialize)]
struct Painted {
    path: String,
    content: String,
    styles: Vec<String>,
    method: &'static str,
    /// What looked at the styles; none where they were only cut to pieces.
    network: Option<&'static str>,
    width: usize,
    height: usize,
    /// How far it is from what was asked for; none for one that was painted in one pass or stopped at once.
    loss: Option<f64>,
    steps: usize,
    tiles: usize,
    seconds: f64,
    /// Whether Ctrl-C ended it.
    stopped: bool,
}

/// Who paints.
enum Hand {
    Steps(Sight),
    Pass(AnyStyle),
    /// The same with a decoder that a run has learned.
    Run(AnyStyle),
    Patches,
}

impl Hand {
    /// How it is asked for; a run is asked for by its name.
    fn method(&self) -> Option<Method> {
        match self {
            Self::Steps(_) => Some(Method::Optimise),
            Self::Pass(_) => Some(Method::Adain),
            Self::Patches => Some(Method::Patches),
            Self::Run(_) => None,
        }
    }

    fn network(&self) -> Option<&'static str> {
        match self {
            Self::Steps(sight) => Some(sight.name()),
            Self::Pass(any) | Self::Run(any) => Some(any.network()),
            Self::Patches => None,
        }
    }
}

/// The styles, where they come from, and where their masks do.
#[derive(Default)]
struct Given {
    styles: Vec<Style>,
    origins: Vec<Origin>,
    masks: Vec<Origin>,
}

/// A content that was opened, and where its result goes.
struct Piece {
    from: PathBuf,
    to: PathBuf,
    picture: Picture,
    origin: Origin,
}

impl StyleVerb {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let device = impasto::device::open(&self.device)?;
        let open = |run| painting::open(run, self.checkpoint.as_deref(), &device, voice);
        let painter = match self.run.as_deref().map(open).transpose()? {
            Some(painter) if painter.skills().restyle.is_none() => return self.pass(painter, voice),
            painter => painter,
        };
        if self.styles.is_empty() {
            return Err(Error::usage(
                "this run paints in any style, and none is given: impasto style CONTENT STYLE --run RUN",
            ));
        }
        let places = self.places()?;
        // All of them before the first is painted: a bad one is known at once.
        let Given { styles, origins, masks } = self.given()?;
        let pieces: Vec<Piece> = places.into_iter().map(opened).collect::<Result<_>>()?;
        let hand = self.hand(painter.as_ref(), &device)?;
        works::make_room_for(pieces.iter().map(|piece| &piece.to))?;
        let mut console = Console::stoppable(voice, STOPPING);
        let mut all = Vec::with_capacity(pieces.len());
        for (number, piece) in pieces.iter().enumerate() {
            let from = [std::slice::from_ref(&piece.origin), &origins].concat();
            let settings = self.settings(&hand);
            let mut recipe = match &painter {
                Some(painter) => painter.made_recipe("style", &from, self.seed, &settings),
                None => PictureRecipe::made("style", &self.how(&hand), &from, self.seed, &settings),
            };
            if !masks.is_empty() {
                recipe.extra.insert("masks".into(), serde_json::json!(masks));
            }
            let part = [number, pieces.len()];
            all.push(self.paint(&hand, piece, &styles, &recipe, part, &mut console)?);
            if console.should_stop() {
                break;
            }
        }
        console.finish();
        let left = pieces.len() - all.len();
        if left > 0 {
            voice.incomplete(&format!(
                "stopped: {} not painted",
                counted(left, "picture was", "pictures were")
            ));
        }
        voice.results(&all, &self.in_words(&all))
    }

    /// Contents and where their results go; nothing is overwritten.
    fn places(&self) -> Result<Vec<(PathBuf, PathBuf)>> {
        if is_film(&self.content) {
            return Err(Error::usage(
                "a film is painted with a run that has learned a style: impasto train CONTENTS --recipe fast-style --set \
                 style=PICTURE, then style FILM --run RUN",
            ));
        }
        let contents = works::files(std::slice::from_ref(&self.content))?;
        if let Some(wrong) = self.wrong_ending() {
            return Err(wrong);
        }
        if let Some(preview) = &self.preview {
            check_free(preview, self.force)?;
        }
        let names: Vec<String> = contents.iter().map(|path| works::stem(path)).collect();
        let out = works::places(&self.out, "png", &names, self.force)?;
        Ok(contents.into_iter().zip(out).collect())
    }

    /// Refuses a file of another kind than PNG.
    fn wrong_ending(&self) -> Option<Error> {
        let ending = self.out.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let ending = ending.filter(|ending| ENDINGS.contains(&ending.as_str()) || is_film(&self.out))?;
        Some(Error::usage(format!(
            "--out {} ends in .{ending}, and only PNG files carry their recipe: give {}",
            typed_path(&self.out),
            typed_path(self.out.with_extension("png"))
        )))
    }

    /// The styles with their weights and masks.
    fn given(&self) -> Result<Given> {
        let paths = works::files(&self.styles)?;
        let weights = fitting(&self.style_weights, paths.len(), "--style-weights")?;
        let mask_paths = fitting(&self.mask, paths.len(), "--mask")?;
        let mut given = Given::default();
        for (at, path) in paths.iter().enumerate() {
            let (picture, origin) = works::open(path, Channels::Rgb, [255; 3])?;
            given.origins.push(origin);
            let mut mask = None;
            if let Some(path) = mask_paths.get(at) {
                let (picture, origin) = works::open(path, Channels::Grey, [0; 3])?;
                given.masks.push(origin);
                mask = Some(picture);
            }
            given.styles.push(Style { picture, weight: weights.get(at).copied().unwrap_or(1.0), mask });
        }
        Ok(given)
    }

    fn hand(&self, painter: Option<&Painter>, device: &burn::tensor::Device) -> Result<Hand> {
        let weights = Weights::of_this_user()?;
        if let Some(painter) = painter
            && let Some(skill) = painter.skills().restyle
        {
            let network = painter.config().network().unwrap_or_default();
            return Ok(Hand::Run(AnyStyle::learned(skill.decoder(), network, &weights, device)?));
        }
        Ok(match (self.method(), self.network.as_deref()) {
            (Method::Patches, _) => Hand::Patches,
            (Method::Adain, _) => Hand::Pass(AnyStyle::load(&weights, device)?),
            (Method::Optimise, Some(name)) => Hand::Steps(Sight::named(name, &weights, device)?),
            (Method::Optimise, None) => Hand::Steps(Sight::usual(&weights, device)?),
        })
    }

    fn paint(
        &self,
        hand: &Hand,
        piece: &Piece,
        styles: &[Style],
        recipe: &PictureRecipe,
        [number, count]: [usize; 2],
        console: &mut Console,
    ) -> Result<Painted> {
        let since = Instant::now();
        let next = since + BETWEEN_PREVIEWS;
        let mut previews = Previews { console, path: self.preview.as_deref(), recipe, next, failed: None };
        let mut span = Span::new(&mut previews, Stage::Styling, Unit::Pictures, count);
        let span = &mut span.unit(number);
        let done = match hand {
            Hand::Steps(sight) => stylise(sight, &piece.picture, styles, &self.order(), span)?,
            Hand::Pass(any) | Hand::Run(any) => any.stylise(&piece.picture, styles, &self.order())?,
            Hand::Patches => paint_with_patches(&piece.picture, styles, &self.order(), span)?,
        };
        // What was painted is kept, even where its preview could not be.
        let painted = as_transparent_as(&piece.picture, &done.picture);
        write_painting(&piece.to, &painted, recipe, Existing::forced(self.force))?;
        match previews.failed {
            Some(error) => Err(error.into()),
            None => Ok(self.painted(hand, piece, &done, since.elapsed().as_secs_f64())),
        }
    }

    fn painted(&self, hand: &Hand, piece: &Piece, done: &Stylised, seconds: f64) -> Painted {
        Painted {
            path: piece.to.display().to_string(),
            content: piece.from.display().to_string(),
            styles: self.styles.iter().map(|style| style.display().to_string()).collect(),
            method: hand.method().map_or("any-style", Method::name),
            network: hand.network(),
            width: done.picture.width(),
            height: done.picture.height(),
            loss: done.loss,
            steps: done.steps,
            tiles: done.tiles,
            seconds,
            stopped: done.stopped,
        }
    }

    /// The method, as the picture names it.
    fn how(&self, hand: &Hand) -> String {
        let method = hand.method().map_or("any-style", Method::name);
        match hand {
            Hand::Steps(sight) => format!("{method}, {}, {}", sight.name(), self.order().loss.name()),
            _ => method.to_owned(),
        }
    }

    fn in_words(&self, all: &[Painted]) -> String {
        let told = |one: &Painted| {
            let loss = one.loss.map_or_else(String::new, |loss| format!(", loss {}", short(loss)));
            let how = match one.network {
                Some(network) if one.method == Method::Optimise.name() => {
                    format!("{} with {network}{loss}", counted(one.steps, "step", "steps"))
                }
                Some(_) => "one pass".to_owned(),
                None => "patches of the style".to_owned(),
            };
            let stopped = if one.stopped { " (stopped)" } else { "" };
            format!("{}: {} x {}, {how}, {}{stopped}", one.path, one.width, one.height, duration(one.seconds))
        };
        let lines: Vec<String> = all.iter().map(told).collect();
        let next = match all.first().map(|one| one.network) {
            Some(Some("builtin")) if self.run.is_none() => {
                "\n\nthe network in this program sees grain and colours, no strokes: --method patches paints with the style's own, and \
                 with impasto weights get vgg19 a network sees them"
                    .to_owned()
            }
            Some(None) if self.method.is_none() => "\n\npainted with the style's own strokes; --method optimise lets a network invent them (impasto \
                 weights get vgg19)"
                .to_owned(),
            _ => all.first().map_or_else(String::new, |one| {
                format!("\n\nhow it was made: {}", info_of(&one.path))
            }),
        };
        format!("{}{next}", listed(&lines))
    }
}

/// Writes the picture so far every few seconds, beside what the console does.
struct Previews<'a> {
    console: &'a mut Console,
    path: Option<&'a Path>,
    recipe: &'a PictureRecipe,
    next: Instant,
    /// Why one could not be written: then the work ends.
    failed: Option<PictureError>,
}

impl Monitor for Previews<'_> {
    fn progress(&mut self, progress: &Progress<'_>) {
        self.console.progress(progress);
    }

    fn wants_preview(&self) -> bool {
        self.path.is_some() && Instant::now() >= self.next
    }

    fn preview(&mut self, preview: &Preview<'_>) {
        let &Preview { width, height, channels, pixels } = preview;
        let (begun, picture) = (Instant::now(), Picture::new(width, height, channels, pixels.to_vec()));
        let written = self.path.map(|path| write_painting(path, &picture, self.recipe, Existing::Replace));
        self.failed = written.and_then(Result::err);
        // One of a large picture takes seconds itself.
        self.next = Instant::now() + BETWEEN_PREVIEWS.max(9 * begun.elapsed());
    }

    fn should_stop(&self) -> bool {
        self.failed.is_some() || self.console.should_stop()
    }
}

/// Endings of pictures that are no PNG files.
const ENDINGS: [&str; 8] = ["jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "apng"];

/// One for each style, or none at all.
fn fitting<'a, T>(given: &'a [T], styles: usize, flag: &str) -> Result<&'a [T]> {
    if given.is_empty() || given.len() == styles {
        return Ok(given);
    }
    Err(Error::usage(format!(
        "{flag} has {} for {}: give one for each style",
        counted(given.len(), "value", "values"),
        counted(styles, "style", "styles")
    )))
}

fn opened((from, to): (PathBuf, PathBuf)) -> Result<Piece> {
    let (picture, origin) = works::open_as_it_is(&from)?;
    Ok(Piece { from, to, picture, origin })
}
