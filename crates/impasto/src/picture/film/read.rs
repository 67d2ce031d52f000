//! Films on their way in.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

use impasto_data::{Limits, Picture};

use super::super::PictureError;
use super::{DEMUXERS, MOST_SAID, PROGRAM, Process, Rate, plain};

/// The program that knows how fast a film is; it comes with the other one.
const PROBE: &str = "ffprobe";
/// More than any film has.
const FASTEST: f64 = 1000.0;

/// A film that can be read.
#[derive(Debug, Clone)]
pub struct FilmToRead {
    program: String,
    path: PathBuf,
    /// Frames of a second; where a film has them at times of its own, this many are taken.
    pub rate: Rate,
    /// How many frames there are, about; 0 where nobody knows.
    pub count: usize,
}

/// Its frames, in RGB.
#[derive(Debug)]
pub struct FilmFrames {
    path: PathBuf,
    process: Process,
    output: Option<BufReader<ChildStdout>>,
    size: Option<[usize; 2]>,
}

impl FilmToRead {
    /// Opens the film and looks at its first frame, which is given back too.
    ///
    /// # Errors
    /// When ffmpeg is not there or can't read it.
    pub fn open(path: &Path) -> Result<(Self, Picture), PictureError> {
        Self::open_with(PROGRAM, PROBE, path)
    }

    fn open_with(program: &str, probe: &str, path: &Path) -> Result<(Self, Picture), PictureError> {
        let unread = |why: &str| PictureError::NoFilm { path: path.to_path_buf(), why: why.to_owned() };
        let entries = "stream=avg_frame_rate,r_frame_rate,nb_frames:format=duration";
        let told = probed(probe, path, &["-select_streams", "v:0", "-show_entries", entries])?;
        let (rate, count) = understood(&told).ok_or_else(|| unread("it has no moving pictures"))?;
        let film = Self { program: program.to_owned(), path: path.to_path_buf(), rate, count };
        let first = film.frames()?.next().unwrap_or_else(|| Err(unread("it has no frames")))?;
        Ok((film, first))
    }

    /// All frames, from the first.
    ///
    /// # Errors
    /// When ffmpeg can't be started.
    pub fn frames(&self) -> Result<FilmFrames, PictureError> {
        let path = plain(&self.path).map_err(|error| missing(&self.path, &error))?;
        let mut command = Command::new(&self.program);
        // A file that names others must not lead to the net.
        command
            .args([
                "-v",
                "error",
                "-nostdin",
                "-protocol_whitelist",
                "file,pipe",
                "-format_whitelist",
                DEMUXERS,
                "-i",
            ])
            .arg(path);
        command.args(["-map", "0:v:0", "-vf", &format!("fps={}", self.rate)]);
        command.args(["-f", "image2pipe", "-c:v", "ppm", "-"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Process::start(&mut command).map_err(|error| missing(&self.path, &error))?;
        let output = process.child.stdout.take().map(BufReader::new);
        Ok(FilmFrames { path: self.path.clone(), process, output, size: None })
    }
}

impl Iterator for FilmFrames {
    type Item = Result<Picture, PictureError>;

    fn next(&mut self) -> Option<Self::Item> {
        let output = self.output.as_mut()?;
        let frame = match output.fill_buf() {
            Ok([]) => None,
            Ok(_) => Some(ppm(output)),
            Err(error) => Some(Err(error)),
        };
        let unread = |why: String| PictureError::NoFilm { path: self.path.clone(), why };
        match frame {
            Some(Ok(picture)) => {
                let size = [picture.width(), picture.height()];
                if *self.size.get_or_insert(size) == size {
                    return Some(Ok(picture));
                }
                self.output = None;
                Some(Err(unread("its frames have several sizes".to_owned())))
            }
            // What the other program says of it is better than what is seen from here.
            other => {
                self.output = None;
                match (self.process.end(), other) {
                    (Err(why), _) => Some(Err(unread(why))),
                    (Ok(()), Some(Err(error))) => Some(Err(unread(error.to_string()))),
                    (Ok(()), _) => None,
                }
            }
        }
    }
}

/// What the film says of itself.
///
/// # Errors
/// When ffmpeg is not there or can't read it.
pub(in super::super) fn comment(path: &Path) -> Result<Option<String>, PictureError> {
    let told = probed(PROBE, path, &["-show_entries", "format_tags=comment"])?;
    Ok(value(&told, "TAG:comment").map(str::to_owned))
}

/// What the program that knows films says of one: a line for each thing.
fn probed(program: &str, path: &Path, wanted: &[&str]) -> Result<String, PictureError> {
    let unread = |why: String| PictureError::NoFilm { path: path.to_path_buf(), why };
    impasto_system::open(path).map_err(|error| missing_file(path, &error))?;
    let mut command = Command::new(program);
    command.args([
        "-v",
        "error",
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        DEMUXERS,
        "-of",
        "default=noprint_wrappers=1",
    ]);
    command.args(wanted).arg(plain(path).map_err(|error| unread(error.to_string()))?).stdin(Stdio::null());
    let mut process =
        Process::start(command.stdout(Stdio::piped())).map_err(|error| missing(path, &error))?;
    let mut told = Vec::new();
    if let Some(output) = process.child.stdout.take() {
        output.take(MOST_SAID).read_to_end(&mut told).map_err(|error| unread(error.to_string()))?;
    }
    process.end().map_err(unread)?;
    Ok(String::from_utf8_lossy(&told).into_owned())
}

fn value<'a>(told: &'a str, key: &str) -> Option<&'a str> {
    told.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).map(str::trim)
}

fn missing_file(path: &Path, error: &io::Error) -> PictureError {
    PictureError::NoFilm { path: path.to_path_buf(), why: error.to_string() }
}

fn missing(path: &Path, error: &io::Error) -> PictureError {
    match error.kind() {
        io::ErrorKind::NotFound => PictureError::NoFfmpegToRead { path: path.to_path_buf() },
        _ => PictureError::NoFilm { path: path.to_path_buf(), why: error.to_string() },
    }
}

/// The rate, and how many frames there are, as the probe says them.
fn understood(told: &str) -> Option<(Rate, usize)> {
    let rate = |key: &str| {
        let (frames, seconds) = value(told, key)?.split_once('/')?;
        let rate = Rate { frames: frames.parse().ok()?, seconds: seconds.parse().ok()? };
        (rate.frames > 0 && rate.seconds > 0 && rate.per_second() <= FASTEST).then_some(rate)
    };
    let rate = rate("avg_frame_rate").or_else(|| rate("r_frame_rate"))?;
    let counted = value(told, "nb_frames").and_then(|count| count.parse().ok());
    let lasts = || value(told, "duration")?.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
    let count = counted.or_else(|| Some((lasts()? * rate.per_second()).round().max(0.0) as usize));
    Some((rate, count.unwrap_or(0)))
}

/// A picture in the format PPM, as ffmpeg writes it: `P6`, width, height and 255 in words, then bytes.
fn ppm(from: &mut impl BufRead) -> io::Result<Picture> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    if word(from)? != "P6" {
        return Err(wrong("a frame does not begin as one"));
    }
    let mut number = || word(from)?.parse::<usize>().map_err(|_| wrong("a frame has no size"));
    let (width, height, white) = (number()?, number()?, number()?);
    let area = width.checked_mul(height).filter(|&area| area > 0 && area as u64 <= Limits::default().pixels);
    let (Some(area), 255) = (area, white) else { return Err(wrong("a frame is too large")) };
    let mut pixels = vec![0; area * 3];
    from.read_exact(&mut pixels)?;
    Ok(Picture::new(width, height, 3, pixels))
}

/// Letters and digits up to a blank, which is taken too.
fn word(from: &mut impl BufRead) -> io::Result<String> {
    const LONGEST: usize = 20;
    let mut word = String::new();
    for byte in from.take(LONGEST as u64).bytes() {
        match byte? {
            b' ' | b'\n' => return Ok(word),
            other => word.push(char::from(other)),
        }
    }
    Ok(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_counts_are_understood() {
        let (rate, count) =
            understood("r_frame_rate=30/1\navg_frame_rate=30000/1001\nnb_frames=90\nduration=3.0\n").unwrap();
        assert_eq!((rate.to_string().as_str(), count), ("30000/1001", 90));
        let (rate, count) =
            understood("r_frame_rate=12/1\navg_frame_rate=0/0\nnb_frames=N/A\nduration=2.5").unwrap();
        assert_eq!((rate.per_second(), count), (12.0, 30));
        assert_eq!(understood("r_frame_rate=25/1\nduration=N/A").unwrap().1, 0);
        assert_eq!(understood(""), None);
        assert_eq!(understood("r_frame_rate=90000/1\navg_frame_rate=0/0"), None);
    }

    #[test]
    fn frames_are_cut_from_what_comes() {
        let mut both = [&b"P6\n2 1\n255\nabcdef"[..], b"P6\n1 1\n255\n \n."].concat();
        let mut from = both.as_slice();
        assert_eq!(ppm(&mut from).unwrap(), Picture::new(2, 1, 3, b"abcdef".to_vec()));
        assert_eq!(ppm(&mut from).unwrap().pixels(), b" \n.");
        both.truncate(12);
        assert!(ppm(&mut both.as_slice()).is_err());
        for bad in [
            "P5\n2 1\n255\nab",
            "P6\n0 1\n255\n",
            "P6\n9999999 9999999\n255\n",
            "P6\n2 1\n65535\nabcdef",
            "what is this",
        ] {
            assert!(ppm(&mut bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_film_comes_frame_by_frame_and_complaints_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = &folder.path().join("a.mp4");
        std::fs::write(path, "").unwrap();
        let program = |name, script| super::super::pretend::program(&folder.path().join(name), script);
        let probe = program("probe", "echo avg_frame_rate=25/1; echo nb_frames=2");
        let film = program("film", "printf 'P6\\n1 1\\n255\\nabcP6\\n1 1\\n255\\ndef'");
        let (opened, first) = FilmToRead::open_with(&film, &probe, path).unwrap();
        assert_eq!((first.pixels(), opened.count, opened.rate.per_second()), (&b"abc"[..], 2, 25.0));
        let all: Result<Vec<Picture>, PictureError> = opened.frames().unwrap().collect();
        assert_eq!(all.unwrap().len(), 2);
        let tags = program("tags", "echo 'TAG:comment={\"a\": \"b=c\"}'");
        let told = probed(&tags, path, &[]).unwrap();
        assert_eq!(
            (value(&told, "TAG:comment"), value(&told, "TAG:title")),
            (Some("{\"a\": \"b=c\"}"), None)
        );
        let said = |film: &str, probe: &str| {
            FilmToRead::open_with(film, probe, path).map(|_| ()).unwrap_err().to_string()
        };
        let broken = program("broken", "echo 'moov atom not found' >&2; exit 1");
        let (empty, silent) = (program("empty", "exit 0"), program("silent", "exit 0"));
        let sizes = program("sizes", "printf 'P6\\n1 1\\n255\\nabcP6\\n1 2\\n255\\nabcdef'");
        assert!(said(&broken, &probe).contains("moov atom not found"));
        assert!(said(&film, &broken).contains("moov atom not found"));
        assert!(said(&empty, &probe).contains("no frames"));
        assert!(said(&film, &silent).contains("no moving pictures"));
        assert!(said("impasto-has-no-such-program", &probe).contains("install ffmpeg"));
        let (opened, _) = FilmToRead::open_with(&sizes, &probe, path).unwrap();
        assert!(opened.frames().unwrap().last().unwrap().unwrap_err().to_string().contains("several sizes"));
    }
}
