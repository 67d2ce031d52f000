//! `check` tells what is there.

use std::fs;

use image::ImageFormat;
use impasto_data::{DataError, Limits, Report, check};

use crate::common::{Place, colours, encoded, png, tar};

fn report(place: &Place) -> Report {
    check(&place.root(), &Limits::default(), &mut |_, _| {}).unwrap()
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
    let nowhere = check(&place.root().join("nowhere"), &Limits::default(), &mut |_, _| {});
    assert!(matches!(nowhere, Err(DataError::Missing { .. })));
}

#[test]
fn other_files_in_archives_are_counted() {
    let place = Place::new();
    let path = place.write("a.tar", &tar(&[("1.png", png(4, 4, 1)), ("x.txt", b"hello".to_vec())]));
    let report = check(&path, &Limits::default(), &mut |_, _| {}).unwrap();
    assert_eq!((report.pictures, report.other), (1, 1));
}
