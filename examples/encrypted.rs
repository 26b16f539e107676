//! A cluster with a key: strangers are kept out, and the wire shows nothing but noise.
//!
//! ```text
//! cargo run -p memberlist-examples --bin encrypted
//! ```

use std::error::Error;
use std::time::Duration;

use memberlist::Cipher;
use memberlist::Compression;
use memberlist::Encryption;
use memberlist::Keyring;
use memberlist::Label;
use memberlist::Memberlist;
use memberlist::Options;
use memberlist::SecretKey;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

/// 32 bytes for AES-256, as `openssl rand -base64 32` prints them. Never write yours into a
/// program: `memberlist::node::KeyFile` reads a file, and whatever implements `KeySource` is good.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

async fn start(name: &str, key: Option<&str>) -> Result<Memberlist, Box<dyn Error>> {
    let mut builder = memberlist::tokio::tcp(name)
        .bind("127.0.0.1:0")
        .options(Options::local())
        // Authenticated together with everything else as soon as there is a key.
        .label(Label::try_from("example")?)
        .compress_streams(Compression::Lzw);
    if let Some(key) = key {
        let keyring = Keyring::new(Cipher::AesGcm, [SecretKey::from_base64(key)?])?;
        builder = builder.encryption(Encryption::new(keyring));
    }
    Ok(builder.start().await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let a = start("a", Some(KEY)).await?;
    let b = start("b", Some(KEY)).await?;
    b.join([*a.advertised()]).await?;
    timeout(PATIENCE, a.wait_for(|members| members.len() == 2)).await??;
    println!("a and b share a key and have met: {:?}", a.encryption_status());

    for (name, key) in [("plain", None), ("wrong", Some("//79/Pv6+fj39vX08/Lx8A=="))] {
        let stranger = start(name, key).await?;
        match stranger.join([*a.advertised()]).await {
            Ok(_) => return Err("a stranger was let in".into()),
            Err(error) => println!("`{name}` is kept out: {error}"),
        }
        stranger.shutdown().await;
    }
    let stats = a.stats();
    let refused = stats.iter().filter(|(name, _)| name.starts_with("frame_"));
    refused.for_each(|(name, count)| println!("a counted {name}: {count}"));

    for node in [b, a] {
        node.leave(Duration::from_secs(5)).await?;
        node.shutdown().await;
    }
    Ok(())
}
