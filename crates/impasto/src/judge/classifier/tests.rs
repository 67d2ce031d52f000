//! Small lessons, learned in seconds.

use impasto_system::{Monitor, Recorder};
use std::fs;

use impasto_random::Random;

use super::lesson::shifted;
use super::*;

const SIDE: usize = 12;

/// Bright bars: standing, lying, or none, with noise.
fn bars(count: usize) -> Lesson {
    let mut random = Random::new(3, "bars", 0);
    let mut lesson = Lesson { channels: 1, side: SIDE, kinds: 3, ..Lesson::default() };
    for at in 0..count {
        let (kind, place) = (at % 3, 2 + random.below(SIDE - 4));
        let lit = |pixel: usize| match kind {
            0 => pixel % SIDE == place,
            1 => pixel / SIDE == place,
            _ => false,
        };
        let value = |pixel| random.below(60) as u8 + if lit(pixel) { 180 } else { 0 };
        lesson.pixels.extend((0..SIDE * SIDE).map(value));
        lesson.labels.push(kind as u32);
    }
    lesson
}

#[test]
fn kinds_are_learned_and_training_is_the_same_every_time() {
    let (lesson, device) = (bars(300), Device::flex());
    let tensors = learn(&lesson, 60, &device, &mut ()).unwrap();
    assert_eq!(Some(&tensors), learn(&lesson, 60, &device, &mut ()).as_ref());
    assert_eq!(learn(&lesson, 60, &device, &mut Recorder::stopping_after(2)), None);
    let classifier = Classifier::from(&tensors, lesson.shape(), &device).unwrap();
    let Trust { accuracy, held_back, learned } = classifier.trust;
    assert_eq!((held_back, learned), (30, 270));
    assert!(accuracy > 0.9, "{accuracy}");
    let fresh = bars(330);
    let new: Vec<usize> = (300..330).collect();
    assert!(fresh.right(&new, &classifier) >= 27);
}

#[test]
fn equal_pictures_are_never_on_both_sides() {
    let mut lesson = bars(100);
    lesson.pixels.extend(lesson.pixels.clone());
    lesson.labels.extend(lesson.labels.clone());
    let (held_back, learned) = lesson.split();
    assert_eq!((held_back.len(), learned.len()), (20, 180));
    assert!(
        held_back
            .iter()
            .all(|&one| learned.iter().all(|&other| lesson.picture(one) != lesson.picture(other)))
    );
    let same = Lesson { pixels: [7; 5 * SIDE * SIDE].to_vec(), labels: vec![1; 5], ..bars(0) };
    assert_eq!(same.split(), ((0..5).collect(), (0..5).collect()));
}

#[test]
fn it_is_taught_once_and_again_when_the_file_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let mut lesson = bars(40);
    lesson.labels.truncate(40);
    let shape = lesson.shape();
    let taught = std::cell::Cell::new(0);
    let get = |name: &str| {
        let give = |_: &mut dyn Monitor| {
            taught.set(taught.get() + 1);
            Ok(lesson.clone())
        };
        let (classifier, not_kept) =
            Classifier::of(folder.path(), name, shape, &Device::flex(), give, &mut ()).unwrap();
        assert_eq!(not_kept, None);
        (classifier.chances(&lesson.pixels), classifier.trust)
    };
    let first = get("a set");
    assert_eq!((get("a set"), taught.get()), (first.clone(), 1));
    let path = file(folder.path(), "a set", shape);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!((get("a set"), taught.get()), (first, 2));
    get("another");
    assert_eq!(taught.get(), 3);
}

#[test]
fn a_shift_moves_every_channel_alike() {
    let picture: Vec<u8> = (0..2 * 28 * 28).map(|at| (at % (28 * 28) / 28) as u8).collect();
    for seed in 0..20 {
        let moved = shifted(&picture, 28, &mut Random::new(seed, "shift", 0));
        assert_eq!(moved[..28 * 28], moved[28 * 28..]);
        assert!((moved[14 * 28] - signed(14)).abs() <= 2.0 / 127.5 + 1e-6);
    }
}
