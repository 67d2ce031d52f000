//! Safetensors with numbers of any kind.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};

use super::ReadError;
use super::element::Element;
use crate::run::Stored;

/// Whether this may be one: a length, and then an object of JSON.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.get(8) == Some(&b'{')
}

/// All tensors.
pub(super) fn tensors(bytes: &[u8]) -> Result<BTreeMap<String, Stored>, ReadError> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| ReadError::Damaged(error.to_string()))?;
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
