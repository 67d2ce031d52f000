//! Room for results that are written once: not zeroed first, and filled by several threads.

use std::mem::{ManuallyDrop, MaybeUninit};
use std::slice;

use rayon::prelude::*;

/// What one thread takes at a time. Fixed, so that nothing computed by chunks depends on the number of threads.
pub(crate) const CHUNK: usize = 1 << 14;

/// Values that fit the first cache together with three companions.
pub(crate) const BLOCK: usize = 1 << 11;

/// Calls `work` for every number below `count`, on several threads when there are more than a chunk of values.
pub(crate) fn for_each(count: usize, values: usize, work: impl Fn(usize) + Sync) {
    let threads = if values <= CHUNK { Threads::One } else { Threads::All };
    threads.each(count, 1, work);
}

/// Makes values block by block; `write` gets the place of a block and the room for it.
///
/// # Safety
/// `write` writes the whole block.
pub(crate) unsafe fn written(len: usize, write: impl Fn(usize, &mut [MaybeUninit<f32>]) + Sync) -> Vec<f32> {
    let room = Room::new(len);
    for_each(len.div_ceil(CHUNK), len, |chunk| {
        let end = len.min((chunk + 1) * CHUNK);
        for at in (chunk * CHUNK..end).step_by(BLOCK) {
            // SAFETY: blocks don't overlap.
            write(at, unsafe { room.part(at, BLOCK.min(end - at)) });
        }
    });
    // SAFETY: the blocks cover everything.
    unsafe { room.filled() }
}

/// Makes planes of this area on all threads; `make` gets the number of a plane and the room for it, and may use a line of
/// so many values besides.
///
/// # Safety
/// `make` writes the whole plane.
pub(crate) unsafe fn planes(
    count: usize,
    area: usize,
    line: usize,
    make: impl Fn(usize, &mut [f32], &mut [MaybeUninit<f32>]) + Sync,
) -> Vec<f32> {
    let room = Room::new(count * area);
    let together = (CHUNK / area.max(1)).max(1);
    Threads::All.each(count.div_ceil(together), 1, |group| {
        let mut line = vec![0f32; line];
        for plane in group * together..count.min((group + 1) * together) {
            // SAFETY: planes don't overlap.
            make(plane, &mut line, unsafe { room.part(plane * area, area) });
        }
    });
    // SAFETY: all planes are made.
    unsafe { room.filled() }
}

/// Who does a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    /// All threads share it.
    All,
    /// The one that has it, because all threads are busy with pieces of their own.
    One,
}

impl Threads {
    /// Calls `work` for every number below `count`, at least so many of them at a time.
    pub(crate) fn each(self, count: usize, least: usize, work: impl Fn(usize) + Sync) {
        match self {
            Self::All => (0..count).into_par_iter().with_min_len(least).for_each(&work),
            Self::One => (0..count).for_each(work),
        }
    }
}

/// Memory for this many values, none written yet. One that is never filled is leaked; only a panic does that.
pub(crate) struct Room {
    start: *mut MaybeUninit<f32>,
    len: usize,
    capacity: usize,
}

// SAFETY: it is plain memory; who takes parts promises that they don't overlap.
unsafe impl Send for Room {}
// SAFETY: as above.
unsafe impl Sync for Room {}

impl Room {
    pub(crate) fn new(len: usize) -> Self {
        let mut values = ManuallyDrop::new(Vec::with_capacity(len));
        Self { start: values.as_mut_ptr(), len, capacity: values.capacity() }
    }

    /// The same, with zeros in it.
    pub(crate) fn zeroed(len: usize) -> Self {
        let mut values = ManuallyDrop::new(vec![0f32; len]);
        Self { start: values.as_mut_ptr().cast(), len, capacity: values.capacity() }
    }

    /// The place of one value, or the end.
    #[inline]
    pub(crate) fn at(&self, index: usize) -> *mut f32 {
        debug_assert!(index <= self.len, "{index} is beyond {}", self.len);
        self.start.wrapping_add(index).cast()
    }

    /// A part of it, to be written.
    ///
    /// # Safety
    /// Parts that are held at the same time don't overlap.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "what the safety section asks for")]
    pub(crate) unsafe fn part(&self, at: usize, len: usize) -> &mut [MaybeUninit<f32>] {
        assert!(at + len <= self.len, "{at} + {len} is beyond {}", self.len);
        // SAFETY: inside the allocation, and nobody else holds it.
        unsafe { slice::from_raw_parts_mut(self.start.add(at), len) }
    }

    /// A part of it, with zeros in it.
    ///
    /// # Safety
    /// As of [`part`](Self::part).
    #[allow(clippy::mut_from_ref, reason = "what the safety section asks for")]
    pub(crate) unsafe fn zeros(&self, at: usize, len: usize) -> &mut [f32] {
        // SAFETY: promised by the caller.
        let part = unsafe { self.part(at, len) };
        part.fill(MaybeUninit::new(0.0));
        // SAFETY: all of it has just been written.
        unsafe { &mut *(std::ptr::from_mut(part) as *mut [f32]) }
    }

    /// What was written.
    ///
    /// # Safety
    /// Every value has been.
    pub(crate) unsafe fn filled(self) -> Vec<f32> {
        // SAFETY: pointer and capacity come from a vector that was given up, and all values are there.
        unsafe { Vec::from_raw_parts(self.start.cast(), self.len, self.capacity) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_written_once_at_its_place() {
        for len in [0, 1, BLOCK, CHUNK + 1, 3 * CHUNK - 7] {
            let number = |at: usize, place: &mut [MaybeUninit<f32>]| {
                place.iter_mut().enumerate().for_each(|(i, place)| _ = place.write((at + i) as f32));
            };
            // SAFETY: all of each block is numbered.
            let found = unsafe { written(len, number) };
            assert!(found.len() == len && found.iter().enumerate().all(|(i, &v)| v == i as f32));
        }
    }
}
