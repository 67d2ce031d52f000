//! Files with random damage are refused or read, and never bring anything down.

use image::ImageFormat;
use impasto_data::{Limits, check};
use impasto_random::Random;

use crate::common::{Place, colours, encoded, gzip, idx_labels, idx_pictures, png, rgb, tar, zip};

const ROUNDS: u64 = 150;

/// A few bytes changed (most often near the beginning, where headers are), a piece cut out, doubled or cut off.
fn damaged(whole: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..=random.below(8) {
        let reach = if random.chance(0.7) { bytes.len().min(128) } else { bytes.len() };
        let at = random.below(reach);
        let any = random.bits() as u8;
        bytes[at] = *random.pick(&[0, 1, 0x7f, 0x80, 0xff, any]);
    }
    let (from, to) = (random.below(bytes.len()), random.below(bytes.len()));
    let piece = from.min(to)..from.max(to);
    match random.below(6) {
        0 => bytes.truncate(piece.end),
        1 => drop(bytes.drain(piece)),
        2 => bytes.extend_from_within(piece),
        _ => {}
    }
    bytes
}

#[test]
fn damaged_pictures_never_panic() {
    let image = colours(24, 17, 5);
    let gif = encoded(image::DynamicImage::from(image.clone()).into_rgba8(), ImageFormat::Gif);
    let formats =
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff];
    let mut wholes: Vec<Vec<u8>> = formats.iter().map(|&format| encoded(image.clone(), format)).collect();
    wholes.push(gif);
    wholes.push(include_bytes!("../fixtures/cmyk-adobe.jpg").to_vec());
    for (kind, whole) in wholes.iter().enumerate() {
        for round in 0..4 * ROUNDS {
            let mut random = Random::new(kind as u64, "damage", round);
            if let Err(flaw) = rgb(&damaged(whole, &mut random)) {
                assert!(!flaw.why.is_empty());
            }
        }
    }
}

#[test]
fn damaged_archives_and_packed_sets_never_panic() {
    let files = [("a/1.png", png(8, 8, 1)), ("b/2.png", png(8, 8, 2)), ("c.txt", b"hello".to_vec())];
    let mut cifar = vec![7; 3073 * 2];
    cifar[3073] = 1;
    let wholes = [
        ("x.zip", zip(&files)),
        ("x.tar", tar(&files)),
        ("x.tgz", gzip(&tar(&files))),
        ("x-images-idx3-ubyte", idx_pictures(9)),
        ("x-images-idx3-ubyte.gz", gzip(&idx_pictures(9))),
        ("data_batch_1.bin", cifar),
    ];
    for (kind, (name, whole)) in wholes.iter().enumerate() {
        for round in 0..ROUNDS {
            let mut random = Random::new(100 + kind as u64, "damage", round);
            let place = Place::new();
            let path = place.write(name, &damaged(whole, &mut random));
            place.write("x-labels-idx1-ubyte", &damaged(&idx_labels(&[1; 9]), &mut random));
            if let Err(error) = check(&path, &Limits::default(), &mut ()) {
                assert!(error.to_string().contains("set"), "the path is named: {error}");
            }
        }
    }
}

#[test]
fn damaged_sheets_of_rows_never_panic() {
    let sheet = encoded(image::RgbImage::new(1024, 2), ImageFormat::Png);
    for round in 0..ROUNDS / 3 {
        let mut random = Random::new(200, "damage", round);
        let place = Place::new();
        place.write("data_batch_1.png", &damaged(&sheet, &mut random));
        place.write("data_batch_1_lables.json", &damaged(b"[1, 2]", &mut random));
        check(&place.root(), &Limits::default(), &mut ()).unwrap();
    }
}
