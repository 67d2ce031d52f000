//! The program `impasto`: what was typed becomes a verb, the verb runs, and its outcome becomes the exit code.
//!
//! One file for each verb lies under `verbs`; beside it here is what they share.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod console;
mod hints;
mod job;
mod painting;
mod report;
mod steering;
mod stop;
mod terminal;
mod verbs;
mod voice;
mod words;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};
use impasto::visible::in_one_line;

use verbs::Verb;
use voice::Voice;

/// Training takes and gives back the same large blocks step after step; this allocator keeps them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A painter's studio in one program: it learns a folder of pictures and paints new ones.
#[derive(Debug, Parser)]
#[command(name = "impasto", bin_name = "impasto", version, long_version = long_version(), max_term_width = 110, after_help = EXAMPLES)]
struct Program {
    #[command(subcommand)]
    verb: Verb,
    /// Print the result as JSON on standard output, and nothing else there
    #[arg(long, global = true)]
    json: bool,
    /// Print no progress and no notes
    #[arg(long, short, global = true)]
    quiet: bool,
    /// How progress, notes, warnings and errors are told on standard error: in words, or as a JSON object a line
    #[arg(long, global = true, value_name = "FORM", default_value = "words", value_parser = ["words", "json"])]
    progress: String,
}

const EXAMPLES: &str = "\
The main path:
  impasto demo                                   see it work, in minutes, with no downloads
  impasto train my-pictures --out runs/mine      learn a folder of pictures
  impasto sample runs/mine --count 16 --sheet    paint new ones
  impasto walk runs/mine --out walk.gif          wander through what it has learned
  impasto directions runs/mine                   find what can be turned in its pictures
  impasto judge runs/mine --against runs/mine    how good, how varied and how original they are
  impasto vary photo.jpg --out variations        variations of a picture, without any training
  impasto style photo.jpg painting.jpg --out styled.png   one picture in the manner of another

Progress and notes go to standard error. Exit code: 0 done, 1 failed, 2 wrong usage,
130 stopped by Ctrl-C. With --progress json they are events, a JSON object a line.";

/// The version, and what this machine computes with.
fn long_version() -> &'static str {
    static VERSION: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    VERSION.get_or_init(|| {
        format!(
            "{} ({})\nkernels  {}, on {} threads; bf16 {}\ndevices  cpu",
            env!("CARGO_PKG_VERSION"),
            env!("IMPASTO_COMMIT"),
            impasto::bench::instructions(),
            std::thread::available_parallelism().map_or(1, usize::from),
            if impasto::bench::Precision::Bf16.is_available() { "yes" } else { "no" },
        )
    })
}

/// Makes this thread one of those that share the work. Otherwise it would hand every little piece over and sleep until
/// it is done, which takes longer than many pieces do.
fn work_along() {
    // It fails only if there are such threads already, and then they will do.
    let _ = rayon::ThreadPoolBuilder::new().use_current_thread().build_global();
}

/// What is wrong with the command line, or the help that it asks for. The parser repeats what was typed, and names that a
/// shell has put in for `*` were not typed by anybody: so it is asked once more, about arguments that are safe to look at.
fn not_understood(error: clap::Error) -> ExitCode {
    let seen = std::env::args_os().map(|argument| in_one_line(&argument.to_string_lossy()));
    match with_negative_numbers(Program::command()).try_get_matches_from(seen) {
        Err(error) => error.exit(),
        // What was wrong can't be seen, such as bytes that are no text.
        Ok(_) => error.to_string().lines().for_each(voice::complain),
    }
    ExitCode::from(2)
}

fn main() -> ExitCode {
    impasto_kernels::keep_memory();
    work_along();
    let (Program { verb, json, quiet, progress }, name) = match parsed() {
        Ok(parsed) => parsed,
        Err(error) => return not_understood(error),
    };
    let voice = Voice::new(json, quiet, progress == "json");
    match stop::watch().and_then(|()| verb.run(&voice)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            stop::wait_if_ending();
            let error = if stop::was_asked() { error.stopped() } else { error };
            voice.fail(&error, &verb_named(&name));
            report::exit_code(error.kind())
        }
    }
}

/// What was typed, and the names of the verb: `data check`.
fn parsed() -> Result<(Program, Vec<String>), clap::Error> {
    let matches = with_negative_numbers(Program::command()).try_get_matches()?;
    let mut name = Vec::new();
    let mut next = matches.subcommand();
    while let Some((verb, matches)) = next {
        name.push(verb.to_owned());
        next = matches.subcommand();
    }
    Ok((Program::from_arg_matches(&matches)?, name))
}

/// So that `--seed -1` is a wrong seed and no unknown flag.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
    command.allow_negative_numbers(true).mut_subcommands(with_negative_numbers)
}

/// The verb of these names, as it was declared.
fn verb_named(name: &[String]) -> clap::Command {
    let found =
        |command: clap::Command, name: &String| command.find_subcommand(name).cloned().unwrap_or(command);
    name.iter().fold(Program::command(), found)
}
