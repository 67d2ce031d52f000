//! Threads that stay awake between one piece of work and the next.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rayon::Yield;

/// A watch that finds nothing to do for so long ends. It may have begun on top of a piece of work that its thread was waiting in,
/// and then that piece can't end before the watch does.
const PATIENCE: Duration = Duration::from_millis(2);

thread_local! {
    /// Whether this thread does such work already.
    static AWAKE: Cell<bool> = const { Cell::new(false) };
}

/// Does the work while the other threads look out for their parts of it without falling asleep.
///
/// A training step is hundreds of pieces of some ten microseconds to some milliseconds; to wake a sleeping thread takes
/// longer than many of them. Within such work the others are awake already, and it is simply done.
pub fn awake<T>(work: impl FnOnce() -> T) -> T {
    let Some(this) = rayon::current_thread_index() else { return work() };
    if AWAKE.replace(true) {
        return work();
    }
    let done = AtomicBool::new(false);
    let watch = |thread: usize| {
        // This thread may come by while it waits; it must not stay.
        let mut idle = Instant::now();
        while thread != this && !done.load(Ordering::Relaxed) && idle.elapsed() < PATIENCE {
            if rayon::yield_now() == Some(Yield::Executed) {
                idle = Instant::now();
            } else {
                std::hint::spin_loop();
            }
        }
    };
    // Also when the work panics, so that nobody watches for ever.
    struct Done<'a>(&'a AtomicBool);
    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
            AWAKE.set(false);
        }
    }
    rayon::in_place_scope(|scope| {
        let _done = Done(&done);
        scope.spawn_broadcast(|_, context| watch(context.index()));
        work()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;
    use std::sync::mpsc;

    fn sum(count: u64) -> u64 {
        (0..count).into_par_iter().map(|value| (0..50).fold(value, |a, b| a ^ b)).sum()
    }

    #[test]
    fn work_within_such_work_comes_to_an_end() {
        let (told, hears) = mpsc::channel();
        std::thread::spawn(move || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
            let all = || (0..2000).map(|_| awake(|| sum(64))).sum::<u64>();
            let _ = told.send(pool.install(|| awake(all)));
        });
        let sum = hears.recv_timeout(Duration::from_secs(60));
        assert_eq!(sum, Ok(2000 * sum_alone()), "it hangs");
    }

    #[test]
    fn it_can_be_begun_again_and_again_also_after_a_panic() {
        let (told, hears) = mpsc::channel();
        std::thread::spawn(move || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
            let broken = || std::panic::catch_unwind(|| awake(|| -> u64 { panic!("by intention") }));
            let _ = told.send(pool.install(|| {
                assert!(broken().is_err() && !AWAKE.get());
                (0..2000).map(|_| awake(|| sum(64))).sum::<u64>()
            }));
        });
        assert_eq!(hears.recv_timeout(Duration::from_secs(60)), Ok(2000 * sum_alone()), "it hangs");
    }

    fn sum_alone() -> u64 {
        (0..64).map(|value| (0..50).fold(value, |a, b| a ^ b)).sum()
    }
}
