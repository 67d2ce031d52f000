//! Mixing: a part of another point comes in.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::levels::{Levels, cut};
use crate::paint::Point;

/// Where a point comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A number names one.
    Seed(u64),
    /// A `.latent` file holds one, and so does a picture that Impasto painted.
    File(PathBuf),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Err("a seed or a .latent file is missing".into()),
            text => Ok(text.parse().map_or_else(|_| Self::File(text.into()), Self::Seed)),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(seed) => write!(f, "{seed}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// What comes in: `17:0.3` goes 30 % of the way to the point of seed 17, `17@2..` takes the levels from 2 on from it,
/// `17:0.3@2..` goes 30 % of the way there, and `17` alone half of the way everywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// The other point.
    pub with: Source,
    /// How far towards it, 0 to 1.
    pub share: f64,
    /// Where.
    pub levels: Levels,
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rest, levels) = cut(text);
        let (with, share) = match rest.rsplit_once(':').map(|(with, share)| (with, share.parse::<f64>())) {
            Some((with, Ok(share))) => (with, share),
            _ => (rest, if levels.is_some() { 1.0 } else { 0.5 }),
        };
        if !(0.0..=1.0).contains(&share) {
            return Err(format!("the share in \"{text}\" must be a number from 0 to 1"));
        }
        Ok(Self { with: with.parse()?, share, levels: levels.unwrap_or_default() })
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.with, self.share)?;
        if self.levels == Levels::default() { Ok(()) } else { write!(f, "@{}", self.levels) }
    }
}

/// The point with a share of another where these levels are, in a model with `count` of them. Classes are mixed only
/// where all of it is.
pub fn mixed(point: &Point, with: &Point, share: f64, levels: Levels, count: usize) -> Point {
    let other = point.towards(with, share);
    if levels.are_all(count) {
        return other;
    }
    let at = |level| if levels.contains(level) { other.at(level) } else { point.at(level) };
    Point {
        latent: point.latent.clone(),
        classes: point.classes.clone(),
        levels: (0..count).map(|level| at(level).to_vec()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_is_meant() {
        let mix = |text: &str| text.parse::<Mix>().unwrap();
        assert_eq!(mix("17"), Mix { with: Source::Seed(17), share: 0.5, levels: Levels::default() });
        assert_eq!(mix("17:0.3").share, 0.3);
        assert_eq!((mix("17@2..").share, mix("17@2..").levels), (1.0, "2..".parse().unwrap()));
        let from_file = mix("a:b/me@home.latent:0.25@2");
        assert_eq!(from_file.with, Source::File("a:b/me@home.latent".into()));
        assert_eq!((from_file.share, from_file.to_string()), (0.25, "a:b/me@home.latent:0.25@2".to_owned()));
        for wrong in ["", ":0.5", "17:1.5", "17:-1", "@2.."] {
            assert!(wrong.parse::<Mix>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn some_levels_are_mixed_and_others_stay() {
        let point = |latent: [f32; 2], classes: [f32; 2]| Point {
            latent: latent.to_vec(),
            classes: classes.to_vec(),
            levels: Vec::new(),
        };
        let (one, other) = (point([1.0, 0.0], [1.0, 0.0]), point([0.0, 1.0], [0.0, 1.0]));
        let fine = mixed(&one, &other, 1.0, "2..".parse().unwrap(), 3);
        assert_eq!(
            (fine.at(0), fine.at(1), fine.at(2)),
            (&[1.0, 0.0][..], &other.latent[..], &other.latent[..])
        );
        assert_eq!(fine.classes, one.classes);
        assert_eq!(mixed(&one, &other, 1.0, "..".parse().unwrap(), 3), other);
        let both = mixed(&fine, &other, 1.0, "1".parse().unwrap(), 3);
        assert!((0..3).all(|level| both.at(level) == other.latent));
    }
}
