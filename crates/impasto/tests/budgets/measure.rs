//! How much memory and time something takes.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The allocator counts what the whole process takes, so whatever is measured, or made for it, is alone.
static ALONE: Mutex<()> = Mutex::new(());

/// What something took.
#[derive(Debug)]
pub(crate) struct Used {
    /// The most bytes at any time, beyond those that were taken before.
    pub(crate) peak_bytes: usize,
    pub(crate) seconds: f64,
}

/// Prepares something, and then measures what is done with it.
pub(crate) fn measure<P, T>(prepare: impl FnOnce() -> P, work: impl FnOnce(&P) -> T) -> (T, Used) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let prepared = prepare();
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let start = Instant::now();
    let made = work(&prepared);
    let seconds = start.elapsed().as_secs_f64();
    let peak_bytes = ALLOCATOR.peak_usage().saturating_sub(before);
    (made, Used { peak_bytes, seconds })
}

#[test]
fn what_is_made_and_dropped_is_seen() {
    let (length, used) =
        measure(|| vec![1u8; 1 << 20], |held| [held.as_slice(), &[0; 5 << 20]].concat().len());
    assert_eq!(length, 6 << 20);
    assert!((6 << 20..7 << 20).contains(&used.peak_bytes), "{used:?}");
    assert!(used.seconds < 10.0);
}
