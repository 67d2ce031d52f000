//! CIFAR-10 as some packages have it: a PNG whose rows are pictures of 32x32 RGB pixels, and beside it a list of
//! labels in JSON (called `lables` in the package that is most used). The sheets `data_batch_1.png` and so on may share
//! one list, `train_lables.json`, and `test_batch.png` has `test_lables.json`.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use image::{DynamicImage, RgbImage};

use super::{Found, Payload, Take, cifar, folder, shown};
use crate::decode::{self, Decoded, Limits};
use crate::error::DataError;
use crate::finding::{Flaw, Kind};

const SIDE: u32 = 32;
/// More rows than fit into the largest picture.
const MOST_ROWS: u32 = 100_000;
/// The sheets that may share a list, and whose it is.
const HALVES: [(&str, &str); 2] = [("data_batch", "train"), ("test_batch", "test")];

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
pub(super) fn sheet(png: &Path) -> Result<Option<Sheet>, DataError> {
    if rows(png).is_none() {
        return Ok(None);
    }
    let beside = png.parent().filter(|folder| folder.as_os_str() != "").unwrap_or(Path::new("."));
    let names = folder::file_names(beside)?;
    Ok(all(beside, &names).into_iter().find(|sheet| sheet.png.file_name() == png.file_name()))
}

/// All sheets in a folder, in the order of their names. Every file is looked at once, and none where there are no lists.
fn all(folder: &Path, names: &[String]) -> Vec<Sheet> {
    let lists: HashSet<&str> = names.iter().map(String::as_str).filter(|name| is_list(name)).collect();
    if lists.is_empty() {
        return Vec::new();
    }
    let sheets: Vec<(&str, usize)> = names
        .iter()
        .filter_map(|name| Some((name.strip_suffix(".png")?, rows(&folder.join(name))?)))
        .collect();
    let mut before = [0; HALVES.len()];
    let of = HALVES.map(|(half, _)| {
        sheets.iter().filter(|(stem, _)| stem.starts_with(half)).map(|(_, rows)| rows).sum()
    });
    let mut found = Vec::new();
    for (stem, count) in sheets {
        let half = HALVES.iter().position(|(half, _)| stem.starts_with(half));
        let own = list(&lists, stem).map(|name| (name, 0, count));
        let shared = || half.and_then(|half| Some((list(&lists, HALVES[half].1)?, before[half], of[half])));
        if let Some((name, first, of)) = own.or_else(shared) {
            let labels = List { path: folder.join(name), first, of };
            found.push(Sheet { png: folder.join(format!("{stem}.png")), labels, count });
        }
        if let Some(half) = half {
            before[half] += count;
        }
    }
    found
}

/// Rows of a PNG of the right width; its head says so.
fn rows(png: &Path) -> Option<usize> {
    if png.extension()? != "png" {
        return None;
    }
    let mut head = [0; 24];
    impasto_system::open(png).ok()?.read_exact(&mut head).ok()?;
    let [width, height] =
        [&head[16..20], &head[20..]].map(|side| side.try_into().map_or(0, u32::from_be_bytes));
    let is_sheet = head.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR") && width == SIDE * SIDE;
    (is_sheet && (1..=MOST_ROWS).contains(&height)).then_some(height as usize)
}

fn is_list(name: &str) -> bool {
    name.ends_with("_lables.json") || name.ends_with("_labels.json")
}

/// The list of this name.
fn list(lists: &HashSet<&str>, name: &str) -> Option<String> {
    let of = |ending| format!("{name}_{ending}.json");
    [of("lables"), of("labels")].into_iter().find(|name| lists.contains(name.as_str()))
}

/// The sheets to take from a folder: the training half if both are there.
pub(super) fn sheets(folder: &Path, names: &[String]) -> Vec<Sheet> {
    let (tests, training): (Vec<Sheet>, Vec<Sheet>) =
        all(folder, names).into_iter().partition(|sheet| shown(&sheet.png).starts_with("test"));
    if training.is_empty() { tests } else { training }
}

/// How many pictures the sheets hold.
pub(super) fn count(sheets: &[Sheet]) -> usize {
    sheets.iter().map(|sheet| sheet.count).sum()
}

/// Hands out the pictures in order, with one sheet in memory at a time.
pub(super) fn each(sheets: &[Sheet], limits: &Limits, take: Take<'_>) -> Result<(), DataError> {
    let mut lists = Lists::default();
    for sheet in sheets {
        let name = shown(&sheet.png);
        let pixels = match decoded(&sheet.png, limits) {
            Ok(decoded) => decoded.image.into_rgb8(),
            Err(flaw) => {
                take(Found { name, class: None, payload: Payload::Bad(flaw) })?;
                continue;
            }
        };
        let labels = lists.labels(sheet).map(<[u64]>::to_vec);
        if let Err(flaw) = &labels {
            let payload = Payload::Bad(flaw.clone());
            take(Found { name: shown(&sheet.labels.path), class: None, payload })?;
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

/// A sheet in memory. What is taken from it is decoded while it is there, so that it holds no part of the budget: those
/// who decode would wait for it for ever.
fn decoded(png: &Path, limits: &Limits) -> Result<Decoded, Flaw> {
    let (bytes, held) = decode::read_file(png, limits)?;
    let mut decoded = decode::open(&bytes, limits)?;
    drop((bytes, held));
    decoded.lease = None;
    Ok(decoded)
}

/// The list that was read last: neighbours share theirs.
#[derive(Default)]
struct Lists {
    last: Option<(PathBuf, Result<Vec<u64>, Flaw>)>,
}

impl Lists {
    /// The labels of a sheet.
    fn labels(&mut self, sheet: &Sheet) -> Result<&[u64], Flaw> {
        let List { path, first, of } = &sheet.labels;
        if self.last.as_ref().is_none_or(|(last, _)| last != path) {
            self.last = Some((path.clone(), read(path, *of)));
        }
        let all = match &self.last {
            Some((_, Ok(all))) => all.as_slice(),
            Some((_, Err(flaw))) => return Err(flaw.clone()),
            None => &[],
        };
        let own = all.get(*first..first + sheet.count).filter(|_| all.len() == *of);
        own.ok_or_else(|| Flaw::new(Kind::Note, format!("{} labels for {of} pictures: left out", all.len())))
    }
}

/// The labels of so many pictures.
fn read(path: &Path, of: usize) -> Result<Vec<u64>, Flaw> {
    let why = |error: String| Flaw::new(Kind::Note, format!("cannot read the labels: {error}: left out"));
    // No honest list needs more than a few bytes a picture.
    let text = impasto_system::read_bounded(path, 64 * (of as u64 + 16))
        .map_err(|error| why(error.source.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| why(error.to_string()))
}
