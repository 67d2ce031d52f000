//! From a package to the files that are wanted of it: only what the layout names is written, and only under names that
//! the layout gives, so a package can't choose where anything goes.

use impasto_system::{Monitor, Stage, Unit};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::archive::{self, Entry};
use super::error::{GetError, reading, writing};
use super::{Layout, Parcel, Piece};

/// More than any known package has, and what a disk can bear.
const MOST_BYTES: u64 = 1 << 30;
/// Likewise for entries of a package, wanted or not.
const MOST_ENTRIES: usize = 100_000;

/// Unpacks what is wanted of a package into a folder and checks it; the number of files comes back.
pub(super) fn unpack(
    parcel: &Parcel,
    package: &Path,
    into: &Path,
    monitor: &mut dyn Monitor,
) -> Result<usize, GetError> {
    let mut job = Job { parcel, package, into, done: 0, bytes: 0, seen: 0 };
    if !parcel.package.sha256.is_empty() {
        monitor.count(Stage::Verifying, Unit::Files, 0, 1);
        job.check_package(parcel.package.sha256)?;
    }
    let archive = archive::open(package)?
        .ok_or_else(|| GetError::NotAPackage { path: package.to_path_buf(), wanted: job.wanted() })?;
    let damaged = |source| GetError::Damaged { path: package.to_path_buf(), source };
    archive.each(damaged, |entry| job.take(entry, monitor))?;
    job.refuse_unless_whole()?;
    Ok(job.done)
}

/// A package being unpacked.
struct Job<'a> {
    parcel: &'a Parcel,
    package: &'a Path,
    into: &'a Path,
    done: usize,
    bytes: u64,
    seen: usize,
}

impl Job<'_> {
    fn check_package(&self, expected: &str) -> Result<(), GetError> {
        let mut file = impasto_system::open(self.package).map_err(reading(self.package))?;
        let mut hash = Sha256::new();
        let mut block = vec![0; 1 << 16];
        loop {
            match file.read(&mut block).map_err(reading(self.package))? {
                0 => break,
                count => hash.update(&block[..count]),
            }
        }
        refuse_other_hash(self.package.display().to_string(), hash, expected)
    }

    /// Writes an entry if it is wanted.
    fn take(&mut self, mut entry: Entry<'_>, monitor: &mut dyn Monitor) -> Result<(), GetError> {
        self.seen += 1;
        if self.seen > MOST_ENTRIES {
            return Err(self.unsafe_because(format!("it has more than {MOST_ENTRIES} entries")));
        }
        let name = entry.name.strip_prefix("./").unwrap_or(&entry.name);
        if name.starts_with('/') || name.split(['/', '\\']).any(|part| part == "..") {
            return Err(self.unsafe_because(format!("its entry `{}` leads out of it", printable(name))));
        }
        let Some(target) = self.target(name)? else { return Ok(()) };
        if !entry.is_file {
            return Err(self.unsafe_because(format!("its entry `{}` is a link, not a file", printable(name))));
        }
        self.bytes = self.bytes.saturating_add(entry.size);
        if self.bytes > MOST_BYTES {
            return Err(self.unsafe_because("it unpacks to more than a gigabyte".to_owned()));
        }
        self.write(&mut entry.bytes, &target)?;
        self.done += 1;
        match monitor.count(Stage::Unpacking, Unit::Files, self.done, 0) {
            true => Ok(()),
            false => Err(GetError::Cancelled),
        }
    }

    /// Where an entry goes, and its checksum where it has one; `None` for what is not wanted.
    fn target(&self, name: &str) -> Result<Option<(PathBuf, Option<&'static str>)>, GetError> {
        match self.parcel.layout {
            Layout::Files(pieces) => {
                let piece = pieces.iter().find(|piece| piece.inside == name);
                Ok(piece.map(|piece| (self.into.join(piece.to), Some(piece.sha256))))
            }
            Layout::Folder { under, ending, .. } => {
                let Some(file) = name.strip_prefix(under).filter(|file| file.ends_with(ending)) else {
                    return Ok(None);
                };
                let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
                if file.starts_with('.') || !file.chars().all(plain) {
                    return Err(self.unsafe_because(format!("`{}` is no plain file name", printable(file))));
                }
                Ok(Some((self.into.join(file), None)))
            }
        }
    }

    fn write(
        &self,
        entry: &mut impl Read,
        (path, sha256): &(PathBuf, Option<&'static str>),
    ) -> Result<(), GetError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(writing(folder))?;
        }
        let mut file = match File::create_new(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(self.unsafe_because("it holds the same file twice".to_owned()));
            }
            file => file.map_err(writing(path))?,
        };
        let mut hash = Sha256::new();
        let mut block = vec![0; 1 << 16];
        loop {
            match entry.read(&mut block) {
                Ok(0) => break,
                Ok(count) => {
                    hash.update(&block[..count]);
                    file.write_all(&block[..count]).map_err(writing(path))?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.damaged(error)),
            }
        }
        let name = path.strip_prefix(self.into).unwrap_or(path);
        let what = format!("{} in {}", name.display(), self.package.display());
        sha256.map_or(Ok(()), |expected| refuse_other_hash(what, hash, expected))
    }

    fn refuse_unless_whole(&self) -> Result<(), GetError> {
        let missing = match self.parcel.layout {
            Layout::Files(pieces) => {
                let absent = |piece: &&Piece| !self.into.join(piece.to).is_file();
                pieces.iter().find(absent).map(|piece| format!("`{}`", piece.inside))
            }
            Layout::Folder { under, ending, files, .. } => {
                (self.done != files).then(|| format!("{files} files `{under}*{ending}` but {}", self.done))
            }
        };
        missing.map_or(Ok(()), |missing| {
            Err(GetError::Lacks { path: self.package.to_path_buf(), missing, wanted: self.wanted() })
        })
    }

    fn wanted(&self) -> String {
        format!("{} wants the {}", self.parcel.name, self.parcel.package)
    }

    fn damaged(&self, source: io::Error) -> GetError {
        GetError::Damaged { path: self.package.to_path_buf(), source }
    }

    fn unsafe_because(&self, why: String) -> GetError {
        GetError::Unsafe { path: self.package.to_path_buf(), why }
    }
}

fn refuse_other_hash(what: String, hash: Sha256, expected: &str) -> Result<(), GetError> {
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if found == expected {
        Ok(())
    } else {
        Err(GetError::WrongHash { what, expected: expected.to_owned(), found })
    }
}

/// A name from outside, safe and short enough to print.
fn printable(name: &str) -> String {
    name.chars().take(120).flat_map(char::escape_debug).collect()
}
