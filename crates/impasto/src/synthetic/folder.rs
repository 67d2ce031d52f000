//! The folder of a synthetic set: its classes' folders, and the note that says what is in it.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use impasto_data::{WriteError, make_classes, make_empty};
use serde::{Deserialize, Serialize};

use super::choose::Wanted;
use super::{OfClass, Set, SyntheticError};
use impasto_system::{Existing, FileError, NewFolder, list, read_bounded, write_atomically};

/// The note beside the classes.
pub const NOTE: &str = "augment.json";
const LARGEST: u64 = 1 << 30;

/// A folder that is being filled. One that replaces an older set gets its name in the end, and until then the older one has it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    successor: Option<NewFolder>,
    classes: Vec<OfClass>,
    labelled: bool,
    files: Vec<String>,
}

#[derive(Serialize)]
struct Note<'a> {
    #[serde(flatten)]
    set: &'a Set,
    files: &'a [String],
}

/// As much of a note as it takes to know which files are its set's.
#[derive(Deserialize)]
struct Known {
    files: Vec<String>,
    classes: Vec<OfClass>,
}

impl Folder {
    /// Refuses what may not be written to: a folder with anything in it but a set that may be replaced.
    pub(super) fn check(path: &Path, force: bool) -> Result<(), SyntheticError> {
        match known(path) {
            Some(known) if force => check_own(path, &known),
            Some(_) => Err(SyntheticError::Exists { path: path.into() }),
            None if path.exists() => Ok(make_empty(path)?),
            None => Ok(()),
        }
    }

    /// Makes the folders of the classes that will have pictures.
    pub(super) fn make(
        path: &Path,
        classes: &[String],
        wanted: &Wanted,
        force: bool,
    ) -> Result<Self, SyntheticError> {
        Self::check(path, force)?;
        let successor = known(path).map(|_| NewFolder::create(path)).transpose()?;
        let path = successor.as_ref().map_or(path, NewFolder::path);
        make_empty(path)?;
        let folders = folder_names(classes);
        let used = (0..classes.len()).filter(|&class| wanted.missing_of(class) > 0);
        make_classes(path, used.map(|class| &folders[class][..]))?;
        let labelled = !classes.is_empty();
        let named = classes.iter().cloned().zip(folders);
        let mut all: Vec<OfClass> =
            named.map(|(name, folder)| OfClass { name, folder, ..OfClass::default() }).collect();
        if !labelled {
            all.push(OfClass::default());
        }
        Ok(Self { path: path.into(), successor, classes: all, labelled, files: Vec::new() })
    }

    /// The number of each real class here, by its name; classes that nobody paints are added. Without classes here, none.
    pub(super) fn real_classes(&mut self, names: &[String]) -> Result<Vec<Option<usize>>, SyntheticError> {
        if !self.labelled {
            return Ok(vec![None; names.len()]);
        }
        let painted = self.classes.len();
        let place = |name: &String| {
            self.classes.iter().position(|class| class.name == *name).unwrap_or_else(|| {
                self.classes.push(OfClass { name: name.clone(), ..OfClass::default() });
                self.classes.len() - 1
            })
        };
        let places: Vec<usize> = names.iter().map(place).collect();
        let all: Vec<String> = self.classes.iter().map(|class| class.name.clone()).collect();
        for (class, folder) in self.classes.iter_mut().zip(folder_names(&all)).skip(painted) {
            class.folder = folder;
        }
        let folders = places.iter().map(|&place| &self.classes[place].folder[..]);
        make_classes(&self.path, folders.filter(|folder| !self.path.join(folder).exists()))?;
        Ok(places.into_iter().map(Some).collect())
    }

    pub(super) fn classes(&self) -> &[OfClass] {
        &self.classes
    }

    pub(super) fn path(&self, class: Option<usize>, name: &str) -> PathBuf {
        self.path.join(&self.classes[class.unwrap_or(0)].folder).join(name)
    }

    /// A file is there.
    pub(super) fn add(&mut self, class: Option<usize>, name: &str, real: bool) {
        let class = &mut self.classes[class.unwrap_or(0)];
        if real {
            class.real += 1
        } else {
            class.pictures += 1
        }
        let inside =
            if class.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", class.folder) };
        self.files.push(inside);
    }

    /// All that will be there is there.
    pub(super) fn finish(self) -> Result<(), FileError> {
        self.successor.map_or(Ok(()), |successor| successor.commit(Existing::Replace))
    }

    /// Writes what is there by now.
    pub(super) fn note(&self, set: &Set) -> Result<(), FileError> {
        let set = &Set { classes: self.classes.clone(), ..set.clone() };
        // Names, numbers and words: there is nothing to fail.
        let text = serde_json::to_vec_pretty(&Note { set, files: &self.files }).unwrap_or_default();
        write_atomically(&self.path.join(NOTE), &text, Existing::Replace)
    }
}

fn known(path: &Path) -> Option<Known> {
    let note = path.join(NOTE);
    let bytes = note.is_file().then(|| read_bounded(&note, LARGEST).ok())??;
    serde_json::from_slice(&bytes).ok()
}

/// Refuses a set that somebody else has put something beside: it would be in the new one, or be lost.
fn check_own(path: &Path, known: &Known) -> Result<(), SyntheticError> {
    let own: HashSet<PathBuf> = known.paths(path).chain(known.folders(path)).collect();
    for folder in known.folders(path).chain([path.to_path_buf()]) {
        if list(&folder)?.iter().any(|entry| !own.contains(entry)) {
            return Err(WriteError::NotEmpty(path.into()).into());
        }
    }
    Ok(())
}

impl Known {
    /// The files that it names, and itself.
    fn paths(&self, path: &Path) -> impl Iterator<Item = PathBuf> {
        let files = self.files.iter().filter(|file| is_inside(file));
        files.map(|file| path.join(file)).chain([path.join(NOTE)])
    }

    /// The folders of its classes.
    fn folders(&self, path: &Path) -> impl Iterator<Item = PathBuf> {
        let folders = self.classes.iter().map(|class| &class.folder);
        folders.filter(|folder| !folder.is_empty() && is_inside(folder)).map(|folder| path.join(folder))
    }
}

/// A note from elsewhere names nothing outside of its folder.
fn is_inside(name: &str) -> bool {
    Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

/// Names of classes as names of folders on every system, no two of them equal.
pub(super) fn folder_names(classes: &[String]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut name = |class: &String| {
        let safe =
            |letter: char| if letter.is_control() || "<>:\"/\\|?*".contains(letter) { '-' } else { letter };
        let mut name: String = class.chars().map(safe).collect();
        // Names with a point in front are hidden, and those of blanks and points are no names everywhere.
        if name.is_empty() || name.starts_with('.') || name.ends_with(['.', ' ']) {
            name = format!("class-{}", name.replace('.', "-").trim());
        }
        while !taken.insert(name.to_lowercase()) {
            name.push('-');
        }
        name
    };
    classes.iter().map(&mut name).collect()
}
