//! The program's own processes.

use std::{
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    anvil::Anvil,
    service::FULFILLED,
    world::{FILES, OPERATOR, World, until},
};

/// The longest that a command takes: the machine may have much else to do.
const LONGEST: Duration = Duration::from_secs(300);

/// A command of an account, which finds its key in the environment alone.
pub(crate) fn hallmark(account: usize, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallmark"));
    command.env("HALLMARK_PRIVATE_KEY", Anvil::key(account)).current_dir(FILES.path("."));
    command.args(arguments.split_whitespace());
    command
}

/// What a command says with `--json`. No secret is in it.
pub(crate) fn say(account: usize, arguments: &str) -> (i32, Value) {
    let Output { status, stdout, stderr } = end(hallmark(account, arguments).arg("--json"));
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(!format!("{stdout}{stderr}").contains(&Anvil::key(account)[..16]));
    let code = status.code().unwrap_or_else(|| panic!("{arguments}: it did not end: {stdout}{stderr}"));
    let json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments}: {error}: {stdout}{stderr}"));
    (code, json)
}

/// Runs a command to its end. What goes on, as a service does that should have refused, is killed.
fn end(command: &mut Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let (ended, end) = mpsc::channel::<()>();
    let guard = thread::spawn(move || {
        if end.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
            assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    guard.join().unwrap();
    output
}

pub(crate) fn done(account: usize, arguments: &str) -> Value {
    let (code, json) = say(account, arguments);
    assert_eq!(code, 0, "{arguments}: {json}");
    json
}

/// A text; of an error its message.
pub(crate) fn text(json: &Value, field: &str) -> String {
    let text = json[field].get("message").unwrap_or(&json[field]);
    text.as_str().unwrap_or_else(|| panic!("no {field} in {json}")).to_owned()
}

/// A service in a process, which is killed if it is not stopped before.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(world: &World, journal: &Path, rest: &str) -> Self {
        Self::serve(world, &format!("--journal {} {rest}", journal.display()))
    }

    /// A service with these arguments besides.
    pub(crate) fn serve(world: &World, rest: &str) -> Self {
        let World { market, model, .. } = world;
        let arguments = format!(
            "serve m.hallmark --model-id {model} --srs srs.bin --market {market} --rpc {} --poll 50 --confirmations 4 \
             --from-block 0 --min-fee 0wei --log-json {rest}",
            world.anvil.url(),
        );
        Self::begin(hallmark(OPERATOR, &arguments), world)
    }

    /// A worker with these arguments besides. It has no key.
    pub(crate) fn work(world: &World, rest: &str) -> Self {
        let arguments = format!("work m.hallmark --model-id {} --srs srs.bin --log-json {rest}", world.model);
        let mut command = hallmark(OPERATOR, &arguments);
        command.env_remove("HALLMARK_PRIVATE_KEY");
        Self::begin(command, world)
    }

    fn begin(mut command: Command, world: &World) -> Self {
        Self(command.current_dir(world.models()).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it has not ended.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// The memory that it has, in kibibytes. Returns `None` where the system does not tell.
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
    }

    /// Sends a signal, and does not wait for what comes of it.
    pub(crate) fn send(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap().success());
    }

    pub(crate) fn signal(&mut self, signal: &str) -> Option<i32> {
        self.send(signal);
        self.0.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Killed again and again, at any moment, the service settles everything once.
#[tokio::test]
async fn a_service_that_is_killed_goes_on_where_it_was() {
    let world = World::new(&["--block-time", "1"]).await;
    let journal = world.folder.path().join("killed.journal");
    let mut ids = Vec::new();
    for index in 0..8 {
        ids.push(world.request(&[index; 4]).await);
    }
    for wait in [300, 700, 1100, 1500, 2000] {
        let mut process = Process::start(&world, &journal, "--batch 2");
        tokio::time::sleep(Duration::from_millis(wait)).await;
        process.signal("-KILL");
    }
    let mut process = Process::start(&world, &journal, "--batch 2");
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    until("the end", async || world.settled().await.len() == ids.len()).await;
    assert_eq!(world.settled().await, ids);
    let operator = world.anvil.account(OPERATOR).await.address();
    let transactions = world.customer.node.nonce(operator).await.unwrap();
    assert!(transactions <= ids.len() as u64, "{transactions} transactions");
    // It may have had nothing left to do, and be starting yet.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(process.signal("-TERM"), Some(0));
}

#[tokio::test]
async fn a_service_refuses_what_it_can_t_serve() {
    let world = World::new(&[]).await;
    let World { market, model, folder, .. } = &world;
    let other = world.register_other().await;
    let (journal, rpc) = (folder.path().join("j").display().to_string(), world.anvil.url());
    let serve = |file: &str, id: &str, rest: &str| {
        let rest = format!("--srs srs.bin --journal {journal} --rpc {rpc} --market {market} {rest}");
        say(OPERATOR, &format!("serve {file} --model-id {id} {rest}"))
    };
    let cases = [
        serve("m.hallmark", &other.to_string(), ""),
        serve("m.hallmark", &model.to_string(), "--chain 1"),
        serve("m.hallmark", &format!("0x{}", "11".repeat(32)), ""),
        serve("m.hallmark", &model.to_string(), "--metrics 203.0.113.1:1"),
    ];
    let reasons = [(1, "model digest"), (3, "chain"), (1, "UnknownModel"), (3, "metrics")];
    for ((code, json), (status, reason)) in cases.into_iter().zip(reasons) {
        assert!(code == status && text(&json, "error").contains(reason), "{reason}: {json}");
    }
    let mut command = hallmark(OPERATOR, "claim --market 0x1111111111111111111111111111111111111111 --json");
    let output = command.env_remove("HALLMARK_PRIVATE_KEY").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("--keystore"));
}
