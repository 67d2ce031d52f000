//! A buffer that several threads fill at once, each its own part.

use std::marker::PhantomData;

/// A pointer that may be sent to threads; who writes where is the business of the code that uses it.
pub(crate) struct Shared<'a> {
    start: *mut f32,
    length: usize,
    buffer: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is only a pointer; every write through it is justified where it happens.
unsafe impl Sync for Shared<'_> {}
// SAFETY: as above.
unsafe impl Send for Shared<'_> {}

impl<'a> Shared<'a> {
    pub(crate) fn new(buffer: &'a mut [f32]) -> Self {
        Self { start: buffer.as_mut_ptr(), length: buffer.len(), buffer: PhantomData }
    }

    /// The place of one value.
    pub(crate) fn at(&self, index: usize) -> *mut f32 {
        debug_assert!(index <= self.length, "{index} of {}", self.length);
        // SAFETY: the index is within the buffer, or one past its end.
        unsafe { self.start.add(index) }
    }
}

/// A buffer that is written in full before anybody reads it.
///
/// # Safety
/// `fill` must write every value.
pub(crate) unsafe fn filled(length: usize, fill: impl FnOnce(Shared<'_>)) -> Vec<f32> {
    let mut buffer: Vec<f32> = Vec::with_capacity(length);
    fill(Shared { start: buffer.as_mut_ptr(), length, buffer: PhantomData });
    // SAFETY: the capacity is there, and the caller promises that all values have been written.
    unsafe { buffer.set_len(length) };
    buffer
}
