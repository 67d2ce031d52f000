//! Each target on files that were found once, on honest ones, and on `FUZZ_RUNS` others (1,000 if it isn't said).

use std::time::{Duration, Instant};

use impasto_fuzz::{TARGETS, mutated, seeds};

/// No file of a few kilobytes may take longer; a busy machine is given some room.
const LONGEST: Duration = Duration::from_secs(10);

fn try_all(name: &str) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target");
    let runs = std::env::var("FUZZ_RUNS").map_or(1000, |runs| runs.parse().expect("FUZZ_RUNS is a number"));
    let seeds = seeds(name);
    let changed = (0..runs).map(|number| mutated(&seeds, name, number));
    for (number, bytes) in seeds.iter().cloned().chain(changed).enumerate() {
        let since = Instant::now();
        let tried = std::panic::catch_unwind(|| target(&bytes));
        if tried.is_err() || since.elapsed() > LONGEST {
            let kept = std::env::temp_dir().join(format!("impasto-fuzz-{name}-{number}"));
            std::fs::write(&kept, &bytes).expect("a file");
            panic!("{name}: file {number} panics or takes too long; it is kept as {}", kept.display());
        }
    }
}

macro_rules! targets {
    ($($name:ident),*) => {
        $(#[test] fn $name() { try_all(stringify!($name)); })*

        #[test]
        fn none_is_forgotten() {
            assert_eq!([$(stringify!($name)),*].as_slice(), TARGETS.map(|(name, _)| name));
        }
    };
}

targets!(animations, cache, checkpoints, config, events, jpeg, latents, pictures, recipes, sources, weights);
