//! Rules for every text file: clean line ends, no paths of one machine, no loose ends.

use crate::tidy::Finding;
use crate::tidy::source::Source;
use crate::tidy::tree::File;

/// Words that promise to come back.
const PROMISES: [&str; 4] = ["TODO", "FIXME", "XXX", "HACK"];
/// Top folders that mean a developer's own machine.
const MACHINE: [&str; 4] = ["home", "root", "Users", "work"];

pub(crate) fn check(file: &File) -> Vec<Finding> {
    let mut findings = line_ends(file);
    findings.extend(promises(file));
    findings.extend(machine_paths(file));
    findings
}

fn line_ends(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |line, what: &str| {
        findings.push(Finding::new(&file.path, line, what, "as .editorconfig asks"));
    };
    for (number, line) in file.lines() {
        if line.ends_with([' ', '\t']) {
            say(number, "blanks at the end of the line");
        }
    }
    if let Some(position) = file.text.split('\n').position(|line| line.ends_with('\r')) {
        say(position.saturating_add(1), "the line ends in CR LF");
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        say(file.text.lines().count(), "no newline at the end of the file");
    }
    findings
}

/// A promise names the issue that will keep it.
fn promises(file: &File) -> Vec<Finding> {
    let told: Vec<String> = if file.kind() == "rs" {
        Source::of(file).comments
    } else {
        // In a document the words are its subject, unless they open a sentence as a marker does.
        file.text.lines().map(str::to_owned).collect()
    };
    let is_document = file.kind() == "md";
    (1..)
        .zip(told)
        .filter_map(|(number, line)| {
            let word = PROMISES.into_iter().find(|word| has_word(&line, word))?;
            let is_subject = is_document && line.contains(&format!("`{word}`"));
            (!is_subject && !names_issue(&line)).then(|| {
                let what = format!("`{word}` without an issue");
                Finding::new(&file.path, number, what, "name the issue, as in #12, or do it")
            })
        })
        .collect()
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|part| part == word)
}

fn names_issue(line: &str) -> bool {
    line.split('#').skip(1).any(|after| after.starts_with(|letter: char| letter.is_ascii_digit()))
}

fn machine_paths(file: &File) -> Vec<Finding> {
    let found = |line: &str| {
        MACHINE.into_iter().find(|folder| {
            let path = format!("/{folder}/");
            line.match_indices(&path).any(|(at, _)| {
                let before = line.get(..at).and_then(|start| start.chars().next_back());
                // Inside a longer path or an address it is no folder at the top.
                before.is_none_or(|letter| !letter.is_alphanumeric() && !"/._-}{*".contains(letter))
            })
        })
    };
    file.lines()
        .filter_map(|(number, line)| {
            let what = format!("a path under /{} belongs to one machine", found(line)?);
            Some(Finding::new(&file.path, number, what, "say it relative to the repository"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        check(&file).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_clean_file_breaks_no_rule() {
        assert!(found("a.rs", "//! It is.\n\nfn a() {}\n").is_empty());
        assert!(found("a.txt", "").is_empty());
    }

    #[test]
    fn blanks_carriage_returns_and_a_missing_newline_are_found() {
        assert!(found("a.md", "a \nb\n")[0].starts_with("a.md:1: blanks at the end"));
        assert!(found("a.md", "a\nb\r\n")[0].starts_with("a.md:2: the line ends in CR LF"));
        assert!(found("a.md", "a\nb")[0].starts_with("a.md:2: no newline"));
    }

    #[test]
    fn a_promise_needs_an_issue() {
        let bare = format!("// {}: later\n", "TODO");

        assert!(found("a.rs", &bare)[0].starts_with("a.rs:1: `TODO` without an issue"));
        assert!(found("a.css", &bare)[0].contains("without an issue"));
        assert!(found("a.rs", &bare.replace(':', "(#12):")).is_empty());
        assert!(found("a.rs", "fn a() { let _ = \"TODO\"; }\n").is_empty());
        assert!(found("a.md", "A `TODO` names its issue.\n").is_empty());
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_an_address_is_not() {
        let own = ["see ", "/home", "/me/project\n"].concat();

        assert!(found("a.md", &own)[0].starts_with("a.md:1: a path under /home"));
        assert!(found("a.md", "https://example.com/home/page\n").is_empty());
        assert!(found("a.md", "target/work/file\n").is_empty());
    }
}
