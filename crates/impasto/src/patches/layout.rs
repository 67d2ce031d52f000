//! Which pixel of a picture stands where, once the picture has another shape: parts are left out or repeated, nothing is squeezed.
//!
//! A band of the picture is left out (or repeated) along a seam, as in Avidan and Shamir, "Seam Carving for Content-Aware Image
//! Resizing", 2007, but many pixels wide at once: a seam runs where the picture looks alike on both sides of the band, found by
//! dynamic programming, so that whole things go or come and what stays is not deformed (Pritch and others, "Shift-Map Image
//! Editing", 2009, do this with graph cuts). Patches mend what a seam leaves.

use super::raster::Raster;

/// The widest band that is left out at once and the widest that is repeated, as shares of the picture.
const WIDEST: [f64; 2] = [0.3, 0.5];
/// How many widths are tried for each band.
const TRIED: usize = 8;
/// What detail that is lost or seen twice counts beside a mismatch along the seam.
const DETAIL: f32 = 0.1;
/// What a pixel counts that is flat.
const FLAT: f32 = 2e-4;
/// What each pixel of a seam counts where something is left out and where it is repeated: few wide bands come before many narrow
/// ones, which would stretch things.
const SEAM: [f32; 2] = [0.004, 0.02];
/// What each pixel counts where the edge of the picture is left out: nothing there need match.
const EDGE: f32 = 0.3;
/// How far a seam may step aside from row to row.
const ASIDE: usize = 2;
/// How many pixels on both sides of a seam are compared.
const REACH: usize = 2;

/// For every pixel the place that it is taken from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// Pixels across,
    pub(super) width: usize,
    /// and down.
    pub(super) height: usize,
    /// Row by row: across and down in the picture.
    from: Vec<[u32; 2]>,
}

impl Layout {
    /// The whole picture, as it is.
    pub(super) fn whole(width: usize, height: usize) -> Self {
        let from = (0..height as u32).flat_map(|y| (0..width as u32).map(move |x| [x, y])).collect();
        Self { width, height, from }
    }

    /// A small picture in another size.
    pub(super) fn fitted(picture: &Raster, [width, height]: [usize; 2]) -> Self {
        let wide = Self::whole(picture.width(), picture.height()).widened(picture, width);
        wide.turned().widened(picture, height).turned()
    }

    /// Where a place of this layout in another scale is taken from, in pixels of that scale.
    pub(super) fn at(&self, place: [f32; 2], scale: [f32; 2]) -> [f32; 2] {
        let sides = [self.width, self.height];
        let cell = [0, 1].map(|side| ((place[side] / scale[side]) as usize).min(sides[side] - 1));
        let from = self.from[cell[1] * self.width + cell[0]];
        [0, 1].map(|side| place[side] + (from[side] as f32 - cell[side] as f32) * scale[side])
    }

    fn turned(&self) -> Self {
        let from = |at: usize| self.from[at % self.height * self.width + at / self.height];
        let from = (0..self.from.len()).map(from).collect();
        Self { width: self.height, height: self.width, from }
    }

    /// The same in another width.
    fn widened(mut self, picture: &Raster, width: usize) -> Self {
        while self.width != width {
            let lacking = width as i64 - self.width as i64;
            let widest = WIDEST[usize::from(lacking > 0)] * self.width as f64;
            let widest = lacking.unsigned_abs().min(widest.max(1.0) as u64) as usize;
            let seen = Seen::of(&self, picture);
            let tried = (1..=TRIED).map(|part| (widest * part).div_ceil(TRIED) as i64 * lacking.signum());
            let seams = tried.map(|shift| seen.seam(-shift));
            let Some(best) = seams.min_by(|a, b| a.cost.total_cmp(&b.cost)) else { return self };
            self = self.cut(&best);
        }
        self
    }

    /// Each row up to its place in the seam, then from there on, shifted.
    fn cut(&self, seam: &Seam) -> Self {
        let rows = self.from.chunks_exact(self.width).zip(&seam.places);
        let from = rows.flat_map(|(row, &place)| {
            let next = (place as i64 + seam.shift) as usize;
            row[..place].iter().chain(&row[next..]).copied()
        });
        Self { from: from.collect(), width: (self.width as i64 - seam.shift) as usize, height: self.height }
    }
}

/// Where the rows of a picture are cut.
struct Seam {
    places: Vec<usize>,
    /// Pixels that are left out there; that are repeated, where it is negative.
    shift: i64,
    /// What that costs, for each pixel of the shift.
    cost: f32,
}

/// A layout's pixels.
struct Seen<'a> {
    picture: &'a Raster,
    layout: &'a Layout,
    /// What it costs to lose or to repeat the pixels before each one in its row.
    details: Vec<f32>,
}

impl<'a> Seen<'a> {
    fn of(layout: &'a Layout, picture: &'a Raster) -> Self {
        let mut seen = Self { picture, layout, details: Vec::new() };
        let mut uses = vec![0.0f32; picture.width() * picture.height()];
        let own = |[x, y]: [u32; 2]| y as usize * picture.width() + x as usize;
        layout.from.iter().for_each(|&from| uses[own(from)] += 1.0);
        for y in 0..layout.height {
            let mut sum = 0.0;
            for x in 0..layout.width {
                seen.details.push(sum);
                let (right, below) = ((x + 1).min(layout.width - 1), (y + 1).min(layout.height - 1));
                let detail = seen.apart(x, y, right, y) + seen.apart(x, y, x, below);
                sum += (FLAT + DETAIL * detail) * uses[own(layout.from[y * layout.width + x])].powi(2);
            }
            seen.details.push(sum);
        }
        seen
    }

    fn apart(&self, x: usize, y: usize, u: usize, v: usize) -> f32 {
        let pixel = |x: usize, y: usize| {
            let [x, y] = self.layout.from[y * self.layout.width + x];
            self.picture.pixel(x as usize, y as usize)
        };
        pixel(x, y).iter().zip(pixel(u, v)).map(|(a, b)| (a - b).powi(2)).sum()
    }

    /// What it costs to go on at a shifted place from here on.
    fn cost(&self, place: usize, y: usize, shift: i64) -> f32 {
        let next = (place as i64 + shift) as usize;
        let (low, high) = (place.min(next), place.max(next));
        let row = &self.details[y * (self.layout.width + 1)..];
        if shift > 0 && (low == 0 || high == self.layout.width) {
            return EDGE + row[high] - row[low];
        }
        let before: f32 = (1..=REACH.min(low)).map(|far| self.apart(low - far, y, high - far, y)).sum();
        let after = 0..REACH.min(self.layout.width - high);
        let after: f32 = after.map(|far| self.apart(low + far, y, high + far, y)).sum();
        before + after + row[high] - row[low]
    }

    /// The best seam for a shift.
    fn seam(&self, shift: i64) -> Seam {
        let (first, last) = ((-shift).max(0) as usize, (self.layout.width as i64 - shift.max(0)) as usize);
        let count = last - first + 1;
        let mut sums: Vec<f32> = (0..count).map(|n| self.cost(first + n, 0, shift)).collect();
        let mut ways: Vec<Vec<usize>> = Vec::new();
        for y in 1..self.layout.height {
            let near = |n: usize| n.saturating_sub(ASIDE)..(n + ASIDE + 1).min(count);
            let way = |n: usize| near(n).min_by(|&a, &b| sums[a].total_cmp(&sums[b])).unwrap_or(n);
            let way: Vec<usize> = (0..count).map(way).collect();
            sums = (0..count).map(|n| sums[way[n]] + self.cost(first + n, y, shift)).collect();
            ways.push(way);
        }
        let mut at = (0..count).min_by(|&a, &b| sums[a].total_cmp(&sums[b])).unwrap_or(0);
        let seam = SEAM[usize::from(shift < 0)];
        let cost = (sums[at] + seam * self.layout.height as f32) / shift.unsigned_abs() as f32;
        let mut places = vec![first + at];
        for way in ways.iter().rev() {
            at = way[at];
            places.push(first + at);
        }
        places.reverse();
        Seam { places, shift, cost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two dark blocks of 10 pixels across on a light ground.
    fn blocks() -> Raster {
        let at = |x: usize, y: usize| {
            let is_block = (y > 5 && y < 20) && ((8..18).contains(&x) || (30..40).contains(&x));
            if is_block { 0.1 } else { 0.9 + 0.002 * ((x * 7 + y * 5) % 11) as f32 }
        };
        Raster::new(48, 26, 1, (0..48 * 26).map(|n| at(n % 48, n / 48)).collect())
    }

    /// How long the dark runs of the middle row are.
    fn runs(layout: &Layout, picture: &Raster) -> Vec<usize> {
        let y = layout.height / 2;
        let dark = |x: usize| {
            let [x, y] = layout.from[y * layout.width + x];
            picture.pixel(x as usize, y as usize)[0] < 0.5
        };
        let row: Vec<bool> = (0..layout.width).map(dark).collect();
        row.chunk_by(|a, b| a == b).filter(|run| run[0]).map(<[bool]>::len).collect()
    }

    #[test]
    fn whole_things_stay_as_wide_as_they_are() {
        let picture = blocks();
        for width in [36, 42, 60, 80] {
            let layout = Layout::fitted(&picture, [width, 26]);
            assert_eq!(layout.from.len(), width * 26);
            let runs = runs(&layout, &picture);
            assert!(!runs.is_empty() && runs.iter().all(|&run| run == 10), "{width}: {runs:?}");
        }
    }

    #[test]
    fn both_sides_can_change_and_the_same_size_is_the_picture() {
        let picture = blocks();
        assert_eq!(Layout::fitted(&picture, [48, 26]), Layout::whole(48, 26));
        let other = Layout::fitted(&picture, [30, 47]);
        assert_eq!((other.width, other.height, other.from.len()), (30, 47, 30 * 47));
        assert_eq!(Layout::whole(48, 26).at([10.0, 7.0], [2.0, 2.0]), [10.0, 7.0]);
        assert_eq!(Layout::fitted(&Raster::zeros(7, 7, 3), [100, 7]).width, 100);
    }
}
