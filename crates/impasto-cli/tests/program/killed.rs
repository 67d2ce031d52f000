//! Processes that are killed at random instants lose nothing that was finished, and leave nothing behind once the next one
//! has run. With `SLOW=1` each is killed at 300 instants; without, at a few.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use impasto_random::Random;
use impasto_system::is_temporary;

use super::studio::{Studio, TINY_DCGAN, names};

fn instants() -> u64 {
    if std::env::var_os("SLOW").is_some_and(|slow| slow == "1") { 300 } else { 6 }
}

/// Starts the line, kills it at a random instant of the time that it takes, and says whether it was still running.
fn kill_somewhere(studio: &Studio, line: &str, takes: Duration, number: u64) -> bool {
    let share = Random::new(7, "kill", number).unit();
    let mut child = studio.start(line);
    sleep(takes.mul_f64(share));
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

/// Runs the line and says how long it takes.
fn timed(studio: &Studio, line: &str) -> Duration {
    let since = Instant::now();
    studio.ok(line);
    since.elapsed()
}

fn litter(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let below = |path: PathBuf| {
        let mut found = if path.is_dir() { litter(&path) } else { Vec::new() };
        found.extend(is_temporary(&path).then_some(path));
        found
    };
    entries.flat_map(below).collect()
}

fn assert_no_litter(studio: &Studio) {
    let left = litter(&studio.path(""));
    assert!(left.is_empty(), "{left:?}");
}

fn clear(studio: &Studio, names: &[&str]) {
    names.iter().for_each(|name| drop(fs::remove_dir_all(studio.path(name))));
}

#[test]
fn a_killed_training_ends_as_one_that_was_not() {
    let studio = Studio::with_flowers();
    let line = |out: &str| {
        format!("train flowers --out {out} --steps 60 --checkpoint-every 6 --sample-every 12 {TINY_DCGAN}")
    };
    let takes = timed(&studio, &line("whole"));
    let last = |run: &str| {
        let last = studio.checkpoints(run).pop().unwrap();
        ["weights", "state"].map(|name| studio.bytes(&format!("{run}/checkpoints/{last}/{name}.safetensors")))
    };
    let mut met = 0;
    for number in 0..instants() {
        clear(&studio, &["cut"]);
        met += u64::from(kill_somewhere(&studio, &line("cut"), takes, number));
        let begun = studio.path("cut/run.json").exists();
        studio.ok(&if begun { "train --resume cut".to_owned() } else { line("cut") });
        assert!(last("cut") == last("whole"), "kill {number}");
        assert_eq!(names(&studio.path("cut/samples")), names(&studio.path("whole/samples")), "kill {number}");
        assert_no_litter(&studio);
    }
    assert!(met * 4 >= instants(), "only {met} kills met a training");
}

#[test]
fn a_killed_tuning_ends_as_one_that_was_not() {
    let studio = Studio::with_flowers();
    let line = |out: &str| {
        format!(
            "tune flowers --steps 60 --trials 2 --out {out} --recipe dcgan --size 16 --batch 8 --set width=4"
        )
    };
    let takes = timed(&studio, &line("whole"));
    // All but where it lies and how long it took.
    let trials = |out: &str| {
        let mut trials = studio.json(&line(out))["trials"].clone();
        for trial in trials.as_array_mut().unwrap() {
            trial.as_object_mut().unwrap().retain(|key, _| key != "run" && key != "seconds");
        }
        trials
    };
    let whole = trials("whole");
    let mut met = 0;
    for number in 0..instants() {
        clear(&studio, &["cut"]);
        met += u64::from(kill_somewhere(&studio, &line("cut"), takes, 1000 + number));
        assert_eq!(trials("cut"), whole, "kill {number}");
        assert_no_litter(&studio);
    }
    assert!(met * 4 >= instants(), "only {met} kills met a tuning");
}

#[test]
fn a_killed_drawing_of_a_set_leaves_nothing() {
    let studio = Studio::new();
    let line = "data synth flowers set --count 300 --size 32";
    let takes = timed(&studio, line);
    let mut met = 0;
    for number in 0..instants() {
        clear(&studio, &["set"]);
        met += u64::from(kill_somewhere(&studio, line, takes, 2000 + number));
        if !studio.path("set").exists() {
            studio.ok(line);
        }
        assert_eq!(impasto_data::pictures_in(&studio.path("set")).unwrap().len(), 300, "kill {number}");
        studio.ok("data synth glyphs other --count 1 --size 16");
        clear(&studio, &["other"]);
        assert_no_litter(&studio);
    }
    assert!(met * 4 >= instants(), "only {met} kills met a drawing");
}

#[test]
fn a_killed_preparation_of_pictures_is_made_again() {
    let studio = Studio::new();
    studio.ok("data synth flowers flowers --count 600 --size 48");
    let line = |out: &str| format!("train flowers --out {out} --steps 1 {TINY_DCGAN} --set held_out=0.2");
    let takes = timed(&studio, &line("whole"));
    let weights = |run: &str| {
        let last = studio.checkpoints(run).pop().unwrap();
        studio.bytes(&format!("{run}/checkpoints/{last}/weights.safetensors"))
    };
    let mut met = 0;
    for number in 0..instants() {
        clear(&studio, &["cut", "cache"]);
        met += u64::from(kill_somewhere(&studio, &line("cut"), takes, 3000 + number));
        clear(&studio, &["cut"]);
        studio.ok(&line("cut"));
        assert!(weights("cut") == weights("whole"), "kill {number}");
        assert_no_litter(&studio);
    }
    assert!(met * 4 >= instants(), "only {met} kills met it");
}

/// The package client is a pretended one, which fails in the end.
#[cfg(unix)]
#[test]
fn a_killed_download_leaves_nothing() {
    let studio = Studio::new();
    let program = super::pretend::program(
        &studio.path("npm"),
        // As slow as a net, and with something half-written.
        "printf half > package.tgz; sleep 0.3; echo no such package >&2; exit 1",
    );
    let path =
        format!("{}:{}", Path::new(&program).parent().unwrap().display(), std::env::var("PATH").unwrap());
    for number in 0..instants() {
        let mut child = studio.command("data get mnist set").env("PATH", &path).spawn().unwrap();
        sleep(Duration::from_millis(300).mul_f64(Random::new(7, "download", number).unit()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!studio.path("set").exists());
        // The client itself may still write for a moment.
        sleep(Duration::from_millis(350));
        let said = studio.command("data get mnist set").env("PATH", &path).output().unwrap();
        assert_eq!(said.status.code(), Some(1), "{said:?}");
        assert_no_litter(&studio);
    }
}

/// Told to end, and not killed: it has time to clear away what it began.
#[cfg(unix)]
#[test]
fn what_is_told_to_end_leaves_nothing_and_says_nothing() {
    let studio = Studio::new();
    let line = "data synth flowers set --count 3000 --size 64";
    for (signal, number) in [("TERM", 0), ("INT", 1), ("TERM", 2), ("INT", 3)] {
        let child = studio.command(line).stderr(std::process::Stdio::piped()).spawn().unwrap();
        sleep(Duration::from_millis(150 + 40 * number));
        let kill = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("error"), "{output:?}");
        assert_no_litter(&studio);
        assert!(!studio.path("set").exists());
    }
}
