//! Pictures as numbers in [0, 1], and the colours of one with the light of another (Gatys and others, "Preserving Color in
//! Neural Artistic Style Transfer", 2016: luminance only).

use impasto_data::{Picture, squeezed};

use crate::features::map::Map;
use crate::patches::LIGHT;
use crate::picture::{as_rgb, from_chw, to_chw};

/// A picture of this height and width as numbers.
pub(super) fn numbers(picture: &Picture, [height, width]: [usize; 2]) -> Map {
    let picture = squeezed(as_rgb(picture, [255; 3]), width, height);
    Map::new(to_chw(&picture).iter().map(|value| value * 0.5 + 0.5).collect(), [3, height, width])
}

/// The picture of these numbers.
pub(super) fn picture(mut map: Map) -> Picture {
    map.values.iter_mut().for_each(|value| *value = *value * 2.0 - 1.0);
    from_chw(&map.values, 3, map.height, map.width)
}

/// The light of each pixel.
fn light(map: &Map) -> Vec<f32> {
    (0..map.area()).map(|at| light_at(map, at)).collect()
}

fn light_at(map: &Map, at: usize) -> f32 {
    (0..3).map(|channel| LIGHT[channel] * map.values[channel * map.area() + at]).sum()
}

/// The same picture in grey.
pub(super) fn greyed(map: &Map) -> Map {
    Map::new(light(map).repeat(3), map.shape())
}

/// A grey style whose light has the mean and deviation of the content's.
pub(super) fn lit_like(style: &Map, content: &Map) -> Map {
    let ([from, spread], [to, goal]) = (spread(&light(style)), spread(&light(content)));
    let factor = goal / spread.max(1e-3);
    let values = light(style).iter().map(|value| (value - from) * factor + to).collect::<Vec<_>>();
    Map::new(values.repeat(3), style.shape())
}

/// The result's light in the content's colours.
pub(super) fn coloured(mut result: Map, content: &Map) -> Map {
    let area = result.area();
    for at in 0..area {
        let [now, before] = [&result, content].map(|map| light_at(map, at));
        for place in (at..3 * area).step_by(area) {
            result.values[place] = (content.values[place] + now - before).clamp(0.0, 1.0);
        }
    }
    result
}

/// The result's light in the colours of its content; they have the same size and channels. Alpha is the result's.
pub fn in_colours_of(content: &Picture, result: &Picture) -> Picture {
    if result.channels() < 3 {
        return result.clone();
    }
    let light =
        |pixel: &[u8]| pixel.iter().zip(LIGHT).map(|(&byte, share)| f32::from(byte) * share).sum::<f32>();
    pixel_by_pixel(content, result, |own, new| {
        let lighter = light(new) - light(own);
        new.iter_mut()
            .zip(own)
            .take(3)
            .for_each(|(new, &own)| *new = (f32::from(own) + lighter).round() as u8);
    })
}

/// The result, transparent where its content is; that may have another size.
pub fn as_transparent_as(content: &Picture, result: &Picture) -> Picture {
    if content.channels() < 4 {
        return result.clone();
    }
    let alpha = content.pixels().iter().skip(3).step_by(4).copied().collect();
    let alpha = Picture::new(content.width(), content.height(), 1, alpha);
    let alpha = squeezed(alpha, result.width(), result.height());
    let pixels = as_rgb(result, [255; 3]);
    let pixels = pixels.pixels().as_chunks::<3>().0.iter().zip(alpha.pixels());
    let pixels = pixels.flat_map(|(&[red, green, blue], &alpha)| [red, green, blue, alpha]).collect();
    Picture::new(result.width(), result.height(), 4, pixels)
}

/// So much of the result, and the rest of its content; they have the same size and channels.
pub fn blended(content: &Picture, result: &Picture, strength: f64) -> Picture {
    pixel_by_pixel(content, result, |own, new| {
        new.iter_mut().zip(own).for_each(|(new, &own)| {
            *new = (f64::from(own) + strength * (f64::from(*new) - f64::from(own))).round() as u8;
        });
    })
}

/// The result after each of its pixels was changed, beside that of its content.
fn pixel_by_pixel(content: &Picture, result: &Picture, change: impl Fn(&[u8], &mut [u8])) -> Picture {
    let (channels, mut pixels) = (result.channels(), result.pixels().to_vec());
    let both = content.pixels().chunks_exact(channels).zip(pixels.chunks_exact_mut(channels));
    both.for_each(|(own, new)| change(own, new));
    Picture::new(result.width(), result.height(), channels, pixels)
}

fn spread(values: &[f32]) -> [f32; 2] {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let square = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
    [mean as f32, square.sqrt() as f32]
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn drawn(key: u64) -> Map {
        let values = Random::new(1, "colour", key).uniforms(3 * 20, 0.3, 0.7);
        Map::new(values, [3, 4, 5])
    }

    #[test]
    fn colours_stay_and_light_changes() {
        let (content, result) = (drawn(1), drawn(2));
        let kept = coloured(result.clone(), &content);
        for at in 0..20 {
            let colour = |map: &Map| [0, 1].map(|c| map.values[c * 20 + at] - map.values[(c + 1) * 20 + at]);
            assert!(colour(&kept).iter().zip(colour(&content)).all(|(a, b)| (a - b).abs() < 1e-5));
        }
        assert!(light(&kept).iter().zip(light(&result)).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn a_grey_style_is_lit_like_the_content() {
        let (content, style) = (drawn(3), drawn(4));
        let lit = lit_like(&style, &content);
        let (a, b) = (spread(&light(&lit)), spread(&light(&content)));
        assert!((a[0] - b[0]).abs() < 1e-4 && (a[1] - b[1]).abs() < 1e-4);
        assert_eq!(lit.row(0, 1), lit.row(2, 1));
    }

    #[test]
    fn a_result_takes_the_colours_of_its_content_and_keeps_its_light() {
        let content = Picture::new(2, 1, 3, vec![90, 60, 30, 10, 10, 200]);
        let result = Picture::new(2, 1, 3, vec![100, 100, 100, 33, 33, 33]);
        let kept = in_colours_of(&content, &result);
        assert_eq!(kept.pixel(0, 0), [124, 94, 64]);
        let faint = |picture: &Picture| Picture::new(1, 1, 4, [picture.pixel(0, 0), &[9]].concat());
        assert_eq!(in_colours_of(&faint(&content), &faint(&result)).pixels(), [124, 94, 64, 9]);
        let grey = |byte| Picture::new(1, 1, 1, vec![byte]);
        assert_eq!(in_colours_of(&grey(5), &grey(7)), grey(7));
        assert_eq!(blended(&grey(5), &grey(15), 0.25), grey(8));
    }

    #[test]
    fn pictures_become_numbers_and_pictures_again() {
        let picture = Picture::new(2, 1, 3, vec![0, 128, 255, 7, 8, 9]);
        assert_eq!(super::picture(numbers(&picture, [1, 2])), picture);
    }
}
