//! Threads that stay awake between one piece of work and the next.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::Yield;

/// Does the work while the other threads look out for their parts of it without falling asleep.
///
/// A training step is hundreds of pieces of some ten microseconds to some milliseconds; to wake a sleeping thread takes
/// longer than many of them.
pub fn awake<T>(work: impl FnOnce() -> T) -> T {
    let Some(this) = rayon::current_thread_index() else { return work() };
    let done = AtomicBool::new(false);
    let watch = |thread: usize| {
        // This thread may come by while it waits; it must not stay.
        while thread != this && !done.load(Ordering::Relaxed) {
            if rayon::yield_now() != Some(Yield::Executed) {
                std::hint::spin_loop();
            }
        }
    };
    // Also when the work panics, so that nobody watches for ever.
    struct Done<'a>(&'a AtomicBool);
    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    rayon::in_place_scope(|scope| {
        let _done = Done(&done);
        scope.spawn_broadcast(|_, context| watch(context.index()));
        work()
    })
}
