//! Whether a package may be built, which runs programs of strangers: asked at a terminal, refused elsewhere.

use std::io::{self, BufRead, IsTerminal, Read};

use impasto::error::{Action, Error, Result};
use impasto::visible::in_one_line;

use crate::stop;

/// Tries without consent first. Where it is needed, `--yes` gives it, or somebody who is asked.
pub(super) fn with_consent<T>(yes: bool, mut fetch: impl FnMut(bool) -> Result<T>) -> Result<T> {
    if yes {
        return fetch(true);
    }
    match fetch(false) {
        Err(error) if needs_consent(&error) && is_given(&error, &mut Terminal) => fetch(true),
        fetched => fetched,
    }
}

/// Whether that is what would mend it.
fn needs_consent(error: &Error) -> bool {
    error.hints().iter().any(|hint| matches!(&hint.action, Action::Set { key, .. } if key == "yes"))
}

/// Somebody who may be asked.
trait Someone {
    /// What is answered; nothing where nobody is there.
    fn ask(&mut self, question: &str) -> Option<String>;
}

struct Terminal;

impl Someone for Terminal {
    fn ask(&mut self, question: &str) -> Option<String> {
        /// Nobody types more to say yes.
        const LONGEST: u64 = 64;
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return None;
        }
        // Who leaves here wants to leave at once.
        stop::at_once();
        eprint!("{question}");
        let mut answer = String::new();
        io::stdin().lock().take(LONGEST).read_line(&mut answer).ok()?;
        Some(answer)
    }
}

fn is_given(why: &Error, someone: &mut dyn Someone) -> bool {
    let question = format!("{}\nBuild it here? [y/N] ", in_one_line(why.sentence()));
    let answer = someone.ask(&question).unwrap_or_default();
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_data::get::GetError;

    struct Answers(Option<&'static str>);

    impl Someone for Answers {
        fn ask(&mut self, question: &str) -> Option<String> {
            assert!(question.contains("Python package eyes") && question.ends_with("[y/N] "), "{question}");
            self.0.map(str::to_owned)
        }
    }

    fn builds() -> Error {
        let (package, command) = ("Python package eyes".to_owned(), "pip download eyes".to_owned());
        GetError::Builds { set: "eyes", package, command }.into()
    }

    #[test]
    fn only_yes_is_yes() {
        for (answer, given) in [
            (Some("y\n"), true),
            (Some(" YES \n"), true),
            (Some("\n"), false),
            (Some("yet\n"), false),
            (None, false),
        ] {
            assert_eq!(is_given(&builds(), &mut Answers(answer)), given, "{answer:?}");
        }
        assert!(needs_consent(&builds()) && !needs_consent(&GetError::NotEmpty("out".into()).into()));
    }

    #[test]
    fn a_flag_needs_no_question() {
        let fetch = |build| if build { Ok(1) } else { Err(builds()) };
        assert_eq!(with_consent(true, fetch).unwrap(), 1);
        assert_eq!(with_consent(false, |_| Ok(2)).unwrap(), 2);
    }
}
