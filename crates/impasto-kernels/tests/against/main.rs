//! Public operations against Burn's own, forward and backward, on every path.

mod draw;
mod sizes;
mod sums;

use std::process::Command;

/// The other tests once more, without these kernels and with less than the processor has.
#[test]
fn every_path_computes_the_same() {
    let program = std::env::current_exe().expect("a test has a program");
    for path in ["off", "plain", "avx2"] {
        let tests = Command::new(&program)
            .args(["--skip", "every_path", "--quiet"])
            .env("IMPASTO_KERNELS", path)
            .output()
            .expect("the test program starts");
        assert!(tests.status.success(), "{path}: {}", String::from_utf8_lossy(&tests.stdout));
    }
}
