//! A training that was cut off goes on as if nothing had happened.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::studio::{Studio, TINY_DCGAN, TINY_VAE, names};

const STEPS: u64 = 1000;

/// Two trainings of the same settings, one of which will be cut off.
fn train_line(settings: &str, out: &str) -> String {
    line_of(STEPS, settings, out)
}

/// The same with as many steps as it takes to be met by the kills.
fn line_of(steps: u64, settings: &str, out: &str) -> String {
    let (sample, save) = (steps / 20, steps / 40);
    format!(
        "train flowers --out {out} --steps {steps} --sample-every {sample} --checkpoint-every {save} {settings}"
    )
}

/// Everything that the two have in common by the end, byte for byte.
fn assert_equal(studio: &Studio, one: &str, other: &str) {
    let (last, same) = (studio.checkpoints(one).pop().unwrap(), studio.checkpoints(other).pop().unwrap());
    assert_eq!(last, same);
    for file in ["weights.safetensors", "state.safetensors"] {
        let [a, b] = [one, other].map(|run| studio.bytes(&format!("{run}/checkpoints/{last}/{file}")));
        assert!(a == b, "{file} differs");
    }
    let sheets = names(&studio.path(one).join("samples"));
    assert!(sheets.len() >= 12, "{sheets:?}");
    for sheet in &sheets {
        let [a, b] = [one, other].map(|run| studio.bytes(&format!("{run}/samples/{sheet}")));
        assert!(a == b, "{sheet} differs");
    }
}

fn survives_kills(steps: u64, settings: &str) {
    let studio = Studio::with_flowers();
    studio.ok(&line_of(steps, settings, "whole"));
    let mut line = line_of(steps, settings, "cut");
    let mut kills = 0;
    for milliseconds in [0, 37, 90, 151, 222, 400] {
        let mut child = studio.start(&line);
        studio.wait_for_checkpoint("cut");
        sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        kills += usize::from(child.wait().unwrap().code().is_none());
        line = "train --resume cut".to_owned();
    }
    assert!(kills >= 3, "only {kills} of the kills met a training");
    studio.ok(&line);
    assert_equal(&studio, "whole", "cut");
    let left = names(&studio.path("cut/checkpoints"));
    assert!(left.iter().all(|name| name.ends_with('k') || name == "best.json"), "{left:?}");
}

#[test]
fn a_dcgan_survives_kills_at_any_moment() {
    survives_kills(STEPS, TINY_DCGAN);
}

#[test]
fn a_vae_survives_kills_at_any_moment() {
    survives_kills(STEPS, TINY_VAE);
}

#[test]
fn a_training_under_treatment_survives_kills_at_any_moment() {
    let settings =
        "--recipe mlp-gan --size 16 --batch 8 --set rate=1e-6 --set critic_rate=2e-3 --auto-remedy";
    survives_kills(6 * STEPS, settings);
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_says_how_to_go_on_and_changes_nothing() {
    let studio = Studio::with_flowers();
    studio.ok(&train_line(TINY_DCGAN, "whole"));
    let mut command = studio.command(&train_line(TINY_DCGAN, "cut"));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    studio.wait_for_checkpoint("cut");
    // The shell has its own `kill`; the program of that name is not on every machine.
    let signalled = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(signalled.success());
    let output = child.wait_with_output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(err.contains("Ctrl-C once more"), "{err}");
    assert!(out.contains("stopped after"), "{out}");
    assert!(out.contains(&format!("impasto train --resume cut --steps {STEPS}")), "{out}");
    assert!(studio.json("info cut")["steps"].as_u64().unwrap() < STEPS);
    let summary = studio.json(&format!("train --resume cut --steps {STEPS}"));
    assert_eq!((&summary["steps"], &summary["interrupted"]), (&STEPS.into(), &false.into()));
    assert_equal(&studio, "whole", "cut");
}

#[test]
fn a_new_limit_takes_the_place_of_the_old_one() {
    let studio = Studio::with_run(TINY_DCGAN);
    let said = studio.ok("train --resume run");
    assert!(said.err.contains("its limit was reached before"), "{said:?}");
    assert_eq!(studio.json("train --resume run --steps 30")["steps"], 30);
    assert_eq!(studio.json("train --resume run --images 320")["steps"], 40);
    let error = studio.fails("train --resume run --size 32", 2);
    assert!(error.contains("--size can't go with --resume") && error.contains("--config"), "{error}");
    studio.ok("train --config run/config.toml --steps 10 --out shorter");
    assert_eq!(studio.json("info shorter")["steps"], 10);
}

#[test]
fn an_older_checkpoint_serves_when_the_newest_is_damaged() {
    let studio = Studio::with_run(TINY_DCGAN);
    let new = studio.checkpoints("run").pop().unwrap();
    truncate(&studio, &new);
    let said = studio.ok("train --resume run --steps 30");
    assert!(said.err.contains("warning: ") && said.err.contains(&new), "{said:?}");
    assert!(said.err.contains("from step 10"), "{said:?}");
    for name in studio.checkpoints("run") {
        truncate(&studio, &name);
    }
    let error = studio.fails("train --resume run --steps 40", 1);
    assert!(error.contains("no checkpoint that reads back whole") && error.contains("--config"), "{error}");
    assert!(studio.fails("sample run", 1).contains("no checkpoint"), "painting says so too");
}

fn truncate(studio: &Studio, checkpoint: &str) {
    let path = studio.path(&format!("run/checkpoints/{checkpoint}/weights.safetensors"));
    let length = path.metadata().unwrap().len();
    std::fs::File::options().write(true).open(path).unwrap().set_len(length / 2).unwrap();
}
