//! `countersign config check|print`.

use std::io::Write;

use super::{CliError, ConfigArgs, ConfigCommand};
use crate::config::{Env, MasterKeyError, Settings, load_master_keys, tls_server_config};

/// Runs the command; the answer goes to `out`, warnings to `log`.
///
/// # Errors
///
/// When the configuration cannot be used.
pub fn run(
    args: &ConfigArgs,
    env: &dyn Env,
    out: &mut dyn Write,
    log: &mut dyn Write,
) -> Result<(), CliError> {
    let loaded = args.settings.load(env, log)?;
    match args.command {
        ConfigCommand::Check => {
            check_files(&loaded.settings)?;
            writeln!(out, "the configuration is valid")?;
        }
        ConfigCommand::Print => write!(out, "{}", loaded.effective)?,
    }
    Ok(())
}

/// Checks what the files that the settings name hold.
fn check_files(settings: &Settings) -> Result<(), CliError> {
    if let Some(tls) = &settings.server.tls {
        tls_server_config(tls)?;
    }
    match load_master_keys(settings) {
        // The first start makes it.
        Err(MasterKeyError::Missing(_)) if settings.makes_its_own_master_key() => Ok(()),
        checked => checked.map(drop).map_err(CliError::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::SettingsArgs, config::FixedEnv};

    fn run_in(env: &FixedEnv, command: ConfigCommand) -> (Result<(), CliError>, String, String) {
        let args = ConfigArgs { settings: SettingsArgs::default(), command };
        let (mut out, mut log) = (Vec::new(), Vec::new());
        let result = run(&args, env, &mut out, &mut log);
        (result, String::from_utf8(out).unwrap(), String::from_utf8(log).unwrap())
    }

    #[test]
    fn an_empty_folder_is_a_valid_configuration() {
        let folder = tempfile::tempdir().unwrap();

        let (result, out, log) = run_in(&FixedEnv::new(folder.path()), ConfigCommand::Check);

        assert_eq!(result, Ok(()));
        assert_eq!(out, "the configuration is valid\n");
        assert_eq!(log, "");
    }

    #[test]
    fn another_database_without_a_master_key_names_init() {
        let folder = tempfile::tempdir().unwrap();
        let env = FixedEnv::new(folder.path())
            .with("COUNTERSIGN_DATABASE__URL", "postgres://cs:hunter2@127.0.0.1/cs");

        let (result, out, _log) = run_in(&env, ConfigCommand::Check);

        let error = result.unwrap_err();
        assert_eq!(error.code.number(), 2);
        assert!(error.message.contains("countersign init"), "{error}");
        assert_eq!(out, "");
    }

    #[test]
    fn a_broken_certificate_is_found_before_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let env = FixedEnv::new(folder.path())
            .with("COUNTERSIGN_SERVER__PUBLIC_URL", "https://id.example.com")
            .with("COUNTERSIGN_SERVER__TLS__CERT_FILE", "tls.crt")
            .with("COUNTERSIGN_SERVER__TLS__KEY_FILE", "tls.key");

        let (result, _out, _log) = run_in(&env, ConfigCommand::Check);

        let error = result.unwrap_err();
        assert!(error.message.starts_with("server.tls.cert_file cannot be read"), "{error}");
    }

    #[test]
    fn print_names_sources_and_hides_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let env = FixedEnv::new(folder.path())
            .with("COUNTERSIGN_DATABASE__URL", "postgres://cs:hunter2@127.0.0.1/cs");

        let (result, out, _log) = run_in(&env, ConfigCommand::Print);

        assert_eq!(result, Ok(()));
        let url = "database.url = \"postgres://***@127.0.0.1/cs\"  \
                   # environment COUNTERSIGN_DATABASE__URL\n";
        assert!(out.contains(url), "{out}");
        assert!(out.contains("server.listen = \"127.0.0.1:8080\"  # default\n"), "{out}");
        assert!(!out.contains("hunter2"), "{out}");
    }
}
