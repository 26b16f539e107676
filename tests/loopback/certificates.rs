//! Streams that are guarded by certificates.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use memberlist::{BuildError, Builder, Cipher, Encryption, Keyring, Layered, SecretKey};
use rcgen::SanType;

use crate::cell::{Guarded, Layer};
use crate::certs::{Authority, Identity};
use crate::support::*;

fn shows<C: Cell<Layer: Guarded>>(id: &str, layer: &C::Layer) -> Layered<C::Runtime, C::Layer> {
    let builder = Builder::over(id.into(), layer.clone()).bind("127.0.0.1:0").options(quick());
    builder.allow_plain_datagrams(true)
}

async fn holder<C: Cell<Layer: Guarded>>(id: &str, ca: &Authority, identity: &Identity) -> Node {
    let builder = shows::<C>(id, &Guarded::with(&[ca], identity));
    builder.start().await.expect("the node starts")
}

/// `joiner` is turned away by `seed`, and both say why.
async fn is_refused<C: Cell<Layer: Guarded>>(seed: &Node, joiner: &Node, why: &str) {
    let failed = count(seed, "handshakes_failed");
    let joining = joiner.join([*seed.advertised()]);
    let error = within::<C, _>("the refusal", joining).await.expect_err("no good certificate");
    assert!(error.to_string().contains(why), "{error}");
    until::<C>("it is counted", || count(seed, "handshakes_failed") == failed + 1).await;
    assert_eq!((seed.num_members(), joiner.num_members()), (1, 1));
}

pub(crate) async fn datagrams_in_the_clear_have_to_be_allowed<C: Cell<Layer: Guarded>>() {
    let builder = || Builder::over("a".into(), <C::Layer as Layer>::any()).bind("127.0.0.1:0");
    let keyring = || Keyring::new(Cipher::AesGcm, [SecretKey::try_from(&[1; 32][..]).unwrap()]);
    let lax = || Encryption::new(keyring().unwrap()).verify_outgoing(false);
    let plain = [
        start_of::<C>(builder()).await,
        start_of::<C>(builder().encryption(lax())).await,
        start_of::<C>(
            builder().encryption(Encryption::new(Keyring::new(Cipher::AesGcm, []).unwrap())),
        )
        .await,
    ];
    for refused in plain {
        let error = refused.expect_err("packets would go in the clear");
        assert!(matches!(error, BuildError::PlainDatagrams), "{error}");
        assert!(error.to_string().contains("--allow-plain-datagrams"), "{error}");
    }
    let a = start_of::<C>(builder().encryption(Encryption::new(keyring().unwrap()))).await;
    let b = start_of::<C>(builder().encryption(lax()).allow_plain_datagrams(true)).await;
    down::<C>([a.expect("packets have a key"), b.expect("it is allowed")]).await;
}

async fn start_of<C: Cell>(builder: Layered<C::Runtime, C::Layer>) -> Result<Node, BuildError> {
    builder.start().await
}

pub(crate) async fn another_authority_is_refused_in_words_on_both_sides<C: Cell<Layer: Guarded>>() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let seed = holder::<C>("seed", &ours, &ours.sign()).await;
    // It trusts only its own, so it turns away the seed; the seed reads that.
    let stranger = holder::<C>("stranger", &theirs, &theirs.sign()).await;
    is_refused::<C>(&seed, &stranger, "certificate").await;
    // It trusts the seed, which asks for a certificate and does not trust that one.
    if C::Layer::MUTUAL {
        let forger = holder::<C>("forger", &ours, &theirs.sign()).await;
        is_refused::<C>(&seed, &forger, "does not trust the authority").await;
        down::<C>([forger]).await;
    }
    let good = holder::<C>("good", &ours, &ours.sign()).await;
    meet::<C>(&seed, &good).await;
    down::<C>([seed, stranger, good]).await;
}

pub(crate) async fn another_name_is_refused_in_words_on_both_sides<C: Cell<Layer: Guarded>>() {
    let ours = Authority::new("ours");
    let elsewhere = SanType::IpAddress(IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3)));
    let seed = holder::<C>("seed", &ours, &ours.sign_for(vec![elsewhere])).await;
    let joiner = holder::<C>("joiner", &ours, &ours.sign()).await;
    is_refused::<C>(&seed, &joiner, "certificate").await;
    down::<C>([seed, joiner]).await;
}

/// From one authority to another while messages and exchanges go on: first all trust both, then all
/// show a certificate of the new one, then all trust only that. Nothing is lost on the way.
pub(crate) async fn certificates_are_changed_under_traffic<C: Cell<Layer: Guarded>>() {
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let layers = [0; 2].map(|_| C::Layer::with(&[&old], &old.sign()));
    let (a, b) = (
        shows::<C>("a", &layers[0]).start().await.unwrap(),
        shows::<C>("b", &layers[1]).start().await.unwrap(),
    );
    meet::<C>(&a, &b).await;
    let steps: [(&[&Authority], &Authority); 3] =
        [(&[&old, &new], &old), (&[&old, &new], &new), (&[&new], &new)];
    for (trusted, signer) in steps {
        for layer in &layers {
            layer.change(trusted, &signer.sign());
            for (from, to) in [(&a, "b"), (&b, "a")] {
                let to = to.into();
                let sending = from.send(&to, Bytes::from_static(b"x"));
                within::<C, _>("a message", sending).await.expect("it is written");
            }
        }
        let merged = count(&a, "exchanges_merged");
        until::<C>("an exchange", || count(&a, "exchanges_merged") > merged).await;
    }
    for node in [&a, &b] {
        assert_eq!((count(node, "handshakes_failed"), node.num_members()), (0, 2));
        assert_eq!(count(node, "stream_dial_errors"), 0);
    }
    // Only the new one is good now.
    let late = holder::<C>("late", &old, &old.sign()).await;
    let joining = late.join([*a.advertised()]);
    within::<C, _>("the refusal", joining).await.expect_err("the old authority is trusted no more");
    down::<C>([a, b, late]).await;
}
