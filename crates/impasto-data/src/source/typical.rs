//! How large the pictures of a set are, by their headers.

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor};
use std::path::Path;

use super::{Found, Payload, Source, own_size};
use crate::decode::{self, Limits};
use crate::error::DataError;

/// Width and height of most of the pictures at the path, and whether there are others. Of files only the headers are
/// read, but those of all: one picture of another size is enough to make figures mean something else.
///
/// # Errors
/// When the path can't be read, or no file is a picture.
pub fn typical_size(path: &Path) -> Result<((usize, usize), bool), DataError> {
    if let Some((size, _)) = own_size(path)? {
        return Ok(((size.width, size.height), false));
    }
    let mut sizes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut looked_at = 0u64;
    Source::scan(path)?.each(&Limits::default(), &mut |Found { payload, .. }| {
        if let Some(size) = size(payload) {
            *sizes.entry(size).or_default() += 1;
        }
        looked_at += 1;
        Ok(())
    })?;
    let most = sizes.iter().max_by_key(|(_, count)| **count).map(|(size, _)| *size);
    most.map(|size| (size, sizes.len() > 1)).ok_or_else(|| DataError::Nothing {
        path: path.to_path_buf(),
        why: format!("{looked_at} files were looked at, and none is a picture that can be read"),
    })
}

fn size(payload: Payload) -> Option<(usize, usize)> {
    let header = match payload {
        Payload::File(path) => decode::header(BufReader::new(impasto_system::open(path).ok()?)),
        Payload::Bytes(bytes) => decode::header(Cursor::new(bytes)),
        Payload::Pixels(image, _) => return Some((image.width() as usize, image.height() as usize)),
        Payload::Bad(_) | Payload::Other => None,
    };
    header.map(|(size, _)| size)
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
    fn the_last_picture_is_looked_at_too() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..100u32 {
            let side = if number == 99 { 9 } else { 8 };
            image::RgbImage::new(side, side).save(folder.path().join(format!("{number:03}.png"))).unwrap();
        }
        assert_eq!(typical_size(folder.path()).unwrap(), ((8, 8), true));
    }

    #[test]
    fn a_folder_without_pictures_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = typical_size(folder.path()).unwrap_err().to_string();
        assert!(error.contains("no readable pictures"), "{error}");
    }
}
