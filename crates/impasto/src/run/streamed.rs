//! Safetensors files that may come from strangers, read once from beginning to end.
//!
//! What a file says of itself is held against what it is before anything is done about it: first its length, then its
//! header, which is short; and the hash is taken of what is read while it is read. So no more is ever held than the numbers
//! that were asked for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use sha2::{Digest, Sha256};

use super::tensors::{Stored, in_hexadecimal};

/// A header may be no longer: names and shapes of more tensors than any recipe has.
pub(super) const LONGEST_HEADER: u64 = 16 << 20;
/// So much is read at a time.
const PART: usize = 1 << 18;

/// How much a file of tensors holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Tensors.
    pub tensors: usize,
    /// Numbers in all of them.
    pub numbers: u64,
}

/// What is known of a file before it is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    /// The SHA-256 of its bytes.
    pub(crate) sha256: &'a str,
    /// How many bytes it has; checkpoints of older versions don't say.
    pub(crate) bytes: Option<u64>,
    /// How many it may have.
    pub(crate) most: u64,
}

/// All tensors of the file; the error is a sentence.
pub(super) fn read(path: &Path, expected: Expected<'_>) -> Result<BTreeMap<String, Stored>, String> {
    read_some(path, expected, &|_| true)
}

/// The tensors of these names; the whole file is checked all the same.
pub(crate) fn read_some(
    path: &Path,
    expected: Expected<'_>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Stored>, String> {
    let mut file = TensorFile::open(path, expected)?;
    let mut tensors = BTreeMap::new();
    for (name, info) in file.header()? {
        let bytes = info.data_offsets.1 - info.data_offsets.0;
        if wanted(&name) {
            let values = file.values(bytes / 4).map_err(|error| cannot_read(path, &error))?;
            tensors.insert(name, Stored { shape: info.shape, values });
        } else {
            file.skip(bytes as u64).map_err(|error| cannot_read(path, &error))?;
        }
    }
    file.finish(expected.sha256)?;
    Ok(tensors)
}

/// The same without holding any number: how many there are, if the file is what was written.
pub(super) fn check(path: &Path, expected: Expected<'_>) -> Result<Counts, String> {
    let mut file = TensorFile::open(path, expected)?;
    let header = file.header()?;
    let numbers = header.iter().map(|(_, info)| info.data_offsets.1 - info.data_offsets.0).sum::<usize>() / 4;
    let counts = Counts { tensors: header.len(), numbers: numbers as u64 };
    file.skip(u64::MAX).map_err(|error| cannot_read(path, &error))?;
    file.finish(expected.sha256)?;
    Ok(counts)
}

struct TensorFile<'a> {
    path: &'a Path,
    file: BufReader<File>,
    length: u64,
    digest: Sha256,
}

impl<'a> TensorFile<'a> {
    fn open(path: &'a Path, Expected { bytes, most, .. }: Expected<'_>) -> Result<Self, String> {
        let opened = impasto_system::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (length, file) = opened.map_err(|error| cannot_read(path, &error))?;
        if let Some(written) = bytes.filter(|&written| written != length) {
            return Err(changed(path, &format!("it has {length} bytes, and {written} were written")));
        }
        if length > most {
            let why =
                format!("it has {length} bytes, more than these settings and this machine allow ({most})");
            return Err(format!("{}: {why}", name_of(path)));
        }
        Ok(Self { path, file: BufReader::with_capacity(PART, file), length, digest: Sha256::new() })
    }

    /// Names, shapes and places, in the order in which they lie in the file, which they fill.
    fn header(&mut self) -> Result<Vec<(String, TensorInfo)>, String> {
        let path = self.path;
        let mut length = [0; 8];
        self.fill(&mut length).map_err(|error| cannot_read(path, &error))?;
        let length = u64::from_le_bytes(length);
        if length > LONGEST_HEADER.min(self.length.saturating_sub(8)) {
            return Err(changed(path, "its header says that it is longer than it can be"));
        }
        let mut header = vec![0; length as usize];
        self.fill(&mut header).map_err(|error| cannot_read(path, &error))?;
        let metadata: Metadata = serde_json::from_slice(&header)
            .map_err(|error| changed(path, &format!("its header can't be read: {error}")))?;
        if metadata.data_len() as u64 != self.length - 8 - length {
            return Err(changed(path, "its header speaks of another number of bytes than there are"));
        }
        let names = metadata.offset_keys().into_iter();
        let all = names.filter_map(|name| metadata.info(&name).cloned().map(|info| (name, info)));
        let all: Vec<(String, TensorInfo)> = all.collect();
        match all.iter().find(|(_, info)| info.dtype != Dtype::F32) {
            None => Ok(all),
            Some((name, info)) => {
                Err(format!("{}: tensor `{name}` holds {}, and only F32 is read", name_of(path), info.dtype))
            }
        }
    }

    fn values(&mut self, count: usize) -> io::Result<Vec<f32>> {
        let mut values = Vec::new();
        values.try_reserve_exact(count)?;
        let mut part = vec![0; PART.min(count * 4)];
        while values.len() < count {
            let part = &mut part[..PART.min((count - values.len()) * 4)];
            self.fill(part)?;
            let (numbers, _) = part.as_chunks::<4>();
            values.extend(numbers.iter().map(|&number| f32::from_le_bytes(number)));
        }
        Ok(values)
    }

    /// Reads so many bytes, or what is left of them, for the hash alone.
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let (mut part, mut left) = (vec![0; PART], bytes);
        while left > 0 {
            let most = PART.min(usize::try_from(left).unwrap_or(PART));
            match self.file.read(&mut part[..most])? {
                0 => break,
                count => {
                    self.digest.update(&part[..count]);
                    left -= count as u64;
                }
            }
        }
        Ok(())
    }

    fn fill(&mut self, part: &mut [u8]) -> io::Result<()> {
        self.file.read_exact(part)?;
        self.digest.update(part);
        Ok(())
    }

    fn finish(mut self, sha256: &str) -> Result<(), String> {
        let over = self.file.read(&mut [0]).map_err(|error| cannot_read(self.path, &error))?;
        if over > 0 || in_hexadecimal(&self.digest.finalize()) != sha256 {
            return Err(changed(self.path, "its SHA-256 differs"));
        }
        Ok(())
    }
}

fn changed(path: &Path, why: &str) -> String {
    format!("{} is not what was written (truncated or changed: {why})", name_of(path))
}

fn cannot_read(path: &Path, error: &io::Error) -> String {
    format!("{} can't be read: {error}", name_of(path))
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tensors::{encode, sha256};
    use super::*;
    use impasto_random::Random;
    use std::fs;

    fn some() -> BTreeMap<String, Stored> {
        let values = |seed, count| Random::new(seed, "values", 0).normals(count);
        BTreeMap::from([
            ("large".into(), Stored { shape: vec![300, 301], values: values(1, 300 * 301) }),
            ("none".into(), Stored { shape: vec![0, 4], values: vec![] }),
            ("one".into(), Stored { shape: vec![], values: vec![f32::from_bits(0x7fc0_0001)] }),
        ])
    }

    fn expected(sha256: &str, bytes: Option<u64>, most: u64) -> Expected<'_> {
        Expected { sha256, bytes, most }
    }

    #[test]
    fn what_is_streamed_is_what_was_written_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        let bytes = encode(&some()).unwrap();
        fs::write(&path, &bytes).unwrap();
        let (hash, length) = (sha256(&bytes), bytes.len() as u64);
        let back = read(&path, expected(&hash, Some(length), length)).unwrap();
        assert_eq!(encode(&back).unwrap(), bytes);
        let one = read_some(&path, expected(&hash, None, length), &|name| name == "one").unwrap();
        assert_eq!(one.into_keys().collect::<Vec<_>>(), ["one"]);
        let wrong = read_some(&path, expected("0", None, length), &|name| name == "one").unwrap_err();
        assert!(wrong.contains("SHA-256"), "what is left out is checked too: {wrong}");
        let counts = check(&path, expected(&hash, None, length)).unwrap();
        assert_eq!(counts, Counts { tensors: 3, numbers: 300 * 301 + 1 });
    }

    #[test]
    fn a_length_that_is_not_right_is_refused_before_a_byte_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        fs::File::create(&path).unwrap().set_len(64 << 30).unwrap();
        let refused = |bytes, most| read(&path, expected("", bytes, most)).unwrap_err();
        assert!(refused(Some(1000), u64::MAX).contains("1000 were written"));
        assert!(refused(None, 1000).contains("allow (1000)"));
        assert!(
            refused(None, u64::MAX).contains("another number of bytes")
                || refused(None, u64::MAX).contains("header")
        );
    }

    #[test]
    fn headers_that_lie_are_refused_even_with_the_right_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        let file = |header: &str, data: usize| {
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend_from_slice(header.as_bytes());
            bytes.resize(bytes.len() + data, 0);
            bytes
        };
        let tensor = |dtype: &str, shape: &str, to: u64| {
            format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[0,{to}]}}}}"#)
        };
        for bytes in [
            vec![],
            vec![255; 16],
            file(&tensor("F32", "[4]", 16), 12),
            file(&tensor("F32", "[3]", 12), 16),
            file(&tensor("F32", "[18446744073709551615,2]", 12), 12),
            file(&tensor("F16", "[2]", 4), 4),
            file(&"[".repeat(100_000), 0),
            file("{}", 4),
        ] {
            fs::write(&path, &bytes).unwrap();
            let hash = sha256(&bytes);
            assert!(read(&path, expected(&hash, None, u64::MAX)).is_err());
            assert!(check(&path, expected(&hash, None, u64::MAX)).is_err());
        }
    }
}
