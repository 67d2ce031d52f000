//! `impasto style`, with the network in the program.

use impasto::picture::{
    DIGITAL_SOURCE_TYPE_OF_MADE, read_png, read_png_text, read_recipe, write_png, write_timed,
};
use impasto_data::Picture;
use impasto_system::Existing;

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
    write_png(&studio.path("left.png"), &Picture::new(64, 64, 1, pixels), &[], Existing::Replace).unwrap();
    write_png(&studio.path("small.png"), &Picture::filled(20, 30, &[255]), &[], Existing::Replace).unwrap();
    studio
}

const QUICK: &str = "--size 64 --steps 6 --network builtin";

#[test]
fn a_picture_takes_a_style_and_says_how() {
    let studio = studio();
    let said = studio.output(&format!("style content.png style.png --out out.png {QUICK}"));
    assert_eq!(
        (&said["width"], &said["steps"], &said["network"]),
        (&64.into(), &6.into(), &"builtin".into())
    );
    assert!(said["loss"].as_f64().is_some_and(|loss| loss > 0.0) && said["stopped"] == false, "{said}");
    let recipe = read_recipe(&studio.path("out.png")).unwrap();
    let from: Vec<String> = recipe.from().into_iter().map(|origin| origin.file).collect();
    assert_eq!(from, ["content.png", "style.png"]);
    let settings = &recipe.extra["settings"];
    assert_eq!((&settings["loss"], &settings["steps"]), (&"gram".into(), &6.into()), "{recipe:?}");
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
fn without_a_network_patches_of_the_style_paint() {
    let studio = studio();
    let said = studio.output("style content.png style.png --out out.png --size 64");
    assert_eq!((&said["method"], &said["network"]), (&"patches".into(), &serde_json::Value::Null), "{said}");
    let painted = read_png(&studio.path("out.png")).unwrap();
    assert!(painted.width() == 64 && painted != read_png(&studio.path("content.png")).unwrap());
    let recipe = read_recipe(&studio.path("out.png")).unwrap();
    let settings = &recipe.extra["settings"];
    assert_eq!((&settings["method"], &settings["size"]), (&"patches".into(), &64.into()), "{recipe:?}");
    let again = studio.json("info out.png")["again"].as_str().unwrap().to_owned();
    studio.ok(again.trim_start_matches("impasto "));
    assert!(studio.bytes("again.png") == studio.bytes("out.png"), "{again}");
    let said = studio.ok("style content.png style.png --out other.png --size 64 --seed 2").out;
    assert!(said.contains("patches of the style") && said.contains("weights get vgg19"), "{said}");
    let line =
        "style contents style.png content.png --style-weights 3,1 --size 48 --strength 0.8 --out painted";
    assert_eq!(studio.outputs(line).len(), 2);
    assert_eq!(names(&studio.path("painted")), ["one.png", "two.png"]);
    studio.ok("style content.png style.png --mask left.png --keep-colours --out half.png --size 64");
    let half = read_png(&studio.path("half.png")).unwrap();
    assert_eq!(
        half.pixel(60, 30),
        read_png(&studio.path("content.png")).unwrap().pixel(60, 30),
        "black in the mask"
    );
}

#[test]
fn what_is_transparent_stays_so() {
    let studio = studio();
    let opaque = read_png(&studio.path("content.png")).unwrap();
    let pixels = opaque.pixels().chunks_exact(3).enumerate();
    let pixels =
        pixels.flat_map(|(at, pixel)| [pixel[0], pixel[1], pixel[2], if at % 64 < 20 { 0 } else { 255 }]);
    write_png(&studio.path("cut.png"), &Picture::new(64, 64, 4, pixels.collect()), &[], Existing::Replace)
        .unwrap();
    for (number, how) in ["--method patches", QUICK].into_iter().enumerate() {
        studio.ok(&format!(
            "style cut.png style.png --out {number}.png --size 64 {}",
            how.replace("--size 64", "")
        ));
        let made = read_png(&studio.path(&format!("{number}.png"))).unwrap();
        assert_eq!([made.pixel(3, 30)[3], made.pixel(40, 30)[3]], [0, 255], "{how}");
    }
}

#[test]
fn folders_styles_weights_masks_and_previews_go_together() {
    let studio = studio();
    let line =
        "style contents style.png content.png --style-weights 0.7,0.3 --mask left.png,left.png --out painted";
    let all = studio.outputs(&format!("{line} --keep-colours --loss wasserstein {QUICK}"));
    assert_eq!(all.len(), 2);
    assert_eq!(names(&studio.path("painted")), ["one.png", "two.png"]);
    let recipe = read_recipe(&studio.path("painted/two.png")).unwrap();
    let settings = &recipe.extra["settings"];
    assert_eq!(settings["style_weights"], serde_json::json!([0.7, 0.3]), "{settings}");
    assert_eq!(settings["mask"], serde_json::json!(["left.png", "left.png"]), "{settings}");
    assert_eq!(settings["keep_colours"], true, "{settings}");
    assert_eq!(recipe.extra["masks"].as_array().unwrap().len(), 2);
    let slow = "--size 96 --steps 60 --network builtin --preview now.png";
    studio.ok(&format!("style content.png style.png --out slow.png {slow}"));
    // It may have been too quick for a preview; where there is one it is whole.
    if studio.path("now.png").exists() {
        assert!(read_png(&studio.path("now.png")).unwrap().width() <= 96);
    }
}

/// A training of a style that takes a second or so.
const FAST: &str = "--recipe fast-style --set width=4 --set blocks=1 --set style_size=32 --set network=builtin --size 32 --batch 2";

/// The same with a run that has learned `style.png`.
fn with_run() -> Studio {
    let studio = studio();
    studio.ok(&format!("train some --out run --steps 4 --checkpoint-every 2 --set style=style.png {FAST}"));
    studio
}

/// A film of three frames whose last one stays longest.
fn film(studio: &Studio, name: &str) {
    let shade = |at: usize, frame: usize| (at * (frame + 3) % 251) as u8;
    let frames: Vec<Picture> = (0..3)
        .map(|frame| Picture::new(24, 20, 3, (0..24 * 20 * 3).map(|at| shade(at, frame)).collect()))
        .collect();
    write_timed(&studio.path(name), &frames, &[40.0, 80.0, 300.0], None, Existing::Keep).unwrap();
}

fn times(studio: &Studio, name: &str) -> Vec<f64> {
    let bytes = studio.bytes(name);
    let read = impasto_data::frames(&bytes, impasto_data::Channels::Rgb, [255; 3], &Default::default());
    read.unwrap().unwrap().iter().map(|frame| frame.milliseconds).collect()
}

#[test]
fn a_run_that_learned_a_style_paints_in_one_pass_without_the_style() {
    let studio = with_run();
    assert!(read_png(&studio.path("run/style.png")).unwrap() == read_png(&studio.path("style.png")).unwrap());
    // From here on nothing needs the style where it was.
    std::fs::remove_file(studio.path("style.png")).unwrap();
    let info = studio.ok("info run").out;
    assert!(info.contains("impasto style PICTURE --run run") && info.contains("loss_learned"), "{info}");
    studio.ok("train --resume run --steps 6");

    let said = studio.output("style content.png --run run --out out.png");
    assert_eq!(
        (&said["width"], &said["height"], &said["frames"]),
        (&64.into(), &64.into(), &1.into()),
        "{said}"
    );
    let recipe = read_recipe(&studio.path("out.png")).unwrap();
    assert!(recipe.recipe == "fast-style" && recipe.run.starts_with("fast-style-32-"), "{recipe:?}");
    let again = studio.json("info out.png")["again"].as_str().unwrap().replace("RUN", "run");
    studio.ok(again.trim_start_matches("impasto "));
    assert!(studio.bytes("again.png") == studio.bytes("out.png"), "{again}");

    studio.ok("translate content.png --run run --out other.png");
    assert!(read_png(&studio.path("other.png")).unwrap() == read_png(&studio.path("out.png")).unwrap());
    studio.ok("style content.png --run run --strength 0 --out plain.png");
    assert!(read_png(&studio.path("plain.png")).unwrap() == read_png(&studio.path("content.png")).unwrap());
    studio.ok("style content.png --run run --keep-colours --out kept.png");
    assert!(read_png(&studio.path("kept.png")).unwrap() != read_png(&studio.path("out.png")).unwrap());
    assert!(read_recipe(&studio.path("kept.png")).unwrap().extra["settings"]["keep_colours"] == true);
    studio.ok("style contents --run run --size 40 --out painted");
    assert_eq!(names(&studio.path("painted")), ["one.png", "two.png"]);
    assert_eq!(read_png(&studio.path("painted/two.png")).unwrap().width(), 40);
}

#[test]
fn a_film_is_painted_frame_by_frame_and_keeps_its_times() {
    let studio = with_run();
    film(&studio, "film.gif");
    film(&studio, "contents/moving.png");
    let said = studio.output("style film.gif --run run --out painted.gif");
    assert_eq!((&said["frames"], &said["width"]), (&3.into(), &24.into()), "{said}");
    assert_eq!(times(&studio, "painted.gif"), [40.0, 80.0, 300.0]);
    studio.ok("style film.gif --run run --out painted.png");
    assert_eq!(times(&studio, "painted.png"), [40.0, 80.0, 300.0]);
    assert_eq!(read_recipe(&studio.path("painted.png")).unwrap().recipe, "fast-style");
    std::fs::rename(studio.path("film.gif"), studio.path("contents/film.gif")).unwrap();
    studio.ok("style contents --run run --out all");
    assert_eq!(names(&studio.path("all")), ["film.gif", "moving.png", "one.png", "two.png"]);
    assert_eq!(times(&studio, "all/moving.png"), [40.0, 80.0, 300.0]);
}

/// Programs that are called like those of ffmpeg: a film has three frames of 24x20, and what is written is what was sent.
#[cfg(unix)]
fn pretend_films(studio: &Studio) -> String {
    std::fs::create_dir(studio.path("bin")).unwrap();
    let frames: Vec<u8> = (0..3u8)
        .flat_map(|frame| [b"P6\n24 20\n255\n".to_vec(), vec![frame * 80; 24 * 20 * 3]].concat())
        .collect();
    std::fs::write(studio.path("film.mp4"), frames).unwrap();
    for (name, script) in [
        ("ffprobe", "echo avg_frame_rate=25/1; echo nb_frames=3"),
        (
            "ffmpeg",
            "for last; do case \"$last\" in *.ffmetadata.impasto-tmp*) cp \"$last\" told ;; esac; done\ncase \"$*\" in *image2pipe*) cat film.mp4 ;; *-version*) ;; *) echo \"$*\" > said; cat > \"$last\" ;; esac",
        ),
    ] {
        super::pretend::program(&studio.path(&format!("bin/{name}")), script);
    }
    format!("{}:{}", studio.path("bin").display(), std::env::var("PATH").unwrap_or_default())
}

#[cfg(unix)]
#[test]
fn a_film_for_ffmpeg_is_painted_as_it_comes() {
    let studio = with_run();
    let path = pretend_films(&studio);
    let painted = |line: &str| {
        let done = studio.command(line).env("PATH", &path).output().unwrap();
        let said = [done.stdout, done.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
        (done.status.success(), said)
    };
    let (well, said) = painted("style film.mp4 --run run --size 48 --out painted.mp4");
    assert!(well && said.contains("48 x 40, 3 frames"), "{said}");
    assert_eq!(studio.bytes("painted.mp4").len(), 3 * 48 * 40 * 3);
    let asked = String::from_utf8(studio.bytes("said")).unwrap();
    assert!(
        asked.contains("-s 48x40 -r 25/1 -i -") && asked.contains("-format_whitelist mov,mp4,"),
        "{asked}"
    );
    assert!(asked.contains("-map 0:v:0 -map 1:a:0?") && asked.contains("-map_metadata 2"), "{asked}");
    let told = String::from_utf8(studio.bytes("told")).unwrap();
    assert!(told.starts_with(";FFMETADATA1\ncomment={") && told.contains("fast-style"), "{told}");
    let (well, said) = painted("style film.mp4 --run run --out painted.gif");
    assert!(well, "{said}");
    assert_eq!(times(&studio, "painted.gif"), [40.0; 3]);
    let (well, said) = painted("style film.mp4 --run run --out films");
    assert!(well && studio.path("films/film.mp4").exists(), "{said}");
    film(&studio, "uneven.gif");
    for (line, answer) in [
        ("style film.mp4 --run run --out painted.mp4", "--force"),
        ("style uneven.gif --run run --out x.mp4", ".gif or .png"),
        ("style content.png --run run --out x.mp4", "x.png"),
        ("style film.mp4 style.png --out x.png", "--run"),
    ] {
        let (well, said) = painted(line);
        assert!(!well && said.contains(answer), "{line}: {said}");
    }
}

#[test]
fn a_run_that_paints_in_any_style_takes_styles_weights_and_masks() {
    let studio = studio();
    let tiny = "--recipe any-style --set width=4 --set network=builtin --size 32 --batch 2";
    studio.ok(&format!("train some --out any --steps 4 --checkpoint-every 2 {tiny}"));
    let info = studio.ok("info any").out;
    assert!(
        info.contains("impasto style PICTURE STYLE --run any") && info.contains("any others (style)"),
        "{info}"
    );
    studio.ok("train --resume any --steps 6");
    let line = "style content.png style.png --run any --size 64";
    let said = studio.output(&format!("{line} --out out.png"));
    assert_eq!(
        (&said["method"], &said["network"], &said["width"]),
        (&"any-style".into(), &"builtin".into(), &64.into())
    );
    let recipe = read_recipe(&studio.path("out.png")).unwrap();
    let from: Vec<String> = recipe.from().into_iter().map(|origin| origin.file).collect();
    assert!(recipe.recipe == "any-style" && recipe.run.starts_with("any-style-32-"), "{recipe:?}");
    assert_eq!(from, ["content.png", "style.png"]);
    let again = studio.json("info out.png")["again"].as_str().unwrap().replace("RUN", "any");
    studio.ok(again.trim_start_matches("impasto "));
    assert!(studio.bytes("again.png") == studio.bytes("out.png"), "{again}");
    studio.ok(&format!("{line} --strength 0.3 --keep-colours --style-size 0.5 --out weak.png"));
    assert!(read_png(&studio.path("weak.png")).unwrap() != read_png(&studio.path("out.png")).unwrap());
    let both =
        "style contents style.png content.png --run any --style-weights 0.7,0.3 --mask left.png,left.png";
    studio.ok(&format!("{both} --out painted"));
    assert_eq!(names(&studio.path("painted")), ["one.png", "two.png"]);
    for (line, code, answer) in [
        ("style content.png --run any --out x.png", 2, "no style is given"),
        ("style content.png style.png --run any --loss gram --out x.png", 2, "--loss"),
        ("translate content.png --run any --out x.png", 2, "impasto style PICTURE STYLE --run any"),
        ("style content.png style.png --run any --mask small.png --out x.png", 2, "20 x 30"),
    ] {
        let error = studio.fails(line, code);
        assert!(error.contains(answer) && !studio.path("x.png").exists(), "{line}: {error}");
    }
}

#[test]
fn a_training_needs_a_style_that_can_be_learned_and_finds_it_from_another_folder() {
    let studio = studio();
    write_png(&studio.path("tiny.png"), &Picture::filled(40, 7, &[9, 90, 200]), &[], Existing::Replace)
        .unwrap();
    std::fs::write(studio.path("note.png"), "no picture").unwrap();
    for (style, code, answer) in [
        ("", 2, "--set style=PICTURE"),
        ("--set style=nowhere.png", 1, "check the path"),
        ("--set style=note.png", 1, "`note.png` can't be read"),
        ("--set style=tiny.png", 2, "take a larger picture"),
        ("--set style=style.png --set network=vgg19", 1, "impasto weights get vgg19"),
        ("--set style=style.png --set network=vgg11", 2, "vgg19, vgg16, builtin"),
    ] {
        let error = studio.fails(&format!("train some --out run --steps 2 {FAST} {style}"), code);
        assert!(error.contains(answer), "{style}: {error}");
        assert!(!studio.path("run").exists(), "{style}");
    }
    studio.ok(&format!("train some --out run --steps 2 {FAST} --set style=style.png"));
    let command = studio
        .command("train --config ../run/config.toml --out ../again")
        .current_dir(studio.path("contents"))
        .output();
    let said = command.unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let id = |run: &str| studio.json(&format!("info {run}"))["about"]["id"].clone();
    assert_eq!(id("run"), id("again"));
    std::fs::remove_file(studio.path("run/style.png")).unwrap();
    assert!(studio.fails("train --resume run --steps 4", 1).contains("put the style's picture there again"));
}

#[test]
fn what_a_run_has_decided_is_not_asked_again() {
    let studio = with_run();
    studio.ok("train some --out colour --steps 2 --recipe paired --set widths=[4] --set critic_width=4 --size 16 --batch 4");
    for (line, code, answer) in [
        ("style content.png style.png --run run", 2, "has learned its style, so style.png can't go with it"),
        ("style content.png --run colour", 1, "--recipe fast-style"),
        ("style content.png --run nowhere", 1, "nowhere"),
        ("style content.png --run run --steps 5", 2, "--steps"),
        ("style content.png --run run --loss gram", 2, "--loss"),
        ("style content.png --run run --network builtin", 2, "--network"),
        ("style content.png --run run --mask left.png", 2, "--mask"),
        ("style content.png --run run --method adain", 2, "--method"),
        ("style film.mp4 --run run", 1, "film.mp4"),
        ("style content.png style.png --checkpoint last", 2, "--run"),
        ("style nowhere.png --run run", 1, "nowhere.png"),
    ] {
        let error = studio.fails(&format!("{line} --out x.png"), code);
        assert!(error.contains(answer), "{line}: {error}");
    }
    for (line, answer) in
        [("--out x.bmp", "--out x.png"), ("--out x.gif", "--out x.png"), ("--out content.png", "--force")]
    {
        let code = if answer == "--force" { 1 } else { 2 };
        assert!(
            studio.fails(&format!("style content.png --run run {line}"), code).contains(answer),
            "{line}"
        );
    }
    assert!(!studio.path("x.png").exists());
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
        ("style content.png style.png --out x.tiff", 2, "--out x.png"),
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
