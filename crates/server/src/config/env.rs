//! The process's surroundings as a parameter, so that tests need none.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The environment variables and the working folder.
pub trait Env {
    /// Every variable, in any order.
    fn variables(&self) -> Vec<(OsString, OsString)>;

    /// The folder that relative paths are taken from.
    fn folder(&self) -> &Path;
}

/// The surroundings of this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessEnv;

impl Env for ProcessEnv {
    #[expect(clippy::disallowed_methods, reason = "this is where everyone else gets it from")]
    fn variables(&self) -> Vec<(OsString, OsString)> {
        std::env::vars_os().collect()
    }

    fn folder(&self) -> &Path {
        Path::new("")
    }
}

/// Surroundings made up by the caller.
#[derive(Debug, Clone)]
pub struct FixedEnv {
    folder: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl FixedEnv {
    /// No variables, in `folder`.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), variables: Vec::new() }
    }

    /// The same with `name` set to `value`.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }
}

impl Env for FixedEnv {
    fn variables(&self) -> Vec<(OsString, OsString)> {
        self.variables.clone()
    }

    fn folder(&self) -> &Path {
        &self.folder
    }
}
