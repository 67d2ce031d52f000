//! Programs that tests pretend to have. The other crates' tests take this file by its path.

use std::path::Path;
use std::process::Command;

/// Puts a program there that does what the script says; gives its name. Another process writes it: what is open for
/// writing can't be started, and a program that another thread starts at that moment would hold our own file open a
/// little longer.
pub(super) fn program(path: &Path, script: &str) -> String {
    let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod +x \"$0\"";
    let status = Command::new("/bin/sh").arg("-c").arg(write).arg(path).arg(script).status();
    assert!(status.is_ok_and(|status| status.success()), "{} can't be written", path.display());
    path.to_string_lossy().into_owned()
}
