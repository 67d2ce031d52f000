//! Many pictures, one after the other: all are found, opened and placed before the first is made, so that a refusal leaves
//! nothing behind; then each is made and written, and what is finished is kept when the work is stopped.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use impasto_data::pictures_in;
use impasto_system::{Existing, Monitor, Span, Stage, Unit, Warning, WarningKind, make_room};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Hint, Result};
use crate::picture::{check_free, has_ending, is_picture_file};

/// The pictures that go in, and where what is made of them goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The pictures; a folder stands for all below it.
    pub pictures: Vec<PathBuf>,
    /// The file that is written, or the folder of those that are.
    pub out: PathBuf,
    /// Whether files may be overwritten.
    #[serde(default)]
    pub force: bool,
}

/// What came of many pictures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BatchReport<T> {
    /// What was written, in order.
    pub outputs: Vec<T>,
    /// How many pictures were left when the work was stopped.
    pub left: usize,
}

/// A picture that was opened.
#[derive(Debug)]
pub(crate) struct Item<T> {
    pub(crate) path: PathBuf,
    /// What its result is called, from where it was found, without an ending.
    pub(crate) name: PathBuf,
    pub(crate) content: T,
}

impl<T> Item<T> {
    /// Its path, for sentences and reports.
    pub(crate) fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

/// A file that was found.
struct Found {
    path: PathBuf,
    name: PathBuf,
    /// Whether it was asked for by its own name.
    is_named: bool,
}

/// Endings of files that are no place for this.
const ENDINGS: [&str; 10] = ["png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "apng", "mp4"];
/// How pictures are written into folders.
const PNG: &str = "png";

impl Files {
    /// Opens all of them. What can't be read is an error where it was asked for by its name; where it was found in a folder it
    /// is left out, and the monitor hears of it.
    pub(crate) fn open<T>(
        &self,
        monitor: &mut dyn Monitor,
        mut open: impl FnMut(&Path) -> Result<T>,
    ) -> Result<Vec<Item<T>>> {
        let mut items = Vec::new();
        let mut last = None;
        for Found { path, name, is_named } in find(&self.pictures)? {
            match open(&path) {
                Ok(content) => items.push(Item { path, name, content }),
                Err(error) if !is_named && is_of_the_file(error.kind()) => {
                    let sentence = format!("left out: {}", error.sentence());
                    monitor.warn(&Warning::new(WarningKind::Damaged, sentence));
                    last = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        match last {
            Some(error) if items.is_empty() => Err(error),
            _ => Ok(items),
        }
    }

    /// Where the results of these go: into the file `out`, where it has this ending and there is only one, else into the
    /// folder `out`, in sub-folders like theirs. What is there already is refused, unless it may be replaced. Nothing is made
    /// yet.
    pub(crate) fn places<T>(&self, items: &[Item<T>], ending: &str) -> Result<Vec<PathBuf>> {
        let names: Vec<&Path> = items.iter().map(|item| item.name.as_path()).collect();
        places(&self.out, ending, &names, self.force)
    }

    /// What becomes of a file that is there already.
    pub(crate) fn existing(&self) -> Existing {
        Existing::forced(self.force)
    }
}

/// Whether an error is about one file, so that others can be gone on with.
fn is_of_the_file(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unreadable | ErrorKind::Corrupt)
}

/// The files at these paths: those that are named, and for a folder the pictures below it, in the order of their names.
fn find(paths: &[PathBuf]) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            let name = PathBuf::from(path.file_stem().unwrap_or_default());
            found.push(Found { path: path.clone(), name, is_named: true });
            continue;
        }
        let inside = pictures_in(path)?;
        if inside.is_empty() {
            return Err(Error::missing(format!("{} has no pictures in it; check the path", path.display())));
        }
        found.extend(inside.into_iter().map(|file| {
            let name = file.strip_prefix(path).unwrap_or(&file).with_extension("");
            Found { path: file, name, is_named: false }
        }));
    }
    match found.is_empty() {
        true => Err(Error::usage("no pictures are named")),
        false => Ok(found),
    }
}

/// The files at these paths; a folder stands for the pictures below it.
pub(crate) fn paths_of(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    Ok(find(paths)?.into_iter().map(|found| found.path).collect())
}

/// The picture in a folder that is called like this file, whatever its ending.
pub(crate) fn find_named(folder: &Path, file: &Path) -> Result<Option<PathBuf>> {
    let inside = find(&[folder.to_path_buf()])?;
    Ok(inside.into_iter().map(|found| found.path).find(|path| path.file_stem() == file.file_stem()))
}

/// Where results of these names go.
pub(crate) fn places(
    out: &Path,
    ending: &str,
    names: &[impl AsRef<Path>],
    force: bool,
) -> Result<Vec<PathBuf>> {
    // Pictures may be of other kinds than PNG where one file is named.
    let is_file = has_ending(out, ending) || ending == PNG && is_picture_file(out) && !out.is_dir();
    if is_file && names.len() > 1 {
        let sentence =
            format!("{} results don't fit into the one file {}: give a folder", names.len(), out.display());
        let folder = out.with_extension("").display().to_string();
        return Err(Error::usage(sentence).hint(Hint::set("put them there", "out", Some(&folder))));
    }
    if !is_file && !out.is_dir() && ENDINGS.iter().any(|other| has_ending(out, other)) {
        let sentence = format!(
            "{} names another kind of file than .{ending}, which carries how it was made",
            out.display()
        );
        let file = out.with_extension(ending).display().to_string();
        return Err(Error::usage(sentence).hint(Hint::set("write one", "out", Some(&file))));
    }
    let place = |name: &Path| match is_file {
        true => out.to_path_buf(),
        // A name may have a dot in it, so that no ending can be put in the place of another.
        false => out.join(format!("{}.{ending}", name.display())),
    };
    let places: Vec<PathBuf> = names.iter().map(|name| place(name.as_ref())).collect();
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

/// Makes all that goes to these places in turn; `make` writes the one of a number to its place and reports it, or gives nothing where it was stopped before it
/// had something to keep.
pub(crate) fn make_all<R>(
    stage: Stage,
    places: &[PathBuf],
    monitor: &mut dyn Monitor,
    mut make: impl FnMut(usize, &Path, &mut Span<'_>) -> Result<Option<R>>,
) -> Result<BatchReport<R>> {
    make_room_for(places)?;
    let mut outputs = Vec::with_capacity(places.len());
    let mut span = Span::new(&mut *monitor, stage, Unit::Pictures, places.len());
    for (number, place) in places.iter().enumerate() {
        let part = &mut span.unit(number);
        let Some(output) = make(number, place, part)? else { break };
        outputs.push(output);
        // The picture on which somebody stopped is finished, or kept as far as it is.
        if !span.goes_on() {
            break;
        }
    }
    Ok(BatchReport::of(outputs, places.len(), monitor))
}

impl<T> BatchReport<T> {
    /// What came of so many pictures; the monitor hears of those that are left.
    pub(crate) fn of(outputs: Vec<T>, pictures: usize, monitor: &mut dyn Monitor) -> Self {
        let left = pictures - outputs.len();
        if left > 0 {
            let sentence = format!("stopped: {left} of {pictures} pictures are left");
            monitor.warn(&Warning::new(WarningKind::Incomplete, sentence));
        }
        Self { outputs, left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_system::Recorder;

    /// A folder of files with their names in them.
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        folder
    }

    /// What a file says, unless that is that it is bad.
    fn text(path: &Path) -> Result<String> {
        match std::fs::read_to_string(path).unwrap() {
            text if text.contains("bad") => Err(Error::unreadable(format!("{} is bad", path.display()))),
            text => Ok(text),
        }
    }

    fn files(pictures: &[&Path], out: &Path) -> Files {
        let pictures = pictures.iter().map(|path| path.to_path_buf()).collect();
        Files { pictures, out: out.to_path_buf(), force: false }
    }

    #[test]
    fn what_is_bad_in_a_folder_is_left_out_with_a_warning_and_what_is_named_is_an_error() {
        let folder = folder(&["a.png", "bad.png", "sub/b.png"]);
        let (all, mut heard) = (files(&[folder.path()], Path::new("out")), Recorder::default());
        let items = all.open(&mut heard, text).unwrap();
        assert_eq!(items.iter().map(|item| &item.content[..]).collect::<Vec<_>>(), ["a.png", "sub/b.png"]);
        assert_eq!((heard.warnings.len(), heard.warnings[0].kind), (1, WarningKind::Damaged));
        let named = files(&[&folder.path().join("bad.png")], Path::new("out"));
        assert_eq!(named.open(&mut (), text).unwrap_err().kind(), ErrorKind::Unreadable);
    }

    #[test]
    fn a_folder_of_nothing_that_can_be_read_is_an_error() {
        let folder = folder(&["bad.png", "note.txt"]);
        let all = files(&[folder.path()], Path::new("out"));
        assert_eq!(all.open(&mut (), text).unwrap_err().kind(), ErrorKind::Unreadable);
        std::fs::remove_file(folder.path().join("bad.png")).unwrap();
        assert_eq!(all.open(&mut (), text).unwrap_err().kind(), ErrorKind::Missing);
    }

    #[test]
    fn results_lie_in_folders_like_those_of_the_pictures() {
        let folder = folder(&["a.png", "sub/a.png", "sub/v1.2.png"]);
        let all = files(&[folder.path()], &folder.path().join("out"));
        let items = all.open(&mut (), text).unwrap();
        let places = all.places(&items, "png").unwrap();
        let names: Vec<&Path> = places.iter().map(|place| place.strip_prefix(&all.out).unwrap()).collect();
        assert_eq!(names, ["a.png", "sub/a.png", "sub/v1.2.png"].map(Path::new));
    }

    #[test]
    fn a_file_of_another_kind_and_two_results_of_one_name_are_wrong_usage() {
        let names = [Path::new("a")];
        let error = places(Path::new("x.gif"), "png", &names, false).unwrap_err();
        assert_eq!((error.kind(), error.hints().len()), (ErrorKind::Usage, 1));
        let twice = [Path::new("a"), Path::new("a")];
        for out in ["folder", "x.png"] {
            assert_eq!(places(Path::new(out), "png", &twice, false).unwrap_err().kind(), ErrorKind::Usage);
        }
        assert_eq!(places(Path::new("x.webp"), "png", &names, false).unwrap(), [Path::new("x.webp")]);
        assert!(places(Path::new("x.png"), "latent", &names, false).is_err());
        assert_eq!(places(Path::new("X.PNG"), "png", &names, false).unwrap(), [Path::new("X.PNG")]);
        assert_eq!(places(Path::new("v1.2"), "png", &names, false).unwrap(), [Path::new("v1.2/a.png")]);
    }

    #[test]
    fn what_is_done_is_kept_when_the_work_is_stopped() {
        let folder = folder(&["a.png", "b.png", "c.png"]);
        let all = files(&[folder.path()], &folder.path().join("out"));
        let items = all.open(&mut (), text).unwrap();
        let places = all.places(&items, "png").unwrap();
        for reports in 0..4 {
            let mut heard = Recorder::stopping_after(reports);
            let report = make_all(Stage::Enlarging, &places, &mut heard, |number, place, span| {
                if !span.reached(0.0) {
                    return Ok(None);
                }
                std::fs::write(place, &items[number].content).unwrap();
                Ok(Some(items[number].content.clone()))
            });
            let report = report.unwrap();
            assert_eq!(report.left, 3 - report.outputs.len());
            assert_eq!(report.outputs.len(), reports.saturating_sub(1).min(3), "after {reports}");
            let warned = heard.warnings.iter().filter(|one| one.kind == WarningKind::Incomplete).count();
            assert_eq!(warned, usize::from(report.left > 0));
        }
    }
}
