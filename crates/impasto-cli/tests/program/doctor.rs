//! Alarms and remedies on the real recipes.

use serde_json::Value;

use super::studio::{Studio, TINY_DCGAN, TINY_VAE};

/// Wide enough to play a real game, small enough for a test.
const SMALL_DCGAN: &str = "--recipe dcgan --preset small --set width=8 --size 16 --batch 16";
const SMALL_MLP: &str = "--recipe mlp-gan --size 16 --batch 16";

fn kinds(run: &Value) -> Vec<&str> {
    run["alarms"].as_array().unwrap().iter().filter_map(|alarm| alarm["kind"].as_str()).collect()
}

fn trained(studio: &Studio, steps: u32, settings: &str) -> Value {
    studio.ok(&format!("train flowers --out run --steps {steps} --sample-every 0 {settings}"));
    let run = studio.json("info run");
    std::fs::remove_dir_all(studio.path("run")).unwrap();
    run
}

#[test]
fn normal_trainings_raise_no_alarm() {
    let studio = Studio::with_flowers();
    for settings in [SMALL_DCGAN, SMALL_MLP, TINY_VAE] {
        let run = trained(&studio, 1200, settings);
        assert!(kinds(&run).is_empty(), "{settings}: {}", run["alarms"]);
    }
}

#[test]
fn a_critic_that_learns_much_faster_is_too_strong() {
    let studio = Studio::with_flowers();
    let run = trained(&studio, 800, &format!("{SMALL_MLP} --set rate=1e-6 --set critic_rate=2e-3"));
    assert_eq!(kinds(&run), ["critic too strong"], "{run}");
    let run = trained(
        &studio,
        800,
        &format!("{SMALL_DCGAN} --set rate=1e-6 --set critic_rate=2e-3 --set dropout=0"),
    );
    assert_eq!(kinds(&run), ["critic too strong"], "{run}");
}

#[test]
fn a_critic_that_hardly_learns_is_too_weak() {
    let studio = Studio::with_flowers();
    let run = trained(&studio, 800, &format!("{SMALL_MLP} --set rate=1e-3 --set critic_rate=1e-7"));
    assert_eq!(kinds(&run), ["critic too weak"], "{run}");
}

#[test]
fn remedies_are_applied_told_and_listed() {
    let studio = Studio::with_flowers();
    let line = "train flowers --out run --steps 1300 --sample-every 0 --auto-remedy";
    let said = studio.ok(&format!("{line} {SMALL_MLP} --set rate=1e-6 --set critic_rate=2e-3"));
    assert!(said.err.contains(": critic too strong: ") && said.err.contains("--set critic_rate"), "{said:?}");
    assert!(said.err.contains("remedy for critic too strong: the critic now learns at 1/2"), "{said:?}");
    let run = studio.json("info run");
    assert_eq!(run["remedies"][0]["action"], "the critic now learns at 1/2 of its rate");
    assert_eq!(run["config"]["auto_remedy"], true);
    let listed = format!("remedies:\n  step {}: critic too strong: the critic", run["remedies"][0]["step"]);
    assert!(studio.ok("info run").out.contains(&listed), "{listed}");
    assert!(studio.ok("compare run").out.contains("critic too strong (2)"));
    let error = studio.fails("train --resume run --auto-remedy", 2);
    assert!(error.contains("--auto-remedy can't go with --resume"), "{error}");
}

#[test]
fn a_training_that_blows_up_is_brought_back() {
    let studio = Studio::with_flowers();
    let wild = "--set loss=least-squares --set optimiser=sgd --set rate=0.3 --set critic_rate=0.3";
    let line =
        format!("train flowers --out run --steps 300 --checkpoint-every 5 --auto-remedy {TINY_DCGAN} {wild}");
    let said = studio.run(&line);
    let run = studio.json("info run");
    // Whether an eighth of this rate is slow enough or not: it went back, and says so.
    let remedies = run["remedies"].as_array().unwrap();
    assert!(
        !remedies.is_empty() && remedies[0]["action"].as_str().unwrap().contains("went back to step"),
        "{run}"
    );
    assert!(said.err.contains("remedy for divergence: training has blown up"), "{said:?}");
    if said.code != Some(0) {
        assert!(said.err.contains("error: training has blown up"), "{said:?}");
    }
}
