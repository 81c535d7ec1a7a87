//! The `countersign` binary.

use std::{
    io::{self, BufReader},
    process,
};

use clap::Parser as _;
use server::{
    cli::{self, Cli, CliError, Command},
    config::{ProcessEnv, log_filter},
    core::World,
    demo, telemetry,
};

fn main() -> process::ExitCode {
    let cli = Cli::parse();
    let result = actix_web::rt::System::new().block_on(run(cli));
    cli::finish(result)
}

async fn run(cli: Cli) -> Result<(), CliError> {
    let env = ProcessEnv;
    let world = World::real();
    let mut out = io::stdout().lock();
    match &cli.command {
        Command::Serve(args) => {
            telemetry::start(log_filter(&env).as_deref())?;
            cli::serve::run(args, &env, &world, &mut out).await
        }
        Command::Demo(args) => demo::run(&world, &env, args.keep, &mut out)
            .await
            .map_err(|error| CliError::failure(cli::with_sources(&error))),
        Command::Init(_) => cli::init::run(&env, &*world.entropy, &mut out),
        Command::Migrate(args) => cli::maintenance::migrate(args, &env, &mut out).await,
        Command::Admin(args) => {
            let mut input = BufReader::new(io::stdin());
            cli::accounts::create_admin(args, &env, &world, &mut input, &mut out).await
        }
        Command::User(args) => {
            let mut input = BufReader::new(io::stdin());
            cli::accounts::create_user(args, &env, &world, &mut input, &mut out).await
        }
        Command::ApiKey(args) => cli::accounts::create_api_key(args, &env, &world, &mut out).await,
        Command::Keys(args) => cli::maintenance::keys(args, &env, &world, &mut out).await,
        Command::Config(args) => cli::config::run(args, &env, &mut out, &mut io::stderr()),
        Command::Openapi => cli::openapi::run(&mut out),
        Command::Audit(args) => cli::maintenance::audit(args, &env, &world, &mut out).await,
    }
}
