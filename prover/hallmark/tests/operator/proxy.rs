//! A way to a database that can be blocked, as a network is that stands still.

use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// The name of a server's socket.
const SOCKET: &str = ".s.PGSQL.5432";

/// A socket that leads to another one, as long as it is not blocked.
pub(crate) struct Proxy {
    folder: TempDir,
    is_blocked: Arc<AtomicBool>,
}

impl Proxy {
    /// One before the socket of a server, which lies in this folder.
    pub(crate) fn to(server: &Path) -> Self {
        let proxy = Self { folder: TempDir::with_prefix("hallmark-px").unwrap(), is_blocked: Arc::default() };
        let listener = UnixListener::bind(proxy.folder.path().join(SOCKET)).unwrap();
        let (server, is_blocked) = (server.join(SOCKET), Arc::clone(&proxy.is_blocked));
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                // A server that is away closes the connection at once.
                let Ok(far) = UnixStream::connect(&server) else { continue };
                let both = [(&near, &far), (&far, &near)];
                for (from, to) in both.map(|(from, to)| (from.try_clone().unwrap(), to.try_clone().unwrap())) {
                    let is_blocked = Arc::clone(&is_blocked);
                    thread::spawn(move || pass_on(from, to, &is_blocked));
                }
            }
        });
        proxy
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets nothing through for some time.
    pub(crate) async fn block(&self, time: Duration) {
        self.is_blocked.store(true, Ordering::Relaxed);
        tokio::time::sleep(time).await;
        self.is_blocked.store(false, Ordering::Relaxed);
    }
}

fn pass_on(mut from: UnixStream, mut to: UnixStream, is_blocked: &AtomicBool) {
    let mut buffer = [0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        while is_blocked.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(10));
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
    let _ = from.shutdown(std::net::Shutdown::Both);
}
