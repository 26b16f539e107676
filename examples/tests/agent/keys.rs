//! Clusters with keys, and what goes around packets and streams.

use crate::harness::Agent;

const OLD: &str = "AAECAwQFBgcICQoLDA0ODw==";
const NEW: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[test]
fn the_keys_of_a_cluster_are_turned_while_it_talks() {
    let mut a = Agent::start("a", &["--key", OLD]);
    let mut b = Agent::join("b", &mut a, &["--key", OLD]);
    for step in ["add", "use"] {
        for agent in [&mut a, &mut b] {
            let reply = agent.ask(&format!("key {step} {NEW}"));
            assert!(reply["error"].is_null(), "{reply}");
        }
        assert_eq!(a.ask(&format!("send b {step}"))["ok"], true);
        assert_eq!(b.event("message")["text"], step);
        assert_eq!(b.ask(&format!("send-packet a {step}"))["ok"], true);
        assert_eq!(a.event("message")["text"], step);
    }
    let error = a.ask(&format!("key remove {NEW}"));
    assert!(error["error"].as_str().is_some_and(|words| words.contains("primary")), "{error}");
    let reply = a.ask(&format!("key remove {OLD}"));
    assert_eq!((&reply["keys"], &reply["primary"]), (&serde_json::json!([NEW]), &NEW.into()));
    let unknown = b.ask(&format!("key use {}", OLD.replace("AAEC", "BBEC")));
    assert!(unknown["error"].is_string(), "{unknown}");
    assert_eq!(b.ask("key list")["keys"], serde_json::json!([NEW, OLD]));
    assert!(a.ask("ping b")["rtt_us"].is_u64());
}

#[test]
fn a_node_without_the_key_is_kept_out_and_told_so() {
    let a = Agent::start("a", &["--key", OLD]);
    for flags in [&[][..], &["--key", NEW]] {
        let mut b = Agent::start("b", &[flags, &["--join", a.addr()]].concat());
        let joined = b.event("joined");
        assert_eq!(joined["reached"], 0);
        let error = joined["errors"][0]["error"].as_str().unwrap_or_default();
        assert!(error.contains("key"), "{joined}");
    }
}

#[test]
fn a_plain_cluster_is_moved_to_an_encrypted_one_node_by_node() {
    let off = ["--verify-incoming", "false", "--verify-outgoing", "false"];
    let mut plain = Agent::start("plain", &[]);
    let mut ready = Agent::join("ready", &mut plain, &[&off[..], &["--key", OLD]].concat());
    let moved = ["--verify-incoming", "false", "--key", OLD];
    let mut moved = Agent::join("moved", &mut ready, &moved);
    let _strict = Agent::join("strict", &mut moved, &["--key", OLD]);
    for (from, to) in [(&mut plain, "ready"), (&mut moved, "ready"), (&mut ready, "moved")] {
        assert_eq!(from.ask(&format!("send {to} hello"))["ok"], true);
    }
    assert_eq!(ready.event("message")["text"], "hello");
    assert_eq!(ready.event("message")["text"], "hello");
    assert_eq!(moved.event("message")["text"], "hello");
}

#[test]
fn nodes_with_different_algorithms_read_one_another() {
    let choices = [
        ["--compress", "lzw", "--checksum", "crc32", "--cipher", "aes-gcm"],
        ["--compress", "zstd", "--checksum", "murmur3", "--cipher", "chacha20-poly1305"],
        ["--compress", "brotli", "--checksum", "xxhash64", "--cipher", "aes-gcm"],
        ["--compress", "snappy", "--checksum", "xxhash32", "--cipher", "aes-gcm"],
        ["--compress", "lz4", "--checksum", "none", "--cipher", "chacha20-poly1305"],
    ];
    let flags = |at: usize| [&choices[at][..], &["--key", NEW, "--label", "red"]].concat();
    let mut first = Agent::start("0", &flags(0));
    let mut others: Vec<_> =
        (1..choices.len()).map(|at| Agent::join(&at.to_string(), &mut first, &flags(at))).collect();
    let text = "the same again and again, ".repeat(100);
    for (agent, name) in others.iter_mut().zip(1..) {
        assert_eq!(agent.ask(&format!("send 0 {text}"))["ok"], true);
        assert_eq!(first.event("message")["text"], text.as_str());
        assert_eq!(first.ask(&format!("send {name} {text}"))["ok"], true);
        assert_eq!(agent.event("message")["text"], text.as_str());
        assert!(first.ask(&format!("ping {name}"))["rtt_us"].is_u64());
    }
}
