//! Whether a package may be built, which runs programs of strangers: asked at a terminal, refused elsewhere.

use std::io::{self, BufRead, IsTerminal, Read};

use impasto_data::get::{Consent, GetError};

use crate::stop;

/// What is said where a fetch is stopped.
pub(super) const STOPPING: &str = "stopping: nothing is kept; Ctrl-C once more leaves at once";

/// Tries without consent first. Where it is needed, `--yes` gives it, or somebody who is asked.
pub(super) fn with_consent<T, E>(
    yes: bool,
    mut fetch: impl FnMut(Consent) -> Result<T, E>,
    needed: impl Fn(&E) -> Option<&GetError>,
) -> Result<T, E> {
    if yes {
        return fetch(Consent::Build);
    }
    match fetch(Consent::Unpack) {
        Err(error) if needed(&error).is_some_and(|why| is_given(why, &mut Terminal)) => fetch(Consent::Build),
        fetched => fetched,
    }
}

/// An error that is none of another kind.
pub(super) fn itself(error: &GetError) -> Option<&GetError> {
    Some(error)
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

fn is_given(why: &GetError, someone: &mut dyn Someone) -> bool {
    let GetError::Builds { package, .. } = why else { return false };
    let question = format!(
        "The {package} is published as source only: to fetch it `pip` runs the package's build script, and the newest \
         version of whatever this needs for building, which nobody has checked. Run it? [y/N] "
    );
    let answer = someone.ask(&question).unwrap_or_default();
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Answers(Option<&'static str>);

    impl Someone for Answers {
        fn ask(&mut self, question: &str) -> Option<String> {
            assert!(question.contains("Python package eyes") && question.ends_with("[y/N] "), "{question}");
            self.0.map(str::to_owned)
        }
    }

    fn builds() -> GetError {
        let (package, command) = ("Python package eyes".to_owned(), "pip download eyes".to_owned());
        GetError::Builds { set: "eyes", package, command }
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
        assert!(!is_given(&GetError::NotEmpty("out".into()), &mut Answers(Some("y"))), "nothing is asked");
    }

    #[test]
    fn a_flag_needs_no_question() {
        let fetch = |consent| if consent == Consent::Build { Ok(1) } else { Err(builds()) };
        assert_eq!(with_consent(true, fetch, itself).unwrap(), 1);
        assert_eq!(with_consent(false, |_| Ok::<_, GetError>(2), itself).unwrap(), 2);
    }
}
