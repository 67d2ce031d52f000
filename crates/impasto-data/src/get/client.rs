//! The package clients: which there are, how they are asked, and what they say when they can't.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::{GetError, reading};
use super::{KnownSet, Stage};

/// A program that downloads packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Node's package client.
    Npm,
    /// Debian's and Ubuntu's package client.
    Apt,
}

impl Client {
    /// The program's name.
    pub fn program(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Apt => "apt-get",
        }
    }

    /// What its packages are called.
    pub(super) fn package_kind(self) -> &'static str {
        match self {
            Self::Npm => "npm package",
            Self::Apt => "Debian package",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Npm => "it comes with Node.js; install that (the system's package is often called `npm`)",
            Self::Apt => "it is part of Debian and Ubuntu; a container of one of them has it too",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Npm => "",
            Self::Apt => ", and is its list of packages fresh (`apt-get update`)",
        }
    }

    /// The words of the command line that downloads a package into the current folder.
    fn words(self, package: &str, version: &str) -> Vec<String> {
        let pinned = |sign: &str| match version {
            "" => package.to_owned(),
            version => format!("{package}{sign}{version}"),
        };
        match self {
            // Scripts of a package have no business running here.
            Self::Npm => vec!["pack".into(), "--ignore-scripts".into(), pinned("@")],
            Self::Apt => vec!["download".into(), pinned("=")],
        }
    }
}

/// Where package clients are looked for.
pub(super) struct Clients {
    path: OsString,
}

impl Clients {
    /// Those on the user's path.
    pub(super) fn of_this_machine() -> Self {
        Self { path: env::var_os("PATH").unwrap_or_default() }
    }

    /// Those in certain folders, as in the variable PATH.
    #[cfg(test)]
    pub(super) fn in_folders(path: impl Into<OsString>) -> Self {
        Self { path: path.into() }
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        let names = if cfg!(windows) {
            vec![format!("{program}.cmd"), format!("{program}.exe")]
        } else {
            vec![program.to_owned()]
        };
        env::split_paths(&self.path)
            .flat_map(|folder| names.iter().map(move |name| folder.join(name)).collect::<Vec<_>>())
            .find(|candidate| candidate.is_file())
    }

    /// Downloads a set's package into a folder and says which file it is.
    pub(super) fn fetch(
        &self,
        set: &KnownSet,
        into: &Path,
        progress: &mut dyn FnMut(&Stage),
    ) -> Result<PathBuf, GetError> {
        let client = set.client;
        let words = client.words(set.package, set.version);
        let command = format!("{} {}", client.program(), words.join(" "));
        let program = self.find(client.program()).ok_or_else(|| GetError::ClientMissing {
            set: set.name,
            package: format!("{} {}", client.package_kind(), set.package_with_version()),
            client: client.program(),
            remedy: client.remedy(),
            command: command.clone(),
        })?;
        progress(&Stage::Fetching(command.clone()));
        run(client, &program, &words, &command, into)?;
        only_file(into, command)
    }
}

fn run(client: Client, program: &Path, words: &[String], command: &str, into: &Path) -> Result<(), GetError> {
    let mut child = Command::new(program);
    child.args(words).current_dir(into).stdin(Stdio::null());
    let failed = |status: String, last_words: String| GetError::ClientFailed {
        command: command.to_owned(),
        status,
        last_words,
        hint: client.hint(),
    };
    let output = child.output().map_err(|error| failed("it did not start".into(), error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = if output.stderr.trim_ascii().is_empty() { &output.stdout } else { &output.stderr };
    Err(failed(output.status.to_string(), last_lines(said)))
}

/// The last lines of what a program said, harmless to print.
fn last_lines(bytes: &[u8]) -> String {
    let tail = &bytes[bytes.len().saturating_sub(4000)..];
    let text: String = String::from_utf8_lossy(tail)
        .chars()
        .filter(|&letter| letter == '\n' || !letter.is_control())
        .collect();
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(8)..];
    last.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn only_file(folder: &Path, command: String) -> Result<PathBuf, GetError> {
    let entries = fs::read_dir(folder).map_err(reading(folder))?;
    let files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect();
    match <[PathBuf; 1]>::try_from(files) {
        Ok([file]) => Ok(file),
        Err(files) => Err(GetError::NothingFetched { command, found: files.len() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_is_asked_in_its_own_words() {
        assert_eq!(Client::Npm.words("@a/b", "1.2"), ["pack", "--ignore-scripts", "@a/b@1.2"]);
        assert_eq!(Client::Apt.words("fonts", ""), ["download", "fonts"]);
    }

    #[test]
    fn last_words_are_few_and_harmless() {
        let said = (0..50).map(|n| format!("line {n}\u{1b}[2J\r\n")).collect::<String>();
        let last = last_lines(said.as_bytes());
        assert_eq!(last.lines().count(), 8);
        assert!(last.ends_with("    line 49[2J") && !last.contains('\u{1b}'), "{last:?}");
        assert_eq!(last_lines(&[0xff, 0xfe]), "    \u{fffd}\u{fffd}");
        assert_eq!(last_lines(b""), "");
    }
}
