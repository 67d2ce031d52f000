//! The program `impasto`.

fn main() {}
