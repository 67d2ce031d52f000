//! Ctrl-C: the first one asks to stop, the second one leaves at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

use crate::voice::complain;

/// What shells report for a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// From now on Ctrl-C (or a signal to terminate) raises this flag, and `tell` says so.
pub(crate) fn on_interrupt(tell: impl Fn(&str) + Send + 'static) -> Result<Arc<AtomicBool>> {
    let words = "stopping: this step is finished and saved; Ctrl-C once more leaves at once, without saving";
    on_interrupt_saying(words, tell)
}

/// The same with other words.
pub(crate) fn on_interrupt_saying(
    words: &'static str,
    tell: impl Fn(&str) + Send + 'static,
) -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    ctrlc::set_handler(move || {
        if raised.swap(true, Ordering::Relaxed) {
            // So that the shell's prompt does not stand in the bar.
            complain("");
            std::process::exit(INTERRUPTED);
        }
        tell(words);
    })
    .context("cannot watch for Ctrl-C")?;
    Ok(flag)
}
