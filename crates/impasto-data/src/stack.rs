//! Stacked sets, after StackedMNIST (Metz and others, "Unrolled generative adversarial networks", 2017): each picture has
//! three grey ones as its channels, drawn by chance, so that a set of ten classes becomes one of a thousand. A model that
//! loses kinds of pictures shows it there by the number of classes that it still paints.
//!
//! A stacked set is a folder with a sub-folder for each class that occurs, named by the three classes' numbers (`073`), and
//! a note beside them that says so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use impasto_random::Random;
use impasto_system::{Existing, Monitor, Stage, Unit};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::class_folders::{WriteError, begin, make_classes};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::picture::Picture;
use crate::preparation::{Channels, Preparation};
use crate::source::typical_size;
use crate::synth::save;

/// Pictures in a picture: its channels.
pub const LAYERS: usize = 3;
/// The classes of a set that can be stacked: each is one digit of a name.
const KINDS: std::ops::RangeInclusive<usize> = 2..=10;
/// The note in the folder.
const NOTE: &str = "stacked.json";
const LONGEST_NOTE: u64 = 1 << 20;
/// Pictures written between two reports.
const PORTION: usize = 512;

/// What the note says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// The classes of the set that was stacked; their places are the digits in the names of the new classes.
    pub kinds: Vec<String>,
    /// How many pictures were stacked.
    pub pictures: usize,
    /// What they were drawn by.
    pub seed: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stacked {
    /// The note.
    pub stack: Stack,
    /// How many of the possible classes occur.
    pub classes: usize,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, Error)]
pub enum StackError {
    /// The set can't be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// It hasn't the classes for it.
    #[error(
        "{} has {found} classes, and a set is stacked from 2 to 10 of them: give a labelled set such as mnist or \
         fashion-mnist, or a folder with a sub-folder for each class", path.display()
    )]
    Classes {
        /// The set.
        path: PathBuf,
        /// How many it has.
        found: usize,
    },
    /// The folder or the disk said no.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Stack {
    /// The note of a stacked set; nothing for any other.
    pub fn of(path: &Path) -> Option<Self> {
        let text = impasto_system::read_bounded(&path.join(NOTE), LONGEST_NOTE).ok()?;
        let stack: Self = serde_json::from_slice(&text).ok()?;
        KINDS.contains(&stack.kinds.len()).then_some(stack)
    }

    /// How many classes there can be.
    pub fn classes(&self) -> usize {
        self.kinds.len().pow(LAYERS as u32)
    }

    /// The name of a class.
    pub fn name(&self, class: usize) -> String {
        self.digits(class).iter().map(usize::to_string).collect()
    }

    /// The kind of each channel, of a class by its number.
    pub fn digits(&self, class: usize) -> [usize; LAYERS] {
        let kinds = self.kinds.len();
        [class / (kinds * kinds), class / kinds % kinds, class % kinds]
    }

    /// The number of the class of this name, and the kind of each channel.
    pub fn kinds_of(&self, name: &str) -> Option<(usize, [usize; LAYERS])> {
        let kinds = self.kinds.len();
        let digit = |letter: char| letter.to_digit(10).map(|d| d as usize).filter(|&d| d < kinds);
        let found: [usize; LAYERS] = name.chars().map(digit).collect::<Option<Vec<_>>>()?.try_into().ok()?;
        Some((found.iter().fold(0, |number, digit| number * kinds + digit), found))
    }
}

/// Writes `count` stacked pictures of the labelled set at `from` into `out`. Picture `i` depends on the seed and `i` alone,
/// so more pictures of the same seed begin with the same pictures.
///
/// # Errors
/// When the set can't be read or has not 2 to 10 classes, for a folder that is not empty, and what the disk refuses.
pub fn stack(
    from: &Path,
    out: &Path,
    count: usize,
    seed: u64,
    monitor: &mut dyn Monitor,
) -> Result<Stacked, StackError> {
    let ((width, height), _) = typical_size(from)?;
    let preparation = Preparation { width, height, ..Preparation::square(1, Channels::Grey) };
    let data = Dataset::open(from, &preparation, monitor)?;
    let kinds = data.classes().to_vec();
    if !KINDS.contains(&kinds.len()) {
        return Err(StackError::Classes { path: from.to_path_buf(), found: kinds.len() });
    }
    let stack = Stack { kinds, pictures: count, seed };
    let drawn: Vec<[u32; LAYERS]> = (0..count as u64).map(|at| draw(&data, seed, at)).collect();
    let names: Vec<String> = drawn.iter().map(|layers| stack.name(class(&stack, &data, layers))).collect();
    let classes: BTreeSet<&String> = names.iter().collect();
    let draft = begin(out)?;
    prepare(draft.path(), &stack, &classes)?;
    for first in (0..count).step_by(PORTION) {
        let last = count.min(first + PORTION);
        (first..last).into_par_iter().try_for_each(|at| {
            let path = draft.path().join(&names[at]).join(format!("{at:06}.png"));
            let picture = stacked(&data, &drawn[at])?;
            Ok::<_, StackError>(save(&picture, &path).map_err(WriteError::at(&path))?)
        })?;
        if !monitor.count(Stage::Writing, Unit::Pictures, last, count) {
            return Err(WriteError::Cancelled.into());
        }
    }
    draft.commit(Existing::Keep).map_err(WriteError::from)?;
    Ok(Stacked { classes: classes.len(), stack })
}

fn draw(data: &Dataset, seed: u64, at: u64) -> [u32; LAYERS] {
    let mut random = Random::new(seed, "stack", at);
    [(); LAYERS].map(|()| random.below(data.len()) as u32)
}

fn class(stack: &Stack, data: &Dataset, layers: &[u32; LAYERS]) -> usize {
    let label = |&index: &u32| data.labels()[index as usize] as usize;
    layers.iter().map(label).fold(0, |number, digit| number * stack.kinds.len() + digit)
}

fn stacked(data: &Dataset, layers: &[u32; LAYERS]) -> Result<Picture, DataError> {
    let batch = data.plain(layers)?;
    let area = batch.width * batch.height;
    let pixels = (0..LAYERS * area).map(|at| batch.pixels[at % LAYERS * area + at / LAYERS]).collect();
    Ok(Picture::new(batch.width, batch.height, LAYERS, pixels))
}

/// Makes the folders and writes the note.
fn prepare(out: &Path, stack: &Stack, classes: &BTreeSet<&String>) -> Result<(), WriteError> {
    let note = out.join(NOTE);
    let text = serde_json::to_vec(stack).map_err(|error| WriteError::at(&note)(error.into()))?;
    fs::write(&note, text).map_err(WriteError::at(&note))?;
    make_classes(out, classes.iter().map(|class| class.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits_in(folder: &Path) {
        crate::synth::write("glyphs", folder, 40, 16, 1, &mut ()).unwrap();
    }

    #[test]
    fn each_channel_is_a_picture_of_the_set_and_the_folder_names_its_class() {
        let place = tempfile::tempdir().unwrap();
        let (from, out) = (place.path().join("glyphs"), place.path().join("stacked"));
        digits_in(&from);
        let written = stack(&from, &out, 30, 7, &mut ()).unwrap();
        assert_eq!((written.stack.kinds.len(), written.stack.classes()), (10, 1000));
        assert_eq!(Stack::of(&out), Some(written.stack.clone()));
        assert_eq!(Stack::of(&from), None);

        let grey = Dataset::open(&from, &Preparation::square(16, Channels::Grey), &mut ()).unwrap();
        let all = grey.plain(&(0..40).collect::<Vec<_>>()).unwrap();
        let data = Dataset::open(&out, &Preparation::square(16, Channels::Rgb), &mut ()).unwrap();
        assert_eq!((data.len(), data.classes().len()), (30, written.classes));
        for at in 0..30 {
            let batch = data.plain(&[at]).unwrap();
            let name = &data.classes()[batch.labels[0] as usize];
            let (_, kinds) = written.stack.kinds_of(name).unwrap();
            for (plane, kind) in batch.pixels.chunks_exact(256).zip(kinds) {
                let mut found = all.pixels.chunks_exact(256).zip(&all.labels);
                assert!(found.any(|(pixels, &label)| pixels == plane && label as usize == kind), "{name}");
            }
        }
    }

    #[test]
    fn more_pictures_of_a_seed_begin_with_the_same_pictures() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        digits_in(&path("glyphs"));
        for (name, count, seed) in [("few", 5, 3), ("many", 12, 3), ("others", 5, 4)] {
            stack(&path("glyphs"), &path(name), count, seed, &mut ()).unwrap();
        }
        let files = |name: &str| {
            let folders = fs::read_dir(path(name)).unwrap().map(|entry| entry.unwrap().path());
            let inside = folders.filter(|folder| folder.is_dir()).flat_map(|folder| {
                fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
            });
            inside
                .map(|file| (file.file_name().unwrap().to_owned(), fs::read(&file).unwrap()))
                .collect::<BTreeSet<_>>()
        };
        assert!(files("few").is_subset(&files("many")));
        assert_ne!(files("few"), files("others"));
    }

    #[test]
    fn names_and_numbers_agree() {
        let stack = Stack { kinds: ["a", "b", "c"].map(str::to_owned).to_vec(), pictures: 1, seed: 1 };
        for class in 0..27 {
            assert_eq!(stack.kinds_of(&stack.name(class)).map(|(number, _)| number), Some(class));
        }
        assert_eq!(stack.name(5), "012");
        for name in ["", "01", "0120", "013", "rose"] {
            assert_eq!(stack.kinds_of(name), None, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_stacked_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        digits_in(&path("glyphs"));
        let refused =
            |from: &str, out: &str| stack(&path(from), &path(out), 4, 1, &mut ()).unwrap_err().to_string();
        assert!(refused("glyphs", "glyphs").contains("not empty"));
        assert!(refused("glyphs/anchor", "out").contains("0 classes"), "{}", refused("glyphs/anchor", "out"));
        assert!(refused("nothing", "out").contains("nothing"));
        assert!(!path("out").exists());
    }
}
