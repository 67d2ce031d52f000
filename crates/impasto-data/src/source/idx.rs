//! IDX, the format of MNIST and its relatives: a header of big-endian numbers, then all pixels; the labels lie in a
//! file beside it. Either may be packed with gzip.
//!
//! <http://yann.lecun.com/exdb/mnist/>

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use image::{DynamicImage, GrayImage};

use super::{Found, Payload, Take, plausible, shown, unpacked};
use crate::error::DataError;
use crate::finding::{Finding, Flaw, Kind};
use crate::size::Size;

/// Unsigned bytes in three dimensions: pictures, rows, columns.
const PICTURES: u32 = 0x0803;
/// Unsigned bytes in one dimension.
const LABELS: u32 = 0x0801;
/// The longest side that is believed: memory for a picture is taken before it is read.
const LONGEST: u32 = 4096;

/// A file of pictures and, where there is one, the file of their labels.
pub(super) struct Pair {
    images: PathBuf,
    labels_file: Option<PathBuf>,
    labels: Vec<u8>,
    pub(super) count: usize,
    width: u32,
    height: u32,
    pub(super) notes: Vec<Finding>,
}

/// True for the first bytes of such a file.
pub(super) fn is_pictures(head: &[u8]) -> bool {
    head.starts_with(&PICTURES.to_be_bytes())
}

/// The file of pictures to take from a folder: the training half if there are two.
pub(super) fn preferred(names: &[String]) -> Option<&String> {
    let candidates = || names.iter().filter(|name| labels_name(name).is_some());
    candidates().find(|name| name.starts_with("train")).or_else(|| candidates().next())
}

/// `train-images-idx3-ubyte.gz` -> `train-labels-idx1-ubyte.gz`.
fn labels_name(images: &str) -> Option<String> {
    let stem = images.strip_suffix(".gz").unwrap_or(images);
    if !stem.ends_with("idx3-ubyte") || !stem.contains("images") {
        return None;
    }
    Some(images.replace("images", "labels").replace("idx3", "idx1"))
}

impl Pair {
    /// The pair that begins with this file of pictures.
    pub(super) fn beside(images: &Path) -> Result<Self, DataError> {
        let refuse = |why: String| DataError::NotPictures { path: images.to_path_buf(), why };
        let mut reader = unpacked(images).map_err(DataError::read(images))?;
        let [magic, count, height, width] =
            header(&mut reader).map_err(|e| refuse(format!("no IDX header: {e}")))?;
        if magic != PICTURES || !(1..=LONGEST).contains(&width) || !(1..=LONGEST).contains(&height) {
            return Err(refuse(format!(
                "its IDX header asks for pictures of {width}x{height}, magic {magic:#x}"
            )));
        }
        if u64::from(count) > plausible(images).map_err(DataError::read(images))? {
            return Err(refuse(format!(
                "its IDX header tells of {count} pictures, far more than fit into the file"
            )));
        }
        let mut pair = Self {
            images: images.to_path_buf(),
            labels_file: labels_file(images),
            labels: Vec::new(),
            count: count as usize,
            width,
            height,
            notes: Vec::new(),
        };
        pair.read_labels();
        Ok(pair)
    }

    /// Of each picture.
    pub(super) fn size(&self) -> Size {
        Size { width: self.width as usize, height: self.height as usize }
    }

    /// Labels that don't fit are left out with a note: the pictures are good without them.
    fn read_labels(&mut self) {
        let Some(file) = &self.labels_file else { return };
        let why = match labels(file, self.count) {
            Ok(labels) if labels.len() == self.count => return self.labels = labels,
            Ok(labels) => format!("{} labels for {} pictures: left out", labels.len(), self.count),
            Err(error) => format!("cannot read the labels: {error}: left out"),
        };
        self.notes.push(Flaw::new(Kind::Note, why).at(shown(file)));
    }

    /// The files that the set is made of.
    pub(super) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        std::iter::once(&self.images).chain(&self.labels_file)
    }

    /// Hands out the pictures in order; where the file breaks off, one bad picture stands for the rest.
    pub(super) fn each(&self, take: Take<'_>) -> Result<(), DataError> {
        let mut reader = unpacked(&self.images).map_err(DataError::read(&self.images))?;
        header::<4>(&mut reader).map_err(DataError::read(&self.images))?;
        let name = shown(&self.images);
        for index in 0..self.count {
            let mut pixels = vec![0; self.width as usize * self.height as usize];
            if let Err(error) = reader.read_exact(&mut pixels) {
                let why =
                    format!("the file says {} pictures but breaks off after {index}: {error}", self.count);
                let payload = Payload::Bad(Flaw::new(Kind::Truncated, why));
                return take(Found { name, class: None, payload });
            }
            let Some(image) = GrayImage::from_raw(self.width, self.height, pixels) else { break };
            let class = self.labels.get(index).map(u8::to_string);
            let payload = Payload::Pixels(DynamicImage::ImageLuma8(image), "idx");
            take(Found { name: format!("{name}#{index}"), class, payload })?;
        }
        Ok(())
    }
}

/// The labels' file beside the pictures, packed or not.
fn labels_file(images: &Path) -> Option<PathBuf> {
    let name = labels_name(&shown(images))?;
    let plain = name.strip_suffix(".gz").unwrap_or(&name).to_owned();
    let packed = format!("{plain}.gz");
    [name, plain, packed].into_iter().map(|name| images.with_file_name(name)).find(|path| path.is_file())
}

fn labels(file: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut reader = unpacked(file)?;
    let [magic, count] = header(&mut reader)?;
    if magic != LABELS {
        return Err(io::Error::other(format!("its header has the magic {magic:#x} instead of {LABELS:#x}")));
    }
    let mut labels = Vec::new();
    reader.take(u64::from(count).min(most as u64 + 1)).read_to_end(&mut labels)?;
    Ok(labels)
}

fn header<const N: usize>(reader: &mut impl Read) -> io::Result<[u32; N]> {
    let mut numbers = [0; N];
    for number in &mut numbers {
        let mut bytes = [0; 4];
        reader.read_exact(&mut bytes)?;
        *number = u32::from_be_bytes(bytes);
    }
    Ok(numbers)
}
