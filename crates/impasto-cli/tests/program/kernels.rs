//! `--precision` and `IMPASTO_KERNELS`: the processor at hand, and lesser ones.

use super::studio::{Said, Studio, TINY_DCGAN, TINY_VAE};

/// A training on a path through the kernels that the environment asks for.
fn train(studio: &Studio, path: &str, settings: &str) -> Said {
    let line = format!("train flowers --out {path} --steps 12 --checkpoint-every 6 {settings} --json");
    let output = studio.command(&line).env("IMPASTO_KERNELS", path).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn every_path_trains_and_they_agree() {
    let studio = Studio::with_flowers();
    for settings in [TINY_DCGAN, TINY_VAE] {
        let losses: Vec<f64> = ["off", "plain", "avx2", "best"]
            .iter()
            .map(|path| {
                let _ = std::fs::remove_dir_all(studio.path(path));
                let said = train(&studio, path, settings);
                assert_eq!(said.code, Some(0), "{path}: {said:?}");
                let summary: serde_json::Value = serde_json::from_str(&said.out).unwrap();
                let losses = summary["losses"].as_object().unwrap();
                losses.values().find_map(serde_json::Value::as_f64).unwrap()
            })
            .collect();
        let near = |loss: &f64| (loss - losses[0]).abs() < 1e-2 * losses[0].abs();
        assert!(losses.iter().all(near), "after twelve steps from the same weights: {losses:?}");
    }
}

#[test]
fn bf16_is_resumed_to_the_byte_or_refused_before_anything_is_written() {
    let studio = Studio::with_flowers();
    let line = |out: &str, steps: u32| {
        format!(
            "train flowers --out {out} --steps {steps} --checkpoint-every 6 --precision bf16 {TINY_DCGAN}"
        )
    };
    let said = studio.run(&line("whole", 12));
    if said.code != Some(0) {
        assert!(said.err.contains("can't multiply bf16") && !studio.path("whole").exists(), "{said:?}");
        return;
    }
    let config = String::from_utf8(studio.bytes("whole/config.toml")).unwrap();
    assert!(config.contains("precision = \"bf16\""), "{config}");
    studio.ok(&line("cut", 6));
    studio.ok("train --resume cut --steps 12");
    let last = studio.checkpoints("whole").pop().unwrap();
    for file in ["weights.safetensors", "state.safetensors"] {
        let [a, b] = ["whole", "cut"].map(|run| studio.bytes(&format!("{run}/checkpoints/{last}/{file}")));
        assert!(a == b, "{file} differs");
    }
    studio.ok("sample whole --count 2 --out painted");
}

#[test]
fn a_processor_without_bf16_is_told_so() {
    let studio = Studio::with_flowers();
    let said = train(&studio, "plain", &format!("--precision bf16 {TINY_DCGAN}"));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("to compute in f32: --precision f32"), "{said:?}");
    assert!(!studio.path("plain").exists(), "no folder is left behind");
}
