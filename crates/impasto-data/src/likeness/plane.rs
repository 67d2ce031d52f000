//! Squares of numbers: one channel of a thumbnail.

/// A square of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub(super) side: usize,
    pub(super) values: Vec<f32>,
}

impl Plane {
    /// Between its pixels; nothing outside of it.
    pub(super) fn at(&self, [x, y]: [f32; 2]) -> Option<f32> {
        let last = (self.side - 1) as f32;
        if !(0.0..=last).contains(&x) || !(0.0..=last).contains(&y) {
            return None;
        }
        let (left, top) = ((x as usize).min(self.side - 2), (y as usize).min(self.side - 2));
        let (across, down) = (x - left as f32, y - top as f32);
        let row = |y: usize| {
            let row = &self.values[y * self.side + left..][..2];
            row[0] + across * (row[1] - row[0])
        };
        let upper = row(top);
        Some(upper + down * (row(top + 1) - upper))
    }

    /// How much it changes from pixel to pixel, across and down.
    pub(super) fn slopes(&self) -> [Self; 2] {
        let last = self.side - 1;
        let slope = |across: usize, down: usize| {
            let one = |place: usize| {
                let (x, y) = (place % self.side, place / self.side);
                let next = (y + down).min(last) * self.side + (x + across).min(last);
                let before = y.saturating_sub(down) * self.side + x.saturating_sub(across);
                (self.values[next] - self.values[before]) / 2.0
            };
            Self { side: self.side, values: (0..self.values.len()).map(one).collect() }
        };
        [slope(1, 0), slope(0, 1)]
    }

    /// Half as many pixels on each side, each the mean of four.
    pub(super) fn halved(&self) -> Self {
        let side = self.side / 2;
        let at = |x: usize, y: usize| self.values[y * self.side + x];
        let mean = |place: usize| {
            let (x, y) = (2 * (place % side), 2 * (place / side));
            (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4.0
        };
        Self { side, values: (0..side * side).map(mean).collect() }
    }

    /// Softened by a binomial of seven pixels, across and down; beyond its edges there is nothing.
    pub(super) fn softened(&self) -> Self {
        self.softened_across().turned().softened_across().turned()
    }

    fn softened_across(&self) -> Self {
        const WEIGHTS: [f32; 7] =
            [1.0 / 64.0, 6.0 / 64.0, 15.0 / 64.0, 20.0 / 64.0, 15.0 / 64.0, 6.0 / 64.0, 1.0 / 64.0];
        const REACH: usize = WEIGHTS.len() / 2;
        let mut wide = vec![0.0; self.side + 2 * REACH];
        let mut values = Vec::with_capacity(self.values.len());
        for row in self.values.chunks_exact(self.side) {
            wide[REACH..][..self.side].copy_from_slice(row);
            let sum =
                |near: &[f32]| near.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum::<f32>();
            values.extend(wide.windows(WEIGHTS.len()).map(sum));
        }
        Self { side: self.side, values }
    }

    /// Rows become columns.
    fn turned(&self) -> Self {
        let one = |place: usize| self.values[place % self.side * self.side + place / self.side];
        Self { side: self.side, values: (0..self.values.len()).map(one).collect() }
    }
}
