//! Judges, alarms and remedies in the loop, with a recipe that does what it is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use impasto_data::synth;
use impasto_nn::tensor;

use super::*;
use crate::config::Request;
use crate::paint::Painter;
use crate::recipe::{Paint, Part, Scene, Side, Signs, Visitor};
use crate::recipes::{Entry, Preset};
use crate::run::{in_effect, read_events};
use crate::settings::ConfigError;

mod remedies_applied;

/// One weight and two rates. Its loss grows threefold each step while it learns at more than a third of its rate, and
/// its critic is never wrong while that learns at more than a third of its own. It can be augmented twice.
struct Puppet {
    weight: f32,
    augmented: u64,
    painter: f64,
    critic: f64,
    kind: String,
    device: Device,
}

const ENTRY: Entry = Entry {
    settings: Vec::new,
    name: "puppet",
    summary: "for tests",
    paper: "none",
    presets: &[Preset { name: "one", summary: "the only one", settings: "" }],
    defaults: toml::Table::new,
    build: |table, scene: &Scene| -> Result<Box<dyn Recipe>, ConfigError> {
        let kind = table["kind"].as_str().unwrap_or_default().to_owned();
        Ok(Box::new(Puppet {
            weight: 1.0,
            augmented: 0,
            painter: 1.0,
            critic: 1.0,
            kind,
            device: scene.device.clone(),
        }))
    },
};

impl Recipe for Puppet {
    fn step(&mut self, _: &Batch, _: Progress) -> Losses {
        let grows = self.kind == "wild" || (self.kind == "fast" && self.painter > 0.3);
        self.weight *= if grows { 3.0 } else { 0.99 };
        let right = if self.kind == "strong" && self.critic > 0.3 { 1.0 } else { 0.8 };
        vec![("loss", f64::from(self.weight)), ("real", right), ("painted", right)]
    }

    fn signs(&self) -> Signs {
        Signs { critic: Some(["real", "painted"]), falls: None, losses: &["loss"] }
    }

    fn set_rate(&mut self, side: Side, share: f64) -> bool {
        match side {
            Side::Painter => self.painter = share,
            Side::Critic => self.critic = share,
        }
        true
    }

    fn raise_augmentation(&mut self) -> bool {
        let may = self.kind == "augmented" && self.augmented < 2;
        self.augmented += u64::from(may);
        may
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.counter("augmented", &mut self.augmented);
        let weight = self.weight;
        if let Some(new) = visitor.tensor(Part::Weights, "weight", &[1], &|| vec![weight]) {
            self.weight = new[0];
        }
    }

    fn skills(&self) -> Skills<'_> {
        Skills { paint: Some(self), ..Skills::default() }
    }
}

impl Paint for Puppet {
    fn latent_size(&self) -> usize {
        192
    }

    fn paint(&self, latents: Tensor<2>, _: Option<Tensor<2>>) -> Tensor<4> {
        latents.clamp(-1.0, 1.0).reshape([-1, 3, 8, 8])
    }
}

/// A folder with pictures, and trainings of the puppet in it.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(pictures: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        synth::write("flowers", &folder.path().join("flowers"), pictures, 8, 1, &mut ()).unwrap();
        Self { folder }
    }

    fn config(&self, kind: &str, steps: u64, set: &[&str]) -> Config {
        // The puppet stands in for a recipe that can be augmented.
        let mut all: Vec<String> =
            ["recipe=dcgan"].iter().chain(set).map(|text| (*text).to_owned()).collect();
        all.extend(["size=8", "batch=2", "sample_every=0"].map(str::to_owned));
        all.push(format!("steps={steps}"));
        let mut config = Config::resolve(&Request { set: all, ..Request::default() }).unwrap();
        config.table.insert("kind".into(), kind.into());
        Config { entry: &ENTRY, ..config }
    }

    fn data(&self, config: &Config) -> Dataset {
        let options = impasto_data::Options { cache: Some(self.path("cache")), ..Default::default() };
        let path = self.path("flowers");
        Dataset::open_with(&path, &config.preparation(), &options, &mut ()).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, config: &Config, out: &str) -> Training {
        let device = Device::flex();
        Training::start(config.clone(), self.data(config), &self.path(out), &device, &mut ()).unwrap()
    }

    fn resume(&self, config: &Config, out: &str) -> Training {
        let (run, device) = (Run::resume(&self.path(out)).unwrap(), Device::flex());
        let data = self.data(config);
        Training::resume(config.clone(), run, data, &device, &mut ()).unwrap()
    }

    fn events(&self, out: &str) -> Vec<Event> {
        in_effect(read_events(&self.path(out).join("events.jsonl")).unwrap())
    }
}

fn run(training: Training) -> Result<Summary, TrainError> {
    training.run(&mut ())
}

/// Says what it was told to say at each step.
struct Script(fn(u64) -> f64);

impl Judge for Script {
    fn look(&mut self, painter: &dyn Paint, _: &Dataset, at: Progress) -> Verdict {
        assert_eq!(painter.latent_size(), 192);
        let score = (self.0)(at.step);
        let measures = BTreeMap::from([("kid".to_owned(), score)]);
        Verdict { score: Some(score), copies: Some(0.5), measures }
    }
}

/// Lowest at step 40, so quick that its time never counts.
fn script() -> Box<dyn Judge> {
    Box::new(Script(|step| (step as f64 - 40.0).abs() + 1.0))
}

fn remedies(events: &[Event]) -> Vec<(u64, String)> {
    let remedy = |event: &Event| match event {
        Event::Remedy { step, action, .. } => Some((*step, action.clone())),
        _ => None,
    };
    events.iter().filter_map(remedy).collect()
}

fn alarms(events: &[Event]) -> Vec<(u64, String)> {
    let alarm = |event: &Event| match event {
        Event::Alarm { step, kind, .. } => Some((*step, kind.clone())),
        _ => None,
    };
    events.iter().filter_map(alarm).collect()
}

fn checkpoints(path: &Path) -> Vec<u64> {
    Run::open(path).unwrap().checkpoints().into_iter().map(|(images, _)| images / 2).collect()
}

#[test]
fn the_best_checkpoint_is_kept_named_and_told() {
    let stage = Stage::new(20);
    let config = stage.config("calm", 100, &["checkpoint_every=10", "keep_checkpoints=2"]);
    let summary = run(stage.start(&config, "run").judged_by(script())).unwrap();
    assert_eq!((summary.best.as_str(), summary.score), ("checkpoints/000000.080k", Some(1.0)));
    assert_eq!(checkpoints(&stage.path("run")), [40, 90, 100]);
    let run = Run::open(&stage.path("run")).unwrap();
    assert_eq!(run.best().unwrap().images, 80);
    let events = stage.events("run");
    assert!(
        alarms(&events).iter().any(|(step, kind)| (*step, kind.as_str()) == (30, "memorising")),
        "{events:?}"
    );
    let kids = events
        .iter()
        .filter(|event| matches!(event, Event::Watch { measures, .. } if measures.contains_key("kid")));
    assert_eq!(kids.count(), 10);
}

#[test]
fn without_a_judge_the_best_is_the_last_and_there_is_no_score() {
    let stage = Stage::new(20);
    let config = stage.config("calm", 20, &["checkpoint_every=10"]);
    let summary = run(stage.start(&config, "run")).unwrap();
    assert_eq!((summary.best, summary.score), (summary.checkpoint, None));
    assert!(Run::open(&stage.path("run")).unwrap().best().is_none());
}

#[test]
fn a_score_that_was_saved_is_made_good_after_a_kill() {
    let stage = Stage::new(20);
    let config = stage.config("calm", 40, &["checkpoint_every=10"]);
    run(stage.start(&config, "run").judged_by(script())).unwrap();
    // As if it had been killed between the checkpoint and the file that names the best.
    std::fs::remove_file(stage.path("run/checkpoints/best.json")).unwrap();
    drop(stage.resume(&config, "run"));
    assert_eq!(Run::open(&stage.path("run")).unwrap().best().unwrap().score, 1.0);
}

#[test]
fn held_out_pictures_are_never_learned() {
    let stage = Stage::new(1100);
    let config = stage.config("calm", 1, &[]);
    let training = stage.start(&config, "run");
    assert_eq!((training.held_out().len(), training.data().len()), (55, 1100));
    let learned: Vec<u32> = (0..1100).flat_map(|step| training.draw.batch(step, 2)).collect();
    assert!(training.held_out().iter().all(|held_out| !learned.contains(held_out)));
    assert_eq!(learned.iter().collect::<std::collections::BTreeSet<_>>().len(), 1045);
    let all = stage.config("calm", 1, &["held_out=0"]);
    assert!(stage.start(&all, "all").held_out().is_empty());
}

#[test]
fn a_run_of_an_older_version_goes_on_with_all_pictures_and_a_fresh_doctor() {
    let stage = Stage::new(1100);
    let mut config = stage.config("calm", 10, &["checkpoint_every=10", "held_out=0"]);
    run(stage.start(&config, "run")).unwrap();
    let path = stage.path("run/checkpoints/000000.020k/state.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    state["notes"] = json!({ "seconds": 1.0, "look": state["notes"]["look"] });
    std::fs::write(&path, state.to_string()).unwrap();
    ["held_out", "auto_remedy"].iter().for_each(|key| drop(config.table.remove(*key)));
    config.table.insert("steps".into(), 20.into());
    let old = Config::from_table(config.table.clone()).unwrap();
    assert_eq!((old.common.held_out, old.common.auto_remedy), (0.0, false));
    let old = Config { entry: &ENTRY, ..old };
    assert_eq!(run(stage.resume(&old, "run")).unwrap().steps, 20);
}

#[test]
fn alarms_are_told_and_nothing_is_done_unless_asked_for() {
    let stage = Stage::new(20);
    let config = stage.config("strong", 1200, &["checkpoint_every=100"]);
    run(stage.start(&config, "run")).unwrap();
    let events = stage.events("run");
    assert_eq!(alarms(&events), [(500, "critic too strong".to_owned())]);
    assert!(remedies(&events).is_empty());
}

#[test]
fn a_critic_that_is_too_strong_is_slowed_down_until_it_is_not() {
    let stage = Stage::new(20);
    let config = stage.config("strong", 2000, &["checkpoint_every=100", "auto_remedy=true"]);
    run(stage.start(&config, "run")).unwrap();
    let expected = [
        (500, "the critic now learns at 1/2 of its rate"),
        (1000, "the critic now learns at 1/4 of its rate"),
    ];
    assert_eq!(remedies(&stage.events("run")), expected.map(|(step, action)| (step, action.to_owned())));
}

#[test]
fn a_training_that_paints_copies_is_augmented_more_and_so_it_is_after_a_resume() {
    let stage = Stage::new(20);
    let set = ["checkpoint_every=10", "auto_remedy=true"];
    let whole = stage.config("augmented", 150, &set);
    run(stage.start(&whole, "whole").judged_by(script())).unwrap();
    let steps = |out: &str| remedies(&stage.events(out)).iter().map(|one| one.0).collect::<Vec<_>>();
    // Copies at every look: each third of them is treated, until there is no more to be done.
    assert_eq!(steps("whole"), [30, 60]);
    assert!(remedies(&stage.events("whole"))[0].1.contains("altered more often"));
    let told: Vec<u64> = alarms(&stage.events("whole")).iter().map(|one| one.0).collect();
    assert_eq!(told, [30, 60, 90]);
    let augmented =
        |out: &str| Run::open(&stage.path(out)).unwrap().latest().unwrap().0.counters["augmented"];
    for cut in [10, 25, 30, 37, 60, 88] {
        let out = format!("cut-{cut}");
        run(stage.start(&stage.config("augmented", cut, &set), &out).judged_by(script())).unwrap();
        run(stage.resume(&whole, &out).judged_by(script())).unwrap();
        assert_eq!((steps(&out), augmented(&out)), (vec![30, 60], 2), "cut at {cut}");
    }
    let untold = stage.config("augmented", 50, &["checkpoint_every=10"]);
    run(stage.start(&untold, "asked-for").judged_by(script())).unwrap();
    assert_eq!((steps("asked-for"), augmented("asked-for")), (vec![], 0), "only if it is asked for");
}

#[test]
fn the_alarm_for_copies_says_how_to_augment() {
    let stage = Stage::new(20);
    let remedy = |out: &str, set: &[&str]| {
        let set = [&["checkpoint_every=10"], set].concat();
        run(stage.start(&stage.config("calm", 30, &set), out).judged_by(script())).unwrap();
        let remedy = |event: Event| match event {
            Event::Alarm { remedy, .. } => Some(remedy),
            _ => None,
        };
        stage.events(out).into_iter().find_map(remedy).unwrap()
    };
    assert!(remedy("off", &[]).contains("--set augment=adaptive"));
    assert!(remedy("on", &["augment=fixed"]).contains("--set augment_strength=0.8"));
    assert!(!remedy("none", &["recipe=vae"]).contains("augment"));
}

#[test]
fn painting_takes_the_best_unless_told_otherwise() {
    let stage = Stage::new(20);
    // A real recipe, because painters are made from what stands in the run folder.
    let set = ["recipe=mlp-gan", "generator=[4]", "critic=[4]", "latent=2", "checkpoint_every=4"];
    let mut table: Vec<String> = set.map(str::to_owned).to_vec();
    table.extend(["size=8", "batch=2", "sample_every=0", "steps=12"].map(str::to_owned));
    let config = Config::resolve(&Request { set: table, ..Request::default() }).unwrap();
    run(stage.start(&config, "run")).unwrap();
    let open = |checkpoint: Option<&str>| {
        let painter = Painter::open(&stage.path("run"), checkpoint, &Device::flex(), &mut ()).unwrap();
        painter.picture_recipe(crate::picture::Kind::Sample, 1, None, Default::default()).images
    };
    assert_eq!([None, Some("best"), Some("last")].map(open), [24, 24, 24], "nothing was judged");
    Run::open(&stage.path("run")).unwrap().judged(8, 0.5).unwrap();
    assert_eq!([None, Some("best"), Some("last"), Some("000000.016k")].map(open), [8, 8, 24, 16]);
    let weights = stage.path("run/checkpoints/000000.008k/weights.safetensors");
    std::fs::write(weights, b"torn").unwrap();
    assert_eq!(open(None), 24, "a damaged best is passed over");
}

#[test]
fn a_judge_that_takes_too_long_waits() {
    struct Slow;
    impl Judge for Slow {
        fn cost(&self) -> f64 {
            0.2
        }

        fn look(&mut self, _: &dyn Paint, _: &Dataset, _: Progress) -> Verdict {
            std::thread::sleep(std::time::Duration::from_millis(300));
            Verdict { score: Some(f64::NAN), ..Verdict::default() }
        }
    }
    let (mut bench, device) = (Bench::default(), Device::flex());
    bench.seat(Box::new(Slow), false);
    let puppet = Puppet { weight: 1.0, augmented: 0, painter: 1.0, critic: 1.0, kind: String::new(), device };
    assert_eq!(puppet.paint(tensor(vec![0.0; 192], [1, 192], &puppet.device), None).dims(), [1, 3, 8, 8]);
    let at = Progress::default();
    let stage = Stage::new(4);
    let data = stage.data(&stage.config("calm", 1, &[]));
    let mut look = |trained| bench.look(&puppet, &data, at, trained);
    assert_eq!(look(0.5).unwrap().score, None, "what is no number is no score");
    assert!(look(0.5).is_none() && look(4.0).is_none(), "300 milliseconds, and 200 to come, are too many");
    assert!(look(60.0).is_some());
}
