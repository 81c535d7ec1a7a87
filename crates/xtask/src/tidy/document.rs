//! Rules for the documents: every crate is on the map, every decision has the four parts.

use crate::tidy::Finding;
use crate::tidy::arrows::Member;
use crate::tidy::tree::{File, Tree};

const MAP: &str = "ARCHITECTURE.md";
const DECISIONS: &str = "docs/adr/";
/// What a decision says, in this order.
const PARTS: [&str; 4] =
    ["## Context", "## Decision", "## Consequences", "## What would change our mind"];

pub(crate) fn check(tree: &Tree, members: &[Member]) -> Vec<Finding> {
    let mut findings = map(tree, members);
    let decisions = tree.files().iter().filter(|file| file.path.starts_with(DECISIONS));
    let numbered = decisions.filter(|file| file.name() != "template.md");
    for (expected, file) in (1_u32..).zip(numbered) {
        findings.extend(decision(file, expected));
    }
    findings
}

/// Each crate is on the map, and each crate of the map is there.
fn map(tree: &Tree, members: &[Member]) -> Vec<Finding> {
    let Some(map) = tree.file(MAP) else {
        return vec![Finding::new(MAP, 1, "there is no map of the crates", "write it")];
    };
    let mut findings: Vec<Finding> = members
        .iter()
        .filter(|member| !map.text.contains(&format!("`{}`", member.name)))
        .map(|member| {
            let what = format!("the crate `{}` is not on the map", member.name);
            Finding::new(MAP, 1, what, "say in its table what it is and what it may depend on")
        })
        .collect();
    for (number, line) in map.lines() {
        for name in line.split("crates/").skip(1).map(leading_name) {
            let is_there = members.iter().any(|member| member.folder() == format!("crates/{name}"));
            if !name.is_empty() && !is_there {
                let what = format!("there is no `crates/{name}`");
                findings.push(Finding::new(MAP, number, what, "correct the map"));
            }
        }
    }
    findings
}

fn leading_name(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '-');
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

fn decision(file: &File, expected: u32) -> Vec<Finding> {
    let mut findings = Vec::new();
    let number = file.name().split('-').next().and_then(|number| number.parse::<u32>().ok());
    if number != Some(expected) {
        let what = format!("expected the decision {expected:04} here");
        let advice = "number decisions without a gap or a double";
        findings.push(Finding::new(&file.path, 1, what, advice));
    }
    let mut parts = PARTS.iter().peekable();
    for (_, line) in file.lines() {
        if parts.peek().is_some_and(|part| line == **part) {
            parts.next();
        }
    }
    if let Some(part) = parts.next() {
        let what = format!("no `{part}`, or not in its place");
        findings.push(Finding::new(&file.path, 1, what, "follow docs/adr/template.md"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let member = Member {
            name: "store".to_owned(),
            manifest: "crates/store/Cargo.toml".to_owned(),
            dependencies: Vec::new(),
        };
        check(&Tree::of(files), &[member]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_map_names_every_crate_and_no_other() {
        assert!(findings(&[])[0].contains("there is no map"));
        assert!(findings(&[(MAP, "")])[0].contains("`store` is not on the map"));
        assert!(findings(&[(MAP, "`store` in crates/store/src\n")]).is_empty());
        let found = findings(&[(MAP, "`store`\ncrates/shop/src\n")]);
        assert!(found[0].starts_with("ARCHITECTURE.md:2: there is no `crates/shop`"), "{found:?}");
    }

    #[test]
    fn a_decision_has_its_number_and_its_four_parts() {
        let map = (MAP, "`store`");
        let whole = PARTS.join("\n\ntext\n\n");
        let cut = whole.replace("## Consequences", "## Consequence");

        assert!(findings(&[map, ("docs/adr/0001-a.md", &whole)]).is_empty());
        assert!(findings(&[map, ("docs/adr/0002-a.md", &whole)])[0].contains("decision 0001"));
        assert!(findings(&[map, ("docs/adr/0001-a.md", &cut)])[0].contains("no `## Consequences`"));
    }
}
