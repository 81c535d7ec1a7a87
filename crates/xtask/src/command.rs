//! Running other programs, and saying which.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// A cargo command in the workspace.
///
/// The variables that `cargo run` set for this program are taken away again: build scripts that watch them would run anew.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = program("cargo", root, arguments);
    for variable in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "LD_LIBRARY_PATH"] {
        command.env_remove(variable);
    }
    command
}

/// What `cargo metadata` says of the workspace without its dependencies.
pub(crate) fn metadata(root: &Path) -> Result<Value> {
    let said = output(&mut cargo(root, &["metadata", "--no-deps", "--format-version", "1"]))?;
    serde_json::from_str(&said).context("`cargo metadata` did not print JSON")
}

/// Where cargo puts what it builds: an environment or a configuration may have moved it.
pub(crate) fn target(root: &Path) -> Result<PathBuf> {
    let metadata = metadata(root)?;
    let folder = metadata.get("target_directory").and_then(Value::as_str);
    folder.map(PathBuf::from).context("`cargo metadata` names no target directory")
}

/// A command that runs in `folder`.
pub(crate) fn program(name: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// Prints the command, runs it with our own output, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = written(command);
    println!("$ {line}");
    let status = command.status().with_context(|| format!("`{line}` could not be started"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// What the command wrote to its standard output; fails, with its standard error, when it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = written(command);
    let output = command.output().with_context(|| format!("`{line}` could not be started"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{line}` failed ({})\n{}", output.status, said.trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` did not write UTF-8"))
}

/// Whether the command can be started and ends well; its output is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether the shell would find a program of this name.
pub(crate) fn is_installed(name: &str) -> bool {
    succeeds(Command::new("sh").args(["-c", "command -v \"$0\"", name]))
}

fn written(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_named_with_what_it_said() {
        let error = output(Command::new("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err();

        let told = error.to_string();

        assert!(told.contains("exit 3"), "{told}");
        assert!(told.ends_with("broken"), "{told}");
    }

    #[test]
    fn a_program_that_is_not_there_is_not_installed() {
        assert!(is_installed("sh"));
        assert!(!is_installed("no-such-program-anywhere"));
    }
}
