use super::*;

fn refused(bytes: &[u8], format: ImageFormat) -> String {
    check(bytes, format, &Limits::default()).unwrap_err().why
}

fn gif(screen: [u16; 2], frames: &[[u16; 2]]) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend(screen.iter().flat_map(|side| side.to_le_bytes()));
    bytes.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x21, 0xf9, 4, 0, 5, 0, 0, 0]);
    for size in frames {
        bytes.extend([0x2c, 0, 0, 0, 0]);
        bytes.extend(size.iter().flat_map(|side| side.to_le_bytes()));
        bytes.extend([0, 2, 1, 0x44, 0]);
    }
    bytes.push(0x3b);
    bytes
}

#[test]
fn a_frame_larger_than_its_screen_is_refused() {
    let why = refused(&gif([10, 10], &[[10, 10], [65535, 65535]]), ImageFormat::Gif);
    assert!(why.contains("65535x65535") && why.contains("10x10"), "{why}");
    check(&gif([10, 10], &[[12, 11]]), ImageFormat::Gif, &Limits::default()).unwrap();
}

#[test]
fn frames_are_counted_with_the_pixels_of_their_screen() {
    let frames = frames(&gif([100, 50], &[[1, 1], [200, 50]]), ImageFormat::Gif);
    assert_eq!(frames, Frames { count: 2, pixels: 15_000 });
}

#[test]
fn what_breaks_off_is_left_to_the_decoder() {
    let whole = gif([9, 9], &[[9, 9]]);
    for format in
        [ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Png, ImageFormat::Jpeg]
    {
        for length in 0..whole.len() {
            let _ = check(&whole[..length], format, &Limits::default());
        }
    }
    assert!(check(b"RIFF", ImageFormat::WebP, &Limits::default()).is_ok());
}

fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
    for (name, content) in chunks {
        bytes.extend(*name);
        bytes.extend((content.len() as u32).to_le_bytes());
        bytes.extend(*content);
    }
    bytes
}

const CANVAS: (&[u8; 4], &[u8]) = (b"VP8X", &[0, 0, 0, 0, 9, 0, 0, 9, 0, 0]);
const FRAME_OF_16383: (&[u8; 4], &[u8]) = (b"VP8 ", &[0, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f]);

#[test]
fn frames_beyond_a_canvas_are_refused() {
    let why = refused(&webp(&[CANVAS, FRAME_OF_16383]), ImageFormat::WebP);
    assert!(why.contains("16383x16383") && why.contains("10x10"), "{why}");
    let mut animated = vec![0; 16];
    animated.extend(&webp(&[FRAME_OF_16383])[12..]);
    let why = refused(&webp(&[CANVAS, (b"ANMF", &animated)]), ImageFormat::WebP);
    assert!(why.contains("16383x16383"), "{why}");
}

#[test]
fn metadata_that_is_not_there_is_refused() {
    let mut bytes = webp(&[CANVAS]);
    bytes.extend(b"EXIF\xf0\xff\xff\xff");
    assert!(refused(&bytes, ImageFormat::WebP).contains("4294967280 bytes"));
    let mut bytes = webp(&[CANVAS]);
    bytes.extend(b"whatever follows");
    check(&bytes, ImageFormat::WebP, &Limits::default()).unwrap();
    let mut bytes = b"II*\0\x08\0\0\0\x01\0\x73\x87\x01\0".to_vec();
    bytes.extend([0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0]);
    assert!(refused(&bytes, ImageFormat::Tiff).contains("268435455 values"));
}

#[test]
fn thousands_of_scans_over_a_large_picture_are_refused() {
    let of = |scans: usize| {
        let mut bytes = b"\xff\xd8\xff\xc2\x00\x0b\x08\x27\x10\x27\x10\x01\x01\x11\x00".to_vec();
        bytes.extend(b"\xff\xda\x00\x08\x01\x01\x00\x01\x00\x10\x00".repeat(scans));
        bytes.extend(b"\xff\xd9");
        bytes
    };
    assert!(refused(&of(50), ImageFormat::Jpeg).contains("50 scans over 100 megapixels"));
    check(&of(10), ImageFormat::Jpeg, &Limits::default()).unwrap();
}

#[test]
fn what_follows_a_picture_is_not_taken_for_its_scans() {
    let mut bytes = b"\xff\xd8\xff\xc2\x00\x0b\x08\x27\x10\x27\x10\x01\x01\x11\x00".to_vec();
    let scan = b"\xff\xda\x00\x08\x01\x01\x00\x01\x00\x10\x00";
    bytes.extend([scan.as_slice(), b"\xff\xd9", &scan.repeat(500)].concat());
    check(&bytes, ImageFormat::Jpeg, &Limits::default()).unwrap();
}

#[test]
fn a_small_picture_may_have_a_tile_of_the_usual_size() {
    let tiff = |side: u32| {
        let mut bytes = b"II*\0\x08\0\0\0\x04\0".to_vec();
        for (tag, value) in [(256u16, 64), (257, 64), (322, side), (323, side)] {
            bytes.extend(tag.to_le_bytes());
            bytes.extend([4, 0, 1, 0, 0, 0]);
            bytes.extend(value.to_le_bytes());
        }
        bytes
    };
    check(&tiff(4096), ImageFormat::Tiff, &Limits::default()).unwrap();
    assert!(refused(&tiff(65535), ImageFormat::Tiff).contains("65535x65535"));
}
