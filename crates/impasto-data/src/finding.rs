//! What was noticed about single pictures: it is counted and named, and it never stops a training.

use serde::{Deserialize, Serialize};

/// What kind of thing was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The file is damaged, is no picture, or may not be read.
    Unreadable,
    /// The file breaks off before its end.
    Truncated,
    /// The file holds no bytes.
    Empty,
    /// The picture is larger than the limits allow.
    TooLarge,
    /// The file is of a format that can't be read.
    Unsupported,
    /// The same pixels were there before; the picture stays.
    Duplicate,
    /// Almost every pixel is black; the picture stays.
    NearBlack,
    /// Something about the set as a whole; nothing is left out.
    Note,
}

impl Kind {
    /// True for pictures that were left out.
    pub fn is_bad(self) -> bool {
        !matches!(self, Self::Duplicate | Self::NearBlack | Self::Note)
    }

    /// So many of them, in words: `1 duplicate`, `3 truncated`.
    pub fn counted(self, number: usize) -> String {
        let [one, many] = match self {
            Self::Unreadable => ["unreadable"; 2],
            Self::Truncated => ["truncated"; 2],
            Self::Empty => ["empty"; 2],
            Self::TooLarge => ["too large"; 2],
            Self::Unsupported => ["of an unknown format", "of unknown formats"],
            Self::Duplicate => ["duplicate", "duplicates"],
            Self::NearBlack => ["almost black"; 2],
            Self::Note => ["note", "notes"],
        };
        format!("{number} {}", if number == 1 { one } else { many })
    }
}

/// Something noticed about one picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where, from the root of the set.
    pub path: String,
    /// What kind of thing.
    pub kind: Kind,
    /// What happened and what to do, in words.
    pub why: String,
}

/// Why a picture can't be used, before it is known which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// What kind of flaw.
    pub kind: Kind,
    /// What happened, in words.
    pub why: String,
}

impl Flaw {
    pub(crate) fn new(kind: Kind, why: impl Into<String>) -> Self {
        Self { kind, why: why.into() }
    }

    /// The flaw of the picture at `path`.
    pub(crate) fn at(self, path: impl Into<String>) -> Finding {
        Finding { path: path.into(), kind: self.kind, why: self.why }
    }
}

impl From<std::io::Error> for Flaw {
    fn from(error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Kind::Truncated,
            _ => Kind::Unreadable,
        };
        Self::new(kind, error.to_string())
    }
}
