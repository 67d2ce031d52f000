//! JPEG files decoded smaller than they are: a photograph that becomes a 64x64 picture is needed at an eighth of its
//! size, not at all of it.
//!
//! Only the usual kind of file is read here: baseline, Huffman codes, grey or YCbCr, whole to the last bit. For
//! everything else the answer is `None`, and the general decoder reads it or says what is wrong.

mod header;
mod huffman;
mod scan;
mod transform;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use impasto_system::Lease;

use super::{Limits, Region};
use header::Header;
use transform::Transform;

/// A picture that was decoded at a part of its size.
pub(super) struct Reduced {
    pub(super) image: DynamicImage,
    /// The size in the file, but upright.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Where the picture lies in the image: its last pixels may stand for less than a whole one.
    pub(super) region: Region,
    /// Of all that the pixels are made from: equal files but for metadata have equal ones.
    pub(super) digest: [u8; 32],
    /// The memory that it may take.
    pub(super) lease: Lease,
}

/// The picture at 1, 2 or 4 eighths of its size, as `eighths` says for its upright width and height; `None` when that
/// is more, and for all files that are in any way unusual.
pub(super) fn reduced(
    bytes: &[u8],
    limits: &Limits,
    eighths: &dyn Fn(usize, usize) -> usize,
) -> Option<Reduced> {
    let header = Header::read(bytes)?;
    let (pixels, channels) = ((header.width * header.height) as u64, header.components.len() as u64);
    if pixels > limits.pixels || pixels * channels > limits.bytes {
        return None;
    }
    let turned = is_turned(header.orientation);
    let (width, height) = if turned { (header.height, header.width) } else { (header.width, header.height) };
    let eighths = eighths(width, height).max(1).next_power_of_two();
    if eighths > 4 {
        return None;
    }
    let smaller = pixels * (eighths * eighths) as u64 / 64;
    let lease = super::lease(smaller * (4 + 3 * channels)).ok()?;
    let planes = Planes::decode(&header, eighths)?;
    let [filled_width, filled_height] =
        [header.width, header.height].map(|side| (side * eighths) as f64 / 8.0);
    let mut image = planes.image(filled_width.ceil() as usize, filled_height.ceil() as usize)?;
    image.apply_orientation(header.orientation);
    let filled = if turned { [filled_height, filled_width] } else { [filled_width, filled_height] };
    let region = region(&image, filled, header.orientation);
    Some(Reduced { image, width, height, region, digest: header.digest, lease })
}

/// Brightness and colours, all of one size, which is at least that of the picture.
struct Planes {
    planes: Vec<Vec<u8>>,
    stride: usize,
}

impl Planes {
    /// Blocks of brightness become `eighths` pixels wide. Those of colour, which stand for more of the picture where
    /// there are fewer of them, become larger instead of being stretched.
    fn decode(header: &Header<'_>, eighths: usize) -> Option<Self> {
        let ([across, down], unit) = (header.units(), header.unit());
        let stride = across * unit[0] * eighths;
        let size = stride * down * unit[1] * eighths;
        let sides = |blocks: [usize; 2]| [0, 1].map(|axis| eighths * unit[axis] / blocks[axis]);
        let sides: Vec<[usize; 2]> = header.components.iter().map(|one| sides(one.blocks)).collect();
        let transforms: Vec<Transform> = sides.iter().map(|&sides| Transform::new(sides)).collect();
        let mut wanted = [1; 3];
        wanted.iter_mut().zip(&transforms).for_each(|(wanted, transform)| *wanted = transform.wanted());
        let mut planes = vec![vec![0; size]; transforms.len()];
        scan::unpack(header, wanted, &mut |number, [x, y], coefficients, used| {
            let [width, height] = sides[number];
            let at = y * height * stride + x * width;
            transforms[number].write(coefficients, used, &mut planes[number][at..], stride);
        })?;
        Some(Self { planes, stride })
    }

    fn image(self, width: usize, height: usize) -> Option<DynamicImage> {
        let mut rows =
            self.planes.iter().map(|plane| plane.chunks_exact(self.stride).map(|row| &row[..width]));
        let (w, h) = (width as u32, height as u32);
        let brightness = rows.next()?.take(height);
        let Some((blue, red)) = rows.next().zip(rows.next()) else {
            let pixels = brightness.flatten().copied().collect();
            return GrayImage::from_raw(w, h, pixels).map(DynamicImage::from);
        };
        let mut pixels = Vec::with_capacity(3 * width * height);
        for ((y, blue), red) in brightness.zip(blue).zip(red) {
            pixels.extend(y.iter().zip(blue).zip(red).flat_map(|((&y, &blue), &red)| rgb(y, blue, red)));
        }
        RgbImage::from_raw(w, h, pixels).map(DynamicImage::from)
    }
}

/// A colour by brightness, blueness and redness, as ITU-R BT.601 has it at full range.
fn rgb(y: u8, blue: u8, red: u8) -> [u8; 3] {
    let (y, blue, red) = (f32::from(y) + 0.5, f32::from(blue) - 128.0, f32::from(red) - 128.0);
    [y + 1.402 * red, y - 0.344_136 * blue - 0.714_136 * red, y + 1.772 * blue].map(|value| value as u8)
}

fn is_turned(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// What the file leaves empty at the right and at the bottom lies elsewhere in the upright image.
fn region(image: &DynamicImage, [width, height]: [f64; 2], orientation: Orientation) -> Region {
    use Orientation::{FlipHorizontal, FlipVertical, Rotate90, Rotate180, Rotate270, Rotate270FlipH};
    let at_left = matches!(orientation, FlipHorizontal | Rotate180 | Rotate90 | Rotate270FlipH);
    let at_top = matches!(orientation, FlipVertical | Rotate180 | Rotate270 | Rotate270FlipH);
    let left = if at_left { f64::from(image.width()) - width } else { 0.0 };
    let top = if at_top { f64::from(image.height()) - height } else { 0.0 };
    Region { left, top, width, height }
}

#[cfg(test)]
mod tests;
