//! Pieces joined band by band (Burt and Adelson, "A Multiresolution Spline with Application to Image Mosaics", 1983): coarse
//! detail fades over many pixels, fine detail over few, so neither a step nor a ghost is seen. Differs from the paper: the
//! finest mask is soft too; else the grain of two pictures meets in one line, which is seen.

use super::soft::{mixed, shares, softened};
use crate::patches::{Edge, Filter, Raster};

/// A level this short is the last.
const SHORTEST: usize = 8;

/// The picture with a piece (of the same shape) laid over where the mask is true.
///
/// # Panics
/// When the three are not of one size.
pub(super) fn joined(picture: &Raster, piece: &Raster, mask: &[bool]) -> Raster {
    let (width, height) = (picture.width(), picture.height());
    assert_eq!(mask.len(), width * height, "a mask of the picture's size");
    blended(picture, piece, &softened(&shares(mask, width, height)))
}

/// All bands of two pictures, each mixed by a mask of its own coarseness.
fn blended(below: &Raster, above: &Raster, share: &Raster) -> Raster {
    let (width, height) = (below.width(), below.height());
    let half = [width.div_ceil(2), height.div_ceil(2)];
    if width.min(height) < 2 * SHORTEST {
        return mixed(below, above, share);
    }
    let smaller = |raster: &Raster| raster.resized(half[0], half[1], Filter::Cubic, Edge::Still);
    let larger = |raster: &Raster| raster.resized(width, height, Filter::Cubic, Edge::Still);
    let coarse = [below, above].map(smaller);
    let band = |raster: &Raster, coarse: &Raster| raster.with(&larger(coarse), |own, coarse| own - coarse);
    let bands = mixed(&band(below, &coarse[0]), &band(above, &coarse[1]), share);
    larger(&blended(&coarse[0], &coarse[1], &smaller(share))).with(&bands, |coarse, band| coarse + band)
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    #[test]
    fn pictures_joined_with_themselves_are_themselves_and_a_step_becomes_a_slope() {
        let noise = Raster::new(50, 37, 3, Random::new(1, "bands", 0).uniforms(50 * 37 * 3, 0.0, 1.0));
        let mask: Vec<bool> = (0..50 * 37).map(|at| at % 50 < 25).collect();
        let same = joined(&noise, &noise, &mask);
        assert!(same.values().iter().zip(noise.values()).all(|(a, b)| (a - b).abs() < 1e-5));
        let flat = |value: f32| Raster::new(64, 64, 1, vec![value; 64 * 64]);
        let mask: Vec<bool> = (0..64 * 64).map(|at| at % 64 < 32).collect();
        let slope = joined(&flat(0.0), &flat(1.0), &mask);
        let row: Vec<f32> = (0..64).map(|x| slope.pixel(x, 32)[0]).collect();
        assert!(row[0] > 0.9 && row[63] < 0.1, "{row:?}");
        assert!(row.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.25), "{row:?}");
    }
}
