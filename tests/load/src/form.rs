//! The form of a page, as a browser would send it untouched.

/// A form of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where it is posted.
    pub(crate) action: String,
    /// Its fields: hidden ones, text with its value, ticked boxes.
    pub(crate) fields: Vec<(String, String)>,
}

impl Form {
    /// The form of `page` that holds the control called `control`.
    pub(crate) fn find(page: &str, control: &str) -> Option<Self> {
        let marks = [format!("id=\"{control}\""), format!("name=\"{control}\"")];
        let forms = page.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next());
        forms
            .into_iter()
            .find(|form| marks.iter().any(|mark| form.contains(mark.as_str())))
            .and_then(Self::read)
    }

    fn read(form: &str) -> Option<Self> {
        let (head, inner) = form.split_once('>')?;
        let fields = inner.split("<input").skip(1).filter_map(|rest| {
            let tag = rest.split('>').next()?;
            let name = attribute(tag, "name")?;
            let kind = attribute(tag, "type").unwrap_or_default();
            let flag =
                |flag: &str| tag.split_whitespace().any(|it| it.trim_end_matches('/') == flag);
            let sent = (kind != "checkbox" && kind != "radio") || flag("checked");
            let value = attribute(tag, "value").unwrap_or_default();
            (sent && !flag("disabled")).then_some((name, value))
        });
        Some(Self { action: attribute(head, "action")?, fields: fields.collect() })
    }

    /// The same form with `name` filled in.
    pub(crate) fn fill(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(key, _)| key != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body that is posted.
    pub(crate) fn body(&self) -> String {
        encode(self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

/// Parameters as a form or a query holds them.
pub(crate) fn encode<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// The value of a quoted attribute, its character references resolved.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = after.split_once('"')?;
    let references = [("&quot;", "\""), ("&#x27;", "'"), ("&#x2F;", "/"), ("&amp;", "&")];
    Some(references.into_iter().fold(value.to_owned(), |text, (it, is)| text.replace(it, is)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_a_browser_would_send_it() {
        let page = concat!(
            "<form action=\"/theme\"><input name=\"theme\" value=\"dark\"></form>",
            "<form method=\"post\" action=\"/consent?a=1&amp;b=2\">",
            "<input type=\"hidden\" name=\"csrf\" value=\"a&amp;b\">",
            "<input type=\"checkbox\" name=\"scope\" value=\"openid\" checked disabled>",
            "<input type=\"checkbox\" name=\"scope\" value=\"email\" checked>",
            "<input type=\"checkbox\" name=\"scope\" value=\"profile\">",
            "<button id=\"consent-allow\" name=\"decision\" value=\"always\">x</button></form>",
        );

        let form = Form::find(page, "consent-allow").unwrap();

        assert_eq!(form.action, "/consent?a=1&b=2");
        assert_eq!(form.fill("decision", "once").body(), "csrf=a%26b&scope=email&decision=once");
        assert_eq!(Form::find(page, "login-submit"), None);
    }
}
