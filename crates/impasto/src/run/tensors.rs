//! Tensors at rest, in the safetensors format: names, shapes and little-endian 32-bit floats, nothing executable.
//!
//! The bytes are a pure function of the contents: sorted by name, without time or place.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use safetensors::{Dtype, SafeTensors, View};
use sha2::{Digest, Sha256};

use impasto_system::FileError;

/// A tensor at rest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stored {
    /// The size of each dimension; empty for a single number.
    pub shape: Vec<usize>,
    /// The numbers, last dimension fastest.
    pub values: Vec<f32>,
}

/// Named tensors as the bytes of a safetensors file; the error is a sentence.
///
/// # Panics
/// When a tensor hasn't as many values as its shape says.
pub fn encode(tensors: &BTreeMap<String, Stored>) -> Result<Vec<u8>, String> {
    for (name, Stored { shape, values }) in tensors {
        let count: usize = shape.iter().product();
        assert_eq!(count, values.len(), "`{name}` of shape {shape:?} has another number of values");
    }
    let views = tensors.iter().map(|(name, stored)| (name.as_str(), AtRest(stored)));
    safetensors::serialize(views, None).map_err(|error| error.to_string())
}

/// The tensors of a safetensors file; the error is a sentence. Never panics, whatever the bytes are, and takes no
/// more memory than a few times their number.
pub fn decode(bytes: &[u8]) -> Result<BTreeMap<String, Stored>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(format!("tensor `{name}` holds {}, and only F32 is read", view.dtype()));
        }
        let (numbers, _) = view.data().as_chunks::<4>();
        let values = numbers.iter().map(|&number| f32::from_le_bytes(number)).collect();
        tensors.insert(name.to_string(), Stored { shape: view.shape().to_vec(), values });
    }
    Ok(tensors)
}

/// The SHA-256 of these bytes in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    in_hexadecimal(&Sha256::digest(bytes))
}

/// The same of a file, which may be larger than the memory.
pub fn sha256_of_file(path: &Path) -> Result<String, FileError> {
    let mut digest = Sha256::new();
    let mut feed = || -> io::Result<()> {
        let mut file = BufReader::with_capacity(1 << 20, impasto_system::open(path)?);
        loop {
            let read = file.fill_buf()?;
            if read.is_empty() {
                return Ok(());
            }
            digest.update(read);
            let length = read.len();
            file.consume(length);
        }
    };
    feed().map_err(FileError::at("read", path))?;
    Ok(in_hexadecimal(&digest.finalize()))
}

pub(super) fn in_hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct AtRest<'a>(&'a Stored);

impl View for AtRest<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.0.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn data_len(&self) -> usize {
        self.0.values.len() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn some() -> BTreeMap<String, Stored> {
        let stored =
            |shape: &[usize], values: &[f32]| Stored { shape: shape.to_vec(), values: values.to_vec() };
        BTreeMap::from([
            (
                "generator.dense.weight".into(),
                stored(&[2, 3], &[1.0, -2.0, 0.5, f32::MIN_POSITIVE, -0.0, 7.25]),
            ),
            ("generator.dense.bias".into(), stored(&[3], &[f32::NAN, f32::INFINITY, 0.1])),
            ("step".into(), stored(&[], &[3.0])),
            ("empty".into(), stored(&[0, 4], &[])),
        ])
    }

    #[test]
    fn tensors_come_back_bit_for_bit() {
        let bits = |tensors: &BTreeMap<String, Stored>| -> Vec<(String, Vec<usize>, Vec<u32>)> {
            let bits = |stored: &Stored| stored.values.iter().map(|value| value.to_bits()).collect();
            tensors.iter().map(|(name, one)| (name.clone(), one.shape.clone(), bits(one))).collect()
        };
        let bytes = encode(&some()).unwrap();
        assert_eq!(bits(&decode(&bytes).unwrap()), bits(&some()));
        assert_eq!(bytes, encode(&some()).unwrap());
        assert_eq!(decode(&encode(&BTreeMap::new()).unwrap()).unwrap(), BTreeMap::new());
    }

    #[test]
    fn hostile_headers_are_refused() {
        let file = |header: &str, data: usize| {
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend_from_slice(header.as_bytes());
            bytes.resize(bytes.len() + data, 0);
            bytes
        };
        let tensor = |shape: &str, from: u64, to: u64| {
            format!(r#"{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}"#)
        };
        let huge = u64::MAX.to_string();
        let hostile = [
            vec![],
            vec![255; 8],
            u64::MAX.to_le_bytes().repeat(4),
            file(&format!(r#"{{"a":{}}}"#, tensor(&format!("[{huge},{huge}]"), 0, 4)), 4),
            file(&format!(r#"{{"a":{}}}"#, tensor("[1]", 4, 0)), 4),
            file(&format!(r#"{{"a":{}}}"#, tensor("[1]", 0, u64::MAX)), 4),
            file(&format!(r#"{{"a":{},"b":{}}}"#, tensor("[2]", 0, 8), tensor("[2]", 4, 12)), 12),
            file(&format!(r#"{{"a":{}}}"#, tensor("[4]", 0, 4)), 4),
            file(&tensor("[1]", 0, 4), 4),
            file(&"[".repeat(100_000), 0),
        ];
        for bytes in hostile {
            assert!(decode(&bytes).is_err(), "{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(90)]));
        }
        let other = file(r#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4);
        assert!(decode(&other).unwrap_err().contains("only F32"));
    }

    #[test]
    fn ten_thousand_random_mutations_never_panic() {
        let good = encode(&some()).unwrap();
        for round in 0..10_000 {
            let mut random = Random::new(1, "mutations", round);
            let mut bytes = good.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                bytes[at] = random.bits() as u8;
            }
            if random.chance(0.2) {
                bytes.truncate(random.below(bytes.len()));
            }
            if let Ok(tensors) = decode(&bytes) {
                assert!(tensors.values().all(|one| one.shape.iter().product::<usize>() == one.values.len()));
            }
        }
    }
}
