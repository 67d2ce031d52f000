//! `impasto translate`, `impasto data pairs`, and what other verbs say of runs that translate.

use std::fs;

use impasto::picture::{Kind, read_png, read_recipe, write_png};
use impasto_data::Picture;
use impasto_system::Existing;

use super::studio::{Studio, TINY_DCGAN, names};

/// Settings of a translation of 16-pixel flowers that takes a second or so.
const TINY: &str = "--set widths=[4] --set critic_width=4 --size 16 --batch 4";

/// The name of a flower that was drawn.
fn drawn(studio: &Studio) -> String {
    let class = names(&studio.path("flowers")).remove(0);
    let file = names(&studio.path(&format!("flowers/{class}"))).remove(0);
    format!("flowers/{class}/{file}")
}

#[test]
fn a_grey_picture_gets_colours_and_a_coloured_one_is_refused() {
    let studio = Studio::with_run(&format!("--recipe paired {TINY}"));
    let flower = drawn(&studio);
    let error = studio.fails(&format!("translate {flower} --run run --out out.png"), 2);
    assert!(error.contains("has colours") && error.contains("--make"), "{error}");
    assert!(!studio.path("out.png").exists());

    let line = format!("translate {flower} --run run --make --out out.png");
    let told = studio.output(&line);
    assert_eq!((&told["width"], &told["height"]), (&16.into(), &16.into()), "{told}");
    let made = read_png(&studio.path("out.png")).unwrap();
    assert_eq!((made.width(), made.height(), made.channels()), (16, 16, 3));
    assert!(studio.fails(&line, 1).contains("--force"));
    let before = studio.bytes("out.png");
    studio.ok(&format!("{line} --force"));
    assert!(studio.bytes("out.png") == before, "the same command gives the same bytes");

    let recipe = read_recipe(&studio.path("out.png")).unwrap();
    assert_eq!((recipe.kind, &recipe.recipe[..]), (Kind::Made, "paired"));
    assert!(recipe.run.starts_with("paired-16-") && !recipe.checkpoint.is_empty(), "{recipe:?}");
    let again = studio.json("info out.png")["again"].as_str().unwrap().to_owned();
    assert!(
        again.starts_with("impasto translate") && again.contains("--make") && again.contains("--run RUN")
    );

    // Sizes that no training has seen, and that are no multiple of anything.
    write_png(&studio.path("grey.png"), &Picture::filled(37, 21, &[120]), &[], Existing::Replace).unwrap();
    studio.ok("translate grey.png --run run --beside --out both.png");
    let both = read_png(&studio.path("both.png")).unwrap();
    assert_eq!((both.width(), both.height()), (37 + 2 + 37, 21));
}

#[test]
fn a_folder_becomes_a_folder_and_not_one_file() {
    let studio = Studio::with_run(&format!("--recipe enlarge {TINY}"));
    fs::create_dir(studio.path("few")).unwrap();
    for (name, width) in [("a", 9), ("b", 20)] {
        write_png(
            &studio.path(&format!("few/{name}.png")),
            &Picture::filled(width, 8, &[9, 90, 200]),
            &[],
            Existing::Replace,
        )
        .unwrap();
    }
    assert!(studio.fails("translate few --run run --out one.png", 2).contains("folder"));
    let told = studio.outputs("translate few --run run --out out");
    assert_eq!(names(&studio.path("out")), ["a.png", "b.png"]);
    assert_eq!((told.len(), &told[0]["width"], &told[1]["height"]), (2, &18.into(), &16.into()));
    let whole = studio.ok("translate few/a.png --run run --make --out whole.png").out;
    assert!(whole.contains("8 x 8"), "an odd column is left out: {whole}");
    fs::write(studio.path("few/c.png"), "no picture").unwrap();
    let left_out = studio.ok("translate few --run run --out more").err;
    assert!(left_out.contains("warning: left out: few/c.png"), "{left_out}");
    assert!(studio.fails("translate few/c.png --run run --out more", 1).contains("c.png"));
    write_png(&studio.path("white.png"), &Picture::filled(9, 8, &[255]), &[], Existing::Replace).unwrap();
    assert!(studio.fails("translate few/a.png --mask white.png --run run --out x.png", 2).contains("--mask"));
}

#[test]
fn holes_are_filled_where_a_mask_says_so() {
    let studio = Studio::with_run(&format!("--recipe repair {TINY}"));
    let flower = drawn(&studio);
    assert!(studio.fails(&format!("translate {flower} --run run --out x.png"), 2).contains("--mask FILE"));
    let mut mask = Picture::filled(16, 16, &[0]);
    mask.pixels_mut()[..40].fill(255);
    write_png(&studio.path("mask.png"), &mask, &[], Existing::Replace).unwrap();
    studio.ok(&format!("translate {flower} --mask mask.png --run run --out whole.png"));
    let (old, new) = (read_png(&studio.path(&flower)).unwrap(), read_png(&studio.path("whole.png")).unwrap());
    assert!(old.pixels()[120..] == new.pixels()[120..] && old.pixels()[..120] != new.pixels()[..120]);
    write_png(&studio.path("small.png"), &Picture::filled(8, 16, &[255]), &[], Existing::Replace).unwrap();
    let error = studio.fails(&format!("translate {flower} --mask small.png --run run --out y.png"), 1);
    assert!(error.contains("16 x 16") && error.contains("8 x 16"), "{error}");
    write_png(&studio.path("black.png"), &Picture::filled(16, 16, &[0]), &[], Existing::Replace).unwrap();
    let error = studio.fails(&format!("translate {flower} --mask black.png --run run --out y.png"), 1);
    assert!(error.contains("has no white pixels"), "{error}");
    studio.ok(&format!("translate {flower} --make --seed 3 --run run --out random.png"));
}

/// A picture of noise, whose colours under transparent pixels are hidden.
fn noise(width: usize, height: usize, channels: usize) -> Picture {
    let bytes = (0..width * height * channels).map(|at| (at * at * 31 + at * 7) as u8).collect();
    Picture::new(width, height, channels, bytes)
}

/// Whether a picture kept every bit outside of this box, and lost some inside.
fn only_changed([left, top, across, down]: [usize; 4], before: &Picture, after: &Picture) -> bool {
    let inside = |x: usize, y: usize| (left..left + across).contains(&x) && (top..top + down).contains(&y);
    let same = |&(x, y): &(usize, usize)| before.pixel(x, y) == after.pixel(x, y);
    let places = || (0..before.height()).flat_map(|y| (0..before.width()).map(move |x| (x, y)));
    places().filter(|&(x, y)| !inside(x, y)).all(|at| same(&at)) && !places().all(|at| same(&at))
}

#[test]
fn a_run_repairs_and_touches_nothing_but_the_hole() {
    let studio = Studio::with_run(&format!("--recipe repair {TINY}"));
    for (name, channels) in [("grey.png", 1), ("colour.png", 3), ("clear.png", 4)] {
        write_png(&studio.path(name), &noise(37, 21, channels), &[], Existing::Replace).unwrap();
        let said = studio.ok(&format!("repair {name} --box 30,5,7,9 --run run --out whole-{name}"));
        assert!(said.out.contains("63 pixels") && said.out.contains("by run run"), "{said:?}");
        assert_eq!(said.err.contains("only what is opaque"), channels == 4, "{said:?}");
        let after = read_png(&studio.path(&format!("whole-{name}"))).unwrap();
        assert!(only_changed([30, 5, 7, 9], &noise(37, 21, channels), &after), "{name}");
        assert!(channels < 4 || after.pixel(33, 8)[3] == 255, "what was learned opaque is filled opaque");
    }
    let recipe = read_recipe(&studio.path("whole-colour.png")).unwrap();
    assert_eq!((recipe.kind, &recipe.recipe[..]), (Kind::Made, "repair"));
    assert!(recipe.run.starts_with("repair-16-") && !recipe.checkpoint.is_empty(), "{recipe:?}");

    let mask = |x: usize, y: usize| if (30..37).contains(&x) && (5..14).contains(&y) { 255 } else { 0 };
    let mask = (0..37 * 21).map(|at| mask(at % 37, at / 37)).collect();
    write_png(&studio.path("mask.png"), &Picture::new(37, 21, 1, mask), &[], Existing::Replace).unwrap();
    let line = "repair colour.png --mask mask.png --run run --out by-mask.png";
    let told = studio.output(line);
    assert_eq!((&told["method"], &told["run"]), (&"run".into(), &"run".into()), "{told}");
    assert_eq!(told["checkpoint"], recipe.checkpoint);
    let pixels = |name: &str| read_png(&studio.path(name)).unwrap();
    assert!(pixels("by-mask.png") == pixels("whole-colour.png"), "a mask and a box say the same");
    assert!(studio.fails(line, 1).contains("--force"));
    let last = studio.checkpoints("run").remove(0);
    studio.ok(&format!("{line} --force --checkpoint {last}"));
    assert!(pixels("by-mask.png") != pixels("whole-colour.png"), "another checkpoint fills in another way");

    let again = studio.json("info whole-colour.png")["again"].as_str().unwrap().replace("RUN", "run");
    studio.ok(again.trim_start_matches("impasto "));
    assert!(studio.bytes("again.png") == studio.bytes("whole-colour.png"), "{again}");
    let error = studio.run("repair colour.png --box 1,1,2,2 --checkpoint best --out x.png").err;
    assert!(error.contains("--run"), "{error}");
}

#[test]
fn a_run_that_knows_transparency_fills_with_it() {
    let studio = Studio::with_run(&format!("--recipe repair --alpha {TINY}"));
    for channels in [3, 4] {
        let before = noise(24, 20, channels);
        write_png(&studio.path("torn.png"), &before, &[], Existing::Replace).unwrap();
        let said = studio.ok("repair torn.png --box 4,3,9,9 --run run --out whole.png --force");
        assert!(said.err.is_empty(), "{said:?}");
        assert!(only_changed([4, 3, 9, 9], &before, &read_png(&studio.path("whole.png")).unwrap()));
    }
}

#[test]
fn a_run_enlarges_as_often_as_it_takes() {
    let studio = Studio::with_run(&format!("--recipe enlarge {TINY}"));
    fs::create_dir(studio.path("few")).unwrap();
    write_png(&studio.path("few/grey.png"), &noise(13, 9, 1), &[], Existing::Replace).unwrap();
    write_png(&studio.path("few/colour.png"), &noise(9, 13, 3), &[], Existing::Replace).unwrap();
    let told = studio.outputs("enlarge few --run run --out twice");
    assert_eq!((&told[0]["method"], &told[0]["times"]), (&"run".into(), &2.into()));
    studio.ok("enlarge twice --run run --out again");
    let said = studio.ok("enlarge few --run run --times 4 --out four");
    assert!(said.out.contains("9 x 13 to 36 x 52 by run run"), "{said:?}");
    for (name, channels) in [("grey.png", 1), ("colour.png", 3)] {
        let [again, four] =
            ["again", "four"].map(|folder| read_png(&studio.path(&format!("{folder}/{name}"))).unwrap());
        assert_eq!(four.channels(), channels);
        assert!(again == four, "four times is twice twice: {name}");
    }
    let recipe = read_recipe(&studio.path("four/grey.png")).unwrap();
    assert!(recipe.recipe == "enlarge" && recipe.run.starts_with("enlarge-16-"), "{recipe:?}");
    assert!(studio.fails("enlarge few --run run --out twice", 1).contains("--force"));

    write_png(&studio.path("clear.png"), &noise(9, 9, 4), &[], Existing::Replace).unwrap();
    let error = studio.fails("enlarge clear.png --run run --out x.png", 2);
    assert!(error.contains("--recipe enlarge --alpha"), "{error}");
    assert!(!studio.path("x.png").exists());
    studio.ok(&format!("train flowers --out greys --steps 3 --recipe enlarge --channels grey {TINY}"));
    let error = studio.fails("enlarge few/colour.png --run greys --out x.png", 2);
    assert!(error.contains("only grey") && error.contains("--channels rgb"), "{error}");
    studio.ok("enlarge few/grey.png --run greys --out grey.png");

    studio.ok(&format!("train flowers --out fours --steps 3 --recipe enlarge --preset four {TINY}"));
    let error = studio.fails("enlarge few --run fours --times 2 --out x", 2);
    assert!(
        error.contains("to have what it can do: --times 4") && error.contains("--preset twice"),
        "{error}"
    );
    assert_eq!(studio.output("enlarge few/grey.png --run fours --out large.png")["times"], 4);
}

#[test]
fn runs_of_another_kind_are_refused_with_the_one_to_train() {
    let studio = Studio::with_run(&format!("--recipe enlarge {TINY}"));
    let flower = drawn(&studio);
    let error = studio.fails(&format!("repair {flower} --box 1,1,4,4 --run run --out x.png"), 2);
    assert!(error.contains("1/2") && error.contains("impasto train FOLDER --recipe repair"), "{error}");
    studio.ok(&format!("train flowers --out painter --steps 3 {TINY_DCGAN}"));
    let error = studio.fails(&format!("enlarge {flower} --run painter --out x.png"), 2);
    assert!(
        error.contains("paints from seeds") && error.contains("impasto train FOLDER --recipe enlarge"),
        "{error}"
    );
    assert!(!studio.path("x.png").exists());
}

#[test]
fn edges_want_a_drawing() {
    let studio = Studio::with_run(&format!("--recipe paired --preset edges {TINY}"));
    write_png(&studio.path("dark.png"), &Picture::filled(16, 16, &[30]), &[], Existing::Replace).unwrap();
    assert!(studio.fails("translate dark.png --run run --out x.png", 2).contains("lines on white"));
    let mut drawing = Picture::filled(16, 16, &[255]);
    drawing.pixels_mut()[16 * 8..16 * 9].fill(0);
    write_png(&studio.path("drawing.png"), &drawing, &[], Existing::Replace).unwrap();
    studio.ok("translate drawing.png --run run --out x.png");
}

#[test]
fn two_folders_become_pairs_and_a_run_learns_them() {
    let studio = Studio::with_flowers();
    let joined = studio.json("data pairs flowers flowers pairs");
    assert_eq!((&joined["pairs"], &joined["alone"]), (&60.into(), &serde_json::json!([])));
    studio.ok(&format!("train pairs --out run --steps 20 --recipe paired --preset beside {TINY}"));
    let sheet = read_png(&studio.path("run/reals.png")).unwrap();
    assert!(sheet.width() > sheet.height(), "pairs are twice as wide");
    studio.ok(&format!("translate {} --run run --out out.png", drawn(&studio)));
    let out = read_png(&studio.path("out.png")).unwrap();
    assert_eq!((out.width(), out.height()), (16, 16));
    assert!(
        studio
            .fails(&format!("translate {} --make --run run --out x.png", drawn(&studio)), 2)
            .contains("leave out --make")
    );
    assert!(studio.fails("data pairs flowers flowers pairs", 1).contains("not empty"));
    let error = studio
        .fails(&format!("train pairs --out no --recipe paired --preset beside --crop random {TINY}"), 1);
    assert!(error.contains("center"), "{error}");
}

#[test]
fn other_verbs_say_what_a_run_can_do_and_which_verb_it_needs() {
    let studio = Studio::with_run(&format!("--recipe paired {TINY}"));
    for line in ["sample run", "walk run --out w.gif", "directions run"] {
        let error = studio.fails(line, 2);
        assert!(error.contains("impasto translate PICTURE --run run"), "{line}: {error}");
    }
    let told = studio.ok("info run").out;
    assert!(
        told.contains("translates from pictures without colours") && told.contains("l1_learned"),
        "{told}"
    );
    assert!(told.contains("impasto translate") && !told.contains("impasto sample"), "{told}");
    assert!(studio.json("info run")["best"]["score"].as_f64().is_some_and(|score| score > 0.0));
    assert!(studio.ok("recipes").out.contains("translates from pictures with holes"));

    studio.ok(&format!("train flowers --out painter --steps 3 {TINY_DCGAN}"));
    let error = studio.fails(&format!("translate {} --run painter --out x.png", drawn(&studio)), 2);
    assert!(error.contains("impasto sample painter") && error.contains("--recipe paired"), "{error}");
}

#[test]
fn a_training_that_was_cut_off_goes_on_to_the_same_weights() {
    let studio = Studio::with_flowers();
    let settings = format!("--recipe repair {TINY} --checkpoint-every 10");
    studio.ok(&format!("train flowers --out whole --steps 20 {settings}"));
    studio.ok(&format!("train flowers --out half --steps 10 {settings}"));
    studio.ok("train --resume half --steps 20");
    let weights = |run: &str| {
        let last = studio.checkpoints(run).pop().unwrap();
        studio.bytes(&format!("{run}/checkpoints/{last}/weights.safetensors"))
    };
    assert!(weights("whole") == weights("half"));
}

/// Plain pictures of one colour in `set/NAME`, each a little different.
fn plain(studio: &Studio, name: &str, count: u8, colour: [u8; 3]) {
    fs::create_dir_all(studio.path(&format!("set/{name}"))).unwrap();
    for number in 0..count {
        let colour = colour.map(|part| part.saturating_add(number));
        let path = studio.path(&format!("set/{name}/{number}.png"));
        write_png(&path, &Picture::filled(16, 16, &colour), &[], Existing::Replace).unwrap();
    }
}

#[test]
fn two_folders_without_pairs_become_like_each_other() {
    let studio = Studio::new();
    plain(&studio, "night", 9, [10, 20, 60]);
    plain(&studio, "noon", 40, [200, 200, 120]);
    let train = format!("train set --recipe unpaired {TINY} --steps 12 --checkpoint-every 6");
    let said = studio.ok(&format!("{train} --out run"));
    assert!(said.err.contains("pictures like those in night become such as in noon"), "{said:?}");
    assert!(said.out.contains("impasto translate PICTURE --run run --beside"), "{said:?}");
    let sheet = read_png(&studio.path("run/samples/000000.048k.png")).unwrap();
    assert_eq!(
        3 * (sheet.width() - 2),
        6 * (sheet.height() - 2),
        "three times given and made, in three rows"
    );
    let told = studio.ok("info run").out;
    assert!(told.contains("translates from pictures like those in night to such as in noon"), "{told}");
    assert!(told.contains("kid_learned") && !told.contains("--make"), "{told}");

    // A size that no training has seen, and the same bytes again.
    write_png(&studio.path("dark.png"), &Picture::filled(37, 21, &[15, 20, 60]), &[], Existing::Replace)
        .unwrap();
    studio.ok("translate dark.png --run run --out out.png");
    let out = read_png(&studio.path("out.png")).unwrap();
    assert_eq!((out.width(), out.height(), out.channels()), (37, 21, 3));
    assert_eq!(read_recipe(&studio.path("out.png")).unwrap().recipe, "unpaired");
    let before = studio.bytes("out.png");
    studio.ok("translate dark.png --run run --out out.png --force");
    assert!(studio.bytes("out.png") == before);
    assert!(studio.fails("translate dark.png --make --run run --out x.png", 2).contains("leave out --make"));
    assert!(studio.fails("sample run", 2).contains("impasto translate PICTURE --run run"));

    let said = studio.ok(&format!("{train} --set reverse=true --set way=cycle --out round"));
    assert!(said.err.contains("pictures like those in noon become such as in night"), "{said:?}");
    studio.ok(&format!("{} --out half", train.replace("--steps 12", "--steps 6")));
    studio.ok("train --resume half --steps 12");
    let weights = |run: &str| studio.bytes(&format!("{run}/checkpoints/000000.048k/weights.safetensors"));
    assert!(weights("run") == weights("half") && weights("run") != weights("round"));
}

#[test]
fn what_is_not_two_folders_is_refused_with_the_way_to_lay_them_out() {
    let studio = Studio::new();
    let refused = |line: &str| {
        let error = studio.fails(&format!("train {line} --recipe unpaired {TINY} --steps 2 --out no"), 2);
        assert!(error.contains("two folders inside one") && !studio.path("no").exists(), "{error}");
        error
    };
    plain(&studio, "one", 4, [10, 20, 60]);
    assert!(refused("set").contains("has none"), "one folder is no class");
    assert!(refused("set/one").contains("has none"));
    plain(&studio, "two", 4, [200, 20, 60]);
    assert!(refused("set --set conditional=false").contains("conditional is off"));
    plain(&studio, "three", 4, [10, 220, 60]);
    assert!(refused("set").contains("has 3"));
}
