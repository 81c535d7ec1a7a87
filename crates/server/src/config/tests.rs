//! What loading takes and what it refuses.

mod documents;
mod keys_and_files;
mod refusals;

use std::fs;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

/// A folder of its own, with what the test puts into it.
struct Scene {
    folder: TempDir,
    env: FixedEnv,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let env = FixedEnv::new(folder.path());
        Self { folder, env }
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    fn private_file(self, name: &str, text: &str) -> Self {
        let scene = self.file(name, text);
        scene.set_mode(name, 0o600);
        scene
    }

    fn set_mode(&self, name: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.folder.path().join(name), permissions).unwrap();
    }

    fn var(mut self, name: &str, value: &str) -> Self {
        self.env = self.env.with(name, value);
        self
    }

    fn load(&self) -> Result<Loaded, ConfigError> {
        self.load_with(&Overrides::none())
    }

    fn load_with(&self, overrides: &Overrides) -> Result<Loaded, ConfigError> {
        Settings::load(None, overrides, &self.env)
    }

    fn settings(&self) -> Settings {
        self.load().unwrap().settings
    }

    /// Everything that is wrong, a line each.
    fn refusal(&self) -> String {
        self.load().unwrap_err().to_string()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[test]
fn nothing_configured_is_the_contract_s_defaults() {
    let scene = Scene::new();

    let loaded = scene.load().unwrap();

    let settings = &loaded.settings;
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.server.public_url.as_str(), "http://localhost:8080");
    assert_eq!(settings.server.trusted_proxies, []);
    assert_eq!(settings.server.workers, None);
    assert_eq!(settings.server.tls, None);
    let database = scene.path("data/countersign.db");
    assert_eq!(settings.database.sqlite_file(), Some(database.as_path()));
    assert!(settings.database.migrate_on_start && settings.database.is_default);
    assert_eq!(settings.keys.master_key_file, scene.path("data/master.key"));
    assert!(settings.mail.url.is_none() && settings.mail.from.is_none());
    assert!(settings.limits.enabled);
    assert_eq!(settings.grants, Grants::default());
    assert!(settings.compat.wso2_paths);
    assert!(!settings.compat.axway_paths && !settings.compat.akamai_paths);
    assert!(!settings.sample_resource.enabled);
    assert_eq!(loaded.warnings, Vec::<String>::new());
}

#[test]
fn the_process_s_own_folder_leaves_relative_paths_as_they_are() {
    let scene = Scene::new();
    let env = FixedEnv::new("");
    let named = scene.path("empty.toml");
    fs::write(&named, "").unwrap();

    let settings = Settings::load(Some(&named), &Overrides::none(), &env).unwrap().settings;

    assert_eq!(settings.database.url.expose_secret(), "sqlite://data/countersign.db");
    assert_eq!(settings.keys.master_key_file, Path::new("data/master.key"));
}

#[test]
fn flags_win_over_environment_wins_over_file() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\nworkers = 1\n[limits]\nenabled = false\n";
    let scene = Scene::new()
        .file("countersign.toml", file)
        .var("COUNTERSIGN_SERVER__LISTEN", "127.0.0.1:2")
        .var("COUNTERSIGN_SERVER__WORKERS", "2");
    let flags = Overrides::none().flag("--set", "server.workers", "3");

    let loaded = scene.load_with(&flags).unwrap();

    let server = &loaded.settings.server;
    assert_eq!(server.listen.port(), 2);
    assert_eq!(server.workers.map(usize::from), Some(3));
    assert!(!loaded.settings.limits.enabled);
    let printed = loaded.effective.to_string();
    for line in [
        "server.listen = \"127.0.0.1:2\"  # environment COUNTERSIGN_SERVER__LISTEN",
        "server.workers = 3  # flag --set",
        "limits.enabled = false  # file countersign.toml",
        "compat.wso2_paths = true  # default",
        "# mail.url is not set: mail is written to the log",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{line}\n{printed}");
    }
}

#[test]
fn the_later_of_two_flags_wins() {
    let flags = Overrides::none().flag("--set", "server.workers", "3").command(
        "demo",
        "server.workers",
        "1",
    );

    let settings = Scene::new().load_with(&flags).unwrap().settings;

    assert_eq!(settings.server.workers.map(usize::from), Some(1));
}

#[test]
fn every_kind_of_value_can_come_from_the_environment() {
    let settings = Scene::new()
        .var("COUNTERSIGN_SERVER__LISTEN", "0.0.0.0:443")
        .var("COUNTERSIGN_SERVER__PUBLIC_URL", "https://id.example.com")
        .var("COUNTERSIGN_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7,2001:db8::/32")
        .var("COUNTERSIGN_SERVER__WORKERS", "4")
        .var("COUNTERSIGN_DATABASE__URL", "postgres://cs:pw@db.example/cs")
        .var("COUNTERSIGN_GRANTS__CLIENT_CREDENTIALS", "false")
        .var("COUNTERSIGN_MAIL__URL", "smtps://cs:pw@mail.example")
        .var("COUNTERSIGN_MAIL__FROM", "Countersign <no-reply@example.com>")
        .var("PATH", "/bin")
        .settings();

    let proxies: Vec<_> = settings.server.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]);
    assert_eq!(settings.server.workers.map(usize::from), Some(4));
    assert_eq!(settings.database.engine, DatabaseEngine::Postgres);
    assert_eq!(settings.database.url.expose_secret(), "postgres://cs:pw@db.example/cs");
    assert!(!settings.database.migrate_on_start && !settings.database.is_default);
    assert_eq!(settings.mail.from.as_deref(), Some("Countersign <no-reply@example.com>"));
}

#[test]
fn a_grant_type_is_configured_only_when_someone_set_it() {
    use protocol::GrantType;
    let file = "grants.refresh_token = true\ngrants.client_credentials = false\n";

    let grants = Scene::new().file("countersign.toml", file).settings().grants;

    assert_eq!(grants.configured(GrantType::AuthorizationCode), None);
    assert_eq!(grants.configured(GrantType::RefreshToken), Some(true));
    assert_eq!(grants.configured(GrantType::ClientCredentials), Some(false));
    assert_eq!(grants.iter().count(), 2);
}

#[test]
fn migrating_on_start_can_be_said_either_way() {
    let says = |url: &str, migrate: &str| {
        let scene = Scene::new()
            .var("COUNTERSIGN_DATABASE__URL", url)
            .var("COUNTERSIGN_DATABASE__MIGRATE_ON_START", migrate);
        scene.settings().database.migrate_on_start
    };

    assert!(!says("sqlite://data/countersign.db", "false"));
    assert!(says("postgres://db.example/cs", "true"));
}

#[test]
fn things_that_should_not_stay_so_are_warned_about() {
    let warnings = |scene: Scene| scene.load().unwrap().warnings.join("\n");

    let proxied = Scene::new()
        .var("COUNTERSIGN_SERVER__LISTEN", "0.0.0.0:9000")
        .var("COUNTERSIGN_SERVER__TRUSTED_PROXIES", "10.0.0.0/8");
    let unnamed = warnings(proxied);
    assert!(unnamed.contains("set server.public_url"), "{unnamed}");

    let url = "https://id.example.com";
    let no_proxy = warnings(Scene::new().var("COUNTERSIGN_SERVER__PUBLIC_URL", url));
    assert!(no_proxy.contains("server.trusted_proxies"), "{no_proxy}");
}

#[test]
fn links_lead_to_the_port_that_is_served_unless_somebody_said_otherwise() {
    let listening = |listen: &str| Scene::new().var("COUNTERSIGN_SERVER__LISTEN", listen);
    for (listen, url) in [
        ("127.0.0.1:9000", "http://localhost:9000"),
        ("[::1]:9000", "http://localhost:9000"),
        ("127.0.0.1:80", "http://localhost"),
        ("127.0.0.1:0", "http://localhost:0"),
    ] {
        let loaded = listening(listen).load().unwrap();
        assert_eq!(loaded.settings.server.public_url.as_str(), url);
        assert_eq!(loaded.warnings, Vec::<String>::new());
        let line = format!("server.public_url = \"{url}\"  # default");
        assert!(loaded.effective.to_string().contains(&line), "{}", loaded.effective);
    }

    let said = listening("127.0.0.1:9000").var("COUNTERSIGN_SERVER__PUBLIC_URL", "http://[::1]:1");
    assert_eq!(said.settings().server.public_url.as_str(), "http://[::1]:1");
}

#[test]
fn the_log_filter_is_the_usual_variable() {
    assert_eq!(log_filter(&FixedEnv::new("")), None);
    let env = FixedEnv::new("").with("RUST_LOG", "engine=debug");
    assert_eq!(log_filter(&env).as_deref(), Some("engine=debug"));
}
