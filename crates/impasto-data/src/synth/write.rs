//! Writing a motif to a folder: one sub-folder a class, pictures as PNG.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use impasto_random::Random;
use impasto_system::{Existing, Monitor, Stage, Unit};
use rayon::prelude::*;
use thiserror::Error;

use super::{Motif, draw, draw_cut_out, motifs};
use crate::Picture;
use crate::class_folders::{WriteError, begin, make_classes};
use crate::names::{listed, nearest};

/// The smallest and largest picture that can be drawn.
const SIZES: std::ops::RangeInclusive<u32> = 8..=1024;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// How many pictures.
    pub pictures: usize,
    /// Each class and how many of the pictures it has.
    pub classes: Vec<(&'static str, usize)>,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, Error)]
pub enum SynthError {
    /// No motif has this name.
    #[error("there is no motif called `{name}`{nearest}; the motifs are {known}")]
    UnknownMotif {
        /// What was asked for.
        name: String,
        /// `, did you mean ...?` or nothing.
        nearest: String,
        /// All names.
        known: String,
    },
    /// The size is out of range.
    #[error("pictures of {0} pixels can't be drawn: choose a size from 8 to 1024")]
    Size(u32),
    /// No picture was asked for.
    #[error("0 pictures were asked for: choose a count of 1 or more")]
    NoPictures,
    /// The folder or the disk said no.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Draws `count` pictures of a motif into `out/CLASS/NNNNN.png`, as many of each class as of the others (one more of
/// the first ones where it does not divide). Picture `i` depends on the seed and `i` alone, so more pictures of the
/// same seed begin with the same pictures.
///
/// # Errors
/// For an unknown motif, a size or count out of range, a folder that is not empty, and what the disk refuses. Then nothing
/// is written.
pub fn write(
    motif: &str,
    out: &Path,
    count: usize,
    size: u32,
    seed: u64,
    monitor: &mut dyn Monitor,
) -> Result<Written, SynthError> {
    write_on(Ground::Painted, motif, out, count, size, seed, monitor)
}

/// What stands behind a motif.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// What the motif paints there: pictures are RGB.
    Painted,
    /// Nothing: pictures have alpha.
    Transparent,
}

/// The same on this ground.
///
/// # Errors
/// As `write`.
pub fn write_on(
    ground: Ground,
    motif: &str,
    out: &Path,
    count: usize,
    size: u32,
    seed: u64,
    monitor: &mut dyn Monitor,
) -> Result<Written, SynthError> {
    let motif = find(motif)?;
    if !SIZES.contains(&size) {
        return Err(SynthError::Size(size));
    }
    if count == 0 {
        return Err(SynthError::NoPictures);
    }
    let draft = begin(out)?;
    let classes = prepare(motif, draft.path(), count)?;
    draw_all(ground, motif, draft.path(), count, size, seed, monitor)?;
    draft.commit(Existing::Keep).map_err(WriteError::from)?;
    Ok(Written { folder: out.to_path_buf(), pictures: count, classes })
}

fn find(name: &str) -> Result<&'static Motif, SynthError> {
    let names = || motifs().iter().map(|motif| motif.name);
    motifs().iter().find(|motif| motif.name == name).ok_or_else(|| SynthError::UnknownMotif {
        name: name.to_owned(),
        nearest: nearest(name, names()),
        known: listed(names()),
    })
}

/// Makes the folders, and says how many pictures each class gets.
fn prepare(motif: &Motif, out: &Path, count: usize) -> Result<Vec<(&'static str, usize)>, WriteError> {
    let classes = motif.classes.iter().copied().take(count);
    make_classes(out, classes.clone())?;
    let total = motif.classes.len();
    Ok(classes.enumerate().map(|(index, class)| (class, (count - index).div_ceil(total))).collect())
}

/// Pictures drawn between two reports.
const PORTION: usize = 64;

/// Draws on all cores, and reports between portions; the first failure ends it.
fn draw_all(
    ground: Ground,
    motif: &Motif,
    out: &Path,
    count: usize,
    size: u32,
    seed: u64,
    monitor: &mut dyn Monitor,
) -> Result<(), SynthError> {
    let purpose = format!("synth {}", motif.name);
    let one = |index: usize| {
        let class = index % motif.classes.len();
        let draw = if ground == Ground::Painted { draw } else { draw_cut_out };
        let picture = draw(motif, class, size, &mut Random::new(seed, &purpose, index as u64));
        let path = out.join(motif.classes[class]).join(format!("{index:05}.png"));
        save(&picture, &path).map_err(WriteError::at(&path))
    };
    for first in (0..count).step_by(PORTION) {
        let last = count.min(first + PORTION);
        (first..last).into_par_iter().try_for_each(one)?;
        if !monitor.count(Stage::Drawing, Unit::Pictures, last, count) {
            return Err(WriteError::Cancelled.into());
        }
    }
    Ok(())
}

/// Writes a picture as PNG. The settings are fixed, so that equal pictures are equal files.
pub(crate) fn save(picture: &Picture, path: &Path) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width() as u32, picture.height() as u32);
    encoder.set_color(if picture.channels() == 4 { png::ColorType::Rgba } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Paeth);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(picture.pixels())?;
    writer.finish()?;
    fs::write(path, bytes)
}

#[cfg(test)]
mod tests {
    use impasto_system::Recorder;
    use sha2::{Digest, Sha256};

    use super::*;

    /// Every file under a folder, by name, with its bytes.
    fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        for class in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            for file in fs::read_dir(&class).expect("a class").map(|entry| entry.expect("an entry").path()) {
                let name = file.strip_prefix(folder).expect("inside").to_string_lossy().replace('\\', "/");
                found.push((name, fs::read(&file).expect("a file")));
            }
        }
        found.sort();
        found
    }

    fn digest(motif: &str) -> String {
        let place = tempfile::tempdir().expect("a temporary folder");
        write(motif, place.path(), 12, 32, 7, &mut ()).expect("written");
        let mut hash = Sha256::new();
        for (name, bytes) in files(place.path()) {
            hash.update(name.as_bytes());
            hash.update(bytes);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_seed_is_pinned_to_its_bytes_so_that_published_sets_can_be_made_again() {
        let digests: Vec<(&str, String)> = motifs().iter().map(|m| (m.name, digest(m.name))).collect();
        let pinned: Vec<(&str, String)> =
            PINNED.iter().map(|&(name, hash)| (name, hash.to_owned())).collect();
        assert_eq!(digests, pinned, "a change here redraws every synthetic set; say so in the changelog");
    }

    const PINNED: [(&str, &str); 4] = [
        ("faces", "491753a011a8c5d5c237133757953ee7c9eb9b38a1e669ca745abce26a5f51e7"),
        ("flowers", "fd92ec8b7f7a0b75e7005823a13d969a2a8b2aa95da07bc62a28602f9ff5a8dd"),
        ("glyphs", "eb207fd0e260e79163f30ea209fe2e18bf5bc82f1110a1ad9dff66e667c0330c"),
        ("landscapes", "cd219dccbfa8a7c3d9d3be0c3a11e215d8dd55d458f16185389a52e323e7f5a6"),
    ];

    #[test]
    fn classes_are_balanced_and_progress_is_told() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let mut heard = Recorder::default();
        let written = write("flowers", place.path(), 14, 16, 1, &mut heard).expect("written");
        assert_eq!(heard.progress.last(), Some(&(Stage::Drawing, 14.0, Some(14.0))));
        assert_eq!(
            written.classes.iter().map(|(_, count)| count).collect::<Vec<_>>(),
            [&3, &3, &2, &2, &2, &2]
        );
        let files = files(place.path());
        for (class, count) in &written.classes {
            assert_eq!(files.iter().filter(|(name, _)| name.starts_with(class)).count(), *count, "{class}");
        }
        assert!(files[0].0 == "bluebell/00000.png" && files[0].1.starts_with(b"\x89PNG"));
    }

    #[test]
    fn more_pictures_of_a_seed_begin_with_the_same_pictures() {
        let (few, many) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
        write("faces", few.path(), 5, 16, 3, &mut ()).expect("written");
        write("faces", many.path(), 10, 16, 3, &mut ()).expect("written");
        let many = files(many.path());
        assert!(files(few.path()).iter().all(|file| many.contains(file)));
    }

    #[test]
    fn another_seed_gives_other_pictures() {
        let (one, two) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
        write("glyphs", one.path(), 10, 16, 1, &mut ()).expect("written");
        write("glyphs", two.path(), 10, 16, 2, &mut ()).expect("written");
        let (one, two) = (files(one.path()), files(two.path()));
        assert!(one.iter().zip(&two).all(|(a, b)| a.0 == b.0 && a.1 != b.1));
    }

    #[test]
    fn a_motif_without_its_ground_is_what_stands_on_it() {
        for motif in motifs() {
            let random = || Random::new(1, "test", 0);
            let [whole, cut] = [draw(motif, 0, 64, &mut random()), draw_cut_out(motif, 0, 64, &mut random())];
            assert_eq!((whole.channels(), cut.channels()), (3, 4), "{}", motif.name);
            let share = |is: fn(u8) -> bool| {
                cut.pixels().iter().skip(3).step_by(4).filter(|&&alpha| is(alpha)).count() as f64 / 4096.0
            };
            let (nothing, opaque) = (share(|alpha| alpha == 0), share(|alpha| alpha == 255));
            assert!(nothing > 0.1 && opaque > 0.05, "{}: {nothing} nothing, {opaque} opaque", motif.name);
        }
    }

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let place = tempfile::tempdir().expect("a temporary folder");
        fs::write(place.path().join("mine.txt"), "dear").expect("a file");
        let error = write("flowers", place.path(), 4, 16, 1, &mut ()).expect_err("refused").to_string();
        assert!(error.contains("is not empty") && error.contains("choose another folder"), "{error}");
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_with_what_can() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let ask = |name: &str, count, size| {
            write(name, place.path(), count, size, 1, &mut ()).expect_err("refused").to_string()
        };
        let error = ask("flower", 4, 16);
        assert!(error.contains("did you mean `flowers`?") && error.contains("landscapes"), "{error}");
        assert!(!ask("zzzzzzzzz", 4, 16).contains("did you mean"));
        assert!(ask("flowers", 4, 7).contains("from 8 to 1024"));
        assert!(ask("flowers", 4, 1025).contains("from 8 to 1024"));
        assert!(ask("flowers", 0, 16).contains("1 or more"));
    }
}
