//! Well-known formats, folders, and caches.

use std::io::{self, Read};

use flate2::Compression;
use flate2::write::GzEncoder;
use image::{ImageFormat, RgbImage};
use impasto_data::{Channels, Dataset, Limits, Options, Preparation, check};

use crate::measure::Bench;

fn idx(count: u32, width: u32, height: u32) -> Vec<u8> {
    [0x0803, count, height, width].map(u32::to_be_bytes).concat()
}

fn sheet(rows: u32) -> Vec<u8> {
    let mut bytes = io::Cursor::new(Vec::new());
    RgbImage::new(1024, rows).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn an_idx_file_that_tells_of_billions_of_pictures() {
    let bench = Bench::new();
    for side in [1, 4096] {
        let path = bench.write("x-images-idx3-ubyte", &idx(u32::MAX, side, side));
        let checked = bench.measure(0, || check(&path, &Limits::default(), &mut ()));
        assert!(checked.unwrap_err().to_string().contains("far more than fit"));
    }
    let path = bench.write("x-images-idx3-ubyte", &idx(50_000, 4096, 4096));
    assert_eq!(bench.check(&path).bad.len(), 1);
}

#[test]
fn a_packed_idx_file_of_nothing_but_zeros() {
    let bench = Bench::new();
    let path = bench.path("x-images-idx3-ubyte.gz");
    let mut encoder = GzEncoder::new(std::fs::File::create(&path).unwrap(), Compression::fast());
    let head = idx(90_000_000, 1, 1);
    io::copy(&mut head.as_slice().chain(io::repeat(0).take(90_000_000)), &mut encoder).unwrap();
    encoder.finish().unwrap();
    let checked = bench.measure(0, || check(&path, &Limits::default(), &mut ()));
    assert!(checked.unwrap_err().to_string().contains("far more than fit"));
}

#[test]
fn a_sheet_of_gigabytes_with_nothing_in_it() {
    let bench = Bench::new();
    let head = &sheet(4)[..64];
    bench.write("data_batch_1_labels.json", b"[1, 2, 3, 4]");
    bench.write_sparse("data_batch_1.png", head, 4 << 30);
    let folder = bench.path("");
    let report = bench.check(&folder);
    assert!(report.bad[0].why.contains("larger than 512 MB"), "{:?}", report.bad);
}

#[test]
fn thousands_of_sheets_that_share_a_list() {
    let bench = Bench::new();
    let (count, bytes) = (5000, sheet(2));
    (0..count).for_each(|number| drop(bench.write(&format!("data_batch_{number:04}.png"), &bytes)));
    let labels = vec![7; 2 * count];
    bench.write("train_lables.json", serde_json::to_string(&labels).unwrap().as_bytes());
    let folder = bench.path("");
    let report =
        bench.measure((count * bytes.len()) as u64, || check(&folder, &Limits::default(), &mut ()).unwrap());
    assert_eq!((report.pictures, report.bad.len(), report.notes.len()), (2 * count, 0, 0));
}

#[cfg(unix)]
#[test]
fn a_folder_of_links_that_lead_in_circles() {
    let bench = Bench::new();
    let picture = sheet(1);
    for folder in 0..30 {
        bench.write(&format!("{folder}/a.png"), &picture);
        for other in 0..30 {
            let link = bench.path(&format!("{folder}/to-{other}"));
            std::os::unix::fs::symlink(format!("../{other}"), link).unwrap();
        }
        std::os::unix::fs::symlink(".", bench.path(&format!("{folder}/self"))).unwrap();
        std::os::unix::fs::symlink("endless", bench.path(&format!("{folder}/endless"))).unwrap();
    }
    assert_eq!(bench.check(&bench.path("")).pictures, 30);
}

#[test]
fn a_cache_that_says_that_it_is_enormous() {
    let bench = Bench::new();
    bench.write("a.png", &sheet(64));
    let (folder, cache) = (bench.path(""), bench.path("../cache"));
    let options = Options { limits: Limits::default(), cache: Some(cache.clone()) };
    let preparation = Preparation::square(16, Channels::Rgb);
    let open = || Dataset::open_with(&folder, &preparation, &options, &mut ()).unwrap();
    assert_eq!(open().len(), 1);
    let file = std::fs::read_dir(cache.join("prepared")).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    let tail = whole.len() - 64;
    for (pixels, index) in [(0u64, 1u64 << 40), (1 << 40, 8), (u64::MAX, u64::MAX), (0, u64::MAX - 64)] {
        let mut lie = whole.clone();
        lie[tail + 16..tail + 24].copy_from_slice(&pixels.to_le_bytes());
        lie[tail + 24..tail + 32].copy_from_slice(&index.to_le_bytes());
        std::fs::write(&file, &lie).unwrap();
        assert_eq!(bench.measure(0, open).len(), 1);
    }
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(1 << 42).unwrap();
    assert_eq!(bench.measure(0, open).len(), 1);
}
