//! A temporary folder to work in, and the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own for each test.
pub(crate) struct Studio {
    folder: TempDir,
}

/// What a process said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A training of 16-pixel flowers that takes a second or so, by recipe.
pub(crate) const TINY_DCGAN: &str = "--recipe dcgan --set width=4 --size 16 --batch 8";
pub(crate) const TINY_VAE: &str =
    "--recipe vae --set widths=[16] --set latent=4 --set warm_up=20 --size 16 --batch 8";

impl Studio {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// One with 60 drawn flowers in `flowers`.
    pub(crate) fn with_flowers() -> Self {
        let studio = Self::new();
        studio.ok("data synth flowers flowers --count 60 --size 16");
        studio
    }

    /// One with a trained run `run`.
    pub(crate) fn with_run(settings: &str) -> Self {
        let studio = Self::with_flowers();
        studio.ok(&format!("train flowers --out run --steps 20 --checkpoint-every 10 {settings}"));
        studio
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_impasto"));
        command.args(line.split_whitespace()).current_dir(self.folder.path());
        command.env("IMPASTO_CACHE", self.path("cache")).env_remove("IMPASTO_WEIGHTS").stdin(Stdio::null());
        command
    }

    /// Runs a command line, whatever comes of it.
    pub(crate) fn run(&self, line: &str) -> Said {
        let output = self.command(line).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a command line that must succeed.
    pub(crate) fn ok(&self, line: &str) -> Said {
        let said = self.run(line);
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        assert!(!said.err.contains("panicked"), "{line}: {said:?}");
        said
    }

    /// Runs a command line that must fail in this way, and says so with `error: ...`.
    pub(crate) fn fails(&self, line: &str, code: i32) -> String {
        let said = self.run(line);
        assert_eq!(said.code, Some(code), "{line}: {said:?}");
        assert!(said.err.contains("error: ") && !said.err.contains("panicked"), "{line}: {said:?}");
        assert!(said.out.is_empty(), "{line}: {said:?}");
        said.err
    }

    /// The one JSON object that a command line prints.
    pub(crate) fn json(&self, line: &str) -> Value {
        let said = self.ok(&format!("{line} --json"));
        assert_eq!(said.out.lines().count(), 1, "{line}: {said:?}");
        serde_json::from_str(&said.out).unwrap()
    }

    /// What a command line says that it has written.
    pub(crate) fn outputs(&self, line: &str) -> Vec<Value> {
        let report = self.json(line);
        assert_eq!(report["left"], 0, "{line}: {report}");
        report["outputs"].as_array().unwrap_or_else(|| panic!("{line}: {report}")).clone()
    }

    /// The only thing that a command line says that it has written.
    pub(crate) fn output(&self, line: &str) -> Value {
        let mut outputs = self.outputs(line);
        assert_eq!(outputs.len(), 1, "{line}");
        outputs.remove(0)
    }

    /// The JSON objects that a command line prints.
    pub(crate) fn json_lines(&self, line: &str) -> Vec<Value> {
        let said = self.ok(&format!("{line} --json"));
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Starts a command line that says nothing.
    pub(crate) fn start(&self, line: &str) -> Child {
        self.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Waits until the run has a whole checkpoint.
    pub(crate) fn wait_for_checkpoint(&self, run: &str) {
        let since = Instant::now();
        while self.checkpoints(run).is_empty() {
            assert!(since.elapsed() < Duration::from_secs(120), "no checkpoint comes");
            sleep(Duration::from_millis(5));
        }
    }

    /// The names of the run's checkpoints, the oldest first.
    pub(crate) fn checkpoints(&self, run: &str) -> Vec<String> {
        let mut names = names(&self.path(run).join("checkpoints"));
        names.retain(|name| name.ends_with('k'));
        names
    }
}

/// The names in a folder, in order; none where there is no folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
