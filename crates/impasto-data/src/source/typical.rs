//! How large the pictures of a set are, by a look at a few of them.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use image::ImageReader;

use super::{Found, Payload, Source, own_size};
use crate::decode::Limits;
use crate::error::DataError;

/// Pictures that are looked at.
const LOOKED_AT: u32 = 64;

/// Width and height of most of the pictures at the path, and whether there are others; only the headers of the first
/// few files are read.
///
/// # Errors
/// When the path can't be read, or none of the first files is a picture.
pub fn typical_size(path: &Path) -> Result<((usize, usize), bool), DataError> {
    if let Some((side, _)) = own_size(path)? {
        return Ok(((side, side), false));
    }
    let mut sizes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut looked_at = 0;
    let outcome = Source::scan(path)?.each(&Limits::default(), &mut |Found { payload, .. }| {
        if let Some(size) = size(payload) {
            *sizes.entry(size).or_default() += 1;
        }
        looked_at += 1;
        // Only an error ends the walk early; this one never leaves here.
        if looked_at < LOOKED_AT {
            Ok(())
        } else {
            Err(DataError::NoSuchPicture { index: looked_at, count: 0 })
        }
    });
    if looked_at < LOOKED_AT {
        outcome?;
    }
    let most = sizes.iter().max_by_key(|(_, count)| **count).map(|(size, _)| *size);
    most.map(|size| (size, sizes.len() > 1)).ok_or_else(|| DataError::Nothing {
        path: path.to_path_buf(),
        why: format!("{looked_at} files were looked at, and none is a picture that can be read"),
    })
}

fn size(payload: Payload) -> Option<(usize, usize)> {
    let (width, height) = match payload {
        Payload::File(path) => {
            ImageReader::open(path).ok()?.with_guessed_format().ok()?.into_dimensions().ok()?
        }
        Payload::Bytes(bytes) => {
            ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?.into_dimensions().ok()?
        }
        Payload::Pixels(image, _) => (image.width(), image.height()),
        Payload::Bad(_) | Payload::Other => return None,
    };
    (width > 0 && height > 0).then_some((width as usize, height as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_pictures_decide_and_bad_files_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for (number, side) in [20u32, 20, 32].into_iter().enumerate() {
            image::RgbImage::new(side, side + 4).save(folder.path().join(format!("{number}.png"))).unwrap();
        }
        std::fs::write(folder.path().join("bad.png"), "no picture").unwrap();
        assert_eq!(typical_size(folder.path()).unwrap(), ((20, 24), true));
    }

    #[test]
    fn a_folder_without_pictures_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = typical_size(folder.path()).unwrap_err().to_string();
        assert!(error.contains("no readable pictures"), "{error}");
    }
}
