//! `--progress json`.

use std::fs;

use impasto::error::ErrorKind;
use impasto_system::{SavedKind, Stage, Unit, WarningKind};
use serde_json::Value;

use super::studio::Studio;

fn events(err: &str) -> Vec<Value> {
    err.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no event: {line}")))
        .collect()
}

#[test]
fn everything_on_standard_error_is_an_event() {
    let studio = Studio::with_flowers();
    let said = studio.ok("enlarge flowers --out large --json --progress json");
    let heard = events(&said.err);
    let progress: Vec<&Value> = heard.iter().filter(|event| event["event"] == "progress").collect();
    assert!(!progress.is_empty(), "{}", said.err);
    for event in &progress {
        assert_eq!((&event["stage"], &event["unit"]), (&"enlarging".into(), &"pictures".into()), "{event}");
        assert!(event["done"].as_f64() <= event["total"].as_f64(), "{event}");
        assert!(event["figures"].is_object(), "{event}");
    }
    assert!(said.out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{}", said.out);
    let quiet = studio.ok("enlarge flowers --out again --progress json --quiet");
    assert_eq!(quiet.err, "");
}

#[test]
fn an_error_is_the_last_event() {
    let studio = Studio::new();
    let said = studio.run("train nothing --out run --progress json");
    assert_eq!(said.code, Some(1));
    let heard = events(&said.err);
    let last = heard.last().unwrap();
    assert_eq!(last["event"], "error", "{heard:?}");
    assert!(last["text"].as_str().unwrap().contains("there is nothing at"), "{last}");
    assert_eq!((&last["kind"], said.out.as_str()), (&"missing".into(), ""), "{last}");
}

#[test]
fn an_error_is_the_json_result_and_names_the_command_that_mends_it() {
    let studio = Studio::with_flowers();
    fs::copy(studio.path("flowers/rose/00003.png"), studio.path("one.png")).unwrap();
    studio.ok("enlarge one.png --out a.png");
    let said = studio.run("enlarge one.png --out a.png --json");
    assert_eq!(said.code, Some(1));
    let error = &serde_json::from_str::<Value>(&said.out).unwrap()["error"];
    assert_eq!(
        (&error["kind"], &error["hints"][0]["command"]),
        (&"refused".into(), &"--force".into()),
        "{error}"
    );
    assert!(said.err.ends_with("  to overwrite it: --force\n"), "{}", said.err);
    let said = studio.run("train flowers --set latnt=3 --json");
    let error = &serde_json::from_str::<Value>(&said.out).unwrap()["error"];
    assert_eq!((said.code, &error["kind"]), (Some(2), &"usage".into()), "{error}");
    assert_eq!(error["hints"][0]["command"], "impasto recipes NAME", "{error}");
}

#[test]
fn steps_of_a_training_are_events_with_figures() {
    let studio = Studio::with_flowers();
    let said =
        studio.ok("train flowers --out run --recipe vae --size 16 --batch 8 --steps 300 --progress json");
    let heard = events(&said.err);
    let steps: Vec<&Value> = heard.iter().filter(|event| event["stage"] == "training").collect();
    let last = steps.last().unwrap_or_else(|| panic!("no step: {}", said.err));
    let figures = &last["figures"];
    assert!(figures["step"].as_f64() > Some(0.0) && figures["images_per_second"].is_number(), "{last}");
    assert!(figures.as_object().unwrap().len() > 3, "losses: {last}");
}

#[test]
fn the_documentation_names_every_stage_unit_and_kind() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md")).unwrap();
    let names = Stage::ALL.map(Stage::name).into_iter().chain(Unit::ALL.map(Unit::name));
    let saved = SavedKind::ALL.map(SavedKind::name);
    let kinds = WarningKind::ALL
        .map(WarningKind::name)
        .into_iter()
        .chain(ErrorKind::ALL.map(ErrorKind::name))
        .chain(saved);
    for name in names.chain(kinds) {
        assert!(page.contains(&format!("`{name}`")), "`{name}` is not in docs/json.md");
    }
}
