//! `impasto style`, with the network in the program.

use impasto::picture::{DIGITAL_SOURCE_TYPE_OF_MADE, read_png, read_png_text, read_recipe, write_png};
use impasto_data::Picture;

use super::studio::{Studio, names};

/// Two drawn flowers of 64 pixels: `flowers/..`, as `content.png` and `style.png`, and a mask over one half.
fn studio() -> Studio {
    let studio = Studio::new();
    studio.ok("data synth landscapes some --count 3 --size 64 --seed 4");
    let found = impasto_data::pictures_in(&studio.path("some")).unwrap();
    std::fs::create_dir(studio.path("contents")).unwrap();
    for (from, to) in found.iter().zip(["contents/one.png", "contents/two.png", "style.png"]) {
        std::fs::copy(from, studio.path(to)).unwrap();
    }
    std::fs::copy(studio.path("contents/one.png"), studio.path("content.png")).unwrap();
    let pixels = (0..64 * 64).map(|at| if at % 64 < 32 { 255 } else { 0 }).collect();
    write_png(&studio.path("left.png"), &Picture::new(64, 64, 1, pixels), &[]).unwrap();
    write_png(&studio.path("small.png"), &Picture::filled(20, 30, &[255]), &[]).unwrap();
    studio
}

const QUICK: &str = "--size 64 --steps 6 --network builtin";

#[test]
fn a_picture_takes_a_style_and_says_how() {
    let studio = studio();
    let said = studio.json(&format!("style content.png style.png --out out.png {QUICK}"));
    assert_eq!(
        (&said["width"], &said["steps"], &said["network"]),
        (&64.into(), &6.into(), &"builtin".into())
    );
    assert!(said["loss"].as_f64().is_some_and(|loss| loss > 0.0) && said["stopped"] == false, "{said}");
    let recipe = read_recipe(&studio.path("out.png")).unwrap();
    let from: Vec<String> = recipe.from().into_iter().map(|origin| origin.file).collect();
    assert_eq!(from, ["content.png", "style.png"]);
    assert!(recipe.extra["settings"].as_str().unwrap().contains("--loss gram --steps 6"), "{recipe:?}");
    let texts = read_png_text(&studio.path("out.png")).unwrap();
    assert_eq!(texts["digital_source_type"], DIGITAL_SOURCE_TYPE_OF_MADE);
    let again = studio.json("info out.png")["again"].as_str().unwrap().to_owned();
    studio.ok(again.trim_start_matches("impasto "));
    assert!(studio.bytes("again.png") == studio.bytes("out.png"), "{again}");
    let other = studio.ok(&format!("style content.png style.png --out other.png --loss mean-std {QUICK}"));
    assert!(other.out.contains("weights get vgg19"), "{}", other.out);
    assert!(read_png(&studio.path("other.png")).unwrap() != read_png(&studio.path("out.png")).unwrap());
}

#[test]
fn folders_styles_weights_masks_and_previews_go_together() {
    let studio = studio();
    let line =
        "style contents style.png content.png --style-weights 0.7,0.3 --mask left.png,left.png --out painted";
    let all = studio.json_lines(&format!("{line} --keep-colours --loss wasserstein {QUICK}"));
    assert_eq!(all.len(), 2);
    assert_eq!(names(&studio.path("painted")), ["one.png", "two.png"]);
    let recipe = read_recipe(&studio.path("painted/two.png")).unwrap();
    let settings = recipe.extra["settings"].as_str().unwrap();
    assert!(
        settings.contains("--style-weights 0.7,0.3 --mask left.png,left.png --keep-colours"),
        "{settings}"
    );
    assert_eq!(recipe.extra["masks"].as_array().unwrap().len(), 2);
    let slow = "--size 96 --steps 60 --network builtin --preview now.png";
    studio.ok(&format!("style content.png style.png --out slow.png {slow}"));
    // It may have been too quick for a preview; where there is one it is whole.
    if studio.path("now.png").exists() {
        assert!(read_png(&studio.path("now.png")).unwrap().width() <= 96);
    }
}

#[test]
fn what_cannot_be_done_is_told_with_what_can() {
    let studio = studio();
    std::fs::write(studio.path("note.png"), "no picture").unwrap();
    std::fs::write(studio.path("there.png"), "mine").unwrap();
    for (line, code, answer) in [
        ("style content.png", 2, "STYLE"),
        ("style nowhere.png style.png --out x.png", 1, "nowhere.png"),
        ("style content.png nowhere.png --out x.png", 1, "nowhere.png"),
        ("style content.png note.png --out x.png", 1, "no picture that can be read"),
        ("style content.png style.png --out there.png", 1, "--force"),
        ("style content.png style.png --out x.png --preview there.png", 1, "--force"),
        ("style content.png style.png --out x.jpg", 2, "give x.png"),
        ("style contents style.png --out x.png", 2, "folder"),
        ("style content.png style.png --out x.png --network vgg19", 1, "impasto weights get vgg19"),
        ("style content.png style.png --out x.png --method adain", 1, "impasto weights get vgg19"),
        ("style content.png style.png --out x.png --style-weights 1,2", 2, "one for each style"),
        ("style content.png style.png --out x.png --mask small.png", 2, "20 x 30"),
        ("style content.png style.png --out x.png --strength 2", 2, "from 0 to 1"),
        ("style content.png style.png --out x.png --loss gramm", 2, "gram, mean-std, wasserstein"),
        ("style content.png style.png --out x.png --memory much", 2, "2GB"),
        ("style content.png style.png --out x.png --size 4000 --memory 100MB", 2, "--memory"),
    ] {
        let error = studio.fails(line, code);
        assert!(error.contains(answer), "{line}: {error}");
    }
    assert!(!studio.path("x.png").exists() && studio.bytes("there.png") == b"mine");
}
