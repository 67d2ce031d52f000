//! `impasto enlarge`: pictures with more pixels.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::jobs::{EnlargeMethod, EnlargeRequest, EnlargedPicture, Files, NetworkChoice};

use crate::job::{self, ByRun, by_run, choices};
use crate::voice::Voice;
use crate::words::{counted, named};

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
    /// Which network does it
    #[arg(long, value_name = "NAME", default_value = "auto", conflicts_with = "run", value_parser = choices::<NetworkChoice>())]
    network: NetworkChoice,
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

impl Enlarge {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let report = job::done(&self.request(), &self.by.workshop()?, self.by.stopping(), voice)?;
        job::show(&report, in_words, voice)?;
        self.note_drawings(&report.outputs, voice);
        Ok(())
    }

    fn request(&self) -> EnlargeRequest {
        EnlargeRequest {
            files: Files { pictures: self.pictures.clone(), out: self.out.clone(), force: self.force },
            times: self.times.map(usize::from),
            network: self.network,
            run: self.by.request(),
        }
    }

    /// Says what would have done drawings better.
    fn note_drawings(&self, outputs: &[EnlargedPicture], voice: &Voice) {
        let drawn = |one: &&EnlargedPicture| one.is_drawing && one.method == EnlargeMethod::Filters;
        let drawn = outputs.iter().filter(drawn).count();
        if drawn > 0 && self.network == NetworkChoice::Auto {
            voice.note(&format!(
                "{} drawn; a network enlarges drawings with clean, sharp lines: impasto weights get realesrgan",
                counted(drawn, "picture looks", "pictures look")
            ));
        }
    }
}

fn in_words(one: &EnlargedPicture) -> String {
    let ([from_width, from_height], [width, height]) = (one.from, one.to);
    let how = match (&one.run, one.network) {
        (Some(run), _) => by_run(run),
        (_, Some(network)) => format!("by the network {network}"),
        _ => "by filters that follow edges, without a network".to_owned(),
    };
    format!("{}: {from_width} x {from_height} to {width} x {height} {how}", named(&one.path))
}
