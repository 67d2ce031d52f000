//! Pictures of one set that are the same picture: compressed anew, of another size, cropped a little.

use impasto_system::{Monitor, Stage, Unit};
use rayon::prelude::*;

use super::nearest::{Layout, nearest};
use super::thumbnail::Thumbnail;
use super::unlike::Prepared;

/// Layouts that are further apart, squared, are not laid over each other, nor more than so many of the nearest.
const WITHIN: f32 = 0.3;
const LAID_OVER: usize = 8;
/// What twins may differ in: as a whole, and in the cell where they differ most (8 levels of 255). The same emoji with
/// another tone of skin differs in more.
const UNLIKENESS: f32 = 0.03;
const DIFFERENCE: f32 = 8.0 / 255.0;
/// Smaller pictures suffer more from compression, up to so many times as much.
const SMALL: f32 = 96.0;
const MOST_TIMES: f32 = 3.5;
/// Pictures between two reports of progress.
const AT_ONCE: usize = 256;

/// A picture that may have a twin.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What it looks like.
    pub thumbnail: Thumbnail,
    /// The shorter side of the picture.
    pub side: usize,
}

/// Groups of pictures that are the same, by their numbers, in order; nothing where the work is stopped.
pub fn twins(pictures: &[Candidate], monitor: &mut dyn Monitor) -> Option<Vec<Vec<usize>>> {
    let layouts: Vec<Layout> = pictures.par_iter().map(|one| one.thumbnail.layout()).collect();
    let mut groups = Groups::of(pictures.len());
    for first in (0..pictures.len()).step_by(AT_ONCE) {
        if !monitor.count(Stage::Comparing, Unit::Pictures, first, pictures.len()) {
            return None;
        }
        let some = &layouts[first..(first + AT_ONCE).min(layouts.len())];
        let near = nearest(some, &layouts, WITHIN, LAID_OVER, &|own, index| first + own > index);
        let pairs: Vec<[usize; 2]> = near
            .par_iter()
            .enumerate()
            .flat_map_iter(|(own, near)| near.iter().map(move |near| [first + own, near.index]))
            .filter(|pair| are_twins(pair.map(|at| &pictures[at])))
            .collect();
        pairs.into_iter().for_each(|[one, other]| groups.join(one, other));
    }
    monitor.count(Stage::Comparing, Unit::Pictures, pictures.len(), pictures.len());
    Some(groups.of_several())
}

fn are_twins(pair: [&Candidate; 2]) -> bool {
    let times =
        (SMALL / pair.map(|one| one.side).into_iter().min().unwrap_or(1) as f32).clamp(1.0, MOST_TIMES);
    let [one, other] = pair.map(|one| Prepared::of(&one.thumbnail));
    one.unlikeness(&other) < times * UNLIKENESS && one.largest_difference(&other) < times * DIFFERENCE
}

/// Numbers that belong together: each points to one before it, or to itself.
struct Groups(Vec<usize>);

impl Groups {
    fn of(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn first(&self, mut one: usize) -> usize {
        while self.0[one] != one {
            one = self.0[one];
        }
        one
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.0[one.max(other)] = one.min(other);
    }

    fn of_several(&self) -> Vec<Vec<usize>> {
        let mut groups = vec![Vec::new(); self.0.len()];
        (0..self.0.len()).for_each(|one| groups[self.first(one)].push(one));
        groups.retain(|group| group.len() > 1);
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::{draw, motifs};
    use crate::{Picture, squeezed};
    use impasto_random::Random;
    use impasto_system::Recorder;

    fn candidate(picture: &Picture) -> Candidate {
        Candidate { thumbnail: Thumbnail::of(picture), side: picture.width().min(picture.height()) }
    }

    #[test]
    fn numbers_that_were_joined_are_one_group() {
        let mut groups = Groups::of(6);
        for [one, other] in [[4, 5], [1, 3], [3, 4]] {
            groups.join(one, other);
        }
        assert_eq!(groups.of_several(), [[1, 3, 4, 5]]);
        assert!(Groups::of(0).of_several().is_empty());
    }

    #[test]
    fn smaller_and_coarser_pictures_are_twins_and_others_of_their_kind_are_not() {
        let drawn = |at: u64| {
            let motif = &motifs()[at as usize % motifs().len()];
            draw(motif, 0, 128, &mut Random::new(1, "twins", at))
        };
        let mut pictures: Vec<Picture> = (0..80).map(drawn).collect();
        let coarse = |&byte: &u8| byte / 12 * 12 + 6;
        pictures.push(squeezed(pictures[3].clone(), 64, 64));
        pictures.push(Picture::new(128, 128, 3, pictures[10].pixels().iter().map(coarse).collect()));
        let candidates: Vec<Candidate> = pictures.iter().map(candidate).collect();
        let mut heard = Recorder::default();
        let groups = twins(&candidates, &mut heard);
        assert_eq!(groups, Some(vec![vec![3, 80], vec![10, 81]]));
        assert_eq!(heard.progress.last(), Some(&(Stage::Comparing, 82.0, Some(82.0))));
        assert_eq!(twins(&candidates, &mut Recorder::stopping_after(1)), None);
    }

    #[test]
    fn icons_of_other_colours_or_at_other_places_on_white_are_no_twins() {
        let icon = |colour: [u8; 3], left: usize| {
            let pixel = |at: usize| {
                let (x, y) = (at % 96, at / 96);
                let inside = (left..left + 30).contains(&x) && (30..60).contains(&y);
                if inside { colour } else { [255; 3] }
            };
            candidate(&Picture::new(96, 96, 3, (0..96 * 96).flat_map(pixel).collect()))
        };
        let icons =
            [icon([200, 30, 30], 30), icon([30, 30, 200], 30), icon([200, 30, 30], 0), icon([255; 3], 0)];
        assert!(twins(&icons, &mut ()).is_some_and(|groups| groups.is_empty()));
    }
}
