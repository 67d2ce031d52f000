//! `impasto invert`: the latents that repaint pictures.

use std::path::{Path, PathBuf};

use clap::Args;
use impasto::error::Result;
use impasto::paint::Painter;
use impasto::shell::Command;
use impasto::steer::{Eye, Found, LatentFile, Search, invert};
use impasto::weights::Weights;
use impasto_data::{Crop, Picture, Preparation, prepare};
use impasto_system::{Existing, Span, Stage, Unit};
use serde::Serialize;

use super::sample::one_or_more;
use crate::console::Console;
use crate::painting::Brush;
use crate::steering::Class;
use crate::voice::Voice;
use crate::words::{counted, listed, short};
use crate::works;

/// Find the latents that repaint pictures, so that they can be mixed, moved and walked through
///
/// It begins at what the recipe's encoder says, where it has one, and at the best of many random latents, and walks from
/// there; Ctrl-C keeps the best so far. How near it comes depends on what the run has learned: what it could never paint
/// it won't repaint. A .latent file stands wherever a seed does: see the examples.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Invert {
    /// The pictures
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// The run that is to repaint them
    #[arg(long)]
    run: PathBuf,
    /// One picture: a file that ends in .latent; several: a folder for them
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// Steps of the walk
    #[arg(long, default_value_t = 300, value_name = "N", value_parser = one_or_more)]
    steps: usize,
    /// Random latents that are tried before it
    #[arg(long, default_value_t = 256, value_name = "N", value_parser = one_or_more)]
    starts: usize,
    /// The seed of those
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The class of the pictures, or a mixture (else the nearest one is taken)
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// Who judges how near it comes: LPIPS, which has to be added (impasto weights get lpips), or the network in
    /// this program [default: lpips where it was added]
    #[arg(long, value_parser = ["builtin", "lpips"])]
    eye: Option<String>,
    /// Overwrite files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    brush: Brush,
}

const EXAMPLES: &str = "\
Examples:
  impasto invert face.jpg --run runs/mine --out face.latent
  impasto invert *.jpg --run runs/mine --out latents --steps 600
  impasto sample runs/mine --latent face.latent --out again.png
  impasto sample runs/mine --latent face.latent --move smile=+2 --out smiling.png
  impasto walk runs/mine --through face.latent,7 --out walk.gif";

const STOPPING: &str = "stopping: the best so far is kept; Ctrl-C once more leaves at once, without it";

/// One latent that was written.
#[derive(Debug, Serialize)]
struct Inverted {
    path: String,
    picture: String,
    run: String,
    checkpoint: String,
    /// In decibels; none where the picture was met exactly.
    psnr: Option<f64>,
    distance: f64,
    eye: &'static str,
    /// The same for the best start.
    start_psnr: f64,
    start_distance: f64,
    steps: usize,
    class: Option<String>,
    /// Whether Ctrl-C ended it.
    stopped: bool,
}

impl Invert {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        let paths = self.paths()?;
        let painter = self.brush.open(&self.run, voice)?;
        let class = Class::of(self.class.as_deref(), &painter)?;
        let eye = self.eye(&self.brush.device()?)?;
        // All of them before the first is looked for: a bad one is known at once.
        let pictures: Vec<Picture> =
            self.pictures.iter().map(|path| opened(path, &painter)).collect::<Result<_>>()?;
        works::make_room_for(&paths)?;
        let mut console = Console::stoppable(voice, STOPPING);
        let mut span = Span::new(&mut console, Stage::Inverting, Unit::Pictures, paths.len());
        let search = Search { steps: self.steps, starts: self.starts, seed: self.seed };
        let mut all = Vec::with_capacity(paths.len());
        for (number, (path, picture)) in paths.iter().zip(&pictures).enumerate() {
            let weights = class.as_ref().map(|class| &class.weights[..]);
            let found = invert(&painter, &eye, picture, weights, &search, &mut span.unit(number))?;
            let is_stopped = !span.goes_on();
            all.push(self.keep(&painter, &eye, [&self.pictures[number], path], &found, is_stopped)?);
            if is_stopped {
                break;
            }
        }
        console.finish();
        let left = paths.len() - all.len();
        if left > 0 {
            voice.incomplete(&format!(
                "stopped: {} not looked for",
                counted(left, "picture was", "pictures were")
            ));
        }
        voice.results(&all, &self.in_words(&all))
    }

    /// Where the latents go; nothing is overwritten.
    fn paths(&self) -> Result<Vec<PathBuf>> {
        let names: Vec<String> = self.pictures.iter().map(|picture| works::stem(picture)).collect();
        works::places(&self.out, "latent", &names, self.force)
    }

    fn eye(&self, device: &burn::tensor::Device) -> Result<Eye> {
        let weights = Weights::of_this_user()?;
        Ok(match self.eye.as_deref() {
            Some("builtin") => Eye::builtin(device),
            Some(_) => Eye::lpips(&weights, device)?,
            None => Eye::usual(&weights, device)?,
        })
    }

    /// Writes what was found.
    fn keep(
        &self,
        painter: &Painter,
        eye: &Eye,
        [picture, path]: [&PathBuf; 2],
        found: &Found,
        stopped: bool,
    ) -> Result<Inverted> {
        let Found { point, near, start, steps, .. } = found;
        let class = self.class.clone().or_else(|| painter.class_words(&point.classes));
        let file = LatentFile {
            source: picture.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            class: class.clone(),
            psnr: near.psnr.min(MOST),
            distance: near.distance,
            eye: eye.name().to_owned(),
            ..LatentFile::new(painter, point)
        };
        file.write(path, Existing::forced(self.force))?;
        Ok(Inverted {
            path: path.display().to_string(),
            picture: picture.display().to_string(),
            run: painter.run().path().display().to_string(),
            checkpoint: painter.weights_hash().to_owned(),
            psnr: near.psnr.is_finite().then_some(near.psnr),
            distance: near.distance,
            eye: eye.name(),
            start_psnr: start.psnr.min(MOST),
            start_distance: start.distance,
            steps: *steps,
            class,
            stopped,
        })
    }

    fn in_words(&self, all: &[Inverted]) -> String {
        let told = |one: &Inverted| {
            let psnr = one.psnr.unwrap_or(MOST);
            let class = one.class.as_ref().map_or_else(String::new, |class| format!(", class {class}"));
            format!(
                "{}: {}, {psnr:.1} dB and {} apart in {} features after {}{class} (the best start: {:.1} dB and {})",
                one.path,
                nearness(psnr),
                short(one.distance),
                one.eye,
                counted(one.steps, "step", "steps"),
                one.start_psnr,
                short(one.start_distance),
            )
        };
        let lines: Vec<String> = all.iter().map(told).collect();
        let next = all.first().map_or_else(String::new, |first| {
            let sample = Command::new("sample").path(&self.run).with_path("--latent", &first.path);
            format!("\n\nlook at it: {}", sample.with("--out", "again.png"))
        });
        format!("{}{next}", listed(&lines))
    }
}

/// What stands for infinity in files.
const MOST: f64 = 999.0;

/// A PSNR in a word or two.
fn nearness(psnr: f64) -> &'static str {
    match psnr {
        psnr if psnr >= 35.0 => "the same to the eye",
        psnr if psnr >= 25.0 => "close",
        psnr if psnr >= 18.0 => "alike",
        _ => "only remotely alike",
    }
}

/// A picture as the run would see it.
fn opened(path: &Path, painter: &Painter) -> Result<Picture> {
    let mut preparation = Preparation { flip: false, ..painter.config().preparation() };
    if preparation.crop == Crop::Random {
        // That leaves a window to be chosen, and the middle is as good as any.
        preparation.crop = Crop::Center;
    }
    let (picture, _) = works::open(path, preparation.channels, preparation.background)?;
    Ok(prepare(picture, &preparation))
}
