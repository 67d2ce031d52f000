//! Cut and paste: pieces of pictures laid into another one, and joined so that no edge shows.

mod bands;
mod piece;
mod poisson;
mod slic;
mod soft;

use impasto_random::Random;
use impasto_system::Span;
use serde::{Deserialize, Serialize};

use crate::patches::{Edge, Filter, Raster};
use piece::Piece;

/// Outlines that are usually tried for each piece, and places for each.
pub const TRIED: u64 = 24;
/// Pieces at a strength of 1.
const MOST: f64 = 7.0;
/// The share of the picture that they cover then, if none lies over another.
const COVERED: f64 = 0.9;

/// How a piece is joined to what is around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// By its gradients: it takes on the colours of where it lies.
    Poisson,
    /// Band by band: it keeps its colours and fades out.
    Bands,
    /// Not at all.
    Hard,
}

impl Join {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Poisson => "poisson",
            Self::Bands => "bands",
            Self::Hard => "hard",
        }
    }

    /// The picture with a piece (of the same shape) laid over where the mask is true.
    ///
    /// # Panics
    /// When the three are not of one size.
    pub fn joined(self, picture: &Raster, piece: &Raster, mask: &[bool]) -> Raster {
        match self {
            Self::Poisson => poisson::joined(picture, piece, mask),
            Self::Bands => bands::joined(picture, piece, mask),
            Self::Hard => {
                let mut made = picture.clone();
                let channels = made.channels();
                let pixels = made.values_mut().chunks_exact_mut(channels);
                let pixels = pixels.zip(piece.values().chunks_exact(channels)).zip(mask);
                pixels.filter(|(_, inside)| **inside).for_each(|((own, new), _)| own.copy_from_slice(new));
                made
            }
        }
    }
}

/// What is to be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// 0: the picture itself; 1: pieces nearly everywhere.
    pub strength: f64,
    /// How pieces are joined.
    pub join: Join,
    /// Outlines that are tried for each piece, and places for each outline; what fits best is taken.
    pub tried: u64,
    /// What pieces and places are drawn from.
    pub seed: u64,
}

/// A collage.
#[derive(Debug, Clone, PartialEq)]
pub struct Collage {
    /// The picture.
    pub picture: Raster,
    /// Whose each pixel is: 0 the picture's that was begun with, 1 the first piece's, and so on.
    pub owners: Vec<u32>,
    /// The donor of each piece, by number.
    pub donors: Vec<usize>,
}

impl Collage {
    /// The mean step from pixel to pixel across the joins, over that between the nearest neighbours on both sides of them. About
    /// 1: no edge can be seen; 0 where there are no joins.
    pub fn jump(&self) -> f64 {
        let (width, height) = (self.picture.width() as i64, self.picture.height() as i64);
        let at = |x: i64, y: i64| {
            let inside = (0..width).contains(&x) && (0..height).contains(&y);
            inside
                .then(|| (self.owners[(y * width + x) as usize], self.picture.pixel(x as usize, y as usize)))
        };
        let step = |one: &[f32], two: &[f32]| {
            one.iter().zip(two).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>()
        };
        let (mut across, mut inside) = ([0.0; 2], [0.0; 2]);
        for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
            for (right, down) in [(1, 0), (0, 1)] {
                let place = |steps: i64| at(x + steps * right, y + steps * down);
                let (Some(one), Some(two)) = (place(0), place(1)) else { continue };
                if one.0 == two.0 {
                    continue;
                }
                across = [across[0] + step(one.1, two.1), across[1] + 1.0];
                for beside in [-3, -2, -1, 1, 2, 3] {
                    if let (Some(one), Some(two)) = (place(beside), place(beside + 1))
                        && one.0 == two.0
                    {
                        inside = [inside[0] + step(one.1, two.1), inside[1] + 1.0];
                    }
                }
            }
        }
        let mean = |[sum, count]: [f64; 2]| sum / f64::max(count, 1.0);
        if across[0] == 0.0 { 0.0 } else { mean(across) / mean(inside) }
    }

    /// How many pieces can be seen.
    pub fn pieces(&self) -> usize {
        let mut owners: Vec<u32> = self.owners.iter().copied().filter(|&owner| owner > 0).collect();
        owners.sort_unstable();
        owners.dedup();
        owners.len()
    }
}

/// Lays pieces of the donors into a picture. All have as many channels as it. Nothing is made where the work is stopped.
///
/// # Panics
/// When there are no donors.
pub fn collage(picture: &Raster, donors: &[&Raster], wish: &Wish, span: &mut Span<'_>) -> Option<Collage> {
    assert!(!donors.is_empty(), "pieces of something");
    let area = picture.width() * picture.height();
    let mut made = Collage { picture: picture.clone(), owners: vec![0; area], donors: Vec::new() };
    let count = (MOST * wish.strength).ceil() as u32;
    for number in 1..=count {
        let mut random = Random::new(wish.seed, "piece", u64::from(number));
        let size = COVERED * wish.strength * area as f64 / f64::from(count) * random.between(0.6, 1.4);
        let chosen = random.below(donors.len());
        let donor = fitted(donors[chosen], picture, &mut random);
        let labels = slic::segments(&donor, ((size.sqrt() / 3.0) as usize).clamp(6, 40));
        let tried = (0..wish.tried)
            .filter_map(|_| Piece::drawn(&made.picture, &donor, &labels, (size, wish.tried), &mut random));
        let best = tried.min_by(|a, b| a.misfit.total_cmp(&b.misfit));
        if let Some(piece) = best {
            let (mask, laid) = piece.laid(&made.picture, &donor);
            made.picture = wish.join.joined(&made.picture, &laid, &mask);
            made.donors.push(chosen);
            made.owners.iter_mut().zip(&mask).filter(|(_, mask)| **mask).for_each(|(own, _)| *own = number);
        }
        if !span.reached(f64::from(number) / f64::from(count)) {
            return None;
        }
    }
    Some(made)
}

/// A donor about as large as the picture, at a scale that is drawn.
fn fitted(donor: &Raster, picture: &Raster, random: &mut Random) -> Raster {
    let short = |raster: &Raster| raster.width().min(raster.height()) as f64;
    let scale = short(picture) / short(donor) * random.between(0.75, 1.35);
    let side = |side: usize| ((side as f64 * scale).round() as usize).max(8);
    donor.resized(side(donor.width()), side(donor.height()), Filter::Cubic, Edge::Still)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hills and valleys of one colour range.
    fn hills(width: usize, height: usize, number: u64, bright: f32) -> Raster {
        let values = Random::new(number, "hills", 0).uniforms(12 * 9 * 3, 0.0, 1.0);
        let mut hills = Raster::new(12, 9, 3, values).resized(width, height, Filter::Cubic, Edge::Still);
        let grain = Random::new(number, "grain", 0).uniforms(width * height * 3, -0.02, 0.02);
        hills
            .values_mut()
            .iter_mut()
            .zip(grain)
            .for_each(|(value, grain)| *value = bright + 0.5 * *value + grain);
        hills
    }

    fn made(strength: f64, join: Join, seed: u64) -> Collage {
        let (one, other) = (hills(120, 90, 1, 0.0), hills(100, 110, 2, 0.4));
        collage(&one, &[&other], &Wish { strength, join, tried: TRIED, seed }, &mut Span::unwatched())
            .unwrap()
    }

    #[test]
    fn joins_cannot_be_seen_but_hard_ones_can() {
        for seed in 1..4 {
            let jumps = [Join::Poisson, Join::Bands, Join::Hard].map(|join| made(0.6, join, seed).jump());
            assert!(jumps[0] <= 1.1 && jumps[1] <= 1.1, "seed {seed}: {jumps:?}");
            assert!(jumps[2] > 1.5, "seed {seed}: {jumps:?}");
        }
    }

    #[test]
    fn strength_decides_how_much_is_pasted_and_none_is_the_picture() {
        assert_eq!(made(0.0, Join::Poisson, 1).picture, hills(120, 90, 1, 0.0));
        let pasted =
            |strength| made(strength, Join::Hard, 5).owners.iter().filter(|&&owner| owner > 0).count();
        assert!(pasted(0.2) > 300 && pasted(0.2) < pasted(0.9), "{} and {}", pasted(0.2), pasted(0.9));
    }

    #[test]
    fn a_seed_makes_one_collage_whatever_the_threads() {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| made(0.5, Join::Poisson, 3))
        };
        assert!(with(1) == with(3));
        assert!(made(0.5, Join::Poisson, 4).picture != made(0.5, Join::Poisson, 3).picture);
    }

    #[test]
    fn a_hard_edge_is_measured_as_one() {
        let halves = Raster::new(
            8,
            2,
            1,
            (0..16)
                .map(|at| if at % 8 < 4 { 0.01 * (at % 8) as f32 } else { 0.8 + 0.01 * (at % 8) as f32 })
                .collect(),
        );
        let owners = (0..16).map(|at| u32::from(at % 8 >= 4)).collect();
        assert!((Collage { picture: halves, owners, donors: vec![0] }.jump() - 81.0).abs() < 0.1);
        assert_eq!(
            Collage { picture: Raster::zeros(4, 4, 1), owners: vec![0; 16], donors: Vec::new() }.jump(),
            0.0
        );
    }
}
