//! Learns the filters behind `impasto enlarge` and writes `crates/impasto/src/patches/enlarge/learned.filters`.
//!
//!     cargo run --release --example enlarge_filters -- crates/impasto/src/patches/enlarge/learned.filters
//!
//! They are learned from 300 pictures of random leaves, which this paints; it takes half a minute.

use std::error::Error;
use std::fs;

use impasto::patches::enlarge::learn::Lesson;
use impasto::patches::enlarge::leaves::leaves;
use impasto::patches::{Edge, Filter, Raster};
use impasto_random::Random;

const PICTURES: u64 = 300;
const SIDE: usize = 256;

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args().nth(1).ok_or("usage: enlarge_filters OUT")?;
    let mut lesson = Lesson::default();
    for number in 0..PICTURES {
        let large = leaves(SIDE, &mut Random::new(1, "leaves", number));
        let small = large.resized(SIDE / 2, SIDE / 2, Filter::Cubic, Edge::Still);
        // As files have them: rounded.
        let [small, large] = [small, large].map(|raster| Raster::of(&raster.picture()));
        lesson.see(&small, &large);
    }
    fs::write(out, lesson.learned().to_bytes())?;
    Ok(())
}
