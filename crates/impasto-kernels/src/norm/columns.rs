//! A block of columns at a time, row by row: for areas of one value or a few, where a channel is a few columns.

use std::ops::Range;

use super::view::{Affine, Back, COLUMNS, Layout, Moments, View};
use crate::activation::{with_activation, with_derivative};
use crate::dispatch::vectorised;
use crate::room::Room;

/// Rows that are added up in f32 before their sums are added up in f64.
const STRETCH: usize = 64;

/// A number for each column of a block.
type Wide = [f32; COLUMNS];

vectorised! {
    /// Writes the channels, and gives their moments.
    pub(super) fn train(view: &View<'_>, channels: Range<usize>, room: &Room) -> Vec<Moments> {
        let (block, x) = (Block::new(view.layout, &channels), view.x);
        let count = view.layout.count();
        let means = block.sums([x; 3], |_, [x, ..]| [x]).iter().map(|[total]| (total / count) as f32).collect::<Vec<_>>();
        let mean = block.wide(&means, |&mean| mean);
        let spreads = block.sums([x; 3], |column, [x, ..]| {
            let centred = x - mean[column];
            [centred * centred]
        });
        let moments: Vec<Moments> = (means.iter().zip(spreads))
            .map(|(&mean, [spread])| Moments { mean, variance: (spread / count) as f32 })
            .collect();
        write(view, &channels, &moments, room);
        moments
    }
}

vectorised! {
    /// Writes the channels, whose moments are known.
    pub(super) fn apply(view: &View<'_>, channels: Range<usize>, moments: &[Moments], room: &Room) {
        write(view, &channels, moments, room);
    }
}

vectorised! {
    /// Writes the gradient of `x`, where there is room for it, and gives those of scale and shift for each channel.
    /// `after` is the gradient behind the activation and its output.
    pub(super) fn backward(
        view: &View<'_>,
        channels: Range<usize>,
        moments: &[Moments],
        after: [&[f32]; 2],
        room: Option<&Room>,
    ) -> Vec<[f32; 2]> {
        let (block, [gradient, output]) = (Block::new(view.layout, &channels), after);
        let affine = affine(view, &channels, moments);
        let wide = WideAffine::new(&block, &affine);
        let streams = [view.x, gradient, output];
        with_derivative!(view.activation, |bend| {
            let sums = block.sums(streams, |column, [x, g, y]| {
                let dz = bend(g, wide.of(column, x), y);
                [dz, dz * (x - wide.mean[column])]
            });
            let back: Vec<Back> = affine.iter().zip(sums).map(|(&affine, sums)| view.back(affine, sums)).collect();
            if let Some(room) = room {
                let (level, tilt) = (block.wide(&back, |back| back.level), block.wide(&back, |back| back.tilt));
                block.map(streams, room, |column, [x, g, y]| {
                    let plain = wide.factor[column] * bend(g, wide.of(column, x), y);
                    plain - level[column] - (x - wide.mean[column]) * tilt[column]
                });
            }
            back.iter().map(|back| back.sums).collect()
        })
    }
}

#[inline(always)]
fn write(view: &View<'_>, channels: &Range<usize>, moments: &[Moments], room: &Room) {
    let block = Block::new(view.layout, channels);
    let wide = WideAffine::new(&block, &affine(view, channels, moments));
    with_activation!(view.activation, |after| {
        block.map([view.x; 3], room, |column, [x, ..]| after(wide.of(column, x)))
    });
}

fn affine(view: &View<'_>, channels: &Range<usize>, moments: &[Moments]) -> Vec<Affine> {
    channels.clone().zip(moments).map(|(channel, &moments)| view.affine(channel, moments)).collect()
}

/// [`Affine`] for each column.
struct WideAffine {
    mean: Wide,
    factor: Wide,
    shift: Wide,
}

impl WideAffine {
    fn new(block: &Block, each: &[Affine]) -> Self {
        Self {
            mean: block.wide(each, |affine| affine.mean),
            factor: block.wide(each, |affine| affine.factor),
            shift: block.wide(each, |affine| affine.shift),
        }
    }

    #[inline(always)]
    fn of(&self, column: usize, x: f32) -> f32 {
        (x - self.mean[column]) * self.factor[column] + self.shift[column]
    }
}

/// Where the columns lie.
struct Block {
    rows: usize,
    /// From row to row.
    stride: usize,
    first: usize,
    width: usize,
    /// Columns of a channel.
    area: usize,
}

impl Block {
    fn new(Layout { rows, channels: all, area }: Layout, channels: &Range<usize>) -> Self {
        Self { rows, stride: all * area, first: channels.start * area, width: channels.len() * area, area }
    }

    /// A channel's number stands in each of its columns.
    fn wide<T>(&self, channels: &[T], number: impl Fn(&T) -> f32) -> Wide {
        let mut wide = [0.0; COLUMNS];
        for (columns, channel) in wide.chunks_exact_mut(self.area).zip(channels) {
            columns.fill(number(channel));
        }
        wide
    }

    /// The sums of some terms over each channel.
    #[inline(always)]
    fn sums<const K: usize>(
        &self,
        streams: [&[f32]; 3],
        term: impl Fn(usize, [f32; 3]) -> [f32; K],
    ) -> Vec<[f64; K]> {
        let mut totals = [[0f64; COLUMNS]; K];
        for start in (0..self.rows).step_by(STRETCH) {
            let mut sums = [[0f32; COLUMNS]; K];
            for row in start..self.rows.min(start + STRETCH) {
                let [a, b, c] = self.row(row, streams);
                for (column, ((&a, &b), &c)) in a.iter().zip(b).zip(c).enumerate().take(COLUMNS) {
                    let terms = term(column, [a, b, c]);
                    (0..K).for_each(|k| sums[k][column] += terms[k]);
                }
            }
            for (totals, sums) in totals.iter_mut().zip(sums) {
                totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += f64::from(sum));
            }
        }
        let channel = |start: usize| totals.map(|total| total[start..start + self.area].iter().sum());
        (0..self.width).step_by(self.area).map(channel).collect()
    }

    /// Writes the columns.
    #[inline(always)]
    fn map(&self, streams: [&[f32]; 3], room: &Room, value: impl Fn(usize, [f32; 3]) -> f32) {
        for row in 0..self.rows {
            let [a, b, c] = self.row(row, streams);
            // SAFETY: a block is worked on by one thread, and its rows don't overlap.
            let place = unsafe { room.part(row * self.stride + self.first, self.width) };
            let places = place.iter_mut().zip(a).zip(b).zip(c).enumerate().take(COLUMNS);
            for (column, (((place, &a), &b), &c)) in places {
                place.write(value(column, [a, b, c]));
            }
        }
    }

    #[inline(always)]
    fn row<'a>(&self, row: usize, streams: [&'a [f32]; 3]) -> [&'a [f32]; 3] {
        let start = row * self.stride + self.first;
        streams.map(|stream| &stream[start..start + self.width])
    }
}
