//! Latents as text, every bit of them: eight hexadecimal digits for a number.

/// Numbers as text.
pub(crate) fn written(values: &[f32]) -> String {
    values.iter().map(|value| format!("{:08x}", value.to_bits())).collect()
}

/// Numbers from text; none where it is something else, or a number is not finite.
pub(crate) fn read(text: &str) -> Option<Vec<f32>> {
    let (digits, rest) = text.as_bytes().as_chunks::<8>();
    let number = |digits: &[u8; 8]| {
        let text = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
        Some(f32::from_bits(u32::from_str_radix(text, 16).ok()?)).filter(|value| value.is_finite())
    };
    if rest.is_empty() { digits.iter().map(number).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_comes_back() {
        let values = [0.1, -0.0, f32::MIN_POSITIVE, -1e30, 3.0];
        let text = written(&values);
        assert_eq!(text.len(), 40);
        assert_eq!(read(&text).unwrap().map_bits(), values.to_vec().map_bits());
        assert_eq!(read(""), Some(vec![]));
    }

    #[test]
    fn what_is_no_latent_is_refused() {
        for garbage in ["3f", "zzzzzzzz", "+f800000", "7f800000", "7fc00000", "ééééé"] {
            assert_eq!(read(garbage), None, "{garbage}");
        }
    }

    trait Bits {
        fn map_bits(&self) -> Vec<u32>;
    }

    impl Bits for Vec<f32> {
        fn map_bits(&self) -> Vec<u32> {
            self.iter().map(|value| value.to_bits()).collect()
        }
    }
}
