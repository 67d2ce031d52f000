//! One of the two sets that are compared: pictures at a path, or a run.
//!
//! A run that is judged paints its pictures; a run to judge against stands for the pictures that it was trained on.

use impasto_system::Monitor;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use impasto_data::stack::Stack;
use impasto_data::{Channels, DataError, Dataset, Preparation, prepare, typical_size};
use impasto_random::Random;

use super::JudgeError;
use crate::config::{Config, ConfigError, no_toml};
use crate::paint::{Painter, Taste};
use crate::picture::as_rgb;
use crate::run::Run;

/// Where pictures come from.
pub(super) struct Side {
    pub(super) path: PathBuf,
    source: Source,
    /// What is noted beside a stacked set.
    stack: Option<Stack>,
    /// Which ones, of a set of pictures.
    chosen: Vec<u32>,
    /// The first seed, for a run.
    seed: u64,
    count: usize,
    /// Width and height of most of them.
    pub(super) size: [usize; 2],
    pub(super) is_mixed: bool,
}

enum Source {
    Pictures(Box<Dataset>),
    Run(Box<Painter>),
}

/// How pictures of both sides are made equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Common {
    /// Pixels across and down.
    pub(super) size: [usize; 2],
    /// Whether colours are left out.
    pub(super) is_grey: bool,
}

/// What is known of a path before its pictures are opened.
pub(super) struct Place {
    path: PathBuf,
    kind: Kind,
    pub(super) size: [usize; 2],
    pub(super) is_mixed: bool,
}

enum Kind {
    Pictures,
    /// A run that paints.
    Painting(Box<Painter>),
    /// The pictures that a run was trained on, as it saw them.
    TrainedOn(PathBuf, Preparation),
}

impl Place {
    /// The generated side.
    pub(super) fn generated(
        path: &Path,
        checkpoint: Option<&str>,
        device: &Device,
        monitor: &mut dyn Monitor,
    ) -> Result<Self, JudgeError> {
        if !is_run(path) && checkpoint.is_none() {
            return Self::pictures(path);
        }
        let painter = Painter::open(path, checkpoint, device, monitor)?;
        let Preparation { width, height, .. } = painter.config().preparation();
        let kind = Kind::Painting(Box::new(painter));
        Ok(Self { path: path.into(), kind, size: [width, height], is_mixed: false })
    }

    /// The real side.
    pub(super) fn real(path: &Path) -> Result<Self, JudgeError> {
        if !is_run(path) {
            return Self::pictures(path);
        }
        let text = Run::open(path)?.config()?;
        let bad =
            |error: toml::de::Error| ConfigError::Value(format!("{}: {}", path.display(), no_toml(&error)));
        let config = Config::from_table(text.parse().map_err(bad)?)?;
        let preparation = Preparation { flip: false, ..config.preparation() };
        let size = [preparation.width, preparation.height];
        let kind = Kind::TrainedOn(config.common.data.into(), preparation);
        Ok(Self { path: path.into(), kind, size, is_mixed: false })
    }

    /// Where its pictures lie; for a run that paints, the run.
    pub(super) fn data(&self) -> &Path {
        match &self.kind {
            Kind::TrainedOn(data, _) => data,
            _ => &self.path,
        }
    }

    /// Whether its pictures are painted, as many as are asked for.
    pub(super) fn paints(&self) -> bool {
        matches!(self.kind, Kind::Painting(_))
    }

    fn pictures(path: &Path) -> Result<Self, JudgeError> {
        let (size, is_mixed) = typical_size(path)?;
        Ok(Self { path: path.into(), kind: Kind::Pictures, size: [size.0, size.1], is_mixed })
    }

    /// Opens at most `count` pictures, chosen by the seed; `size` is what both sides will be brought to.
    pub(super) fn open(
        self,
        size: [usize; 2],
        count: usize,
        seed: u64,
        monitor: &mut dyn Monitor,
    ) -> Result<Side, JudgeError> {
        let Self { path, kind, size: own, is_mixed } = self;
        let stack = match &kind {
            Kind::Painting(_) => None,
            Kind::Pictures => Stack::of(&path),
            Kind::TrainedOn(data, _) => Stack::of(data),
        };
        let source = match kind {
            Kind::Painting(painter) => Source::Run(painter),
            Kind::Pictures => Source::Pictures(Box::new(Dataset::open(&path, &preparation(size), monitor)?)),
            Kind::TrainedOn(data, preparation) => {
                let lost = |source: DataError| match source {
                    DataError::Cancelled => JudgeError::Cancelled,
                    source => JudgeError::TrainedOn { run: path.clone(), source },
                };
                Source::Pictures(Box::new(Dataset::open(&data, &preparation, monitor).map_err(lost)?))
            }
        };
        let chosen = match &source {
            Source::Pictures(data) => Random::new(seed, "judge", 0).permutation(data.len()),
            Source::Run(_) => Vec::new(),
        };
        let count = if chosen.is_empty() { count } else { count.min(chosen.len()) };
        Ok(Side { path, source, stack, chosen, seed, count, size: own, is_mixed })
    }
}

fn preparation([width, height]: [usize; 2]) -> Preparation {
    Preparation { width, height, ..Preparation::square(width, Channels::Rgb) }
}

fn is_run(path: &Path) -> bool {
    path.join("run.json").exists()
}

impl Side {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Its kind, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self.source {
            Source::Pictures(_) => "pictures",
            Source::Run(_) => "painted by a run",
        }
    }

    /// What names its pictures, wherever they lie.
    pub(super) fn identity(&self) -> String {
        match &self.source {
            Source::Pictures(data) => data.fingerprint().to_owned(),
            Source::Run(painter) => format!("{} {}", painter.run().about().id, painter.weights_hash()),
        }
    }

    /// The names of the classes, and the class of each chosen picture; nothing without classes.
    pub(super) fn classes(&self) -> Option<(Vec<String>, Vec<usize>)> {
        let Source::Pictures(data) = &self.source else { return None };
        let label = |&index: &u32| data.labels()[index as usize] as usize;
        (data.classes().len() > 1)
            .then(|| (data.classes().to_vec(), self.chosen[..self.count].iter().map(label).collect()))
    }

    /// What is noted beside a stacked set.
    pub(super) fn stack(&self) -> Option<&Stack> {
        self.stack.as_ref()
    }

    /// How many pictures it could give.
    pub(super) fn most(&self) -> usize {
        match &self.source {
            Source::Pictures(data) => data.len(),
            Source::Run(_) => usize::MAX,
        }
    }

    /// The names of the classes, and the class of every picture of the set by its number; nothing without classes.
    pub(super) fn labels(&self) -> Option<(&[String], &[u32])> {
        match &self.source {
            Source::Pictures(data) if data.classes().len() > 1 => Some((data.classes(), data.labels())),
            _ => None,
        }
    }

    /// The class that a picture was asked for, or that it lies under.
    pub(super) fn asked(&self, index: usize) -> Option<&str> {
        let (names, class) = match &self.source {
            Source::Pictures(data) => {
                (data.classes(), *data.labels().get(self.chosen[index] as usize)? as usize)
            }
            Source::Run(painter) => {
                (painter.classes(), painter.class_of(self.seed.wrapping_add(index as u64))?)
            }
        };
        names.get(class).map(String::as_str)
    }

    /// Pictures of the set by their numbers, made equal; none of a run.
    pub(super) fn numbered(
        &self,
        numbers: &[u32],
        common: Common,
    ) -> Result<Vec<impasto_data::Picture>, JudgeError> {
        let Source::Pictures(data) = &self.source else { return Ok(Vec::new()) };
        let batch = data.plain(numbers)?;
        Ok((0..batch.count).map(|at| common.bring(&batch.picture(at))).collect())
    }

    /// What was noticed about single pictures: those that were left out.
    pub(super) fn left_out(&self) -> Vec<String> {
        let Source::Pictures(data) = &self.source else { return Vec::new() };
        let bad = data.findings().iter().filter(|finding| finding.kind.is_bad());
        bad.map(|finding| format!("{}: {}", finding.path, finding.why)).collect()
    }

    /// The name of a picture: its path from the root of the set, or its seed.
    pub(super) fn name(&self, index: usize) -> String {
        match &self.source {
            Source::Pictures(data) => data.names()[self.chosen[index] as usize].clone(),
            Source::Run(_) => format!("seed {}", self.seed.wrapping_add(index as u64)),
        }
    }

    /// These pictures, made equal.
    pub(super) fn pictures(
        &self,
        indices: impl Iterator<Item = usize>,
        common: Common,
    ) -> Result<Vec<impasto_data::Picture>, JudgeError> {
        let Source::Run(painter) = &self.source else {
            return self.numbered(&indices.map(|index| self.chosen[index]).collect::<Vec<u32>>(), common);
        };
        let point = |index| painter.point(self.seed.wrapping_add(index as u64), None, Taste::default());
        let pictures = painter.paint(&indices.map(point).collect::<Result<Vec<_>, _>>()?)?;
        Ok(pictures.into_iter().map(|picture| common.bring(&picture)).collect())
    }

    /// Paintings on the way from one latent to another, at each of these places and a step further; nothing where the side
    /// is no run. `first` is the number of the first of these ways.
    pub(super) fn neighbours(
        &self,
        first: usize,
        places: &[f64],
        step: f64,
        common: Common,
    ) -> Result<Option<[Vec<impasto_data::Picture>; 2]>, JudgeError> {
        let Source::Run(painter) = &self.source else { return Ok(None) };
        let seed = |number: usize| self.seed.wrapping_add(number as u64);
        let at = |(number, place): (usize, f64)| -> Result<_, JudgeError> {
            // The class stays: it is the latents that are walked along.
            let (from, to) = (seed(2 * number), seed(2 * number + 1));
            let class = painter.class_of(from);
            let [from, to] = [from, to].map(|seed| painter.point(seed, class, Taste::default()));
            Ok(from?.towards(&to?, place))
        };
        let [one, other] = [0.0, step].map(|further| -> Result<_, JudgeError> {
            let places = places.iter().enumerate().map(|(number, place)| (first + number, place + further));
            let points = places.map(at).collect::<Result<Vec<_>, _>>()?;
            Ok(painter.paint(&points)?.iter().map(|picture| common.bring(picture)).collect())
        });
        Ok(Some([one?, other?]))
    }

    /// Whether its pictures have no colours, by a look at some of them.
    pub(super) fn is_grey(&self, size: [usize; 2]) -> Result<bool, JudgeError> {
        const LOOKED_AT: usize = 128;
        let common = Common { size, is_grey: false };
        let some = self.pictures(0..LOOKED_AT.min(self.count), common)?;
        let is_grey = |pixel: &[u8]| pixel.iter().all(|&channel| channel.abs_diff(pixel[0]) <= 2);
        Ok(some.iter().all(|picture| picture.pixels().chunks_exact(3).all(is_grey)))
    }
}

impl Common {
    /// A picture as the others are: RGB, of one size.
    pub(super) fn bring(self, picture: &impasto_data::Picture) -> impasto_data::Picture {
        let rgb = as_rgb(picture, [255; 3]);
        let mut picture = prepare(rgb, &preparation(self.size));
        if self.is_grey {
            for pixel in picture.pixels_mut().chunks_exact_mut(3) {
                pixel.fill(crate::measure::luma(pixel));
            }
        }
        picture
    }
}

/// The picture in a mirror.
pub(super) fn mirrored(picture: &impasto_data::Picture) -> impasto_data::Picture {
    let (width, channels) = (picture.width(), picture.channels());
    let rows = picture.pixels().chunks_exact(width * channels);
    let pixels = rows.flat_map(|row| row.rchunks_exact(channels).flatten().copied()).collect();
    impasto_data::Picture::new(width, picture.height(), channels, pixels)
}
