//! What the demonstration prints: each request, each answer, each check.

use std::io::{self, Write};

use super::DemoError;

/// Prints the steps and remembers nothing.
pub(super) struct Journal<'a> {
    out: &'a mut dyn Write,
    step: u32,
}

impl<'a> Journal<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, step: 0 }
    }

    /// Begins a part with a heading.
    pub(super) fn part(&mut self, title: &str) -> io::Result<()> {
        self.step = 0;
        writeln!(self.out, "\n{title}\n{}", "=".repeat(title.chars().count()))
    }

    /// Begins a step.
    pub(super) fn step(&mut self, title: &str) -> io::Result<()> {
        self.step += 1;
        writeln!(self.out, "\n{}. {title}", self.step)
    }

    /// Prints a request line, and its parameters one a line.
    pub(super) fn request(&mut self, line: &str, parameters: &[(&str, &str)]) -> io::Result<()> {
        writeln!(self.out, "   > {line}")?;
        for (name, value) in parameters {
            writeln!(self.out, "   >   {name}={value}")?;
        }
        Ok(())
    }

    /// Prints an answer.
    pub(super) fn answer(&mut self, status: u16, text: &str) -> io::Result<()> {
        writeln!(self.out, "   < {status}")?;
        for line in text.lines() {
            writeln!(self.out, "   <   {line}")?;
        }
        Ok(())
    }

    /// Checks a claim and prints it; the demonstration ends when it does not hold.
    pub(super) fn check(&mut self, holds: bool, claim: &str) -> Result<(), DemoError> {
        if holds {
            writeln!(self.out, "   ok: {claim}")?;
            Ok(())
        } else {
            writeln!(self.out, "   FAILED: {claim}")?;
            Err(DemoError::Check(claim.to_owned()))
        }
    }
}
