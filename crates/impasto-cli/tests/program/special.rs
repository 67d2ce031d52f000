//! Named pipes, devices, folders and links to themselves in the place of every file that a verb reads: nothing waits for
//! them, and what can't be used is named.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::studio::{Said, Studio, TINY_DCGAN};

/// Command lines with `@` in the place of a file.
const LINES: [&str; 37] = [
    "info @",
    "data check @",
    "data get mnist got --from @",
    "data pairs @ flowers got",
    "data pairs flowers @ got",
    "data stack @ got --count 2",
    "train @ --out got --steps 1",
    "train @ --out got --steps 1 --recipe dcgan --size 16",
    "train flowers --config @ --out got",
    "train flowers --from @ --out got --steps 1 --recipe dcgan --size 16",
    "train flowers --out got --steps 1 --recipe fast-style --set style=@ --size 16",
    "train --resume @",
    "tune @ --steps 60 --trials 2 --out got",
    "sample @ --out got",
    "sample run --latent @ --out got",
    "sample run --like @ --out got",
    "walk @ --out got.gif",
    "walk run --through @,@ --out got.gif",
    "directions @",
    "invert @ --run run --out got",
    "invert one.png --run @ --out got",
    "vary @ --out got",
    "vary one.png @ --out got",
    "vary one.png --run @ --out got",
    "style @ one.png --out got.png",
    "style one.png @ --out got.png",
    "style one.png one.png --mask @ --out got.png",
    "translate @ --run run --out got",
    "repair @ --box 1,1,4,4 --out got.png",
    "repair one.png --mask @ --out got.png",
    "enlarge @ --out got.png",
    "augment @ --out got --count 2",
    "augment run --out got --count 2 --with @",
    "judge @ --against flowers",
    "judge flowers --against @",
    "compare @",
    "weights add inception @",
];

/// Ones that read a run, of which a file is something else.
const OF_A_RUN: [&str; 8] = [
    "info run",
    "runs .",
    "compare run",
    "sample run --count 1 --out got --force",
    "walk run --frames 2 --keys 2 --out got.gif --force",
    "directions run --count 1",
    "judge run --against flowers --count 8",
    "train --resume run --steps 20",
];

const KINDS: [&str; 4] = ["a named pipe", "a device", "a folder", "a link to itself"];
const LONGEST: Duration = Duration::from_secs(60);

/// Puts something of this kind there.
fn make(kind: &str, path: &Path) {
    match kind {
        "a named pipe" => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        "a device" => symlink("/dev/zero", path).unwrap(),
        "a folder" => fs::create_dir(path).unwrap(),
        _ => symlink(path, path).unwrap(),
    }
}

fn remove(path: &Path) {
    let about = path.symlink_metadata().unwrap();
    if about.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
}

/// Runs a command line, which must end by itself in good time.
fn ends(studio: &Studio, line: &str) -> Said {
    let mut child = studio.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if since.elapsed() > LONGEST {
            let _ = child.kill();
            panic!("{line}: it never ends");
        }
        sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let said = Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
    assert!(matches!(said.code, Some(0..=2)) && !said.err.contains("panicked"), "{line}: {said:?}");
    said
}

#[test]
fn nothing_waits_for_what_is_no_file() {
    let studio = Studio::with_run(TINY_DCGAN);
    fs::copy(&impasto_data::pictures_in(&studio.path("flowers")).unwrap()[0], studio.path("one.png"))
        .unwrap();
    for kind in KINDS {
        make(kind, &studio.path("special.png"));
        for line in LINES {
            let said = ends(&studio, &line.replace('@', "special.png"));
            let of = format!("{line} with {kind}: {said:?}");
            assert!(said.code != Some(0) && said.err.contains("error: "), "{of}");
            let is_missed = said.err.contains("there is nothing at") && kind != "a link to itself";
            assert!(!is_missed, "{of}");
            assert!(!studio.path("got").exists() && !studio.path("got.png").exists(), "{of}");
        }
        remove(&studio.path("special.png"));
    }
}

#[test]
fn nothing_waits_for_what_is_no_file_in_a_run() {
    let studio = Studio::with_run(TINY_DCGAN);
    studio.ok("directions run --count 1");
    let last = format!("checkpoints/{}", studio.checkpoints("run").pop().unwrap());
    let inside = |name: &str| format!("{last}/{name}");
    let files = [
        "run.json".to_owned(),
        "config.toml".to_owned(),
        "events.jsonl".to_owned(),
        "run.lock".to_owned(),
        "directions.json".to_owned(),
        "checkpoints/best.json".to_owned(),
        inside("weights.safetensors"),
        inside("state.safetensors"),
        inside("state.json"),
    ];
    for name in files {
        let (path, kept) = (studio.path("run").join(&name), studio.path("kept"));
        let was_there = fs::rename(&path, &kept).is_ok();
        for kind in KINDS {
            make(kind, &path);
            for line in OF_A_RUN {
                let said = ends(&studio, line);
                let reads_it = line != "runs ." && name == "run.json";
                assert!(said.code != Some(0) || !reads_it, "{line} with {kind} as {name}: {said:?}");
            }
            remove(&path);
        }
        if was_there {
            fs::rename(&kept, &path).unwrap();
        }
    }
    studio.ok("info run");
}
