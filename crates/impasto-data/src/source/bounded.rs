//! The bytes of one file, as far as they may be believed.

use std::io::{Error, Read};

use crate::decode::{Limits, format_name};
use crate::finding::{Flaw, Kind};

/// All bytes of a picture's file that says that it has so many. It may say anything: memory is only taken for what comes,
/// and much only for what begins like a picture.
pub(crate) fn bounded(mut reader: impl Read, said: u64, limits: &Limits) -> Result<Vec<u8>, Flaw> {
    const FIRST: u64 = 8 << 20;
    if said > limits.bytes {
        return Err(too_large(limits));
    }
    let mut bytes = Vec::new();
    reader.by_ref().take(FIRST).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == FIRST {
        if format_name(&bytes).is_none() {
            return Err(Flaw::new(Kind::Unreadable, "this is no PNG, JPEG, WebP, GIF, BMP or TIFF file"));
        }
        // One more than there is: the end is seen without asking for more memory.
        let rest = said.saturating_sub(FIRST) + 1;
        bytes.try_reserve_exact(usize::try_from(rest).unwrap_or(usize::MAX)).map_err(Error::from)?;
        // What says less than it has is cut off there, and its decoder tells.
        reader.take(rest).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The flaw of a file that is larger than the limits allow.
pub(crate) fn too_large(limits: &Limits) -> Flaw {
    Flaw::new(Kind::TooLarge, format!("the file is larger than {} MB", limits.bytes >> 20))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    const LARGE: u64 = 20 << 20;

    #[test]
    fn much_is_only_read_of_what_begins_like_a_picture() {
        let limits = Limits::default();
        let zeros = bounded(io::repeat(0).take(LARGE), LARGE, &limits).unwrap_err();
        assert!(zeros.why.contains("no PNG"), "{zeros:?}");
        let gif = || b"GIF89a".chain(io::repeat(0).take(LARGE - 6));
        assert_eq!(bounded(gif(), LARGE, &limits).unwrap().len() as u64, LARGE);
        let refused = bounded(gif(), limits.bytes + 1, &limits).unwrap_err();
        assert_eq!(refused.kind, Kind::TooLarge);
    }

    #[test]
    fn what_is_longer_than_it_says_is_cut_off() {
        let endless = b"GIF89a".chain(io::repeat(0));
        assert_eq!(bounded(endless, LARGE, &Limits::default()).unwrap().len() as u64, LARGE + 1);
    }
}
