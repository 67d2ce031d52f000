//! `impasto tune`.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::studio::Studio;

/// Three trials of a narrow net: two rungs, 60 steps in all.
const LINE: &str =
    "tune flowers --steps 60 --trials 3 --out tuned --recipe dcgan --size 16 --batch 8 --set width=4";

#[test]
fn a_tuning_that_was_killed_goes_on_and_ends_with_a_config() {
    let studio = Studio::with_flowers();
    let line = LINE.replace("--steps 60", "--steps 600");
    for milliseconds in [0, 300, 700] {
        let mut child = studio.start(&line);
        let since = Instant::now();
        while !studio.path("tuned/trial-00/run.json").exists() {
            assert!(since.elapsed() < Duration::from_secs(120), "no trial begins");
            sleep(Duration::from_millis(5));
        }
        sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let told = studio.json(&line);
    assert_eq!((&told["finished"], &told["config"]), (&true.into(), &"tuned/config.toml".into()), "{told}");
    let trials = told["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 3);
    assert!(
        trials.iter().all(|trial| trial["score"].is_f64() && trial["rungs"].as_u64() >= Some(1)),
        "{told}"
    );
    let best = &trials[told["best"].as_u64().unwrap() as usize];
    assert_eq!((&best["rungs"], &best["steps"]), (&2.into(), &360.into()), "{told}");
    assert_eq!(trials.iter().filter(|trial| trial["steps"] == 120).count(), 2, "{told}");
    assert_eq!(trials[0]["settings"], serde_json::json!({}), "the first one is as planned");
    assert_eq!(studio.json(&line), told, "when it is done there is nothing to do");
    let said = studio.ok("train --config tuned/config.toml --steps 2 --out run");
    assert!(!said.err.contains("plan: "), "{said:?}");
    let config = studio.json("info run")["config"].clone();
    for (key, value) in best["settings"].as_object().unwrap() {
        assert_eq!(&config[key], value);
    }
}

#[test]
fn a_tuning_is_told_as_a_table_and_belongs_to_its_command() {
    let studio = Studio::with_flowers();
    let said = studio.ok(LINE);
    assert!(said.err.contains("rung 1 of 2, trial 3 of 3 (") && said.err.contains("score "), "{said:?}");
    assert!(said.out.starts_with("trial  rungs  steps") && said.out.lines().count() >= 8, "{said:?}");
    assert!(said.out.contains("impasto train --config tuned/config.toml"), "{said:?}");
    let error = studio.fails(&LINE.replace("60", "70"), 2);
    assert!(error.contains("steps was 60 and is 70") && error.contains("--out"), "{error}");
    fs::create_dir(studio.path("full")).unwrap();
    fs::write(studio.path("full/mine.txt"), "mine").unwrap();
    let error = studio.fails(&LINE.replace("tuned", "full"), 1);
    assert!(error.contains("holds other files"), "{error}");
    assert!(studio.fails("tune flowers", 2).contains("--minutes"));
}

#[test]
fn a_trial_that_the_recipe_refuses_is_given_up_and_the_others_go_on() {
    let studio = Studio::with_flowers();
    let told = studio.json(
        "tune flowers --steps 6 --trials 3 --size 8 --recipe mlp-gan --batch 4 --set rate=0.6 --set critic_rate=0.6 --out tuned",
    );
    assert_eq!(told["finished"], true, "{told}");
    let why = |trial: &serde_json::Value| trial["failed"].as_str().unwrap_or_default().to_owned();
    let failed: Vec<String> = told["trials"].as_array().unwrap().iter().map(why).collect();
    assert!(failed[0].is_empty() && failed.iter().any(|why| why.contains("rate is 1.2")), "{told}");
}

#[test]
fn a_tuning_goes_on_where_a_power_cut_took_what_a_trial_said_last() {
    let studio = Studio::with_flowers();
    let told = studio.json(LINE);
    fs::remove_file(studio.path("tuned/trial-00/events.jsonl")).unwrap();
    let again = studio.json(LINE);
    assert_eq!((&again["finished"], &again["best"]), (&true.into(), &told["best"]), "{again}");
}
