//! Variations of pictures, recognisably made of them.

mod helper;
mod latent;
mod make;
mod plan;
mod report;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use impasto_data::{Picture, Size};
use impasto_system::{Monitor, Stage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::batch::{Files, Item, make_all, make_room_for, places};
use super::open::open_as_it_is;
use super::{Choice, Job, UseRun, Workshop};
use crate::collage::Join;
use crate::error::Result;
use crate::picture::{
    Kind, Origin, PictureRecipe, contact_sheet, square_columns, with_channels, write_painting,
};
use helper::Helper;
use make::Made;
use plan::Plan;
pub use report::{Variation, VaryReport};

/// Make variations of pictures, with or without training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaryRequest {
    /// What goes in and out.
    pub files: Files,
    /// How many; by itself 4, or one of each original with patches at a strength of 0, where all would be alike.
    #[serde(default)]
    pub count: Option<usize>,
    /// How far they go from their originals: 0 not at all, 1 as far as the way leads. By itself 0.5, and 0 for patches of another
    /// size.
    #[serde(default)]
    pub strength: Option<f64>,
    /// Which way; by itself the one that fits what is given.
    #[serde(default)]
    pub method: Option<VaryMethod>,
    /// How pieces of a collage are joined; by itself by gradients, or as the run has learned it.
    #[serde(default)]
    pub join: Option<Join>,
    /// The size of the variations; by itself that of the originals.
    #[serde(default)]
    pub size: Option<Size>,
    /// Whether copies side by side show no seam.
    #[serde(default)]
    pub tileable: bool,
    /// The seed of the first variation; the next ones count up from it.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
    /// A run that helps.
    #[serde(default)]
    pub run: Option<UseRun>,
    /// Steps of the search for the latents of pictures.
    #[serde(default = "steps")]
    pub steps: usize,
    /// Whether a sheet is written too.
    #[serde(default)]
    pub sheet: bool,
}

/// The ways to a variation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VaryMethod {
    /// Patches of one picture, rearranged.
    Patches,
    /// Pieces of pictures pasted into another one.
    Collage,
    /// Moves among what a run has learned.
    Latent,
}

impl Choice for VaryMethod {
    const ALL: &'static [Self] = &[Self::Patches, Self::Collage, Self::Latent];

    fn name(self) -> &'static str {
        match self {
            Self::Patches => "patches",
            Self::Collage => "collage",
            Self::Latent => "latent",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Patches => "Patches of one picture, rearranged",
            Self::Collage => "Pieces of pictures pasted into another one",
            Self::Latent => "Moves among what a run has learned",
        }
    }
}

impl Choice for Join {
    const ALL: &'static [Self] = &[Self::Poisson, Self::Bands, Self::Hard];

    fn name(self) -> &'static str {
        Self::name(self)
    }

    fn about(self) -> &'static str {
        match self {
            Self::Poisson => "By gradients: a piece takes on the colours of where it lies",
            Self::Bands => "Band by band: a piece keeps its colours and fades out",
            Self::Hard => "Not at all",
        }
    }
}

fn steps() -> usize {
    150
}

/// An original.
struct Original {
    picture: Picture,
    origin: Origin,
}

impl Job for VaryRequest {
    const NAME: &'static str = "vary";
    type Report = VaryReport;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let mut helper = Helper::open(self, workshop, monitor)?;
        let originals = self.originals(helper.as_ref(), monitor)?;
        let plan = Plan::of(self, originals.len(), helper.as_ref())?;
        let (variations, sheet) = self.places(&originals, plan.count)?;
        let mut made: Vec<Made> = Vec::with_capacity(plan.count);
        make_room_for(&sheet)?;
        make_all(Stage::Varying, &variations, monitor, |number, place, span| {
            let variation = self.make(plan, &originals, helper.as_mut(), number, span)?;
            let Some(variation) = variation.filter(|_| span.goes_on()) else { return Ok(None) };
            write_painting(place, &variation.picture, &variation.recipe, self.files.existing())?;
            made.push(variation);
            Ok(Some(()))
        })?;
        let sheet = sheet.filter(|_| !made.is_empty());
        if let Some(sheet) = &sheet {
            self.write_sheet(sheet, &originals, &made, plan)?;
        }
        VaryReport::of(
            self,
            plan,
            &originals,
            &made,
            [&variations[..], sheet.as_slice()],
            helper.as_ref(),
            workshop,
        )
    }
}

impl VaryRequest {
    /// All originals: in the colours that a run works in, else with as many channels as the richest of them has.
    fn originals(&self, helper: Option<&Helper>, monitor: &mut dyn Monitor) -> Result<Vec<Item<Original>>> {
        let mut items = self.files.open(monitor, |file| {
            let (picture, origin) = match helper {
                Some(Helper::Harmoniser(harmoniser)) => harmoniser.opened(file)?,
                _ => open_as_it_is(file)?,
            };
            Ok(Original { picture, origin })
        })?;
        let channels = items.iter().map(|item| item.content.picture.channels()).max().unwrap_or(3);
        for Item { content: Original { picture, .. }, .. } in &mut items {
            *picture = with_channels(picture, channels, [255; 3]);
        }
        Ok(items)
    }

    /// Where the variations go, and the sheet.
    fn places(&self, originals: &[Item<Original>], count: usize) -> Result<(Vec<PathBuf>, Option<PathBuf>)> {
        let name = |number: usize| {
            let seed = self.seed.wrapping_add(number as u64);
            format!("{}-{seed}", originals[number % originals.len()].name.display())
        };
        let mut names: Vec<String> = (0..count).map(name).collect();
        names.extend(self.sheet.then(|| "sheet".to_owned()));
        let mut all = places(&self.files.out, "png", &names, self.files.force)?;
        let sheet = if self.sheet { all.pop() } else { None };
        Ok((all, sheet))
    }

    /// What a variation of these originals carries. The first is the one that it would be the first variation of, alone.
    fn recipe<'a>(
        &self,
        plan: Plan,
        originals: impl IntoIterator<Item = &'a Item<Original>>,
        seed: u64,
    ) -> PictureRecipe {
        let origins: Vec<Origin> = originals.into_iter().map(|item| item.content.origin.clone()).collect();
        let mut settings = Map::new();
        settings.insert("method".into(), json!(plan.method));
        settings.insert("strength".into(), json!(plan.strength));
        settings.insert("count".into(), json!(1));
        if plan.method == VaryMethod::Collage {
            settings.insert("join".into(), json!(plan.join));
        }
        if let Some(Size { width, height }) = self.size {
            settings.insert("size".into(), json!(format!("{width}x{height}")));
        }
        if self.tileable {
            settings.insert("tileable".into(), json!(true));
        }
        if plan.searches {
            settings.insert("steps".into(), json!(self.steps));
        }
        PictureRecipe::made(Self::NAME, plan.method.name(), &origins, seed, Value::Object(settings))
    }

    /// The variations, each after those of its originals that can be seen in it and were not shown before.
    fn write_sheet(&self, path: &Path, originals: &[Item<Original>], all: &[Made], plan: Plan) -> Result<()> {
        let (mut pictures, mut shown): (Vec<Picture>, BTreeSet<usize>) = Default::default();
        for made in all {
            let new = made.seen.iter().filter(|&&original| shown.insert(original));
            pictures.extend(new.map(|&original| originals[original].content.picture.clone()));
            pictures.push(made.picture.clone());
        }
        let sheet = contact_sheet(&pictures, square_columns(pictures.len()));
        let recipe = PictureRecipe { kind: Kind::Sheet, ..self.recipe(plan, originals, self.seed) };
        Ok(write_painting(path, &sheet, &recipe, self.files.existing())?)
    }
}
