//! The cache is used when it is good and rebuilt when it isn't; batches are what was asked for.

use std::fs;
use std::sync::Barrier;

use impasto_data::{Channels, Crop, DataError, Dataset, Preparation};
use impasto_random::Random;
use impasto_system::{Recorder, Stage};

use crate::common::{Place, colours, png, square, zip};

fn three() -> Place {
    let place = Place::new();
    for salt in 1..4 {
        place.write(&format!("{salt}.png"), &png(48, 32, salt));
    }
    place
}

/// True when opening had to decode.
fn decodes(place: &Place, preparation: &Preparation) -> bool {
    let mut told = Recorder::default();
    Dataset::open_with(&place.root(), preparation, &place.options(), &mut told).unwrap();
    !told.progress.is_empty()
}

#[test]
fn the_cache_is_reused() {
    let place = three();
    assert!(decodes(&place, &square(16)));
    assert!(!decodes(&place, &square(16)));
    assert!(!decodes(&place, &Preparation { flip: true, ..square(16) }), "flips need no cache of their own");
    assert!(decodes(&place, &square(17)));
    assert!(decodes(&place, &Preparation { crop: Crop::Fit, ..square(16) }));
}

#[test]
fn the_cache_is_rebuilt_when_a_file_changes() {
    let place = three();
    let before = place.open(&square(16)).fingerprint().to_owned();
    place.write("2.png", &png(48, 32, 99));
    assert!(decodes(&place, &square(16)));
    assert_ne!(place.open(&square(16)).fingerprint(), before);
    fs::remove_file(place.root().join("3.png")).unwrap();
    assert_eq!(place.open(&square(16)).len(), 2);
}

#[test]
fn the_fingerprint_tells_content_and_not_place() {
    let (one, two) = (three(), three());
    assert_eq!(one.open(&square(16)).fingerprint(), two.open(&square(16)).fingerprint());
    assert_ne!(one.open(&square(16)).fingerprint(), one.open(&square(15)).fingerprint());
}

#[test]
fn a_damaged_cache_is_rebuilt() {
    let place = three();
    let pixels = place.open(&square(16)).plain(&[0, 1, 2]).unwrap();
    let file = place.cache_files().remove(0);
    let whole = fs::read(&file).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let damaged = [
        Vec::new(),
        whole[..100].to_vec(),
        whole[..whole.len() - 1].to_vec(),
        whole[1..].to_vec(),
        [whole.as_slice(), &[0]].concat(),
        flipped(whole.len() - 1),
        flipped(whole.len() - 60),
        flipped(whole.len() - 45),
        flipped(3 * 16 * 16 * 3 + 10),
        vec![0xff; whole.len()],
    ];
    for bytes in damaged {
        fs::write(&file, bytes).unwrap();
        assert!(decodes(&place, &square(16)));
        assert_eq!(place.open(&square(16)).plain(&[0, 1, 2]).unwrap(), pixels);
    }
}

#[test]
fn a_cache_that_is_cut_short_while_open_is_an_error() {
    let place = three();
    let set = place.open(&square(16));
    fs::write(place.cache_files().remove(0), b"").unwrap();
    assert!(matches!(set.plain(&[0]), Err(DataError::Cache { .. })));
}

#[test]
fn nothing_is_left_behind_when_nothing_can_be_built() {
    let place = Place::new();
    place.write("bad.png", b"hello");
    assert!(Dataset::open_with(&place.root(), &square(8), &place.options(), &mut ()).is_err());
    assert!(place.cache_files().is_empty());
}

#[test]
fn builders_at_the_same_time_do_not_harm_each_other() {
    let place = three();
    let together = Barrier::new(4);
    let sets: Vec<Dataset> = std::thread::scope(|scope| {
        let build = || {
            together.wait();
            place.open(&square(16))
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(build)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for set in &sets {
        assert_eq!(set.plain(&[2, 0]).unwrap(), sets[0].plain(&[2, 0]).unwrap());
    }
    assert_eq!(place.cache_files().len(), 1);
}

#[test]
fn a_cache_that_cannot_be_written_is_told() {
    let place = three();
    fs::write(place.cache(), b"a file where the folder should be").unwrap();
    let error = Dataset::open_with(&place.root(), &square(8), &place.options(), &mut ()).unwrap_err();
    assert!(error.to_string().contains("IMPASTO_CACHE"), "{error}");
}

#[test]
fn a_batch_has_planes_and_gives_pictures_back() {
    let place = three();
    let set = place.open(&Preparation { width: 48, height: 32, ..square(1) });
    let batch = set.plain(&[2, 0, 2]).unwrap();
    assert_eq!((batch.count, batch.channels, batch.height, batch.width), (3, 3, 32, 48));
    assert_eq!(
        batch.pixels[..48],
        batch.picture(0).pixels().iter().step_by(3).copied().collect::<Vec<_>>()[..48]
    );
    for (at, salt) in [3, 1, 3].into_iter().enumerate() {
        assert_eq!(batch.picture(at).pixels(), colours(48, 32, salt).as_raw().as_slice());
    }
    assert!(matches!(set.plain(&[3]), Err(DataError::NoSuchPicture { index: 3, count: 3 })));
    assert_eq!(set.plain(&[]).unwrap().count, 0);
}

#[test]
fn random_windows_differ_and_are_reproducible() {
    let place = three();
    let set = place.open(&Preparation { crop: Crop::Random, ..square(32) });
    let read = |step| set.read(&[0; 16], &mut Random::new(1, "windows", step)).unwrap();
    let batch = read(0);
    assert_eq!(batch, read(0));
    assert_ne!(batch, read(1));
    let first = batch.picture(0);
    assert!((1..16).any(|at| batch.picture(at) != first));
    // The whole picture is 48x32, so each window is 32 columns of it that stand side by side.
    let whole = colours(48, 32, 1);
    for at in 0..16 {
        let window = batch.picture(at);
        let found = (0..=16).any(|left| {
            (0..32).all(|y| {
                (0..32).all(|x| window.pixel(x, y) == whole.get_pixel((left + x) as u32, y as u32).0)
            })
        });
        assert!(found, "window {at}");
    }
    let middle = set.plain(&[0]).unwrap().picture(0);
    assert_eq!(middle.pixel(0, 0), whole.get_pixel(8, 0).0);
}

#[test]
fn flips_mirror_about_half_of_the_pictures() {
    let place = three();
    let preparation = Preparation { width: 48, height: 32, flip: true, ..square(1) };
    let batch = place.open(&preparation).read(&[1; 64], &mut Random::new(1, "flips", 0)).unwrap();
    let plain = place.open(&preparation).plain(&[1]).unwrap().picture(0);
    let same = (0..64).filter(|&at| batch.picture(at) == plain).count();
    assert!((16..48).contains(&same), "{same}");
    let mirrored = (0..64).map(|at| batch.picture(at)).find(|picture| *picture != plain).unwrap();
    assert_eq!((mirrored.pixel(0, 5), mirrored.pixel(47, 9)), (plain.pixel(47, 5), plain.pixel(0, 9)));
    let never = Preparation { flip: false, ..preparation };
    let batch = place.open(&never).read(&[1; 8], &mut Random::new(1, "flips", 0)).unwrap();
    assert!((0..8).all(|at| batch.picture(at) == plain));
}

#[test]
fn grey_sets_have_one_channel() {
    let place = three();
    let batch = place.open(&Preparation::square(16, Channels::Grey)).plain(&[0, 1]).unwrap();
    assert_eq!((batch.channels, batch.pixels.len()), (1, 2 * 16 * 16));
}

#[test]
fn progress_reaches_the_total() {
    let place = Place::new();
    for index in 0..300 {
        place.write(&format!("{index}.png"), &png(4, 4, index as u8));
    }
    let mut told = Recorder::default();
    Dataset::open_with(&place.root(), &square(4), &place.options(), &mut told).unwrap();
    let done = told.done();
    assert_eq!((done[0], done[done.len() - 1]), (0.0, 300.0));
    assert!(done.is_sorted() && told.progress.iter().all(|(_, _, total)| *total == Some(300.0)));
}

#[test]
fn preparing_can_be_stopped_and_leaves_no_cache() {
    let place = Place::new();
    for index in 0..300 {
        place.write(&format!("{index}.png"), &png(4, 4, index as u8));
    }
    let mut stopping = Recorder::stopping_after(2);
    let stopped = Dataset::open_with(&place.root(), &square(4), &place.options(), &mut stopping);
    assert!(matches!(stopped, Err(DataError::Cancelled)));
    assert!(decodes(&place, &square(4)), "nothing was kept");
}

#[test]
fn progress_counts_only_pictures_in_a_zip() {
    let place = Place::new();
    let path = place.write("a.zip", &zip(&[("1.png", png(4, 4, 1)), ("x.txt", b"hello".to_vec())]));
    let mut told = Recorder::default();
    Dataset::open_with(&path, &square(4), &place.options(), &mut told).unwrap();
    assert_eq!(told.progress.last(), Some(&(Stage::Preparing, 1.0, Some(1.0))));
}
