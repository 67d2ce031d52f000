//! `impasto train`.

use super::studio::{Studio, TINY_DCGAN, names};

#[test]
fn the_summary_is_one_line_of_json_and_nothing_else() {
    let studio = Studio::with_flowers();
    let line = format!("train flowers --out run --steps 12 {TINY_DCGAN}");
    let summary = studio.json(&line);
    let keys: Vec<&String> = summary.as_object().unwrap().keys().collect();
    let expected = "run recipe steps images seconds step_ms_median images_per_second losses checkpoint best score interrupted";
    assert_eq!(keys, expected.split(' ').collect::<Vec<_>>());
    assert_eq!((&summary["steps"], &summary["images"]), (&12.into(), &96.into()));
    assert_eq!(summary["checkpoint"], "checkpoints/000000.096k");
    assert_eq!((&summary["best"], &summary["score"]), (&summary["checkpoint"], &serde_json::Value::Null));
    assert!(summary["losses"]["generator"].is_f64(), "{summary}");
    assert!(summary["images_per_second"].as_f64().unwrap() > 0.0);
}

#[test]
fn runs_are_numbered_when_no_name_is_given() {
    let studio = Studio::with_flowers();
    for expected in ["runs/0001-flowers-dcgan-16", "runs/0002-flowers-dcgan-16"] {
        let said = studio.ok(&format!("train flowers --steps 2 {TINY_DCGAN}"));
        assert!(said.out.starts_with(expected), "{said:?}");
        assert!(said.out.contains(&format!("impasto sample {expected}")), "{said:?}");
    }
}

#[test]
fn settings_come_from_flags_file_and_set() {
    let studio = Studio::with_flowers();
    let flags = "--channels grey --crop fit --flip --background 102030 --conditional --seed 9 --preset small";
    studio.ok(&format!("train flowers --out run --steps 2 {TINY_DCGAN} {flags}"));
    let config = studio.json("info run")["config"].clone();
    assert_eq!((&config["channels"], &config["crop"]), (&"grey".into(), &"fit".into()));
    assert_eq!(config["background"], serde_json::json!([16, 32, 48]));
    assert_eq!((&config["flip"], &config["conditional"]), (&true.into(), &true.into()));
    assert!(config["data"].as_str().unwrap().starts_with('/'), "{config}");
    studio.ok("train --config run/config.toml --out again --set seed=10");
    let again = studio.json("info again")["config"].clone();
    assert_eq!((&again["seed"], &again["crop"]), (&10.into(), &"fit".into()));
}

#[test]
fn a_packed_set_is_learned_at_its_own_size() {
    let studio = Studio::new();
    let mut idx = vec![0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 12, 0, 0, 0, 12];
    idx.extend((0..20 * 144u32).map(|at| (at * 31) as u8));
    std::fs::create_dir(studio.path("digits")).unwrap();
    std::fs::write(studio.path("digits/train-images-idx3-ubyte"), idx).unwrap();
    let line = "train digits --recipe dcgan --set width=4 --batch 4 --steps 2";
    let said = studio.ok(&format!("{line} --out own"));
    assert!(said.err.contains("12 x 12 grey"), "{said:?}");
    let own = studio.json("info own")["config"].clone();
    assert_eq!((&own["size"], &own["channels"]), (&12.into(), &"grey".into()));
    studio.ok(&format!("{line} --out mine --size 16"));
    assert_eq!(studio.json("info mine")["config"]["channels"], "rgb");
}

#[test]
fn quiet_says_nothing_but_the_result() {
    let studio = Studio::with_flowers();
    let said = studio.ok(&format!("train flowers --out run --steps 4 --quiet {TINY_DCGAN}"));
    assert!(said.err.is_empty() && said.out.contains("done after 4 steps"), "{said:?}");
}

#[test]
fn a_training_starts_from_the_weights_and_settings_of_another_run() {
    let studio = Studio::with_flowers();
    studio.ok(&format!("train flowers --out first --steps 3 {TINY_DCGAN}"));
    let said = studio.ok("train flowers --from first --out second --steps 1 --seed 5");
    assert!(said.err.contains("starts from the weights of") && !said.err.contains("tensors fit"), "{said:?}");
    let [first, second] =
        ["first", "second"].map(|run| studio.json(&format!("info {run}"))["config"].clone());
    for key in ["recipe", "size", "width", "batch"] {
        assert_eq!(first[key], second[key], "{key}");
    }
    assert_eq!((&second["seed"], &second["steps"]), (&5.into(), &1.into()));
    let said = studio.ok("train flowers --from first --out grey --steps 1 --channels grey");
    assert!(said.err.contains("tensors fit; the others"), "{said:?}");
    studio.ok("train --resume second --steps 2");
    let said = studio.fails("train flowers --from first --out third --steps 1 --recipe vae", 1);
    assert!(said.contains("only 0 of the") && said.contains("start from a run of the same recipe"), "{said}");
    let said = studio.fails("train flowers --from nowhere --out fourth --steps 1", 1);
    assert!(said.contains("nowhere"), "{said}");
    let said =
        studio.fails("train flowers --recipe painter --size 16 --set freeze=1 --steps 1 --out fifth", 2);
    assert!(said.contains("start from another run") && !studio.path("fifth").exists(), "{said}");
    let said = studio.fails("train --resume second --from first", 2);
    assert!(said.contains("--from can't go with --resume"), "{said}");
}

#[test]
fn tiles_are_learned_from_windows_and_their_seam_is_measured() {
    let studio = Studio::with_flowers();
    let painter = "--recipe painter --set widths=[4,8] --set latent=4 --batch 4 --size 16";
    studio.ok(&format!("train flowers --out tiles --steps 2 --tileable {painter}"));
    let config = studio.json("info tiles")["config"].clone();
    assert_eq!((&config["tileable"], &config["crop"]), (&true.into(), &"random".into()));
    studio.ok("sample tiles --count 1 --out tile.png");
    assert!(studio.json("info tile.png")["seam"].is_f64());
    assert!(studio.ok("info tile.png").out.contains("times the step between neighbours"));
    let said = studio.fails("train flowers --out other --steps 2 --tileable --recipe vae", 2);
    assert!(said.contains("tileable"), "{said}");
}

#[test]
fn sets_of_one_to_five_pictures_are_learned_and_gone_on_with_and_too_few_to_judge() {
    let studio = Studio::new();
    for count in 1..=5 {
        studio.ok(&format!("data synth flowers set-{count} --count {count} --size 16"));
        let limits = "--steps 3 --checkpoint-every 1";
        let said = studio.ok(&format!("train set-{count} --out run-{count} {limits} {TINY_DCGAN}"));
        assert_eq!(said.err.contains("one picture alone is nothing to judge by"), count == 1, "{said:?}");
        assert_eq!(studio.json(&format!("train --resume run-{count} --steps 4"))["steps"], 4);
        for line in [
            format!("judge set-{count} --against set-{count}"),
            format!("judge run-{count} --against run-{count}"),
            format!("judge run-{count} --against set-{count} --classes"),
            format!("augment run-{count} --count 2 --out synthetic-{count}"),
        ] {
            let said = studio.run(&line);
            assert!(matches!(said.code, Some(1 | 2)) && !said.err.contains("panicked"), "{line}: {said:?}");
        }
        let error = studio.fails(&format!("judge run-{count} --against set-{count}"), 1);
        assert!(error.contains("at least 16"), "{error}");
    }
}

/// Its judge looks however long that takes.
#[test]
fn trials_on_one_or_two_pictures_are_trained_and_those_on_one_get_no_score() {
    let studio = Studio::new();
    for count in [1, 2] {
        studio.ok(&format!("data synth flowers set-{count} --count {count} --size 16"));
        let told =
            studio.json(&format!("tune set-{count} --steps 6 --trials 2 --out tuned-{count} {TINY_DCGAN}"));
        let trials = told["trials"].as_array().unwrap();
        assert!(trials.iter().all(|trial| trial["failed"].is_null()), "{told}");
        assert!(trials.iter().all(|trial| trial["score"].is_null() == (count == 1)), "{told}");
    }
}

#[test]
fn one_picture_is_learned_as_a_tile() {
    let studio = Studio::new();
    studio.ok("data synth flowers one --count 1 --size 40");
    let mut kinds =
        names(&studio.path("one")).into_iter().filter(|name| studio.path("one").join(name).is_dir());
    let kind = format!("one/{}", kinds.next().expect("a class"));
    let path = format!("{kind}/{}", names(&studio.path(&kind))[0]);
    let painter = "--recipe painter --set widths=[4,8] --set latent=4 --batch 4 --size 16";
    studio.ok(&format!("train {path} --out tile --steps 2 --checkpoint-every 1 --tileable {painter}"));
    studio.ok("train --resume tile --steps 3");
    studio.ok("sample tile --count 1 --out tile.png");
}

#[test]
fn a_run_whose_pictures_were_moved_goes_on_with_them_and_with_no_others() {
    let studio = Studio::with_run(TINY_DCGAN);
    std::fs::rename(studio.path("flowers"), studio.path("moved")).unwrap();
    let error = studio.fails("train --resume run --steps 30", 1);
    assert!(error.contains("impasto train FOLDER --resume run"), "{error}");
    studio.ok("data synth flowers others --count 60 --size 16 --seed 9");
    assert!(studio.fails("train others --resume run --steps 30", 1).contains("not those that"));
    studio.ok("train moved --resume run --steps 30");
    studio.ok("train --resume run --steps 31");
}
