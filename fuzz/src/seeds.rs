//! Small honest files for each target, to be changed; and files that did harm once.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::Path;

use impasto::config::{Config, Request};
use impasto::run::{Stored, encode};
use impasto_random::Random;
use safetensors::tensor::{Dtype, TensorView, serialize};

use crate::targets::Prepared;

/// Files for a target, those that were found first.
///
/// # Panics
/// For a target that there is none of.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut all = found(target);
    all.extend(match target {
        "animations" => vec![gif(), animated_png(), png(9)],
        "cache" => vec![Prepared::new().index()],
        "checkpoints" => vec![checkpoint()],
        "config" => configs(),
        "events" => vec![EVENTS.as_bytes().to_vec()],
        "jpeg" => [1, 2].into_iter().flat_map(jpegs).collect(),
        "latents" => vec![LATENT.as_bytes().to_vec()],
        "pictures" => [png(9), gif(), tiff(), bmp()].into_iter().chain(jpegs(2)).collect(),
        "recipes" => vec![png(3), gif()],
        "sources" => vec![tar(), zip(), idx(), [vec![3], vec![9; 3072]].concat()],
        "weights" => vec![safe_tensors(), pickle(), torch(), wheel()],
        other => panic!("there is no target {other}"),
    });
    all
}

/// Files that did harm once.
fn found(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("found").join(target);
    let mut paths: Vec<_> =
        folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

/// A grey picture of 4x4 pixels with texts.
pub(crate) fn png(shade: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 4, 4);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.add_itxt_chunk("impasto".into(), RECIPE.into()).expect("a text");
    encoder.add_text_chunk("Software".into(), "Impasto".into()).expect("a text");
    let mut writer = encoder.write_header().expect("a head");
    writer.write_image_data(&[shade; 16]).expect("pixels");
    writer.finish().expect("an end");
    bytes
}

fn animated_png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 4, 4);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(3, 0).expect("frames");
    let mut writer = encoder.write_header().expect("a head");
    (0..3).for_each(|frame| writer.write_image_data(&[frame * 60; 64]).expect("pixels"));
    writer.finish().expect("an end");
    bytes
}

fn gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, 6, 4, &[0, 0, 0, 255, 255, 255]).expect("a head");
    encoder.set_repeat(gif::Repeat::Infinite).expect("a block");
    let comment = gif::AnyExtension(gif::Extension::Comment as u8);
    encoder.write_raw_extension(comment, &[RECIPE.as_bytes()]).expect("a comment");
    for frame in 0..3 {
        let (buffer, delay) = (vec![frame % 2; 24].into(), 5);
        let frame = gif::Frame { width: 6, height: 4, delay, buffer, ..gif::Frame::default() };
        encoder.write_frame(&frame).expect("a frame");
    }
    drop(encoder);
    bytes
}

fn jpegs(times: u16) -> Vec<Vec<u8>> {
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
    let side = 16 * times;
    let pixels: Vec<u8> = Random::new(1, "jpeg", 0)
        .uniforms(3 * usize::from(side).pow(2), 0.0, 255.0)
        .into_iter()
        .map(|tone| tone as u8)
        .collect();
    let factors = [SamplingFactor::R_4_2_0, SamplingFactor::R_4_4_4];
    let encoded = factors.map(|factor| {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 80);
        encoder.set_sampling_factor(factor);
        encoder.encode(&pixels, side, side, ColorType::Rgb).expect("a picture");
        bytes
    });
    encoded.to_vec()
}

/// One strip of 2x2 grey pixels.
fn tiff() -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0\x09\0".to_vec();
    let tags: [(u16, u16, u32, u32); 9] = [
        (256, 3, 1, 2),
        (257, 3, 1, 2),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 122),
        (277, 3, 1, 1),
        (278, 3, 1, 2),
        (279, 4, 1, 4),
    ];
    for (tag, kind, count, value) in tags {
        bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    bytes.extend([0, 0, 0, 0, 1, 80, 160, 250]);
    bytes
}

/// 2x2 pixels of 24 bits.
fn bmp() -> Vec<u8> {
    let mut bytes = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x18\0".to_vec();
    bytes.extend([0; 24]);
    bytes.extend([9; 16]);
    bytes
}

fn tar() -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for name in ["cats/1.png", "dogs/2.png", "notes.txt"] {
        let bytes = png(20);
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, &*bytes).expect("an entry");
    }
    builder.into_inner().expect("an archive")
}

fn zip() -> Vec<u8> {
    packed(&[("cats/1.png", png(20)), ("dogs/2.png", png(30)), ("notes.txt", b"none".to_vec())])
}

fn packed(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = ::zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).expect("an entry");
        writer.write_all(bytes).expect("bytes");
    }
    writer.finish().expect("an archive").into_inner()
}

/// Two pictures of 3x2 pixels.
fn idx() -> Vec<u8> {
    let sizes = [2u32, 2, 3].map(u32::to_be_bytes).concat();
    [vec![0, 0, 8, 3], sizes, vec![100; 12]].concat()
}

fn safe_tensors() -> Vec<u8> {
    let (numbers, halves) = ([1.5f32, -2.0, 0.0, 9.0].map(f32::to_le_bytes).concat(), [0u8; 6]);
    let views = BTreeMap::from([
        ("a.weight", TensorView::new(Dtype::F32, vec![2, 2], &numbers).expect("a tensor")),
        ("b", TensorView::new(Dtype::F16, vec![3], &halves).expect("a tensor")),
    ]);
    serialize(views, None).expect("tensors")
}

fn checkpoint() -> Vec<u8> {
    let stored =
        |shape: &[usize]| Stored { shape: shape.to_vec(), values: vec![0.5; shape.iter().product()] };
    let tensors = [("a.weight", stored(&[2, 3])), ("b", stored(&[4])), ("c", stored(&[]))];
    encode(&tensors.map(|(name, stored)| (name.to_owned(), stored)).into()).expect("tensors")
}

/// `{"w": numpy.array([1, 2], "f4")}` in protocol 2, written out.
fn pickle() -> Vec<u8> {
    let mut bytes = b"\x80\x02}q\x00X\x01\0\0\0wq\x01".to_vec();
    bytes.extend(
        b"cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85q\x04c_codecs\nencode\n",
    );
    bytes.extend(b"X\x01\0\0\0bX\x06\0\0\0latin1\x86R\x87Rq\x05(K\x01K\x02\x85cnumpy\ndtype\nX\x02\0\0\0f4K\x00K\x01\x87R");
    bytes.extend(b"(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89c_codecs\nencode\n");
    bytes.extend(b"X\x09\0\0\0\x00\x00\xc2\x80?\x00\x00\x00@X\x06\0\0\0latin1\x86Rtbs.");
    bytes
}

/// PyTorch's zip with one tensor of four numbers.
fn torch() -> Vec<u8> {
    let mut text = b"\x80\x02}q\x00X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n".to_vec();
    text.extend(b"X\x01\0\0\0\x30X\x03\0\0\0cpuK\x04tQK\x00K\x02K\x02\x86K\x02K\x01\x86\x89ccollections\nOrderedDict\n)RtRs.");
    packed(&[
        ("archive/data.pkl", text),
        ("archive/data/0", vec![0; 16]),
        ("archive/version", b"3\n".to_vec()),
    ])
}

fn wheel() -> Vec<u8> {
    packed(&[("package/__init__.py", Vec::new()), ("package/net.pth", torch())])
}

/// The settings of every recipe, as a run has them.
fn configs() -> Vec<Vec<u8>> {
    let resolved = |name: &str| {
        let text = format!("recipe = \"{name}\"\nsize = 32\ndata = \"pictures\"\nsteps = 10\n");
        let request = Request { given: text.parse().expect("TOML"), ..Request::default() };
        let config = Config::resolve(&request).expect("settings");
        config.to_toml().expect("TOML").into_bytes()
    };
    impasto::recipes::all().iter().map(|recipe| resolved(recipe.name)).collect()
}

const RECIPE: &str = r#"{"version":"0.1.0","kind":"made","run":"0123456789abcdef","checkpoint":"00","images":64,"recipe":"patches","seed":7,"truncation":1.0,"prior":"normal","extra":{"verb":"vary","from":[{"file":"a.png","sha256":"00"}],"settings":"--strength 0.5"}}"#;

const LATENT: &str = r#"{"impasto":"latent","version":"0.1.0","run":"dcgan-16-94580fced4b9","checkpoint":"45","images":320,"recipe":"dcgan","source":"3.png","psnr":9.5,"distance":3.4,"eye":"builtin","point":{"latents":["3f800000c0000000","000000003f000000"],"classes":"3f0000003f000000"}}"#;

const EVENTS: &str = r#"{"event":"step","step":1,"images":64,"seconds":0.1,"step_ms":2.5,"images_per_second":600.0,"losses":{"critic":0.5}}
{"event":"sample","step":1,"path":"samples/1.png"}
{"event":"checkpoint","step":2,"path":"checkpoints/000000.128k"}
{"event":"alarm","step":2,"kind":"collapse","message":"all alike","remedy":"stop"}
{"event":"resume","step":1}
{"event":"end","step":3,"reason":"interrupted"}
"#;
