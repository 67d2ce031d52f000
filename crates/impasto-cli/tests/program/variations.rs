//! `impasto vary`, `repair` and `enlarge`: pictures made of pictures, with and without a run.

use std::fs;

use impasto::picture::{contact_sheet, read_png, read_recipe, square_columns, write_png};
use impasto_data::Picture;
use impasto_system::Existing;

use super::studio::{Studio, TINY_VAE, names};

/// Two drawings of 48 pixels: `one.png` and `two.png`, and a folder `both` with them.
fn with_pictures() -> Studio {
    let studio = Studio::new();
    studio.ok("data synth flowers flowers --count 4 --size 48 --seed 3");
    let drawn = impasto_data::pictures_in(&studio.path("flowers")).unwrap();
    fs::create_dir(studio.path("both")).unwrap();
    for (name, from) in ["one.png", "two.png"].iter().zip(&drawn) {
        fs::copy(from, studio.path(name)).unwrap();
        fs::copy(from, studio.path("both").join(name)).unwrap();
    }
    studio
}

#[test]
fn variations_name_their_originals_and_their_seed_and_the_way_is_told() {
    let studio = with_pictures();
    let made = studio.json("vary one.png --count 2 --strength 0.8 --out patches --sheet");
    assert_eq!((&made["method"], made["outputs"].as_array().unwrap().len()), (&"patches".into(), 2));
    assert_eq!(names(&studio.path("patches")), ["one-1.png", "one-2.png", "sheet.png"]);
    assert!(made["closeness"].as_f64().unwrap() > 0.0 && made["diversity"].as_f64().unwrap() > 0.0, "{made}");
    let recipe = read_recipe(&studio.path("patches/one-2.png")).unwrap();
    assert_eq!((recipe.seed, recipe.recipe.as_str()), (2, "patches"));
    let from = recipe.from();
    assert_eq!(from[0].sha256, impasto::run::sha256(&studio.bytes("one.png")));
    let made = studio.json("vary one.png two.png --count 2 --out collages");
    assert_eq!(made["method"], "collage");
    assert_eq!(made["outputs"][1]["originals"][0]["file"], "two.png");
    assert!(studio.ok("vary both --count 1 --out more").out.contains("collage (several pictures, no run)"));
    let said = studio.ok("vary one.png --count 1 --strength 0 --out same.png");
    assert!(said.out.contains("patches (a single picture, no run)"), "{said:?}");
    let pixels = |name: &str| read_png(&studio.path(name)).unwrap();
    assert!(
        pixels("same.png").pixels() == pixels("one.png").pixels(),
        "without strength a variation is its original"
    );
}

#[test]
fn a_size_alone_gives_the_same_picture_another_shape() {
    let studio = with_pictures();
    let made = studio.json("vary one.png --size 72x48 --out wide.png");
    assert_eq!((&made["strength"], made["outputs"].as_array().unwrap().len()), (&0.0.into(), 1), "{made}");
    let recipe = read_recipe(&studio.path("wide.png")).unwrap();
    assert_eq!(recipe.extra["settings"]["strength"], 0.0, "{}", recipe.to_json());
    let made = studio.json("vary one.png --size 72x48 --strength 0.3 --out varied");
    assert_eq!(made["outputs"].as_array().unwrap().len(), 4);
}

#[test]
fn a_sheet_shows_the_variations_after_the_originals_that_they_are_made_of() {
    let studio = with_pictures();
    let drawn = impasto_data::pictures_in(&studio.path("flowers")).unwrap();
    studio.ok("vary flowers --method patches --count 2 --out some --sheet");
    let one = |number: usize| {
        let stem = drawn[number].file_stem().unwrap().to_str().unwrap();
        let class = drawn[number].parent().unwrap().file_name().unwrap();
        let place = studio.path("some").join(class).join(format!("{stem}-{}.png", number + 1));
        [read_png(&drawn[number]).unwrap(), read_png(&place).unwrap()]
    };
    let shown: Vec<Picture> = [one(0), one(1)].concat();
    let sheet = contact_sheet(&shown, square_columns(shown.len()));
    assert!(read_png(&studio.path("some/sheet.png")).unwrap().pixels() == sheet.pixels());
}

#[test]
fn what_info_says_makes_the_same_picture_again() {
    let studio = with_pictures();
    studio.ok("vary one.png two.png --count 2 --strength 0.6 --join bands --seed 7 --out collages");
    studio.ok("vary one.png --count 2 --strength 0.9 --size 60x40 --out patches");
    studio.ok("repair one.png --box 20,20,8,8 --seed 3 --out whole.png");
    studio.ok("enlarge one.png --times 4 --out large.png");
    for name in ["collages/two-8.png", "patches/one-2.png", "whole.png", "large.png"] {
        let again = studio.json(&format!("info {name}"))["again"].as_str().unwrap().to_owned();
        studio.ok(&format!("{} --force", again.trim_start_matches("impasto ")));
        assert!(studio.bytes("again.png") == studio.bytes(name), "{again}");
    }
}

#[test]
fn the_same_command_makes_the_same_bytes_with_any_number_of_threads() {
    let studio = with_pictures();
    for method in ["patches", "collage"] {
        for threads in ["1", "3"] {
            let line = format!(
                "vary both --method {method} --count 2 --strength 0.7 --seed 5 --out {method}-{threads}"
            );
            let output = studio.command(&line).env("RAYON_NUM_THREADS", threads).output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        for name in names(&studio.path(&format!("{method}-1"))) {
            assert!(
                studio.bytes(&format!("{method}-1/{name}")) == studio.bytes(&format!("{method}-3/{name}")),
                "{name}"
            );
        }
    }
}

#[test]
fn children_have_the_size_that_was_asked_for_and_tiles_have_no_seam() {
    let studio = with_pictures();
    studio.ok("vary one.png --size 80x40 --count 1 --out wide.png");
    let wide = read_png(&studio.path("wide.png")).unwrap();
    assert_eq!((wide.width(), wide.height()), (80, 40));
    let made = studio.json("vary one.png --tileable --strength 0.9 --count 1 --out tile.png");
    let seam = made["outputs"][0]["seam"].as_f64().unwrap();
    assert!(seam < 1.6, "{made}");
    assert!(studio.ok("vary both --method collage --size 40 --count 1 --out small.png").err.is_empty());
}

#[test]
fn a_run_paints_children() {
    let studio = Studio::with_run(TINY_VAE);
    studio.ok("data synth flowers others --count 2 --size 24 --seed 9");
    for (name, from) in
        ["a.png", "b.png"].iter().zip(impasto_data::pictures_in(&studio.path("others")).unwrap())
    {
        fs::copy(from, studio.path(name)).unwrap();
    }
    let line = "vary a.png b.png --run run --steps 5 --strength 0.4 --count 3";
    let made = studio.json(&format!("{line} --out varied"));
    assert_eq!((&made["method"], &made["run"]), (&"latent".into(), &"run".into()));
    let all = names(&studio.path("varied"));
    assert_eq!(all, ["a-1.png", "a-3.png", "b-2.png"]);
    let recipe = read_recipe(&studio.path(&format!("varied/{}", all[0]))).unwrap();
    assert!(!recipe.run.is_empty() && recipe.from().len() == 2);
    studio.ok(&format!("{line} --out again"));
    assert!(
        all.iter()
            .all(|name| studio.bytes(&format!("varied/{name}")) == studio.bytes(&format!("again/{name}")))
    );
    // A variation carries its latent, which paints it again.
    studio.ok(&format!("sample run --latent varied/{} --out once-more.png", all[0]));
    let pixels = |name: &str| read_png(&studio.path(name)).unwrap();
    assert!(pixels("once-more.png") == pixels(&format!("varied/{}", all[0])));
    let again =
        studio.json(&format!("info varied/{}", all[2]))["again"].as_str().unwrap().replace("RUN", "run");
    studio.ok(again.trim_start_matches("impasto "));
    assert!(studio.bytes("again.png") == studio.bytes(&format!("varied/{}", all[2])), "{again}");
    let made = studio.json("vary others --run run --method collage --steps 5 --count 1 --out collage.png");
    assert_eq!((&made["method"], &made["outputs"][0]["size"][0]), (&"collage".into(), &16.into()));
}

/// A training of variations of 16-pixel flowers that takes seconds.
const TINY_VARIATIONS: &str = "--recipe variations --set widths=[4] --set critic_width=4 --size 16 --batch 4";

/// The same with a run `run` that makes variations of 16-pixel flowers.
fn with_variations() -> Studio {
    let studio = with_pictures();
    studio.ok("data synth flowers small --count 40 --size 16 --seed 5");
    studio.ok(&format!("train small --out run --steps 20 --checkpoint-every 10 {TINY_VARIATIONS}"));
    studio
}

#[test]
fn a_run_makes_one_picture_of_a_collage_of_any_size() {
    let studio = with_variations();
    let line = "vary one.png two.png --run run --strength 0.6 --count 3";
    let made = studio.json(&format!("{line} --out varied"));
    assert_eq!((&made["method"], &made["run"]), (&"collage".into(), &"run".into()));
    assert!(made["closeness"].as_f64().unwrap() > 0.0 && made["diversity"].as_f64().unwrap() > 0.0, "{made}");
    let all = made["outputs"].as_array().unwrap();
    assert!(all.iter().all(|one| one["jump"].as_f64().is_some_and(|jump| jump > 0.0)), "{made}");
    assert_eq!((&all[0]["size"][0], &all[1]["originals"][0]["file"]), (&48.into(), &"two.png".into()));
    let all = names(&studio.path("varied"));
    assert_eq!(all, ["one-1.png", "one-3.png", "two-2.png"]);
    let recipe = read_recipe(&studio.path("varied/two-2.png")).unwrap();
    assert_eq!((recipe.seed, recipe.from().len(), recipe.recipe.as_str()), (2, 2, "collage"));
    assert!(recipe.run.starts_with("variations-16-") && !recipe.checkpoint.is_empty(), "{recipe:?}");
    studio.ok(&format!("{line} --out again"));
    let pair =
        |name: &String| [format!("varied/{name}"), format!("again/{name}")].map(|path| studio.bytes(&path));
    assert!(all.iter().map(pair).all(|[one, again]| one == again), "the same command gives the same bytes");
    let again = studio.json("info varied/two-2.png")["again"].as_str().unwrap().replace("RUN", "run");
    studio.ok(again.trim_start_matches("impasto "));
    assert!(studio.bytes("again.png") == studio.bytes("varied/two-2.png"), "{again}");

    // The run changes what was pasted together, and without strength nothing.
    studio.ok(&format!(
        "{} --join hard --count 1 --out hard.png",
        line.replace("--run run", "").replace("--count 3", "")
    ));
    let pixels = |name: &str| read_png(&studio.path(name)).unwrap();
    assert!(pixels("hard.png") != pixels("varied/one-1.png"));
    studio.ok("vary one.png --run run --strength 0 --count 1 --out same.png");
    assert!(pixels("same.png") == pixels("one.png"), "without strength a variation is its original");
    let made = studio.json("vary one.png --run run --size 70x30 --count 2 --out shaped --sheet");
    assert_eq!((&made["outputs"][0]["size"][0], &made["outputs"][1]["size"][1]), (&70.into(), &30.into()));
    assert!(made["diversity"].as_f64().unwrap() > 0.0, "pieces of itself: {made}");
}

#[test]
fn a_run_of_variations_is_told_and_other_translators_are_refused() {
    let studio = with_variations();
    let told = studio.ok("info run").out;
    assert!(
        told.contains("pieces of others") && told.contains("impasto vary PICTURE... --run run"),
        "{told}"
    );
    assert!(told.contains("kid_"), "{told}");
    let error = studio.fails("vary one.png --run run --method latent --out x", 2);
    assert!(error.contains("leave out --method"), "{error}");
    assert!(studio.fails("vary one.png --run run --method patches --out x", 2).contains("leave out --run"));
    assert!(studio.fails("sample run", 2).contains("impasto translate"));
    // A collage that somebody has made by hand is translated, and by another seed into another picture.
    for (seed, name) in [(1, "a.png"), (2, "b.png"), (1, "c.png")] {
        studio.ok(&format!("translate one.png --run run --seed {seed} --out {name}"));
    }
    let [a, b, c] = ["a.png", "b.png", "c.png"].map(|name| read_png(&studio.path(name)).unwrap());
    assert!(a == c && a != b);

    studio.ok("train small --out colour --steps 3 --recipe paired --set widths=[4] --set critic_width=4 --size 16 --batch 4");
    let error = studio.fails("vary one.png --run colour --out x", 2);
    assert!(error.contains("impasto translate") && error.contains("--recipe variations"), "{error}");
    assert!(!studio.path("x").exists());
}

#[test]
fn what_makes_no_sense_is_refused_and_nothing_is_overwritten() {
    let studio = with_pictures();
    assert!(studio.fails("vary one.png --method latent --out x", 2).contains("--run RUN"));
    assert!(studio.fails("vary both --method collage --tileable --out x", 2).contains("--tileable"));
    assert!(studio.run("vary one.png --strength 2 --out x").err.contains("from 0 to 1"));
    assert!(studio.fails("vary one.png --size 5x90 --out x", 1).contains("too small"));
    assert!(studio.fails("vary nothing.png --out x", 1).contains("nothing.png"));
    studio.ok("vary one.png --count 1 --strength 0.1 --out varied.png");
    let before = studio.bytes("varied.png");
    assert!(studio.fails("vary one.png --count 1 --strength 0.9 --out varied.png", 1).contains("--force"));
    assert!(studio.bytes("varied.png") == before);
    studio.ok("vary one.png --count 1 --strength 0.9 --out varied.png --force");
    assert!(studio.fails("vary one.png --count 2 --out varied.png", 2).contains("2 results"));
}

#[test]
fn a_hole_is_filled_and_the_rest_keeps_every_bit() {
    let studio = with_pictures();
    let made = studio.output("repair one.png --box 10,12,9,7 --out whole.png");
    assert_eq!((&made["method"], &made["filled"]), (&"smooth".into(), &63.into()));
    let [before, after] = ["one.png", "whole.png"].map(|name| read_png(&studio.path(name)).unwrap());
    for (x, y) in (0..48).flat_map(|y| (0..48).map(move |x| (x, y))) {
        let inside = (10..19).contains(&x) && (12..19).contains(&y);
        assert!(inside || before.pixel(x, y) == after.pixel(x, y), "{x}, {y}");
    }
    let white = |x: usize, y: usize| if (10..19).contains(&x) && (12..19).contains(&y) { 255 } else { 0 };
    let mask = |width: usize| {
        Picture::new(width, 48, 1, (0..48 * width).map(|at| white(at % width, at / width)).collect())
    };
    write_png(&studio.path("mask.png"), &mask(48), &[], Existing::Replace).unwrap();
    studio.ok("repair one.png --mask mask.png --out by-mask.png");
    assert!(read_png(&studio.path("by-mask.png")).unwrap() == after, "a mask and a box say the same");
    assert!(studio.ok("repair both --mask mask.png --out all").out.contains("without training"));
    assert_eq!(names(&studio.path("all")), ["one.png", "two.png"]);
    write_png(&studio.path("narrow.png"), &mask(40), &[], Existing::Replace).unwrap();
    let error = studio.fails("repair one.png --mask narrow.png --out x.png", 2);
    assert!(error.contains("48 x 48") && error.contains("40 x 48"), "{error}");
    write_png(&studio.path("black.png"), &Picture::filled(48, 48, &[0]), &[], Existing::Replace).unwrap();
    assert!(studio.fails("repair one.png --mask black.png --out x.png", 2).contains("black"));
    let error = studio.fails("repair one.png --box 40,40,9,7 --out x.png", 2);
    assert!(error.contains("40,40,9,7") && error.contains("48 x 48"), "{error}");
    assert!(studio.fails("repair one.png --box 0,0,48,48 --out x.png", 1).contains("smaller"));
    assert!(
        studio.fails("repair one.png --box 1,1,46,46 --method patches --out x.png", 1).contains("smaller")
    );
    assert!(studio.fails("repair one.png --box 1,1,5,5 --out whole.png", 1).contains("--force"));
    assert!(studio.run("repair one.png --box 1,2 --out x.png").err.contains("120,80,60,40"));
}

#[test]
fn a_hole_is_filled_by_how_wide_it_is_and_its_picture_says_how() {
    let studio = with_pictures();
    let white = |x: usize, y: usize| (4..7).contains(&x) || (20..36).contains(&x) && (20..36).contains(&y);
    let mask = (0..48 * 48).map(|at| if white(at % 48, at / 48) { 255 } else { 0 }).collect();
    write_png(&studio.path("mask.png"), &Picture::new(48, 48, 1, mask), &[], Existing::Replace).unwrap();
    for (option, method) in [
        ("", "smooth+patches"),
        ("--method auto", "smooth+patches"),
        ("--method smooth", "smooth"),
        ("--method patches", "patches"),
    ] {
        let made = studio.output(&format!("repair one.png --mask mask.png {option} --out whole.png --force"));
        assert_eq!((&made["method"], &made["filled"]), (&method.into(), &400.into()));
        assert_eq!(read_recipe(&studio.path("whole.png")).unwrap().recipe, method);
    }
    assert!(studio.ok("repair one.png --mask mask.png --out words.png").out.contains("where it is thin"));
    assert_eq!(studio.run("repair one.png --box 1,1,4,4 --method patches --run x --out y.png").code, Some(2));
}

#[test]
fn what_is_partly_transparent_keeps_its_low_bits_and_hidden_colours_outside_of_the_hole() {
    let studio = Studio::new();
    let bytes = (0..40 * 30 * 4).map(|at| (at * at * 13 + at * 5) as u8).collect();
    let before = Picture::new(40, 30, 4, bytes);
    write_png(&studio.path("clear.png"), &before, &[], Existing::Replace).unwrap();
    studio.ok("repair clear.png --box 10,8,6,5 --out whole.png");
    let after = read_png(&studio.path("whole.png")).unwrap();
    for (x, y) in (0..30).flat_map(|y| (0..40).map(move |x| (x, y))) {
        let inside = (10..16).contains(&x) && (8..13).contains(&y);
        assert!(inside || before.pixel(x, y) == after.pixel(x, y), "{x}, {y}");
    }
}

#[test]
fn pictures_are_enlarged_and_keep_their_brightness() {
    let studio = with_pictures();
    let made = studio.output("enlarge one.png --times 4 --out large.png");
    assert_eq!((&made["method"], &made["to"][0]), (&"filters".into(), &192.into()));
    let mean = |name: &str| {
        let picture = read_png(&studio.path(name)).unwrap();
        picture.pixels().iter().map(|&byte| f64::from(byte)).sum::<f64>() / picture.pixels().len() as f64
    };
    assert!((mean("large.png") - mean("one.png")).abs() < 1.0);
    assert_eq!(studio.outputs("enlarge both --out twice").len(), 2);
    assert!(studio.fails("enlarge both --out twice", 1).contains("--force"));
    assert_eq!(studio.output("enlarge one.png --times 3 --out three.png")["to"][0], 144);
    assert!(studio.run("enlarge one.png --times 5 --out x.png").err.contains("2..=4"));
    let error = studio.fails("enlarge one.png --network x4plus --out x.png", 1);
    assert!(error.contains("impasto weights get realesrgan"), "{error}");
    assert!(studio.run("enlarge one.png --network big --out x.png").err.contains("possible values"));
    assert_eq!(read_recipe(&studio.path("large.png")).unwrap().from()[0].file, "one.png");
    let again = studio.ok("info large.png").out;
    assert!(again.contains("impasto enlarge one.png --times 4 --network none --out again.png"), "{again}");
}

#[test]
fn pictures_are_written_as_jpeg_and_webp_too_and_carry_how_they_were_made() {
    let studio = with_pictures();
    for name in ["large.jpg", "large.webp"] {
        studio.ok(&format!("enlarge one.png --times 2 --out {name}"));
        let bytes = studio.bytes(name);
        let picture = impasto_data::decode_straight(&bytes, &impasto_data::Limits::default()).unwrap();
        assert_eq!([picture.width(), picture.height()], [96, 96], "{name}");
        let info = studio.json(&format!("info {name}"));
        assert_eq!(info["recipe"]["extra"]["settings"]["times"], 2, "{info}");
        let again = info["again"].as_str().unwrap().to_owned();
        studio.ok(again.trim_start_matches("impasto "));
        let ending = name.rsplit('.').next().unwrap();
        assert!(studio.bytes(&format!("again.{ending}")) == bytes, "{again}");
    }
    assert!(studio.fails("enlarge one.png --out x.tif", 2).contains("--out x.png"));
    assert!(!studio.path("x.tif").exists());
}
