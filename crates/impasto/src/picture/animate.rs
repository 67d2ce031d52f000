//! Animations from frames: GIF, animated PNG, and MP4 where ffmpeg is there. The file's ending says which.

use std::io;
use std::path::Path;

use gif::streaming_decoder::{Block, Decoded, OutputBuffer, StreamingDecoder};
use gif::{AnyExtension, Encoder, Extension, Frame, Repeat};
use impasto_data::Picture;

use super::error::check_free;
use super::film::{self, FilmToWrite, Rate};
use super::palette::Palette;
use super::png::{as_io, encoder};
use super::recipe::MADE_BY_A_MACHINE;
use super::{PAPER, PictureError, PictureRecipe, as_rgb};
use impasto_system::{Existing, write_atomically_with};

/// A kind of animation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Film {
    /// 256 colours for all frames together; shown everywhere. Its pixels are there or not, with nothing between, so that
    /// soft edges would be lost: it is written without transparency.
    Gif,
    /// Animated PNG: all colours, and transparency.
    Png,
    /// Small files; needs the program ffmpeg.
    Mp4,
}

impl Film {
    /// Whether it can show transparent frames.
    pub fn keeps_transparency(self) -> bool {
        self == Self::Png
    }

    /// The kind that this file's ending names.
    pub fn named(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "gif" => Some(Self::Gif),
            "png" | "apng" => Some(Self::Png),
            "mp4" => Some(Self::Mp4),
            _ => None,
        }
    }

    /// The kind that this file's ending names, if it may be written: to be asked before frames are painted.
    pub fn for_path(path: &Path, force: bool) -> Result<Self, PictureError> {
        let unknown = || PictureError::UnknownFilm { path: path.to_path_buf() };
        let kind = Self::named(path).ok_or_else(unknown)?;
        check_free(path, force)?;
        if kind == Self::Mp4 && !film::is_there(film::PROGRAM) {
            return Err(PictureError::NoFfmpeg { path: path.to_path_buf() });
        }
        Ok(kind)
    }
}

/// Writes the frames as an animation that plays for ever (MP4 plays once). GIF and APNG carry the recipe, MP4 has it as
/// its comment. What is there already is
/// replaced or kept as asked.
///
/// # Panics
/// When the frames differ in size or channels.
pub fn write_animation(
    path: &Path,
    frames: &[Picture],
    frames_per_second: f64,
    recipe: Option<&PictureRecipe>,
    existing: Existing,
) -> Result<(), PictureError> {
    let film = Film::for_path(path, existing == Existing::Replace)?;
    check(path, frames)?;
    let milliseconds = |unit: f64| (unit / frames_per_second).round();
    match film {
        Film::Gif => write_gif(path, frames, &|_| milliseconds(100.0), recipe, existing),
        Film::Png => write_apng(path, frames, &|_| milliseconds(1000.0), recipe, existing),
        Film::Mp4 => {
            let rate = Rate::of(frames_per_second);
            let mut film = FilmToWrite::begin(path, &frames[0], rate, None, recipe, existing)?;
            frames.iter().try_for_each(|frame| film.add(frame))?;
            film.finish()
        }
    }
}

/// The same with a time of its own for each frame, in milliseconds: GIF and APNG.
///
/// # Panics
/// When the frames differ in size or channels, or there is not one time for each.
pub fn write_timed(
    path: &Path,
    frames: &[Picture],
    milliseconds: &[f64],
    recipe: Option<&PictureRecipe>,
    existing: Existing,
) -> Result<(), PictureError> {
    assert_eq!(frames.len(), milliseconds.len(), "a time for each frame");
    let film = Film::for_path(path, existing == Existing::Replace)?;
    check(path, frames)?;
    match film {
        Film::Gif => write_gif(path, frames, &|frame| (milliseconds[frame] / 10.0).round(), recipe, existing),
        Film::Png => write_apng(path, frames, &|frame| milliseconds[frame].round(), recipe, existing),
        Film::Mp4 => {
            let why = "its frames have times of their own, and MP4 has one for all: name it .gif or .png"
                .to_owned();
            Err(PictureError::Unfit { path: path.to_path_buf(), why })
        }
    }
}

/// The comments of a GIF file before its first frame; of a damaged one those before the damage.
pub(super) fn gif_comments(mut bytes: &[u8]) -> Vec<String> {
    let (mut decoder, mut comments, mut comment) = (StreamingDecoder::new(), Vec::new(), Vec::new());
    while let Ok((taken, found)) = decoder.update(bytes, &mut OutputBuffer::None)
        && taken > 0
    {
        bytes = &bytes[taken..];
        match found {
            Decoded::SubBlock { ext: AnyExtension(kind), is_last } if kind == Extension::Comment as u8 => {
                comment.extend_from_slice(decoder.last_ext_sub_block());
                if is_last {
                    comments.push(String::from_utf8_lossy(&std::mem::take(&mut comment)).into_owned());
                }
            }
            Decoded::BlockStart(Block::Image) => break,
            _ => {}
        }
    }
    comments
}

/// Refuses what can't be shown.
fn check(path: &Path, frames: &[Picture]) -> Result<(), PictureError> {
    let Some(first) = frames.first().filter(|first| first.width() > 0 && first.height() > 0) else {
        return Err(PictureError::Unfit { path: path.to_path_buf(), why: "there is nothing to show".into() });
    };
    let shape = |frame: &Picture| [frame.width(), frame.height(), frame.channels()];
    for frame in frames {
        assert_eq!(shape(first), shape(frame), "the frames of an animation differ");
    }
    Ok(())
}

/// `hundredths`: of a second, for each frame.
fn write_gif(
    path: &Path,
    frames: &[Picture],
    hundredths: &dyn Fn(usize) -> f64,
    recipe: Option<&PictureRecipe>,
    existing: Existing,
) -> Result<(), PictureError> {
    let side = |length: usize| {
        let why = format!("a GIF has at most 65535 pixels a side, not {length}");
        u16::try_from(length).map_err(|_| PictureError::Unfit { path: path.to_path_buf(), why })
    };
    let (width, height) = (side(frames[0].width())?, side(frames[0].height())?);
    let frames: Vec<Picture> = frames.iter().map(|frame| as_rgb(frame, PAPER)).collect();
    let palette = Palette::of(&frames);
    // Below 2 most programs fall back to 10.
    let delay = |frame| hundredths(frame).clamp(2.0, 65_535.0) as u16;
    let write = |file: &mut dyn io::Write| {
        let mut gif = Encoder::new(file, width, height, &palette.bytes())?;
        gif.set_repeat(Repeat::Infinite)?;
        if let Some(recipe) = recipe {
            for comment in [MADE_BY_A_MACHINE, &recipe.to_json()] {
                gif.write_raw_extension(AnyExtension(Extension::Comment as u8), &[comment.as_bytes()])?;
            }
        }
        for (number, frame) in frames.iter().enumerate() {
            let (delay, buffer) = (delay(number), palette.index(frame).into());
            gif.write_frame(&Frame { width, height, delay, buffer, ..Frame::default() })?;
        }
        gif.into_inner().map(|_| ())
    };
    Ok(write_atomically_with(path, existing, |file| write(file).map_err(gif_as_io))?)
}

fn write_apng(
    path: &Path,
    frames: &[Picture],
    milliseconds: &dyn Fn(usize) -> f64,
    recipe: Option<&PictureRecipe>,
    existing: Existing,
) -> Result<(), PictureError> {
    let texts = recipe.map(PictureRecipe::texts).unwrap_or_default();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(key, text)| (*key, text.as_str())).collect();
    let delay = |frame| milliseconds(frame).clamp(1.0, 65_535.0) as u16;
    let write = |file: &mut dyn io::Write| {
        let mut encoder = encoder(file, &frames[0], &texts)?;
        encoder.set_animated(u32::try_from(frames.len()).unwrap_or(u32::MAX), 0)?;
        encoder.set_frame_delay(delay(0), 1000)?;
        let mut png = encoder.write_header()?;
        for (number, frame) in frames.iter().enumerate() {
            png.set_frame_delay(delay(number), 1000)?;
            png.write_image_data(frame.pixels())?;
        }
        png.finish()
    };
    Ok(write_atomically_with(path, existing, |file| write(file).map_err(as_io))?)
}

fn gif_as_io(error: gif::EncodingError) -> io::Error {
    match error {
        gif::EncodingError::Io(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::BufReader;

    use super::super::{read_png, read_recipe};
    use super::*;
    use crate::error::{Classify, ErrorKind, Hint};

    fn frames(channels: usize) -> Vec<Picture> {
        let frame = |shade: u8| (0..12 * 10 * channels).map(|at| (at as u8).wrapping_add(shade)).collect();
        (0..6).map(|number| Picture::new(12, 10, channels, frame(number * 20))).collect()
    }

    fn recipe() -> PictureRecipe {
        PictureRecipe {
            recipe: "dcgan".into(),
            seed: 7,
            kind: super::super::Kind::Walk,
            // Longer than a block of a GIF file.
            extra: [("classes".to_owned(), "rose ".repeat(200).into())].into_iter().collect(),
            ..PictureRecipe::default()
        }
    }

    #[test]
    fn a_gif_has_all_frames_plays_for_ever_and_carries_its_recipe() {
        let folder = tempfile::tempdir().unwrap();
        for channels in [1, 3, 4] {
            let path = folder.path().join(format!("{channels}.gif"));
            write_animation(&path, &frames(channels), 25.0, Some(&recipe()), Existing::Keep).unwrap();
            let mut gif = gif::Decoder::new(File::open(&path).unwrap()).unwrap();
            let mut count = 0;
            while let Some(frame) = gif.read_next_frame().unwrap() {
                assert_eq!((frame.width, frame.height, frame.delay), (12, 10, 4));
                count += 1;
            }
            assert_eq!((count, gif.repeat()), (6, gif::Repeat::Infinite));
            assert_eq!(read_recipe(&path).unwrap(), recipe());
        }
    }

    #[test]
    fn a_damaged_gif_has_the_comments_before_the_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gif");
        write_animation(&path, &frames(3), 25.0, Some(&recipe()), Existing::Keep).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let found: Vec<usize> = (0..bytes.len()).map(|end| gif_comments(&bytes[..end]).len()).collect();
        assert!(found.is_sorted() && found.contains(&1) && found.last() == Some(&2), "{found:?}");
        std::fs::write(&path, &bytes[..40]).unwrap();
        assert!(matches!(read_recipe(&path), Err(PictureError::NoRecipe { .. })));
    }

    #[test]
    fn each_frame_may_have_a_time_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let times = [20.0, 500.0, 70.0, 40.0, 90.0, 1000.0];
        for name in ["a.gif", "a.png"] {
            let path = folder.path().join(name);
            write_timed(&path, &frames(3), &times, Some(&recipe()), Existing::Keep).unwrap();
            let bytes = std::fs::read(&path).unwrap();
            let read =
                impasto_data::frames(&bytes, impasto_data::Channels::Rgb, [255; 3], &Default::default());
            let read: Vec<f64> = read.unwrap().unwrap().iter().map(|frame| frame.milliseconds).collect();
            assert_eq!(read, times, "{name}");
        }
    }

    #[test]
    fn grey_frames_survive_a_gif_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gif");
        write_animation(&path, &frames(1), 10.0, None, Existing::Keep).unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut gif = options.read_info(File::open(&path).unwrap()).unwrap();
        for frame in frames(1) {
            let shown = gif.read_next_frame().unwrap().unwrap();
            let greys: Vec<u8> = shown.buffer.iter().step_by(4).copied().collect();
            assert_eq!(greys, frame.pixels());
        }
    }

    #[test]
    fn an_animated_png_has_all_frames_and_its_recipe() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        write_animation(&path, &frames(4), 30.0, Some(&recipe()), Existing::Keep).unwrap();
        let mut reader = png::Decoder::new(BufReader::new(File::open(&path).unwrap())).read_info().unwrap();
        let control = reader.info().animation_control.unwrap();
        assert_eq!((control.num_frames, control.num_plays), (6, 0));
        let mut pixels = vec![0; 12 * 10 * 4];
        for frame in frames(4) {
            reader.next_frame(&mut pixels).unwrap();
            assert_eq!(pixels, frame.pixels());
        }
        assert_eq!(read_recipe(&path).unwrap(), recipe());
        assert_eq!(read_png(&path).unwrap(), frames(4)[0]);
    }

    #[test]
    fn an_unknown_ending_names_the_choices() {
        for name in ["walk.webm", "walk", ".gif"] {
            let text = Film::for_path(Path::new(name), false).unwrap_err().to_string();
            assert!(text.contains(".gif") && text.contains(".mp4"), "{text}");
        }
        assert_eq!(Film::for_path(Path::new("nowhere/WALK.GIF"), false).unwrap(), Film::Gif);
    }

    #[test]
    fn nothing_is_overwritten_without_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gif");
        std::fs::write(&path, b"mine").unwrap();
        let error = write_animation(&path, &frames(1), 10.0, None, Existing::Keep).unwrap_err();
        assert_eq!(error.class(), ErrorKind::Refused.with([Hint::overwrite()]));
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
        write_animation(&path, &frames(1), 10.0, None, Existing::Replace).unwrap();
        assert!(std::fs::read(&path).unwrap().starts_with(b"GIF89a"));
    }

    #[test]
    fn no_frames_are_no_animation() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.gif", "a.png"] {
            let path = folder.path().join(name);
            assert!(matches!(
                write_animation(&path, &[], 10.0, None, Existing::Keep),
                Err(PictureError::Unfit { .. })
            ));
            assert!(!path.exists());
        }
    }
}
