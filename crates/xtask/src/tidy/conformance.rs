//! Rules for the claims about specifications: each names tests, and each test named is there.

use crate::tidy::Finding;
use crate::tidy::tree::{File, Tree};

const CLAIMS: &str = "docs/conformance.md";
const SUITE: &str = "tests/suite";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(claims) = tree.file(CLAIMS) else { return Vec::new() };
    rows(claims).flat_map(|(number, row)| faults(tree, number, row)).collect()
}

/// The rows of the tables, without heads and rules.
fn rows(claims: &File) -> impl Iterator<Item = (usize, &str)> {
    let lines = claims.lines().filter(|(_, line)| line.starts_with("| "));
    lines.filter(|(_, line)| !line.starts_with("| clause |"))
}

fn faults(tree: &Tree, number: usize, row: &str) -> Vec<Finding> {
    let tests = names(row);
    if tests.is_empty() {
        let what = "a claim without a test";
        return vec![Finding::new(CLAIMS, number, what, "name the tests that show it")];
    }
    let missing = tests.into_iter().filter(|test| !is_there(tree, test));
    missing
        .map(|test| {
            let what = format!("there is no test `{test}`");
            Finding::new(CLAIMS, number, what, "name one of tests/suite, as module::test")
        })
        .collect()
}

/// What stands between backticks in the last cell.
fn names(row: &str) -> Vec<&str> {
    let row = row.trim_end();
    let cell = row.strip_suffix('|').unwrap_or(row).rsplit('|').next().unwrap_or_default();
    cell.split('`').skip(1).step_by(2).collect()
}

/// Whether the file of the module has a function of that name.
fn is_there(tree: &Tree, test: &str) -> bool {
    let Some((module, name)) = test.rsplit_once("::") else { return false };
    let path = format!("{SUITE}/{}.rs", module.replace("::", "/"));
    tree.file(&path).is_some_and(|file| file.text.contains(&format!("fn {name}(")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(row: &str) -> Vec<String> {
        let claims = format!("| clause | what | tests |\n|---|---|---|\n{row}\n");
        let suite = ("tests/suite/rfc1/a.rs", "async fn it_holds(server: TestServer) {");
        let tree = Tree::of(&[(CLAIMS, claims.as_str()), suite]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_claim_names_tests_that_are_there() {
        assert!(findings("| 3.1 | it holds | `rfc1::a::it_holds` |").is_empty());
        assert!(findings("").is_empty());
        assert!(findings("| 3.1 | it `holds` | |")[0].contains("a claim without a test"));
        for bad in ["rfc1::a::it", "rfc1::b::it_holds", "it_holds"] {
            let found = findings(&format!("| 3.1 | it holds | `rfc1::a::it_holds`, `{bad}` |"));
            assert!(found[0].contains(&format!("no test `{bad}`")), "{found:?}");
            assert_eq!(found.len(), 1);
        }
    }
}
