//! What the command line takes.

use clap::{CommandFactory, Parser, error::ErrorKind};
use service::Problem;

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split(' '))
}

#[test]
fn the_definitions_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_of_the_contract_is_taken() {
    for line in [
        "countersign serve",
        "countersign serve --config countersign.toml",
        "countersign serve --set server.listen=127.0.0.1:0 --set limits.enabled=false",
        "countersign demo",
        "countersign demo --keep",
        "countersign init",
        "countersign migrate up",
        "countersign migrate status --config a.toml",
        "countersign migrate --config a.toml status",
        "countersign admin create --email a@b.example --password-stdin",
        "countersign admin create --email a@b.example --role owner --password-stdin",
        "countersign user create --username u --email a@b.example --password-stdin",
        "countersign user create --username u --email a@b.example --name N --verified --password-stdin",
        "countersign api-key create --name n --permission apps:read",
        "countersign api-key create --name n --permission apps:read apps:write --expires 30d",
        "countersign api-key create --name n --permission apps:read --permission apps:write",
        "countersign api-key create --name n --all --expires 30d",
        "countersign keys list",
        "countersign keys rotate",
        "countersign keys rotate --now",
        "countersign keys reseal",
        "countersign config check",
        "countersign config print",
        "countersign openapi",
        "countersign audit verify",
        "countersign audit verify --head 7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    ] {
        assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
    }
}

#[test]
fn wrong_use_is_exit_code_two() {
    for line in [
        "countersign",
        "countersign surf",
        "countersign serve extra",
        "countersign serve --set server.listen",
        "countersign migrate",
        "countersign migrate down",
        "countersign demo --config a.toml",
        "countersign admin create --email a@b.example",
        "countersign admin create --email a@b.example --role king --password-stdin",
        "countersign admin create --email a@b.example --password secret",
        "countersign user create --email a@b.example --password-stdin",
        "countersign api-key create --name n",
        "countersign api-key create --name n --all --permission apps:read",
        "countersign api-key create --name n --permission apps:conquer",
        "countersign api-key create --name n --all --expires soon",
        "countersign keys rotate --later",
        "countersign config",
        "countersign audit verify --head 7",
    ] {
        let error = parse(line).err().unwrap_or_else(|| panic!("{line} is taken"));
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for (line, kind) in [
        ("countersign --help", ErrorKind::DisplayHelp),
        ("countersign help serve", ErrorKind::DisplayHelp),
        ("countersign --version", ErrorKind::DisplayVersion),
    ] {
        let shown = parse(line).unwrap_err();
        assert_eq!(shown.kind(), kind, "{line}");
        assert_eq!(shown.exit_code(), 0, "{line}");
    }
}

#[test]
fn the_help_of_a_command_says_what_it_does() {
    for (line, about) in [
        ("countersign --help", "An OAuth 2.1 and OpenID Connect server"),
        ("countersign help serve", "Serve until SIGTERM"),
        ("countersign help config", "Check or print the configuration"),
        ("countersign help migrate", "Apply or list migrations"),
    ] {
        let help = parse(line).unwrap_err().to_string();
        assert!(help.starts_with(about), "{help}");
    }
}

#[test]
fn help_and_refusals_name_the_permissions_that_exist() {
    for line in [
        "countersign api-key create --help",
        "countersign api-key create --name n --permission apps:conquer",
    ] {
        let said = parse(line).unwrap_err().to_string();
        for permission in Permission::ALL {
            assert!(said.contains(permission.as_str()), "{permission}: {said}");
        }
    }
    let roles = parse("countersign admin create --help").unwrap_err().to_string();
    assert!(Role::ALL.iter().all(|role| roles.contains(role.as_str())), "{roles}");
}

#[test]
fn what_others_have_already_is_a_conflict() {
    let taken = || domain::FieldError::of("email", "taken", "Another account has this address.");
    let short = || domain::FieldError::of("password", "too-short", "Use 15 characters or more.");

    let only_taken = CliError::from(Problem::Invalid(vec![taken()]));
    let both = CliError::from(Problem::Invalid(vec![taken(), short()]));

    assert_eq!(only_taken, CliError::conflict("Another account has this address."));
    assert_eq!(both.code, ExitCode::Invalid);
}

#[test]
fn values_arrive_as_types() {
    let command =
        "countersign api-key create --name ci --permission apps:read apps:write --expires 12h";

    let Command::ApiKey(args) = parse(command).unwrap().command else { panic!("not api-key") };

    let ApiKeyCommand::Create(create) = args.command;
    assert_eq!(create.permission, [Permission::AppsRead, Permission::AppsWrite]);
    assert_eq!(create.expires, Some(Age(std::time::Duration::from_hours(12))));
}

#[test]
fn exit_codes_are_the_contract_s() {
    let codes = [
        (CliError::failure("x"), 1),
        (CliError::invalid("x"), 2),
        (CliError::conflict("x"), 3),
        (CliError::forbidden("x"), 4),
    ];
    for (error, number) in codes {
        assert_eq!(error.code.number(), number);
    }
}
