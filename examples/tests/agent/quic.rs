//! Agents over QUIC, with certificates in files.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::IsCa;
use rcgen::KeyPair;

use crate::harness::Agent;
use crate::harness::run;

/// PEM files of an authority and of one certificate that it has signed for 127.0.0.1.
struct Files([String; 3]);

impl Files {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let write = |file: &str, pem: String| {
            let path: PathBuf = folder.join(file);
            fs::write(&path, pem).unwrap();
            path.to_str().unwrap().to_owned()
        };
        Self([
            write("ca.pem", authority.pem()),
            write("cert.pem", certificate.pem()),
            write("key.pem", key.serialize_pem()),
        ])
    }

    fn flags<'a>(&'a self, library: &'a str, runtime: &'a str) -> Vec<&'a str> {
        let [ca, cert, key] = &self.0;
        let tls = ["--tls-ca", ca, "--tls-cert", cert, "--tls-key", key];
        [&["--transport", library, "--runtime", runtime][..], &tls].concat()
    }
}

fn meet_crash_and_come_back(library: &str, runtime: &str) {
    let files = Files::new(&format!("quic_{library}_{runtime}"));
    let flags = files.flags(library, runtime);
    let mut a = Agent::start("a", &flags);
    let b = Agent::join("b", &mut a, &flags);
    let place = b.addr().to_owned();
    // No goodbye and no end of the connection: the peer is simply not there any more.
    b.crash();
    let joining = [&flags[..], &["--join", a.addr()]].concat();
    let mut b = Agent::start_at(&place, "b", &joining);
    assert_eq!(b.event("joined")["reached"], 1);
    assert_eq!(b.event_of("join", "a")["addr"], a.addr());
    assert_eq!(b.ask("send a over a stream")["ok"], true);
    assert_eq!(a.event("message")["text"], "over a stream");
    assert_eq!(a.ask("send b and back")["ok"], true);
    assert_eq!(b.event("message")["text"], "and back");
    b.tell("quit");
    assert_eq!(a.event_of("leave", "b")["state"], "left");
}

#[test]
fn who_crashes_comes_back_at_the_same_place_on_tokio() {
    meet_crash_and_come_back("quinn", "tokio");
}

#[test]
fn who_crashes_comes_back_at_the_same_place_on_smol() {
    meet_crash_and_come_back("quinn", "smol");
}

#[test]
fn who_crashes_comes_back_at_the_same_place_on_async_std() {
    meet_crash_and_come_back("quinn", "async-std");
}

#[cfg(feature = "s2n")]
#[test]
fn who_crashes_comes_back_at_the_same_place_by_s2n() {
    meet_crash_and_come_back("s2n", "tokio");
}

#[test]
fn a_file_that_is_no_certificate_is_named() {
    let files = Files::new("quic_files");
    let mut flags = files.flags("quinn", "tokio");
    let key = flags.pop().unwrap();
    flags.push("nowhere.pem");
    let output = run(&flags);
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("nowhere.pem") && !words.contains(key), "{words}");
}
