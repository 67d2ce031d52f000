//! The numbers of a convolution.

use crate::limit::count;

/// The numbers of a convolution, height first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// The kernel's size.
    pub kernel: [usize; 2],
    /// From one window to the next.
    pub stride: [usize; 2],
    /// Zeros on each side.
    pub padding: [usize; 2],
    /// From one value of a window to the next.
    pub dilation: [usize; 2],
    /// Channels are cut into this many groups that don't see each other.
    pub groups: usize,
}

impl Geometry {
    /// A square kernel.
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        let [kernel, stride, padding] = [kernel, stride, padding].map(|v| [v; 2]);
        Self { kernel, stride, padding, dilation: [1; 2], groups: 1 }
    }

    /// Height and width of a convolution's output.
    ///
    /// # Panics
    /// When the picture has no pixels, when the kernel is larger than the padded picture, and when a number is 0 that
    /// must not be, or too large.
    pub fn down(&self, size: [usize; 2]) -> [usize; 2] {
        self.check(size);
        [0, 1].map(|side| {
            let reach = self.reach(side);
            let padded = self.sum(2, self.padding[side], size[side]);
            assert!(padded >= reach, "a kernel that reaches over {reach} pixels on a picture of {padded}");
            (padded - reach) / self.stride[side] + 1
        })
    }

    /// Height and width of a transposed convolution's output, with this many rows and columns added at the end.
    ///
    /// # Panics
    /// When the picture has no pixels, when the padding cuts everything off, and when a number is 0 that must not be, or
    /// too large.
    pub fn up(&self, size: [usize; 2], added: [usize; 2]) -> [usize; 2] {
        self.check(size);
        [0, 1].map(|side| {
            let last = self.sum(size[side] - 1, self.stride[side], self.reach(side));
            let (whole, cut) = (self.sum(1, last, added[side]), self.sum(2, self.padding[side], 0));
            assert!(whole > cut, "padding cuts a picture of {whole} pixels away");
            whole - cut
        })
    }

    /// Checks the weight and the bias of a convolution from so many channels to so many, and the shape of its output.
    ///
    /// # Panics
    /// When they are not those of such a convolution.
    pub(crate) fn fits(
        &self,
        weight: [usize; 4],
        expected: [usize; 2],
        bias: Option<[usize; 1]>,
        out: [usize; 4],
    ) {
        let [rows, columns] = expected;
        let [high, wide] = self.kernel;
        assert_eq!(weight, [rows, columns, high, wide], "the weight of a convolution with {self:?}");
        assert!(weight[0] > 0 && weight[1] > 0, "a convolution of no channels, with a weight of {weight:?}");
        let outputs = out[1];
        assert!(bias.is_none_or(|bias| bias == [outputs]), "a bias of {bias:?} for {outputs} channels");
        count("the output of a convolution", &out);
    }

    /// The channels of one group.
    ///
    /// # Panics
    /// When the groups are not equal.
    pub(crate) fn each(&self, channels: usize) -> usize {
        let groups = self.groups;
        assert!(
            groups > 0 && channels.is_multiple_of(groups),
            "{channels} channels in {groups} equal groups"
        );
        channels / groups
    }

    /// How many pixels a kernel spans.
    pub(super) fn reach(&self, side: usize) -> usize {
        self.sum(self.kernel[side] - 1, self.dilation[side], 1)
    }

    pub(super) fn area(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    fn check(&self, size: [usize; 2]) {
        let some = [self.kernel, self.stride, self.dilation].as_flattened().iter().all(|&number| number > 0);
        assert!(some, "a kernel, a stride or a dilation of 0: {self:?}");
        assert!(size[0] > 0 && size[1] > 0, "a convolution of pictures of {size:?}, which have no pixels");
    }

    /// `number * each + more`.
    fn sum(&self, number: usize, each: usize, more: usize) -> usize {
        let sum = number.checked_mul(each).and_then(|sum| sum.checked_add(more));
        sum.unwrap_or_else(|| panic!("a convolution too large to count its pixels: {self:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::tests::refusal;

    #[test]
    fn numbers_that_make_no_convolution_are_refused() {
        let good = Geometry::square(3, 1, 1);
        let huge = usize::MAX / 2 + 1;
        for (geometry, size) in [
            (good, [0, 5]),
            (good, [5, 0]),
            (Geometry { kernel: [3, 0], ..good }, [5, 5]),
            (Geometry { stride: [0, 1], ..good }, [5, 5]),
            (Geometry { dilation: [1, 0], ..good }, [5, 5]),
            (Geometry { padding: [huge, 1], ..good }, [5, 5]),
            (Geometry { dilation: [1, huge], ..good }, [5, 5]),
        ] {
            let said = [refusal(|| geometry.down(size)), refusal(|| geometry.up(size, [0, 0]))];
            assert!(
                said.iter().all(|said| said.starts_with("a convolution") || said.contains("of 0")),
                "{said:?}"
            );
        }
        assert!(refusal(|| Geometry { stride: [huge, 1], ..good }.up([3, 3], [0, 0])).contains("too large"));
        assert!(refusal(|| good.up([3, 3], [usize::MAX, 0])).contains("too large"));
    }

    #[test]
    fn groups_must_be_equal() {
        let groups = |groups| Geometry { groups, ..Geometry::square(3, 1, 1) };
        assert_eq!(groups(3).each(12), 4);
        for (number, channels) in [(0, 4), (2, 5), (5, 2)] {
            assert!(refusal(|| groups(number).each(channels)).contains("equal groups"));
        }
    }
}
