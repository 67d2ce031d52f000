//! What the head of a file says of its picture; pixels are not read.

use std::io::{BufRead, BufReader, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::jpeg::JpegDecoder;
use image::metadata::Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
use image::{ColorType, ImageDecoder, ImageFormat, ImageReader};

use super::{ASIDE, at_most, claims};

/// Bytes of a JPEG file that its size and orientation are looked for in.
const HEAD: u64 = 32 << 20;

/// What the head of a file says of its picture: width and height when it stands upright, and what its colours are. `None`
/// where there is no head that can be read.
pub(crate) fn header(reader: impl BufRead + Seek) -> Option<((usize, usize), ColorType)> {
    // Files come from strangers here too: one that makes its decoder panic is no picture.
    let read = AssertUnwindSafe(|| {
        let reader = ImageReader::new(reader).with_guessed_format().ok()?;
        let format = reader.format()?;
        let mut reader = reader.into_inner();
        claims::check_head(&mut reader, format).ok()?;
        match format {
            // Its decoder reads all that there is before it looks at it.
            ImageFormat::Jpeg => about(JpegDecoder::new(BufReader::new(reader.take(HEAD))).ok()?),
            _ => {
                let mut reader = ImageReader::with_format(reader, format);
                reader.limits(at_most(ASIDE));
                about(reader.into_decoder().ok()?)
            }
        }
    });
    catch_unwind(read).ok().flatten().filter(|((width, height), _)| *width > 0 && *height > 0)
}

/// Width and height of what a decoder has, when it stands upright, and its colours.
fn about(mut decoder: impl ImageDecoder) -> Option<((usize, usize), ColorType)> {
    let (width, height) = decoder.dimensions();
    let turned = matches!(decoder.orientation(), Ok(Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH));
    let size = if turned { (height, width) } else { (width, height) };
    Some(((size.0 as usize, size.1 as usize), decoder.color_type()))
}
