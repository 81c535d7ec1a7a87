//! The stages of a long run: each is timed, and one that fails does not hide what the next would say.

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::command::run;

/// How a stage ended that did not fail.
pub(crate) enum Outcome {
    /// It ran and found nothing.
    Passed,
    /// It did not run, for this reason.
    Skipped(String),
}

/// A stage that is one command.
pub(crate) fn passed(command: &mut Command) -> Result<Outcome> {
    run(command).map(|()| Outcome::Passed)
}

/// The stages run so far.
#[derive(Default)]
pub(crate) struct Stages {
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    took: Duration,
    note: Note,
}

enum Note {
    Passed,
    Skipped(String),
    Failed(String),
}

impl Stages {
    /// Runs a stage and keeps its time and its end; says whether it did not fail.
    pub(crate) fn run(
        &mut self,
        name: &'static str,
        stage: impl FnOnce() -> Result<Outcome>,
    ) -> bool {
        println!("\n== {name}");
        let start = now();
        let ended = stage();
        let took = now().saturating_duration_since(start);
        let note = match ended {
            Ok(Outcome::Passed) => Note::Passed,
            Ok(Outcome::Skipped(reason)) => {
                println!("skipped: {reason}");
                Note::Skipped(reason)
            }
            Err(error) => {
                eprintln!("FAILED {name}: {error:#}");
                Note::Failed(format!("{error:#}"))
            }
        };
        let passed = !matches!(note, Note::Failed(_));
        self.rows.push(Row { name, took, note });
        passed
    }

    /// Prints the table of stages; an error when one of them failed.
    pub(crate) fn finish(self) -> Result<()> {
        print!("\n{}", self.table());
        let failed: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| matches!(row.note, Note::Failed(_)))
            .map(|row| row.name)
            .collect();
        if failed.is_empty() {
            println!("all stages passed");
            return Ok(());
        }
        bail!("failed: {}", failed.join(", "))
    }

    fn table(&self) -> String {
        let mut table = String::new();
        for Row { name, took, note } in &self.rows {
            let note = match note {
                Note::Passed => "passed".to_owned(),
                Note::Skipped(reason) => format!("skipped: {reason}"),
                Note::Failed(error) => {
                    format!("FAILED: {}", error.lines().next().unwrap_or_default())
                }
            };
            // Writing to a String cannot fail.
            let _ = writeln!(table, "{name:<12} {:>7.1} s  {note}", took.as_secs_f64());
        }
        let total: Duration = self.rows.iter().map(|row| row.took).sum();
        let _ = writeln!(table, "{:<12} {:>7.1} s", "total", total.as_secs_f64());
        table
    }
}

#[expect(clippy::disallowed_methods, reason = "the wall time of a stage is what is measured")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_failed_stage_fails_the_run_but_not_the_stages_after_it() {
        let mut stages = Stages::default();

        assert!(!stages.run("first", || Err(anyhow!("it broke"))));
        assert!(stages.run("second", || Ok(Outcome::Passed)));

        let table = stages.table();
        assert!(table.contains("FAILED: it broke"), "{table}");
        assert!(table.contains("second"), "{table}");
        assert_eq!(stages.finish().unwrap_err().to_string(), "failed: first");
    }

    #[test]
    fn a_skipped_stage_says_why_and_does_not_fail_the_run() {
        let mut stages = Stages::default();

        stages.run("deny", || Ok(Outcome::Skipped("cargo-deny is not installed".to_owned())));

        assert!(stages.table().contains("skipped: cargo-deny is not installed"));
        assert!(stages.finish().is_ok());
    }
}
