//! Files made by hand, opcode by opcode.

use std::io::{Cursor, Write};

use impasto_random::Random;
use zip::write::SimpleFileOptions;

use super::*;

const TENSOR: &[u8] = b"ctorch._utils\n_rebuild_tensor_v2\n";
const FLOATS: &[u8] = b"ctorch\nFloatStorage\n";
const ORDERED: &[u8] = b"ccollections\nOrderedDict\n)R";

fn pickle(parts: &[&[u8]]) -> Vec<u8> {
    [&[0x80, 2][..], &parts.concat(), b"."].concat()
}

/// A text of at most 255 letters.
fn text(letters: &str) -> Vec<u8> {
    [&[0x8c, letters.len() as u8], letters.as_bytes()].concat()
}

fn tuple(numbers: &[u8]) -> Vec<u8> {
    let items: Vec<u8> = numbers.iter().flat_map(|&number| [b'K', number]).collect();
    [b"(", &items[..], b"t"].concat()
}

/// A tensor of floats in the storage `key`.
fn tensor(key: &str, count: u8, offset: u8, shape: &[u8], strides: &[u8]) -> Vec<u8> {
    let storage =
        [b"(", &text("storage")[..], FLOATS, &text(key), &text("cpu"), &[b'K', count], b"tQ"].concat();
    let view = [&[b'K', offset][..], &tuple(shape), &tuple(strides), b"\x89", ORDERED].concat();
    [TENSOR, b"(", &storage, &view, b"tR"].concat()
}

fn dict(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<u8> = pairs.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [b"}(", &items[..], b"u"].concat()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// What PyTorch saves since 1.6, with a dictionary in a dictionary and one tensor lying across.
fn torch_zip() -> Vec<u8> {
    let inner = dict(&[("weight", tensor("0", 6, 0, &[2, 3], &[1, 2])), ("steps", vec![b'K', 9])]);
    let root = dict(&[("net", inner), ("bias", tensor("0", 6, 4, &[2], &[1]))]);
    let numbers = floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    zipped(&[("a/data.pkl", &pickle(&[&root])), ("a/data/0", &numbers), ("a/version", b"3\n")])
}

/// The older kind, with the list of pairs of Python 2.
fn torch_old() -> Vec<u8> {
    let pair = [&b"]("[..], &text("w"), &tensor("77", 2, 0, &[2], &[1]), b"e"].concat();
    let root = [&b"ccollections\nOrderedDict\n]"[..], &pair, b"a\x85R"].concat();
    let keys = [&b"]"[..], &text("77"), b"a"].concat();
    let head = [torch_magic(), pickle(&[b"M\xe9\x03"]), pickle(&[b"}"])].concat();
    [head, pickle(&[&root]), pickle(&[&keys]), 2u64.to_le_bytes().to_vec(), floats(&[7.0, 8.0])].concat()
}

fn torch_magic() -> Vec<u8> {
    vec![0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.']
}

/// A TorchScript: instances of classes with states.
fn script() -> Vec<u8> {
    let class =
        |name: &str, state: &[u8]| [b"c__torch__.net\n", name.as_bytes(), b"\n)\x81", state, b"b"].concat();
    let list = b"ctorch.jit._pickle\nbuild_intlist\n]K\x01a\x85R".to_vec();
    let conv = class("Conv", &dict(&[("weight", tensor("0", 1, 0, &[1], &[1])), ("padding", list)]));
    let root = class("Net", &dict(&[("training", vec![0x89]), ("conv", conv)]));
    zipped(&[("s/data.pkl", &pickle(&[&root])), ("s/data/0", &floats(&[2.5]))])
}

/// An array of numpy, as protocol 3 writes it, or with bytes in other ways.
fn numpy(bytes: &[u8], columns_first: bool) -> Vec<u8> {
    let array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR";
    let kind = [
        &b"cnumpy\ndtype\n"[..],
        &text("f4"),
        b"\x89\x88\x87R(K\x03",
        &text("<"),
        b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
    ];
    let order: &[u8] = if columns_first { b"\x88" } else { b"\x89" };
    let state = [b"(K\x01", &tuple(&[2, 2])[..], &kind.concat(), order, bytes, b"tb"].concat();
    pickle(&[&dict(&[("x", [&array[..], &state].concat())])])
}

fn numpy_bytes() -> Vec<u8> {
    let numbers = floats(&[1.0, 2.0, 3.0, 4.0]);
    [&[b'C', numbers.len() as u8], &numbers[..]].concat()
}

fn found(bytes: &[u8]) -> BTreeMap<String, Stored> {
    read(bytes).unwrap()
}

fn refused(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

#[test]
fn what_pytorch_saves_is_read() {
    let tensors = found(&torch_zip());
    assert_eq!(tensors.keys().collect::<Vec<_>>(), ["bias", "net.weight"]);
    assert_eq!(tensors["bias"].values, [5.0, 6.0]);
    assert_eq!(tensors["net.weight"].shape, [2, 3]);
    assert_eq!(tensors["net.weight"].values, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    assert_eq!(found(&torch_old())["w"].values, [7.0, 8.0]);
    let tensors = found(&script());
    assert_eq!(
        tensors.into_iter().map(|(name, stored)| (name, stored.values)).collect::<Vec<_>>(),
        [("conv.weight".into(), vec![2.5])]
    );
}

#[test]
fn wheels_and_other_zips_are_opened() {
    let wheel = zipped(&[("eyes/__init__.py", b"import os"), ("eyes/net.pt", &torch_zip())]);
    assert_eq!(found(&wheel).len(), 2);
    assert_eq!(found(&zipped(&[("x.ckpt", &numpy(&numpy_bytes(), false))])).len(), 1);
    assert!(refused(&zipped(&[("a.pt", b""), ("b.pt", b"")])).contains("several files of weights"));
    assert!(refused(&zipped(&[("a.txt", b"")])).contains("no file of weights"));
    let russian = zipped(&[("a.pt", &zipped(&[("b.pt", &torch_zip())]))]);
    assert!(refused(&russian).contains("a zip in a zip"));
}

#[test]
fn arrays_of_numpy_are_read() {
    assert_eq!(found(&numpy(&numpy_bytes(), false))["x"].values, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(found(&numpy(&numpy_bytes(), true))["x"].values, [1.0, 3.0, 2.0, 4.0]);
    // As protocol 2 writes bytes: letters, of which those above 127 take two bytes.
    let letters: String = floats(&[1.0, 2.0, 3.0, -4.0]).iter().map(|&byte| char::from(byte)).collect();
    let latin = [&b"c_codecs\nencode\n"[..], &text(&letters), &text("latin1"), b"\x86R"].concat();
    assert_eq!(found(&numpy(&latin, false))["x"].values, [1.0, 2.0, 3.0, -4.0]);
    assert!(refused(&numpy(b"C\x04abcd", false)).contains("another number of values"));
}

#[test]
fn safetensors_of_all_kinds_are_read() {
    let mut bytes = vec![];
    let header = br#"{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#;
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(header);
    bytes.extend([0x00, 0x3c, 0x00, 0xc0]);
    assert_eq!(found(&bytes)["h"].values, [1.0, -2.0]);
}

#[test]
fn pickles_that_want_to_run_something_are_refused_and_named() {
    for (evil, named) in [
        (&b"cos\nsystem\n\x8c\x02ls\x85R"[..], "`os.system`"),
        (b"\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R", "`posix.system`"),
        (b"cbuiltins\neval\n\x8c\x01x\x85R", "`builtins.eval`"),
        (b"ctorch.storage\n_load_from_bytes\nC\x00\x85R", "`torch.storage._load_from_bytes`"),
        (b"ctorch.serialization\nload\n", "`torch.serialization.load`"),
        (b"(cos\nsystem\no", "`os.system`"),
        (b"(ios\nsystem\n", "0x69 (INST)"),
        (b"ccollections\nOrderedDict\n)}\x92", "0x92 (NEWOBJ_EX)"),
        (b"\x82\x01", "EXT"),
        (b"P0\n", "PERSID"),
    ] {
        let error = refused(&pickle(&[evil]));
        assert!(error.contains(named) && error.contains("nothing of it was executed"), "{error}");
    }
    let error = refused(&pickle(&[b"c__torch__.net\nNet\n\x85R"]));
    assert!(error.contains("damaged or made by hand"), "{error}");
    let error = refused(&pickle(&[b"c__torch__.net\nNet\n)R"]));
    assert!(error.contains("a call with other arguments"), "{error}");
}

#[test]
fn tensors_that_claim_too_much_are_refused() {
    let file = |tensor: Vec<u8>| {
        zipped(&[("data.pkl", &pickle(&[&dict(&[("w", tensor)])])), ("data/0", &floats(&[1.0, 2.0]))])
    };
    assert_eq!(found(&file(tensor("0", 2, 0, &[2], &[1])))["w"].values, [1.0, 2.0]);
    assert!(refused(&file(tensor("0", 2, 1, &[2], &[1]))).contains("beyond its storage"));
    assert!(refused(&file(tensor("0", 9, 0, &[2], &[1]))).contains("shorter than it says"));
    assert!(refused(&file(tensor("0", 2, 0, &[255; 8], &[0; 8]))).contains("more values"));
    assert!(refused(&file(tensor("0", 2, 0, &[1; 9], &[1; 9]))).contains("without a storage or a size"));
    assert!(refused(&file(tensor("none", 2, 0, &[1], &[1]))).contains("damaged"));
}

#[test]
fn bombs_are_harmless() {
    // A list in itself, a tower of lists, a small file that means a large tree, and marks without end.
    let itself = pickle(&[b"]q\x00h\x00a"]);
    assert!(refused(&itself).contains("deeper"));
    let tower = pickle(&[&b"]".repeat(1000), &b"a".repeat(999)]);
    assert!(refused(&tower).contains("deeper"));
    let level = b"q\x00](h\x00h\x00h\x00h\x00h\x00h\x00h\x00h\x00e";
    assert!(refused(&pickle(&[b"]", &level.repeat(25)])).contains("more steps"));
    assert!(refused(&pickle(&[&b"(".repeat(3_000_000)])).contains("more steps"));
    let huge = pickle(&[b"\x8e", &u64::MAX.to_le_bytes()]);
    assert!(refused(&huge).contains("ends in the middle"));
    // Zeros that were packed a thousandfold.
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("net.pt", SimpleFileOptions::default()).unwrap();
    writer.write_all(&vec![0; 10_000_000]).unwrap();
    assert!(refused(&writer.finish().unwrap().into_inner()).contains("far more than its own size"));
}

#[test]
fn other_files_are_told_apart() {
    for bytes in
        [&b""[..], b"P", b"PK", b"\x80", b"\x80\x02", b"\x80\x09.", b"GIF89a", b"12345678{", &[0xff; 64]]
    {
        let error = refused(bytes);
        assert!(!error.is_empty(), "{bytes:?}");
    }
    assert!(refused(b"GIF89a").contains("no kind that holds weights"));
}

/// Thousands of damaged files of each kind: reading them ends, takes little memory, and never panics.
#[test]
fn damaged_files_are_errors_and_never_panics() {
    let good = [
        torch_zip(),
        torch_old(),
        script(),
        numpy(&numpy_bytes(), true),
        zipped(&[("net.pt", &torch_zip())]),
    ];
    let pickles = [pickle(&[&dict(&[("w", tensor("0", 2, 0, &[2], &[1]))])])];
    for (kind, good) in good.iter().chain(&pickles).enumerate() {
        for round in 0..4000 {
            let mut random = Random::new(kind as u64, "damage", round);
            let bytes = damaged(good, &mut random);
            if let Ok(tensors) = read(&bytes) {
                let whole = |one: &Stored| one.shape.iter().product::<usize>() == one.values.len();
                assert!(tensors.values().all(whole));
                let made: usize = tensors.values().map(|one| 4 * one.values.len()).sum();
                assert!(made <= 32 * bytes.len() + (1 << 20), "{made} bytes of {}", bytes.len());
            }
        }
    }
}

/// Some bytes changed, exchanged, doubled or cut off.
fn damaged(good: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=random.below(4) {
        let (at, other) = (random.below(bytes.len()), random.below(bytes.len()));
        match random.below(4) {
            0 => bytes[at] = random.below(256) as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes.swap(at, other),
            _ => bytes.insert(at, bytes[other]),
        }
    }
    if random.chance(0.1) {
        bytes.truncate(random.below(bytes.len()));
    }
    bytes
}
