//! From values to settings: what each key means, and which do not go together.

use std::{
    fmt::Display,
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use domain::MasterKeys;
use ipnet::IpNet;
use protocol::GrantType;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    Compat, ConfigError, Database, DatabaseEngine, Fallback, Fault, Grants, Keys, Limits, Mail,
    Outbound, SampleResource, Server, Settings, Source, TlsFiles, keys, layers::Values,
    public_url::is_localhost, value::Value,
};

/// Turns `values` into settings.
///
/// # Errors
///
/// When `faults` were found before, or a value is not usable.
pub(crate) fn settings(
    values: &Values,
    faults: Vec<Fault>,
    folder: &Path,
) -> Result<Settings, ConfigError> {
    let mut check = Check { values, folder, faults };
    let server = check.server();
    let database = check.database();
    let mail = check.mail();
    let keys = check.keys();
    let grants = check.grants();
    let outbound = Outbound {
        allow_private_networks: check.flag("outbound.allow_private_networks"),
        ca_file: check.file("outbound.ca_file"),
    };
    let limits = Limits { enabled: check.flag("limits.enabled") };
    let sample_resource = SampleResource { enabled: check.flag("sample_resource.enabled") };
    let compat = Compat {
        wso2_paths: check.flag("compat.wso2_paths"),
        axway_paths: check.flag("compat.axway_paths"),
        akamai_paths: check.flag("compat.akamai_paths"),
    };
    match (server, database, mail) {
        (Some(server), Some(database), Some(mail)) if check.faults.is_empty() => Ok(Settings {
            server,
            database,
            keys,
            mail,
            outbound,
            limits,
            grants,
            compat,
            sample_resource,
        }),
        _incomplete => Err(ConfigError::from(check.faults)),
    }
}

/// Which kind of database `url` names.
fn engine(url: &str, folder: &Path) -> Result<DatabaseEngine, &'static str> {
    if let Some(path) = url.strip_prefix("sqlite://") {
        if path.is_empty() || path.contains(['?', '#', '%', ':']) || path.ends_with('/') {
            return Err("must be sqlite:// and the path of a file, without ?, #, % or a colon");
        }
        return Ok(DatabaseEngine::Sqlite(folder.join(path)));
    }
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err("must begin with sqlite:// or postgres://");
    }
    let parsed = Url::parse(url).ok();
    let is_usable = parsed.is_some_and(|url| {
        url.host_str().is_some_and(|host| !host.is_empty())
            || url.query_pairs().any(|(name, _value)| name == "host")
    });
    if is_usable {
        Ok(DatabaseEngine::Postgres)
    } else {
        Err("must name a server, as in postgres://user:password@host/database, with every \
             special character of the password written as %XX")
    }
}

fn is_mail_server(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        ["smtp", "smtps"].contains(&url.scheme())
            && url.host_str().is_some_and(|host| !host.is_empty())
    })
}

/// Whether `text` is `address` or `Name <address>`.
fn is_mailbox(text: &str) -> bool {
    match text.strip_suffix('>').map(|text| text.rsplit_once('<')) {
        Some(Some((_name, address))) => domain::is_email(address),
        Some(None) => false,
        None => domain::is_email(text),
    }
}

/// What is allowed but should not stay so, one sentence each.
pub(crate) fn warnings(settings: &Settings, values: &Values) -> Vec<String> {
    let server = &settings.server;
    let mut warnings = Vec::new();
    if !values.is_set("server.public_url") && !is_localhost(server.listen.ip()) {
        warnings.push(format!(
            "links and the issuer say {} but the server listens on {}; set server.public_url",
            server.public_url, server.listen
        ));
    }
    if server.public_url.is_https() && server.tls.is_none() && server.trusted_proxies.is_empty() {
        warnings.push(
            "server.public_url is https but this server speaks http; set server.trusted_proxies \
             to the proxy that ends TLS, or every visitor counts as that one address"
                .to_owned(),
        );
    }
    warnings
}

struct Check<'a> {
    values: &'a Values,
    folder: &'a Path,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn value(&self, name: &str) -> Option<&Value> {
        self.values.entry(name).map(|entry| &entry.value)
    }

    fn text(&self, name: &str) -> Option<String> {
        if let Some(Value::Text(text)) = self.value(name) { Some(text.clone()) } else { None }
    }

    fn secret(&self, name: &str) -> Option<SecretString> {
        if let Some(Value::Secret(secret)) = self.value(name) { Some(secret.clone()) } else { None }
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(|path| self.folder.join(path))
    }

    fn optional_flag(&self, name: &str) -> Option<bool> {
        if let Some(Value::Flag(flag)) = self.value(name) { Some(*flag) } else { None }
    }

    fn flag(&self, name: &str) -> bool {
        self.optional_flag(name).unwrap_or_default()
    }

    /// Notes that `name` is not usable as it is.
    fn fault(&mut self, name: &str, reason: impl Display) {
        let source = self.values.entry(name).map_or(&Source::Default, |entry| &entry.source);
        self.faults.push(Fault::new(format!("{name} {reason} ({source})")));
    }

    fn server(&mut self) -> Option<Server> {
        let listen = self.listen();
        let public_url = self.text("server.public_url").and_then(|text| {
            text.parse().map_err(|reason| self.fault("server.public_url", reason)).ok()
        });
        let trusted_proxies = self.trusted_proxies();
        let workers = self.workers();
        let tls = self.tls();
        let server =
            Server { listen: listen?, public_url: public_url?, trusted_proxies, workers, tls };

        if server.tls.is_some() && !server.public_url.is_https() {
            self.fault("server.public_url", "must begin with https:// as server.tls is set");
        }
        let is_plain = server.tls.is_none() && server.trusted_proxies.is_empty();
        if is_plain && !server.listen.ip().is_loopback() {
            self.fault(
                "server.listen",
                "would serve plain http to other machines; set server.tls.cert_file and \
                 server.tls.key_file, or server.trusted_proxies if a proxy ends TLS",
            );
        }
        Some(server)
    }

    fn listen(&mut self) -> Option<SocketAddr> {
        let listen = self.text("server.listen").and_then(|text| text.parse().ok());
        if listen.is_none() {
            self.fault("server.listen", "must be an address and a port such as 127.0.0.1:8080");
        }
        listen
    }

    fn trusted_proxies(&mut self) -> Vec<IpNet> {
        const NAME: &str = "server.trusted_proxies";
        let Some(Value::List(items)) = self.value(NAME).cloned() else { return Vec::new() };
        let mut networks = Vec::new();
        for item in &items {
            let address = item.parse::<IpAddr>().map(IpNet::from);
            match item.parse::<IpNet>().or(address) {
                Ok(network) if network.prefix_len() > 0 => networks.push(network),
                Ok(_everyone) => self.fault(NAME, format!("must not be everyone, as {item} is")),
                Err(_reason) => {
                    self.fault(NAME, format!("must be networks such as 10.0.0.0/8, not {item}"));
                }
            }
        }
        networks
    }

    fn workers(&mut self) -> Option<NonZeroUsize> {
        let Some(Value::Number(number)) = self.value("server.workers").cloned() else {
            return None;
        };
        let workers = usize::try_from(number).ok().filter(|number| *number <= 1024);
        let workers = workers.and_then(NonZeroUsize::new);
        if workers.is_none() {
            self.fault("server.workers", "must be between 1 and 1024");
        }
        workers
    }

    fn tls(&mut self) -> Option<TlsFiles> {
        let cert_file = self.file("server.tls.cert_file");
        let key_file = self.file("server.tls.key_file");
        match (cert_file, key_file) {
            (Some(cert_file), Some(key_file)) => Some(TlsFiles { cert_file, key_file }),
            (Some(_), None) => {
                self.fault("server.tls.cert_file", "needs server.tls.key_file beside it");
                None
            }
            (None, Some(_)) => {
                self.fault("server.tls.key_file", "needs server.tls.cert_file beside it");
                None
            }
            (None, None) => None,
        }
    }

    fn database(&mut self) -> Option<Database> {
        const NAME: &str = "database.url";
        let url = self.secret(NAME)?;
        let text = url.expose_secret();
        let is_default = keys::find(NAME)
            .is_some_and(|key| matches!(key.fallback, Fallback::Value(value) if value == text));
        let (engine, url) = match engine(text, self.folder) {
            Ok(DatabaseEngine::Sqlite(file)) => {
                let url = SecretString::from(format!("sqlite://{}", file.display()));
                (DatabaseEngine::Sqlite(file), url)
            }
            Ok(DatabaseEngine::Postgres) => (DatabaseEngine::Postgres, url),
            Err(reason) => {
                self.fault(NAME, reason);
                return None;
            }
        };
        let migrate_on_start = self
            .optional_flag("database.migrate_on_start")
            .unwrap_or(matches!(engine, DatabaseEngine::Sqlite(_)));
        Some(Database { url, engine, migrate_on_start, is_default })
    }

    fn keys(&mut self) -> Keys {
        let master_key = self.secret("keys.master_key");
        let invalid =
            master_key.as_ref().and_then(|key| MasterKeys::parse(key.expose_secret()).err());
        if let Some(reason) = invalid {
            let reason = format!("must be what a master key file holds, but {reason}");
            self.fault("keys.master_key", reason);
        }
        Keys {
            master_key,
            master_key_file: self.file("keys.master_key_file").unwrap_or_default(),
            is_default: !self.values.is_set("keys.master_key_file"),
        }
    }

    fn mail(&mut self) -> Option<Mail> {
        let mail = Mail { url: self.secret("mail.url"), from: self.text("mail.from") };
        if mail.from.as_deref().is_some_and(|from| !is_mailbox(from)) {
            self.fault(
                "mail.from",
                "must be an address such as Countersign <no-reply@example.com>",
            );
            return None;
        }
        if let Some(url) = &mail.url {
            if !is_mail_server(url.expose_secret()) {
                self.fault("mail.url", "must be smtp:// or smtps:// and a mail server");
                return None;
            }
            if mail.from.is_none() {
                self.fault("mail.url", "needs mail.from beside it, the sender of every mail");
                return None;
            }
        }
        Some(mail)
    }

    fn grants(&self) -> Grants {
        let switch = |grant_type: GrantType| {
            let name = format!("grants.{}", grant_type.short_name());
            let is_set = self.values.is_set(&name);
            is_set.then(|| (grant_type, self.flag(&name)))
        };
        Grants(GrantType::ALL.into_iter().filter_map(switch).collect())
    }
}
