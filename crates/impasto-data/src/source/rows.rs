//! CIFAR-10 as some packages have it: a PNG whose rows are pictures of 32x32 RGB pixels, and beside it a list of
//! labels in JSON (called `lables` in the package that is most used). The sheets `data_batch_1.png` and so on may share
//! one list, `train_lables.json`, and `test_batch.png` has `test_lables.json`.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageReader, RgbImage};

use super::{Found, Payload, Take, cifar, folder, shown};
use crate::decode::{self, Limits};
use crate::error::DataError;
use crate::finding::{Flaw, Kind};

const SIDE: u32 = 32;

/// A PNG of pictures and its labels.
pub(super) struct Sheet {
    png: PathBuf,
    labels: List,
    count: usize,
}

/// Where a sheet's labels are.
struct List {
    path: PathBuf,
    /// The place of the sheet's first label.
    first: usize,
    /// Pictures that the list is for, those of other sheets included.
    of: usize,
}

impl Sheet {
    /// The files it is made of.
    pub(super) fn files(&self) -> [&PathBuf; 2] {
        [&self.png, &self.labels.path]
    }
}

/// The sheet that this file is, if it is one: the right width, and labels beside it.
pub(super) fn sheet(png: &Path) -> Option<Sheet> {
    let stem = png.file_stem()?.to_str()?;
    let count = height(png)?;
    let own = list(png, stem).map(|path| List { path, first: 0, of: count });
    let labels = own.or_else(|| shared(png, stem))?;
    Some(Sheet { png: png.to_path_buf(), labels, count })
}

/// Rows of a PNG of the right width.
fn height(png: &Path) -> Option<usize> {
    if png.extension()? != "png" {
        return None;
    }
    let (width, height) = ImageReader::open(png).ok()?.into_dimensions().ok()?;
    (width == SIDE * SIDE).then_some(height as usize)
}

/// The list of this name beside a sheet.
fn list(png: &Path, name: &str) -> Option<PathBuf> {
    let beside = |ending| png.with_file_name(format!("{name}_{ending}.json"));
    [beside("lables"), beside("labels")].into_iter().find(|path| path.is_file())
}

/// One list for all sheets of the training half, or of the test half, in the order of their names.
fn shared(png: &Path, stem: &str) -> Option<List> {
    let (half, name) = [("data_batch", "train"), ("test_batch", "test")]
        .into_iter()
        .find(|(half, _)| stem.starts_with(half))?;
    let path = list(png, name)?;
    let folder = png.parent().filter(|folder| folder.as_os_str() != "").unwrap_or(Path::new("."));
    let names = folder::file_names(folder).ok()?;
    let (mut first, mut of) = (0, 0);
    for sheet in names.iter().filter(|name| name.starts_with(half)).map(|name| png.with_file_name(name)) {
        if sheet == png {
            first = of;
        }
        of += height(&sheet).unwrap_or(0);
    }
    Some(List { path, first, of })
}

/// The sheets to take from a folder: the training half if both are there.
pub(super) fn sheets(folder: &Path, names: &[String]) -> Vec<Sheet> {
    let all: Vec<Sheet> = names
        .iter()
        .filter(|name| name.ends_with(".png"))
        .filter_map(|name| sheet(&folder.join(name)))
        .collect();
    let (tests, training): (Vec<Sheet>, Vec<Sheet>) =
        all.into_iter().partition(|sheet| shown(&sheet.png).starts_with("test"));
    if training.is_empty() { tests } else { training }
}

/// How many pictures the sheets hold.
pub(super) fn count(sheets: &[Sheet]) -> usize {
    sheets.iter().map(|sheet| sheet.count).sum()
}

/// Hands out the pictures in order, with one sheet in memory at a time.
pub(super) fn each(sheets: &[Sheet], limits: &Limits, take: Take<'_>) -> Result<(), DataError> {
    for sheet in sheets {
        let name = shown(&sheet.png);
        let file = impasto_system::open(&sheet.png).map_err(DataError::read(&sheet.png))?;
        let image = super::bounded(file, limits).and_then(|bytes| decode::open(&bytes, limits));
        let pixels = match image {
            Ok(decoded) => decoded.image.into_rgb8(),
            Err(flaw) => {
                take(Found { name, class: None, payload: Payload::Bad(flaw) })?;
                continue;
            }
        };
        let labels = sheet.labels.read(sheet.count);
        if let Err(flaw) = &labels {
            take(Found {
                name: shown(&sheet.labels.path),
                class: None,
                payload: Payload::Bad(flaw.clone()),
            })?;
        }
        let labels = labels.unwrap_or_default();
        for (index, row) in pixels.chunks_exact((SIDE * SIDE * 3) as usize).enumerate() {
            let Some(image) = RgbImage::from_raw(SIDE, SIDE, row.to_vec()) else { break };
            let class = labels.get(index).map(|&label| cifar::class_name(label));
            let payload = Payload::Pixels(DynamicImage::ImageRgb8(image), "png rows");
            take(Found { name: format!("{name}#{index}"), class, payload })?;
        }
    }
    Ok(())
}

impl List {
    /// The labels of a sheet with so many pictures.
    fn read(&self, count: usize) -> Result<Vec<u64>, Flaw> {
        // No honest list needs more than a few bytes a picture.
        let file = impasto_system::open(&self.path)?.take(64 * (self.of as u64 + 16));
        let labels: Vec<u64> = serde_json::from_reader(BufReader::new(file))
            .map_err(|error| Flaw::new(Kind::Note, format!("cannot read the labels: {error}: left out")))?;
        match labels.get(self.first..self.first + count) {
            Some(own) if labels.len() == self.of => Ok(own.to_vec()),
            _ => {
                let why = format!("{} labels for {} pictures: left out", labels.len(), self.of);
                Err(Flaw::new(Kind::Note, why))
            }
        }
    }
}
