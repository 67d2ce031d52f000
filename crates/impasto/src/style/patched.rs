//! Styles without a network: pictures painted with patches of the style (`patches::restyle`), under masks and in the content's
//! own colours where that is asked for.

use impasto_system::Span;

use impasto_data::{Picture, squeezed};

use super::{
    Order, Style, StyleError, Stylised, area, check_masks, colour, lightness, size_of, size_of_style,
};
use crate::patches::Raster;
use crate::patches::restyle::{Brush, Source, restyled};
use crate::picture::as_rgb;

/// The least side of a picture, content or style.
const LEAST: usize = 16;
/// What looks for patches, for messages about sizes.
const NAME: &str = "(none: patches)";
/// Bytes for each pixel of a content, and of a style: rasters, codes, rates and matches of a level and of the one before.
const PER_PIXEL: u64 = 160;
/// A frame takes one part in so many of a side at most.
const FRAME: usize = 10;
/// Levels by which pixels of a frame may differ: JPEG leaves them so.
const NEARLY: u8 = 20;
/// Below this strength the content shows through, so that none of the style is the content itself.
const FAINT: f64 = 0.25;

/// Paints the content with patches of the styles; where the work is stopped, the picture so far is the answer. Steps and loss of the order have no part in
/// it.
///
/// # Errors
/// When a picture is too small, masks don't fit, or the memory does not suffice.
pub fn paint_with_patches(
    content: &Picture,
    styles: &[Style],
    order: &Order,
    span: &mut Span<'_>,
) -> Result<Stylised, StyleError> {
    let size = size_of(content, order.size);
    check(content, styles, size, order)?;
    let [height, width] = size;
    let plain = squeezed(as_rgb(content, [255; 3]), width, height);
    let masks: Vec<Option<Vec<f32>>> = styles.iter().map(|style| mask(style, size)).collect();
    let groups: Vec<Vec<usize>> = match masks.iter().all(Option::is_none) {
        true => vec![(0..styles.len()).collect()],
        false => (0..styles.len()).map(|style| vec![style]).collect(),
    };
    let own = Raster::of(&plain);
    let mut sum = own.clone();
    let mut stopped = false;
    for (number, group) in groups.iter().enumerate() {
        let sources: Vec<Source> = group.iter().map(|&at| source(&styles[at], order)).collect();
        let brush = Brush { strength: order.strength, seed: order.seed };
        let share = |number: usize| number as f64 / groups.len() as f64;
        let part = &mut span.part(share(number)..share(number + 1));
        let painting = restyled(&own, &sources, &brush, part)?;
        add(&mut sum, &own, &painting.picture, masks[group[0]].as_deref());
        stopped = painting.stopped;
        if stopped {
            break;
        }
    }
    let share = (order.strength / FAINT).min(1.0) as f32;
    let sum = own.with(&sum, |own, painted| own + share * (painted - own));
    let picture = match order.keep_colours {
        true => colour::in_colours_of(&plain, &sum.picture()),
        false => sum.picture(),
    };
    Ok(Stylised { picture, loss: None, steps: 1, tiles: 1, stopped })
}

fn source(style: &Style, order: &Order) -> Source {
    let picture = without_frame(as_rgb(&style.picture, [255; 3]));
    let [height, width] = size_of_style(&picture, order.size, order.style_size, LEAST);
    Source { picture: Raster::of(&squeezed(picture, width, height)), weight: style.weight }
}

/// Without lines of one colour along its edges: a frame, or what a painting was photographed on, is no stroke.
fn without_frame(picture: Picture) -> Picture {
    let [width, height] = [picture.width(), picture.height()];
    let row = |y: usize| is_plain((0..width).map(|x| picture.pixel(x, y)));
    let column = |x: usize| is_plain((0..height).map(|y| picture.pixel(x, y)));
    let [most_down, most_across] = [height, width].map(|side| side / FRAME);
    let top = (0..most_down).take_while(|&at| row(at)).count();
    let bottom = (0..most_down).take_while(|&at| row(height - 1 - at)).count();
    let left = (0..most_across).take_while(|&at| column(at)).count();
    let right = (0..most_across).take_while(|&at| column(width - 1 - at)).count();
    if top + bottom + left + right == 0 {
        return picture;
    }
    picture.part([left, top, width - left - right, height - top - bottom])
}

/// Whether nearly all of these pixels have the colour of the middle one, or nearly so.
fn is_plain<'a>(line: impl ExactSizeIterator<Item = &'a [u8]> + Clone) -> bool {
    let Some(middle) = line.clone().nth(line.len() / 2) else { return false };
    let near = |pixel: &&[u8]| pixel.iter().zip(middle).all(|(a, b)| a.abs_diff(*b) <= NEARLY);
    20 * line.clone().filter(near).count() >= 19 * line.len()
}

/// Where a style is to be, from 0 to 1; none where that is everywhere.
fn mask(style: &Style, size: [usize; 2]) -> Option<Vec<f32>> {
    style.mask.as_ref().map(|mask| lightness(mask, size))
}

/// Lays a painting over the others: all of it, or where its mask says.
fn add(sum: &mut Raster, own: &Raster, painting: &Raster, mask: Option<&[f32]>) {
    let channels = own.channels();
    let values = sum.values_mut().iter_mut().zip(own.values()).zip(painting.values()).enumerate();
    values.for_each(|(at, ((sum, own), painted))| {
        *sum += mask.map_or(1.0, |mask| mask[at / channels]) * (painted - own);
    });
}

fn check(content: &Picture, styles: &[Style], size: [usize; 2], order: &Order) -> Result<(), StyleError> {
    if styles.is_empty() {
        return Err(StyleError::Nothing);
    }
    let [height, width] = size;
    if width.min(height) < LEAST {
        return Err(StyleError::Small { width, height, least: LEAST, network: NAME });
    }
    check_masks(content, styles)?;
    let of_style = |style: &Style| area(size_of_style(&style.picture, order.size, order.style_size, LEAST));
    let pixels = area(size) + styles.iter().map(of_style).sum::<usize>();
    let needed = pixels as u64 * PER_PIXEL;
    if needed > order.memory { Err(StyleError::Memory { needed }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;
    use impasto_system::{Recorder, Stage};

    fn drawn(width: usize, height: usize, key: u64) -> Picture {
        let values = Random::new(2, "patched", key).uniforms(width * height * 3 / 4, 0.0, 255.0);
        let bytes = values.into_iter().flat_map(|value| [value as u8; 4]).collect();
        Picture::new(width, height, 3, bytes)
    }

    fn style(mask: Option<Picture>) -> Style {
        Style { picture: drawn(40, 36, 2), weight: 1.0, mask }
    }

    fn painted(styles: &[Style], order: &Order) -> Result<Stylised, StyleError> {
        paint_with_patches(&drawn(48, 40, 1), styles, order, &mut Span::unwatched())
    }

    fn order() -> Order {
        Order { size: 48, ..Order::default() }
    }

    #[test]
    fn none_of_the_style_is_the_content_and_where_a_mask_is_black_it_stays() {
        let none = Order { strength: 0.0, ..order() };
        assert_eq!(painted(&[style(None)], &none).unwrap().picture, drawn(48, 40, 1));
        let left =
            Picture::new(48, 40, 1, (0..48 * 40).map(|at| if at % 48 < 20 { 255 } else { 0 }).collect());
        let half = painted(&[style(Some(left))], &order()).unwrap().picture;
        let all = painted(&[style(None)], &order()).unwrap().picture;
        for (x, y) in (0..40).flat_map(|y| [(3, y), (44, y)]) {
            let expected =
                if x < 20 { all.pixel(x, y).to_vec() } else { drawn(48, 40, 1).pixel(x, y).to_vec() };
            assert_eq!(half.pixel(x, y), expected, "{x}, {y}");
        }
    }

    #[test]
    fn a_frame_around_a_style_is_no_stroke() {
        let plain = drawn(40, 36, 2);
        let mut framed = Picture::filled(40 + 6, 36 + 4, &[3, 5, 2]);
        for (x, y) in (0..36).flat_map(|y| (0..40).map(move |x| (x, y))) {
            let at = ((y + 2) * 46 + x + 4) * 3;
            framed.pixels_mut()[at..at + 3].copy_from_slice(plain.pixel(x, y));
        }
        assert_eq!(without_frame(framed), plain);
        assert_eq!(without_frame(plain.clone()), plain);
        let flat = Picture::filled(60, 50, &[9; 3]);
        assert_eq!(without_frame(flat).width(), 60 - 2 * 6, "a tenth of each side at most");
    }

    #[test]
    fn what_cannot_be_painted_is_said_before_anything_is_done() {
        assert!(matches!(painted(&[], &order()), Err(StyleError::Nothing)));
        assert!(matches!(
            painted(&[style(None)], &Order { size: 8, ..order() }),
            Err(StyleError::Small { .. })
        ));
        let little = Order { memory: 1000, ..order() };
        assert!(matches!(painted(&[style(None)], &little), Err(StyleError::Memory { .. })));
        let mask = Picture::filled(4, 4, &[255]);
        assert!(matches!(painted(&[style(Some(mask))], &order()), Err(StyleError::Mask { .. })));
    }

    #[test]
    fn a_stop_keeps_the_picture_so_far_and_colours_are_kept_where_asked() {
        let mut heard = Recorder { wants_previews: true, ..Recorder::stopping_after(1) };
        let large = Style { picture: drawn(112, 100, 2), weight: 1.0, mask: None };
        let asked = Order { size: 120, strength: 1.0, ..Order::default() };
        let span = &mut Span::whole(&mut heard, Stage::Styling);
        let stopped = paint_with_patches(&drawn(120, 100, 1), &[large], &asked, span).unwrap();
        assert!(stopped.stopped && stopped.picture.width() == 120, "{heard:?}");
        assert!(heard.progress.len() == 1 && heard.done()[0] < 0.9, "{heard:?}");
        assert_eq!(heard.previews, [[120, 100]]);
        let grey = Picture::new(48, 40, 3, drawn(48, 40, 1).pixels().iter().map(|byte| byte / 2).collect());
        let kept = paint_with_patches(
            &grey,
            &[style(None)],
            &Order { keep_colours: true, ..order() },
            &mut Span::unwatched(),
        );
        let kept = kept.unwrap().picture;
        let colour = |picture: &Picture, at: usize| {
            let pixel = picture.pixel(at % 48, at / 48);
            i32::from(pixel[0]) - i32::from(pixel[2])
        };
        let same = (0..48 * 40).filter(|&at| (colour(&kept, at) - colour(&grey, at)).abs() <= 2).count();
        assert!(same > 48 * 40 * 8 / 10, "{same}");
    }
}
