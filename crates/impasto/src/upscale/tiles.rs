//! A picture in tiles that overlap by what a network sees to each side of a pixel; what lies on the overlap is left out again.

use std::ops::Range;

use impasto_data::Picture;
use impasto_system::Span;

/// How a picture is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiles {
    /// The longest side of what is kept of a tile.
    pub(super) core: usize,
    /// What is added to each side.
    pub(super) margin: usize,
}

/// A tile along one side: what is kept, and what the network is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Strip {
    kept: Range<usize>,
    shown: Range<usize>,
}

impl Tiles {
    /// For 18 convolutions of 3 x 3 and a resampling: nothing beyond the margin is seen, so tiles come to what the whole would.
    pub(super) const FOR_PLAIN: Self = Self { core: 256, margin: 20 };
    /// For hundreds of convolutions, which see far, but hardly heed what is far away.
    pub(super) const FOR_RESIDUAL: Self = Self { core: 256, margin: 32 };

    /// The longest side of a tile.
    pub(super) fn largest(self) -> usize {
        self.core + 2 * self.margin
    }

    /// The RGB picture `times` as large, of what `work` makes of each tile; nothing where the work is stopped.
    pub(super) fn apply(
        self,
        picture: &Picture,
        times: usize,
        work: &mut dyn FnMut(&Picture) -> Picture,
        span: &mut Span<'_>,
    ) -> Option<Picture> {
        let (rows, columns) = (self.spans(picture.height()), self.spans(picture.width()));
        let total = rows.len() * columns.len();
        let mut made = Picture::filled(times * picture.width(), times * picture.height(), &[0; 3]);
        let places = rows.iter().flat_map(|row| columns.iter().map(move |column| (row, column)));
        for (number, (row, column)) in places.enumerate() {
            if !span.reached(number as f64 / total as f64) {
                return None;
            }
            let [left, top] = [column, row].map(|span| span.shown.start);
            let shown = picture.part([left, top, column.shown.len(), row.shown.len()]);
            let tile = work(&shown);
            paste(&mut made, &tile, [row, column], times);
        }
        Some(made)
    }

    /// Tiles of nearly one length from end to end.
    fn spans(self, side: usize) -> Vec<Strip> {
        let count = if side <= self.largest() { 1 } else { side.div_ceil(self.core) };
        let bound = |number: usize| number * side / count;
        let span = |number: usize| {
            let kept = bound(number)..bound(number + 1);
            let shown = kept.start.saturating_sub(self.margin)..(kept.end + self.margin).min(side);
            Strip { kept, shown }
        };
        (0..count).map(span).collect()
    }
}

/// What is kept of a tile to its place.
fn paste(made: &mut Picture, tile: &Picture, [row, column]: [&Strip; 2], times: usize) {
    let (width, length) = (made.width(), 3 * times * column.kept.len());
    let [top, left] = [row, column].map(|span| times * (span.kept.start - span.shown.start));
    for y in 0..times * row.kept.len() {
        let from = 3 * ((top + y) * tile.width() + left);
        let to = 3 * ((times * row.kept.start + y) * width + times * column.kept.start);
        made.pixels_mut()[to..to + length].copy_from_slice(&tile.pixels()[from..from + length]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_system::{Recorder, Stage};

    #[test]
    fn every_pixel_is_kept_once_and_shown_with_its_surroundings() {
        let tiles = Tiles { core: 10, margin: 3 };
        for side in [1, 16, 17, 30, 101] {
            let spans = tiles.spans(side);
            assert_eq!((spans[0].kept.start, spans[spans.len() - 1].kept.end), (0, side));
            assert!(spans.windows(2).all(|two| two[0].kept.end == two[1].kept.start));
            assert!(spans.iter().all(|span| !span.kept.is_empty() && span.shown.len() <= tiles.largest()));
        }
    }

    #[test]
    fn tiles_are_put_where_they_came_from_and_a_stop_is_heard() {
        let picture = Picture::new(40, 23, 3, (0..40 * 23 * 3).map(|at| (at * 7) as u8).collect());
        let tiles = Tiles { core: 10, margin: 3 };
        assert_eq!(
            tiles.apply(&picture, 1, &mut Picture::clone, &mut Span::unwatched()),
            Some(picture.clone())
        );
        let mut heard = Recorder::stopping_after(3);
        let span = &mut Span::whole(&mut heard, Stage::Enlarging);
        let stopped = tiles.apply(&picture, 1, &mut Picture::clone, span);
        assert_eq!((stopped, heard.progress.len()), (None, 3));
    }
}
