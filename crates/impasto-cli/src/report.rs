//! How an error is reported, and which exit code it has.

use std::process::ExitCode;

use impasto::error::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::hints;
use crate::stop::INTERRUPTED;
use crate::words::named;

/// 2 for what another command line would mend, 130 for what was stopped, 1 for everything else.
pub(crate) fn exit_code(kind: ErrorKind) -> ExitCode {
    ExitCode::from(match kind {
        ErrorKind::Usage => 2,
        ErrorKind::Cancelled => INTERRUPTED,
        _ => 1,
    })
}

/// What happened, the causes that it does not name itself, and what to type, each in a line. A name that stands in one can't
/// begin another.
pub(crate) fn in_words(error: &Error, verb: &clap::Command) -> String {
    let causes = error.causes().into_iter().map(|cause| format!("  because {}", named(cause)));
    let hints = error
        .hints()
        .iter()
        .filter_map(|hint| Some(format!("  to {}: {}", named(&hint.purpose), hints::rendered(hint, verb)?)));
    let lines: Vec<String> = std::iter::once(named(error)).chain(causes).chain(hints).collect();
    lines.join("\n")
}

/// The same for scripts.
pub(crate) fn in_json(error: &Error, verb: &clap::Command) -> Value {
    let hint = |hint| {
        let mut value = json!(hint);
        value["command"] = hints::rendered(hint, verb).into();
        value
    };
    json!({
        "kind": error.kind().name(),
        "text": named(error),
        "causes": error.causes(),
        "hints": error.hints().iter().map(hint).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Program;
    use clap::CommandFactory;
    use impasto::error::Hint;

    #[test]
    fn an_error_says_its_causes_and_what_to_type() {
        let error = Error::refused("the disk is on fire").within("cannot save").hint(Hint::overwrite());
        let program = Program::command();
        let verb = program.find_subcommand("sample").unwrap();
        let text = "cannot save\n  because the disk is on fire\n  to overwrite it: --force";
        assert_eq!(in_words(&error, verb), text);
        let json = in_json(&error, verb);
        assert_eq!((&json["kind"], &json["hints"][0]["command"]), (&"refused".into(), &"--force".into()));
        assert_eq!(json["hints"][0]["action"]["set"]["key"], "force");
    }

    #[test]
    fn a_name_begins_no_line_of_its_own() {
        let error = Error::refused("a\nerror: all is well\u{1b}[8m").within("b\n  because c");
        let text = r"b\n  because c";
        let text = format!("{text}\n{}", r"  because a\nerror: all is well\u{1b}[8m");
        assert_eq!(in_words(&error, &Program::command()), text);
    }
}
