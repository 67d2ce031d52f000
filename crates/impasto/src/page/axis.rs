//! Axes: from numbers to places, with ticks at round numbers.

/// More than this is not drawn: sums and differences of such numbers would overflow.
const LARGEST: f64 = 1e200;
/// Less than this is not drawn on a logarithmic axis.
const SMALLEST: f64 = 1e-200;

/// A range of numbers and its ticks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    log: bool,
    ticks: Vec<f64>,
}

impl Axis {
    /// An axis with room for these values, and about this many ticks.
    pub(super) fn around(values: impl Iterator<Item = f64>, log: bool, ticks: usize) -> Self {
        let drawn = values.filter(|&value| is_drawn(value, log));
        let ends = drawn.fold(None, |ends: Option<(f64, f64)>, value| {
            Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        });
        let (low, high) = ends.unwrap_or(if log { (1.0, 10.0) } else { (0.0, 1.0) });
        if log { Self::decades(low, high, ticks) } else { Self::linear(low, high, ticks) }
    }

    /// Where a value lies, 0 to 1; none where it can't be drawn.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let raw = |value: f64| if self.log { value.log10() } else { value };
        let place = (raw(value) - raw(self.low)) / (raw(self.high) - raw(self.low));
        is_drawn(value, self.log).then_some(place)
    }

    /// Places and texts of the ticks.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (f64, String)> {
        self.ticks.iter().filter_map(|&tick| Some((self.place(tick)?, number(tick))))
    }

    fn linear(mut low: f64, mut high: f64, ticks: usize) -> Self {
        if low == high {
            let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
            (low, high) = (low - room, high + room);
        }
        let step = round_step((high - low) / ticks.max(1) as f64);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let count = (last - first) as usize;
        let ticks: Vec<f64> = (0..=count).map(|number| (first + number as f64) * step).collect();
        Self { low: first * step, high: last * step, log: false, ticks }
    }

    fn decades(low: f64, high: f64, ticks: usize) -> Self {
        let first = low.log10().floor() as i32;
        let last = (high.log10().ceil() as i32).max(first + 1);
        let stride = (last - first).unsigned_abs().div_ceil(ticks.max(1) as u32).max(1) as usize;
        let between: &[f64] = if last - first <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let decade = |power: i32| between.iter().map(move |part| part * 10f64.powi(power));
        let mut ticks: Vec<f64> = (first..last).step_by(stride).flat_map(decade).collect();
        ticks.push(10f64.powi(last));
        Self { low: 10f64.powi(first), high: 10f64.powi(last), log: true, ticks }
    }
}

/// Whether a number has a place on an axis.
pub(super) fn is_drawn(value: f64, log: bool) -> bool {
    value.is_finite() && value.abs() < LARGEST && (!log || value > SMALLEST)
}

/// 1, 2 or 5 times a power of ten, not below this.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
    steps.into_iter().find(|&step| step >= least * (1.0 - 1e-9)).unwrap_or(steps[3])
}

/// A number in few letters: `0.25`, `1500`, `20k`, `1.5M`, `2e-5`.
pub(super) fn number(value: f64) -> String {
    // Five digits, so that sums like 0.1 + 0.2 read as they were meant.
    let rounded: f64 = format!("{value:.4e}").parse().unwrap_or(value);
    match rounded.abs() {
        0.0 => "0".into(),
        size if !size.is_finite() => value.to_string(),
        size if !(1e-3..1e12).contains(&size) => format!("{rounded:e}"),
        size if size >= 1e9 => format!("{}G", rounded / 1e9),
        size if size >= 1e6 => format!("{}M", rounded / 1e6),
        size if size >= 1e4 => format!("{}k", rounded / 1e3),
        _ => rounded.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[f64], log: bool) -> Vec<String> {
        Axis::around(values.iter().copied(), log, 5).ticks().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_all_values() {
        assert_eq!(texts(&[0.03, 0.97], false), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(texts(&[0.0, 96_000.0], false), ["0", "20k", "40k", "60k", "80k", "100k"]);
        assert_eq!(texts(&[-1.2, 1.0], false), ["-1.5", "-1", "-0.5", "0", "0.5", "1"]);
        assert_eq!(texts(&[0.002, 30.0], true), ["0.001", "0.01", "0.1", "1", "10", "100"]);
        assert_eq!(texts(&[1.5, 30.0], true), ["1", "2", "5", "10", "20", "50", "100"]);
    }

    #[test]
    fn places_run_from_0_to_1() {
        let axis = Axis::around([2.0, 8.0].into_iter(), false, 4);
        for (value, place) in [(2.0, 0.0), (5.0, 0.5), (8.0, 1.0)] {
            assert!((axis.place(value).unwrap() - place).abs() < 1e-12, "{axis:?}");
        }
        let axis = Axis::around([1.0, 100.0].into_iter(), true, 4);
        assert!((axis.place(10.0).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!([0.0, -1.0, f64::NAN].map(|value| axis.place(value)), [None; 3]);
    }

    #[test]
    fn nothing_one_value_and_wild_values_have_an_axis_too() {
        for values in
            [&[][..], &[3.0], &[0.0], &[f64::NAN], &[f64::INFINITY, 1.0], &[1e308, -1e308], &[1e-300]]
        {
            for log in [false, true] {
                let axis = Axis::around(values.iter().copied(), log, 5);
                let ticks: Vec<(f64, String)> = axis.ticks().collect();
                assert!(ticks.len() >= 2 && ticks.len() < 20, "{values:?}: {ticks:?}");
                assert!(
                    ticks.iter().all(|(place, _)| (-1e-9..=1.0 + 1e-9).contains(place)),
                    "{values:?}: {ticks:?}"
                );
            }
        }
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.1 + 0.2, 1500.0, 2e-5, 1.5e6, -0.25, 3e15, f64::NAN].map(number);
        assert_eq!(texts, ["0.3", "1500", "2e-5", "1.5M", "-0.25", "3e15", "NaN"]);
    }
}
