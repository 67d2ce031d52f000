//! PNG files and the texts inside them, as iTXt chunks (UTF-8).

use std::collections::BTreeMap;
use std::io::{self, Cursor, Write};
use std::path::Path;

use impasto_data::Picture;
use png::{
    BitDepth, ColorType, Decoder, DecodingError, Encoder, EncodingError, Info, Limits, Transformations,
};

use super::PictureError;
use impasto_system::{Existing, FileError, read_bounded, write_atomically};

/// A file from outside may ask for no more memory than this.
pub(super) const LARGEST_FILE: u64 = 1 << 30;
/// Deflate packs at most so many bytes into one,
const DEFLATED: usize = 1032;
/// and a palette's bit unfolds to at most 32: a small file that says it is larger is refused before any memory is asked for.
const LARGEST_GROWTH: usize = DEFLATED * 32;
/// Packed texts may become no longer than this, each,
const LARGEST_TEXT: usize = 16 << 20;
/// and all of them together.
const LARGEST_TEXTS: usize = 64 << 20;

/// Writes a picture with these texts, wholly or not at all.
pub fn write_png(
    path: &Path,
    picture: &Picture,
    texts: &[(&str, &str)],
    existing: Existing,
) -> Result<(), PictureError> {
    Ok(write_atomically(path, &encoded(path, picture, texts)?, existing)?)
}

/// The bytes of a PNG file with these texts.
pub fn png_bytes(picture: &Picture, texts: &[(&str, &str)]) -> Result<Vec<u8>, PictureError> {
    encoded(Path::new("a picture in memory"), picture, texts)
}

/// All texts of a PNG file by their keys.
pub fn read_png_text(path: &Path) -> Result<BTreeMap<String, String>, PictureError> {
    texts_in(path, &read_bounded(path, LARGEST_FILE)?, &|_| true)
}

/// The text under a key, in a file that was read.
pub(super) fn text_in(path: &Path, bytes: &[u8], key: &str) -> Result<Option<String>, PictureError> {
    Ok(texts_in(path, bytes, &|other| other == key)?.remove(key))
}

fn texts_in(
    path: &Path,
    bytes: &[u8],
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, String>, PictureError> {
    let mut reader = decoder(bytes).read_info().map_err(not_png(path))?;
    // Texts may stand behind the pixels too; a file torn there still has those before.
    let _ = reader.finish();
    Ok(texts_of(reader.info(), wanted))
}

/// Width and height, as the head of a PNG file says them, if the file is long enough to hold as many pixels. None is
/// unpacked.
pub fn png_size(path: &Path) -> Result<[usize; 2], PictureError> {
    let bytes = read_bounded(path, LARGEST_FILE)?;
    let reader = decoder(&bytes).read_info().map_err(not_png(path))?;
    let info = reader.info();
    if info.raw_row_length().saturating_mul(info.height as usize) > bytes.len().saturating_mul(DEFLATED) {
        let why = "it is too short for the size that it says".to_owned();
        return Err(PictureError::NotPng { path: path.to_path_buf(), why });
    }
    Ok([info.width as usize, info.height as usize])
}

/// The picture in a PNG file, as grey, RGB or RGB and alpha; of an animated one the first frame.
pub fn read_png(path: &Path) -> Result<Picture, PictureError> {
    let bytes = read_bounded(path, LARGEST_FILE)?;
    let mut reader = decoder(&bytes).read_info().map_err(not_png(path))?;
    let refuse = |why: &str| PictureError::NotPng { path: path.to_path_buf(), why: why.to_string() };
    let most = (bytes.len() * LARGEST_GROWTH).min(LARGEST_FILE as usize);
    let size = reader.output_buffer_size().filter(|&size| size <= most);
    let mut pixels = vec![0; size.ok_or_else(|| refuse("it is absurdly large"))?];
    let frame = reader.next_frame(&mut pixels).map_err(not_png(path))?;
    pixels.truncate(frame.buffer_size());
    let (width, height) = (frame.width as usize, frame.height as usize);
    let (channels, pixels) = match frame.color_type {
        ColorType::Grayscale => (1, pixels),
        ColorType::GrayscaleAlpha => {
            let (pairs, _) = pixels.as_chunks::<2>();
            (4, pairs.iter().flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect())
        }
        ColorType::Rgb => (3, pixels),
        ColorType::Rgba => (4, pixels),
        ColorType::Indexed => return Err(refuse("its palette was not resolved")),
    };
    Ok(Picture::new(width, height, channels, pixels))
}

/// An encoder for pictures of this shape that will write these texts first.
pub(super) fn encoder<'a, W: Write>(
    file: W,
    picture: &Picture,
    texts: &[(&str, &str)],
) -> Result<Encoder<'a, W>, EncodingError> {
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut encoder = Encoder::new(file, side(picture.width()), side(picture.height()));
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(match picture.channels() {
        1 => ColorType::Grayscale,
        3 => ColorType::Rgb,
        _ => ColorType::Rgba,
    });
    for (key, text) in texts {
        encoder.add_itxt_chunk((*key).to_string(), (*text).to_string())?;
    }
    Ok(encoder)
}

/// For `map_err`: tells errors of the disk from pictures that don't fit the format.
pub(super) fn unfit(path: &Path) -> impl FnOnce(EncodingError) -> PictureError + use<> {
    let path = path.to_path_buf();
    move |error| match error {
        EncodingError::IoError(source) => FileError { doing: "write", path, source }.into(),
        other => PictureError::Unfit { path, why: other.to_string() },
    }
}

/// What an encoder said, for a closure that may only return errors of the disk.
pub(super) fn as_io(error: EncodingError) -> io::Error {
    error.into()
}

/// The bytes of a file with these texts, which goes here.
pub(super) fn encoded(
    path: &Path,
    picture: &Picture,
    texts: &[(&str, &str)],
) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    encode(&mut bytes, picture, texts).map_err(unfit(path))?;
    Ok(bytes)
}

fn encode(file: &mut Vec<u8>, picture: &Picture, texts: &[(&str, &str)]) -> Result<(), EncodingError> {
    let mut writer = encoder(file, picture, texts)?.write_header()?;
    writer.write_image_data(picture.pixels())?;
    writer.finish()
}

fn decoder(bytes: &[u8]) -> Decoder<Cursor<&[u8]>> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: LARGEST_FILE as usize });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder
}

fn texts_of(info: &Info<'_>, wanted: &dyn Fn(&str) -> bool) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let mut left = LARGEST_TEXTS;
    for text in info.uncompressed_latin1_text.iter().filter(|text| wanted(&text.keyword)) {
        texts.insert(text.keyword.clone(), text.text.clone());
    }
    for text in info.compressed_latin1_text.iter().filter(|text| wanted(&text.keyword)) {
        let (key, mut text) = (text.keyword.clone(), text.clone());
        texts.extend(
            unpacked(&mut left, |most| text.decompress_text_with_limit(most).and_then(|()| text.get_text()))
                .map(|text| (key, text)),
        );
    }
    for text in info.utf8_text.iter().filter(|text| wanted(&text.keyword)) {
        let (key, mut text) = (text.keyword.clone(), text.clone());
        texts.extend(
            unpacked(&mut left, |most| text.decompress_text_with_limit(most).and_then(|()| text.get_text()))
                .map(|text| (key, text)),
        );
    }
    texts
}

/// A text, if it unpacks to no more than may be; it is then taken off from what is left for all. One that doesn't is taken
/// for a long one, since it has cost the time of one.
fn unpacked(left: &mut usize, unpack: impl FnOnce(usize) -> Result<String, DecodingError>) -> Option<String> {
    let most = LARGEST_TEXT.min(*left);
    let text = unpack(most).ok();
    *left -= text.as_ref().map_or(most, |text| text.len().min(most));
    text
}

fn not_png(path: &Path) -> impl FnOnce(DecodingError) -> PictureError + use<> {
    let path = path.to_path_buf();
    move |error| PictureError::NotPng { path, why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::{
        DIGITAL_SOURCE_TYPE, Kind, MADE_BY_A_MACHINE, PictureRecipe, read_recipe, write_painting,
        write_paintings,
    };
    use super::*;
    use impasto_random::Random;

    fn picture(channels: usize) -> Picture {
        let pixels = (0..7 * 5 * channels).map(|at| (at * 37) as u8).collect();
        Picture::new(7, 5, channels, pixels)
    }

    fn recipe() -> PictureRecipe {
        let mut extra = serde_json::Map::new();
        extra.insert("latents".into(), serde_json::json!([0.1, -2.5]));
        PictureRecipe {
            version: "0.1.0".into(),
            kind: Kind::Sheet,
            run: "0123456789abcdef".into(),
            checkpoint: "fedcba9876543210".into(),
            images: 10_240,
            recipe: "dcgan".into(),
            seed: u64::MAX,
            class: Some("向日葵 · Sonnenblume 🌻".into()),
            truncation: 0.7,
            prior: "mixture".into(),
            extra,
        }
    }

    #[test]
    fn pictures_of_every_kind_come_back() {
        let folder = tempfile::tempdir().unwrap();
        for channels in [1, 3, 4] {
            let path = folder.path().join(format!("{channels}.png"));
            write_png(&path, &picture(channels), &[], Existing::Keep).unwrap();
            assert_eq!(read_png(&path).unwrap(), picture(channels));
        }
    }

    #[test]
    fn texts_in_any_script_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        write_png(&path, &picture(3), &[("one", "naïve 画 🎨\nline two"), ("empty", "")], Existing::Keep)
            .unwrap();
        let texts = read_png_text(&path).unwrap();
        assert_eq!(texts["one"], "naïve 画 🎨\nline two");
        assert_eq!(texts["empty"], "");
        assert_eq!(texts.len(), 2);
    }

    #[test]
    fn a_painting_carries_its_recipe_and_says_that_a_machine_made_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        write_painting(&path, &picture(3), &recipe(), Existing::Keep).unwrap();
        assert_eq!(read_recipe(&path).unwrap(), recipe());
        let texts = read_png_text(&path).unwrap();
        assert_eq!(texts["Software"], "Impasto 0.1.0");
        assert_eq!(texts["Description"], MADE_BY_A_MACHINE);
        assert!(texts["XML:com.adobe.xmp"].contains(DIGITAL_SOURCE_TYPE));
        assert!(texts["digital_source_type"].ends_with("trainedAlgorithmicMedia"));
    }

    #[test]
    fn paintings_written_together_are_those_written_alone() {
        let folder = tempfile::tempdir().unwrap();
        let [alone, one, two] = ["a.png", "b.png", "c.png"].map(|name| folder.path().join(name));
        write_painting(&alone, &picture(3), &recipe(), Existing::Keep).unwrap();
        write_paintings(&[(&one, &picture(3), &recipe()), (&two, &picture(1), &recipe())], Existing::Keep)
            .unwrap();
        assert_eq!(std::fs::read(one).unwrap(), std::fs::read(alone).unwrap());
        assert_eq!(read_png(&two).unwrap(), picture(1));
    }

    #[test]
    fn the_same_picture_and_recipe_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["a.png", "b.png"].map(|name| folder.path().join(name));
        write_painting(&one, &picture(1), &recipe(), Existing::Keep).unwrap();
        write_painting(&two, &picture(1), &recipe(), Existing::Keep).unwrap();
        assert_eq!(std::fs::read(one).unwrap(), std::fs::read(two).unwrap());
    }

    #[test]
    fn recipes_of_a_later_version_are_read_as_far_as_they_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        write_png(
            &path,
            &picture(1),
            &[("impasto", r#"{"seed":3,"kind":"hologram","planet":"Mars"}"#)],
            Existing::Keep,
        )
        .unwrap();
        let expected = PictureRecipe { seed: 3, kind: Kind::Other, ..PictureRecipe::default() };
        assert_eq!(read_recipe(&path).unwrap(), expected);
    }

    #[test]
    fn packed_texts_unpack_to_no_more_than_all_may_have_together() {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 1, 1);
        for number in 0..9 {
            let text = "a".repeat(LARGEST_TEXT - 1);
            encoder.add_ztxt_chunk(format!("bomb {number}"), text).unwrap();
        }
        encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
        assert!(bytes.len() < LARGEST_TEXT, "{}", bytes.len());
        let path = Path::new("bomb.png");
        let all = texts_in(path, &bytes, &|_| true).unwrap();
        assert!(all.len() >= 4 && all.values().map(String::len).sum::<usize>() <= LARGEST_TEXTS);
        assert_eq!(text_in(path, &bytes, "bomb 7").unwrap().map(|text| text.len()), Some(LARGEST_TEXT - 1));
    }

    #[test]
    fn the_head_of_a_file_says_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        write_png(&path, &picture(3), &[], Existing::Keep).unwrap();
        assert_eq!(png_size(&path).unwrap(), [7, 5]);
        std::fs::write(&path, "no picture").unwrap();
        assert!(matches!(png_size(&path), Err(PictureError::NotPng { .. })));
    }

    #[test]
    fn files_without_a_recipe_and_files_that_are_no_pictures_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        write_png(&path, &picture(1), &[], Existing::Keep).unwrap();
        assert!(read_recipe(&path).unwrap_err().to_string().contains("carries no recipe"));
        write_png(&path, &picture(1), &[("impasto", "{")], Existing::Replace).unwrap();
        assert!(matches!(read_recipe(&path), Err(PictureError::BadRecipe { .. })));
        std::fs::write(&path, b"no picture").unwrap();
        assert!(matches!(read_recipe(&path), Err(PictureError::NotPng { .. })));
        assert!(
            read_recipe(&folder.path().join("none.png")).unwrap_err().to_string().contains("check the path")
        );
    }

    #[test]
    fn what_png_cannot_hold_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let empty = Picture::new(0, 4, 3, vec![]);
        assert!(matches!(write_png(&path, &empty, &[], Existing::Keep), Err(PictureError::Unfit { .. })));
        let key = "k".repeat(80);
        assert!(matches!(
            write_png(&path, &picture(1), &[(&key, "")], Existing::Keep),
            Err(PictureError::Unfit { .. })
        ));
        assert!(!path.exists());
    }

    #[test]
    fn random_mutations_never_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        write_painting(&path, &picture(3), &recipe(), Existing::Keep).unwrap();
        let good = std::fs::read(&path).unwrap();
        for round in 0..2000 {
            let mut random = Random::new(5, "png", round);
            let mut bytes = good.clone();
            let at = random.below(bytes.len());
            bytes[at] = random.bits() as u8;
            bytes.truncate(1 + random.below(2 * good.len()));
            // Some disks wait whenever a file is overwritten; a new one is quick.
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, bytes).unwrap();
            let _ = (read_png(&path), read_recipe(&path));
        }
    }
}
