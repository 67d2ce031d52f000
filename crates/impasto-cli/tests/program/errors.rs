//! What goes wrong is told in a sentence: what, where, and what to do.

use std::fs;

use super::studio::{Studio, TINY_DCGAN};

#[test]
fn what_is_unknown_is_answered_with_what_is_known() {
    let studio = Studio::with_flowers();
    for (line, answer) in [
        ("train flowers --set latnt=3", "did you mean \"latent\""),
        ("train flowers --recipe dcgna", "dcgan, mlp-gan, vae"),
        ("train flowers --recipe dcgan --preset huge", "tutorial, classic"),
        ("train flowers --size 7", "from 8"),
        ("train flowers --recipe dcgan --size 30", "multiple of 4"),
        ("train flowers --channels cmyk", "grey, rgb"),
        ("train flowers --background red", "hexadecimal"),
        ("train flowers --minutes 0", "a number above 0"),
        ("train flowers --device abacus", "auto, cpu"),
        ("train", "impasto train FOLDER"),
        ("data synth flower out", "`flowers`"),
        ("data synth flowers out --size 4", "8 to 1024"),
        ("data get minst out", "`mnist`"),
        ("sample", "<RUN>"),
        ("train flowers --seed -1", "-1 is not in 0.."),
        ("sample flowers --like a.png --seed 3", "--seed"),
    ] {
        let error = studio.fails(line, 2);
        assert!(error.contains(answer), "{line}: {error}");
    }
    assert!(!studio.path("runs").exists(), "nothing was begun");
}

#[test]
fn what_is_missing_is_named() {
    let studio = Studio::with_flowers();
    fs::create_dir(studio.path("empty")).unwrap();
    fs::write(studio.path("note.txt"), "no picture").unwrap();
    for (line, answer) in [
        ("train nowhere", "nowhere"),
        ("train empty", "no readable pictures"),
        ("train note.txt", "note.txt"),
        ("train flowers --config nowhere.toml", "nowhere.toml"),
        ("train flowers --device gpu", "--device cpu"),
        ("train --resume flowers", "not a run folder"),
        ("sample flowers", "not a run folder"),
        ("data check nowhere", "nowhere"),
    ] {
        let error = studio.fails(line, 1);
        assert!(error.contains(answer), "{line}: {error}");
    }
}

#[test]
fn a_run_is_never_trained_over() {
    let studio = Studio::with_run(TINY_DCGAN);
    let error = studio.fails("train flowers --out run", 1);
    assert!(error.contains("--resume run"), "{error}");
    let error = studio.fails("train flowers --out flowers", 1);
    assert!(error.contains("already holds files"), "{error}");
}

#[test]
fn settings_that_cannot_be_used_are_named_by_their_file() {
    let studio = Studio::with_run(TINY_DCGAN);
    let whole = String::from_utf8(studio.bytes("run/config.toml")).unwrap();
    let unknown = whole.replace("\"dcgan\"", "\"mural\"");
    for (settings, answer) in [("", "missing field"), ("recipe = ", "TOML"), (&unknown, "mural")] {
        fs::write(studio.path("run/config.toml"), settings).unwrap();
        let error = studio.fails("sample run --out to", 1);
        assert!(error.contains("run/config.toml") && error.contains(answer), "{error}");
    }
    assert!(!studio.path("to").exists());
}

#[test]
fn other_pictures_are_not_gone_on_with() {
    let studio = Studio::with_run(TINY_DCGAN);
    fs::remove_file(studio.path("flowers/rose/00003.png")).unwrap();
    let error = studio.fails("train --resume run --steps 30", 1);
    assert!(error.contains("not those that"), "{error}");
}

#[test]
fn a_training_that_blows_up_stops_and_names_the_last_good_checkpoint() {
    let studio = Studio::with_flowers();
    let wild = "--set loss=least-squares --set optimiser=sgd --set rate=0.99 --set critic_rate=0.99";
    let line = format!("train flowers --out run --steps 500 --checkpoint-every 1 {TINY_DCGAN} {wild}");
    let error = studio.fails(&line, 1);
    assert!(error.contains("blown up") && error.contains("run/checkpoints/0000"), "{error}");
    assert!(error.contains("lower rate"), "{error}");
    let info = studio.json("info run");
    assert_eq!((&info["state"], &info["alarms"][0]["kind"]), (&"diverged".into(), &"divergence".into()));
    studio.ok("sample run --count 1");
}
