//! Holes filled by a run that has learned it. Only what lies around a hole is looked at, and only the hole changes.

use impasto_system::Span;

use impasto_data::Picture;

use super::{TranslateError, Translator, Way};
use crate::patches::Mask;

/// So far around a hole the picture has a say in it: about as far as a net of several halvings sees.
const AROUND: usize = 256;
/// Windows begin at multiples of this, as tiles do.
const STEP: usize = 32;

impl Translator {
    /// Refuses a picture of which the run can fill no hole: for its colours, or its size.
    pub fn check_repairing(&self, name: &str, picture: &Picture) -> Result<(), TranslateError> {
        self.check_size(name, picture, self.given()?, Way::AsItIs)?;
        self.in_its_colours(name, picture).map(|_| ())
    }

    /// The picture, in the colours of its file, with its hole filled; all other pixels keep every bit. A run that knows
    /// nothing transparent fills with what is opaque.
    pub fn repaired(
        &self,
        name: &str,
        picture: &Picture,
        hole: &Mask,
        span: &mut Span<'_>,
    ) -> Result<Picture, TranslateError> {
        let mut whole = picture.clone();
        let Some(window) = window(hole) else { return Ok(whole) };
        let seen = self.in_its_colours(name, &picture.part(window))?;
        let open = hole.meant.iter().map(|&meant| if meant { 255 } else { 0 }).collect();
        let mask = Picture::new(hole.width, hole.height, 1, open).part(window);
        let made = self.translate(self.input(name, &seen, Way::Masked(&mask))?, span)?;
        put(&mut whole, &self.in_own_colours(&made, picture.channels()), hole, window);
        Ok(whole)
    }
}

/// Left, top, width and height of what is looked at; none where there is no hole.
fn window(hole: &Mask) -> Option<[usize; 4]> {
    let places = || (0..hole.meant.len()).filter(|&at| hole.meant[at]);
    let span = |side: usize, along: &dyn Fn(usize) -> usize| {
        let (first, last) = (places().map(along).min()?, places().map(along).max()?);
        let from = first.saturating_sub(AROUND) / STEP * STEP;
        Some((from, (last + 1 + AROUND).min(side) - from))
    };
    let (left, width) = span(hole.width, &|at| at % hole.width)?;
    let (top, height) = span(hole.height, &|at| at / hole.width)?;
    Some([left, top, width, height])
}

/// Puts pixels of a window where the hole is.
fn put(whole: &mut Picture, made: &Picture, hole: &Mask, [left, top, ..]: [usize; 4]) {
    let channels = whole.channels();
    for (at, own) in
        whole.pixels_mut().chunks_exact_mut(channels).enumerate().filter(|(at, _)| hole.meant[*at])
    {
        own.copy_from_slice(made.pixel(at % hole.width - left, at / hole.width - top));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_the_hole_and_what_is_around_and_begins_where_tiles_do() {
        let hole = Mask::rectangle([1000, 700], [500, 20, 30, 40]);
        let [left, top, width, height] = window(&hole).unwrap();
        assert_eq!((left % STEP, top, left + width, top + height), (0, 0, 530 + AROUND, 60 + AROUND));
        assert!((500 - AROUND - STEP..=500 - AROUND).contains(&left), "{left}");
        assert_eq!(window(&Mask::rectangle([9, 8], [8, 7, 1, 1])), Some([0, 0, 9, 8]));
        assert_eq!(window(&Mask::rectangle([9, 8], [0; 4])), None);
    }

    #[test]
    fn only_the_hole_changes() {
        let bytes = |n: usize, factor: usize| (0..n).map(|at| (at * factor) as u8).collect();
        let before = Picture::new(20, 10, 4, bytes(800, 7));
        let hole = Mask::rectangle([20, 10], [12, 3, 5, 4]);
        let window = [8, 2, 12, 8];
        assert_eq!(before.part(window).pixel(4, 1), before.pixel(12, 3));
        let (mut after, made) = (before.clone(), Picture::new(12, 8, 4, bytes(384, 11)));
        put(&mut after, &made, &hole, window);
        for (x, y) in (0..10).flat_map(|y| (0..20).map(move |x| (x, y))) {
            let expected = if hole.meant[y * 20 + x] { made.pixel(x - 8, y - 2) } else { before.pixel(x, y) };
            assert_eq!(after.pixel(x, y), expected, "{x}, {y}");
        }
    }
}
