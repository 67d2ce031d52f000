//! A set of pictures, ready for training: prepared once, then read in batches.

use impasto_system::Monitor;
use std::path::{Path, PathBuf};

use impasto_random::Random;
use rayon::prelude::*;

use crate::batch::Batch;
use crate::cache::{self, Cache};
use crate::decode::Limits;
use crate::error::DataError;
use crate::finding::Finding;
use crate::preparation::{Crop, Preparation};
use crate::source::Source;

/// What may be chosen beside the preparation.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How large a picture may be.
    pub limits: Limits,
    /// Where prepared pictures are kept, if not in `cache_folder()`.
    pub cache: Option<PathBuf>,
}

/// A set of prepared pictures.
#[derive(Debug)]
pub struct Dataset {
    cache: Cache,
    preparation: Preparation,
}

/// What is cut out of a prepared picture.
#[derive(Debug, Clone, Copy)]
struct Window {
    left: usize,
    top: usize,
    mirrored: bool,
}

impl Dataset {
    /// The pictures at the path, prepared: from the cache, or decoded now.
    ///
    /// # Errors
    /// When the path can't be read, when not one picture is good, or when the cache can't be written.
    pub fn open(
        path: &Path,
        preparation: &Preparation,
        monitor: &mut dyn Monitor,
    ) -> Result<Self, DataError> {
        Self::open_with(path, preparation, &Options::default(), monitor)
    }

    /// The same, with other limits or another cache.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_with(
        path: &Path,
        preparation: &Preparation,
        options: &Options,
        monitor: &mut dyn Monitor,
    ) -> Result<Self, DataError> {
        preparation.check()?;
        let source = Source::scan(path)?;
        let folder = options.cache.clone().map_or_else(cache::cache_folder, Ok)?.join("prepared");
        let key = cache::key(&source.fingerprint()?, preparation, &options.limits);
        let cache = match Cache::load(&folder, &key, preparation) {
            Some(cache) => cache,
            None => cache::build(path, &source, preparation, &options.limits, &folder, &key, monitor)?,
        };
        Ok(Self { cache, preparation: preparation.clone() })
    }

    /// How many pictures there are; never 0.
    #[expect(clippy::len_without_is_empty, reason = "a set without pictures can't be opened")]
    pub fn len(&self) -> usize {
        self.cache.index.names.len()
    }

    /// The names of the classes; empty without classes.
    pub fn classes(&self) -> &[String] {
        &self.cache.index.classes
    }

    /// A class for each picture; empty without classes.
    pub fn labels(&self) -> &[u32] {
        &self.cache.index.labels
    }

    /// Where each picture came from, from the root of the set.
    pub fn names(&self) -> &[String] {
        &self.cache.index.names
    }

    /// What was noticed about single pictures.
    pub fn findings(&self) -> &[Finding] {
        &self.cache.index.findings
    }

    /// How the pictures were made equal.
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// Of the prepared pixels and the labels: sets with the same one train the same, wherever they lie.
    pub fn fingerprint(&self) -> &str {
        &self.cache.index.fingerprint
    }

    /// These pictures, with random windows (for `Crop::Random`) and flips (if the preparation asks for them).
    ///
    /// # Errors
    /// When there is no such picture, or the cache can't be read.
    pub fn read(&self, indices: &[u32], random: &mut Random) -> Result<Batch, DataError> {
        self.gather(indices, |free_x, free_y| Window {
            // All three are always drawn, so that a picture's size doesn't change what the next one gets.
            left: random.below(free_x + 1),
            top: random.below(free_y + 1),
            mirrored: random.chance(0.5) && self.preparation.flip,
        })
    }

    /// These pictures as they are: the middle of each, not flipped. For sheets and measures.
    ///
    /// # Errors
    /// When there is no such picture, or the cache can't be read.
    pub fn plain(&self, indices: &[u32]) -> Result<Batch, DataError> {
        self.gather(indices, |free_x, free_y| Window { left: free_x / 2, top: free_y / 2, mirrored: false })
    }

    fn gather(
        &self,
        indices: &[u32],
        mut window: impl FnMut(usize, usize) -> Window,
    ) -> Result<Batch, DataError> {
        let (width, height, channels) =
            (self.preparation.width, self.preparation.height, self.preparation.channels.count());
        let mut wanted = Vec::with_capacity(indices.len());
        for &index in indices {
            let (full_width, full_height) = self.cache.size(index)?;
            wanted.push((index, window(full_width - width, full_height - height)));
        }
        let mut pixels = vec![0; indices.len() * channels * height * width];
        pixels
            .par_chunks_exact_mut(channels * height * width)
            .zip(wanted)
            .try_for_each(|(slot, (index, window))| self.fetch(index, window, slot))?;
        let labels = self.labels();
        let labels =
            if labels.is_empty() { vec![] } else { indices.iter().map(|&i| labels[i as usize]).collect() };
        Ok(Batch { pixels, count: indices.len(), channels, height, width, labels })
    }

    fn fetch(&self, index: u32, window: Window, slot: &mut [u8]) -> Result<(), DataError> {
        let (width, height) = (self.preparation.width, self.preparation.height);
        if self.preparation.crop == Crop::Random {
            let (full_width, full_height) = self.cache.size(index)?;
            let mut full = vec![0; self.preparation.channels.count() * full_width * full_height];
            self.cache.read(index, &mut full)?;
            for (plane, cut) in
                full.chunks_exact(full_width * full_height).zip(slot.chunks_exact_mut(width * height))
            {
                let rows = plane.chunks_exact(full_width).skip(window.top);
                for (row, cut) in rows.zip(cut.chunks_exact_mut(width)) {
                    cut.copy_from_slice(&row[window.left..window.left + width]);
                }
            }
        } else {
            self.cache.read(index, slot)?;
        }
        if window.mirrored {
            let together = if self.preparation.pairs { width / 2 } else { width };
            slot.chunks_exact_mut(together).for_each(<[u8]>::reverse);
        }
        Ok(())
    }
}
