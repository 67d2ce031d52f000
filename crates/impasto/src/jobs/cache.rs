//! What is kept that can be made again: shown, and freed.

use std::path::{Path, PathBuf};

use impasto_data::cache_folder;
use impasto_system::{Monitor, list, remove_folder};
use serde::{Deserialize, Serialize};

use super::{Choice, Job, Workshop};
use crate::error::Result;

/// Show what is kept, and free some of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheRequest {
    /// What is removed; it is made again when it is needed.
    #[serde(default)]
    pub clear: Vec<CachePart>,
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CachePart {
    /// Pictures, as trainings read them.
    Prepared,
    /// Features and classifiers, as pictures are judged with them.
    Features,
    /// Flowers that the demo has drawn.
    Demo,
}

impl Choice for CachePart {
    const ALL: &'static [Self] = &[Self::Prepared, Self::Features, Self::Demo];

    fn name(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Features => "features",
            Self::Demo => "demo",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Prepared => "pictures, as trainings read them",
            Self::Features => "features and classifiers that pictures are judged with",
            Self::Demo => "flowers that the demo has drawn",
        }
    }
}

/// What is kept, after what was to be removed is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheReport {
    /// Where it is.
    pub folder: PathBuf,
    /// What can be removed.
    pub parts: Vec<CacheContent>,
    /// The networks that the user has added, which `weights` is about.
    pub weights: CacheContent,
    /// Bytes that were freed.
    pub freed: u64,
}

/// A part of what is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheContent {
    /// What it is called.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// How large it is.
    pub bytes: u64,
}

impl Job for CacheRequest {
    const NAME: &'static str = "cache";
    type Report = CacheReport;

    fn run(&self, workshop: &Workshop, _: &mut dyn Monitor) -> Result<Self::Report> {
        self.in_folder(&cache_folder()?, workshop.weights()?.folder())
    }
}

impl CacheRequest {
    fn in_folder(&self, folder: &Path, weights: &Path) -> Result<CacheReport> {
        let content =
            |name, what, path: PathBuf| CacheContent { name, what, bytes: bytes_in(&path, 0), path };
        let part = |part: &CachePart| content(part.name(), part.about(), folder.join(part.name()));
        let mut freed = 0;
        for CacheContent { path, bytes, .. } in self.clear.iter().map(part).filter(|part| part.path.is_dir())
        {
            remove_folder(&path)?;
            freed += bytes;
        }
        Ok(CacheReport {
            folder: folder.to_path_buf(),
            parts: CachePart::ALL.iter().map(part).collect(),
            weights: content("weights", "networks that you have added", weights.to_path_buf()),
            freed,
        })
    }
}

/// The bytes of the files below a folder; links are not followed.
fn bytes_in(folder: &Path, depth: usize) -> u64 {
    /// Nothing of ours lies deeper.
    const DEEPEST: usize = 8;
    let of = |path: PathBuf| match path.symlink_metadata() {
        Ok(about) if about.is_dir() && depth < DEEPEST => bytes_in(&path, depth + 1),
        Ok(about) if about.is_file() => about.len(),
        _ => 0,
    };
    list(folder).unwrap_or_default().into_iter().map(of).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_named_is_removed_and_nothing_that_is_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: usize| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, vec![0; bytes]).unwrap();
        };
        write("prepared/a/b.pix", 100);
        write("features/c", 20);
        write("weights/lpips/d", 7);
        write("mine.txt", 1);
        let weights = folder.path().join("weights");
        let shown = CacheRequest::default().in_folder(folder.path(), &weights).unwrap();
        let sizes: Vec<u64> = shown.parts.iter().map(|part| part.bytes).collect();
        assert_eq!((sizes, shown.weights.bytes, shown.freed), (vec![100, 20, 0], 7, 0));
        let request = CacheRequest { clear: vec![CachePart::Prepared, CachePart::Demo] };
        let cleared = request.in_folder(folder.path(), &weights).unwrap();
        assert_eq!((cleared.freed, cleared.parts[0].bytes, cleared.parts[1].bytes), (100, 0, 20));
        assert!(folder.path().join("mine.txt").exists() && weights.join("lpips/d").exists());
    }
}
