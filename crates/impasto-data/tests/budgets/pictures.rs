//! Single files that say that they are pictures.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use impasto_data::{Channels, Kind, Limits, check, decode, frames};

use crate::measure::{BUDGET, Bench};

/// Decodes these bytes as a picture, as an animation, and as a file of a set; what comes of it as a picture.
fn survived(ending: &str, bytes: &[u8]) -> Result<(), Kind> {
    let bench = Bench::new();
    let (input, limits) = (bytes.len() as u64, Limits::default());
    let animation = bench.measure(input, || frames(bytes, Channels::Rgb, [255; 3], &limits));
    drop(animation);
    let path = bench.write(&format!("a.{ending}"), bytes);
    let report = bench.check_of(input, path.parent().unwrap());
    assert_eq!(report.pictures + report.bad.len(), 1);
    bench.measure(input, || impasto_data::glance(path.parent().unwrap(), &mut ())).ok();
    bench
        .measure(input, || decode(bytes, Channels::Rgb, [255; 3], &limits))
        .map(drop)
        .map_err(|flaw| flaw.kind)
}

fn gif(screen: [u16; 2], frames: usize, size: [u16; 2]) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend(screen.iter().flat_map(|side| side.to_le_bytes()));
    bytes.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    for _ in 0..frames {
        bytes.extend([0x2c, 0, 0, 0, 0]);
        bytes.extend(size.iter().flat_map(|side| side.to_le_bytes()));
        bytes.extend([0, 2, 2, 0x4c, 1, 0]);
    }
    bytes.push(0x3b);
    bytes
}

#[test]
fn a_gif_whose_frames_are_larger_than_its_screen() {
    for frames in [1, 2, 100] {
        assert_eq!(survived("gif", &gif([1, 1], frames, [65535, 65535])), Err(Kind::Unreadable));
    }
}

#[test]
fn a_gif_of_very_many_frames() {
    let bytes = gif([2000, 2000], 100_000, [1, 1]);
    let bench = Bench::new();
    let limits = Limits::default();
    let read = bench.measure(bytes.len() as u64, || frames(&bytes, Channels::Rgb, [255; 3], &limits));
    assert_eq!(read.unwrap_err().kind, Kind::TooLarge);
}

fn zlib(byte: u8, count: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let block = vec![byte; 1 << 16];
    for _ in 0..count >> 16 {
        encoder.write_all(&block).unwrap();
    }
    encoder.write_all(&block[..count & 0xffff]).unwrap();
    encoder.finish().unwrap()
}

/// A grey PNG; other chunks stand before its pixels.
fn png(width: u32, height: u32, between: &[(&[u8; 4], Vec<u8>)], pixels: &[u8]) -> Vec<u8> {
    let mut bytes = begun(width, height);
    between.iter().for_each(|(name, content)| chunk(&mut bytes, name, content));
    chunk(&mut bytes, b"IDAT", pixels);
    chunk(&mut bytes, b"IEND", &[]);
    bytes
}

fn begun(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let head = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    chunk(&mut bytes, b"IHDR", &head);
    bytes
}

fn chunk(bytes: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    let mut sum = flate2::Crc::new();
    [name.as_slice(), content].iter().for_each(|part| sum.update(part));
    bytes.extend((content.len() as u32).to_be_bytes());
    bytes.extend(name);
    bytes.extend(content);
    bytes.extend(sum.sum().to_be_bytes());
}

#[test]
fn a_png_with_profiles_and_remarks_that_unpack_to_gigabytes() {
    let packed = zlib(b'a', 600 << 20);
    let profile = [b"icc\0\0", packed.as_slice()].concat();
    let remark = [b"XML:com.adobe.xmp\0\x01\0\0\0", packed.as_slice()].concat();
    let latin = [b"Comment\0\0", packed.as_slice()].concat();
    let bombs = [(b"iCCP", profile), (b"iTXt", remark), (b"zTXt", latin)];
    let _ = survived("png", &png(8, 8, &bombs, &zlib(0, 9 * 8)));
    let many = vec![(b"tEXt", b"a\0".to_vec()); 200_000];
    assert_eq!(survived("png", &png(8, 8, &many, &zlib(0, 9 * 8))), Err(Kind::Unreadable));
}

#[test]
fn an_animated_png_of_more_frames_than_fit() {
    let mut bytes = begun(2000, 2000);
    chunk(&mut bytes, b"acTL", &[20_000u32.to_be_bytes(), [0; 4]].concat());
    let pixel = zlib(0, 2);
    for number in 0..20_000u32 {
        let first = number == 0;
        let [width, height] = if first { [2000; 2] } else { [1; 2] };
        let sequence = (2 * number).saturating_sub(1);
        let control = [sequence, width, height, 0, 0].map(u32::to_be_bytes).concat();
        chunk(&mut bytes, b"fcTL", &[control.as_slice(), &[0, 1, 0, 1, 0, 0]].concat());
        match first {
            true => chunk(&mut bytes, b"IDAT", &zlib(0, 2001 * 2000)),
            false => chunk(&mut bytes, b"fdAT", &[(sequence + 1).to_be_bytes().as_slice(), &pixel].concat()),
        }
    }
    chunk(&mut bytes, b"IEND", &[]);
    let bench = Bench::new();
    let limits = Limits::default();
    let read = bench.measure(bytes.len() as u64, || frames(&bytes, Channels::Rgb, [255; 3], &limits));
    assert_eq!(read.unwrap_err().kind, Kind::TooLarge);
}

/// A TIFF of 8x8 grey pixels, with other entries in its table: tag, kind, count, value.
fn tiff(entries: &[[u32; 4]]) -> Vec<u8> {
    let mut all: Vec<[u32; 4]> = [[256, 8], [257, 8], [258, 8], [259, 1], [262, 1], [277, 1]]
        .map(|[tag, value]| [tag, 3, 1, value])
        .into_iter()
        .filter(|[tag, ..]| entries.iter().all(|other| other[0] != *tag))
        .chain(entries.iter().copied())
        .collect();
    all.sort_unstable();
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((all.len() as u16).to_le_bytes());
    for [tag, kind, count, value] in all {
        bytes.extend((tag as u16).to_le_bytes());
        bytes.extend((kind as u16).to_le_bytes());
        bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    bytes.extend([0; 512]);
    bytes
}

#[test]
fn a_tiff_with_absurd_tiles_strips_and_tables() {
    let tiles = [[322, 4, 1, 65535], [323, 4, 1, 65535], [324, 4, 1, 8], [325, 4, 1, 64]];
    let strips = |count| [[273, 4, count, 8], [278, 3, 1, 8], [279, 4, count, 8]];
    let huge_values = [[34675, 1, u32::MAX, 8], [273, 4, 1, 8], [279, 4, 1, 64]];
    let own_end = [[273, 4, 1, 8], [278, 4, 1, u32::MAX], [279, 4, 1, u32::MAX]];
    for entries in [tiles.as_slice(), &strips(u32::MAX), &strips(1 << 24), &huge_values, &own_end] {
        assert!(survived("tiff", &tiff(entries)).is_err(), "{entries:?}");
    }
    let sides = [[256, 4, 1, u32::MAX], [257, 4, 1, u32::MAX], [273, 4, 1, 8], [279, 4, 1, 64]];
    assert!(survived("tiff", &tiff(&sides)).is_err());
}

#[test]
fn a_bmp_that_says_that_it_is_enormous() {
    for (bits, packing) in [(8u16, 1u32), (24, 0), (4, 2)] {
        let mut bytes = b"BM".to_vec();
        bytes.extend([1000u32, 0, 54, 40, 65535, 65535].map(u32::to_le_bytes).concat());
        bytes.extend([1, bits].map(u16::to_le_bytes).concat());
        bytes.extend([packing, 0, 0, 0, u32::MAX, 0].map(u32::to_le_bytes).concat());
        bytes.resize(2000, 0);
        assert!(survived("bmp", &bytes).is_err(), "{bits}");
    }
}

fn webp(chunks: &[(&[u8; 4], u32, &[u8])]) -> Vec<u8> {
    let mut bytes = b"RIFF\x10\0\0\0WEBP".to_vec();
    for (name, length, content) in chunks {
        bytes.extend(*name);
        bytes.extend(length.to_le_bytes());
        bytes.extend(*content);
    }
    bytes
}

#[test]
fn a_webp_with_metadata_and_frames_that_can_not_be() {
    let canvas: (&[u8; 4], u32, &[u8]) = (b"VP8X", 10, &[8, 0, 0, 0, 9, 0, 0, 9, 0, 0]);
    let pixels: (&[u8; 4], u32, &[u8]) = (b"VP8L", 6, &[0x2f, 9, 0x40, 2, 0, 0]);
    let metadata = webp(&[canvas, pixels, (b"EXIF", 0xffff_fff0, &[])]);
    assert_eq!(survived("webp", &metadata), Err(Kind::Unreadable));
    let huge: &[u8] = &[0x10, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f, 0, 0, 0, 0];
    let plain: (&[u8; 4], u32, &[u8]) = (b"VP8X", 10, &[0, 0, 0, 0, 9, 0, 0, 9, 0, 0]);
    assert_eq!(survived("webp", &webp(&[plain, (b"VP8 ", 14, huge)])), Err(Kind::Unreadable));
}

fn jpeg(sides: [u16; 2], segments: &[u8]) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xdb\x00\x43\x00".to_vec();
    bytes.extend([1; 64]);
    bytes.extend(b"\xff\xc4\x00\x14\x00\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x00");
    bytes.extend(b"\xff\xc4\x00\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x00");
    bytes.extend(b"\xff\xc2\x00\x0b\x08");
    bytes.extend(sides.map(u16::to_be_bytes).concat());
    bytes.extend(b"\x01\x01\x11\x00");
    bytes.extend(segments);
    bytes.extend(b"\xff\xd9");
    bytes
}

#[test]
fn a_jpeg_of_thousands_of_scans_or_tables_or_the_largest_sides() {
    let scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00\x00";
    assert_eq!(survived("jpg", &jpeg([10_000, 10_000], &scan.repeat(5000))), Err(Kind::Unreadable));
    assert!(survived("jpg", &jpeg([64, 64], &scan.repeat(5000))).is_err());
    let table = b"\xff\xc4\x00\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x00";
    assert_eq!(survived("jpg", &jpeg([64, 64], &table.repeat(100_000))), Err(Kind::Unreadable));
    assert!(survived("jpg", &jpeg([65535, 65535], scan)).is_err());
}

#[test]
fn files_with_nothing_in_them_and_the_name_of_a_picture() {
    let bench = Bench::new();
    for (name, head, length) in [
        ("a.png", &b""[..], 4u64 << 30),
        ("b.png", b"", 400 << 20),
        ("c.jpg", b"\xff\xd8\xff\xe0", 400 << 20),
        ("d.gif", b"GIF89a\x08\0\x08\0", 100 << 30),
    ] {
        bench.write_sparse(name, head, length);
    }
    let folder = bench.path("");
    let report = bench.measure(0, || check(&folder, &Limits::default(), &mut ()).unwrap());
    assert_eq!((report.pictures, report.bad.len()), (0, 4));
    // The screen of the last one is all that is looked at.
    assert_eq!(bench.measure(0, || impasto_data::glance(&folder, &mut ())).unwrap().pictures, 1);
}

#[test]
fn eight_pictures_of_a_hundred_megapixels_wait_for_each_other() {
    let bench = Bench::new();
    let bytes = png(10_000, 10_000, &[], &zlib(0, 10_001 * 10_000));
    assert!(bytes.len() < 1 << 20);
    (0..8).for_each(|number| drop(bench.write(&format!("{number}.png"), &bytes)));
    let threads = rayon::ThreadPoolBuilder::new().num_threads(8).build().unwrap();
    let folder = bench.path("");
    let work = || threads.install(|| check(&folder, &Limits::default(), &mut ()).unwrap());
    let (report, peak) = bench.peak(work);
    assert_eq!(report.pictures, 8);
    assert!(peak < BUDGET, "{peak} bytes of memory; {BUDGET} may be used");
}
