//! The recipe that a picture carries, so that it can be painted again, and the mark that a machine made it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::animate::gif_comments;
use super::png::{LARGEST_FILE, text_in};
use super::{PictureError, film, jpeg, webp};
use impasto_system::{FileError, read_bounded};

/// The sentence in every picture's description.
pub const MADE_BY_A_MACHINE: &str = "Made by a machine: painted by Impasto, a generative model.";

/// The press council's (IPTC) term for pictures by generative models; it stands in the picture's XMP too, which is
/// where other programs look for it.
pub const DIGITAL_SOURCE_TYPE: &str =
    "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/// The same for pictures that were made of other pictures.
pub const DIGITAL_SOURCE_TYPE_OF_MADE: &str =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/// The recipe that a picture carries, or a film.
pub fn read_recipe(path: &Path) -> Result<PictureRecipe, PictureError> {
    let json = if film::is_film(path) {
        film::comment(path)?
    } else {
        let bytes = read_bounded(path, LARGEST_FILE)?;
        match () {
            () if bytes.starts_with(b"GIF8") => {
                gif_comments(&bytes).into_iter().find(|comment| comment.starts_with('{'))
            }
            () if bytes.starts_with(&[0xff, 0xd8, 0xff]) => jpeg::recipe_in(&bytes),
            () if webp::is_webp(&bytes) => webp::recipe_in(&bytes),
            () => text_in(path, &bytes, RECIPE_KEY)?,
        }
    };
    match json.filter(|json| !json.is_empty()) {
        Some(json) if json.len() > LARGEST_RECIPE => Err(PictureError::BadRecipe {
            path: path.to_path_buf(),
            why: format!("it has {} bytes, and {LARGEST_RECIPE} are the most", json.len()),
        }),
        Some(json) => PictureRecipe::from_json(&json, path),
        None => Err(PictureError::NoRecipe { path: path.to_path_buf() }),
    }
}

/// How a picture was made. The name of the run's folder is no part of it: equal trainings in two folders paint
/// pictures of equal bytes. Unknown fields are ignored and missing ones empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PictureRecipe {
    /// The version of Impasto.
    pub version: String,
    /// A single picture, a sheet, a walk, or made of other pictures.
    pub kind: Kind,
    /// The run's id.
    pub run: String,
    /// The hash of the checkpoint's weights.
    pub checkpoint: String,
    /// Pictures seen in training up to that checkpoint.
    pub images: u64,
    /// The name of the model's recipe.
    pub recipe: String,
    /// The seed that it was painted from.
    pub seed: u64,
    /// The class that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// How near to the mean the latents were drawn; 1 is not at all.
    pub truncation: f64,
    /// What the latents were drawn from.
    pub prior: String,
    /// Whatever else the tool needs to paint it again.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// What sort of picture it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One picture.
    #[default]
    Sample,
    /// Many in rows.
    Sheet,
    /// Many one after another.
    Walk,
    /// One that was made of other pictures.
    Made,
    /// A kind of a later version.
    #[serde(other)]
    Other,
}

/// A picture that another one was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The name of its file, without the folder.
    pub file: String,
    /// The checksum of that file.
    pub sha256: String,
}

impl Origin {
    /// The file that these bytes are.
    pub fn of(path: &Path, bytes: &[u8]) -> Self {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { file, sha256: crate::run::sha256(bytes) }
    }

    /// This file, which may be larger than the memory.
    pub fn of_file(path: &Path) -> Result<Self, FileError> {
        let sha256 = crate::run::sha256_of_file(path)?;
        Ok(Self { sha256, ..Self::of(path, &[]) })
    }
}

/// Under this key a made picture's recipe has the verb that made it,
pub const VERB: &str = "verb";
/// the pictures that it was made of,
pub const FROM: &str = "from";
/// and the settings that decided it; pictures of earlier versions have them as they were typed.
pub const SETTINGS: &str = "settings";

/// A recipe may be no longer: what is made of its text takes many times the memory.
pub(super) const LARGEST_RECIPE: usize = 64 << 20;

/// Lists, objects and what is in them: a sheet of ten thousand pictures has fifty thousand.
const MOST_PARTS: usize = 500_000;

/// The key of the recipe among a picture's texts.
pub(super) const RECIPE_KEY: &str = "impasto";

impl PictureRecipe {
    /// What a picture carries that a job made of others: how (the name of the method or of a run's recipe), the seed, and
    /// the settings. A job that used a run adds its id and checkpoint.
    pub fn made(verb: &str, how: &str, from: &[Origin], seed: u64, settings: impl Into<Value>) -> Self {
        let mut extra = serde_json::Map::new();
        extra.insert(VERB.into(), verb.into());
        extra.insert(FROM.into(), serde_json::json!(from));
        extra.insert(SETTINGS.into(), settings.into());
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { version, kind: Kind::Made, recipe: how.to_owned(), seed, extra, ..Self::default() }
    }

    /// The pictures that it was made of.
    pub fn from(&self) -> Vec<Origin> {
        let from = self.extra.get(FROM).cloned();
        from.and_then(|from| serde_json::from_value(from).ok()).unwrap_or_default()
    }

    /// The recipe as it stands in a picture: one JSON object in one line.
    pub fn to_json(&self) -> String {
        // Strings as keys and numbers that JSON knows or writes as null: there is nothing to fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// All texts of a painted picture: the recipe, and the marks that a machine made it.
    pub(super) fn texts(&self) -> Vec<(&'static str, String)> {
        vec![
            (RECIPE_KEY, self.to_json()),
            ("Software", format!("Impasto {}", self.version)),
            ("Description", MADE_BY_A_MACHINE.to_string()),
            ("Comment", MADE_BY_A_MACHINE.to_string()),
            ("digital_source_type", self.source_type().to_string()),
            ("XML:com.adobe.xmp", self.xmp()),
        ]
    }

    /// The mark that a machine made it, as XMP.
    pub(super) fn xmp(&self) -> String {
        xmp(self.source_type())
    }

    fn source_type(&self) -> &'static str {
        if self.kind == Kind::Made { DIGITAL_SOURCE_TYPE_OF_MADE } else { DIGITAL_SOURCE_TYPE }
    }

    pub(super) fn from_json(json: &str, path: &Path) -> Result<Self, PictureError> {
        let bad = |why: String| PictureError::BadRecipe { path: path.to_path_buf(), why };
        if has_too_many_parts(json) {
            return Err(bad(format!("it has more than {MOST_PARTS} parts, and no picture needs so many")));
        }
        serde_json::from_str(json).map_err(|error| bad(error.to_string()))
    }
}

/// Each part takes far more memory than the two letters that it may have in a file.
pub(super) fn has_too_many_parts(json: &str) -> bool {
    json.bytes().filter(|byte| b"[{,".contains(byte)).count() > MOST_PARTS
}

fn xmp(source_type: &str) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
         Iptc4xmpExt:DigitalSourceType=\"{source_type}\"/>\
         </rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
    )
}
