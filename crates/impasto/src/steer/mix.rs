//! Mixing: a part of another point comes in.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::levels::{Levels, cut};
use crate::paint::Point;

/// Where a point comes from. As data it is what would be typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// A number names one.
    Seed(u64),
    /// A `.latent` file holds one, and so does a picture that Impasto painted.
    File(PathBuf),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.parse() {
            Ok(seed) => Ok(Self::Seed(seed)),
            Err(_) if text.is_empty() => Err("a seed or a .latent file is missing".into()),
            Err(_) if is_number(text) && !is_file(text) => {
                Err(format!("{text} is no seed: the largest is {}", u64::MAX))
            }
            Err(_) => Ok(Self::File(text.into())),
        }
    }
}

as_text!(Source);
as_text!(Mix);

impl Source {
    /// Whether it is a file that is there.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::File(path) if path.is_file())
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_file(text: &str) -> bool {
    Path::new(text).is_file()
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
/// `17:0.3@2..` goes 30 % of the way there, and `17` alone half of the way everywhere. Where a file has such a name, it is
/// that file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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
        let (rest, levels) = match cut(text) {
            _ if is_file(text) => (text, None),
            (_, None) => (text, wrong_levels(text).map_or(Ok(None), Err)?),
            found => found,
        };
        let (with, share) = shared(rest)?;
        let share = share.unwrap_or(if levels.is_some() { 1.0 } else { 0.5 });
        Ok(Self { with: with.parse()?, share, levels: levels.unwrap_or_default() })
    }
}

/// Cuts `...:0.3` into what stands before it and the share. What follows the last : may be a part of a file's name.
fn shared(text: &str) -> Result<(&str, Option<f64>), String> {
    let (false, Some((with, share))) = (is_file(text), text.rsplit_once(':')) else {
        return Ok((text, None));
    };
    match share.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok((with, Some(share))),
        Err(_) if !is_number(with) => Ok((text, None)),
        _ => Err(format!("the share in \"{text}\" must be a number from 0 to 1")),
    }
}

/// What is wrong with the levels that stand behind a seed, whose @ is no part of a file's name.
fn wrong_levels(text: &str) -> Option<String> {
    let (before, levels) = text.rsplit_once('@')?;
    let is_seed = match before.split_once(':') {
        Some((seed, share)) => is_number(seed) && share.parse::<f64>().is_ok(),
        None => is_number(before),
    };
    levels.parse::<Levels>().err().filter(|_| is_seed)
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
        for (wrong, why) in [
            ("17@0", "names no levels"),
            ("17@3..1", "names no levels"),
            ("17:0.3@", "names no levels"),
            ("17:", "from 0 to 1"),
            ("17:much@2", "from 0 to 1"),
            ("18446744073709551616", "the largest is 18446744073709551615"),
            ("18446744073709551616:0.5", "no seed"),
        ] {
            let told = wrong.parse::<Mix>().unwrap_err();
            assert!(told.contains(why), "{wrong}: {told}");
        }
    }

    #[test]
    fn a_file_may_have_a_name_that_looks_like_a_share() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| folder.path().join(name).display().to_string();
        let mix = |text: String| text.parse::<Mix>().unwrap();
        let file = Source::File(name("face:0.5").into());
        assert_ne!(mix(name("face:0.5")).with, file);
        assert!(!file.is_there());
        std::fs::write(name("face:0.5"), "").unwrap();
        std::fs::write(name("face@2"), "").unwrap();
        assert!(file.is_there());
        for (text, share) in [("face:0.5", 0.5), ("face:0.5:0.2", 0.2), ("face:0.5@2..", 1.0)] {
            let mix = mix(name(text));
            assert_eq!((mix.with, mix.share), (file.clone(), share), "{text}");
        }
        let mix = mix(name("face@2"));
        assert_eq!((mix.with, mix.levels), (Source::File(name("face@2").into()), Levels::default()));
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
