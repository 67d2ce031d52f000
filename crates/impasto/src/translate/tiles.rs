//! Large pictures, tile by tile: what a network of convolutions makes of a pixel depends on its surroundings only, so
//! tiles overlap, their borders are left out, and in between one fades into the next.

use impasto_system::Span;

use std::ops::Range;

use burn::tensor::{Device, Tensor};
use impasto_nn::{tensor, values};

/// How pictures are cut up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiling {
    /// The longest side of a tile, before it is translated.
    pub side: usize,
    /// By how much tiles overlap.
    pub overlap: usize,
}

impl Default for Tiling {
    fn default() -> Self {
        Self { side: 512, overlap: 128 }
    }
}

/// Tiles begin at multiples of this, so that a network that halves its pictures sees the same pixels together.
const STEP: usize = 32;

impl Tiling {
    /// `[1, c, h, w]` to what `work` makes of it, which is `times` as large; as one piece, where it is small enough. The
    /// span hears of each tile, and can't stop it.
    pub fn apply(
        self,
        picture: Tensor<4>,
        times: usize,
        work: &mut dyn FnMut(Tensor<4>) -> Tensor<4>,
        span: &mut Span<'_>,
    ) -> Tensor<4> {
        let [_, _, height, width] = picture.dims();
        let (rows, columns) = (self.spans(height), self.spans(width));
        let total = rows.len() * columns.len();
        if total == 1 {
            return work(picture);
        }
        let mut sheet = Sheet::new([times * height, times * width]);
        for (number, (down, across)) in
            rows.iter().flat_map(|down| columns.iter().map(move |across| (down, across))).enumerate()
        {
            let tile = picture.clone().slice([0..1, 0..picture.dims()[1], down.clone(), across.clone()]);
            let weights = [(down, height), (across, width)]
                .map(|(span, side)| self.weights(span, side, times).collect::<Vec<f32>>());
            sheet.add(work(tile), [times * down.start, times * across.start], &weights);
            span.reached((number + 1) as f64 / total as f64);
        }
        sheet.finish(&picture.device())
    }

    /// Where tiles lie along a side.
    fn spans(self, side: usize) -> Vec<Range<usize>> {
        if side <= self.side {
            return vec![Range { start: 0, end: side }];
        }
        let step = (self.side - self.overlap).max(1).next_multiple_of(STEP).min(self.side);
        let mut starts: Vec<usize> =
            (0..).map(|number| number * step).take_while(|start| start + self.side < side).collect();
        starts.push((side - self.side) / STEP * STEP);
        starts.dedup();
        let last = starts.len() - 1;
        let end = |number: usize, start: usize| if number == last { side } else { start + self.side };
        starts.iter().enumerate().map(|(number, &start)| start..end(number, start)).collect()
    }

    /// How much each value along a side of a tile counts: nothing near a border that has a neighbour behind it, then
    /// more and more.
    fn weights(self, span: &Range<usize>, side: usize, times: usize) -> impl Iterator<Item = f32> {
        let (length, overlap) = ((times * span.len()) as f64, (times * self.overlap).max(1) as f64);
        let margin = overlap / 4.0;
        let rise =
            move |from_border: f64| ((from_border - margin) / (overlap - 2.0 * margin)).clamp(0.0, 1.0);
        let (has_left, has_right) = (span.start > 0, span.end < side);
        (0..times * span.len()).map(move |at| {
            let at = at as f64 + 0.5;
            let left = if has_left { rise(at) } else { 1.0 };
            let right = if has_right { rise(length - at) } else { 1.0 };
            left.min(right) as f32
        })
    }
}

/// Sums of what tiles say, and of how much they count.
struct Sheet {
    size: [usize; 2],
    /// One plane a channel, as many as the first tile has.
    planes: Vec<Vec<f32>>,
    weights: Vec<f32>,
}

impl Sheet {
    fn new(size: [usize; 2]) -> Self {
        Self { size, planes: Vec::new(), weights: vec![0.0; size[0] * size[1]] }
    }

    fn add(&mut self, tile: Tensor<4>, [top, left]: [usize; 2], [down, across]: &[Vec<f32>; 2]) {
        let [_, channels, height, width] = tile.dims();
        let tile = values(tile);
        self.planes.resize(channels, vec![0.0; self.weights.len()]);
        for (row, &by_row) in down.iter().enumerate() {
            let start = (top + row) * self.size[1] + left;
            for (column, &by_column) in across.iter().enumerate() {
                let weight = by_row * by_column;
                self.weights[start + column] += weight;
                for (channel, plane) in self.planes.iter_mut().enumerate() {
                    plane[start + column] += weight * tile[(channel * height + row) * width + column];
                }
            }
        }
    }

    fn finish(mut self, device: &Device) -> Tensor<4> {
        for plane in &mut self.planes {
            plane.iter_mut().zip(&self.weights).for_each(|(sum, weight)| *sum /= weight);
        }
        let [height, width] = self.size;
        tensor(self.planes.concat(), [1, self.planes.len(), height, width], device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;
    use impasto_system::{Recorder, Stage};

    const SMALL: Tiling = Tiling { side: 96, overlap: 32 };

    #[test]
    fn tiles_reach_from_border_to_border_and_count_everywhere() {
        for side in [1, 95, 96, 97, 128, 200, 1000] {
            let spans = SMALL.spans(side);
            assert_eq!((spans[0].start, spans[spans.len() - 1].end), (0, side));
            let mut sums = vec![0.0; 2 * side];
            for span in &spans {
                assert!(span.start % STEP == 0 && span.len() < 96 + STEP, "{side}: {spans:?}");
                let weights = SMALL.weights(span, side, 2);
                sums[2 * span.start..].iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
            }
            assert!(sums.iter().all(|&sum| sum > 0.99), "{side}: {spans:?}, {sums:?}");
        }
    }

    #[test]
    fn what_looks_at_single_pixels_gives_the_same_in_tiles() {
        let pixels = Random::new(1, "picture", 0).uniforms(3 * 150 * 210, -1.0, 1.0);
        let picture = tensor(pixels, [1, 3, 150, 210], &Device::flex());
        let mut heard = Recorder::default();
        let mut tiles = 0;
        let mut work = |tile: Tensor<4>| {
            tiles += 1;
            tile * 0.5 + 0.1
        };
        let out =
            SMALL.apply(picture.clone(), 1, &mut work, &mut Span::whole(&mut heard, Stage::Translating));
        let far = values((out - (picture * 0.5 + 0.1)).abs().max())[0];
        assert!(far < 1e-6, "{far}");
        assert!(tiles > 1 && heard.progress.len() == tiles, "{heard:?}");
        assert_eq!(heard.progress.last(), Some(&(Stage::Translating, 1.0, Some(1.0))));
    }
}
