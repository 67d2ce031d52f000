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
    assert!(table.contains("one  dcgan   finished") && table.lines().count() == 5, "{table}");
    assert_eq!((&runs[0]["state"], &runs[0]["alarms"]), (&"finished".into(), &serde_json::json!([])));
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
    let text = studio.ok("recipes dcgan").out;
    assert!(text.contains("classic") && text.contains("dropout"), "{text}");
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
        "bench",
    ] {
        let help = studio.ok(&format!("{verb} --help")).out;
        assert!(help.contains("impasto ") && help.len() > 300, "{verb}: {help}");
    }
    assert!(studio.ok("--version").out.starts_with("impasto "));
    assert_eq!(studio.run("").code, Some(2));
    assert_eq!(studio.run("painte").code, Some(2));
}

#[test]
fn nobody_listening_is_no_error() {
    let studio = Studio::new();
    let mut child = studio.command("recipes").stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
