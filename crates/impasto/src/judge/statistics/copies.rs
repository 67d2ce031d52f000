//! Originality: which generated pictures are copies of real ones.
//!
//! How near is too near is read off the real set itself: for each of its pictures the nearest other one is known (its
//! mirror image included), and only one picture in a hundred has a neighbour nearer than the threshold. Of pictures that
//! are new about as many are. Real pictures that occur twice are left out of the threshold, or it would be zero.

use super::neighbours::Nearest;

/// The share of real pictures that are nearer to another one than the threshold.
const EXPECTED: f64 = 0.01;

/// How near the pictures of the real set lie to each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Squared distances of each real picture to its nearest other one, sorted; without those of zero.
    squared: Vec<f64>,
    /// Real pictures that equal another one.
    pub equal: usize,
}

impl Calibration {
    /// From each real picture's squared distance to its nearest other one.
    pub fn new(squared: impl IntoIterator<Item = f64>) -> Self {
        let (mut squared, equal): (Vec<f64>, Vec<f64>) =
            squared.into_iter().partition(|&squared| squared > 0.0);
        squared.sort_by(f64::total_cmp);
        Self { squared, equal: equal.len() }
    }

    /// From the squared distances of each real picture to its nearest others, the nearest first, and to the nearest of
    /// their mirror images.
    pub fn of(own: &[Vec<f64>], turned: &[Nearest]) -> Self {
        Self::new(own.iter().zip(turned).map(|(near, turned)| near[0].min(turned.squared)))
    }

    /// The squared distance below which a picture is a copy.
    pub fn threshold(&self) -> f64 {
        let place = (EXPECTED * self.squared.len() as f64) as usize;
        self.squared.get(place).copied().unwrap_or(0.0)
    }

    /// How typical a distance is: the share of real pictures with a neighbour as near as this. 0 for a copy, about 0.5
    /// for a new picture of the same kind, 1 for one far from all.
    pub fn score(&self, squared: f64) -> f64 {
        let nearer = self.squared.partition_point(|&own| own <= squared);
        nearer as f64 / self.squared.len().max(1) as f64
    }

    /// Whether it is a copy.
    pub fn is_copy(&self, squared: f64) -> bool {
        squared == 0.0 || squared < self.threshold()
    }
}

/// What is copied.
#[derive(Debug, Clone, PartialEq)]
pub struct Copies {
    /// For each generated picture, the nearest real one.
    pub nearest: Vec<Nearest>,
    /// For each generated picture: 0 for a copy, about 0.5 for a new one.
    pub scores: Vec<f64>,
    /// For each generated picture: 1 for a copy.
    pub copied: Vec<f64>,
    /// For each real picture: whether there are copies of it.
    pub memorised: Vec<bool>,
}

impl Copies {
    /// Judges each generated picture by its nearest real one.
    pub fn new(nearest: Vec<Nearest>, calibration: &Calibration, real: usize) -> Self {
        let mut memorised = vec![false; real];
        let copied: Vec<bool> = nearest.iter().map(|one| calibration.is_copy(one.squared)).collect();
        for (one, _) in nearest.iter().zip(&copied).filter(|(_, is)| **is) {
            memorised[one.index] = true;
        }
        Self {
            scores: nearest.iter().map(|one| calibration.score(one.squared)).collect(),
            copied: copied.into_iter().map(|is| f64::from(u8::from(is))).collect(),
            nearest,
            memorised,
        }
    }

    /// The share of generated pictures that equal a real one in every feature.
    pub fn equal(&self) -> f64 {
        let equal = self.nearest.iter().filter(|one| one.squared == 0.0).count();
        equal as f64 / self.nearest.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Features;
    use crate::judge::statistics::{nearest, within};
    use impasto_random::Random;

    fn drawn(name: &str, count: usize) -> Features {
        Features::new(16, Random::new(3, name, 0).normals(count * 16))
    }

    fn calibration(real: &Features) -> Calibration {
        Calibration::new(within(real, 1).unwrap().into_iter().map(|near| near[0]))
    }

    #[test]
    fn copies_are_found_and_new_pictures_are_not_taken_for_them() {
        let (real, new) = (drawn("real", 1000), drawn("new", 900));
        let noise = Random::new(1, "noise", 0).normals(100 * 16);
        let originals = real.first(100);
        let copies = originals.values().iter().zip(noise).map(|(value, noise)| value + 0.02 * noise);
        let mut generated = new.clone();
        generated.append(&Features::new(16, copies.collect()));
        let calibration = calibration(&real);
        let found = Copies::new(nearest(&generated, &real), &calibration, real.len());
        let share = |range: std::ops::Range<usize>| {
            found.copied[range.clone()].iter().sum::<f64>() / range.len() as f64
        };
        assert!(share(0..900) < 0.03 && share(900..1000) > 0.99);
        assert!(found.memorised[..100].iter().all(|&is| is));
        assert!(found.memorised.iter().filter(|is| **is).count() < 130);
        let mean = found.scores[..900].iter().sum::<f64>() / 900.0;
        assert!((0.4..0.6).contains(&mean) && found.equal() == 0.0, "{mean}");
    }

    #[test]
    fn real_pictures_that_occur_twice_do_not_hide_copies() {
        let mut real = drawn("real", 500);
        real.append(&real.first(100));
        let calibration = calibration(&real);
        assert_eq!(calibration.equal, 200);
        assert!(calibration.threshold() > 0.0 && calibration.is_copy(0.0));
        assert_eq!((calibration.score(0.0), calibration.score(1e9)), (0.0, 1.0));
    }

    #[test]
    fn without_different_real_pictures_only_equal_ones_are_copies() {
        let calibration = Calibration::new([0.0; 9]);
        assert!(calibration.is_copy(0.0) && !calibration.is_copy(1e-9));
    }
}
