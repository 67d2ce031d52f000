//! What is chosen, by painters that do something wrong.

use std::convert::Infallible;

use impasto_data::Picture;
use impasto_data::synth::{draw, motifs};
use impasto_random::Random;

use super::choose::{Candidate, Ended, PATIENCE, Wanted, choose};
use super::folder::folder_names;
use crate::judge::originals::of_pictures;

const SIDE: u32 = 32;

fn flower(seed: u64, at: u64) -> Picture {
    let motif = motifs().iter().find(|motif| motif.name == "flowers").unwrap();
    draw(motif, at as usize % motif.classes.len(), SIDE, &mut Random::new(seed, "flowers", at))
}

fn learned() -> Vec<Picture> {
    (0..240).map(|at| flower(1, at)).collect()
}

/// What is kept of what this painter paints, and how it ends.
fn kept(wanted: &mut Wanted, painter: impl Fn(u64) -> Picture) -> (Vec<Candidate>, Ended) {
    let mut originals = of_pictures(&learned());
    let mut kept = Vec::new();
    let paint = &mut |some: &[Candidate]| {
        Ok::<_, Infallible>(some.iter().map(|one| painter(one.seed)).collect::<Vec<_>>())
    };
    let keep = &mut |some: &[(Candidate, Picture)], _: &Wanted| {
        kept.extend(some.iter().map(|one| one.0));
        Ok(true)
    };
    let Ok(ended) = choose(wanted, &mut originals, paint, keep);
    (kept, ended)
}

#[test]
fn each_class_gets_its_number_and_seeds_paint_the_class_that_they_always_paint() {
    let mut wanted = Wanted::new(7, 20, false, 6);
    let (kept, ended) = kept(&mut wanted, |seed| flower(2, seed));
    assert_eq!((kept.len(), ended), (20, Ended::Done));
    for class in 0..6 {
        let own: Vec<u64> = kept.iter().filter(|one| one.class == Some(class)).map(|one| one.seed).collect();
        assert_eq!(own.len(), if class < 2 { 4 } else { 3 });
        assert!(own.iter().all(|seed| seed % 6 == class as u64 && *seed >= 7), "{own:?}");
    }
    assert_eq!(Wanted::new(1, 5, true, 3).missing(), 15);
    assert_eq!(Wanted::new(1, 5, false, 0).missing(), 5);
}

#[test]
fn a_painter_that_paints_training_pictures_is_refused_and_the_next_seeds_take_their_place() {
    let learned = learned();
    // Every second picture is one that was learned.
    let painter = |seed: u64| {
        if seed.is_multiple_of(2) { learned[seed as usize % 240].clone() } else { flower(2, seed) }
    };
    let mut wanted = Wanted::new(0, 30, false, 0);
    let (kept, ended) = kept(&mut wanted, painter);
    assert_eq!((kept.len(), ended), (30, Ended::Done));
    assert!(kept.iter().all(|one| one.seed % 2 == 1 && one.class.is_none()), "{kept:?}");
    assert!(wanted.refused().copies >= 29 && wanted.next_seed() >= 60, "{wanted:?}");
}

#[test]
fn a_painter_of_nothing_but_copies_is_given_up() {
    let learned = learned();
    let mut wanted = Wanted::new(0, 1000, false, 0);
    let (kept, ended) = kept(&mut wanted, |seed| learned[seed as usize % 240].clone());
    assert_eq!((kept.len(), ended), (0, Ended::GaveUp(0)));
    assert!((PATIENCE..PATIENCE + 256).contains(&wanted.refused().copies), "{wanted:?}");
}

#[test]
fn a_painter_that_repeats_itself_is_given_up_with_one_picture_of_each() {
    let mut wanted = Wanted::new(0, 1000, false, 0);
    let (kept, ended) = kept(&mut wanted, |seed| flower(2, 12 * (seed % 3)));
    assert_eq!(ended, Ended::GaveUp(0));
    // One of the three may be near to a training picture by chance.
    assert!((1..=3).contains(&kept.len()) && kept.iter().all(|one| one.seed < 3), "{kept:?}");
    assert!(wanted.refused().repeats >= PATIENCE / 3, "{wanted:?}");
}

#[test]
fn stopping_keeps_what_is_there() {
    let mut originals = of_pictures(&learned());
    let mut wanted = Wanted::new(0, 600, false, 0);
    let paint = &mut |some: &[Candidate]| {
        Ok::<_, Infallible>(some.iter().map(|one| flower(2, one.seed)).collect::<Vec<_>>())
    };
    let Ok(ended) = choose(&mut wanted, &mut originals, paint, |_, _| Ok(false));
    assert_eq!(ended, Ended::Stopped);
    assert!((1..600).contains(&wanted.missing()));
}

#[test]
fn names_of_classes_become_names_of_folders() {
    let names = ["rose", "T-shirt/top", "T-shirt:top", "..", "", "Rose"].map(str::to_owned);
    assert_eq!(folder_names(&names), ["rose", "T-shirt-top", "T-shirt-top-", "class---", "class-", "Rose-"]);
}
