//! What can go wrong with picture files, in sentences that say what to do.

use std::path::{Path, PathBuf};

use impasto_system::FileError;

use crate::error::{Class, Classify, ErrorKind, Hint};

/// Something is wrong with a picture file.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Reading or writing failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The picture doesn't fit the format.
    #[error("`{}` can't be written ({why}); choose another size or format", path.display())]
    Unfit {
        /// The file that was to be.
        path: PathBuf,
        /// What the format said.
        why: String,
    },
    /// The file can't be read as PNG.
    #[error("`{}` can't be read as a PNG picture ({why}); give a whole PNG file", path.display())]
    NotPng {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        why: String,
    },
    /// There is no recipe in the picture.
    #[error(
        "`{}` carries no recipe: it was not painted by Impasto, or a program that saved it again has dropped its \
         text; give the file as Impasto wrote it", path.display()
    )]
    NoRecipe {
        /// The file.
        path: PathBuf,
    },
    /// The recipe in the picture can't be understood.
    #[error(
        "the recipe in `{}` can't be understood ({why}); it may be of a later version: update this program",
        path.display()
    )]
    BadRecipe {
        /// The file.
        path: PathBuf,
        /// Where it stopped making sense.
        why: String,
    },
    /// The file's name doesn't say which kind of animation is wanted.
    #[error(
        "`{}` does not end in the name of an animation; write .gif (256 colours, shown everywhere), .png (animated \
         PNG, all colours) or .mp4 (needs ffmpeg)", path.display()
    )]
    UnknownFilm {
        /// The file that was to be.
        path: PathBuf,
    },
    /// The file is there already.
    #[error("`{}` is there already; choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A folder is where the file is to be.
    #[error("`{}` is a folder, and the name of a file is wanted; choose another name", path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// ffmpeg isn't there.
    #[error(
        "`{}` needs the program ffmpeg, which is not on the path; write .gif or .png instead, or install ffmpeg",
        path.display()
    )]
    NoFfmpeg {
        /// The file that was to be.
        path: PathBuf,
    },
    /// ffmpeg isn't there, for a film that is to be read.
    #[error(
        "`{}` is a film, which the programs ffmpeg and ffprobe read, and they are not on the path; install ffmpeg, or give its \
         frames: as a folder of pictures, as GIF or as animated PNG", path.display()
    )]
    NoFfmpegToRead {
        /// The film.
        path: PathBuf,
    },
    /// The film can't be read.
    #[error("`{}` can't be read as a film ({why}); check that a player shows it", path.display())]
    NoFilm {
        /// The film.
        path: PathBuf,
        /// What ffmpeg said.
        why: String,
    },
    /// ffmpeg failed.
    #[error("ffmpeg could not write `{}`: {why}; write .gif or .png instead", path.display())]
    Ffmpeg {
        /// The file that was to be.
        path: PathBuf,
        /// What it said last.
        why: String,
    },
}

/// Refuses the place of a file that is to be written: one that is taken, unless it may be overwritten, and a folder always.
pub fn check_free(path: &Path, force: bool) -> Result<(), PictureError> {
    match () {
        () if path.is_dir() => Err(PictureError::IsFolder { path: path.to_path_buf() }),
        () if path.exists() && !force => Err(PictureError::Exists { path: path.to_path_buf() }),
        () => Ok(()),
    }
}

impl Classify for PictureError {
    fn class(&self) -> Class {
        match self {
            Self::File(error) => error.class(),
            Self::Exists { .. } => ErrorKind::Refused.with([Hint::overwrite()]),
            Self::NotPng { .. } | Self::NoFilm { .. } => ErrorKind::Unreadable.into(),
            Self::BadRecipe { .. } => ErrorKind::Corrupt.into(),
            Self::UnknownFilm { .. } => ErrorKind::Usage.into(),
            Self::NoFfmpeg { .. } | Self::NoFfmpegToRead { .. } => ErrorKind::Missing.into(),
            Self::Unfit { .. } | Self::NoRecipe { .. } | Self::IsFolder { .. } | Self::Ffmpeg { .. } => {
                ErrorKind::Refused.into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_with_force_and_a_folder_never() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        assert!(check_free(&file, false).is_ok());
        std::fs::write(&file, b"mine").unwrap();
        assert!(matches!(check_free(&file, false), Err(PictureError::Exists { .. })));
        assert!(check_free(&file, true).is_ok());
        for force in [false, true] {
            assert!(matches!(check_free(folder.path(), force), Err(PictureError::IsFolder { .. })));
        }
    }
}
