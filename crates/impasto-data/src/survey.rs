//! Every picture of a source, decoded in parallel and taken in order.
//!
//! The source is read in chunks: what is in memory at once is one chunk of packed files, one decoded picture for each
//! thread, and one chunk of what the work makes of them.

use std::fs::File;

use image::DynamicImage;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::decode::{self, Limits, flatten};
use crate::error::DataError;
use crate::finding::{Finding, Flaw};
use crate::picture::Picture;
use crate::preparation::Channels;
use crate::source::{self, Found, Payload, Source};

/// Packed bytes, and prepared bytes, that a chunk may hold.
const CHUNK_BYTES: usize = 64 << 20;
/// A chunk has this many pictures for each thread, so that few threads wait at its end.
const CHUNK_EACH: usize = 16;
/// Bytes up to here count as black.
const BLACK: u8 = 16;

/// What is told about progress: how many pictures are done, and of how many (0 when that isn't known).
pub(crate) type Progress<'a> = &'a mut dyn FnMut(usize, usize);

/// One picture, seen.
pub(crate) struct Seen<T> {
    pub(crate) name: String,
    pub(crate) class: Option<String>,
    pub(crate) format: &'static str,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Bytes on disk; for packed formats, bytes of pixels.
    pub(crate) bytes: u64,
    /// Of the decoded pixels: two pictures with the same digest are the same.
    pub(crate) digest: [u8; 32],
    /// Almost every pixel is black.
    pub(crate) dark: bool,
    /// What the work made of it.
    pub(crate) output: T,
}

/// What became of one entry of a source.
pub(crate) enum Outcome<T> {
    Picture(Seen<T>),
    Bad(Finding),
    Other,
}

/// How the pictures are read.
pub(crate) struct Survey<'a> {
    pub(crate) source: &'a Source,
    pub(crate) limits: &'a Limits,
    pub(crate) channels: Channels,
    pub(crate) background: [u8; 3],
    /// Bytes that the work keeps of each picture.
    pub(crate) kept: usize,
}

impl Survey<'_> {
    /// Decodes every picture, does the work on it in parallel, and hands out the results in order.
    pub(crate) fn run<T: Send>(
        &self,
        work: &(dyn Fn(Picture) -> T + Sync),
        take: &mut dyn FnMut(Outcome<T>) -> Result<(), DataError>,
        progress: Progress<'_>,
    ) -> Result<(), DataError> {
        let threads = rayon::current_num_threads();
        let longest = (CHUNK_BYTES / self.kept.max(1)).clamp(threads, CHUNK_EACH * threads);
        let (mut chunk, mut held, mut done) = (Vec::new(), 0, 0);
        progress(0, self.source.total);
        let mut finish = |chunk: &mut Vec<Found>| {
            done += chunk.iter().filter(|found| !matches!(found.payload, Payload::Other)).count();
            let outcomes: Vec<_> =
                std::mem::take(chunk).into_par_iter().map(|found| self.see(found, work)).collect();
            outcomes.into_iter().try_for_each(&mut *take)?;
            progress(done, self.source.total);
            Ok(())
        };
        self.source.each(self.limits, &mut |found| {
            held += found.payload.held();
            chunk.push(found);
            if chunk.len() < longest && held < CHUNK_BYTES {
                return Ok(());
            }
            held = 0;
            finish(&mut chunk)
        })?;
        finish(&mut chunk)
    }

    fn see<T>(&self, found: Found, work: &(dyn Fn(Picture) -> T + Sync)) -> Outcome<T> {
        let Found { name, class, payload } = found;
        if matches!(payload, Payload::Other) {
            return Outcome::Other;
        }
        let (image, format, bytes) = match self.open(payload) {
            Ok(opened) => opened,
            Err(flaw) => return Outcome::Bad(flaw.at(name)),
        };
        let picture = flatten(image, self.channels, self.background);
        let (width, height) = (picture.width(), picture.height());
        let (digest, dark) = (digest(&picture), is_dark(&picture));
        Outcome::Picture(Seen {
            name,
            class,
            format,
            width,
            height,
            bytes,
            digest,
            dark,
            output: work(picture),
        })
    }

    fn open(&self, payload: Payload) -> Result<(DynamicImage, &'static str, u64), Flaw> {
        let bytes = match payload {
            Payload::File(path) => source::bounded(File::open(path)?, self.limits)?,
            Payload::Bytes(bytes) => bytes,
            Payload::Pixels(image, format) => {
                let bytes = image.as_bytes().len() as u64;
                return Ok((image, format, bytes));
            }
            Payload::Bad(flaw) => return Err(flaw),
            Payload::Other => return Err(Flaw::new(crate::finding::Kind::Unreadable, "this is no picture")),
        };
        let image = decode::open(&bytes, self.limits)?;
        Ok((image, decode::format_name(&bytes).unwrap_or("other"), bytes.len() as u64))
    }
}

/// The digest of a picture's size and pixels.
pub(crate) fn digest(picture: &Picture) -> [u8; 32] {
    let mut hash = Sha256::new();
    for side in [picture.width(), picture.height(), picture.channels()] {
        hash.update((side as u64).to_le_bytes());
    }
    hash.update(picture.pixels());
    hash.finalize().into()
}

/// At most one byte in a thousand is brighter than black: a lone glyph is a picture, a lens cap isn't.
fn is_dark(picture: &Picture) -> bool {
    let bright = picture.pixels().iter().filter(|&&byte| byte > BLACK).count();
    bright * 1000 <= picture.pixels().len()
}
