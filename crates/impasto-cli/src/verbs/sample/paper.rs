//! Painted pictures on their way into files: their names, their recipes, and nothing overwritten.

use std::path::{Path, PathBuf};

use anyhow::Result;
use impasto::paint::{AT_ONCE, Painter};
use impasto::picture::{Kind, PictureError, PictureRecipe, contact_sheet, write_painting, write_paintings};
use impasto::run::atomic::make_folders;

use super::{File, Order, is_png};
use crate::painting::{paint, points, seeds};
use crate::progress::Progress;
use crate::voice::Voice;

/// Who paints what, and how the files are called.
pub(super) struct Paper<'a> {
    pub(super) painter: &'a Painter,
    pub(super) order: &'a Order,
    /// The class that was asked for: it stands in the names.
    pub(super) class: Option<&'a str>,
    pub(super) force: bool,
}

impl Paper<'_> {
    /// Paints into a folder, or into one file.
    pub(super) fn write(&self, target: &Path, voice: &Voice) -> Result<Vec<File>> {
        let seeds: Vec<u64> = seeds(self.order.seed, self.order.count).collect();
        let paths = self.paths(target, &seeds);
        // All of them before any is painted: a refusal leaves nothing half done.
        paths.iter().try_for_each(|path| self.refuse_existing(path))?;
        if let Some(folder) =
            paths.first().and_then(|path| path.parent()).filter(|path| *path != Path::new(""))
        {
            make_folders(folder)?;
        }
        let mut progress = Progress::new(voice);
        let written = match self.order.sheet {
            Some(columns) => self.write_sheet(&paths[0], &seeds, columns, &mut progress),
            None => self.write_each(&paths, &seeds, &mut progress),
        };
        progress.finish();
        written
    }

    fn paths(&self, target: &Path, seeds: &[u64]) -> Vec<PathBuf> {
        match self.order.sheet {
            _ if is_png(target) => vec![target.to_path_buf()],
            Some(_) => vec![target.join("sheet.png")],
            None => seeds.iter().map(|seed| target.join(self.name(*seed))).collect(),
        }
    }

    /// `000007.png`, or `sunflower-000007.png`.
    fn name(&self, seed: u64) -> String {
        match self.class {
            Some(class) => {
                let safe = |letter: char| if letter.is_alphanumeric() { letter } else { '-' };
                format!("{}-{seed:06}.png", class.chars().map(safe).collect::<String>())
            }
            None => format!("{seed:06}.png"),
        }
    }

    fn refuse_existing(&self, path: &Path) -> Result<(), PictureError> {
        match path.exists() && !self.force {
            true => Err(PictureError::Exists { path: path.to_path_buf() }),
            false => Ok(()),
        }
    }

    fn write_each(&self, paths: &[PathBuf], seeds: &[u64], progress: &mut Progress) -> Result<Vec<File>> {
        let mut files = Vec::with_capacity(seeds.len());
        for (paths, some) in paths.chunks(AT_ONCE).zip(seeds.chunks(AT_ONCE)) {
            let points = points(self.painter, some.iter().copied(), self.order.class, self.order.taste)?;
            let painted = paint(self.painter, &points, &mut |_| ())?;
            let recipes: Vec<PictureRecipe> =
                some.iter().map(|&seed| self.recipe(Kind::Sample, seed)).collect();
            let paintings: Vec<_> = paths
                .iter()
                .zip(&painted)
                .zip(&recipes)
                .map(|((path, picture), recipe)| (path.as_path(), picture, recipe))
                .collect();
            write_paintings(&paintings)?;
            files.extend(paths.iter().zip(recipes).map(|(path, PictureRecipe { seed, class, .. })| File {
                path: path.display().to_string(),
                seed,
                class,
                pictures: 1,
            }));
            progress.count("painted", files.len(), seeds.len());
        }
        Ok(files)
    }

    fn write_sheet(
        &self,
        path: &Path,
        seeds: &[u64],
        columns: usize,
        progress: &mut Progress,
    ) -> Result<Vec<File>> {
        let points = points(self.painter, seeds.iter().copied(), self.order.class, self.order.taste)?;
        let told = &mut |done| progress.count("painted", done, seeds.len());
        let painted = paint(self.painter, &points, told)?;
        let mut recipe = self.recipe(Kind::Sheet, self.order.seed);
        recipe.extra.insert("count".into(), seeds.len().into());
        recipe.extra.insert("columns".into(), columns.into());
        write_painting(path, &contact_sheet(&painted, columns), &recipe)?;
        let path = path.display().to_string();
        Ok(vec![File { path, seed: self.order.seed, class: recipe.class, pictures: seeds.len() }])
    }

    fn recipe(&self, kind: Kind, seed: u64) -> PictureRecipe {
        self.painter.picture_recipe(kind, seed, self.order.class, self.order.taste)
    }
}
