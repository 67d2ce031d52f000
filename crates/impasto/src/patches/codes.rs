//! Pixels as small whole numbers, for comparing patches: four to a pixel, so that a row of a patch is a few words of the
//! processor, and sums of squares come out the same in whatever order they are added.

use super::raster::Raster;

/// Pixels on each side of a patch.
pub(super) const SIDE: usize = 7;
/// Numbers of a pixel; those that it has no channels for are 0.
const LANES: usize = 4;
/// What 1 becomes. With values from -1 to 2 the distance of two patches still fits into 32 bits.
const SCALE: f32 = 1000.0;

/// A raster, ready to be compared patch by patch. Places are numbered row by row by the patch's upper left pixel.
#[derive(Debug, Clone)]
pub(super) struct Codes {
    width: usize,
    height: usize,
    lanes: Vec<i16>,
}

impl Codes {
    /// The codes of a raster of four channels at most.
    ///
    /// # Panics
    /// When it is smaller than a patch.
    pub(super) fn of(raster: &Raster) -> Self {
        let (width, height, channels) = (raster.width(), raster.height(), raster.channels());
        assert!(width >= SIDE && height >= SIDE, "{width} x {height} pixels hold no patch");
        let mut lanes = vec![0; width * height * LANES];
        for (lanes, pixel) in lanes.chunks_exact_mut(LANES).zip(raster.values().chunks_exact(channels)) {
            for (lane, value) in lanes.iter_mut().zip(pixel) {
                *lane = (value.clamp(-1.0, 2.0) * SCALE).round() as i16;
            }
        }
        Self { width, height, lanes }
    }

    /// Pixels across.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// How many patches there are across,
    pub(super) fn across(&self) -> usize {
        self.width - SIDE + 1
    }

    /// and down.
    pub(super) fn down(&self) -> usize {
        self.height - SIDE + 1
    }

    /// The sum of squares between the patch at this place and another's; once it is too much, no more is added.
    #[inline]
    pub(super) fn apart(&self, place: usize, other: &Self, there: usize, too_much: i32) -> i32 {
        let mut sum = 0;
        for row in 0..SIDE {
            let one = &self.lanes[(place + row * self.width) * LANES..][..SIDE * LANES];
            let two = &other.lanes[(there + row * other.width) * LANES..][..SIDE * LANES];
            sum += squares(one, two);
            if sum >= too_much {
                return sum;
            }
        }
        sum
    }
}

#[inline]
fn squares(one: &[i16], two: &[i16]) -> i32 {
    let square = |(a, b): (&i16, &i16)| {
        let apart = i32::from(a.wrapping_sub(*b));
        apart * apart
    };
    one.iter().zip(two).map(square).sum()
}

/// A mean of squares of values from 0 to 1 as the distance of two patches with so many channels.
pub(super) fn sum_of_squares(mean: f32, channels: usize) -> f32 {
    mean * SCALE * SCALE * (SIDE * SIDE * channels) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    #[test]
    fn distances_are_sums_of_squares_even_of_the_farthest_values() {
        let mut random = Random::new(1, "codes", 0);
        for channels in 1..=4 {
            let mut drawn = || Raster::new(9, 8, channels, random.uniforms(72 * channels, 0.0, 1.0));
            let (one, two) = (drawn(), drawn());
            let (place, there) = ((2, 1), (0, 0));
            let mut expected = 0.0;
            for (x, y) in (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y))) {
                let pixels =
                    one.pixel(place.0 + x, place.1 + y).iter().zip(two.pixel(there.0 + x, there.1 + y));
                expected += pixels.map(|(a, b)| (a - b).powi(2)).sum::<f32>();
            }
            let found = Codes::of(&one).apart(9 + 2, &Codes::of(&two), 0, i32::MAX);
            let found = found as f32 / (SCALE * SCALE);
            assert!((found - expected).abs() < 0.02, "{found} and {expected}");
        }
        let far = [-9.0, 9.0].map(|value| Codes::of(&Raster::new(7, 7, 4, vec![value; 196])));
        assert_eq!(far[0].apart(0, &far[1], 0, i32::MAX), 3000 * 3000 * 196);
    }
}
