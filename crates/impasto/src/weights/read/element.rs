//! The kinds of numbers that tensors are written in, all lowest byte first.

/// One kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    F64,
    F32,
    F16,
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U8,
}

impl Element {
    /// By PyTorch's name of a storage, without the word "Storage".
    pub(super) fn of_storage(name: &str) -> Option<Self> {
        Some(match name {
            "Double" => Self::F64,
            "Float" => Self::F32,
            "Half" => Self::F16,
            "BFloat16" => Self::Bf16,
            "Long" => Self::I64,
            "Int" => Self::I32,
            "Short" => Self::I16,
            "Char" => Self::I8,
            "Byte" | "Bool" => Self::U8,
            _ => return None,
        })
    }

    /// By numpy's short name.
    pub(super) fn of_numpy(name: &str) -> Option<Self> {
        Some(match name {
            "f8" => Self::F64,
            "f4" => Self::F32,
            "f2" => Self::F16,
            "i8" => Self::I64,
            "i4" => Self::I32,
            "i2" => Self::I16,
            "i1" => Self::I8,
            "u1" | "b1" => Self::U8,
            _ => return None,
        })
    }

    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 => 2,
            Self::I8 | Self::U8 => 1,
        }
    }

    /// All the whole numbers in these bytes.
    pub(super) fn floats(self, bytes: &[u8]) -> Vec<f32> {
        self.taken(bytes, None)
    }

    /// The numbers at these places, which must be there.
    pub(super) fn floats_at(self, bytes: &[u8], places: &mut dyn Iterator<Item = usize>) -> Vec<f32> {
        self.taken(bytes, Some(places))
    }

    fn taken(self, bytes: &[u8], places: Option<&mut dyn Iterator<Item = usize>>) -> Vec<f32> {
        match self {
            Self::F64 => each(bytes, places, |b| f64::from_le_bytes(b) as f32),
            Self::F32 => each(bytes, places, f32::from_le_bytes),
            Self::F16 => each(bytes, places, |b| half(u16::from_le_bytes(b))),
            Self::Bf16 => each(bytes, places, |b| f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)),
            Self::I64 => each(bytes, places, |b| i64::from_le_bytes(b) as f32),
            Self::I32 => each(bytes, places, |b| i32::from_le_bytes(b) as f32),
            Self::I16 => each(bytes, places, |b| f32::from(i16::from_le_bytes(b))),
            Self::I8 => each(bytes, places, |b| f32::from(i8::from_le_bytes(b))),
            Self::U8 => each(bytes, places, |[b]| f32::from(b)),
        }
    }
}

/// All numbers of `N` bytes, or those at certain places.
fn each<const N: usize>(
    bytes: &[u8],
    places: Option<&mut dyn Iterator<Item = usize>>,
    number: impl Fn([u8; N]) -> f32,
) -> Vec<f32> {
    let numbers = bytes.as_chunks::<N>().0;
    match places {
        None => numbers.iter().map(|&bytes| number(bytes)).collect(),
        Some(places) => places.map(|place| number(numbers[place])).collect(),
    }
}

/// A number of 16 bits: one of sign, five of exponent, ten of fraction.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read() {
        assert_eq!(Element::F64.floats(&1.5f64.to_le_bytes()), [1.5]);
        assert_eq!(Element::F32.floats(&[0, 0, 0x20, 0xc0, 9]), [-2.5], "half a number is none");
        assert_eq!(Element::I64.floats(&(-3i64).to_le_bytes()), [-3.0]);
        assert_eq!(Element::Bf16.floats(&[0x80, 0x3f, 0x00, 0xc0]), [1.0, -2.0]);
        assert_eq!(Element::U8.floats(&[0, 255]), [0.0, 255.0]);
    }

    #[test]
    fn halves_are_read_to_the_bit() {
        let read = |bits: u16| Element::F16.floats(&bits.to_le_bytes())[0];
        assert_eq!([0x3c00, 0xc000, 0x3555, 0x7bff].map(read), [1.0, -2.0, 0.333_251_95, 65504.0]);
        assert_eq!([0x0001, 0x8000, 0x7c00].map(read), [5.960_464_5e-8, 0.0, f32::INFINITY]);
        assert!(read(0x7e00).is_nan());
    }
}
