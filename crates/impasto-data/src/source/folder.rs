//! A folder of pictures, recursively. The first folder below the root is a picture's class.

use std::collections::HashSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::Sha256;

use super::{Found, Payload, Take, field, moment, names, shown};
use crate::decode;
use crate::error::DataError;
use crate::finding::{Finding, Flaw, Kind};

/// One file that is meant to be a picture.
pub(super) struct Entry {
    path: PathBuf,
    name: String,
    size: u64,
    moment: [u8; 16],
    /// Set when the file can't be opened at all.
    flaw: Option<Flaw>,
}

/// Everything below a folder.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<Entry>,
    pub(super) other: usize,
    pub(super) findings: Vec<Finding>,
    /// Folders behind links: visited last, and only if they weren't reached without a link.
    links: Vec<(PathBuf, String)>,
    visited: HashSet<PathBuf>,
}

impl Entry {
    /// A file that was named itself.
    pub(super) fn single(path: &Path) -> Self {
        Self::new(path.to_path_buf(), shown(path))
    }

    fn new(path: PathBuf, name: String) -> Self {
        let (size, moment, flaw) = match fs::metadata(&path) {
            // Opening a pipe would wait for ever.
            Ok(about) if !about.is_file() => {
                (0, [0; 16], Some(Flaw::new(Kind::Unreadable, "this is no regular file")))
            }
            Ok(about) => (about.len(), moment(&about), None),
            Err(error) => (0, [0; 16], Some(error.into())),
        };
        Self { path, name, size, moment, flaw }
    }

    /// Adds what would change with the file to a fingerprint.
    pub(super) fn identify(&self, hash: &mut Sha256) {
        field(hash, self.name.as_bytes());
        field(hash, &self.size.to_le_bytes());
        field(hash, &self.moment);
    }
}

/// The names of the files that lie directly in the folder, sorted.
pub(super) fn file_names(folder: &Path) -> Result<Vec<String>, DataError> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .map_err(DataError::read(folder))?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// Everything below the folder, sorted by name.
pub(super) fn list(root: &Path) -> Result<Listing, DataError> {
    let mut listing = Listing::default();
    listing.visit(root, "").map_err(DataError::read(root))?;
    listing.links.sort_unstable();
    // Links found behind links are appended and visited in turn; the set of visited folders ends every circle.
    let mut next = 0;
    while next < listing.links.len() {
        let (path, name) = listing.links[next].clone();
        listing.visit_or_note(&path, &name);
        next += 1;
    }
    listing.entries.sort_unstable_by(|a, b| a.name.cmp(&b.name).then_with(|| a.path.cmp(&b.path)));
    Ok(listing)
}

/// The files below the folder that are meant to be pictures, sorted by name.
pub fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    Ok(list(folder)?.entries.into_iter().map(|entry| entry.path).collect())
}

impl Listing {
    fn visit(&mut self, folder: &Path, prefix: &str) -> std::io::Result<()> {
        if !self.visited.insert(fs::canonicalize(folder)?) {
            return Ok(());
        }
        let mut children: Vec<fs::DirEntry> = fs::read_dir(folder)?.filter_map(Result::ok).collect();
        children.sort_unstable_by_key(fs::DirEntry::file_name);
        for child in children {
            let last = child.file_name().to_string_lossy().into_owned();
            if last.starts_with('.') {
                continue;
            }
            let name = if prefix.is_empty() { last } else { format!("{prefix}/{last}") };
            self.add(child.path(), name, child.file_type()?);
        }
        Ok(())
    }

    fn add(&mut self, path: PathBuf, name: String, kind: fs::FileType) {
        if kind.is_dir() {
            self.visit_or_note(&path, &name);
        } else if kind.is_symlink() && path.is_dir() {
            self.links.push((path, name));
        } else if names::is_picture(&name) || (names::extension(&name).is_none() && looks_like_picture(&path))
        {
            self.entries.push(Entry::new(path, name));
        } else {
            self.other += 1;
        }
    }

    fn visit_or_note(&mut self, path: &Path, name: &str) {
        if let Err(error) = self.visit(path, name) {
            self.findings
                .push(Flaw::new(Kind::Unreadable, format!("cannot open the folder: {error}")).at(name));
        }
    }
}

/// Some collections name their files by a number or a hash and nothing else.
fn looks_like_picture(path: &Path) -> bool {
    let mut head = Vec::new();
    let read =
        path.is_file() && impasto_system::open(path).and_then(|f| f.take(32).read_to_end(&mut head)).is_ok();
    read && decode::format_name(&head).is_some()
}

/// Hands out the files in order.
pub(super) fn each(entries: &[Entry], take: Take<'_>) -> Result<(), DataError> {
    for entry in entries {
        let payload = match &entry.flaw {
            Some(flaw) => Payload::Bad(flaw.clone()),
            None => Payload::File(entry.path.clone()),
        };
        take(Found { name: entry.name.clone(), class: names::class(&entry.name), payload })?;
    }
    Ok(())
}
