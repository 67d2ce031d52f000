//! Each format gives the pixels that were put into it.

use image::{
    Delay, DynamicImage, ExtendedColorType, Frame, GrayAlphaImage, GrayImage, ImageBuffer, ImageEncoder,
    ImageFormat, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage,
};
use impasto_data::{Channels, Kind, Limits, Picture, decode, glance, typical_size};

use crate::common::{Place, colours, encoded, rgb};

fn close(picture: &Picture, x: usize, y: usize, colour: [u8; 3]) {
    let pixel = picture.pixel(x, y);
    let off = pixel.iter().zip(colour).map(|(&a, b)| a.abs_diff(b)).max().unwrap();
    assert!(off <= 4, "{pixel:?} at {x}, {y} instead of {colour:?}");
}

#[test]
fn lossless_formats_give_the_same_bytes() {
    let image = colours(13, 7, 3);
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
        let picture = rgb(&encoded(image.clone(), format)).unwrap();
        assert_eq!((picture.width(), picture.height()), (13, 7));
        assert_eq!(picture.pixels(), image.as_raw().as_slice(), "{format:?}");
    }
}

#[test]
fn jpeg_comes_close() {
    let picture =
        rgb(&encoded(RgbImage::from_pixel(16, 16, Rgb([200, 100, 50])), ImageFormat::Jpeg)).unwrap();
    close(&picture, 8, 8, [200, 100, 50]);
    let grey = encoded(GrayImage::from_pixel(16, 16, Luma([77])), ImageFormat::Jpeg);
    close(&rgb(&grey).unwrap(), 8, 8, [77; 3]);
}

#[test]
fn sixteen_bits_become_eight() {
    let deep = ImageBuffer::from_fn(4, 4, |_, _| Rgb([0u16, 32_896, 65_535]));
    let picture = rgb(&encoded(DynamicImage::ImageRgb16(deep), ImageFormat::Png)).unwrap();
    assert_eq!(picture.pixel(2, 2), [0, 128, 255]);
    let grey = ImageBuffer::from_fn(4, 4, |_, _| Luma([257u16 * 91]));
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let picture = rgb(&encoded(DynamicImage::ImageLuma16(grey.clone()), format)).unwrap();
        assert_eq!(picture.pixel(1, 3), [91; 3]);
    }
}

#[test]
fn grey_stays_grey_and_colours_become_brightness() {
    let grey = |image: DynamicImage| {
        decode(&encoded(image, ImageFormat::Png), Channels::Grey, [0; 3], &Limits::default()).unwrap()
    };
    let picture = grey(GrayImage::from_pixel(3, 2, Luma([123])).into());
    assert_eq!(picture, Picture::filled(3, 2, &[123]));
    let green = grey(RgbImage::from_pixel(3, 2, Rgb([0, 255, 0])).into());
    assert_eq!(green, Picture::filled(3, 2, &[182]));
}

#[test]
fn transparency_shows_the_background() {
    let pixels = RgbaImage::from_fn(3, 1, |x, _| Rgba([200, 0, 0, [0, 128, 255][x as usize]]));
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        let bytes = encoded(pixels.clone(), format);
        let picture = decode(&bytes, Channels::Rgb, [0, 100, 255], &Limits::default()).unwrap();
        assert_eq!(picture.pixels(), [0, 100, 255, 100, 50, 127, 200, 0, 0], "{format:?}");
    }
    let grey = GrayAlphaImage::from_pixel(2, 2, LumaA([9, 0]));
    assert_eq!(
        rgb(&encoded(DynamicImage::ImageLumaA8(grey.clone()), ImageFormat::Png)).unwrap().pixel(0, 0),
        [255; 3]
    );
    let bytes = encoded(DynamicImage::ImageLumaA8(grey), ImageFormat::Png);
    let picture = decode(&bytes, Channels::Grey, [50; 3], &Limits::default()).unwrap();
    assert_eq!(picture.pixel(0, 0), [50]);
}

#[test]
fn palettes_are_looked_up() {
    // A PNG of 2x1 with one bit a pixel, a palette of two colours, the second of them transparent.
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut bytes, b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 1, 1, 3, 0, 0, 0]);
    chunk(&mut bytes, b"PLTE", &[10, 20, 30, 40, 50, 60]);
    chunk(&mut bytes, b"tRNS", &[255, 0]);
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut deflated, &[0, 0b0100_0000]).unwrap();
    chunk(&mut bytes, b"IDAT", &deflated.finish().unwrap());
    chunk(&mut bytes, b"IEND", &[]);
    assert_eq!(rgb(&bytes).unwrap().pixels(), [10, 20, 30, 255, 255, 255]);
}

fn chunk(to: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    to.extend((data.len() as u32).to_be_bytes());
    let from = to.len();
    to.extend(name);
    to.extend(data);
    let mut crc = flate2::Crc::new();
    crc.update(&to[from..]);
    to.extend(crc.sum().to_be_bytes());
}

#[test]
fn cmyk_of_another_program_comes_out_right() {
    // Red, blue, middle grey, black; written by Pillow, with Adobe's mark and inverted values.
    let picture = rgb(include_bytes!("../fixtures/cmyk-adobe.jpg")).unwrap();
    for ((x, y), colour) in
        [((8, 8), [255, 0, 0]), ((24, 8), [0, 0, 255]), ((8, 24), [127; 3]), ((24, 24), [0; 3])]
    {
        close(&picture, x, y, colour);
    }
}

#[test]
fn cmyk_and_ycck_come_out_right() {
    for ink in [jpeg_encoder::ColorType::Cmyk, jpeg_encoder::ColorType::CmykAsYcck] {
        let mut bytes = Vec::new();
        let pixels = [0u8, 255, 255, 128].repeat(256);
        jpeg_encoder::Encoder::new(&mut bytes, 95).encode(&pixels, 16, 16, ink).unwrap();
        close(&rgb(&bytes).unwrap(), 8, 8, [127, 0, 0]);
    }
}

/// 32x16: the upper left quarter is red, the rest is blue.
fn corner() -> RgbImage {
    RgbImage::from_fn(32, 16, |x, y| if x < 16 && y < 8 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
}

/// A block of EXIF that says nothing but the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    block
}

#[test]
fn all_eight_orientations_end_upright() {
    let plain = encoded(corner(), ImageFormat::Jpeg);
    // Where the red corner is, after turning: left or right, top or bottom.
    let expected = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (1, 0), (1, 1), (0, 1)];
    for (orientation, (right, bottom)) in (1..=8).zip(expected) {
        let block = [b"Exif\0\0".to_vec(), exif(orientation)].concat();
        let mut bytes = plain[..2].to_vec();
        bytes.extend([0xff, 0xe1]);
        bytes.extend((block.len() as u16 + 2).to_be_bytes());
        bytes.extend(block);
        bytes.extend(&plain[2..]);
        let picture = rgb(&bytes).unwrap();
        let turned = orientation >= 5;
        assert_eq!((picture.width(), picture.height()), if turned { (16, 32) } else { (32, 16) });
        let at = |far: usize, length: usize| if far == 1 { length - 2 } else { 1 };
        close(&picture, at(right, picture.width()), at(bottom, picture.height()), [254, 0, 0]);
        close(&picture, at(1 - right, picture.width()), at(bottom, picture.height()), [0, 0, 254]);
    }
}

#[test]
fn png_and_webp_may_be_turned_too() {
    let image = corner();
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif(6)).unwrap();
    encoder.write_image(&image, 32, 16, ExtendedColorType::Rgb8).unwrap();
    assert_eq!(rgb(&bytes).unwrap().width(), 16);
    // Headers alone say so as well.
    let place = Place::new();
    place.write("turned.png", &bytes);
    assert_eq!(typical_size(&place.root()).unwrap(), ((16, 32), false));
    assert_eq!(glance(&place.root(), &mut ()).unwrap().usual_size(), (16, 32));
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut bytes);
    encoder.set_exif_metadata(exif(6)).unwrap();
    encoder.write_image(&image, 32, 16, ExtendedColorType::Rgb8).unwrap();
    assert_eq!(rgb(&bytes).unwrap().width(), 16);
}

#[test]
fn of_an_animated_gif_the_first_frame_is_taken() {
    let frame = |colour: [u8; 4]| {
        Frame::from_parts(RgbaImage::from_pixel(8, 8, Rgba(colour)), 0, 0, Delay::from_numer_denom_ms(100, 1))
    };
    let mut bytes = Vec::new();
    image::codecs::gif::GifEncoder::new(&mut bytes)
        .encode_frames([frame([255, 0, 0, 255]), frame([0, 255, 0, 255])])
        .unwrap();
    assert_eq!(rgb(&bytes).unwrap(), Picture::filled(8, 8, &[255, 0, 0]));
}

#[test]
fn of_an_animated_webp_the_first_frame_is_taken() {
    let frame = |colour| {
        let still = encoded(RgbImage::from_pixel(8, 8, Rgb(colour)), ImageFormat::WebP);
        let inner = &still[12..];
        // Position 0, size 8x8 (each less one), 100 ms, no blending.
        riff_chunk(b"ANMF", &[&[0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 100, 0, 0, 2], inner].concat())
    };
    let body = [
        b"WEBP".to_vec(),
        riff_chunk(b"VP8X", &[2, 0, 0, 0, 7, 0, 0, 7, 0, 0]),
        riff_chunk(b"ANIM", &[0; 6]),
        frame([255, 0, 0]),
        frame([0, 255, 0]),
    ]
    .concat();
    assert_eq!(rgb(&riff_chunk(b"RIFF", &body)).unwrap(), Picture::filled(8, 8, &[255, 0, 0]));
}

fn riff_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = [name.as_slice(), &(data.len() as u32).to_le_bytes(), data].concat();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

#[test]
fn bombs_are_refused_by_their_header() {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60, 8, 2, 0, 0, 0]);
    chunk(&mut png, b"IDAT", &[0x78, 0x9c, 3, 0, 0, 0, 0, 1]);
    let mut gif = b"GIF89a\xff\xff\xff\xff\0\0\0".to_vec();
    gif.extend(b",\0\0\0\0\xff\xff\xff\xff\0\x02\x01\0\0;");
    for bytes in [png, gif] {
        let flaw = rgb(&bytes).unwrap_err();
        assert_eq!(flaw.kind, Kind::TooLarge, "{}", flaw.why);
    }
}

#[test]
fn the_limit_can_be_moved() {
    let bytes = encoded(colours(100, 100, 1), ImageFormat::Png);
    let limits = Limits { pixels: 9_999, ..Limits::default() };
    assert_eq!(decode(&bytes, Channels::Rgb, [0; 3], &limits).unwrap_err().kind, Kind::TooLarge);
    let limits = Limits { pixels: 10_000, ..Limits::default() };
    assert!(decode(&bytes, Channels::Rgb, [0; 3], &limits).is_ok());
}

#[test]
fn files_that_break_off_are_refused_wherever_they_do() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Bmp,
        ImageFormat::Gif,
        ImageFormat::Tiff,
    ] {
        let image: DynamicImage = colours(64, 64, 9).into();
        let image = if format == ImageFormat::Gif { image.into_rgba8().into() } else { image };
        let whole = encoded(image, format);
        assert!(rgb(&whole).is_ok(), "{format:?}");
        for percent in [1, 10, 30, 50, 70, 90] {
            let flaw = rgb(&whole[..whole.len() * percent / 100]);
            assert!(flaw.is_err(), "{format:?} at {percent} %");
        }
        let flaw = rgb(&whole[..whole.len() * 2 / 3]).unwrap_err();
        assert_eq!(flaw.kind, Kind::Truncated, "{format:?}: {}", flaw.why);
    }
}

#[test]
fn formats_that_are_not_supported_are_named() {
    for (bytes, name) in [
        (&b"\0\0\0\x20ftypavif\0\0\0\0"[..], "AVIF"),
        (b"\0\0\0\x20ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"8BPS\0\x01", "PSD"),
    ] {
        let flaw = rgb(bytes).unwrap_err();
        assert_eq!(flaw.kind, Kind::Unsupported);
        assert!(flaw.why.contains(name) && flaw.why.contains("convert it to PNG"), "{}", flaw.why);
    }
    assert_eq!(rgb(b"").unwrap_err().kind, Kind::Empty);
    assert_eq!(rgb(b"hello").unwrap_err().kind, Kind::Unreadable);
}
