//! How it starts and how it ends.

#[cfg(unix)]
use std::net::TcpStream;
#[cfg(unix)]
use std::process::Command;
#[cfg(unix)]
use std::process::Stdio;

use crate::harness::Agent;
#[cfg(unix)]
use crate::harness::PATIENCE;
use crate::harness::run;

#[test]
fn the_end_of_its_input_is_quit() {
    let mut a = Agent::start("a", &[]);
    let mut b = Agent::join("b", &mut a, &[]);
    b.close_input();
    assert_eq!(a.event_of("leave", "b")["state"], "left");
    let (status, stopped) = b.end();
    assert!(status.success() && stopped, "{status}");
}

#[cfg(unix)]
#[test]
fn sigterm_is_quit() {
    let mut a = Agent::start("a", &[]);
    let mut b = Agent::join("b", &mut a, &[]);
    b.signal("TERM");
    assert_eq!(a.event_of("leave", "b")["state"], "left");
    let (status, stopped) = b.end();
    assert!(status.success() && stopped, "{status}");
}

#[cfg(unix)]
#[test]
fn a_second_sigterm_stops_at_once() {
    let mut a = Agent::start("a", &[]);
    // With probes this rare it goes on to believe that the frozen one is there to hear its goodbye.
    let slow = ["--set", "probe_interval=1h", "--set", "push_pull_interval=0s"];
    let mut b = Agent::join("b", &mut a, &slow);
    a.signal("STOP");
    b.signal("TERM");
    b.insist("TERM");
    let (status, stopped) = b.end();
    assert!(status.code() == Some(130) && !stopped, "{status}");
}

#[cfg(unix)]
#[test]
fn sigterm_ends_a_join_that_nobody_answers() {
    let mute = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let seed = mute.local_addr().expect("it is bound").to_string();
    let mut a = Agent::start("a", &["--join", &seed, "--set", "stream_timeout=1h"]);
    let _stream = mute.accept().expect("the agent dials");
    a.signal("TERM");
    let (status, stopped) = a.end();
    assert!(status.success() && stopped, "{status}");
}

#[test]
fn it_speaks_ipv6_and_tells_what_it_is_told_to_advertise() {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        return;
    }
    let mut a = Agent::start_at("[::1]:0", "a", &["--advertise", "[::1]:0"]);
    assert!(a.addr().starts_with("[::1]:") && !a.addr().ends_with(":0"), "{}", a.addr());
    let mut b = Agent::start_at("[::1]:0", "b", &["--join", a.addr()]);
    assert_eq!(b.event_of("join", "a")["addr"], a.addr());
    a.event_of("join", "b");
}

#[test]
fn a_port_in_use_ends_it_with_status_1() {
    let a = Agent::start("a", &[]);
    let output = run(&["--name", "b", "--bind", a.addr()]);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains(a.addr()) && output.stdout.is_empty(), "{words}");
}

/// What the transport says while the node runs is about the node too.
#[cfg(unix)]
#[test]
fn out_of_files_it_says_who_it_is_at_the_usual_level() {
    let limited = "ulimit -n 64 && exec \"$0\" \"$@\"";
    let mut program = Command::new("sh");
    program.args(["-c", limited, env!("CARGO_BIN_EXE_agent"), "--json"]);
    program.args(["--name", "a", "--bind", "127.0.0.1:0"]).stderr(Stdio::piped());
    let mut a = Agent::spawn(program, "a");
    let errors = a.errors();
    let _streams: Vec<_> = (0..64).map(|_| TcpStream::connect(a.addr()).unwrap()).collect();
    let line = loop {
        let line = errors.recv_timeout(PATIENCE).expect("it says that it has no files");
        if line.contains("streams cannot be accepted") {
            break line;
        }
    };
    assert!(line.contains("WARN memberlist{node=a}"), "{line}");
}

#[test]
fn the_port_is_free_again_when_it_has_stopped() {
    let mut a = Agent::start("a", &[]);
    let addr = a.addr().to_owned();
    assert_eq!(a.ask("quit")["ok"], true);
    assert!(a.end().0.success());
    let again = Agent::start_at(&addr, "a", &[]);
    assert_eq!(again.addr(), addr);
}

/// A key of 32 bytes: every cipher takes it.
const KEY_256: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

#[test]
fn flags_that_cannot_be_honoured_end_it_with_status_2_and_one_sentence() {
    let long = "x".repeat(513);
    let cases: &[&[&str]] = &[
        &["--transport", "tls"],
        &["--tls-ca", "ca.pem"],
        &["--key", "no key"],
        &["--verify-incoming", "true"],
        &["--cipher", "chacha20-poly1305", "--key", "AAAAAAAAAAAAAAAAAAAAAA=="],
        &["--wire", "msgpack", "--compress", "zstd"],
        &["--wire", "msgpack", "--checksum", "murmur3"],
        &["--wire", "msgpack", "--key", KEY_256, "--cipher", "chacha20-poly1305"],
        &["--allow", "nowhere"],
        &["--bind", "127.0.0.1:0"],
        &["--set", "packet_size=512"],
        &["--set", "no_such_option=1"],
        &["--set", "probe_interval=fast"],
        &["--set", "probe_timeout=1h"],
        &["--name", ""],
        &["--name", &long],
        &["--profile", "moon"],
        &["--bind", "nowhere"],
        &["--no-such-flag", "x"],
        &["--transprot", "tcp"],
        &["--key"],
        &["--label", &long],
        &["--meta", &long],
    ];
    for flags in cases {
        let output = run(&[&["--bind", "127.0.0.1:0"], *flags].concat());
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(words.trim_end().lines().count(), 1, "{flags:?}: {words}");
        assert!(output.stdout.is_empty(), "{flags:?}");
    }
}

#[test]
fn the_sentence_says_what_to_change() {
    let long = "x".repeat(300);
    let name = format!("--name: a name has 1 to 255 bytes, this has {}", long.len());
    let cases: &[(&[&str], &str)] = &[
        (&["--name", &long], &name),
        (&["--name", ""], "--name: a name has 1 to 255 bytes, this has 0"),
        (&["--bind", "127.0.0.1:0"], "option `bind` has 127.0.0.1:0 twice: leave one out"),
        (&["--transport", "tls"], "--tls-ca, --tls-cert and --tls-key: give all three, or leave"),
        (&["--set", "packet_size=512"], "raise `packet_size` to at least "),
        (&["--profile", "moon"], "[possible values: local, lan, wan]; --help shows all flags"),
    ];
    for (flags, sentence) in cases {
        let output = run(&[&["--bind", "127.0.0.1:0"], *flags].concat());
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(words.contains(sentence), "{flags:?}: {words}");
    }
}

#[test]
fn help_and_version_are_answers_and_no_mistakes() {
    for flag in ["--help", "--version"] {
        let output = run(&[flag]);
        assert!(output.status.success() && output.stderr.is_empty(), "{flag}");
        assert!(output.stdout.starts_with(b"agent") || flag == "--help", "{flag}");
    }
}
