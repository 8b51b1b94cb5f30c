//! A PostgreSQL server of Debian's package, for tests alone: in a folder of its own, behind a socket, and as nobody in particular.

use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// The user and the group that Debian calls nobody. The server refuses to run as root.
const NOBODY: u32 = 65_534;
/// What the socket of a server is called that is at no port.
const PORT: u16 = 5432;
/// A server for many tests at once, behind a socket alone.
const SETTINGS: &str = "listen_addresses=''\nmax_connections=300\nshared_buffers=32MB\n";
/// What tests do without, since nobody misses their data: to write through to the disk, and to tidy up.
const FORGETFUL: &str = "fsync=off\nfull_page_writes=off\nsynchronous_commit=off\nautovacuum=off\n";

/// A server that ends with the value.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

/// A database of a server.
#[derive(Clone, Debug)]
pub struct Database {
    folder: PathBuf,
    port: u16,
    name: String,
}

impl Server {
    /// Starts one.
    ///
    /// # Panics
    /// If there is none to start: a test that can't run has not passed.
    #[must_use]
    pub fn start() -> Self {
        Self::prepare(FORGETFUL, PORT).started()
    }

    /// Starts one that writes through to the disk, as others do, to measure what that takes.
    ///
    /// # Panics
    /// As [`Server::start`] does.
    #[must_use]
    pub fn durable() -> Self {
        Self::prepare("", PORT).started()
    }

    /// Starts one that is also at a port of this machine, with passwords, and with TLS for the name `localhost`.
    ///
    /// # Panics
    /// As [`Server::start`] does, and without `openssl`.
    #[must_use]
    pub fn guarded() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let tls = "listen_addresses='127.0.0.1'\nssl=on\nssl_cert_file='../server.crt'\nssl_key_file='../server.key'\n";
        let server = Self::prepare(&format!("{FORGETFUL}{tls}"), port);
        for name in ["server", "other"] {
            let mut openssl = Command::new("openssl");
            as_nobody(&mut openssl);
            let request = format!(
                "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
                 -addext basicConstraints=critical,CA:FALSE -keyout {name}.key -out {name}.crt"
            );
            openssl.args(request.split(' ')).current_dir(server.folder.path()).stderr(Stdio::null());
            assert!(openssl.status().unwrap().success(), "openssl fails");
        }
        server.started()
    }

    /// The files of one with these settings.
    fn prepare(settings: &str, port: u16) -> Self {
        let folder = TempDir::with_prefix("hallmark-pg").unwrap();
        if is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = folder.path().join("data");
        let mut initdb = Command::new(binary("initdb"));
        as_nobody(&mut initdb);
        initdb.args(["--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256", "--username=postgres"]);
        initdb.args(["--encoding=UTF8", "-D"]).arg(&data);
        assert!(initdb.stdout(Stdio::null()).status().unwrap().success(), "initdb fails");
        let place = format!("port={port}\nunix_socket_directories='{}'\n", folder.path().display());
        fs::write(data.join("postgresql.auto.conf"), format!("{SETTINGS}{settings}{place}")).unwrap();
        Self { folder, port, child: None }
    }

    fn started(mut self) -> Self {
        self.resume();
        self
    }

    /// The one that the tests of a program share. It ends after the program.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts it again.
    pub fn resume(&mut self) {
        // The server ends when its own standard input does: also if this program is killed.
        let script =
            "\"$@\" < /dev/null & server=$!; cat > /dev/null; kill -INT $server; wait $server; rm -rf \"$FOLDER\"";
        let mut guard = Command::new("sh");
        guard.args(["-c", script, "sh"]).arg(binary("postgres")).arg("-D").arg(self.folder.path().join("data"));
        guard.env("FOLDER", self.folder.path()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        as_nobody(&mut guard);
        self.child = Some(guard.spawn().unwrap());
        let start = Instant::now();
        while !self.psql("postgres", "SELECT 1").is_ok_and(|said| said == "1") {
            assert!(start.elapsed() < Duration::from_secs(60), "the server does not start");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills it, as a machine that fails does. Its data stays.
    pub fn kill(&mut self) {
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let id = file.lines().next().unwrap();
        if let Some(mut child) = self.child.take() {
            // The guard first, which would remove the data.
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(Command::new("kill").args(["-QUIT", id]).status().unwrap().success());
        let start = Instant::now();
        while Path::new("/proc").join(id).exists() {
            assert!(start.elapsed() < Duration::from_secs(60), "the server does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// An empty database.
    ///
    /// # Panics
    /// If the server makes none.
    #[must_use]
    pub fn database(&self) -> Database {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")).unwrap();
        Database { folder: self.folder.path().to_owned(), port: self.port, name }
    }

    fn psql(&self, database: &str, statement: &str) -> Result<String, String> {
        said(psql((self.folder.path(), self.port), database, "postgres", statement))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

impl Database {
    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        self.address_of("postgres")
    }

    /// Its address for a role.
    #[must_use]
    pub fn address_of(&self, role: &str) -> String {
        format!("postgres:///{}?host={}&user={role}", self.name, self.folder.display())
    }

    /// Its address for a role at a port of this machine.
    #[must_use]
    pub fn remote(&self, role: &str) -> String {
        format!("postgres://{role}@localhost:{}/{}", self.port, self.name)
    }

    /// A file beside the server's data.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs statements, and returns the values of the last.
    ///
    /// # Panics
    /// If the database refuses.
    pub fn run(&self, statements: &str) -> String {
        said(self.psql("postgres", statements)).unwrap()
    }

    /// Why a role may not run a statement.
    ///
    /// # Panics
    /// If it may.
    #[must_use]
    pub fn refusal(&self, role: &str, statement: &str) -> String {
        said(self.psql(role, statement)).expect_err(statement)
    }

    /// Runs statements beside the program.
    ///
    /// # Panics
    /// If there is no process for it.
    #[must_use]
    pub fn session(&self, statements: &str) -> Child {
        self.psql("postgres", statements).stdout(Stdio::null()).spawn().unwrap()
    }

    fn psql(&self, role: &str, statements: &str) -> Command {
        psql((&self.folder, self.port), &self.name, role, statements)
    }
}

fn psql((folder, port): (&Path, u16), database: &str, role: &str, statements: &str) -> Command {
    let mut psql = Command::new(binary("psql"));
    psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", role, "-d", database, "-c", statements, "-h"]);
    psql.arg(folder).args(["-p", &port.to_string()]);
    psql
}

fn said(mut psql: Command) -> Result<String, String> {
    let output = psql.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

fn as_nobody(command: &mut Command) {
    command.current_dir("/");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// The newest of the installed versions.
fn binary(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).max_by_key(|path| version(path));
    let path = newest.map(|folder| folder.join("bin").join(name)).filter(|path| path.is_file());
    path.unwrap_or_else(|| {
        panic!("these tests need PostgreSQL: install Debian's package `postgresql` (no {name} was found)")
    })
}
