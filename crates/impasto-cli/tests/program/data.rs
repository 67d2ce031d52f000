//! `impasto data`, and training on what is not all good.

use std::fs;

use super::studio::{Studio, TINY_DCGAN};

#[test]
fn the_same_seed_draws_the_same_bytes() {
    let studio = Studio::new();
    for (out, seed) in [("a", 3), ("b", 3), ("c", 4)] {
        let drawn = studio.json(&format!("data synth glyphs {out} --count 30 --size 16 --seed {seed}"));
        assert_eq!(drawn["pictures"], 30);
    }
    let check = |set| studio.json(&format!("data check {set}"))["fingerprint"].clone();
    assert_eq!(check("a"), check("b"));
    assert_ne!(check("a"), check("c"));
    assert!(studio.fails("data synth glyphs a", 1).contains("not empty"));
}

/// 200 good pictures and 200 bad files of four kinds.
fn mixed(studio: &Studio) {
    studio.ok("data synth flowers mixed --count 200 --size 16");
    let whole = studio.bytes("mixed/rose/00003.png");
    fs::create_dir(studio.path("mixed/bad")).unwrap();
    for number in 0..200 {
        let bytes = match number % 4 {
            0 => Vec::new(),
            1 => whole[..whole.len() / 2].to_vec(),
            2 => b"this is no picture at all".to_vec(),
            _ => b"\xff\xd8\xff\xe0 nearly a JPEG".to_vec(),
        };
        fs::write(studio.path(&format!("mixed/bad/{number:03}.png")), bytes).unwrap();
    }
}

#[test]
fn two_hundred_bad_files_are_named_and_stop_nothing() {
    let studio = Studio::new();
    mixed(&studio);
    let report = studio.json("data check mixed");
    assert_eq!((&report["pictures"], report["bad"].as_array().unwrap().len()), (&200.into(), 200));
    assert!(
        report["bad"].as_array().unwrap().iter().all(|bad| bad["path"].is_string() && bad["why"].is_string())
    );
    assert_eq!(report["sizes"]["16x16"], 200);
    let text = studio.ok("data check mixed").out;
    assert!(text.contains("bad/000.png") && text.contains("bad/199.png") && text.contains('█'), "{text}");

    let line = format!("train mixed --steps 4 {TINY_DCGAN}");
    let said = studio.ok(&format!("{line} --out run"));
    assert!(said.err.contains("200 pictures") && said.err.contains("left out: "), "{said:?}");
    assert!(said.err.contains("bad/000.png") && said.err.contains("`data check` lists"), "{said:?}");
    assert!(!said.err.contains("bad/199.png"), "{said:?}");
    let said = studio.ok(&format!("{line} --out all --verbose"));
    assert!((0..200).all(|number| said.err.contains(&format!("bad/{number:03}.png"))), "{said:?}");
}

#[test]
fn a_folder_without_one_good_picture_fails_after_its_report() {
    let studio = Studio::new();
    fs::create_dir(studio.path("bad")).unwrap();
    fs::write(studio.path("bad/one.png"), "no").unwrap();
    let said = studio.run("data check bad --json");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("\"path\":\"one.png\"") && said.err.contains("error: "), "{said:?}");
}

#[test]
fn pictures_of_other_sizes_are_nearly_the_same_only_where_that_is_asked() {
    let studio = Studio::new();
    for (out, size) in [("large", 96), ("small", 48)] {
        studio.ok(&format!("data synth flowers set/{out} --count 12 --size {size} --seed 3"));
    }
    let report = studio.json("data check set --near");
    let groups = report["near_duplicates"].as_array().unwrap();
    assert_eq!((groups.len(), &report["duplicates"]), (12, &0.into()), "{report}");
    for group in groups {
        let name = |at: usize| group[at].as_str().unwrap().to_owned();
        assert_eq!(name(0).replace("large", "small"), name(1));
    }
    let said = studio.ok("data check set --near").out;
    assert!(said.contains("12 nearly the same as an earlier picture") && said.contains(" ~ "), "{said}");
    assert!(studio.json("data check set").get("near_duplicates").is_none());
    assert!(studio.fails("data check set --near --size 16", 2).contains("--size"));
}
