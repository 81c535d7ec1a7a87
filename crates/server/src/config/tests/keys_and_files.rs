//! Files: the named configuration, secrets in files, the master key.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::real::SystemEntropy;

const MASTER_KEY: &str = "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn a_named_configuration_file_must_exist() {
    let scene = Scene::new();
    let load = || Settings::load(Some(Path::new("mine.toml")), &Overrides::none(), &scene.env);

    let refusal = load().unwrap_err().to_string();
    assert!(refusal.contains("mine.toml cannot be read"), "{refusal}");

    fs::write(scene.path("mine.toml"), "server.workers = 2\n").unwrap();
    let loaded = load().unwrap();
    assert_eq!(loaded.settings.server.workers.map(usize::from), Some(2));
    assert!(loaded.effective.to_string().contains("server.workers = 2  # file mine.toml\n"));
}

#[test]
fn a_configuration_that_cannot_be_read_is_not_passed_over() {
    let scene = Scene::new();
    fs::create_dir(scene.path("countersign.toml")).unwrap();

    assert!(scene.refusal().contains("countersign.toml cannot be read"));
}

#[test]
fn a_secret_is_read_from_the_file_its_twin_names() {
    let scene = Scene::new()
        .private_file("database_url", "postgres://cs:hunter2@db.example/cs\n")
        .var("COUNTERSIGN_DATABASE__URL_FILE", "database_url");

    let loaded = scene.load().unwrap();

    let url = loaded.settings.database.url.expose_secret();
    assert_eq!(url, "postgres://cs:hunter2@db.example/cs");
    assert_eq!(loaded.warnings, Vec::<String>::new());
    let printed = loaded.effective.to_string();
    let line = "database.url = \"postgres://***@db.example/cs\"  # content of database_url, \
                named by environment COUNTERSIGN_DATABASE__URL_FILE\n";
    assert!(printed.contains(line), "{printed}");
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(!format!("{loaded:?}").contains("hunter2"));
}

#[test]
fn only_one_line_break_is_taken_off_a_secret() {
    for (content, is_taken) in [("u", true), ("u\n", true), ("u\r\n", true), ("u\n\n", false)] {
        let content = content.replace('u', "smtp://mail.example");
        let scene = Scene::new()
            .private_file("mail_url", &content)
            .var("COUNTERSIGN_MAIL__FROM", "a@b.example")
            .var("COUNTERSIGN_MAIL__URL_FILE", "mail_url");

        let url = scene.settings().mail.url;

        let url = url.as_ref().map(ExposeSecret::expose_secret);
        assert_eq!(url == Some("smtp://mail.example"), is_taken, "{content:?}");
    }
}

#[test]
fn a_secret_and_its_twin_are_not_both_set() {
    let scene = Scene::new()
        .file("countersign.toml", "database.url = \"sqlite://a.db\"\n")
        .private_file("database_url", "sqlite://b.db")
        .var("COUNTERSIGN_DATABASE__URL_FILE", "database_url");
    assert_eq!(
        scene.refusal(),
        "database.url and database.url_file are both set; leave one of them out"
    );

    let scene = Scene::new()
        .var("COUNTERSIGN_KEYS__MASTER_KEY", MASTER_KEY)
        .var("COUNTERSIGN_KEYS__MASTER_KEY_FILE", "master.key");
    assert!(scene.refusal().starts_with("keys.master_key and keys.master_key_file are both set"));
}

#[test]
fn a_secret_file_that_is_missing_or_empty_is_refused() {
    let named = |scene: Scene| scene.var("COUNTERSIGN_MAIL__URL_FILE", "mail_url").refusal();

    let missing = named(Scene::new());
    assert!(missing.starts_with("mail.url_file names a file that cannot be read"), "{missing}");
    assert!(missing.contains("environment COUNTERSIGN_MAIL__URL_FILE"), "{missing}");

    let empty = named(Scene::new().private_file("mail_url", "\n"));
    assert!(empty.starts_with("mail.url must be something"), "{empty}");
}

#[test]
fn secret_files_that_everyone_can_read_are_warned_about() {
    let scene = Scene::new()
        .file("countersign.toml", "mail.url = \"smtp://mail.example\"\nmail.from = \"a@b.example\"")
        .file("database_url", "sqlite://data.db")
        .file("master.key", MASTER_KEY)
        .var("COUNTERSIGN_DATABASE__URL_FILE", "database_url")
        .var("COUNTERSIGN_KEYS__MASTER_KEY_FILE", "master.key");
    for name in ["countersign.toml", "database_url", "master.key"] {
        scene.set_mode(name, 0o604);
    }

    let warnings = scene.load().unwrap().warnings;

    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(warnings.iter().all(|warning| warning.contains("chmod 600")), "{warnings:?}");

    for name in ["countersign.toml", "database_url", "master.key"] {
        scene.set_mode(name, 0o640);
    }
    assert_eq!(scene.load().unwrap().warnings, Vec::<String>::new());
}

#[test]
fn a_configuration_without_secrets_may_be_read_by_everyone() {
    let scene = Scene::new().file("countersign.toml", "server.workers = 1\n");
    scene.set_mode("countersign.toml", 0o644);

    assert_eq!(scene.load().unwrap().warnings, Vec::<String>::new());
}

#[test]
fn the_first_start_makes_the_master_key_and_the_second_finds_it() {
    let scene = Scene::new();
    let settings = scene.settings();
    let entropy = SystemEntropy::default();

    let (first, is_new) = load_or_make_master_keys(&settings, &entropy).unwrap();
    let (second, is_new_again) = load_or_make_master_keys(&settings, &entropy).unwrap();

    assert!(is_new && !is_new_again);
    assert_eq!(first.check_value(), second.check_value());
    let mode = fs::metadata(scene.path("data/master.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_master_key_is_never_made_for_another_database_or_place() {
    let entropy = SystemEntropy::default();
    for (name, value) in [
        ("COUNTERSIGN_DATABASE__URL", "postgres://db.example/cs"),
        ("COUNTERSIGN_DATABASE__URL", "sqlite://other.db"),
        ("COUNTERSIGN_KEYS__MASTER_KEY_FILE", "other.key"),
    ] {
        let scene = Scene::new().var(name, value);

        let error = load_or_make_master_keys(&scene.settings(), &entropy).unwrap_err();

        assert!(error.to_string().contains("countersign init"), "{value}: {error}");
        assert_eq!(fs::read_dir(scene.folder.path()).unwrap().count(), 0, "{value}");
    }
}

#[test]
fn a_lost_master_key_is_not_replaced() {
    let scene = Scene::new();
    fs::create_dir(scene.path("data")).unwrap();
    fs::write(scene.path("data/countersign.db"), "").unwrap();

    let made = load_or_make_master_keys(&scene.settings(), &SystemEntropy::default());

    let error = made.unwrap_err();
    assert!(matches!(error, MasterKeyError::Lost { .. }), "{error}");
    assert!(!scene.path("data/master.key").exists());
}

#[test]
fn a_master_key_file_is_never_overwritten() {
    let scene = Scene::new().file("master.key", "mine");

    let made = make_master_keys(&scene.path("master.key"), &SystemEntropy::default());

    assert!(matches!(made, Err(MasterKeyError::Exists(_))));
    assert_eq!(fs::read_to_string(scene.path("master.key")).unwrap(), "mine");
    assert_eq!(fs::read_dir(scene.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_master_key_file_with_something_else_in_it_is_refused() {
    for content in ["", "hello", "1:c2hvcnQ", "# nothing\n"] {
        let scene = Scene::new()
            .private_file("master.key", content)
            .var("COUNTERSIGN_KEYS__MASTER_KEY_FILE", "master.key");

        let error = load_master_keys(&scene.settings()).unwrap_err();

        assert!(matches!(error, MasterKeyError::Invalid { .. }), "{content:?}: {error}");
    }
}

#[test]
fn the_master_key_can_come_by_the_environment_alone() {
    let scene = Scene::new().var("COUNTERSIGN_KEYS__MASTER_KEY", MASTER_KEY);

    let loaded = scene.load().unwrap();

    assert_eq!(load_master_keys(&loaded.settings).unwrap().ids().count(), 1);
    let printed = loaded.effective.to_string();
    assert!(printed.contains("keys.master_key = \"***\"  # environment"), "{printed}");
    assert!(!printed.contains("AAAA"), "{printed}");
}
