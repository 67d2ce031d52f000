//! Folders and machines, and what is planned for them. The clock of these tests is proportional to the work.

use impasto_nn::Precision;

use super::*;
use crate::recipes;

/// Pictures in colour without classes.
fn pictures(count: usize, side: usize) -> Glance {
    let sizes = [((side, side), count)].into();
    Glance { pictures: count, sizes, colour: true, ..Glance::default() }
}

/// The same in classes of equal size.
fn classes(glance: Glance, names: &[&str]) -> Glance {
    let each = glance.pictures / names.len();
    Glance { classes: names.iter().map(|name| (name.to_string(), each)).collect(), ..glance }
}

fn digits() -> Glance {
    let names: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    classes(Glance { colour: false, fixed: true, ..pictures(60_000, 28) }, &names)
}

const LAPTOP: Machine = Machine { threads: 2, quickest: Precision::Bf16, memory: Some(16 << 30) };
/// Work in a second: a step of `tiny` at 64 takes a third of a second on the laptop.
const PACE: f64 = 30e9;

fn planned_on(machine: &Machine, pace: f64, glance: &Glance, set: &[&str]) -> (Config, Plan) {
    let request = Request { set: set.iter().map(|text| text.to_string()).collect(), ..Request::default() };
    plan(&request, glance, machine, &mut |config| Ok(work::work(config) / pace)).unwrap()
}

fn planned(glance: &Glance, set: &[&str]) -> (Config, Plan) {
    planned_on(&LAPTOP, PACE, glance, set)
}

fn setting(config: &Config, key: &str) -> String {
    let value = &config.table[key];
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Settings as one line, for a table of tests.
fn chosen(glance: &Glance, set: &[&str], keys: &str) -> String {
    let (config, _) = planned(glance, set);
    keys.split(' ').map(|key| setting(&config, key)).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_painter_is_first_because_it_is_planned_with() {
    assert_eq!(recipes::all()[0].name, RECIPE);
    let known: Vec<&str> = recipes::all()[0].presets.iter().map(|preset| preset.name).collect();
    for side in [8, 64, 128, 256] {
        for is_asked in [false, true] {
            assert!(rules::presets(side, is_asked).iter().all(|preset| known.contains(preset)), "{side}");
        }
    }
}

#[test]
fn folders_and_what_is_chosen_for_them() {
    let few = pictures(1200, 512);
    let keys = "channels conditional batch flip";
    let three = ["anemone", "bellflower", "chicory"];
    assert_eq!(chosen(&few, &[], keys), "rgb false 16 true");
    assert_eq!(chosen(&classes(few.clone(), &three), &[], keys), "rgb true 16 true");
    assert_eq!(chosen(&classes(pictures(120, 512), &three), &[], keys), "rgb false 16 true", "40 in a class");
    assert_eq!(chosen(&classes(few, &["a", "b", "c"]), &[], keys), "rgb true 16 false", "letters");
    assert_eq!(chosen(&digits(), &[], keys), "grey true 32 false");
    assert_eq!(chosen(&pictures(60_000, 256), &[], keys), "rgb false 32 false", "plenty");
    assert_eq!(chosen(&pictures(5000, 256), &[], keys), "rgb false 32 true", "not few");
    assert_eq!(chosen(&pictures(10, 64), &[], keys), "rgb false 8 true", "fewer than a batch");
    assert_eq!(chosen(&pictures(1, 64), &[], keys), "rgb false 2 true");
    let grey = Glance { colour: false, ..pictures(3000, 64) };
    assert_eq!(chosen(&grey, &[], keys), "grey false 16 false");
    let clear = Glance { transparent: true, ..pictures(3000, 64) };
    assert_eq!(chosen(&clear, &[], keys), "rgba false 16 true");
    assert_eq!(chosen(&clear, &["channels=rgb"], keys), "rgb false 16 true", "what was asked for wins");
    let drawings = Glance { ground: Some([250; 3]), ..pictures(600, 64) };
    let augmented = |glance: &Glance| chosen(glance, &[], "augment augment_colour");
    assert_eq!(augmented(&pictures(600, 64)), "adaptive 0.5");
    assert_eq!([&clear, &drawings].map(augmented), ["adaptive 0.0"; 2], "a ground of one colour");
    assert_eq!(augmented(&Glance { pictures: 60_000, ..clear }), "off 0.5");
}

#[test]
fn an_hour_of_a_laptop_is_for_64_pixels_and_a_tiny_network() {
    let (config, plan) = planned(&pictures(1200, 512), &[]);
    assert_eq!((setting(&config, "size"), setting(&config, "preset")), ("64".into(), "tiny".into()));
    assert_eq!(plan.bound, Bound::Time);
    assert!(plan.steps >= 20_000 && plan.warnings.is_empty(), "{plan:?}");
    assert_eq!(config.common.minutes, 60.0);
}

#[test]
fn a_faster_machine_or_a_longer_night_is_for_larger_ones() {
    let of = |pace: f64, minutes: &str| {
        let (config, plan) = planned_on(&LAPTOP, pace, &pictures(1200, 512), &[minutes]);
        assert!(plan.warnings.is_empty(), "{plan:?}");
        (config.preparation().width, setting(&config, "preset"))
    };
    let [hour, night] = ["minutes=60", "minutes=600"].map(|minutes| of(PACE, minutes));
    assert!(night > hour, "{night:?}");
    assert_eq!(of(10.0 * PACE, "minutes=60"), night);
    assert!(of(PACE / 3.0, "minutes=60") < hour);
}

#[test]
fn pictures_are_never_made_larger_than_they_are() {
    for (side, expected) in [(8, 8), (12, 12), (27, 24), (30, 28), (33, 32), (50, 48), (64, 64)] {
        let (config, _) = planned_on(&LAPTOP, 1e3 * PACE, &pictures(1200, side), &[]);
        assert_eq!(config.preparation().width, expected, "{side}");
    }
    let mixed = Glance { sizes: [((40, 900), 700), ((640, 480), 500)].into(), ..pictures(1200, 1) };
    assert_eq!(
        planned_on(&LAPTOP, 1e3 * PACE, &mixed, &[]).0.preparation().width,
        32,
        "the shorter side counts"
    );
}

#[test]
fn sets_of_a_fixed_size_keep_theirs() {
    assert_eq!(chosen(&digits(), &[], "size channels"), "28 grey");
    assert_eq!(chosen(&digits(), &["minutes=1000"], "size preset"), "28 base");
}

#[test]
fn what_was_asked_for_wins() {
    let set = ["size=32", "channels=grey", "batch=16", "precision=f32", "flip=false", "conditional=false"];
    let (config, plan) = planned(&classes(pictures(1200, 512), &["one", "two", "three"]), &set);
    for text in set {
        let (key, value) = text.split_once('=').unwrap();
        assert_eq!(setting(&config, key), value);
        assert!(!plan.reasons.contains_key(key), "{key} was not planned");
        assert!(plan.settings.contains_key(key), "{key} is told");
    }
    let given = [("size".to_owned(), 48.into())].into_iter().collect();
    let request = Request { given, ..Request::default() };
    let (config, _) = plan_of(&request);
    assert_eq!(config.preparation().width, 48);
}

fn plan_of(request: &Request) -> (Config, Plan) {
    plan(request, &pictures(1200, 512), &LAPTOP, &mut |config| Ok(work::work(config) / PACE)).unwrap()
}

#[test]
fn every_planned_setting_has_a_reason_and_repeats_the_run() {
    let (config, plan) = planned(&pictures(1200, 512), &[]);
    assert!(plan.settings.keys().all(|key| plan.reasons.contains_key(key)), "{plan:?}");
    let file = config.to_toml().unwrap().parse().unwrap();
    let again = Config::resolve(&Request { file, ..Request::default() }).unwrap();
    assert_eq!(config.table, again.table);
}

#[test]
fn processors_use_what_they_multiply_quickest() {
    assert_eq!(chosen(&pictures(1200, 512), &[], "precision"), "bf16");
    let old = Machine { quickest: Precision::F32, ..LAPTOP };
    assert_eq!(setting(&planned_on(&old, PACE, &pictures(1200, 512), &[]).0, "precision"), "f32");
}

#[test]
fn small_memories_hold_small_networks() {
    let machine = |megabytes: u64| Machine { memory: Some(megabytes << 20), ..LAPTOP };
    let (config, plan) = planned_on(&machine(1500), 1e3 * PACE, &pictures(1200, 64), &[]);
    assert_eq!(plan.bound, Bound::Memory, "{plan:?}");
    assert!(work::memory(&config) < 1500e6, "{plan:?}");
    assert!(!plan.warnings.iter().any(|warning| warning.contains("memory")), "{plan:?}");
    let (_, plan) = planned_on(&machine(100), PACE, &pictures(1200, 512), &[]);
    assert!(plan.warnings[0].contains("MB of memory"), "{plan:?}");
}

#[test]
fn too_little_time_is_told_with_the_time_that_it_would_take() {
    let (config, plan) = planned(&pictures(1200, 512), &["minutes=2"]);
    assert_eq!((setting(&config, "size"), setting(&config, "preset")), ("32".into(), "tiny".into()));
    assert!(plan.warnings[0].contains("steps are few"), "{plan:?}");
    assert!(planned(&pictures(1200, 512), &["steps=3"]).1.warnings.is_empty(), "it was asked for");
}

#[test]
fn the_whole_of_each_picture_is_kept_on_a_plain_ground_and_the_middle_elsewhere() {
    let keys = "crop background size";
    let figures = Glance { sizes: [((84, 120), 129), ((100, 100), 19)].into(), ..pictures(148, 100) };
    let clear = Glance { transparent: true, ..figures.clone() };
    let paper = Glance { ground: Some([250, 240, 230]), ..figures.clone() };
    let on = |glance: &Glance| {
        let (config, plan) = planned_on(&LAPTOP, 1e3 * PACE, glance, &[]);
        (keys.split(' ').map(|key| setting(&config, key)).collect::<Vec<_>>(), plan.reasons["crop"].clone())
    };
    assert_eq!(on(&clear).0, ["fit", "[255, 255, 255]", "96"]);
    assert_eq!(on(&paper).0, ["fit", "[250, 240, 230]", "96"]);
    assert!(on(&clear).1.starts_with("129 of 148 pictures have another shape, on a plain ground"));
    let (settings, reason) = on(&figures);
    assert_eq!(settings[0], "center");
    assert!(reason.contains("129 of 148") && reason.contains("--crop fit"), "{reason}");
    assert_eq!(planned(&clear, &["crop=center"]).0.common.crop, impasto_data::Crop::Center, "asked for");
    let tall = planned(&clear, &["size=42x60"]);
    assert_eq!((setting(&tall.0, "crop"), tall.1.pictures.of_another_shape), ("fit".into(), 19));
    assert_eq!(
        setting(&planned(&Glance { transparent: true, ..pictures(148, 100) }, &[]).0, "crop"),
        "center"
    );
}

#[test]
fn a_few_pictures_that_would_be_shown_too_often_are_named() {
    let told = |count: usize| planned(&pictures(count, 64), &[]).1.warnings.join(" ");
    assert!(
        told(12).contains("impasto vary") && told(12).contains("each of the 12 pictures"),
        "{}",
        told(12)
    );
    assert!(!told(1200).contains("vary"), "{}", told(1200));
}

#[test]
fn the_burn_in_and_the_sheets_follow_from_what_will_be_seen() {
    let (config, plan) = planned(&pictures(1200, 512), &[]);
    let burn_in = config.table["burn_in"].as_float().unwrap();
    assert!((burn_in * 1000.0 / plan.images as f64 - 0.8).abs() < 0.01, "{burn_in} of {}", plan.images);
    let sheets = plan.steps / config.common.sample_every;
    assert!((20..=120).contains(&sheets), "{sheets}");
    let (config, plan) = planned(&pictures(1200, 512), &["steps=3"]);
    assert_eq!((plan.steps, plan.images, config.common.sample_every), (3, 48, 1));
}

#[test]
fn few_candidates_are_timed_and_no_long_ones() {
    for pace in [1e7, 1e9, PACE, 1e11, 1e13] {
        let mut timed = Vec::new();
        let clock = &mut |config: &Config| {
            timed.push(work::work(config) / pace);
            Ok(timed[timed.len() - 1])
        };
        plan(&Request::default(), &pictures(1200, 512), &LAPTOP, clock).unwrap();
        assert!(timed.len() <= 3 && timed[1..].iter().all(|seconds| *seconds <= 0.41), "{timed:?}");
    }
}

#[test]
fn what_does_not_fit_or_takes_long_is_never_timed_whatever_was_asked_for() {
    let asked: [&[&str]; 5] = [
        &["size=256"],
        &["size=512"],
        &["size=512", "preset=base"],
        &["size=64", "preset=tiny", "batch=65536"],
        &["widths=[4096]"],
    ];
    let room = 0.6 * LAPTOP.memory.unwrap() as f64;
    for set in asked {
        for pace in [1e9, PACE, 1e13] {
            let mut timed = Vec::new();
            let clock = &mut |config: &Config| {
                assert!(work::memory(config) <= room, "{set:?}");
                timed.push(work::work(config) / pace);
                Ok(timed[timed.len() - 1])
            };
            let set = set.iter().map(|text| text.to_string()).collect();
            let (config, plan) =
                plan(&Request { set, ..Request::default() }, &pictures(1200, 512), &LAPTOP, clock).unwrap();
            assert!(
                timed[0] * pace <= 15e9 && timed[1..].iter().all(|seconds| *seconds <= 0.41),
                "{timed:?}"
            );
            // The clock goes by the work alone, so what was not timed is known as well.
            assert!((plan.step_seconds * pace / work::work(&config) - 1.0).abs() < 1e-6, "{plan:?}");
            let told = plan.warnings.iter().any(|warning| warning.contains("MB of memory"));
            assert_eq!(told, work::memory(&config) > room, "{plan:?}");
        }
    }
    assert_eq!(chosen(&pictures(1200, 512), &["size=256"], "preset"), "tiny", "base would see too few");
}

#[test]
fn augmentation_follows_the_number_of_pictures_where_the_recipe_has_any() {
    let chosen = |count: usize| {
        let choices = rules::of_pictures(&pictures(count, 64), &LAPTOP, Size::square(64));
        let value =
            |key: &str| choices.iter().find(|choice| choice.key == key).map(|choice| choice.value.clone());
        let [strength, target] = ["augment_strength", "augment_target"].map(value);
        (value("augment").unwrap().as_str().unwrap().to_owned(), strength, target)
    };
    assert_eq!(chosen(1200), ("adaptive".into(), None, None));
    assert_eq!(chosen(10_000), ("adaptive".into(), Some(0.0.into()), Some(0.75.into())));
    assert_eq!(chosen(60_000), ("off".into(), None, None));
}
