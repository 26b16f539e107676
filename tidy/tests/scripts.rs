//! What all scripts rely on: a step that fails ends them with its status.

#![cfg(unix)]

use std::path::Path;
use std::process::Command;
use std::process::Output;

/// Runs `commands` as the script `scripts/test` would.
fn script(commands: &str) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // The tests run at the same time: each has a log of its own.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).display();
    let commands = format!(". scripts/steps; log='{folder}'/$$.log; {commands}");
    let mut sh = Command::new("sh");
    sh.current_dir(root).args(["-c", &commands, "scripts/test"]);
    sh.output().expect("every Unix has `sh`")
}

#[test]
fn a_step_that_fails_ends_the_script_with_its_status_and_shows_what_it_said() {
    let output = script("step one 60 true; step two 60 sh -c 'echo words; exit 3'; echo never");
    let words = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(words.contains("ok      one") && words.contains("FAILED  two"), "{words}");
    assert!(words.contains("\nwords\n") && !words.contains("never"), "{words}");
}

#[test]
fn the_features_of_a_crate_are_found() {
    let output = script("features_of memberlist");
    let features = String::from_utf8_lossy(&output.stdout);
    let features: Vec<_> = features.split_whitespace().collect();
    assert_eq!(features[..6], ["default", "tcp", "tokio", "smol", "async-std", "dns"]);
    for named in ["crc32", "zstd", "aes-gcm", "chacha20-poly1305", "aws-lc-rs"] {
        assert!(features.contains(&named), "{named}");
    }
}

/// Without a Go that is new enough, and with nothing to get one by, it ends with a sentence.
#[test]
fn a_missing_go_toolchain_is_told() {
    let words = without_go("curl() { return 1; }; wget() { return 1; }");
    assert!(words.contains("need Go 1.25 or newer") && !words.contains("never"), "{words}");
}

#[test]
fn an_archive_of_go_that_is_another_one_is_not_unpacked() {
    let words = without_go("curl() { echo no archive >\"$5\"; }; tar() { echo unpacked; }");
    assert!(words.contains("is not what it was") && !words.contains("unpacked"), "{words}");
}

/// What `need_go` says where neither Go nor Python is, before it ends with status 1.
fn without_go(stubs: &str) -> String {
    let none = "has_go() { return 1; }; python3() { return 1; }; python() { return 1; }";
    let output =
        script(&format!("{none}; uname() {{ echo Linux x86_64; }}; {stubs}; need_go; echo never"));
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words}");
    words
}

#[test]
fn an_old_go_is_none() {
    for (version, status) in [("go1.25", 0), ("go1.26.8", 0), ("go1.24.9", 1), ("", 1)] {
        let output = script(&format!("go() {{ echo '{version}'; }}; has_go"));
        assert_eq!(output.status.code(), Some(status), "{version}");
    }
}
