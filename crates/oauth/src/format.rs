//! The three ways a token response is written, with the same names in each.

use actix_web::http::header::HeaderValue;
use protocol::ResponseFormat;
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// The root element of XML.
const ROOT: &str = "oauth";

/// The members of an answer, in order.
#[derive(Debug, Default)]
pub(crate) struct Members<'a>(Vec<(&'static str, Member<'a>)>);

#[derive(Debug)]
enum Member<'a> {
    Text(&'a str),
    Number(u32),
}

impl<'a> Members<'a> {
    /// Adds a text.
    pub(crate) fn text(&mut self, name: &'static str, value: &'a str) {
        self.0.push((name, Member::Text(value)));
    }

    /// Adds a text where there is one.
    pub(crate) fn text_if(&mut self, name: &'static str, value: Option<&'a str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, name: &'static str, value: u32) {
        self.0.push((name, Member::Number(value)));
    }

    /// The body in this format, and what it is called.
    pub(crate) fn write(&self, format: ResponseFormat) -> (HeaderValue, Vec<u8>) {
        match format {
            ResponseFormat::Json => (JSON, serde_json::to_vec(self).unwrap_or_default()),
            ResponseFormat::Xml => (XML, self.xml().unwrap_or_default()),
            ResponseFormat::UrlEncoded => (FORM, self.form().into_bytes()),
        }
    }

    fn xml(&self) -> std::io::Result<Vec<u8>> {
        let mut writer = Writer::new(Vec::new());
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        writer.write_event(Event::Start(BytesStart::new(ROOT)))?;
        for (name, value) in &self.0 {
            let text = value.to_text();
            writer.create_element(*name).write_text_content(BytesText::new(&text))?;
        }
        writer.write_event(Event::End(BytesEnd::new(ROOT)))?;
        Ok(writer.into_inner())
    }

    fn form(&self) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            form.append_pair(name, &value.to_text());
        }
        form.finish()
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

impl Member<'_> {
    fn to_text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Text(text) => (*text).into(),
            Self::Number(number) => number.to_string().into(),
        }
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            match value {
                Member::Text(text) => map.serialize_entry(name, text)?,
                Member::Number(number) => map.serialize_entry(name, number)?,
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: ResponseFormat) -> (String, String) {
        let mut members = Members::default();
        members.text("access_token", "a&<b>\"'+ ü");
        members.number("expires_in", 3600);
        members.text_if("scope", Some("openid email"));
        members.text_if("refresh_token", None);
        let (content_type, body) = members.write(format);
        (content_type.to_str().unwrap().to_owned(), String::from_utf8(body).unwrap())
    }

    #[test]
    fn each_format_escapes_in_its_own_way() {
        assert_eq!(
            written(ResponseFormat::Json),
            (
                "application/json".to_owned(),
                r#"{"access_token":"a&<b>\"'+ ü","expires_in":3600,"scope":"openid email"}"#
                    .to_owned()
            )
        );
        assert_eq!(
            written(ResponseFormat::Xml),
            (
                "application/xml; charset=utf-8".to_owned(),
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><oauth>\
                 <access_token>a&amp;&lt;b&gt;&quot;&apos;+ ü</access_token>\
                 <expires_in>3600</expires_in><scope>openid email</scope></oauth>"
                    .to_owned()
            )
        );
        assert_eq!(
            written(ResponseFormat::UrlEncoded),
            (
                "application/x-www-form-urlencoded".to_owned(),
                "access_token=a%26%3Cb%3E%22%27%2B+%C3%BC&expires_in=3600&scope=openid+email"
                    .to_owned()
            )
        );
    }
}
