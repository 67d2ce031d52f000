//! Views of numbers that lie in a row: any dimension may go in any steps, even in none.

use super::element::Element;

/// Where a tensor's numbers lie, counted in numbers.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    /// As many as there are sides.
    pub(super) strides: Vec<usize>,
}

impl View {
    /// Of numbers without gaps, of which the first dimension is the fastest, or the last.
    pub(super) fn whole(shape: Vec<usize>, columns_first: bool) -> Self {
        let strides = if columns_first { steps(shape.iter()) } else { steps(shape.iter().rev()) };
        let strides = if columns_first { strides } else { strides.into_iter().rev().collect() };
        Self { offset: 0, shape, strides }
    }

    /// The numbers, last dimension fastest; `None` where it reaches beyond the bytes. As many as the shape says, which is
    /// for the caller to bound.
    pub(super) fn numbers(&self, element: Element, bytes: &[u8]) -> Option<Vec<f32>> {
        let count: usize = self.shape.iter().product();
        if count == 0 {
            return Some(Vec::new());
        }
        let size = element.size();
        if self.last()? >= bytes.len() / size {
            return None;
        }
        if self.is_row() {
            return Some(element.floats(&bytes[self.offset * size..(self.offset + count) * size]));
        }
        Some(element.floats_at(bytes, &mut self.places(count)))
    }

    /// The farthest place, where no side is 0.
    fn last(&self) -> Option<usize> {
        let reach =
            |sum: usize, (&side, &stride): (&usize, &usize)| sum.checked_add((side - 1).checked_mul(stride)?);
        self.shape.iter().zip(&self.strides).try_fold(self.offset, reach)
    }

    /// Whether the numbers lie as they are wanted. The step of a side of 1 is never taken.
    fn is_row(&self) -> bool {
        let mut next = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(&side, &stride)| {
            let fits = side == 1 || stride == next;
            next *= side;
            fits
        })
    }

    fn places(&self, count: usize) -> Places<'_> {
        Places { view: self, index: vec![0; self.shape.len()], at: self.offset, left: count }
    }
}

/// The product of the sides so far, for each of them.
fn steps<'s>(sides: impl Iterator<Item = &'s usize>) -> Vec<usize> {
    sides.scan(1usize, |next, &side| Some(std::mem::replace(next, next.saturating_mul(side)))).collect()
}

/// The places of a view's numbers, one by one, as a milometer counts.
struct Places<'v> {
    view: &'v View,
    index: Vec<usize>,
    at: usize,
    left: usize,
}

impl Iterator for Places<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let at = self.at;
        let sides = self.view.shape.iter().zip(&self.view.strides);
        for (index, (&side, &stride)) in self.index.iter_mut().zip(sides).rev() {
            *index += 1;
            if *index < side {
                self.at += stride;
                break;
            }
            // Back to the beginning of this side, from its last place.
            self.at -= (side - 1) * stride;
            *index = 0;
        }
        Some(at)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

    fn seen(offset: usize, shape: &[usize], strides: &[usize]) -> Option<Vec<f32>> {
        View { offset, shape: shape.to_vec(), strides: strides.to_vec() }.numbers(Element::U8, &BYTES)
    }

    #[test]
    fn views_go_in_any_steps() {
        assert_eq!(seen(2, &[2, 3], &[3, 1]).unwrap(), [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(seen(0, &[2, 3], &[1, 2]).unwrap(), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
        assert_eq!(seen(7, &[1, 3], &[9, 0]).unwrap(), [7.0; 3]);
        assert_eq!(seen(3, &[], &[]).unwrap(), [3.0]);
        assert!(seen(9, &[0, 5], &[9, 9]).unwrap().is_empty());
        // As far from its first to its last as a row would be, and yet none.
        assert_eq!(seen(0, &[2, 2, 2], &[5, 1, 1]).unwrap(), [0.0, 1.0, 1.0, 2.0, 5.0, 6.0, 6.0, 7.0]);
    }

    #[test]
    fn views_end_where_the_bytes_do() {
        assert_eq!(seen(1, &[8], &[1]), None);
        assert_eq!(seen(0, &[2], &[usize::MAX]), None);
        assert_eq!(seen(usize::MAX, &[1], &[1]), None);
        assert_eq!(seen(0, &[3, 3], &[usize::MAX, 1]), None);
    }

    #[test]
    fn whole_arrays_lie_by_rows_or_by_columns() {
        assert_eq!(View::whole(vec![2, 3, 4], false).strides, [12, 4, 1]);
        assert_eq!(View::whole(vec![2, 3, 4], true).strides, [1, 2, 6]);
    }
}
