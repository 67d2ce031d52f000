//! Batches of pictures as the left side of a sum: with a frame of zeros, as f32 or as pairs of bf16.

use std::borrow::Cow;

use crate::limit::{count, span};
use crate::room::{Room, Threads};
use crate::sum::pair;
use crate::tile::{LANES, Words};

/// How a plane is framed: zeros above and left of it, and the size of the whole; what does not fit is cut off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) top: usize,
    pub(crate) left: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl Frame {
    pub(crate) fn area(&self) -> usize {
        self.height * self.width
    }
}

/// Which two planes share a word when words are pairs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pairing {
    /// Neighbouring channels of a group.
    Channels,
    /// The same channel of neighbouring pictures.
    Pictures,
}

/// How many words lie between neighbours in framed planes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strides {
    /// From one picture (or pair of pictures) to the next.
    pub(crate) picture: usize,
    /// From one group of channels to the next.
    pub(crate) group: usize,
    /// From one channel (or pair of channels) to the next.
    pub(crate) channel: usize,
}

impl Strides {
    /// Of so many pictures with so many groups of so many channels.
    ///
    /// # Panics
    /// When steps don't reach over all that they must: the channels of a picture, or of all of them where sums run over
    /// pictures.
    pub(crate) fn new(
        words: Words,
        pairing: Pairing,
        [n, groups, channels]: [usize; 3],
        frame: Frame,
    ) -> Self {
        let area = frame.area();
        let (pictures, channels) = match pairing {
            Pairing::Channels => (1, channels.div_ceil(words.values())),
            Pairing::Pictures => (n.div_ceil(words.values()), channels),
        };
        span("framed pictures", &[pictures, groups, channels, frame.height, frame.width]);
        Self { picture: groups * channels * area, group: channels * area, channel: area }
    }
}

/// Frames `[n, groups * channels, height, width]`.
pub(crate) fn framed<'a>(
    threads: Threads,
    words: Words,
    pairing: Pairing,
    values: &'a [f32],
    [groups, channels, height, width]: [usize; 4],
    frame: Frame,
) -> Cow<'a, [u32]> {
    let planes = groups * channels;
    let pictures = values.len() / (planes * height * width).max(1);
    match (words, pairing) {
        (Words::Single, _) => singles(threads, values, height, width, frame),
        (Words::Pairs, Pairing::Channels) => {
            let half = channels.div_ceil(2);
            let source = |plane: usize| {
                let (group, channel) = (plane / half, 2 * (plane % half));
                let first = group * channels + channel;
                (first, (channel + 1 < channels).then_some(first + 1))
            };
            pairs(threads, values, pictures * groups * half, source, height, width, frame).into()
        }
        (Words::Pairs, Pairing::Pictures) => {
            let source = |plane: usize| {
                let (picture, channel) = (2 * (plane / planes), plane % planes);
                let second = (picture + 1 < pictures).then(|| (picture + 1) * planes + channel);
                (picture * planes + channel, second)
            };
            pairs(threads, values, pictures.div_ceil(2) * planes, source, height, width, frame).into()
        }
    }
}

/// Planes of `[height, width]` in a frame, with values to spare at the end, so that a vector can be read at any pixel.
pub(crate) fn framed_lines(threads: Threads, values: &[f32], size: [usize; 2], frame: Frame) -> Vec<u32> {
    single_planes(threads, values, size, frame, LANES)
}

/// Planes as they are, copied only when there is a frame to add.
fn singles(threads: Threads, values: &[f32], height: usize, width: usize, frame: Frame) -> Cow<'_, [u32]> {
    if (frame.top, frame.left, frame.height, frame.width) == (0, 0, height, width) {
        return Cow::Borrowed(bytemuck::cast_slice(values));
    }
    single_planes(threads, values, [height, width], frame, 0).into()
}

fn single_planes(
    threads: Threads,
    values: &[f32],
    [height, width]: [usize; 2],
    frame: Frame,
    spare: usize,
) -> Vec<u32> {
    let planes = values.len() / (height * width).max(1);
    framed_planes(threads, planes, frame, spare, |plane, y, out| {
        let Some(row) = values[plane * height * width..][..height * width].chunks_exact(width).nth(y) else {
            return;
        };
        let wide = width.min(out.len());
        out[..wide].copy_from_slice(bytemuck::cast_slice(&row[..wide]));
    })
}

fn pairs(
    threads: Threads,
    values: &[f32],
    planes: usize,
    source: impl Fn(usize) -> (usize, Option<usize>) + Sync,
    height: usize,
    width: usize,
    frame: Frame,
) -> Vec<u32> {
    let nothing = vec![0f32; width];
    framed_planes(threads, planes, frame, 0, |plane, y, out| {
        if y >= height {
            return;
        }
        let (first, second) = source(plane);
        let wide = width.min(out.len());
        let row = |plane: usize| &values[(plane * height + y) * width..][..wide];
        pair(row(first), second.map_or(&nothing[..wide], row), &mut out[..wide]);
    })
}

/// Planes of zeros into which `fill` puts each row, numbered from the picture's first, at its place inside the frame;
/// behind them `spare` zeros.
fn framed_planes(
    threads: Threads,
    planes: usize,
    frame: Frame,
    spare: usize,
    fill: impl Fn(usize, usize, &mut [u32]) + Sync,
) -> Vec<u32> {
    let (area, all) = (frame.area(), count("framed planes", &[planes, frame.height, frame.width]));
    let room = Room::new(all + spare);
    threads.each(planes, 8, |plane| {
        // SAFETY: planes don't overlap.
        let out = unsafe { room.zeros(plane * area, area) };
        let rows = bytemuck::cast_slice_mut(out).chunks_exact_mut(frame.width);
        for (y, row) in rows.skip(frame.top).enumerate() {
            fill(plane, y, &mut row[frame.left..]);
        }
    });
    // SAFETY: the end belongs to no plane; the planes and the end are all there is.
    let words = unsafe {
        room.zeros(all, spare);
        room.filled()
    };
    bytemuck::cast_vec(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::tests::refusal;

    #[test]
    fn pictures_that_steps_do_not_reach_over_are_refused_before_any_memory_is_taken() {
        let frame = Frame { top: 0, left: 0, height: 1 << 12, width: 1 << 12 };
        let strides = |pairing, sizes| Strides::new(Words::Single, pairing, sizes, frame).picture;
        assert_eq!(strides(Pairing::Channels, [1 << 40, 2, 128]), 1 << 32);
        assert_eq!(strides(Pairing::Pictures, [16, 2, 8]), 1 << 28);
        assert_eq!(Strides::new(Words::Pairs, Pairing::Pictures, [32, 2, 8], frame).picture, 1 << 28);
        for refused in [
            refusal(|| strides(Pairing::Channels, [1, 1, 257])),
            refusal(|| strides(Pairing::Pictures, [17, 2, 8])),
            refusal(|| Strides::new(Words::Pairs, Pairing::Pictures, [33, 2, 8], frame)),
            refusal(|| strides(Pairing::Channels, [1, 1 << 30, 1 << 30])),
        ] {
            assert!(refused.contains("framed pictures of [") && refused.contains("4096, 4096"), "{refused}");
        }
    }
}
