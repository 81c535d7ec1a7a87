//! Rules for the members' `Cargo.toml`: lints and versions come from the workspace.

use crate::tidy::Finding;
use crate::tidy::arrows::Member;
use crate::tidy::tree::{File, Tree};

pub(crate) fn check(tree: &Tree, members: &[Member]) -> Vec<Finding> {
    members
        .iter()
        .filter_map(|member| tree.file(&member.manifest))
        .flat_map(|manifest| {
            let mut findings = versions(manifest);
            findings.extend(lints(manifest));
            findings
        })
        .collect()
}

fn lints(manifest: &File) -> Option<Finding> {
    let has = sections(manifest).any(|(section, _, line)| {
        section == "[lints]" && line.replace(' ', "") == "workspace=true"
    });
    (!has).then(|| {
        let advice = "add `[lints]` with `workspace = true`";
        Finding::new(&manifest.path, 1, "without the lints of the workspace", advice)
    })
}

fn versions(manifest: &File) -> Vec<Finding> {
    sections(manifest)
        .filter(|(section, _, line)| {
            section.ends_with("dependencies]") && line.contains('=') && !from_workspace(line)
        })
        .map(|(_, number, line)| {
            let name = line.split(['=', ' ']).next().unwrap_or_default();
            let what = format!("`{name}` has its own version");
            let advice = "write it once, in [workspace.dependencies]";
            Finding::new(&manifest.path, number, what, advice)
        })
        .collect()
}

fn from_workspace(line: &str) -> bool {
    let line = line.replace(' ', "");
    line.contains(".workspace=true") || line.contains("{workspace=true")
}

/// Each line that is no header, with the header it stands under and its number.
fn sections(manifest: &File) -> impl Iterator<Item = (&str, usize, &str)> {
    manifest
        .lines()
        .scan("", |section, (number, line)| {
            let line = line.trim();
            if line.starts_with('[') {
                *section = line;
            }
            Some((*section, number, line))
        })
        .filter(|(section, _, line)| section != line && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let manifest = "crates/a/Cargo.toml".to_owned();
        let tree = Tree::of(&[(&manifest, text)]);
        let member = Member { name: "a".to_owned(), manifest, dependencies: Vec::new() };
        check(&tree, &[member]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lints_and_versions_of_the_workspace_break_no_rule() {
        let text = "[lints]\nworkspace = true\n\n[dependencies]\nserde.workspace = true\n\
            time = { workspace = true, features = [\"macros\"] }\n";

        assert!(findings(text).is_empty());
    }

    #[test]
    fn a_member_without_lints_is_found() {
        assert!(findings("[package]\nworkspace = true\n")[0].contains("without the lints"));
    }

    #[test]
    fn a_version_of_its_own_is_found() {
        let text = "[lints]\nworkspace = true\n[dev-dependencies]\nserde = \"1\"\n";

        assert!(
            findings(text)[0].starts_with("crates/a/Cargo.toml:4: `serde` has its own version")
        );
    }
}
