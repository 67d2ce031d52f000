//! CIFAR-10's binary: records of 3073 bytes, a label and 32x32 pixels, plane after plane.
//!
//! <https://www.cs.toronto.edu/~kriz/cifar.html>

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use image::{DynamicImage, RgbImage};

use super::{Found, Payload, Take, shown, unpacked};
use crate::error::DataError;
use crate::finding::{Flaw, Kind};

/// The classes, by label.
pub(super) const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

pub(super) const SIDE: u32 = 32;
const PLANE: usize = (SIDE * SIDE) as usize;
const RECORD: usize = 1 + 3 * PLANE;

/// True for a file of whole records with believable labels.
pub(super) fn is_batch(path: &Path) -> bool {
    let whole = fs::metadata(path).is_ok_and(|about| about.len() > 0 && about.len() % RECORD as u64 == 0);
    let mut label = [0];
    whole && unpacked(path).and_then(|mut r| r.read_exact(&mut label)).is_ok() && label[0] < 10
}

/// The batches to take from a folder: the training half if both are there.
pub(super) fn batches(folder: &Path, names: &[String]) -> Vec<PathBuf> {
    let of = |prefix: &str| -> Vec<PathBuf> {
        names
            .iter()
            .filter(|name| name.starts_with(prefix) && name.ends_with(".bin"))
            .map(|name| folder.join(name))
            .collect()
    };
    let training = of("data_batch");
    if training.is_empty() { of("test_batch") } else { training }
}

/// How many pictures the batches hold.
pub(super) fn count(batches: &[PathBuf]) -> usize {
    let bytes: u64 = batches.iter().filter_map(|path| fs::metadata(path).ok()).map(|about| about.len()).sum();
    (bytes / RECORD as u64) as usize
}

/// Hands out the pictures in order; a batch that breaks off counts as one bad picture.
pub(super) fn each(batches: &[PathBuf], take: Take<'_>) -> Result<(), DataError> {
    for path in batches {
        let mut reader = unpacked(path).map_err(DataError::read(path))?;
        let mut index = 0;
        loop {
            let name = format!("{}#{index}", shown(path));
            match record(&mut reader) {
                Ok(None) => break,
                Ok(Some((class, image))) => {
                    let payload = Payload::Pixels(DynamicImage::ImageRgb8(image), "cifar");
                    take(Found { name, class, payload })?;
                }
                Err(error) => {
                    let why = format!("the file breaks off inside a record of {RECORD} bytes: {error}");
                    take(Found {
                        name,
                        class: None,
                        payload: Payload::Bad(Flaw::new(Kind::Truncated, why)),
                    })?;
                    break;
                }
            }
            index += 1;
        }
    }
    Ok(())
}

/// The next record, or nothing at the end of the file.
fn record(reader: &mut impl Read) -> io::Result<Option<(Option<String>, RgbImage)>> {
    let mut bytes = Vec::with_capacity(RECORD);
    reader.take(RECORD as u64).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.len() < RECORD {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let plane = |p: usize, at: usize| bytes[1 + p * PLANE + at];
    let image = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let at = (y * SIDE + x) as usize;
        image::Rgb([plane(0, at), plane(1, at), plane(2, at)])
    });
    Ok(Some((Some(class_name(u64::from(bytes[0]))), image)))
}

/// The class that a label stands for.
pub(super) fn class_name(label: u64) -> String {
    let known = usize::try_from(label).ok().and_then(|label| CLASSES.get(label));
    known.map_or_else(|| label.to_string(), |name| (*name).to_owned())
}
