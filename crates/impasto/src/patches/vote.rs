//! Patches to a picture: every pixel is the mean of what the patches around it say that it is.

use rayon::prelude::{IndexedParallelIterator, ParallelIterator};

use super::codes::SIDE;
use super::nearest::{Field, Match};
use super::raster::Raster;

/// How far a patch's word reaches from its middle, as the deviation of a bell, in pixels: what a patch says of its middle
/// counts more than what it says of its edge, which keeps means of many patches sharp.
const BELL: f32 = 1.6;

/// What becomes of the patches of a field.
#[derive(Debug)]
pub(super) struct Vote<'a> {
    /// Where the patches come from.
    pub(super) source: &'a Raster,
    /// Which ones there are.
    pub(super) field: &'a Field,
    /// Whether the field goes on at the other side, as on a torus: then there is a patch for each pixel.
    pub(super) wrapped: bool,
}

impl Vote<'_> {
    /// The picture in which these patches overlap, each with the weight that its match is given.
    pub(super) fn count(&self, weight: impl Fn(usize, &Match) -> f32) -> Raster {
        let more = if self.wrapped { 0 } else { SIDE - 1 };
        let (width, height) = (self.field.across + more, self.field.down + more);
        let matches = self.field.matches.iter().enumerate();
        let weights: Vec<f32> = matches.map(|(number, found)| weight(number, found)).collect();
        let mut made = Raster::zeros(width, height, self.source.channels());
        let channels = self.source.channels();
        let bell = bell();
        made.rows_mut().enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.chunks_exact_mut(channels).enumerate() {
                self.pixel(x, y, &weights, &bell, pixel);
            }
        });
        made
    }

    /// The mean of what is said of one pixel; 0 where nobody says anything.
    fn pixel(&self, x: usize, y: usize, weights: &[f32], bell: &[[f32; SIDE]; SIDE], pixel: &mut [f32]) {
        let (source, channels) = (self.source, self.source.channels());
        let mut sum = 0.0;
        for (up, bell) in bell.iter().enumerate() {
            let Some(row) = place(y, up, self.field.down, self.wrapped) else { continue };
            for (left, bell) in bell.iter().enumerate() {
                let Some(column) = place(x, left, self.field.across, self.wrapped) else { continue };
                let number = row * self.field.across + column;
                let weight = bell * weights[number];
                let at = self.field.matches[number].place as usize + up * source.width() + left;
                let said = &source.values()[at * channels..][..channels];
                pixel.iter_mut().zip(said).for_each(|(value, said)| *value += weight * said);
                sum += weight;
            }
        }
        if sum > 0.0 {
            pixel.iter_mut().for_each(|value| *value /= sum);
        }
    }
}

/// The patch that has this pixel so many pixels behind its beginning.
fn place(pixel: usize, behind: usize, patches: usize, wrapped: bool) -> Option<usize> {
    match pixel.checked_sub(behind) {
        Some(place) => (place < patches).then_some(place),
        None => wrapped.then(|| pixel + patches - behind),
    }
}

fn bell() -> [[f32; SIDE]; SIDE] {
    let middle = (SIDE / 2) as f32;
    let at = |x: usize, y: usize| {
        let far = (x as f32 - middle).powi(2) + (y as f32 - middle).powi(2);
        (-far / (2.0 * BELL * BELL)).exp()
    };
    std::array::from_fn(|y| std::array::from_fn(|x| at(x, y)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    #[test]
    fn patches_at_their_own_places_are_the_picture() {
        let picture = Raster::new(20, 15, 3, Random::new(1, "vote", 0).uniforms(900, 0.0, 1.0));
        let (across, down) = (20 - SIDE + 1, 15 - SIDE + 1);
        let at = |number: usize| number / across * 20 + number % across;
        let matches = (0..across * down).map(|number| Match { place: at(number) as u32, cost: 0.0 });
        let field = Field { across, down, matches: matches.collect() };
        let again = Vote { source: &picture, field: &field, wrapped: false }.count(|_, _| 2.0);
        assert_eq!(again.picture(), picture.picture());
    }

    #[test]
    fn on_a_torus_there_is_a_patch_for_each_pixel() {
        let picture = Raster::new(12, 10, 1, Random::new(2, "vote", 0).uniforms(120, 0.0, 1.0));
        let source = picture.wrapped(SIDE - 1);
        let at = |number: usize| number / 12 * source.width() + number % 12;
        let matches = (0..120).map(|number| Match { place: at(number) as u32, cost: 0.0 }).collect();
        let field = Field { across: 12, down: 10, matches };
        let again = Vote { source: &source, field: &field, wrapped: true }.count(|_, _| 1.0);
        assert_eq!(again.picture(), picture.picture());
    }
}
