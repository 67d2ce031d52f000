//! GIF: a screen, and frames with rectangles of their own.

use super::{Frames, frame_lie};

/// Goes from block to block.
struct Blocks<'a> {
    bytes: &'a [u8],
    at: usize,
    screen: [u64; 2],
}

/// The first frame that can't be.
pub(super) fn lie(bytes: &[u8]) -> Option<String> {
    let mut blocks = Blocks::new(bytes)?;
    while let Some(frame) = blocks.next_frame() {
        if let Some(lie) = frame_lie(frame, blocks.screen) {
            return Some(lie);
        }
    }
    None
}

pub(super) fn frames(bytes: &[u8]) -> Frames {
    let mut frames = Frames::default();
    let Some(mut blocks) = Blocks::new(bytes) else { return frames };
    let [width, height] = blocks.screen;
    while let Some([across, down]) = blocks.next_frame() {
        frames.add((width * height).max(across * down));
    }
    frames
}

impl<'a> Blocks<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let head = bytes.get(..13)?;
        let screen = [sixteen(&head[6..]), sixteen(&head[8..])];
        Some(Self { bytes, at: 13 + colours(head[10]), screen })
    }

    /// Width and height of the next frame; its content is passed over.
    fn next_frame(&mut self) -> Option<[u64; 2]> {
        loop {
            match self.byte()? {
                0x21 => {
                    self.byte()?;
                    self.pass_over()?;
                }
                0x2c => {
                    let frame = self.bytes.get(self.at..self.at + 9)?;
                    // The rectangle, colours, and one byte about the packing.
                    self.at += 9 + colours(frame[8]) + 1;
                    let size = [sixteen(&frame[4..]), sixteen(&frame[6..])];
                    // A frame without an end is a frame still.
                    let _ = self.pass_over();
                    return Some(size);
                }
                0 => {}
                _ => return None,
            }
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// Passes over pieces, each with its length before it; the last has none.
    fn pass_over(&mut self) -> Option<()> {
        loop {
            match self.byte()? {
                0 => return Some(()),
                length => self.at += usize::from(length),
            }
        }
    }
}

/// Bytes of a table of colours, as the flags of a screen or of a frame say.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << (1 + (flags & 7)) }
}

fn sixteen(bytes: &[u8]) -> u64 {
    u64::from(u16::from_le_bytes([bytes[0], bytes[1]]))
}
