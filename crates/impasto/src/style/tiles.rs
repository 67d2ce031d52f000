//! A picture in parts that overlap: what is inside of one is seen by it alone, and around it lies all that this depends on.
//!
//! So what the parts see together is what the whole picture would see, to the last place, and gradients add up to those of the
//! whole: there are no seams to hide.

use crate::features::chain::Chain;
use crate::features::map::Window;

use super::StyleError;

/// A part of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tile {
    /// What is looked at.
    pub(super) outer: Window,
    /// What it answers for.
    pub(super) inner: Window,
    /// Height and width of the whole picture.
    whole: [usize; 2],
}

/// The least side of what a tile answers for, in pixels: smaller ones would be mostly overlap.
const LEAST: usize = 64;

impl Tile {
    /// One tile that is the whole picture.
    pub(super) fn whole(size: [usize; 2]) -> Self {
        let all = Window { rows: 0..size[0], columns: 0..size[1] };
        Self { outer: all.clone(), inner: all, whole: size }
    }

    /// What it answers for in a layer, counted from the layer's first place of this tile.
    pub(super) fn inside(&self, chain: &Chain, layer: usize) -> Window {
        let size = chain.size(layer, self.whole);
        let stride = chain.stride(layer);
        let side = |inner: &std::ops::Range<usize>, outer: &std::ops::Range<usize>, side: usize| {
            let first = outer.start / stride;
            let end = if inner.end == self.whole[side] { size[side] } else { inner.end / stride };
            inner.start / stride - first..end - first
        };
        Window {
            rows: side(&self.inner.rows, &self.outer.rows, 0),
            columns: side(&self.inner.columns, &self.outer.columns, 1),
        }
    }

    /// The same counted from the first place of the whole layer.
    pub(super) fn inside_whole(&self, chain: &Chain, layer: usize) -> Window {
        let Window { rows, columns } = self.inside(chain, layer);
        let [top, left] = self.corner().map(|side| side / chain.stride(layer));
        Window { rows: rows.start + top..rows.end + top, columns: columns.start + left..columns.end + left }
    }

    /// Its first pixel.
    pub(super) fn corner(&self) -> [usize; 2] {
        [self.outer.rows.start, self.outer.columns.start]
    }
}

/// Cuts a picture into as few tiles as the memory allows, which is what values of a layer take for each pixel looked at.
///
/// # Errors
/// When it does not suffice for any.
pub(super) fn tiles(
    chain: &Chain,
    last: usize,
    size: [usize; 2],
    bytes: u64,
    per_pixel: u64,
) -> Result<Vec<Tile>, StyleError> {
    if size.iter().product::<usize>() as u64 * per_pixel <= bytes {
        return Ok(vec![Tile::whole(size)]);
    }
    let step = chain.stride(last);
    let overlap = chain.reach(last).next_multiple_of(step);
    let most = ((bytes / per_pixel) as f64).sqrt() as usize;
    let inner = most.saturating_sub(2 * overlap) / step * step;
    if inner < LEAST {
        let needed = ((LEAST + step + 2 * overlap) as u64).pow(2) * per_pixel;
        return Err(StyleError::Memory { needed });
    }
    let cut = |side: usize| {
        // Tiles of about the same size: a thin last one would be mostly overlap.
        let each = (side.div_ceil(side.div_ceil(inner))).next_multiple_of(step);
        let part = move |from: usize| {
            // A rest that is no whole place of the last layer belongs to the tile before it.
            let end = if side - from < each + step { side } else { from + each };
            (from..end, from.saturating_sub(overlap)..side.min(end + overlap))
        };
        let starts = (0..side).step_by(each).filter(move |&from| from == 0 || side - from >= step);
        starts.map(part).collect::<Vec<_>>()
    };
    let (rows, columns) = (cut(size[0]), cut(size[1]));
    let tile = |(rows, columns): (&Side, &Side)| Tile {
        outer: Window { rows: rows.1.clone(), columns: columns.1.clone() },
        inner: Window { rows: rows.0.clone(), columns: columns.0.clone() },
        whole: size,
    };
    Ok(rows.iter().flat_map(|rows| columns.iter().map(move |columns| (rows, columns))).map(tile).collect())
}

/// Along one side: what a tile answers for, and what it looks at.
type Side = (std::ops::Range<usize>, std::ops::Range<usize>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::chain::drawn;
    use burn::tensor::Device;

    #[test]
    fn every_place_of_every_layer_belongs_to_one_tile() {
        let chain = drawn(&Device::flex());
        let last = chain.layer("three").unwrap();
        for size in [[150, 203], [201, 97], [400, 90]] {
            let tiles = tiles(&chain, last, size, 100 * 100, 1).unwrap();
            assert!(tiles.len() > 1);
            for layer in 0..=last {
                let [height, width] = chain.size(layer, size);
                let mut seen = vec![0; height * width];
                for tile in &tiles {
                    let Window { rows, columns } = tile.inside_whole(&chain, layer);
                    for row in rows {
                        columns.clone().for_each(|column| seen[row * width + column] += 1);
                    }
                }
                assert!(seen.iter().all(|&times| times == 1), "{size:?}, layer {layer}");
            }
        }
    }

    #[test]
    fn a_picture_that_fits_is_one_tile_and_too_little_memory_is_refused() {
        let chain = drawn(&Device::flex());
        let last = chain.layer("three").unwrap();
        assert_eq!(tiles(&chain, last, [50, 60], 3000, 1).unwrap(), [Tile::whole([50, 60])]);
        assert!(tiles(&chain, last, [500, 600], 3000, 1).is_err());
    }
}
