//! `check` tells what is there.

use std::fs;

use image::ImageFormat;
use impasto_data::{DataError, Limits, Report, check, check_for};

use crate::common::{Place, colours, encoded, png, square, tar};

fn report(place: &Place) -> Report {
    check(&place.root(), &Limits::default(), &mut ()).unwrap()
}

#[test]
fn everything_is_counted_and_named() {
    let place = Place::new();
    let wide = png(20, 10, 1);
    place.write("a/wide.png", &wide);
    place.write("a/again.png", &wide);
    place.write("b/tall.jpg", &encoded(colours(10, 20, 2), ImageFormat::Jpeg));
    place.write("b/black.bmp", &encoded(image::RgbImage::new(16, 16), ImageFormat::Bmp));
    place.write("b/bad.png", b"hello");
    place.write("b/notes.txt", b"hello");
    let report = report(&place);
    assert_eq!((report.pictures, report.other, report.duplicates), (4, 1, 1));
    assert_eq!(report.duplicate_of, [("a/wide.png".to_owned(), "a/again.png".to_owned())]);
    assert_eq!(report.near_black, ["b/black.bmp"]);
    assert_eq!(report.bad[0].path, "b/bad.png");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["sizes"], serde_json::json!({"10x20": 1, "16x16": 1, "20x10": 2}));
    assert_eq!(json["shapes"], serde_json::json!({"landscape": 2, "portrait": 1, "square": 1}));
    assert_eq!(json["classes"], serde_json::json!({"a": 2, "b": 2}));
    assert_eq!(json["formats"], serde_json::json!({"bmp": 1, "jpeg": 1, "png": 2}));
    assert_eq!(json["bad"][0]["kind"], "unreadable");
    assert_eq!(json["fingerprint"].as_str().map(str::len), Some(64));
    let bytes: u64 = ["a/wide.png", "a/again.png", "b/tall.jpg", "b/black.bmp"]
        .iter()
        .map(|name| fs::metadata(place.root().join(name)).unwrap().len())
        .sum();
    assert_eq!(report.bytes, bytes);
    assert!(!place.cache().exists(), "a check writes no cache");
}

#[test]
fn a_set_without_a_good_picture_is_a_report_too() {
    let place = Place::new();
    place.write("bad.png", b"");
    assert_eq!((report(&place).pictures, report(&place).bad.len()), (0, 1));
    let nowhere = check(&place.root().join("nowhere"), &Limits::default(), &mut ());
    assert!(matches!(nowhere, Err(DataError::Missing { .. })));
}

#[test]
fn other_files_in_archives_are_counted() {
    let place = Place::new();
    let path = place.write("a.tar", &tar(&[("1.png", png(4, 4, 1)), ("x.txt", b"hello".to_vec())]));
    let report = check(&path, &Limits::default(), &mut ()).unwrap();
    assert_eq!((report.pictures, report.other), (1, 1));
}

#[test]
fn a_look_at_a_size_tells_the_same_but_for_the_fingerprint() {
    let place = Place::new();
    let photograph = encoded(colours(200, 120, 7), ImageFormat::Jpeg);
    place.write("a/one.jpg", &photograph);
    place.write("a/two.jpg", &photograph);
    place.write("b/small.jpg", &encoded(colours(20, 30, 2), ImageFormat::Jpeg));
    place.write("b/torn.jpg", &photograph[..photograph.len() / 2]);
    place.write("b/black.jpg", &encoded(image::RgbImage::new(160, 160), ImageFormat::Jpeg));
    // One pixel in four hundred shines: too few to be seen from far away, too many to be called black.
    let sky = image::RgbImage::from_fn(160, 160, |x, y| {
        image::Rgb([if x % 20 + y % 20 == 0 { 255 } else { 0 }; 3])
    });
    let mut stars = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut stars, 98).encode_image(&sky).unwrap();
    place.write("b/stars.jpg", &stars);
    let quick = check_for(&place.root(), &square(10), &Limits::default(), &mut ()).unwrap();
    assert_eq!(quick.near_black, ["b/black.jpg"]);
    assert_eq!(quick.duplicate_of, [("a/two.jpg".to_owned(), "a/one.jpg".to_owned())]);
    assert_eq!(quick.bad[0].path, "b/torn.jpg");
    assert_eq!(quick.fingerprint, place.open(&square(10)).fingerprint());
    let whole = report(&place);
    assert_ne!(quick.fingerprint, whole.fingerprint);
    assert_eq!(Report { fingerprint: whole.fingerprint.clone(), ..quick }, whole);
    assert!(check_for(&place.root(), &square(0), &Limits::default(), &mut ()).is_err());
}
