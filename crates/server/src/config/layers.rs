//! Laying file, environment and flags over each other.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use config::{FileFormat, Map, Source as _, Value as TomlValue, ValueKind};
use secrecy::ExposeSecret;

use super::{
    Fallback, Fault, KEYS, Key, Kind, Overrides, Source, Support,
    keys::{self, ENVIRONMENT_PREFIX, OF_TESTS},
    public_url::is_localhost,
    secret_file::SecretFiles,
    value::Value,
};

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    pub(crate) source: Source,
}

/// The winning value of each key that has one.
#[derive(Debug, Default)]
pub(crate) struct Values(BTreeMap<&'static str, Entry>);

impl Values {
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.0.get(name)
    }

    /// Whether someone set `name`.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.entry(name).is_some_and(|entry| entry.source != Source::Default)
    }
}

/// What was read so far, later layers over earlier ones, and all that was wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    values: Values,
    faults: Vec<Fault>,
}

impl Layers {
    /// Adds what the configuration file `path` says.
    pub(crate) fn add_file(&mut self, path: &Path, text: &str) {
        match config::File::from_str(text, FileFormat::Toml).collect() {
            Ok(table) => self.add_table("", &table, path),
            Err(error) => self.fault(format!(
                "{} is not valid TOML: {}",
                path.display(),
                without_excerpt(&error)
            )),
        }
    }

    fn add_table(&mut self, section: &str, table: &Map<String, TomlValue>, path: &Path) {
        let mut names: Vec<_> = table.keys().collect();
        names.sort();
        for (name, value) in names.into_iter().filter_map(|name| table.get_key_value(name)) {
            let name = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
            self.add_item(&name, value, path);
        }
    }

    fn add_item(&mut self, name: &str, value: &TomlValue, path: &Path) {
        let table = if let ValueKind::Table(table) = &value.kind { Some(table) } else { None };
        match (keys::find(name), table) {
            (Some(key), _) => {
                let source = Source::File(path.to_owned());
                self.add(key, Value::from_toml(key.kind, value), source);
            }
            (None, Some(table)) if keys::is_section(name) => self.add_table(name, table, path),
            (None, None) if keys::is_section(name) => self.fault(format!(
                "{name} in {} is a section; write [{name}] with its keys below",
                path.display()
            )),
            (None, _) => {
                let nearest = keys::nearest(name).map(|key| key.name.to_owned());
                self.unknown(&format!("key {name} in {}", path.display()), nearest);
            }
        }
    }

    /// Adds what the environment says; variables of others and those that only the
    /// test suites read are passed over.
    pub(crate) fn add_environment(&mut self, variables: &[(OsString, OsString)]) {
        let mut ours: Vec<_> = variables
            .iter()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
            .filter(|(name, _value)| name.starts_with(ENVIRONMENT_PREFIX))
            .filter(|(name, _value)| !OF_TESTS.contains(&name.as_str()))
            .collect();
        ours.sort();
        for (name, value) in ours {
            let Some(key) = KEYS.iter().find(|key| key.environment_name() == name) else {
                let dotted = name.replacen(ENVIRONMENT_PREFIX, "", 1).replace("__", ".");
                let nearest = keys::nearest(&dotted.to_lowercase()).map(Key::environment_name);
                self.unknown(&format!("environment variable {name}"), nearest);
                continue;
            };
            let value = value.to_str().ok_or("text in UTF-8");
            let value = value.and_then(|text| Value::from_text(key.kind, text));
            self.add(key, value, Source::Environment(name));
        }
    }

    /// Adds what wins over everything else.
    pub(crate) fn add_overrides(&mut self, overrides: &Overrides) {
        for entry in overrides.iter() {
            match (keys::find(&entry.key), &entry.source) {
                (Some(key), Source::Flag(flag)) if key.kind == Kind::Secret => {
                    self.fault(format!(
                        "{} is a secret and command lines are public; give it to {flag} as \
                         {}_file or set {}",
                        key.name,
                        key.name,
                        key.environment_name()
                    ));
                }
                (Some(key), source) => {
                    let value = Value::from_text(key.kind, entry.value.expose_secret());
                    self.add(key, value, source.clone());
                }
                (None, source) => {
                    let nearest = keys::nearest(&entry.key).map(|key| key.name.to_owned());
                    self.unknown(&format!("key {} ({source})", entry.key), nearest);
                }
            }
        }
    }

    /// Whether a secret stands in what was read so far.
    pub(crate) fn hold_a_secret(&self) -> bool {
        self.values.0.values().any(|entry| matches!(entry.value, Value::Secret(_)))
    }

    /// Replaces each `_file` key by the secret that is in the file.
    pub(crate) fn read_secret_files(&mut self, folder: &Path, files: &mut SecretFiles) {
        for (key, twin) in KEYS.iter().filter_map(|key| Some((key, key.file_twin()?))) {
            let Some((path, named_by)) = self.values.entry(twin.name).and_then(path_of) else {
                continue;
            };
            if self.values.is_set(key.name) {
                self.fault(format!(
                    "{} and {} are both set; leave one of them out",
                    key.name, twin.name
                ));
            } else if matches!(twin.fallback, Fallback::Unset(_)) {
                // A twin with a default of its own may be absent, so it is read by who needs it.
                let value = files.read(&folder.join(&path));
                self.add_secret(key, value, Source::SecretFile { path, named_by });
            }
        }
    }

    fn add_secret(
        &mut self,
        key: &'static Key,
        secret: std::io::Result<secrecy::SecretString>,
        source: Source,
    ) {
        match secret {
            Ok(secret) => {
                self.add(key, Value::from_text(key.kind, secret.expose_secret()), source);
            }
            Err(error) => self.fault(format!(
                "{}_file names a file that cannot be read ({error}); check the path ({source})",
                key.name
            )),
        }
    }

    /// The values with defaults filled in, and the faults.
    pub(crate) fn finish(mut self) -> (Values, Vec<Fault>) {
        self.refuse_reserved();
        for key in KEYS {
            if let Fallback::Value(text) = key.fallback
                && self.values.entry(key.name).is_none()
            {
                self.add(key, Value::from_text(key.kind, text), Source::Default);
            }
        }
        self.follow_port();
        (self.values, self.faults)
    }

    /// Where nobody said how the server is reached, it is from this machine, at the port it serves on.
    fn follow_port(&mut self) {
        let Some(Entry { value: Value::Text(listen), .. }) = self.values.entry("server.listen")
        else {
            return;
        };
        let Some(key) = keys::find("server.public_url") else { return };
        match listen.parse::<SocketAddr>() {
            // The scheme's own port is never written.
            Ok(listen) if is_localhost(listen.ip()) && !self.values.is_set(key.name) => {
                let port = Some(listen.port()).filter(|port| *port != 80);
                let port = port.map_or_else(String::new, |port| format!(":{port}"));
                self.add(key, Ok(Value::Text(format!("http://localhost{port}"))), Source::Default);
            }
            Ok(_) | Err(_) => {}
        }
    }

    fn refuse_reserved(&mut self) {
        for key in KEYS.iter().filter(|key| key.support == Support::Reserved) {
            let Some(entry) = self.values.entry(key.name) else { continue };
            let is_default = match key.fallback {
                Fallback::Value(text) => Value::from_text(key.kind, text)
                    .is_ok_and(|default| default.shown() == entry.value.shown()),
                Fallback::Unset(_) => false,
            };
            if !is_default {
                let source = entry.source.clone();
                self.fault(format!(
                    "{} is not supported by this version; leave it out ({source})",
                    key.name
                ));
            }
        }
    }

    fn add(&mut self, key: &'static Key, value: Result<Value, &'static str>, source: Source) {
        match value {
            Ok(value) => {
                self.values.0.insert(key.name, Entry { value, source });
            }
            Err(expected) => self.fault(format!("{} must be {expected} ({source})", key.name)),
        }
    }

    fn unknown(&mut self, what: &str, nearest: Option<String>) {
        self.fault(match nearest {
            Some(nearest) => format!("unknown {what}; did you mean {nearest}?"),
            None => format!("unknown {what}; remove it, docs/configuration.md lists what there is"),
        });
    }

    fn fault(&mut self, sentence: String) {
        self.faults.push(Fault::new(sentence));
    }
}

fn path_of(entry: &Entry) -> Option<(PathBuf, Box<Source>)> {
    if let Value::Text(path) = &entry.value {
        Some((PathBuf::from(path), Box::new(entry.source.clone())))
    } else {
        None
    }
}

/// The parser's message without the line it quotes, in which a password may stand.
fn without_excerpt(error: &config::ConfigError) -> String {
    let text = if let config::ConfigError::FileParse { cause, .. } = error {
        cause.to_string()
    } else {
        error.to_string()
    };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let place = lines.next().unwrap_or_default().trim_start_matches("TOML parse error ");
    lines.next_back().map_or_else(|| place.to_owned(), |message| format!("{message} {place}"))
}
