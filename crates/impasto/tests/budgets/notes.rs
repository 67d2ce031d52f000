//! Texts from elsewhere: recipes in pictures, logs of runs, latents, settings.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use impasto::config::Config;
use impasto::picture::read_recipe;
use impasto::run::{in_effect, read_events};
use impasto::steer::LatentFile;
use tempfile::TempDir;

use crate::measure::measure;

/// At most so many bytes at once for each byte of the file,
const TIMES: usize = 40;
/// and these: of what is packed, so much is unpacked before it is refused.
const FREE: usize = 200 << 20;
const MOST: usize = 1 << 30;
const SECONDS: f64 = 10.0;

/// Reads the file of this name and these bytes, within the budget.
fn within_budget<T>(name: &str, bytes: impl FnOnce() -> Vec<u8>, read: impl FnOnce(&Path) -> T) -> T {
    let prepare = || {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join(name);
        let bytes = bytes();
        fs::write(&file, &bytes).unwrap();
        (place, file, bytes.len())
    };
    let (made, used) =
        measure(prepare, |(_, file, length): &(TempDir, PathBuf, usize)| (read(file), *length));
    let most = MOST.min(TIMES * made.1 + FREE);
    println!("{name}: {} bytes, {used:?}", made.1);
    assert!(used.peak_bytes <= most && used.seconds <= SECONDS, "{name}: {used:?} for {} bytes", made.1);
    made.0
}

/// A picture of one pixel that carries this text, packed.
fn carrying(text: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(text).unwrap();
    let content = [&b"impasto\0\x01\0\0\0"[..], &packed.finish().unwrap()].concat();
    let chunk = |kind: &[u8], content: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(content);
        [&(content.len() as u32).to_be_bytes()[..], kind, content, &crc.sum().to_be_bytes()[..]].concat()
    };
    let mut pixel = ZlibEncoder::new(Vec::new(), Compression::fast());
    pixel.write_all(&[0, 9]).unwrap();
    let head = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    let body =
        [chunk(b"iTXt", &content), chunk(b"IDAT", &pixel.finish().unwrap()), chunk(b"IEND", &[])].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &head, &body].concat()
}

#[test]
fn huge_recipes() {
    let endless = || carrying(&vec![b' '; 400 << 20]);
    assert!(within_budget("endless.png", endless, |path| read_recipe(path).is_err()));
    let lists =
        |count: usize| carrying(format!("{{\"extra\":{{\"from\":[{}0]}}}}", "[],".repeat(count)).as_bytes());
    assert!(within_budget("listed.png", || lists(2 << 20), |path| read_recipe(path).is_err()));
    within_budget("fewer.png", || lists(200_000), |path| read_recipe(path).unwrap().from().len());
    let deep = || carrying("[".repeat(1 << 20).as_bytes());
    assert!(within_budget("deep.png", deep, |path| read_recipe(path).is_err()));
}

#[test]
fn long_logs() {
    let resumes = || "{\"event\":\"resume\",\"step\":7}\n".repeat(500_000).into_bytes();
    let kept = within_budget("resumes.jsonl", resumes, |path| in_effect(read_events(path).unwrap()).len());
    assert_eq!(kept, 500_000);
    let line = || [b"{\"event\":\"", "x".repeat(60 << 20).as_bytes(), b"\"}\n"].concat();
    assert!(within_budget("line.jsonl", line, |path| read_events(path).unwrap().is_empty()));
}

#[test]
fn large_latents_and_settings() {
    let point = || {
        let numbers = "3f800000".repeat(4 << 20);
        format!("{{\"impasto\":\"latent\",\"point\":{{\"latents\":[\"{numbers}\"],\"classes\":\"\"}}}}")
            .into_bytes()
    };
    let length = within_budget("a.latent", point, |path| {
        LatentFile::read(path).unwrap().point.point().unwrap().latent.len()
    });
    assert_eq!(length, 4 << 20);
    let settings = || "a = 1\n".repeat(100_000).into_bytes();
    let refused = within_budget("config.toml", settings, |path| {
        let text = fs::read_to_string(path).unwrap();
        text.parse().map(Config::from_table).is_err()
    });
    assert!(refused, "keys that come twice");
}
