//! From the bytes of a file to upright pixels of 8 bits.
//!
//! Files come from strangers: the header is asked for the size before anything is unpacked, files that break off are
//! refused instead of being shown half grey, and a decoder that panics loses one picture, not the training.
//!
//! JPEG files that will be made much smaller are decoded at a part of their size where that is possible; the pixels
//! then differ a little from those of the whole picture.
//!
//! AVIF is not read: the one decoder in Rust with a free licence, a translation of dav1d, is `unsafe` inside, and the
//! container, the colour matrices and the grids would have to be written around it.

mod claims;
mod complete;
mod flatten;
mod frames;
mod head;
mod jpeg;

use std::error::Error;
use std::io::{BufReader, Cursor, ErrorKind, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use impasto_system::{Budget, Lease};

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};

use crate::finding::{Flaw, Kind};
use crate::picture::Picture;
use crate::preparation::Channels;

use flatten::flatten;
pub(crate) use flatten::is_transparent;
pub use flatten::luma;
pub use frames::{Frame, frames};
pub(crate) use head::header;

/// Files up to here are read without asking for their memory.
const LARGE: u64 = 8 << 20;
/// Bytes that a decoder may take for other things than the file and its pixels: tables, profiles of colours.
const ASIDE: u64 = 16 << 20;

/// How large a picture may be; larger ones are taken for an attack on the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Pixels in one picture.
    pub pixels: u64,
    /// Bytes of one file, and bytes of one decoded picture.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pixels: 100_000_000, bytes: 512 << 20 }
    }
}

/// A part of an image, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Region {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// A picture that may have been decoded smaller than it is.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) picture: Picture,
    /// Its own size.
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Where it lies among the pixels.
    pub(crate) region: Region,
    /// The memory that it may take, until it is gone.
    pub(crate) _lease: Option<Lease>,
}

/// An image as its file has it, but upright, and the memory that it may take.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) image: DynamicImage,
    pub(crate) lease: Option<Lease>,
}

impl Draft {
    /// All of a picture, at its own size.
    pub(crate) fn whole(picture: Picture) -> Self {
        let (width, height) = (picture.width(), picture.height());
        let region = Region { left: 0.0, top: 0.0, width: width as f64, height: height as f64 };
        Self { picture, width, height, region, _lease: None }
    }
}

impl Decoded {
    /// The picture that it becomes. It takes less memory than what it is made of.
    pub(crate) fn flatten(self, channels: Channels, background: [u8; 3]) -> (Picture, Option<Lease>) {
        let Self { image, mut lease } = self;
        let picture = flatten(image, channels, background);
        // Some more for what is made of it.
        lease.iter_mut().for_each(|lease| lease.shrink(2 * picture.pixels().len() as u64));
        (picture, lease)
    }
}

/// The picture in these bytes: upright, 8 bits a channel, transparency laid over the background or, for `Channels::Rgba`,
/// kept, with colours multiplied by it.
pub fn decode(
    bytes: &[u8],
    channels: Channels,
    background: [u8; 3],
    limits: &Limits,
) -> Result<Picture, Flaw> {
    Ok(open(bytes, limits)?.flatten(channels, background).0)
}

/// The picture in these bytes: upright, 8 bits a channel, colour and alpha exactly as the file has them.
pub fn decode_straight(bytes: &[u8], limits: &Limits) -> Result<Picture, Flaw> {
    let image = open(bytes, limits)?.image.into_rgba8();
    Ok(Picture::new(image.width() as usize, image.height() as usize, 4, image.into_raw()))
}

/// The picture in a JPEG at so many eighths of its size (1, 2 or 4) by our own decoder, and its own width and height; `None`
/// where a file is left to the general decoder.
pub fn decode_reduced(
    bytes: &[u8],
    channels: Channels,
    limits: &Limits,
    eighths: usize,
) -> Option<(Picture, (usize, usize))> {
    let (draft, _) = open_reduced(bytes, channels, limits, &|_, _| eighths)?;
    Some((draft.picture, (draft.width, draft.height)))
}

/// The name of the format that these bytes begin with.
pub(crate) fn format_name(bytes: &[u8]) -> Option<&'static str> {
    Some(match image::guess_format(bytes).ok()? {
        ImageFormat::Png => "png",
        ImageFormat::Jpeg => "jpeg",
        ImageFormat::WebP => "webp",
        ImageFormat::Gif => "gif",
        ImageFormat::Bmp => "bmp",
        ImageFormat::Tiff => "tiff",
        _ => return None,
    })
}

/// A decoder's limit of memory.
fn at_most(bytes: u64) -> image::Limits {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(bytes);
    limits
}

/// The picture as its file has it, but upright.
pub(crate) fn open(bytes: &[u8], limits: &Limits) -> Result<Decoded, Flaw> {
    let gave_up = || Flaw::new(Kind::Unreadable, "the file is damaged so badly that its decoder gave up");
    catch_unwind(AssertUnwindSafe(|| read(bytes, limits))).unwrap_or_else(|_| Err(gave_up()))
}

/// The picture at as many eighths of its size as `eighths` says for its width and height, and the digest of what its
/// pixels are made from; `None` when that can't be done, be it that the file is of another kind or that it is bad.
pub(crate) fn open_reduced(
    bytes: &[u8],
    channels: Channels,
    limits: &Limits,
    eighths: &dyn Fn(usize, usize) -> usize,
) -> Option<(Draft, [u8; 32])> {
    let jpeg::Reduced { image, width, height, region, digest, lease } =
        jpeg::reduced(bytes, limits, eighths)?;
    // JPEG knows no transparency.
    let (picture, lease) = Decoded { image, lease: Some(lease) }.flatten(channels, [0; 3]);
    Some((Draft { picture, width, height, region, _lease: lease }, digest))
}

/// The bytes of a picture's file. Those of a large one count as memory that many threads share, and are only read when its
/// head is one of a picture.
pub(crate) fn read_file(path: &Path, limits: &Limits) -> Result<(Vec<u8>, Option<Lease>), Flaw> {
    let mut file = impasto_system::open(path)?;
    let length = file.metadata()?.len();
    if length > limits.bytes {
        return Err(crate::source::too_large(limits));
    }
    let mut held = None;
    if length > LARGE {
        let no_head = || Flaw::new(Kind::Unreadable, "its head is not one of a picture");
        let ((width, height), colours) = header(BufReader::new(&mut file)).ok_or_else(no_head)?;
        let [width, height] = [width, height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        let decoded = u64::from(width) * u64::from(height) * u64::from(colours.bytes_per_pixel());
        check_size(width, height, decoded, limits)?;
        held = Some(lease(length + footprint(width, height, decoded))?);
        file.rewind()?;
    }
    Ok((crate::source::bounded(file, length, limits)?, held))
}

/// Bytes of memory that a picture takes while it is decoded: what its decoder holds, what it gives, and that in other colours.
fn footprint(width: u32, height: u32, decoded: u64) -> u64 {
    let pixels = u64::from(width) * u64::from(height);
    decoded.saturating_mul(2).saturating_add(pixels.saturating_mul(8))
}

/// Memory for decoding; waits while other pictures have it.
fn lease(bytes: u64) -> Result<Lease, Flaw> {
    let too_large = |error| Flaw::new(Kind::TooLarge, format!("{error}: make it smaller"));
    Budget::of_this_process().take(bytes).map_err(too_large)
}

fn read(bytes: &[u8], limits: &Limits) -> Result<Decoded, Flaw> {
    let format = format(bytes)?;
    if !complete::is_complete(bytes, format) {
        return Err(Flaw::new(Kind::Truncated, "the file breaks off before its end"));
    }
    claims::check(bytes, format, limits)?;
    let aside = ASIDE + bytes.len() as u64;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(at_most(aside));
    let mut decoder = reader.into_decoder().map_err(|e| flaw(&e))?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, decoder.total_bytes(), limits)?;
    let footprint = footprint(width, height, decoder.total_bytes());
    let lease = lease(footprint)?;
    decoder.set_limits(at_most(footprint.saturating_add(aside))).map_err(|e| flaw(&e))?;
    // An orientation that can't be read is no reason to lose the picture.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|e| flaw(&e))?;
    image.apply_orientation(orientation);
    Ok(Decoded { image, lease: Some(lease) })
}

fn format(bytes: &[u8]) -> Result<ImageFormat, Flaw> {
    if bytes.is_empty() {
        return Err(Flaw::new(Kind::Empty, "the file is empty"));
    }
    if let Some(name) = unsupported(bytes) {
        return Err(Flaw::new(Kind::Unsupported, format!("{name} is not supported: convert it to PNG")));
    }
    match image::guess_format(bytes) {
        Ok(format) if format_name(bytes).is_some() => Ok(format),
        _ => Err(Flaw::new(Kind::Unreadable, "this is no PNG, JPEG, WebP, GIF, BMP or TIFF file")),
    }
}

/// Formats that hold pictures but can't be read, by their first bytes.
fn unsupported(bytes: &[u8]) -> Option<&'static str> {
    let brand = bytes.get(4..12).filter(|b| b.starts_with(b"ftyp")).map(|b| &b[4..]);
    match brand {
        Some(b"avif" | b"avis") => return Some("AVIF"),
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" | b"msf1") => return Some("HEIC"),
        _ => {}
    }
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\xff\x0a") || starts(b"\0\0\0\x0cJXL ") {
        return Some("JPEG XL");
    }
    if starts(b"\0\0\0\x0cjP  ") {
        return Some("JPEG 2000");
    }
    starts(b"8BPS").then_some("Photoshop's PSD")
}

fn check_size(width: u32, height: u32, bytes: u64, limits: &Limits) -> Result<(), Flaw> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(Flaw::new(Kind::Unreadable, "the picture has no pixels"));
    }
    if pixels > limits.pixels || bytes > limits.bytes {
        return Err(Flaw::new(
            Kind::TooLarge,
            format!(
                "{width}x{height} is more than the limit of {} megapixels and {} MB: make it smaller",
                limits.pixels / 1_000_000,
                limits.bytes >> 20
            ),
        ));
    }
    Ok(())
}

fn flaw(error: &ImageError) -> Flaw {
    let kind = match error {
        ImageError::Limits(_) => Kind::TooLarge,
        ImageError::Unsupported(_) => Kind::Unsupported,
        _ if breaks_off(error) => Kind::Truncated,
        _ => Kind::Unreadable,
    };
    let advice = if kind == Kind::Unsupported { ": convert it to PNG" } else { "" };
    Flaw::new(kind, format!("{error}{advice}"))
}

/// Decoders disagree on how they report a file that ends too early; the cause is an end of file somewhere below, or
/// only words.
fn breaks_off(error: &ImageError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if inner.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = inner.source();
    }
    let words = error.to_string().to_lowercase();
    ["unexpected end", "end of file", "eof", "fill whole buffer"].iter().any(|w| words.contains(w))
}
