//! The flags by which pictures are steered.

use std::str::FromStr;

use clap::Args;
use impasto::jobs::Steering;
use impasto::recipe::Prior;
use impasto::steer::{Mix, Move, Source};

/// What can be asked of any point.
#[derive(Debug, Default, Args)]
pub(crate) struct SteeringFlags {
    /// Mix in other pictures: 17:0.3 goes 30 % of the way to seed 17, 17@2.. takes the levels from 2 on (the finer ones)
    /// from it; a .latent file or a painted picture may stand for the seed
    #[arg(long = "mix", value_name = "SEED[:SHARE][@LEVELS],...")]
    mixes: Vec<Mixes>,
    /// Move along axes that `impasto directions` has found, in steps of their usual spread: axis3=+2,smile=-1
    #[arg(long = "move", value_name = "AXIS=STEPS", value_delimiter = ',')]
    moves: Vec<Move>,
}

impl SteeringFlags {
    /// All of it, and of which class, and how near to the middle.
    pub(crate) fn request(&self, class: Option<&str>, truncation: f64, prior: Prior) -> Steering {
        let mix = self.mixes.iter().flat_map(|Mixes(mixes)| mixes.clone()).collect();
        Steering { class: class.map(str::to_owned), mix, moves: self.moves.clone(), truncation, prior }
    }
}

/// What comes in, one after the other, with commas between.
#[derive(Debug, Clone)]
struct Mixes(Vec<Mix>);

impl FromStr for Mixes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        listed(text, |mix: &Mix| mix.with.is_there()).map(Self)
    }
}

/// Seeds and files with commas between.
#[derive(Debug, Clone)]
pub(crate) struct Sources(pub(crate) Vec<Source>);

impl FromStr for Sources {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        listed(text, Source::is_there).map(Self)
    }
}

/// No file's name has more commas: looking for all names that could be meant would take a time for each of them.
const COMMAS: usize = 8;

/// What stands between commas; those in the name of a file that is there part nothing.
fn listed<T: FromStr<Err = String>>(text: &str, is_there: fn(&T) -> bool) -> Result<Vec<T>, String> {
    let (mut all, mut rest) = (Vec::new(), text);
    loop {
        let commas = rest.match_indices(',').map(|(at, _)| at).chain([rest.len()]);
        let ends: Vec<usize> = commas.take(COMMAS + 1).collect();
        let is_whole = |end: &usize| rest[..*end].parse().is_ok_and(|one| is_there(&one));
        let end = ends.iter().copied().rev().find(is_whole).unwrap_or(ends[0]);
        all.push(rest[..end].parse()?);
        match rest.get(end + 1..) {
            Some(after) => rest = after,
            None => return Ok(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_part_what_is_listed_but_not_the_names_of_files() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| folder.path().join(name).display().to_string();
        let path = name("a,b.latent");
        let sources = |text: &str| text.parse::<Sources>().map(|Sources(all)| all.len());
        assert_eq!(sources("7,face.latent,9"), Ok(3));
        assert_eq!(sources(&format!("7,{path},9")), Ok(4));
        std::fs::write(&path, "").unwrap();
        assert_eq!(sources(&format!("7,{path},9")), Ok(3));
        assert_eq!(sources(&path), Ok(1));
        assert!(sources("7,").is_err() && sources("").is_err());
        let Mixes(mixes) = format!("17:0.3,{path}:0.4@2..,{path}").parse().unwrap();
        assert_eq!(mixes.iter().map(|mix| mix.share).collect::<Vec<_>>(), [0.3, 0.4, 0.5]);
        assert!(mixes[1..].iter().all(|mix| mix.with == Source::File(path.clone().into())));
    }
}
