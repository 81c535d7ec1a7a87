//! Rules for templates: the content security policy holds, nothing is written unescaped, every page has a title.

use crate::tidy::Finding;
use crate::tidy::tree::File;

/// Elements whose address makes the browser ask another server.
const FETCHING: [&str; 9] =
    ["audio", "embed", "iframe", "img", "link", "object", "script", "source", "video"];

pub(crate) fn check(file: &File) -> Vec<Finding> {
    if !file.path.starts_with("templates/") || file.kind() != "html" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    findings.extend(unescaped(file));
    findings.extend(untitled(file));
    let html = without_template_code(&file.text);
    for tag in tags(&html) {
        findings.extend(attributes(file, &tag));
    }
    findings
}

fn unescaped(file: &File) -> Vec<Finding> {
    let is_safe = |line: &str| {
        line.match_indices("safe").any(|(at, word)| {
            let before = line.get(..at).unwrap_or_default().trim_end();
            let after = line.get(at.saturating_add(word.len())..).unwrap_or_default();
            before.ends_with('|') && !after.starts_with(|l: char| l.is_alphanumeric() || l == '_')
        })
    };
    let advice = "what is written into a page is escaped; make it markup in the template";
    file.lines()
        .filter(|(_, line)| is_safe(line) || line.contains("autoescape false"))
        .map(|(number, _)| Finding::new(&file.path, number, "unescaped output", advice))
        .collect()
}

fn untitled(file: &File) -> Option<Finding> {
    let is_layout = file.path.contains("/layout/");
    let extends = file.text.contains("{% extends") || file.text.contains("{%- extends");
    let missing = if extends && !is_layout {
        (!file.text.contains("block title")).then_some("a page without `{% block title %}`")?
    } else if file.text.contains("<html") {
        (!file.text.contains("<title")).then_some("a document without `<title>`")?
    } else {
        return None;
    };
    Some(Finding::new(&file.path, 1, missing, "say in it what the page is"))
}

fn attributes(file: &File, tag: &Tag) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |what: String, advice| {
        findings.push(Finding::new(&file.path, tag.line, what, advice));
    };
    if tag.name == "style" {
        say("a `<style>` element".to_owned(), "the policy refuses it; use a class of the CSS");
    }
    for (name, value) in &tag.attributes {
        let is_handler = name.strip_prefix("on").is_some_and(|event| {
            event.len() > 2 && event.chars().all(|letter| letter.is_ascii_lowercase())
        });
        if name == "style" {
            say("an inline `style=`".to_owned(), "the policy refuses it; use a class of the CSS");
        } else if is_handler {
            say(format!("an inline `{name}=`"), "the policy refuses it; listen in a script file");
        } else if matches!(name.as_str(), "src" | "href" | "data")
            && FETCHING.contains(&tag.name.as_str())
            && ["http:", "https:", "//"].iter().any(|start| value.starts_with(start))
        {
            say(format!("`{name}` of another server"), "vendor the file under static/");
        }
    }
    let has = |name: &str| tag.attributes.iter().any(|(found, _)| found == name);
    if tag.name == "script" && !has("src") && !has("nonce") {
        say("an inline `<script>` without a nonce".to_owned(), "the policy refuses it");
    }
    findings
}

/// The text with blanks where template code and comments stood, line for line.
fn without_template_code(text: &str) -> String {
    const PAIRS: [(&str, &str); 4] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<!--", "-->")];
    let mut html = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let code = PAIRS
            .iter()
            .find(|(start, _)| rest.starts_with(start))
            .map(|(_, end)| rest.find(end).map_or(rest.len(), |at| at.saturating_add(end.len())));
        if let Some((code, after)) = code.and_then(|length| rest.split_at_checked(length)) {
            html.extend(code.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
            rest = after;
        } else {
            html.push(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    html
}

/// An opening tag.
#[derive(Debug, PartialEq, Eq)]
struct Tag {
    line: usize,
    name: String,
    /// Names in lower case, and values without their quotes.
    attributes: Vec<(String, String)>,
}

/// The opening tags of a page.
fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut line = 1_usize;
    let mut pieces = html.split('<');
    line += pieces.next().map_or(0, newlines);
    for piece in pieces {
        let name: String =
            piece.chars().take_while(|l| l.is_ascii_alphanumeric() || *l == '-').collect();
        if piece.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            let rest = piece.get(name.len()..).unwrap_or_default();
            let attributes = attributes_of(rest);
            tags.push(Tag { line, name: name.to_ascii_lowercase(), attributes });
        }
        line += newlines(piece);
    }
    tags
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

/// The attributes up to the `>` that ends the tag.
fn attributes_of(text: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && !rest.starts_with('>') {
        let end = rest
            .find(|letter: char| letter.is_whitespace() || matches!(letter, '=' | '>' | '/'))
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after.trim_start();
        let mut value = "";
        if let Some(written) = rest.strip_prefix('=') {
            (value, rest) = value_of(written.trim_start());
        }
        if name.is_empty() {
            // A slash, or what is no attribute: go on after it.
            rest = rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
        } else {
            attributes.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        rest = rest.trim_start();
    }
    attributes
}

/// A value, quoted or not, and what follows it.
fn value_of(text: &str) -> (&str, &str) {
    let quoted = ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote).map(|inside| (inside, quote)));
    if let Some((inside, quote)) = quoted {
        return inside.split_once(quote).unwrap_or((inside, ""));
    }
    let end = text.find(|l: char| l.is_whitespace() || l == '>').unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        check(&file).iter().map(ToString::to_string).collect()
    }

    fn one(text: &str) -> String {
        let mut found = findings("templates/components/a.html", text);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    #[test]
    fn a_plain_page_breaks_no_rule() {
        let page = "{% extends \"layout/base.html\" %}\n{% block title %}Sign in{% endblock %}\n\
            <a href=\"https://example.com\" class=\"button\">on = 1 | style=\"none\"</a>\n\
            <script src=\"/static/app.js\"></script>\n";

        assert_eq!(findings("templates/account/a.html", page), Vec::<String>::new());
    }

    #[test]
    fn an_inline_style_is_found_wherever_it_stands() {
        assert!(
            one("<p\n  class=\"a\"\n  style=\"color: red\">")
                .contains("a.html:1: an inline `style=`")
        );
        assert!(one("<p {% if a %}class='b'{% endif %} style = x>").contains("`style=`"));
        assert!(one("<STYLE>a {}</STYLE>").contains("`<style>`"));
    }

    #[test]
    fn an_inline_handler_is_found_and_other_names_are_not() {
        assert!(one("\n<button onclick=\"go()\">").contains("a.html:2: an inline `onclick=`"));
        assert!(findings("templates/components/a.html", "<p one=\"1\" data-on=\"2\">").is_empty());
    }

    #[test]
    fn quoted_text_and_template_code_are_no_attributes() {
        let text =
            "<p title=\"style=\" content='onclick=x'>{{ a | b(style=\"c\") }}<!-- <style> -->";

        assert!(findings("templates/components/a.html", text).is_empty());
    }

    #[test]
    fn unescaped_output_is_found() {
        assert!(one("{{ name | safe }}").contains("unescaped output"));
        assert!(one("{{ name|safe}}").contains("unescaped output"));
        assert!(findings("templates/components/a.html", "{{ a | safely }} is safe").is_empty());
    }

    #[test]
    fn a_page_and_a_document_have_titles() {
        let page = "{% extends \"layout/base.html\" %}\n";

        assert!(findings("templates/account/a.html", page)[0].contains("`{% block title %}`"));
        assert!(findings("templates/layout/a.html", page).is_empty());
        assert!(findings("templates/layout/a.html", "<html></html>")[0].contains("`<title>`"));
    }

    #[test]
    fn nothing_is_fetched_from_another_server() {
        assert!(one("<img src=https://example.com/a.png>").contains("`src` of another server"));
        assert!(one("<link href='//example.com/a.css'>").contains("`href` of another server"));
    }

    #[test]
    fn an_inline_script_has_a_nonce() {
        assert!(one("<script>go()</script>").contains("without a nonce"));
        let with = "<script nonce=\"{{ nonce }}\">go()</script>";
        assert!(findings("templates/components/a.html", with).is_empty());
    }
}
