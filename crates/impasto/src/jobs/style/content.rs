//! What is painted with a run: pictures that stand still, and films, which may be longer than the memory.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::jobs::open::{LARGEST, unreadable};
use crate::picture::{
    Film, FilmToRead, FilmToWrite, Origin, PictureRecipe, Rate, is_film, with_channels, write_painting,
    write_timed,
};
use crate::style::sized;
use impasto_data::{Channels, Frame, Limits, Picture, decode, frames};
use impasto_system::{Existing, read_bounded};

/// How contents are opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// The colours that the run knows,
    pub(super) channels: Channels,
    /// what lies behind transparent places where it knows no transparency,
    pub(super) background: [u8; 3],
    /// and the longest side, if one was asked for.
    pub(super) size: Option<usize>,
}

impl Seen {
    /// A frame of which colours are multiplied by alpha.
    fn see(self, picture: &Picture) -> Picture {
        let picture = self.size.map_or_else(|| picture.clone(), |size| sized(picture, size));
        picture.straight()
    }

    /// A frame of a film, which is opaque.
    fn see_film(self, frame: &Picture) -> Picture {
        self.see(&with_channels(frame, self.channels.count(), self.background))
    }
}

/// A content that was opened.
pub(super) struct Content {
    path: PathBuf,
    pub(super) origin: Origin,
    /// The first frame, as it is painted.
    pub(super) first: Picture,
    moves: Moves,
    seen: Seen,
}

/// Whether it moves.
enum Moves {
    Not,
    /// Each frame has its time: GIF and animated PNG.
    Frames(Vec<Frame>),
    Film(FilmToRead),
}

impl Content {
    pub(super) fn open(path: &Path, seen: Seen) -> Result<Self> {
        let path = path.to_path_buf();
        if is_film(&path) {
            let origin = Origin::of_file(&path)?;
            let (film, first) = FilmToRead::open(&path)?;
            let first = seen.see_film(&first);
            return Ok(Self { path, origin, first, moves: Moves::Film(film), seen });
        }
        let bytes = read_bounded(&path, LARGEST)?;
        let origin = Origin::of(&path, &bytes);
        let (Seen { channels, background, .. }, limits) = (seen, Limits::default());
        let flawed = |flaw| unreadable(&path, &flaw);
        let (first, moves) = match frames(&bytes, channels, background, &limits).map_err(flawed)? {
            Some(frames) => (seen.see(&frames[0].picture), Moves::Frames(frames)),
            None => (seen.see(&decode(&bytes, channels, background, &limits).map_err(flawed)?), Moves::Not),
        };
        Ok(Self { path, origin, first, moves, seen })
    }

    /// How many frames it has, about; 0 where nobody knows.
    pub(super) fn count(&self) -> usize {
        match &self.moves {
            Moves::Not => 1,
            Moves::Frames(frames) => frames.len(),
            Moves::Film(film) => film.count,
        }
    }

    pub(super) fn moves(&self) -> bool {
        !matches!(self.moves, Moves::Not)
    }

    /// Its result's ending, where nothing else is said.
    pub(super) fn ending(&self) -> &'static str {
        match self.moves {
            Moves::Film(_) => "mp4",
            Moves::Frames(_) if Film::named(&self.path) == Some(Film::Gif) => "gif",
            _ => "png",
        }
    }

    /// All frames, as they are painted.
    pub(super) fn frames(&self) -> Result<Box<dyn Iterator<Item = Result<Picture>> + '_>> {
        let seen = self.seen;
        Ok(match &self.moves {
            Moves::Not => Box::new(std::iter::once(Ok(self.first.clone()))),
            Moves::Frames(frames) => Box::new(frames.iter().map(move |frame| Ok(seen.see(&frame.picture)))),
            Moves::Film(film) => Box::new(film.frames()?.map(move |frame| Ok(seen.see_film(&frame?)))),
        })
    }

    /// Frames of a second, where all stay for the same time.
    fn rate(&self) -> Option<Rate> {
        match &self.moves {
            Moves::Not => None,
            Moves::Film(film) => Some(film.rate),
            Moves::Frames(frames) => {
                let time = frames[0].milliseconds;
                let even = time > 0.0 && frames.iter().all(|frame| (frame.milliseconds - time).abs() < 1e-6);
                even.then(|| Rate::of(1000.0 / time))
            }
        }
    }

    /// For how long a frame is shown, in milliseconds.
    fn time(&self, frame: usize) -> f64 {
        match &self.moves {
            Moves::Not => 0.0,
            Moves::Film(film) => 1000.0 / film.rate.per_second(),
            Moves::Frames(frames) => frames[frame].milliseconds,
        }
    }

    /// Whether the film can be written to this file: to be asked before frames are painted.
    pub(super) fn check_place(&self, place: &Path, force: bool) -> Result<()> {
        let film = Film::for_path(place, force)?;
        if film == Film::Mp4 && self.rate().is_none() {
            return Err(Error::usage(format!(
                "each frame of {} has a time of its own, which MP4 can't keep: name the file .gif or .png",
                self.path.display()
            )));
        }
        let (area, most) = (self.first.width() * self.first.height(), Limits::default().pixels);
        if film != Film::Mp4 && (area * self.count()) as u64 > most {
            return Err(Error::refused(format!(
                "{} has {} frames, more than fit into memory together, as .gif and .png need them: name the file .mp4, or make \
                 it smaller",
                self.path.display(),
                self.count()
            )));
        }
        Ok(())
    }
}

/// Where a painted content goes.
pub(super) struct Canvas<'a> {
    content: &'a Content,
    place: &'a Path,
    recipe: &'a PictureRecipe,
    existing: Existing,
    /// The rate of an MP4 file, which takes frame by frame,
    rate: Option<Rate>,
    film: Option<FilmToWrite>,
    /// and what any other file keeps until the end.
    kept: Vec<Picture>,
    count: usize,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(
        content: &'a Content,
        place: &'a Path,
        recipe: &'a PictureRecipe,
        existing: Existing,
    ) -> Self {
        let rate = content.rate().filter(|_| Film::named(place) == Some(Film::Mp4));
        Self { content, place, recipe, existing, rate, film: None, kept: Vec::new(), count: 0 }
    }

    pub(super) fn add(&mut self, frame: Picture) -> Result<()> {
        self.count += 1;
        let Some(rate) = self.rate else {
            self.kept.push(frame);
            return Ok(());
        };
        let film = match &mut self.film {
            Some(film) => film,
            None => {
                let sound = matches!(self.content.moves, Moves::Film(_)).then_some(&*self.content.path);
                self.film.insert(FilmToWrite::begin(
                    self.place,
                    &frame,
                    rate,
                    sound,
                    Some(self.recipe),
                    self.existing,
                )?)
            }
        };
        Ok(film.add(&frame)?)
    }

    /// Writes what there is, and tells how many frames that are.
    pub(super) fn finish(self) -> Result<usize> {
        match (self.film, self.kept.as_slice()) {
            (Some(film), _) => film.finish()?,
            (None, [only]) if !self.content.moves() => {
                write_painting(self.place, only, self.recipe, self.existing)?
            }
            (None, kept) => {
                let times: Vec<f64> = (0..kept.len()).map(|frame| self.content.time(frame)).collect();
                write_timed(self.place, kept, &times, Some(self.recipe), self.existing)?;
            }
        }
        Ok(self.count)
    }
}
