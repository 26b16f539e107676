//! Joins a pool of the Go library that this program starts, and prints the members as both see
//! them.
//!
//! ```text
//! cargo run -p memberlist-examples --bin go_pool
//! ```
//!
//! The Go nodes are the program in `tests/interop/peer`; the Go toolchain (1.25 or newer) builds
//! it.

use std::error::Error;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use memberlist::Compression;
use memberlist::Msgpack;
use memberlist::Options;
use serde_json::Value;

type Failure = Box<dyn Error + Send + Sync>;

const GO_NODES: usize = 3;

/// Whatever has not happened by then will not happen: it is a failure of this program.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let program = build()?;
    let mut pool = Vec::new();
    let mut seed = String::new();
    for at in 0..GO_NODES {
        let node = GoNode::start(&program, &format!("go-{at}"), &seed)?;
        seed.clone_from(&node.addr);
        pool.push(node);
    }

    let node = memberlist::tokio::tcp("rust")
        .bind("127.0.0.1:0")
        .wire::<Msgpack>()
        .compress_packets(Compression::Lzw)
        .compress_streams(Compression::Lzw)
        .options(Options::local())
        .start()
        .await?;
    node.join([&seed]).await?;
    let all = |members: &[_]| members.len() == GO_NODES + 1;
    tokio::time::timeout(PATIENCE, node.wait_for(all)).await??;

    println!("as rust sees it:");
    for member in node.members() {
        println!("  {:8} {} {}", member.id(), member.address(), member.state());
    }
    for _ in 0..GO_NODES {
        pool[0].line(|line| line["event"] == "join")?;
    }
    println!("as go-0 sees it:");
    for member in pool[0].members()? {
        println!(
            "  {:8} {} {}",
            text(&member, "name"),
            text(&member, "addr"),
            text(&member, "state")
        );
    }
    node.leave(PATIENCE).await?;
    node.shutdown().await;
    Ok(())
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or("?")
}

/// Builds the Go program.
fn build() -> Result<PathBuf, Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let program = root.join("target").join("go_pool_peer");
    let mut go = Command::new("go");
    go.args(["build", "-buildvcs=false", "-o"]).arg(&program).arg(".");
    match go.current_dir(root.join("tests/interop/peer")).status() {
        Ok(status) if status.success() => Ok(program),
        Ok(status) => Err(format!("the Go program does not build: {status}").into()),
        Err(error) => Err(format!("Go 1.25 or newer is needed: {error}").into()),
    }
}

/// A node of the Go library. It ends with this program.
struct GoNode {
    addr: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl GoNode {
    /// Starts a node that joins `seed`, if that is not empty, and waits until it is ready.
    fn start(program: &Path, name: &str, seed: &str) -> Result<Self, Failure> {
        let mut go = Command::new(program);
        go.args(["--name", name, "--bind", "127.0.0.1:0", "--profile", "local"]);
        if !seed.is_empty() {
            go.args(["--join", seed]);
        }
        let mut child = go.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (input, output) = input.zip(output).ok_or("its input and output are pipes")?;
        let output = BufReader::new(output);
        let mut node = Self { addr: String::new(), child, input, output };
        node.addr = text(&node.line(|line| line["event"] == "ready")?, "addr").to_owned();
        Ok(node)
    }

    /// Everybody whom it knows.
    fn members(&mut self) -> Result<Vec<Value>, Failure> {
        self.input.write_all(b"members\n")?;
        let mut reply = self.line(|line| line["reply"] == "members")?;
        Ok(serde_json::from_value(reply["members"].take())?)
    }

    /// The next line that `is_wanted`.
    fn line(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
        let mut line = String::new();
        while self.output.read_line(&mut line)? > 0 {
            let value: Value = serde_json::from_str(&line)?;
            if is_wanted(&value) {
                return Ok(value);
            }
            line.clear();
        }
        Err("the Go node has ended".into())
    }
}

impl Drop for GoNode {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
