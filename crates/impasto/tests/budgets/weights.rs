//! Files for `weights add`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use impasto::weights::Weights;
use tempfile::TempDir;
use zip::CompressionMethod::{Deflated, Stored};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::measure::measure;
use crate::pieces::*;

/// At most so many bytes at once for each byte of the file, the file itself among them,
const TIMES: usize = 64;
/// and these, for whatever else the call does.
const FREE: usize = 4 << 20;
const MOST: usize = 1 << 30;
const SECONDS: f64 = 10.0;

/// Adds the file that is written, which must be refused with this said and within the budget.
fn refused(says: &str, write: impl FnOnce(&Path)) {
    let prepare = || {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("bomb.pt");
        write(&file);
        (place, file)
    };
    let add = |(place, file): &(TempDir, PathBuf)| {
        let error = Weights::at(place.path().join("weights")).add("lpips-alexnet", file, false).unwrap_err();
        (error.to_string(), fs::metadata(file).unwrap().len() as usize)
    };
    let ((said, length), used) = measure(prepare, add);
    println!("{length} bytes, {used:?}: {said}");
    assert!(said.contains(says), "{said}");
    let most = MOST.min(TIMES * length + FREE);
    assert!(used.peak_bytes <= most && used.seconds <= SECONDS, "{used:?} for {length} bytes: {said}");
}

fn refused_bytes(says: &str, bytes: impl FnOnce() -> Vec<u8>) {
    refused(says, |file| fs::write(file, bytes()).unwrap());
}

const NO_TENSOR: &str = "there is no tensor in it at all";
const ONE_TENSOR: &str = "there are 1 tensors";

#[test]
fn deep_pickles() {
    let tower = |levels: usize| [b"]".repeat(levels), b"a".repeat(levels - 1)].concat();
    refused_bytes("more things", || pickle(&[&tower(1_000_000)]));
    // As much beside it as would pay for more.
    let beside = [&text(&"a".repeat(4 << 20))[..], b"0"].concat();
    refused_bytes("deeper", || pickle(&[&beside, &tower(900_000)]));
    refused_bytes("deeper", || pickle(&[b"]\x94h\x00a"]));
}

#[test]
fn long_pickles() {
    refused_bytes("more steps", || pickle(&[&b"N0".repeat(10_000_000)]));
    refused_bytes("more steps", || pickle(&[&b"(".repeat(20_000_000)]));
    refused_bytes(NO_TENSOR, || pickle(&[b"N", &b"\x94".repeat(1_500_000)]));
    refused_bytes("more things", || pickle(&[&b"}".repeat(1_500_000)]));
    // After much lay on the stack at once, small things take no more than they need.
    let (high, small) = ([b"(", &b"N".repeat(200_000)[..], b"1"].concat(), b"(Nt0".repeat(100_000));
    refused_bytes(NO_TENSOR, || pickle(&[&high, &small, b"N"]));
}

#[test]
fn a_long_text_that_is_used_again_and_again() {
    let long = || [text(&"ä".repeat(10 << 20)), remember(0)].concat();
    let key = [recall(0), b"N".to_vec()].concat();
    refused_bytes("more steps", || pickle(&[&long(), b"0", &dict(&key.repeat(1_000_000))]));
    refused_bytes(NO_TENSOR, || pickle(&[&long(), b"0", &dict(&key.repeat(300_000))]));
    let call = [&b"c_codecs\nencode\n"[..], &recall(0), &text("latin1"), b"\x86R0"].concat();
    refused_bytes(NO_TENSOR, || pickle(&[&long(), &call.repeat(50_000)]));
    // Each is as long as its shape says, so all of them together are too much.
    let letters = || [text(&"a".repeat(1 << 20)), remember(0), b"0".to_vec()].concat();
    let latin = [&b"c_codecs\nencode\n"[..], &recall(0), &text("latin1"), b"\x86R"].concat();
    let arrays =
        || -> Vec<u8> { (0..1000).flat_map(|key| [int(key), array(&[1 << 20], &latin)].concat()).collect() };
    refused_bytes("more values", || pickle(&[&letters(), &dict(&arrays())]));
}

#[test]
fn names_that_grow_on_their_way() {
    let key = |letter: &str| text(&letter.repeat(255));
    let level = |below: u32| {
        let pairs = ["a", "b"].map(|letter| [key(letter), recall(below)].concat()).concat();
        [dict(&pairs), remember(below + 1), b"0".to_vec()].concat()
    };
    let leaf = [array(&[0], b"C\x00"), remember(0), b"0".to_vec()].concat();
    let levels: Vec<u8> = (0..17).flat_map(level).collect();
    refused_bytes("more names", || pickle(&[&leaf, &levels, &recall(17)]));
    let beside = || [&text(&"a".repeat(4 << 20))[..], b"0"].concat();
    refused_bytes("more names", || pickle(&[&beside(), &leaf, &levels, &recall(17)]));
    // Many lists of the same.
    let list = |below: u32| [b"](", &recall(below).repeat(8)[..], b"e", &remember(below + 1), b"0"].concat();
    let lists: Vec<u8> = (1..25).flat_map(list).collect();
    refused_bytes("more steps", || pickle(&[b"N", &remember(1), &lists, &recall(25)]));
    // The longest names of classes, each time as two texts.
    let class = [text("__torch__"), remember(0), text(&"a".repeat(256)), remember(1)].concat();
    let calls = [&recall(0)[..], &recall(1), b"\x930"].concat().repeat(300_000);
    refused_bytes(NO_TENSOR, || pickle(&[&class, &calls, b"N"]));
}

#[test]
fn bytes_that_become_numbers() {
    const COUNT: usize = 8 << 20;
    let one = || [text("w"), tensor("Byte", "0", COUNT, &[COUNT], &[1])].concat();
    refused_bytes(ONE_TENSOR, || torch(&dict(&one()), &vec![1; COUNT]));
    let many = || -> Vec<u8> {
        (0..100).flat_map(|key| [int(key), tensor("Char", "0", COUNT, &[COUNT], &[1])].concat()).collect()
    };
    refused_bytes("more values", || torch(&dict(&many()), &vec![1; COUNT]));
    let header = r#"{"w":{"dtype":"U8","shape":[8388608],"data_offsets":[0,8388608]}}"#;
    refused_bytes(ONE_TENSOR, || safetensors(header, COUNT));
    // The same key in the dictionary, and the same name in the end.
    refused_bytes(ONE_TENSOR, || torch(&dict(&one().repeat(5000)), &vec![1; COUNT]));
}

#[test]
fn views_that_stand_still() {
    for shape in [&[1 << 30][..], &[1 << 15, 1 << 15], &[255; 8]] {
        let tensor = tensor("Float", "0", 1, shape, &vec![0; shape.len()]);
        refused_bytes("more values", || torch(&dict(&[text("w"), tensor].concat()), &[0; 4]));
    }
    // Allowed, and still quick where nothing lies as it is wanted.
    let tensor = tensor("Byte", "0", 4 << 20, &[16 << 20, 1], &[0, 1]);
    refused_bytes(ONE_TENSOR, || torch(&dict(&[text("w"), tensor].concat()), &vec![1; 4 << 20]));
}

#[test]
fn zips_whose_entries_lie_in_each_other() {
    let noise: Vec<u8> = (0..1u32 << 20).map(|at| (at.wrapping_mul(2_654_435_761) >> 30) as u8).collect();
    let tensors: Vec<u8> = (0..3000)
        .flat_map(|key| [int(key), tensor("Byte", &key.to_string(), 1, &[1], &[1])].concat())
        .collect();
    refused_bytes("far more than its own size", || {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let deflated = SimpleFileOptions::default().compression_method(Deflated);
        writer.start_file("a/data.pkl", deflated).unwrap();
        writer.write_all(&pickle(&[&dict(&tensors)])).unwrap();
        writer.start_file("a/data/0", deflated).unwrap();
        writer.write_all(&noise).unwrap();
        for key in 1..3000 {
            writer.shallow_copy_file("a/data/0", &format!("a/data/{key}")).unwrap();
        }
        writer.finish().unwrap().into_inner()
    });
}

#[test]
fn zips_that_lie_about_sizes() {
    for huge in [1 << 40, u64::MAX - 1] {
        refused_bytes("", || zip64(huge, 0));
        refused_bytes("", || zip64(huge, huge));
    }
    refused_bytes("far more than its own size", || {
        with_size(zipped(&[("net.pt", b"x")], Stored), u32::MAX - 1)
    });
    let zeros = || zipped(&[("net.pt", &vec![0; 100 << 20])], Deflated);
    refused_bytes("far more than its own size", zeros);
    refused_bytes("damaged", || with_size(zeros(), 10));
    refused_bytes("another size than it says", || with_size(zipped(&[("net.pt", b"x")], Deflated), 60_000));
    // A zip in a zip: both have one budget.
    let inner =
        || torch(&dict(&[text("w"), tensor("Byte", "0", 1 << 20, &[1 << 20], &[1])].concat()), &[0; 1 << 20]);
    refused_bytes("more values", || zipped(&[("net.pt", &inner())], Deflated));
}

#[test]
fn zips_of_very_many_entries() {
    let names: Vec<String> = (0..60_000).map(|name| name.to_string()).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    refused_bytes("no file of weights", || zipped(&entries, Stored));
}

#[test]
fn headers_of_safetensors() {
    let long = |length: u64| [&length.to_le_bytes()[..], b"{}"].concat();
    refused_bytes("longer than that of any weights", || long(u64::MAX));
    refused_bytes("longer than that of any weights", || {
        safetensors(&" ".repeat(20 << 20).replacen(' ', "{", 1), 0)
    });
    refused_bytes("longer than its tensors need", || long(8 << 20));
    refused_bytes("damaged", || long(3));
    let sides = "1,".repeat(3 << 20);
    let header = format!(r#"{{"w":{{"dtype":"U8","shape":[{sides}1],"data_offsets":[0,1]}}}}"#);
    refused_bytes(ONE_TENSOR, || safetensors(&header, 1));
    refused_bytes("damaged", || safetensors(&format!("{{\"w\":{}", "[".repeat(4 << 20)), 0));
    let metadata: String = (0..400_000).fold(String::new(), |mut all, key| {
        write!(all, r#""{key}":"","#).unwrap();
        all
    });
    refused_bytes(NO_TENSOR, || safetensors(&format!(r#"{{"__metadata__":{{{metadata}"":""}}}}"#), 0));
}

#[test]
fn very_many_empty_tensors() {
    let mut header = String::from("{");
    for name in 0..100_000 {
        write!(header, r#""{name}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}},"#).unwrap();
    }
    header.replace_range(header.len() - 1.., "}");
    refused_bytes("there are 100000 tensors", || safetensors(&header, 0));
    let empty = [array(&[0], b"C\x00"), remember(0), b"0".to_vec()].concat();
    let pairs: Vec<u8> = (0..200_000).flat_map(|key| [int(key), recall(0)].concat()).collect();
    refused_bytes("more names", || pickle(&[&empty, &dict(&pairs)]));
    let few: Vec<u8> = (0..20_000).flat_map(|key| [int(key), array(&[0], b"C\x00")].concat()).collect();
    refused_bytes("there are 20000 tensors", || pickle(&[&dict(&few)]));
}

#[test]
fn lists_that_are_taken_again_and_again() {
    let pair = [&b"]("[..], &text("k"), b"Ne"].concat();
    let list = [&b"]("[..], &pair.repeat(20_000), b"e", &remember(0), b"0"].concat();
    let taken = [b"ccollections\nOrderedDict\n", &recall(0)[..], b"\x85R0"].concat();
    refused_bytes(NO_TENSOR, || pickle(&[&list, &taken.repeat(50_000), b"N"]));
}

#[test]
fn older_files_that_lie_about_storages() {
    let old = |root: &[u8], keys: &[u8], storages: &[u8]| {
        let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
        [&magic[..], &pickle(&[b"K\x01"]), &pickle(&[b"}"]), &pickle(&[root]), &pickle(&[keys]), storages]
            .concat()
    };
    let root = |key: &str| dict(&[text("w"), tensor("Byte", key, 1, &[1], &[1])].concat());
    let keys =
        |key: &str, times| [&b"]("[..], &text(key), &remember(0), &recall(0).repeat(times), b"e"].concat();
    refused_bytes("ends in the middle", || old(&root("0"), &keys("0", 0), &u64::MAX.to_le_bytes()));
    refused_bytes("two storages with one key", || old(&root("0"), &keys("0", 100_000), &vec![0; 2 << 20]));
    let long = "k".repeat(1 << 20);
    refused_bytes("a storage that is none", || old(&root(&long), &keys(&long, 100_000), &vec![0; 2 << 20]));
    refused_bytes("that no tensor uses", || old(&root("0"), &keys(&long, 100_000), &vec![0; 2 << 20]));
    let views = |count: usize| -> Vec<u8> {
        let tensor = |key| [int(key), tensor("Byte", "0", 1 << 20, &[1 << 20], &[1])].concat();
        dict(&(0..count).flat_map(tensor).collect::<Vec<u8>>())
    };
    let storage = || [&(1u64 << 20).to_le_bytes()[..], &vec![0; 1 << 20]].concat();
    refused_bytes("there are 5 tensors", || old(&views(5), &keys("0", 0), &storage()));
    refused_bytes("more values", || old(&views(500), &keys("0", 0), &storage()));
}

#[test]
fn files_that_are_larger_than_the_disk() {
    let sparse = |head: &'static [u8], length: u64| {
        move |path: &Path| {
            let mut file = File::create(path).unwrap();
            file.write_all(head).unwrap();
            file.set_len(length).unwrap();
        }
    };
    refused("larger than 2 GiB", sparse(b"PK\x03\x04", 1 << 40));
    refused("of no kind", sparse(b"", 2 << 30));
    refused("damaged", sparse(b"PK\x03\x04", 200 << 20));
    refused("", sparse(b"\x80\x04", 200 << 20));
    refused("", sparse(b"\x02\0\0\0\0\0\0\0{}", 200 << 20));
}
