//! The one noun that everything else passes around: a picture in memory.

use impasto_system::Preview;

/// A picture: rows of pixels, each pixel its channels side by side (1 grey, 3 RGB, 4 RGB and alpha).
///
/// Colours stand beside alpha as they are in files ("straight"), except on the way from `decode` to the planes of a batch:
/// there they are multiplied by it, so that what can't be seen is always 0 and pictures can be scaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    channels: usize,
    pixels: Vec<u8>,
}

impl Picture {
    /// A picture from its pixels, `[height, width, channels]`.
    ///
    /// # Panics
    /// When there are not exactly `width * height * channels` bytes, or `channels` is not 1, 3 or 4.
    pub fn new(width: usize, height: usize, channels: usize, pixels: Vec<u8>) -> Self {
        assert!(matches!(channels, 1 | 3 | 4), "a picture has 1, 3 or 4 channels, not {channels}");
        assert_eq!(
            pixels.len(),
            width * height * channels,
            "a picture of {width} x {height} x {channels} has another number of bytes"
        );
        Self { width, height, channels, pixels }
    }

    /// A picture of one colour; `colour` has one byte for each channel.
    pub fn filled(width: usize, height: usize, colour: &[u8]) -> Self {
        Self::new(width, height, colour.len(), colour.repeat(width * height))
    }

    /// Pixels across.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels down.
    pub fn height(&self) -> usize {
        self.height
    }

    /// 1 grey, 3 RGB, 4 RGB and alpha.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// All bytes, `[height, width, channels]`.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The picture for whoever watches it being made.
    pub fn preview(&self) -> Preview<'_> {
        let &Self { width, height, channels, ref pixels } = self;
        Preview { width, height, channels, pixels }
    }

    /// All bytes, to be changed in place.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    /// The bytes, taken out.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The picture with its colours multiplied by alpha; the same without alpha.
    pub fn premultiplied(mut self) -> Self {
        if self.channels == 4 {
            for [red, green, blue, alpha] in self.pixels.as_chunks_mut().0 {
                for part in [red, green, blue] {
                    *part = share(*part, *alpha);
                }
            }
        }
        self
    }

    /// The picture of which this is `premultiplied`; colours that are brighter than alpha allows become white.
    pub fn straight(mut self) -> Self {
        if self.channels == 4 {
            for [red, green, blue, alpha] in self.pixels.as_chunks_mut().0 {
                for part in [red, green, blue] {
                    *part = whole(*part, *alpha);
                }
            }
        }
        self
    }

    /// A part of it, so many pixels across and down.
    ///
    /// # Panics
    /// When it reaches beyond.
    pub fn part(&self, [left, top, width, height]: [usize; 4]) -> Self {
        let rows = (top..top + height).flat_map(|y| {
            let at = (y * self.width + left) * self.channels;
            &self.pixels[at..at + width * self.channels]
        });
        Self::new(width, height, self.channels, rows.copied().collect())
    }

    /// The channels of one pixel.
    pub fn pixel(&self, x: usize, y: usize) -> &[u8] {
        let at = (y * self.width + x) * self.channels;
        &self.pixels[at..at + self.channels]
    }
}

/// The same picture in RGB; what is transparent shows the paper.
pub fn as_rgb(picture: &Picture, paper: [u8; 3]) -> Picture {
    let pixels = picture.pixels();
    let rgb = match picture.channels() {
        1 => pixels.iter().flat_map(|&grey| [grey; 3]).collect(),
        3 => pixels.to_vec(),
        _ => pixels.chunks_exact(4).flat_map(|pixel| over(pixel, paper)).collect(),
    };
    Picture::new(picture.width(), picture.height(), 3, rgb)
}

fn over(pixel: &[u8], paper: [u8; 3]) -> [u8; 3] {
    let alpha = u32::from(pixel[3]);
    let mix =
        |above: u8, below: u8| (u32::from(above) * alpha + u32::from(below) * (255 - alpha) + 127) / 255;
    [0, 1, 2].map(|channel| mix(pixel[channel], paper[channel]) as u8)
}

fn share(part: u8, alpha: u8) -> u8 {
    ((u32::from(part) * u32::from(alpha) + 127) / 255) as u8
}

/// What a share of was taken; of nothing, nothing.
fn whole(part: u8, alpha: u8) -> u8 {
    let (part, alpha) = (u32::from(part.min(alpha)), u32::from(alpha));
    (part * 255 + alpha / 2).checked_div(alpha).unwrap_or(0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_share_of_every_alpha_comes_back() {
        for alpha in 0..=255u8 {
            for part in 0..=alpha {
                assert_eq!(share(whole(part, alpha), alpha), part, "{part} of {alpha}");
            }
        }
    }

    #[test]
    fn what_cannot_be_seen_becomes_nothing_and_what_is_opaque_stays() {
        let picture = Picture::new(3, 1, 4, vec![9, 200, 77, 0, 9, 200, 77, 255, 100, 200, 0, 51]);
        let multiplied = [0, 0, 0, 0, 9, 200, 77, 255, 20, 40, 0, 51];
        assert_eq!(picture.clone().premultiplied().pixels(), multiplied);
        let back = picture.premultiplied().straight();
        assert_eq!(back.pixels(), [0, 0, 0, 0, 9, 200, 77, 255, 100, 200, 0, 51]);
    }

    #[test]
    fn colours_are_clamped_to_alpha() {
        let picture = Picture::new(2, 1, 4, vec![255, 60, 0, 50, 3, 3, 3, 0]);
        assert_eq!(picture.straight().pixels(), [255, 255, 0, 50, 0, 0, 0, 0]);
        let rgb = Picture::filled(2, 2, &[1, 2, 3]);
        assert_eq!(rgb.clone().premultiplied().straight(), rgb);
    }
}
