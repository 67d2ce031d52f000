//! How long the judge's figures take on drawn features, by default of 10,000 pictures and 2,048 numbers on each side.
//!
//!     cargo run --release --example judge_speed -- [PICTURES] [NUMBERS]

use std::time::Instant;

use impasto::features::Features;
use impasto::judge::statistics::{
    Clusters, K_DENSITY, cover, frechet_distance, interval_of_mean, kid, kid_error, nearest, within,
};
use impasto_random::Random;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let pictures = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    let dims = arguments.next().map_or(Ok(2048), |text| text.parse())?;
    let drawn = |name| Features::new(dims, Random::new(1, name, 0).normals(pictures * dims));
    let (generated, real) = (drawn("generated"), drawn("real"));
    timed("frechet distance", || frechet_distance(&generated, &real));
    timed("kid, 100 subsets", || kid(&generated, &real, 1).mean);
    timed("kid, bootstrap", || kid_error(&generated, &real, 1));
    let own =
        timed("neighbours within one set", || within(&generated, K_DENSITY)).ok_or("too few pictures")?;
    let others = within(&real, K_DENSITY).ok_or("too few pictures")?;
    let found = timed("precision, recall, density, coverage", || cover(&generated, &real, &own, &others));
    timed("bootstrap of one of them", || interval_of_mean(&found.precision, 1));
    timed("nearest pictures", || nearest(&generated, &real));
    timed("clusters", || Clusters::of(&real, 50, 1));
    Ok(())
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let found = work();
    println!("{what}: {:.2} s", started.elapsed().as_secs_f64());
    found
}
