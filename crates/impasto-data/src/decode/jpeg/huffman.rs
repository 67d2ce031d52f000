//! Bits, and the codes that they are read by.

/// Bits that a code is looked up by at once; nearly all codes are shorter.
const AT_ONCE: u32 = 12;

/// What a code says.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Symbol {
    /// How far it leads on among the coefficients; 0 for bits that are no code.
    pub(super) step: u8,
    /// Bits of the number behind the code.
    pub(super) size: u8,
    /// Bits of the code.
    length: u8,
}

/// Goes beyond all coefficients: the rest are zero.
const END: u8 = 128;

/// Several symbols with the numbers behind them, to be left out together.
#[derive(Debug, Clone, Copy, Default)]
struct Chain {
    step: u8,
    bits: u8,
}

/// A table of codes.
#[derive(Debug)]
pub(super) struct Table {
    quick: Box<[Symbol; 1 << AT_ONCE]>,
    chains: Box<[Chain; 1 << AT_ONCE]>,
    /// For each length: one more than its last code, moved to the left of 16 bits, and what leads from a code to its
    /// place among the symbols.
    long: [(u32, i32); 16],
    symbols: Vec<Symbol>,
}

impl Table {
    /// A table from the counts of codes of each length, and what they stand for in their order. For first
    /// coefficients, `first`, a symbol is a size and nothing more.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8], first: bool) -> Option<Self> {
        if symbols.len() > 256 || (first && symbols.iter().any(|&size| size > 11)) {
            return None;
        }
        let mut table = Self {
            quick: Box::new([Symbol::default(); 1 << AT_ONCE]),
            chains: Box::new([Chain::default(); 1 << AT_ONCE]),
            long: [(0, 0); 16],
            symbols: Vec::with_capacity(symbols.len()),
        };
        let mut code = 0u32;
        for (length, &count) in (1u32..).zip(counts) {
            let place = table.symbols.len();
            let lead = place as i32 - code as i32;
            for &symbol in symbols.get(place..place + usize::from(count))? {
                let symbol = Symbol::new(symbol, length, first);
                table.symbols.push(symbol);
                if length <= AT_ONCE {
                    let span = 1 << (AT_ONCE - length);
                    let from = code as usize * span;
                    table.quick.get_mut(from..from + span)?.fill(symbol);
                }
                code += 1;
            }
            // No code is all ones.
            if code >= 1 << length {
                return None;
            }
            table.long[length as usize - 1] = (code << (16 - length), lead);
            code <<= 1;
        }
        if !first {
            table.chains = Box::new(std::array::from_fn(|bits| table.chain(bits)));
        }
        Some(table)
    }

    /// The symbols whose codes are all within these bits.
    fn chain(&self, bits: usize) -> Chain {
        let mut chain = Chain::default();
        while u32::from(chain.bits) < AT_ONCE && chain.step < END {
            let symbol = self.quick[(bits << chain.bits) % (1 << AT_ONCE)];
            let known = AT_ONCE - u32::from(chain.bits);
            let too_far = symbol.step < END && chain.step + symbol.step > 64;
            if symbol.step == 0 || u32::from(symbol.length) > known || too_far {
                break;
            }
            chain.step += symbol.step;
            chain.bits += symbol.length + symbol.size;
        }
        chain
    }

    #[inline]
    fn find(&self, bits: &Bits<'_>) -> Symbol {
        let symbol = self.quick[bits.ahead()];
        if symbol.length > 0 { symbol } else { self.find_long(bits) }
    }

    #[cold]
    fn find_long(&self, bits: &Bits<'_>) -> Symbol {
        let code = (bits.buffer >> 48) as u32;
        let fits = |&length: &u32| code < self.long[length as usize - 1].0;
        let found = (AT_ONCE + 1..=16).find(fits).and_then(|length| {
            let place = (code >> (16 - length)) as i32 + self.long[length as usize - 1].1;
            self.symbols.get(usize::try_from(place).ok()?)
        });
        found.copied().unwrap_or_default()
    }
}

impl Symbol {
    fn new(symbol: u8, length: u32, first: bool) -> Self {
        let (run, size) = if first { (0, symbol) } else { (symbol >> 4, symbol & 15) };
        let step = match (run, size) {
            (0, 0) if !first => END,
            // Numbers of more bits, and runs before nothing, are in no baseline file.
            _ if size > 11 || (size == 0 && !first && run < 15) => 0,
            _ => run + 1,
        };
        Self { step, size, length: length as u8 }
    }
}

/// The bits of one stretch of a scan, the first ones first.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    /// The next ones, from the highest on.
    buffer: u64,
    /// How many of them are there.
    held: u32,
    rest: &'a [u8],
    /// How many of those that are there were made up, behind the end.
    made_up: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { buffer: 0, held: 0, rest: bytes, made_up: 0 }
    }

    /// Makes sure of enough bits for a code and its number.
    #[inline]
    fn refill(&mut self) {
        if self.held >= 32 {
            return;
        }
        if let Some(next) = self.rest.first_chunk::<8>() {
            self.buffer |= u64::from_be_bytes(*next) >> self.held;
            let bytes = (63 - self.held) / 8;
            self.rest = &self.rest[bytes as usize..];
            self.held += 8 * bytes;
        } else {
            self.refill_at_end();
        }
    }

    #[cold]
    fn refill_at_end(&mut self) {
        while self.held < 56 {
            let byte = self.rest.split_off_first();
            self.made_up += if byte.is_some() { 0 } else { 8 };
            self.buffer |= u64::from(byte.copied().unwrap_or(0)) << (56 - self.held);
            self.held += 8;
        }
    }

    /// Takes the next symbol but leaves its number; `None` when there is no such code.
    #[inline]
    pub(super) fn symbol(&mut self, table: &Table) -> Option<Symbol> {
        self.refill();
        let symbol = table.find(self);
        self.drop(u32::from(symbol.length));
        (symbol.step > 0).then_some(symbol)
    }

    /// Takes the number behind a symbol.
    #[inline]
    pub(super) fn number(&mut self, size: u8) -> i32 {
        let size = u32::from(size);
        if size == 0 {
            return 0;
        }
        let bits = (self.buffer >> (64 - size)) as i32;
        self.drop(size);
        // Those that begin with 0 are negative.
        if bits >> (size - 1) == 0 { bits - (1 << size) + 1 } else { bits }
    }

    /// Leaves out the rest of a block from coefficient `at` on; `None` when its end isn't met.
    #[inline]
    pub(super) fn skip(&mut self, table: &Table, mut at: usize) -> Option<()> {
        while at < 64 {
            self.refill();
            let chain = table.chains[self.ahead()];
            let next = at + usize::from(chain.step);
            // Not beyond the end of the block: what follows is of the next one.
            if chain.step > 0 && (next <= 64 || (128..192).contains(&next)) {
                self.drop(u32::from(chain.bits));
                at = next;
            } else {
                let symbol = self.symbol(table)?;
                self.drop(u32::from(symbol.size));
                at += usize::from(symbol.step);
            }
        }
        // Either exactly all coefficients, or the mark for "no more".
        (at == 64 || at >= 128).then_some(())
    }

    /// The next bits, for looking them up.
    #[inline]
    fn ahead(&self) -> usize {
        (self.buffer >> (64 - AT_ONCE)) as usize
    }

    #[inline]
    fn drop(&mut self, bits: u32) {
        self.buffer <<= bits;
        self.held -= bits;
    }

    /// True when all was used up to the last byte, and nothing was made up.
    pub(super) fn at_end(&self) -> bool {
        self.rest.is_empty() && self.held.checked_sub(self.made_up).is_some_and(|left| left < 8)
    }
}
