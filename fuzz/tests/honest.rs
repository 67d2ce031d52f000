//! What is changed is honest at first: a reader that refuses every seed would be tried at nothing but its front door.

use impasto::config::Config;
use impasto::run::read_events;
use impasto::steer::LatentFile;
use impasto_data::{Channels, Limits};
use impasto_fuzz::seeds;

/// How many of a target's seeds are read.
fn read(target: &str, one: impl Fn(&[u8]) -> bool) -> [usize; 2] {
    let seeds = seeds(target);
    [seeds.iter().filter(|seed| one(seed)).count(), seeds.len()]
}

fn at_a_path(name: &str, bytes: &[u8], one: impl Fn(&std::path::Path) -> bool) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file");
    one(&path)
}

#[test]
fn honest_files_are_read() {
    let limits = Limits::default();
    let all = |[read, of]: [usize; 2], what: &str| assert_eq!(read, of, "{what}");
    all(
        read("weights", |bytes| impasto::weights::tensors_in(bytes).is_ok_and(|all| !all.is_empty())),
        "weights",
    );
    all(read("checkpoints", |bytes| impasto::run::decode(bytes).is_ok()), "checkpoints");
    all(
        read("pictures", |bytes| impasto_data::decode(bytes, Channels::Rgb, [0; 3], &limits).is_ok()),
        "pictures",
    );
    all(
        read("jpeg", |bytes| impasto_data::decode_reduced(bytes, Channels::Rgb, &limits, 1).is_some()),
        "jpeg",
    );
    let moves = |bytes: &[u8]| {
        impasto_data::frames(bytes, Channels::Rgb, [0; 3], &limits).is_ok_and(|all| all.is_some())
    };
    assert_eq!(read("animations", moves), [2, 3], "one stands still");
    let settings = |bytes: &[u8]| {
        let table = std::str::from_utf8(bytes).expect("text").parse().expect("TOML");
        Config::from_table(table).is_ok()
    };
    all(read("config", settings), "config");
    let events = |bytes: &[u8]| {
        at_a_path("events.jsonl", bytes, |path| read_events(path).is_ok_and(|all| all.len() == 6))
    };
    all(read("events", events), "events");
    all(
        read("latents", |bytes| {
            at_a_path("a.latent", bytes, |path| {
                LatentFile::read(path).is_ok_and(|file| file.point.point().is_ok())
            })
        }),
        "latents",
    );
    let painted =
        |bytes: &[u8]| at_a_path("a.png", bytes, |path| impasto::picture::read_recipe(path).is_ok());
    all(read("recipes", painted), "recipes");
    let held = |bytes: &[u8]| {
        let name = if bytes.len() == 3073 { "data_batch_1.bin" } else { "a.tar" };
        at_a_path(name, bytes, |path| {
            impasto_data::check(path, &limits, &mut ()).is_ok_and(|report| report.pictures > 0)
        })
    };
    all(read("sources", held), "sources");
}
