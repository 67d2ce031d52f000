//! MP4 on its way out.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};

use impasto_data::Picture;
use impasto_system::{Existing, FileError, NewFile};

use super::super::{PAPER, PictureError, PictureRecipe, as_rgb};
use super::{DEMUXERS, PROGRAM, Process, plain};

/// Frames of a second, as a fraction: 30000/1001 is the rate of American television.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many frames
    pub frames: u32,
    /// in so many seconds.
    pub seconds: u32,
}

impl Rate {
    /// The nearest to this number that thousandths can say.
    pub fn of(per_second: f64) -> Self {
        Self { frames: (per_second * 1000.0).round().max(1.0) as u32, seconds: 1000 }
    }

    /// Frames of a second.
    pub fn per_second(self) -> f64 {
        f64::from(self.frames) / f64::from(self.seconds.max(1))
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.frames, self.seconds)
    }
}

/// An MP4 file that takes one frame after the other. It is written under a temporary name, which is renamed at the end; one
/// that is not finished leaves nothing.
#[derive(Debug)]
pub struct FilmToWrite {
    path: PathBuf,
    size: [usize; 2],
    input: Option<ChildStdin>,
    // Dropped before the drafts, so that its program can't write any more when they go.
    process: Process,
    draft: NewFile,
    _recipe: Option<NewFile>,
    existing: Existing,
}

impl FilmToWrite {
    /// Begins with frames as large as the first; `sound` is a film whose sound it gets.
    ///
    /// # Errors
    /// When ffmpeg is not there.
    pub fn begin(
        path: &Path,
        first: &Picture,
        rate: Rate,
        sound: Option<&Path>,
        recipe: Option<&PictureRecipe>,
        existing: Existing,
    ) -> Result<Self, PictureError> {
        Self::begin_with(PROGRAM, path, first, rate, sound, recipe, existing)
    }

    fn begin_with(
        program: &str,
        path: &Path,
        first: &Picture,
        rate: Rate,
        sound: Option<&Path>,
        recipe: Option<&PictureRecipe>,
        existing: Existing,
    ) -> Result<Self, PictureError> {
        let draft = NewFile::create(path)?;
        let recipe = recipe.map(|recipe| write_metadata(path, recipe)).transpose()?;
        let absolute = |draft: &NewFile| plain(draft.temporary()).map_err(FileError::at("write", path));
        let size = [first.width(), first.height()];
        let [width, height] = size.map(|side| side.next_multiple_of(2));
        let mut command = Command::new(program);
        command.args(["-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]);
        command.args(["-s", &format!("{width}x{height}"), "-r", &rate.to_string(), "-i", "-"]);
        if let Some(sound) = sound {
            let sound = plain(sound).map_err(FileError::at("read", sound))?;
            command.args(["-protocol_whitelist", "file", "-format_whitelist", DEMUXERS, "-i"]).arg(sound);
        }
        if let Some(recipe) = &recipe {
            command.args(["-f", "ffmetadata", "-i"]).arg(absolute(recipe)?);
        }
        command.args(["-map", "0:v:0"]);
        if sound.is_some() {
            command.args(["-map", "1:a:0?", "-c:a", "aac", "-shortest"]);
        }
        if recipe.is_some() {
            command.args(["-map_metadata", if sound.is_some() { "2" } else { "1" }]);
        }
        command.args(["-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4"]);
        command.arg(absolute(&draft)?).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut process = Process::start(&mut command).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => PictureError::NoFfmpeg { path: path.to_path_buf() },
            _ => PictureError::Ffmpeg { path: path.to_path_buf(), why: error.to_string() },
        })?;
        let input = process.child.stdin.take();
        let path = path.to_path_buf();
        Ok(Self { path, size, input, process, draft, _recipe: recipe, existing })
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// When ffmpeg has given up.
    ///
    /// # Panics
    /// When it is not as large as the first.
    pub fn add(&mut self, frame: &Picture) -> Result<(), PictureError> {
        assert_eq!([frame.width(), frame.height()], self.size, "the frames of a film differ");
        let even = with_even_sides(&as_rgb(frame, PAPER));
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe.into());
        match input.and_then(|input: &mut ChildStdin| input.write_all(even.pixels())) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.input = None;
                let why = self.process.end().err().unwrap_or_else(|| error.to_string());
                Err(self.failed(why))
            }
        }
    }

    /// The file is there.
    ///
    /// # Errors
    /// When ffmpeg could not finish it.
    pub fn finish(mut self) -> Result<(), PictureError> {
        // The end of its input.
        self.input = None;
        self.process.end().map_err(|why| self.failed(why))?;
        Ok(self.draft.commit(self.existing)?)
    }

    fn failed(&self, why: String) -> PictureError {
        PictureError::Ffmpeg { path: self.path.clone(), why }
    }
}

/// The recipe as a file that ffmpeg takes a film's comment from. Long ones don't fit into a command line.
fn write_metadata(path: &Path, recipe: &PictureRecipe) -> Result<NewFile, FileError> {
    let mut draft = NewFile::create(&path.with_extension("ffmetadata"))?;
    let text = format!(";FFMETADATA1\ncomment={}\n", escaped(&recipe.to_json()));
    draft.write_all(text.as_bytes()).map_err(FileError::at("write", path))?;
    Ok(draft)
}

/// A value in the format ffmetadata: what means something there has a backslash before it.
fn escaped(text: &str) -> String {
    let escape = |letter| ['=', ';', '#', '\\', '\n'].contains(&letter).then_some('\\');
    text.chars().flat_map(|letter| escape(letter).into_iter().chain([letter])).collect()
}

/// yuv420p halves the colours' resolution, so both sides must be even: the last column and row are doubled.
fn with_even_sides(picture: &Picture) -> Picture {
    let (width, height) = (picture.width().next_multiple_of(2), picture.height().next_multiple_of(2));
    if [width, height] == [picture.width(), picture.height()] {
        return picture.clone();
    }
    let places = (0..width * height).map(|at| (at % width, at / width));
    let pixels = places
        .flat_map(|(x, y)| picture.pixel(x.min(picture.width() - 1), y.min(picture.height() - 1)))
        .copied();
    Picture::new(width, height, 3, pixels.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(program: &str, path: &Path, frames: &[Picture]) -> Result<(), PictureError> {
        let mut film =
            FilmToWrite::begin_with(program, path, &frames[0], Rate::of(10.0), None, None, Existing::Keep)?;
        frames.iter().try_for_each(|frame| film.add(frame))?;
        film.finish()
    }

    /// An encoder that does what the script says.
    #[cfg(unix)]
    fn pretend(folder: &Path, script: &str) -> String {
        super::super::pretend::program(&folder.join("encoder"), script)
    }

    #[test]
    fn odd_sides_become_even_by_doubling_the_edge() {
        let picture = Picture::new(1, 3, 3, vec![1, 1, 1, 2, 2, 2, 3, 3, 3]);
        let even = with_even_sides(&picture);
        assert_eq!((even.width(), even.height()), (2, 4));
        assert_eq!([even.pixel(1, 0), even.pixel(0, 3), even.pixel(1, 3)], [[1; 3], [3; 3], [3; 3]]);
        assert_eq!((Rate::of(23.976).to_string(), Rate::of(12.5).per_second()), ("23976/1000".into(), 12.5));
    }

    #[test]
    fn without_the_encoder_the_error_names_the_other_formats() {
        let folder = tempfile::tempdir().unwrap();
        let frames = [Picture::filled(2, 2, &[1])];
        let error = write("impasto-has-no-such-encoder", &folder.path().join("a.mp4"), &frames).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(".gif or .png") && text.contains("install ffmpeg"), "{text}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn every_frame_reaches_the_encoder() {
        let folder = tempfile::tempdir().unwrap();
        let program = pretend(folder.path(), "for last; do :; done; cat > \"$last\"");
        let path = folder.path().join("a.mp4");
        let frames: Vec<Picture> = (0..50).map(|shade| Picture::filled(100, 99, &[shade])).collect();
        write(&program, &path, &frames).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 50 * 100 * 100 * 3);
    }

    #[cfg(unix)]
    #[test]
    fn what_the_encoder_says_is_told_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let script =
            "for last; do :; done; echo x > \"$last\"; echo first >&2; echo 'no such codec' >&2; exit 3";
        let program = pretend(folder.path(), script);
        let frames: Vec<Picture> = (0..50).map(|shade| Picture::filled(100, 100, &[shade])).collect();
        let text = write(&program, &folder.path().join("a.mp4"), &frames).unwrap_err().to_string();
        assert!(text.contains("no such codec"), "{text}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the pretender");
    }

    #[cfg(unix)]
    #[test]
    fn a_film_that_is_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let script = "for last; do :; done; cat > \"$last\"";
        let program = pretend(folder.path(), script);
        let (path, frame) = (folder.path().join("a.mp4"), Picture::filled(4, 4, &[1, 2, 3]));
        let mut film = FilmToWrite::begin_with(
            &program,
            &path,
            &frame,
            Rate::of(5.0),
            Some(&path),
            None,
            Existing::Keep,
        )
        .unwrap();
        film.add(&frame).unwrap();
        drop(film);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the pretender");
    }
}
