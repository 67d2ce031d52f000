//! `impasto train FOLDER` with nothing else: the plan.

use super::studio::{Studio, names};

/// Few settings, so that a step of the test is quick; the rest is planned.
const NARROW: &str = "--set widths=[4,8] --set latent=4";

#[test]
fn a_plan_is_printed_and_nothing_is_written() {
    let studio = Studio::with_flowers();
    let before = names(&studio.path(""));
    let plan = studio.json(&format!("train flowers --plan {NARROW}"));
    let keys: Vec<&String> = plan.as_object().unwrap().keys().collect();
    let expected =
        "pictures machine settings reasons bound step_seconds steps images seconds warnings".split(' ');
    assert_eq!(keys, expected.collect::<Vec<_>>());
    assert_eq!((&plan["pictures"]["count"], &plan["pictures"]["width"]), (&60.into(), &16.into()));
    let settings = &plan["settings"];
    assert_eq!(
        (&settings["recipe"], &settings["size"], &settings["batch"]),
        (&"painter".into(), &16.into(), &16.into())
    );
    assert_eq!((&settings["channels"], &settings["widths"]), (&"rgb".into(), &serde_json::json!([4, 8])));
    assert!(plan["reasons"]["batch"].as_str().unwrap().contains("few pictures"), "{plan}");
    assert!(plan["reasons"].get("widths").is_none(), "it was asked for");
    let text = studio.ok(&format!("train flowers --plan {NARROW} --minutes 90")).out;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(
        lines[0].starts_with("plan: 60 pictures of 16x16 in ") && lines[0].contains("-> 16x16 rgb"),
        "{text}"
    );
    assert!(lines[1].starts_with("why:  ") && lines[2].starts_with("time: 90 minutes"), "{text}");
    assert_eq!(names(&studio.path("")), before);
}

#[test]
fn a_training_of_a_folder_is_planned_and_the_plan_is_written_down() {
    let studio = Studio::with_flowers();
    let said = studio.ok(&format!("train flowers --steps 3 {NARROW}"));
    assert!(said.err.contains("plan: 60 pictures") && said.err.contains("time: "), "{said:?}");
    assert!(said.out.starts_with("runs/0001-flowers-painter-16"), "{said:?}");
    let config = studio.json("info runs/0001-flowers-painter-16")["config"].clone();
    assert_eq!(
        (&config["recipe"], &config["batch"], &config["steps"]),
        (&"painter".into(), &16.into(), &3.into())
    );
    assert!(config["burn_in"].as_f64().unwrap() < 1.0, "80 % of 48 pictures: {config}");
    let said = studio.ok("train --resume runs/0001-flowers-painter-16 --steps 4");
    assert!(!said.err.contains("plan: "), "a resumed training is not planned again: {said:?}");
    let said = studio.ok("train --config runs/0001-flowers-painter-16/config.toml --steps 2 --out again");
    assert!(!said.err.contains("plan: "), "{said:?}");
    assert_eq!(studio.json("info again")["config"]["burn_in"], config["burn_in"]);
}

#[test]
fn a_named_recipe_is_not_planned() {
    let studio = Studio::with_flowers();
    for (line, answer) in [
        ("train flowers --plan --recipe vae", "--recipe"),
        ("train flowers --plan --from run", "--from"),
        ("train flowers --plan --set recipe=vae", "nothing is planned"),
        ("train flowers --plan --size 7", "from 8"),
        ("train flowers --plan --preset huge", "it has: small, tiny, base"),
        ("train --plan", "impasto train FOLDER"),
    ] {
        let error = studio.fails(line, 2);
        assert!(error.contains(answer), "{line}: {error}");
    }
    assert!(studio.fails("train nowhere --plan", 1).contains("nowhere"));
}
