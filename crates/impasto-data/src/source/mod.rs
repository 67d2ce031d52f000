//! What a path holds: a folder of pictures, an archive of them, or one of the packed formats of well-known sets.
//!
//! A source hands out its pictures one after the other, in an order that never changes, and holds only names in
//! memory: at most one file is open at a time, and packed files are streamed.

mod bounded;
mod cifar;
mod expanding;
mod folder;
mod idx;
mod names;
mod rows;
mod tar;
mod typical;
mod zip;

pub(crate) use bounded::{bounded, too_large};
pub use folder::pictures_in;
pub use typical::typical_size;

use std::fs;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use flate2::read::MultiGzDecoder;
use image::DynamicImage;
use sha2::{Digest, Sha256};

use crate::decode::Limits;
use crate::error::DataError;
use crate::finding::{Finding, Flaw, Kind};
use crate::preparation::Channels;
use crate::size::Size;

use expanding::{Expanding, plausible};

/// One picture, found but not decoded.
pub(crate) struct Found {
    /// Where it lies, from the root of the set.
    pub(crate) name: String,
    /// The sub-folder or label it belongs to.
    pub(crate) class: Option<String>,
    pub(crate) payload: Payload,
}

/// What there is of a picture.
pub(crate) enum Payload {
    /// A file, not yet opened.
    File(PathBuf),
    /// The bytes of a file inside an archive.
    Bytes(Vec<u8>),
    /// Pixels from a packed format of this name.
    Pixels(DynamicImage, &'static str),
    /// It is already known to be bad.
    Bad(Flaw),
    /// No picture at all: only counted.
    Other,
}

/// Receives what is found.
pub(crate) type Take<'a> = &'a mut dyn FnMut(Found) -> Result<(), DataError>;

/// What a path holds.
pub(crate) struct Source {
    path: PathBuf,
    shape: Shape,
    /// How many pictures there are, or 0 where only reading all of it would tell.
    pub(crate) total: usize,
    /// Files that are no pictures.
    pub(crate) other: usize,
    /// What was noticed while looking around.
    pub(crate) findings: Vec<Finding>,
}

enum Shape {
    Folder(Vec<folder::Entry>),
    Idx(idx::Pair),
    Cifar(Vec<PathBuf>),
    Rows(Vec<rows::Sheet>),
    Zip,
    Tar,
}

/// The folder of the pictures that are there to be learned.
const LEARNED: &str = "train";

impl Source {
    /// Looks at what lies at the path, without reading pictures.
    pub(crate) fn scan(path: &Path) -> Result<Self, DataError> {
        let about = fs::metadata(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => DataError::Missing { path: path.to_path_buf() },
            _ => DataError::Read { path: path.to_path_buf(), source },
        })?;
        if about.is_dir() { Self::scan_folder(path) } else { Self::scan_file(path) }
    }

    fn scan_folder(path: &Path) -> Result<Self, DataError> {
        if let Some(source) = Self::packed(path)? {
            return Ok(source);
        }
        // Well-known sets are handed on in two folders, of which one is for judging.
        let inner = path.join(LEARNED);
        if inner.is_dir()
            && let Some(mut source) = Self::packed(&inner)?
        {
            let why = format!("only the pictures in {LEARNED} are taken; name another folder to have those");
            source.findings.push(Flaw::new(Kind::Note, why).at(LEARNED));
            return Ok(source);
        }
        let listing = folder::list(path)?;
        let mut source = Self::new(path, listing.entries.len(), Shape::Folder(listing.entries));
        source.other = listing.other;
        source.findings = listing.findings;
        Ok(source)
    }

    /// What lies in the folder, if it is a well-known set in a format of its own.
    fn packed(path: &Path) -> Result<Option<Self>, DataError> {
        let children = folder::file_names(path)?;
        if let Some(images) = idx::preferred(&children) {
            return Self::idx(path, &path.join(images)).map(Some);
        }
        let sheets = rows::sheets(path, &children);
        if !sheets.is_empty() {
            return Ok(Some(Self::new(path, rows::count(&sheets), Shape::Rows(sheets))));
        }
        let batches = cifar::batches(path, &children);
        if !batches.is_empty() {
            return Ok(Some(Self::new(path, cifar::count(&batches), Shape::Cifar(batches))));
        }
        Ok(None)
    }

    fn scan_file(path: &Path) -> Result<Self, DataError> {
        let head = head(path).map_err(DataError::read(path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if idx::is_pictures(&head) {
            return Self::idx(path, path);
        }
        if let Some(sheet) = rows::sheet(path)? {
            return Ok(Self::new(path, rows::count(std::slice::from_ref(&sheet)), Shape::Rows(vec![sheet])));
        }
        if name.ends_with(".bin") && cifar::is_batch(path) {
            return Ok(Self::new(
                path,
                cifar::count(&[path.to_path_buf()]),
                Shape::Cifar(vec![path.to_path_buf()]),
            ));
        }
        if zip::is_archive(&head) {
            return Ok(Self::new(path, zip::count(path)?, Shape::Zip));
        }
        if tar::is_archive(&head, &name) {
            return Ok(Self::new(path, 0, Shape::Tar));
        }
        if names::is_picture(&name) || crate::decode::format_name(&head).is_some() {
            return Ok(Self::new(path, 1, Shape::Folder(vec![folder::Entry::single(path)])));
        }
        let why = if head.is_empty() { "it is empty" } else { "it is of no kind that is known" };
        Err(DataError::NotPictures { path: path.to_path_buf(), why: why.to_owned() })
    }

    fn idx(path: &Path, images: &Path) -> Result<Self, DataError> {
        let pair = idx::Pair::beside(images)?;
        let mut source = Self::new(path, pair.count, Shape::Idx(pair));
        if let Shape::Idx(pair) = &source.shape {
            source.findings = pair.notes.clone();
        }
        Ok(source)
    }

    fn new(path: &Path, total: usize, shape: Shape) -> Self {
        Self { path: path.to_path_buf(), shape, total, other: 0, findings: Vec::new() }
    }

    /// True where all may lie in one folder that belongs to the archive and not to the set.
    pub(crate) fn is_archive(&self) -> bool {
        matches!(self.shape, Shape::Zip | Shape::Tar)
    }

    /// Hands out every picture, one after the other.
    pub(crate) fn each(&self, limits: &Limits, take: Take<'_>) -> Result<(), DataError> {
        match &self.shape {
            Shape::Folder(entries) => folder::each(entries, take),
            Shape::Idx(pair) => pair.each(take),
            Shape::Cifar(batches) => cifar::each(batches, take),
            Shape::Rows(sheets) => rows::each(sheets, limits, take),
            Shape::Zip => zip::each(&self.path, limits, take),
            Shape::Tar => tar::each(&self.path, limits, take),
        }
    }

    /// Changes whenever a file of the set is added, removed or written to.
    ///
    /// The root belongs to it, because well-known sets have equal names, sizes and (from packages) equal times.
    pub(crate) fn fingerprint(&self) -> Result<String, DataError> {
        let root = fs::canonicalize(&self.path).map_err(DataError::read(&self.path))?;
        let mut hash = Sha256::new();
        field(&mut hash, root.to_string_lossy().as_bytes());
        match &self.shape {
            Shape::Folder(entries) => entries.iter().for_each(|entry| entry.identify(&mut hash)),
            Shape::Idx(pair) => pair.files().try_for_each(|file| identify(&mut hash, file))?,
            Shape::Cifar(batches) => batches.iter().try_for_each(|file| identify(&mut hash, file))?,
            Shape::Rows(sheets) => {
                sheets.iter().flat_map(rows::Sheet::files).try_for_each(|file| identify(&mut hash, file))?;
            }
            Shape::Zip | Shape::Tar => identify(&mut hash, &self.path)?,
        }
        Ok(hex(&hash.finalize()))
    }
}

/// The size and colours of the pictures at the path, where its format fixes them (IDX, CIFAR-10); nothing is decoded.
///
/// # Errors
/// When the path can't be read.
pub fn own_size(path: &Path) -> Result<Option<(Size, Channels)>, DataError> {
    Ok(match Source::scan(path)?.shape {
        Shape::Idx(pair) => Some((pair.size(), Channels::Grey)),
        Shape::Cifar(_) | Shape::Rows(_) => Some((Size::square(cifar::SIDE as usize), Channels::Rgb)),
        Shape::Folder(_) | Shape::Zip | Shape::Tar => None,
    })
}

/// Small letters and digits for these bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds a field to a hash so that its end can't be mistaken for the next one's beginning.
fn field(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

fn moment(about: &fs::Metadata) -> [u8; 16] {
    let since = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.unwrap_or_default().as_nanos().to_le_bytes()
}

/// A packed file: name, size, time, and its two ends.
fn identify(hash: &mut Sha256, path: &Path) -> Result<(), DataError> {
    const END: u64 = 64 << 10;
    let mut file = impasto_system::open(path).map_err(DataError::read(path))?;
    let about = file.metadata().map_err(DataError::read(path))?;
    field(hash, path.file_name().unwrap_or_default().to_string_lossy().as_bytes());
    field(hash, &about.len().to_le_bytes());
    field(hash, &moment(&about));
    for from in [0, about.len().saturating_sub(END)] {
        let mut end = Vec::new();
        file.seek(SeekFrom::Start(from)).map_err(DataError::read(path))?;
        file.by_ref().take(END).read_to_end(&mut end).map_err(DataError::read(path))?;
        field(hash, &end);
    }
    Ok(())
}

/// The file's content, unpacked on the way if it is gzip.
fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = impasto_system::open(path)?;
    let length = file.metadata()?.len();
    let mut magic = Vec::new();
    file.by_ref().take(2).read_to_end(&mut magic)?;
    file.rewind()?;
    let reader = BufReader::with_capacity(1 << 18, file);
    if magic == [0x1f, 0x8b] {
        let unpacked = Expanding::new(MultiGzDecoder::new(reader), length);
        return Ok(Box::new(BufReader::with_capacity(1 << 18, unpacked)));
    }
    Ok(Box::new(reader))
}

/// The first bytes of the (unpacked) content; fewer where it ends or is damaged.
fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    match unpacked(path)?.take(512).read_to_end(&mut head) {
        Err(error) if head.is_empty() && error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(head),
    }
}

/// A file name for findings and messages.
fn shown(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl Payload {
    /// Bytes of memory that it holds.
    pub(crate) fn held(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Pixels(image, _) => image.as_bytes().len(),
            Self::File(_) | Self::Bad(_) | Self::Other => 0,
        }
    }
}
