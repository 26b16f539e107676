//! What is logged says which node it is about.

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tracing::Level;
use tracing::subscriber::DefaultGuard;

use super::*;

/// Warnings and errors of this thread, as lines of text, until it is dropped.
struct Log {
    text: Text,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn begin() -> Self {
        let text = Text::default();
        let writer = text.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::WARN)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        Self { text, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// The line of the node `a` with these words in it.
    fn line_of_a(&self, words: &str) -> Option<String> {
        let text = String::from_utf8(self.text.0.lock().clone()).unwrap();
        let is_meant = |line: &&str| line.contains("memberlist{node=a}") && line.contains(words);
        text.lines().find(is_meant).map(str::to_owned)
    }
}

#[tokio::test(start_paused = true)]
async fn a_warning_carries_the_node_at_the_level_of_warnings() {
    let log = Log::begin();
    let network = network();
    let (a, _b) = pair(&network).await;
    let transport: Transport = network.bind(Name::new("elsewhere")).unwrap();
    let other = Builder::new(Name::new("b"), transport).options(Options::local());
    let other = other.resolver(ParseResolver).start().await.unwrap();
    let _ = soon(other.join([Name::new("a")])).await;
    soon(async {
        while log.line_of_a("two nodes have one name").is_none() {
            passes(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert!(log.line_of_a("a member").is_none(), "what is below the level is not there");
    drop(a);
}

/// A key that is missing is told where it is missed, too.
#[cfg(feature = "aes-gcm")]
#[tokio::test(start_paused = true)]
async fn a_stranger_without_the_key_is_told_of() {
    use crate::frame::{Cipher, Encryption, Keyring, SecretKey};

    let log = Log::begin();
    let network = network();
    let key = SecretKey::try_from(&[1; 16][..]).unwrap();
    let sealed = Encryption::new(Keyring::new(Cipher::AesGcm, [key]).unwrap());
    let a = builder(&network, "a").resolver(ParseResolver).encryption(sealed).start();
    let (_a, b) = (a.await.unwrap(), start(&network, "b").await);
    soon(b.join([Name::new("a")])).await.unwrap_err();
    let words = "somebody without a key of this cluster";
    soon(async {
        while log.line_of_a(words).is_none() {
            passes(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[cfg(feature = "aes-gcm")]
#[tokio::test(start_paused = true)]
async fn so_does_one_that_comes_with_the_start() {
    use crate::frame::{Cipher, Encryption, Keyring};

    let log = Log::begin();
    let network = network();
    let empty = Encryption::new(Keyring::new(Cipher::AesGcm, []).unwrap());
    let empty = empty.verify_incoming(false).verify_outgoing(false);
    let a = builder(&network, "a").resolver(ParseResolver).encryption(empty);
    let _a = a.start().await.unwrap();
    assert!(log.line_of_a("the keyring is empty").is_some());
}
