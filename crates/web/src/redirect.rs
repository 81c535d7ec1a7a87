//! Sending a browser on.

use actix_web::{HttpResponse, http::header::LOCATION};

/// Sends the browser to `location` with a GET.
#[must_use]
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}

/// `path` if it leads to a page of this server and nowhere else.
///
/// Browsers read `\` as `/` and drop tabs and line ends, so `/\evil` and
/// `/<tab>/evil` lead away just as `//evil` does.
#[must_use]
pub fn local_path(path: &str) -> Option<&str> {
    let leads_here = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(|it| it.is_control() || it.is_whitespace());
    leads_here.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_this_server_pass() {
        for good in ["/", "/console?type=web&q=a", "/a/b#c"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "console",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil",
            "/\n/evil",
            "javascript:alert(1)",
            "/ /evil",
            "\\/evil",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
