//! Imports stand in groups: the standard library, other crates, our own; rustfmt's own grouping is not stable yet.

use crate::tidy::Finding;
use crate::tidy::source::Source;
use crate::tidy::tree::File;

const ADVICE: &str =
    "std first, then other crates, then crate, super and self, a blank line between";

/// Where an import comes from, in the order in which imports stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Standard,
    Other,
    Own,
}

/// Checks the imports at the top level of the file.
pub(crate) fn check(file: &File, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    // The import before, with nothing but blank lines and attributes between.
    let mut before: Option<Origin> = None;
    let mut is_apart = false;
    let mut is_open = false;
    for (number, line, _) in source.lines() {
        if is_open {
            is_open = !line.ends_with(';');
        } else if line.trim().is_empty() {
            is_apart = true;
        } else if let Some(path) = line.strip_prefix("use ") {
            let origin = origin(path, source);
            if let Some(what) = before.and_then(|before| fault(before, origin, is_apart)) {
                findings.push(Finding::new(&file.path, number, what, ADVICE));
            }
            before = Some(origin);
            is_apart = false;
            is_open = !line.trim_end().ends_with(';');
        } else if !line.starts_with("#[") {
            before = None;
        }
    }
    findings
}

fn fault(before: Origin, origin: Origin, is_apart: bool) -> Option<&'static str> {
    if origin < before {
        Some("an import in the wrong group")
    } else if origin != before && !is_apart {
        Some("two groups of imports without a blank line between")
    } else if origin == before && is_apart {
        Some("a group of imports in two parts")
    } else {
        None
    }
}

fn origin(path: &str, source: &Source) -> Origin {
    let root = path.trim_start_matches("::");
    let root = root.split(|l: char| !l.is_alphanumeric() && l != '_').next().unwrap_or_default();
    let declared = [format!("mod {root};"), format!("mod {root} {{")];
    let is_module = || {
        source.code.iter().any(|line| declared.iter().any(|module| line.ends_with(module.as_str())))
    };
    match root {
        "std" | "core" | "alloc" => Origin::Standard,
        "crate" | "self" | "super" => Origin::Own,
        _ if is_module() => Origin::Own,
        _ => Origin::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let file = File { path: "a.rs".to_owned(), text: text.to_owned() };
        check(&file, &Source::of(&file)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn groups_in_their_order_break_no_rule() {
        let text = "mod b;\n\nuse std::{\n    fmt,\n    io,\n};\n\nuse domain::Id;\nuse serde::Serialize;\n\n\
            use crate::A;\nuse b::B;\n\nfn f() {}\n";

        assert_eq!(findings(text), Vec::<String>::new());
    }

    #[test]
    fn an_import_in_the_wrong_group_is_found() {
        assert!(findings("use crate::A;\n\nuse std::fmt;\n")[0].starts_with("a.rs:3: an import"));
    }

    #[test]
    fn groups_are_apart_and_whole() {
        assert!(findings("use std::fmt;\nuse serde::A;\n")[0].contains("without a blank line"));
        assert!(findings("use serde::A;\n\nuse time::B;\n")[0].contains("in two parts"));
    }

    #[test]
    fn what_follows_an_item_begins_anew() {
        assert!(findings("use crate::A;\n\nconst B: u8 = 1;\n\nuse std::fmt;\n").is_empty());
    }
}
