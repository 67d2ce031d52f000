//! Holes in pictures, filled.

use std::path::{Path, PathBuf};

use impasto_data::{Channels, Picture};
use impasto_system::{Monitor, Span, Stage, Warning, WarningKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::batch::{BatchReport, Files, Item, find_named, make_all};
use super::open::{open, open_as_it_is};
use super::{Choice, Job, RunUsed, UseRun, Workshop};
use crate::error::{Error, ErrorKind, Hint, Result};
use crate::patches::Mask;
pub use crate::patches::repair::Method as RepairMethod;
use crate::patches::repair::repaired;
use crate::picture::{Origin, PictureRecipe, write_painting};
use crate::recipe::Given;
use crate::translate::Translator;

/// Fill holes in pictures: scratches, captions, things that should not be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairRequest {
    /// What goes in and out.
    pub files: Files,
    /// Where the holes are.
    pub hole: Hole,
    /// How they are filled, where no run does it.
    #[serde(default)]
    pub method: RepairMethod,
    /// Another seed fills in another way.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
    /// A run that does it.
    #[serde(default)]
    pub run: Option<UseRun>,
}

/// Where a hole is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hole {
    /// Left, top, width and height in pixels.
    Box([usize; 4]),
    /// Where this picture of the same size is white; a folder has one for each picture, of the same name.
    Mask(PathBuf),
}

impl Choice for RepairMethod {
    const ALL: &'static [Self] = &[Self::Auto, Self::Smooth, Self::Patches];

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Smooth => "smooth",
            Self::Patches => "patches",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Auto => "What is thin smoothly, what is wide with patches",
            Self::Smooth => "All of it smoothly",
            Self::Patches => "All of it with patches of the rest",
        }
    }
}

/// What filled a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum FilledBy {
    /// What is around, continued.
    #[serde(rename = "smooth")]
    Smooth,
    /// Patches of the rest of the picture.
    #[serde(rename = "patches")]
    Patches,
    /// Some of it the one and some the other.
    #[serde(rename = "smooth+patches")]
    Both,
    /// A trained run.
    #[serde(rename = "run")]
    Run,
}

impl FilledBy {
    /// By how many pixels were filled in each way.
    fn counts(smooth: usize, patches: usize) -> Self {
        match (smooth, patches) {
            (_, 0) => Self::Smooth,
            (0, _) => Self::Patches,
            _ => Self::Both,
        }
    }

    /// What a picture's recipe calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smooth => "smooth",
            Self::Patches => "patches",
            Self::Both => "smooth+patches",
            Self::Run => "run",
        }
    }
}

/// A picture that was repaired.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RepairedPicture {
    /// Where it was written.
    pub path: String,
    /// What it was made of.
    pub picture: String,
    /// What filled the hole,
    pub method: FilledBy,
    /// and which run, if one did.
    #[serde(flatten)]
    pub run: Option<RunUsed>,
    /// Pixels that were filled,
    pub filled: usize,
    /// of so many.
    pub pixels: usize,
    /// The seed.
    pub seed: u64,
}

/// A picture, where it comes from, and its hole.
struct Torn {
    picture: Picture,
    origin: Origin,
    /// Where the hole comes from, if not from a box.
    mask: Option<Origin>,
    hole: Mask,
}

impl Job for RepairRequest {
    const NAME: &'static str = "repair";
    type Report = BatchReport<RepairedPicture>;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let run = self.translator(workshop, monitor)?;
        let items = self.files.open(monitor, |file| self.open(file))?;
        if let Some(run) = &run {
            items.iter().try_for_each(|item| check(run, item, monitor))?;
        }
        let places = self.files.places(&items, "png")?;
        make_all(Stage::Repairing, &places, monitor, |number, place, span| {
            let item = &items[number];
            let Some((made, by)) = self.fill(run.as_ref(), item, span)? else { return Ok(None) };
            write_painting(
                place,
                &made,
                &self.recipe(run.as_ref(), by, &item.content),
                self.files.existing(),
            )?;
            Ok(Some(self.report(run.as_ref(), by, item, place)))
        })
    }
}

impl RepairRequest {
    fn translator(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Option<Translator>> {
        let Some(run) = &self.run else { return Ok(None) };
        let painter = run.open(workshop, monitor)?;
        Ok(Some(Translator::of_kind(painter, Self::NAME, |given| given == Given::Holes)?))
    }

    fn open(&self, file: &Path) -> Result<Torn> {
        let (picture, origin) = open_as_it_is(file)?;
        let size = [picture.width(), picture.height()];
        let (hole, mask) = match &self.hole {
            Hole::Box(sides) => (box_within(*sides, size, file)?, None),
            Hole::Mask(mask) => {
                let path = mask_of(file, mask)?;
                let (mask, origin) = open(&path, Channels::Grey, [0; 3])?;
                (white_in(&mask, size, file, &path)?, Some(origin))
            }
        };
        Ok(Torn { picture, origin, mask, hole })
    }

    /// Fills the hole of a picture, and says how; nothing where the work is stopped.
    fn fill(
        &self,
        run: Option<&Translator>,
        item: &Item<Torn>,
        span: &mut Span<'_>,
    ) -> Result<Option<(Picture, FilledBy)>> {
        let Torn { picture, hole, .. } = &item.content;
        let Some(run) = run else {
            let made = repaired(picture, hole, self.method, self.seed, span)?;
            return Ok(made.map(|made| (made.picture, FilledBy::counts(made.smooth, made.patches))));
        };
        if !span.reached(0.0) {
            return Ok(None);
        }
        Ok(Some((run.repaired(&item.shown(), picture, hole, span)?, FilledBy::Run)))
    }

    /// What a repaired picture carries.
    fn recipe(&self, run: Option<&Translator>, by: FilledBy, torn: &Torn) -> PictureRecipe {
        let (from, settings) = (std::slice::from_ref(&torn.origin), self.settings(torn));
        let mut recipe = match run {
            Some(run) => run.painter().made_recipe(Self::NAME, from, self.seed, settings),
            None => PictureRecipe::made(Self::NAME, by.name(), from, self.seed, settings),
        };
        if let Some(mask) = &torn.mask {
            recipe.extra.insert("mask".into(), json!(mask));
        }
        recipe
    }

    /// What decided the result.
    fn settings(&self, torn: &Torn) -> Value {
        let mut settings = Map::new();
        match (&self.hole, &torn.mask) {
            (Hole::Box(sides), _) => settings.insert("box".into(), json!(sides)),
            (Hole::Mask(_), mask) => {
                settings.insert("mask".into(), json!(mask.as_ref().map(|mask| &mask.file)))
            }
        };
        if self.method != RepairMethod::Auto {
            settings.insert("method".into(), json!(self.method));
        }
        settings.into()
    }

    fn report(
        &self,
        run: Option<&Translator>,
        method: FilledBy,
        item: &Item<Torn>,
        place: &Path,
    ) -> RepairedPicture {
        let hole = &item.content.hole;
        RepairedPicture {
            path: place.display().to_string(),
            picture: item.shown(),
            method,
            run: run.map(|run| RunUsed::of(run.painter())),
            filled: hole.count(),
            pixels: hole.meant.len(),
            seed: self.seed,
        }
    }
}

/// Refuses what the run can't fill, and says where it fills without transparency.
fn check(run: &Translator, item: &Item<Torn>, monitor: &mut dyn Monitor) -> Result<()> {
    let picture = &item.content.picture;
    run.check_repairing(&item.shown(), picture)?;
    if picture.channels() == 4 && !run.knows_alpha() {
        let sentence = format!(
            "{} is transparent in places, and the run knows only what is opaque: the hole is filled with that (a run that was \
             trained with alpha knows more)",
            item.shown()
        );
        monitor.warn(&Warning::new(WarningKind::Uncertain, sentence));
    }
    Ok(())
}

/// The hole that a box is in a picture of this size, which it must not leave.
fn box_within([x, y, across, down]: [usize; 4], [width, height]: [usize; 2], file: &Path) -> Result<Mask> {
    let fits = |from: usize, length: usize, side: usize| {
        length > 0 && from.checked_add(length).is_some_and(|end| end <= side)
    };
    if fits(x, across, width) && fits(y, down, height) {
        return Ok(Mask::rectangle([width, height], [x, y, across, down]));
    }
    Err(Error::usage(format!(
        "the box {x},{y},{across},{down} does not lie within the {width} x {height} pixels of {}: make it smaller",
        file.display()
    )))
}

/// The mask of a picture: the one file, or the one of its name in a folder.
fn mask_of(file: &Path, mask: &Path) -> Result<PathBuf> {
    if !mask.is_dir() {
        return Ok(mask.to_path_buf());
    }
    find_named(mask, file)?.ok_or_else(|| {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        Error::usage(format!(
            "{} has no mask called {name} for {}: put one there",
            mask.display(),
            file.display()
        ))
    })
}

/// What is white in a mask.
fn white_in(mask: &Picture, [width, height]: [usize; 2], file: &Path, path: &Path) -> Result<Mask> {
    if [mask.width(), mask.height()] != [width, height] {
        return Err(Error::usage(format!(
            "{} has {width} x {height} pixels, but its mask {} has {} x {}: give a mask of the picture's size",
            file.display(),
            path.display(),
            mask.width(),
            mask.height()
        )));
    }
    let hole = Mask { width, height, meant: mask.pixels().iter().map(|&grey| grey > 127).collect() };
    if hole.count() == 0 {
        let sentence = format!("{} is black all over, so nothing is to be filled", path.display());
        let white = Hint::set("give one that is white where the hole is", "mask", Some("FILE"));
        return Err(Error::new(ErrorKind::Usage, sentence).hint(white));
    }
    Ok(hole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_must_lie_in_the_picture_however_large_its_numbers_are() {
        let within = |sides| box_within(sides, [10, 8], Path::new("a.png"));
        assert_eq!(within([2, 3, 4, 5]).unwrap().count(), 20);
        for wrong in [[8, 0, 3, 1], [0, 7, 1, 2], [usize::MAX, 0, 2, 1], [0, 0, 0, 1]] {
            assert_eq!(within(wrong).unwrap_err().kind(), ErrorKind::Usage, "{wrong:?}");
        }
    }

    #[test]
    fn a_request_says_where_the_hole_is_in_one_of_two_ways() {
        let files = json!({ "pictures": ["a.png"], "out": "b.png" });
        let of = |hole| serde_json::from_value::<RepairRequest>(json!({ "files": files, "hole": hole }));
        assert_eq!(of(json!({ "box": [1, 2, 3, 4] })).unwrap().hole, Hole::Box([1, 2, 3, 4]));
        assert_eq!(of(json!({ "mask": "m.png" })).unwrap().seed, 1);
        assert!(of(json!({})).is_err() && of(json!({ "box": [1, 2, 3] })).is_err());
    }
}
