//! Convolutions with fewer products: two outputs of a short filter share some of theirs, see [`side`].
//!
//! Where the kernel is two or three strides wide, a convolution is a sum of filters with two or three values, one for
//! each phase of the input. In both directions together that takes 9 products instead of 16, or 16 instead of 36, after
//! A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks" (2016). Differs from the paper: strides, by
//! phases; transposed convolutions and the weight's gradient, whose products are the same transposed.
//!
//! A tile is two by two outputs of one phase. Each of the small matrices' positions is a sum of products of its own.

mod gradient;
mod passes;
mod side;
mod walk;

use std::ops::Range;

use self::passes::{Places, Plane, spread};
use self::side::{Matrix, Windows};
use super::{Geometry, Pictures};
use crate::products::Products;
use crate::room::Threads;
use crate::tile::LANES;

pub(super) use gradient::for_weight;
pub(super) use walk::{correlate, scatter};

/// A kernel of so many values in each phase of a stride.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Short {
    pub(super) taps: usize,
    pub(super) stride: usize,
}

impl Short {
    /// What such a convolution is, where it is one.
    pub(super) fn of(geometry: &Geometry) -> Option<Self> {
        let ([kernel, wide], [stride, across]) = (geometry.kernel, geometry.stride);
        let even = kernel == wide && stride == across && geometry.dilation == [1, 1] && geometry.groups == 1;
        let taps = kernel / stride;
        (even && kernel % stride == 0 && (taps == 2 || taps == 3)).then_some(Self { taps, stride })
    }

    fn phases(self) -> usize {
        self.stride * self.stride
    }
}

/// What a convolution is, where it is short and worth its matrices; `size` is that of one phase of the output.
pub(super) fn short(
    products: Products,
    geometry: &Geometry,
    n: usize,
    [inputs, outputs]: [usize; 2],
    size: [usize; 2],
    worth: usize,
) -> Option<Short> {
    let short = Short::of(geometry).filter(|_| products == Products::Shared)?;
    let whole = n.next_multiple_of(LANES) * size[0].next_multiple_of(2) * size[1].next_multiple_of(2);
    let used = n * size[0] * size[1];
    let pays = inputs * outputs >= worth * (inputs + outputs) && whole >= 4 * TILES && 5 * whole <= 6 * used;
    pays.then_some(short)
}

/// Products take time by the product of inputs and outputs, matrices by their sum. From this quotient on the time saved
/// is more than the time spent: for pictures, and for the weight's gradient. Measured with AVX-512 and with AVX2.
pub(super) const WORTH: usize = 32;
pub(super) const WORTH_GRADIENT: usize = 40;
/// Fewer tiles in a batch don't pay for the weight's matrix.
const TILES: usize = 512;

/// The tiles of a batch. Their number counts groups of sixteen pictures, then rows, then columns.
#[derive(Clone, Copy)]
struct Tiling {
    pictures: usize,
    down: usize,
    across: usize,
}

/// Neighbouring rows of tiles of the same pictures.
struct Run {
    /// The first of its pictures.
    picture: usize,
    pictures: usize,
    rows: Range<usize>,
    /// Its first tile, counted from the part's first.
    first: usize,
}

impl Tiling {
    fn new(pictures: usize, down: usize, across: usize) -> Self {
        Self { pictures, down, across }
    }

    fn units(&self) -> usize {
        self.pictures.div_ceil(LANES) * self.down
    }

    /// The rows of tiles of a part, group by group.
    fn runs(&self, part: &Range<usize>) -> Vec<Run> {
        let (mut runs, mut unit) = (Vec::new(), part.start);
        while unit < part.end {
            let (group, row) = (unit / self.down, unit % self.down);
            let rows = row..self.down.min(row + part.end - unit);
            let picture = group * LANES;
            let pictures = LANES.min(self.pictures - picture);
            let first = (unit - part.start) * self.across;
            unit += rows.len();
            runs.push(Run { picture, pictures, rows, first });
        }
        runs
    }

    /// Cuts the batch into parts that take about so many values, when a tile takes `each`.
    fn parts(&self, each: usize, values: usize) -> Vec<Range<usize>> {
        let units = self.units();
        let parts = (units * self.across * each).div_ceil(values).clamp(1, units);
        let most = units.div_ceil(parts);
        (0..units).step_by(most).map(|from| from..units.min(from + most)).collect()
    }
}

/// Values that a part of a batch may take while it is worked on: what fits the second cache of one core, and the last
/// cache of all.
const SMALL: usize = 1 << 18;
const LARGE: usize = 1 << 21;

/// Every channel of the pictures after a matrix; `places` are those of the first one.
///
/// # Safety
/// There is room for a row of lanes for each position, phase and channel, and nobody else writes there.
unsafe fn spread_channels(
    threads: Threads,
    x: Pictures<'_>,
    windows: &[Windows; 2],
    matrix: &Matrix,
    (runs, across): (&[Run], usize),
    places: &Places<'_>,
) {
    threads.each(x.shape[1], 1, |row| {
        let places = Places { row, ..*places };
        for run in runs {
            let rows = (run.rows.clone(), across, run.first);
            // SAFETY: promised by the caller; channels have rows of their own.
            unsafe { spread(&plane(x, row, run), windows, rows, matrix, &places) };
        }
    });
}

/// One channel of a run's pictures.
fn plane<'a>(x: Pictures<'a>, channel: usize, run: &Run) -> Plane<'a> {
    let [_, channels, height, width] = x.shape;
    let area = height * width;
    Plane {
        values: &x.values[(run.picture * channels + channel) * area..],
        stride: channels * area,
        pictures: run.pictures,
        size: [height, width],
    }
}
