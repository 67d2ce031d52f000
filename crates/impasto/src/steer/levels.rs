//! Which of the places where latents enter.

use std::fmt;
use std::str::FromStr;

/// Levels from coarse to fine, counted from 1: `2..` from the second on, `..3` up to the third, `2..3`, or `2` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    first: usize,
    last: Option<usize>,
}

impl Default for Levels {
    fn default() -> Self {
        Self { first: 1, last: None }
    }
}

impl Levels {
    /// Whether a level is one of them; it is counted from 0, as the library does.
    pub fn contains(self, level: usize) -> bool {
        level + 1 >= self.first && self.last.is_none_or(|last| level < last)
    }

    /// Whether they are all that a model with so many levels has.
    pub fn are_all(self, count: usize) -> bool {
        (0..count).all(|level| self.contains(level))
    }

    /// Whether a model with so many levels has the ones that are named.
    pub fn fit(self, count: usize) -> bool {
        self.first.max(self.last.unwrap_or(1)) <= count
    }
}

impl FromStr for Levels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("\"{text}\" names no levels: 2.. is from the second on, ..3, 2..3, or 2 alone");
        let number = |text: &str| text.parse().ok().filter(|&number: &usize| number > 0).ok_or_else(wrong);
        let levels = match text.split_once("..") {
            None => number(text).map(|level| Self { first: level, last: Some(level) })?,
            Some((first, last)) => Self {
                first: if first.is_empty() { 1 } else { number(first)? },
                last: if last.is_empty() { None } else { Some(number(last)?) },
            },
        };
        if levels.last.is_some_and(|last| last < levels.first) { Err(wrong()) } else { Ok(levels) }
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (first, Some(last)) if first == last => write!(f, "{first}"),
            (first, Some(last)) => write!(f, "{first}..{last}"),
            (first, None) => write!(f, "{first}.."),
        }
    }
}

/// Cuts `...@2..` into what stands before it and the levels. What follows the last @ may be a part of a file's name.
pub(super) fn cut(text: &str) -> (&str, Option<Levels>) {
    match text.rsplit_once('@').map(|(before, levels)| (before, levels.parse())) {
        Some((before, Ok(levels))) => (before, Some(levels)),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<usize> {
        let levels: Levels = text.parse().unwrap();
        (0..5).filter(|&level| levels.contains(level)).collect()
    }

    #[test]
    fn levels_are_counted_from_one_and_the_last_is_one_of_them() {
        assert_eq!(named("2.."), [1, 2, 3, 4]);
        assert_eq!(named("..3"), [0, 1, 2]);
        assert_eq!(named("2..3"), [1, 2]);
        assert_eq!(named("5"), [4]);
        assert_eq!(named(".."), [0, 1, 2, 3, 4]);
        for wrong in ["", "0", "3..2", "a..", "1..b", "-1"] {
            assert!(wrong.parse::<Levels>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_model_has_them_or_not() {
        let levels: Levels = "2..3".parse().unwrap();
        assert!(levels.fit(3) && !levels.fit(2) && !levels.are_all(3));
        assert!(Levels::default().are_all(7) && Levels::default().fit(1));
        assert_eq!(
            ["2..3", "4", "2..", ".."].map(|text| text.parse::<Levels>().unwrap().to_string()),
            ["2..3", "4", "2..", "1.."]
        );
    }

    #[test]
    fn levels_are_cut_off_the_end() {
        assert_eq!(cut("17:0.5@2.."), ("17:0.5", Some("2..".parse().unwrap())));
        assert_eq!(cut("me@home.latent"), ("me@home.latent", None));
    }
}
