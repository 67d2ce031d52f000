//! Run folders from strangers: whatever is in them, a verb ends soon, says what is wrong, and takes little memory.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use super::studio::{Said, Studio, TINY_DCGAN, names};

/// Everything that reads a run folder `run`. Those that write, write into `out`.
const VERBS: [&str; 10] = [
    "info run",
    "info run/checkpoints/000000.160k",
    "runs .",
    "compare run run --out out/page.html",
    "sample run --count 1 --out out/one.png",
    "walk run --frames 3 --keys 2 --size-times 1 --out out/walk.gif",
    "train --resume run --steps 21",
    "directions run --again --out out/axes.png",
    "invert photo.png --run run --steps 1 --starts 16 --out out/one.latent",
    "judge run --against flowers --count 16",
];

/// Of processor time: other tests run beside these.
const MOST_SECONDS: f64 = 10.0;
const MOST_BYTES: u64 = 1 << 30;

/// What a process has taken so far.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    bytes: u64,
    seconds: f64,
}

impl Taken {
    /// As the system says in files, where it does.
    fn by(child: &Child) -> Option<Self> {
        let text = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", child.id())).ok();
        let (status, stat) = (text("status")?, text("stat")?);
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = peak.trim().trim_end_matches("kB").trim().parse().ok()?;
        let ticks: Vec<f64> =
            stat.rsplit(')').next()?.split(' ').filter_map(|word| word.parse().ok()).collect();
        // User and system time, in hundredths; the state before them is no number.
        Some(Self { bytes: kilobytes * 1024, seconds: (ticks.get(10)? + ticks.get(11)?) / 100.0 })
    }
}

/// Runs a command line that must end soon, of itself, and without taking much.
fn bounded(studio: &Studio, line: &str, what: &str) -> Said {
    let mut child = studio.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let read = |from: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            from.map(|mut from| from.read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = read(child.stdout.take().map(|from| Box::new(from) as _));
    let err = read(child.stderr.take().map(|from| Box::new(from) as _));
    let (began, mut taken) = (Instant::now(), Taken::default());
    let status = loop {
        taken = Taken::by(&child).unwrap_or(taken);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > Duration::from_secs(120) || taken.seconds > MOST_SECONDS {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{what}: `impasto {line}` does not end: {taken:?}");
        }
        sleep(Duration::from_millis(10));
    };
    let said = Said { code: status.code(), out: out.join().unwrap(), err: err.join().unwrap() };
    assert!(matches!(said.code, Some(0..=2)), "{what}: {line}: {status}: {}", said.err);
    assert!(!said.err.contains("panicked"), "{what}: {line}: {}", said.err);
    assert!(taken.bytes < MOST_BYTES, "{what}: {line}: {taken:?}");
    said
}

/// A trained run with something done to it, and every verb on it.
fn every_verb(what: &str, harm: impl Fn(&Path)) -> Vec<Said> {
    let studio = studio();
    harm(&studio.path("run"));
    VERBS.iter().map(|line| bounded(&studio, line, what)).collect()
}

/// A trained run, and a picture beside it.
fn studio() -> Studio {
    let studio = Studio::with_run(TINY_DCGAN);
    fs::create_dir(studio.path("out")).unwrap();
    let class = studio.path("flowers").join(&names(&studio.path("flowers"))[0]);
    fs::copy(class.join(&names(&class)[0]), studio.path("photo.png")).unwrap();
    studio
}

fn newest(run: &Path) -> PathBuf {
    run.join("checkpoints/000000.160k")
}

fn replace(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn link(path: &Path, to: &str) {
    fs::remove_file(path).unwrap();
    symlink(to, path).unwrap();
}

fn pipe(path: &Path) {
    fs::remove_file(path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// What those said that did not succeed.
fn failures(said: &[Said]) -> Vec<String> {
    let failed = VERBS.iter().zip(said).filter(|(_, said)| said.code != Some(0));
    failed.map(|(line, said)| format!("{line}: {}", said.err)).collect()
}

#[test]
fn a_run_that_nobody_harmed_works() {
    let said = every_verb("unharmed", |_| {});
    assert_eq!(failures(&said), Vec::<String>::new());
}

#[test]
fn what_never_ends_is_not_waited_for() {
    let said = every_verb("events", |run| link(&run.join("events.jsonl"), "/dev/zero"));
    assert!(said[0].err.contains("not a regular file"), "{said:?}");
    let said = every_verb("run.json", |run| pipe(&run.join("run.json")));
    assert!(said[0].err.contains("a named pipe"), "{said:?}");
    assert_eq!(failures(&said).len(), VERBS.len() - 2, "all but those that need no run: {said:?}");
    every_verb("everything else", |run| {
        link(&run.join("config.toml"), "/dev/zero");
        fs::write(run.join("checkpoints/best.json"), "").unwrap();
        pipe(&run.join("checkpoints/best.json"));
        fs::write(run.join("directions.json"), "").unwrap();
        link(&run.join("directions.json"), "/dev/zero");
        link(&run.join("run.lock"), "/dev/zero");
        pipe(&run.join("reals.png"));
        symlink("/dev/zero", run.join("samples/999999.000k.png")).unwrap();
        link(&newest(run).join("weights.safetensors"), "/dev/zero");
        pipe(&newest(run).join("state.safetensors"));
        symlink(run, run.join("loop")).unwrap();
    });
}

#[test]
fn what_is_too_long_is_not_read() {
    let said = every_verb("weights", |run| {
        let weights = newest(run).join("weights.safetensors");
        File::options().write(true).open(weights).unwrap().set_len(64 << 30).unwrap();
    });
    assert!(said[1].err.contains("were written"), "{:?}", said[1]);
    assert_eq!(said[4].code, Some(0), "an older checkpoint is whole: {:?}", said[4]);
    every_verb("weights of an older version, with a header that fits", |run| {
        let header = format!(
            r#"{{"a":{{"dtype":"F32","shape":[{}],"data_offsets":[0,{}]}}}}"#,
            16u64 << 30,
            64u64 << 30
        );
        for (file, key) in [("weights.safetensors", "weights_bytes"), ("state.safetensors", "state_bytes")] {
            let path = newest(run).join(file);
            replace(&path, [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat());
            let file = File::options().write(true).open(path).unwrap();
            // `info` of a checkpoint reads all of it, and there is no limit to that but the disk.
            if key == "state_bytes" {
                file.set_len(8 + header.len() as u64 + (64 << 30)).unwrap();
            }
            let state = newest(run).join("state.json");
            let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
            json.as_object_mut().unwrap().remove(key);
            replace(&state, json.to_string());
        }
    });
    every_verb("settings", |run| replace(&run.join("config.toml"), "# long\n".repeat(3_000_000)));
    every_verb("counters", |run| {
        let path = newest(run).join("state.json");
        let counters = (0..1_000_000).map(|number| format!("\"c{number}\":1,")).collect::<String>();
        let json = fs::read_to_string(&path).unwrap();
        replace(&path, json.replace("\"counters\": {", &format!("\"counters\": {{{counters}\"last\":1,")));
    });
}

#[test]
fn a_log_of_a_hundred_thousand_resumes_is_read_in_one_pass() {
    let said = every_verb("resumes", |run| {
        let step = r#"{"event":"step","step":9,"images":72,"seconds":1,"step_ms":1,"images_per_second":8,"losses":{}}"#;
        let resume = r#"{"event":"resume","step":10}"#;
        replace(&run.join("events.jsonl"), format!("{step}\n{resume}\n").repeat(100_000));
    });
    assert_eq!(failures(&said), Vec::<String>::new());
    every_verb("one line", |run| replace(&run.join("events.jsonl"), "x".repeat(50 << 20)));
    every_verb("names", |run| {
        let watch = |number: u32| {
            format!(
                "{{\"event\":\"watch\",\"step\":{number},\"measures\":{{\"m{number}\":1,\"n{number}\":2}}}}\n"
            )
        };
        replace(&run.join("events.jsonl"), (0..100_000).map(watch).collect::<String>());
    });
}

#[test]
fn settings_that_ask_for_more_than_there_is_build_nothing() {
    let hostile = [
        ("painter", "widths = [4096]\nblocks = [64]"),
        ("dcgan", "layout = 'classic'\nwidth = 1024\nsize = 1024"),
        ("mlp-gan", "generator = [65536, 65536, 65536]"),
        ("vae", "widths = [65536, 65536, 65536]"),
        ("stack", "widths = [4096]\nblocks = [64]\nsize = 128"),
        ("paired", "widths = [65536, 65536, 65536]"),
        ("repair", "widths = [65536, 65536, 65536]"),
        ("enlarge", "widths = [65536, 65536, 65536]"),
        ("fast-style", "width = 65536"),
        ("any-style", "width = 65536"),
        ("unpaired", "widths = [65536, 65536, 65536]"),
        ("variations", "widths = [65536, 65536, 65536]"),
        ("painter", "size = 100000"),
        ("painter", "latent = 1000000000"),
        ("painter", "batch = 1000000000"),
        ("dcgan", "width = 1000000"),
        ("fast-style", "blocks = 65536"),
    ];
    let studio = studio();
    for (recipe, settings) in hostile {
        let what = format!("{recipe}: {settings}");
        let config = format!("recipe = '{recipe}'\npreset = ''\ndata = 'flowers'\n{settings}\n");
        let config = if settings.contains("size") { config } else { config + "size = 16\n" };
        let mut whole: toml::Table =
            fs::read_to_string(studio.path("run/config.toml")).unwrap().parse().unwrap();
        whole.retain(|key, _| !["width", "layout", "latent", "size", "batch"].contains(&key));
        whole.extend([("batch".to_owned(), 8.into()), ("width".to_owned(), 4.into())]);
        whole.extend(config.parse::<toml::Table>().unwrap());
        replace(&studio.path("run/config.toml"), whole.to_string());
        for line in VERBS {
            let said = bounded(&studio, line, &what);
            let loads = ["sample", "walk", "train", "directions", "invert", "judge"];
            if loads.iter().any(|verb| line.starts_with(verb)) {
                assert_ne!(said.code, Some(0), "{what}: {line}");
            }
        }
        fs::write(studio.path("hostile.toml"), &config).unwrap();
        let said = bounded(&studio, "train --config hostile.toml --out new --steps 1", &what);
        assert_ne!(said.code, Some(0), "{what}: {said:?}");
        assert!(!studio.path("new").exists(), "{what}: nothing is left behind");
    }
}

#[test]
fn a_file_of_settings_that_never_ends_is_refused() {
    let studio = Studio::with_flowers();
    assert!(std::process::Command::new("mkfifo").arg(studio.path("pipe.toml")).status().unwrap().success());
    for file in ["/dev/zero", "pipe.toml"] {
        let said = bounded(&studio, &format!("train flowers --config {file} --out new"), file);
        assert!(said.code == Some(1) && said.err.contains("not a regular file"), "{said:?}");
    }
}

#[test]
fn a_folder_of_a_hundred_thousand_things_is_listed() {
    let studio = Studio::with_run(TINY_DCGAN);
    for number in 0..100_000 {
        symlink("nowhere", studio.path(&format!("{number:06}"))).unwrap();
    }
    symlink(".", studio.path("loop")).unwrap();
    let said = bounded(&studio, "runs .", "many");
    assert!(said.code == Some(0) && said.out.contains("dcgan"), "{said:?}");
}
