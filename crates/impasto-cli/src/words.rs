//! Tables and command lines in words.

use std::fmt::Display;
use std::path::Path;

pub(crate) use impasto::format::{bytes, count, counted, duration, rate, short};
use impasto::recipe::Given;
use impasto::shell::Command;
use impasto::visible::in_one_line;

/// A command that shows what a run does that translates.
pub(crate) fn first_use(given: Given, run: &Path) -> Command {
    let verb = given.verbs()[0];
    let command = Command::new(verb).word(if verb == "vary" { "PICTURE..." } else { "PICTURE" });
    match verb {
        "style" if given == Given::Styled => {
            command.word("STYLE").with_path("--run", run).with("--out", "styled.png")
        }
        "style" => command.with_path("--run", run).with("--out", "styled.png"),
        "repair" => command.word("--mask").word("MASK").with_path("--run", run).with("--out", "repaired.png"),
        "enlarge" => command.with_path("--run", run).with("--out", "larger.png"),
        "vary" => command.with_path("--run", run).with("--out", "variations").word("--sheet"),
        _ => {
            let command = command.with_path("--run", run);
            let command = if given.is_made() { command.word("--make") } else { command };
            command.word("--beside").with("--out", "seen.png")
        }
    }
}

/// A command that shows the recipe of what was made.
pub(crate) fn info_of(path: impl AsRef<Path>) -> Command {
    Command::new("info").path(path)
}

/// A name from outside, of a file or a class, as a part of a sentence: whatever is in it, it stays one.
pub(crate) fn named(name: impl Display) -> String {
    in_one_line(&name.to_string())
}

/// Lines, one under the other; names that stand in them can't begin another.
pub(crate) fn listed(lines: &[impl AsRef<str>]) -> String {
    lines.iter().map(|line| in_one_line(line.as_ref())).collect::<Vec<_>>().join("\n")
}

/// Names and numbers in one line: `critic 0.59  generator 1.20`.
pub(crate) fn figures<'a>(all: impl IntoIterator<Item = (&'a String, &'a f64)>) -> String {
    let figures = all.into_iter().map(|(name, value)| format!("{name} {}", short(*value)));
    figures.collect::<Vec<_>>().join("  ")
}

/// Rows in columns: all but the last are as wide as their widest cell. A cell is one line, whatever stands in it.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(named).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Each line two blanks to the right.
pub(crate) fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// Words in lines of at most 100 letters, so many blanks to the right.
pub(crate) fn wrapped(text: &str, blanks: usize) -> String {
    /// As wide as the help of the flags.
    const WIDTH: usize = 100;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines
            .last_mut()
            .filter(|line| line.is_empty() || line.chars().count() + word.chars().count() < WIDTH - blanks);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => *line = format!("{line} {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| format!("{}{line}", " ".repeat(blanks))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_words() {
        let text = "word ".repeat(50);
        let lines = wrapped(&text, 4);
        assert!(
            lines.lines().count() == 3
                && lines.lines().all(|line| line.len() <= 100 && line.starts_with("    w"))
        );
        assert_eq!(lines.split_whitespace().count(), 50);
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["a".to_owned(), "bb".to_owned()], vec!["ccc".to_owned(), String::new()]];
        assert_eq!(table(&rows), "a    bb\nccc");
        let hostile = [vec!["a\n\u{1b}[2J".to_owned(), "b".to_owned()]];
        assert_eq!(table(&hostile), r"a\n\u{1b}[2J  b");
    }
}
