//! A window of a picture of which only a part is known, continued by a few waves.
//!
//! After Seiler and Kaup, "Resampling images to a regular grid from a non-regular subset of pixel positions using frequency
//! selective reconstruction", 2015, and Genser, Seiler, Schnurrer and Kaup, "Spectral constrained frequency selective extrapolation for rapid
//! image error concealment", 2018: again and again the wave that explains most of what is left of the known pixels, each with its
//! weight, is taken away from them and added to the model. Nothing but spectra is needed for that, since a wave times the weights is the spectrum
//! of the weights, shifted. Differs from the papers: all channels take the same wave, each in its own amount, which keeps colours
//! together; and low frequencies are preferred by a plain law instead of what a display and an eye show.

use std::sync::LazyLock;

/// Pixels on each side of a window.
pub(super) const WINDOW: usize = 32;
/// Rows of a spectrum that are kept; real values mirror the others.
const ROWS: usize = WINDOW / 2 + 1;
/// Waves that are taken, one after another.
const WAVES: usize = 200;
/// How much of a wave is taken at once, since waves are not at right angles where weights differ.
const CARE: f32 = 0.25;
/// Once the strongest wave has so little of the first one's energy, it is enough.
const ENOUGH: f32 = 1e-5;

/// What is known in a window.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// How much each pixel counts, `[WINDOW, WINDOW]`; 0 where it is not known.
    pub(super) weights: Vec<f32>,
    /// For each channel its values, `[WINDOW, WINDOW]`.
    pub(super) planes: Vec<Vec<f32>>,
}

impl Window {
    /// A smooth model of each channel in all of the window; nothing where no pixel counts.
    pub(super) fn model(&self) -> Option<Vec<Vec<f32>>> {
        let total: f32 = self.weights.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let mean = |plane: &Vec<f32>| -> f32 {
            plane.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum::<f32>() / total
        };
        let means: Vec<f32> = self.planes.iter().map(mean).collect();
        let mut pursuit = Pursuit::new(self, &means);
        let mut first = 0.0;
        for wave in 0..WAVES {
            let (strongest, energy) = pursuit.strongest();
            if wave == 0 {
                first = energy;
            }
            if energy <= first * ENOUGH {
                break;
            }
            pursuit.take(strongest);
        }
        Some(pursuit.models(&means))
    }
}

/// What is left to explain, and what is explained.
struct Pursuit {
    /// The spectrum of the weights, each row twice, so that shifted rows lie in one piece.
    weights: Spectrum,
    /// The part of a residual that is taken.
    share: f32,
    /// Of each channel the spectrum of what is left, times the weights: the first `ROWS` rows,
    residuals: Vec<Spectrum>,
    /// and of what is explained: all rows.
    models: Vec<Spectrum>,
    energy: Vec<f32>,
}

impl Pursuit {
    fn new(window: &Window, means: &[f32]) -> Self {
        let weights = Spectrum::of(window.weights.clone());
        let share = CARE / weights.re[0];
        let residual = |(plane, mean): (&Vec<f32>, &f32)| {
            let left = plane.iter().zip(&window.weights).map(|(value, weight)| (value - mean) * weight);
            Spectrum::of(left.collect()).cut()
        };
        Self {
            weights: weights.twice(),
            share,
            residuals: window.planes.iter().zip(means).map(residual).collect(),
            models: vec![Spectrum::zeros(); means.len()],
            energy: vec![0.0; ROWS * WINDOW],
        }
    }

    /// The wave with most energy, low ones preferred, and that energy.
    fn strongest(&mut self) -> (usize, f32) {
        self.energy.fill(0.0);
        for Spectrum { re, im } in &self.residuals {
            let values = self.energy.iter_mut().zip(re).zip(im);
            values.for_each(|((energy, re), im)| *energy += re * re + im * im);
        }
        self.energy.iter_mut().zip(PREFERENCE.iter()).for_each(|(energy, preference)| *energy *= preference);
        let mut best = (0, -1.0);
        for (row, energies) in self.energy.chunks_exact(WINDOW).enumerate() {
            // The maximum first and then its place: the compiler makes vectors of the former.
            let most = energies.iter().fold(0.0f32, |most, &energy| most.max(energy));
            if most > best.1 {
                let place = energies.iter().position(|&energy| energy == most).unwrap_or(0);
                best = (row * WINDOW + place, most);
            }
        }
        best
    }

    /// Moves a part of this wave, and of its mirror, from what is left to what is explained.
    fn take(&mut self, wave: usize) {
        let (down, across) = (wave / WINDOW, wave % WINDOW);
        let mirror = (WINDOW - down) % WINDOW * WINDOW + (WINDOW - across) % WINDOW;
        for (residual, model) in self.residuals.iter_mut().zip(&mut self.models) {
            let (mut re, mut im) = (residual.re[wave] * self.share, residual.im[wave] * self.share);
            if mirror == wave {
                // The two are one, and real; below it is taken twice, so half of it each time.
                (re, im) = (re / 2.0, 0.0);
            }
            model.add(wave, re, im);
            model.add(mirror, re, -im);
            residual.subtract(&self.weights, [down, across], re, im);
        }
    }

    fn models(self, means: &[f32]) -> Vec<Vec<f32>> {
        let plane = |(model, mean): (Spectrum, &f32)| -> Vec<f32> {
            model.values().into_iter().map(|value| value + mean).collect()
        };
        self.models.into_iter().zip(means).map(plane).collect()
    }
}

/// Complex values, row by row.
#[derive(Debug, Clone)]
struct Spectrum {
    re: Vec<f32>,
    im: Vec<f32>,
}

impl Spectrum {
    fn zeros() -> Self {
        Self { re: vec![0.0; WINDOW * WINDOW], im: vec![0.0; WINDOW * WINDOW] }
    }

    /// The spectrum of real values.
    fn of(values: Vec<f32>) -> Self {
        let mut made = Self { im: vec![0.0; values.len()], re: values };
        made.transform(-1.0);
        made
    }

    /// The real part of what has this spectrum, not divided by its size: amplitudes are those of waves.
    fn values(mut self) -> Vec<f32> {
        self.transform(1.0);
        self.re
    }

    fn transform(&mut self, sign: f32) {
        for (re, im) in self.re.chunks_exact_mut(WINDOW).zip(self.im.chunks_exact_mut(WINDOW)) {
            transform(re, im, sign);
        }
        let (mut re, mut im) = ([0.0; WINDOW], [0.0; WINDOW]);
        for x in 0..WINDOW {
            for y in 0..WINDOW {
                (re[y], im[y]) = (self.re[y * WINDOW + x], self.im[y * WINDOW + x]);
            }
            transform(&mut re, &mut im, sign);
            for y in 0..WINDOW {
                (self.re[y * WINDOW + x], self.im[y * WINDOW + x]) = (re[y], im[y]);
            }
        }
    }

    /// The first half of its rows.
    fn cut(mut self) -> Self {
        self.re.truncate(ROWS * WINDOW);
        self.im.truncate(ROWS * WINDOW);
        self
    }

    /// Each row twice, one after the other.
    fn twice(&self) -> Self {
        let twice =
            |values: &[f32]| values.chunks_exact(WINDOW).flat_map(|row| [row, row].concat()).collect();
        Self { re: twice(&self.re), im: twice(&self.im) }
    }

    fn add(&mut self, at: usize, re: f32, im: f32) {
        self.re[at] += re;
        self.im[at] += im;
    }

    /// Takes away a wave with this amplitude and its mirror, both times the weights.
    fn subtract(&mut self, weights: &Self, [down, across]: [usize; 2], re: f32, im: f32) {
        let rows = self.re.chunks_exact_mut(WINDOW).zip(self.im.chunks_exact_mut(WINDOW));
        for (y, (own_re, own_im)) in rows.enumerate() {
            let own = (y + WINDOW - down) % WINDOW * 2 * WINDOW + (WINDOW - across) % WINDOW;
            let mirrored = (y + down) % WINDOW * 2 * WINDOW + across;
            let (one_re, one_im) = (&weights.re[own..][..WINDOW], &weights.im[own..][..WINDOW]);
            let (two_re, two_im) = (&weights.re[mirrored..][..WINDOW], &weights.im[mirrored..][..WINDOW]);
            for x in 0..WINDOW {
                own_re[x] -= re * (one_re[x] + two_re[x]) - im * (one_im[x] - two_im[x]);
                own_im[x] -= re * (one_im[x] + two_im[x]) + im * (one_re[x] - two_re[x]);
            }
        }
    }
}

/// The Fourier transform of Cooley and Tukey, in place.
fn transform(re: &mut [f32], im: &mut [f32], sign: f32) {
    let count = re.len();
    for at in 0..count {
        let other = at.reverse_bits() >> (usize::BITS - count.trailing_zeros());
        if at < other {
            re.swap(at, other);
            im.swap(at, other);
        }
    }
    let mut half = 1;
    while half < count {
        for number in 0..half {
            let [cos, sin] = TURNS[number * (WINDOW / 2) / half];
            for one in (number..count).step_by(2 * half) {
                let two = one + half;
                let turned = (re[two] * cos - sign * im[two] * sin, sign * re[two] * sin + im[two] * cos);
                (re[two], im[two]) = (re[one] - turned.0, im[one] - turned.1);
                re[one] += turned.0;
                im[one] += turned.1;
            }
        }
        half *= 2;
    }
}

/// Cosines and sines of half a turn.
static TURNS: LazyLock<[[f32; 2]; WINDOW / 2]> = LazyLock::new(|| {
    let angle = |number: usize| std::f64::consts::TAU * number as f64 / WINDOW as f64;
    std::array::from_fn(|number| [angle(number).cos() as f32, angle(number).sin() as f32])
});

/// What energies are multiplied by: pictures have little in their highest frequencies, so that what seems to be there is mostly
/// the edge of what is known.
static PREFERENCE: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let rate = |at: usize| {
        let (down, across) = (at / WINDOW, at % WINDOW);
        let across = across.min(WINDOW - across);
        let far = ((down * down + across * across) as f32).sqrt();
        (1.0 - far / (WINDOW as f32 / std::f32::consts::SQRT_2)).max(0.0).powi(2)
    };
    (0..ROWS * WINDOW).map(rate).collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    #[test]
    fn a_transform_is_the_sum_it_stands_for_and_comes_back() {
        let values = Random::new(1, "spectrum", 0).uniforms(WINDOW * WINDOW, -1.0, 1.0);
        let spectrum = Spectrum::of(values.clone());
        for (down, across) in [(0, 0), (3, 5), (16, 31)] {
            let (mut re, mut im) = (0.0, 0.0);
            for (at, value) in values.iter().enumerate() {
                let turns = (at / WINDOW * down + at % WINDOW * across) as f64 / WINDOW as f64;
                re += f64::from(*value) * (turns * std::f64::consts::TAU).cos();
                im -= f64::from(*value) * (turns * std::f64::consts::TAU).sin();
            }
            let at = down * WINDOW + across;
            assert!(
                (f64::from(spectrum.re[at]) - re).abs() < 1e-3
                    && (f64::from(spectrum.im[at]) - im).abs() < 1e-3
            );
        }
        let again = spectrum.values();
        let size = (WINDOW * WINDOW) as f32;
        assert!(again.iter().zip(&values).all(|(again, value)| (again / size - value).abs() < 1e-5));
    }

    #[test]
    fn waves_go_on_where_nothing_is_known() {
        let wave = |at: usize, across: f32, down: f32| {
            let turns = ((at % WINDOW) as f32 * across + (at / WINDOW) as f32 * down) / WINDOW as f32;
            0.5 + 0.4 * (turns * std::f32::consts::TAU).sin()
        };
        let hidden = |at: usize| (12..20).contains(&(at % WINDOW)) && (12..20).contains(&(at / WINDOW));
        let planes: Vec<Vec<f32>> = [(3.0, 2.0), (-4.0, 1.0)]
            .map(|(across, down)| (0..WINDOW * WINDOW).map(|at| wave(at, across, down)).collect())
            .to_vec();
        let weights = (0..WINDOW * WINDOW).map(|at| if hidden(at) { 0.0 } else { 1.0 }).collect();
        let mut torn = Window { weights, planes: planes.clone() };
        for plane in &mut torn.planes {
            (0..WINDOW * WINDOW).filter(|&at| hidden(at)).for_each(|at| plane[at] = 9.0);
        }
        for (model, truth) in torn.model().unwrap().iter().zip(&planes) {
            let worst = model.iter().zip(truth).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 0.02, "{worst}");
        }
        torn.weights.fill(0.0);
        assert!(torn.model().is_none());
    }
}
