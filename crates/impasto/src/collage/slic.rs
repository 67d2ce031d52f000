//! Superpixels: pieces of about one size whose pixels lie together and have one colour.
//!
//! After Achanta and others, "SLIC Superpixels Compared to State-of-the-Art Superpixel Methods", 2012. Differs from the paper:
//! colours are compared as they are (not in CIELAB), and every pixel looks at the nine centres around its cell of the grid,
//! which makes the search the same for all pixels.

use crate::patches::Raster;

/// How often centres move.
const TURNS: usize = 6;
/// What a step of a whole cell counts beside a change from black to white.
const COMPACT: f32 = 0.25;

/// A label for each pixel, row by row, for pieces of about `size` pixels on a side. Every piece hangs together.
pub(super) fn segments(picture: &Raster, size: usize) -> Vec<u32> {
    let grid = Grid::over(picture, size.max(2));
    let mut centres = grid.centres(picture);
    let mut labels = Vec::new();
    for _ in 0..TURNS {
        labels = grid.nearest(picture, &centres);
        grid.move_to_means(picture, &labels, &mut centres);
    }
    connected(&labels, picture.width(), size * size / 4)
}

/// The cells that centres begin in.
struct Grid {
    across: usize,
    down: usize,
    /// Pixels on a side of a cell.
    step: [f32; 2],
}

/// Where a piece is and its colour.
#[derive(Clone)]
struct Centre {
    at: [f32; 2],
    colour: Vec<f32>,
}

impl Grid {
    fn over(picture: &Raster, size: usize) -> Self {
        let [across, down] = [picture.width(), picture.height()].map(|side| side.div_ceil(size).max(1));
        let step = [picture.width() as f32 / across as f32, picture.height() as f32 / down as f32];
        Self { across, down, step }
    }

    fn centres(&self, picture: &Raster) -> Vec<Centre> {
        let cells = (0..self.across * self.down).map(|cell| [cell % self.across, cell / self.across]);
        cells
            .map(|cell| {
                let at = [0, 1].map(|side| (cell[side] as f32 + 0.5) * self.step[side] - 0.5);
                let colour = picture.pixel(at[0] as usize, at[1] as usize).to_vec();
                Centre { at, colour }
            })
            .collect()
    }

    fn cell(&self, x: usize, y: usize) -> [usize; 2] {
        let cell = |at: usize, side: usize, end: usize| ((at as f32 / self.step[side]) as usize).min(end - 1);
        [cell(x, 0, self.across), cell(y, 1, self.down)]
    }

    fn nearest(&self, picture: &Raster, centres: &[Centre]) -> Vec<u32> {
        let weight = COMPACT * COMPACT / (self.step[0] * self.step[1]);
        let of = |at: usize| {
            let (x, y) = (at % picture.width(), at / picture.width());
            let [column, row] = self.cell(x, y);
            let apart = |number: usize| {
                let centre = &centres[number];
                let colour =
                    centre.colour.iter().zip(picture.pixel(x, y)).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
                let space = (centre.at[0] - x as f32).powi(2) + (centre.at[1] - y as f32).powi(2);
                colour + weight * space
            };
            let near = (row.saturating_sub(1)..(row + 2).min(self.down)).flat_map(|row| {
                (column.saturating_sub(1)..(column + 2).min(self.across)).map(move |column| (row, column))
            });
            let scored =
                near.map(|(row, column)| row * self.across + column).map(|number| (apart(number), number));
            scored.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, number)| number as u32)
        };
        (0..picture.width() * picture.height()).map(of).collect()
    }

    fn move_to_means(&self, picture: &Raster, labels: &[u32], centres: &mut [Centre]) {
        let mut sums = vec![(0.0f32, [0.0f32; 2], vec![0.0f32; picture.channels()]); centres.len()];
        for (at, &label) in labels.iter().enumerate() {
            let (x, y) = (at % picture.width(), at / picture.width());
            let (count, place, colour) = &mut sums[label as usize];
            *count += 1.0;
            *place = [place[0] + x as f32, place[1] + y as f32];
            colour.iter_mut().zip(picture.pixel(x, y)).for_each(|(sum, value)| *sum += value);
        }
        for (centre, (count, place, colour)) in centres.iter_mut().zip(sums).filter(|(_, sum)| sum.0 > 0.0) {
            *centre = Centre {
                at: place.map(|sum| sum / count),
                colour: colour.into_iter().map(|sum| sum / count).collect(),
            };
        }
    }
}

/// New labels: one for each part that hangs together; those of less than `least` pixels join the one before them.
fn connected(labels: &[u32], width: usize, least: usize) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let mut new = vec![NONE; labels.len()];
    let mut count = 0;
    for start in 0..labels.len() {
        if new[start] != NONE {
            continue;
        }
        // What lies to the left or above has its label already.
        let before = if start % width > 0 {
            new[start - 1]
        } else {
            start.checked_sub(width).map_or(NONE, |up| new[up])
        };
        let mut part = vec![start];
        new[start] = count;
        let mut next = 0;
        while next < part.len() {
            for other in around(part[next], width, labels.len()) {
                if new[other] == NONE && labels[other] == labels[start] {
                    new[other] = count;
                    part.push(other);
                }
            }
            next += 1;
        }
        if part.len() < least && before != NONE {
            part.into_iter().for_each(|at| new[at] = before);
        } else {
            count += 1;
        }
    }
    new
}

/// The pixels beside one.
pub(super) fn around(at: usize, width: usize, count: usize) -> impl Iterator<Item = usize> {
    let x = at % width;
    let all = [
        (x > 0).then(|| at - 1),
        (x + 1 < width).then_some(at + 1),
        at.checked_sub(width),
        Some(at + width).filter(|&below| below < count),
    ];
    all.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn halves() -> Raster {
        let mut random = Random::new(1, "slic", 0);
        let mut at = |x: usize| (if x < 23 { 0.2 } else { 0.8 }) + 0.05 * random.normal() as f32;
        Raster::new(50, 40, 1, (0..2000).map(|number| at(number % 50)).collect())
    }

    #[test]
    fn every_pixel_has_a_label_and_every_piece_hangs_together() {
        let labels = segments(&halves(), 8);
        assert_eq!(labels.len(), 2000);
        let count = 1 + *labels.iter().max().unwrap() as usize;
        assert!((20..60).contains(&count), "{count} pieces");
        for label in 0..count as u32 {
            let all = labels.iter().filter(|&&other| other == label).count();
            let mut part: Vec<usize> = labels.iter().position(|&other| other == label).into_iter().collect();
            let mut next = 0;
            while next < part.len() {
                let more =
                    around(part[next], 50, 2000).filter(|&at| labels[at] == label && !part.contains(&at));
                let more: Vec<usize> = more.collect();
                part.extend(more);
                next += 1;
            }
            assert!(all > 0 && part.len() == all, "piece {label}: {} of {all}", part.len());
        }
    }

    #[test]
    fn pieces_end_where_the_colour_changes() {
        let labels = segments(&halves(), 8);
        let crossed = (0..40).filter(|y| labels[y * 50 + 22] == labels[y * 50 + 23]).count();
        assert!(crossed <= 2, "{crossed} rows cross the edge");
    }
}
