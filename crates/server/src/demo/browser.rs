//! A person's browser without scripts: it keeps cookies, reads forms and posts them.

use std::collections::BTreeMap;

use reqwest::{Client, Response, redirect};
use url::Url;

/// A browser without scripts.
#[derive(Debug, Clone)]
pub struct Browser {
    http: Client,
    origin: String,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The address that answered.
    pub url: Url,
    /// The status code.
    pub status: u16,
    /// The answer's headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

/// One form of a page, as a browser would send it untouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it is posted.
    pub action: Url,
    /// Its fields in order: hidden ones, text with its value, ticked boxes.
    pub fields: Vec<(String, String)>,
}

impl Browser {
    /// A browser that has never been anywhere; `origin` is what it says its forms come from.
    ///
    /// # Errors
    ///
    /// When the TLS library cannot be set up.
    pub fn new(origin: &str) -> reqwest::Result<Self> {
        let http = Client::builder()
            .cookie_store(true)
            .redirect(redirect::Policy::none())
            // It goes to this server alone, over plain http.
            .tls_certs_only([])
            .user_agent("Mozilla/5.0 (demo)")
            .build()?;
        Ok(Self { http, origin: origin.to_owned() })
    }

    /// Asks for a page; does not follow redirects.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn get(&self, url: &str) -> reqwest::Result<Answer> {
        Answer::read(self.http.get(url).header("sec-fetch-site", "none").send().await?).await
    }

    /// Posts `form`.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn post(&self, form: &Form) -> reqwest::Result<Answer> {
        self.post_from(&[("sec-fetch-site", "same-origin"), ("origin", &self.origin)], form).await
    }

    /// Posts `form` with `headers` that tell where it comes from.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn post_from(
        &self,
        headers: &[(&str, &str)],
        form: &Form,
    ) -> reqwest::Result<Answer> {
        let request = self.http.post(form.action.clone()).form(&form.fields);
        let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        Answer::read(request.send().await?).await
    }
}

impl Answer {
    /// Reads a whole answer.
    ///
    /// # Errors
    ///
    /// When the connection breaks.
    pub async fn read(response: Response) -> reqwest::Result<Self> {
        let url = response.url().clone();
        let status = response.status().as_u16();
        let mut headers = BTreeMap::new();
        for (name, value) in response.headers() {
            headers.insert(
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            );
        }
        Ok(Self { url, status, headers, body: response.text().await? })
    }

    /// Where the answer sends the browser, made absolute.
    #[must_use]
    pub fn location(&self) -> Option<Url> {
        self.headers.get("location").and_then(|target| self.url.join(target).ok())
    }

    /// The form that holds a control whose `id` or `name` is `control`.
    #[must_use]
    pub fn form_with(&self, control: &str) -> Option<Form> {
        let mut rest = self.body.as_str();
        while let Some((_, after)) = rest.split_once("<form") {
            let (form, next) = after.split_once("</form>")?;
            let marks = [format!("id=\"{control}\""), format!("name=\"{control}\"")];
            if marks.iter().any(|mark| form.contains(mark.as_str())) {
                return self.read_form(form);
            }
            rest = next;
        }
        None
    }

    fn read_form(&self, form: &str) -> Option<Form> {
        let (head, inner) = form.split_once('>')?;
        let action = attribute(head, "action").unwrap_or_default();
        let action =
            if action.is_empty() { self.url.clone() } else { self.url.join(&action).ok()? };
        let fields = inner.split("<input").skip(1).filter_map(|rest| {
            let tag = rest.split('>').next()?;
            let name = attribute(tag, "name")?;
            let kind = attribute(tag, "type").unwrap_or_default();
            let box_like = kind == "checkbox" || kind == "radio";
            let ticked = !box_like || has_flag(tag, "checked");
            let sent = ticked && !has_flag(tag, "disabled");
            let value = attribute(tag, "value")
                .unwrap_or_else(|| if box_like { "on".to_owned() } else { String::new() });
            sent.then_some((name, value))
        });
        Some(Form { action, fields: fields.collect() })
    }
}

impl Form {
    /// The same form with `name` filled in.
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// The same form without `name=value`: a box that was unticked.
    #[must_use]
    pub fn untick(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(key, old)| key != name || old != value);
        self
    }
}

/// The value of a quoted attribute, its character references resolved.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = after.split_once('"')?;
    Some(unescape(value))
}

/// Whether a tag carries an attribute without value.
fn has_flag(tag: &str, name: &str) -> bool {
    tag.split_whitespace().any(|word| word.trim_end_matches('/') == name)
}

fn unescape(text: &str) -> String {
    [
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x2F;", "/"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (reference, character)| text.replace(reference, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Answer {
        Answer {
            url: Url::parse("http://localhost:8080/consent?request=x").unwrap(),
            status: 200,
            headers: BTreeMap::new(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_form_is_read_as_a_browser_would_send_it() {
        let page = page(concat!(
            "<form method=\"post\" action=\"/theme\"><input name=\"theme\" value=\"dark\"></form>",
            "<form method=\"post\" action=\"/consent\">",
            "<input type=\"hidden\" name=\"csrf\" value=\"a&amp;b\">",
            "<input type=\"checkbox\" name=\"scope\" value=\"openid\" checked disabled>",
            "<input type=\"checkbox\" name=\"scope\" value=\"email\" checked>",
            "<input type=\"checkbox\" name=\"scope\" value=\"profile\">",
            "<button id=\"consent-allow\" name=\"decision\" value=\"always\">x</button></form>",
        ));

        let form = page.form_with("consent-allow").unwrap();

        assert_eq!(form.action.path(), "/consent");
        let expected = [("csrf", "a&b"), ("scope", "email")];
        assert_eq!(form.fields, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert!(form.clone().untick("scope", "email").fields.len() == 1);
    }

    #[test]
    fn a_form_without_action_posts_to_its_page() {
        let form = page("<form><input name=\"a\"></form>").form_with("a").unwrap();

        assert_eq!(form.action.as_str(), "http://localhost:8080/consent?request=x");
        assert_eq!(form.fill("a", "1").fields, [("a".to_owned(), "1".to_owned())]);
    }
}
