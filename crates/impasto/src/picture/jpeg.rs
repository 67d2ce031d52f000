//! JPEG files, for those who need small ones. The recipe stands in comments, the marks in XMP, where other programs look for
//! them.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use impasto_data::Picture;

use super::{PictureRecipe, with_channels};

/// How exact: nothing of it is seen.
const QUALITY: u8 = 95;
/// A segment's length has two bytes, and counts itself.
const LONGEST_SEGMENT: usize = 65_533;
/// What begins a comment that holds a part of a recipe.
const MARK: &[u8] = b"impasto:";
/// What begins a segment with XMP.
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// A recipe may have so many parts; longer ones are for PNG.
const MOST_PARTS: usize = 64;

const START: [u8; 2] = [0xff, 0xd8];
const JFIF: u8 = 0xe0;
const COMMENT: u8 = 0xfe;
const APP1: u8 = 0xe1;
const SCAN: u8 = 0xda;

/// The bytes of a file.
pub(super) fn encoded(picture: &Picture, recipe: &PictureRecipe) -> Result<Vec<u8>, String> {
    match picture.channels() {
        1 => written(picture, ExtendedColorType::L8, recipe),
        3 => written(picture, ExtendedColorType::Rgb8, recipe),
        _ => written(&with_channels(picture, 3, [255; 3]), ExtendedColorType::Rgb8, recipe),
    }
}

fn written(picture: &Picture, colour: ExtendedColorType, recipe: &PictureRecipe) -> Result<Vec<u8>, String> {
    let side = |length: usize| u32::try_from(length).map_err(|_| "it is too large for JPEG".to_owned());
    let (width, height) = (side(picture.width())?, side(picture.height())?);
    let mut plain = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut plain, QUALITY);
    encoder.encode(picture.pixels(), width, height, colour).map_err(|error| error.to_string())?;
    let body = plain.strip_prefix(&START).ok_or("the encoder wrote no JPEG")?;
    let json = recipe.to_json();
    let parts: Vec<&[u8]> = json.as_bytes().chunks(LONGEST_SEGMENT - MARK.len()).collect();
    if parts.len() > MOST_PARTS {
        return Err("its recipe is too long for JPEG: write a PNG".to_owned());
    }
    // JFIF wants to come first.
    let jfif = match body {
        [0xff, JFIF, high, low, ..] => 2 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    };
    let (jfif, body) = body.split_at_checked(jfif).ok_or("the encoder wrote no JPEG")?;
    let mut bytes = [&START, jfif].concat();
    segment(&mut bytes, APP1, &[XMP, recipe.xmp().as_bytes()]);
    parts.into_iter().for_each(|part| segment(&mut bytes, COMMENT, &[MARK, part]));
    bytes.extend_from_slice(body);
    Ok(bytes)
}

fn segment(bytes: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
    bytes.extend([0xff, marker, (length >> 8) as u8, length as u8]);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
}

/// The recipe in a file.
pub(super) fn recipe_in(bytes: &[u8]) -> Option<String> {
    let mut json = Vec::new();
    let mut rest = bytes.strip_prefix(&START)?;
    // Comments stand before the pixels.
    while let [0xff, marker, high, low, after @ ..] = rest {
        if *marker == SCAN {
            break;
        }
        let length = usize::from(u16::from_be_bytes([*high, *low])).checked_sub(2)?;
        let (content, next) = after.split_at_checked(length)?;
        if let (COMMENT, Some(part)) = (*marker, content.strip_prefix(MARK)) {
            json.extend_from_slice(part);
        }
        rest = next;
    }
    String::from_utf8(json).ok().filter(|json| !json.is_empty())
}
