//! Pictures made of pictures, for the verbs that do: what goes in, and where it comes out.
//!
//! All files are found, opened and looked for before the work begins and before folders are made, so that a refusal leaves
//! nothing behind.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use impasto::error::{Error, Result};
use impasto::picture::{Origin, check_free};
use impasto::shell::typed_path;
use impasto_data::{Channels, Flaw, Limits, Picture, decode, decode_straight, pictures_in};
use impasto_system::{make_room, read_bounded};

/// A file from outside may be no larger.
pub(crate) const LARGEST: u64 = 1 << 30;

/// The files at these paths: those that are named, and for a folder the pictures below it, in the order of their names.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => match pictures_in(path)? {
                found if found.is_empty() => {
                    let sentence = format!("{} has no pictures in it; check the path", path.display());
                    return Err(Error::missing(sentence));
                }
                found => files.extend(found),
            },
            false => files.push(path.clone()),
        }
    }
    Ok(files)
}

/// A picture in full size, upright, with this background behind what is transparent, and where it comes from.
pub(crate) fn open(path: &Path, channels: Channels, background: [u8; 3]) -> Result<(Picture, Origin)> {
    let bytes = bytes_of(path)?;
    let picture = decode(&bytes, channels, background, &Limits::default());
    let picture = picture.map_err(|flaw| unreadable(path, &flaw))?;
    Ok((picture, Origin::of(path, &bytes)))
}

/// The bytes of one picture.
fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        return Err(Error::usage(format!(
            "{} is a folder: give the pictures in it, such as {}/*.png",
            path.display(),
            typed_path(path)
        )));
    }
    Ok(read_bounded(path, LARGEST)?)
}

/// A file's name without its ending.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Where results of these names go: into the file `out`, when it has this ending and there is only one, else into the
/// folder `out`. Files that are there already are refused, unless they may be replaced. Nothing is made yet.
pub(crate) fn places(out: &Path, ending: &str, names: &[String], force: bool) -> Result<Vec<PathBuf>> {
    let is_file = out.extension().is_some_and(|has| has.eq_ignore_ascii_case(ending));
    if is_file && names.len() > 1 {
        return Err(Error::usage(format!(
            "{} results don't fit into the one file {}: give a folder: --out {}",
            names.len(),
            out.display(),
            typed_path(out.with_extension(""))
        )));
    }
    let place = |name: &String| match is_file {
        true => out.to_path_buf(),
        false => out.join(format!("{name}.{ending}")),
    };
    let places: Vec<PathBuf> = names.iter().map(place).collect();
    let mut seen = BTreeSet::new();
    if let Some(twice) = places.iter().find(|place| !seen.insert(*place)) {
        return Err(Error::usage(format!(
            "two of the results would be called {}: rename one",
            twice.display()
        )));
    }
    places.iter().try_for_each(|place| check_free(place, force))?;
    Ok(places)
}

/// Makes the folders of these places and tries whether files can be written there: when all else is ready.
pub(crate) fn make_room_for<'a>(places: impl IntoIterator<Item = &'a PathBuf>) -> Result<()> {
    let mut seen = BTreeSet::new();
    let mut firsts = places.into_iter().filter(|place| seen.insert(place.parent()));
    Ok(firsts.try_for_each(|place| make_room(place))?)
}

/// A picture in full size and in the colours that it has: grey, RGB, or RGB and alpha, straight, to the last bit.
pub(crate) fn open_as_it_is(path: &Path) -> Result<(Picture, Origin)> {
    let bytes = bytes_of(path)?;
    let picture = decode_straight(&bytes, &Limits::default()).map_err(|flaw| unreadable(path, &flaw))?;
    Ok((plainest(&picture), Origin::of(path, &bytes)))
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

/// The same picture with so many channels, which are not fewer than it has.
pub(crate) fn with_channels(picture: &Picture, channels: usize) -> Picture {
    impasto::picture::with_channels(picture, channels, [255; 3])
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
        let grey = Picture::new(1, 1, 1, vec![5]);
        assert_eq!(
            [1, 3, 4].map(|channels| with_channels(&grey, channels).into_pixels()),
            [vec![5], vec![5; 3], vec![5, 5, 5, 255]]
        );
    }
}
