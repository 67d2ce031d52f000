//! Masks with soft edges, and pictures mixed by them.

use crate::patches::{Edge, Filter, Raster};

/// How much coarser a raster is made to lose its grain.
const COARSER: usize = 4;

/// 1 where a mask is true, 0 elsewhere.
pub(super) fn shares(mask: &[bool], width: usize, height: usize) -> Raster {
    Raster::new(width, height, 1, mask.iter().map(|&inside| f32::from(u8::from(inside))).collect())
}

/// The same without what is finer than some pixels.
pub(super) fn softened(raster: &Raster) -> Raster {
    let (width, height) = (raster.width(), raster.height());
    let [across, down] = [width, height].map(|side| side.div_ceil(COARSER));
    let coarse = raster.resized(across, down, Filter::Cubic, Edge::Still);
    coarse.resized(width, height, Filter::Cubic, Edge::Still)
}

/// The second picture where shares are 1, the first where they are 0, and something between for shares between.
pub(super) fn mixed(below: &Raster, above: &Raster, shares: &Raster) -> Raster {
    let channels = below.channels();
    let mut made = below.with(above, |_, above| above);
    let pixels = made.values_mut().chunks_exact_mut(channels).zip(below.values().chunks_exact(channels));
    for ((made, below), share) in pixels.zip(shares.values()) {
        let share = share.clamp(0.0, 1.0);
        made.iter_mut().zip(below).for_each(|(made, below)| *made = below + share * (*made - below));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soft_edge_rises_over_some_pixels_and_the_mix_follows_it() {
        let mask: Vec<bool> = (0..40 * 8).map(|at| at % 40 < 20).collect();
        let soft = softened(&shares(&mask, 40, 8));
        let flat = |value: f32| Raster::new(40, 8, 1, vec![value; 320]);
        let made = mixed(&flat(0.0), &flat(1.0), &soft);
        let row: Vec<f32> = (0..40).map(|x| made.pixel(x, 4)[0]).collect();
        assert!(
            row[..10].iter().all(|&value| value > 0.99) && row[30..].iter().all(|&value| value < 0.01),
            "{row:?}"
        );
        assert!(
            (0.3..0.7).contains(&row[20]) && row.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.3),
            "{row:?}"
        );
    }
}
