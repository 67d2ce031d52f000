//! Everything that the program says. Results go to standard output, all else to standard error. Nobody listening at
//! the other end (`impasto runs | head -1`) is no error.
//!
//! It is also where text from outside, the names of files or the words of a recipe, is made safe: nothing that a terminal
//! would obey gets past here, whoever put it in.

use std::io::{self, ErrorKind, IsTerminal, Write};

use anyhow::{Context, Result};
use impasto::visible::{in_one_line, visible, visible_json};
use serde::Serialize;

/// How the program was asked to speak.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    json: bool,
    quiet: bool,
}

impl Voice {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// The result of a verb: text for people, or one JSON object in a line.
    pub(crate) fn result(&self, value: &impl Serialize, text: &str) -> Result<()> {
        if self.json { print(&json(value)?) } else { print(text) }
    }

    /// A result of many parts: text for people, or a JSON object a line.
    pub(crate) fn results<T: Serialize>(&self, values: &[T], text: &str) -> Result<()> {
        if !self.json {
            return print(text);
        }
        let lines: Vec<String> = values.iter().map(json).collect::<Result<_>>()?;
        if lines.is_empty() { Ok(()) } else { print(&lines.join("\n")) }
    }

    /// Something good to know.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            complain(text);
        }
    }

    /// Something that ought to be known, even by those who asked for quiet.
    pub(crate) fn warn(&self, text: &str) {
        complain(&format!("warning: {text}"));
    }

    /// The same voice without notes and progress.
    pub(crate) fn silenced(&self) -> Self {
        Self { quiet: true, ..*self }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether a bar can be drawn.
    pub(crate) fn draws(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }
}

/// One line on standard error. When even that is closed there is nobody left to tell.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", in_one_line(text));
}

fn json(value: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string(value).context("the result cannot be written as JSON")?;
    Ok(visible_json(&json))
}

fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", visible(text.trim_end())).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}
