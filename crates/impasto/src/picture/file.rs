//! Painted pictures as files: PNG, JPEG or WebP, by the file's ending. Each carries its recipe and the marks that a machine made it.

use std::path::Path;

use impasto_data::Picture;
use impasto_system::{Existing, write_atomically, write_together};

use super::recipe::{LARGEST_RECIPE, has_too_many_parts};
use super::{PictureError, PictureRecipe, jpeg, png, webp};

/// The endings of files that paintings can be written to.
pub const PICTURE_ENDINGS: [&str; 4] = ["png", "jpg", "jpeg", "webp"];

/// Whether the name is one of a file that a painting can be written to.
pub fn is_picture_file(path: &Path) -> bool {
    PICTURE_ENDINGS.iter().any(|ending| has_ending(path, ending))
}

/// Whether the name has this ending, in letters of either case.
pub(crate) fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|has| has.eq_ignore_ascii_case(ending))
}

/// Writes a picture that carries its recipe and the marks that a machine made it. A JPEG shows white behind what is
/// transparent.
pub fn write_painting(
    path: &Path,
    picture: &Picture,
    recipe: &PictureRecipe,
    existing: Existing,
) -> Result<(), PictureError> {
    Ok(write_atomically(path, &encoded(path, picture, recipe)?, existing)?)
}

/// The same for several pictures in one folder, which are waited for together.
pub fn write_paintings(
    paintings: &[(&Path, &Picture, &PictureRecipe)],
    existing: Existing,
) -> Result<(), PictureError> {
    let files: Result<Vec<_>, PictureError> = paintings
        .iter()
        .map(|(path, picture, recipe)| Ok((path.to_path_buf(), encoded(path, picture, recipe)?)))
        .collect();
    Ok(write_together(&files?, existing)?)
}

fn encoded(path: &Path, picture: &Picture, recipe: &PictureRecipe) -> Result<Vec<u8>, PictureError> {
    let json = recipe.to_json();
    if json.len() > LARGEST_RECIPE || has_too_many_parts(&json) {
        let why = "its recipe holds more latents than are read again: put fewer pictures on it".to_owned();
        return Err(PictureError::Unfit { path: path.to_path_buf(), why });
    }
    let unfit = |why: String| PictureError::Unfit { path: path.to_path_buf(), why };
    match () {
        () if has_ending(path, "webp") => webp::encoded(picture, recipe).map_err(unfit),
        () if has_ending(path, "jpg") || has_ending(path, "jpeg") => {
            jpeg::encoded(picture, recipe).map_err(unfit)
        }
        () => {
            let texts = recipe.texts();
            let texts: Vec<(&str, &str)> = texts.iter().map(|(key, text)| (*key, text.as_str())).collect();
            png::encoded(path, picture, &texts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, read_recipe};
    use super::*;
    use impasto_data::{Limits, decode_straight};
    use impasto_random::Random;

    fn drawn(channels: usize) -> Picture {
        let pixels = (0..40 * 24 * channels).map(|at| ((at / channels) % 40 * 6) as u8).collect();
        Picture::new(40, 24, channels, pixels)
    }

    fn recipe(length: usize) -> PictureRecipe {
        let mut recipe = PictureRecipe { kind: Kind::Made, seed: 7, ..PictureRecipe::default() };
        recipe.extra.insert("settings".into(), "é".repeat(length).into());
        recipe
    }

    fn written(
        name: &str,
        picture: &Picture,
        recipe: &PictureRecipe,
    ) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        write_painting(&path, picture, recipe, Existing::Keep).unwrap();
        (folder, path)
    }

    #[test]
    fn every_format_shows_the_picture_and_carries_its_recipe_however_long() {
        for name in ["a.png", "a.jpg", "a.JPEG", "a.webp"] {
            for channels in [1, 3, 4] {
                for length in [0, 3, 100_001] {
                    let (_folder, path) = written(name, &drawn(channels), &recipe(length));
                    assert_eq!(read_recipe(&path).unwrap(), recipe(length), "{name} {channels} {length}");
                    let bytes = std::fs::read(&path).unwrap();
                    let seen = decode_straight(&bytes, &Limits::default()).unwrap();
                    assert_eq!([seen.width(), seen.height()], [40, 24], "{name}");
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    assert!(
                        text.contains("rainedAlgorithmicMedia"),
                        "{name}: the mark that a machine made it"
                    );
                }
            }
        }
    }

    #[test]
    fn webp_keeps_every_bit_and_jpeg_nearly() {
        let (_folder, path) = written("a.webp", &drawn(4), &recipe(0));
        let seen = decode_straight(&std::fs::read(&path).unwrap(), &Limits::default()).unwrap();
        // What nothing is seen of may have any colour.
        let (seen, drawn_pixels) = (seen.pixels().to_vec(), drawn(4).pixels().to_vec());
        for (one, other) in seen.chunks_exact(4).zip(drawn_pixels.chunks_exact(4)) {
            assert!(one == other || other[3] == 0 && one[3] == 0, "{one:?} {other:?}");
        }
        let (_folder, path) = written("a.jpg", &drawn(3), &recipe(0));
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(
            (&bytes[2..4], &bytes[6..11]),
            (&[0xff, 0xe0][..], &b"JFIF\0"[..]),
            "what it is comes first"
        );
        let seen = decode_straight(&bytes, &Limits::default()).unwrap();
        let far = seen
            .pixels()
            .chunks_exact(4)
            .zip(drawn(3).pixels().chunks_exact(3).map(<[u8]>::to_vec))
            .map(|(one, other)| one[0].abs_diff(other[0]))
            .max();
        assert!(far.unwrap() <= 8, "{far:?}");
    }

    #[test]
    fn damage_is_refused_and_never_panics() {
        for name in ["a.jpg", "a.webp"] {
            let (folder, path) = written(name, &drawn(3), &recipe(70_000));
            let whole = std::fs::read(&path).unwrap();
            let other = folder.path().join(name.replace('a', "b"));
            for number in 0..400 {
                let mut random = Random::new(1, "damage", number);
                let mut bytes = whole.clone();
                for _ in 0..1 + random.below(6) {
                    let at = random.below(bytes.len());
                    bytes[at] = random.below(256) as u8;
                }
                if random.chance(0.3) {
                    bytes.truncate(random.below(bytes.len()));
                }
                std::fs::write(&other, &bytes).unwrap();
                let _ = read_recipe(&other);
            }
        }
    }
}
