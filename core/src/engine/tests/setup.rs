//! What is checked before anything starts.

use super::*;
use crate::types::limits::META_BYTES_MAX;

fn refused(setup: Setup<SmolStr, SocketAddr>) -> SetupError {
    match TestEngine::new(setup, Arc::new(App::default()), NOW) {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error,
    }
}

#[test]
fn an_id_is_one_to_255_bytes() {
    assert_eq!(refused(setup("", 1)), SetupError::Id(0));
    assert_eq!(refused(setup(&"x".repeat(256), 1)), SetupError::Id(256));
    let longest = Arc::new(App::default());
    assert!(TestEngine::new(setup(&"x".repeat(255), 1), longest, NOW).is_ok());
}

#[test]
fn the_own_address_is_one_that_others_reach_and_the_own_list_allows() {
    let unreachable = refused(Setup { node: Node::new("a".into(), at(0)), ..setup("a", 1) });
    assert_eq!(unreachable, SetupError::Unreachable("10.0.0.1:0".into()));
    let allowed = Cidrs::only(["127.0.0.0/8"]).unwrap();
    let error = refused(Setup { allowed, ..setup("a", 1) });
    assert_eq!(error, SetupError::NotAllowed("10.0.0.1:1".into()));
}

/// The error says the least packet size that does, for the longest names.
#[test]
fn a_full_claim_of_this_node_fits_a_packet_with_a_ping() {
    let name = "x".repeat(200);
    let with = |max_datagram| Setup { max_datagram, ..setup(&name, 1) };
    let error = refused(with(600));
    let SetupError::PacketSize { needed, packet_size: 1400, max_datagram: 600 } = error else {
        panic!("{error:?}");
    };
    let words = error.to_string();
    assert!(words.ends_with("choose a shorter name or label, or a transport that carries more"));
    assert!(matches!(refused(with(needed - 1)), SetupError::PacketSize { .. }));
    let config = Options { packet_size: needed - 1, ..Options::lan() }.check().unwrap();
    let words = refused(Setup { config, ..with(needed) }).to_string();
    assert!(words.ends_with(&format!("raise `packet_size` to at least {needed}")), "{words}");
    let mut engine = TestEngine::new(with(needed), Arc::new(App::default()), NOW).unwrap();
    take(&mut engine, 2, Packet::Alive(alive(&"y".repeat(255), 2)));
    drain(&mut engine);
    let meta = Meta::try_from(&[7; META_BYTES_MAX][..]).unwrap();
    engine.update_meta(NOW, crate::swim::Token(1), meta.clone());
    let datagrams = drain(&mut engine);
    assert!(datagrams.iter().all(|(_, bytes)| bytes.len() <= needed));
    let tells =
        |message| matches!(message, Packet::Alive(alive) if *alive.meta == *meta.as_bytes());
    assert!(datagrams.iter().any(|(_, bytes)| messages(bytes).into_iter().any(tells)));
    assert_eq!(stat(&engine, "packet_too_large"), 0);
}

#[test]
fn the_application_is_asked_for_metadata_and_about_this_node() {
    let meta = Meta::try_from("from the hook").unwrap();
    let (engine, app) = engine("a", 1, App { meta: Some(meta.clone()), ..App::default() });
    assert_eq!(engine.local().meta(), &meta);
    assert_eq!(*app.asked_alive.lock(), ["a"]);
    let app = Arc::new(App { refuses: Some("a"), ..App::default() });
    let error = TestEngine::new(setup("a", 1), app, NOW).err();
    assert_eq!(error, Some(SetupError::Refused("not this one".into())));
}
