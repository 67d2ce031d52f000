//! What there is: runs, recipes, data, help.

use super::studio::{Studio, TINY_DCGAN};

#[test]
fn runs_are_listed() {
    let studio = Studio::with_flowers();
    assert!(studio.ok("runs").err.contains("impasto demo"));
    studio.ok(&format!("train flowers --out runs/one --steps 3 {TINY_DCGAN}"));
    studio.ok(&format!("train flowers --out runs/two --steps 4 {TINY_DCGAN}"));
    let runs = studio.json_lines("runs");
    assert_eq!(runs.len(), 2);
    assert_eq!((&runs[1]["name"], &runs[1]["step"]), (&"two".into(), &4.into()));
    let table = studio.ok("runs").out;
    assert!(table.contains("one  dcgan   done") && table.lines().count() == 5, "{table}");
    assert_eq!((&runs[0]["state"], &runs[0]["alarms"]), (&"done".into(), &serde_json::json!([])));
    assert!(studio.fails("runs nowhere", 1).contains("there is no folder nowhere"));
}

#[test]
fn recipes_are_listed_with_presets_and_settings() {
    let studio = Studio::new();
    let recipes = studio.json_lines("recipes");
    let names: Vec<&str> = recipes.iter().filter_map(|recipe| recipe["name"].as_str()).collect();
    assert!(names.contains(&"dcgan") && names.contains(&"vae"), "{names:?}");
    let vae = studio.json("recipes vae");
    assert_eq!(vae["settings"]["components"], 10);
    assert!(vae["presets"].as_array().unwrap().iter().any(|preset| preset["name"] == "textbook"));
    let schema = &vae["schema"]["properties"]["likelihood"];
    assert_eq!(schema["enum"], serde_json::json!(["bernoulli", "gaussian"]), "{schema}");
    let text = studio.ok("recipes dcgan").out;
    assert!(text.contains("classic") && text.contains("dropout = 0.3   (at least 0 and below 1)"), "{text}");
    assert!(text.contains("against learning by heart"), "what it is for: {text}");
    assert!(studio.fails("recipes dcgam", 2).contains("dcgan"));
}

#[test]
fn motifs_and_sets_are_listed() {
    let studio = Studio::new();
    let list = studio.json("data list");
    assert!(list["motifs"].as_array().unwrap().len() >= 4);
    assert!(list["sets"].as_array().unwrap().iter().any(|set| set["name"] == "mnist"));
    assert!(studio.ok("data list").out.contains("flowers"));
}

#[test]
fn every_verb_has_help() {
    let studio = Studio::new();
    for verb in [
        "",
        "demo",
        "data",
        "data synth",
        "data get",
        "data check",
        "data pairs",
        "train",
        "tune",
        "sample",
        "augment",
        "vary",
        "repair",
        "enlarge",
        "translate",
        "walk",
        "directions",
        "invert",
        "style",
        "info",
        "runs",
        "compare",
        "recipes",
        "weights",
        "weights list",
        "weights get",
        "weights add",
        "weights remove",
        "cache",
        "bench",
    ] {
        let help = studio.ok(&format!("{verb} --help")).out;
        assert!(help.contains("impasto ") && help.len() > 300, "{verb}: {help}");
    }
    assert_eq!(studio.ok("-V").out, format!("impasto {}\n", env!("CARGO_PKG_VERSION")));
    let version = studio.ok("--version").out;
    assert!(
        version.starts_with("impasto ") && version.contains("kernels") && version.contains("devices"),
        "{version}"
    );
    assert_eq!(studio.run("").code, Some(2));
    assert_eq!(studio.run("painte").code, Some(2));
}

#[test]
fn what_can_be_made_again_is_shown_and_removed() {
    let studio = Studio::with_flowers();
    let kept = |line: &str| studio.json_lines(line)[0].clone();
    studio.ok(&format!("train flowers --steps 1 {TINY_DCGAN}"));
    let before = kept("cache");
    let bytes = before["parts"][0]["bytes"].as_u64().unwrap();
    assert_eq!((&before["parts"][0]["name"], &before["freed"]), (&"prepared".into(), &0.into()));
    assert!(bytes > 60 * 16 * 16, "{before}");
    let after = kept("cache --clear prepared");
    assert_eq!((&after["freed"], &after["parts"][0]["bytes"]), (&bytes.into(), &0.into()));
    assert!(studio.ok("cache").out.contains("networks that you have added"));
    assert!(studio.fails("cache --clear runs", 2).contains("all, prepared, features, demo"));
    assert!(studio.path("runs").exists() && studio.path("flowers").exists());
}

#[test]
fn a_run_has_a_short_name() {
    let studio = Studio::with_flowers();
    studio.ok(&format!("train flowers --steps 1 {TINY_DCGAN}"));
    let run = studio.json_lines("runs")[0]["name"].as_str().unwrap().to_owned();
    assert!(run.starts_with("0001-"), "{run}");
    studio.ok("sample 1 --count 1 --out a.png --seed 3");
    studio.ok(&format!("sample {run} --count 1 --out b.png --seed 3"));
    assert_eq!(std::fs::read(studio.path("a.png")).unwrap(), std::fs::read(studio.path("b.png")).unwrap());
    assert!(studio.ok("info 1").out.contains("dcgan"));
    // A file or folder that is there is what it says.
    std::fs::copy(studio.path("a.png"), studio.path("1")).unwrap();
    assert!(studio.fails("sample 1 --out c.png", 1).contains('1'));
    let missing = studio.fails("sample 2 --out c.png", 1);
    assert!(missing.contains("`2`") && missing.contains(": impasto runs"), "{missing}");
}

#[test]
fn nobody_listening_is_no_error() {
    let studio = Studio::new();
    let mut child = studio.command("recipes").stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
