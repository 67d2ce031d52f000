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
    let long = ["rose:1,tulip:2"; 30].join(",");
    studio.ok(&format!("sample run --count 1 --class {long} --out long"));
    assert!(names(&studio.path("long"))[0].len() < 100);
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
    assert!(studio.fails("directions run --method pca", 2).contains("--again"));
    let before = studio.bytes("run/directions.json");
    studio.ok("directions run --method pca --again");
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
    assert!(studio.fails("sample run --move axis1=1 --out x", 1).contains("--again"));
    studio.ok("directions run --again");
    assert!(studio.fails("directions run --out run/directions.png", 1).contains("--force"));
}

#[test]
fn the_latent_of_a_picture_is_found_and_stands_wherever_a_seed_does() {
    let studio = Studio::with_run(TINY_VAE);
    studio.ok("sample run --seed 40 --count 2 --out some");
    let found = studio.output("invert some/000040.png --run run --steps 60 --starts 16 --out face.latent");
    let psnr = |what: &str| found[what].as_f64().unwrap_or(999.0);
    // A network that has hardly learned paints nearly the same everywhere: the start is good already.
    assert!(psnr("psnr") > 30.0 && psnr("psnr") > psnr("start_psnr") - 1.0, "{found}");
    let info = studio.ok("info face.latent").out;
    assert!(info.contains("000040.png") && info.contains("sample RUN --latent face.latent"), "{info}");
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
    assert_eq!(studio.outputs(line).len(), 2);
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
        assert!(error.contains("bad.latent") && error.contains("give a seed, a .latent file"), "{error}");
    }
    assert!(studio.fails("invert bad.latent --run run --out x.latent", 1).contains("no picture"));
    studio.ok(&format!("train flowers --out other --steps 5 --seed 2 {TINY_VAE}"));
    assert!(studio.fails("sample other --latent latents/000001.latent", 1).contains("another model"));
    studio.ok("train --resume run --steps 30");
    let said = studio.ok("sample run --checkpoint last --latent latents/000001.latent --out later.png");
    assert!(said.err.contains("warning") && said.err.contains("not paint quite the same"), "{}", said.err);
}

#[test]
fn what_fails_leaves_axes_and_names_as_they_are() {
    let studio = Studio::with_run(&format!("--conditional {TINY_DCGAN}"));
    let [axes, sheet] = ["run/directions.json", "run/directions.png"];
    assert!(studio.fails("directions run --class fern", 2).contains("sunflower"));
    assert!(!studio.path(axes).exists() && !studio.path(sheet).exists());
    studio.ok("directions run --count 2 --class rose");
    studio.ok("directions run --name axis1=smile");
    let before = [axes, sheet].map(|name| studio.bytes(name));
    for (flags, code, answer) in [
        ("--again --class fern", 2, "sunflower"),
        ("--again --checkpoint nosuch", 2, "nosuch"),
        ("--name axis2=grin --checkpoint nosuch", 2, "nosuch"),
        ("--name axis2=grin --class fern", 2, "sunflower"),
        ("--name axis2=grin --out run/directions.png", 1, "--force"),
        ("--name axis2=-x", 2, "is a flag"),
        ("--name axis1=grin,axis9=x", 2, "there is no axis \"axis9\""),
        ("--out flowers --force", 1, "is a folder"),
    ] {
        let error = studio.fails(&format!("directions run {flags}"), code);
        assert!(error.contains(answer), "{flags}: {error}");
        assert!([axes, sheet].map(|name| studio.bytes(name)) == before, "{flags}");
    }
    fs::remove_file(studio.path(sheet)).unwrap();
    assert_eq!(studio.json("directions run --class rose")["sheet"], sheet);
    assert!(studio.path(sheet).exists() && studio.bytes(axes) == before[0]);
    assert!(studio.json("directions run")["sheet"].is_null());
}

#[test]
fn seeds_are_drawn_and_latents_are_painted_as_they_are() {
    let studio = Studio::with_run(TINY_VAE);
    studio.ok("sample run --seed 1 --count 1 --out a.png");
    studio.ok("invert a.png --run run --steps 3 --starts 4 --out a.latent");
    for line in [
        "sample run --latent a.latent --truncation 0",
        "sample run --latent a.latent --mix a.png --prior plain",
        "walk run --through a.latent,a.png --truncation 0.5 --frames 2 --out w.gif",
    ] {
        let error = studio.fails(line, 2);
        assert!(error.contains("to paint them: leave out"), "{line}: {error}");
    }
    for line in [
        "sample run --latent a.latent --mix 17:0.3 --truncation 0.5 --out mixed.png",
        "sample run --seed 3 --count 1 --mix a.latent --prior plain --out plain.png",
        "walk run --through 7,a.latent --truncation 0.5 --frames 2 --out w.gif",
    ] {
        assert!(studio.ok(line).err.contains("counts for the seeds alone"), "{line}");
    }
    let said = studio.ok("sample run --latent a.latent --truncation 1 --prior fitted --out usual.png");
    assert!(!said.err.contains("warning"), "{}", said.err);
}

#[test]
fn files_with_commas_and_colons_are_mixed_and_walked_through() {
    let studio = Studio::with_run(TINY_VAE);
    studio.ok("sample run --seed 1 --count 1 --out a.png");
    studio.ok("invert a.png --run run --steps 3 --starts 4 --out a.latent");
    for name in ["a,b.latent", "half:0.5"] {
        fs::copy(studio.path("a.latent"), studio.path(name)).unwrap();
    }
    let pixels = |mix: &str| {
        studio.ok(&format!("sample run --seed 3 --count 1 --mix {mix} --out to.png --force"));
        read_png(&studio.path("to.png")).unwrap()
    };
    let plain = pixels("a.latent:0.4,9:0.2");
    assert!(pixels("a,b.latent:0.4,9:0.2") == plain && pixels("half:0.5:0.4,9:0.2") == plain);
    let walked = studio.json("walk run --through 7,a,b.latent,half:0.5 --frames 4 --out walk.png");
    assert_eq!(walked["keys"], 3);
    let again = studio.json("info walk.png")["again"].as_str().unwrap().replace("RUN", "run");
    studio.ok(again.trim_start_matches("impasto "));
    assert!(studio.bytes("again.png") == studio.bytes("walk.png"), "{again}");
}

#[test]
fn a_refusal_says_what_to_give_and_leaves_nothing_behind() {
    let studio = Studio::with_run(TINY_VAE);
    studio.ok("sample run --seed 1 --count 1 --out a.png");
    fs::create_dir(studio.path("folder.gif")).unwrap();
    fs::create_dir(studio.path("folder.latent")).unwrap();
    for (line, code, answer) in [
        ("invert a.png --run nosuch --out dd/c.latent", 1, "nosuch"),
        ("invert a.png gone.png --run run --out dd", 1, "gone.png"),
        ("invert a.png --run run --out a.png/c.latent", 1, "in the way"),
        ("invert a.png --run run --out folder.latent --force", 1, "is a folder"),
        ("sample run --latent gone.latent --out dd", 1, "there is no such file); give a seed"),
        ("sample run --mix flowers --out dd", 1, "it is a folder); give a seed"),
        ("sample run --mix 17@0 --out dd", 2, "names no levels"),
        ("sample run --mix 17@3..1 --out dd", 2, "names no levels"),
        ("sample run --mix 17: --out dd", 2, "from 0 to 1"),
        ("sample run --mix 18446744073709551616 --out dd", 2, "no seed"),
        ("walk run --through 18446744073709551616 --out dd/w.gif", 2, "no seed"),
        ("walk run --through gone.latent --out dd/w.gif", 1, "there is no such file); give a seed"),
        ("walk run --out dd/w.txt", 2, "does not end in the name of an animation"),
        ("walk run --out a.png/w.gif", 1, "in the way"),
        ("walk run --out folder.gif --force", 1, "is a folder"),
        ("enlarge gone.png --out dd", 1, "gone.png"),
    ] {
        let error = studio.fails(line, code);
        assert!(error.contains(answer) && !error.contains("painted"), "{line}: {error}");
        assert!(!studio.path("dd").exists(), "{line}");
    }
}
