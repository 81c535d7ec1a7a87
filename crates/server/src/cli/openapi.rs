//! `countersign openapi`.

use std::io::Write;

use super::CliError;

/// Prints the document of the management API.
///
/// # Errors
///
/// When the output cannot be written.
pub fn run(out: &mut dyn Write) -> Result<(), CliError> {
    out.write_all(api::document_json().as_bytes())?;
    Ok(())
}
