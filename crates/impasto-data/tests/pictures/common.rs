//! Files made to measure.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use image::{DynamicImage, ImageFormat, RgbImage};
use impasto_data::{Channels, Dataset, Flaw, Limits, Options, Picture, Preparation, decode};
use tempfile::TempDir;

/// A folder that vanishes after the test, with a cache beside the pictures.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("set")
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// The one cache file that was built.
    pub(crate) fn cache_files(&self) -> Vec<PathBuf> {
        fs::read_dir(self.cache().join("prepared")).unwrap().map(|e| e.unwrap().path()).collect()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn open(&self, preparation: &Preparation) -> Dataset {
        self.open_at(&self.root(), preparation)
    }

    pub(crate) fn open_at(&self, path: &Path, preparation: &Preparation) -> Dataset {
        Dataset::open_with(path, preparation, &self.options(), &mut ()).unwrap()
    }

    pub(crate) fn options(&self) -> Options {
        Options { limits: Limits::default(), cache: Some(self.cache()) }
    }
}

/// RGB pixels that differ from picture to picture and from pixel to pixel.
pub(crate) fn colours(width: u32, height: u32, salt: u8) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 7) as u8 ^ salt, (y * 5) as u8, salt.wrapping_mul(37)])
    })
}

pub(crate) fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

pub(crate) fn png(width: u32, height: u32, salt: u8) -> Vec<u8> {
    encoded(colours(width, height, salt), ImageFormat::Png)
}

/// Decoded as RGB on white.
pub(crate) fn rgb(bytes: &[u8]) -> Result<Picture, Flaw> {
    decode(bytes, Channels::Rgb, [255; 3], &Limits::default())
}

pub(crate) fn square(size: usize) -> Preparation {
    Preparation::square(size, Channels::Rgb)
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// `count` grey pictures of 4x3 whose pixels all have the value of their index.
pub(crate) fn idx_pictures(count: u32) -> Vec<u8> {
    let mut bytes: Vec<u8> = [0x0803, count, 3, 4].iter().flat_map(|n: &u32| n.to_be_bytes()).collect();
    bytes.extend((0..count).flat_map(|i| [i as u8; 12]));
    bytes
}

pub(crate) fn idx_labels(labels: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        [0x0801, labels.len() as u32].iter().flat_map(|n: &u32| n.to_be_bytes()).collect();
    bytes.extend(labels);
    bytes
}

pub(crate) fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}
