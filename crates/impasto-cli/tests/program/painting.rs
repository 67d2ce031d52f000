//! `impasto sample`, `walk` and `info`.

use impasto::picture::{read_png, read_recipe};

use super::studio::{Studio, TINY_DCGAN, TINY_VAE, names};

#[test]
fn a_seed_is_a_picture() {
    let studio = Studio::with_run(TINY_DCGAN);
    studio.ok("sample run");
    assert_eq!(names(&studio.path("painted/run")).len(), 16);
    studio.ok("sample run --out again");
    studio.ok("sample run --count 1 --seed 7 --out alone.png");
    for seed in 1..=16 {
        let [one, other] = ["painted/run", "again"].map(|to| studio.bytes(&format!("{to}/{seed:06}.png")));
        assert!(one == other, "seed {seed}");
    }
    assert!(studio.bytes("alone.png") == studio.bytes("again/000007.png"));
    assert!(studio.bytes("again/000007.png") != studio.bytes("again/000008.png"));
}

#[test]
fn nothing_is_overwritten_without_force() {
    let studio = Studio::with_run(TINY_DCGAN);
    studio.ok("sample run --count 2 --out to");
    let before = studio.bytes("to/000002.png");
    let error = studio.fails("sample run --count 3 --seed 2 --truncation 0.5 --out to", 1);
    assert!(error.contains("to/000002.png") && error.contains("--force"), "{error}");
    assert!(studio.bytes("to/000002.png") == before && names(&studio.path("to")).len() == 2);
    studio.ok("sample run --count 1 --seed 2 --truncation 0.5 --out to --force");
    assert!(studio.bytes("to/000002.png") != before);
    assert!(studio.fails("sample run --out one.png", 2).contains("--sheet"));
}

#[test]
fn classes_can_be_asked_for() {
    let studio = Studio::with_run(&format!("--conditional {TINY_DCGAN}"));
    let painted = studio.json("sample run --class rose --count 2 --out roses");
    assert_eq!(names(&studio.path("roses")), ["rose-000001.png", "rose-000002.png"]);
    assert_eq!(painted["outputs"][0]["class"], "rose");
    studio.ok("sample run --class tulip --count 1 --out tulip.png");
    let [rose, tulip] = ["roses/rose-000001.png", "tulip.png"].map(|name| studio.path(name));
    assert_eq!(read_recipe(&rose).unwrap().class.as_deref(), Some("rose"));
    assert!(read_png(&rose).unwrap() != read_png(&tulip).unwrap());
    let error = studio.fails("sample run --class fern", 2);
    assert!(error.contains("fern") && error.contains("sunflower"), "{error}");
}

#[test]
fn a_picture_paints_itself_again() {
    for (settings, prior) in
        [(format!("--conditional {TINY_DCGAN}"), ""), (TINY_VAE.to_owned(), "--prior plain")]
    {
        let studio = Studio::with_run(&settings);
        studio.ok(&format!("sample run --count 20 --seed 30 --truncation 0.7 --out some {prior}"));
        studio.ok("train --resume run --steps 30");
        studio.ok("sample run --like some/000047.png --out again.png");
        assert!(studio.bytes("some/000047.png") == studio.bytes("again.png"));
        std::fs::create_dir(studio.path("runs")).unwrap();
        std::fs::rename(studio.path("run"), studio.path("runs/elsewhere")).unwrap();
        studio.ok("sample --like some/000033.png --out searched.png");
        assert!(studio.bytes("some/000033.png") == studio.bytes("searched.png"));
        std::fs::remove_dir_all(studio.path("runs/elsewhere/checkpoints/000000.160k")).unwrap();
        let error = studio.fails("sample --like some/000033.png --out gone.png", 1);
        assert!(error.contains("000000.160k") && error.contains("000000.240k"), "{error}");
        let error = studio.fails("sample --like some/000033.png --runs nowhere", 1);
        assert!(error.contains("no run in nowhere"), "{error}");
    }
}

#[test]
fn sheets_hold_many_and_paint_themselves_again() {
    let studio = Studio::with_run(TINY_DCGAN);
    let painted = studio.json("sample run --sheet --count 10 --columns 5 --seed 3 --out sheet.png");
    assert_eq!(painted["outputs"][0]["pictures"], 10);
    let sheet = read_png(&studio.path("sheet.png")).unwrap();
    assert_eq!((sheet.width(), sheet.height()), (2 + 5 * 66, 2 + 2 * 66));
    studio.ok("sample run --like sheet.png --out again.png");
    assert!(studio.bytes("sheet.png") == studio.bytes("again.png"));
    studio.ok("sample run --sheet");
    assert_eq!(names(&studio.path("painted/run")), ["sheet.png"]);
    let error = studio.fails("sample run --like run/samples/000000.160k.png", 1);
    assert!(error.contains("painted during a training"), "{error}");
    assert!(studio.fails("sample run --like run/reals.png", 1).contains("carries no recipe"));
}

#[test]
fn a_walk_has_its_frames() {
    let studio = Studio::with_run(TINY_DCGAN);
    let walked = studio.json("walk run --out walk.gif --frames 9 --keys 3");
    assert_eq!((&walked["frames"], &walked["width"]), (&9.into(), &64.into()));
    assert_eq!(gif_frames(&studio.bytes("walk.gif")), 9);
    let again = studio.json("info walk.gif")["again"].as_str().unwrap().to_owned();
    studio.ok(&again.trim_start_matches("impasto ").replace("RUN", "run"));
    assert!(studio.bytes("again.gif") == studio.bytes("walk.gif"), "{again}");
    studio.ok("walk run --out films/walk.png --frames 7 --size-times 2 --seed 5");
    let bytes = studio.bytes("films/walk.png");
    let at = bytes.windows(4).position(|part| part == b"acTL").unwrap();
    assert_eq!(bytes[at + 4..at + 8], [0, 0, 0, 7]);
    assert_eq!(read_png(&studio.path("films/walk.png")).unwrap().width(), 32);
    let again = studio.json("info films/walk.png")["again"].as_str().unwrap().to_owned();
    let again = again.trim_start_matches("impasto ").replace("RUN", "run");
    studio.ok(&again);
    assert!(studio.bytes("again.png") == bytes, "{again}");
    assert!(studio.fails("walk run --out walk.gif", 1).contains("--force"));
    assert!(studio.fails("walk run --out walk.webm", 2).contains(".gif"));
}

/// Counts graphic control extensions, of which each frame has one.
fn gif_frames(bytes: &[u8]) -> usize {
    bytes
        .windows(4)
        .filter(|part| *part == [0x21, 0xf9, 0x04, 0x04] || *part == [0x21, 0xf9, 0x04, 0x00])
        .count()
}

#[test]
fn info_tells_what_things_are() {
    let studio = Studio::with_run(TINY_DCGAN);
    studio.ok("sample run --count 1 --seed 5 --out one.png");
    let run = studio.json("info run");
    assert_eq!((&run["steps"], &run["state"]), (&20.into(), &"done".into()));
    assert_eq!(run["checkpoints"].as_array().unwrap().len(), 3);
    assert_eq!(run["about"]["classes"].as_array().unwrap().len(), 6);
    assert!(run["measures"]["diversity"].is_f64(), "{run}");
    let picture = studio.json("info one.png");
    assert_eq!((&picture["recipe"]["seed"], &picture["made_by_a_machine"]), (&5.into(), &true.into()));
    assert!(picture["again"].as_str().unwrap().contains("--like one.png"));
    let checkpoint = studio.json("info run/checkpoints/000000.160k");
    assert_eq!(
        (&checkpoint["step"], &checkpoint["weights_hash"]),
        (&20.into(), &picture["recipe"]["checkpoint"])
    );
    for path in ["run", "one.png", "run/checkpoints/000000.080k", "run/samples/000000.160k.png"] {
        assert!(studio.ok(&format!("info {path}")).out.lines().count() > 4, "{path}");
    }
    assert!(studio.fails("info flowers", 1).contains("no run"));
    assert!(studio.fails("info nowhere", 1).contains("nothing at"));
}
