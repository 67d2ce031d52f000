//! How large pictures are: one number for square ones, `96x64` (across, then down) for others.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Pixels across and down. Written as one number where both are the same, and as `96x64` otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
}

impl Size {
    /// As many pixels across as down.
    pub fn square(side: usize) -> Self {
        Self { width: side, height: side }
    }

    /// The one side of a square.
    pub fn side(self) -> Option<usize> {
        (self.width == self.height).then_some(self.width)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.side() {
            Some(side) => write!(f, "{side}"),
            None => write!(f, "{}x{}", self.width, self.height),
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| text.trim().parse::<usize>().ok();
        let size = match text.split_once(['x', 'X', '×']) {
            Some((width, height)) => {
                side(width).zip(side(height)).map(|(width, height)| Self { width, height })
            }
            None => side(text).map(Self::square),
        };
        size.ok_or_else(|| wrong(text))
    }
}

fn wrong(what: impl fmt::Display) -> String {
    format!(
        "size is {what}: it must be one number for square pictures, such as 64, or width x height, such as 96x64"
    )
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.side() {
            Some(side) => serializer.serialize_u64(side as u64),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

/// Reads a number or a text.
struct Either;

impl Visitor<'_> for Either {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size such as 64 or \"96x64\"")
    }

    fn visit_u64<E: de::Error>(self, side: u64) -> Result<Size, E> {
        usize::try_from(side).map(Size::square).map_err(|_| E::custom(wrong(side)))
    }

    fn visit_i64<E: de::Error>(self, side: i64) -> Result<Size, E> {
        usize::try_from(side).map(Size::square).map_err(|_| E::custom(wrong(side)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Size, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_one_number_and_others_are_width_by_height() {
        for (text, width, height, json) in
            [("64", 64, 64, "64"), ("96x64", 96, 64, "\"96x64\""), ("28x32", 28, 32, "\"28x32\"")]
        {
            let size = Size { width, height };
            assert_eq!(text.parse(), Ok(size));
            assert_eq!(size.to_string(), text);
            assert_eq!(serde_json::to_string(&size).unwrap(), json);
            assert_eq!(serde_json::from_str::<Size>(json).unwrap(), size);
        }
    }

    #[test]
    fn other_ways_to_write_a_size_are_understood() {
        for text in ["96X64", "96×64", " 96 x 64 "] {
            assert_eq!(text.parse(), Ok(Size { width: 96, height: 64 }), "{text}");
        }
        assert_eq!("64x64".parse(), Ok(Size::square(64)));
        assert_eq!(Size::square(64).to_string(), "64");
    }

    #[test]
    fn what_is_no_size_is_answered_with_examples() {
        for wrong in ["", "x", "64x", "x64", "64x64x3", "-64", "big", "6.4", "64,96"] {
            let error = wrong.parse::<Size>().unwrap_err();
            assert!(error.contains("such as 64") && error.contains("such as 96x64"), "{error}");
        }
        assert!(serde_json::from_str::<Size>("-3").unwrap_err().to_string().contains("96x64"));
        assert!(serde_json::from_str::<Size>("[1, 2]").unwrap_err().to_string().contains("96x64"));
    }
}
