use super::critic::{PATIENCE, STRONG, WEAK};
use super::*;

const GAME: Signs =
    Signs { critic: Some(["real", "painted"]), falls: None, losses: &["generator", "critic"] };
const AUTOENCODER: Signs =
    Signs { critic: None, falls: Some(Falls { name: "nats", from: 0 }), losses: &["loss"] };

/// The steps and kinds of the alarms of a game, from its accuracies and losses at each step.
fn game(
    doctor: &mut Doctor,
    steps: std::ops::Range<u64>,
    figures: impl Fn(u64) -> [f64; 4],
) -> Vec<(u64, Trouble)> {
    let mut raised = Vec::new();
    for step in steps {
        let [real, painted, generator, critic] = figures(step);
        let losses = vec![("generator", generator), ("real", real), ("painted", painted), ("critic", critic)];
        raised.extend(doctor.step(step + 1, &losses).into_iter().map(|(trouble, _)| (step + 1, trouble)));
    }
    raised
}

fn autoencoder(
    doctor: &mut Doctor,
    steps: std::ops::Range<u64>,
    nats: impl Fn(u64) -> f64,
) -> Vec<(u64, Trouble)> {
    let mut raised = Vec::new();
    for step in steps {
        let losses = vec![("loss", nats(step)), ("nats", nats(step))];
        raised.extend(doctor.step(step + 1, &losses).into_iter().map(|(trouble, _)| (step + 1, trouble)));
    }
    raised
}

#[test]
fn a_healthy_game_raises_nothing() {
    // Near perfect for 400 steps while paintings are noise, then between 75 % and 95 %.
    let healthy = |step: u64| match step {
        0..400 => [0.999, 0.998, 2.0, 0.2],
        _ => [0.85 + 0.1 * (step as f64 / 90.0).sin(), 0.85, 1.8, 0.7],
    };
    assert_eq!(game(&mut Doctor::new(GAME), 0..20_000, healthy), []);
}

#[test]
fn a_critic_that_is_never_wrong_is_told_once() {
    let raised = game(&mut Doctor::new(GAME), 0..5000, |_| [1.0, 1.0, 9.0, 0.001]);
    assert_eq!(raised, [(PATIENCE * WINDOW, Trouble::CriticTooStrong)]);
    // Right about one side only is not never wrong.
    assert_eq!(game(&mut Doctor::new(GAME), 0..5000, |_| [1.0, STRONG - 0.01, 3.0, 0.1]), []);
}

#[test]
fn a_critic_that_guesses_is_told_however_it_guesses() {
    for [real, painted] in [[0.5, 0.5], [1.0, 0.0], [0.2, 0.6]] {
        let raised = game(&mut Doctor::new(GAME), 0..5000, |_| [real, painted, 0.69, 1.39]);
        assert_eq!(raised, [(PATIENCE * WINDOW, Trouble::CriticTooWeak)], "{real} {painted}");
    }
    assert_eq!(game(&mut Doctor::new(GAME), 0..5000, |_| [WEAK + 0.01, WEAK + 0.01, 0.7, 1.3]), []);
}

#[test]
fn an_alarm_can_be_raised_again_after_it_has_passed() {
    let figures =
        |step: u64| if (1000..1200).contains(&step) { [0.9, 0.9, 1.0, 0.5] } else { [1.0, 1.0, 9.0, 0.0] };
    let raised: Vec<u64> = game(&mut Doctor::new(GAME), 0..4000, figures).iter().map(|one| one.0).collect();
    assert_eq!(raised, [500, 1700]);
}

#[test]
fn losses_that_grow_without_bound_are_told_on_their_own_scale() {
    let growing = |step: u64| [0.8, 0.8, 0.7 * 1.01f64.powi(step as i32), 0.7];
    let raised = game(&mut Doctor::new(GAME), 0..1200, growing);
    assert!(matches!(raised[..], [(step, Trouble::Divergence)] if (400..700).contains(&step)), "{raised:?}");
    // A game out of balance is no divergence; nor are nats in the thousands that fall below zero.
    assert_eq!(game(&mut Doctor::new(GAME), 0..5000, |_| [0.98, 0.98, 20.0, 0.1]), []);
    let nats = |step: u64| 1e5 * (-(step as f64) / 300.0).exp() - 17_000.0 - step as f64 * 2.0;
    assert_eq!(autoencoder(&mut Doctor::new(AUTOENCODER), 0..8000, nats), []);
    let raised = autoencoder(&mut Doctor::new(AUTOENCODER), 0..600, |step| 500.0 * 1.02f64.powi(step as i32));
    assert!(matches!(raised[..], [(_, Trouble::Divergence)]), "{raised:?}");
}

#[test]
fn a_training_that_has_learned_what_it_can_is_told_so_after_a_long_time() {
    let nats = |step: u64| 100.0 + 400.0 * (-(step as f64) / 500.0).exp();
    let raised = autoencoder(&mut Doctor::new(AUTOENCODER), 0..20_000, nats);
    assert!(
        matches!(raised[..], [(step, Trouble::NoProgress)] if (8000..12_000).contains(&step)),
        "{raised:?}"
    );
    // Before a warm-up is over the figure is another one.
    let warm = Signs { falls: Some(Falls { name: "nats", from: 6000 }), ..AUTOENCODER };
    let raised = autoencoder(&mut Doctor::new(warm), 0..12_000, |step| {
        if step < 6000 { 100.0 } else { 500.0 - step as f64 / 40.0 }
    });
    assert_eq!(raised, []);
    // Slow progress is progress.
    assert_eq!(
        autoencoder(&mut Doctor::new(AUTOENCODER), 0..40_000, |step| 500.0 / (1.0 + step as f64 / 900.0)),
        []
    );
}

#[test]
fn copies_are_told_after_three_looks() {
    let mut doctor = Doctor::new(AUTOENCODER);
    let looks = [0.3, 0.05, 0.3, 0.3, f64::NAN, 0.3, 0.3, 0.0, 0.2, 0.2, 0.2];
    let raised: Vec<usize> = looks
        .iter()
        .enumerate()
        .filter_map(|(number, &copies)| doctor.look(copies).map(|_| number))
        .collect();
    assert_eq!(raised, [5, 10]);
}

#[test]
fn a_recipe_without_signs_is_left_alone() {
    let mut doctor = Doctor::new(Signs::default());
    assert_eq!(game(&mut doctor, 0..5000, |_| [1.0, 1.0, 1e6, 0.0]), []);
}

#[test]
fn a_doctor_goes_on_from_its_state_anywhere() {
    let figures =
        |step: u64| if step % 1500 < 1000 { [1.0, 0.997, 4.0, 0.0] } else { [0.7, 0.8, 1.0 / 3.0, 0.1] };
    let whole = game(&mut Doctor::new(GAME), 0..4000, figures);
    assert_eq!(whole.len(), 3);
    for cut in [0, 1, 49, 50, 333, 499, 500, 501, 1501, 3999] {
        let mut first = Doctor::new(GAME);
        let mut raised = game(&mut first, 0..cut, figures);
        let kept = serde_json::to_string(&first.state()).unwrap();
        let mut second = Doctor::new(GAME);
        second.restore(Some(&serde_json::from_str(&kept).unwrap()));
        assert_eq!(second, first);
        raised.extend(game(&mut second, cut..4000, figures));
        assert_eq!(raised, whole, "cut at {cut}");
    }
    let mut doctor = Doctor::new(GAME);
    doctor.restore(Some(&serde_json::json!("nonsense")));
    doctor.restore(None);
    assert_eq!(doctor, Doctor::new(GAME), "an older run has no state");
}

#[test]
fn every_alarm_says_what_happened_and_what_to_do() {
    let mut all = Vec::new();
    let mut doctor = Doctor::new(GAME);
    for (accuracy, generator) in [(1.0, 1.0), (0.5, 1.0), (0.8, 1e4)] {
        for step in 0..600 {
            let losses =
                vec![("real", accuracy), ("painted", accuracy), ("generator", generator), ("critic", 0.1)];
            all.extend(doctor.step(step, &losses));
        }
    }
    let kinds: Vec<&str> = all.iter().map(|(trouble, _)| trouble.name()).collect();
    assert_eq!(kinds, ["critic too strong", "critic too weak", "divergence"]);
    assert!(all.iter().all(|(_, message)| message.len() > 40), "{all:?}");
    let settings = "rate = 1e-3\nr1 = 0.5\nr2 = 0.5".parse().unwrap();
    assert!(all.iter().all(|(trouble, _)| trouble.remedy(&settings).contains("--set")), "{all:?}");
}
