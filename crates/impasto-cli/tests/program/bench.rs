//! `impasto bench`.

use super::studio::Studio;

#[test]
fn what_can_be_timed_is_listed() {
    let studio = Studio::new();
    let listed = studio.json_lines("bench --list");
    let names: Vec<&str> = listed.iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(names.starts_with(&["dcgan-28", "dcgan-64", "painter-28", "painter-64", "vae-28"]), "{names:?}");
    assert!(names.contains(&"dcgan-64/down3"), "{names:?}");
    let text = studio.ok("bench --list dcgan-28/").out;
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(text.contains("transposed convolution 5 x 5, stride 2, 128 channels of 7 x 7"), "{text}");
}

#[test]
fn a_step_is_timed() {
    let studio = Studio::new();
    let measured = studio.json("bench vae-28 --steps 2 --warmup 1");
    let about = ["precision", "steps", "warmup"].map(|key| measured[key].to_string());
    assert_eq!(about, ["\"f32\"", "2", "1"]);
    let timings = measured["timings"].as_array().unwrap();
    assert_eq!(timings.len(), 1, "{measured}");
    assert_eq!((&timings[0]["name"], &timings[0]["part"]), (&"vae-28".into(), &"step".into()));
    let number = |key: &str| timings[0][key].as_f64().unwrap();
    assert!(0.0 < number("ms_p10") && number("ms_p10") <= number("ms_median"), "{measured}");
    assert!(number("ms_median") <= number("ms_p90"), "{measured}");
    let rate = 128.0 * 1e3 / number("ms_median");
    assert!((number("pictures_per_second") - rate).abs() < 1e-6 * rate, "{measured}");
}

#[test]
fn inception_is_timed_without_weights() {
    let studio = Studio::new();
    let measured = studio.json("bench inception --steps 1 --warmup 0");
    let timing = &measured["timings"][0];
    assert_eq!(
        (&timing["name"], &timing["part"], &timing["batch"]),
        (&"inception".into(), &"features".into(), &16.into())
    );
    assert!(timing["pictures_per_second"].as_f64().unwrap() > 0.0, "{measured}");
    std::fs::create_dir_all(studio.path("cache/weights/inception")).unwrap();
    assert!(studio.fails("bench inception", 1).contains("damaged"));
}

#[test]
fn forward_and_backward_of_a_convolution_are_timed_apart() {
    let studio = Studio::new();
    let measured = studio.json("bench dcgan-28/down0 --steps 1 --warmup 0");
    let parts: Vec<&str> =
        measured["timings"].as_array().unwrap().iter().filter_map(|one| one["part"].as_str()).collect();
    assert_eq!(parts, ["forward", "backward"]);
    assert!(measured["timings"][0]["gflops"].as_f64().unwrap() > 0.0);
    let said = studio.ok("bench dcgan-28/down0 dcgan-28/down0 --steps 1 --warmup 0");
    assert_eq!(said.out.matches("dcgan-28/down0").count(), 2, "{said:?}");
    assert!(said.out.contains("median") && said.out.contains("1 timed after 0 untimed"), "{said:?}");
}

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    let studio = Studio::new();
    for (line, answer) in [
        ("bench dcgan-82", "did you mean \"dcgan-28\""),
        ("bench vae-28 dcgan-64/up9", "did you mean \"dcgan-64/up"),
        ("bench --precision f8", "f32"),
        ("bench --steps 0", "from 1"),
    ] {
        let error = studio.fails(line, 2);
        assert!(error.contains(answer), "{line}: {error}");
    }
}
