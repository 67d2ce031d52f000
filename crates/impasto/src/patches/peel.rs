//! A first guess for a hole: pixel by pixel from its edge inwards, each the middle of the known patch that agrees best with
//! what is around it so far (after Efros and Leung, "Texture Synthesis by Non-parametric Sampling", 1999, but the best patch instead of
//! one of the good ones). All known patches are compared, so this is for small pictures.

use rayon::prelude::*;

use super::codes::SIDE;
use super::raster::Raster;

/// Fills the pixels that are `far` (more than 0 steps) from what is known, the nearest first. Patches may be taken from these
/// places, numbered by pixels.
pub(super) fn peel(picture: &Raster, far: &[u32], places: &[usize]) -> Raster {
    let mut made = picture.clone();
    let deepest = far.iter().copied().max().unwrap_or(0);
    for layer in 1..=deepest {
        let pixels: Vec<usize> = (0..far.len()).filter(|&at| far[at] == layer).collect();
        let found: Vec<usize> =
            pixels.par_iter().map(|&at| best(&made, picture, at, layer, far, places)).collect();
        let channels = made.channels();
        for (at, from) in pixels.into_iter().zip(found) {
            let own = &picture.values()[from * channels..][..channels];
            made.values_mut()[at * channels..][..channels].copy_from_slice(own);
        }
    }
    made
}

/// The pixel that stands in the best patch where this one stands in its own.
fn best(made: &Raster, picture: &Raster, at: usize, layer: u32, far: &[u32], places: &[usize]) -> usize {
    let (width, channels) = (picture.width(), picture.channels());
    let corner = |at: usize, side: usize| at.saturating_sub(SIDE / 2).min(side - SIDE);
    let (left, top) = (corner(at % width, width), corner(at / width, picture.height()));
    let own = top * width + left;
    // What is around: steps from the corner to pixels that are known or filled already.
    let steps = (0..SIDE * SIDE).map(|number| number / SIDE * width + number % SIDE);
    let steps: Vec<usize> = steps.filter(|step| far[own + step] < layer).collect();
    let apart = |&place: &usize| {
        let values = |raster: &Raster, at: usize| at * channels..(at + 1) * channels.min(raster.channels());
        let square = |step: &usize| {
            let one = &made.values()[values(made, own + step)];
            let two = &picture.values()[values(picture, place + step)];
            one.iter().zip(two).map(|(a, b)| (a - b) * (a - b)).sum::<f32>()
        };
        steps.iter().map(square).sum::<f32>()
    };
    let scored = places.iter().map(|place| (apart(place), *place));
    scored.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(at, |(_, place)| place + at - own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_go_on_through_a_hole() {
        let stripes = |x: usize| if x % 4 < 2 { 1.0 } else { 0.0 };
        let whole = Raster::new(24, 20, 1, (0..480).map(|at| stripes(at % 24)).collect());
        let (mut torn, mut far) = (whole.clone(), vec![0; 480]);
        for (x, y) in (8..13).flat_map(|x| (10..15).map(move |y| (x, y))) {
            torn.pixel_mut(x, y)[0] = 0.5;
            far[y * 24 + x] = 1 + (x - 8).min(12 - x).min(y - 10).min(14 - y) as u32;
        }
        let places: Vec<usize> = (0..3).flat_map(|y| (0..18).map(move |x| y * 24 + x)).collect();
        assert_eq!(peel(&torn, &far, &places), whole);
    }
}
