//! Commands that are printed can be typed: a real shell makes exactly one call of each, whatever a picture's recipe or the
//! name of a file holds.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use impasto::picture::{Kind, PictureRecipe, read_recipe, write_animation, write_png};
use impasto_data::Picture;
use impasto_system::Existing;
use serde_json::{Value, json};

use super::seen::clean;
use super::studio::{Said, Studio, TINY_DCGAN, names};

/// What a stranger may write where this program writes its own words.
const HOSTILE: [&str; 12] = [
    "--count 1; touch X #",
    "$(touch X)",
    "`touch X`",
    "--count 1 && touch X",
    "--count 1 | touch X",
    "--count 1\ntouch X\n",
    "--count 1 > X",
    "--force",
    "--out /tmp/X",
    "'; touch X; '",
    "\u{1b}]0;title\u{7}\u{1b}[31m",
    "a\u{202e}b\u{9b}2J",
];

/// What a shell understands by a command: the arguments of the one call of `impasto`.
fn call(studio: &Studio, shell: &str, command: &str) -> Vec<String> {
    let bin = studio.path("bin");
    let calls = studio.path("calls");
    fs::create_dir_all(&bin).unwrap();
    let _ = fs::remove_dir_all(&calls);
    fs::create_dir(&calls).unwrap();
    let script = bin.join("impasto");
    fs::write(&script, "#!/bin/sh\nprintf '%s\\0' \"$@\" > \"$CALLS/$$\"\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let mut shell = Command::new(shell);
    shell.args(["-c", command]).current_dir(studio.path("")).env("CALLS", &calls);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = shell.env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{command}: {output:?}");
    assert!(!studio.path("X").exists(), "{command}");
    let calls = names(&calls);
    assert_eq!(calls.len(), 1, "{command}");
    let words = studio.bytes(&format!("calls/{}", calls[0]));
    let words = words.strip_suffix(&[0]).unwrap().split(|&byte| byte == 0);
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

fn info(studio: &Studio, path: &str) -> Said {
    let output = studio.command("info --").arg(path).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let said = Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
    assert_eq!(said.code, Some(0), "{path}: {said:?}");
    clean(&said);
    said
}

/// The command under "the same again:".
fn again(said: &Said) -> Option<&str> {
    let (_, command) = said.out.split_once("the same again:\n  ")?;
    assert_eq!(command.lines().count(), 1, "{command}");
    Some(command.trim_end())
}

fn paint(studio: &Studio, name: &str, recipe: &Value) {
    let picture = Picture::filled(8, 8, &[90, 120, 200]);
    write_png(&studio.path(name), &picture, &[("impasto", &recipe.to_string())], Existing::Replace).unwrap();
}

fn vary(field: &str, value: &str) -> Value {
    let mut extra =
        json!({ "verb": "vary", "settings": "--count 1", "from": [{ "file": "a.png", "sha256": "" }] });
    match field {
        "from" => extra["from"][0]["file"] = value.into(),
        _ => extra[field] = value.into(),
    }
    json!({ "kind": "made", "extra": extra, "recipe": value, "run": value, "version": value })
}

fn walk(field: &str, value: &str) -> Value {
    let mut recipe = json!({ "kind": "walk", "truncation": 1.0, "prior": value, "checkpoint": value });
    recipe["extra"] = json!({ "frames": 9, "keys": 3, "fps": 20.0, "size_times": 1, value: value });
    recipe["extra"][field] = value.into();
    recipe
}

#[test]
fn no_command_is_made_of_what_a_stranger_wrote() {
    let studio = Studio::new();
    for hostile in HOSTILE {
        let made = ["verb", "settings"].map(|field| vary(field, hostile));
        let walks = ["frames", "keys", "fps", "size_times", "steered"].map(|field| walk(field, hostile));
        for recipe in made.into_iter().chain(walks) {
            paint(&studio, "a.png", &recipe);
            let said = info(&studio, "a.png");
            assert_eq!(again(&said), None, "{recipe}");
            assert!(said.out.contains("can't be repeated by this version"), "{recipe}: {}", said.out);
        }
    }
}

#[test]
fn words_of_a_stranger_stay_words_in_one_call() {
    let studio = Studio::new();
    for hostile in HOSTILE {
        paint(&studio, "a.png", &vary("from", hostile));
        if let Some(command) = again(&info(&studio, "a.png")) {
            let file = if hostile.starts_with('-') { format!("./{hostile}") } else { hostile.to_owned() };
            let args = ["vary", &file, "--count", "1", "--run", "RUN", "--seed", "0", "--out", "again.png"];
            assert_eq!(call(&studio, "sh", command), args);
        }
        let mut recipe = walk("frames", "");
        recipe["extra"]["frames"] = 9.into();
        recipe["class"] = hostile.into();
        paint(&studio, "a.png", &recipe);
        let said = info(&studio, "a.png");
        match again(&said) {
            Some(command) => {
                let words = call(&studio, "sh", command);
                let class = words.last().unwrap();
                assert!(class == hostile || *class == format!("--class={hostile}"), "{words:?}");
            }
            None => assert!(hostile.contains(char::is_control), "{hostile:?}"),
        }
        for kind in ["sample", "sheet"] {
            let extra = json!({ "count": 4, "columns": 2, "steered": hostile, hostile: hostile });
            paint(
                &studio,
                "a.png",
                &json!({ "kind": kind, "class": hostile, "run": hostile, "extra": extra }),
            );
            let said = info(&studio, "a.png");
            let args = call(&studio, "sh", again(&said).unwrap());
            assert_eq!(args, ["sample", "--like", "a.png", "--out", "again.png"]);
        }
    }
}

#[test]
fn films_are_read_as_carefully() {
    let studio = Studio::new();
    for hostile in HOSTILE {
        let recipe: PictureRecipe = serde_json::from_value(walk("steered", hostile)).unwrap();
        let frames = vec![Picture::filled(8, 8, &[9, 9, 9]); 2];
        write_animation(&studio.path("a.gif"), &frames, 10.0, Some(&recipe), Existing::Replace).unwrap();
        assert_eq!(again(&info(&studio, "a.gif")), None, "{hostile:?}");
    }
}

#[test]
fn a_picture_may_be_called_whatever_a_file_may() {
    let studio = Studio::new();
    let recipe = json!({ "kind": "sample" });
    let plain = [
        "a b",
        "it's",
        "''",
        "$(touch X)",
        "`touch X`",
        "a;touch X",
        "~",
        "=ls",
        "*",
        "!a",
        "#",
        "画",
        "a\\",
        "\"",
        "%1",
    ];
    // Only shells that know `$'...'` can be told of letters that nobody sees.
    let hidden = ["a\nb", "\u{1b}[31m", "a\u{202e}gnp", "\u{9b}!'\\"];
    let has_bash = Command::new("bash").args(["-c", ":"]).status().is_ok_and(|status| status.success());
    let all = plain.map(|name| (name, "sh")).into_iter().chain(hidden.map(|name| (name, "bash")));
    for (name, shell) in all.filter(|(_, shell)| *shell == "sh" || has_bash) {
        let name = format!("{name}.png");
        paint(&studio, &name, &recipe);
        let args = call(&studio, shell, again(&info(&studio, &name)).unwrap());
        assert_eq!(args, ["sample", "--like", &name, "--out", "again.png"]);
    }
    paint(&studio, "-x.png", &recipe);
    let args = call(&studio, "sh", again(&info(&studio, "-x.png")).unwrap());
    assert_eq!(args, ["sample", "--like", "./-x.png", "--out", "again.png"]);
}

#[test]
fn made_pictures_are_made_again_by_the_command_that_is_printed() {
    let studio = Studio::with_flowers();
    fs::copy(studio.path("flowers/rose/00003.png"), studio.path("it's a.png")).unwrap();
    write_png(&studio.path("my mask.png"), &Picture::filled(16, 16, &[255]), &[], Existing::Replace).unwrap();
    let mut mask = Picture::filled(16, 16, &[0]);
    mask.pixels_mut()[40..60].fill(255);
    write_png(&studio.path("my mask.png"), &mask, &[], Existing::Replace).unwrap();
    for line in [
        "vary PICTURE --count 1 --strength 0.4 --seed 5 --tileable --size 20x12",
        "vary PICTURE --count 1 --method collage --join bands",
        "repair PICTURE --box 2,3,4,5 --seed 3",
        "repair PICTURE --mask MASK",
        "repair PICTURE --box 2,3,4,5 --method patches",
        "enlarge PICTURE --times 4",
        "style PICTURE PICTURE --network builtin --steps 1 --size 16 --keep-colours --strength 0.3",
    ] {
        let name = |word: &str| word.replace("PICTURE", "it's a.png").replace("MASK", "my mask.png");
        let run = |words: &[String]| {
            let status = studio.command("--quiet").args(words).output().unwrap();
            assert!(status.status.success(), "{words:?}: {status:?}");
        };
        let mut words: Vec<String> = line.split(' ').map(name).collect();
        words.extend(["--out", "first.png", "--force"].map(str::to_owned));
        run(&words);
        let said = info(&studio, "first.png");
        let mut words = call(&studio, "sh", again(&said).unwrap_or_else(|| panic!("{line}: {}", said.out)));
        words.push("--force".to_owned());
        run(&words);
        assert!(studio.bytes("again.png") == studio.bytes("first.png"), "{line}: {words:?}");
    }
}

#[test]
fn the_end_of_a_training_says_what_to_type_next() {
    let studio = Studio::with_flowers();
    let folder = "it's; $(touch X)";
    let mut train = studio.command("train flowers --steps 2 --out");
    let output = train.arg(folder).args(TINY_DCGAN.split(' ')).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let (_, next) = text.split_once("next:\n").unwrap();
    let lines: Vec<Vec<String>> = next
        .lines()
        .map(|line| line.rsplit_once("  ").unwrap().0.trim())
        .map(|command| call(&studio, "sh", command))
        .collect();
    assert_eq!(lines[0], ["sample", folder, "--count", "16", "--sheet"]);
    assert_eq!(lines[1], ["walk", folder, "--out", "walk.gif"]);
    assert_eq!(lines[2], ["train", "--resume", folder, "--minutes", "60"]);
    let told = info(&studio, folder).out;
    assert_eq!(call(&studio, "sh", told.split_once("next:\n").unwrap().1.trim()), lines[0]);
    let taken = studio.command("train flowers --out").arg(folder).output().unwrap();
    let error = String::from_utf8(taken.stderr).unwrap();
    let (_, command) = error.split_once("to go on with the run that is there: ").unwrap();
    assert_eq!(call(&studio, "sh", command.trim()), ["train", "--resume", folder]);
    let known = studio.command("sample --move smile=+1").arg(folder).output().unwrap();
    let error = String::from_utf8(known.stderr).unwrap();
    let (_, command) = error.split_once("to find them: ").unwrap();
    assert_eq!(call(&studio, "sh", command.trim()), ["directions", folder]);
}

#[test]
fn a_sheet_is_painted_again_only_as_large_as_it_is() {
    let studio = Studio::with_run(TINY_DCGAN);
    studio.ok("sample run --sheet --count 6 --columns 3 --out sheet.png");
    let recipe = read_recipe(&studio.path("sheet.png")).unwrap();
    assert_eq!((recipe.kind, &recipe.extra["count"]), (Kind::Sheet, &6.into()));
    for (count, columns) in [(1_000_000, 1000), (1_000_000, 1), (u64::MAX, 3), (200, 3)] {
        let mut claim = recipe.clone();
        claim.extra.insert("count".into(), count.into());
        claim.extra.insert("columns".into(), columns.into());
        let picture = Picture::filled(200, 140, &[255, 255, 255]);
        write_png(&studio.path("claim.png"), &picture, &[("impasto", &claim.to_json())], Existing::Replace)
            .unwrap();
        let since = Instant::now();
        let error = studio.fails("sample run --like claim.png --out big.png", 1);
        assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
        assert!(error.contains("claim.png") && error.contains("200 x 140 pixels hold 96 at most"), "{error}");
        assert!(!studio.path("big.png").exists());
    }
    studio.ok("sample run --like sheet.png --out again.png");
    assert!(studio.bytes("again.png") == studio.bytes("sheet.png"));
}

#[test]
fn a_short_file_that_says_it_is_a_large_sheet_is_not_believed() {
    let studio = Studio::with_run(TINY_DCGAN);
    studio.ok("sample run --sheet --count 6 --columns 3 --out sheet.png");
    let mut bytes = studio.bytes("sheet.png");
    bytes[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    fs::write(studio.path("claim.png"), bytes).unwrap();
    let error = studio.fails("sample run --like claim.png --out big.png", 1);
    assert!(error.contains("too short for the size that it says"), "{error}");
}

/// The checksum of a chunk of PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum: u32, &byte| {
        (0..8).fold(
            sum ^ u32::from(byte),
            |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 },
        )
    })
}

#[test]
fn a_sheet_that_nobody_could_read_is_refused_before_it_is_painted() {
    let studio = Studio::with_run(TINY_DCGAN);
    let since = Instant::now();
    let error = studio.fails("sample run --sheet --count 1000000 --out big.png", 2);
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    assert!(
        error.contains("1,000,000 pictures of 16 x 16 don't fit") && error.contains("are the most"),
        "{error}"
    );
    assert!(!studio.path("big.png").exists());
}
