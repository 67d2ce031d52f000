//! Pictures made small, to be compared in great numbers.

use super::nearest::Layout;
use super::plane::Plane;
use crate::{Picture, as_rgb, squeezed};

/// Pixels on each side of a thumbnail.
pub(super) const SIDE: usize = 64;
/// Cells on each side of what a [`Thumbnail::layout`] is made of.
const CELLS: usize = 8;
/// Numbers of a [`Thumbnail::layout`].
pub(super) const LAYOUT: usize = CELLS * CELLS * 3;
/// The least deviation that a layout is divided by, of 255: below, differences are noise.
const LEAST_DEVIATION: f32 = 4.0;

/// A picture of 64 x 64 pixels in RGB, whatever its shape was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Plane by plane.
    bytes: Box<[u8]>,
}

impl Thumbnail {
    /// Of a picture; transparent ones are seen on white.
    pub fn of(picture: &Picture) -> Self {
        let small = squeezed(as_rgb(picture, [255; 3]), SIDE, SIDE);
        let plane = |channel: usize| small.pixels().iter().skip(channel).step_by(3).copied();
        Self { bytes: (0..3).flat_map(plane).collect() }
    }

    /// The same in a mirror.
    pub fn mirrored(&self) -> Self {
        let rows = self.bytes.chunks_exact(SIDE);
        Self { bytes: rows.flat_map(|row| row.iter().rev().copied()).collect() }
    }

    /// Red, green and blue, from 0 to 1.
    pub(super) fn planes(&self) -> [Plane; 3] {
        let plane = |bytes: &[u8]| bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        const AREA: usize = SIDE * SIDE;
        [0, 1, 2].map(|at| Plane { side: SIDE, values: plane(&self.bytes[at * AREA..][..AREA]) })
    }

    /// Where it is light, dark and coloured, as numbers of mean 0 and length 1: near for pictures that look alike from
    /// afar, however bright they are.
    pub fn layout(&self) -> Layout {
        const STEP: usize = SIDE / CELLS;
        let mut cells = [0f32; LAYOUT];
        for (at, &byte) in self.bytes.iter().enumerate() {
            let (x, y, plane) = (at % SIDE / STEP, at / SIDE % SIDE / STEP, at / (SIDE * SIDE));
            cells[(plane * CELLS + y) * CELLS + x] += f32::from(byte) / (STEP * STEP) as f32;
        }
        let mean = cells.iter().sum::<f32>() / LAYOUT as f32;
        cells.iter_mut().for_each(|cell| *cell -= mean);
        let length = cells.iter().map(|cell| cell * cell).sum::<f32>().sqrt();
        let length = length.max(LEAST_DEVIATION * (LAYOUT as f32).sqrt());
        cells.map(|cell| cell / length)
    }
}
