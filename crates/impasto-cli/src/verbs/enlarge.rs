//! `impasto enlarge`: pictures with more pixels.

use std::path::{Path, PathBuf};

use clap::Args;
use impasto::error::{Error, Result};
use impasto::patches::Raster;
use impasto::patches::enlarge::enlarged;
use impasto::picture::{Origin, PictureRecipe, write_painting};
use impasto::recipe::Given;
use impasto::translate::Translator;
use impasto::upscale::{UpscaleNetwork, Upscaler, drawing};
use impasto::weights::Weights;
use impasto_data::Picture;
use impasto_system::{Existing, Span, Stage, Unit};
use serde::Serialize;

use crate::console::Console;
use crate::translating::{self, ByRun};
use crate::voice::Voice;
use crate::words::{bytes, counted, named};
use crate::works;

/// Make pictures two, three or four times as large
///
/// Filters that follow edges, then corrections until the large picture, made small again, is the given one; noise and what JPEG has
/// left are taken out first. No training is needed, and no detail is made up. With --network, Real-ESRGAN does it, which makes up
/// what it has learned to expect (`impasto weights get realesrgan`); drawings are enlarged so by themselves where it is there. With
/// --run a run of recipe enlarge does it; one that was trained for twice does it again for four times. Ctrl-C keeps the pictures
/// that are done.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Enlarge {
    /// The pictures; a folder stands for all that are in it
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// How many times as long each side becomes [default: 2; with --run, what it was trained for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=4))]
    times: Option<u8>,
    /// Which network does it: animevideo (small, for drawings), x4plus-anime (large, for drawings), x4plus (large, for photographs:
    /// slow, and makes detail up), none, or auto: animevideo for what looks drawn, where it is there, and none for all else
    #[arg(long, value_name = "NAME", default_value = "auto", conflicts_with = "run",
          value_parser = ["auto", "none", "animevideo", "x4plus", "x4plus-anime"])]
    network: String,
    /// One picture: a file that ends in .png; several: a folder for them
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    #[command(flatten)]
    by: ByRun,
    /// Overwrite files
    #[arg(long)]
    force: bool,
}

const EXAMPLES: &str = "\
Examples:
  impasto enlarge small.png --out large.png
  impasto enlarge small.png --times 4 --out huge.png
  impasto enlarge thumbnails --times 2 --out larger
  impasto enlarge photo.jpg --times 4 --network x4plus --out huge.png
  impasto train photos --recipe enlarge --out runs/enlarge
  impasto enlarge small.png --run runs/enlarge --times 4 --out huge.png";

const STOPPING: &str = "stopping: what is done is kept; Ctrl-C once more leaves at once";
/// No side may become longer.
const LONGEST: usize = 16_384;

/// How a picture becomes larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    /// Filters and back-projection.
    Filters,
    /// A published network.
    Network,
    /// By a trained run.
    Run,
}

/// One picture that was written.
#[derive(Debug, Serialize)]
struct Enlarged {
    path: String,
    picture: String,
    method: Method,
    /// The network, where one did it,
    network: Option<&'static str>,
    /// or the run,
    run: Option<String>,
    /// and the checksum of the weights of either.
    checkpoint: Option<String>,
    times: usize,
    from: [usize; 2],
    to: [usize; 2],
}

/// What there is to enlarge pictures with.
struct Tools {
    run: Option<Translator>,
    network: Option<Upscaler>,
    /// Whether the network is for drawings alone.
    for_drawings: bool,
}

/// What enlarges one picture.
#[derive(Clone, Copy)]
enum Tool<'a> {
    Filters,
    Network(&'a Upscaler),
    Run(&'a Translator),
}

impl Tools {
    fn for_picture(&self, small: &Small) -> Tool<'_> {
        match (&self.run, &self.network) {
            (Some(run), _) => Tool::Run(run),
            (None, Some(network)) if !self.for_drawings || small.is_drawing => Tool::Network(network),
            _ => Tool::Filters,
        }
    }
}

/// A picture that was opened.
struct Small {
    path: PathBuf,
    picture: Picture,
    origin: Origin,
    is_drawing: bool,
}

impl Enlarge {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let run = self.by.open("enlarge", |given| matches!(given, Given::Small(_)), voice)?;
        let times = self.times(run.as_ref())?;
        let files = works::files(&self.pictures)?;
        let opened: Vec<Small> = files.iter().map(|file| opened(file)).collect::<Result<_>>()?;
        let tools = self.tools(run, &opened, voice)?;
        opened.iter().try_for_each(|small| allowed(tools.for_picture(small), small, times))?;
        let names: Vec<String> = files.iter().map(|file| works::stem(file)).collect();
        let places = works::places(&self.out, "png", &names, self.force)?;
        works::make_room_for(&places)?;
        let stopping = if tools.run.is_some() { translating::STOPPING } else { STOPPING };
        let mut console = Console::stoppable(voice, stopping);
        let mut span = Span::new(&mut console, Stage::Enlarging, Unit::Pictures, files.len());
        let mut all = Vec::with_capacity(files.len());
        for (number, (small, place)) in opened.iter().zip(&places).enumerate() {
            let tool = tools.for_picture(small);
            let Some(large) = larger(tool, small, times, &mut span.unit(number))? else { break };
            write_painting(place, &large, &recipe(tool, small, times), Existing::forced(self.force))?;
            all.push(report(tool, small, times, place));
        }
        console.finish();
        let left = files.len() - all.len();
        if left > 0 {
            voice.incomplete(&format!(
                "stopped: {} not enlarged",
                counted(left, "picture was", "pictures were")
            ));
        }
        voice.results(&all, &in_words(&all))
    }

    fn times(&self, run: Option<&Translator>) -> Result<usize> {
        let own = run.map_or(Ok(2), |run| run.given().map(Given::times))?;
        let times = self.times.map_or(own, usize::from);
        // Whether the run can do it.
        run.map_or(Ok(1), |run| run.passes(times))?;
        Ok(times)
    }

    /// The network that was asked for, or that for drawings where there is one among the pictures.
    fn tools(&self, run: Option<Translator>, pictures: &[Small], voice: &Voice) -> Result<Tools> {
        let open = |network| -> Result<Upscaler> {
            Ok(Upscaler::open(network, &Weights::of_this_user()?, &impasto::device::open("auto")?)?)
        };
        let for_drawings = self.network == "auto";
        let mut network = self.network.parse().ok().map(open).transpose()?;
        let drawings = pictures.iter().filter(|small| small.is_drawing).count();
        if for_drawings && run.is_none() && drawings > 0 {
            if Weights::of_this_user()?.has(UpscaleNetwork::Animevideo.weights_name()) {
                network = Some(open(UpscaleNetwork::Animevideo)?);
            } else {
                voice.note(&format!(
                    "{} drawn; a network enlarges drawings with clean, sharp lines: impasto weights get realesrgan",
                    if pictures.len() == 1 { "this picture looks".to_owned() } else { counted(drawings, "picture looks", "pictures look") }
                ));
            }
        }
        Ok(Tools { run, network, for_drawings })
    }
}

fn opened(file: &Path) -> Result<Small> {
    let (picture, origin) = works::open_as_it_is(file)?;
    let is_drawing = drawing::is_drawing(&picture);
    Ok(Small { path: file.to_path_buf(), picture, origin, is_drawing })
}

/// Refuses what would become too large, and what the run or the memory can't enlarge.
fn allowed(tool: Tool<'_>, small: &Small, times: usize) -> Result<()> {
    let Small { path, picture, .. } = small;
    let [width, height] = [picture.width(), picture.height()].map(|side| side * times);
    if width.max(height) > LONGEST {
        return Err(Error::usage(format!(
            "{} would become {width} x {height} pixels, and no side may be longer than {LONGEST}: choose fewer times",
            path.display()
        )));
    }
    match tool {
        Tool::Run(run) => run.check_enlarging(&path.display().to_string(), picture, times)?,
        Tool::Network(network) => check_memory(network, small, times)?,
        Tool::Filters => {}
    }
    Ok(())
}

fn check_memory(network: &Upscaler, small: &Small, times: usize) -> Result<()> {
    let needed = network.memory(&small.picture, times);
    match impasto_system::available() {
        Some(free) if free < needed => Err(Error::usage(format!(
            "{} needs {} of memory to become {times} times as large by {}, and {} are free: choose fewer times, or \
             --network none",
            small.path.display(),
            bytes(needed),
            network.network(),
            bytes(free)
        ))),
        _ => Ok(()),
    }
}

/// The picture so many times as large; nothing where the work is stopped.
fn larger(tool: Tool<'_>, small: &Small, times: usize, span: &mut Span<'_>) -> Result<Option<Picture>> {
    let run = match tool {
        Tool::Filters => {
            return Ok(enlarged(&Raster::of(&small.picture), times, span).map(|large| large.picture()));
        }
        Tool::Network(network) => return Ok(network.enlarged(&small.picture, times, span)),
        Tool::Run(run) => run,
    };
    if !span.reached(0.0) {
        return Ok(None);
    }
    Ok(Some(run.enlarged(&small.path.display().to_string(), &small.picture, times, span)?))
}

/// What an enlarged picture carries.
fn recipe(tool: Tool<'_>, small: &Small, times: usize) -> PictureRecipe {
    let (from, settings) = (std::slice::from_ref(&small.origin), format!("--times {times}"));
    match tool {
        Tool::Run(run) => run.painter().made_recipe("enlarge", from, 0, &settings),
        Tool::Filters => {
            PictureRecipe::made("enlarge", "filters", from, 0, &format!("{settings} --network none"))
        }
        Tool::Network(network) => {
            let name = network.network();
            let settings = format!("{settings} --network {name}");
            let mut recipe = PictureRecipe::made("enlarge", name.weights_name(), from, 0, &settings);
            recipe.extra.insert("weights".into(), network.sha256().into());
            recipe
        }
    }
}

fn report(tool: Tool<'_>, small: &Small, times: usize, place: &Path) -> Enlarged {
    let (method, network, run, checkpoint) = match tool {
        Tool::Filters => (Method::Filters, None, None, None),
        Tool::Network(network) => {
            (Method::Network, Some(network.network().weights_name()), None, Some(network.sha256().to_owned()))
        }
        Tool::Run(run) => {
            let (run, checkpoint) = translating::names(run);
            (Method::Run, None, Some(run), Some(checkpoint))
        }
    };
    let from = [small.picture.width(), small.picture.height()];
    Enlarged {
        path: place.display().to_string(),
        picture: small.path.display().to_string(),
        method,
        network,
        run,
        checkpoint,
        times,
        from,
        to: from.map(|side| side * times),
    }
}

fn in_words(all: &[Enlarged]) -> String {
    let report = |one: &Enlarged| {
        let ([from_width, from_height], [width, height]) = (one.from, one.to);
        let how = match (&one.run, &one.checkpoint, one.network) {
            (Some(run), Some(checkpoint), _) => translating::in_words(run, checkpoint),
            (_, _, Some(network)) => format!("by the network {network}"),
            _ => "by filters that follow edges, without a network".to_owned(),
        };
        format!("{}: {from_width} x {from_height} to {width} x {height} {how}", named(&one.path))
    };
    all.iter().map(report).collect::<Vec<_>>().join("\n")
}
