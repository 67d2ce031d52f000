//! Pictures as numbers that can be averaged, sharpened and resized without losing anything on the way.

use impasto_data::Picture;
use rayon::prelude::*;

/// A picture in floating point: 0 is black and 1 white, values may lie beyond. Colours are multiplied by alpha, where there
/// is one, so that what can't be seen has no part in anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    width: usize,
    height: usize,
    channels: usize,
    /// `[height, width, channels]`
    values: Vec<f32>,
}

impl Raster {
    /// A raster from its values, `[height, width, channels]`.
    ///
    /// # Panics
    /// When there are not exactly as many values.
    pub fn new(width: usize, height: usize, channels: usize, values: Vec<f32>) -> Self {
        assert_eq!(values.len(), width * height * channels, "values of {width} x {height} x {channels}");
        Self { width, height, channels, values }
    }

    /// A raster of zeros.
    pub fn zeros(width: usize, height: usize, channels: usize) -> Self {
        Self::new(width, height, channels, vec![0.0; width * height * channels])
    }

    /// The numbers of a picture.
    pub fn of(picture: &Picture) -> Self {
        let picture = picture.clone().premultiplied();
        let values = picture.pixels().iter().map(|&byte| f32::from(byte) / 255.0).collect();
        Self::new(picture.width(), picture.height(), picture.channels(), values)
    }

    /// The picture of these numbers: rounded and cut to what bytes hold.
    pub fn picture(&self) -> Picture {
        // The cast saturates, and takes NaN to 0.
        let mut bytes: Vec<u8> = self.values.iter().map(|value| (value * 255.0).round() as u8).collect();
        if self.channels == 4 {
            for [red, green, blue, alpha] in bytes.as_chunks_mut().0 {
                [red, green, blue].into_iter().for_each(|part| *part = (*part).min(*alpha));
            }
        }
        Picture::new(self.width, self.height, self.channels, bytes).straight()
    }

    /// Pixels across.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels down.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Values of a pixel.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// All values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, to be changed in place.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The values of one pixel.
    pub fn pixel(&self, x: usize, y: usize) -> &[f32] {
        let at = (y * self.width + x) * self.channels;
        &self.values[at..at + self.channels]
    }

    /// The values of one pixel, to be changed.
    pub fn pixel_mut(&mut self, x: usize, y: usize) -> &mut [f32] {
        let at = (y * self.width + x) * self.channels;
        &mut self.values[at..at + self.channels]
    }

    /// A raster of the same shape, each value made from those of two.
    ///
    /// # Panics
    /// When they are of different shapes.
    pub fn with(&self, other: &Self, made: impl Fn(f32, f32) -> f32) -> Self {
        let shape = |raster: &Self| [raster.width, raster.height, raster.channels];
        assert_eq!(shape(self), shape(other), "two rasters of one shape");
        let values = self.values.iter().zip(&other.values).map(|(&a, &b)| made(a, b)).collect();
        Self { values, ..*self }
    }

    /// A part of it, as large as this.
    ///
    /// # Panics
    /// When it reaches beyond.
    pub fn part(&self, left: usize, top: usize, width: usize, height: usize) -> Self {
        let rows = (top..top + height).flat_map(|y| {
            let at = (y * self.width + left) * self.channels;
            &self.values[at..at + width * self.channels]
        });
        Self::new(width, height, self.channels, rows.copied().collect())
    }

    /// The same with the rows and columns of the other side after the last ones, as on a torus.
    pub fn wrapped(&self, more: usize) -> Self {
        let (width, height) = (self.width + more, self.height + more);
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let values = pixels.flat_map(|(x, y)| self.pixel(x % self.width, y % self.height)).copied().collect();
        Self::new(width, height, self.channels, values)
    }

    /// Rows of pixels, for work on all of them at once.
    pub(super) fn rows_mut(&mut self) -> impl IndexedParallelIterator<Item = &mut [f32]> {
        self.values.par_chunks_mut((self.width * self.channels).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_an_opaque_picture_comes_back() {
        for channels in [1, 3] {
            let bytes = (0..8 * 4 * channels).map(|at| (at * 37) as u8).collect();
            let picture = Picture::new(8, 4, channels, bytes);
            assert_eq!(Raster::of(&picture).picture(), picture);
        }
    }

    #[test]
    fn hidden_colours_count_nowhere_and_none_is_brighter_than_alpha() {
        let picture = Picture::new(2, 1, 4, vec![200, 100, 50, 0, 255, 0, 0, 255]);
        let raster = Raster::of(&picture);
        assert_eq!(raster.values(), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        let bright = Raster::new(1, 1, 4, vec![2.0, 0.1, f32::NAN, 0.2]);
        assert_eq!(bright.picture().pixels(), [255, 130, 0, 51]);
    }

    #[test]
    fn a_torus_goes_on_at_the_other_side() {
        let raster = Raster::new(2, 1, 1, vec![1.0, 2.0]);
        assert_eq!(raster.wrapped(1), Raster::new(3, 2, 1, vec![1.0, 2.0, 1.0, 1.0, 2.0, 1.0]));
        assert_eq!(raster.wrapped(1).part(1, 1, 2, 1).values(), [2.0, 1.0]);
    }
}
