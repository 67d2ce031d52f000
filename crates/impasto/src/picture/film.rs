//! MP4 by way of ffmpeg: raw frames go in through a pipe, a finished file comes out.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use impasto_data::Picture;

use super::{PAPER, PictureError, PictureRecipe, as_rgb};
use crate::run::atomic::{FileError, sync_folder_of, temporary_name};

/// The program that encodes.
pub(super) const PROGRAM: &str = "ffmpeg";

/// Whether a program of this name can be started.
pub(super) fn is_there(program: &str) -> bool {
    let quiet = Command::new(program)
        .arg("-version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok()
}

/// Writes frames of one size; the encoder writes to a temporary name, which is renamed when it is done.
pub(super) fn write_mp4(
    program: &str,
    path: &Path,
    frames: &[Picture],
    frames_per_second: f64,
    recipe: Option<&PictureRecipe>,
) -> Result<(), PictureError> {
    // Absolute, so that no name can be taken for an option.
    let temporary = std::path::absolute(temporary_name(path)).map_err(FileError::at("write", path))?;
    let even: Vec<Picture> = frames.iter().map(|frame| with_even_sides(&as_rgb(frame, PAPER))).collect();
    let comment = recipe.map(PictureRecipe::to_json).unwrap_or_default();
    let mut command = Command::new(program);
    command.args(["-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]);
    command.args(["-s", &format!("{}x{}", even[0].width(), even[0].height())]);
    command.args(["-r", &frames_per_second.to_string(), "-i", "-", "-pix_fmt", "yuv420p"]);
    command.args(["-movflags", "+faststart", "-metadata", &format!("comment={comment}"), "-f", "mp4"]);
    command.arg(&temporary).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let finished = run(command, path, &even)
        .and_then(|()| Ok(std::fs::rename(&temporary, path).map_err(FileError::at("write", path))?));
    if finished.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    finished?;
    Ok(sync_folder_of(path)?)
}

fn run(mut command: Command, path: &Path, frames: &[Picture]) -> Result<(), PictureError> {
    let failed = |why: String| PictureError::Ffmpeg { path: path.to_path_buf(), why };
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => PictureError::NoFfmpeg { path: path.to_path_buf() },
        _ => failed(error.to_string()),
    })?;
    let (fed, said) = feed(&mut child, frames);
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    if status.success() && fed.is_ok() {
        return Ok(());
    }
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    Err(failed(last.map_or_else(|| format!("it ended with {status}"), str::to_string)))
}

/// Sends the frames while listening to what the program complains about: were only one done, both could wait on full
/// pipes for ever.
fn feed(child: &mut Child, frames: &[Picture]) -> (io::Result<()>, String) {
    let (input, errors) = (child.stdin.take(), child.stderr.take());
    std::thread::scope(|threads| {
        let listener = threads.spawn(|| {
            let mut said = Vec::new();
            let _ = errors.map(|mut errors| errors.read_to_end(&mut said));
            String::from_utf8_lossy(&said).into_owned()
        });
        let fed = input
            .map_or(Ok(()), |mut input| frames.iter().try_for_each(|frame| input.write_all(frame.pixels())));
        (fed, listener.join().unwrap_or_default())
    })
}

/// yuv420p halves the colours' resolution, so both sides must be even: the last column and row are doubled.
fn with_even_sides(picture: &Picture) -> Picture {
    let (width, height) = (picture.width().next_multiple_of(2), picture.height().next_multiple_of(2));
    let places = (0..width * height).map(|at| (at % width, at / width));
    let pixels = places
        .flat_map(|(x, y)| picture.pixel(x.min(picture.width() - 1), y.min(picture.height() - 1)))
        .copied();
    Picture::new(width, height, 3, pixels.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sides_become_even_by_doubling_the_edge() {
        let picture = Picture::new(1, 3, 3, vec![1, 1, 1, 2, 2, 2, 3, 3, 3]);
        let even = with_even_sides(&picture);
        assert_eq!((even.width(), even.height()), (2, 4));
        assert_eq!([even.pixel(1, 0), even.pixel(0, 3), even.pixel(1, 3)], [[1; 3], [3; 3], [3; 3]]);
    }

    #[test]
    fn without_the_encoder_the_error_names_the_other_formats() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp4");
        let frames = [Picture::filled(2, 2, &[1])];
        let error = write_mp4("impasto-has-no-such-encoder", &path, &frames, 10.0, None).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(".gif or .png") && text.contains("install ffmpeg"), "{text}");
        assert!(!is_there("impasto-has-no-such-encoder"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    fn pretender(folder: &Path, script: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join("encoder");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path.to_string_lossy().into_owned()
    }

    #[cfg(unix)]
    #[test]
    fn every_frame_reaches_the_encoder() {
        let folder = tempfile::tempdir().unwrap();
        let program = pretender(folder.path(), "for last; do :; done; cat > \"$last\"");
        let path = folder.path().join("a.mp4");
        let frames: Vec<Picture> = (0..50).map(|shade| Picture::filled(100, 99, &[shade])).collect();
        write_mp4(&program, &path, &frames, 10.0, None).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 50 * 100 * 100 * 3);
    }

    #[cfg(unix)]
    #[test]
    fn what_the_encoder_says_is_told_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let program = pretender(folder.path(), "echo first >&2; echo 'no such codec' >&2; exit 3");
        let path = folder.path().join("a.mp4");
        let frames: Vec<Picture> = (0..50).map(|shade| Picture::filled(100, 100, &[shade])).collect();
        let text = write_mp4(&program, &path, &frames, 10.0, None).unwrap_err().to_string();
        assert!(text.contains("no such codec"), "{text}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the pretender");
    }
}
