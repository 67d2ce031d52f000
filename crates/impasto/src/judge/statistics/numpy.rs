//! The draws of numpy's `RandomState`, so that figures which other tools have published can be made again.
//!
//! Matsumoto and Nishimura, "Mersenne Twister", 1998 (MT19937); numpy shuffles by Fisher and Yates from the end, and draws
//! a number up to `most` by masking and trying again.

const WORDS: usize = 624;

/// `numpy.random.RandomState(seed)`.
#[derive(Debug, Clone)]
pub struct RandomState {
    words: [u32; WORDS],
    next: usize,
}

impl RandomState {
    /// The state that numpy starts with.
    pub fn new(seed: u32) -> Self {
        let mut words = [seed; WORDS];
        for at in 1..WORDS {
            let last = words[at - 1];
            words[at] = 1_812_433_253u32.wrapping_mul(last ^ last >> 30).wrapping_add(at as u32);
        }
        Self { words, next: WORDS }
    }

    /// `choice(count, size, replace=False)`
    pub fn choice(&mut self, count: usize, size: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count as u32).collect();
        for last in (1..count).rev() {
            order.swap(last, self.up_to(last as u32) as usize);
        }
        order.truncate(size);
        order
    }

    fn up_to(&mut self, most: u32) -> u32 {
        let mask = u32::MAX >> most.leading_zeros();
        loop {
            let value = self.word() & mask;
            if value <= most {
                return value;
            }
        }
    }

    fn word(&mut self) -> u32 {
        if self.next == WORDS {
            self.turn();
        }
        let mut word = self.words[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }

    fn turn(&mut self) {
        for at in 0..WORDS {
            let joined = self.words[at] & 0x8000_0000 | self.words[(at + 1) % WORDS] & 0x7fff_ffff;
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[at] = self.words[(at + 397) % WORDS] ^ joined >> 1 ^ odd;
        }
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_draws_what_numpy_draws() {
        let mut state = RandomState::new(2020);
        assert_eq!(state.choice(10, 5), [2, 4, 9, 1, 5]);
        assert_eq!(state.choice(300, 4), [60, 141, 295, 187]);
    }
}
