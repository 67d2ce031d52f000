//! What is not of the picture: noise of the camera, and what JPEG has left. Both are estimated from the picture alone, and what is
//! smaller than they is taken out before a picture is enlarged, since enlarging sharpens it like anything else.
//!
//! Squares of pixels that overlap lose their frequencies below a threshold (Yu and Sapiro, "DCT image denoising", 2011). How coarsely
//! JPEG has rounded is seen from frequencies that are multiples of one number; the threshold that takes back is that of Foi,
//! Katkovnik and Egiazarian ("Pointwise shape-adaptive DCT", 2007).

use rayon::prelude::*;

use super::super::raster::Raster;
use super::dct::{SIDE, Square, forward, inverse};
use super::edges::light;

/// Frequencies below so many deviations of the noise are taken for noise.
const THRESHOLD: f32 = 2.7;
/// Deviations that are left alone: textures have as much. White is 1.
const LEAST: f32 = 2.0 / 255.0;
/// What is taken for noise at most.
const MOST: f32 = 30.0 / 255.0;
/// From one square to the next.
const STEP: usize = 2;
/// Which share of squares is taken to show nothing but noise.
const CALM: f64 = 0.1;
/// By how much their deviation is less than the mean of squares.
const CALM_PART: f32 = 0.755;
/// Frequencies, down plus across, that count as fine.
const FINE: usize = 10;
/// Brightness is at most so many times as noisy as colours are: textures have hardly any colour.
const BRIGHT: f32 = 1.2;

/// A picture without what is not of it; none where that is nothing.
pub(super) fn cleaned(picture: &Raster) -> Option<Raster> {
    let planes = planes(picture);
    let noises = noises(picture, &planes);
    if noises.iter().all(|&noise| noise == 0.0) {
        return None;
    }
    let clean = |(plane, &noise): (&Raster, &f32)| {
        if noise == 0.0 { plane.clone() } else { thresholded(plane, THRESHOLD * noise) }
    };
    let planes: Vec<Raster> = planes.iter().zip(&noises).map(clean).collect();
    Some(joined(&planes, picture))
}

/// The deviation of the noise in each plane, without what is left alone.
fn noises(picture: &Raster, planes: &[Raster]) -> Vec<f32> {
    let jpeg = jpeg_noise(&brightness(picture)) * if planes.len() == 3 { 3.0_f32.sqrt() } else { 1.0 };
    let mut noises: Vec<f32> = planes.iter().map(noise).collect();
    if let [bright, one, other] = &mut noises[..] {
        *bright = bright.min(BRIGHT * one.min(*other));
    }
    noises.iter().map(|noise| (noise.max(jpeg).min(MOST).powi(2) - LEAST.powi(2)).max(0.0).sqrt()).collect()
}

/// Brightness and two differences of colours, each as noisy as the colours are; one plane of a grey picture. Alpha is none of them.
fn planes(picture: &Raster) -> Vec<Raster> {
    let of = |factors: &[f32]| {
        let values = picture
            .values()
            .par_chunks(picture.channels())
            .map(|pixel| factors.iter().zip(pixel).map(|(factor, value)| factor * value).sum());
        Raster::new(picture.width(), picture.height(), 1, values.collect())
    };
    if picture.channels() < 3 {
        vec![of(&[1.0])]
    } else {
        COLOURS.iter().map(|factors| of(factors)).collect()
    }
}

/// The cosine transform of three values.
const COLOURS: [[f32; 3]; 3] = [
    [0.577_350_26, 0.577_350_26, 0.577_350_26],
    [0.707_106_77, 0.0, -0.707_106_77],
    [0.408_248_3, -0.816_496_6, 0.408_248_3],
];

/// The inverse of [`planes`], with the rest of the picture.
fn joined(planes: &[Raster], picture: &Raster) -> Raster {
    let mut made = picture.clone();
    let channels = picture.channels();
    made.values_mut().par_chunks_mut(channels).enumerate().for_each(|(at, pixel)| {
        if planes.len() == 1 {
            pixel[0] = planes[0].values()[at];
            return;
        }
        for (channel, value) in pixel.iter_mut().take(3).enumerate() {
            *value = planes
                .iter()
                .zip(COLOURS)
                .map(|(plane, factors)| factors[channel] * plane.values()[at])
                .sum();
        }
    });
    made
}

/// What JPEG calls brightness.
fn brightness(picture: &Raster) -> Raster {
    Raster::new(picture.width(), picture.height(), 1, light(picture))
}

fn square(plane: &Raster, left: usize, top: usize) -> Square {
    std::array::from_fn(|at| plane.values()[(top + at / SIDE) * plane.width() + left + at % SIDE])
}

/// Where squares begin along a side, the last one at its end.
fn starts(side: usize, first: usize, step: usize) -> Vec<usize> {
    (first..(side + 1).saturating_sub(SIDE)).step_by(step).collect()
}

/// The deviation of the noise: that of the fine frequencies where the picture is calmest.
fn noise(plane: &Raster) -> f32 {
    let (rows, columns) = (starts(plane.height(), 0, SIDE / 2), starts(plane.width(), 0, SIDE / 2));
    let fine = |top: usize, left: usize| {
        let frequencies = forward(&square(plane, left, top));
        let fine = frequencies.iter().enumerate().filter(|(at, _)| at / SIDE + at % SIDE >= FINE);
        let (count, sum) = fine.fold((0, 0.0), |(count, sum), (_, value)| (count + 1, sum + value * value));
        (sum / count as f32).sqrt()
    };
    let mut found: Vec<f32> =
        rows.par_iter().flat_map_iter(|&top| columns.iter().map(move |&left| fine(top, left))).collect();
    let calm = (found.len() as f64 * CALM) as usize;
    if found.is_empty() {
        return 0.0;
    }
    *found.select_nth_unstable_by(calm, f32::total_cmp).1 / CALM_PART
}

/// The deviation of what JPEG has left; none where nothing shows that the picture was one.
fn jpeg_noise(plane: &Raster) -> f32 {
    let (left, top) = (grid(plane, true), grid(plane, false));
    let (rows, columns) = (starts(plane.height(), top, SIDE), starts(plane.width(), left, SIDE));
    let squares: Vec<Square> = rows
        .par_iter()
        .flat_map_iter(|&top| columns.iter().map(move |&left| forward(&square(plane, left, top))))
        .collect();
    let steps: Vec<f32> = COARSE.iter().filter_map(|&at| step(&squares, at)).collect();
    if steps.len() < COARSE.len() / 2 {
        return 0.0;
    }
    let mean = steps.iter().sum::<f32>() / steps.len() as f32;
    (0.69 * mean.powf(1.3)).sqrt() / 255.0
}

/// Coarse frequencies other than the mean.
const COARSE: [usize; 8] = [1, 8, 9, 2, 16, 10, 17, 18];

/// Where JPEG's squares begin: where neighbours differ the most.
fn grid(plane: &Raster, across: bool) -> usize {
    let (width, step) = (plane.width(), if across { 1 } else { plane.width() });
    let mut sums = [0.0_f64; SIDE];
    let mut counts = [0.0_f64; SIDE];
    for (at, pair) in plane.values().iter().zip(plane.values().get(step..).unwrap_or_default()).enumerate() {
        let place = if across { at % width } else { at / width };
        if across && place + 1 == width {
            continue;
        }
        sums[(place + 1) % SIDE] += f64::from((pair.0 - pair.1).abs());
        counts[(place + 1) % SIDE] += 1.0;
    }
    let mean = |at: usize| sums[at] / f64::max(counts[at], 1.0);
    (0..SIDE).max_by(|&a, &b| mean(a).total_cmp(&mean(b)).then(b.cmp(&a))).unwrap_or(0)
}

/// The largest number of which all values of a frequency are nearly multiples, if there is one.
fn step(squares: &[Square], frequency: usize) -> Option<f32> {
    let values: Vec<f32> = squares.iter().map(|square| (255.0 * square[frequency]).abs()).collect();
    (3..=100).rev().map(|step| step as f32).find(|step| {
        let counting = values.iter().filter(|&&value| value > 0.4 * step);
        let (count, sum) = counting.fold((0, 0.0), |(count, sum), value| {
            (count + 1, sum + (std::f32::consts::TAU * value / step).cos())
        });
        count >= 12 && sum > 0.6 * count as f32
    })
}

/// The mean of what all squares over a pixel say once their small frequencies are gone; squares with few left count more.
fn thresholded(plane: &Raster, threshold: f32) -> Raster {
    let (width, height) = (plane.width(), plane.height());
    let ends = |side: usize| {
        let mut starts = starts(side, 0, STEP);
        starts.extend(side.checked_sub(SIDE));
        starts.dedup();
        starts
    };
    let (rows, columns) = (ends(height), ends(width));
    if rows.is_empty() || columns.is_empty() {
        return plane.clone();
    }
    let strip = |&top: &usize| {
        let mut sums = vec![[0.0_f32; 2]; SIDE * width];
        for &left in &columns {
            let (square, weight) = without_small(&square(plane, left, top), threshold);
            for (at, value) in square.iter().enumerate() {
                let sum = &mut sums[at / SIDE * width + left + at % SIDE];
                (sum[0], sum[1]) = (sum[0] + weight * value, sum[1] + weight);
            }
        }
        sums
    };
    let mut sums = vec![[0.0_f32; 2]; width * height];
    for some in rows.chunks(64) {
        let strips: Vec<Vec<[f32; 2]>> = some.par_iter().map(strip).collect();
        for (top, strip) in some.iter().zip(strips) {
            let own = sums[top * width..].iter_mut().zip(strip);
            own.for_each(|(sum, more)| (sum[0], sum[1]) = (sum[0] + more[0], sum[1] + more[1]));
        }
    }
    Raster::new(width, height, 1, sums.iter().map(|[sum, weight]| sum / weight).collect())
}

fn without_small(square: &Square, threshold: f32) -> (Square, f32) {
    let mut frequencies = forward(square);
    let mut left = 0;
    for value in &mut frequencies[1..] {
        if value.abs() < threshold {
            *value = 0.0;
        } else {
            left += 1;
        }
    }
    (inverse(&frequencies), 1.0 / (1 + left) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patches::{Edge, Filter};
    use impasto_random::Random;

    /// Soft hills of colour.
    fn hills(channels: usize) -> Raster {
        let at = |n: usize| {
            let (pixel, channel) = (n / channels, n % channels);
            let (x, y) = ((pixel % 96) as f32, (pixel / 96) as f32);
            0.5 + 0.2 * (0.11 * x + channel as f32).sin() + 0.2 * (0.07 * y + 0.05 * x).cos()
        };
        Raster::new(96, 80, channels, (0..96 * 80 * channels).map(at).collect())
    }

    fn apart(a: &Raster, b: &Raster) -> f32 {
        a.with(b, |a, b| (a - b).powi(2)).values().iter().sum::<f32>() / a.values().len() as f32
    }

    #[test]
    fn a_clean_picture_is_left_alone() {
        for channels in [1, 3, 4] {
            assert_eq!(cleaned(&hills(channels)), None, "{channels}");
        }
        assert_eq!(cleaned(&Raster::zeros(5, 3, 3)), None);
    }

    #[test]
    fn noise_is_estimated_and_most_of_it_taken_out() {
        for (channels, level) in [(1, 4.0), (3, 8.0), (3, 15.0)] {
            let picture = hills(channels);
            let noise = Raster::new(96, 80, channels, Random::new(1, "noise", 0).normals(96 * 80 * channels));
            let noisy = picture.with(&noise, |value, noise| value + level / 255.0 * noise);
            let planes = planes(&noisy);
            let found = 255.0 * super::noise(&planes[0]);
            assert!((found / level - 1.0).abs() < 0.3, "{found} of {level}");
            let clean = cleaned(&noisy).unwrap();
            assert!(apart(&clean, &picture) < 0.4 * apart(&noisy, &picture), "{channels} {level}");
        }
    }

    #[test]
    fn what_jpeg_has_rounded_is_seen_from_the_picture() {
        let coarse = Raster::new(24, 20, 1, Random::new(2, "blocks", 0).uniforms(24 * 20, 0.35, 0.65));
        let picture = coarse.resized(96, 80, Filter::Cubic, Edge::Still);
        let mut rounded = picture.clone();
        let corners =
            (0..80).step_by(SIDE).flat_map(|top| (0..96).step_by(SIDE).map(move |left| (top, left)));
        for (top, left) in corners {
            let coarse = forward(&square(&picture, left, top))
                .map(|value| (value * 255.0 / 16.0).round() * 16.0 / 255.0);
            for (at, value) in inverse(&coarse).iter().enumerate() {
                rounded.pixel_mut(left + at % SIDE, top + at / SIDE)[0] = *value;
            }
        }
        let wanted = (0.69 * 16.0_f32.powf(1.3)).sqrt();
        let found = 255.0 * jpeg_noise(&rounded);
        assert!((found / wanted - 1.0).abs() < 0.05, "{found} of {wanted}");
        assert_eq!(jpeg_noise(&picture), 0.0);
    }
}
