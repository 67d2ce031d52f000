//! Sets with classes missing, and what is said about them. The classifier is trained once for all of these.

use impasto_system::{Recorder, Stage};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use burn::tensor::Device;
use impasto_data::stack::stack;
use impasto_data::synth::motifs;
use impasto_data::{Picture, synth};

use crate::features::Builtin;
use crate::judge::tests::{flowers, write};
use crate::judge::*;

const COUNT: usize = 420;
/// Flowers of six classes.
const KINDS: usize = 6;

fn names() -> &'static [&'static str] {
    motifs().iter().find(|motif| motif.name == "flowers").unwrap().classes
}

/// Flowers of these classes, each in its folder.
fn labelled(folder: &Path, seed: u64, kinds: &[usize]) -> PathBuf {
    let all = flowers(seed, COUNT);
    for &kind in kinds {
        let own: Vec<Picture> = all.iter().skip(kind).step_by(KINDS).cloned().collect();
        write(&folder.join(names()[kind]), &own);
    }
    folder.to_path_buf()
}

/// The real flowers, and a cache in which their classifier lies.
static REAL: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let real = labelled(&folder.path().join("real"), 1, &[0, 1, 2, 3, 4, 5]);
    judged(&order(&real, &real, folder.path())).unwrap();
    folder
});

fn order(generated: &Path, against: &Path, cache: &Path) -> Order {
    Order {
        generated: generated.into(),
        against: against.into(),
        count: None,
        checkpoint: None,
        seed: 1,
        force: false,
        lpips: None,
        classes: true,
        cache: Some(cache.join("cache")),
    }
}

fn judged(order: &Order) -> Result<Report, JudgeError> {
    judge(order, &Builtin::new(&Device::flex()), &Device::flex(), &mut ())
}

fn against_real(generated: &Path) -> Report {
    judged(&order(generated, &REAL.path().join("real"), REAL.path())).unwrap()
}

#[test]
fn a_set_against_itself_hits_all_classes_in_their_shares() {
    let report = against_real(&REAL.path().join("real"));
    let modes = report.modes.unwrap();
    assert!(modes.classifier.accuracy > 0.9, "{:?}", modes.classifier);
    assert_eq!((modes.hit, modes.kinds, modes.pictures), (KINDS, KINDS, COUNT));
    assert!(modes.missing.is_empty() && modes.divergence < 0.005, "{modes:?}");
    assert!((modes.hit_expected - 6.0).abs() < 1e-6 && modes.divergence_expected < 0.02, "{modes:?}");
    assert!((modes.entropy.real - 6f64.log2()).abs() < 1e-9 && modes.entropy.generated > 2.55, "{modes:?}");
    assert_eq!(modes.score.generated, modes.score.real);
    assert!(modes.score.real > 5.0 && modes.score.real <= 6.0, "{modes:?}");
    assert!(modes.as_asked.is_some_and(|share| share > 0.95), "{modes:?}");
    assert_eq!(modes.histogram.real, [COUNT as u64 / KINDS as u64; KINDS]);
    assert!(modes.protocol.contains("held back"), "{}", modes.protocol);
    assert_eq!(report.warnings.iter().filter(|warning| warning.contains("classifier")).count(), 0);
}

#[test]
fn three_missing_classes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let report = against_real(&labelled(folder.path(), 2, &[1, 3, 4]));
    let lacking: Vec<&str> = [0, 2, 5].map(|kind| names()[kind]).to_vec();
    let modes = report.modes.as_ref().unwrap();
    assert_eq!(modes.missing, lacking, "{modes:?}");
    assert!((modes.divergence - 2f64.ln()).abs() < 0.1, "{}", modes.divergence);
    let said = report.verdict.iter().find(|finding| finding.matter == Matter::MissingClasses).unwrap();
    let words =
        format!("3 of 6 classes are missing or nearly: {}, {} and {};", lacking[0], lacking[1], lacking[2]);
    assert!(said.text.starts_with(&words), "{}", said.text);
    assert!(report.verdict.iter().all(|finding| finding.matter != Matter::Alike));
    let html = page(&report).unwrap().html();
    assert!(html.contains(&words) && html.contains("mode divergence") && html.contains("held back"));
}

#[test]
fn a_collapsed_set_hits_one_class() {
    let folder = tempfile::tempdir().unwrap();
    let report = against_real(&write(folder.path(), &vec![flowers(2, 1).remove(0); 200]));
    let modes = report.modes.unwrap();
    assert_eq!((modes.hit, modes.missing.len(), modes.entropy.generated), (1, 5, 0.0));
    assert!((modes.divergence - 6f64.ln()).abs() < 1e-9, "{}", modes.divergence);
    assert!((modes.score.generated - 1.0).abs() < 1e-9, "{}", modes.score.generated);
    assert_eq!(modes.as_asked, None, "the set has no classes");
    assert_eq!(report.verdict[0].matter, Matter::Repeats, "{:?}", report.verdict);
}

#[test]
fn a_set_without_labels_has_no_classes_to_count() {
    let folder = tempfile::tempdir().unwrap();
    let plain = write(&folder.path().join("plain"), &flowers(1, 30));
    let error = judged(&order(&plain, &plain, folder.path())).unwrap_err();
    assert!(matches!(error, JudgeError::NoClasses { .. }), "{error}");
    assert!(error.to_string().contains("no labels") && error.to_string().contains("sub-folder"), "{error}");
}

#[test]
fn the_classifier_is_trained_once_for_a_set() {
    let real = REAL.path().join("real");
    let mut heard = Recorder::default();
    let device = Device::flex();
    judge(&order(&real, &real, REAL.path()), &Builtin::new(&device), &device, &mut heard).unwrap();
    assert!(heard.progress.iter().all(|(stage, ..)| *stage != Stage::Training), "{heard:?}");
}

#[test]
fn classes_that_look_alike_make_a_classifier_that_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let all = flowers(1, 120);
    for (at, part) in all.chunks(40).enumerate() {
        write(&folder.path().join("real").join(format!("{at}")), part);
    }
    let real = folder.path().join("real");
    let report = judged(&order(&real, &real, folder.path())).unwrap();
    assert!(report.modes.unwrap().classifier.accuracy < TRUSTED);
    let told = report.warnings.iter().any(|warning| warning.contains("the classifier finds the class of"));
    assert!(told, "{:?}", report.warnings);
}

#[test]
fn a_stacked_set_is_read_channel_by_channel() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    synth::write("glyphs", &path("glyphs"), 300, 16, 1, &mut ()).unwrap();
    for (name, count, seed) in [("real", 400, 1), ("other", 100, 2)] {
        stack(&path("glyphs"), &path(name), count, seed, &mut ()).unwrap();
    }
    let report = judged(&order(&path("other"), &path("real"), folder.path())).unwrap();
    let modes = report.modes.unwrap();
    assert_eq!((modes.kinds, modes.pictures, modes.histogram.names[73].as_str()), (1000, 100, "073"));
    assert!(modes.classifier.accuracy > 0.8, "{:?}", modes.classifier);
    let hit = modes.hit as f64;
    assert!((modes.hit_expected - 95.0).abs() < 3.0 && (hit - modes.hit_expected).abs() < 8.0, "{modes:?}");
    assert!((modes.divergence - modes.divergence_expected).abs() < 0.3, "{modes:?}");
    let off = modes.as_asked.map(|share| (share - modes.as_asked_expected).abs());
    assert!(off.is_some_and(|off| off < 0.25), "{:?} {}", modes.as_asked, modes.as_asked_expected);
    assert!((modes.as_asked_expected - modes.classifier.accuracy.powi(3)).abs() < 1e-12);
    assert!(modes.protocol.starts_with("stacked set of 1000 classes after Metz"), "{}", modes.protocol);
    assert!(modes.missing.is_empty(), "a hundred pictures can't tell");

    // One picture again and again.
    let one = path("other");
    let file =
        fs::read_dir(&one).unwrap().map(|entry| entry.unwrap().path()).find(|entry| entry.is_dir()).unwrap();
    let file = fs::read_dir(file).unwrap().next().unwrap().unwrap().path();
    fs::create_dir(path("same")).unwrap();
    for at in 0..20 {
        fs::copy(&file, path("same").join(format!("{at}.png"))).unwrap();
    }
    let modes = judged(&order(&path("same"), &path("real"), folder.path())).unwrap().modes.unwrap();
    assert_eq!((modes.hit, modes.entropy.generated), (1, 0.0));
}
