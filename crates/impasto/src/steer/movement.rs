//! Moves along axes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::axes::Axis;
use super::levels::{Levels, cut};
use crate::paint::Point;

/// Farther than any latent is drawn.
const FARTHEST: f64 = 100.0;

/// `smile=-1`: one deviation back along the axis called smile; `3=+2@2..`: two along axis 3, at the levels from 2 on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Move {
    /// The axis: its name, its number, or `axis` and its number.
    pub axis: String,
    /// How many deviations.
    pub by: f64,
    /// Where.
    pub levels: Levels,
}

as_text!(Move);

impl FromStr for Move {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rest, levels) = cut(text);
        let wrong =
            || format!("\"{text}\" is no move: give an axis and how far, such as axis3=+2 or smile=-1");
        let (axis, by) = rest.split_once('=').ok_or_else(wrong)?;
        let by = by.trim().parse().ok().filter(|by: &f64| by.abs() <= FARTHEST).ok_or_else(wrong)?;
        let axis = axis.trim().to_owned();
        if axis.is_empty() { Err(wrong()) } else { Ok(Self { axis, by, levels: levels.unwrap_or_default() }) }
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:+}", self.axis, self.by)?;
        if self.levels == Levels::default() { Ok(()) } else { write!(f, "@{}", self.levels) }
    }
}

/// The point so many deviations along an axis, where these levels are, in a model with `count` of them.
pub fn moved(point: &Point, axis: &Axis, by: f64, levels: Levels, count: usize) -> Point {
    let step = (by * axis.deviation) as f32;
    let along = |latent: &[f32]| latent.iter().zip(&axis.direction).map(|(v, d)| v + step * d).collect();
    let Point { latent, classes, .. } = point;
    if levels.are_all(count) {
        let levels = point.levels.iter().map(|latent| along(latent)).collect();
        return Point { latent: along(latent), classes: classes.clone(), levels };
    }
    let at = |level| if levels.contains(level) { along(point.at(level)) } else { point.at(level).to_vec() };
    Point { latent: latent.clone(), classes: classes.clone(), levels: (0..count).map(at).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_is_meant() {
        let read = |text: &str| text.parse::<Move>().unwrap();
        assert_eq!(read("axis3=+2.0"), Move { axis: "axis3".into(), by: 2.0, levels: Levels::default() });
        assert_eq!(read("smile=-1@2..").levels, "2..".parse().unwrap());
        assert_eq!(read(" smile = -1.5 ").to_string(), "smile=-1.5");
        for wrong in ["smile", "smile=", "=1", "smile=big", "smile=NaN", "smile=1e9", ""] {
            assert!(wrong.parse::<Move>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_move_is_measured_in_deviations_and_there_and_back_is_home() {
        let axis = Axis { name: None, direction: vec![0.6, 0.8], deviation: 2.0, share: 1.0 };
        let point = Point::new(vec![1.0, 1.0], vec![]);
        let there = moved(&point, &axis, 0.5, Levels::default(), 3);
        assert_eq!(there.latent, [1.6, 1.8]);
        let fine = moved(&point, &axis, 0.5, "3".parse().unwrap(), 3);
        assert_eq!((fine.at(1), fine.at(2)), (&[1.0, 1.0][..], &[1.6, 1.8][..]));
        let home = moved(&fine, &axis, -0.5, "3".parse().unwrap(), 3);
        assert!((0..3).all(|level| home.at(level).iter().all(|v| (v - 1.0).abs() < 1e-6)));
        assert!(moved(&fine, &axis, 1.0, Levels::default(), 3).at(2)[0] > 2.7, "all levels move");
    }
}
