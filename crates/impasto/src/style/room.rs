//! What of a picture is in memory at a time, and tiles of a size that fits into what is left.

use super::sight::Sight;
use super::tiles::{Tile, tiles};
use super::{Order, Style, StyleError, area, size_of_style};

/// Copies of the picture that are kept: where it is, where it was on average, what moves it, the gradient; one is shown.
pub(super) const COPIES: u64 = 7;
/// Those of them that there are while styles are looked at.
const COPIES_BEFORE: u64 = 3;
/// Weights of the network and all else, in bytes.
pub(super) const REST: u64 = 200_000_000;

/// A picture in tiles while it is worked on.
pub(super) fn tiled(
    sight: &Sight,
    styles: &[Style],
    size: [usize; 2],
    order: &Order,
) -> Result<Vec<Tile>, StyleError> {
    // The content's colours, where they are kept, and the content, where masks let it through.
    let masked = styles.iter().any(|style| style.mask.is_some());
    let copies = COPIES + u64::from(order.keep_colours) + u64::from(masked);
    cut(sight, size, order.memory, copies * 12 * area(size) as u64 + kept(sight, size))
}

/// A style's size beside a picture of this one, and in tiles while it is looked at, before the work begins.
pub(super) fn tiled_style(
    sight: &Sight,
    style: &Style,
    beside: [usize; 2],
    order: &Order,
) -> Result<([usize; 2], Vec<Tile>), StyleError> {
    let longest = beside.into_iter().max().unwrap_or(1);
    let size = size_of_style(&style.picture, longest, order.style_size, sight.least());
    let copies = COPIES_BEFORE * 12 * area(beside) as u64 + 2 * 12 * area(size) as u64;
    Ok((size, cut(sight, size, order.memory, copies + kept(sight, beside))?))
}

/// Bytes of what the content's layer sees.
fn kept(sight: &Sight, size: [usize; 2]) -> u64 {
    let stride = sight.chain.stride(sight.content);
    (area(size) * 4 * sight.chain.channels(sight.content) / (stride * stride).max(1)) as u64
}

/// Tiles for what is left of the memory beside so many bytes.
fn cut(sight: &Sight, size: [usize; 2], memory: u64, copies: u64) -> Result<Vec<Tile>, StyleError> {
    let fixed = copies + REST;
    let left = memory.saturating_sub(fixed);
    let told = |error| match error {
        StyleError::Memory { needed } => StyleError::Memory { needed: needed + fixed },
        other => other,
    };
    tiles(&sight.chain, sight.last(), size, left, sight.bytes_per_pixel()).map_err(told)
}
