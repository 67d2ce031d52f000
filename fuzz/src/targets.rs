//! The targets: what is read, and what must hold of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use impasto::config::Config;
use impasto::picture::read_recipe;
use impasto::run::{Stored, in_effect, read_events};
use impasto::steer::LatentFile;
use impasto_data::{Channels, Dataset, Limits, Options, Preparation};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Small, so that a file that gets through is soon done.
const LIMITS: Limits = Limits { pixels: 1 << 20, bytes: 8 << 20 };

/// Networks: safetensors, PyTorch's two kinds, pickles, wheels.
pub fn weights(bytes: &[u8]) {
    impasto::weights::tensors_in(bytes).into_iter().for_each(assert_sized);
    // The two files of a network of ncnn: a text, and what follows its first zero.
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let (graph, numbers) = bytes.split_at(end);
    impasto::weights::tensors_in_halves(graph, numbers).into_iter().for_each(assert_sized);
}

/// The tensors of a checkpoint.
pub fn checkpoints(bytes: &[u8]) {
    impasto::run::decode(bytes).into_iter().for_each(assert_sized);
}

/// What comes of a file is as large as its shapes say.
fn assert_sized(tensors: BTreeMap<String, Stored>) {
    for Stored { shape, values } in tensors.into_values() {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "a tensor of another size than it says");
    }
}

/// Pictures of every format, by the general decoders.
pub fn pictures(bytes: &[u8]) {
    if let Ok(picture) = impasto_data::decode(bytes, Channels::Rgba, [255; 3], &LIMITS) {
        assert!(
            picture.width() * picture.height() <= LIMITS.pixels as usize,
            "a larger picture than is allowed"
        );
    }
}

/// JPEG by our own decoder: what it takes, the general one takes too, in the same size and in nearly the same tones.
pub fn jpeg(bytes: &[u8]) {
    let Some((small, own)) = impasto_data::decode_reduced(bytes, Channels::Rgb, &LIMITS, 1) else { return };
    let whole = impasto_data::decode(bytes, Channels::Rgb, [0; 3], &LIMITS);
    let whole = whole.unwrap_or_else(|flaw| panic!("the general decoder refuses it: {}", flaw.why));
    assert_eq!((whole.width(), whole.height()), own, "the two decoders see different sizes");
    let mean =
        |pixels: &[u8]| pixels.iter().map(|&byte| f64::from(byte)).sum::<f64>() / pixels.len().max(1) as f64;
    // The last blocks may stand for less than a whole one, and extreme coefficients are cut at different places.
    if own.0 % 8 == 0 && own.1 % 8 == 0 {
        let [one, other] = [mean(small.pixels()), mean(whole.pixels())];
        assert!((one - other).abs() < 64.0, "mean tones of {one} and {other}");
    }
}

/// GIF and animated PNG: all frames have one size, and together no more pixels than is allowed.
pub fn animations(bytes: &[u8]) {
    let Ok(Some(frames)) = impasto_data::frames(bytes, Channels::Rgb, [255; 3], &LIMITS) else { return };
    let size = |frame: &impasto_data::Frame| (frame.picture.width(), frame.picture.height());
    assert!(frames.iter().all(|frame| size(frame) == size(&frames[0])), "frames of several sizes");
    let pixels: usize = frames.iter().map(|frame| frame.picture.width() * frame.picture.height()).sum();
    assert!(pixels <= LIMITS.pixels as usize, "more pixels than are allowed");
}

/// Archives, IDX, CIFAR-10 and single pictures, as they lie at a path.
pub fn sources(bytes: &[u8]) {
    // Their kinds are seen from their bytes but for CIFAR-10, which has none.
    let is_batch = bytes.len().is_multiple_of(3073) && bytes.first().is_some_and(|&label| label < 10);
    with_file(if is_batch { "data_batch_1.bin" } else { "source.tar" }, bytes, |path| {
        let _ = impasto_data::check(path, &LIMITS, &mut ());
    });
}

/// The index of a cache whose digest is right: a cache in a shared folder may be anybody's.
pub fn cache(bytes: &[u8]) {
    PREPARED.with_borrow(|prepared| {
        let data = 2 * 4 * 4;
        let mut file = vec![7; data];
        file.extend_from_slice(bytes);
        file.extend_from_slice(b"impasto pictures");
        file.extend_from_slice(&(data as u64).to_le_bytes());
        file.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        file.extend_from_slice(&Sha256::digest(bytes));
        fs::write(&prepared.file, file).expect("a file in a temporary folder");
        let opened = prepared.open();
        let all: Vec<u32> = (0..opened.len() as u32).collect();
        for some in all.chunks(64).take(4) {
            let _ = opened.plain(some);
        }
    });
}

/// What a PNG, a GIF or any other file says of how it was made.
pub fn recipes(bytes: &[u8]) {
    with_file("painted.png", bytes, |path| {
        if let Ok(recipe) = read_recipe(path) {
            let _ = (recipe.from(), recipe.to_json());
        }
    });
}

/// Settings: those that are taken say the same when they are written and read again.
pub fn config(bytes: &[u8]) {
    let Some(table) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<toml::Table>().ok())
    else {
        return;
    };
    if let Ok(config) = Config::from_table(table) {
        let text = config.to_toml().expect("settings that were read can be written");
        let again = Config::from_table(text.parse().expect("they are TOML")).expect("they are settings");
        assert_eq!(again.to_toml().ok(), Some(text), "settings change when they are written and read");
    }
}

/// `.latent` files.
pub fn latents(bytes: &[u8]) {
    with_file("face.latent", bytes, |path| {
        if let Ok(file) = LatentFile::read(path) {
            let _ = file.point.point();
        }
    });
}

/// The events of a run, in any order, with any number of resumes.
pub fn events(bytes: &[u8]) {
    with_file("events.jsonl", bytes, |path| {
        let events = read_events(path).expect("a file that is there");
        let count = events.len();
        assert!(in_effect(events).len() <= count, "events that nobody wrote");
    });
}

/// A file of this name with these bytes.
fn with_file(name: &str, bytes: &[u8], read: impl FnOnce(&Path)) {
    thread_local! {
        static FOLDER: TempDir = folder();
    }
    FOLDER.with(|folder| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file in a temporary folder");
        read(&path);
        let _ = fs::remove_file(&path);
    });
}

/// In memory, where the system has such a place.
fn folder() -> TempDir {
    let shared = Path::new("/dev/shm");
    let made = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}

thread_local! {
    static PREPARED: RefCell<Prepared> = RefCell::new(Prepared::new());
}

/// Two pictures of 4x4 pixels, prepared.
pub(crate) struct Prepared {
    folder: TempDir,
    file: PathBuf,
}

impl Prepared {
    pub(crate) fn new() -> Self {
        let folder = folder();
        let pictures = folder.path().join("pictures");
        fs::create_dir(&pictures).expect("a folder");
        for shade in [40, 90] {
            fs::write(pictures.join(format!("{shade}.png")), crate::seeds::png(shade)).expect("a picture");
        }
        let mut prepared = Self { folder, file: PathBuf::new() };
        drop(prepared.open());
        let cache = fs::read_dir(prepared.folder.path().join("cache/prepared")).expect("the cache");
        prepared.file = cache.map(|entry| entry.expect("an entry").path()).next().expect("one file");
        prepared
    }

    fn open(&self) -> Dataset {
        let preparation = Preparation::square(4, Channels::Grey);
        let options = Options { cache: Some(self.folder.path().join("cache")), ..Options::default() };
        let opened =
            Dataset::open_with(&self.folder.path().join("pictures"), &preparation, &options, &mut ());
        opened.expect("a cache that is no good is made again")
    }

    /// The index of the honest cache.
    pub(crate) fn index(&self) -> Vec<u8> {
        let file = fs::read(&self.file).expect("the cache");
        file[2 * 4 * 4..file.len() - 64].to_vec()
    }
}
