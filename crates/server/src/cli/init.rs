//! `countersign init`: the master key and an annotated `countersign.toml`.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

use domain::Entropy;

use super::CliError;
use crate::config::{
    DEFAULT_FILE, Env, MasterKeyError, Overrides, Settings, annotated_file, make_master_keys,
};

/// Makes whichever of the two is not there yet, and touches nothing that is.
///
/// A configuration that is there already says where the master key belongs, so
/// that someone who wrote it first can still make the key.
///
/// # Errors
///
/// When both are there, the present configuration cannot be used, or a file
/// cannot be written.
pub fn run(env: &dyn Env, entropy: &dyn Entropy, out: &mut dyn Write) -> Result<(), CliError> {
    let settings = Settings::load(None, &Overrides::none(), env)?.settings;
    let key_file = &settings.keys.master_key_file;
    let config_file = env.folder().join(DEFAULT_FILE);
    if settings.keys.master_key.is_some() {
        return Err(CliError::conflict(
            "keys.master_key is set already, so init has no key to make; unset it first",
        ));
    }

    let key = match make_master_keys(key_file, entropy) {
        Ok(()) => Made::New,
        Err(MasterKeyError::Exists(_)) => Made::Kept,
        Err(error) => return Err(error.into()),
    };
    let config = write_config(&config_file)?;
    if key == Made::Kept && config == Made::Kept {
        return Err(CliError::conflict(format!(
            "{} and {} are there already and nothing was changed; move them away to start over",
            key_file.display(),
            config_file.display()
        )));
    }
    report(out, key, key_file, ", which only you can read; keep a copy apart from the database")?;
    report(out, config, &config_file, ", which explains every key and sets none")?;
    Ok(())
}

/// Whether a file is new or was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    New,
    Kept,
}

fn report(out: &mut dyn Write, made: Made, path: &Path, about: &str) -> io::Result<()> {
    let path = path.display();
    match made {
        Made::New => writeln!(out, "made {path}{about}"),
        Made::Kept => writeln!(out, "kept {path} as it was"),
    }
}

fn write_config(path: &Path) -> Result<Made, CliError> {
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    match created.and_then(|mut file| file.write_all(annotated_file().as_bytes())) {
        Ok(()) => Ok(Made::New),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Made::Kept),
        Err(error) => Err(CliError::failure(format!(
            "{} cannot be written ({error}); check the folder",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;
    use crate::{
        config::{FixedEnv, load_master_keys},
        real::SystemEntropy,
    };

    fn init(env: &FixedEnv) -> Result<String, CliError> {
        let mut out = Vec::new();
        run(env, &SystemEntropy::default(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn what_it_makes_can_be_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let env = FixedEnv::new(folder.path());

        let said = init(&env).unwrap();

        assert!(said.contains("master.key") && said.contains("countersign.toml"), "{said}");
        let loaded = Settings::load(None, &Overrides::none(), &env).unwrap();
        assert_eq!(loaded.warnings, Vec::<String>::new());
        assert_eq!(load_master_keys(&loaded.settings).unwrap().ids().count(), 1);
        let mode = |path| fs::metadata(folder.path().join(path)).unwrap().permissions().mode();
        assert_eq!(mode("data/master.key") & 0o777, 0o600);
        assert_eq!(mode("data") & 0o777, 0o700);
        assert_eq!(fs::read_dir(folder.path().join("data")).unwrap().count(), 1);
    }

    #[test]
    fn a_second_time_is_a_conflict_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let env = FixedEnv::new(folder.path());
        init(&env).unwrap();
        let key = fs::read(folder.path().join("data/master.key")).unwrap();
        fs::write(folder.path().join("countersign.toml"), "[server]\n").unwrap();

        let error = init(&env).unwrap_err();

        assert_eq!(error.code.number(), 3);
        assert_eq!(fs::read(folder.path().join("data/master.key")).unwrap(), key);
        let config = fs::read_to_string(folder.path().join("countersign.toml")).unwrap();
        assert_eq!(config, "[server]\n");
    }

    #[test]
    fn a_configuration_that_is_there_says_where_the_key_goes() {
        let folder = tempfile::tempdir().unwrap();
        let text = "keys.master_key_file = \"secret/key\"\n";
        fs::write(folder.path().join("countersign.toml"), text).unwrap();

        let said = init(&FixedEnv::new(folder.path())).unwrap();

        assert!(said.contains("kept") && said.contains("made"), "{said}");
        assert!(folder.path().join("secret/key").exists());
        assert!(!folder.path().join("data").exists());
        let config = fs::read_to_string(folder.path().join("countersign.toml")).unwrap();
        assert_eq!(config, text);
    }

    #[test]
    fn a_configuration_that_cannot_be_used_is_wrong_input() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("countersign.toml"), "listen = 1\n").unwrap();

        let error = init(&FixedEnv::new(folder.path())).unwrap_err();

        assert_eq!(error.code.number(), 2);
        assert!(!folder.path().join("data").exists());
    }
}
