//! From any kind of pixels to grey, RGB or RGBA with 8 bits.

use image::{DynamicImage, GenericImageView};

use crate::picture::Picture;
use crate::preparation::Channels;

/// The image in these channels: laid over the background where it is transparent, or its colours multiplied by alpha.
pub(crate) fn flatten(image: DynamicImage, channels: Channels, background: [u8; 3]) -> Picture {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let pixels = match (channels, image.color().has_alpha()) {
        (Channels::Rgb, false) => image.into_rgb8().into_raw(),
        (Channels::Rgb, true) => over::<3, 4>(&image.into_rgba8(), background),
        (Channels::Grey, false) => image.into_luma8().into_raw(),
        (Channels::Grey, true) => over::<1, 2>(&image.into_luma_alpha8(), [luma(background)]),
        (Channels::Rgba, _) => {
            return Picture::new(width, height, 4, image.into_rgba8().into_raw()).premultiplied();
        }
    };
    Picture::new(width, height, channels.count(), pixels)
}

/// Whether something shows through it.
pub(crate) fn is_transparent(image: &DynamicImage) -> bool {
    let shows = |pixels: &[u8], each: usize| pixels.chunks_exact(each).any(|pixel| pixel[each - 1] < 255);
    match image {
        DynamicImage::ImageRgba8(image) => shows(image, 4),
        DynamicImage::ImageLumaA8(image) => shows(image, 2),
        deep => deep.color().has_alpha() && deep.pixels().any(|(_, _, pixel)| pixel[3] < 255),
    }
}

/// The brightness of a colour, with the weights of BT.709.
pub fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 2126 * u32::from(red) + 7152 * u32::from(green) + 722 * u32::from(blue);
    (sum / 10_000) as u8
}

/// Pixels of `WITH` bytes, the last one alpha, over a colour.
fn over<const C: usize, const WITH: usize>(pixels: &[u8], background: [u8; C]) -> Vec<u8> {
    let mut flat = Vec::with_capacity(pixels.len() / WITH * C);
    for pixel in pixels.chunks_exact(WITH) {
        let alpha = u32::from(pixel[C]);
        for (&front, &back) in pixel.iter().zip(&background) {
            let mixed = u32::from(front) * alpha + u32::from(back) * (255 - alpha);
            flat.push(((mixed + 127) / 255) as u8);
        }
    }
    flat
}
