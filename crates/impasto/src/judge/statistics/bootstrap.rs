//! How far a mean can be trusted (Efron, 1979).

use impasto_random::Random;
use rayon::prelude::*;

/// Where a figure lies with a chance of 95 %: from, to.
pub type Interval = [f64; 2];

/// Sets that are drawn.
const DRAWS: u64 = 1000;

/// The middle 95 % of the means of sets that are drawn from these values, each as large as they are.
pub fn interval_of_mean(values: &[f64], seed: u64) -> Interval {
    if values.is_empty() {
        return [f64::NAN; 2];
    }
    let mean = |draw| {
        let mut random = Random::new(seed, "bootstrap", draw);
        (0..values.len()).map(|_| values[random.below(values.len())]).sum::<f64>() / values.len() as f64
    };
    let mut means: Vec<f64> = (0..DRAWS).into_par_iter().map(mean).collect();
    means.sort_by(f64::total_cmp);
    [0.025, 0.975].map(|share| means[(share * (DRAWS - 1) as f64).round() as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_the_true_share_about_as_often_as_it_says() {
        let held = (0..200).filter(|&number| {
            let mut random = Random::new(number, "shares", 0);
            let values: Vec<f64> = (0..150).map(|_| f64::from(u8::from(random.chance(0.3)))).collect();
            let [from, to] = interval_of_mean(&values, number);
            (from..=to).contains(&0.3)
        });
        let held = held.count();
        assert!((178..=199).contains(&held), "{held} of 200");
    }

    #[test]
    fn values_that_agree_leave_no_doubt() {
        assert_eq!(interval_of_mean(&[1.0; 40], 1), [1.0, 1.0]);
        assert!(interval_of_mean(&[], 1)[0].is_nan());
    }
}
