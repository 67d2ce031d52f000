//! Pictures that are not square, and transparent ones.

use std::fs;

use impasto::picture::{read_png, read_recipe};
use impasto_data::Picture;

use super::studio::{Studio, names};

const TINY: &str = "--recipe dcgan --set width=4 --batch 8 --size 48x32";

/// A studio with 40 transparent flowers in `cut`.
fn with_cut_out_flowers() -> Studio {
    let studio = Studio::new();
    studio.ok("data synth flowers cut --count 40 --size 48 --alpha");
    studio
}

fn shape(picture: &Picture) -> [usize; 3] {
    [picture.width(), picture.height(), picture.channels()]
}

#[test]
fn a_run_paints_at_its_own_width_and_height() {
    let studio = Studio::with_flowers();
    let said = studio.ok(&format!("train flowers --steps 4 {TINY}"));
    let run = "runs/0001-flowers-dcgan-48x32";
    assert!(said.out.starts_with(run) && said.err.contains("48 x 32 rgb"), "{said:?}");
    assert!(studio.bytes(&format!("{run}/config.toml")).windows(14).any(|part| part == b"size = \"48x32\""));
    assert!(studio.ok(&format!("info {run}")).out.contains("48 x 32 rgb"));
    studio.ok(&format!("sample {run} --count 2 --out to"));
    assert_eq!(shape(&read_png(&studio.path("to/000002.png")).unwrap()), [48, 32, 3]);
    assert!(read_recipe(&studio.path("to/000002.png")).unwrap().run.starts_with("dcgan-48x32-"));
    let walked = studio.json(&format!("walk {run} --out walk.gif --frames 3 --keys 2 --size-times 1"));
    assert_eq!((&walked["width"], &walked["height"]), (&48.into(), &32.into()));
    studio.ok(&format!("sample {run} --sheet --count 6 --columns 3 --out sheet.png"));
    assert_eq!(shape(&read_png(&studio.path("sheet.png")).unwrap()), [2 + 3 * 50, 2 + 2 * 34, 3]);
    studio.ok(&format!("train --resume {run} --steps 6"));
    studio.ok(&format!("train --config {run}/config.toml --out square --set size=16 --steps 2"));
    assert_eq!(studio.json("info square")["config"]["size"], 16);
    assert_eq!(
        studio.json(&format!("compare {run} square"))["settings"]["size"],
        serde_json::json!(["48x32", 16])
    );
}

#[test]
fn sizes_that_cannot_be_are_refused_with_an_example() {
    let studio = Studio::with_flowers();
    for size in ["48x", "big", "48x32x3"] {
        let error = studio.fails(&format!("train flowers --size {size}"), 2);
        assert!(error.contains("such as 96x64"), "{error}");
    }
    assert!(studio.fails("train flowers --set size=48x", 2).contains("such as 96x64"));
    assert!(studio.fails("train flowers --size 4x64", 2).contains("each side must be from 8 to 1024"));
    let error = studio.fails("train flowers --recipe dcgan --size 50x32", 2);
    assert!(error.contains("50 x 32 does not fit dcgan"), "{error}");
}

#[test]
fn the_judge_says_how_large_both_sides_are() {
    let studio = Studio::with_flowers();
    studio.ok(&format!("train flowers --out run --steps 4 {TINY}"));
    let report = studio.json("judge run --against run --count 20 --features builtin");
    assert_eq!(report["protocol"]["generated"]["size"], serde_json::json!([48, 32]));
    assert!(
        report["protocol"]["pictures"].as_str().unwrap().starts_with("48 x 32 RGB, their own size"),
        "{report}"
    );
    studio.ok("data synth flowers large --count 30 --size 64");
    let report = studio.json("judge run --against large --count 20 --features builtin");
    assert!(report["warnings"].to_string().contains("are 48 x 32 and the real ones 64 x 64"), "{report}");
    assert!(report["protocol"]["pictures"].as_str().unwrap().starts_with("48 x 32 RGB, middle"), "{report}");
}

#[test]
fn transparency_is_learned_painted_and_painted_again() {
    let studio = with_cut_out_flowers();
    let said = studio.ok(&format!("train cut --out run --alpha --steps 6 --conditional {TINY}"));
    assert!(said.err.contains("48 x 32 rgba") && !said.err.contains("without alpha"), "{said:?}");
    let reals = read_png(&studio.path("run/reals.png")).unwrap();
    assert_eq!(reals.channels(), 4);
    assert!(reals.pixels().iter().skip(3).step_by(4).any(|&alpha| alpha == 255));
    let sheet = names(&studio.path("run/samples")).pop().unwrap();
    assert_eq!(read_png(&studio.path("run/samples").join(sheet)).unwrap().channels(), 4);

    studio.ok("sample run --count 3 --seed 5 --out to");
    let picture = read_png(&studio.path("to/000006.png")).unwrap();
    assert_eq!(shape(&picture), [48, 32, 4]);
    studio.ok("sample run --like to/000006.png --out again.png");
    assert!(studio.bytes("again.png") == studio.bytes("to/000006.png"));
    studio.ok("sample run --sheet --count 4 --out sheet.png");
    assert_eq!(read_png(&studio.path("sheet.png")).unwrap().pixel(0, 0), [0; 4]);

    studio.ok("walk run --out walk.png --frames 4 --keys 2");
    assert_eq!(read_png(&studio.path("walk.png")).unwrap().channels(), 4);
    studio.ok("walk run --out walk.gif --frames 4 --keys 2");
    let report = studio.json("judge run --against cut --count 20 --features builtin");
    assert!(
        report["protocol"]["pictures"].as_str().unwrap().ends_with("white behind transparency"),
        "{report}"
    );
    let own = studio.json("judge run --against run --count 20 --features builtin");
    assert!(own["kid"].as_f64().unwrap().is_finite(), "{own}");
}

#[test]
fn a_vae_learns_transparency_and_shows_reconstructions() {
    let studio = with_cut_out_flowers();
    let settings = "--recipe vae --set widths=[16] --set latent=4 --set warm_up=20 --size 16x24 --batch 8";
    studio.ok(&format!("train cut --out run --alpha --steps 4 {settings}"));
    let sheets = names(&studio.path("run/samples"));
    let again = sheets.iter().find(|name| name.contains("reconstructions")).unwrap();
    assert_eq!(read_png(&studio.path("run/samples").join(again)).unwrap().channels(), 4);
}

#[test]
fn without_alpha_transparent_pictures_stay_on_white() {
    let studio = with_cut_out_flowers();
    assert_eq!(studio.json("data check cut")["transparent"], 40);
    assert!(studio.ok("data check cut").out.contains("40 with transparency"));
    studio.ok(&format!("train cut --out run --steps 2 {TINY}"));
    let reals = read_png(&studio.path("run/reals.png")).unwrap();
    let white = reals.pixels().chunks_exact(3).filter(|pixel| *pixel == [255; 3]).count();
    assert!(reals.channels() == 3 && white > reals.width() * reals.height() / 4, "{white} are white");
}

#[test]
fn a_set_without_transparency_is_told_and_learned_as_opaque() {
    let studio = Studio::with_flowers();
    let said = studio.ok(&format!("train flowers --out run --alpha --steps 2 {TINY}"));
    assert!(
        said.err.contains("flowers: nothing shows through") && said.err.contains("without alpha"),
        "{said:?}"
    );
    let error = studio.fails("train flowers --alpha --channels grey", 2);
    assert!(error.contains("--channels"), "{error}");
    assert!(studio.fails("train --resume run --alpha", 2).contains("--alpha"));
    fs::remove_dir_all(studio.path("run")).unwrap();
    studio.ok(&format!("train flowers --out run --set channels=rgba --steps 2 {TINY}"));
}
