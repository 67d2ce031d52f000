//! Every picture of a source, decoded in parallel and taken in order.
//!
//! The source is read in chunks: what is in memory at once is one chunk of packed files, one decoded picture for each
//! thread, and one chunk of what the work makes of them.

use impasto_system::{Monitor, Stage, Unit};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::decode::{self, Decoded, Draft, Limits, is_transparent};
use crate::error::DataError;
use crate::finding::{Finding, Flaw};
use crate::picture::Picture;
use crate::preparation::{Channels, Crop, Preparation};
use crate::source::{Found, Payload, Source};

/// Packed bytes, and prepared bytes, that a chunk may hold.
const CHUNK_BYTES: usize = 64 << 20;
/// A chunk has this many pictures for each thread, so that few threads wait at its end.
const CHUNK_EACH: usize = 16;
/// Bytes up to here count as black.
const BLACK: u8 = 16;

/// One picture, seen.
pub(crate) struct Seen<T> {
    pub(crate) name: String,
    pub(crate) class: Option<String>,
    pub(crate) format: &'static str,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Bytes on disk; for packed formats, bytes of pixels.
    pub(crate) bytes: u64,
    /// Two pictures with the same digest are the same. Of the decoded pixels; of what they are made from where the
    /// file was decoded at a part of its size.
    pub(crate) digest: [u8; 32],
    /// Almost every pixel is black.
    pub(crate) dark: bool,
    /// Something shows through.
    pub(crate) transparent: bool,
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
    /// At how many eighths of its size a picture of so many pixels across and down is needed; all of it if not given.
    pub(crate) eighths: Option<&'a (dyn Fn(usize, usize) -> usize + Sync)>,
    /// Bytes that the work keeps of each picture.
    pub(crate) kept: usize,
}

/// What became of a payload.
struct Opened {
    draft: Draft,
    format: &'static str,
    bytes: u64,
    digest: [u8; 32],
    dark: bool,
    transparent: bool,
}

impl<'a> Survey<'a> {
    /// A survey of pictures that are to be prepared in this way; `eighths` is the preparation's.
    pub(crate) fn preparing(
        source: &'a Source,
        preparation: &Preparation,
        limits: &'a Limits,
        eighths: &'a (dyn Fn(usize, usize) -> usize + Sync),
    ) -> Self {
        let Preparation { width, height, channels, background, crop, .. } = *preparation;
        let most = if crop == Crop::Random { 2 } else { 1 };
        let kept = most * width * height * channels.count();
        Self { source, limits, channels, background, eighths: Some(eighths), kept }
    }

    /// Decodes every picture, does the work on it in parallel, and hands out the results in order.
    pub(crate) fn run<T: Send>(
        &self,
        work: &(dyn Fn(Draft) -> T + Sync),
        take: &mut dyn FnMut(Outcome<T>) -> Result<(), DataError>,
        stage: Stage,
        monitor: &mut dyn Monitor,
    ) -> Result<(), DataError> {
        let threads = rayon::current_num_threads();
        let longest = (CHUNK_BYTES / self.kept.max(1)).clamp(threads, CHUNK_EACH * threads);
        let (mut chunk, mut held, mut done) = (Vec::new(), 0, 0);
        let total = self.source.total;
        monitor.count(stage, Unit::Pictures, 0, total);
        let mut finish = |chunk: &mut Vec<Found>| {
            done += chunk.iter().filter(|found| !matches!(found.payload, Payload::Other)).count();
            let outcomes: Vec<_> =
                std::mem::take(chunk).into_par_iter().map(|found| self.see(found, work)).collect();
            outcomes.into_iter().try_for_each(&mut *take)?;
            match monitor.count(stage, Unit::Pictures, done, total) {
                true => Ok(()),
                false => Err(DataError::Cancelled),
            }
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

    fn see<T>(&self, found: Found, work: &(dyn Fn(Draft) -> T + Sync)) -> Outcome<T> {
        let Found { name, class, payload } = found;
        if matches!(payload, Payload::Other) {
            return Outcome::Other;
        }
        let opened = match self.open(payload) {
            Ok(opened) => opened,
            Err(flaw) => return Outcome::Bad(flaw.at(name)),
        };
        let Opened { draft, format, bytes, digest, dark, transparent } = opened;
        let Draft { width, height, .. } = draft;
        Outcome::Picture(Seen {
            name,
            class,
            format,
            width,
            height,
            bytes,
            digest,
            dark,
            transparent,
            output: work(draft),
        })
    }

    fn open(&self, payload: Payload) -> Result<Opened, Flaw> {
        let (bytes, _lease) = match payload {
            Payload::File(path) => decode::read_file(&path, self.limits)?,
            Payload::Bytes(bytes) => (bytes, None),
            Payload::Pixels(image, format) => {
                let bytes = image.as_bytes().len() as u64;
                return Ok(self.whole(Decoded { image, lease: None }, format, bytes));
            }
            Payload::Bad(flaw) => return Err(flaw),
            Payload::Other => return Err(Flaw::new(crate::finding::Kind::Unreadable, "this is no picture")),
        };
        if let Some(opened) = self.reduced(&bytes) {
            return Ok(opened);
        }
        let decoded = decode::open(&bytes, self.limits)?;
        Ok(self.whole(decoded, decode::format_name(&bytes).unwrap_or("other"), bytes.len() as u64))
    }

    fn whole(&self, decoded: Decoded, format: &'static str, bytes: u64) -> Opened {
        let transparent = is_transparent(&decoded.image);
        let (picture, lease) = decoded.flatten(self.channels, self.background);
        let (digest, dark) = (digest(&picture), is_dark(&picture));
        Opened {
            draft: Draft { _lease: lease, ..Draft::whole(picture) },
            format,
            bytes,
            digest,
            dark,
            transparent,
        }
    }

    /// The picture at a part of its size, where that is all that is needed.
    fn reduced(&self, bytes: &[u8]) -> Option<Opened> {
        let (draft, digest) = decode::open_reduced(bytes, self.channels, self.limits, self.eighths?)?;
        // A few bright pixels drown in the dark around them: only all of the picture tells.
        let certain = !is_dark(&draft.picture);
        let bytes = bytes.len() as u64;
        certain.then_some(Opened { draft, format: "jpeg", bytes, digest, dark: false, transparent: false })
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

/// At most one byte in a thousand is brighter than black: a lone glyph is a picture, a lens cap isn't. What is transparent
/// shows white.
fn is_dark(picture: &Picture) -> bool {
    let pixels = picture.pixels();
    let is_bright = |byte: u8| byte > BLACK;
    let bright = match picture.channels() {
        4 => {
            let on_white = |&[red, green, blue, alpha]: &[u8; 4]| {
                [red, green, blue, 0].map(|part| is_bright(part.saturating_add(255 - alpha)))
            };
            pixels.as_chunks().0.iter().flat_map(on_white).filter(|bright| *bright).count()
        }
        _ => pixels.iter().filter(|&&byte| is_bright(byte)).count(),
    };
    bright * 1000 <= pixels.len()
}
