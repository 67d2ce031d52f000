//! One picture made to measure: scaled, cut and padded as the preparation says.
//!
//! Scaling is Lanczos convolution over as many source pixels as a new pixel covers, so that shrinking averages instead
//! of skipping. Gamma is ignored, as every other tool in the field does. Of pictures that keep their transparency the
//! colours are multiplied by alpha before, so that what can't be seen has no part in it.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{CropBox, FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::decode::{Draft, Region, luma};
use crate::picture::Picture;
use crate::preparation::{Crop, Preparation};

/// The picture, prepared. For `Crop::Random` it covers the size and is at most twice as long on each side; the
/// window is cut later.
///
/// # Panics
/// When the picture has not the channels that the preparation names, or a side of nothing.
pub fn prepare(picture: Picture, preparation: &Preparation) -> Picture {
    prepare_draft(Draft::whole(picture), preparation)
}

/// All of the picture at this size, whatever that does to its shape.
///
/// # Panics
/// When a side is nothing.
pub fn squeezed(picture: Picture, width: usize, height: usize) -> Picture {
    if (picture.width(), picture.height()) == (width, height) {
        return picture;
    }
    let draft = Draft::whole(picture);
    scale(&draft, whole(&draft), width, height)
}

/// The same for a picture that was decoded at a part of its size.
pub(crate) fn prepare_draft(draft: Draft, preparation: &Preparation) -> Picture {
    assert_eq!(
        draft.picture.channels(),
        preparation.channels.count(),
        "the picture was decoded into other channels"
    );
    let (width, height) = (preparation.width, preparation.height);
    if preparation.pairs {
        return pair(&draft.picture, &preparation.of_a_half());
    }
    match preparation.crop {
        Crop::Center => cover(draft, width, height),
        Crop::Fit => fit(draft, preparation),
        Crop::Random => {
            let (width, height) = covering_size(&draft, width, height);
            cover(draft, width, height)
        }
    }
}

/// At how many eighths of its size a picture has to be decoded: both of its sides are still at least twice as long as
/// they will be, so that the resampling here decides what it looks like.
pub(crate) fn eighths(width: usize, height: usize, preparation: &Preparation) -> usize {
    if preparation.pairs {
        return 8;
    }
    let across = preparation.width as f64 / width as f64;
    let down = preparation.height as f64 / height as f64;
    let scale = if preparation.crop == Crop::Fit { across.min(down) } else { across.max(down) };
    (2.0 * 8.0 * scale).ceil() as usize
}

/// Both halves of a picture, each prepared for itself, side by side; of an odd width the column in the middle is left out.
fn pair(picture: &Picture, half: &Preparation) -> Picture {
    let width = picture.width() / 2;
    if width == 0 {
        return Picture::filled(2 * half.width, half.height, &vec![0; picture.channels()]);
    }
    let [left, right] = [0, picture.width() - width]
        .map(|from| prepare(picture.part([from, 0, width, picture.height()]), half));
    let across = half.width * picture.channels();
    let rows = left.pixels().chunks_exact(across).zip(right.pixels().chunks_exact(across));
    let pixels = rows.flat_map(|(left, right)| [left, right].concat()).collect();
    Picture::new(2 * half.width, half.height, picture.channels(), pixels)
}

/// The smallest size of the picture's shape that covers, but at most twice as long as asked for.
fn covering_size(draft: &Draft, width: usize, height: usize) -> (usize, usize) {
    let scale = (width as f64 / draft.width as f64).max(height as f64 / draft.height as f64);
    let side =
        |source: usize, least: usize| ((source as f64 * scale).round() as usize).clamp(least, 2 * least);
    (side(draft.width, width), side(draft.height, height))
}

/// Scaled until it covers the size; the middle of it.
fn cover(draft: Draft, width: usize, height: usize) -> Picture {
    if draft.width == width && draft.height == height {
        return draft.picture;
    }
    let [own_width, own_height, to_width, to_height] =
        [draft.width, draft.height, width, height].map(|side| side as u32);
    let middle = CropBox::fit_src_into_dst_size(own_width, own_height, to_width, to_height, None);
    scale(&draft, middle, width, height)
}

/// Scaled until it fits into the size, in the middle of the background.
fn fit(draft: Draft, preparation: &Preparation) -> Picture {
    let (width, height) = (preparation.width, preparation.height);
    let scale_by = (width as f64 / draft.width as f64).min(height as f64 / draft.height as f64);
    let side = |source: usize, most: usize| ((source as f64 * scale_by).round() as usize).clamp(1, most);
    let (inner_width, inner_height) = (side(draft.width, width), side(draft.height, height));
    let inner = if (inner_width, inner_height) == (draft.width, draft.height) {
        draft.picture
    } else {
        scale(&draft, whole(&draft), inner_width, inner_height)
    };
    if (inner_width, inner_height) == (width, height) {
        return inner;
    }
    pad(&inner, preparation)
}

fn pad(inner: &Picture, preparation: &Preparation) -> Picture {
    let channels = inner.channels();
    let grey = [luma(preparation.background)];
    let colour: &[u8] = match channels {
        1 => &grey,
        3 => &preparation.background,
        _ => &[0; 4],
    };
    let mut whole = Picture::filled(preparation.width, preparation.height, colour);
    let (left, top) = ((whole.width() - inner.width()) / 2, (whole.height() - inner.height()) / 2);
    let (stride, row) = (whole.width() * channels, inner.width() * channels);
    for (y, line) in inner.pixels().chunks_exact(row).enumerate() {
        let at = (top + y) * stride + left * channels;
        whole.pixels_mut()[at..at + row].copy_from_slice(line);
    }
    whole
}

/// The part that is all of it.
fn whole(draft: &Draft) -> CropBox {
    CropBox { left: 0.0, top: 0.0, width: draft.width as f64, height: draft.height as f64 }
}

/// A part of a picture, given in pixels of its own size, made to measure.
fn scale(draft: &Draft, part: CropBox, width: usize, height: usize) -> Picture {
    let Draft { picture, width: own_width, height: own_height, region, .. } = draft;
    let Region { left, top, width: across, height: down } = region;
    let (across, down) = (across / *own_width as f64, down / *own_height as f64);
    let (left, top) = (left + part.left * across, top + part.top * down);
    let inside = |length: f64, from: f64, side: usize| length.min(side as f64 - from);
    let options =
        ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).use_alpha(false).crop(
            left,
            top,
            inside(part.width * across, left, picture.width()),
            inside(part.height * down, top, picture.height()),
        );
    let kind = match picture.channels() {
        1 => PixelType::U8,
        3 => PixelType::U8x3,
        _ => PixelType::U8x4,
    };
    // Both can fail only on a buffer of another size, which `Picture` rules out, or a part that isn't inside.
    let source = ImageRef::new(picture.width() as u32, picture.height() as u32, picture.pixels(), kind)
        .expect("a picture's buffer has its size");
    let mut scaled = Image::new(width as u32, height as u32, kind);
    Resizer::new()
        .resize(&source, &mut scaled, &options)
        .expect("both pictures have the same kind of pixels");
    let mut pixels = scaled.into_vec();
    if picture.channels() == 4 {
        pixels.as_chunks_mut().0.iter_mut().for_each(clamp);
    }
    Picture::new(width, height, picture.channels(), pixels)
}

/// At sharp edges Lanczos shoots beyond, and no colour may be more than alpha.
fn clamp([red, green, blue, alpha]: &mut [u8; 4]) {
    for part in [red, green, blue] {
        *part = (*part).min(*alpha);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preparation::Channels;

    /// Left half black, right half white.
    fn halves(width: usize, height: usize) -> Picture {
        let pixels =
            (0..width * height).flat_map(|i| [if i % width < width / 2 { 0 } else { 255 }; 3]).collect();
        Picture::new(width, height, 3, pixels)
    }

    fn asked(width: usize, height: usize, crop: Crop) -> Preparation {
        Preparation { width, height, crop, background: [10, 20, 30], ..Preparation::square(1, Channels::Rgb) }
    }

    #[test]
    fn a_picture_of_the_right_size_is_left_alone() {
        let picture = halves(16, 16);
        for crop in [Crop::Center, Crop::Fit, Crop::Random] {
            assert_eq!(prepare(picture.clone(), &asked(16, 16, crop)), picture);
        }
    }

    #[test]
    fn center_cuts_the_middle_of_a_wide_picture() {
        let middle = prepare(halves(64, 16), &asked(8, 8, Crop::Center));
        assert_eq!((middle.width(), middle.height()), (8, 8));
        assert_eq!((middle.pixel(0, 4), middle.pixel(7, 4)), (&[0, 0, 0][..], &[255, 255, 255][..]));
    }

    #[test]
    fn the_halves_of_a_pair_are_prepared_each_for_itself() {
        let asked = asked(8, 8, Crop::Center).in_pairs();
        for picture in [halves(64, 32), halves(120, 20), halves(33, 16)] {
            let pair = prepare(picture, &asked);
            assert_eq!((pair.width(), pair.height()), (16, 8));
            let columns: Vec<u8> = (0..16).map(|x| pair.pixel(x, 4)[0]).collect();
            assert_eq!(columns, [[0; 8], [255; 8]].concat(), "nothing runs over the middle");
        }
        assert_eq!(prepare(halves(1, 5), &asked).width(), 16, "a picture that can be no pair");
    }

    #[test]
    fn squeezed_shows_all_of_the_picture() {
        let square = squeezed(halves(64, 16), 8, 8);
        let columns: Vec<u8> = (0..8).map(|x| square.pixel(x, 4)[0]).collect();
        assert!(columns[..3].iter().all(|&dark| dark < 4), "{columns:?}");
        assert!(columns[5..].iter().all(|&bright| bright > 251), "{columns:?}");
        assert_eq!(squeezed(halves(8, 6), 8, 6), halves(8, 6));
    }

    #[test]
    fn fit_pads_with_the_background() {
        let padded = prepare(halves(64, 16), &asked(32, 32, Crop::Fit));
        assert_eq!(padded.pixel(0, 0), [10, 20, 30]);
        assert_eq!(padded.pixel(31, 31), [10, 20, 30]);
        assert_eq!(padded.pixel(2, 16), [0, 0, 0]);
        assert_eq!(padded.pixel(29, 16), [255, 255, 255]);
    }

    #[test]
    fn random_keeps_what_covers_but_not_more_than_twice_the_size() {
        let size = |p: Picture| (p.width(), p.height());
        assert_eq!(size(prepare(halves(60, 40), &asked(20, 20, Crop::Random))), (30, 20));
        assert_eq!(size(prepare(halves(40, 60), &asked(20, 20, Crop::Random))), (20, 30));
        assert_eq!(size(prepare(halves(4000, 2), &asked(20, 20, Crop::Random))), (40, 20));
    }

    #[test]
    fn shrinking_averages_instead_of_skipping() {
        let stripes = (0..64 * 64).flat_map(|i| [if i % 2 == 0 { 0 } else { 255 }; 3]).collect();
        let grey = prepare(Picture::new(64, 64, 3, stripes), &asked(8, 8, Crop::Center));
        assert!(grey.pixels().iter().all(|&p| (118..=138).contains(&p)), "{:?}", grey.pixel(4, 4));
    }

    #[test]
    fn hidden_colours_do_not_bleed_and_no_colour_is_more_than_alpha() {
        let pixels = |at: usize| if at % 64 < 37 { [255, 0, 0, 0] } else { [0, 0, 255, 255] };
        let hidden = Picture::new(64, 64, 4, (0..64 * 64).flat_map(pixels).collect()).premultiplied();
        let small = prepare(hidden, &Preparation { channels: Channels::Rgba, ..asked(9, 9, Crop::Center) });
        for &[red, green, blue, alpha] in small.pixels().as_chunks().0 {
            assert!(red == 0 && green == 0 && blue <= alpha && blue.abs_diff(alpha) <= 1);
        }
        assert!(small.pixels().iter().skip(3).step_by(4).any(|alpha| (20..235).contains(alpha)));
    }

    #[test]
    fn around_a_fitted_picture_that_keeps_its_transparency_is_nothing() {
        let asked = Preparation { channels: Channels::Rgba, ..asked(8, 8, Crop::Fit) };
        let padded = prepare(Picture::filled(64, 16, &[7, 8, 9, 255]), &asked);
        assert_eq!((padded.pixel(0, 0), padded.pixel(4, 4)), (&[0; 4][..], &[7, 8, 9, 255][..]));
    }

    #[test]
    fn tiny_pictures_are_enlarged() {
        for crop in [Crop::Center, Crop::Fit] {
            let large = prepare(Picture::filled(1, 1, &[9, 9, 9]), &asked(50, 50, crop));
            assert_eq!(large, Picture::filled(50, 50, &[9, 9, 9]));
        }
        for (width, height) in [(1, 5000), (5000, 1)] {
            for crop in [Crop::Center, Crop::Fit, Crop::Random] {
                prepare(Picture::filled(width, height, &[9, 9, 9]), &asked(7, 3, crop));
            }
        }
    }
}
