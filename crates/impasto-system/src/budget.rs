//! Memory that many threads share: who needs some asks first, and waits until others have given enough back.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// Where the system doesn't say what is free.
const ASSUMED: u64 = 8 << 30;

static OF_THIS_PROCESS: OnceLock<Budget> = OnceLock::new();

/// So many bytes, lent out in parts.
#[derive(Debug)]
pub struct Budget {
    total: u64,
    lent: Mutex<u64>,
    returned: Condvar,
}

/// More was asked for than there is altogether.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it needs {needed} MB of memory, and {total} MB may be used", needed = .needed.div_ceil(1 << 20), total = .total >> 20)]
pub struct TooLarge {
    /// Bytes that were asked for.
    pub needed: u64,
    /// Bytes that there are.
    pub total: u64,
}

/// A part of a budget; it goes back when this is dropped.
#[derive(Debug)]
pub struct Lease {
    budget: &'static Budget,
    bytes: u64,
}

thread_local! {
    /// Leases that this thread holds. One that has some never waits for another: those that it waits for may wait for it.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

impl Budget {
    /// A budget of so many bytes.
    pub const fn of(total: u64) -> Self {
        Self { total, lent: Mutex::new(0), returned: Condvar::new() }
    }

    /// What this process may spend on decoded pictures: half of what is free when it first asks.
    pub fn of_this_process() -> &'static Self {
        OF_THIS_PROCESS.get_or_init(|| Self::of(crate::available().unwrap_or(ASSUMED) / 2))
    }

    /// Says what this process may spend, where that is known better than by the system; false when it was asked before.
    pub fn settle_for_this_process(total: u64) -> bool {
        OF_THIS_PROCESS.set(Self::of(total)).is_ok()
    }

    /// Takes so many bytes, and waits until they are there.
    ///
    /// # Errors
    /// When there are never so many.
    pub fn take(&'static self, bytes: u64) -> Result<Lease, TooLarge> {
        if bytes > self.total {
            return Err(TooLarge { needed: bytes, total: self.total });
        }
        let mut lent = self.lent();
        while HELD.get() == 0 && lent.saturating_add(bytes) > self.total {
            lent = self.returned.wait(lent).unwrap_or_else(PoisonError::into_inner);
        }
        *lent = lent.saturating_add(bytes);
        HELD.set(HELD.get() + 1);
        Ok(Lease { budget: self, bytes })
    }

    fn lent(&self) -> MutexGuard<'_, u64> {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, bytes: u64) {
        let mut lent = self.lent();
        *lent = lent.saturating_sub(bytes);
        self.returned.notify_all();
    }
}

impl Lease {
    /// Gives back all but so many bytes.
    pub fn shrink(&mut self, bytes: u64) {
        let less = self.bytes.saturating_sub(bytes);
        self.bytes -= less;
        self.budget.give_back(less);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        HELD.set(HELD.get().saturating_sub(1));
        self.budget.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::Duration;

    fn budget(total: u64) -> &'static Budget {
        Box::leak(Box::new(Budget::of(total)))
    }

    #[test]
    fn all_threads_together_never_hold_more_than_there_is() {
        let budget = budget(100);
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let lease = budget.take(40).unwrap();
                        most.fetch_max(now.fetch_add(40, Ordering::SeqCst) + 40, Ordering::SeqCst);
                        thread::sleep(Duration::from_micros(100));
                        now.fetch_sub(40, Ordering::SeqCst);
                        drop(lease);
                    }
                });
            }
        });
        assert!((40..=80).contains(&most.load(Ordering::SeqCst)), "two at a time");
        assert_eq!(*budget.lent(), 0);
    }

    #[test]
    fn what_there_never_is_is_refused_and_not_waited_for() {
        let refused = budget(100 << 20).take(200 << 20).unwrap_err();
        assert_eq!(refused.to_string(), "it needs 200 MB of memory, and 100 MB may be used");
    }

    #[test]
    fn a_thread_does_not_wait_for_itself() {
        let budget = budget(100);
        let _one = budget.take(80).unwrap();
        let _two = budget.take(80).unwrap();
    }

    #[test]
    fn what_is_not_needed_any_more_goes_back() {
        let budget = budget(100);
        let mut lease = budget.take(80).unwrap();
        lease.shrink(30);
        lease.shrink(50);
        assert_eq!(*budget.lent(), 30);
        thread::scope(|scope| drop(scope.spawn(|| budget.take(70).unwrap())));
        drop(lease);
        assert_eq!(*budget.lent(), 0);
    }
}
