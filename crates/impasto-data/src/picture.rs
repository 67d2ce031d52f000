//! The one noun that everything else passes around: a picture in memory.

/// A picture: rows of pixels, each pixel its channels side by side (1 grey, 3 RGB, 4 RGB and alpha).
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

    /// All bytes, to be changed in place.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    /// The bytes, taken out.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The channels of one pixel.
    pub fn pixel(&self, x: usize, y: usize) -> &[u8] {
        let at = (y * self.width + x) * self.channels;
        &self.pixels[at..at + self.channels]
    }
}
