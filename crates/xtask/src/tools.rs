//! What the tests need and cargo does not bring: Debian, npm and `PyPI` packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command::{cargo, is_installed, output, program, run, succeeds, target};
use crate::postgres;

/// Where Debian puts the browser, and the journey looks for it.
const BROWSER: &str = "/usr/bin/chromium";
const OLDEST_NODE: u32 = 20;

/// The judge of licences, sources and duplicates, in the version that `deny.toml` is written for.
const DENY: &str = "cargo-deny@0.20.2";

/// Where the stages find what was installed.
pub(crate) struct Installed {
    /// The program of [`DENY`].
    pub(crate) deny: PathBuf,
    /// The Python that has the packages of `tests/clients/requirements.txt`.
    pub(crate) python: Option<PathBuf>,
}

/// Installs what is missing, and only what this tree has a use for.
pub(crate) fn install(root: &Path) -> Result<Installed> {
    let uses = Uses::of(root);
    debian(&missing(&uses))?;
    if !uses.npm.is_empty() {
        young_enough(&output(Command::new("node").arg("--version"))?)?;
    }
    for folder in &uses.npm {
        npm(folder)?;
    }
    let python = uses.python.then(|| virtual_environment(root)).transpose()?;
    Ok(Installed { deny: deny(root)?, python })
}

/// What of the tree asks for which tool.
struct Uses {
    browser: bool,
    python: bool,
    /// The folders with a `package.json`.
    npm: Vec<PathBuf>,
}

impl Uses {
    fn of(root: &Path) -> Self {
        let npm = ["tests/browser", "tests/clients"]
            .map(|folder| root.join(folder))
            .into_iter()
            .filter(|folder| folder.join("package.json").exists())
            .collect();
        Self {
            browser: root.join("tests/browser/package.json").exists(),
            python: requirements(root).exists(),
            npm,
        }
    }
}

fn requirements(root: &Path) -> PathBuf {
    root.join("tests/clients/requirements.txt")
}

/// The Debian packages that bring what is not there.
fn missing(uses: &Uses) -> Vec<&'static str> {
    let mut packages = Vec::new();
    if !postgres::is_there() {
        packages.push("postgresql");
    }
    if uses.browser && !Path::new(BROWSER).exists() {
        // Without a font of its own Chromium draws boxes.
        packages.extend(["chromium", "fonts-liberation", "fonts-dejavu-core"]);
    }
    let has_node = is_installed("node") && is_installed("npm");
    if !uses.npm.is_empty() && !has_node {
        packages.extend(["nodejs", "npm"]);
    }
    // Debian's python3 has no ensurepip until python3-venv is there.
    if uses.python && !succeeds(Command::new("python3").args(["-c", "import ensurepip"])) {
        packages.push("python3-venv");
    }
    packages
}

fn debian(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        println!("no Debian package is missing");
        return Ok(());
    }
    let list = packages.join(" ");
    if !is_installed("apt-get") {
        bail!("this is not Debian: install by hand what its packages {list} hold");
    }
    let root = output(Command::new("id").arg("-u"))?.trim() == "0";
    if !root && !is_installed("sudo") {
        bail!("only root can install packages: as root run `apt-get install {list}`");
    }
    let mut words = if root { Vec::new() } else { vec!["sudo"] };
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    // A fresh machine may still be at its own updates.
    words.extend(["-o", "DPkg::Lock::Timeout=120"]);
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("env");
        command.args(&words).args(arguments);
        run(&mut command)
    };
    apt(&["update", "--quiet"])?;
    let mut install = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    install.extend(packages);
    apt(&install)
}

/// Debian 12 has a node that the client libraries no longer run on.
fn young_enough(version: &str) -> Result<()> {
    let version = version.trim();
    let major = version.trim_start_matches('v').split('.').next().unwrap_or_default();
    if major.parse::<u32>().is_ok_and(|major| major >= OLDEST_NODE) {
        return Ok(());
    }
    bail!("node is {version}, and the tests need {OLDEST_NODE} or later; Debian 13 has it")
}

/// Installs what the lock file names, unless that was done after it last changed.
fn npm(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    if !lock.exists() {
        bail!("{} is missing: run `npm install --ignore-scripts` and commit it", lock.display());
    }
    if is_newer(&folder.join("node_modules/.package-lock.json"), &lock) {
        println!("{} is current", folder.join("node_modules").display());
        return Ok(());
    }
    // No script of a package runs here: they are strangers' code, and none of these needs one.
    run(&mut program("npm", folder, &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
}

fn is_newer(this: &Path, that: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|facts| facts.modified());
    matches!((changed(this), changed(that)), (Ok(this), Ok(that)) if this >= that)
}

/// A Python of our own with the packages of the requirements, made anew when they change.
fn virtual_environment(root: &Path) -> Result<PathBuf> {
    let folder = target(root)?.join("test-tools/venv");
    let stamp = folder.join("requirements.txt");
    let python = folder.join("bin/python");
    let wanted = fs::read_to_string(requirements(root))?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        println!("{} is current", folder.display());
        return Ok(python);
    }
    let path = folder.to_string_lossy();
    run(&mut program("python3", root, &["-m", "venv", "--clear", &path]))?;
    let arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    let mut pip = program(&python.to_string_lossy(), root, &arguments);
    run(pip.arg(requirements(root)))?;
    fs::write(&stamp, wanted).with_context(|| format!("{} not written", stamp.display()))?;
    Ok(python)
}

/// Builds the program into a folder of our own, unless it is there; unoptimized, as it runs once.
fn deny(root: &Path) -> Result<PathBuf> {
    let folder = target(root)?.join("test-tools");
    // Does nothing when this version is there.
    let install = ["install", DENY, "--locked", "--debug", "--quiet", "--root"];
    run(cargo(root, &install).arg(&folder))?;
    Ok(folder.join("bin/cargo-deny"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_without_outside_clients_asks_for_none_of_their_tools() {
        let uses = Uses { browser: false, python: false, npm: Vec::new() };

        let packages = missing(&uses);

        assert!(packages.iter().all(|package| *package == "postgresql"), "{packages:?}");
    }

    #[test]
    fn an_old_node_is_refused_with_its_version() {
        assert!(young_enough("v20.19.2\n").is_ok());
        assert!(young_enough("v22.0.0").is_ok());
        assert!(young_enough("v18.20.4\n").unwrap_err().to_string().contains("v18.20.4"));
    }

    #[test]
    fn what_is_not_there_is_newer_than_nothing() {
        let there = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");

        assert!(is_newer(&there, &there));
        assert!(!is_newer(Path::new("no-such-file"), &there));
    }
}
