//! Clusters whose streams are guarded by certificates.

use std::path::PathBuf;

use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::DnType;
use rcgen::IsCa;
use rcgen::KeyPair;

use crate::harness::Agent;
use crate::harness::run;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODw==";

/// The flags for a certificate of a new authority, for `name` alone.
fn certified(case: &str, name: &str) -> Vec<String> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, case);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
    let files = [("ca", ca.pem()), ("cert", cert.pem()), ("key", key.serialize_pem())];
    let write = |(part, text): (&str, String)| {
        let file = format!("{case}-{part}.pem");
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(file);
        std::fs::write(&file, text).unwrap();
        [format!("--tls-{part}"), file.display().to_string()]
    };
    let files = files.into_iter().flat_map(write);
    files.chain(["--tls-name".to_owned(), name.to_owned()]).collect()
}

fn nodes_meet_and_others_do_not(transport: &str) {
    let [ours, theirs] =
        ["ours", "theirs"].map(|case| certified(&format!("{case}-{transport}"), "a.example"));
    let all = |files: &[String]| -> Vec<String> {
        ["--transport", transport, "--key", KEY]
            .map(String::from)
            .into_iter()
            .chain(files.to_vec())
            .collect()
    };
    let (ours, theirs) = (all(&ours), all(&theirs));
    let (ours, theirs): (Vec<_>, Vec<_>) =
        (ours.iter().map(String::as_str).collect(), theirs.iter().map(String::as_str).collect());
    let mut a = Agent::start("a", &ours);
    let mut b = Agent::join("b", &mut a, &ours);
    assert_eq!(b.ask("send a over TLS")["ok"], true);
    assert_eq!(a.event("message")["text"], "over TLS");
    assert!(a.ask("stats")["handshakes"].as_u64().is_some_and(|count| count >= 2));
    let mut c = Agent::start("c", &[&theirs[..], &["--join", a.addr()]].concat());
    let joined = c.event("joined");
    let error = joined["errors"][0]["error"].as_str().unwrap_or_default();
    assert!(joined["reached"] == 0 && error.contains("certificate"), "{joined}");
}

#[test]
fn nodes_of_one_authority_meet_and_others_do_not() {
    nodes_meet_and_others_do_not("tls");
}

#[cfg(feature = "native-tls")]
#[test]
fn the_system_does_it_too() {
    nodes_meet_and_others_do_not("native-tls");
}

#[test]
fn packets_in_the_clear_are_refused_unless_they_are_allowed() {
    let files = certified("plain", "a.example");
    let tls: Vec<_> =
        ["--transport", "tls"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let output = run(&[&["--bind", "127.0.0.1:0"], &tls[..]].concat());
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("--allow-plain-datagrams"), "{words}");
    assert_eq!(words.trim_end().lines().count(), 1, "{words}");
    let allowed = [&tls[..], &["--allow-plain-datagrams"]].concat();
    let mut a = Agent::start("a", &allowed);
    Agent::join("b", &mut a, &allowed);
}
