//! `impasto vary`: variations of pictures, recognisably made of them.

mod harmony;
mod latent;
mod told;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use impasto::collage::{self, Collage, Join, collage};
use impasto::error::{Error, Result};
use impasto::patches::Raster;
use impasto::patches::generate::{self, generate};
use impasto::picture::{Kind, Origin, PictureRecipe, contact_sheet, square_columns, write_painting};
use impasto_data::{Crop, Picture, Preparation, Size, prepare};
use impasto_system::{Existing, Span, Stage, Unit};

use super::sample::one_or_more;
use crate::console::Console;
use crate::voice::Voice;
use crate::words::counted;
use crate::works;
use harmony::Helper;
use told::Varied;

/// Make variations of pictures, with or without training
///
/// Three ways: patches of one picture anew (`patches`, needs nothing but the picture): small strengths keep the layout and change
/// details, 0.9 arranges everything anew, and --size alone gives the same picture another shape; pieces of pictures pasted into
/// another one without an edge (`collage`); moves in what a trained run has learned (`latent`, needs --run). A run of the recipe
/// variations (train FOLDER --recipe variations) makes one picture of a collage: it changes what does not fit together, for
/// each seed in another way. Where no way is named it is the one that the run knows, collage with two or more pictures, else
/// patches. Each variation carries the names and checksums of its originals, and its seed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Vary {
    /// The originals; a folder stands for all pictures in it
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// How many variations [default: 4; 1 with patches at a strength of 0, where all would be alike]
    #[arg(long, value_name = "N", value_parser = one_or_more)]
    count: Option<usize>,
    /// How far they go from their originals: 0 not at all, 1 as far as the way leads [default: 0.5; 0 with patches and --size: the
    /// same picture in another shape]
    #[arg(long, value_name = "0..1", value_parser = share)]
    strength: Option<f64>,
    /// The folder for the variations; a single one may name a .png file
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which way
    #[arg(long, value_enum)]
    method: Option<Method>,
    /// How a collage's pieces are joined: by gradients, band by band, or not at all [default: poisson; hard with a run that
    /// makes one picture of them, as it has learned it]
    #[arg(long, value_parser = ["poisson", "bands", "hard"])]
    join: Option<String>,
    /// The size of the variations, such as 96x64 [default: the original's]; patches leave out or repeat parts of the picture and squeeze
    /// nothing, collages begin with the middle of the original
    #[arg(long, value_name = "WxH")]
    size: Option<Size>,
    /// Variations that show no seam when copies lie side by side (patches)
    #[arg(long)]
    tileable: bool,
    /// The seed of the first variation; the next ones count up from it
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// A trained run. One of variations: collages that it makes one picture of. Another one: latent variations; with --method
    /// collage the collages are painted again by it
    #[arg(long)]
    run: Option<PathBuf>,
    /// Steps of the search for the latents of pictures
    #[arg(long, default_value_t = 150, value_name = "N", value_parser = one_or_more)]
    steps: usize,
    /// Use this checkpoint: best, last, or a name such as 000010.240k [default: best; the last if none was judged]
    #[arg(long, value_name = "NAME", requires = "run")]
    checkpoint: Option<String>,
    /// Write a sheet too, of the variations after the originals that they are made of: sheet.png
    #[arg(long)]
    sheet: bool,
    /// Overwrite files
    #[arg(long)]
    force: bool,
    /// Where to compute: auto, cpu, gpu or gpu:1
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: String,
}

const EXAMPLES: &str = "\
Examples:
  impasto vary photo.jpg --count 6 --strength 0.3 --out variations --sheet
  impasto vary photo.jpg --size 900x300 --out wide.png
  impasto vary bricks.png --tileable --strength 0.9 --count 1 --out tile.png
  impasto vary cat.jpg coffee.jpg --strength 0.4 --out collages
  impasto vary face.png other.png --run runs/mine --strength 0.3 --out variations
  impasto vary a.png b.png --run runs/mine --method collage --out repainted
  impasto train emoji --recipe variations --size 64 --out runs/kin
  impasto vary emoji --run runs/kin --count 16 --strength 0.5 --out variations --sheet";

const STOPPING: &str = "stopping: the variations that are done are kept; Ctrl-C once more leaves at once";

/// The ways to a variation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Patches of one picture anew
    Patches,
    /// Pieces of pictures pasted into another one
    Collage,
    /// Moves among what a run has learned
    Latent,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Patches => "patches",
            Self::Collage => "collage",
            Self::Latent => "latent",
        }
    }
}

/// What will be done.
#[derive(Debug, Clone, Copy)]
struct Plan {
    method: Method,
    count: usize,
    strength: f64,
    join: Join,
    /// Whether latents are searched for.
    searches: bool,
}

/// A parent.
struct Parent {
    path: PathBuf,
    picture: Picture,
    origin: Origin,
}

/// A child before it is written.
struct Made {
    picture: Picture,
    /// Which of the parents it has, by number; the first is the one that it is most like.
    parents: Vec<usize>,
    /// Those of them that can be seen in it.
    seen: Vec<usize>,
    recipe: PictureRecipe,
    /// The jump of gradients along a collage's joins.
    jump: Option<f64>,
}

impl Vary {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let device = impasto::device::open(&self.device)?;
        let files = works::files(&self.pictures)?;
        let mut helper = Helper::open(self, &device, voice)?;
        let plan = self.plan(files.len(), helper.as_ref())?;
        self.check(plan)?;
        let parents = opened(files, helper.as_ref())?;
        let places = self.places(&parents, plan.count)?;
        works::make_room_for(&places)?;
        let mut console = Console::stoppable(voice, STOPPING);
        let mut span = Span::new(&mut console, Stage::Varying, Unit::Pictures, plan.count);
        let mut all: Vec<Made> = Vec::with_capacity(plan.count);
        for (number, place) in places.iter().enumerate().take(plan.count) {
            let part = &mut span.unit(number);
            let seed = self.seed.wrapping_add(number as u64);
            let made = match (plan.method, &mut helper) {
                (Method::Patches, _) => self.patches(plan, &parents, number, seed, part)?,
                (Method::Latent, Some(Helper::Studio(studio))) => {
                    studio.child(&parents, number, seed, (self, plan), part)?
                }
                (_, helper) => self.collage(plan, &parents, helper.as_ref(), number, seed, part)?,
            };
            let Some(made) = made.filter(|_| part.goes_on()) else { break };
            write_painting(place, &made.picture, &made.recipe, Existing::forced(self.force))?;
            all.push(made);
        }
        console.finish();
        let sheet = places.get(plan.count).filter(|_| !all.is_empty());
        if let Some(sheet) = sheet {
            self.write_sheet(sheet, &parents, &all, plan)?;
        }
        if all.len() < plan.count {
            let left = counted(plan.count - all.len(), "variation was", "variations were");
            voice.incomplete(&format!("stopped: {left} not made"));
        }
        let run = helper.as_ref().map(Helper::run);
        Varied::of(self, plan, &parents, &all, &places, run, &device)?.tell(voice)
    }

    /// What was asked for, or what fits what was given.
    fn plan(&self, pictures: usize, helper: Option<&Helper>) -> Result<Plan> {
        let method = match (self.method, helper) {
            (Some(Method::Latent), None) => {
                return Err(Error::usage(
                    "--method latent moves in what a run has learned, so it needs one: add --run RUN, or choose --method \
                     patches",
                ));
            }
            (Some(Method::Latent), Some(Helper::Harmony(_))) => {
                return Err(Error::usage(
                    "this run makes one picture of a collage and has no latents to move in: leave --method out",
                ));
            }
            (Some(method), _) => method,
            (None, None) if self.size.is_some() && pictures == 1 => Method::Patches,
            (None, _) if self.tileable => Method::Patches,
            (None, Some(Helper::Studio(_))) => Method::Latent,
            (None, Some(Helper::Harmony(_))) => Method::Collage,
            (None, None) if pictures > 1 => Method::Collage,
            (None, None) => Method::Patches,
        };
        let usual = if matches!(helper, Some(Helper::Harmony(_))) { Join::Hard } else { Join::Poisson };
        let join = self.join.as_deref().and_then(Join::named).unwrap_or(usual);
        let searches = matches!(helper, Some(Helper::Studio(_)));
        let is_another_shape = method == Method::Patches && self.size.is_some() && !self.tileable;
        let strength = self.strength.unwrap_or(if is_another_shape { 0.0 } else { 0.5 });
        let all_alike = method == Method::Patches && strength == 0.0;
        let count = self.count.unwrap_or(if all_alike { pictures } else { 4 });
        Ok(Plan { method, count, strength, join, searches })
    }

    /// Refuses what a way can't do.
    fn check(&self, Plan { method, searches, .. }: Plan) -> Result<()> {
        let name = method.name();
        if self.tileable && method != Method::Patches {
            return Err(Error::usage(format!(
                "--tileable is for --method patches, not for {name}: leave one of them out"
            )));
        }
        if method == Method::Patches && self.run.is_some() {
            return Err(Error::usage(
                "--method patches needs no run and uses none: leave --run out, or choose another method",
            ));
        }
        if self.size.is_some() && searches {
            return Err(Error::usage("a run paints pictures of its own size: leave --size out"));
        }
        match self.size {
            Some(Size { width, height })
                if !(1..=LONGEST).contains(&width.min(height)) || width.max(height) > LONGEST =>
            {
                Err(Error::usage(format!(
                    "--size {width}x{height}: each side must be from 1 to {LONGEST} pixels"
                )))
            }
            _ => Ok(()),
        }
    }

    /// Where the variations go, and after them the sheet.
    fn places(&self, parents: &[Parent], count: usize) -> Result<Vec<PathBuf>> {
        let name = |number: usize| {
            let seed = self.seed.wrapping_add(number as u64);
            format!("{}-{seed}", works::stem(&parents[number % parents.len()].path))
        };
        let mut names: Vec<String> = (0..count).map(name).collect();
        names.extend(self.sheet.then(|| "sheet".to_owned()));
        works::places(&self.out, "png", &names, self.force)
    }

    fn patches(
        &self,
        plan: Plan,
        parents: &[Parent],
        number: usize,
        seed: u64,
        span: &mut Span<'_>,
    ) -> Result<Option<Made>> {
        let parent = number % parents.len();
        let source = &parents[parent].picture;
        let (width, height) =
            self.size.map_or((source.width(), source.height()), |size| (size.width, size.height));
        let wish = generate::Wish { width, height, strength: plan.strength, tileable: self.tileable, seed };
        let Some(made) = generate(&Raster::of(source), &wish, span)? else { return Ok(None) };
        let recipe = self.recipe(plan, [&parents[parent]], seed);
        Ok(Some(Made {
            picture: made.picture(),
            parents: vec![parent],
            seen: vec![parent],
            recipe,
            jump: None,
        }))
    }

    fn collage(
        &self,
        plan: Plan,
        parents: &[Parent],
        helper: Option<&Helper>,
        number: usize,
        seed: u64,
        span: &mut Span<'_>,
    ) -> Result<Option<Made>> {
        let first = number % parents.len();
        let order: Vec<usize> = (0..parents.len()).map(|step| (first + step) % parents.len()).collect();
        let base = self.sized(&parents[first].picture);
        let rasters: Vec<Raster> = order.iter().map(|&parent| Raster::of(&parents[parent].picture)).collect();
        let donors: Vec<&Raster> =
            if rasters.len() > 1 { rasters[1..].iter().collect() } else { vec![&rasters[0]] };
        let wish = collage::Wish { strength: plan.strength, join: plan.join, tried: collage::TRIED, seed };
        let Some(made) = collage(&Raster::of(&base), &donors, &wish, span) else { return Ok(None) };
        let of = |donor: usize| if order.len() > 1 { order[1 + donor] } else { order[0] };
        let mut seen = vec![first];
        made.donors.iter().map(|&donor| of(donor)).filter(|&one| one != first).for_each(|one| seen.push(one));
        let mut recipe = self.recipe(plan, order.iter().map(|&parent| &parents[parent]), seed);
        let (picture, name) = (made.picture.picture(), parents[first].path.display().to_string());
        let again = match helper {
            None => return Ok(Some(Made { picture, parents: order, seen, recipe, jump: Some(made.jump()) })),
            Some(Helper::Studio(studio)) => studio.repainted(&picture, &mut recipe, span)?,
            Some(Helper::Harmony(harmony)) => {
                harmony.harmonised(&name, &picture, plan.strength, &mut recipe, span)?
            }
        };
        let Some(picture) = again else { return Ok(None) };
        // A run that paints has a size of its own; else the joins are where they were.
        let jump = match plan.searches {
            true => made.jump(),
            false => Collage { picture: Raster::of(&picture), ..made }.jump(),
        };
        Ok(Some(Made { picture, parents: order, seen, recipe, jump: Some(jump) }))
    }

    /// The middle of a picture, in the size that was asked for.
    fn sized(&self, picture: &Picture) -> Picture {
        let Some(size) = self.size else { return picture.clone() };
        let channels = match picture.channels() {
            1 => impasto_data::Channels::Grey,
            3 => impasto_data::Channels::Rgb,
            _ => impasto_data::Channels::Rgba,
        };
        let preparation = Preparation { crop: Crop::Center, ..Preparation::of(size, channels) };
        prepare(picture.clone().premultiplied(), &preparation).straight()
    }

    /// What a variation of these parents carries. The first is the one that it would be the first variation of, alone.
    fn recipe<'a>(
        &self,
        Plan { method, strength, join, searches, .. }: Plan,
        parents: impl IntoIterator<Item = &'a Parent>,
        seed: u64,
    ) -> PictureRecipe {
        let origins: Vec<Origin> = parents.into_iter().map(|parent| parent.origin.clone()).collect();
        let mut settings = format!("--method {} --strength {strength} --count 1", method.name());
        if method == Method::Collage {
            settings += &format!(" --join {}", join.name());
        }
        if let Some(Size { width, height }) = self.size {
            settings += &format!(" --size {width}x{height}");
        }
        if self.tileable {
            settings += " --tileable";
        }
        if searches {
            settings += &format!(" --steps {}", self.steps);
        }
        PictureRecipe::made("vary", method.name(), &origins, seed, &settings)
    }

    fn write_sheet(&self, path: &Path, parents: &[Parent], all: &[Made], plan: Plan) -> Result<()> {
        let (mut pictures, mut shown): (Vec<Picture>, BTreeSet<usize>) = Default::default();
        for made in all {
            let new = made.seen.iter().filter(|&&parent| shown.insert(parent));
            pictures.extend(new.map(|&parent| parents[parent].picture.clone()));
            pictures.push(made.picture.clone());
        }
        let sheet = contact_sheet(&pictures, square_columns(pictures.len()));
        let recipe = PictureRecipe { kind: Kind::Sheet, ..self.recipe(plan, parents, self.seed) };
        Ok(write_painting(path, &sheet, &recipe, Existing::forced(self.force))?)
    }
}

/// No side may be longer.
const LONGEST: usize = 16_384;

/// All parents: in the colours that a run works in, else with as many channels as the richest of them has.
fn opened(files: Vec<PathBuf>, helper: Option<&Helper>) -> Result<Vec<Parent>> {
    let open = |file: &PathBuf| match helper {
        Some(Helper::Harmony(harmony)) => harmony.opened(file),
        _ => works::open_as_it_is(file),
    };
    let all: Vec<(Picture, Origin)> = files.iter().map(open).collect::<Result<_>>()?;
    let channels = all.iter().map(|(picture, _)| picture.channels()).max().unwrap_or(3);
    let parents = files.into_iter().zip(all).map(|(path, (picture, origin))| Parent {
        path,
        picture: works::with_channels(&picture, channels),
        origin,
    });
    Ok(parents.collect())
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("it must be a number from 0 to 1".into()),
    }
}
