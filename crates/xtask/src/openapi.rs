//! `cargo xtask openapi`: the committed document is the one that the server prints.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::command::{cargo, output, program, run, target};

const DOCUMENT: &str = "openapi/openapi.json";

/// Builds the server and writes its document.
pub(crate) fn write(root: &Path) -> Result<()> {
    build(root)?;
    let path = root.join(DOCUMENT);
    fs::write(&path, printed(root)?)
        .with_context(|| format!("{} could not be written", path.display()))?;
    println!("wrote {DOCUMENT}");
    Ok(())
}

/// Builds the server and compares its document with the committed one.
pub(crate) fn check(root: &Path) -> Result<()> {
    build(root)?;
    check_built(root)
}

/// Compares the document of the server that is built already with the committed one.
pub(crate) fn check_built(root: &Path) -> Result<()> {
    let committed = fs::read_to_string(root.join(DOCUMENT))
        .with_context(|| format!("{DOCUMENT} could not be read; run `cargo xtask openapi`"))?;
    match first_difference(&committed, &printed(root)?) {
        None => {
            println!("{DOCUMENT} is current");
            Ok(())
        }
        Some(line) => {
            bail!("{DOCUMENT}:{line}: not what the server prints; run `cargo xtask openapi`")
        }
    }
}

/// The server that `cargo build --workspace` made.
fn server(root: &Path) -> Result<PathBuf> {
    Ok(target(root)?.join("debug/countersign"))
}

/// The targets are those of the test run, so that one set of features serves both.
fn build(root: &Path) -> Result<()> {
    run(&mut cargo(root, &["build", "--workspace", "--all-targets"]))
}

fn printed(root: &Path) -> Result<String> {
    let server = server(root)?;
    let mut document = output(&mut program(&server.to_string_lossy(), root, &["openapi"]))?;
    if serde_json::from_str::<serde_json::Value>(&document).is_err() {
        bail!("`countersign openapi` did not print JSON");
    }
    if !document.ends_with('\n') {
        document.push('\n');
    }
    Ok(document)
}

/// The first line, counted from one, in which the two texts differ.
fn first_difference(committed: &str, printed: &str) -> Option<usize> {
    if committed == printed {
        return None;
    }
    let same = committed.lines().zip(printed.lines()).take_while(|(old, new)| old == new).count();
    Some(same.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_documents_do_not_differ() {
        assert_eq!(first_difference("{}\n", "{}\n"), None);
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(first_difference("a\nb\nc\n", "a\nB\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("a\nb", "a\nb\n"), Some(3));
    }
}
