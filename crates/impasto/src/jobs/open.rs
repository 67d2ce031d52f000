//! Opening the pictures that a job is given.

use std::path::Path;

use impasto_data::{Channels, Flaw, Limits, Picture, decode, decode_straight};
use impasto_system::read_bounded;

use crate::error::{Error, Result};
use crate::picture::Origin;

/// A file from outside may be no larger.
pub(crate) const LARGEST: u64 = 1 << 30;

/// A picture in full size, upright, with this background behind what is transparent, and where it comes from.
pub(crate) fn open(path: &Path, channels: Channels, background: [u8; 3]) -> Result<(Picture, Origin)> {
    let bytes = bytes_of(path)?;
    let picture = decode(&bytes, channels, background, &Limits::default());
    let picture = picture.map_err(|flaw| unreadable(path, &flaw))?;
    Ok((picture, Origin::of(path, &bytes)))
}

/// A picture in full size and in the colours that it has: grey, RGB, or RGB and alpha, straight, to the last bit.
pub(crate) fn open_as_it_is(path: &Path) -> Result<(Picture, Origin)> {
    let bytes = bytes_of(path)?;
    let picture = decode_straight(&bytes, &Limits::default()).map_err(|flaw| unreadable(path, &flaw))?;
    Ok((plainest(&picture), Origin::of(path, &bytes)))
}

/// The bytes of one picture.
fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        return Err(Error::usage(format!("{} is a folder: name the pictures in it", path.display())));
    }
    Ok(read_bounded(path, LARGEST)?)
}

/// What is said of a file that is no picture.
pub(crate) fn unreadable(path: &Path, flaw: &Flaw) -> Error {
    Error::unreadable(format!("{} is no picture that can be read: {}", path.display(), flaw.why))
}

/// The picture with no more channels than it needs.
fn plainest(picture: &Picture) -> Picture {
    let pixels = || picture.pixels().chunks_exact(4);
    let of = |channels: usize| {
        let bytes = pixels().flat_map(|pixel| &pixel[..channels]).copied().collect();
        Picture::new(picture.width(), picture.height(), channels, bytes)
    };
    match () {
        () if pixels().any(|pixel| pixel[3] < 255) => picture.clone(),
        () if pixels().all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]) => of(1),
        () => of(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_the_channels_that_they_need() {
        let of = |pixels: &[[u8; 4]]| plainest(&Picture::new(pixels.len(), 1, 4, pixels.concat()));
        assert_eq!(of(&[[7, 7, 7, 255], [9, 9, 9, 255]]), Picture::new(2, 1, 1, vec![7, 9]));
        assert_eq!(of(&[[7, 8, 9, 255]]), Picture::new(1, 1, 3, vec![7, 8, 9]));
        assert_eq!(of(&[[7, 7, 7, 254]]), Picture::new(1, 1, 4, vec![7, 7, 7, 254]));
    }
}
