//! The best checkpoint so far: `checkpoints/best.json` names it.
//!
//! A small file of its own, replaced as a whole: whatever moment a process is killed at, it names a checkpoint that was
//! the best of those judged, and that checkpoint is spared when older ones are removed. While nothing was judged there
//! is no such file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Run, images_name};
use impasto_system::{Existing, FileError, read_bounded, write_atomically};

/// The best checkpoint of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Its name, such as `000010.240k`.
    pub checkpoint: String,
    /// Pictures seen.
    pub images: u64,
    /// What the judge said: lower is better.
    pub score: f64,
}

const NAME: &str = "best.json";
const LARGEST: u64 = 1 << 20;

impl Run {
    /// The best checkpoint that was judged and is still there.
    pub fn best(&self) -> Option<Best> {
        let best: Best = serde_json::from_slice(&read_bounded(&self.best_path(), LARGEST).ok()?).ok()?;
        let is_whole = best.score.is_finite() && best.checkpoint == images_name(best.images);
        Some(best).filter(|best| is_whole && self.checkpoint_path(best.images).is_dir())
    }

    /// The folder of the checkpoint after this many pictures.
    pub fn checkpoint_path(&self, images: u64) -> PathBuf {
        self.checkpoints_folder().join(images_name(images))
    }

    /// Takes a judged checkpoint for the best if it is: its score is below the best one's, or it is the same.
    pub fn judged(&self, images: u64, score: f64) -> Result<(), FileError> {
        let is_best = self.best().is_none_or(|best| score < best.score || images == best.images);
        if !is_best || !score.is_finite() {
            return Ok(());
        }
        let best = Best { checkpoint: images_name(images), images, score };
        let text = serde_json::to_vec_pretty(&best).map_err(std::io::Error::from);
        write_atomically(
            &self.best_path(),
            &text.map_err(FileError::at("write", &self.best_path()))?,
            Existing::Replace,
        )
    }

    /// Forgets a best checkpoint that came after this many pictures: the training has gone back.
    pub(super) fn forget_best_after(&self, images: u64) -> Result<(), FileError> {
        match self.best() {
            Some(best) if best.images > images => {
                std::fs::remove_file(self.best_path()).map_err(FileError::at("remove", &self.best_path()))
            }
            _ => Ok(()),
        }
    }

    fn best_path(&self) -> PathBuf {
        self.checkpoints_folder().join(NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{About, Checkpoint};
    use std::fs;

    fn run(folder: &tempfile::TempDir, images: &[u64]) -> Run {
        let run = Run::create(&folder.path().join("run"), "", &About::default()).unwrap();
        for &images in images {
            run.save(&Checkpoint { images, ..Checkpoint::default() }).unwrap();
        }
        run
    }

    fn best(run: &Run) -> Option<(u64, f64)> {
        run.best().map(|best| (best.images, best.score))
    }

    #[test]
    fn the_lowest_score_is_the_best_and_ties_stay_with_the_older() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(&folder, &[1, 2, 3, 4]);
        assert_eq!(best(&run), None);
        for (images, score, expected) in [
            (1, 0.5, (1, 0.5)),
            (2, 0.3, (2, 0.3)),
            (3, 0.3, (2, 0.3)),
            (4, f64::NAN, (2, 0.3)),
            (2, 0.4, (2, 0.4)),
        ] {
            run.judged(images, score).unwrap();
            assert_eq!(best(&run), Some(expected), "after {images} with {score}");
        }
    }

    #[test]
    fn the_best_is_spared_when_older_ones_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(&folder, &[1, 2, 3, 4, 5]);
        run.judged(2, 0.1).unwrap();
        run.keep_last(2).unwrap();
        let left: Vec<u64> = run.checkpoints().into_iter().map(|(images, _)| images).collect();
        assert_eq!(left, [2, 4, 5]);
        run.judged(5, 0.05).unwrap();
        run.keep_last(1).unwrap();
        assert_eq!((run.checkpoints().len(), best(&run)), (1, Some((5, 0.05))));
    }

    #[test]
    fn a_best_that_is_gone_or_torn_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(&folder, &[1, 2]);
        run.judged(2, 0.1).unwrap();
        fs::remove_dir_all(run.checkpoint_path(2)).unwrap();
        assert_eq!(best(&run), None);
        run.judged(1, 0.9).unwrap();
        assert_eq!(best(&run), Some((1, 0.9)), "a worse one takes the place of one that is gone");
        for torn in ["", "{", "{\"checkpoint\":\"../../etc\",\"images\":1,\"score\":0.1}"] {
            fs::write(run.best_path(), torn).unwrap();
            assert_eq!(best(&run), None, "{torn}");
        }
    }

    #[test]
    fn going_back_forgets_what_came_after() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(&folder, &[1, 2, 3]);
        run.judged(3, 0.1).unwrap();
        run.forget_after(2).unwrap();
        assert_eq!((run.checkpoints().len(), best(&run)), (2, None));
        run.judged(1, 0.1).unwrap();
        run.forget_after(2).unwrap();
        assert_eq!(best(&run), Some((1, 0.1)));
    }
}
