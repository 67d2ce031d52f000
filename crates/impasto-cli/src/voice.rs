//! Everything that the program says. Results go to standard output, all else to standard error. Nobody listening at
//! the other end (`impasto runs | head -1`) is no error.
//!
//! It is also where text from outside, the names of files or the words of a recipe, is made safe: nothing that a terminal
//! would obey gets past here, whoever put it in.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use impasto::error::{Error, ErrorKind, Result};
use impasto::visible::{in_one_line, visible, visible_json};
use impasto_system::Warning;
use serde::Serialize;
use serde_json::{Value, json};

use crate::report;

/// How the program was asked to speak.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    json: bool,
    quiet: bool,
    /// Whether all but the result goes to standard error as events, a JSON object a line.
    events: bool,
}

impl Voice {
    pub(crate) fn new(json: bool, quiet: bool, events: bool) -> Self {
        Self { json, quiet, events }
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
            self.say(text);
        }
    }

    /// The same, even to those who asked for quiet.
    pub(crate) fn say(&self, text: &str) {
        match self.events {
            true => self.event(&json!({ "event": "note", "text": text })),
            false => complain(text),
        }
    }

    /// Something that ought to be known, even by those who asked for quiet.
    pub(crate) fn warn(&self, Warning { kind, sentence }: &Warning) {
        match self.events {
            true => self.event(&json!({ "event": "warning", "kind": kind.name(), "text": sentence })),
            false => complain(&format!("warning: {sentence}")),
        }
    }

    /// The error that the program ends with: lines for people, or an event; where the result would have been JSON, it stands in
    /// its place too.
    pub(crate) fn fail(&self, error: &Error, verb: &clap::Command) {
        let value = report::in_json(error, verb);
        if self.json && !PRINTED.load(Ordering::Relaxed) {
            // Nobody may be listening there any more; the exit code says it too.
            let _ = print(&visible_json(&json!({ "error": value }).to_string()));
        }
        if self.events {
            let mut event = value;
            event["event"] = "error".into();
            return self.event(&event);
        }
        let text = report::in_words(error, verb);
        // What was stopped was stopped by those who read this.
        match error.kind() {
            ErrorKind::Cancelled => text.lines().for_each(complain),
            _ => format!("error: {text}").lines().for_each(complain),
        }
    }

    /// An event, a line on standard error.
    pub(crate) fn event(&self, event: &Value) {
        complain(&visible_json(&event.to_string()));
    }

    /// Whether events are asked for instead of words.
    pub(crate) fn sends_events(&self) -> bool {
        self.events
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether a bar can be drawn.
    pub(crate) fn draws(&self) -> bool {
        !self.quiet && !self.events && io::stderr().is_terminal()
    }
}

/// One line on standard error. When even that is closed there is nobody left to tell.
pub(crate) fn complain(text: &str) {
    let text = in_one_line(text);
    let width =
        console::Term::stderr().size_checked().map_or(usize::MAX, |(_, columns)| usize::from(columns));
    let _ = writeln!(io::stderr().lock(), "{}", coloured(&cut(&text, width)));
}

/// What is wrong stands out at a terminal, unless NO_COLOR says otherwise.
fn coloured(text: &str) -> String {
    let word =
        |word: &'static str, style: console::Style| Some((text.strip_prefix(word)?, style.apply_to(word)));
    let red = console::Style::new().for_stderr().red().bold();
    let yellow = console::Style::new().for_stderr().yellow().bold();
    match word("error:", red).or_else(|| word("warning:", yellow)) {
        Some((rest, word)) => format!("{word}{rest}"),
        None => text.to_owned(),
    }
}

/// Cut between words where a terminal is narrower; further lines stand a little to the right. What begins with a bar's frame or
/// is an event has no words, and stays.
fn cut(text: &str, width: usize) -> String {
    /// Narrower than this it would do no good.
    const LEAST: usize = 40;
    if text.chars().count() <= width || width < LEAST || text.starts_with('{') {
        return text.to_owned();
    }
    let (mut lines, indent) = (vec![String::new()], text.len() - text.trim_start().len());
    for word in text.trim_start().split(' ') {
        let blanks = if lines.len() > 1 { indent + 2 } else { indent };
        let line = lines.last_mut().filter(|line| {
            line.is_empty() || blanks + line.chars().count() + 1 + word.chars().count() <= width
        });
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => *line = format!("{line} {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    let indented = lines.iter().enumerate().map(|(number, line)| {
        let blanks = if number > 0 { indent + 2 } else { indent };
        format!("{}{line}", " ".repeat(blanks))
    });
    indented.collect::<Vec<_>>().join("\n")
}

fn json(value: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string(value).map_err(|error| {
        Error::new(ErrorKind::Internal, "the result cannot be written as JSON").because(error)
    })?;
    Ok(visible_json(&json))
}

/// Whether there was a result: an error that comes after it is not printed in its place.
static PRINTED: AtomicBool = AtomicBool::new(false);

fn print(text: &str) -> Result<()> {
    PRINTED.store(true, Ordering::Relaxed);
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", visible(text.trim_end())).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Error::refused("cannot write to standard output").because(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_between_words_and_events_are_not() {
        let text = "  because ".to_owned() + &"word ".repeat(30);
        let lines = cut(text.trim_end(), 60);
        assert!(lines.lines().count() > 2 && lines.lines().all(|line| line.chars().count() <= 60), "{lines}");
        assert!(lines.lines().skip(1).all(|line| line.starts_with("    word")), "{lines}");
        assert_eq!(lines.split_whitespace().count(), 31);
        let event = format!("{{\"text\": \"{}\"}}", "a ".repeat(100));
        assert_eq!(cut(&event, 60), event);
        assert_eq!(cut("short", 60), "short");
    }
}
