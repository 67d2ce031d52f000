//! Memory and time that some work takes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use impasto_data::{Limits, Report, check};
use impasto_system::Budget;
use peak_alloc::PeakAlloc;
use tempfile::TempDir;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What pictures may take in these tests.
pub(crate) const BUDGET: u64 = 1100 << 20;
/// Bytes of memory for each byte of a file: names, findings and lists of archives are longer in memory.
const TIMES: u64 = 16;
/// Bytes of memory that any file may take: buffers, tables, the first of a file that turns out to be none.
const FREE: u64 = 128 << 20;
/// No file but an honest one of many pixels may take more.
const MOST: u64 = 1 << 30;
const LONGEST: Duration = Duration::from_secs(10);

/// A folder for one test; no other test runs meanwhile, so that what is measured is its own.
pub(crate) struct Bench {
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        // Whether it is the first is all the same: the total is.
        let _ = Budget::settle_for_this_process(BUDGET);
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Self { folder: tempfile::tempdir().unwrap(), _alone }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join("set").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A file of this length that begins so and is empty behind.
    pub(crate) fn write_sparse(&self, name: &str, head: &[u8], length: u64) -> PathBuf {
        let path = self.write(name, head);
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
        path
    }

    /// Does some work on so many bytes, and fails if that takes too much memory or time.
    pub(crate) fn measure<T>(&self, input: u64, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let (done, peak) = self.peak(work);
        let took = begun.elapsed();
        println!("{} MB for {input} bytes, {took:?}", peak >> 20);
        assert!(took < LONGEST, "it took {took:?}");
        let allowed = (TIMES * input + FREE).min(MOST);
        assert!(peak <= allowed, "{peak} bytes of memory for {input} bytes; {allowed} are allowed");
        done
    }

    /// Does some work, and tells how much memory it took more than there was in use before.
    pub(crate) fn peak<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let done = work();
        (done, MEMORY.peak_usage().saturating_sub(before) as u64)
    }

    /// `impasto data check`, measured.
    pub(crate) fn check(&self, path: &Path) -> Report {
        let input = std::fs::metadata(path).map_or(0, |about| if about.is_file() { about.len() } else { 0 });
        self.check_of(input, path)
    }

    /// The same where all files together have so many bytes.
    pub(crate) fn check_of(&self, input: u64, path: &Path) -> Report {
        self.measure(input, || check(path, &Limits::default(), &mut ()).unwrap())
    }
}
