//! `impasto compare`.

use std::fs;

use super::studio::{Studio, TINY_DCGAN, TINY_VAE};

/// A GAN and a VAE of the same flowers.
fn two() -> Studio {
    let studio = Studio::with_flowers();
    studio.ok(&format!("train flowers --out gan --steps 20 --sample-every 5 {TINY_DCGAN}"));
    studio.ok(&format!("train flowers --out vae --steps 30 --seed 2 {TINY_VAE}"));
    studio
}

#[test]
fn runs_of_different_recipes_stand_side_by_side() {
    let studio = two();
    let text = studio.ok("compare gan vae").out;
    let line = |start: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(start)).unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(line("recipe"), ["recipe", "dcgan", "vae"]);
    assert_eq!(line("steps"), ["steps", "20", "30"]);
    assert_eq!(line("seed"), ["seed", "1", "2"]);
    assert_eq!((line("critic").last().unwrap().as_str(), line("elbo")[1].as_str()), ("-", "-"));
    assert!(
        !text.lines().any(|line| line.trim_start().starts_with("size ")),
        "equal settings are not told: {text}"
    );

    let value = studio.json("compare gan vae");
    assert_eq!(value["settings"]["recipe"], serde_json::json!(["dcgan", "vae"]));
    let curves = &value["runs"][0]["curves"];
    assert_eq!(curves["measures"]["diversity"].as_array().unwrap().len(), 4, "{value}");
    assert_eq!(curves["measured_images"], serde_json::json!([40, 80, 120, 160]));
    assert_eq!(value["page"], serde_json::Value::Null);
}

#[test]
fn the_page_holds_all_and_overwrites_nothing() {
    let studio = two();
    studio.ok("compare gan vae --out pages/both.html");
    let html = String::from_utf8(studio.bytes("pages/both.html")).unwrap();
    assert_eq!(html.matches("data:image/png;base64,").count(), 3, "two sheets, and the real pictures once");
    for part in
        ["Settings that differ", "generator_gradient", "elbo", "diversity", "seconds of training", "dcgan"]
    {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("http") && !html.contains("<script"));
    assert!(studio.fails("compare gan --out pages/both.html", 1).contains("--force"));
    assert_eq!(studio.bytes("pages/both.html"), html.as_bytes());
    studio.ok("compare gan --out pages/both.html --force");
}

#[test]
fn a_run_with_parts_missing_is_compared_as_it_is() {
    let studio = two();
    fs::remove_dir_all(studio.path("gan/samples")).unwrap();
    fs::remove_file(studio.path("gan/reals.png")).unwrap();
    fs::write(studio.path("vae/reals.png"), b"torn").unwrap();
    let mut events = studio.bytes("vae/events.jsonl");
    events.truncate(events.len() - 10);
    fs::write(studio.path("vae/events.jsonl"), events).unwrap();
    let value = studio.json("compare gan vae gan --out page.html");
    assert_eq!(
        (&value["runs"][0]["sheet"], &value["runs"][1]["state"]),
        (&serde_json::Value::Null, &"unfinished".into())
    );
    let html = String::from_utf8(studio.bytes("page.html")).unwrap();
    assert_eq!(html.matches("data:image/png;base64,").count(), 1, "the one sheet that is left");
    fs::remove_file(studio.path("gan/events.jsonl")).unwrap();
    assert_eq!(studio.json("compare gan")["runs"][0]["steps"], 0);
}

#[test]
fn what_is_no_run_is_named() {
    let studio = Studio::with_flowers();
    assert!(studio.fails("compare flowers", 1).contains("not a run folder"));
    assert!(studio.fails("compare", 2).contains("<RUN>"));
}
