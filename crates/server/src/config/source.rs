//! Where a value came from.

use std::{fmt, path::PathBuf};

/// Where a value came from, as `config print` says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// The environment variable of this name.
    Environment(String),
    /// The command line flag of this name.
    Flag(String),
    /// A command that needs the value to be so, such as `demo`.
    Command(String),
    /// The file that a `_file` key names.
    SecretFile {
        /// The file the value was read from.
        path: PathBuf,
        /// Where the file's name came from.
        named_by: Box<Source>,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Command(name) => write!(f, "command {name}"),
            Self::SecretFile { path, named_by } => {
                write!(f, "content of {}, named by {named_by}", path.display())
            }
        }
    }
}
