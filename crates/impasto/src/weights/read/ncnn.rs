//! What ncnn keeps a network in: a `.param` file, a text with a line for each layer, and a `.bin` file beside it, the numbers of
//! these layers one after the other and nothing else. So neither says anything without the other.
//!
//! Tensors are named by what they are and counted in the order of the lines, since names in such files are those of some
//! converter: `conv0.weight`, `conv0.bias`, `prelu0.slope`, `conv1.weight`.

use std::collections::BTreeMap;

use super::ReadError;
use super::budget::Budget;
use super::cursor::Cursor;
use super::element::Element;
use crate::run::Stored;

/// The first line of a `.param` file.
const MAGIC: &[u8] = b"7767517";
/// Before numbers of 16 bits.
const HALVES: u32 = 0x0130_6B47;
/// Before numbers of 32 bits.
const WHOLE: u32 = 0;
/// Layers that have no numbers in the `.bin` file.
const WITHOUT: [&str; 7] = ["Input", "Split", "Concat", "Eltwise", "BinaryOp", "Interp", "PixelShuffle"];
/// Sides of a kernel are no longer.
const MOST_KERNEL: usize = 64;

/// Which of the two files these bytes begin, as far as they show.
pub(super) fn half(bytes: &[u8]) -> Option<Half> {
    if bytes.starts_with(MAGIC) {
        return Some(Half::Graph);
    }
    bytes.starts_with(&HALVES.to_le_bytes()).then_some(Half::Numbers)
}

/// One of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::weights) enum Half {
    /// `.param`
    Graph,
    /// `.bin`
    Numbers,
}

/// All tensors.
pub(super) fn tensors(graph: &[u8], numbers: &[u8]) -> Result<BTreeMap<String, Stored>, ReadError> {
    let budget = &mut Budget::of(graph.len().saturating_add(numbers.len()));
    let text = std::str::from_utf8(graph).map_err(|_| damaged("its .param file is no text"))?;
    let mut lines = text.lines().skip(2);
    if !graph.starts_with(MAGIC) {
        return Err(damaged("its .param file does not begin as one"));
    }
    let mut numbers = Numbers { bytes: Cursor::new(numbers, 0), tensors: BTreeMap::new(), counts: [0; 2] };
    lines.try_for_each(|line| numbers.layer(line, budget))?;
    if numbers.bytes.byte().is_ok() {
        return Err(damaged("its .bin file is longer than its .param file says: they don't belong together"));
    }
    Ok(numbers.tensors)
}

fn damaged(what: &str) -> ReadError {
    ReadError::Damaged(what.to_owned())
}

struct Numbers<'a> {
    bytes: Cursor<'a>,
    tensors: BTreeMap<String, Stored>,
    /// Convolutions and activations so far.
    counts: [usize; 2],
}

impl Numbers<'_> {
    /// Reads what belongs to the layer in a line: its kind, its name, how many come in and go out, their names, and settings.
    fn layer(&mut self, line: &str, budget: &mut Budget) -> Result<(), ReadError> {
        budget.step(1)?;
        let Some(kind) = line.split_ascii_whitespace().next() else { return Ok(()) };
        match kind {
            "Convolution" => self.convolution(&Settings::of(line)?, budget),
            "PReLU" => {
                let count = Settings::of(line)?.get(0, 0);
                let name = format!("prelu{}.slope", self.next(1));
                self.plain(name, vec![count], budget)
            }
            kind if WITHOUT.contains(&kind) => Ok(()),
            _ => Err(ReadError::Kind("it has layers of a kind that no network here has")),
        }
    }

    fn next(&mut self, kind: usize) -> usize {
        self.counts[kind] += 1;
        self.counts[kind] - 1
    }

    fn convolution(&mut self, settings: &Settings, budget: &mut Budget) -> Result<(), ReadError> {
        let (outputs, width, count) = (settings.get(0, 0), settings.get(1, 1), settings.get(6, 0));
        let height = settings.get(11, width);
        if outputs == 0 || !(1..=MOST_KERNEL).contains(&width) || !(1..=MOST_KERNEL).contains(&height) {
            return Err(damaged("a convolution has no outputs, or a kernel of no sensible size"));
        }
        let each = outputs.saturating_mul(width * height);
        if settings.get(8, 0) != 0 || count % each != 0 {
            return Err(damaged("the numbers of a convolution don't fill its kernels"));
        }
        let number = self.next(0);
        self.tagged(format!("conv{number}.weight"), vec![outputs, count / each, height, width], budget)?;
        if settings.get(5, 0) == 0 {
            return Ok(());
        }
        self.plain(format!("conv{number}.bias"), vec![outputs], budget)
    }

    /// Numbers behind a word that says of how many bits they are.
    fn tagged(&mut self, name: String, shape: Vec<usize>, budget: &mut Budget) -> Result<(), ReadError> {
        match u32::from_le_bytes(self.bytes.array()?) {
            WHOLE => self.plain(name, shape, budget),
            HALVES => {
                let count = budget.numbers(&shape)?;
                let values = Element::F16.floats(self.bytes.slice(count.saturating_mul(2))?);
                // What follows begins at a multiple of four.
                self.bytes.skip(count % 2 * 2)?;
                self.tensors.insert(name, Stored { shape, values });
                Ok(())
            }
            _ => Err(ReadError::Kind(
                "its numbers are of a kind that is not read here: neither 16 nor 32 bits",
            )),
        }
    }

    fn plain(&mut self, name: String, shape: Vec<usize>, budget: &mut Budget) -> Result<(), ReadError> {
        let count = budget.numbers(&shape)?;
        let values = Element::F32.floats(self.bytes.slice(count.saturating_mul(4))?);
        self.tensors.insert(name, Stored { shape, values });
        Ok(())
    }
}

/// `0=64 1=3`: what is said of a layer, by number.
struct Settings(BTreeMap<i32, usize>);

impl Settings {
    fn of(line: &str) -> Result<Self, ReadError> {
        let pairs = line.split_ascii_whitespace().filter_map(|word| word.split_once('='));
        let pair = |(key, value): (&str, &str)| {
            // Lists and fractions have keys or values of another form, and none of them says how many numbers there are.
            Some((key.parse().ok()?, value.parse().ok()?))
        };
        let settings = Self(pairs.filter_map(pair).collect());
        let counts =
            [0, 6].iter().all(|key| settings.0.get(key).is_none_or(|&count| count <= u32::MAX as usize));
        if counts { Ok(settings) } else { Err(damaged("a layer has more numbers than any file")) }
    }

    fn get(&self, key: i32, otherwise: usize) -> usize {
        self.0.get(&key).copied().unwrap_or(otherwise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = "7767517\n5 5\n\
        Input in 0 1 data\n\
        Convolution Conv_0 1 1 data a 0=1 1=3 4=1 5=1 6=9 9=2 -23310=1,2.000000e-01\n\
        PReLU P 1 1 a b 0=1\n\
        Convolution Conv_9 1 1 b c 0=2 1=1 5=0 6=2\n\
        Interp up 1 1 c out 0=1 1=4.000000e+00\n";

    fn numbers() -> Vec<u8> {
        let mut bytes = HALVES.to_le_bytes().to_vec();
        // One in 16 bits nine times, two bytes of nothing, then a bias and a slope.
        bytes.extend([0x00, 0x3c].repeat(9));
        bytes.extend([0, 0]);
        bytes.extend([0.5_f32, 0.25].iter().flat_map(|value| value.to_le_bytes()));
        bytes.extend(WHOLE.to_le_bytes());
        bytes.extend([3.0_f32, -4.0].iter().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    #[test]
    fn numbers_of_both_kinds_are_read_in_the_order_of_the_layers() {
        let tensors = tensors(GRAPH.as_bytes(), &numbers()).unwrap();
        let stored =
            |shape: &[usize], values: &[f32]| Stored { shape: shape.to_vec(), values: values.to_vec() };
        assert_eq!(tensors["conv0.weight"], stored(&[1, 1, 3, 3], &[1.0; 9]));
        assert_eq!(tensors["conv0.bias"], stored(&[1], &[0.5]));
        assert_eq!(tensors["prelu0.slope"], stored(&[1], &[0.25]));
        assert_eq!(tensors["conv1.weight"], stored(&[2, 1, 1, 1], &[3.0, -4.0]));
        assert_eq!(tensors.len(), 4);
    }

    #[test]
    fn each_half_is_known_by_its_beginning() {
        assert_eq!(half(GRAPH.as_bytes()), Some(Half::Graph));
        assert_eq!(half(&numbers()), Some(Half::Numbers));
        assert_eq!(half(b"PK"), None);
    }

    #[test]
    fn whatever_is_cut_off_added_or_changed_is_an_error_and_no_panic() {
        let numbers = numbers();
        for end in 0..numbers.len() {
            assert!(tensors(GRAPH.as_bytes(), &numbers[..end]).is_err(), "{end}");
        }
        let longer = [numbers.clone(), vec![0]].concat();
        let error = tensors(GRAPH.as_bytes(), &longer).unwrap_err().to_string();
        assert!(error.contains("don't belong together"), "{error}");
        for end in 0..GRAPH.len() {
            // A line less may still be a network, but then numbers are left over.
            let _ = tensors(&GRAPH.as_bytes()[..end], &numbers);
        }
    }

    #[test]
    fn sizes_that_no_file_has_are_refused_before_anything_is_made() {
        let hostile = [
            "0=18446744073709551615 1=3 6=9",
            "0=4294967295 1=64 11=64 6=4294967295",
            "0=1 1=3 6=4294967295",
            "0=1 1=3 6=18446744073709551615",
            "0=0 1=3 6=9",
            "0=1 1=0 6=9",
            "0=1 1=1000000 6=9",
            "0=2 1=3 6=9",
            "0=1 1=3 6=9 8=1",
            "6=9",
        ];
        for settings in hostile {
            let graph = format!("7767517\n1 1\nConvolution c 1 1 a b {settings}\n");
            assert!(tensors(graph.as_bytes(), &numbers()).is_err(), "{settings}");
        }
        let kind = tensors(b"7767517\n1 1\nLSTM l 1 1 a b 0=3\n", &[]).unwrap_err();
        assert!(matches!(kind, ReadError::Kind(_)));
        assert!(tensors(b"7767517", &[1]).is_err() && tensors(b"\xff\xfe", &[]).is_err());
    }
}
