//! Between what models compute (numbers in `[-1, 1]`, channels first) and pictures (bytes, channels last).

use impasto_data::{Picture, as_rgb, luma};

/// A picture from `[channels, height, width]` numbers in `[-1, 1]`: rounded to the nearest byte, what lies outside is
/// clamped, NaN becomes 0. Of four channels the last is alpha, and the colours are taken for multiplied by it.
///
/// # Panics
/// When there are not exactly `channels * height * width` values, or `channels` is not 1, 3 or 4.
pub fn from_chw(values: &[f32], channels: usize, height: usize, width: usize) -> Picture {
    let area = height * width;
    assert_eq!(values.len(), channels * area, "values for a picture of [{channels}, {height}, {width}]");
    // The cast saturates, and takes NaN to 0.
    let byte = |value: f32| ((value + 1.0) * 127.5).round() as u8;
    let pixels = (0..area).flat_map(|at| (0..channels).map(move |channel| byte(values[channel * area + at])));
    Picture::new(width, height, channels, pixels.collect()).straight()
}

/// The numbers in `[-1, 1]` of a picture, `[channels, height, width]`; colours are multiplied by alpha where it has one.
pub fn to_chw(picture: &Picture) -> Vec<f32> {
    planes(&picture.clone().premultiplied()).map(|byte| f32::from(byte) / 127.5 - 1.0).collect()
}

/// The picture's bytes, channel after channel.
pub fn planes(picture: &Picture) -> impl Iterator<Item = u8> {
    let (channels, pixels) = (picture.channels(), picture.pixels());
    (0..channels).flat_map(move |channel| pixels.iter().skip(channel).step_by(channels).copied())
}

/// The same picture with so many channels: grey is how bright it is (BT.709), alpha that is new is opaque, and where alpha
/// is left out what is transparent shows the paper.
pub fn with_channels(picture: &Picture, channels: usize, paper: [u8; 3]) -> Picture {
    if picture.channels() == channels {
        return picture.clone();
    }
    let rgb = as_rgb(picture, paper);
    let pixels = rgb.pixels().as_chunks().0.iter();
    let bytes = match channels {
        1 => pixels.map(|&pixel| luma(pixel)).collect(),
        4 => pixels.flat_map(|&[red, green, blue]| [red, green, blue, 255]).collect(),
        _ => return rgb,
    };
    Picture::new(rgb.width(), rgb.height(), channels, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let picture = Picture::new(64, 4, 3, (0..64 * 4 * 3).map(|at| (at * 7) as u8).collect());
        assert_eq!(from_chw(&to_chw(&picture), 3, 4, 64), picture);
    }

    #[test]
    fn transparent_colours_are_multiplied_on_the_way_in_and_divided_on_the_way_out() {
        let picture = Picture::new(3, 1, 4, vec![100, 200, 0, 51, 9, 9, 9, 0, 1, 2, 3, 255]);
        let values = to_chw(&picture);
        let byte = |value: f32| ((value + 1.0) * 127.5).round() as u8;
        let bytes: Vec<u8> = values.iter().copied().map(byte).collect();
        assert_eq!(bytes, [20, 0, 1, 40, 0, 2, 0, 0, 3, 51, 0, 255]);
        let back = from_chw(&values, 4, 1, 3);
        assert_eq!(back.pixels(), [100, 200, 0, 51, 0, 0, 0, 0, 1, 2, 3, 255]);
        let bright = from_chw(&[1.0, -1.0, 0.0, -0.6], 4, 1, 1);
        assert_eq!(bright.pixels(), [255, 0, 255, 51], "no colour is more than alpha");
    }

    #[test]
    fn channels_come_first() {
        let picture = Picture::new(2, 1, 3, vec![255, 0, 0, 255, 0, 0]);
        assert_eq!(to_chw(&picture), [1.0, 1.0, -1.0, -1.0, -1.0, -1.0]);
    }

    #[test]
    fn values_are_rounded_and_clamped_and_nan_is_black() {
        let picture = from_chw(&[-7.0, -1.0, 0.0, 0.002, 1.0, f32::INFINITY, f32::NAN], 1, 1, 7);
        assert_eq!(picture.pixels(), [0, 0, 128, 128, 255, 255, 0]);
    }

    #[test]
    fn transparency_shows_the_paper() {
        let picture = Picture::new(3, 1, 4, vec![10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 51]);
        assert_eq!(as_rgb(&picture, [255, 100, 0]).pixels(), [10, 20, 30, 255, 100, 0, 204, 80, 0]);
        let grey = Picture::new(1, 1, 1, vec![9]);
        assert_eq!(as_rgb(&grey, [0; 3]).pixels(), [9, 9, 9]);
    }

    #[test]
    fn channels_come_and_go() {
        let grey = Picture::new(1, 1, 1, vec![9]);
        let with = |picture: &Picture, channels| with_channels(picture, channels, [255; 3]).into_pixels();
        assert_eq!(
            [1, 3, 4].map(|channels| with(&grey, channels)),
            [vec![9], vec![9; 3], vec![9, 9, 9, 255]]
        );
        let clear = Picture::new(2, 1, 4, vec![8, 8, 8, 0, 10, 10, 10, 255]);
        assert_eq!((with(&clear, 1), with(&clear, 4)), (vec![255, 10], clear.pixels().to_vec()));
        let every_grey = Picture::new(256, 1, 1, (0..=255).collect());
        assert_eq!(with(&with_channels(&every_grey, 3, [0; 3]), 1), every_grey.pixels());
    }
}
