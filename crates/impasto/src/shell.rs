//! Commands that are shown to be typed. Whatever is put into one, a shell takes it as one word, and nothing in it for a
//! command of its own.

use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write};
use std::path::Path;

use crate::visible::is_hidden;

/// A word as it has to be typed in sh, bash or zsh. Letters that would not be seen are typed as their codes, in the
/// quotes `$'...'` that bash, zsh and POSIX since 2024 know.
pub fn typed(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    match word.to_str() {
        Some(text) if is_plain(text) => text.to_owned(),
        Some(text) if !text.chars().any(is_hidden) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => coded(word),
    }
}

/// A path as it has to be typed: one that begins with a dash is no flag.
pub fn typed_path(path: impl AsRef<Path>) -> String {
    typed(no_flag(path.as_ref()))
}

/// What no shell has any other meaning for. A leading `=` stands for a program's path in zsh.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:@,=".contains(&byte);
    !text.is_empty() && !text.starts_with('=') && text.bytes().all(plain)
}

fn coded(word: &OsStr) -> String {
    let mut text = String::from("$'");
    for chunk in word.as_encoded_bytes().utf8_chunks() {
        for letter in chunk.valid().chars() {
            // `!` is history to some shells, inside of these quotes too.
            if is_hidden(letter) || "'\\!".contains(letter) {
                octal(&mut text, letter.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(letter);
            }
        }
        octal(&mut text, chunk.invalid());
    }
    text.push('\'');
    text
}

fn octal(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string can't fail.
        let _ = write!(text, "\\{byte:03o}");
    }
}

fn no_flag(path: &Path) -> OsString {
    let begins = path.as_os_str().as_encoded_bytes().starts_with(b"-");
    if begins { Path::new(".").join(path).into() } else { path.into() }
}

/// A command of this program, word by word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command(Vec<OsString>);

impl Command {
    /// The program and what it is to do: `sample`, or `data check`.
    pub fn new(verb: &str) -> Self {
        Self(std::iter::once("impasto").chain(verb.split(' ')).map(OsString::from).collect())
    }

    /// A word that means itself: a flag without a value, or a name in capitals that stands for something.
    pub fn word(mut self, word: impl AsRef<OsStr>) -> Self {
        self.0.push(word.as_ref().into());
        self
    }

    /// A path.
    pub fn path(self, path: impl AsRef<Path>) -> Self {
        self.word(no_flag(path.as_ref()))
    }

    /// A flag and its value, which may begin with a dash.
    pub fn with(self, flag: &str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        if value.starts_with('-') {
            self.word(format!("{flag}={value}"))
        } else {
            self.word(flag).word(value)
        }
    }

    /// A flag and its path.
    pub fn with_path(self, flag: &str, path: impl AsRef<Path>) -> Self {
        self.word(flag).path(path)
    }

    /// All words, the program first.
    pub fn words(&self) -> &[OsString] {
        &self.0
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(typed).collect::<Vec<_>>().join(" "))
    }
}

/// The words of a text that [`typed`] has made, now or in an earlier version. None for every other text: whatever else a
/// shell would make of it, it isn't ours.
pub fn split(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut letters) = (Vec::new(), None::<String>, text.chars());
    while let Some(letter) = letters.next() {
        match letter {
            ' ' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '\'' => break,
                        letter => word.push(letter),
                    }
                }
            }
            '\\' if letters.next()? == '\'' => word.get_or_insert_default().push('\''),
            letter if letter.is_alphanumeric() || "/._-+:@,=%".contains(letter) => {
                word.get_or_insert_default().push(letter);
            }
            _ => return None,
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_be_typed_as_they_are_shown() {
        assert_eq!(typed("runs/0001-a"), "runs/0001-a");
        assert_eq!(typed("my pictures/it's"), r"'my pictures/it'\''s'");
        for bare in ["", "~", "=ls", "%1", "*", "a;b", "$(touch X)", "`x`", "a!b", "画", "a\u{a0}b", "#"] {
            assert_eq!(typed(bare), format!("'{bare}'"));
        }
        assert_eq!(typed("a\n'\u{1b}[31m\u{202e}\\!画"), r"$'a\012\047\033[31m\342\200\256\134\041画'");
    }

    #[test]
    fn a_dash_makes_no_flag_of_a_path_or_a_value() {
        assert_eq!([typed_path("-x"), typed_path("a-x")], ["./-x", "a-x"]);
        let command = Command::new("walk").path("-run").with("--class", "-a b").with_path("--out", "-o.gif");
        assert_eq!(command.to_string(), "impasto walk ./-run '--class=-a b' --out ./-o.gif");
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_is_typed_as_its_bytes() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(typed(OsStr::from_bytes(b"a\xff b")), r"$'a\377 b'");
    }

    #[test]
    fn what_was_typed_comes_back() {
        let words = ["--mask", "it's a b.png", "", "画", "~", "$(touch X)", "a;b", "--count", "1"];
        let line = words.map(typed).join(" ");
        assert_eq!(split(&line).unwrap(), words);
        assert_eq!(split("--through '7 a','b'\\''s',ä/ö.latent").unwrap()[1], "7 a,b's,ä/ö.latent");
        assert_eq!(split("  ").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_a_shell_would_read_otherwise_is_not_ours() {
        for other in [
            "--count 1; touch X",
            "$(touch X)",
            "`touch X`",
            "a\nb",
            "a\tb",
            "\"a\"",
            "'a",
            "a\\ b",
            "a\\",
            "~",
            "*",
            "a>b",
            "a|b",
            "a&b",
            "#",
            "{a,b}",
            "a!b",
            "$'a'",
            "\u{1b}",
        ] {
            assert_eq!(split(other), None, "{other}");
        }
    }
}
