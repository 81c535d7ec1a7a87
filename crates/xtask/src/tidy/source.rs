//! A Rust file taken apart: code without comments and literals, comments alone, and which lines are tests.

use crate::tidy::tree::File;

/// The lines of a file in parallel lists, each as long as the file has lines.
pub(crate) struct Source {
    /// The code, with blanks where comments and the insides of literals stood.
    pub(crate) code: Vec<String>,
    /// The comments, with blanks where code stood.
    pub(crate) comments: Vec<String>,
    /// Whether the line is compiled for tests alone.
    pub(crate) in_test: Vec<bool>,
}

impl Source {
    pub(crate) fn of(file: &File) -> Self {
        let (code, comments) = split(&file.text);
        let code: Vec<String> = code.lines().map(str::to_owned).collect();
        let comments = comments.lines().map(str::to_owned).collect();
        let in_test =
            if is_test_file(&file.path) { vec![true; code.len()] } else { test_lines(&code) };
        Self { code, comments, in_test }
    }

    /// The lines of code with their numbers, counted from one, and whether they are a test's.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str, bool)> {
        let lines = self.code.iter().zip(&self.in_test);
        (1..).zip(lines).map(|(number, (line, in_test))| (number, line.as_str(), *in_test))
    }

    /// The text of the item that starts on this line, counted from one, to its closing brace.
    pub(crate) fn item(&self, line: usize) -> String {
        let start = line.saturating_sub(1);
        let length = item_length(self.code.iter().skip(start).map(String::as_str));
        let lines: Vec<&str> =
            self.code.iter().skip(start).take(length).map(String::as_str).collect();
        lines.join("\n")
    }
}

/// Whether all of the file is compiled for tests alone.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/")
        || ["/tests/", "/testing/"].iter().any(|folder| path.contains(folder))
        || ["/tests.rs", "/testing.rs"].iter().any(|name| path.ends_with(name))
}

/// Marks each item under `#[cfg(test)]`.
fn test_lines(code: &[String]) -> Vec<bool> {
    let mut marks = Vec::with_capacity(code.len());
    while marks.len() < code.len() {
        let here = marks.len();
        let is_test =
            code.get(here).is_some_and(|line| line.trim_start().starts_with("#[cfg(test)]"));
        let length =
            if is_test { item_length(code.iter().skip(here).map(String::as_str)) } else { 1 };
        marks.extend(std::iter::repeat_n(is_test, length.max(1)));
    }
    marks.truncate(code.len());
    marks
}

/// How many lines the first item takes: to its closing brace, or to its semicolon when it has no body.
fn item_length<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    let mut depth = 0_usize;
    let mut length = 0;
    for line in lines {
        length += 1;
        for letter in line.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth <= 1 => return length,
                '}' => depth -= 1,
                ';' if depth == 0 => return length,
                _ => {}
            }
        }
    }
    length
}

/// What the scanner is inside of.
enum Inside {
    Code,
    LineComment,
    BlockComment { depth: usize },
    Text,
    RawText { hashes: usize },
    Letter,
}

/// The code and the comments of a text, each with blanks for the other, line for line.
fn split(text: &str) -> (String, String) {
    let mut scanner = Scanner {
        rest: text,
        before: ' ',
        inside: Inside::Code,
        code: String::with_capacity(text.len()),
        comments: String::with_capacity(text.len()),
    };
    while !scanner.rest.is_empty() {
        scanner.step();
    }
    (scanner.code, scanner.comments)
}

struct Scanner<'a> {
    rest: &'a str,
    before: char,
    inside: Inside,
    code: String,
    comments: String,
}

impl Scanner<'_> {
    fn step(&mut self) {
        match self.inside {
            Inside::Code => self.code(),
            Inside::LineComment => {
                if self.rest.starts_with('\n') {
                    self.inside = Inside::Code;
                }
                self.comment(1);
            }
            Inside::BlockComment { depth } => self.block_comment(depth),
            Inside::Text => self.literal('"'),
            Inside::Letter => self.literal('\''),
            Inside::RawText { hashes } => {
                let end = format!("\"{}", "#".repeat(hashes));
                if self.rest.starts_with(&end) {
                    self.inside = Inside::Code;
                    self.keep(hashes.saturating_add(1));
                } else {
                    self.blank(1);
                }
            }
        }
    }

    fn code(&mut self) {
        if self.rest.starts_with("//") {
            self.inside = Inside::LineComment;
            self.comment(2);
        } else if self.rest.starts_with("/*") {
            self.inside = Inside::BlockComment { depth: 1 };
            self.comment(2);
        } else if let Some((length, hashes)) = self.raw_text() {
            self.inside = Inside::RawText { hashes };
            self.keep(length);
        } else if self.rest.starts_with('"') {
            self.inside = Inside::Text;
            self.keep(1);
        } else if self.is_letter() {
            self.inside = Inside::Letter;
            self.keep(1);
        } else {
            self.keep(1);
        }
    }

    /// The length of `r##"` and its hashes, when that is what comes.
    fn raw_text(&self) -> Option<(usize, usize)> {
        if self.before.is_alphanumeric() || self.before == '_' {
            return None;
        }
        let prefix = ["br", "cr", "r"].into_iter().find(|prefix| self.rest.starts_with(prefix))?;
        let hashes =
            self.rest.chars().skip(prefix.len()).take_while(|letter| *letter == '#').count();
        let length = prefix.len().saturating_add(hashes);
        (self.rest.chars().nth(length) == Some('"')).then_some((length.saturating_add(1), hashes))
    }

    /// Whether a character literal comes, and not a lifetime.
    fn is_letter(&self) -> bool {
        let mut letters = self.rest.chars();
        letters.next() == Some('\'')
            && (letters.next() == Some('\\') || letters.next() == Some('\''))
    }

    fn block_comment(&mut self, depth: usize) {
        if self.rest.starts_with("*/") {
            self.inside = match depth {
                0 | 1 => Inside::Code,
                _ => Inside::BlockComment { depth: depth.saturating_sub(1) },
            };
            self.comment(2);
        } else if self.rest.starts_with("/*") {
            self.inside = Inside::BlockComment { depth: depth.saturating_add(1) };
            self.comment(2);
        } else {
            self.comment(1);
        }
    }

    fn literal(&mut self, end: char) {
        if self.rest.starts_with('\\') {
            self.blank(2);
        } else if self.rest.starts_with(end) {
            self.inside = Inside::Code;
            self.keep(1);
        } else {
            self.blank(1);
        }
    }

    fn keep(&mut self, count: usize) {
        self.advance(count, true, false);
    }

    fn comment(&mut self, count: usize) {
        self.advance(count, false, true);
    }

    fn blank(&mut self, count: usize) {
        self.advance(count, false, false);
    }

    fn advance(&mut self, count: usize, in_code: bool, in_comments: bool) {
        let mut letters = self.rest.chars();
        for letter in letters.by_ref().take(count) {
            let shown = |here: bool| if here || letter == '\n' { letter } else { ' ' };
            self.code.push(shown(in_code));
            self.comments.push(shown(in_comments));
            self.before = letter;
        }
        self.rest = letters.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source::of(&File { path: path.to_owned(), text: text.to_owned() })
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let text = "let a = \"// {\"; // why\nlet b = r#\"\"}\"#; /* a /* b */ c */ let c = '{';\n";

        let source = source("a.rs", text);

        assert_eq!(source.code[0].trim_end(), "let a = \"    \";");
        assert_eq!(source.comments[0].trim(), "// why");
        assert!(source.code[1].ends_with("let c = ' ';"), "{}", source.code[1]);
        assert!(!source.code[1].contains('}'));
        assert_eq!(source.comments[1].trim(), "/* a /* b */ c */");
    }

    #[test]
    fn a_lifetime_is_no_literal() {
        let source = source("a.rs", "fn f<'a>(x: &'a str) -> char { '\\'' }\n");

        assert_eq!(source.code[0], "fn f<'a>(x: &'a str) -> char { '  ' }");
    }

    #[test]
    fn the_lines_of_a_test_module_are_known() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n";

        assert_eq!(source("a.rs", text).in_test, [false, true, true, true, true, false]);
    }

    #[test]
    fn a_test_module_of_its_own_file_ends_at_its_semicolon() {
        let text = "#[cfg(test)]\nmod tests;\nfn c() {}\n";

        assert_eq!(source("a.rs", text).in_test, [true, true, false]);
    }

    #[test]
    fn a_test_file_is_all_tests() {
        assert_eq!(source("crates/a/src/b/tests.rs", "fn a() {}\n").in_test, [true]);
        assert_eq!(source("tests/suite/main.rs", "fn a() {}\n").in_test, [true]);
    }

    #[test]
    fn an_item_ends_with_its_brace() {
        let source = source("a.rs", "impl A {\n    fn b() {}\n}\nfn c() {}\n");

        assert_eq!(source.item(1), "impl A {\n    fn b() {}\n}");
    }
}
