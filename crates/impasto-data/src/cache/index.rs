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
/// More than the index of the largest set has: all of it is read into memory, and a cache may come from a stranger.
const LONGEST: u64 = 1 << 30;
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

    /// The index in this file, if all of it is there and agrees with what was asked for.
    pub(super) fn read(file: &File, key: &str, preparation: &Preparation) -> Option<Self> {
        let length = file.metadata().ok()?.len();
        let mut tail = [0; TAIL];
        read_exact_at(file, &mut tail, length.checked_sub(TAIL as u64)?).ok()?;
        let (magic, rest) = tail.split_at(16);
        let (data, rest) = rest.split_at(8);
        let (size, digest) = rest.split_at(8);
        let data = u64::from_le_bytes(data.try_into().ok()?);
        let size = u64::from_le_bytes(size.try_into().ok()?);
        let whole = data.checked_add(size)?.checked_add(TAIL as u64)? == length;
        if magic != MAGIC || size > LONGEST || !whole {
            return None;
        }
        let mut text = vec![0; usize::try_from(size).ok()?];
        read_exact_at(file, &mut text, data).ok()?;
        if digest != Sha256::digest(&text).as_slice() {
            return None;
        }
        let index: Self = serde_json::from_slice(&text).ok()?;
        (index.key == key && index.is_of(preparation) && index.agrees(data)).then_some(index)
    }

    /// True when its pictures are as large as they are going to be read.
    fn is_of(&self, preparation: &Preparation) -> bool {
        let Preparation { width, height, channels, crop, .. } = *preparation;
        let single = crop == Crop::Random || self.sizes.is_empty();
        (self.width, self.height, self.channels) == (width, height, channels.count()) && single
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preparation::Channels;

    const SIDE: usize = 4;

    fn preparation(crop: Crop) -> Preparation {
        Preparation { crop, ..Preparation::square(SIDE, Channels::Rgb) }
    }

    /// An index of two pictures.
    fn index(sizes: Vec<(u32, u32)>) -> Index {
        let account = Account {
            names: vec!["a".into(), "b".into()],
            classes: vec![],
            labels: vec![],
            findings: vec![],
            fingerprint: String::new(),
        };
        Index::new("key", &preparation(Crop::Random), sizes, account)
    }

    fn is_read(index: &Index, data: u64, crop: Crop) -> bool {
        let mut file = tempfile::tempfile().unwrap();
        file.set_len(data).unwrap();
        std::io::Seek::seek(&mut file, io::SeekFrom::End(0)).unwrap();
        index.write(data, &mut file).unwrap();
        Index::read(&file, "key", &preparation(crop)).is_some()
    }

    #[test]
    fn a_cache_of_other_pictures_than_were_asked_for_is_none() {
        let each = (3 * SIDE * SIDE) as u64;
        assert!(is_read(&index(vec![]), 2 * each, Crop::Center));
        let smaller = Index { width: 1, height: 1, ..index(vec![]) };
        assert!(!is_read(&smaller, 6, Crop::Center), "a window would begin before the picture");
        let deeper = Index { channels: 4, ..index(vec![]) };
        assert!(!is_read(&deeper, 2 * 4 * (SIDE * SIDE) as u64, Crop::Center));
        let sized = index(vec![(5, 5), (4, 4)]);
        assert!(is_read(&sized, 75 + each, Crop::Random));
        assert!(!is_read(&sized, 75 + each, Crop::Center));
    }

    #[test]
    fn sizes_that_no_file_can_have_are_no_sizes() {
        let endless = index(vec![(u32::MAX, u32::MAX), (u32::MAX, u32::MAX)]);
        assert!(!is_read(&endless, 96, Crop::Random));
        let small = index(vec![(4, 4), (3, 4)]);
        assert!(!is_read(&small, 48 + 36, Crop::Random));
    }

    #[test]
    fn an_index_longer_than_any_is_not_read() {
        let file = tempfile::tempfile().unwrap();
        let mut tail = MAGIC.to_vec();
        tail.extend(0u64.to_le_bytes());
        tail.extend((1u64 << 40).to_le_bytes());
        tail.extend([0; 32]);
        file.set_len(1 << 40).unwrap();
        let mut end = &file;
        std::io::Seek::seek(&mut end, io::SeekFrom::End(0)).unwrap();
        end.write_all(&tail).unwrap();
        assert!(Index::read(&file, "key", &preparation(Crop::Center)).is_none());
    }
}
