//! The command line: what can be asked, and how the answer ends.
//!
//! Commands are thin: they load the configuration, call `service` as any surface
//! does, and print. Every refusal is one sentence on standard error and an exit code.

pub mod accounts;
pub mod config;
pub mod init;
pub mod maintenance;
pub mod openapi;
pub mod serve;

mod age;
mod error;
mod open;
mod settings_args;

use std::{error::Error, str::FromStr};

use clap::{
    ArgGroup, Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use domain::{Permission, Role};
use store::repo::audit::ChainHead;

pub use self::{
    age::{Age, InvalidAge},
    error::{CliError, ExitCode, finish},
    open::with_sources,
    settings_args::{InvalidSetting, Setting, SettingsArgs},
};

/// An OAuth 2.1 and OpenID Connect server.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve until SIGTERM.
    Serve(ServeArgs),
    /// Show the authorization code flow on a temporary server, step by step.
    Demo(DemoArgs),
    /// Make the master key and an annotated countersign.toml.
    Init(InitArgs),
    /// Apply or list migrations.
    Migrate(MigrateArgs),
    /// Administrators.
    Admin(AdminArgs),
    /// Users.
    User(UserArgs),
    /// API keys.
    ApiKey(ApiKeyArgs),
    /// Signing keys and the master key.
    Keys(KeysArgs),
    /// Check or print the configuration.
    Config(ConfigArgs),
    /// Print the document that describes the management API.
    Openapi,
    /// The audit log.
    Audit(AuditArgs),
}

/// `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Which configuration to use.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Leave the server running and print a one-time sign-in link.
    #[arg(long)]
    pub keep: bool,
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArgs {}

/// `migrate up|status`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// Which configuration to use.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Which of the two.
    #[command(subcommand)]
    pub command: MigrateCommand,
}

/// What to do about migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum MigrateCommand {
    /// Apply every migration that is missing.
    Up,
    /// List migrations and whether they are applied.
    Status,
}

/// `admin create`.
#[derive(Debug, Args)]
pub struct AdminArgs {
    /// Which configuration to use.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: AdminCommand,
}

/// What to do about administrators.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make an administrator and print the user id.
    Create(AdminCreateArgs),
}

/// `admin create`.
#[derive(Debug, Args)]
pub struct AdminCreateArgs {
    /// The address to sign in with.
    #[arg(long)]
    pub email: String,
    /// What the administrator may do.
    #[arg(long, default_value = "owner", value_parser = one_of::<Role>(Role::ALL.map(Role::as_str)))]
    pub role: Role,
    /// Read the password from standard input.
    #[arg(long, required = true)]
    pub password_stdin: bool,
}

/// `user create`.
#[derive(Debug, Args)]
pub struct UserArgs {
    /// Which configuration to use.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What to do about users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make a user and print the user id.
    Create(UserCreateArgs),
}

/// `user create`.
#[derive(Debug, Args)]
pub struct UserCreateArgs {
    /// The name to sign in with.
    #[arg(long)]
    pub username: String,
    /// The user's e-mail address.
    #[arg(long)]
    pub email: String,
    /// The name that others see.
    #[arg(long)]
    pub name: Option<String>,
    /// Count the e-mail address as verified.
    #[arg(long)]
    pub verified: bool,
    /// Read the password from standard input.
    #[arg(long, required = true)]
    pub password_stdin: bool,
}

/// `api-key create`.
#[derive(Debug, Args)]
pub struct ApiKeyArgs {
    /// Which configuration to use.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: ApiKeyCommand,
}

/// What to do about API keys.
#[derive(Debug, Subcommand)]
pub enum ApiKeyCommand {
    /// Make an API key and print it, alone, on standard output.
    Create(ApiKeyCreateArgs),
}

/// `api-key create`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("rights").required(true).args(["permission", "all"]))]
pub struct ApiKeyCreateArgs {
    /// What the key is for.
    #[arg(long)]
    pub name: String,
    /// A right that the key has, as area:verb; can be given several times.
    #[arg(
        long,
        num_args = 1..,
        value_delimiter = ',',
        value_parser = one_of::<Permission>(Permission::ALL.iter().map(|it| it.as_str())),
    )]
    pub permission: Vec<Permission>,
    /// Give the key every right.
    #[arg(long)]
    pub all: bool,
    /// When the key ends, such as 12h or 30d from now; without it, never.
    #[arg(long, value_name = "AGE")]
    pub expires: Option<Age>,
}

/// `keys list|rotate|reseal`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// Which configuration to use.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What to do about keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum KeysCommand {
    /// List the signing keys and their states.
    List,
    /// Make new signing keys; they sign once everyone has had time to fetch them.
    Rotate {
        /// Sign with new keys at once; every other key, and what it signed, counts no more.
        #[arg(long)]
        now: bool,
    },
    /// Seal everything again under the first key of the master key file.
    Reseal,
}

/// `config check|print`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Which configuration to use.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Which of the two.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What to do about the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Check everything that can be checked without starting.
    Check,
    /// Print every value and where it came from, secrets masked.
    Print,
}

/// `audit verify`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Which configuration to use.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What to do about the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum AuditCommand {
    /// Check that no entry was changed, removed or moved, and print the head of the chain.
    Verify {
        /// A head that was printed before: check that the chain goes on from it.
        #[arg(long, value_name = "PLACE:HASH")]
        head: Option<ChainHead>,
    },
}

/// Takes one of `names`, which help and refusals then tell.
fn one_of<T>(names: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: Error + Send + Sync + 'static> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}

#[cfg(test)]
mod tests;
