//! One agent as a child process.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Output;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

/// What takes longer has failed. Far above what anything here needs, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A failure is found within about a second with these.
const FAST: &[&str] =
    &["--profile", "local", "--set", "probe_interval=200ms", "--set", "probe_timeout=100ms"];

/// An agent that runs. It is killed when it is dropped.
pub(crate) struct Agent {
    name: String,
    addr: String,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Value>,
    /// Lines that nobody has waited for yet.
    unread: Vec<Value>,
}

impl Agent {
    /// Starts an agent on a free port and waits until it is ready.
    pub(crate) fn start(name: &str, flags: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", name, flags)
    }

    /// The same at a given address.
    pub(crate) fn start_at(bind: &str, name: &str, flags: &[&str]) -> Self {
        let flags = [&["--name", name, "--bind", bind], FAST, flags].concat();
        Self::spawn(command(&flags), name)
    }

    /// Starts whatever keeps to the agent's contract and waits until it is ready.
    pub(crate) fn spawn(program: Command, name: &str) -> Self {
        let (read_on, gate) = channel();
        let agent = Self::launch(program, name, gate);
        // Its output is read from the beginning, whoever waits for it.
        let _ = read_on.send(());
        agent
    }

    /// An agent whose output nobody reads once it is ready, until the sender is used or dropped.
    pub(crate) fn start_unread(name: &str, flags: &[&str]) -> (Self, Sender<()>) {
        let (read_on, gate) = channel();
        let flags = [&["--name", name, "--bind", "127.0.0.1:0"], FAST, flags].concat();
        (Self::launch(command(&flags), name, gate), read_on)
    }

    fn launch(mut program: Command, name: &str, gate: Receiver<()>) -> Self {
        let mut child = program
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built with this test");
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().expect("it is piped");
        let (sender, lines) = channel();
        thread::spawn(move || {
            let mut gate = Some(gate);
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(value).is_err() {
                    return;
                }
                // Behind the first line: that it is ready.
                let _ = gate.take().map(|gate| gate.recv());
            }
        });
        let mut agent = Self {
            name: name.to_owned(),
            addr: String::new(),
            child,
            stdin,
            lines,
            unread: vec![],
        };
        let ready = agent.wait("ready", |line| line["event"] == "ready");
        assert_eq!(ready["name"], name);
        agent.addr = ready["addr"].as_str().expect("it is a text").to_owned();
        agent
    }

    /// Starts an agent that joins `seed` and waits until both know one another.
    pub(crate) fn join(name: &str, seed: &mut Self, flags: &[&str]) -> Self {
        let mut agent = Self::start(name, &[&["--join", &seed.addr], flags].concat());
        let joined = agent.event("joined");
        assert_eq!((&joined["requested"], &joined["reached"]), (&1.into(), &1.into()), "{joined}");
        agent.event_of("join", &seed.name);
        seed.event_of("join", name);
        agent
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> &str {
        &self.addr
    }

    /// Writes one command.
    pub(crate) fn tell(&mut self, line: &str) {
        self.tell_bytes(line.as_bytes());
    }

    /// The same for a line that need not be text.
    pub(crate) fn tell_bytes(&mut self, line: &[u8]) {
        let stdin = self.stdin.as_mut().expect("the input is still open");
        stdin.write_all(&[line, b"\n"].concat()).expect("the agent reads");
    }

    /// Ends its input.
    pub(crate) fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Writes one command and waits for the reply.
    pub(crate) fn ask(&mut self, line: &str) -> Value {
        self.tell(line);
        let word = line.split(' ').next().expect("a split gives at least one").to_owned();
        self.wait(line, |reply| reply["reply"] == word.as_str())
    }

    /// Asks until the reply is as expected: for what becomes true without an event. Each round
    /// waits for its reply, and all of them for a bound.
    pub(crate) fn ask_until(&mut self, line: &str, holds: impl Fn(&Value) -> bool) -> Value {
        self.ask_within(PATIENCE, line, holds)
    }

    /// The same with a bound of its own.
    pub(crate) fn ask_within(
        &mut self,
        bound: Duration,
        line: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let end = Instant::now() + bound;
        loop {
            let reply = self.ask(line);
            if holds(&reply) {
                return reply;
            }
            assert!(Instant::now() < end, "{}: `{line}` still gives {reply}", self.name);
        }
    }

    /// Waits for an event of that kind.
    pub(crate) fn event(&mut self, kind: &str) -> Value {
        self.wait(kind, |line| line["event"] == kind)
    }

    /// Waits for an event of that kind about a member.
    pub(crate) fn event_of(&mut self, kind: &str, name: &str) -> Value {
        self.wait(kind, |line| line["event"] == kind && line["name"] == name)
    }

    /// Waits for a line and takes it out; other lines are kept for later.
    pub(crate) fn wait(&mut self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        self.wait_within(PATIENCE, what, holds)
    }

    /// The same with a bound of its own.
    pub(crate) fn wait_within(
        &mut self,
        bound: Duration,
        what: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let end = Instant::now() + bound;
        let mut at = 0;
        loop {
            if at == self.unread.len() {
                let left = end.saturating_duration_since(Instant::now());
                match self.lines.recv_timeout(left) {
                    Ok(line) => self.unread.push(line),
                    Err(why) => panic!("{}: no `{what}` ({why}): {:#?}", self.name, self.unread),
                }
            }
            if holds(&self.unread[at]) {
                return self.unread.remove(at);
            }
            at += 1;
        }
    }

    /// Lines of a kind that nobody has waited for, up to the reply to a command that is asked now.
    pub(crate) fn unread(&mut self, kind: &str) -> Vec<Value> {
        self.ask("stats");
        self.unread.iter().filter(|line| line["event"] == kind).cloned().collect()
    }

    /// Waits for its end; gives the status and whether its last line was `stopped`.
    pub(crate) fn end(&mut self) -> (ExitStatus, bool) {
        let end = Instant::now() + PATIENCE;
        let mut last = self.unread.pop();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => last = Some(line),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(why) => panic!("{} does not end ({why})", self.name),
            }
        }
        let status = self.child.wait().expect("it is our child");
        (status, last.is_some_and(|line| line["event"] == "stopped"))
    }

    /// What it writes to standard error, line by line: for one whose program has a pipe there.
    #[cfg(unix)]
    pub(crate) fn errors(&mut self) -> Receiver<String> {
        let errors = self.child.stderr.take().expect("it is piped");
        let (sender, lines) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(errors).lines().map_while(Result::ok);
            lines.into_iter().try_for_each(|line| sender.send(line))
        });
        lines
    }

    /// Sends it a signal, such as `TERM` or `STOP`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args([&format!("-{signal}"), &id]).status();
        assert!(kill.expect("every Unix has `kill`").success());
    }

    /// Sends a signal until it ends: of two that come at once the kernel may deliver one.
    #[cfg(unix)]
    pub(crate) fn insist(&mut self, signal: &str) {
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait().expect("it is our child").is_none() {
            assert!(Instant::now() < end, "{} does not end", self.name);
            self.signal(signal);
            if let Ok(line) = self.lines.recv_timeout(std::time::Duration::from_millis(100)) {
                self.unread.push(line);
            }
        }
    }

    /// Ends it without a word, as a crash does.
    pub(crate) fn crash(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is our child");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs an agent that should end by itself; its input is at its end already.
pub(crate) fn run(flags: &[&str]) -> Output {
    command(flags).stdin(Stdio::null()).output().expect("the agent was built with this test")
}

/// This build's agent with these flags.
pub(crate) fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agent"));
    command.args(["--json"]).args(flags);
    command
}
