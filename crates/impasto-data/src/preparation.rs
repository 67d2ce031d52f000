//! How pictures are made equal before a training sees them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::size::Size;

/// Longest side a prepared picture may have: a batch of these still fits into memory.
const LONGEST: usize = 16_384;

/// The colours a picture keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// One channel of brightness.
    Grey,
    /// Red, green and blue.
    Rgb,
    /// Red, green and blue, multiplied by alpha; and alpha, which is how opaque it is.
    Rgba,
}

/// What is done with pictures of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Crop {
    /// Scaled until it covers, then the middle is cut out.
    Center,
    /// Scaled until it fits, then padded with the background.
    Fit,
    /// Scaled until it covers; every time another window is cut out.
    Random,
}

/// How pictures are made equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// The colours kept.
    pub channels: Channels,
    /// What is done with pictures of another shape.
    pub crop: Crop,
    /// What lies behind transparent pictures, and around those that are padded. Pictures that keep their transparency have
    /// nothing behind and around them.
    pub background: [u8; 3],
    /// Half of the pictures in a batch are mirrored left to right.
    pub flip: bool,
    /// Each picture is two, side by side, and each half is prepared and mirrored for itself; `width` is that of both.
    #[serde(default)]
    pub pairs: bool,
}

impl Preparation {
    /// Square pictures: centre crop, white background, no flips.
    pub fn square(size: usize, channels: Channels) -> Self {
        let (crop, background) = (Crop::Center, [255; 3]);
        Self { width: size, height: size, channels, crop, background, flip: false, pairs: false }
    }

    /// Pictures of this size: centre crop, white background, no flips.
    pub fn of(Size { width, height }: Size, channels: Channels) -> Self {
        Self { width, height, ..Self::square(1, channels) }
    }

    /// The same for pictures that are two of this size, side by side.
    pub fn in_pairs(self) -> Self {
        Self { width: 2 * self.width, pairs: true, ..self }
    }

    /// The same for one of the halves.
    pub(crate) fn of_a_half(&self) -> Self {
        Self { width: self.width / 2, pairs: false, ..self.clone() }
    }

    /// How large the pictures will be.
    pub fn size(&self) -> Size {
        Size { width: self.width, height: self.height }
    }

    /// Refuses sizes that no picture can have.
    pub(crate) fn check(&self) -> Result<(), DataError> {
        if self.pairs && (self.crop == Crop::Random || !self.width.is_multiple_of(2)) {
            return Err(DataError::Preparation {
                what: "pairs".into(),
                why: "both halves need the same window and width: use crop \"center\" or \"fit\"".into(),
            });
        }
        if (1..=LONGEST).contains(&self.width) && (1..=LONGEST).contains(&self.height) {
            return Ok(());
        }
        Err(DataError::Preparation {
            what: format!("{}x{}", self.width, self.height),
            why: format!("each side must be from 1 to {LONGEST} pixels"),
        })
    }
}

impl Channels {
    const NAMES: [(&str, Self); 3] = [("grey", Self::Grey), ("rgb", Self::Rgb), ("rgba", Self::Rgba)];

    /// How many bytes a pixel has.
    pub fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

impl Crop {
    const NAMES: [(&str, Self); 3] = [("center", Self::Center), ("fit", Self::Fit), ("random", Self::Random)];
}

impl fmt::Display for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name(&Self::NAMES, *self))
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name(&Self::NAMES, *self))
    }
}

impl FromStr for Channels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        value("channels", &Self::NAMES, text)
    }
}

impl FromStr for Crop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        value("crop", &Self::NAMES, text)
    }
}

fn name<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    names.iter().find(|(_, v)| *v == value).map_or("", |(name, _)| name)
}

fn value<T: Copy>(what: &str, names: &[(&str, T)], text: &str) -> Result<T, String> {
    names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let choices: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        format!("there is no {what} \"{text}\": choose {}", choices.join(" or "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for (name, crop) in Crop::NAMES {
            assert_eq!(name.parse::<Crop>(), Ok(crop));
            assert_eq!(crop.to_string(), name);
            assert_eq!(serde_json::to_string(&crop).unwrap(), format!("\"{name}\""));
        }
        for (name, channels) in Channels::NAMES {
            assert_eq!(name.parse::<Channels>(), Ok(channels));
            assert_eq!(channels.to_string(), name);
        }
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_choices() {
        let error = "centre".parse::<Crop>().unwrap_err();
        assert_eq!(error, "there is no crop \"centre\": choose center or fit or random");
    }

    #[test]
    fn sides_of_nothing_are_refused() {
        assert!(Preparation::square(0, Channels::Rgb).check().is_err());
        assert!(Preparation::square(usize::MAX, Channels::Rgb).check().is_err());
        assert!(Preparation::square(64, Channels::Rgb).check().is_ok());
    }

    #[test]
    fn pairs_have_no_random_windows() {
        let pairs = Preparation::square(64, Channels::Rgb).in_pairs();
        assert_eq!(
            (pairs.size(), pairs.of_a_half().size()),
            (Size { width: 128, height: 64 }, Size::square(64))
        );
        assert!(pairs.check().is_ok());
        assert!(Preparation { crop: Crop::Random, ..pairs }.check().is_err());
    }
}
