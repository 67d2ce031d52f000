//! Pictures of equal size in one block of memory, as a training wants them.

use crate::picture::Picture;

/// Some pictures with their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// `[n, c, h, w]`; of four channels the colours are multiplied by the last, alpha.
    pub pixels: Vec<u8>,
    /// How many pictures.
    pub count: usize,
    /// 1 grey, 3 RGB, 4 RGB and alpha.
    pub channels: usize,
    /// Pixels down.
    pub height: usize,
    /// Pixels across.
    pub width: usize,
    /// A class for each picture; empty without classes.
    pub labels: Vec<u32>,
}

impl Batch {
    /// One of the pictures, its colours as they are beside alpha.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn picture(&self, index: usize) -> Picture {
        assert!(index < self.count, "picture {index} of a batch of {}", self.count);
        let size = self.channels * self.height * self.width;
        let planes = &self.pixels[index * size..(index + 1) * size];
        Picture::new(self.width, self.height, self.channels, interleave(planes, self.channels)).straight()
    }
}

/// `[c, h, w]` -> `[h, w, c]`
fn interleave(planes: &[u8], channels: usize) -> Vec<u8> {
    let plane = planes.len() / channels;
    (0..planes.len()).map(|i| planes[i % channels * plane + i / channels]).collect()
}

/// `[h, w, c]` -> `[c, h, w]`
pub(crate) fn planes(picture: &Picture) -> Vec<u8> {
    let channels = picture.channels();
    (0..channels).flat_map(|c| picture.pixels().iter().skip(c).step_by(channels).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_from_its_planes() {
        let picture = Picture::new(2, 3, 3, (0..18).collect());
        let pixels = planes(&picture);
        assert_eq!(pixels[..6], [0, 3, 6, 9, 12, 15]);
        let batch = Batch { pixels, count: 1, channels: 3, height: 3, width: 2, labels: vec![] };
        assert_eq!(batch.picture(0), picture);
    }

    #[test]
    fn a_transparent_picture_has_the_colours_of_its_file() {
        let pixels = vec![20, 40, 0, 51];
        let batch = Batch { pixels, count: 1, channels: 4, height: 1, width: 1, labels: vec![] };
        assert_eq!(batch.picture(0).pixels(), [100, 200, 0, 51]);
    }
}
