//! Logging: one JSON line an event on standard error.
//!
//! Only our own crates can be made to log below `INFO`. Drivers and protocol
//! libraries print statements, headers and credentials there, and a log must
//! never hold a secret whatever filter someone sets. What strangers can have a
//! library call an error is left out, so that errors are worth an alarm.

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::filter_fn,
    fmt::{MakeWriter, layer},
    layer::SubscriberExt,
};

/// The crates whose detail is fit to be logged, as the first part of a log target.
const OURS: &[&str] = &[
    "api",
    "console",
    "countersign",
    "domain",
    "engine",
    "jose",
    "mail",
    "oauth",
    "protocol",
    "server",
    "service",
    "store",
    "web",
];

/// Reads requests, and calls each that is no HTTP an error, as each client that goes away.
const READS_STRANGERS: &str = "actix_http::h1::dispatcher";

/// Why logging did not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not one.
    #[error("RUST_LOG is not a log filter; write it as info or as info,engine=debug")]
    InvalidFilter,
    /// Something logs already.
    #[error("logging was started a second time")]
    AlreadyStarted,
}

/// Starts logging with `filter`, written as `RUST_LOG` is; without one, from `INFO` on.
///
/// A panic becomes a log line that says where it was and not what it said, as
/// its message can quote what was being worked on.
///
/// # Errors
///
/// When `filter` cannot be read, or logging was started before.
pub fn start(filter: Option<&str>) -> Result<(), TelemetryError> {
    let subscriber = subscriber(filter, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|_reason| TelemetryError::AlreadyStarted)?;
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "a thread panicked");
    }));
    Ok(())
}

fn subscriber<W>(filter: Option<&str>, writer: W) -> Result<impl Subscriber, TelemetryError>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let filter = filter.filter(|filter| !filter.trim().is_empty()).unwrap_or("info");
    let filter = EnvFilter::try_new(filter).map_err(|_reason| TelemetryError::InvalidFilter)?;
    let lines = layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer)
        .with_filter(filter_fn(is_fit_to_log));
    Ok(Registry::default().with(filter).with(lines))
}

fn is_fit_to_log(metadata: &Metadata<'_>) -> bool {
    let detail = *metadata.level() > Level::INFO;
    let origin = metadata.target().split("::").next().unwrap_or_default();
    (!detail || OURS.contains(&origin)) && metadata.target() != READS_STRANGERS
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(filter: Option<&str>, act: impl FnOnce()) -> Vec<serde_json::Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(filter, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, act);
        let bytes = lines.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn events_are_json_lines_with_their_fields_beside_the_message() {
        let lines = logged(None, || tracing::info!(target: "engine", status = 200, "answered"));

        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["target"], "engine");
        assert_eq!(lines[0]["message"], "answered");
        assert_eq!(lines[0]["status"], 200);
        assert!(lines[0]["timestamp"].is_string());
    }

    #[test]
    fn nothing_below_info_without_a_filter() {
        let lines = logged(None, || tracing::debug!(target: "engine", "detail"));

        assert_eq!(lines, Vec::<serde_json::Value>::new());
    }

    #[test]
    fn a_filter_opens_our_crates_and_never_the_libraries() {
        let lines = logged(Some("trace"), || {
            tracing::debug!(target: "engine::token", "ours");
            tracing::debug!(target: "lettre::transport", "AUTH PLAIN c2VjcmV0");
            tracing::trace!(target: "sqlx::query", "SELECT secret");
            tracing::warn!(target: "sqlx::query", "slow");
        });

        let messages: Vec<_> = lines.iter().map(|line| line["message"].clone()).collect();
        assert_eq!(messages, ["ours", "slow"]);
    }

    #[test]
    fn a_request_that_is_no_http_is_no_error() {
        let lines = logged(Some("trace"), || {
            tracing::error!(target: "actix_http::h1::dispatcher", "stream error: bad method");
            tracing::error!(target: "actix_server::worker", "a worker died");
        });

        let messages: Vec<_> = lines.iter().map(|line| line["message"].clone()).collect();
        assert_eq!(messages, ["a worker died"]);
    }

    #[test]
    fn a_filter_that_is_none_is_refused() {
        assert!(subscriber(Some("engine=loud=1"), io::sink).is_err());
        assert!(subscriber(Some("  "), io::sink).is_ok());
    }
}
