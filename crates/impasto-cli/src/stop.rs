//! Ctrl-C, and signals to end. Work that can stop between two pieces is asked to, and the second signal leaves at once;
//! everything else ends at the first. In each case nothing unfinished is left behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::voice::complain;
use impasto::error::{Error, ErrorKind, Result};

/// What shells report for a program that Ctrl-C has ended.
pub(crate) const INTERRUPTED: u8 = 130;

/// Work that is asked to stop.
struct Stoppable {
    raised: Arc<AtomicBool>,
    tell: Box<dyn Fn() + Send>,
}

static STOPPABLE: Mutex<Option<Stoppable>> = Mutex::new(None);
/// What is unfinished is being removed.
static ENDING: AtomicBool = AtomicBool::new(false);

/// From now on a signal to end leaves nothing unfinished.
pub(crate) fn watch() -> Result<()> {
    ctrlc::set_handler(interrupted)
        .map_err(|error| Error::new(ErrorKind::Internal, "cannot watch for Ctrl-C").because(error))
}

/// What is said where a training is stopped.
pub(crate) const STOPPING: &str =
    "stopping: this step is finished and saved; Ctrl-C once more leaves at once, without saving";

/// From now on the first signal raises this flag, and `tell` says these words.
pub(crate) fn on_interrupt(words: &'static str, tell: impl Fn(&str) + Send + 'static) -> Arc<AtomicBool> {
    let raised = Arc::new(AtomicBool::new(false));
    let stoppable = Stoppable { raised: raised.clone(), tell: Box::new(move || tell(words)) };
    *STOPPABLE.lock().unwrap_or_else(PoisonError::into_inner) = Some(stoppable);
    raised
}

/// From now on the first signal ends the program again.
pub(crate) fn at_once() {
    *STOPPABLE.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Whether work was asked to stop.
pub(crate) fn was_asked() -> bool {
    let stoppable = STOPPABLE.lock().unwrap_or_else(PoisonError::into_inner);
    stoppable.as_ref().is_some_and(|work| work.raised.load(Ordering::Relaxed))
}

/// Never comes back once the program is told to end: what fails then fails because its files are being removed.
pub(crate) fn wait_if_ending() {
    while ENDING.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn interrupted() {
    let stoppable = STOPPABLE.lock().unwrap_or_else(PoisonError::into_inner);
    match &*stoppable {
        Some(work) if !work.raised.swap(true, Ordering::Relaxed) => (work.tell)(),
        _ => {
            ENDING.store(true, Ordering::Relaxed);
            impasto_system::abandon();
            // So that the shell's prompt does not stand in the bar.
            complain("");
            std::process::exit(INTERRUPTED.into());
        }
    }
}
