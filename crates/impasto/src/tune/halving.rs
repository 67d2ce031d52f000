//! Successive halving (Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization",
//! 2016): all begin, and after each rung only the best third goes on, three times as far.

/// One of so many goes on, so many times as far.
const KEEP: usize = 3;

/// How far a trial goes on each rung, counted from its beginning, so that all of it takes `total`.
pub(super) fn limits(total: f64, trials: usize) -> Vec<f64> {
    let (mut racing, mut steps) = (trials.max(1), vec![1.0]);
    let mut units = racing as f64;
    while racing > 1 {
        racing = survivors(racing);
        let (before, after) = (steps[steps.len() - 1], steps[steps.len() - 1] * KEEP as f64);
        units += racing as f64 * (after - before);
        steps.push(after);
    }
    steps.into_iter().map(|step| step * total / units).collect()
}

/// How many go on.
pub(super) fn survivors(racing: usize) -> usize {
    racing.div_ceil(KEEP)
}

/// Those that go on: the lowest scores; of equal ones the first.
pub(super) fn best(racing: &[usize], score: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut sorted = racing.to_vec();
    sorted.sort_by(|one, other| score(*one).total_cmp(&score(*other)).then(one.cmp(other)));
    sorted.truncate(survivors(racing.len()));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What all trials take together.
    fn spent(limits: &[f64], trials: usize) -> f64 {
        let (mut racing, mut before, mut sum) = (trials, 0.0, 0.0);
        for limit in limits {
            sum += racing as f64 * (limit - before);
            (racing, before) = (survivors(racing), *limit);
        }
        sum
    }

    #[test]
    fn the_rungs_take_all_of_the_time() {
        for (trials, rungs) in [(1, 1), (2, 2), (3, 2), (9, 3), (10, 4), (27, 4)] {
            let limits = limits(60.0, trials);
            assert_eq!(limits.len(), rungs, "{trials} trials");
            assert!((spent(&limits, trials) - 60.0).abs() < 1e-9);
            assert!(limits.windows(2).all(|pair| (pair[1] / pair[0] - 3.0).abs() < 1e-9));
        }
    }

    #[test]
    fn the_lowest_scores_go_on() {
        let score = |trial: usize| [0.5, f64::INFINITY, 0.1, 0.3, 0.1][trial];
        assert_eq!(best(&[0, 1, 2, 3, 4], score), [2, 4]);
        assert_eq!(best(&[1, 0], score), [0]);
    }
}
