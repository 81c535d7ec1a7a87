//! Every value that is not taken, and what is said about it.

use super::*;

#[test]
fn unknown_keys_are_named_with_the_nearest_that_exists() {
    let file = "[server]\nlisen = 1\n[serverr]\nx = 1\n[nothing]\n";
    let scene = Scene::new()
        .file("countersign.toml", file)
        .var("COUNTERSIGN_SERVER__LISEN", "x")
        .var("COUNTERSIGN_Server__Listen", "x")
        .var("COUNTERSIGN_SERVER_LISTEN", "x")
        .var("COUNTERSIGN_XYZZY", "x");

    let refusal = scene.refusal();

    for line in [
        "unknown key server.lisen in countersign.toml; did you mean server.listen?",
        "unknown key nothing in countersign.toml; remove it, docs/configuration.md lists what there is",
        "unknown environment variable COUNTERSIGN_SERVER__LISEN; did you mean COUNTERSIGN_SERVER__LISTEN?",
        "unknown environment variable COUNTERSIGN_SERVER_LISTEN; did you mean COUNTERSIGN_SERVER__LISTEN?",
        "unknown environment variable COUNTERSIGN_XYZZY; remove it, docs/configuration.md lists what there is",
    ] {
        assert!(refusal.lines().any(|found| found == line), "{line}\n{refusal}");
    }
    assert!(refusal.contains("unknown key serverr in"), "{refusal}");
    assert!(refusal.contains("COUNTERSIGN_Server__Listen; did you mean"), "{refusal}");
    assert_eq!(refusal.lines().count(), 7, "{refusal}");
}

#[test]
fn unknown_and_secret_keys_are_refused_as_flags() {
    let flags = Overrides::none().flag("--set", "server.lisen", "x").flag(
        "--set",
        "database.url",
        "postgres://cs:hunter2@db.example/cs",
    );

    let refusal = Scene::new().load_with(&flags).unwrap_err().to_string();

    assert!(refusal.contains("unknown key server.lisen (flag --set)"), "{refusal}");
    assert!(refusal.contains("command lines are public"), "{refusal}");
    assert!(!refusal.contains("hunter2"), "{refusal}");
}

#[test]
fn a_command_may_insist_on_a_secret() {
    let overrides = Overrides::none().command("demo", "database.url", "sqlite://demo.db");

    let settings = Scene::new().load_with(&overrides).unwrap().settings;

    assert!(settings.database.sqlite_file().is_some_and(|file| file.ends_with("demo.db")));
    assert!(!format!("{overrides:?}").contains("demo.db"));
}

#[test]
fn bad_values_are_refused_one_by_one() {
    let cases = [
        ("SERVER__LISTEN", "localhost:8080", "an address and a port"),
        ("SERVER__LISTEN", "127.0.0.1", "an address and a port"),
        ("SERVER__LISTEN", "127.0.0.1:65536", "an address and a port"),
        ("SERVER__LISTEN", "", "leave it out"),
        ("SERVER__LISTEN", "0.0.0.0:8080", "plain http to other machines"),
        ("SERVER__LISTEN", "[::]:8080", "plain http to other machines"),
        ("SERVER__PUBLIC_URL", "http://id.example.com", "must be https"),
        ("SERVER__PUBLIC_URL", "https://id.example.com/", "end with a slash"),
        ("SERVER__PUBLIC_URL", "https://id.example.com/auth", "path"),
        ("SERVER__PUBLIC_URL", "https://id.example.com?a=b", "query"),
        ("SERVER__PUBLIC_URL", "id.example.com", "absolute"),
        ("SERVER__TRUSTED_PROXIES", "10.0.0.0/33", "networks"),
        ("SERVER__TRUSTED_PROXIES", "proxy.example", "networks"),
        ("SERVER__TRUSTED_PROXIES", "0.0.0.0/0", "everyone"),
        ("SERVER__TRUSTED_PROXIES", "::/0", "everyone"),
        ("SERVER__WORKERS", "0", "between 1 and 1024"),
        ("SERVER__WORKERS", "1025", "between 1 and 1024"),
        ("SERVER__WORKERS", "two", "a whole number"),
        ("SERVER__TLS__CERT_FILE", "tls.crt", "needs server.tls.key_file"),
        ("SERVER__TLS__KEY_FILE", "tls.key", "needs server.tls.cert_file"),
        ("DATABASE__URL", "mysql://db.example/cs", "sqlite:// or postgres://"),
        ("DATABASE__URL", "sqlite:data.db", "sqlite:// or postgres://"),
        ("DATABASE__URL", "sqlite://:memory:", "path of a file"),
        ("DATABASE__URL", "sqlite://", "path of a file"),
        ("DATABASE__URL", "sqlite://data.db?mode=ro", "path of a file"),
        ("DATABASE__URL", "postgres://", "must name a server"),
        ("DATABASE__URL", "postgres://cs:a b/c@db.example:x/cs", "must name a server"),
        ("DATABASE__MIGRATE_ON_START", "yes", "true or false"),
        ("KEYS__MASTER_KEY", "short", "master key"),
        ("MAIL__URL", "http://mail.example", "smtp:// or smtps://"),
        ("MAIL__URL", "mail.example:25", "smtp:// or smtps://"),
        ("MAIL__URL", "smtp://mail.example", "needs mail.from"),
        ("MAIL__FROM", "nobody", "an address such as"),
        ("MAIL__FROM", "Nobody <nobody>", "an address such as"),
        ("MAIL__FROM", "a@b.example\nBcc: c@d.example", "without line breaks"),
        ("LIMITS__ENABLED", "1", "true or false"),
        ("GRANTS__AUTHORIZATION_CODE", "on", "true or false"),
        ("GRANTS__PASSWORD", "true", "unknown environment variable"),
    ];
    for (name, value, expected) in cases {
        let name = format!("COUNTERSIGN_{name}");
        let refusal = Scene::new().var(&name, value).refusal();

        assert!(refusal.contains(expected), "{name}={value}: {refusal}");
        assert!(refusal.contains(&name), "{name}={value}: {refusal}");
        assert_eq!(refusal.lines().count(), 1, "{name}={value}: {refusal}");
    }
}

#[test]
fn values_that_do_not_go_together_are_refused() {
    let tls = || {
        Scene::new()
            .var("COUNTERSIGN_SERVER__TLS__CERT_FILE", "tls.crt")
            .var("COUNTERSIGN_SERVER__TLS__KEY_FILE", "tls.key")
    };
    let refusal = tls().refusal();
    assert!(refusal.contains("must begin with https:// as server.tls is set"), "{refusal}");

    let https = tls()
        .var("COUNTERSIGN_SERVER__PUBLIC_URL", "https://id.example.com")
        .var("COUNTERSIGN_SERVER__LISTEN", "0.0.0.0:443");
    assert!(https.load().is_ok());

    let proxied = |scene: Scene| {
        scene
            .var("COUNTERSIGN_SERVER__PUBLIC_URL", "https://id.example.com")
            .var("COUNTERSIGN_SERVER__LISTEN", "0.0.0.0:8080")
            .var("COUNTERSIGN_SERVER__TRUSTED_PROXIES", "10.0.0.0/8")
    };
    assert!(proxied(Scene::new()).load().is_ok());
}

#[test]
fn keys_of_later_versions_are_refused_unless_they_are_off() {
    let on = [
        ("SERVER__MTLS__LISTEN", "127.0.0.1:8443"),
        ("LEGACY__IMPLICIT", "true"),
        ("LEGACY__HYBRID", "true"),
        ("LEGACY__PASSWORD_GRANT", "true"),
        ("LEGACY__PLAIN_PKCE", "true"),
        ("TEST_HOOKS__ENABLED", "true"),
        ("METRICS__LISTEN", "127.0.0.1:9090"),
    ];
    for (name, value) in on {
        let refusal = Scene::new().var(&format!("COUNTERSIGN_{name}"), value).refusal();
        assert!(refusal.contains("is not supported by this version"), "{name}: {refusal}");
    }

    let off = "[legacy]\nimplicit = false\n";
    assert!(Scene::new().file("countersign.toml", off).load().is_ok());
}

#[test]
fn types_are_as_written_in_the_file() {
    let cases = [
        ("server.listen = 8080", "server.listen must be text in quotes"),
        ("server.workers = \"4\"", "server.workers must be a whole number"),
        ("server.workers = -4", "server.workers must be a whole number"),
        ("server.workers = 1.5", "server.workers must be a whole number"),
        ("server.trusted_proxies = \"10.0.0.0/8\"", "server.trusted_proxies must be a list"),
        ("server.trusted_proxies = [10]", "server.trusted_proxies must be a list"),
        ("limits.enabled = \"true\"", "limits.enabled must be true or false"),
        ("database.url = [\"sqlite://a\"]", "database.url must be text in quotes"),
        ("server.listen.port = 1", "server.listen must be text in quotes"),
        ("server = 1", "server in countersign.toml is a section; write [server]"),
        ("mail.from = \"\"", "mail.from must be something"),
    ];
    for (text, expected) in cases {
        let refusal = Scene::new().file("countersign.toml", text).refusal();
        assert!(refusal.starts_with(expected), "{text}: {refusal}");
        assert_eq!(refusal.lines().count(), 1, "{text}: {refusal}");
    }
}

#[test]
fn a_file_that_is_no_toml_is_refused_without_quoting_it() {
    let text = "[mail]\nurl = \"smtp://cs:hunter2@mail.example\nfrom = \"a@b.example\"\n";

    let refusal = Scene::new().file("countersign.toml", text).refusal();

    assert!(refusal.starts_with("countersign.toml is not valid TOML: "), "{refusal}");
    assert!(refusal.contains("at line 2"), "{refusal}");
    assert!(!refusal.contains("hunter2"), "{refusal}");

    let twice = Scene::new().file("countersign.toml", "[server]\n[server]\n").refusal();
    assert!(twice.contains("duplicate key"), "{twice}");
}

#[test]
fn environment_values_that_are_not_text_are_refused() {
    use std::os::unix::ffi::OsStringExt;
    let scene = Scene::new();
    let value = std::ffi::OsString::from_vec(vec![0xff]);
    let env = FixedEnv::new(scene.folder.path()).with("COUNTERSIGN_SERVER__LISTEN", value);

    let refusal = Settings::load(None, &Overrides::none(), &env).unwrap_err().to_string();

    assert!(refusal.contains("server.listen must be text in UTF-8"), "{refusal}");
}
