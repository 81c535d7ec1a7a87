//! The configuration file that `init` writes.

use super::{
    Fallback, KEYS, Key, Kind, Support,
    value::{Value, quoted},
};

const HEAD: &str = "\
# The configuration of Countersign. Every key is optional: remove the # before one to set
# it. Environment variables win over this file; COUNTERSIGN_SERVER__LISTEN sets listen in
# [server]. Unknown keys are errors. docs/configuration.md says more.
";

/// A configuration file that explains every key and sets none.
#[must_use]
pub fn annotated_file() -> String {
    let mut blocks = vec![HEAD.to_owned()];
    let mut current = "";
    for key in KEYS.iter().filter(|key| key.support == Support::Now) {
        let (section, name) = key.section_and_name();
        if section != current {
            blocks.push(format!("\n[{section}]\n"));
            current = section;
        }
        blocks.push(comment(key));
        blocks.push(format!("# {name} = {}\n", shown_value(key)));
    }
    blocks.concat()
}

/// The default as the file has it, or the example when there is none.
fn shown_value(key: &Key) -> String {
    match key.default_text() {
        // A secret's default is no secret and would be masked as a value.
        Some(text) if key.kind == Kind::Secret => quoted(text),
        Some(text) => {
            Value::from_text(key.kind, text).map(|value| value.shown()).unwrap_or_default()
        }
        None => key.example.to_owned(),
    }
}

fn comment(key: &Key) -> String {
    let meaning = key.meaning;
    match key.fallback {
        Fallback::Unset(then) => wrapped(&format!("{meaning} Not set: {then}.")),
        Fallback::Value(_) if key.kind == Kind::List => {
            wrapped(&format!("{meaning} Example: {}.", key.example))
        }
        Fallback::Value(_) => wrapped(meaning),
    }
}

/// `text` as comment lines of at most 100 characters.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > 100 {
            lines.push_str(&line);
            lines.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push_str(&line);
    lines.push('\n');
    lines
}
