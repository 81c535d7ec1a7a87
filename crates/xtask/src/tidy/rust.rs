//! Rules for Rust files.

use crate::tidy::Finding;
use crate::tidy::imports;
use crate::tidy::source::{Source, is_test_file};
use crate::tidy::tree::File;

const MOST_LINES: usize = 400;
const MOST_TEST_LINES: usize = 600;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 7] = ["common", "helper", "helpers", "manager", "misc", "util", "utils"];
/// The crates that are pure: they decide, and never wait.
const PURE: [&str; 3] = ["crates/domain/", "crates/jose/", "crates/protocol/"];

/// How a file or the environment is read.
const READS: [&str; 3] = ["env::var", "fs::read", "File::open"];
/// Where it may be: the configuration, the command line, developer tools and tests.
const READERS: [&str; 5] = [
    "crates/server/src/cli",
    "crates/server/src/config",
    "crates/server/src/main.rs",
    "crates/xtask/",
    "tests/",
];

pub(crate) fn check(file: &File) -> Vec<Finding> {
    if file.kind() != "rs" {
        return Vec::new();
    }
    let source = Source::of(file);
    let mut findings = Vec::new();
    findings.extend(size(file));
    findings.extend(name(file));
    findings.extend(first_sentence(file));
    findings.extend(ignored_tests(file, &source));
    findings.extend(sleeping_tests(file, &source));
    findings.extend(reads(file, &source));
    findings.extend(waiting(file, &source));
    findings.extend(default_answers(file, &source));
    findings.extend(imports::check(file, &source));
    findings
}

fn size(file: &File) -> Option<Finding> {
    let lines = file.text.lines().count();
    let most = if is_test_file(&file.path) { MOST_TEST_LINES } else { MOST_LINES };
    (lines > most).then(|| {
        let what = format!("{lines} lines, {most} at most");
        Finding::new(&file.path, most, what, "move one thing it does to a file of its own")
    })
}

fn name(file: &File) -> Option<Finding> {
    if file.name() == "mod.rs" {
        let advice = "name it after its module, beside the folder";
        return Some(Finding::new(&file.path, 1, "a `mod.rs`", advice));
    }
    let stem = file.name().trim_end_matches(".rs");
    EMPTY_NAMES.contains(&stem).then(|| {
        let what = format!("the name `{stem}` says nothing of what is inside");
        Finding::new(&file.path, 1, what, "name it after the thing or the verb")
    })
}

/// A module says in its first sentence what it is.
fn first_sentence(file: &File) -> Option<Finding> {
    // A `tests.rs` says it with its name.
    if file.name() == "tests.rs" {
        return None;
    }
    let first = file.lines().find(|(_, line)| !line.trim().is_empty() && !line.starts_with("#!["));
    let (number, line) = first.unwrap_or((1, ""));
    let paragraph: Vec<&str> = file
        .text
        .lines()
        .skip(number.saturating_sub(1))
        .map_while(|line| line.strip_prefix("//! "))
        .collect();
    let advice = "begin with `//!` and a sentence that says what the module is";
    if !line.starts_with("//! ") {
        return Some(Finding::new(&file.path, number, "no first sentence", advice));
    }
    let last = paragraph.last().unwrap_or(&"");
    // A list or a picture may follow the sentence; then the sentence ends with a colon.
    (!last.trim_end().ends_with(['.', ':', '?', '!', '`', ')', '|']))
        .then(|| Finding::new(&file.path, number, "the first sentence has no end", advice))
}

fn ignored_tests(file: &File, source: &Source) -> Vec<Finding> {
    let advice = "a test runs or is deleted";
    found(source, |line, _| line.contains("#[ignore"))
        .map(|number| Finding::new(&file.path, number, "`#[ignore]` hides a test", advice))
        .collect()
}

/// A test waits for what it waits for, or moves the clock.
fn sleeping_tests(file: &File, source: &Source) -> Vec<Finding> {
    if file.path.starts_with("tests/harness/") {
        return Vec::new();
    }
    let sleeps = |line: &str| {
        ["::sleep(", "::sleep_until(", " sleep("].iter().any(|call| line.contains(call))
    };
    let advice = "move the clock, or wait for the thing itself";
    found(source, |line, in_test| in_test && sleeps(line))
        .map(|number| Finding::new(&file.path, number, "a test that sleeps", advice))
        .collect()
}

fn reads(file: &File, source: &Source) -> Vec<Finding> {
    if READERS.iter().any(|reader| file.path.starts_with(reader)) {
        return Vec::new();
    }
    let advice = "only server::config and the command line do; take the value as a parameter";
    found(source, |line, in_test| !in_test && READS.iter().any(|read| line.contains(read)))
        .map(|number| {
            Finding::new(&file.path, number, "a file or the environment is read here", advice)
        })
        .collect()
}

fn waiting(file: &File, source: &Source) -> Vec<Finding> {
    if !PURE.iter().any(|pure| file.path.starts_with(pure)) {
        return Vec::new();
    }
    let waits = |line: &str| {
        line.contains("async fn ") || line.contains("async move") || line.contains(".await")
    };
    let advice = "this crate is pure; wait in engine, service or store";
    found(source, |line, in_test| !in_test && waits(line))
        .map(|number| Finding::new(&file.path, number, "`async` in a pure crate", advice))
        .collect()
}

/// Without `error_response` actix sends the error's `Display` to the client.
fn default_answers(file: &File, source: &Source) -> Vec<Finding> {
    found(source, |line, _| line.contains("impl") && line.contains("ResponseError for "))
        .filter(|number| !source.item(*number).contains("fn error_response"))
        .map(|number| {
            let what = "`ResponseError` without `error_response`";
            Finding::new(&file.path, number, what, "write it: the default sends `Display`")
        })
        .collect()
}

/// The numbers of the lines of code for which `is` holds, given the line and whether it is a test's.
fn found(source: &Source, is: impl Fn(&str, bool) -> bool) -> impl Iterator<Item = usize> {
    source.lines().filter(move |(_, line, in_test)| is(line, *in_test)).map(|(number, _, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        check(&file).iter().map(ToString::to_string).collect()
    }

    fn one(path: &str, text: &str) -> String {
        let mut found = findings(path, text);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    #[test]
    fn a_small_documented_file_breaks_no_rule() {
        assert!(findings("crates/api/src/a.rs", "//! What it is.\n\nfn a() {}\n").is_empty());
    }

    #[test]
    fn a_long_file_is_found_and_tests_may_be_longer() {
        let text = format!("//! What it is.\n{}", "\n".repeat(400));

        assert!(one("crates/api/src/a.rs", &text).contains("401 lines, 400 at most"));
        assert!(findings("crates/api/src/a/tests.rs", &text).is_empty());
        assert!(findings("tests/suite/a.rs", &text).is_empty());
    }

    #[test]
    fn a_mod_file_is_found() {
        assert!(one("crates/api/src/v1/mod.rs", "//! It is.\n").contains("a `mod.rs`"));
    }

    #[test]
    fn a_name_that_says_nothing_is_found() {
        assert!(one("crates/api/src/utils.rs", "//! It is.\n").contains("`utils` says nothing"));
    }

    #[test]
    fn a_module_begins_with_a_sentence() {
        assert!(one("a.rs", "fn a() {}\n").contains("a.rs:1: no first sentence"));
        assert!(one("a.rs", "//! Not ended\n").contains("has no end"));
        assert!(findings("a.rs", "//! It goes on\n//! to here.\n//!\n//! More\n").is_empty());
        assert!(findings("crates/a/src/b/tests.rs", "fn a() {}\n").is_empty());
        assert!(findings("a.rs", "#![expect(x, reason = \"y\")]\n//! It is.\n").is_empty());
    }

    #[test]
    fn an_ignored_test_is_found() {
        let text = "//! It is.\n#[test]\n#[ignore]\nfn a() {}\n";

        assert!(one("a.rs", text).contains("a.rs:3: `#[ignore]` hides a test"));
    }

    #[test]
    fn only_a_test_may_not_sleep() {
        let sleep = "    tokio::time::sleep(second).await;\n";
        let product = format!("//! It is.\nfn a() {{\n{sleep}}}\n");
        let test = format!("//! It is.\n#[cfg(test)]\nmod tests {{\n{sleep}}}\n");

        assert!(findings("crates/server/src/a.rs", &product).is_empty());
        assert!(one("crates/server/src/a.rs", &test).contains("a test that sleeps"));
        assert!(findings("tests/harness/a.rs", &product).is_empty());
    }

    #[test]
    fn the_environment_is_read_in_the_configuration_alone() {
        let text = "//! It is.\nfn a() { std::env::var(\"A\"); }\n";

        assert!(one("crates/store/src/a.rs", text).contains("a.rs:2: a file or the environment"));
        assert!(findings("crates/server/src/config/env.rs", text).is_empty());
        assert!(findings("crates/store/src/a/tests.rs", text).is_empty());
    }

    #[test]
    fn a_pure_crate_does_not_wait() {
        let text = "//! It is.\npub async fn a() {}\n";

        assert!(one("crates/domain/src/a.rs", text).contains("`async` in a pure crate"));
        assert!(findings("crates/store/src/a.rs", text).is_empty());
    }

    #[test]
    fn every_response_error_writes_its_answer() {
        let bare = "//! It is.\nimpl ResponseError for A {\n    fn status_code() {}\n}\n";
        let written = bare.replace("status_code", "error_response");

        assert!(one("a.rs", bare).contains("a.rs:2: `ResponseError` without"));
        assert!(findings("a.rs", &written).is_empty());
    }
}
