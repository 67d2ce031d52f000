//! `impasto walk`: a film that wanders through what a run has learned and ends where it began.

use std::path::PathBuf;

use clap::Args;
use impasto::error::Result;
use impasto::paint::{Painter, Point, Taste, closed_walk};
use impasto::picture::{Film, Kind, PictureRecipe, as_rgb, magnification, magnified, write_animation};
use impasto::shell::typed_path;
use impasto::steer::{Source, remember};
use impasto_data::Picture;
use impasto_system::{Existing, make_room};
use serde::Serialize;

use super::sample::{one_or_more, truncation};
use crate::console::Console;
use crate::painting::{self, Brush};
use crate::steering::{Class, Sources, Steering, Way};
use crate::voice::Voice;
use crate::words::{duration, named};

/// Paint a film: a walk from picture to picture, and back to the first
///
/// The film passes through K pictures, those of the seeds S, S+1, ...; between them it goes along a circle, where
/// all pictures are as likely. It ends where it began, so it can play for ever.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Walk {
    /// The run to paint from
    run: PathBuf,
    /// The film: .gif (shown everywhere), .png (animated, all colours, transparent where the pictures are) or .mp4 (needs
    /// ffmpeg); transparent pictures stand on the run's background in .gif and .mp4
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How many frames
    #[arg(long, default_value_t = 60, value_name = "N", value_parser = one_or_more)]
    frames: usize,
    /// How many pictures it passes through
    #[arg(long, default_value_t = 6, value_name = "K", value_parser = one_or_more)]
    keys: usize,
    /// The seed of the first picture
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Pass through these instead: seeds, .latent files of `impasto invert`, pictures painted from this run
    #[arg(long, value_name = "SEED|FILE,...", conflicts_with_all = ["keys", "seed"])]
    through: Vec<Sources>,
    /// Stay in this class (else classes take turns), or in a mixture: rose:0.7,daisy:0.3
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    #[command(flatten)]
    steering: Steering,
    /// Frames in a second
    #[arg(long, default_value_t = 20.0, value_name = "F", value_parser = speed)]
    fps: f64,
    /// Below 1: safer pictures, less variety (of seeds alone: latents are painted as they are)
    #[arg(long, default_value_t = 1.0, value_name = "T", value_parser = truncation)]
    truncation: f64,
    /// How large each pixel is shown [default: 1, more for tiny pictures]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    size_times: Option<u8>,
    /// Overwrite the file
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    brush: Brush,
}

const EXAMPLES: &str = "\
Examples:
  impasto walk runs/mine --out walk.gif
  impasto walk runs/mine --out walk.png --frames 240 --keys 12 --seed 7
  impasto walk runs/mine --out smiles.gif --through 7,face.latent,smiling.png
  impasto walk runs/mine --out turned.gif --move axis3=+2
  impasto walk runs/mine --out rose.mp4 --class rose --fps 30 --size-times 4";

/// What was painted.
#[derive(Debug, Serialize)]
struct Walked {
    path: String,
    run: String,
    checkpoint: String,
    frames: usize,
    keys: usize,
    seed: u64,
    width: usize,
    height: usize,
    seconds: f64,
}

impl Walk {
    pub(super) fn run(&self, voice: &Voice) -> Result<()> {
        // Before anything is painted: whether this file may be written at all.
        let film = Film::for_path(&self.out, self.force)?;
        let painter = self.brush.open(&self.run, voice)?;
        let walked = self.paint(film, &painter, voice)?;
        let Walked { path, frames, width, height, seconds, .. } = &walked;
        let text = format!("{}: {frames} frames of {width} x {height}, {}", named(path), duration(*seconds));
        voice.result(&walked, &text)
    }

    fn paint(&self, film: Film, painter: &Painter, voice: &Voice) -> Result<Walked> {
        let class = Class::of(self.class.as_deref(), painter)?;
        let taste = Taste { truncation: self.truncation, ..Taste::default() };
        let way = Way::new(painter, class, taste, self.steering.wish(), voice)?;
        let sources = self.sources();
        way.check_taste(&sources, voice)?;
        let keys: Vec<Point> =
            sources.iter().map(|source| way.point(source, painter, voice)).collect::<Result<_>>()?;
        make_room(&self.out)?;
        let mut console = Console::new(voice);
        let painted = painting::paint(painter, &closed_walk(&keys, self.frames), &mut console);
        console.finish();
        let painted = painted?;
        let times = self.size_times.map_or_else(|| magnification(&painted[0]), usize::from);
        let behind = painter.config().common.background;
        let shown = |frame: &Picture| match frame.channels() {
            4 if !film.keeps_transparency() => magnified(&as_rgb(frame, behind), times),
            _ => magnified(frame, times),
        };
        let frames: Vec<Picture> = painted.iter().map(shown).collect();
        let mut recipe = painter.picture_recipe(Kind::Walk, self.seed, None, taste);
        recipe.class = way.class.as_ref().map(|class| class.text.clone());
        self.note_walk(&mut recipe, times);
        self.note_way(&mut recipe, &way, &keys);
        write_animation(&self.out, &frames, self.fps, Some(&recipe), Existing::forced(self.force))?;
        Ok(Walked {
            path: self.out.display().to_string(),
            run: painter.run().path().display().to_string(),
            checkpoint: painter.weights_hash().to_owned(),
            frames: frames.len(),
            keys: keys.len(),
            seed: self.seed,
            width: frames[0].width(),
            height: frames[0].height(),
            seconds: frames.len() as f64 / self.fps,
        })
    }

    /// What the walk passes through.
    fn sources(&self) -> Vec<Source> {
        if self.through.is_empty() {
            return painting::seeds(self.seed, self.keys).map(Source::Seed).collect();
        }
        self.through.iter().flat_map(|Sources(all)| all.clone()).collect()
    }

    /// The flags that seeds alone don't need, and the latents that they lead to.
    fn note_way(&self, recipe: &mut PictureRecipe, way: &Way, keys: &[Point]) {
        let mut flags = way.flags();
        if !self.through.is_empty() {
            let through: Vec<String> =
                self.sources().iter().map(|source| typed_path(source.to_string())).collect();
            flags.insert(0, format!("--through {}", through.join(",")));
        }
        if !flags.is_empty() {
            remember(recipe, &flags.join(" "), keys);
        }
    }

    fn note_walk(&self, recipe: &mut PictureRecipe, times: usize) {
        recipe.extra.insert("frames".into(), self.frames.into());
        if self.through.is_empty() {
            recipe.extra.insert("keys".into(), self.keys.into());
        }
        recipe.extra.insert("fps".into(), self.fps.into());
        recipe.extra.insert("size_times".into(), times.into());
    }
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.1..=100.0).contains(&number) => Ok(number),
        _ => Err("it must be a number from 0.1 to 100".into()),
    }
}
