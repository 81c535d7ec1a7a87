//! Every code that a call can be answered with has its page.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::*;

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
}

/// The texts between quotes on a line that are written like codes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let is_code = |it: &&str| {
        it.len() > 3 && it.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    text.split('"').skip(1).step_by(2).filter(is_code)
}

/// The codes in the calls that make errors.
fn codes(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]").next().unwrap();
    let mut codes = BTreeSet::new();
    for (call, place) in [
        ("FieldError::of(", 1),
        ("FieldError::at(", 2),
        ("Problem::field(", 1),
        ("ApiProblem::parameter(", 1),
        ("ApiProblem::header(", 1),
    ] {
        for rest in source.split(call).skip(1) {
            let argument = rest.split(',').nth(place).unwrap_or_default();
            codes.extend(quoted(argument).map(ToOwned::to_owned));
        }
    }
    for rest in source.split("code: \"").skip(1) {
        codes.extend(rest.split('"').next().map(ToOwned::to_owned));
    }
    // Rules that are handed on as a pair of code and words.
    for rest in source.split("(\"").skip(1) {
        let mut halves = rest.splitn(2, '"');
        let code = halves
            .next()
            .filter(|it| it.contains('-') && quoted(&format!("\"{it}\"")).count() == 1);
        let words = [", \"", ", detail"];
        let is_pair =
            halves.next().is_some_and(|it| words.iter().any(|start| it.starts_with(start)));
        codes.extend(code.filter(|_| is_pair).map(ToOwned::to_owned));
    }
    codes
}

#[test]
fn every_code_has_a_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["domain/src", "service/src", "api/src/input", "api/src/v1"] {
        sources(&root.join(folder), &mut files);
    }
    let mut seen = BTreeSet::new();
    for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
        for code in codes(&fs::read_to_string(file).unwrap()) {
            assert!(find(&code).is_some(), "{code}, in {}, has no page", file.display());
            seen.insert(code);
        }
    }
    for code in ["unknown-scope", "in-past", "taken", "client-exists", "duplicate-field"] {
        assert!(seen.contains(code), "the search no longer finds {code}");
    }
}

#[test]
fn every_kind_has_a_page() {
    for kind in Kind::ALL {
        assert!(find(kind.slug()).is_some_and(|it| it.title == kind.title()), "{kind:?}");
    }
}

#[test]
fn pages_are_whole_and_told_once() {
    let mut seen = BTreeSet::new();
    for Entry { slug, title, cause, fix, example } in all() {
        assert!(seen.insert(slug), "{slug} is there twice");
        assert!(slug.bytes().all(|it| it.is_ascii_lowercase() || it == b'-'), "{slug}");
        assert!(!title.is_empty() && !title.ends_with('.'), "{slug}");
        assert!(cause.ends_with('.') && fix.ends_with('.'), "{slug}");
        assert!(!example.is_empty(), "{slug}");
    }
}

#[test]
fn the_search_reads_calls() {
    let source = r#"FieldError::at(field, 1, "a-code", detail); code: "b-code"; Err(("c-code", "words"));
        #[cfg(test)] Problem::field("x", "d-code", y)"#;

    assert_eq!(codes(source).into_iter().collect::<Vec<_>>(), ["a-code", "b-code", "c-code"]);
}
