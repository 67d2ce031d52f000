//! Pictures that keep their transparency.

use image::{DynamicImage, GrayAlphaImage, ImageBuffer, ImageFormat, LumaA, Rgba, RgbaImage};
use impasto_data::{Channels, Crop, Kind, Limits, Picture, Preparation, check, decode, decode_straight};
use impasto_random::Random;

use crate::common::{Place, colours, encoded, png, square};

fn rgba(size: usize) -> Preparation {
    Preparation { channels: Channels::Rgba, ..square(size) }
}

/// The left half is there and blue, the right half is not, and hides a red.
fn half(width: u32, height: u32) -> Vec<u8> {
    let pixel = |x| if x < width / 2 { Rgba([0, 0, 200, 255]) } else { Rgba([255, 0, 0, 0]) };
    encoded(RgbaImage::from_fn(width, height, |x, _| pixel(x)), ImageFormat::Png)
}

fn decoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Picture {
    decode(&encoded(image, format), Channels::Rgba, [9; 3], &Limits::default()).unwrap()
}

#[test]
fn every_kind_of_transparency_is_kept_with_colours_multiplied_by_it() {
    let pixels = RgbaImage::from_fn(3, 1, |x, _| Rgba([200, 0, 100, [0, 51, 255][x as usize]]));
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        let picture = decoded(pixels.clone(), format);
        assert_eq!(picture.pixels(), [0, 0, 0, 0, 40, 0, 20, 51, 200, 0, 100, 255], "{format:?}");
    }
    let grey = decoded(
        DynamicImage::ImageLumaA8(GrayAlphaImage::from_pixel(1, 1, LumaA([100, 51]))),
        ImageFormat::Png,
    );
    assert_eq!(grey.pixels(), [20, 20, 20, 51]);
    let deep = ImageBuffer::from_pixel(1, 1, Rgba([65_535u16, 0, 257 * 100, 257 * 51]));
    assert_eq!(decoded(DynamicImage::ImageRgba16(deep), ImageFormat::Png).pixels(), [51, 0, 20, 51]);
}

#[test]
fn straight_pixels_are_those_of_the_file() {
    let pixels: Vec<u8> = (0..16 * 8 * 4).map(|at| (at * at * 13 + at * 5) as u8).collect();
    let image = RgbaImage::from_raw(16, 8, pixels.clone()).unwrap();
    let straight = |bytes: &[u8]| decode_straight(bytes, &Limits::default()).unwrap();
    let picture = straight(&encoded(image, ImageFormat::Png));
    assert_eq!(picture, Picture::new(16, 8, 4, pixels), "low bits and hidden colours too");
    let opaque = straight(&encoded(colours(5, 4, 1), ImageFormat::Png));
    assert_eq!(opaque, decoded(colours(5, 4, 1), ImageFormat::Png));
    assert!(decode_straight(b"no picture", &Limits::default()).is_err());
}

#[test]
fn pictures_without_transparency_are_opaque() {
    for format in [ImageFormat::Png, ImageFormat::Bmp] {
        let picture = decoded(colours(5, 4, 1), format);
        assert_eq!(picture.channels(), 4);
        assert!(picture.pixels().iter().skip(3).step_by(4).all(|&alpha| alpha == 255));
        assert_eq!(picture.pixel(3, 2)[..3], colours(5, 4, 1).get_pixel(3, 2).0);
    }
    let place = Place::new();
    place.write("large.jpg", &encoded(colours(400, 300, 1), ImageFormat::Jpeg));
    let batch = place.open(&rgba(16)).plain(&[0]).unwrap();
    assert!(batch.pixels[3 * 256..].iter().all(|&alpha| alpha == 255), "also where it is decoded smaller");
}

#[test]
fn hidden_colours_reach_no_batch_in_whatever_way_pictures_are_cut() {
    let place = Place::new();
    place.write("one.png", &half(60, 40));
    for crop in [Crop::Center, Crop::Fit, Crop::Random] {
        let set = place.open(&Preparation { crop, width: 24, height: 12, flip: true, ..rgba(1) });
        let batch = set.read(&[0; 8], &mut Random::new(1, "windows", 0)).unwrap();
        assert_eq!((batch.channels, batch.pixels.len()), (4, 8 * 4 * 24 * 12));
        for planes in batch.pixels.chunks_exact(4 * 24 * 12) {
            let [red, _, blue, alpha] =
                [0, 1, 2, 3].map(|channel| &planes[channel * 288..(channel + 1) * 288]);
            assert!(
                red.iter().all(|&red| red == 0) && blue.iter().zip(alpha).all(|(blue, alpha)| blue <= alpha)
            );
            assert!(alpha.contains(&0) && alpha.contains(&255), "{crop}");
        }
        let picture = set.plain(&[0]).unwrap().picture(0);
        let seen = |alpha: u8| picture.pixels().as_chunks().0.iter().find(|pixel| pixel[3] == alpha).copied();
        assert_eq!([seen(255), seen(0)], [Some([0, 0, 200, 255]), Some([0; 4])], "{crop}");
    }
}

#[test]
fn transparent_pictures_are_counted_and_a_set_without_any_is_told() {
    let place = Place::new();
    place.write("opaque.png", &png(8, 8, 1));
    place.write(
        "all there.png",
        &encoded(RgbaImage::from_pixel(8, 8, Rgba([1, 2, 3, 255])), ImageFormat::Png),
    );
    let report = || check(&place.root(), &Limits::default(), &mut ()).unwrap();
    assert_eq!(report().transparent, 0);
    let notes = |preparation: &Preparation| {
        let set = place.open(preparation);
        set.findings()
            .iter()
            .filter(|one| one.kind == Kind::Note)
            .map(|one| one.why.clone())
            .collect::<Vec<_>>()
    };
    for _ in ["built", "from the cache"] {
        let told = notes(&rgba(8));
        assert!(told.len() == 1 && told[0].contains("without alpha"), "{told:?}");
    }
    assert!(notes(&square(8)).is_empty());
    place.write("half.png", &half(8, 8));
    place.write(
        "half grey.png",
        &encoded(GrayAlphaImage::from_pixel(8, 8, LumaA([0, 128])), ImageFormat::Png),
    );
    assert_eq!(report().transparent, 2);
    assert!(notes(&rgba(8)).is_empty());
}

#[test]
fn black_on_nothing_is_not_taken_for_darkness() {
    let place = Place::new();
    place.write(
        "glyph.png",
        &encoded(
            RgbaImage::from_fn(8, 8, |x, _| Rgba([0, 0, 0, if x < 4 { 255 } else { 0 }])),
            ImageFormat::Png,
        ),
    );
    place.write("night.png", &encoded(RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 255])), ImageFormat::Png));
    let set = place.open(&rgba(8));
    let dark: Vec<&str> = set
        .findings()
        .iter()
        .filter(|one| one.kind == Kind::NearBlack)
        .map(|one| one.path.as_str())
        .collect();
    assert_eq!(dark, ["night.png"]);
}
