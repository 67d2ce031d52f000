//! Rasters of another size: separable filters that are as wide as what a new pixel covers, so that shrinking averages and
//! nothing that is too fine for the new size is left in it.

use std::f64::consts::PI;

use rayon::prelude::*;

use super::raster::Raster;

/// How neighbours are weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// The cubic of Keys (1981): two neighbours on each side, hardly any ringing.
    Cubic,
    /// Lanczos with three lobes: sharper, with faint rings at edges.
    Lanczos,
}

/// What lies beyond the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The last pixel again and again.
    Still,
    /// The other side, as on a torus.
    Wrapped,
}

impl Filter {
    /// How far it reaches, in pixels.
    fn reach(self) -> f64 {
        match self {
            Self::Cubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    fn at(self, x: f64) -> f64 {
        let x = x.abs();
        match self {
            Self::Cubic if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
            Self::Cubic if x < 2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
            Self::Lanczos if x < 1e-9 => 1.0,
            Self::Lanczos if x < 3.0 => {
                let x = PI * x;
                3.0 * x.sin() * (x / 3.0).sin() / (x * x)
            }
            _ => 0.0,
        }
    }
}

impl Raster {
    /// The same in another size, whatever that does to its shape.
    pub fn resized(&self, width: usize, height: usize, filter: Filter, edge: Edge) -> Self {
        if (width, height) == (self.width(), self.height()) {
            return self.clone();
        }
        self.across(&taps(self.width(), width, filter, edge)).down(&taps(self.height(), height, filter, edge))
    }

    fn across(&self, taps: &[Vec<(usize, f32)>]) -> Self {
        let channels = self.channels();
        let mut made = Self::zeros(taps.len(), self.height(), channels);
        let row = self.width() * channels;
        made.rows_mut().zip(self.values().par_chunks(row)).for_each(|(made, own)| {
            for (pixel, taps) in made.chunks_exact_mut(channels).zip(taps) {
                for &(x, weight) in taps {
                    let own = &own[x * channels..][..channels];
                    pixel.iter_mut().zip(own).for_each(|(sum, value)| *sum += weight * value);
                }
            }
        });
        made
    }

    fn down(&self, taps: &[Vec<(usize, f32)>]) -> Self {
        let row = self.width() * self.channels();
        let mut made = Self::zeros(self.width(), taps.len(), self.channels());
        made.rows_mut().zip(taps).for_each(|(made, taps)| {
            for &(y, weight) in taps {
                let own = &self.values()[y * row..][..row];
                made.iter_mut().zip(own).for_each(|(sum, value)| *sum += weight * value);
            }
        });
        made
    }
}

/// For each new place the old places that it is made of, and their weights, which sum to 1.
fn taps(old: usize, new: usize, filter: Filter, edge: Edge) -> Vec<Vec<(usize, f32)>> {
    let step = old as f64 / new as f64;
    let stretch = step.max(1.0);
    let reach = filter.reach() * stretch;
    let place = |at: i64| match edge {
        Edge::Still => at.clamp(0, old as i64 - 1) as usize,
        Edge::Wrapped => at.rem_euclid(old as i64) as usize,
    };
    let of = |number: usize| {
        let middle = (number as f64 + 0.5) * step - 0.5;
        let near = (middle - reach).ceil() as i64..=(middle + reach).floor() as i64;
        let weighed: Vec<(usize, f64)> =
            near.map(|at| (place(at), filter.at((at as f64 - middle) / stretch))).collect();
        let sum: f64 = weighed.iter().map(|(_, weight)| weight).sum();
        weighed.into_iter().map(|(at, weight)| (at, (weight / sum) as f32)).collect()
    };
    (0..new).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn noise(width: usize, height: usize) -> Raster {
        let values = Random::new(1, "noise", 0).uniforms(width * height * 3, 0.0, 1.0);
        Raster::new(width, height, 3, values)
    }

    fn mean(raster: &Raster) -> f64 {
        raster.values().iter().map(|&v| f64::from(v)).sum::<f64>() / raster.values().len() as f64
    }

    #[test]
    fn means_are_kept_on_a_torus_whatever_the_size() {
        let raster = noise(24, 18);
        for (width, height) in [(12, 9), (48, 36), (96, 72)] {
            for filter in [Filter::Cubic, Filter::Lanczos] {
                let other = raster.resized(width, height, filter, Edge::Wrapped);
                assert!((mean(&other) - mean(&raster)).abs() < 1e-5, "{width} {filter:?}");
            }
        }
    }

    #[test]
    fn a_wave_too_fine_for_the_new_size_is_gone_and_a_slow_one_stays() {
        let wave = |turns: f64, size: usize| {
            let at = |x: usize| (std::f64::consts::TAU * turns * (x as f64 + 0.5) / size as f64).sin();
            Raster::new(size, 1, 1, (0..size).map(|x| at(x) as f32).collect())
        };
        for filter in [Filter::Cubic, Filter::Lanczos] {
            let fine = wave(50.0, 128).resized(32, 1, filter, Edge::Wrapped);
            assert!(fine.values().iter().all(|value| value.abs() < 0.02), "{filter:?} {fine:?}");
            let slow = wave(2.0, 128).resized(32, 1, filter, Edge::Wrapped);
            let there = wave(2.0, 32);
            let apart = slow.values().iter().zip(there.values()).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0.0, f32::max) < 0.05, "{filter:?}");
        }
    }

    #[test]
    fn nothing_is_added_at_still_edges() {
        let white = Raster::new(5, 3, 1, vec![1.0; 15]);
        let larger = white.resized(13, 2, Filter::Lanczos, Edge::Still);
        assert!(larger.values().iter().all(|value| (value - 1.0).abs() < 1e-5));
    }
}
