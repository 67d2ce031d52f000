//! `impasto directions`, `invert`, and the flags that steer what is painted.

use std::fs;

use impasto::picture::{read_png, read_recipe};

use super::studio::{Studio, TINY_DCGAN, TINY_VAE, names};

#[test]
fn seeds_are_mixed_and_the_picture_paints_itself_again() {
    let studio = Studio::with_run(&format!("--conditional {TINY_DCGAN}"));
    studio.ok("sample run --seed 3 --count 1 --out plain.png");
    studio.ok("sample run --seed 3 --count 1 --mix 17:0.3 --out mixed.png");
    studio.ok("sample run --seed 3 --count 1 --mix 17:0 --out none.png");
    studio.ok("sample run --seed 17 --count 1 --out other.png");
    studio.ok("sample run --seed 3 --count 1 --mix 17:1 --out all.png");
    let pixels = |name: &str| read_png(&studio.path(name)).unwrap();
    assert!(pixels("mixed.png") != pixels("plain.png") && pixels("mixed.png") != pixels("other.png"));
    assert!(pixels("none.png") == pixels("plain.png") && pixels("all.png") == pixels("other.png"));
    studio.ok("sample run --like mixed.png --out again.png");
    assert!(studio.bytes("again.png") == studio.bytes("mixed.png"));
    assert!(studio.ok("info mixed.png").out.contains("seed 3, mix 17:0.3"));
    studio.ok("sample run --seed 1 --count 6 --sheet --mix 9:0.4 --out sheet.png");
    studio.ok("sample run --like sheet.png --out sheet-again.png");
    assert!(studio.bytes("sheet.png") == studio.bytes("sheet-again.png"));
    let error = studio.fails("sample run --mix 17@2..", 2);
    assert!(error.contains("only one") && error.contains("--mix 17:0.3"), "{error}");
    assert!(studio.run("sample run --mix 17:3").err.contains("from 0 to 1"));
}

#[test]
fn classes_are_mixed() {
    let studio = Studio::with_run(&format!("--conditional {TINY_DCGAN}"));
    studio.ok("sample run --seed 4 --count 1 --class rose:7,tulip:3 --out mixed.png");
    studio.ok("sample run --seed 4 --count 1 --class rose --out rose.png");
    studio.ok("sample run --seed 4 --count 1 --class rose:1 --out only.png");
    let pixels = |name: &str| read_png(&studio.path(name)).unwrap();
    assert!(pixels("mixed.png") != pixels("rose.png") && pixels("only.png") == pixels("rose.png"));
    assert_eq!(read_recipe(&studio.path("mixed.png")).unwrap().class.as_deref(), Some("rose:7,tulip:3"));
    studio.ok("sample run --like mixed.png --out again.png");
    assert!(studio.bytes("again.png") == studio.bytes("mixed.png"));
    studio.ok("walk run --class rose:1,tulip:1 --frames 4 --keys 2 --out walk.gif");
    assert!(studio.fails("sample run --class rose:1,fern:2", 2).contains("sunflower"));
    assert!(studio.fails("sample run --class rose:much", 2).contains("a number"));
    assert!(studio.fails("sample run --class rose:0", 2).contains("more than 0"));
}

#[test]
fn axes_are_found_shown_named_and_moved_along() {
    let studio = Studio::with_run(TINY_DCGAN);
    assert!(studio.fails("sample run --move axis1=2", 2).contains("impasto directions run"));
    let found = studio.json("directions run --count 3");
    assert_eq!((found["axes"].as_array().unwrap().len(), &found["method"]), (3, &"closed-form".into()));
    let sheet = read_png(&studio.path("run/directions.png")).unwrap();
    assert_eq!((sheet.width(), sheet.height()), (2 + 7 * 66, 2 + 3 * 66));
    let named = studio.json("directions run --name axis3=smile,1=dark");
    assert_eq!(named["axes"][2]["name"], "smile");
    assert!(studio.ok("directions run").out.contains("smile"));
    studio.ok("sample run --seed 5 --count 1 --move smile=+2,dark=-1 --out moved.png");
    studio.ok("sample run --seed 5 --count 1 --move axis3=2 --move 1=-1 --out same.png");
    studio.ok("sample run --seed 5 --count 1 --out plain.png");
    let pixels = |name: &str| read_png(&studio.path(name)).unwrap();
    assert!(pixels("moved.png") == pixels("same.png") && pixels("moved.png") != pixels("plain.png"));
    // New axes don't change what a picture carries.
    assert!(studio.fails("directions run --method pca", 2).contains("--anew"));
    let before = studio.bytes("run/directions.json");
    studio.ok("directions run --method pca --anew");
    assert!(studio.bytes("run/directions.json") != before);
    studio.ok("sample run --like moved.png --out again.png");
    assert!(studio.bytes("again.png") == studio.bytes("moved.png"));
    assert!(studio.fails("sample run --move smile=1", 2).contains("axis1, axis2"));
    studio.ok("sample run --like run/directions.png --out sheet.png");
    assert!(studio.bytes("sheet.png") == studio.bytes("run/directions.png"));
    studio.ok("walk run --frames 4 --keys 2 --move axis2=2 --out walk.png");
    let again = studio.json("info walk.png")["again"].as_str().unwrap().replace("RUN", "run");
    studio.ok(&again.trim_start_matches("impasto ").replace("again.png", "walk-again.png"));
    assert!(studio.bytes("walk-again.png") == studio.bytes("walk.png"), "{again}");
}

#[test]
fn axes_of_older_weights_are_said_to_be_stale_and_bad_names_are_refused() {
    let studio = Studio::with_run(TINY_DCGAN);
    studio.ok("directions run --count 2");
    for (name, answer) in
        [("axis9=smile", "axis1, axis2"), ("1=a/b", "letters"), ("1=axis2", "without a name")]
    {
        let error = studio.fails(&format!("directions run --name {name}"), 2);
        assert!(error.contains(answer), "{error}");
    }
    studio.ok("train --resume run --steps 30");
    let said = studio.ok("sample run --count 1 --checkpoint last --move axis1=1");
    assert!(said.err.contains("warning") && said.err.contains("drifted"), "{}", said.err);
    assert_eq!(studio.json("directions run --checkpoint last")["stale"], true);
    fs::write(studio.path("run/directions.json"), "axes").unwrap();
    assert!(studio.fails("sample run --move axis1=1 --out x", 1).contains("--anew"));
    studio.ok("directions run --anew");
    assert!(studio.fails("directions run --out run/directions.png", 1).contains("--force"));
}

#[test]
fn the_latent_of_a_picture_is_found_and_stands_wherever_a_seed_does() {
    let studio = Studio::with_run(TINY_VAE);
    studio.ok("sample run --seed 40 --count 2 --out some");
    let found = studio.json("invert some/000040.png --run run --steps 60 --starts 16 --out face.latent");
    let psnr = |what: &str| found[what].as_f64().unwrap_or(999.0);
    // A network that has hardly learned paints nearly the same everywhere: the start is good already.
    assert!(psnr("psnr") > 30.0 && psnr("psnr") > psnr("start_psnr") - 1.0, "{found}");
    studio.ok("sample run --latent face.latent --out again.png");
    let near = impasto::steer::psnr(
        &read_png(&studio.path("again.png")).unwrap(),
        &read_png(&studio.path("some/000040.png")).unwrap(),
    );
    assert!((near - psnr("psnr")).abs() < 1e-6 || near == f64::INFINITY, "{near} and {found}");
    studio.ok("sample run --like again.png --out once-more.png");
    assert!(studio.bytes("once-more.png") == studio.bytes("again.png"));
    studio.ok("sample run --seed 3 --count 1 --mix face.latent:0.4 --out mixed.png");
    studio.ok("directions run --count 2");
    studio.ok("sample run --latent face.latent --move 2=1.5 --out moved.png");
    studio.ok("sample run --latent face.latent moved.png some/000041.png --out three");
    assert_eq!(names(&studio.path("three")), ["000041.png", "face.png", "moved.png"]);
    assert!(studio.bytes("three/moved.png").len() > 100);
    let pixels = |name: &str| read_png(&studio.path(name)).unwrap();
    assert!(pixels("three/moved.png") == pixels("moved.png"));
    assert!(pixels("three/000041.png") == pixels("some/000041.png"));
    let walked = studio.json("walk run --through face.latent,7,moved.png --frames 6 --out walk.png");
    assert_eq!(walked["keys"], 3);
    let again = studio.json("info walk.png")["again"].as_str().unwrap().replace("RUN", "run");
    fs::remove_file(studio.path("again.png")).unwrap();
    studio.ok(again.trim_start_matches("impasto "));
    assert!(studio.bytes("again.png") == studio.bytes("walk.png"), "{again}");
}

#[test]
fn latents_are_not_overwritten_and_garbage_is_refused() {
    let studio = Studio::with_run(TINY_VAE);
    studio.ok("sample run --seed 1 --count 2 --out some");
    let line = "invert some/000001.png some/000002.png --run run --steps 3 --starts 4 --out latents";
    assert_eq!(studio.json_lines(line).len(), 2);
    assert_eq!(names(&studio.path("latents")), ["000001.latent", "000002.latent"]);
    assert!(studio.fails(line, 1).contains("--force"));
    studio.ok(&format!("{line} --force"));
    assert!(studio.fails(&line.replace("--out latents", "--out one.latent"), 2).contains("folder"));
    fs::write(studio.path("bad.latent"), "a smile").unwrap();
    for line in [
        "sample run --latent bad.latent",
        "sample run --mix bad.latent",
        "walk run --through bad.latent,1 --out w.gif",
    ] {
        let error = studio.fails(line, 1);
        assert!(error.contains("bad.latent") && error.contains("impasto invert"), "{error}");
    }
    assert!(studio.fails("invert bad.latent --run run --out x.latent", 1).contains("no picture"));
    studio.ok(&format!("train flowers --out other --steps 5 --seed 2 {TINY_VAE}"));
    assert!(studio.fails("sample other --latent latents/000001.latent", 1).contains("another model"));
    studio.ok("train --resume run --steps 30");
    let said = studio.ok("sample run --checkpoint last --latent latents/000001.latent --out later.png");
    assert!(said.err.contains("warning") && said.err.contains("not paint quite the same"), "{}", said.err);
}
