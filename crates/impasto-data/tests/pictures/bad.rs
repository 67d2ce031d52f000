//! A folder of 200 good and 200 bad files trains on the good ones and names the bad ones.

use std::collections::BTreeSet;

use image::ImageFormat;
use impasto_data::Kind;

use crate::common::{Place, colours, encoded, png, square};

const FORMATS: [(ImageFormat, &str); 5] = [
    (ImageFormat::Png, "png"),
    (ImageFormat::Jpeg, "jpg"),
    (ImageFormat::WebP, "webp"),
    (ImageFormat::Bmp, "bmp"),
    (ImageFormat::Tiff, "tiff"),
];

/// The ways in which a file can be bad.
fn spoilt(index: usize, whole: &[u8]) -> Vec<u8> {
    match index / FORMATS.len() % 8 {
        0 => Vec::new(),
        1 => whole[..1].to_vec(),
        2 => whole[..whole.len() / 2].to_vec(),
        3 => vec![0; 1000],
        4 => b"<html>not found</html>".to_vec(),
        5 => whole.iter().map(|byte| !byte).collect(),
        6 => whole[whole.len() / 3..].to_vec(),
        _ => b"\0\0\0\x20ftypavif\0\0\0\0avifmif1".to_vec(),
    }
}

#[test]
fn two_hundred_good_ones_survive_two_hundred_bad_ones() {
    let place = Place::new();
    for index in 0..200 {
        let (format, ending) = FORMATS[index % FORMATS.len()];
        let whole = encoded(colours(40, 30, index as u8), format);
        place.write(&format!("good-{index}.{ending}"), &whole);
        place.write(&format!("bad-{index}.{ending}"), &spoilt(index, &whole));
    }
    let set = place.open(&square(16));
    assert_eq!(set.len(), 200);
    assert!(set.names().iter().all(|name| name.starts_with("good")));
    let bad: BTreeSet<&str> =
        set.findings().iter().filter(|f| f.kind.is_bad()).map(|f| f.path.as_str()).collect();
    assert_eq!(bad.len(), 200);
    assert!(bad.iter().all(|name| name.starts_with("bad")));
    for kind in [Kind::Empty, Kind::Truncated, Kind::Unreadable, Kind::Unsupported] {
        assert!(set.findings().iter().any(|finding| finding.kind == kind), "{kind:?}");
    }
}

#[test]
fn duplicates_and_black_pictures_are_named_and_stay() {
    let place = Place::new();
    place.write("a.png", &png(20, 20, 1));
    place.write("b.bmp", &encoded(colours(20, 20, 1), ImageFormat::Bmp));
    place.write("c.png", &encoded(image::RgbImage::new(20, 20), ImageFormat::Png));
    let mut glyph = image::RgbImage::new(20, 20);
    glyph.put_pixel(3, 3, image::Rgb([255; 3]));
    place.write("d.png", &encoded(glyph, ImageFormat::Png));
    let set = place.open(&square(10));
    assert_eq!(set.len(), 4);
    let found: Vec<(Kind, &str)> = set.findings().iter().map(|f| (f.kind, f.path.as_str())).collect();
    assert_eq!(found, [(Kind::Duplicate, "b.bmp"), (Kind::NearBlack, "c.png")]);
    assert!(set.findings()[0].why.contains("a.png"));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let place = Place::new();
    place.write("a.png", &png(8, 8, 1));
    let pipe = place.root().join("b.png");
    if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        return;
    }
    let set = place.open(&square(8));
    assert_eq!((set.len(), set.findings()[0].path.as_str()), (1, "b.png"));
}
