//! Two folders whose pictures belong together by name become one set of pairs: each input on the left, its target on the
//! right.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use impasto_system::{Existing, Monitor, Stage, Unit};
use rayon::prelude::*;
use thiserror::Error;

use crate::class_folders::{WriteError, begin};
use crate::decode::{Limits, decode, read_file};
use crate::error::DataError;
use crate::picture::Picture;
use crate::preparation::Channels;
use crate::source::pictures_in;
use crate::synth::save;

/// Pictures joined between two reports.
const PORTION: usize = 64;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// How many pairs.
    pub pairs: usize,
    /// The names of those that have no counterpart, from both folders.
    pub alone: Vec<String>,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, Error)]
pub enum PairError {
    /// A folder can't be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No picture has a counterpart.
    #[error(
        "no picture in {} has the name of one in {}; files that belong together need the same name, whatever its ending",
        inputs.display(), targets.display()
    )]
    NoPairs {
        /// One folder.
        inputs: PathBuf,
        /// The other one.
        targets: PathBuf,
    },
    /// A picture can't be read.
    #[error("{} can't be read: {why}; take it out of the folder, or mend it", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Both pictures have different sizes.
    #[error(
        "{} is {} x {}, and {} is {} x {}; both pictures of a pair need one size",
        input.display(), of[0], of[1], target.display(), other[0], other[1]
    )]
    Sizes {
        /// The input.
        input: PathBuf,
        /// Its width and height.
        of: [usize; 2],
        /// The target.
        target: PathBuf,
        /// Its width and height.
        other: [usize; 2],
    },
    /// The folder or the disk said no.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Joins the pictures of two folders that have the same names, those in sub-folders too, and writes them under these names
/// as PNG into `out`.
///
/// # Errors
/// When a folder or a picture can't be read, when nothing belongs together or two sizes differ, for a folder `out` that is
/// not empty, and for what the disk refuses. Then nothing is written.
pub fn join(
    inputs: &Path,
    targets: &Path,
    out: &Path,
    monitor: &mut dyn Monitor,
) -> Result<Joined, PairError> {
    let (mut left, mut right) = (by_name(inputs)?, by_name(targets)?);
    let names: Vec<String> = left.keys().filter(|name| right.contains_key(*name)).cloned().collect();
    if names.is_empty() {
        return Err(PairError::NoPairs { inputs: inputs.into(), targets: targets.into() });
    }
    let draft = begin(out)?;
    let pairs: Vec<(String, PathBuf, PathBuf)> = names
        .into_iter()
        .filter_map(|name| Some((left.remove(&name)?, right.remove(&name)?, name)))
        .map(|(input, target, name)| (name, input, target))
        .collect();
    for (number, some) in pairs.chunks(PORTION).enumerate() {
        some.par_iter()
            .try_for_each(|(name, input, target)| written(input, target, &draft.path().join(name)))?;
        let done = number * PORTION + some.len();
        if !monitor.count(Stage::Writing, Unit::Pictures, done, pairs.len()) {
            return Err(WriteError::Cancelled.into());
        }
    }
    draft.commit(Existing::Keep).map_err(WriteError::from)?;
    let alone = left.into_keys().chain(right.into_keys()).collect();
    Ok(Joined { pairs: pairs.len(), alone })
}

/// The pictures of a folder by their names from there, without their endings.
fn by_name(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let name = |path: &PathBuf| {
        let own = path.strip_prefix(folder).unwrap_or(path).with_extension("");
        own.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
    };
    Ok(pictures_in(folder)?.into_iter().map(|path| (name(&path), path)).collect())
}

fn written(input: &Path, target: &Path, place: &Path) -> Result<(), PairError> {
    let [left, right] = [opened(input)?, opened(target)?];
    let size = |picture: &Picture| [picture.width(), picture.height()];
    if size(&left) != size(&right) {
        let (of, other) = (size(&left), size(&right));
        return Err(PairError::Sizes { input: input.into(), of, target: target.into(), other });
    }
    let mut name = place.as_os_str().to_owned();
    name.push(".png");
    let place = PathBuf::from(name);
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).map_err(WriteError::at(folder))?;
    }
    Ok(save(&joined(&left, &right), &place).map_err(WriteError::at(&place))?)
}

fn opened(path: &Path) -> Result<Picture, PairError> {
    let bad = |why: String| PairError::Bad { path: path.into(), why };
    let limits = Limits::default();
    let (bytes, _lease) = read_file(path, &limits).map_err(|flaw| bad(flaw.why))?;
    let picture = decode(&bytes, Channels::Rgba, [255; 3], &limits);
    Ok(picture.map_err(|flaw| bad(flaw.why))?.straight())
}

/// Side by side; without alpha, where both are opaque.
fn joined(left: &Picture, right: &Picture) -> Picture {
    let channels = if [left, right].into_iter().all(is_opaque) { 3 } else { 4 };
    let rows = |picture: &Picture| -> Vec<Vec<u8>> {
        let rows = picture.pixels().chunks_exact(4 * picture.width());
        rows.map(|row| row.chunks_exact(4).flat_map(|pixel| pixel[..channels].to_vec()).collect()).collect()
    };
    let pixels = rows(left).into_iter().zip(rows(right)).flat_map(|(left, right)| [left, right].concat());
    Picture::new(2 * left.width(), left.height(), channels, pixels.collect())
}

fn is_opaque(picture: &Picture) -> bool {
    picture.pixels().iter().skip(3).step_by(4).all(|&alpha| alpha == 255)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Preparation};
    use impasto_system::Recorder;

    fn write(folder: &Path, name: &str, picture: &Picture) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        save(picture, &path).unwrap();
    }

    #[test]
    fn pictures_of_one_name_are_joined_and_those_alone_are_named() {
        let place = tempfile::tempdir().unwrap();
        let [inputs, targets, out] = ["inputs", "targets", "out"].map(|name| place.path().join(name));
        let (red, blue) = (Picture::filled(6, 4, &[255, 0, 0]), Picture::filled(6, 4, &[0, 0, 255]));
        for name in ["a.png", "roses/b.png", "alone.png"] {
            write(&inputs, name, &red);
        }
        for name in ["a.png", "roses/b.png"] {
            write(&targets, name, &blue);
        }
        let mut stopping = Recorder::stopping_after(1);
        let stopped = join(&inputs, &targets, &out, &mut stopping);
        assert!(matches!(stopped, Err(PairError::Write(WriteError::Cancelled))) && !out.exists());
        let mut heard = Recorder::default();
        let joined = join(&inputs, &targets, &out, &mut heard).unwrap();
        assert_eq!((joined.pairs, &joined.alone[..]), (2, &["alone".to_owned()][..]));
        assert_eq!(heard.progress, [(Stage::Writing, 2.0, Some(2.0))]);
        let preparation = Preparation::square(4, Channels::Rgb).in_pairs();
        let data = Dataset::open(&out, &preparation, &mut ()).unwrap();
        let batch = data.plain(&[0, 1]).unwrap();
        for number in 0..2 {
            let picture = batch.picture(number);
            assert_eq!((picture.width(), picture.height()), (8, 4));
            assert_eq!((picture.pixel(3, 1), picture.pixel(4, 1)), (&[255, 0, 0][..], &[0, 0, 255][..]));
        }
    }

    #[test]
    fn halves_are_mirrored_each_for_itself() {
        let place = tempfile::tempdir().unwrap();
        let mut picture = Picture::filled(8, 4, &[9, 9, 9]);
        picture.pixels_mut()[..3].copy_from_slice(&[255; 3]);
        write(place.path(), "pairs/one.png", &picture);
        let preparation = Preparation { flip: true, ..Preparation::square(4, Channels::Rgb).in_pairs() };
        let data = Dataset::open(&place.path().join("pairs"), &preparation, &mut ()).unwrap();
        let places: Vec<usize> = (0..20)
            .map(|seed| {
                let batch = data.read(&[0], &mut impasto_random::Random::new(seed, "windows", 0)).unwrap();
                batch.pixels[..8].iter().position(|&byte| byte == 255).unwrap()
            })
            .collect();
        assert!(
            places.contains(&0) && places.contains(&3) && places.iter().all(|at| [0, 3].contains(at)),
            "{places:?}"
        );
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let [inputs, targets, out] = ["inputs", "targets", "out"].map(|name| place.path().join(name));
        write(&inputs, "a.png", &Picture::filled(6, 4, &[1, 2, 3]));
        write(&targets, "b.png", &Picture::filled(6, 4, &[1, 2, 3]));
        let refused = || join(&inputs, &targets, &out, &mut ()).unwrap_err().to_string();
        assert!(refused().contains("same name") && !out.exists());
        write(&targets, "a.png", &Picture::filled(7, 4, &[1, 2, 3]));
        let error = refused();
        assert!(error.contains("6 x 4") && error.contains("7 x 4"), "{error}");
        fs::write(inputs.join("a.png"), "no picture").unwrap();
        let error = join(&inputs, &targets, &place.path().join("new"), &mut ()).unwrap_err().to_string();
        assert!(error.contains("a.png"), "{error}");
    }

    #[test]
    fn what_is_transparent_stays_so() {
        let clear = Picture::filled(1, 1, &[10, 20, 30, 128]);
        let opaque = Picture::filled(1, 1, &[1, 2, 3, 255]);
        assert_eq!(joined(&clear, &opaque).pixels(), [10, 20, 30, 128, 1, 2, 3, 255]);
        assert_eq!(joined(&opaque, &opaque).channels(), 3);
    }
}
