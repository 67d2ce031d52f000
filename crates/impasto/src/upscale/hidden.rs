//! Colours for what is transparent, from around it: a network sees them across the edge, and black there would become a dark rim.
//!
//! Each pixel takes from a picture of half the size what it lacks itself, and that one from one of a quarter (pull and push; Gortler and
//! others, "The Lumigraph", 1996).

use impasto_data::Picture;

/// Alpha from which on a pixel's own colour is trusted.
const SURE: f32 = 0.25;

/// Colours times alpha, and alpha.
struct Level {
    width: usize,
    height: usize,
    values: Vec<[f32; 4]>,
}

/// The opaque RGB picture.
pub(super) fn filled(picture: &Picture) -> Picture {
    let mut levels = vec![Level::of(picture)];
    while let Some(level) = levels.last().filter(|level| level.width > 1 || level.height > 1) {
        let half = level.half();
        levels.push(half);
    }
    let mut colours = Vec::new();
    let mut width = 1;
    while let Some(level) = levels.pop() {
        colours = level.coloured(&colours, width);
        width = level.width;
    }
    let bytes = colours.iter().flatten().map(|value| (value * 255.0).round() as u8).collect();
    Picture::new(picture.width(), picture.height(), 3, bytes)
}

impl Level {
    fn of(picture: &Picture) -> Self {
        let value = |pixel: &[u8]| {
            let [red, green, blue, alpha] = std::array::from_fn(|at| f32::from(pixel[at]) / 255.0);
            [red * alpha, green * alpha, blue * alpha, alpha]
        };
        let values = picture.pixels().chunks_exact(4).map(value).collect();
        Self { width: picture.width(), height: picture.height(), values }
    }

    fn half(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let value = |n: usize| {
            let (x, y) = (2 * (n % width), 2 * (n / width));
            let mut sum = [0.0; 4];
            for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
                let own = self.values[y.min(self.height - 1) * self.width + x.min(self.width - 1)];
                sum.iter_mut().zip(own).for_each(|(sum, value)| *sum += value / 4.0);
            }
            sum
        };
        Self { width, height, values: (0..width * height).map(value).collect() }
    }

    /// Each pixel's own colour, or what the coarser level has there; white where nobody has one.
    fn coloured(&self, coarser: &[[f32; 3]], width: usize) -> Vec<[f32; 3]> {
        let colour = |(n, &[red, green, blue, alpha]): (usize, &[f32; 4])| {
            let (x, y) = (n % self.width, n / self.width);
            let own = [red, green, blue].map(|part| if alpha > 0.0 { (part / alpha).min(1.0) } else { 1.0 });
            let other = coarser.get(y / 2 * width + x / 2).copied().unwrap_or(own);
            let sure = (alpha / SURE).min(1.0);
            std::array::from_fn(|at| sure * own[at] + (1.0 - sure) * other[at])
        };
        self.values.iter().enumerate().map(colour).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_pixels_take_the_colour_of_their_neighbours_and_others_keep_theirs() {
        let mut pixels = [0, 0, 0, 0].repeat(5 * 7);
        pixels[4 * 17..4 * 18].copy_from_slice(&[200, 100, 50, 255]);
        let filled = filled(&Picture::new(5, 7, 4, pixels));
        assert!(filled.pixels().chunks_exact(3).all(|pixel| pixel == [200, 100, 50]), "{filled:?}");
    }

    #[test]
    fn a_picture_of_nothing_is_white() {
        let nothing = filled(&Picture::new(3, 2, 4, vec![0; 24]));
        assert_eq!(nothing.pixels(), [255; 18]);
    }
}
