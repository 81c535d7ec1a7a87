//! The built program, run as its operators run it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use ::server::demo::Browser;

use crate::{
    Api, Db,
    database::{TestDatabase, master_keys},
};

/// What several processes of one installation share.
#[derive(Debug)]
pub struct Installation {
    /// The issuer, which every process tells alike.
    pub public_url: String,
    master_key: PathBuf,
    port: u16,
    database: TestDatabase,
}

/// A process of the built program.
#[derive(Debug)]
pub struct Process {
    /// Where this very process answers.
    pub url: String,
    child: Child,
    out: BufReader<ChildStdout>,
    log: Arc<Mutex<String>>,
}

impl Installation {
    /// A database and a master key; the issuer is the address of the first process.
    pub async fn make(db: Db) -> Self {
        let database = TestDatabase::make(db).await;
        let master_key = database.folder.path().join("master.key");
        fs::write(&master_key, master_keys()).unwrap();
        fs::set_permissions(&master_key, fs::Permissions::from_mode(0o600)).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { public_url: format!("http://{free}"), master_key, port: free.port(), database }
    }

    /// Starts the process at the issuer's own address.
    #[must_use]
    pub fn first(&self, more: &[(&str, &str)]) -> Process {
        self.spawn(self.port, more)
    }

    /// Starts another process beside it.
    #[must_use]
    pub fn another(&self, more: &[(&str, &str)]) -> Process {
        self.spawn(0, more)
    }

    fn spawn(&self, port: u16, more: &[(&str, &str)]) -> Process {
        let listen = format!("127.0.0.1:{port}");
        let mut command = self.command(&["serve"]);
        command.env("COUNTERSIGN_SERVER__LISTEN", listen).env("COUNTERSIGN_SERVER__WORKERS", "2");
        command.envs(more.iter().copied());
        Process::start(command)
    }

    /// Runs a command to its end; what it printed.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The address of the database that the processes share.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// The management API with every permission, asked at `process`.
    #[must_use]
    pub fn api(&self, process: &Process) -> Api {
        let key = self.run(&["api-key", "create", "--name", "tests", "--all"]);
        Api::new(&process.url, key.trim())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .env_clear()
            .current_dir(self.database.folder.path())
            .env("COUNTERSIGN_SERVER__PUBLIC_URL", &self.public_url)
            .env("COUNTERSIGN_DATABASE__URL", &self.database.url)
            .env("COUNTERSIGN_KEYS__MASTER_KEY_FILE", &self.master_key)
            .env("COUNTERSIGN_LIMITS__ENABLED", "false");
        command
    }
}

impl Process {
    /// Starts the program in `folder` with no setting but `arguments`, as a first run is.
    #[must_use]
    pub fn start_in(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().current_dir(folder);
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let mut err = child.stderr.take().unwrap();
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = err.read(&mut piece) {
                kept.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..read]));
            }
        });
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut process = Self { url: String::new(), child, out, log };
        process.url = process.says("listening on ");
        process
    }

    /// What follows `prefix` in the next line that begins with it.
    #[track_caller]
    pub fn says(&mut self, prefix: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.out.read_line(&mut line).unwrap();
            assert!(read > 0, "the server ended without saying {prefix:?}: {}", self.log());
            if let Some(rest) = line.trim_end().strip_prefix(prefix) {
                return rest.to_owned();
            }
        }
    }

    /// What it wrote to its log so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// A browser that has never been here; forms come from the issuer's own pages.
    #[must_use]
    pub fn browser(&self, installation: &Installation) -> Browser {
        Browser::new(&installation.public_url).unwrap()
    }

    /// Asks it to end and waits; its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Stopped already, if the test got that far.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The built program, which stands two folders above the test's own.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).map(|folder| folder.join("countersign"));
    let program = program.filter(|it| Path::exists(it));
    program.unwrap_or_else(|| {
        let test = test.display();
        panic!("there is no countersign beside {test}; run cargo build --workspace first")
    })
}
