//! Remedies: going back, and resuming in the middle of it.

use super::*;

#[test]
fn a_training_that_blows_up_goes_back_slower_and_further_back() {
    let stage = Stage::new(20);
    let config = stage.config("fast", 60, &["checkpoint_every=4", "auto_remedy=true"]);
    let summary = run(stage.start(&config, "run")).unwrap();
    assert_eq!(summary.steps, 60);
    let done = remedies(&stage.events("run"));
    assert_eq!(
        done.iter().map(|(step, _)| *step).collect::<Vec<_>>(),
        [8],
        "what was done at 12 is void: {done:?}"
    );
    assert!(done[0].1.contains("went back to step 8") && done[0].1.contains("1/4"), "{done:?}");
    assert!(summary.losses["loss"].as_f64().unwrap() < 1e4);
    assert!(summary.losses["loss"].as_f64().unwrap() > 1.0, "it went on from where it went back to");
}

#[test]
fn a_training_that_cannot_be_helped_stops_with_its_error() {
    let stage = Stage::new(20);
    for (set, ways_back) in
        [(&["checkpoint_every=4", "auto_remedy=true"][..], true), (&["checkpoint_every=4"], false)]
    {
        let out = format!("back-{ways_back}");
        let config = stage.config("wild", 60, set);
        let error = run(stage.start(&config, &out)).unwrap_err().to_string();
        assert!(
            error.contains("training has blown up: \"loss\" is") && error.contains("lower rate"),
            "{error}"
        );
        let events = stage.events(&out);
        assert_eq!(!remedies(&events).is_empty(), ways_back);
        assert!(
            matches!(events.last(), Some(Event::End { reason, .. }) if reason == "diverged"),
            "{events:?}"
        );
    }
}

#[test]
fn remedies_are_resumed_to_the_bit_from_anywhere() {
    let stage = Stage::new(20);
    for (kind, steps, every, cuts) in [
        ("fast", 40, 4, &[3, 12, 13, 14, 16, 25][..]),
        ("strong", 1300, 100, &[100, 499, 500, 501, 777, 1000, 1234]),
    ] {
        let set = format!("checkpoint_every={every}");
        let set = [set.as_str(), "auto_remedy=true", "keep_checkpoints=3"];
        let whole = stage.config(kind, steps, &set);
        run(stage.start(&whole, kind)).unwrap();
        for &cut in cuts {
            let out = format!("{kind}-{cut}");
            run(stage.start(&stage.config(kind, cut, &set), &out)).unwrap();
            run(stage.resume(&whole, &out)).unwrap();
            let last = |out: &str| Run::open(&stage.path(out)).unwrap().latest().unwrap().0;
            let (mut one, mut other) = (last(kind), last(&out));
            for checkpoint in [&mut one, &mut other] {
                ["seconds", "judging_seconds"].iter().for_each(|name| drop(checkpoint.notes.remove(*name)));
            }
            assert_eq!(one, other, "{kind} cut at {cut}");
            assert_eq!(remedies(&stage.events(kind)), remedies(&stage.events(&out)), "{kind} cut at {cut}");
        }
    }
}

/// Runs until a remedy is told, then stops as Ctrl-C does.
fn run_until_remedy(training: Training) {
    #[derive(Default)]
    struct UntilRemedy(bool);
    impl Monitor for UntilRemedy {
        fn warn(&mut self, warning: &Warning) {
            self.0 |= warning.kind == WarningKind::Alarm && warning.sentence.contains("remedy for");
        }

        fn should_stop(&self) -> bool {
            self.0
        }
    }
    training.run(&mut UntilRemedy::default()).unwrap();
}

#[test]
fn a_kill_on_the_way_back_comes_to_the_same_end() {
    let stage = Stage::new(20);
    let set = ["checkpoint_every=4", "auto_remedy=true"];
    let whole = stage.config("fast", 40, &set);
    run(stage.start(&whole, "whole")).unwrap();
    // Cut at 14, when it has not blown up yet, and right after it has gone back to 12.
    run(stage.start(&stage.config("fast", 14, &set), "cut")).unwrap();
    run_until_remedy(stage.start(&whole, "back"));
    assert_eq!(
        (checkpoints(&stage.path("cut")), checkpoints(&stage.path("back"))),
        (vec![0, 4, 8, 12, 14], vec![0, 4, 8, 12])
    );
    // A kill between: the checkpoint at 12 is written anew, the one after it is still there.
    for file in ["state.json", "weights.safetensors", "state.safetensors"] {
        let file = format!("checkpoints/000000.024k/{file}");
        std::fs::copy(stage.path("back").join(&file), stage.path("cut").join(&file)).unwrap();
    }
    run(stage.resume(&whole, "cut")).unwrap();
    let last = |out: &str| {
        let mut last = Run::open(&stage.path(out)).unwrap().latest().unwrap().0;
        ["seconds", "judging_seconds"].iter().for_each(|name| drop(last.notes.remove(*name)));
        last
    };
    assert_eq!(last("cut"), last("whole"));
    assert_eq!(remedies(&stage.events("cut")), remedies(&stage.events("whole")));
}
