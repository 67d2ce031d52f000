//! `impasto enlarge`: pictures with more pixels.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::Result;
use clap::Args;
use impasto::patches::Raster;
use impasto::patches::enlarge::enlarged;
use impasto::picture::{Origin, PictureRecipe, write_painting};
use impasto::recipe::Given;
use impasto::translate::Translator;
use impasto_data::Picture;
use impasto_system::Existing;
use serde::Serialize;

use crate::fault::usage;
use crate::progress::Progress;
use crate::translating::{self, ByRun, tell};
use crate::voice::Voice;
use crate::words::{counted, named};
use crate::{stop, works};

/// Make pictures twice or four times as large
///
/// Lanczos resampling, corrected until the large picture, made small again, is the given one: sharper than resampling alone.
/// No training is needed, and no detail is made up. With --run a run of recipe enlarge does it, which makes up what it has
/// learned to expect; one that was trained for twice does it again for four times. Ctrl-C keeps the pictures that are done.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Enlarge {
    /// The pictures; a folder stands for all that are in it
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// How many times as long each side becomes [default: 2; with --run, what it was trained for]
    #[arg(long, value_name = "N", value_parser = ["2", "4"])]
    times: Option<String>,
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
  impasto train photos --recipe enlarge --out runs/enlarge
  impasto enlarge small.png --run runs/enlarge --times 4 --out huge.png";

const STOPPING: &str = "stopping: what is done is kept; Ctrl-C once more leaves at once";
/// No side may become longer.
const LONGEST: usize = 16_384;

/// How a picture becomes larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    /// Resampling and back-projection.
    Lanczos,
    /// By a trained run.
    Run,
}

/// One picture that was written.
#[derive(Debug, Serialize)]
struct Enlarged {
    path: String,
    picture: String,
    method: Method,
    /// The run, where one did it,
    run: Option<String>,
    /// and the checksum of its weights.
    checkpoint: Option<String>,
    times: usize,
    from: [usize; 2],
    to: [usize; 2],
}

/// A picture that was opened.
struct Small {
    path: PathBuf,
    picture: Picture,
    origin: Origin,
}

impl Enlarge {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let run = self.by.open("enlarge", |given| matches!(given, Given::Small(_)), voice)?;
        let times = self.times(run.as_ref())?;
        let files = works::files(&self.pictures)?;
        let opened: Vec<Small> = files.iter().map(|file| opened(file)).collect::<Result<_>>()?;
        opened.iter().try_for_each(|small| allowed(run.as_ref(), small, times))?;
        let names: Vec<String> = files.iter().map(|file| works::stem(file)).collect();
        let places = works::places(&self.out, "png", &names, self.force)?;
        works::make_room_for(&places)?;
        let mut progress = Progress::new(voice);
        let stopping = if run.is_some() { translating::STOPPING } else { STOPPING };
        let stopped = stop::on_interrupt_saying(stopping, progress.teller());
        let mut all = Vec::with_capacity(files.len());
        for (number, (small, place)) in opened.iter().zip(&places).enumerate() {
            let told = &mut |share: f64| {
                tell(&mut progress, "enlarging", [number, files.len()], share);
                !stopped.load(Ordering::Relaxed)
            };
            let Some(large) = larger(run.as_ref(), small, times, told)? else { break };
            write_painting(place, &large, &recipe(run.as_ref(), small, times), Existing::forced(self.force))?;
            all.push(told_of(run.as_ref(), small, times, place));
        }
        progress.finish();
        let left = files.len() - all.len();
        if left > 0 {
            voice.warn(&format!("stopped: {} not enlarged", counted(left, "picture was", "pictures were")));
        }
        voice.results(&all, &in_words(&all))
    }

    fn times(&self, run: Option<&Translator>) -> Result<usize> {
        let own = run.map_or(Ok(2), |run| run.given().map(Given::times))?;
        let times = self.times.as_ref().map_or(own, |times| if times == "4" { 4 } else { 2 });
        // Whether the run can do it.
        run.map_or(Ok(1), |run| run.passes(times))?;
        Ok(times)
    }
}

fn opened(file: &Path) -> Result<Small> {
    let (picture, origin) = works::open_as_it_is(file)?;
    Ok(Small { path: file.to_path_buf(), picture, origin })
}

/// Refuses what would become too large, and what the run can't enlarge.
fn allowed(run: Option<&Translator>, small: &Small, times: usize) -> Result<()> {
    let Small { path, picture, .. } = small;
    let [width, height] = [picture.width(), picture.height()].map(|side| side * times);
    if width.max(height) > LONGEST {
        return Err(usage(format!(
            "{} would become {width} x {height} pixels, and no side may be longer than {LONGEST}: choose fewer times",
            path.display()
        )));
    }
    run.map_or(Ok(()), |run| run.check_enlarging(&path.display().to_string(), picture, times))?;
    Ok(())
}

/// The picture so many times as large; nothing where `told` said no.
fn larger(
    run: Option<&Translator>,
    small: &Small,
    times: usize,
    told: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<Picture>> {
    let Some(run) = run else {
        return Ok(enlarged(&Raster::of(&small.picture), times, told).map(|large| large.picture()));
    };
    if !told(0.0) {
        return Ok(None);
    }
    // A picture that was begun is finished.
    let told = &mut |share: f64| {
        told(share);
    };
    Ok(Some(run.enlarged(&small.path.display().to_string(), &small.picture, times, told)?))
}

/// What an enlarged picture carries.
fn recipe(run: Option<&Translator>, small: &Small, times: usize) -> PictureRecipe {
    let (from, settings) = (std::slice::from_ref(&small.origin), format!("--times {times}"));
    match run {
        Some(run) => run.painter().made_recipe("enlarge", from, 0, &settings),
        None => PictureRecipe::made("enlarge", "lanczos", from, 0, &settings),
    }
}

fn told_of(run: Option<&Translator>, small: &Small, times: usize, place: &Path) -> Enlarged {
    let (run, checkpoint) = run.map(translating::names).unzip();
    let from = [small.picture.width(), small.picture.height()];
    Enlarged {
        path: place.display().to_string(),
        picture: small.path.display().to_string(),
        method: if run.is_some() { Method::Run } else { Method::Lanczos },
        run,
        checkpoint,
        times,
        from,
        to: from.map(|side| side * times),
    }
}

fn in_words(all: &[Enlarged]) -> String {
    let told = |one: &Enlarged| {
        let ([from_width, from_height], [width, height]) = (one.from, one.to);
        let how = match (&one.run, &one.checkpoint) {
            (Some(run), Some(checkpoint)) => translating::in_words(run, checkpoint),
            _ => "by Lanczos and back-projection, without training".to_owned(),
        };
        format!("{}: {from_width} x {from_height} to {width} x {height} {how}", named(&one.path))
    };
    all.iter().map(told).collect::<Vec<_>>().join("\n")
}
