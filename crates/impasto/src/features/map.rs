//! What a layer of a network sees of one picture, and the small passes over it that are no products: frames that mirror the
//! border, pooling, enlarging; each with its adjoint, which takes a gradient the way back.

use rayon::prelude::*;

/// Planes of values, one for each channel: `[channels, height, width]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Map {
    pub(crate) values: Vec<f32>,
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

/// A part of a map: rows and columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) rows: std::ops::Range<usize>,
    pub(crate) columns: std::ops::Range<usize>,
}

impl Map {
    /// A map of these values.
    ///
    /// # Panics
    /// When there are more or fewer than the shape says.
    pub(crate) fn new(values: Vec<f32>, [channels, height, width]: [usize; 3]) -> Self {
        assert_eq!(
            values.len(),
            channels * height * width,
            "values of a map [{channels}, {height}, {width}]"
        );
        Self { values, channels, height, width }
    }

    /// Nothing but zeros.
    pub(crate) fn zeros(shape: [usize; 3]) -> Self {
        Self::new(vec![0.0; shape.iter().product()], shape)
    }

    pub(crate) fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    pub(crate) fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Values of a plane.
    pub(crate) fn area(&self) -> usize {
        self.height * self.width
    }

    /// A row of a plane.
    pub(crate) fn row(&self, channel: usize, row: usize) -> &[f32] {
        &self.values[(channel * self.height + row) * self.width..][..self.width]
    }

    /// Adds another map of the same shape.
    pub(crate) fn add(&mut self, other: &Self) {
        assert_eq!(self.shape(), other.shape(), "maps of one shape");
        let blocks = self.values.par_chunks_mut(BLOCK).zip(other.values.par_chunks(BLOCK));
        blocks.for_each(|(sums, more)| sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more));
    }

    /// A part of it.
    pub(crate) fn cut(&self, window: &Window) -> Self {
        let Window { rows, columns } = window;
        let mut values = Vec::with_capacity(self.channels * rows.len() * columns.len());
        for channel in 0..self.channels {
            for row in rows.clone() {
                values.extend_from_slice(&self.row(channel, row)[columns.clone()]);
            }
        }
        Self::new(values, [self.channels, rows.len(), columns.len()])
    }

    /// Adds a map to the part of this one that begins at this row and column.
    pub(crate) fn add_at(&mut self, part: &Self, [top, left]: [usize; 2]) {
        assert!(part.channels == self.channels && left + part.width <= self.width, "a part of the map");
        for channel in 0..part.channels {
            for row in 0..part.height {
                let start = (channel * self.height + top + row) * self.width + left;
                let sums = &mut self.values[start..start + part.width];
                sums.iter_mut().zip(part.row(channel, row)).for_each(|(sum, more)| *sum += more);
            }
        }
    }

    /// Writes rows, as wide as this map, into it from this row on.
    pub(crate) fn put(&mut self, rows: &Self, top: usize) {
        assert!(rows.channels == self.channels && rows.width == self.width, "rows of the map");
        for channel in 0..rows.channels {
            let start = (channel * self.height + top) * self.width;
            let from = &rows.values[channel * rows.area()..][..rows.area()];
            self.values[start..start + from.len()].copy_from_slice(from);
        }
    }

    /// What lies in a frame of one pixel goes to those that it mirrors: the adjoint of framing.
    pub(crate) fn unframed(&self) -> Self {
        let [height, width] = self.size().map(|side| side - 2);
        let mut out = Self::zeros([self.channels, height, width]);
        let planes = out.values.par_chunks_exact_mut(height * width);
        planes.zip(self.values.par_chunks_exact(self.area())).for_each(|(out, plane)| {
            for (row, line) in plane.chunks_exact(self.width).enumerate() {
                let sums = &mut out[mirrored(row, height) * width..][..width];
                sums.iter_mut().zip(&line[1..]).for_each(|(sum, more)| *sum += more);
                sums[mirrored(0, width)] += line[0];
                sums[mirrored(width + 1, width)] += line[width + 1];
            }
        });
        out
    }

    /// The greatest of each two by two values, and which of the four it is.
    pub(crate) fn pooled(&self) -> (Self, Vec<u8>) {
        let [height, width] = self.size().map(|side| side / 2);
        let mut out = Self::zeros([self.channels, height, width]);
        let mut choices = vec![0u8; out.values.len()];
        let each = (height * width).max(1);
        let places = out.values.par_chunks_exact_mut(each).zip(choices.par_chunks_exact_mut(each));
        places.zip(self.values.par_chunks_exact(self.area())).for_each(|((out, choices), plane)| {
            for row in 0..height {
                let upper = &plane[2 * row * self.width..][..2 * width];
                let lower = &plane[(2 * row + 1) * self.width..][..2 * width];
                let places = out[row * width..].iter_mut().zip(&mut choices[row * width..]);
                for ((out, choice), (a, b)) in
                    places.zip(upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0))
                {
                    let (high, first) = if a[1] > a[0] { (a[1], 1) } else { (a[0], 0) };
                    let (low, second) = if b[1] > b[0] { (b[1], 3) } else { (b[0], 2) };
                    (*out, *choice) = if low > high { (low, second) } else { (high, first) };
                }
            }
        });
        (out, choices)
    }

    /// The adjoint of [`Map::pooled`] where these were chosen, for a map that had this height and width.
    pub(crate) fn unpooled(&self, choices: &[u8], [height, width]: [usize; 2]) -> Self {
        let mut out = Self::zeros([self.channels, height, width]);
        let planes = self.values.par_chunks_exact(self.area()).zip(choices.par_chunks_exact(self.area()));
        out.values.par_chunks_exact_mut(height * width).zip(planes).for_each(|(out, (plane, choices))| {
            for (at, (value, choice)) in plane.iter().zip(choices).enumerate() {
                let (row, column) = (at / self.width, at % self.width);
                let [down, right] = [choice / 2, choice % 2].map(usize::from);
                out[(2 * row + down) * width + 2 * column + right] = *value;
            }
        });
        out
    }

    /// Each pixel twice in both directions.
    pub(crate) fn enlarged(&self) -> Self {
        let width = 2 * self.width;
        let mut out = Self::zeros([self.channels, 2 * self.height, width]);
        let rows = out.values.par_chunks_exact_mut(2 * width).zip(self.values.par_chunks_exact(self.width));
        rows.for_each(|(two, row)| {
            let (first, second) = two.split_at_mut(width);
            first.as_chunks_mut::<2>().0.iter_mut().zip(row).for_each(|(pair, value)| *pair = [*value; 2]);
            second.copy_from_slice(first);
        });
        out
    }

    /// The adjoint of [`Map::enlarged`]: sums of two by two values.
    pub(crate) fn gathered(&self) -> Self {
        let [height, width] = self.size().map(|side| side / 2);
        let mut out = Self::zeros([self.channels, height, width]);
        let rows = out.values.par_chunks_exact_mut(width).zip(self.values.par_chunks_exact(2 * self.width));
        rows.for_each(|(sums, two)| {
            let (upper, lower) = two.split_at(self.width);
            for (column, sum) in sums.iter_mut().enumerate() {
                let at = 2 * column;
                *sum = upper[at] + upper[at + 1] + lower[at] + lower[at + 1];
            }
        });
        out
    }

    /// One bit for each value: whether it is above zero.
    pub(crate) fn signs(&self) -> Vec<u8> {
        let bit = |(at, value): (usize, &f32)| u8::from(*value > 0.0) << at;
        self.values
            .par_chunks(8)
            .with_min_len(4096)
            .map(|eight| eight.iter().enumerate().map(bit).sum())
            .collect()
    }

    /// Multiplies by `slope` where a bit is not set.
    pub(crate) fn bend(&mut self, signs: &[u8], slope: f32) {
        self.values.par_chunks_mut(8).with_min_len(4096).zip(signs).for_each(|(eight, signs)| {
            for (at, value) in eight.iter_mut().enumerate() {
                *value *= if signs >> at & 1 == 1 { 1.0 } else { slope };
            }
        });
    }
}

/// Values that one thread goes through at a time.
const BLOCK: usize = 1 << 16;

/// Which pixel of `side` a pixel of the framed picture is.
fn mirrored(framed: usize, side: usize) -> usize {
    match framed {
        0 => 1.min(side - 1),
        at if at == side + 1 => side.saturating_sub(2),
        at => at - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn drawn(shape: [usize; 3], key: u64) -> Map {
        Map::new(Random::new(1, "map", key).normals(shape.iter().product()), shape)
    }

    fn dot(a: &Map, b: &Map) -> f64 {
        assert_eq!(a.shape(), b.shape());
        a.values.iter().zip(&b.values).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    fn framed(map: &Map) -> Map {
        let mut out = Map::zeros([map.channels, map.height + 2, map.width + 2]);
        for (at, value) in out.values.iter_mut().enumerate() {
            let (line, column) = (at / (map.width + 2), at % (map.width + 2));
            let (channel, row) = (line / (map.height + 2), line % (map.height + 2));
            *value = map.row(channel, mirrored(row, map.height))[mirrored(column, map.width)];
        }
        out
    }

    #[test]
    fn what_undoes_a_frame_is_its_adjoint() {
        for shape in [[2, 3, 4], [1, 1, 1], [1, 2, 1], [3, 5, 2]] {
            let (x, y) = (drawn(shape, 1), drawn([shape[0], shape[1] + 2, shape[2] + 2], 2));
            assert!((dot(&framed(&x), &y) - dot(&x, &y.unframed())).abs() < 1e-5, "{shape:?}");
        }
    }

    #[test]
    fn pooling_takes_the_greatest_and_its_adjoint_gives_it_back() {
        let x = drawn([2, 5, 6], 3);
        let (pooled, choices) = x.pooled();
        assert_eq!(pooled.shape(), [2, 2, 3]);
        let four = [x.row(1, 2)[4], x.row(1, 2)[5], x.row(1, 3)[4], x.row(1, 3)[5]];
        assert_eq!(pooled.row(1, 1)[2], four.into_iter().fold(f32::MIN, f32::max));
        let y = drawn([2, 2, 3], 4);
        assert!((dot(&pooled, &y) - dot(&x, &y.unpooled(&choices, [5, 6]))).abs() < 1e-5);
    }

    #[test]
    fn enlarging_repeats_and_its_adjoint_adds_up() {
        let (x, y) = (drawn([2, 3, 2], 5), drawn([2, 6, 4], 6));
        assert_eq!(x.enlarged().row(1, 3)[3], x.row(1, 1)[1]);
        assert!((dot(&x.enlarged(), &y) - dot(&x, &y.gathered())).abs() < 1e-5);
    }

    #[test]
    fn signs_are_kept_and_bend_what_is_below() {
        let mut x = Map::new(vec![-2.0, 3.0, 0.0, 1.0, -1.0, 2.0, -3.0, 4.0, -5.0], [1, 3, 3]);
        let signs = x.signs();
        x.bend(&signs, 0.5);
        assert_eq!(x.values, [-1.0, 3.0, 0.0, 1.0, -0.5, 2.0, -1.5, 4.0, -2.5]);
    }

    #[test]
    fn parts_are_cut_and_put_back() {
        let x = drawn([2, 4, 5], 7);
        let part = x.cut(&Window { rows: 1..3, columns: 2..5 });
        assert_eq!((part.shape(), part.row(1, 0)), ([2, 2, 3], &x.row(1, 1)[2..5]));
        let mut sum = Map::zeros([2, 4, 5]);
        sum.add_at(&part, [1, 2]);
        sum.add(&x);
        assert_eq!((sum.row(0, 2)[4], sum.row(0, 0)[4]), (2.0 * x.row(0, 2)[4], x.row(0, 0)[4]));
    }
}
