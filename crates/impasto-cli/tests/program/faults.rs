//! What happens when the disk refuses: of every verb that writes, the n-th operation fails, for every n. Then the result
//! is whole or not there, what was there before is not lost, and nothing unfinished is left.
//!
//! A small library that is loaded before the system's lets operations fail (`faults/shim.c`), so this is for Linux. With
//! `SLOW=1` each operation fails in each way; without, in one of them, and of trainings each fifth does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use impasto_system::is_temporary;

use super::studio::{Said, Studio, TINY_DCGAN};

const OPERATIONS: [&str; 6] = ["open", "write", "fsync", "rename", "link", "mkdir"];
/// No space, an error of the device, an interruption.
const WAYS: [i32; 3] = [28, 5, 4];

/// Every file below some paths, with its bytes.
type Files = BTreeMap<PathBuf, Vec<u8>>;

fn is_slow() -> bool {
    std::env::var_os("SLOW").is_some_and(|slow| slow == "1")
}

/// A studio in which operations can fail.
struct Faulty {
    studio: Studio,
}

/// An operation that fails.
#[derive(Debug, Clone, Copy)]
struct Fault {
    operation: &'static str,
    at: usize,
    way: i32,
}

impl Faulty {
    fn new(studio: Studio) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program/faults/shim.c");
        let shim = studio.path("shim.so");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(source).arg("-ldl");
        assert!(
            compiler.status().unwrap().success(),
            "the C compiler that links Rust's programs builds the shim"
        );
        Self { studio }
    }

    /// Runs a command line with a fault; says too whether there was one.
    fn run(&self, line: &str, fault: Fault) -> (Said, bool) {
        let mark = self.studio.path("fault.mark");
        let _ = fs::remove_file(&mark);
        let mut command = self.studio.command(line);
        command.env("LD_PRELOAD", self.studio.path("shim.so"));
        command.env("FAULT_ROOT", self.studio.path("").canonicalize().unwrap());
        command.env("FAULT_OP", fault.operation).env("FAULT_AT", fault.at.to_string());
        command.env("FAULT_ERRNO", fault.way.to_string()).env("FAULT_MARK", &mark);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let said = Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        assert!(matches!(said.code, Some(0 | 1)), "{line}: {fault:?}: {said:?}");
        assert!(!said.err.contains("panicked"), "{line}: {fault:?}: {said:?}");
        (said, mark.exists())
    }

    fn files(&self, paths: &[&str]) -> Files {
        let mut files = Files::new();
        paths.iter().for_each(|path| collect(&self.studio.path(path), &mut files));
        files
    }

    /// Puts back what was there: these files, and no others, under these paths.
    fn restore(&self, paths: &[&str], files: &Files) {
        for path in paths.iter().map(|path| self.studio.path(path)) {
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
        for (path, bytes) in files {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    fn assert_no_litter(&self, of: &str) {
        let mut all = Files::new();
        collect(&self.studio.path(""), &mut all);
        let litter: Vec<&PathBuf> = all.keys().filter(|path| path.ancestors().any(is_temporary)).collect();
        assert!(litter.is_empty(), "{of}: {litter:?}");
    }

    /// Lets operation after operation fail, until there are no more of them.
    fn each_fault(&self, every: usize, mut test: impl FnMut(Fault) -> bool) -> usize {
        let mut faults = 0;
        for operation in OPERATIONS {
            for at in (1..).step_by(every) {
                let ways = if is_slow() { WAYS.to_vec() } else { vec![WAYS[at / every % WAYS.len()]] };
                let met =
                    ways.into_iter().map(|way| test(Fault { operation, at, way })).fold(false, |a, b| a | b);
                if !met {
                    break;
                }
                faults += 1;
            }
        }
        faults
    }
}

fn collect(path: &Path, files: &mut Files) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| collect(&entry.unwrap().path(), files));
    } else if path.is_file() {
        files.insert(path.to_path_buf(), fs::read(path).unwrap());
    }
}

/// How much of a result must be there together.
#[derive(Clone, Copy, PartialEq)]
enum Result {
    /// All of it, or nothing.
    Whole,
    /// File by file.
    Files,
}

/// Runs the line once as it is, then with each fault, each time with what was there before.
fn survives(faulty: &Faulty, line: &str, paths: &[&str], result: Result) {
    let before = faulty.files(paths);
    faulty.studio.ok(line);
    let after = faulty.files(paths);
    assert_ne!(before, after, "{line} writes something there");
    let faults = faulty.each_fault(1, |fault| {
        faulty.restore(paths, &before);
        let (said, met) = faulty.run(line, fault);
        let now = faulty.files(paths);
        let of = format!("{line}: {fault:?}: {said:?}");
        if said.code == Some(0) {
            assert!(now == after, "{of}: it says that it is done, and it is not");
        }
        let is_one = |path: &PathBuf| now.get(path) == before.get(path) || now.get(path) == after.get(path);
        match result {
            Result::Whole => assert!(now == before || now == after, "{of}: {:?}", now.keys()),
            Result::Files => assert!(before.keys().chain(now.keys()).all(is_one), "{of}: {:?}", now.keys()),
        }
        faulty.assert_no_litter(&of);
        met
    });
    assert!(faults >= 3, "{line}: only {faults} faults");
    faulty.restore(paths, &before);
}

fn with_pictures() -> Faulty {
    let studio = Studio::with_run(TINY_DCGAN);
    studio.ok("data synth flowers few --count 5 --size 16 --seed 3");
    studio.ok("data synth glyphs glyphs --count 20 --size 8");
    for (name, at) in [("one.png", 0), ("two.png", 1)] {
        let drawn = impasto_data::pictures_in(&studio.path("few")).unwrap();
        fs::copy(&drawn[at], studio.path(name)).unwrap();
    }
    Faulty::new(studio)
}

#[test]
fn sets_are_written_wholly_or_not_at_all() {
    let faulty = with_pictures();
    survives(&faulty, "data synth glyphs out --count 3 --size 16", &["out"], Result::Whole);
    survives(&faulty, "data stack glyphs out --count 3", &["out"], Result::Whole);
    survives(&faulty, "data pairs few few out", &["out"], Result::Whole);
}

#[test]
fn paintings_are_written_wholly_or_not_at_all_and_older_ones_are_not_lost() {
    let faulty = with_pictures();
    survives(&faulty, "sample run --count 3 --out out", &["out"], Result::Files);
    for (older, line, path) in [
        (
            "sample run --seed 9 --count 4 --sheet --out out.png",
            "sample run --count 4 --sheet --out out.png --force",
            "out.png",
        ),
        (
            "walk run --seed 9 --frames 3 --keys 2 --out out.gif",
            "walk run --frames 3 --keys 2 --out out.gif --force",
            "out.gif",
        ),
        ("enlarge two.png --out large.png", "enlarge one.png --out large.png --force", "large.png"),
    ] {
        faulty.studio.ok(older);
        survives(&faulty, line, &[path], Result::Whole);
    }
    survives(
        &faulty,
        "directions run --count 2",
        &["run/directions.json", "run/directions.png"],
        Result::Files,
    );
    survives(&faulty, "invert one.png --run run --steps 2 --starts 1 --out out", &["out"], Result::Files);
}

#[test]
fn pictures_of_pictures_are_written_wholly_or_not_at_all_and_older_ones_are_not_lost() {
    let faulty = with_pictures();
    survives(&faulty, "vary one.png --count 2 --sheet --out varied", &["varied"], Result::Files);
    faulty.studio.ok("repair two.png --box 4,4,4,4 --out whole.png");
    survives(&faulty, "repair one.png --box 4,4,4,4 --out whole.png --force", &["whole.png"], Result::Whole);
    survives(
        &faulty,
        "style one.png two.png --size 16 --steps 2 --network builtin --out styled.png",
        &["styled.png"],
        Result::Whole,
    );
}

#[test]
fn a_set_that_is_replaced_is_not_lost() {
    let faulty = with_pictures();
    faulty.studio.ok("augment run --out set --count 3 --seed 100");
    survives(&faulty, "augment run --out set --count 3 --seed 200 --force", &["set"], Result::Whole);
}

#[test]
fn pages_are_written_wholly_or_not_at_all_and_older_ones_are_not_lost() {
    let faulty = with_pictures();
    fs::write(faulty.studio.path("page.html"), "an older one").unwrap();
    survives(&faulty, "compare run --out page.html --force", &["page.html"], Result::Whole);
}

/// After any fault a training ends as it would have without: resumed where it had begun, begun again where not.
#[test]
fn a_training_loses_nothing_to_a_fault() {
    let faulty = Faulty::new(Studio::with_flowers());
    let line = format!(
        "train flowers --out run --steps 4 --checkpoint-every 2 --sample-every 2 {TINY_DCGAN} --set held_out=0.2"
    );
    faulty.studio.ok(&line);
    let last = |faulty: &Faulty| {
        let last = faulty.studio.checkpoints("run").pop().unwrap();
        ["weights", "state"]
            .map(|name| faulty.studio.bytes(&format!("run/checkpoints/{last}/{name}.safetensors")))
    };
    let whole = last(&faulty);
    let every = if is_slow() { 1 } else { 5 };
    let faults = faulty.each_fault(every, |fault| {
        faulty.restore(&["run", "cache"], &Files::new());
        let (said, met) = faulty.run(&line, fault);
        if said.code != Some(0) {
            let begun = faulty.studio.path("run/run.json").exists();
            faulty.studio.ok(if begun { "train --resume run" } else { &line });
        }
        assert!(last(&faulty) == whole, "{fault:?}: {said:?}");
        faulty.assert_no_litter(&format!("{fault:?}: {said:?}"));
        met
    });
    assert!(faults >= 8, "only {faults} faults");
}
