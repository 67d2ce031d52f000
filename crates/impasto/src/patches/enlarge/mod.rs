//! Larger pictures without training.
//!
//! What is not of the picture is taken out (`noise`). Filters chosen by the edges around each pixel make it twice as large
//! (`filters`), then back-projection (Irani and Peleg, "Improving Resolution by Image Registration", 1991): what is lost when the
//! larger picture is made small again is enlarged and added, a few times over. Four times is twice, twice.

mod dct;
mod edges;
#[doc(hidden)]
pub mod filters;
#[doc(hidden)]
pub mod learn;
#[doc(hidden)]
pub mod leaves;
mod noise;

use impasto_system::Span;

use super::raster::Raster;
use super::resize::{Edge, Filter};
use filters::{Filters, builtin};

/// How often what is lost is added.
const TURNS: usize = 2;

/// The picture so many times as large on each side, such that it is the given one when it is made small again: up to four times.
pub fn enlarged(picture: &Raster, times: usize, span: &mut Span<'_>) -> Option<Raster> {
    enlarged_with(builtin(), picture, times, span)
}

/// The same with other filters.
#[doc(hidden)]
pub fn enlarged_with(
    filters: &Filters,
    picture: &Raster,
    times: usize,
    span: &mut Span<'_>,
) -> Option<Raster> {
    if !span.reached(0.0) {
        return None;
    }
    let clean = noise::cleaned(picture);
    let picture = clean.as_ref().unwrap_or(picture);
    let mut made = corrected(filters.doubled(picture), picture);
    if times > 2 {
        if !span.reached(0.25) {
            return None;
        }
        made = corrected(filters.doubled(&made), picture);
    }
    let (width, height) = (picture.width() * times, picture.height() * times);
    if made.width() != width {
        made = corrected(made.resized(width, height, Filter::Cubic, Edge::Still), picture);
    }
    // Sharp edges overshoot: no value may lie beyond what its neighbourhood in the given picture has.
    span.reached(0.9).then(|| within(&made, picture, times))
}

/// The larger picture with what is lost when it is made small again.
fn corrected(mut made: Raster, picture: &Raster) -> Raster {
    for _ in 0..TURNS {
        let small = made.resized(picture.width(), picture.height(), Filter::Cubic, Edge::Still);
        let lost = picture.with(&small, |own, small| own - small);
        let lost = lost.resized(made.width(), made.height(), Filter::Lanczos, Edge::Still);
        made = made.with(&lost, |made, lost| made + lost);
    }
    made
}
/// Every value brought between the least and the greatest of the nine given pixels around it, with some slack.
fn within(made: &Raster, picture: &Raster, times: usize) -> Raster {
    let (width, height, channels) = (picture.width(), picture.height(), picture.channels());
    let mut held = made.clone();
    for y in 0..made.height() {
        for x in 0..made.width() {
            let (u, v) = (x / times, y / times);
            let [mut low, mut high] = [[f32::INFINITY; 4], [f32::NEG_INFINITY; 4]];
            for near in (v.saturating_sub(1)..(v + 2).min(height))
                .flat_map(|v| (u.saturating_sub(1)..(u + 2).min(width)).map(move |u| (u, v)))
            {
                for (channel, value) in picture.pixel(near.0, near.1).iter().enumerate() {
                    low[channel] = low[channel].min(*value);
                    high[channel] = high[channel].max(*value);
                }
            }
            let pixel = held.pixel_mut(x, y);
            (0..channels).for_each(|c| {
                let slack = SLACK * (high[c] - low[c]);
                pixel[c] = pixel[c].clamp(low[c] - slack, high[c] + slack);
            });
        }
    }
    held
}

/// How far beyond its neighbourhood a value may lie, as a share of what that spans.
const SLACK: f32 = 0.1;

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;
    use impasto_system::{Recorder, Stage};

    fn mean(raster: &Raster) -> f64 {
        raster.values().iter().map(|&v| f64::from(v)).sum::<f64>() / raster.values().len() as f64
    }

    fn drawn(width: usize, height: usize) -> Raster {
        let coarse = Raster::new(6, 5, 3, Random::new(1, "enlarge", 0).uniforms(90, 0.0, 1.0));
        coarse.resized(width, height, Filter::Cubic, Edge::Still)
    }

    #[test]
    fn enlarging_keeps_the_mean_and_making_it_small_again_gives_the_picture_back() {
        let picture = drawn(24, 20);
        for times in [2, 4] {
            let large = enlarged(&picture, times, &mut Span::unwatched()).unwrap();
            assert_eq!((large.width(), large.height()), (24 * times, 20 * times));
            assert!((mean(&large) - mean(&picture)).abs() < 1e-3, "{} and {}", mean(&large), mean(&picture));
            let small = large.resized(24, 20, Filter::Cubic, Edge::Still);
            let lost = small.with(&picture, |a, b| (a - b).abs());
            assert!(lost.values().iter().all(|&lost| lost < 0.03), "{times} times");
        }
    }

    #[test]
    fn edges_are_nearer_to_the_truth_than_by_resampling_alone() {
        let at = |x: usize, y: usize| if (3 * x + y) % 48 < 24 { 0.9 } else { 0.1 };
        let truth = Raster::new(96, 80, 1, (0..96 * 80).map(|n| at(n % 96, n / 96)).collect());
        let small = truth.resized(48, 40, Filter::Cubic, Edge::Still);
        let apart = |one: &Raster| mean(&one.with(&truth, |a, b| (a - b).powi(2)));
        let plain = small.resized(96, 80, Filter::Lanczos, Edge::Still);
        let better = enlarged(&small, 2, &mut Span::unwatched()).unwrap();
        assert!(apart(&better) < 0.95 * apart(&plain), "{} and {}", apart(&better), apart(&plain));
    }

    #[test]
    fn a_flat_picture_stays_flat() {
        let flat = Raster::new(7, 3, 1, vec![0.25; 21]);
        let large = enlarged(&flat, 4, &mut Span::unwatched()).unwrap();
        assert!(large.values().iter().all(|value| (value - 0.25).abs() < 1e-5));
    }

    /// Stripes on a slope, as large as asked.
    fn stripes(side: usize) -> Raster {
        let at = |n: usize| {
            let [x, y] = [n % side, n / side].map(|at| (at as f64 + 0.5) * 64.0 / side as f64);
            (0.5 + 0.3 * (0.2 * x + 0.35 * y).sin().clamp(-0.7, 0.7) + 0.002 * x) as f32
        };
        Raster::new(side, side, 1, (0..side * side).map(at).collect())
    }

    #[test]
    fn noise_is_not_sharpened() {
        let (small, truth) = (stripes(64), stripes(128));
        let noise = Raster::new(64, 64, 1, Random::new(1, "noise", 0).normals(64 * 64));
        let noisy = small.with(&noise, |value, noise| value + 8.0 / 255.0 * noise);
        let apart = |one: &Raster| mean(&one.with(&truth, |a, b| (a - b).powi(2)));
        let better = apart(&enlarged(&noisy, 2, &mut Span::unwatched()).unwrap());
        let plain = apart(&noisy.resized(128, 128, Filter::Cubic, Edge::Still));
        assert!(better < 0.5 * plain, "{better} and {plain}");
    }

    #[test]
    fn three_times_gives_the_picture_back_too() {
        let picture = drawn(24, 20);
        let large = enlarged(&picture, 3, &mut Span::unwatched()).unwrap();
        assert_eq!((large.width(), large.height()), (72, 60));
        let small = large.resized(24, 20, Filter::Cubic, Edge::Still);
        assert!(small.with(&picture, |a, b| (a - b).abs()).values().iter().all(|&lost| lost < 0.03));
    }

    #[test]
    fn the_smallest_pictures_become_larger_and_a_stop_is_heard() {
        for (width, height, channels) in [(1, 1, 4), (3, 1, 1), (1, 9, 3)] {
            let picture = Raster::new(width, height, channels, vec![0.5; width * height * channels]);
            let large = enlarged(&picture, 4, &mut Span::unwatched()).unwrap();
            assert_eq!((large.width(), large.height()), (4 * width, 4 * height));
        }
        assert!(
            enlarged(&drawn(8, 8), 2, &mut Span::whole(&mut Recorder::stopping_after(1), Stage::Enlarging))
                .is_none()
        );
    }
}
