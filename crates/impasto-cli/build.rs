//! Notes the commit that the program is built from, where it is built in a repository. Git itself is not needed.

use std::fs::read_to_string;
use std::path::Path;

fn main() {
    let git = Path::new("../../.git");
    let commit =
        commit(git).map_or_else(|| "no commit".to_owned(), |commit| commit.chars().take(10).collect());
    println!("cargo::rustc-env=IMPASTO_COMMIT={commit}");
    println!("cargo::rerun-if-changed=build.rs");
    // A file that isn't there would make Cargo build the program anew each time.
    for watched in ["HEAD", "logs/HEAD"].map(|name| git.join(name)).iter().filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", watched.display());
    }
}

/// What is checked out.
fn commit(git: &Path) -> Option<String> {
    let head = read_to_string(git.join("HEAD")).ok()?;
    let Some(name) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()) };
    let loose = read_to_string(git.join(name)).ok().map(|commit| commit.trim().to_owned());
    loose.or_else(|| {
        let packed = read_to_string(git.join("packed-refs")).ok()?;
        packed.lines().find_map(|line| Some(line.strip_suffix(name)?.trim().to_owned()))
    })
}
