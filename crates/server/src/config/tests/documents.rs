//! The table of keys against the documents that explain it.

use std::collections::BTreeMap;

use config::{FileFormat, Source as _};

use super::{
    super::{keys, value::Value},
    *,
};

const DOCUMENT: &str = include_str!("../../../../../docs/configuration.md");

/// The text under each heading that is a key.
fn documented() -> BTreeMap<String, String> {
    let mut sections = BTreeMap::new();
    let mut current = None;
    for line in DOCUMENT.lines() {
        if line.starts_with('#') {
            current = line.strip_prefix("### ").map(|name| name.trim_matches('`').to_owned());
        }
        if let Some(name) = &current {
            let text: &mut String = sections.entry(name.clone()).or_default();
            text.push_str(line);
            text.push('\n');
        }
    }
    sections
}

#[test]
fn every_key_is_documented_with_its_default_and_example() {
    let documented = documented();
    for key in KEYS {
        let text = documented.get(key.name).unwrap_or_else(|| panic!("{} is missing", key.name));
        let default = match key.fallback {
            Fallback::Value("") => "- Default: an empty list\n".to_owned(),
            Fallback::Value(value) => format!("- Default: `{value}`\n"),
            Fallback::Unset(then) => format!("- Default: not set; {then}\n"),
        };
        let (_section, name) = key.section_and_name();
        let plain = text.replace('`', "");

        assert!(plain.contains(&default.replace('`', "")), "{}: {default}", key.name);
        assert!(text.contains(&format!("- Environment: `{}`\n", key.environment_name())));
        assert!(text.contains(&format!("- Example: `{name} = {}`\n", key.example)), "{}", key.name);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&plain).contains(&words(key.meaning)), "{}: {plain}", key.name);
    }
}

#[test]
fn everything_documented_exists_and_reserved_keys_are_said_to_be() {
    let (now, reserved) = DOCUMENT.split_once("## Reserved keys").unwrap();
    for name in documented().keys() {
        let key = keys::find(name).unwrap_or_else(|| panic!("{name} is no key"));
        let heading = format!("### `{name}`");
        assert_eq!(now.contains(&heading), key.support == Support::Now, "{name}");
        assert_eq!(reserved.contains(&heading), key.support == Support::Reserved, "{name}");
    }
}

#[test]
fn the_document_s_own_example_is_a_valid_configuration() {
    let example = DOCUMENT.split("```toml\n").nth(1).and_then(|it| it.split("```").next()).unwrap();
    let scene = Scene::new()
        .private_file("database_url", "postgres://cs:pw@db.example/cs")
        .file("countersign.toml", &example.replace("/run/secrets/", ""));

    assert_eq!(scene.settings().server.public_url.as_str(), "https://id.example.com");
}

#[test]
fn every_example_is_a_value_of_its_key() {
    for key in KEYS {
        let text = format!("value = {}\n", key.example);
        let table = config::File::from_str(&text, FileFormat::Toml).collect().unwrap();

        assert!(Value::from_toml(key.kind, &table["value"]).is_ok(), "{}", key.name);
    }
}

#[test]
fn the_annotated_file_sets_nothing_and_names_every_key() {
    let file = annotated_file();

    let loaded = Scene::new().file("countersign.toml", &file).load().unwrap();

    let defaults = Scene::new().load().unwrap();
    assert_eq!(loaded.effective.to_string(), defaults.effective.to_string());
    for key in KEYS {
        let (section, name) = key.section_and_name();
        let supported = key.support == Support::Now;
        let body = file.split(&format!("[{section}]\n")).nth(1).unwrap_or_default();
        let body = body.split("\n[").next().unwrap_or_default();
        assert_eq!(body.contains(&format!("# {name} = ")), supported, "{}", key.name);
    }
    assert!(file.lines().all(|line| line.len() <= 100), "{file}");
}

#[test]
fn uncommenting_the_annotated_file_gives_the_defaults() {
    let mut file = String::new();
    let mut section = String::new();
    for line in annotated_file().lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        }
        let setting = line.strip_prefix("# ").filter(|rest| {
            let name = rest.split_once(" = ").map(|(name, _value)| format!("{section}.{name}"));
            name.and_then(|name| keys::find(&name)).is_some_and(|key| key.default_text().is_some())
        });
        file.push_str(setting.unwrap_or(line));
        file.push('\n');
    }

    let loaded = Scene::new().file("countersign.toml", &file).load().unwrap();

    let printed = loaded.effective.to_string().replace("file countersign.toml", "default");
    assert_eq!(printed, Scene::new().load().unwrap().effective.to_string());
}
