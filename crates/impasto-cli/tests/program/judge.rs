//! `impasto judge`: two sets in, figures and words out.

use std::fs;

use impasto::run::{Stored, encode};

use super::studio::{Studio, TINY_DCGAN, names};

#[test]
fn a_run_is_judged_against_what_it_was_trained_on() {
    let studio = Studio::with_run(TINY_DCGAN);
    let report = studio.json("judge run --against run --count 40");
    assert_eq!(report["protocol"]["generated"]["kind"], "painted by a run");
    assert_eq!(
        (&report["protocol"]["generated"]["count"], &report["protocol"]["real"]["count"]),
        (&40.into(), &40.into())
    );
    assert!(report["fid"].is_null() && report["kid"].is_f64(), "{report}");
    assert_eq!(report["kid_interval"].as_array().map(Vec::len), Some(2));
    for figure in ["precision", "recall", "density", "coverage"] {
        assert!(report[figure]["value"].is_f64(), "{figure}: {report}");
    }
    assert!(report["verdict"][0]["text"].as_str().is_some_and(|text| text.len() > 20), "{report}");
    assert_eq!(report["classes"]["kinds"], 6);
    assert!(
        report["protocol"]["network"].as_str().unwrap().contains("not comparable with published figures")
    );
    let earlier = studio.json("judge run --against run --count 40 --checkpoint 000000.080k");
    assert_ne!(earlier["protocol"]["generated"]["identity"], report["protocol"]["generated"]["identity"]);
    assert!(studio.fails("judge run --against run --checkpoint 9", 2).contains("000000.080k"));
    let forced = studio.json("judge run --against run --count 40 --force");
    assert!(forced["fid"].is_f64() && forced["kid"] == report["kid"], "{forced}");
    assert!(forced["warnings"].to_string().contains("forced"), "{forced}");
}

#[test]
fn words_name_the_sets_and_features_are_kept() {
    let studio = Studio::with_flowers();
    studio.ok("data synth flowers others --count 60 --size 24 --seed 9");
    let said = studio.ok("judge others --against flowers");
    for words in
        ["others, 60 of 24 x 24", "kid", "precision", "picture entropy", "builtin features", "16 x 16 RGB"]
    {
        assert!(said.out.contains(words), "{words}: {said:?}");
    }
    assert!(said.err.contains("no FID") && said.err.contains("impasto weights get inception"), "{said:?}");
    let asked = studio.ok("judge others --against flowers --features builtin");
    assert!(asked.out == said.out && !asked.err.contains("weights get"), "{asked:?}");
    studio.ok("judge others --against flowers --report judged.html");
    assert!(String::from_utf8(studio.bytes("judged.html")).unwrap().contains("data:image/png"));
    assert!(studio.fails("judge others --against flowers --report judged.html", 1).contains("--force"));
    let kept = names(&studio.path("cache/features"));
    assert_eq!(kept.len(), 4, "plain and mirrored, of both sides: {kept:?}");
    assert_eq!(studio.ok("judge others --against flowers").out, said.out);
    assert_eq!(names(&studio.path("cache/features")), kept);
}

/// Puts LPIPS with made-up weights where the program finds it.
fn add_lpips(studio: &Studio) {
    let value = |at: usize| (at as f32 * 0.7).sin().abs() * 0.03 - 0.01;
    let tensor = |name: String, shape: &[usize]| {
        let values = (0..shape.iter().product()).map(value).collect();
        (name, Stored { shape: shape.to_vec(), values })
    };
    let layers = [[64, 3, 11, 11], [192, 64, 5, 5], [384, 192, 3, 3], [256, 384, 3, 3], [256, 256, 3, 3]];
    let of = |(number, shape): (usize, &[usize; 4])| {
        let weight = tensor(format!("conv{number}.weight"), shape);
        let flat = ["bias", "head"].map(|kind| match kind {
            "bias" => tensor(format!("conv{number}.bias"), &shape[..1]),
            _ => tensor(format!("head{number}"), &shape[..1]),
        });
        [weight].into_iter().chain(flat)
    };
    let tensors = layers.iter().enumerate().flat_map(of).collect();
    fs::write(studio.path("alexnet.safetensors"), encode(&tensors).unwrap()).unwrap();
    studio.ok("weights add lpips-alexnet alexnet.safetensors");
}

#[test]
fn lpips_tells_how_smoothly_a_run_paints() {
    let studio = Studio::with_run(TINY_DCGAN);
    add_lpips(&studio);
    let report = studio.json("judge run --against flowers --count 20 --lpips");
    let length = |report: &serde_json::Value| report["lpips"]["path_length"].as_f64();
    assert!(length(&report).is_some_and(|length| length > 0.0), "{report}");
    assert_eq!(studio.json("judge run --against flowers --count 20 --lpips"), report);
    let folder = studio.json("judge flowers --against flowers --lpips");
    assert!(length(&folder).is_none() && folder["lpips"]["copies"]["confirmed"] == 60, "{folder}");
    let said = studio.ok("judge run --against flowers --count 20 --lpips");
    assert!(said.out.contains("path length") && said.out.contains("lpips diversity"), "{said:?}");
    let protocol = report["lpips"]["protocol"].as_str().unwrap_or_default();
    assert!(protocol.contains("AlexNet"), "{protocol}");
    // The other network was not added, and the one that was does not stand in for it.
    let error = studio.fails("judge flowers --against flowers --lpips=vgg16", 1);
    assert!(error.contains("lpips-vgg16") && error.contains("impasto weights get lpips"), "{error}");
    assert!(studio.fails("judge flowers --against flowers --lpips=vgg19", 2).contains("alexnet"));
}

#[test]
fn copies_are_named_with_their_originals() {
    let studio = Studio::with_flowers();
    let report = studio.json("judge flowers --against flowers");
    let pairs = report["originality"]["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 60, "{report}");
    assert!(pairs.iter().all(|pair| pair["generated"] == pair["real"] && pair["score"] == 0.0), "{pairs:?}");
}

#[test]
fn damaged_features_are_made_again() {
    let studio = Studio::with_flowers();
    let first = studio.json("judge flowers --against flowers");
    for name in names(&studio.path("cache/features")) {
        fs::write(studio.path("cache/features").join(name), "damaged").unwrap();
    }
    assert_eq!(studio.json("judge flowers --against flowers"), first);
}

#[test]
fn what_cannot_be_judged_is_told() {
    let studio = Studio::with_run(TINY_DCGAN);
    studio.ok("data synth flowers three --count 3 --size 16");
    fs::create_dir(studio.path("empty")).unwrap();
    for (line, answer) in [
        ("judge three --against flowers", "3 pictures"),
        ("judge flowers --against three", "at least 16"),
        ("judge empty --against flowers", "no readable pictures"),
        ("judge nowhere --against flowers", "nowhere"),
        ("judge flowers --against nowhere", "nowhere"),
    ] {
        let error = studio.fails(line, 1);
        assert!(error.contains(answer), "{line}: {error}");
    }
    assert!(studio.fails("judge flowers", 2).contains("--against"));
    assert!(studio.fails("judge flowers --against flowers --features eyes", 2).contains("builtin"));
    let error = studio.fails("judge flowers --against flowers --features inception", 1);
    assert!(error.contains("impasto weights get inception"), "{error}");
    let error = studio.fails("judge flowers --against flowers --lpips", 1);
    assert!(error.contains("impasto weights get lpips"), "{error}");
    fs::rename(studio.path("flowers"), studio.path("moved")).unwrap();
    let error = studio.fails("judge run --against run", 1);
    assert!(error.contains("was trained on") && error.contains("--against FOLDER"), "{error}");
}

#[test]
fn classes_are_counted_and_the_classifier_is_kept() {
    let studio = Studio::new();
    studio.ok("data synth glyphs glyphs --count 200 --size 16");
    studio.ok("data synth glyphs others --count 80 --size 16 --seed 2");
    let first = studio.run("judge others --against glyphs --classes");
    assert_eq!(first.code, Some(0), "{first:?}");
    for words in ["modes", "10 of 10", "KL(generated || real)", "classifier score", "as asked", "held back"] {
        assert!(first.out.contains(words), "{words}: {first:?}");
    }
    let kept = names(&studio.path("cache/classifiers"));
    assert_eq!(kept.len(), 1, "{kept:?}");
    let modes = studio.json("judge others --against glyphs --classes")["modes"].clone();
    assert_eq!((&modes["hit"], &modes["kinds"], &modes["pictures"]), (&10.into(), &10.into(), &80.into()));
    assert!(modes["classifier"]["accuracy"].as_f64().is_some_and(|share| share > 0.8), "{modes}");
    assert_eq!(names(&studio.path("cache/classifiers")), kept);
    assert!(studio.json("judge others --against glyphs").get("modes").is_none());

    fs::create_dir(studio.path("plain")).unwrap();
    for name in names(&studio.path("glyphs/knot")) {
        fs::copy(studio.path("glyphs/knot").join(&name), studio.path("plain").join(&name)).unwrap();
    }
    let error = studio.fails("judge others --against plain --classes", 1);
    assert!(error.contains("no labels") && error.contains("sub-folder"), "{error}");
}

#[test]
fn a_conditional_run_on_a_stacked_set_is_asked_for_its_classes() {
    let studio = Studio::new();
    studio.ok("data synth glyphs glyphs --count 100 --size 16");
    let stacked = studio.json("data stack glyphs stacked --count 60");
    assert_eq!((&stacked["pictures"], &stacked["possible"]), (&60.into(), &1000.into()));
    assert!(studio.fails("data stack glyphs stacked", 1).contains("not empty"));
    assert!(studio.fails("data stack glyphs/knot more", 1).contains("0 classes"));
    studio.ok(&format!("train stacked --out run --steps 4 --conditional {TINY_DCGAN}"));
    let report = studio.json("judge run --against run --classes --count 40");
    let modes = &report["modes"];
    assert_eq!((&modes["kinds"], &modes["pictures"]), (&1000.into(), &40.into()));
    assert!(modes["as_asked"].as_f64().is_some_and(|share| share < 0.3), "{modes}");
    assert!(modes["protocol"].as_str().unwrap().contains("reads each channel"), "{modes}");
    assert_eq!(modes["histogram"]["names"].as_array().map(Vec::len), Some(1000));
}
