use std::io::Cursor;

use image::{ImageFormat, imageops};
use impasto_random::Random;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::*;
use crate::decode;
use crate::picture::Picture;
use crate::preparation::{Channels, Crop, Preparation};
use crate::prepare::{eighths, prepare, prepare_draft};
use crate::synth;

const LIMITS: Limits = Limits { pixels: 1 << 24, bytes: 1 << 26 };

/// A picture with soft and sharp parts and the noise of a camera.
fn scene(width: usize, height: usize, seed: u64) -> Picture {
    let motif = synth::motifs().iter().find(|motif| motif.name == "landscapes").unwrap();
    let mut random = Random::new(seed, "scene", 0);
    let side = width.max(height);
    let drawn = synth::draw(motif, 0, side as u32, &mut random);
    let noise = random.normals(width * height);
    let pixel = |at: usize| {
        let noise = 3.0 * noise[at];
        let pixel = drawn.pixel(at % width, at / width);
        [0, 1, 2].map(|channel| (f32::from(pixel[channel]) + noise) as u8)
    };
    Picture::new(width, height, 3, (0..width * height).flat_map(pixel).collect())
}

fn jpeg(picture: &Picture, quality: u8, set: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    set(&mut encoder);
    let colour = if picture.channels() == 1 { ColorType::Luma } else { ColorType::Rgb };
    encoder.encode(picture.pixels(), picture.width() as u16, picture.height() as u16, colour).unwrap();
    bytes
}

fn at(bytes: &[u8], eighths: usize) -> Option<Reduced> {
    reduced(bytes, &LIMITS, &|_, _| eighths)
}

/// How like two pictures are, in dB.
fn likeness(a: &Picture, b: &Picture) -> f64 {
    assert_eq!((a.width(), a.height(), a.channels()), (b.width(), b.height(), b.channels()));
    let square = |(&a, &b): (&u8, &u8)| (f64::from(a) - f64::from(b)).powi(2);
    let mean = a.pixels().iter().zip(b.pixels()).map(square).sum::<f64>() / a.pixels().len() as f64;
    10.0 * (255.0 * 255.0 / mean.max(1e-6)).log10()
}

/// Prepared from a part of the size, and from all of it.
fn both(bytes: &[u8], preparation: &Preparation) -> (Picture, Picture) {
    let wanted = |width, height| eighths(width, height, preparation);
    let (draft, _) = decode::open_reduced(bytes, preparation.channels, &LIMITS, &wanted).unwrap();
    let whole = decode::decode(bytes, preparation.channels, [0; 3], &LIMITS).unwrap();
    assert_eq!((draft.width, draft.height), (whole.width(), whole.height()));
    assert!(draft.picture.pixels().len() < whole.pixels().len());
    (prepare_draft(draft, preparation), prepare(whole, preparation))
}

#[test]
fn prepared_pictures_are_nearly_those_of_the_whole_file() {
    use SamplingFactor::{R_4_2_0, R_4_2_2, R_4_4_0, R_4_4_4};
    let sizes = [(512, 512, 32), (517, 389, 24), (300, 401, 28), (640, 360, 64), (331, 259, 64)];
    for (number, (width, height, side)) in sizes.into_iter().enumerate() {
        let scene = scene(width, height, number as u64);
        for sampling in [R_4_2_0, R_4_2_2, R_4_4_0, R_4_4_4] {
            let bytes = jpeg(&scene, 88, |encoder| encoder.set_sampling_factor(sampling));
            for crop in [Crop::Center, Crop::Fit, Crop::Random] {
                for channels in [Channels::Rgb, Channels::Grey] {
                    let preparation = Preparation { crop, ..Preparation::square(side, channels) };
                    let (quick, exact) = both(&bytes, &preparation);
                    let likeness = likeness(&quick, &exact);
                    assert!(likeness > 40.0, "{width}x{height} {side} {sampling:?} {crop}: {likeness:.1} dB");
                }
            }
        }
    }
}

#[test]
fn a_part_of_the_size_is_the_whole_shrunk() {
    let scene = scene(200, 136, 7);
    let whole = image::RgbImage::from_raw(200, 136, scene.pixels().to_vec()).unwrap();
    let bytes = jpeg(&scene, 95, |encoder| encoder.set_sampling_factor(SamplingFactor::R_4_4_4));
    for eighths in [1, 2, 4] {
        let reduced = at(&bytes, eighths).unwrap();
        let (width, height) = (25 * eighths as u32, 17 * eighths as u32);
        assert_eq!((reduced.image.width(), reduced.image.height()), (width, height));
        let shrunk = imageops::thumbnail(&whole, width, height);
        let picture = |image: &[u8]| Picture::new(width as usize, height as usize, 3, image.to_vec());
        let likeness = likeness(&picture(reduced.image.as_bytes()), &picture(&shrunk));
        assert!(likeness > 33.0, "{eighths} eighths: {likeness:.1} dB");
    }
    assert!(at(&bytes, 5).is_none());
}

#[test]
fn grey_restarts_and_own_tables_are_read() {
    let colour = scene(160, 120, 3);
    let grey = Picture::new(160, 120, 1, colour.pixels().chunks_exact(3).map(|pixel| pixel[1]).collect());
    let files = [
        jpeg(&colour, 85, |encoder| encoder.set_restart_interval(3)),
        jpeg(&grey, 85, |encoder| encoder.set_restart_interval(7)),
        jpeg(&grey, 85, |encoder| encoder.set_optimized_huffman_tables(true)),
    ];
    for bytes in files {
        let preparation = Preparation { crop: Crop::Fit, ..Preparation::square(20, Channels::Rgb) };
        let (quick, exact) = both(&bytes, &preparation);
        assert!(likeness(&quick, &exact) > 40.0);
    }
}

/// A mark of orientation, put behind the first two bytes.
fn turned(bytes: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    [&bytes[..2], &[0xff, 0xe1, 0, exif.len() as u8 + 2], &exif, &bytes[2..]].concat()
}

#[test]
fn all_orientations_end_upright_and_in_their_place() {
    // Sides that are no multiples of 8 leave a margin, which turns with the picture.
    let bytes = jpeg(&scene(299, 221, 5), 90, |_| ());
    for orientation in 1..=8 {
        let bytes = turned(&bytes, orientation);
        for crop in [Crop::Center, Crop::Fit] {
            let (quick, exact) =
                both(&bytes, &Preparation { crop, ..Preparation::square(13, Channels::Rgb) });
            let likeness = likeness(&quick, &exact);
            assert!(likeness > 38.0, "{orientation} {crop}: {likeness:.1} dB");
        }
    }
}

#[test]
fn equal_pixels_have_equal_digests_whatever_the_metadata() {
    let bytes = jpeg(&scene(64, 64, 1), 90, |_| ());
    let other = jpeg(&scene(64, 64, 2), 90, |_| ());
    let digest = |bytes: &[u8]| at(bytes, 1).unwrap().digest;
    assert_eq!(digest(&turned(&bytes, 1)), digest(&bytes));
    assert_ne!(digest(&turned(&bytes, 3)), digest(&bytes));
    assert_ne!(digest(&other), digest(&bytes));
}

#[test]
fn unusual_files_are_left_to_the_general_decoder() {
    let scene = scene(64, 64, 1);
    let progressive = jpeg(&scene, 90, |encoder| encoder.set_progressive(true));
    assert!(at(&progressive, 1).is_none());
    assert!(at(include_bytes!("../../../tests/fixtures/cmyk-adobe.jpg"), 1).is_none());
    let mut png = Vec::new();
    image::RgbImage::new(64, 64).write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
    for bytes in [&png[..], b"", b"\xff\xd8", b"\xff\xd8\xff\xda\0\0", b"\xff\xd8\xff\xc0\0\x02"] {
        assert!(at(bytes, 1).is_none());
    }
    let whole = jpeg(&scene, 90, |_| ());
    assert!(reduced(&whole, &Limits { pixels: 64 * 64 - 1, ..LIMITS }, &|_, _| 1).is_none());
    assert!((0..whole.len()).all(|length| at(&whole[..length], 1).is_none()));
}

#[test]
fn damaged_files_never_panic_and_pass_only_where_the_general_decoder_agrees() {
    let scene = scene(72, 56, 1);
    let grey = Picture::new(72, 56, 1, scene.pixels().chunks_exact(3).map(|pixel| pixel[0]).collect());
    let wholes = [
        jpeg(&scene, 60, |_| ()),
        jpeg(&scene, 90, |encoder| encoder.set_restart_interval(2)),
        jpeg(&grey, 80, |encoder| encoder.set_optimized_huffman_tables(true)),
    ];
    let (mut passed, mut wrong) = (0, Vec::new());
    for round in 0..6000 {
        let mut random = Random::new(8, "jpeg", round);
        let mut bytes = random.pick(&wholes).clone();
        for _ in 0..=random.below(4) {
            let reach = if random.chance(0.6) { bytes.len().min(640) } else { bytes.len() };
            let at = random.below(reach);
            let any = random.bits() as u8;
            bytes[at] = *random.pick(&[0, 1, 0x11, 0xff, any]);
        }
        if at(&bytes, 1 << random.below(3)).is_some() {
            passed += 1;
            if let Err(flaw) = decode::open(&bytes, &LIMITS) {
                wrong.push((round, flaw.why));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(passed > 500, "only {passed} passed");
}
