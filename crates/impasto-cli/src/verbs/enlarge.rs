//! `impasto enlarge`: pictures with more pixels.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use anyhow::Result;
use clap::Args;
use impasto::patches::Raster;
use impasto::patches::enlarge::enlarged;
use impasto::picture::{Origin, PictureRecipe, write_painting};
use impasto_data::Picture;
use serde::Serialize;

use crate::fault::usage;
use crate::progress::Progress;
use crate::voice::Voice;
use crate::words::counted;
use crate::{stop, works};

/// Make pictures twice or four times as large
///
/// Lanczos resampling, corrected until the large picture, made small again, is the given one: sharper than resampling alone.
/// No training is needed, and no detail is made up.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Enlarge {
    /// The pictures; a folder stands for all that are in it
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// How many times as long each side becomes
    #[arg(long, default_value = "2", value_name = "N", value_parser = ["2", "4"])]
    times: String,
    /// One picture: a file that ends in .png; several: a folder for them
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// Overwrite files
    #[arg(long)]
    force: bool,
}

const EXAMPLES: &str = "\
Examples:
  impasto enlarge small.png --out large.png
  impasto enlarge small.png --times 4 --out huge.png
  impasto enlarge thumbnails --times 2 --out larger";

const STOPPING: &str = "stopping: what is done is kept; Ctrl-C once more leaves at once";
/// No side may become longer.
const LONGEST: usize = 16_384;

/// How a picture becomes larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    /// Resampling and back-projection.
    Lanczos,
}

/// One picture that was written.
#[derive(Debug, Serialize)]
struct Enlarged {
    path: String,
    picture: String,
    method: Method,
    times: usize,
    from: [usize; 2],
    to: [usize; 2],
}

impl Enlarge {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let times = if self.times == "4" { 4 } else { 2 };
        let files = works::files(&self.pictures)?;
        let opened: Vec<(Picture, Origin)> =
            files.iter().map(|file| works::open_as_it_is(file)).collect::<Result<_>>()?;
        for ((picture, _), file) in opened.iter().zip(&files) {
            let [width, height] = [picture.width(), picture.height()].map(|side| side * times);
            if width.max(height) > LONGEST {
                return Err(usage(format!(
                    "{} would become {width} x {height} pixels, and no side may be longer than {LONGEST}: choose fewer times",
                    file.display()
                )));
            }
        }
        let names: Vec<String> = files.iter().map(|file| works::stem(file)).collect();
        let places = works::places(&self.out, "png", &names, self.force)?;
        let mut progress = Progress::new(voice);
        let stopped = stop::on_interrupt_saying(STOPPING, progress.teller())?;
        let mut all = Vec::with_capacity(files.len());
        for (number, ((file, place), (picture, origin))) in files.iter().zip(&places).zip(&opened).enumerate()
        {
            let told = &mut |share: f64| {
                progress.tell(
                    (number as f64 + share) / files.len() as f64,
                    &format!("enlarging {} of {}", number + 1, files.len()),
                );
                !stopped.load(Ordering::Relaxed)
            };
            let Some(large) = enlarged(&Raster::of(picture), times, told) else { break };
            let settings = format!("--times {times}");
            let recipe =
                PictureRecipe::made("enlarge", "lanczos", std::slice::from_ref(origin), 0, &settings);
            write_painting(place, &large.picture(), &recipe)?;
            all.push(Enlarged {
                path: place.display().to_string(),
                picture: file.display().to_string(),
                method: Method::Lanczos,
                times,
                from: [picture.width(), picture.height()],
                to: [large.width(), large.height()],
            });
        }
        progress.finish();
        let left = files.len() - all.len();
        if left > 0 {
            voice.warn(&format!("stopped: {} not enlarged", counted(left, "picture was", "pictures were")));
        }
        voice.results(&all, &in_words(&all))
    }
}

fn in_words(all: &[Enlarged]) -> String {
    let told = |one: &Enlarged| {
        let ([from_width, from_height], [width, height]) = (one.from, one.to);
        format!(
            "{}: {from_width} x {from_height} to {width} x {height} by Lanczos and back-projection, without training",
            one.path
        )
    };
    all.iter().map(told).collect::<Vec<_>>().join("\n")
}
