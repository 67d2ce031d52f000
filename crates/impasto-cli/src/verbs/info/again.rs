//! The command that makes a picture again, from what its recipe says. A recipe comes with a picture from anywhere: it is
//! read as what this program writes into one, each word is one that the verb knows, and this program must understand the
//! whole. Of everything else no command is made.

use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser};
use impasto::picture::{Kind, PictureRecipe, SETTINGS, VERB};
use impasto::shell::{Command, split};
use impasto::steer::STEERED;
use impasto::visible::is_hidden;
use serde_json::{Map, Value};

use crate::Program;

/// The verbs that make pictures of others, and the flags that they write into recipes.
const MADE: [(&str, &[&str]); 5] = [
    ("vary", &["--method", "--strength", "--count", "--join", "--size", "--tileable", "--steps"]),
    ("repair", &["--box", "--mask", "--method"]),
    ("enlarge", &["--times", "--network"]),
    ("translate", &["--make", "--mask", "--beside"]),
    (
        "style",
        &[
            "--method",
            "--size",
            "--strength",
            "--style-size",
            "--network",
            "--loss",
            "--steps",
            "--memory",
            "--style-weights",
            "--mask",
            "--keep-colours",
        ],
    ),
];
/// The flags that say how a walk was steered.
const STEERING: &[&str] = &["--through", "--mix", "--move"];
/// All that a walk's settings may hold.
const WALK: &[&str] = &["--frames", "--keys", "--fps", "--size-times", "--through", "--mix", "--move"];
/// Nobody types a longer command, and its words take time to look at.
const LONGEST: usize = 64 << 10;

/// What is known of how a picture is made again.
pub(super) enum Again {
    By(Command),
    /// Its recipe holds something that this version doesn't write.
    Unknown,
    /// It is of a kind that is never made alone.
    Never,
}

impl Again {
    pub(super) fn of(path: &Path, recipe: &PictureRecipe) -> Self {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let out = Path::new("again").with_extension(ending);
        let command = match recipe.kind {
            Kind::Sheet if !recipe.extra.contains_key("count") => return Self::Never,
            Kind::Other => return Self::Never,
            Kind::Sample | Kind::Sheet => {
                return Self::By(
                    Command::new("sample").with_path("--like", path).with_path("--out", "again.png"),
                );
            }
            Kind::Walk => walk(recipe, &out),
            Kind::Made => made(recipe, &out),
        };
        command.filter(is_understood).map_or(Self::Unknown, Self::By)
    }
}

/// Whether this program would do something for the command.
fn is_understood(command: &Command) -> bool {
    command.to_string().len() <= LONGEST && Program::try_parse_from(command.words()).is_ok()
}

fn walk(recipe: &PictureRecipe, out: &Path) -> Option<Command> {
    match recipe.extra.get(SETTINGS) {
        Some(settings) => walk_of(recipe, settings.as_object()?, out),
        None => typed_walk(recipe, out),
    }
}

fn walk_of(recipe: &PictureRecipe, settings: &Map<String, Value>, out: &Path) -> Option<Command> {
    let mut command = Command::new("walk").word("RUN").with_path("--out", out);
    if !settings.contains_key("through") {
        command = command.with("--seed", recipe.seed);
    }
    command = command.with("--truncation", recipe.truncation);
    if let Some(class) = &recipe.class {
        command = command.with("--class", seen(class)?);
    }
    Some(with_flags(command, &flags_of(WALK, settings)?))
}

/// A walk of an earlier version, whose settings are as they were typed.
fn typed_walk(recipe: &PictureRecipe, out: &Path) -> Option<Command> {
    let steered = match recipe.extra.get(STEERED) {
        Some(steered) => flags("walk", STEERING, steered.as_str()?)?,
        None => Vec::new(),
    };
    let mut command = Command::new("walk").word("RUN").with_path("--out", out);
    if !steered.iter().any(|(flag, _)| *flag == "--through") {
        command = command.with("--seed", recipe.seed);
    }
    for key in ["frames", "keys", "fps", "size_times"] {
        if let Some(value) = recipe.extra.get(key) {
            command = command.with(&format!("--{}", key.replace('_', "-")), value.as_number()?);
        }
    }
    command = command.with("--truncation", recipe.truncation);
    if let Some(class) = &recipe.class {
        command = command.with("--class", seen(class)?);
    }
    Some(with_flags(command, &steered))
}

/// The same for a picture that a verb made of others.
fn made(recipe: &PictureRecipe, out: &Path) -> Option<Command> {
    let text = |key: &str| recipe.extra.get(key).and_then(Value::as_str);
    let (verb, known) = MADE.into_iter().find(|(verb, _)| Some(*verb) == text(VERB))?;
    let settings = match recipe.extra.get(SETTINGS)? {
        // As they were typed: of pictures of earlier versions.
        Value::String(typed) => flags(verb, known, typed)?,
        Value::Object(settings) => flags_of(known, settings)?,
        _ => return None,
    };
    let mut command = Command::new(verb);
    for origin in recipe.from() {
        command = command.path(name(&origin.file)?);
    }
    command = with_flags(command, &settings);
    if !recipe.run.is_empty() {
        command = command.word("--run").word("RUN");
    }
    // Nothing is drawn by chance in enlarging.
    if verb != "enlarge" {
        command = command.with("--seed", recipe.seed);
    }
    Some(command.with_path("--out", out))
}

/// A flag, and its value if it takes one.
type Flag = (&'static str, Option<String>);

/// The flags in a text, if they are all among those that are known.
fn flags(verb: &str, known: &[&'static str], text: &str) -> Option<Vec<Flag>> {
    let program = Program::command();
    let verb = program.find_subcommand(verb)?;
    let mut words = if text.len() <= LONGEST { split(text)?.into_iter() } else { return None };
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        let flag = known.iter().copied().find(|flag| *flag == word)?;
        let argument = verb.get_arguments().find(|one| one.get_long() == flag.strip_prefix("--"))?;
        let value = match argument.get_action().takes_values() {
            true => Some(seen(&words.next()?)?.to_owned()),
            false => None,
        };
        all.push((flag, value));
    }
    Some(all)
}

/// The flags that ask for these settings, if they are all among those that are known.
fn flags_of(known: &[&'static str], settings: &Map<String, Value>) -> Option<Vec<Flag>> {
    let mut all = Vec::new();
    for (key, value) in settings {
        let long = format!("--{}", key.replace('_', "-"));
        let flag = known.iter().copied().find(|flag| *flag == long)?;
        match value {
            Value::Bool(true) => all.push((flag, None)),
            Value::Bool(false) | Value::Null => {}
            value => all.push((flag, Some(seen(&value_in_words(value)?)?.to_owned()))),
        }
    }
    Some(all)
}

/// A value as it is typed; those of a list have commas between them.
fn value_in_words(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(values) if values.iter().all(|value| !value.is_array()) => {
            let words: Option<Vec<String>> = values.iter().map(value_in_words).collect();
            Some(words?.join(","))
        }
        _ => None,
    }
}

fn with_flags(command: Command, flags: &[Flag]) -> Command {
    flags.iter().fold(command, |command, (flag, value)| match value {
        Some(value) => command.with(flag, value),
        None => command.word(flag),
    })
}

/// A word of a recipe, if all of it can be seen.
fn seen(word: &str) -> Option<&str> {
    (!word.chars().any(is_hidden)).then_some(word)
}

/// The name of a file, without any folder.
fn name(file: &str) -> Option<PathBuf> {
    let path = PathBuf::from(seen(file)?);
    (path.file_name() == Some(file.as_ref())).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(recipe: Value) -> Option<String> {
        let recipe: PictureRecipe = serde_json::from_value(recipe).unwrap();
        match Again::of(Path::new("a b.png"), &recipe) {
            Again::By(command) => Some(command.to_string()),
            Again::Unknown | Again::Never => None,
        }
    }

    fn vary(settings: &str) -> Option<String> {
        let from = json!([{ "file": "it's.jpg", "sha256": "" }, { "file": "-x.png", "sha256": "" }]);
        of(
            json!({ "kind": "made", "seed": 7, "extra": { "verb": "vary", "from": from, "settings": settings } }),
        )
    }

    #[test]
    fn settings_are_those_of_the_verb() {
        let known = vary("--method collage --strength 0.5 --count 1 --join poisson --tileable");
        let line = r"impasto vary 'it'\''s.jpg' ./-x.png --method collage --strength 0.5 --count 1 --join poisson --tileable --seed 7 --out again.png";
        assert_eq!(known.as_deref(), Some(line));
        for foreign in [
            "--count 1; touch X #",
            "--count 1 --force",
            "--out other.png",
            "--device gpu",
            "--json",
            "--help",
            "--count",
            "--count many",
            "--tileable yes",
            "another.png",
            "--strength 2",
            "--size '$(touch X)'",
            "--count=1",
        ] {
            assert_eq!(vary(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn whatever_a_recipe_says_becomes_one_command_or_none() {
        use impasto_random::Random;
        const PIECES: [&str; 24] = [
            "--count",
            "--strength",
            "--method",
            "--tileable",
            "--size",
            "--through",
            "--mix",
            "--force",
            "0.5",
            "3",
            "-1",
            "collage",
            "32x16",
            ";",
            "$(touch X)",
            "`id`",
            "'",
            "\\",
            "\n",
            "\u{1b}[31m",
            "~",
            "*",
            "--",
            "a b",
        ];
        let mut known = 0;
        for number in 0..20_000 {
            let mut random = Random::new(1, "again", number);
            let pieces: Vec<&str> = (0..random.below(6)).map(|_| *random.pick(&PIECES)).collect();
            let words = pieces.join(if random.chance(0.9) { " " } else { "" });
            let (verb, kind) = (
                *random.pick(&["vary", "repair", "enlarge", "style", "sample"]),
                *random.pick(&["made", "walk"]),
            );
            let file = if random.chance(0.5) { "a.png" } else { *random.pick(&PIECES) };
            let extra = json!({
                "verb": verb, "from": [{ "file": file, "sha256": "" }], "settings": words, "steered": words,
                "frames": random.below(9), "keys": 2, "fps": 10.0, "size_times": 1
            });
            let Some(command) =
                of(json!({ "kind": kind, "seed": number, "truncation": 1.0, "extra": extra }))
            else {
                continue;
            };
            known += 1;
            let words = split(&command).unwrap_or_else(|| panic!("{command} is not what this program types"));
            assert_eq!(words[0], "impasto", "{command}");
            assert!(Program::try_parse_from(&words).is_ok(), "{command}");
            assert!(!words.iter().any(|word| word == "--force") && !command.contains('\u{1b}'), "{command}");
        }
        assert!(known > 100, "only {known} are commands");
    }

    #[test]
    fn every_known_flag_is_one_of_its_verb() {
        let program = Program::command();
        for (verb, known) in MADE.into_iter().chain([("walk", STEERING), ("walk", WALK)]) {
            let verb = program.find_subcommand(verb).unwrap();
            for flag in known {
                let long = flag.strip_prefix("--");
                assert!(verb.get_arguments().any(|one| one.get_long() == long), "{flag}");
            }
        }
    }

    #[test]
    fn numbers_of_a_walk_are_numbers_in_range() {
        let walk = |key: &str, value: Value| {
            of(json!({ "kind": "walk", "seed": 1, "truncation": 1.0, "extra": { key: value } }))
        };
        let line = "impasto walk RUN --out again.png --seed 1 --frames 9 --truncation 1";
        assert_eq!(walk("frames", json!(9)).as_deref(), Some(line));
        for (key, value) in [
            ("frames", json!("9")),
            ("frames", json!("$(touch X)")),
            ("frames", json!(0)),
            ("frames", json!(-3)),
            ("frames", json!(1e300)),
            ("fps", json!(1000)),
            ("size_times", json!(65)),
            ("keys", json!([1])),
            ("steered", json!(3)),
            ("steered", json!("--force")),
            ("steered", json!("--move 'smile=+2' --out 'x'")),
        ] {
            assert_eq!(walk(key, value.clone()), None, "{key} {value}");
        }
    }

    #[test]
    fn words_are_quoted_anew() {
        let recipe = json!({
            "kind": "walk", "seed": 1, "truncation": 0.5, "class": "-a;$(touch X)",
            "extra": { "steered": "--through '7','a b.latent' --move axis3=+2 --mix '`x`:0.5'" },
        });
        let line = "impasto walk RUN --out again.png --truncation 0.5 '--class=-a;$(touch X)' --through '7,a b.latent' \
                    --move axis3=+2 --mix '`x`:0.5'";
        assert_eq!(of(recipe).as_deref(), Some(line));
    }

    #[test]
    fn files_lie_where_the_command_is_typed_and_can_be_seen() {
        for file in ["/etc/passwd", "../a.png", "..", "", "a\nb.png", "a\u{1b}[31m.png", "a\u{202e}gnp.exe"] {
            let from = json!([{ "file": file, "sha256": "" }]);
            let extra = json!({ "verb": "enlarge", "from": from, "settings": "--times 2" });
            assert_eq!(of(json!({ "kind": "made", "extra": extra })), None, "{file:?}");
        }
    }

    #[test]
    fn long_settings_take_no_time() {
        let since = std::time::Instant::now();
        let recipe = json!({
            "kind": "walk", "truncation": 1.0, "extra": { "steered": format!("--mix {}", "a,".repeat(30_000)) },
        });
        assert_eq!(of(recipe), None);
        assert!(since.elapsed().as_secs() < 5, "{:?}", since.elapsed());
    }
}
