//! A private `PostgreSQL` for one test run: own folder, free port, loopback only, gone afterwards.

use std::fs::{self, DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::command::{is_installed, output, succeeds};

const POLL: Duration = Duration::from_millis(100);
/// Ten seconds of [`POLL`]s: a start takes one, a stop less.
const PATIENCE: usize = 100;
/// Between choosing a free port and binding it another program may take it.
const ATTEMPTS: usize = 3;

/// Three hundred connections are two servers and a suite in parallel.
const SETTINGS: [&str; 5] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    "shared_buffers=128MB",
    "max_wal_size=4GB",
];

/// Whether what was committed outlives a power failure.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Durability {
    /// It does, at the price that a real installation pays.
    Kept,
    /// It does not: a test run can do without.
    GivenUp,
}

impl Durability {
    const fn settings(self) -> [&'static str; 3] {
        match self {
            Self::Kept => ["fsync=on", "synchronous_commit=on", "full_page_writes=on"],
            Self::GivenUp => ["fsync=off", "synchronous_commit=on", "full_page_writes=off"],
        }
    }
}

/// A running server; dropping it stops the server and deletes its folder.
pub(crate) struct Postgres {
    server: Child,
    folder: PathBuf,
    url: String,
}

impl Postgres {
    /// Makes a cluster and waits until it answers.
    pub(crate) fn start(durability: Durability) -> Result<Self> {
        let Some(programs) = programs() else {
            bail!("PostgreSQL is not installed; run `cargo xtask setup`");
        };
        let account = Account::find()?;
        let password = hexadecimal(16)?;
        // Not under target/: the account that runs the server may not be able to enter the folder of root.
        let folder = std::env::temp_dir().join(format!("countersign-postgres-{}", hexadecimal(8)?));
        let started = create(&folder, &password, &programs, &account)
            .and_then(|()| serve(&folder, &programs, &account, durability));
        match started {
            Ok((server, port)) => {
                let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
                println!("PostgreSQL listens on 127.0.0.1:{port} (pid {})", server.id());
                Ok(Self { server, folder, url })
            }
            Err(error) => {
                remove(&folder);
                Err(error)
            }
        }
    }

    /// The number of its first process.
    pub(crate) fn pid(&self) -> u32 {
        self.server.id()
    }

    /// Where the tests find it, as its superuser: they make a database each.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        stop(&mut self.server);
        remove(&self.folder);
    }
}

/// Whether the server's programs are on this machine.
pub(crate) fn is_there() -> bool {
    programs().is_some()
}

/// The folder of the newest server's programs: Debian keeps them out of the path, one folder a version.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian
        .map(|version| version.path())
        .filter(|version| version.join("bin/postgres").exists())
        .max_by_key(|version| {
            let name = version.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.parse::<u32>().unwrap_or_default()
        })
        .map(|version| version.join("bin"));
    newest.or_else(|| {
        let said = output(Command::new("pg_config").arg("--bindir")).ok()?;
        let folder = PathBuf::from(said.trim());
        folder.join("postgres").exists().then_some(folder)
    })
}

/// Who runs the server: `PostgreSQL` refuses to be root.
enum Account {
    Own,
    Other { name: &'static str, user: u32, group: u32 },
}

impl Account {
    fn find() -> Result<Self> {
        if id(&["-u"])? != 0 {
            return Ok(Self::Own);
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(user), Ok(group)) = (id(&["-u", name]), id(&["-g", name])) {
                return Ok(Self::Other { name, user, group });
            }
        }
        bail!("neither `postgres` nor `nobody` is a user here, and PostgreSQL does not run as root")
    }

    fn own(&self, path: &Path) -> Result<()> {
        if let Self::Other { user, group, name } = self {
            chown(path, Some(*user), Some(*group))
                .with_context(|| format!("{} could not be given to {name}", path.display()))?;
        }
        Ok(())
    }

    /// A command of this account that is interrupted when this program ends, however it ends.
    ///
    /// An interrupt is PostgreSQL's fast shutdown.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if let Self::Other { user, group, .. } = self {
            command.args(["--reuid", &user.to_string(), "--regid", &group.to_string()]);
            command.arg("--clear-groups");
        }
        command.arg("--").arg(program).current_dir(folder).stdin(Stdio::null());
        command
    }
}

fn id(arguments: &[&str]) -> Result<u32> {
    let said = output(Command::new("id").args(arguments))?;
    said.trim().parse().with_context(|| format!("`id` said `{}`", said.trim()))
}

/// Makes the folder and the cluster in it.
fn create(folder: &Path, password: &str, programs: &Path, account: &Account) -> Result<()> {
    if !is_installed("setpriv") {
        bail!("`setpriv` is missing; it is part of util-linux");
    }
    // Fails when the folder is there: nobody else can have prepared it.
    DirBuilder::new()
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("{} could not be made", folder.display()))?;
    account.own(folder)?;
    let secret = folder.join("password");
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&secret)?;
    file.write_all(password.as_bytes())?;
    account.own(&secret)?;
    let mut initdb = account.command(&programs.join("initdb"), folder);
    initdb.args(["--pgdata=cluster", "--username=postgres", "--auth=scram-sha-256"]);
    initdb.args(["--pwfile=password", "--encoding=UTF8", "--locale=C", "--no-sync"]);
    output(&mut initdb).map(drop)
}

/// Starts the server on a free port.
fn serve(
    folder: &Path,
    programs: &Path,
    account: &Account,
    durability: Durability,
) -> Result<(Child, u16)> {
    let log = folder.join("log");
    for _attempt in 0..ATTEMPTS {
        let port = free_port()?;
        let out = File::create(&log)?;
        let mut command = account.command(&programs.join("postgres"), folder);
        command.args(["-D", "cluster", "-p", &port.to_string()]);
        for setting in SETTINGS.into_iter().chain(durability.settings()) {
            command.args(["-c", setting]);
        }
        let mut server = command.stdout(out.try_clone()?).stderr(out).spawn()?;
        if answers(&mut server, programs, port) {
            return Ok((server, port));
        }
        stop(&mut server);
    }
    let said = fs::read_to_string(&log).unwrap_or_default();
    bail!("PostgreSQL did not start:\n{}", said.trim_end())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Waits until the server takes connections; false when it ends before or takes too long.
fn answers(server: &mut Child, programs: &Path, port: u16) -> bool {
    let port = port.to_string();
    for _poll in 0..PATIENCE {
        if !matches!(server.try_wait(), Ok(None)) {
            return false;
        }
        let mut ready = Command::new(programs.join("pg_isready"));
        if succeeds(ready.args(["-h", "127.0.0.1", "-p", &port])) {
            return true;
        }
        sleep(POLL);
    }
    false
}

/// Asks the server to shut down fast, and ends it when it does not.
fn stop(server: &mut Child) {
    let asked = succeeds(Command::new("kill").args(["-INT", &server.id().to_string()]));
    if asked {
        for _poll in 0..PATIENCE {
            if !matches!(server.try_wait(), Ok(None)) {
                return;
            }
            sleep(POLL);
        }
    }
    if let Err(error) = server.kill().and_then(|()| server.wait()) {
        eprintln!("PostgreSQL (pid {}) could not be stopped: {error}", server.id());
    }
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        eprintln!("{} could not be deleted: {error}", folder.display());
    }
}

/// So many random bytes in hexadecimal.
fn hexadecimal(bytes: usize) -> Result<String> {
    let mut random = vec![0_u8; bytes];
    File::open("/dev/urandom")?.read_exact(&mut random)?;
    Ok(random
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_server_answers_and_is_gone_when_dropped() {
        let postgres = Postgres::start(Durability::GivenUp).unwrap();
        let folder = postgres.folder.clone();
        let psql = programs().unwrap().join("psql");
        let ask = |url: &str| output(Command::new(&psql).args([url, "-Atc", "show fsync"]));

        assert_eq!(ask(postgres.url()).unwrap().trim(), "off");
        let url = postgres.url().to_owned();
        drop(postgres);

        assert!(ask(&url).is_err());
        assert!(!folder.exists());
    }

    #[test]
    fn another_password_is_refused() {
        let postgres = Postgres::start(Durability::GivenUp).unwrap();
        let psql = programs().unwrap().join("psql");
        let wrong = postgres.url().replacen("postgres:", "postgres:x", 2);

        assert!(output(Command::new(psql).args([wrong.as_str(), "-Atc", "select 1"])).is_err());
    }
}
