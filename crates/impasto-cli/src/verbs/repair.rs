//! `impasto repair`: holes in pictures, filled.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::Result;
use clap::Args;
use impasto::patches::fill::{Mask, repaired};
use impasto::picture::{Origin, PictureRecipe, write_painting};
use impasto_data::{Channels, Picture};
use serde::Serialize;

use crate::fault::usage;
use crate::progress::Progress;
use crate::voice::Voice;
use crate::words::{count, counted, typed};
use crate::{stop, works};

/// Fill holes in pictures: scratches, captions, things that should not be there
///
/// The hole is filled with patches of the rest of the picture, from coarse to fine; no training is needed. That continues
/// textures and simple lines; it knows nothing of what a face or a car is. Pixels outside of the hole keep every bit.
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
    /// Another seed fills in another way
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
  impasto repair photos --mask masks --out whole";

const STOPPING: &str = "stopping: what is done is kept; Ctrl-C once more leaves at once";

/// How a hole is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    /// With patches of the rest of the picture.
    Patches,
}

/// Left, top, width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rectangle([usize; 4]);

/// One picture that was written.
#[derive(Debug, Serialize)]
struct Repaired {
    path: String,
    picture: String,
    method: Method,
    /// Pixels that were filled,
    filled: usize,
    /// of so many.
    pixels: usize,
    seed: u64,
}

/// A picture, where it comes from, and its hole.
struct Torn {
    picture: Picture,
    origin: Origin,
    /// Where the hole comes from, if not from a box.
    mask: Option<Origin>,
    hole: Mask,
}

impl Repair {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let files = works::files(&self.pictures)?;
        let torn: Vec<Torn> = files.iter().map(|file| self.open(file)).collect::<Result<_>>()?;
        let names: Vec<String> = files.iter().map(|file| works::stem(file)).collect();
        let places = works::places(&self.out, "png", &names, self.force)?;
        let mut progress = Progress::new(voice);
        let stopped = stop::on_interrupt_saying(STOPPING, progress.teller())?;
        let mut all = Vec::with_capacity(files.len());
        for (number, ((file, place), torn)) in files.iter().zip(&places).zip(&torn).enumerate() {
            let told = &mut |share: f64| {
                let share = (number as f64 + share) / files.len() as f64;
                let left = progress.left(share);
                progress.tell(share, &format!("filling {} of {}{left}", number + 1, files.len()));
                !stopped.load(Ordering::Relaxed)
            };
            let Some(made) = repaired(&torn.picture, &torn.hole, self.seed, told)? else { break };
            write_painting(place, &made, &self.recipe(torn))?;
            all.push(Repaired {
                path: place.display().to_string(),
                picture: file.display().to_string(),
                method: Method::Patches,
                filled: torn.hole.count(),
                pixels: torn.hole.meant.len(),
                seed: self.seed,
            });
        }
        progress.finish();
        let left = files.len() - all.len();
        if left > 0 {
            voice.warn(&format!("stopped: {} not repaired", counted(left, "picture was", "pictures were")));
        }
        voice.results(&all, &in_words(&all))
    }

    /// What a repaired picture carries.
    fn recipe(&self, torn: &Torn) -> PictureRecipe {
        let from = std::slice::from_ref(&torn.origin);
        let mut recipe = PictureRecipe::made("repair", "patches", from, self.seed, &self.settings());
        if let Some(mask) = &torn.mask {
            recipe.extra.insert("mask".into(), serde_json::json!(mask));
        }
        recipe
    }

    /// The settings as they are typed.
    fn settings(&self) -> String {
        match (&self.rectangle, &self.mask) {
            (Some(Rectangle([x, y, width, height])), _) => format!("--box {x},{y},{width},{height}"),
            (_, Some(mask)) => format!("--mask {}", typed(mask.file_name().unwrap_or_default())),
            _ => String::new(),
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
        Ok(Torn { picture, origin, mask, hole })
    }
}

impl Rectangle {
    fn within(self, [width, height]: [usize; 2], file: &Path) -> Result<Mask> {
        let Self([x, y, across, down]) = self;
        if x + across > width || y + down > height {
            return Err(usage(format!(
                "the box {x},{y},{across},{down} reaches to {} x {}, but {} has {width} x {height} pixels: make it smaller",
                x + across,
                y + down,
                file.display()
            )));
        }
        Ok(Mask::rectangle([width, height], self.0))
    }
}

/// The mask of a picture: the one file, or the one of its name in a folder.
fn mask_of(file: &Path, mask: &Path) -> Result<PathBuf> {
    if !mask.is_dir() {
        return Ok(mask.to_path_buf());
    }
    let all = works::files(&[mask.to_path_buf()])?;
    let own = all.into_iter().find(|other| works::stem(other) == works::stem(file));
    own.ok_or_else(|| {
        let name = works::stem(file);
        usage(format!("{} has no mask called {name} for {}: put one there", mask.display(), file.display()))
    })
}

fn hole_in(mask: &Picture, [width, height]: [usize; 2], file: &Path, path: &Path) -> Result<Mask> {
    if [mask.width(), mask.height()] != [width, height] {
        return Err(usage(format!(
            "{} has {width} x {height} pixels, but its mask {} has {} x {}: give a mask of the picture's size",
            file.display(),
            path.display(),
            mask.width(),
            mask.height()
        )));
    }
    let hole = Mask { width, height, meant: mask.pixels().iter().map(|&grey| grey > 127).collect() };
    if hole.count() == 0 {
        return Err(usage(format!(
            "{} is black all over, so nothing is to be filled: what is white in a mask is filled",
            path.display()
        )));
    }
    Ok(hole)
}

fn in_words(all: &[Repaired]) -> String {
    let told = |one: &Repaired| {
        let share = 100.0 * one.filled as f64 / one.pixels as f64;
        format!(
            "{}: {} pixels ({share:.1} %) filled with patches of the rest, without training",
            one.path,
            count(one.filled as u64)
        )
    };
    all.iter().map(told).collect::<Vec<_>>().join("\n")
}

fn rectangle(text: &str) -> Result<Rectangle, String> {
    let numbers: Result<Vec<usize>, _> = text.split(',').map(|number| number.trim().parse()).collect();
    match numbers.as_deref() {
        Ok(&[x, y, width, height])
            if width > 0 && height > 0 && x.max(y).max(width).max(height) < 1 << 20 =>
        {
            Ok(Rectangle([x, y, width, height]))
        }
        _ => Err("it must be four whole numbers, x,y,width,height, such as 120,80,60,40".into()),
    }
}
