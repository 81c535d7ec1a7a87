//! One line a request; no query, no header, no body, no handle.

use actix_web::http::StatusCode;
use domain::Timestamp;

use crate::outline::Outline;

/// Writes the line of an answered request.
pub(crate) fn write(outline: &Outline, status: StatusCode, now: Timestamp) {
    tracing::info!(
        target: "access",
        method = outline.method,
        path = masked(&outline.path),
        status = status.as_u16(),
        ms = u64::try_from(now.since(outline.began).as_millis()).unwrap_or(u64::MAX),
        request_id = outline.id.as_str(),
        client = %outline.client.0,
        "request"
    );
}

/// Shorter than any handle and longer than what else begins like one.
const SHORTEST: usize = 20;

/// `path` with every handle cut to its kind: links that work once are addresses too.
#[must_use]
pub fn masked(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment.find("cs_") {
        Some(at) if segment.len() - at >= SHORTEST => {
            let (before, handle) = segment.split_at(at);
            let kind: Vec<&str> = handle.splitn(3, '_').take(2).collect();
            format!("{before}{}_***", kind.join("_"))
        }
        Some(_) | None => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn links_lose_their_secret() {
        let link = "/setup/cs_setup_1lc0fkuzExgy6YduBSD0TT0zcPORyXq8NUkmmHIKQ8gh_0r9low";

        assert_eq!(masked(link), "/setup/cs_setup_***");
        assert_eq!(masked("/reset/x%2Fcs_pw_1lc0fkuzExgy6YduBSD0/new"), "/reset/x%2Fcs_pw_***/new");
        assert_eq!(masked("/console/docs_old"), "/console/docs_old");
    }
}
