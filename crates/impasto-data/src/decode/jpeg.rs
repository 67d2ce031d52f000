//! Does a JPEG reach its end? The decoder paints grey over what is missing, so the question is asked before.

/// True when the markers lead from the start of the picture to its end marker.
pub(super) fn is_complete(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some((marker, next)) = next_marker(bytes, at) {
        at = match marker {
            0xd9 => return true,
            // Markers that stand alone. After a scan's data, restarts appear in the middle of it.
            0x01 | 0xd0..=0xd8 => next,
            _ => match bytes.get(next..next + 2) {
                Some(length) => next + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2),
                None => return false,
            },
        };
    }
    false
}

/// The next marker's code and where what follows it begins. Skips a scan's data: in it, 0xff stands before 0x00.
fn next_marker(bytes: &[u8], from: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(from..)?;
    let at = rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff))?;
    Some((rest[at + 1], from + at + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[u8] = b"\xff\xd8\xff\xe0\x00\x04\xff\xd9\xff\xda\x00\x02ab\xff\x00cd\xff\xd0ef\xff\xd9";

    #[test]
    fn an_end_marker_inside_a_segment_is_not_the_end() {
        assert!(is_complete(WHOLE));
        for length in 0..WHOLE.len() {
            assert!(!is_complete(&WHOLE[..length]), "{length}");
        }
    }

    #[test]
    fn what_follows_the_end_does_not_matter() {
        assert!(is_complete(&[WHOLE, b"garbage"].concat()));
    }
}
