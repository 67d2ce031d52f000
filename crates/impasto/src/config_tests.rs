use super::*;

fn resolve(set: &[&str]) -> Result<Config, ConfigError> {
    Config::resolve(&Request { set: set.iter().map(|s| s.to_string()).collect(), ..Request::default() })
}

#[test]
fn later_layers_win_over_earlier_ones() -> Result<(), ConfigError> {
    let file: toml::Table =
        "recipe = 'vae'\npreset = 'conv'\nlatent = 7\nrate = 1".parse().map_err(ConfigError::broken)?;
    let config = Config::resolve(&Request {
        file,
        given: [("batch".to_owned(), 8.into())].into_iter().collect(),
        set: vec!["rate=0.5".into(), "widths=[9, 8]".into()],
    })?;
    assert_eq!(config.common.recipe, "vae");
    assert_eq!(config.table["network"].as_str(), Some("conv"), "from the preset");
    assert_eq!(config.table["latent"].as_integer(), Some(7), "from the file, over the preset");
    assert_eq!(config.table["rate"].as_float(), Some(0.5), "from --set, over the file");
    assert_eq!(config.common.batch, 8);
    assert_eq!(config.common.sample_every, 1000, "the recipe's own default for a common setting");
    Ok(())
}

#[test]
fn a_written_config_reads_back_the_same() -> Result<(), ConfigError> {
    for entry in recipes::all() {
        for preset in entry.presets {
            let set = [format!("recipe={}", entry.name), format!("preset={}", preset.name)];
            let config = resolve(&[&set[0], &set[1], "steps=3"])?;
            let file = config.to_toml()?.parse().map_err(ConfigError::broken)?;
            let again = Config::resolve(&Request { file, ..Request::default() })?;
            assert_eq!(config.table, again.table);
        }
    }
    Ok(())
}

#[test]
fn a_config_of_an_older_program_has_defaults_for_what_came_later() -> Result<(), ConfigError> {
    let config = resolve(&["recipe=painter", "steps=3"])?;
    let mut older = config.table.clone();
    for key in ["freeze", "decay", "tileable"] {
        assert!(older.remove(key).is_some(), "{key}");
    }
    assert_eq!(Config::from_table(older)?.table, config.table);
    Ok(())
}

#[test]
fn unknown_names_are_refused_with_what_is_known() {
    let text = |set: &[&str]| resolve(set).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(text(&["latnet=3"]).contains("did you mean \"latent\""));
    assert!(text(&["recipe=dcgna"]).contains("painter, dcgan, mlp-gan, vae"));
    assert!(text(&["recipe=dcgan", "preset=huge"]).contains("tutorial, classic, small"));
    assert!(text(&["batch=many"]).contains("a whole number"));
    assert!(text(&["batch"]).contains("key=value"));
    assert!(text(&["batch=1"]).contains("from 2"));
    assert!(text(&["held_out=0.6"]).contains("from 0 to 0.5"));
    assert!(
        text(&["batch=-1"]).contains("batch") || text(&["batch=-1"]).contains("u"),
        "{}",
        text(&["batch=-1"])
    );
    assert!(text(&["loss=wasser"]).contains("must be one of relativistic"), "{}", text(&["loss=wasser"]));
}

#[test]
fn a_size_is_one_number_or_width_by_height_wherever_it_is_said() -> Result<(), ConfigError> {
    let wide = Size { width: 96, height: 64 };
    for text in ["size=96x64", "size=\"96x64\"", "size = 96X64"] {
        let config = resolve(&[text])?;
        assert_eq!((config.common.size, config.table["size"].as_str()), (wide, Some("96x64")), "{text}");
        assert_eq!((config.preparation().width, config.preparation().height), (96, 64));
    }
    let file = |text: &str| text.parse().map_err(ConfigError::broken);
    let of = |text: &str, set: &[&str]| {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        Config::resolve(&Request { file: file(text)?, set, ..Request::default() })
    };
    assert_eq!(of("size = '96x64'", &[])?.common.size, wide);
    assert_eq!(of("size = '96x64'", &["size=32"])?.table["size"].as_integer(), Some(32));
    assert_eq!(of("size = 32", &["size=96x64"])?.common.size, wide);
    Ok(())
}

#[test]
fn a_square_is_written_as_one_number_however_it_was_said() -> Result<(), ConfigError> {
    let [short, long] = ["size=32", "size=32x32"].map(|text| resolve(&[text]));
    let (short, long) = (short?, long?);
    assert_eq!(long.table["size"].as_integer(), Some(32));
    assert_eq!(short.identity("data"), long.identity("data"));
    assert!(short.identity("data").starts_with("painter-32-"));
    assert!(resolve(&["size=96x64"])?.identity("data").starts_with("painter-96x64-"));
    Ok(())
}

#[test]
fn what_is_no_size_is_refused_with_an_example() {
    let text = |set: &str| resolve(&[set]).err().map(|error| error.to_string()).unwrap_or_default();
    for wrong in ["size=big", "size=96x", "size=-4", "size=[96, 64]", "size=6.4", "size="] {
        assert!(text(wrong).contains("such as 96x64"), "{wrong}: {}", text(wrong));
    }
    assert_eq!(text("size=4x64"), "size is 4x64: each side must be from 8 to 1024 pixels");
    let file = [("size".to_owned(), true.into())].into_iter().collect();
    let error = Config::resolve(&Request { file, ..Request::default() }).err().map(|e| e.to_string());
    assert!(error.as_deref().is_some_and(|error| error.contains("96x64")), "{error:?}");
}

#[test]
fn without_a_limit_training_lasts_an_hour() -> Result<(), ConfigError> {
    assert_eq!(resolve(&[])?.common.minutes, DEFAULT_MINUTES);
    assert_eq!(resolve(&["steps=5"])?.common.minutes, 0.0);
    Ok(())
}

#[test]
fn the_identity_depends_on_what_is_learned_not_on_where_or_how_long() -> Result<(), ConfigError> {
    let dcgan = |set: &[&str]| resolve(&[&["recipe=dcgan"], set].concat());
    let identity = |set: &[&str]| Ok::<_, ConfigError>(dcgan(set)?.identity("data"));
    assert_eq!(identity(&["steps=5", "data=a"])?, identity(&["steps=9", "data=b"])?);
    assert_ne!(identity(&["seed=5"])?, identity(&["seed=6"])?);
    assert_eq!(identity(&[])?, identity(&["augment_strength=0.5"])?, "augmentation is off");
    let on = "augment=fixed";
    assert_ne!(identity(&[on])?, identity(&[on, "augment_strength=0.5"])?);
    assert_ne!(identity(&[])?, identity(&["background=[0, 0, 0]"])?);
    let clear = "channels=rgba";
    assert_eq!(identity(&[clear])?, identity(&[clear, "background=[0, 0, 0]"])?, "nothing is laid on it");
    let mut older = dcgan(&[])?;
    older.table.retain(|key, _| !key.starts_with("augment"));
    assert_eq!(identity(&[])?, older.identity("data"));
    Ok(())
}
