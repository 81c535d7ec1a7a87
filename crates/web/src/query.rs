//! What pages are asked for in their address.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;

use crate::{PageError, params};

/// The query of a page's address; like in a form, every value is text.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self))
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, PageError> {
    let cannot = || {
        let words = "This address has a part that we cannot read. Go back and try it again.";
        PageError::BadRequest(words.to_owned())
    };
    if !params::is_text(query.as_bytes()) {
        return Err(cannot());
    }
    serde_html_form::from_str(query).map_err(|_reason| cannot())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
    #[serde(default)]
    struct Wanted {
        q: String,
        cursor: String,
    }

    #[test]
    fn what_is_left_out_is_empty() {
        let wanted = read::<Wanted>("q=photo+%26+print&x=y").unwrap();

        assert_eq!(wanted, Wanted { q: "photo & print".to_owned(), cursor: String::new() });
        assert_eq!(read::<Wanted>("").unwrap(), Wanted::default());
    }

    #[test]
    fn what_is_no_text_or_stands_twice_is_refused() {
        for query in ["q=%00", "q=a%00b", "q=%FF", "x=%00", "%00=x", "q=a&q=b"] {
            let refused = read::<Wanted>(query);
            assert!(matches!(refused, Err(PageError::BadRequest(_))), "{query}");
        }
    }
}
