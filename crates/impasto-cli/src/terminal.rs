//! The terminal that bars are drawn on: the real one, a few columns narrower. A bar fills its line to the end, and the
//! `^C` that a terminal echoes there would begin a new line and leave the old bar standing.

use std::io;

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};

/// Room for `^C`, twice.
const ROOM: u16 = 5;
/// Times a second.
const DRAWN: u8 = 15;

/// Standard error as a place for a bar.
pub(crate) fn target() -> ProgressDrawTarget {
    ProgressDrawTarget::term_like_with_hz(Box::new(Narrow(Term::buffered_stderr())), DRAWN)
}

/// Letters that fit beside a bar of 24 and a share.
pub(crate) fn room_beside_bar() -> usize {
    /// The bar, the share and the blanks between.
    const TAKEN: u16 = 24 + 6 + ROOM;
    usize::from(Term::stderr().size().1.saturating_sub(TAKEN))
}

#[derive(Debug)]
struct Narrow(Term);

impl TermLike for Narrow {
    fn width(&self) -> u16 {
        self.0.size().1.saturating_sub(ROOM)
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
