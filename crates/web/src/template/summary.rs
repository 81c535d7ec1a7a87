//! The summary of what was wrong with a form: by field, in the order of the page.

const SUMMARY: &str = "<div class=\"errsum\"";

/// The page with the lines of its error summary sorted as the fields stand, each with the name
/// of its field. The name is the label that the page itself gives the field, so the two agree.
pub(super) fn name_fields(html: String) -> String {
    match rewritten(&html) {
        Some(better) => better,
        None => html,
    }
}

fn rewritten(html: &str) -> Option<String> {
    let (head, rest) = html.split_once(SUMMARY)?;
    let (title, rest) = rest.split_once("<ul>")?;
    let (lines, page) = rest.split_once("</ul>")?;
    let mut lines: Vec<Line> = lines
        .split("</li>")
        .filter_map(|it| it.split_once("<li>"))
        .map(|it| line(it.1, page))
        .collect();
    lines.sort_by_key(|it| it.at);
    let lines: Vec<String> = lines.into_iter().map(|it| it.html).collect();
    let lines = lines.join("</li><li>");
    Some(format!("{head}{SUMMARY}{title}<ul><li>{lines}</li></ul>{page}"))
}

struct Line {
    /// Where its field stands; what concerns no field comes first.
    at: Option<usize>,
    html: String,
}

fn line(item: &str, page: &str) -> Line {
    let link = item.strip_prefix("<a href=\"#").and_then(|it| it.split_once("\">"));
    let Some((id, text)) = link else {
        return Line { at: None, html: item.to_owned() };
    };
    let text = text.trim_end_matches("</a>");
    // What is wrong with a list as a whole is mended from its first entry on.
    let ids = [id.to_owned(), format!("{id}-0")];
    let found = ids.iter().find_map(|id| Some((id, page.find(&format!(" id=\"{id}\""))?)));
    let Some((id, at)) = found else {
        return Line { at: None, html: text.to_owned() };
    };
    let named = match label(page, id, at) {
        Some(label) if !text.starts_with(label) => format!("{label}: {text}"),
        Some(_) | None => text.to_owned(),
    };
    Line { at: Some(at), html: format!("<a href=\"#{id}\">{named}</a>") }
}

/// What the page calls the field: its label, the legend of a group, or the name that is only
/// read out.
fn label<'a>(page: &'a str, id: &str, at: usize) -> Option<&'a str> {
    let (before, field) = page.split_at_checked(at)?;
    let named = page.split_once(&format!("<label for=\"{id}\"")).map(|(_, label)| label);
    let legend = || field.split_once("<legend").filter(|_| before.ends_with("<fieldset"));
    let words = named
        .or_else(|| legend().map(|(_, legend)| legend))
        .and_then(|it| it.split_once('>'))
        .and_then(|(_, words)| words.split('<').next());
    let read_out = || {
        let attributes = field.split('>').next()?;
        attributes.split_once("aria-label=\"")?.1.split('"').next()
    };
    words.or_else(read_out).map(str::trim).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &str = r#"<label for="f-name">Name</label><input id="f-name"><fieldset id="f-type" class="field"><legend>What it is</legend></fieldset><label for="f-uris-0">Callback URL 1</label><input id="f-uris-0"><input id="f-scopes-a" aria-label="Allow a">"#;

    fn page(lines: &str) -> String {
        format!(
            "<h1>x</h1><div class=\"errsum\" role=\"alert\"><h2>There is a problem</h2><ul>{lines}</ul></div>{FIELDS}"
        )
    }

    #[test]
    fn each_line_names_its_field_in_the_order_of_the_page() {
        let html = name_fields(page(
            r##"<li><a href="#f-scopes-a">No.</a></li><li><a href="#f-uris">Too many.</a></li><li><a href="#f-type">Choose one.</a></li><li>Someone was faster.</li><li><a href="#f-name">Name it.</a></li><li><a href="#f-gone">Odd.</a></li>"##,
        ));

        let expected = page(
            r##"<li>Someone was faster.</li><li>Odd.</li><li><a href="#f-name">Name it.</a></li><li><a href="#f-type">What it is: Choose one.</a></li><li><a href="#f-uris-0">Callback URL 1: Too many.</a></li><li><a href="#f-scopes-a">Allow a: No.</a></li>"##,
        );
        assert_eq!(html, expected);
    }

    #[test]
    fn a_page_without_a_summary_stays_as_it_is() {
        assert_eq!(name_fields(FIELDS.to_owned()), FIELDS);
    }
}
