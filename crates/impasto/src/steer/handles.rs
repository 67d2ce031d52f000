//! All that was asked for, made ready, and points turned by it.

use impasto_system::{Monitor, Warning, WarningKind};

use super::SteerError;
use super::axes::Axis;
use super::directions::Directions;
use super::latent::{LatentFile, of_picture};
use super::levels::Levels;
use super::mix::{Mix, Source, mixed};
use super::movement::{Move, moved};
use crate::paint::{Painter, Point, Taste};
use crate::picture::is_picture_file;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wish {
    /// Parts of other points come in, one after the other.
    pub mixes: Vec<Mix>,
    /// Then the point moves along axes.
    pub moves: Vec<Move>,
}

impl Wish {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.mixes.is_empty() && self.moves.is_empty()
    }

    /// It in words, as it may be typed: `mix 17:0.3, move smile=+2`.
    pub fn words(&self) -> String {
        let mixes = self.mixes.iter().map(|mix| format!("mix {mix}"));
        let moves = self.moves.iter().map(|one| format!("move {one}"));
        mixes.chain(moves).collect::<Vec<_>>().join(", ")
    }
}

/// The same, ready to turn points.
#[derive(Debug, Clone, Default)]
pub struct Handles {
    mixes: Vec<(Point, f64, Levels)>,
    moves: Vec<(Axis, f64, Levels)>,
    /// Levels of the model.
    levels: usize,
}

impl Handles {
    /// Finds the points and axes that are named. All points are of these classes, where they are given. What ought to be
    /// known is a warning.
    pub fn new(
        wish: &Wish,
        painter: &Painter,
        classes: Option<&[f32]>,
        taste: Taste,
        monitor: &mut dyn Monitor,
    ) -> Result<Self, SteerError> {
        let levels = painter.skill()?.levels();
        let asked = wish.mixes.iter().map(|mix| mix.levels).chain(wish.moves.iter().map(|one| one.levels));
        for asked in asked {
            check_levels(asked, levels, painter)?;
        }
        let mut mixes = Vec::new();
        for Mix { with, share, levels } in &wish.mixes {
            mixes.push((point_of(with, painter, classes, taste, monitor)?, *share, *levels));
        }
        let moves = if wish.moves.is_empty() { Vec::new() } else { axes(&wish.moves, painter, monitor)? };
        Ok(Self { mixes, moves, levels })
    }

    /// The point, mixed and moved.
    pub fn turn(&self, point: Point) -> Point {
        let mix = |point, (with, share, levels): &(Point, f64, Levels)| {
            mixed(&point, with, *share, *levels, self.levels)
        };
        let point = self.mixes.iter().fold(point, mix);
        self.moves
            .iter()
            .fold(point, |point, (axis, by, levels)| moved(&point, axis, *by, *levels, self.levels))
    }
}

fn check_levels(levels: Levels, count: usize, painter: &Painter) -> Result<(), SteerError> {
    if levels.fit(count) {
        return Ok(());
    }
    let recipe = painter.config().common.recipe.clone();
    Err(SteerError::NoSuchLevels { recipe, levels: levels.to_string(), count })
}

fn axes(
    moves: &[Move],
    painter: &Painter,
    monitor: &mut dyn Monitor,
) -> Result<Vec<(Axis, f64, Levels)>, SteerError> {
    let run = painter.run();
    let directions =
        Directions::of(run)?.ok_or_else(|| SteerError::NoDirections { run: run.path().into() })?;
    if let Some(stale) = directions.staleness(painter) {
        monitor.warn(&Warning::new(WarningKind::Uncertain, stale));
    }
    directions.check(painter)?;
    let axis = |Move { axis, by, levels }: &Move| Ok((directions.axis(axis)?.clone(), *by, *levels));
    moves.iter().map(axis).collect()
}

/// The point that a seed or a file names, of these classes where they are given.
pub fn point_of(
    source: &Source,
    painter: &Painter,
    classes: Option<&[f32]>,
    taste: Taste,
    monitor: &mut dyn Monitor,
) -> Result<Point, SteerError> {
    let mut point = match source {
        Source::Seed(seed) => painter.point(*seed, None, taste)?,
        Source::File(path) if is_picture_file(path) => of_picture(path, painter, monitor)?,
        Source::File(path) => LatentFile::open(path, painter, monitor)?,
    };
    if let Some(classes) = classes {
        point.classes = classes.to_vec();
    }
    Ok(point)
}
