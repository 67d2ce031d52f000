use std::fs;

use impasto_random::Random;

use super::super::About;
use super::*;
use crate::error::{Action, Classify};

fn new_run(folder: &tempfile::TempDir) -> Run {
    Run::create(&folder.path().join("run"), "size = 28\n", &About::default()).unwrap()
}

fn checkpoint(images: u64) -> Checkpoint {
    let values = Random::new(images, "weights", 0).normals(12);
    let stored =
        |factor: f32| Stored { shape: vec![3, 4], values: values.iter().map(|v| v * factor).collect() };
    let mut notes = serde_json::Map::new();
    notes.insert("seconds".into(), (0.1 + 0.2).into());
    Checkpoint {
        weights: BTreeMap::from([("generator.weight".into(), stored(1.0))]),
        state: BTreeMap::from([("adam.moment".into(), stored(0.1)), ("adam.square".into(), stored(0.01))]),
        counters: BTreeMap::from([("epoch".into(), u64::MAX)]),
        notes,
        step: images / 64,
        images,
    }
}

fn read(path: &Path, name: &str) -> Vec<u8> {
    fs::read(path.join(name)).unwrap()
}

#[test]
fn a_checkpoint_comes_back_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let path = run.save(&checkpoint(10_240)).unwrap();
    assert!(path.ends_with("checkpoints/000010.240k"), "{path:?}");
    assert_eq!(run.load(&path).unwrap(), checkpoint(10_240));
    assert_eq!(run.latest().unwrap(), (checkpoint(10_240), vec![]));
}

#[test]
fn equal_trainings_in_two_folders_write_equal_bytes() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = new_run(&here).save(&checkpoint(64)).unwrap();
    let two = new_run(&there).save(&checkpoint(64)).unwrap();
    for name in [WEIGHTS, STATE, STATE_JSON] {
        assert_eq!(read(&one, name), read(&two, name), "{name}");
    }
}

#[test]
fn the_hash_names_the_weights_in_memory_and_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = new_run(&folder).save(&checkpoint(64)).unwrap();
    let hash = checkpoint(64).weights_hash().unwrap();
    assert_eq!(hash.len(), 16);
    assert_eq!(weights_hash(&path).unwrap(), hash);
    assert!(tensors::sha256(&read(&path, WEIGHTS)).starts_with(&hash));
    assert_ne!(checkpoint(128).weights_hash().unwrap(), hash);
}

#[test]
fn weights_are_read_without_what_only_training_needs() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let path = run.save(&checkpoint(64)).unwrap();
    fs::write(path.join(STATE), b"torn").unwrap();
    let weights = run.load_weights(&path).unwrap();
    assert_eq!((&weights.tensors, weights.images), (&checkpoint(64).weights, 64));
    assert_eq!(weights.hash, checkpoint(64).weights_hash().unwrap());
    assert_eq!(run.latest_weights().unwrap(), (weights, vec![]));
    let newer = run.save(&checkpoint(128)).unwrap();
    fs::write(newer.join(WEIGHTS), b"torn").unwrap();
    assert!(matches!(run.load_weights(&newer), Err(RunError::Damaged(_))));
    let (weights, damaged) = run.latest_weights().unwrap();
    assert_eq!((weights.images, damaged.len()), (64, 1));
}

#[test]
fn truncated_weights_are_named_and_the_older_checkpoint_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    run.save(&checkpoint(1000)).unwrap();
    let newer = run.save(&checkpoint(2000)).unwrap();
    let whole = read(&newer, WEIGHTS);
    fs::write(newer.join(WEIGHTS), &whole[..whole.len() / 2]).unwrap();
    let (latest, damaged) = run.latest().unwrap();
    assert_eq!(latest, checkpoint(1000));
    assert_eq!(damaged.len(), 1);
    let text = damaged[0].to_string();
    assert!(text.contains("000002.000k") && text.contains("weights.safetensors"), "{text}");
    assert!(newer.exists(), "a damaged checkpoint is never deleted");
}

#[test]
fn one_flipped_bit_anywhere_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let path = run.save(&checkpoint(1000)).unwrap();
    for name in [WEIGHTS, STATE] {
        let whole = read(&path, name);
        for round in 0..200 {
            let mut random = Random::new(3, "flips", round);
            let mut bytes = whole.clone();
            bytes[random.below(whole.len())] ^= 1 << random.below(8);
            fs::remove_file(path.join(name)).unwrap();
            fs::write(path.join(name), bytes).unwrap();
            assert!(matches!(run.load(&path), Err(RunError::Damaged(_))));
        }
        fs::write(path.join(name), whole).unwrap();
    }
    assert_eq!(run.load(&path).unwrap(), checkpoint(1000));
}

#[test]
fn random_mutations_of_the_json_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let path = run.save(&checkpoint(1000)).unwrap();
    let whole = read(&path, STATE_JSON);
    for round in 0..1000 {
        let mut random = Random::new(4, "json", round);
        let mut bytes = whole.clone();
        bytes[random.below(whole.len())] = random.bits() as u8;
        bytes.truncate(1 + random.below(2 * whole.len()));
        // Some disks wait whenever a file is overwritten; a new one is quick.
        fs::remove_file(path.join(STATE_JSON)).unwrap();
        fs::write(path.join(STATE_JSON), bytes).unwrap();
        let _ = run.load(&path);
    }
}

#[test]
fn a_hostile_file_with_a_matching_hash_is_still_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let path = run.save(&checkpoint(1000)).unwrap();
    let hostile = u64::MAX.to_le_bytes().repeat(2);
    let json = String::from_utf8(read(&path, STATE_JSON)).unwrap();
    let json = json.replace(&tensors::sha256(&read(&path, WEIGHTS)), &tensors::sha256(&hostile));
    fs::write(path.join(WEIGHTS), &hostile).unwrap();
    for (length, why) in [("128", "128 were written"), ("16", "header")] {
        let json = json.replace("\"weights_bytes\": 128", &format!("\"weights_bytes\": {length}"));
        fs::write(path.join(STATE_JSON), json).unwrap();
        let text = run.load(&path).unwrap_err().to_string();
        assert!(text.contains("weights.safetensors") && text.contains(why), "{text}");
    }
}

#[test]
fn a_checkpoint_of_before_lengths_were_written_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let path = run.save(&checkpoint(1000)).unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&read(&path, STATE_JSON)).unwrap();
    for key in ["weights_bytes", "state_bytes"] {
        assert!(json.as_object_mut().unwrap().remove(key).is_some());
    }
    fs::write(path.join(STATE_JSON), json.to_string()).unwrap();
    assert_eq!(run.load(&path).unwrap(), checkpoint(1000));
    let before = read(&path, STATE_JSON);
    run.save(&checkpoint(1000)).unwrap();
    assert_eq!(read(&path, STATE_JSON), before, "and stays as it is");
}

#[test]
fn an_outline_tells_what_a_whole_checkpoint_holds_and_sees_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = new_run(&folder).save(&checkpoint(1000)).unwrap();
    let outline = Outline::of(&path).unwrap();
    let counts = |tensors, numbers| Counts { tensors, numbers };
    assert_eq!((outline.weights, outline.state), (counts(1, 12), counts(2, 24)));
    assert_eq!((outline.hash, outline.images), (checkpoint(1000).weights_hash().unwrap(), 1000));
    let mut bytes = read(&path, STATE);
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(path.join(STATE), bytes).unwrap();
    assert!(matches!(Outline::of(&path), Err(RunError::Damaged(_))));
}

#[test]
fn more_tensors_than_the_networks_have_room_for_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder).of_networks(1000);
    let large = Stored { shape: vec![5_000_000], values: vec![0.0; 5_000_000] };
    let weights = BTreeMap::from([("generator.weight".to_owned(), large)]);
    let path = run.save(&Checkpoint { weights, ..Checkpoint::default() }).unwrap();
    let text = run.load_weights(&path).unwrap_err().to_string();
    assert!(text.contains("more than these settings"), "{text}");
    assert!(run.of_networks(5_000_000).load_weights(&path).is_ok());
}

#[test]
fn a_checkpoint_of_a_later_version_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let path = run.save(&checkpoint(1000)).unwrap();
    fs::write(path.join(STATE_JSON), r#"{"format":2,"everything":"else differs"}"#).unwrap();
    assert!(run.load(&path).unwrap_err().to_string().contains("later version"));
}

#[test]
fn when_no_checkpoint_is_whole_the_error_names_each() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let path = run.save(&checkpoint(1000)).unwrap();
    fs::remove_file(path.join(STATE)).unwrap();
    let error = run.latest().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("000001.000k") && text.contains("state.safetensors"), "{text}");
    assert_eq!(error.class().hints[0].action, Action::RepeatRun { run: run.path().to_path_buf() });
}

#[test]
fn a_kill_while_saving_leaves_the_older_checkpoint_and_resuming_sweeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    run.save(&checkpoint(1000)).unwrap();
    let half = run.path().join("checkpoints/000002.000k.tmp-4711-0");
    fs::create_dir(&half).unwrap();
    fs::write(half.join(WEIGHTS), b"half").unwrap();
    assert_eq!(run.latest().unwrap(), (checkpoint(1000), vec![]));
    let path = run.path().to_path_buf();
    drop(run);
    let run = Run::resume(&path).unwrap();
    assert!(!half.exists());
    assert_eq!(run.latest().unwrap(), (checkpoint(1000), vec![]));
}

#[test]
fn a_kill_between_setting_aside_and_replacing_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let saved = run.save(&checkpoint(1000)).unwrap();
    fs::rename(&saved, saved.with_file_name("000001.000k.aside-4711-0")).unwrap();
    let path = run.path().to_path_buf();
    drop(run);
    assert_eq!(Run::resume(&path).unwrap().latest().unwrap(), (checkpoint(1000), vec![]));
}

#[test]
fn saving_again_keeps_equal_tensors_and_replaces_others() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let path = run.save(&checkpoint(1000)).unwrap();
    let mut again = checkpoint(1000);
    again.notes.insert("seconds".into(), 9.5.into());
    run.save(&again).unwrap();
    assert_eq!(run.load(&path).unwrap(), checkpoint(1000), "equal tensors stay as they are");
    again.weights.clear();
    run.save(&again).unwrap();
    assert_eq!(run.load(&path).unwrap(), again);
    fs::write(path.join(STATE), b"damaged").unwrap();
    run.save(&again).unwrap();
    assert_eq!(run.load(&path).unwrap(), again, "a damaged one is written anew");
    assert_eq!(run.checkpoints().len(), 1);
}

#[test]
fn thinning_never_removes_the_last_good_one() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let paths: Vec<PathBuf> = (1..=5).map(|n| run.save(&checkpoint(n * 1000)).unwrap()).collect();
    run.keep_last(3).unwrap();
    let images = |run: &Run| run.checkpoints().iter().map(|(images, _)| *images).collect::<Vec<u64>>();
    assert_eq!(images(&run), [3000, 4000, 5000]);
    fs::write(paths[4].join(WEIGHTS), b"").unwrap();
    run.keep_last(1).unwrap();
    assert_eq!(images(&run), [4000, 5000]);
    assert_eq!(run.latest().unwrap().0, checkpoint(4000));
}

#[test]
fn checkpoints_sort_by_pictures_seen_and_strangers_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    let numbers = [0, 999, 1000, 10_240, 999_999_999, 1_000_000_000];
    numbers.iter().rev().for_each(|&images| drop(run.save(&checkpoint(images)).unwrap()));
    for stranger in ["notes", "+00001.000k", "000001.5k", "000002.000k.tmp-1-1"] {
        fs::create_dir(run.path().join("checkpoints").join(stranger)).unwrap();
    }
    assert_eq!(run.checkpoints().iter().map(|(images, _)| *images).collect::<Vec<u64>>(), numbers);
}

#[test]
fn a_file_where_the_checkpoints_belong_gives_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let run = new_run(&folder);
    fs::remove_dir(run.path().join("checkpoints")).unwrap();
    fs::write(run.path().join("checkpoints"), b"").unwrap();
    let text = run.save(&checkpoint(1000)).unwrap_err().to_string();
    assert!(text.contains("checkpoints") && text.contains("in the way"), "{text}");
}
