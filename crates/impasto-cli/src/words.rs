//! Numbers, times, tables and command lines in words.

use std::fmt::Display;
use std::path::Path;

use impasto::recipe::Given;
use impasto::shell::Command;
use impasto::visible::in_one_line;

/// `12345` as `12,345`.
pub(crate) fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A command that shows what a run does that translates.
pub(crate) fn first_use(given: Given, run: &Path) -> Command {
    let verb = given.verbs()[0];
    let command = Command::new(verb).word(if verb == "vary" { "PICTURE..." } else { "PICTURE" });
    match verb {
        "style" if given == Given::Styled => {
            command.word("STYLE").with_path("--run", run).with("--out", "styled.png")
        }
        "style" => command.with_path("--run", run).with("--out", "styled.png"),
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

/// `1 picture`, `2 pictures`, `2 classes`.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Seconds as `1h 02m`, `3m 20s` or `12s`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 if seconds < 9.95 && seconds.fract() != 0.0 => format!("{seconds:.1}s"),
        0..60 => format!("{whole}s"),
        60..3600 => format!("{}m {:02}s", whole / 60, whole % 60),
        _ => format!("{}h {:02}m", whole / 3600, whole % 3600 / 60),
    }
}

/// Bytes as `12 B`, `1.2 kB`, `34 MB`.
pub(crate) fn bytes(number: u64) -> String {
    let (mut value, mut unit) = (number as f64, "B");
    for larger in ["kB", "MB", "GB", "TB"] {
        if value < 999.5 {
            break;
        }
        (value, unit) = (value / 1000.0, larger);
    }
    if unit == "B" || value >= 9.95 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// A rate such as pictures in a second: `0.31`, `4.2`, `1,234`.
pub(crate) fn rate(value: f64) -> String {
    match value {
        v if !v.is_finite() => "-".into(),
        v if v < 1.0 => format!("{v:.2}"),
        v if v < 10.0 => format!("{v:.1}"),
        v => count(v.round() as u64),
    }
}

/// A loss in few digits.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => value.to_string(),
        size if size != 0.0 && !(1e-3..1e5).contains(&size) => format!("{value:.2e}"),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(0u64), "0");
        assert_eq!(count(999u64), "999");
        assert_eq!(count(1_234_567u64), "1,234,567");
        assert_eq!(counted(1, "class", "classes"), "1 class");
        assert_eq!(counted(1200, "class", "classes"), "1,200 classes");
    }

    #[test]
    fn times_and_sizes_are_short() {
        assert_eq!(duration(0.25), "0.2s");
        assert_eq!(duration(8.0), "8s");
        assert_eq!(duration(59.4), "59s");
        assert_eq!(duration(200.0), "3m 20s");
        assert_eq!(duration(3720.0), "1h 02m");
        assert_eq!(bytes(12), "12 B");
        assert_eq!(bytes(1_234), "1.2 kB");
        assert_eq!(bytes(34_000_000), "34 MB");
        assert_eq!(rate(1234.4), "1,234");
        assert_eq!([0.0, 0.5, 123.4, 1e9, f64::NAN].map(short), ["0.000", "0.500", "123", "1.00e9", "NaN"]);
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["a".to_owned(), "bb".to_owned()], vec!["ccc".to_owned(), String::new()]];
        assert_eq!(table(&rows), "a    bb\nccc");
        let hostile = [vec!["a\n\u{1b}[2J".to_owned(), "b".to_owned()]];
        assert_eq!(table(&hostile), r"a\n\u{1b}[2J  b");
    }
}
