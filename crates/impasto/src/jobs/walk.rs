//! A film that wanders through what a run has learned and ends where it began.

use std::path::PathBuf;

use impasto_data::Picture;
use impasto_system::{Existing, Monitor, make_room};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::steering::{Steering, paint, seeds};
use super::{Job, RunUsed, UseRun, Workshop};
use crate::error::{Error, Result};
use crate::paint::{Painter, Point, closed_walk};
use crate::picture::{
    Film, Kind, PictureRecipe, SETTINGS, as_rgb, magnification, magnified, write_animation,
};
use crate::steer::{Source, remember};

/// Paint a film: a walk from picture to picture, and back to the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalkRequest {
    /// The run to paint from.
    pub run: UseRun,
    /// The film: `.gif`, `.png` or `.mp4`.
    pub out: PathBuf,
    /// How many frames.
    #[serde(default = "frames")]
    pub frames: usize,
    /// How many pictures it passes through.
    #[serde(default = "keys")]
    pub keys: usize,
    /// The seed of the first picture.
    #[serde(default = "super::first_seed")]
    pub seed: u64,
    /// Pass through these instead.
    #[serde(default)]
    pub through: Vec<Source>,
    /// How they are steered.
    #[serde(default)]
    pub steering: Steering,
    /// Frames in a second.
    #[serde(default = "fps")]
    pub fps: f64,
    /// How large each pixel is shown; by itself once, more for tiny pictures.
    #[serde(default)]
    pub size_times: Option<usize>,
    /// Whether the file may be overwritten.
    #[serde(default)]
    pub force: bool,
}

/// What was painted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WalkReport {
    /// The film.
    pub path: String,
    /// From which run.
    #[serde(flatten)]
    pub run: RunUsed,
    /// How many frames it has.
    pub frames: usize,
    /// How many pictures it passes through.
    pub keys: usize,
    /// The seed of the first.
    pub seed: u64,
    /// Pixels across,
    pub width: usize,
    /// and down.
    pub height: usize,
    /// How long it is.
    pub seconds: f64,
}

/// No film has more frames, or passes through more pictures.
const MOST: usize = 1_000_000;

fn frames() -> usize {
    60
}

fn keys() -> usize {
    6
}

fn fps() -> f64 {
    20.0
}

impl Job for WalkRequest {
    const NAME: &'static str = "walk";
    type Report = WalkReport;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        self.check()?;
        // Before anything is painted: whether this file may be written at all.
        let film = Film::for_path(&self.out, self.force)?;
        let painter = self.run.open(workshop, monitor)?;
        let (keys, mut recipe) = self.keys(&painter, monitor)?;
        make_room(&self.out)?;
        let painted = paint(&painter, &closed_walk(&keys, self.frames), monitor)?;
        let times = self.size_times.unwrap_or_else(|| magnification(&painted[0]));
        let frames = shown(&painted, film, painter.config().common.background, times);
        recipe.extra.insert(SETTINGS.into(), self.settings(times));
        write_animation(&self.out, &frames, self.fps, Some(&recipe), Existing::forced(self.force))?;
        Ok(WalkReport {
            path: self.out.display().to_string(),
            run: RunUsed::of(&painter),
            frames: frames.len(),
            keys: keys.len(),
            seed: self.seed,
            width: frames[0].width(),
            height: frames[0].height(),
            seconds: frames.len() as f64 / self.fps,
        })
    }
}

impl WalkRequest {
    fn check(&self) -> Result<()> {
        let counts = [self.frames, self.keys];
        match () {
            () if !counts.iter().all(|count| (1..=MOST).contains(count)) => {
                Err(Error::usage(format!("frames and keys must be from 1 to {MOST}")))
            }
            () if !(0.1..=100.0).contains(&self.fps) => Err(Error::usage("fps must be from 0.1 to 100")),
            () if self.size_times.is_some_and(|times| !(1..=64).contains(&times)) => {
                Err(Error::usage("size_times must be from 1 to 64"))
            }
            () => Ok(()),
        }
    }

    /// The points that it passes through, and what a film of them carries.
    fn keys(&self, painter: &Painter, monitor: &mut dyn Monitor) -> Result<(Vec<Point>, PictureRecipe)> {
        let steered = self.steering.open(painter, monitor)?;
        let sources = match &self.through[..] {
            [] => seeds(self.seed, self.keys).collect(),
            through => through.to_vec(),
        };
        steered.check_taste(&sources, monitor)?;
        let point = |source| steered.point(source, painter, monitor);
        let keys: Vec<Point> = sources.iter().map(point).collect::<Result<_>>()?;
        let mut recipe = painter.picture_recipe(Kind::Walk, self.seed, None, steered.taste);
        recipe.class = steered.class.clone();
        // What seeds alone don't say.
        if let Some(words) = steered.words(&sources[0]) {
            let words = if keys.len() > 1 { format!("{words} (the first)") } else { words };
            remember(&mut recipe, &words, &keys);
        }
        Ok((keys, recipe))
    }

    /// What decided it, beside the run, the seed, the class and how latents were drawn.
    fn settings(&self, times: usize) -> Value {
        let mut settings = Map::new();
        let mut set = |key: &str, value: Value| settings.insert(key.to_owned(), value);
        set("frames", json!(self.frames));
        match &self.through[..] {
            [] => set("keys", json!(self.keys)),
            through => set("through", json!(through)),
        };
        set("fps", json!(self.fps));
        set("size_times", json!(times));
        let lists = [("mix", json!(self.steering.mix)), ("move", json!(self.steering.moves))];
        for (key, list) in lists.into_iter().filter(|(_, list)| *list != json!([])) {
            set(key, list);
        }
        settings.into()
    }
}

/// Frames as the film shows them.
fn shown(painted: &[Picture], film: Film, behind: [u8; 3], times: usize) -> Vec<Picture> {
    let shown = |frame: &Picture| match frame.channels() {
        4 if !film.keeps_transparency() => magnified(&as_rgb(frame, behind), times),
        _ => magnified(frame, times),
    };
    painted.iter().map(shown).collect()
}
