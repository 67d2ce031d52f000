//! CIFAR-10 as some packages have it: a PNG whose rows are pictures of 32x32 RGB pixels, and beside it a list of
//! labels in JSON (called `lables` in the package that is most used).

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageReader, RgbImage};

use super::{Found, Payload, Take, cifar, shown};
use crate::decode::{self, Limits};
use crate::error::DataError;
use crate::finding::{Flaw, Kind};

const SIDE: u32 = 32;

/// A PNG of pictures and its labels.
pub(super) struct Sheet {
    png: PathBuf,
    labels: PathBuf,
    count: usize,
}

impl Sheet {
    /// The files it is made of.
    pub(super) fn files(&self) -> [&PathBuf; 2] {
        [&self.png, &self.labels]
    }
}

/// The sheet that this file is, if it is one: the right width, and labels beside it.
pub(super) fn sheet(png: &Path) -> Option<Sheet> {
    if png.extension()? != "png" {
        return None;
    }
    let stem = png.file_stem()?.to_str()?;
    let beside = |ending| png.with_file_name(format!("{stem}_{ending}.json"));
    let labels = [beside("lables"), beside("labels")].into_iter().find(|path| path.is_file())?;
    let (width, height) = ImageReader::open(png).ok()?.into_dimensions().ok()?;
    (width == SIDE * SIDE).then(|| Sheet { png: png.to_path_buf(), labels, count: height as usize })
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
        let bytes = fs::read(&sheet.png).map_err(DataError::read(&sheet.png))?;
        let pixels = match decode::open(&bytes, limits) {
            Ok(image) => image.into_rgb8(),
            Err(flaw) => {
                take(Found { name, class: None, payload: Payload::Bad(flaw) })?;
                continue;
            }
        };
        let labels = labels(&sheet.labels, sheet.count);
        if let Err(flaw) = &labels {
            take(Found { name: shown(&sheet.labels), class: None, payload: Payload::Bad(flaw.clone()) })?;
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

fn labels(path: &Path, count: usize) -> Result<Vec<u64>, Flaw> {
    // No honest list needs more than a few bytes a picture.
    let file = File::open(path)?.take(64 * (count as u64 + 16));
    let labels: Vec<u64> = serde_json::from_reader(BufReader::new(file))
        .map_err(|error| Flaw::new(Kind::Note, format!("cannot read the labels: {error}: left out")))?;
    if labels.len() == count {
        return Ok(labels);
    }
    Err(Flaw::new(Kind::Note, format!("{} labels for {count} pictures: left out", labels.len())))
}
