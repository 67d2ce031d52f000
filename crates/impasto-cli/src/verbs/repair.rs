//! `impasto repair`: holes in pictures, filled.

mod hole;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use impasto::error::Result;
use impasto::patches::Mask;
use impasto::patches::repair::{self, repaired};
use impasto::picture::{Origin, PictureRecipe, write_painting};
use impasto::recipe::Given;
use impasto::shell::typed_path;
use impasto::translate::Translator;
use impasto_data::{Channels, Picture};
use impasto_system::{Existing, Span, Stage, Unit};
use serde::Serialize;

use self::hole::{Rectangle, hole_in, mask_of, rectangle};
use crate::console::Console;
use crate::translating::{self, ByRun};
use crate::voice::Voice;
use crate::words::{count, counted, named};
use crate::works;

/// Fill holes in pictures: scratches, captions, things that should not be there
///
/// What is thin of the hole is continued smoothly by what lies around it; what is wide (more than 14 pixels) is filled with patches
/// of the rest of the picture, from coarse to fine. No training is needed. That continues textures, edges and lines; it knows
/// nothing of what a face or a car is. With --run a run of recipe repair fills it, with what it has learned of such pictures. Pixels
/// outside of the hole keep every bit, either way. Ctrl-C keeps the pictures that are done.
///
/// --json has a line for each picture; its method is smooth, patches, smooth+patches or run, by what has filled the hole.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Repair {
    /// The pictures; a folder stands for all that are in it
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// What is to be filled: a picture of the same size, white where the hole is; or a folder with one for each picture, of the
    /// same name
    #[arg(long, value_name = "FILE|DIR", required_unless_present = "rectangle")]
    mask: Option<PathBuf>,
    /// What is to be filled: a rectangle, by its left upper corner, width and height in pixels
    #[arg(long = "box", value_name = "X,Y,W,H", conflicts_with = "mask", value_parser = rectangle)]
    rectangle: Option<Rectangle>,
    /// One picture: a file that ends in .png; several: a folder for them
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    #[command(flatten)]
    by: ByRun,
    /// How the hole is filled without a run
    #[arg(long, value_enum, default_value_t = Method::Auto, value_name = "METHOD", conflicts_with = "run")]
    method: Method,
    /// Another seed fills in another way; a run, and what is continued smoothly, draw nothing
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Overwrite files
    #[arg(long)]
    force: bool,
}

const EXAMPLES: &str = "\
Examples:
  impasto repair photo.jpg --box 120,80,60,40 --out whole.png
  impasto repair photo.jpg --mask scratches.png --out whole.png
  impasto repair photos --mask masks --out whole
  impasto repair wall.jpg --box 10,20,12,200 --method patches --out whole.png
  impasto train photos --recipe repair --out runs/repair
  impasto repair photo.jpg --box 120,80,60,40 --run runs/repair --out whole.png";

const STOPPING: &str = "stopping: what is done is kept; Ctrl-C once more leaves at once";

/// How a hole is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    /// What is thin smoothly, what is wide with patches
    Auto,
    /// All of it smoothly
    Smooth,
    /// All of it with patches of the rest
    Patches,
}

impl From<Method> for repair::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Auto => Self::Auto,
            Method::Smooth => Self::Smooth,
            Method::Patches => Self::Patches,
        }
    }
}

/// How a hole was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum Filled {
    /// Continued by what is around.
    #[serde(rename = "smooth")]
    Smooth,
    /// With patches of the rest of the picture.
    #[serde(rename = "patches")]
    Patches,
    /// Some of it in the one way and some in the other.
    #[serde(rename = "smooth+patches")]
    Both,
    /// By a trained run.
    #[serde(rename = "run")]
    Run,
}

impl Filled {
    /// By how many pixels were filled in each way.
    fn by(smooth: usize, patches: usize) -> Self {
        match (smooth, patches) {
            (_, 0) => Self::Smooth,
            (0, _) => Self::Patches,
            _ => Self::Both,
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Smooth => "smoothly by what is around",
            Self::Patches => "with patches of the rest",
            Self::Both => "smoothly where it is thin and with patches of the rest where it is wide",
            Self::Run => "by a run",
        }
    }

    /// What a picture's recipe calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Smooth => "smooth",
            Self::Patches => "patches",
            Self::Both => "smooth+patches",
            Self::Run => "run",
        }
    }
}

/// One picture that was written.
#[derive(Debug, Serialize)]
struct Repaired {
    path: String,
    picture: String,
    method: Filled,
    /// The run, where one did it,
    run: Option<String>,
    /// and the checksum of its weights.
    checkpoint: Option<String>,
    /// Pixels that were filled,
    filled: usize,
    /// of so many.
    pixels: usize,
    seed: u64,
}

/// A picture, where it comes from, and its hole.
struct Torn {
    path: PathBuf,
    picture: Picture,
    origin: Origin,
    /// Where the hole comes from, if not from a box.
    mask: Option<Origin>,
    hole: Mask,
}

impl Repair {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let run = self.by.open("repair", |given| given == Given::Holes, voice)?;
        let files = works::files(&self.pictures)?;
        let torn: Vec<Torn> = files.iter().map(|file| self.open(file)).collect::<Result<_>>()?;
        if let Some(run) = &run {
            torn.iter().try_for_each(|torn| allowed(run, torn, voice))?;
        }
        let names: Vec<String> = files.iter().map(|file| works::stem(file)).collect();
        let places = works::places(&self.out, "png", &names, self.force)?;
        works::make_room_for(&places)?;
        let stopping = if run.is_some() { translating::STOPPING } else { STOPPING };
        let mut console = Console::stoppable(voice, stopping);
        let mut span = Span::new(&mut console, Stage::Repairing, Unit::Pictures, files.len());
        let mut all = Vec::with_capacity(torn.len());
        for (number, (torn, place)) in torn.iter().zip(&places).enumerate() {
            let filled = self.fill(run.as_ref(), torn, &mut span.unit(number))?;
            let Some((made, method)) = filled else { break };
            let recipe = self.recipe(run.as_ref(), method, torn);
            write_painting(place, &made, &recipe, Existing::forced(self.force))?;
            all.push(self.repaired(run.as_ref(), method, torn, place));
        }
        console.finish();
        let left = files.len() - all.len();
        if left > 0 {
            voice.incomplete(&format!(
                "stopped: {} not repaired",
                counted(left, "picture was", "pictures were")
            ));
        }
        voice.results(&all, &in_words(&all))
    }

    /// Fills the hole of a picture, and says how; nothing where the work is stopped.
    fn fill(
        &self,
        run: Option<&Translator>,
        torn: &Torn,
        span: &mut Span<'_>,
    ) -> Result<Option<(Picture, Filled)>> {
        let Some(run) = run else {
            let made = repaired(&torn.picture, &torn.hole, self.method.into(), self.seed, span)?;
            return Ok(made.map(|made| (made.picture, Filled::by(made.smooth, made.patches))));
        };
        if !span.reached(0.0) {
            return Ok(None);
        }
        let name = torn.path.display().to_string();
        Ok(Some((run.repaired(&name, &torn.picture, &torn.hole, span)?, Filled::Run)))
    }

    /// What a repaired picture carries.
    fn recipe(&self, run: Option<&Translator>, method: Filled, torn: &Torn) -> PictureRecipe {
        let (from, settings) = (std::slice::from_ref(&torn.origin), self.settings());
        let mut recipe = match run {
            Some(run) => run.painter().made_recipe("repair", from, self.seed, &settings),
            None => PictureRecipe::made("repair", method.name(), from, self.seed, &settings),
        };
        if let Some(mask) = &torn.mask {
            recipe.extra.insert("mask".into(), serde_json::json!(mask));
        }
        recipe
    }

    fn repaired(&self, run: Option<&Translator>, method: Filled, torn: &Torn, place: &Path) -> Repaired {
        let (run, checkpoint) = run.map(translating::names).unzip();
        Repaired {
            path: place.display().to_string(),
            picture: torn.path.display().to_string(),
            method,
            run,
            checkpoint,
            filled: torn.hole.count(),
            pixels: torn.hole.meant.len(),
            seed: self.seed,
        }
    }

    /// The settings as they are typed.
    fn settings(&self) -> String {
        let hole = match (&self.rectangle, &self.mask) {
            (Some(Rectangle([x, y, width, height])), _) => format!("--box {x},{y},{width},{height}"),
            (_, Some(mask)) => format!("--mask {}", typed_path(mask.file_name().unwrap_or_default())),
            _ => String::new(),
        };
        match self.method {
            Method::Auto => hole,
            Method::Smooth => format!("{hole} --method smooth"),
            Method::Patches => format!("{hole} --method patches"),
        }
    }

    fn open(&self, file: &Path) -> Result<Torn> {
        let (picture, origin) = works::open_as_it_is(file)?;
        let size = [picture.width(), picture.height()];
        let (hole, mask) = match (&self.rectangle, &self.mask) {
            (Some(rectangle), _) => (rectangle.within(size, file)?, None),
            (None, mask) => {
                let path = mask_of(file, mask.as_deref().unwrap_or(Path::new("")))?;
                let (mask, origin) = works::open(&path, Channels::Grey, [0; 3])?;
                (hole_in(&mask, size, file, &path)?, Some(origin))
            }
        };
        Ok(Torn { path: file.to_path_buf(), picture, origin, mask, hole })
    }
}

/// Refuses what the run can't fill, and says where it fills without transparency.
fn allowed(run: &Translator, torn: &Torn, voice: &Voice) -> Result<()> {
    let name = torn.path.display().to_string();
    run.check_repairing(&name, &torn.picture)?;
    if torn.picture.channels() == 4 && !run.knows_alpha() {
        voice.uncertain(&format!(
            "{name} is transparent in places, and the run knows only what is opaque: the hole is filled with that (train with \
             --alpha for more)"
        ));
    }
    Ok(())
}

fn in_words(all: &[Repaired]) -> String {
    let told = |one: &Repaired| {
        let share = 100.0 * one.filled as f64 / one.pixels as f64;
        let how = match (&one.run, &one.checkpoint) {
            (Some(run), Some(checkpoint)) => translating::in_words(run, checkpoint),
            _ => format!("{}, without training", one.method.in_words()),
        };
        format!("{}: {} pixels ({share:.1} %) filled {how}", named(&one.path), count(one.filled as u64))
    };
    all.iter().map(told).collect::<Vec<_>>().join("\n")
}
