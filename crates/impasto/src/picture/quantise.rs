//! Few colours for many: the cell of colours with the largest squared error is cut in two again and again, then the
//! colours settle into the means of what is nearest to them (Lloyd's algorithm). Nothing in it is random.

/// A colour and how often it occurs.
#[derive(Clone)]
pub(super) struct Counted {
    pub(super) colour: [f64; 3],
    pub(super) count: f64,
}

/// Rounds of settling; more change little.
const ROUNDS: usize = 4;

/// At most `most` colours that stand for all of these with little squared error.
pub(super) fn quantise(all: &[Counted], most: usize) -> Vec<[u8; 3]> {
    let mut cells = vec![Cell::of(all.to_vec())];
    while cells.len() < most {
        let errors = cells.iter().map(|one| one.error).enumerate();
        let Some((worst, error)) = errors.max_by(|one, two| one.1.total_cmp(&two.1)) else { break };
        if error <= 0.0 {
            break;
        }
        let (lower, upper) = cells.swap_remove(worst).cut();
        cells.extend([lower, upper]);
    }
    let mut colours: Vec<[f64; 3]> = cells.iter().map(|one| one.mean).collect();
    (0..ROUNDS).for_each(|_| settle(&mut colours, all));
    colours.into_iter().map(|colour| colour.map(|part| part.round() as u8)).collect()
}

struct Cell {
    members: Vec<Counted>,
    mean: [f64; 3],
    /// The channel along which the members differ most, and their squared error along it.
    channel: usize,
    error: f64,
}

impl Cell {
    fn of(members: Vec<Counted>) -> Self {
        let mean = mean(&members);
        let along = |channel: usize| -> f64 {
            members.iter().map(|one| one.count * (one.colour[channel] - mean[channel]).powi(2)).sum()
        };
        let errors = [0, 1, 2].map(along);
        let channel = (0..3).max_by(|&one, &two| errors[one].total_cmp(&errors[two])).unwrap_or(0);
        // A single colour may have a rounding error, and can't be cut.
        let error = if members.len() > 1 { errors[channel] } else { 0.0 };
        Self { members, mean, channel, error }
    }

    fn cut(self) -> (Self, Self) {
        let (channel, middle) = (self.channel, self.mean[self.channel]);
        let (lower, upper) = self.members.into_iter().partition(|one| one.colour[channel] <= middle);
        (Self::of(lower), Self::of(upper))
    }
}

fn mean(members: &[Counted]) -> [f64; 3] {
    let count: f64 = members.iter().map(|one| one.count).sum();
    let sum = |channel: usize| members.iter().map(|one| one.count * one.colour[channel]).sum::<f64>();
    [0, 1, 2].map(|channel| sum(channel) / count.max(1.0))
}

fn settle(colours: &mut [[f64; 3]], all: &[Counted]) {
    let mut sums = vec![[0.0; 4]; colours.len()];
    for one in all {
        let sum = &mut sums[nearest(colours, one.colour)];
        (0..3).for_each(|channel| sum[channel] += one.count * one.colour[channel]);
        sum[3] += one.count;
    }
    for (colour, [red, green, blue, count]) in colours.iter_mut().zip(sums) {
        if count > 0.0 {
            *colour = [red, green, blue].map(|sum| sum / count);
        }
    }
}

fn nearest(colours: &[[f64; 3]], wanted: [f64; 3]) -> usize {
    let mut best = (f64::INFINITY, 0);
    for (number, colour) in colours.iter().enumerate() {
        let distance: f64 = (0..3).map(|channel| (colour[channel] - wanted[channel]).powi(2)).sum();
        if distance < best.0 {
            best = (distance, number);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(shade: u8, count: f64) -> Counted {
        Counted { colour: [f64::from(shade); 3], count }
    }

    #[test]
    fn clusters_become_their_means() {
        let all = [grey(10, 1.0), grey(12, 1.0), grey(200, 3.0), grey(204, 1.0)];
        let mut colours = quantise(&all, 2);
        colours.sort_unstable();
        assert_eq!(colours, [[11; 3], [201; 3]]);
    }

    #[test]
    fn colours_that_are_few_enough_are_kept() {
        let all: Vec<Counted> = (0..100).map(|shade| grey(shade * 2, 1.0)).collect();
        let mut colours = quantise(&all, 256);
        colours.sort_unstable();
        assert_eq!(colours, (0..100).map(|shade| [shade * 2; 3]).collect::<Vec<[u8; 3]>>());
        assert_eq!(quantise(&[], 4), [[0; 3]]);
    }
}
