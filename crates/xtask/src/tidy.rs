//! `cargo xtask tidy`: the rules about the code base that neither rustc nor clippy can see.

mod arrows;
mod conformance;
mod document;
mod imports;
mod manifest;
mod rust;
mod source;
mod template;
mod text;
mod tree;

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::command::metadata;
use crate::tidy::arrows::Member;
use crate::tidy::tree::Tree;

/// One place that breaks one rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
    advice: &'static str,
}

impl Finding {
    /// `line` counts from one.
    fn new(path: &str, line: usize, what: impl Into<String>, advice: &'static str) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), advice }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, what, advice } = self;
        write!(f, "{path}:{line}: {what}; {advice}")
    }
}

/// Checks every rule, prints what breaks one, and fails when anything does.
pub(crate) fn run(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    let members = arrows::members(&metadata(root)?, root)
        .context("what `cargo metadata` says was not understood")?;
    let findings = check(&tree, &members);
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: {} files, nothing found", tree.files().len());
            Ok(())
        }
        count => bail!("tidy: {count} found"),
    }
}

fn check(tree: &Tree, members: &[Member]) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(arrows::check(tree, members));
    findings.extend(manifest::check(tree, members));
    findings.extend(document::check(tree, members));
    findings.extend(conformance::check(tree));
    for file in tree.files() {
        findings.extend(text::check(file));
        findings.extend(rust::check(file));
        findings.extend(template::check(file));
    }
    findings.sort();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_where_what_and_what_to_do() {
        let finding = Finding::new("a/b.rs", 7, "`#[ignore]` hides a test", "delete it or mend it");

        assert_eq!(finding.to_string(), "a/b.rs:7: `#[ignore]` hides a test; delete it or mend it");
    }
}
