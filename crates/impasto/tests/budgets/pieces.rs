//! Pieces of hostile files: pickles opcode by opcode, and zips that lie.

use std::io::{Cursor, Write};

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// A pickle of protocol 4.
pub(crate) fn pickle(parts: &[&[u8]]) -> Vec<u8> {
    [&[0x80, 4][..], &parts.concat(), b"."].concat()
}

pub(crate) fn text(letters: &str) -> Vec<u8> {
    [b"X", &(letters.len() as u32).to_le_bytes()[..], letters.as_bytes()].concat()
}

pub(crate) fn int(number: usize) -> Vec<u8> {
    [b"J", &(number as u32).to_le_bytes()[..]].concat()
}

pub(crate) fn tuple(numbers: &[usize]) -> Vec<u8> {
    let items: Vec<u8> = numbers.iter().flat_map(|&number| int(number)).collect();
    [b"(", &items[..], b"t"].concat()
}

/// Puts what is on top into the memo, at a place of its own.
pub(crate) fn remember(place: u32) -> Vec<u8> {
    [b"r", &place.to_le_bytes()[..]].concat()
}

pub(crate) fn recall(place: u32) -> Vec<u8> {
    [b"j", &place.to_le_bytes()[..]].concat()
}

/// A dictionary of pairs that are opcodes already.
pub(crate) fn dict(pairs: &[u8]) -> Vec<u8> {
    [b"}(", pairs, b"u"].concat()
}

/// A tensor of PyTorch in the storage `key`, whose class is `kind`.
pub(crate) fn tensor(kind: &str, key: &str, count: usize, shape: &[usize], strides: &[usize]) -> Vec<u8> {
    let class = format!("ctorch\n{kind}Storage\n").into_bytes();
    let storage = [b"(", &text("storage")[..], &class, &text(key), &text("cpu"), &int(count), b"tQ"].concat();
    let view = [&int(0)[..], &tuple(shape), &tuple(strides), b"\x89N"].concat();
    [b"ctorch._utils\n_rebuild_tensor_v2\n(", &storage[..], &view, b"tR"].concat()
}

/// An array of numpy, its bytes given as opcodes.
pub(crate) fn array(shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let kind = [b"cnumpy\ndtype\n", &text("u1")[..], b"\x89\x88\x87R"].concat();
    let parts = [bytes, &kind, &tuple(shape), &text("C")].concat();
    [b"cnumpy.core.numeric\n_frombuffer\n(", &parts[..], b"tR"].concat()
}

/// A zip as it should be.
pub(crate) fn zipped(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A PyTorch zip of one pickle and one storage.
pub(crate) fn torch(root: &[u8], storage: &[u8]) -> Vec<u8> {
    let pickle = pickle(&[root]);
    zipped(&[("a/data.pkl", &pickle), ("a/data/0", storage)], CompressionMethod::Stored)
}

/// A zip whose table of contents has another unpacked size for its first entry.
pub(crate) fn with_size(mut zip: Vec<u8>, size: u32) -> Vec<u8> {
    let table = zip.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    zip[table + 24..table + 28].copy_from_slice(&size.to_le_bytes());
    zip
}

/// A zip of one empty entry `net.pt` that says in 64 bits that it is huge.
pub(crate) fn zip64(unpacked: u64, packed: u64) -> Vec<u8> {
    let sizes = [unpacked.to_le_bytes(), packed.to_le_bytes()].concat();
    let extra = [&[1, 0, 16, 0][..], &sizes].concat();
    // Version 45, no flags, stored, without a time or a checksum, its sizes in the extra field.
    let common = [&[45, 0, 0, 0, 0, 0][..], &[0; 8], &[0xff; 8], &[6, 0, extra.len() as u8, 0]].concat();
    let local = [b"PK\x03\x04", &common[..], b"net.pt", &extra].concat();
    let entry = [b"PK\x01\x02\x2d\x00", &common[..], &[0; 14], b"net.pt", &extra].concat();
    let (length, start) = ((entry.len() as u32).to_le_bytes(), (local.len() as u32).to_le_bytes());
    let end = [b"PK\x05\x06", &[0, 0, 0, 0, 1, 0, 1, 0][..], &length, &start, &[0, 0]].concat();
    [local, entry, end].concat()
}

pub(crate) fn safetensors(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    bytes.resize(bytes.len() + data, 0);
    bytes
}
