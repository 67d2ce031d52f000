//! What is tried: a small space around a plan. Each dimension has the plan itself and few steps to its sides.
//!
//! | dimension | settings | steps |
//! |---|---|---|
//! | rate | `rate`, `critic_rate` | times 1/2, 1, 2 |
//! | penalties | `r1`, `r2` | times 1/5, 1, 5 |
//! | width | `width`, or all of `widths` | times 1/2, 1, 2 |
//! | augmentation | `augment_target` where it adapts (a lower one augments more), `augment_strength` where it is fixed | less 0.15, as it is, plus 0.15; times 1/2, 1, 2 |
//!
//! Settings that a recipe doesn't have are left out.

use impasto_random::Random;
use toml::{Table, Value};

/// The changes of each trial; the first one is the plan itself. The others are drawn from the whole space.
pub(super) fn trials(base: &Table, count: usize, seed: u64) -> Vec<Table> {
    let mut all = vec![Table::new()];
    for steps in dimensions(base) {
        let with = |changes: &Table, step: &Table| {
            changes.iter().chain(step).map(|(key, value)| (key.clone(), value.clone())).collect::<Table>()
        };
        all = all.iter().flat_map(|changes| steps.iter().map(move |step| with(changes, step))).collect();
    }
    let others = Random::new(seed, "tune", 0).permutation(all.len() - 1);
    let chosen = others.into_iter().map(|place| all[1 + place as usize].clone());
    std::iter::once(Table::new()).chain(chosen).take(count).collect()
}

/// The steps of each dimension; the first one changes nothing.
fn dimensions(base: &Table) -> Vec<Vec<Table>> {
    let rate = scaled(base, &["rate", "critic_rate"], [0.5, 2.0]);
    let penalties = scaled(base, &["r1", "r2"], [0.2, 5.0]);
    let width = scaled(base, &["width", "widths"], [0.5, 2.0]);
    let augmentation = match base.get("augment").and_then(Value::as_str) {
        Some("adaptive") => {
            changed(base, &["augment_target"], [-0.15, 0.15], |old, step| (old + step).clamp(0.0, 0.95))
        }
        Some("fixed") => changed(base, &["augment_strength"], [0.5, 2.0], |old, step| (old * step).min(0.8)),
        _ => Vec::new(),
    };
    [rate, penalties, width, augmentation].into_iter().filter(|steps| !steps.is_empty()).collect()
}

fn scaled(base: &Table, keys: &[&str], factors: [f64; 2]) -> Vec<Table> {
    changed(base, keys, factors, |old, factor| old * factor)
}

/// Nothing changed, and the settings changed by each of the steps; empty where there are no such settings.
fn changed(base: &Table, keys: &[&str], steps: [f64; 2], change: fn(f64, f64) -> f64) -> Vec<Table> {
    let step = |step: f64| {
        let value = |key: &&str| Some(((*key).to_owned(), moved(base.get(*key)?, step, change)?));
        keys.iter().filter_map(value).collect::<Table>()
    };
    match step(steps[0]).is_empty() {
        true => Vec::new(),
        false => std::iter::once(Table::new()).chain(steps.map(step)).collect(),
    }
}

/// A number, or each number of a list, by one step; none of what is no number.
fn moved(old: &Value, step: f64, change: fn(f64, f64) -> f64) -> Option<Value> {
    match old {
        Value::Integer(old) => Some(Value::Integer(change(*old as f64, step).round().max(1.0) as i64)),
        Value::Float(old) => Some(Value::Float(rounded(change(*old, step)))),
        Value::Array(list) => {
            list.iter().map(|old| moved(old, step, change)).collect::<Option<_>>().map(Value::Array)
        }
        _ => None,
    }
}

/// To six digits, so that products look like what they mean.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn painter() -> Table {
        "rate = 2e-4\nr1 = 0.5\nr2 = 0.5\nwidths = [16, 32]\naugment = 'adaptive'\naugment_target = 0.6"
            .parse()
            .unwrap()
    }

    #[test]
    fn the_first_trial_is_the_plan_and_no_two_are_alike() {
        let all = trials(&painter(), 1000, 1);
        assert_eq!((all.len(), all[0].is_empty()), (81, true));
        let distinct: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(distinct.len(), 81);
        assert_eq!(trials(&painter(), 9, 1), all[..9]);
        assert_ne!(trials(&painter(), 9, 2), all[..9]);
    }

    #[test]
    fn settings_that_belong_together_change_together() {
        for changes in trials(&painter(), 1000, 1) {
            assert_eq!(changes.get("r1"), changes.get("r2"));
            let widths = changes.get("widths").map(ToString::to_string);
            assert!(
                [None, Some("[8, 16]".to_owned()), Some("[32, 64]".to_owned())].contains(&widths),
                "{widths:?}"
            );
            let rate = changes.get("rate").and_then(Value::as_float).unwrap_or(2e-4);
            assert!([1e-4, 2e-4, 4e-4].contains(&rate), "{rate}");
        }
    }

    #[test]
    fn what_a_recipe_does_not_have_is_left_out() {
        let vae: Table = "rate = 1e-3\nnetwork = 'dense'".parse().unwrap();
        let all = trials(&vae, 9, 1);
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|changes| changes.keys().all(|key| key == "rate")));
        assert_eq!(trials(&Table::new(), 9, 1), [Table::new()]);
    }
}
