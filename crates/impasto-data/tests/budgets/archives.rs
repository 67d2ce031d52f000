//! Archives, for `data check` and for `data get --from`.

use std::fs::File;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use impasto_data::get::{Consent, get};
use impasto_data::{Limits, check};
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;

use crate::measure::Bench;

fn header(kind: EntryType, name: &str, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_path(name).unwrap();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    header
}

fn gzip(path: &Path, mut content: impl Read) {
    let mut encoder = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    io::copy(&mut content, &mut encoder).unwrap();
    encoder.finish().unwrap();
}

#[test]
fn names_of_gigabytes_in_a_tar() {
    for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader] {
        let bench = Bench::new();
        let path = bench.path("a.tar.gz");
        let name = io::repeat(b'a').take(400 << 20);
        let file = header(EntryType::Regular, "a.png", 0);
        gzip(&path, header(kind, "long", 400 << 20).as_bytes().chain(name).chain(file.as_bytes().as_slice()));
        let report = bench.check(&path);
        assert!(report.bad[0].why.contains("absurdly long"), "{:?}", report.bad);
        let length = path.metadata().unwrap().len();
        let out = bench.path("out");
        let fetched = bench.measure(length, || get("mnist", &out, Some(&path), Consent::Unpack, &mut ()));
        assert!(fetched.unwrap_err().to_string().contains("absurdly long"));
    }
}

#[test]
fn a_tar_of_millions_of_empty_files() {
    let bench = Bench::new();
    let path = bench.path("a.tgz");
    let file = header(EntryType::Regular, "a.png", 0);
    let mut encoder = GzEncoder::new(File::create(&path).unwrap(), Compression::fast());
    let thousand = file.as_bytes().repeat(1000);
    (0..1000).for_each(|_| encoder.write_all(&thousand).unwrap());
    encoder.finish().unwrap();
    let report = bench.check(&path);
    assert!(report.bad.last().unwrap().why.contains("absurdly many files"));
}

#[test]
fn a_tar_that_unpacks_to_far_more_than_its_size() {
    let bench = Bench::new();
    let path = bench.path("a.tgz");
    // Packed pieces may stand one behind the other.
    let packed = |content: &mut dyn Read| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        io::copy(content, &mut encoder).unwrap();
        encoder.finish().unwrap()
    };
    let (pieces, size) = (48, 64 << 20);
    let file = header(EntryType::Regular, "a.txt", pieces * size);
    let mut bytes = packed(&mut file.as_bytes().as_slice());
    bytes.extend(packed(&mut io::repeat(0).take(size)).repeat(pieces as usize));
    std::fs::write(&path, bytes).unwrap();
    let report = bench.check(&path);
    assert!(report.bad[0].why.contains("more than 250 times its size"), "{:?}", report.bad);
}

fn zip(files: impl Iterator<Item = String>, content: impl Fn() -> Box<dyn Read>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in files {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        io::copy(&mut content(), &mut writer).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_zip_of_very_many_tiny_files() {
    let bench = Bench::new();
    let bytes = zip((0..65_535).map(|number| format!("{number:05}.png")), || Box::new(io::empty()));
    let report = bench.check(&bench.write("a.zip", &bytes));
    assert_eq!((report.pictures, report.bad.len()), (0, 65_535));
}

#[test]
fn a_zip_with_a_file_of_gigabytes() {
    let bench = Bench::new();
    let bytes = zip(["a.png".to_owned()].into_iter(), || Box::new(io::repeat(0).take(2 << 30)));
    let report = bench.check(&bench.write("a.zip", &bytes));
    assert_eq!(report.bad.len(), 1);
}

#[test]
fn a_zip_whose_files_are_one_and_the_same() {
    let bench = Bench::new();
    let count = 60_000;
    let one = zip(["00000.png".to_owned()].into_iter(), || Box::new(io::repeat(0).take(100 << 20)));
    let list = one.windows(4).rposition(|mark| mark == b"PK\x01\x02").unwrap();
    let end = one.windows(4).rposition(|mark| mark == b"PK\x05\x06").unwrap();
    let (entry, mut tail) = (&one[list..end], one[end..].to_vec());
    let mut bytes = one[..list].to_vec();
    for number in 0..count {
        let mut entry = entry.to_vec();
        entry[46..51].copy_from_slice(format!("{number:05}").as_bytes());
        bytes.extend(entry);
    }
    let length = (bytes.len() - list) as u32;
    tail[8..10].copy_from_slice(&(count as u16).to_le_bytes());
    tail[10..12].copy_from_slice(&(count as u16).to_le_bytes());
    tail[12..16].copy_from_slice(&length.to_le_bytes());
    bytes.extend(tail);
    let path = bench.write("a.zip", &bytes);
    let checked = bench.measure(bytes.len() as u64, || check(&path, &Limits::default(), &mut ()));
    assert!(checked.unwrap_err().to_string().contains("overlap"));
}
