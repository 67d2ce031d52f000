//! Settings of every recipe: what may stand in them, and that they say what they are.

use super::*;

#[test]
fn impossible_settings_are_refused_in_words() -> Result<(), ConfigError> {
    for (recipe, set) in [
        ("dcgan", "loss=wasser"),
        ("dcgan", "beta1=1.0"),
        ("dcgan", "latent=0"),
        ("dcgan", "latent=1000000000000"),
        ("dcgan", "width=1000000000"),
        ("dcgan", "dropout=1.5"),
        ("dcgan", "augment=sometimes"),
        ("dcgan", "augment_strength=0.9"),
        ("mlp-gan", "augment_strength=nan"),
        ("mlp-gan", "augment_scale=0.5"),
        ("mlp-gan", "augment_cutout=1"),
        ("mlp-gan", "generator=[]"),
        ("mlp-gan", "output=relu"),
        ("stack", "tileable=true"),
        ("painter", "loss=hinge"),
        ("painter", "blocks=[]"),
        ("painter", "blocks=[65]"),
        ("painter", "dropout=1"),
        ("mlp-gan", "decay=-1"),
        ("painter", "widths=[0]"),
        ("painter", "penalty_share=2"),
        ("painter", "beta2_first=1.0"),
        ("stack", "shrink=3"),
        ("stack", "shrink=0"),
        ("stack", "stage_one=0"),
        ("stack", "stage_one=inf"),
        ("stack", "widths=[0]"),
        ("stack", "loss=hinge"),
        ("paired", "pairs=sideways"),
        ("paired", "widths=[]"),
        ("paired", "critic_layers=0"),
        ("repair", "l1=-1"),
        ("enlarge", "times=3"),
        ("fast-style", "width=0"),
        ("fast-style", "loss=gramm"),
        ("fast-style", "network=vgg11"),
        ("fast-style", "strength=2"),
        ("fast-style", "style_size=4"),
        ("any-style", "width=0"),
        ("any-style", "network=vgg11"),
        ("any-style", "style_weight=-1"),
        ("unpaired", "way=sideways"),
        ("unpaired", "places=1"),
        ("unpaired", "temperature=0"),
        ("vae", "widths=[0]"),
        ("vae", "deviation=0"),
    ] {
        let set = vec![format!("recipe={recipe}"), set.to_owned()];
        let built = Config::resolve(&Request { set: set.clone(), ..Request::default() }).and_then(|config| {
            let classes = if config.common.conditional { 2 } else { 0 };
            (config.entry.build)(&config.table, &scene(classes)).map(|_| ())
        });
        let Err(error) = built else { panic!("{set:?} was accepted") };
        let key = set[1].split('=').next().unwrap_or("");
        assert!(error.to_string().contains(key), "{set:?}: {error}");
    }
    Ok(())
}

#[test]
fn every_setting_is_declared_once_and_says_what_it_is() {
    for entry in all() {
        let settings = entry.all_settings();
        let mut keys: Vec<&str> = settings.iter().map(|setting| setting.key).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count, "{}: a setting is declared twice", entry.name);
        for key in (entry.defaults)().keys() {
            assert!(keys.contains(&&key[..]), "{}: {key} is not declared", entry.name);
        }
        for setting in &settings {
            let Setting { key, help, default, .. } = setting;
            assert!(help.len() > 10 && help.ends_with('.'), "{} {key}: \"{help}\"", entry.name);
            setting.check(default).unwrap_or_else(|error| panic!("{} {key}: {error}", entry.name));
        }
        assert!(settings.iter().any(|setting| setting.level == Level::Basic), "{}", entry.name);
    }
}

#[test]
fn words_that_may_stand_in_a_setting_are_those_that_it_understands() {
    for entry in all() {
        for Setting { key, allowed, .. } in (entry.settings)() {
            let Allowed::OneOf(words) = allowed else { continue };
            for word in words {
                let set = vec![format!("recipe={}", entry.name), format!("{key}={word}")];
                let config = Config::resolve(&Request { set, ..Request::default() });
                let config = config.unwrap_or_else(|error| panic!("{} {key}={word}: {error}", entry.name));
                let classes = if config.common.conditional { 2 } else { 0 };
                // Whatever else it may not be fit for, the word is known.
                if let Err(error) = (config.entry.build)(&config.table, &scene(classes)) {
                    assert!(
                        !error.to_string().contains("unknown variant"),
                        "{} {key}={word}: {error}",
                        entry.name
                    );
                }
            }
        }
    }
}
