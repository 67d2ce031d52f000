//! Tunings whose trainings are pretended: their folders say what real ones would.

use super::*;
use crate::config::Request;
use crate::run::{About, Checkpoint, Event, Events};

fn base() -> Config {
    let set = ["recipe=dcgan", "steps=500", "size=16"].map(String::from).to_vec();
    Config::resolve(&Request { set, ..Request::default() }).unwrap()
}

fn asked() -> Table {
    [("data".to_owned(), "flowers".into())].into_iter().collect()
}

fn begun(folder: &Path) -> Tuning {
    Tuning::begin(folder, &base(), asked(), Effort::Steps(210), 9, Some(300)).unwrap()
}

fn reopened(folder: &Path) -> Tuning {
    Tuning::open(folder, &asked()).unwrap().unwrap()
}

/// A training of the trial up to its limit, with this score.
fn pretend(trial: &Trial, score: f64) {
    let run = match trial.begun().unwrap() {
        Some(run) => run,
        None => Run::create(&trial.run, &trial.config.to_toml().unwrap(), &About::default()).unwrap(),
    };
    let step = trial.config.common.steps;
    run.save(&Checkpoint { step, images: step, ..Checkpoint::default() }).unwrap();
    run.judged(step, score).unwrap();
    let mut events = Events::open(&run.events_path()).unwrap();
    let losses = BTreeMap::new();
    let moment =
        Event::Step { step, images: step, seconds: 1.0, step_ms: 1.0, images_per_second: 1.0, losses };
    events.write(&moment).unwrap();
    events.write(&Event::End { step, reason: "done".into() }).unwrap();
}

/// Trial 4 learns best, and 7 second.
fn score(trial: usize) -> f64 {
    [0.5, 0.6, 0.7, 0.55, 0.1, 0.9, 0.8, 0.2, 0.65][trial]
}

#[test]
fn all_begin_a_third_goes_on_and_one_is_the_best() {
    let folder = tempfile::tempdir().unwrap();
    drop(begun(folder.path()));
    let mut trials = Vec::new();
    let best = loop {
        // Opened anew each time, as after a kill.
        let tuning = reopened(folder.path());
        match tuning.next().unwrap() {
            Turn::Refused { why, .. } => panic!("{why}"),
            Turn::Done(best) => break best,
            Turn::Train(trial) => {
                pretend(&trial, score(trial.number));
                trials.push((trial.rung, trial.number, trial.config.common.steps));
            }
        }
    };
    let first: Vec<_> = (0..9).map(|trial| (0, trial, 10)).collect();
    assert_eq!((&trials[..9], best), (&first[..], 4));
    assert_eq!(trials[9..], [(1, 4, 30), (1, 7, 30), (1, 0, 30), (2, 4, 90)]);
}

#[test]
fn a_trial_that_is_given_up_makes_room_for_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut tuning = begun(folder.path());
    let best = loop {
        match tuning.next().unwrap() {
            Turn::Refused { why, .. } => panic!("{why}"),
            Turn::Done(best) => break best,
            Turn::Train(trial) if trial.number == 4 && trial.rung == 1 => {
                tuning.give_up(4, "it blew up".into()).unwrap();
            }
            Turn::Train(trial) => pretend(&trial, score(trial.number)),
        }
    };
    assert_eq!(best, 7);
    let standing = &tuning.standings()[4];
    assert_eq!((standing.failed.as_deref(), standing.rungs), (Some("it blew up"), 1));
    (0..9).for_each(|trial| tuning.give_up(trial, "no luck".into()).unwrap());
    assert!(tuning.next().unwrap_err().to_string().contains("no luck"));
}

#[test]
fn a_trial_that_was_cut_off_is_gone_on_with_and_one_without_a_checkpoint_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let tuning = begun(folder.path());
    let Turn::Train(trial) = tuning.next().unwrap() else { panic!("there is much to do") };
    assert!(trial.begun().unwrap().is_none());
    drop(Run::create(&trial.run, "", &About::default()).unwrap());
    assert!(trial.begun().unwrap().is_none() && !trial.run.exists(), "it had no checkpoint");
    let run = Run::create(&trial.run, "", &About::default()).unwrap();
    run.save(&Checkpoint { images: 8, ..Checkpoint::default() }).unwrap();
    drop(run);
    assert!(trial.begun().unwrap().is_some());
    assert!(matches!(tuning.next().unwrap(), Turn::Train(next) if next.number == trial.number));
}

#[test]
fn another_command_is_another_tuning_and_two_at_once_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tuning = begun(folder.path());
    assert!(matches!(Tuning::open(folder.path(), &asked()), Err(TuneError::Run(RunError::Busy { .. }))));
    drop(tuning);
    let other = [("data".to_owned(), "cats".into())].into_iter().collect();
    let error = Tuning::open(folder.path(), &other).unwrap_err().to_string();
    assert!(error.contains("data was \"flowers\" and is \"cats\""), "{error}");
    assert!(Tuning::open(&folder.path().join("nowhere"), &asked()).unwrap().is_none());
    std::fs::write(folder.path().join(NOTES), "limits = 3").unwrap();
    assert!(matches!(Tuning::open(folder.path(), &asked()), Err(TuneError::Broken { .. })));
}

#[test]
fn the_result_has_no_limit_of_its_own_and_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let tuning = begun(folder.path());
    let Turn::Train(trial) = tuning.next().unwrap() else { panic!("there is much to do") };
    assert_eq!((trial.config.common.sample_every, trial.config.common.steps), (0, 10));
    assert!((300.0 * trial.config.common.held_out) as usize >= 50);
    let changed =
        tuning.standings().into_iter().find(|standing| standing.settings.contains_key("rate")).unwrap();
    let path = tuning.write_result(changed.trial).unwrap();
    let table: Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    assert_eq!(table["rate"], changed.settings["rate"]);
    assert!(["steps", "images", "minutes"].iter().all(|limit| !table.contains_key(*limit)), "{table}");
    assert_eq!(table["held_out"].as_float(), Some(base().common.held_out));
    tuning.write_result(changed.trial).unwrap();
    std::fs::write(&path, "mine").unwrap();
    assert!(matches!(tuning.write_result(0), Err(TuneError::Changed { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
}
