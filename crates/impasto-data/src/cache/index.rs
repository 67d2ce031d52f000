//! What a cache file says about its pixels. The file: all pixels; the index as JSON; and a tail of fixed length with
//! the lengths of both and the digest of the index.

use std::fs::File;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::positional::read_exact_at;
use crate::finding::Finding;
use crate::ledger::Account;
use crate::preparation::{Crop, Preparation};

const MAGIC: &[u8; 16] = b"impasto pictures";
/// Magic, length of the pixels, length of the index, digest of the index.
const TAIL: usize = 16 + 8 + 8 + 32;

/// What is known about prepared pictures.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Index {
    key: String,
    width: usize,
    height: usize,
    channels: usize,
    /// Width and height of each picture; empty when all have the one size.
    sizes: Vec<(u32, u32)>,
    pub(crate) names: Vec<String>,
    pub(crate) classes: Vec<String>,
    pub(crate) labels: Vec<u32>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) fingerprint: String,
}

impl Index {
    /// The index of pictures that were prepared in this way.
    pub(super) fn new(
        key: &str,
        preparation: &Preparation,
        sizes: Vec<(u32, u32)>,
        account: Account,
    ) -> Self {
        let Account { names, classes, labels, findings, fingerprint } = account;
        let Preparation { width, height, channels, crop, .. } = *preparation;
        let sizes = if crop == Crop::Random { sizes } else { Vec::new() };
        let key = key.to_owned();
        Self {
            key,
            width,
            height,
            channels: channels.count(),
            sizes,
            names,
            classes,
            labels,
            findings,
            fingerprint,
        }
    }

    /// Writes the index and the tail behind `data` bytes of pixels.
    pub(super) fn write(&self, data: u64, to: &mut impl Write) -> io::Result<()> {
        let text = serde_json::to_vec(self)?;
        to.write_all(&text)?;
        to.write_all(MAGIC)?;
        to.write_all(&data.to_le_bytes())?;
        to.write_all(&(text.len() as u64).to_le_bytes())?;
        to.write_all(&Sha256::digest(&text))
    }

    /// The index in this file, if all of it is there and agrees.
    pub(super) fn read(file: &File, key: &str) -> Option<Self> {
        let length = file.metadata().ok()?.len();
        let mut tail = [0; TAIL];
        read_exact_at(file, &mut tail, length.checked_sub(TAIL as u64)?).ok()?;
        let (magic, rest) = tail.split_at(16);
        let (data, rest) = rest.split_at(8);
        let (size, digest) = rest.split_at(8);
        let data = u64::from_le_bytes(data.try_into().ok()?);
        let size = u64::from_le_bytes(size.try_into().ok()?);
        if magic != MAGIC || data.checked_add(size)?.checked_add(TAIL as u64)? != length {
            return None;
        }
        let mut text = vec![0; usize::try_from(size).ok()?];
        read_exact_at(file, &mut text, data).ok()?;
        if digest != Sha256::digest(&text).as_slice() {
            return None;
        }
        let index: Self = serde_json::from_slice(&text).ok()?;
        (index.key == key && index.agrees(data)).then_some(index)
    }

    /// Width and height of a prepared picture.
    pub(super) fn size(&self, index: usize) -> (usize, usize) {
        let own = self.sizes.get(index).map(|&(width, height)| (width as usize, height as usize));
        own.unwrap_or((self.width, self.height))
    }

    /// Where each picture begins, and where the last one ends.
    pub(super) fn offsets(&self) -> Option<Vec<u64>> {
        let mut offsets = Vec::with_capacity(self.names.len() + 1);
        let mut at = 0u64;
        offsets.push(at);
        for index in 0..self.names.len() {
            let (width, height) = self.size(index);
            let bytes = width.checked_mul(height)?.checked_mul(self.channels)?;
            at = at.checked_add(bytes as u64)?;
            offsets.push(at);
        }
        Some(offsets)
    }

    /// True when nothing in the index points beyond what is there.
    fn agrees(&self, data: u64) -> bool {
        let count = self.names.len();
        let labelled = self.labels.is_empty() || self.labels.len() == count;
        let known = self.labels.iter().all(|&label| (label as usize) < self.classes.len());
        let sized = self.sizes.is_empty() || self.sizes.len() == count;
        let covering = (0..count).all(|i| self.size(i).0 >= self.width && self.size(i).1 >= self.height);
        let full = self.offsets().is_some_and(|offsets| offsets.last() == Some(&data));
        count > 0 && labelled && known && sized && covering && full
    }
}
