//! Films by way of ffmpeg: raw frames go through pipes, one at a time, so that a film of any length needs the memory of one.

mod read;
mod write;

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use super::has_ending;

pub use read::FilmToRead;
pub(super) use read::comment;
pub use write::{FilmToWrite, Rate};

/// The program that encodes and decodes.
pub(super) const PROGRAM: &str = "ffmpeg";

/// Endings of films that are no pictures.
const ENDINGS: [&str; 7] = ["mp4", "mov", "mkv", "webm", "avi", "m4v", "mpg"];

/// What ffmpeg may take a file for: a playlist in a film's clothes could name other files.
const DEMUXERS: &str = "mov,mp4,matroska,webm,avi,mpeg,mpegvideo,mpegts,m4v";
/// What a program may say, in bytes; more is not listened to.
const MOST_SAID: u64 = 16 << 20;

/// Whether the name says that it is a film, which ffmpeg may read.
pub fn is_film(path: &Path) -> bool {
    ENDINGS.iter().any(|ending| has_ending(path, ending))
}

/// Whether a program of this name can be started.
pub(super) fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

/// A name that can't be taken for an option or an address.
fn plain(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(path)
}

/// A program that runs beside this one. What it complains about is listened to all the time: were it not, both could
/// wait on full pipes for ever.
#[derive(Debug)]
struct Process {
    child: Child,
    said: Option<JoinHandle<String>>,
}

impl Process {
    fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = apart(command).stderr(Stdio::piped()).spawn()?;
        let said = child.stderr.take().map(|mut errors| {
            std::thread::spawn(move || {
                let mut said = Vec::new();
                let _ = errors.by_ref().take(MOST_SAID).read_to_end(&mut said);
                let _ = io::copy(&mut errors, &mut io::sink());
                String::from_utf8_lossy(&said).into_owned()
            })
        });
        Ok(Self { child, said })
    }

    /// Waits for its end; if that is a bad one, what it said last.
    fn end(&mut self) -> Result<(), String> {
        let status = self.child.wait().map_err(|error| error.to_string())?;
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        if status.success() { Ok(()) } else { Err(last_of(&said, status)) }
    }

    /// Ends it at once, wherever it is.
    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

fn last_of(said: &str, status: ExitStatus) -> String {
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    last.map_or_else(|| format!("it ended with {status}"), str::to_string)
}

/// Ctrl-C is for this program, which then ends the other one as it should be.
fn apart(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, 0x200);
    command
}

#[cfg(all(test, unix))]
#[path = "../../../../impasto-data/tests/pretend/mod.rs"]
mod pretend;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_are_known_by_their_endings() {
        assert!(is_film(Path::new("a/Holiday.MP4")) && is_film(Path::new("b.webm")));
        assert!(!is_film(Path::new("a.gif")) && !is_film(Path::new("mp4")) && !is_film(Path::new("a.png")));
        assert!(!is_there("impasto-has-no-such-program"));
    }
}
