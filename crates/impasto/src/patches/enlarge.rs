//! Larger pictures without training.
//!
//! A classical resampler, then back-projection (Irani and Peleg, "Improving Resolution by Image Registration", 1991): what is
//! lost when the larger picture is made small again is enlarged and added, a few times over.

use super::raster::Raster;
use super::resize::{Edge, Filter};

/// How often what is lost is added.
const TURNS: usize = 3;

/// The picture so many times as large on each side, such that it is the given one when it is made small again.
pub fn enlarged(picture: &Raster, times: usize, told: &mut dyn FnMut(f64) -> bool) -> Option<Raster> {
    let (width, height) = (picture.width() * times, picture.height() * times);
    let larger = |one: &Raster| one.resized(width, height, Filter::Lanczos, Edge::Still);
    let mut made = larger(picture);
    for turn in 0..TURNS {
        if !told(turn as f64 / TURNS as f64) {
            return None;
        }
        let small = made.resized(picture.width(), picture.height(), Filter::Cubic, Edge::Still);
        made = made.with(&larger(&picture.with(&small, |own, small| own - small)), |made, lost| made + lost);
    }
    // Sharp edges overshoot: no value may lie beyond what its neighbourhood in the given picture has.
    Some(within(&made, picture, times))
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
            let large = enlarged(&picture, times, &mut |_| true).unwrap();
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
        let better = enlarged(&small, 2, &mut |_| true).unwrap();
        assert!(apart(&better) < 0.95 * apart(&plain), "{} and {}", apart(&better), apart(&plain));
    }

    #[test]
    fn a_flat_picture_stays_flat() {
        let flat = Raster::new(7, 3, 1, vec![0.25; 21]);
        let large = enlarged(&flat, 4, &mut |_| true).unwrap();
        assert!(large.values().iter().all(|value| (value - 0.25).abs() < 1e-5));
    }
}
