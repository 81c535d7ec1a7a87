//! Which crate may depend on which: the table of `ARCHITECTURE.md`, compared with `cargo metadata`.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::tidy::Finding;
use crate::tidy::tree::Tree;

/// The arrows between our own crates. A new one needs an ADR.
const OURS: [(&str, &[&str]); 17] = [
    ("protocol", &[]),
    ("jose", &["protocol"]),
    ("domain", &["protocol"]),
    ("migration", &[]),
    ("store", &["domain", "protocol", "migration"]),
    ("engine", &["store", "domain", "jose", "protocol"]),
    ("service", &["store", "domain", "jose", "protocol"]),
    ("fetch", &["domain"]),
    ("mail", &["store", "domain"]),
    ("web", &["service", "domain", "protocol"]),
    ("oauth", &["engine", "service", "web", "domain", "protocol"]),
    ("api", &["service", "web", "domain", "protocol"]),
    ("console", &["service", "web", "domain", "protocol"]),
    (
        "server",
        &[
            "api",
            "console",
            "domain",
            "engine",
            "fetch",
            "jose",
            "mail",
            "migration",
            "oauth",
            "protocol",
            "service",
            "store",
            "web",
        ],
    ),
    ("xtask", &["server"]),
    ("tests", &["server", "domain"]),
    ("load", &[]),
];

/// Who may use a library of others; a name that ends in `*` stands for all that begin so.
const WALLS: [(&str, &[&str]); 12] = [
    ("sea-orm", &["store", "migration"]),
    ("sea-orm-migration", &["migration", "store"]),
    // The harness makes a database for each test.
    ("sqlx*", &["store", "tests"]),
    ("actix-*", &["web", "oauth", "api", "console", "server", "tests", "load"]),
    ("tera", &["web", "mail"]),
    ("lettre", &["mail"]),
    // The server is its own client in the tour, the harness a stranger.
    ("reqwest", &["fetch", "server", "tests"]),
    ("utoipa*", &["api"]),
    ("validator", &["service"]),
    // The errors of actix-session's store, which `web` implements, are anyhow's.
    ("anyhow", &["server", "web", "xtask", "tests", "load"]),
    ("openssl*", &[]),
    ("native-tls", &[]),
];

/// What a pure crate never uses: a runtime, a database, a web framework, a source of time or chance.
const IMPURE: [&str; 9] =
    ["actix-*", "chrono", "futures*", "getrandom", "hyper*", "rand*", "reqwest", "sqlx*", "tokio*"];
const PURE: [&str; 3] = ["protocol", "jose", "domain"];

/// A crate of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    /// The package name without `countersign-`.
    pub(crate) name: String,
    /// The path of its `Cargo.toml` in the tree.
    pub(crate) manifest: String,
    /// What it depends on directly, for whatever reason.
    pub(crate) dependencies: Vec<String>,
}

impl Member {
    /// The folder in the tree.
    pub(crate) fn folder(&self) -> &str {
        self.manifest.trim_end_matches("/Cargo.toml")
    }
}

/// The members that `cargo metadata --no-deps` tells of.
pub(crate) fn members(metadata: &Value, root: &Path) -> Result<Vec<Member>> {
    let packages = metadata.get("packages").and_then(Value::as_array).context("no packages")?;
    packages.iter().map(|package| member(package, root)).collect()
}

fn member(package: &Value, root: &Path) -> Result<Member> {
    let name = text(package, "name")?;
    let manifest = Path::new(text(package, "manifest_path")?);
    let manifest = manifest.strip_prefix(root).unwrap_or(manifest);
    let dependencies = package.get("dependencies").and_then(Value::as_array);
    let dependencies = dependencies
        .context("no dependencies")?
        .iter()
        .map(|dependency| text(dependency, "name").map(bare))
        .collect::<Result<_>>()?;
    Ok(Member { name: bare(name), manifest: manifest.to_string_lossy().into_owned(), dependencies })
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value.get(key).and_then(Value::as_str).with_context(|| format!("no {key}"))
}

fn bare(package: &str) -> String {
    package.strip_prefix("countersign-").unwrap_or(package).to_owned()
}

pub(crate) fn check(tree: &Tree, members: &[Member]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in members {
        let Some((_, allowed)) = OURS.iter().find(|(name, _)| *name == member.name) else {
            let what = format!("the crate `{}` is not in the table of arrows", member.name);
            let advice = "write an ADR and add it to crates/xtask/src/tidy/arrows.rs";
            findings.push(Finding::new(&member.manifest, 1, what, advice));
            continue;
        };
        for dependency in &member.dependencies {
            if let Some(advice) = refusal(&member.name, allowed, dependency) {
                let line = tree.file(&member.manifest).map_or(1, |file| file.line_of(dependency));
                let what = format!("`{}` may not depend on `{dependency}`", member.name);
                findings.push(Finding::new(&member.manifest, line, what, advice));
            }
        }
    }
    findings
}

/// Why `member` may not use `dependency`, as advice; nothing when it may.
fn refusal(member: &str, allowed: &[&str], dependency: &str) -> Option<&'static str> {
    if OURS.iter().any(|(name, _)| *name == dependency) {
        let advice = "the arrows are in ARCHITECTURE.md; a new one needs an ADR";
        return (!allowed.contains(&dependency)).then_some(advice);
    }
    if PURE.contains(&member) && IMPURE.iter().any(|pattern| matches(pattern, dependency)) {
        return Some("it is pure: no runtime, database, network, clock or chance");
    }
    let wall = WALLS.iter().find(|(pattern, _)| matches(pattern, dependency));
    wall.filter(|(_, allowed)| !allowed.contains(&member))
        .map(|_| "the walls are in ARCHITECTURE.md; go through the crate that may")
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, dependencies: &[&str]) -> Vec<String> {
        let manifest = format!("crates/{name}/Cargo.toml");
        let text = dependencies.join(".workspace = true\n");
        let tree = Tree::of(&[(&manifest, &text)]);
        let dependencies = dependencies.iter().map(|name| bare(name)).collect();
        let member = Member { name: name.to_owned(), manifest, dependencies };
        check(&tree, &[member]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_arrow_of_the_table_is_allowed() {
        assert!(findings("engine", &["store", "jose", "quick_cache"]).is_empty());
    }

    #[test]
    fn an_arrow_that_is_not_in_the_table_is_found() {
        let found = findings("api", &["service", "store"]);

        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/api/Cargo.toml:2: `api` may not depend on `store`"));
    }

    #[test]
    fn a_surface_may_not_import_another_surface() {
        assert_eq!(findings("console", &["countersign-api"]).len(), 1);
    }

    #[test]
    fn a_library_stays_behind_its_wall() {
        assert!(findings("store", &["sea-orm", "sqlx"]).is_empty());
        assert_eq!(findings("service", &["sea-orm", "actix-web", "lettre", "tera"]).len(), 4);
        assert_eq!(findings("web", &["utoipa-swagger-ui", "openssl-sys"]).len(), 2);
    }

    #[test]
    fn a_pure_crate_has_no_runtime_clock_or_chance() {
        assert_eq!(findings("domain", &["tokio", "rand", "sqlx", "chrono"]).len(), 4);
        assert!(findings("domain", &["uuid", "serde"]).is_empty());
    }

    #[test]
    fn a_crate_that_is_not_in_the_table_is_found() {
        assert!(findings("extra", &[])[0].contains("`extra` is not in the table of arrows"));
    }

    #[test]
    fn the_members_are_read_from_what_cargo_says() {
        let metadata = serde_json::json!({"packages": [{"name": "countersign-jose", "manifest_path": "/x/crates/jose/Cargo.toml",
            "dependencies": [{"name": "countersign-protocol"}, {"name": "serde"}]}]});

        let members = members(&metadata, Path::new("/x")).unwrap();

        assert_eq!(members[0].name, "jose");
        assert_eq!(members[0].folder(), "crates/jose");
        assert_eq!(members[0].dependencies, ["protocol", "serde"]);
    }
}
