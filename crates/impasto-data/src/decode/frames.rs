//! Animations, frame by frame: GIF and animated PNG, by the decoders of the `image` crate.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::{AnimationDecoder, DynamicImage, Frames, ImageDecoder, ImageFormat, ImageResult};

use super::{ASIDE, Limits, at_most, check_size, claims, complete, flatten, flaw, footprint, lease};
use crate::finding::{Flaw, Kind};
use crate::picture::Picture;
use crate::preparation::Channels;

/// A frame of an animation.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// What is shown, all of it: not only what has changed.
    pub picture: Picture,
    /// For how many milliseconds.
    pub milliseconds: f64,
}

/// The frames of the animation in these bytes; none where they hold something else, or one picture that stands still. All
/// frames together may have so many pixels as one picture, and what shows through them is the background.
///
/// # Errors
/// When the animation is damaged, or too large.
pub fn frames(
    bytes: &[u8],
    channels: Channels,
    background: [u8; 3],
    limits: &Limits,
) -> Result<Option<Vec<Frame>>, Flaw> {
    let gave_up = || Flaw::new(Kind::Unreadable, "the file is damaged so badly that its decoder gave up");
    let read = AssertUnwindSafe(|| read(bytes, channels, background, limits));
    let frames = catch_unwind(read).unwrap_or_else(|_| Err(gave_up()))?;
    Ok(frames.filter(|frames| frames.len() > 1))
}

fn read(
    bytes: &[u8],
    channels: Channels,
    background: [u8; 3],
    limits: &Limits,
) -> Result<Option<Vec<Frame>>, Flaw> {
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Gif | ImageFormat::Png)) => format,
        _ => return Ok(None),
    };
    let Some((size, all)) = opened(bytes, format).map_err(|error| flaw(&error))? else { return Ok(None) };
    if !complete::is_complete(bytes, format) {
        return Err(Flaw::new(Kind::Truncated, "the file breaks off before its end"));
    }
    let canvas = 4 * u64::from(size.0) * u64::from(size.1);
    check_size(size.0, size.1, canvas, limits)?;
    claims::check(bytes, format, limits)?;
    let told = claims::frames(bytes, format);
    if told.count > 1 && told.pixels > limits.pixels {
        return Err(too_many(limits));
    }
    let kept = channels.count() as u64 * told.pixels;
    let _lease = lease(kept.saturating_add(footprint(size.0, size.1, canvas)))?;
    let mut frames = Vec::new();
    for frame in all {
        if frames.len() as u64 >= told.count {
            return Err(too_many(limits));
        }
        let frame = frame.map_err(|error| flaw(&error))?;
        let (over, under) = frame.delay().numer_denom_ms();
        let picture = flatten(DynamicImage::ImageRgba8(frame.into_buffer()), channels, background);
        frames.push(Frame { picture, milliseconds: f64::from(over) / f64::from(under.max(1)) });
    }
    Ok(Some(frames))
}

fn too_many(limits: &Limits) -> Flaw {
    let most = limits.pixels / 1_000_000;
    let why = format!("all frames together have more than {most} megapixels: make it smaller or shorter");
    Flaw::new(Kind::TooLarge, why)
}

type Opened<'a> = Option<((u32, u32), Frames<'a>)>;

/// Width and height, and the frames, which are decoded one by one.
fn opened(bytes: &[u8], format: ImageFormat) -> ImageResult<Opened<'_>> {
    if format == ImageFormat::Gif {
        let decoder = GifDecoder::new(Cursor::new(bytes))?;
        return Ok(Some((decoder.dimensions(), decoder.into_frames())));
    }
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), at_most(ASIDE + bytes.len() as u64))?;
    let size = decoder.dimensions();
    if !decoder.is_apng()? {
        return Ok(None);
    }
    let mut decoder = decoder;
    decoder.set_limits(image::Limits::no_limits())?;
    Ok(Some((size, decoder.apng()?.into_frames())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::gif::GifEncoder;
    use image::{Delay, RgbaImage};

    fn gif(count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        for number in 0..count {
            let image = RgbaImage::from_pixel(6, 4, image::Rgba([40 * number as u8, 0, 0, 255]));
            let delay = Delay::from_numer_denom_ms(50 * (number as u32 + 1), 1);
            encoder.encode_frame(image::Frame::from_parts(image, 0, 0, delay)).unwrap();
        }
        drop(encoder);
        bytes
    }

    fn read(bytes: &[u8], limits: &Limits) -> Result<Option<Vec<Frame>>, Flaw> {
        frames(bytes, Channels::Rgb, [255; 3], limits)
    }

    #[test]
    fn every_frame_is_read_with_its_time() {
        let frames = read(&gif(3), &Limits::default()).unwrap().unwrap();
        assert_eq!(frames.iter().map(|frame| frame.milliseconds).collect::<Vec<_>>(), [50.0, 100.0, 150.0]);
        assert_eq!((frames[2].picture.width(), frames[2].picture.height()), (6, 4));
        assert_eq!(frames[2].picture.pixel(1, 1), [80, 0, 0]);
    }

    #[test]
    fn pictures_that_stand_still_and_other_files_are_no_animations() {
        assert_eq!(read(&gif(1), &Limits::default()), Ok(None));
        assert_eq!(read(b"no picture", &Limits::default()), Ok(None));
    }

    #[test]
    fn torn_and_huge_ones_are_refused() {
        let whole = gif(3);
        assert_eq!(read(&whole[..whole.len() - 4], &Limits::default()).unwrap_err().kind, Kind::Truncated);
        let small = Limits { pixels: 50, ..Limits::default() };
        assert_eq!(read(&whole, &small).unwrap_err().kind, Kind::TooLarge);
    }
}
