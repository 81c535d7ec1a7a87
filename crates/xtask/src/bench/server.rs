//! The servers under test: provisioned by the command line, pinned to a core, stopped when dropped.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::bench::SERVER_CORE;
use crate::command::succeeds;

/// Host and port of the public URL; the address it listens on is another one.
pub(crate) const HOST: &str = "localhost:8080";
/// Who signs in.
pub(crate) const USERNAME: &str = "bench";

const PASSWORD: &str = "correct horse battery staple";
const POLL: Duration = Duration::from_millis(1);
/// Ten seconds of [`POLL`]s.
const PATIENCE: u32 = 10_000;

/// A database and the program that serves it.
#[derive(Debug)]
pub(crate) struct Database {
    /// What the table calls it.
    pub(crate) name: &'static str,
    program: PathBuf,
    folder: PathBuf,
    url: String,
}

/// What the generator signs in and manages with.
pub(crate) struct Account {
    pub(crate) api_key: String,
    pub(crate) password: &'static str,
}

impl Database {
    /// A SQLite file in `folder`.
    pub(crate) fn sqlite(programs: &Path, folder: &Path) -> Result<Self> {
        let url = format!("sqlite://{}/countersign.db", folder.display());
        Self::new("SQLite", (programs, folder), url)
    }

    /// The `PostgreSQL` at `url`; `folder` holds the master key.
    pub(crate) fn postgres(programs: &Path, folder: &Path, url: &str) -> Result<Self> {
        Self::new("PostgreSQL", (programs, folder), url.to_owned())
    }

    fn new(name: &'static str, (programs, folder): (&Path, &Path), url: String) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let program = programs.join("countersign");
        let database = Self { name, program, folder: folder.to_owned(), url };
        database.say("init", &[], "")?;
        database.say("migrate up", &[], "")?;
        Ok(database)
    }

    /// Makes the API key and the person that the generator uses.
    pub(crate) fn provision(&self) -> Result<Account> {
        let api_key = self.say("api-key create", &["--name", "bench", "--all"], "")?;
        let email = ["--email", "bench@example.com", "--verified", "--password-stdin"];
        let person = [&["--username", USERNAME], email.as_slice()].concat();
        self.say("user create", &person, PASSWORD)?;
        Ok(Account { api_key: api_key.trim().to_owned(), password: PASSWORD })
    }

    /// `serve`, on a free port.
    fn serve(&self) -> Command {
        let mut command = pinned(&self.program);
        self.surround(&mut command);
        command.args(["serve", "--set", "server.listen=127.0.0.1:0", "--set", "server.workers=1"]);
        command
    }

    fn surround(&self, command: &mut Command) {
        // A password does not belong on a command line.
        command.env("COUNTERSIGN_DATABASE__URL", &self.url).current_dir(&self.folder);
        command.env("COUNTERSIGN_DATABASE__MIGRATE_ON_START", "true");
        command.env("COUNTERSIGN_SERVER__PUBLIC_URL", format!("http://{HOST}"));
    }

    /// What a command of the program answers.
    fn say(&self, words: &str, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(&self.program);
        self.surround(&mut command);
        command.args(words.split(' ')).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("`countersign` could not be started")?;
        if let Some(mut stdin) = child.stdin.take() {
            writeln!(stdin, "{input}")?;
        }
        let ended = child.wait_with_output()?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr);
            bail!("`countersign {words}` failed ({})\n{}", ended.status, said.trim_end());
        }
        String::from_utf8(ended.stdout).context("`countersign` did not write UTF-8")
    }
}

/// A server under test.
pub(crate) struct Server {
    pub(crate) database: String,
    pub(crate) process: Pinned,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(database: &Database) -> Result<Self> {
        let process = Pinned::start(database.serve())
            .with_context(|| format!("the server on {} did not start", database.name))?;
        process.wait_until_ready()?;
        Ok(Self { database: database.name.to_owned(), process })
    }
}

/// A process on the server's core that said where it listens.
pub(crate) struct Pinned {
    child: Child,
    /// Held open: a server that cannot tell of its setup link ends.
    _said: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl Pinned {
    /// The bare server.
    pub(crate) fn limit_server(programs: &Path) -> Result<Self> {
        Self::start(pinned(&programs.join("limit-server"))).context("the bare server did not start")
    }

    fn start(mut command: Command) -> Result<Self> {
        // The log costs its formatting and its system calls, and not the disk.
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().context("it has no standard output")?);
        out.read_line(&mut line)?;
        let said = line.trim();
        if let Some(address) =
            said.strip_prefix("listening on http://").and_then(|it| it.parse().ok())
        {
            return Ok(Self { child, _said: out, address });
        }
        child.kill()?;
        bail!("it ended with {} and said `{said}`", child.wait()?)
    }

    /// The number of the process; `taskset` becomes what it starts.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks `/health/ready` until it says yes.
    pub(crate) fn wait_until_ready(&self) -> Result<()> {
        for _poll in 0..PATIENCE {
            if self.is_ready() {
                return Ok(());
            }
            sleep(POLL);
        }
        bail!("the server at {} did not become ready", self.address)
    }

    fn is_ready(&self) -> bool {
        let ask = || {
            let mut stream = TcpStream::connect(self.address)?;
            let request =
                format!("GET /health/ready HTTP/1.1\r\nhost: {HOST}\r\nconnection: close\r\n\r\n");
            stream.write_all(request.as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            std::io::Result::Ok(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// Waits until the process has ended; whether it did in time.
    fn ends(&mut self) -> bool {
        for _poll in 0..PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            sleep(POLL);
        }
        false
    }

    /// What the process holds in memory, in KiB.
    pub(crate) fn resident_kib(&self) -> Result<u32> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.context("/proc/PID/status names no VmRSS")
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        let asked = succeeds(Command::new("kill").args(["-TERM", &self.pid().to_string()]));
        if asked && self.ends() {
            return;
        }
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("a server (pid {}) could not be stopped: {error}", self.pid());
        }
    }
}

fn pinned(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", SERVER_CORE]).arg(program);
    command
}
