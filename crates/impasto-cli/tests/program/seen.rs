//! Names and words from outside are shown and never obeyed: nothing that a terminal would act on is printed, and no name
//! begins a line of its own.

use std::collections::BTreeMap;
use std::fs;

use impasto::picture::write_png;
use impasto::run::{About, Event, Events, Run};
use impasto::visible::is_hidden;
use impasto_data::Picture;
use impasto_system::Existing;
use serde_json::{Value, json};

use super::studio::{Said, Studio};

/// A name with everything in it: colours, a title, a line of its own, a turn of direction.
const NAME: &str = "a\u{1b}[31m\u{1b}]0;t\u{7}\nerror: all is well\u{9b}2J\u{202e}\u{feff}\u{7f}";
const SHOWN: &str = r"a\u{1b}[31m\u{1b}]0;t\u{7}\nerror: all is well\u{9b}2J\u{202e}\u{feff}\u{7f}";

/// Nothing but letters and ends of lines was said.
pub(crate) fn clean(said: &Said) {
    for text in [&said.out, &said.err] {
        let hidden = text.chars().find(|letter| *letter != '\n' && is_hidden(*letter));
        assert_eq!(hidden, None, "{text:?}");
    }
}

/// What came of a command line, with these words behind it.
fn said(studio: &Studio, line: &str, words: &[&str]) -> Said {
    let output = studio.command(line).args(words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let said = Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
    clean(&said);
    let invented = |text: &str| text.lines().any(|line| line.starts_with("error: all is well"));
    assert!(!invented(&said.out) && !invented(&said.err), "{line}: {said:?}");
    assert!(!said.err.contains("panicked"), "{line}: {said:?}");
    said
}

/// A run whose every word is hostile, in the folder `runs`.
fn hostile_run(studio: &Studio, name: &str, seed: i64) {
    let path = studio.path("runs").join(name);
    fs::create_dir_all(studio.path("runs")).unwrap();
    let word = || NAME.to_owned();
    let about = About {
        id: word(),
        version: word(),
        recipe: word(),
        data: word(),
        classes: vec![word(), "rose".into()],
        ..About::default()
    };
    let mut config = toml::Table::new();
    for key in ["recipe", "preset", "size", "channels", NAME] {
        config.insert(key.into(), NAME.into());
    }
    config.insert("seed".into(), seed.into());
    let run = Run::create(&path, &toml::to_string(&config).unwrap(), &about).unwrap();
    let mut events = Events::open(&run.events_path()).unwrap();
    let numbers: BTreeMap<String, f64> = [(word(), 0.5)].into();
    for event in [
        Event::Step {
            step: 3,
            images: 9,
            seconds: 1.0,
            step_ms: 1.0,
            images_per_second: 9.0,
            losses: numbers.clone(),
        },
        Event::Watch { step: 3, measures: numbers },
        Event::Sample { step: 3, path: word() },
        Event::Alarm { step: 3, kind: word(), message: word(), remedy: word() },
        Event::Remedy { step: 3, kind: word(), action: word() },
        Event::End { step: 3, reason: word() },
    ] {
        events.write(&event).unwrap();
    }
}

/// The smallest archive with this one file.
fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut head = [0; 512];
    head[..name.len()].copy_from_slice(name.as_bytes());
    head[100..108].copy_from_slice(b"0000644\0");
    head[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
    head[136..148].copy_from_slice(b"00000000000\0");
    head[148..156].fill(b' ');
    head[156] = b'0';
    head[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = head.iter().map(|&byte| u32::from(byte)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut file = [&head[..], bytes].concat();
    file.resize(file.len().next_multiple_of(512) + 1024, 0);
    file
}

#[test]
fn a_run_from_elsewhere_is_shown_and_not_obeyed() {
    let studio = Studio::new();
    hostile_run(&studio, NAME, 1);
    hostile_run(&studio, "other", 2);
    let path = format!("runs/{NAME}");
    for (line, words) in [
        ("info", vec![path.as_str()]),
        ("runs", vec!["runs"]),
        ("compare", vec![path.as_str(), "runs/other"]),
        ("compare --out page.html", vec![path.as_str(), "runs/other"]),
    ] {
        let told = said(&studio, line, &words);
        assert!(told.code == Some(0) && told.out.contains(SHOWN), "{line}: {told:?}");
        let _ = fs::remove_file(studio.path("page.html"));
        let json = said(&studio, &format!("{line} --json"), &words);
        let values: Vec<Value> = json.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(
            json.code == Some(0) && values[0].to_string().contains("error: all is well"),
            "{line}: {json:?}"
        );
    }
    let page = String::from_utf8(studio.bytes("page.html")).unwrap();
    assert!(
        page.contains(r"\u{1b}[31m") && !page.contains(|letter| letter != '\n' && is_hidden(letter)),
        "{page}"
    );
    for line in ["sample", "walk --out walk.gif", "train --resume", "judge --against runs"] {
        let told = said(&studio, line, &[&path]);
        assert!(told.code != Some(0) && told.err.contains("error: "), "{line}: {told:?}");
    }
    fs::write(studio.path("runs/other/config.toml"), format!("recipe = {NAME}")).unwrap();
    for line in
        ["train --resume runs/other", "train --config runs/other/config.toml", "judge runs/other --against"]
    {
        said(&studio, line, &["runs/other"]);
    }
}

#[test]
fn names_in_folders_and_archives_are_shown_and_not_obeyed() {
    let studio = Studio::with_flowers();
    for folder in ["pictures", NAME] {
        fs::rename(studio.path(if folder == NAME { "pictures" } else { "flowers" }), studio.path(folder))
            .unwrap();
    }
    fs::rename(studio.path(NAME).join("rose"), studio.path(NAME).join(NAME)).unwrap();
    fs::write(studio.path(NAME).join(format!("{NAME}.png")), "no picture").unwrap();
    fs::write(studio.path("hostile.tar"), tar(&format!("{NAME}/{NAME}.png"), b"no picture")).unwrap();
    for data in [NAME, "hostile.tar"] {
        let told = said(&studio, "data check", &[data]);
        assert!(told.out.contains(&format!("{SHOWN}.png")), "{told:?}");
        said(&studio, "data check --json", &[data]);
        said(
            &studio,
            "train --steps 1 --recipe dcgan --set width=4 --size 16 --batch 8 --out",
            &["run", data],
        );
    }
    let told = said(&studio, "judge --report page.html --against", &[NAME, NAME]);
    assert!(told.code == Some(0) && told.out.contains(SHOWN), "{told:?}");
    let page = String::from_utf8(studio.bytes("page.html")).unwrap();
    assert!(!page.contains(|letter| letter != '\n' && is_hidden(letter)), "{page}");
    said(&studio, "vary --count 1 --out", &[NAME, &format!("{NAME}/{NAME}/00000.png")]);
    said(&studio, "enlarge --out", &[&format!("{NAME}.png"), &format!("{NAME}/{NAME}.png")]);
}

#[test]
fn a_recipe_from_elsewhere_is_shown_and_not_obeyed() {
    let studio = Studio::new();
    for kind in ["sample", "sheet", "walk", "made", NAME] {
        let from = json!([{ "file": NAME, "sha256": NAME }]);
        let mut extra = json!({ "from": from, "count": 3, NAME: NAME });
        for key in ["settings", "verb", "steered", "frames", "mask"] {
            extra[key] = NAME.into();
        }
        let recipe = json!({
            "kind": kind, "version": NAME, "run": NAME, "checkpoint": NAME, "recipe": NAME, "class": NAME,
            "prior": NAME, "extra": extra,
        });
        let picture = Picture::filled(8, 8, &[9, 9, 9]);
        write_png(&studio.path(NAME), &picture, &[("impasto", &recipe.to_string())], Existing::Replace)
            .unwrap();
        assert!(said(&studio, "info", &[NAME]).out.contains(SHOWN));
        let json: Value = serde_json::from_str(&said(&studio, "info --json", &[NAME]).out).unwrap();
        assert_eq!(json["recipe"]["class"], NAME);
        said(&studio, "sample --like", &[NAME]);
        write_png(
            &studio.path(NAME),
            &picture,
            &[("impasto", &format!("{{\"seed\": \"{NAME}\"}}"))],
            Existing::Replace,
        )
        .unwrap();
        said(&studio, "info", &[NAME]);
    }
}

#[test]
fn the_parser_repeats_no_letters_that_are_not_seen() {
    let studio = Studio::new();
    for line in
        ["", "info a", "info", "sample --seed", "vary --size", "walk --mix 17:", "train --set", "data"]
    {
        for word in [NAME.to_owned(), format!("--{NAME}"), format!("--seed={NAME}")] {
            let told = said(&studio, line, &[&word]);
            assert!(told.code != Some(0) && told.err.contains("error: "), "{line}: {told:?}");
        }
    }
    let told = said(&studio, "info a", &[NAME]);
    assert!(told.code == Some(2) && told.err.contains(SHOWN), "{told:?}");
    assert!(studio.ok("sample --help").out.contains("Usage: impasto sample"));
}
