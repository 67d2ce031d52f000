//! WebP files without loss: smaller than PNG. The recipe stands in a chunk of its own, the marks in XMP.

use image::ExtendedColorType;
use image::codecs::webp::WebPEncoder;
use impasto_data::Picture;

use super::{PictureRecipe, with_channels};

/// The chunk of the recipe, which other programs pass over.
const RECIPE: &[u8; 4] = b"impa";
/// That a file has XMP, and transparency.
const HAS_XMP: u8 = 0x04;
const HAS_ALPHA: u8 = 0x10;
/// No side may be longer.
const LONGEST: usize = 16_384;

/// The bytes of a file.
pub(super) fn encoded(picture: &Picture, recipe: &PictureRecipe) -> Result<Vec<u8>, String> {
    let (width, height) = (picture.width(), picture.height());
    if width.max(height) > LONGEST {
        return Err(format!("no side of a WebP may be longer than {LONGEST} pixels"));
    }
    let (picture, colour, alpha) = match picture.channels() {
        4 => (picture.clone(), ExtendedColorType::Rgba8, HAS_ALPHA),
        _ => (with_channels(picture, 3, [255; 3]), ExtendedColorType::Rgb8, 0),
    };
    let mut plain = Vec::new();
    WebPEncoder::new_lossless(&mut plain)
        .encode(picture.pixels(), width as u32, height as u32, colour)
        .map_err(|error| error.to_string())?;
    let pixels = chunks(&plain).find(|(name, _)| name == b"VP8L").ok_or("the encoder wrote no WebP")?;
    let mut body = b"WEBP".to_vec();
    let side = |length: usize| ((length - 1) as u32).to_le_bytes();
    let (across, down) = (side(width), side(height));
    let head = [&[HAS_XMP | alpha, 0, 0, 0], &across[..3], &down[..3]].concat();
    chunk(&mut body, b"VP8X", &head)?;
    chunk(&mut body, b"VP8L", pixels.1)?;
    chunk(&mut body, b"XMP ", recipe.xmp().as_bytes())?;
    chunk(&mut body, RECIPE, recipe.to_json().as_bytes())?;
    let length = u32::try_from(body.len()).map_err(|_| "it is too large for WebP".to_owned())?;
    Ok([b"RIFF", &length.to_le_bytes()[..], &body].concat())
}

fn chunk(body: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) -> Result<(), String> {
    let length = u32::try_from(content.len()).map_err(|_| "it is too large for WebP".to_owned())?;
    body.extend_from_slice(name);
    body.extend(length.to_le_bytes());
    body.extend_from_slice(content);
    // Chunks have an even length.
    body.resize(body.len() + content.len() % 2, 0);
    Ok(())
}

/// Whether the bytes are a WebP file's.
pub(super) fn is_webp(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")
}

/// The recipe in a file.
pub(super) fn recipe_in(bytes: &[u8]) -> Option<String> {
    let (_, content) = chunks(bytes).find(|(name, _)| name == RECIPE)?;
    String::from_utf8(content.to_vec()).ok()
}

/// The chunks of a file, as far as they are whole.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes.get(12..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (head, after) = rest.split_first_chunk::<8>()?;
        let [a, b, c, d, length @ ..] = *head;
        let length = u32::from_le_bytes(length) as usize;
        let (content, next) = after.split_at_checked(length)?;
        rest = next.get(length % 2..).unwrap_or_default();
        Some(([a, b, c, d], content))
    })
}
