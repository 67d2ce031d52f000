//! `impasto augment`: a labelled set that other verbs read.

use impasto::picture::read_recipe;
use serde_json::Value;

use super::studio::{Studio, TINY_DCGAN, names};

#[test]
fn classes_are_painted_alike_and_other_verbs_read_them() {
    let studio = Studio::with_run(&format!("--conditional {TINY_DCGAN}"));
    let set = studio.json("augment run --out set --count 14 --seed 5");
    assert_eq!((&set["pictures"], &set["ended"], &set["asked"]), (&14.into(), &"done".into(), &14.into()));
    let check = studio.json("data check set");
    let of_class: Vec<u64> =
        check["classes"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).collect();
    assert_eq!((of_class, &check["pictures"]), (vec![3, 3, 2, 2, 2, 2], &14.into()));

    let note: Value = serde_json::from_slice(&studio.bytes("set/augment.json")).unwrap();
    assert_eq!((&note["checkpoint"], &note["refused"]), (&set["checkpoint"], &set["refused"]));
    assert_eq!((&note["compared"]["pictures"], note["compared"]["threshold"].is_f64()), (&60.into(), true));
    // A seed is the picture that `sample` paints of it.
    let file = note["files"][0].as_str().unwrap();
    let recipe = read_recipe(&studio.path(&format!("set/{file}"))).unwrap();
    assert!(file.starts_with(&format!("{}/", recipe.class.unwrap())), "{file}");
    studio.ok(&format!("sample run --count 1 --seed {} --out one.png", recipe.seed));
    assert!(studio.bytes("one.png") == studio.bytes(&format!("set/{file}")));

    // The set goes on where it ended, is judged, and is learned.
    let more =
        studio.json(&format!("augment run --out more --count 3 --per-class --seed {}", set["next_seed"]));
    assert_eq!(more["pictures"], 18);
    studio.json("judge more --against flowers");
    studio.ok(&format!("train more --out learned --steps 2 --conditional {TINY_DCGAN}"));
}

#[test]
fn real_pictures_come_along_and_nothing_is_overwritten_without_force() {
    let studio = Studio::with_run(&format!("--conditional {TINY_DCGAN}"));
    let set = studio.json("augment run --out both --count 6 --with flowers");
    assert_eq!((&set["pictures"], &set["real"]), (&6.into(), &60.into()));
    let rose = names(&studio.path("both/rose"));
    assert!(rose.len() == 11 && rose[10].starts_with("real-"), "{rose:?}");
    assert_eq!(studio.json("data check both")["pictures"], 66);

    assert!(studio.fails("augment run --out both --count 6", 1).contains("--force"));
    std::fs::write(studio.path("both/rose/mine.txt"), "dear").unwrap();
    let error = studio.fails("augment run --out both --count 6 --force", 1);
    assert!(error.contains("not empty"), "{error}");
    assert_eq!(
        (studio.bytes("both/rose/mine.txt"), studio.json("data check both")["pictures"].clone()),
        (b"dear".to_vec(), 66.into())
    );
    std::fs::remove_dir_all(studio.path("both")).unwrap();
    studio.ok("augment run --out both --count 12");
    studio.ok("augment run --out both --count 6 --force");
    assert_eq!(studio.json("data check both")["pictures"], 6);
    assert!(studio.fails("augment run --out flowers --count 6 --force", 1).contains("not empty"));
    assert!(studio.fails("augment run --out new --count 6 --with flowers/rose", 2).contains("no labels"));
    assert!(!studio.path("new").exists());
}

#[test]
fn without_classes_there_are_no_labels_and_without_its_pictures_a_run_is_not_painted_from() {
    let studio = Studio::with_run(TINY_DCGAN);
    let said = studio.ok("augment run --out plain --count 5");
    assert!(said.err.contains("no labels") && said.out.contains("5 pictures"), "{said:?}");
    let check = studio.json("data check plain");
    assert_eq!((&check["pictures"], check["classes"].as_object().map(|all| all.len())), (&5.into(), Some(0)));
    std::fs::remove_file(studio.path("flowers/rose/00003.png")).unwrap();
    let said = studio.ok("augment run --out changed --count 5");
    assert!(said.err.contains("not those that the run was trained on"), "{said:?}");
    std::fs::rename(studio.path("flowers"), studio.path("elsewhere")).unwrap();
    let error = studio.fails("augment run --out other --count 5", 1);
    assert!(error.contains("was trained on cannot be opened"), "{error}");
}
