//! Safetensors with numbers of any kind.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};

use super::ReadError;
use super::budget::Budget;
use super::element::Element;
use crate::run::Stored;

/// A header of some eighty thousand tensors.
const MOST_HEADER: u64 = 8 << 20;
/// What a header becomes while it is read, in multiples of its size, unless it was made for that: names, shapes and places.
const HEADER_TIMES: u64 = 16;

/// Whether this may be one: a length, and then an object of JSON.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.get(8) == Some(&b'{')
}

/// All tensors.
pub(super) fn tensors(bytes: &[u8], budget: &mut Budget) -> Result<BTreeMap<String, Stored>, ReadError> {
    let header = bytes.first_chunk().map(|&length| u64::from_le_bytes(length)).ok_or(ReadError::Ends)?;
    if header > MOST_HEADER {
        return Err(ReadError::TooMuch("its header is said to be longer than that of any weights"));
    }
    budget.take(header * HEADER_TIMES, "its header is longer than its tensors need")?;
    let file = SafeTensors::deserialize(bytes).map_err(|error| ReadError::Damaged(error.to_string()))?;
    for (_, view) in file.iter() {
        budget.numbers(view.shape())?;
    }
    let stored = |(name, view): (&str, safetensors::tensor::TensorView<'_>)| {
        let element = element(view.dtype()).ok_or(ReadError::Kind("it holds numbers of an unusual kind"))?;
        Ok((name.to_owned(), Stored { shape: view.shape().to_vec(), values: element.floats(view.data()) }))
    };
    file.iter().map(stored).collect()
}

fn element(kind: Dtype) -> Option<Element> {
    Some(match kind {
        Dtype::F64 => Element::F64,
        Dtype::F32 => Element::F32,
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::Bf16,
        Dtype::I64 => Element::I64,
        Dtype::I32 => Element::I32,
        Dtype::I16 => Element::I16,
        Dtype::I8 => Element::I8,
        Dtype::U8 | Dtype::BOOL => Element::U8,
        _ => return None,
    })
}
