//! Files like others, but wrong: bits turned, numbers replaced by those that are often forgotten, pieces cut out, doubled and
//! mixed.

use impasto_random::Random;

/// Longer ones are cut.
const LONGEST: usize = 1 << 16;
/// Changes of one file, at most.
const MOST_CHANGES: usize = 6;
/// Numbers that readers forget.
const NUMBERS: [u64; 14] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0xffff_ffff,
    0x1_0000_0000,
    i64::MAX as u64,
    u64::MAX,
];

/// One of the seeds, changed in a few places. The same number gives the same file.
pub fn mutated(seeds: &[Vec<u8>], target: &str, number: u64) -> Vec<u8> {
    let mut random = Random::new(1, target, number);
    let mut bytes = random.pick(seeds).clone();
    for _ in 0..=random.below(MOST_CHANGES) {
        change(&mut bytes, seeds, &mut random);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let rest = bytes.len() - at;
    let length = random.below(rest.min(64) + 1);
    match random.below(8) {
        0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
        1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = random.below(256) as u8),
        2 => overwrite(bytes, at, random),
        3 => drop(bytes.drain(at..at + length)),
        4 => {
            let piece = bytes[at..at + length].to_vec();
            for _ in 0..=random.below(20) {
                bytes.splice(at..at, piece.iter().copied());
            }
        }
        5 => {
            let other = random.pick(seeds);
            let from = random.below(other.len() + 1);
            let piece = &other[from..(from + length.max(4)).min(other.len())];
            bytes.splice(at..at + length.min(piece.len()), piece.iter().copied());
        }
        6 => bytes.truncate(at),
        _ => bytes
            .splice(at..at, (0..length).map(|_| random.below(256) as u8).collect::<Vec<u8>>())
            .for_each(drop),
    }
}

/// A number of one to eight bytes, with the lowest or the highest first, or as digits.
fn overwrite(bytes: &mut [u8], at: usize, random: &mut Random) {
    let number = *random.pick(&NUMBERS);
    let width = *random.pick(&[1, 2, 4, 8]);
    let written = match random.below(3) {
        0 => number.to_le_bytes()[..width].to_vec(),
        1 => number.to_be_bytes()[8 - width..].to_vec(),
        _ => number.to_string().into_bytes(),
    };
    bytes.iter_mut().skip(at).zip(written).for_each(|(byte, new)| *byte = new);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_give_equal_files_and_others_others() {
        let seeds = [vec![7; 100], Vec::new()];
        let all: Vec<Vec<u8>> = (0..500).map(|number| mutated(&seeds, "x", number)).collect();
        assert_eq!(mutated(&seeds, "x", 3), all[3]);
        let distinct: std::collections::BTreeSet<&Vec<u8>> = all.iter().collect();
        assert!(distinct.len() > 200, "{}", distinct.len());
    }
}
