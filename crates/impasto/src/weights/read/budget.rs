//! What reading a file may cost. Whatever a file's bytes are to become is asked for here before it is made.

use super::ReadError;
use crate::weights::MOST_BYTES;

/// What may be made of a file, in multiples of its size: weights hardly shrink when they are packed, and the smallest
/// numbers grow fourfold.
const MOST_TIMES: u64 = 32;
/// So much is never too much: small files have more pickle than numbers.
const FREE_BYTES: u64 = 1 << 20;
/// Steps for each byte: an opcode takes one, and one more for each thing that it moves.
const STEPS: u64 = 8;
const FREE_STEPS: u64 = 4096;
/// More than any file of weights needs, however large it is.
const MOST_STEPS: u64 = 2_000_000;

/// What is left to one file.
#[derive(Debug)]
pub(super) struct Budget {
    /// Bytes of everything that is made, whether it is kept or not.
    made: u64,
    /// Of these, what tensors may take as numbers of 32 bits.
    numbers: u64,
    steps: u64,
}

impl Budget {
    /// For a file of so many bytes.
    pub(super) fn of(length: usize) -> Self {
        let length = length as u64;
        Self {
            made: length.saturating_mul(MOST_TIMES).saturating_add(FREE_BYTES).min(2 * MOST_BYTES),
            numbers: MOST_BYTES,
            steps: length.saturating_mul(STEPS).saturating_add(FREE_STEPS).min(MOST_STEPS),
        }
    }

    /// Takes the memory for something; `what` is the sentence where there is not enough.
    pub(super) fn take(&mut self, bytes: u64, what: &'static str) -> Result<(), ReadError> {
        self.made = self.made.checked_sub(bytes).ok_or(ReadError::TooMuch(what))?;
        Ok(())
    }

    /// Takes the memory for the numbers of a tensor, and says how many they are.
    pub(super) fn numbers(&mut self, shape: &[usize]) -> Result<usize, ReadError> {
        const WHAT: &str = "its tensors have more values than the file can hold";
        let count = shape.iter().try_fold(1usize, |count, &side| count.checked_mul(side));
        let bytes = count.and_then(|count| (count as u64).checked_mul(size_of::<f32>() as u64));
        let (Some(count), Some(bytes)) = (count, bytes) else { return Err(ReadError::TooMuch(WHAT)) };
        self.take(bytes, WHAT)?;
        let left = self.numbers.checked_sub(bytes);
        self.numbers = left.ok_or(ReadError::TooMuch("its tensors would take more than 2 GiB of memory"))?;
        Ok(count)
    }

    /// Takes the time for some steps.
    pub(super) fn step(&mut self, count: usize) -> Result<(), ReadError> {
        const WHAT: &str =
            "its pickle takes more steps, or its parts lie in each other more often, than weights need";
        self.steps = self.steps.checked_sub(count as u64).ok_or(ReadError::TooMuch(WHAT))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_a_small_multiple_of_the_file() {
        let mut budget = Budget::of(100);
        budget.take(3200, "a").unwrap();
        budget.take(FREE_BYTES, "b").unwrap();
        assert_eq!(budget.take(1, "too much"), Err(ReadError::TooMuch("too much")));
    }

    #[test]
    fn numbers_are_counted_as_they_will_be_kept() {
        let mut budget = Budget::of(1 << 20);
        assert_eq!(budget.numbers(&[2, 0, 3]), Ok(0));
        assert_eq!(budget.numbers(&[1 << 11, 1 << 12]), Ok(1 << 23));
        assert!(budget.numbers(&[1 << 19]).is_err(), "of 33 MiB, one is left");
        assert!(budget.numbers(&[usize::MAX, 2]).is_err());
        let mut large = Budget::of(1 << 30);
        assert_eq!(large.numbers(&[1 << 29]), Ok(1 << 29));
        let error = large.numbers(&[1]).unwrap_err().to_string();
        assert!(error.contains("2 GiB"), "{error}");
    }

    #[test]
    fn steps_grow_with_the_file_and_end_somewhere() {
        assert!(Budget::of(0).step(4096).is_ok() && Budget::of(0).step(4097).is_err());
        assert!(Budget::of(1 << 30).step(2_000_000).is_ok() && Budget::of(1 << 30).step(2_000_001).is_err());
    }
}
