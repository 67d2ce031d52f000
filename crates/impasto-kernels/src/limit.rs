//! What sizes may be, checked before memory is taken and before anything unsafe relies on them.
//!
//! Loops find a value at an offset plus a step. Steps are `u32`, because lists of them are read again and again; so what
//! the steps of one row span may have no more than 2^32 words. What spans more is refused, loudly: a step that is cut
//! off would read another value.

/// What to do about a size that is refused.
const ADVICE: &str = "use a smaller batch or smaller pictures";

/// The number of values of such a shape. Sides of 0 are taken for 1 while it is checked, so that the product of any of
/// the sides is right too.
///
/// # Panics
/// When no memory holds so many.
pub(crate) fn count(what: &str, shape: &[usize]) -> usize {
    let most = isize::MAX as usize / size_of::<f32>();
    let product = shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side.max(1)));
    let fits = product.is_some_and(|product| product <= most);
    assert!(fits, "{what} of {shape:?}: no memory holds more than {most} values; {ADVICE}");
    shape.iter().product()
}

/// The same of words that the steps of one row span.
///
/// # Panics
/// When they are more than 2^32.
pub(crate) fn span(what: &str, shape: &[usize]) -> usize {
    let words = count(what, shape);
    let fits = u32::try_from(words.saturating_sub(1)).is_ok();
    assert!(fits, "{what} of {shape:?} has {words} words, and steps reach over 2^32 of them; {ADVICE}");
    words
}

/// One step, as the loops read it.
///
/// # Panics
/// When it is wider than a `u32`; those within a [`span`] are not.
#[inline]
pub(crate) fn step(words: usize) -> u32 {
    u32::try_from(words)
        .unwrap_or_else(|_| panic!("a step over {words} words, and 2^32 are too many; {ADVICE}"))
}

/// Steps that are equally far apart.
///
/// # Panics
/// When they span more than 2^32 words.
pub(crate) fn steps(what: &str, number: usize, apart: usize) -> Vec<u32> {
    span(what, &[number, apart]);
    (0..number).map(|k| step(k * apart)).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a refusal says.
    pub(crate) fn refusal<T>(work: impl FnOnce() -> T + std::panic::UnwindSafe) -> String {
        let refused = std::panic::catch_unwind(work).err().expect("it is refused");
        refused.downcast_ref::<String>().expect("a refusal has words").clone()
    }

    #[test]
    fn as_many_words_as_steps_reach_are_let_through_and_one_more_is_refused() {
        assert_eq!(span("a picture", &[1 << 16, 1 << 16]), 1 << 32);
        assert_eq!((step(0), step((1 << 32) - 1)), (0, u32::MAX));
        for refused in [
            refusal(|| span("a picture", &[1 << 16, (1 << 16) + 1])),
            refusal(|| steps("a picture", 1 << 16, (1 << 16) + 1)),
        ] {
            assert!(refused.contains("a picture of [65536, 65537]") && refused.contains("2^32"), "{refused}");
        }
        assert!(refusal(|| step(1 << 32)).contains("4294967296"));
        assert_eq!(steps("rows", 3, 7), [0, 7, 14]);
    }

    #[test]
    fn a_product_that_overflows_is_refused_whatever_its_order_and_also_beside_a_side_of_zero() {
        assert_eq!(count("a tensor", &[3, 0, 5]), 0);
        assert_eq!(count("a tensor", &[]), 1);
        for shape in [[1 << 33, 1 << 33, 1], [1 << 40, 1 << 40, 0], [0, 1 << 40, 1 << 40], [1, 1 << 62, 1]] {
            let refused = refusal(|| count("a tensor", &shape));
            assert!(refused.contains(&format!("a tensor of {shape:?}")), "{refused}");
        }
    }
}
