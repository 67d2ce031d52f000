//! Which pixels of a picture are meant, and how far they are from the others.

use super::codes::SIDE;

/// Which pixels of a picture are meant, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Pixels across,
    pub width: usize,
    /// and down.
    pub height: usize,
    /// Whether each one is meant.
    pub meant: Vec<bool>,
}

impl Mask {
    /// The pixels of a rectangle.
    pub fn rectangle([width, height]: [usize; 2], [left, top, across, down]: [usize; 4]) -> Self {
        let inside = |at: usize| {
            let (x, y) = (at % width, at / width);
            (left..left + across).contains(&x) && (top..top + down).contains(&y)
        };
        Self { width, height, meant: (0..width * height).map(inside).collect() }
    }

    /// How many pixels are meant.
    pub fn count(&self) -> usize {
        self.meant.iter().filter(|&&one| one).count()
    }

    /// The pixels that are more than `deep` steps from the nearest one that is not meant, and those of the mask that lie less than
    /// `beside` steps from them: what is wide of it.
    pub(super) fn wide(&self, deep: u32, beside: u32) -> Self {
        let far = self.distances();
        let shallow = Self { meant: far.iter().map(|&far| far <= deep).collect(), ..*self };
        let near = shallow.distances();
        let meant = self.meant.iter().zip(near).map(|(&meant, near)| meant && near < beside).collect();
        Self { meant, ..*self }
    }

    /// The same in another size: a pixel is meant where any part of it is.
    pub(super) fn resized(&self, width: usize, height: usize) -> Self {
        let mut meant = vec![false; width * height];
        for at in (0..self.meant.len()).filter(|&at| self.meant[at]) {
            let (x, y) = (at % self.width, at / self.width);
            let span = |at: usize, old: usize, new: usize| at * new / old..=((at + 1) * new - 1) / old;
            for y in span(y, self.height, height) {
                span(x, self.width, width).for_each(|x| meant[y * width + x] = true);
            }
        }
        Self { width, height, meant }
    }

    /// For each patch, row by row, whether it has such a pixel.
    pub(super) fn touched(&self) -> Vec<bool> {
        let row =
            |line: &[bool]| -> Vec<bool> { line.windows(SIDE).map(|some| some.contains(&true)).collect() };
        let rows: Vec<Vec<bool>> = self.meant.chunks_exact(self.width).map(row).collect();
        let column = |rows: &[Vec<bool>], x: usize| rows.iter().any(|row| row[x]);
        rows.windows(SIDE)
            .flat_map(|rows| (0..rows[0].len()).map(|x| column(rows, x)).collect::<Vec<_>>())
            .collect()
    }

    /// For each pixel how many steps it is to the nearest one that is not meant, straight or aslant.
    pub(super) fn distances(&self) -> Vec<u32> {
        let (width, height) = (self.width as i64, self.height as i64);
        let mut far: Vec<u32> =
            self.meant.iter().map(|&meant| if meant { u32::MAX / 2 } else { 0 }).collect();
        let mut look = |at: i64, around: [(i64, i64); 4]| {
            let (x, y) = (at % width, at / width);
            let inside = |&(right, down): &(i64, i64)| {
                (0..width).contains(&(x + right)) && (0..height).contains(&(y + down))
            };
            let nearest = around
                .iter()
                .filter(|step| inside(step))
                .map(|(right, down)| far[(at + down * width + right) as usize] + 1);
            far[at as usize] = nearest.min().unwrap_or(u32::MAX).min(far[at as usize]);
        };
        (0..width * height).for_each(|at| look(at, [(-1, 0), (0, -1), (-1, -1), (1, -1)]));
        (0..width * height).rev().for_each(|at| look(at, [(1, 0), (0, 1), (1, 1), (-1, 1)]));
        far
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_keeps_every_part_of_it_in_every_size_and_knows_its_patches() {
        let mask = Mask::rectangle([20, 16], [9, 7, 1, 1]);
        assert_eq!(
            (mask.count(), mask.touched().iter().filter(|&&touched| touched).count()),
            (1, SIDE * SIDE)
        );
        assert_eq!(mask.resized(10, 8), Mask::rectangle([10, 8], [4, 3, 1, 1]));
        assert!((7..20).all(|side| mask.resized(side, side).count() >= 1));
    }

    #[test]
    fn distances_grow_towards_the_middle() {
        let mask = Mask::rectangle([9, 9], [1, 1, 7, 7]);
        let far = mask.distances();
        assert_eq!((far[0], far[10], far[4 * 9 + 4], far[4 * 9 + 2]), (0, 1, 4, 2));
    }

    #[test]
    fn what_is_wide_leaves_out_thin_arms() {
        let (block, arm) =
            (Mask::rectangle([60, 40], [10, 10, 20, 20]), Mask::rectangle([60, 40], [30, 18, 25, 4]));
        let both = block.meant.iter().zip(&arm.meant).map(|(one, other)| *one || *other).collect();
        let mask = Mask { meant: both, ..block };
        let wide = mask.wide(7, 8);
        assert!(block_pixels(&wide, &block) && wide.count() < block.count() + 40, "{}", wide.count());
        assert_eq!(arm.wide(7, 8).count(), 0);
    }

    fn block_pixels(wide: &Mask, block: &Mask) -> bool {
        block.meant.iter().zip(&wide.meant).all(|(block, wide)| !block || *wide)
    }
}
