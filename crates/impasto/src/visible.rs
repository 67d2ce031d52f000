//! Text from outside, made safe to look at. A file's name, a picture's recipe or a class may hold letters that a terminal
//! obeys instead of showing them: sequences that recolour, retitle or clear it, and marks that turn the order of what is
//! read around. Here they become visible, written as Rust writes them: `\u{1b}`.

/// Whether a letter does something to what is around it, instead of being seen.
pub fn is_hidden(letter: char) -> bool {
    let turns = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}');
    letter.is_control() || turns || matches!(letter, '\u{2066}'..='\u{206f}' | '\u{feff}')
}

/// Text in lines of its own: all but the ends of lines is made visible, and tabs become blanks.
pub fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => safe.push(letter),
            '\t' => safe.push_str("    "),
            letter => push(&mut safe, letter),
        }
    }
    safe
}

/// A name as a part of a sentence: it can't end the line either.
pub fn in_one_line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    text.chars().for_each(|letter| push(&mut safe, letter));
    safe
}

/// JSON that says the same and is safe to look at too. Where its strings may hold such letters, it may hold their codes.
pub fn visible_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '\n' | '\t' => safe.push(letter),
            letter if is_hidden(letter) => safe.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => safe.push(letter),
        }
    }
    safe
}

fn push(safe: &mut String, letter: char) {
    match letter {
        '\n' | '\r' | '\t' => safe.extend(letter.escape_default()),
        letter if is_hidden(letter) => safe.extend(letter.escape_unicode()),
        letter => safe.push(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}]0;title\u{7}\r\u{9b}31m\u{202e}gnp.\u{2066}\u{feff}\u{7f}\u{2028}";

    #[test]
    fn what_a_terminal_would_obey_is_seen() {
        let seen = r"a\u{1b}]0;title\u{7}\r\u{9b}31m\u{202e}gnp.\u{2066}\u{feff}\u{7f}\u{2028}";
        assert_eq!(visible(HOSTILE), seen);
        assert_eq!(in_one_line(HOSTILE), seen);
    }

    #[test]
    fn lines_end_where_they_may_and_nowhere_else() {
        assert_eq!(visible("one\n\ttwo"), "one\n    two");
        assert_eq!(in_one_line("one\n\ttwo"), r"one\n\ttwo");
        let plain = "naïve 画 🎨 👩\u{200d}🎨 it's \\u{1b}";
        assert_eq!((visible(plain), in_one_line(plain)), (plain.to_owned(), plain.to_owned()));
    }

    #[test]
    fn json_says_the_same() {
        let json = serde_json::to_string(&[HOSTILE, "画\n"]).unwrap();
        let safe = visible_json(&json);
        assert!(!safe.chars().any(is_hidden), "{safe}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [HOSTILE, "画\n"]);
    }
}
