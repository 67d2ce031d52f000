//! From a painted picture back to the run, the checkpoint and the order that it came from.

use std::path::{Path, PathBuf};

use impasto_system::{Monitor, Warning, WarningKind};

use super::{How, Order, RepaintRequest};
use crate::error::{Action, Error, ErrorKind, Hint, Result};
use crate::jobs::steering::{Steering, seeds};
use crate::jobs::{Choice, UseRun, Workshop};
use crate::paint::Painter;
use crate::picture::{Kind, PictureRecipe, png_size, read_recipe, square_columns};
use crate::recipe::Prior;
use crate::run::{Run, images_name, runs_in, weights_hash};
use crate::steer::remembered;

impl RepaintRequest {
    /// The painter and what it is to paint.
    pub(super) fn find(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<(Painter, Order)> {
        let picture = self.picture.as_path();
        let recipe = read_recipe(picture)?;
        let sheet = grid(picture, &recipe)?;
        let (run, checkpoint) = match &self.run {
            Some(run) => (run.clone(), checkpoint_of(&Run::open(run)?, &recipe)?),
            None => search(&self.runs, &recipe)?,
        };
        if recipe.version != env!("CARGO_PKG_VERSION") {
            let sentence = format!(
                "it was painted by Impasto {}; this version may paint it a little otherwise",
                recipe.version
            );
            monitor.warn(&Warning::new(WarningKind::Uncertain, sentence));
        }
        let painter = UseRun { path: run, checkpoint: Some(checkpoint) }.open(workshop, monitor)?;
        if let Some(grid) = sheet {
            check_room(picture, grid, &painter)?;
        }
        let count = sheet.map_or(1, |[count, _]| count);
        let sources = seeds(recipe.seed, count).collect();
        let held = remembered(&recipe, &painter)
            .map_err(|why| corrupt(format!("the latent in {} cannot be used: {why}", picture.display())))?;
        let (how, held) = match held {
            Some(points) if points.len() == count => {
                let recipe = PictureRecipe { version: env!("CARGO_PKG_VERSION").to_owned(), ..recipe };
                (How::Again(Box::new(recipe)), points)
            }
            Some(points) => {
                let (shown, held) = (picture.display(), points.len());
                return Err(corrupt(format!("{shown} should hold {count} latents and holds {held}")));
            }
            None => (How::Steered(steering_of(&recipe).open(&painter, monitor)?), Vec::new()),
        };
        Ok((painter, Order { sources, how, held, sheet: sheet.map(|[_, columns]| columns) }))
    }
}

/// How a picture was steered that was painted from a seed.
fn steering_of(recipe: &PictureRecipe) -> Steering {
    let prior = Prior::named(&recipe.prior).unwrap_or(Prior::Fitted);
    Steering { class: recipe.class.clone(), truncation: recipe.truncation, prior, ..Steering::default() }
}

/// The pictures and the columns of a sheet; none for a single picture.
fn grid(picture: &Path, recipe: &PictureRecipe) -> Result<Option<[usize; 2]>> {
    let shown = picture.display();
    match recipe.kind {
        Kind::Sample => Ok(None),
        Kind::Sheet => match number(recipe, "count") {
            Some(count) => {
                Ok(Some([count, number(recipe, "columns").unwrap_or_else(|| square_columns(count))]))
            }
            None => Err(Error::refused(format!(
                "{shown} was painted during a training, and only pictures that were sampled can be painted again"
            ))),
        },
        Kind::Walk => Err(Error::refused(format!("{shown} is a walk")).hint(see(picture))),
        Kind::Made => Err(Error::refused(format!("{shown} was made of other pictures")).hint(see(picture))),
        Kind::Other => Err(Error::unreadable(format!(
            "{shown} is of a kind that this version doesn't know; update this program"
        ))),
    }
}

/// How to see the way in which it was made.
fn see(picture: &Path) -> Hint {
    Hint::new("see how it was made", Action::ShowPicture { picture: picture.to_path_buf() })
}

fn number(recipe: &PictureRecipe, key: &str) -> Option<usize> {
    let number = recipe.extra.get(key)?.as_u64()?;
    usize::try_from(number).ok().filter(|number| *number > 0)
}

/// Refuses a sheet that can't hold what its recipe says: that is painted only where the sheet shows that it was once.
fn check_room(picture: &Path, [count, columns]: [usize; 2], painter: &Painter) -> Result<()> {
    let ([width, height], [wide, high]) = (super::size(painter), png_size(picture)?);
    let most = ((wide / width.max(1)) * (high / height.max(1))).min(super::most(painter, Some(columns)));
    if count <= most {
        return Ok(());
    }
    Err(corrupt(format!(
        "the recipe in {} says that it is a sheet of {} pictures of {width} x {height}, and {wide} x {high} pixels hold {} at \
         most: give the sheet as it was written",
        picture.display(),
        count,
        most
    )))
}

fn corrupt(sentence: String) -> Error {
    Error::new(ErrorKind::Corrupt, sentence)
}

/// The name of the checkpoint with the very weights that painted the picture.
fn checkpoint_of(run: &Run, recipe: &PictureRecipe) -> Result<String> {
    let all = run.checkpoints();
    let same = |path: &PathBuf| weights_hash(path).is_ok_and(|hash| hash == recipe.checkpoint);
    if let Some((images, _)) = all.iter().find(|(_, path)| same(path)) {
        return Ok(images_name(*images));
    }
    let names: Vec<String> = all.iter().map(|(images, _)| images_name(*images)).collect();
    let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(Error::missing(format!(
        "the checkpoint that painted it ({}, weights {}) is not in {}; there are: {there}; a training keeps its newest \
         only, unless its setting keep_checkpoints is 0",
        images_name(recipe.images),
        recipe.checkpoint,
        run.path().display()
    )))
}

/// Equal trainings have the same id; any of them will do that has the checkpoint.
fn search(runs: &Path, recipe: &PictureRecipe) -> Result<(PathBuf, String)> {
    let all = runs_in(runs)?.into_iter().filter_map(|summary| Run::open(&summary.path).ok());
    let mut gone = None;
    for run in all.filter(|run| run.about().id == recipe.run) {
        match checkpoint_of(&run, recipe) {
            Ok(checkpoint) => return Ok((run.path().to_path_buf(), checkpoint)),
            Err(error) => gone = Some(error),
        }
    }
    Err(gone.unwrap_or_else(|| {
        Error::missing(format!("no run in {} has the id {}", runs.display(), recipe.run)).hint(Hint::set(
            "look elsewhere",
            "runs",
            Some("FOLDER"),
        ))
    }))
}
