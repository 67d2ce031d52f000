//! Many times of one thing, in three numbers.

use impasto_system::Span;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::Settings;

/// How long one piece takes.
#[derive(Debug, Clone, Serialize)]
pub struct Timing {
    /// Which piece.
    pub name: &'static str,
    /// `step`, `forward` or `backward` of a convolution, or `features`.
    pub part: &'static str,
    /// Pictures in a batch.
    pub batch: usize,
    /// The middle of all times.
    pub ms_median: f64,
    /// A tenth of the times were shorter.
    pub ms_p10: f64,
    /// A tenth of the times were longer.
    pub ms_p90: f64,
    /// At the median.
    pub pictures_per_second: f64,
    /// Multiplications and additions of a convolution in a second, in billions, at the median; its edges counted as
    /// if they were full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gflops: Option<f64>,
}

impl Timing {
    /// From the times of `part`, each of which was so many operations.
    pub(super) fn new(
        name: &'static str,
        part: &'static str,
        batch: usize,
        operations: Option<f64>,
        times: &[Duration],
    ) -> Self {
        let mut sorted: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
        sorted.sort_by(f64::total_cmp);
        let ms_median = quantile(&sorted, 0.5);
        let per_second = |number: f64| if ms_median > 0.0 { number * 1e3 / ms_median } else { 0.0 };
        Self {
            name,
            part,
            batch,
            ms_median,
            ms_p10: quantile(&sorted, 0.1),
            ms_p90: quantile(&sorted, 0.9),
            pictures_per_second: per_second(batch as f64),
            gflops: operations.map(|operations| per_second(operations / 1e9)),
        }
    }
}

/// Does the work as often as the settings say, and gives the times that it reports after the warm-up.
pub(super) fn repeat<T>(settings: &Settings, span: &mut Span<'_>, mut work: impl FnMut(u64) -> T) -> Vec<T> {
    let total = settings.warm_up + settings.steps;
    let mut times = Vec::with_capacity(settings.steps);
    for turn in 0..total {
        span.reached(turn as f64 / total as f64);
        let time = work(turn as u64);
        if turn >= settings.warm_up {
            times.push(time);
        }
    }
    span.reached(1.0);
    times
}

/// What the work gives, and how long it took.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = work();
    (result, started.elapsed())
}

/// Between two of the sorted values in proportion; 0 of nothing.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let at = |index: usize| sorted.get(index).or(sorted.last()).copied().unwrap_or(0.0);
    let (low, high) = (at(place as usize), at(place as usize + 1));
    low + (high - low) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_system::{Recorder, Stage, Unit};

    #[test]
    fn quantiles_lie_between_the_values() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), 2.5);
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.5), 2.0);
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        assert_eq!((quantile(&[7.0], 0.9), quantile(&[], 0.5)), (7.0, 0.0));
    }

    #[test]
    fn rates_are_those_of_the_median() {
        let times = [100, 200, 10_000].map(Duration::from_millis);
        let timing = Timing::new("x", "step", 64, Some(2e9), &times);
        assert!((timing.ms_median - 200.0).abs() < 1e-9);
        assert!((timing.pictures_per_second - 320.0).abs() < 1e-9);
        assert!(timing.gflops.is_some_and(|rate| (rate - 10.0).abs() < 1e-9));
        assert!(timing.ms_p10 < timing.ms_median && timing.ms_median < timing.ms_p90);
    }

    #[test]
    fn the_warm_up_is_done_and_not_counted() {
        let settings = Settings {
            steps: 3,
            warm_up: 2,
            precision: super::super::Precision::F32,
            device: burn::tensor::Device::flex(),
        };
        let mut heard = Recorder::default();
        let turns = repeat(&settings, &mut Span::new(&mut heard, Stage::Timing, Unit::Steps, 5), |turn| turn);
        assert_eq!(turns, [2, 3, 4]);
        assert_eq!((heard.done().first(), heard.done().last()), (Some(&0.0), Some(&5.0)));
    }
}
